"""What a harvester will see, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.formats import number as decimal
from div_opendata.base.i18n import Message

from .findings import DIMENSIONS, findings_text
from .style import Style, plain

if TYPE_CHECKING:
    from div_opendata.assemble.metadata.harvested import Harvested, Thing
    from div_opendata.base.language import Language
    from div_opendata.publish.portal.protocol import Portal
    from div_opendata.standard.records import Records

_EXCELLENT = 351  # points from which on data.europa.eu says excellent
_VALUE = 100  # characters of a value that a report shows


def metadata_text(
    harvested: Harvested, portal: Portal, records: Records, language: Language, style: Style = plain
) -> str:
    """What a harvester will see: each dataset and file, then findings, then points."""
    head = Message("Portal {name}: {address}", name=portal.name, address=portal.address)
    lines = [style(head.text(language), "place"), ""]
    for thing in harvested.things:
        lines += [style(f"{thing.name}  {thing.iri}", "place"), *_property_lines(thing, language)]
        for file in thing.files:
            lines += [f"  {style(file.name, 'place')}", *_property_lines(file, language, "    ")]
        lines.append("")
    unsaid = {
        f"{line.title.text(language)} ({line.term})"
        for thing in harvested.things
        for each in (thing, *thing.files)
        for line in each.lines
        if not line.said
    }
    if unsaid:
        what = Message("What the portal's software cannot say: {names}.", names=sorted(unsaid))
        lines += [what.text(language), ""]
    lines += [findings_text(harvested.findings, records, language, style), ""]
    return "\n".join([*lines, *_score_lines(harvested, language, style)])


def _property_lines(thing: Thing, language: Language, indent: str = "  ") -> Iterator[str]:
    for line in thing.lines:
        values = [" ".join(value.split()) for value in line.values]
        if values:
            shown = "; ".join(_shortened(value) for value in values)
            yield f"{indent}{line.title.text(language)} ({line.term}): {shown}"


def _shortened(value: str) -> str:
    return value if len(value) <= _VALUE else f"{value[:_VALUE]}…"


def _score_lines(harvested: Harvested, language: Language, style: Style) -> Iterator[str]:
    """The points of each indicator, and what would raise them."""
    reached = harvested.points
    yield style(
        Message(
            "Quality by the method of data.europa.eu: {points} of {of} points (excellent from"
            " {excellent} on).",
            points=decimal(reached, language, 1),
            of=harvested.of,
            excellent=_EXCELLENT,
        ).text(language),
        "good" if reached >= _EXCELLENT else "warning",
    )
    dimension = None
    for result in harvested.results:
        indicator = result.indicator
        if indicator.dimension != dimension:
            dimension = indicator.dimension
            yield f"  {DIMENSIONS[dimension].text(language)}"
        points = f"{decimal(result.points, language, 1):>6} / {indicator.points}"
        title = indicator.title
        shown = title if result.measured else Message("{title} (not asked)", title=title)
        provided = f" ({indicator.provided.text(language)})" if indicator.provided else ""
        yield f"    {points:<12} {shown.text(language)}{provided}"
    lacking = [r for r in harvested.results if r.points < r.indicator.points]
    if lacking:
        yield Message("What would raise it:").text(language)
    for result in lacking:
        more = decimal(result.indicator.points - result.points, language, 1)
        whole = len(result.lacking) == len(harvested.things)
        names = Message("all").text(language) if whole else ", ".join(result.lacking)
        title, remedy = result.indicator.title, result.indicator.raised_by
        yield f"  +{more} {title.text(language)}: {remedy.text(language)} ({names})"
