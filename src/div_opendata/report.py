"""Findings, plans and verifications as people and programs read them; nothing here prints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from .base.finding import errors
from .base.formats import number as decimal
from .base.formats import size
from .base.i18n import Message, Translatable

if TYPE_CHECKING:
    from .assemble.metadata.harvested import Harvested, Thing
    from .assemble.metadata.score import Dimension
    from .base.finding import Finding, Manual
    from .base.language import Language
    from .base.verification import Check
    from .publish.plan import Action, Plan
    from .publish.portal.protocol import Change, Portal
    from .publish.withdraw import Withdrawal
    from .standard.records import Records
    from .standard.tables import TableSchema

Role = Literal["place", "error", "warning", "note", "quiet", "good"]
Style = Callable[[str, Role], str]
"""Gives a piece of text the looks of its role; on a terminal a colour."""

SAME_SHOWN = 10  # findings of one code in one column that the text shows before it counts them

_SEVERITIES: dict[str, Message] = {
    "error": Message("error"),
    "warning": Message("warning"),
    "note": Message("note"),
}
_ACTIONS: dict[Action, Message] = {
    "create": Message("new"),
    "update": Message("changed"),
    "same": Message("the same"),
    "blocked": Message("blocked"),
}
_ACTION_ROLES: dict[Action, Role] = {
    "create": "good",
    "update": "warning",
    "same": "quiet",
    "blocked": "error",
}
_INDENT = " " * 15
_SHORT = 60  # characters of a value in a plan
_STEP = 80  # characters of a value in a step of a verification
_NAMED = 5  # files that a plan names; of more it tells the number


def plain(text: str, _role: Role) -> str:
    """Text without any looks."""
    return text


def findings_json(findings: Sequence[Finding], records: Records) -> str:
    """All findings as one JSON document (docs/interface.md)."""
    return json.dumps(
        {
            "version": 1,
            "tables": {
                name: len(table.records) for name, table in records.tables.items() if table.file
            },
            "errors": errors(findings),
            "warnings": sum(finding.severity == "warning" for finding in findings),
            "findings": [finding.as_json() for finding in findings],
        },
        ensure_ascii=False,
        indent=2,
    )


def findings_text(
    findings: Sequence[Finding], records: Records, language: Language, style: Style = plain
) -> str:
    """All findings, grouped by sheet, and a summary."""
    lines: list[str] = []
    for (file, sheet), group in groupby(findings, key=lambda f: (f.place.file, f.place.sheet)):
        lines += [style(_heading(file, sheet, records, language), "place")]
        lines += [*_sheet_lines(list(group), language, style), ""]
    return "\n".join([*lines, _summary(findings, records, language, style)])


def _heading(file: str | None, sheet: str | None, records: Records, language: Language) -> str:
    titles = [
        table.schema.title.text(language)
        for table in records.tables.values()
        if table.file == file and table.sheet == sheet
    ]
    parts = [file or ".", *([sheet] if sheet else titles)]
    return " · ".join(parts)


def _sheet_lines(findings: list[Finding], language: Language, style: Style) -> Iterator[str]:
    shown: Counter[tuple[str, int | None]] = Counter()
    for finding in findings:
        alike = (finding.code, finding.place.column)
        shown[alike] += 1
        if shown[alike] <= SAME_SHOWN:
            place = finding.place.cell or (str(finding.place.row) if finding.place.row else "–")
            severity = _SEVERITIES[finding.severity].text(language)
            head = style(f"{severity} {finding.code}", finding.severity)
            yield f"  {place:<6} {head}  {finding.message.text(language)}"
            yield f"         → {finding.remedy.text(language)}"
    for (code, _), number in shown.items():
        if number > SAME_SHOWN:
            more = Message(
                "… and {number} more findings {code} in the same column.",
                number=number - SAME_SHOWN,
                code=code,
            )
            yield f"         {more.text(language)}"


def _summary(
    findings: Sequence[Finding], records: Records, language: Language, style: Style
) -> str:
    tables = [table for table in records.tables.values() if table.file]
    wrong = errors(findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    counts = Message(
        "Tables: {tables}. Records: {records}. Errors: {errors}. Warnings: {warnings}.",
        tables=len(tables),
        records=sum(len(table.records) for table in tables),
        errors=wrong,
        warnings=warnings,
    )
    text = counts.text(language)
    if excused := sum(finding.severity == "note" for finding in findings):
        text += " " + Message("Excused or accepted: {number}.", number=excused).text(language)
    return style(text, "error" if wrong else "warning" if warnings else "good")


def findings_github(findings: Iterable[Finding], language: Language, root: str = "") -> str:
    """Findings as workflow commands: GitHub shows them beside the lines of the files.

    GitHub counts paths from the top of the repository: `root` is the workspace's path there.
    """
    return "\n".join(
        f"::{'notice' if finding.severity == 'note' else finding.severity}"
        f" file={_property(_path(root, finding.place.file))}"
        f",line={finding.place.row or 1},col={finding.place.column or 1}"
        f",title={finding.code}::"
        + _data(f"{finding.message.text(language)} {finding.remedy.text(language)}")
        for finding in findings
    )


def _path(root: str, file: str | None) -> str:
    return PurePosixPath(root, file).as_posix() if file else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def manual_text(manual: Manual, language: Language, style: Style = plain) -> str:
    """What `explain` prints of a code."""
    severity = _SEVERITIES[manual.severity].text(language)
    sections = [
        (Message("Why"), manual.part("why", language)),
        (Message("The city's own words"), manual.city),
        (Message("What to do"), manual.part("do", language)),
        (Message("Wrong"), manual.part("wrong", language)),
        (Message("Right"), manual.part("right", language)),
    ]
    lines = [style(f"{manual.code} ({severity}): {manual.part('title', language)}", "place")]
    for head, text in sections:
        if text:
            lines += ["", f"{head.text(language)}:", f"  {text}"]
    if manual.excusable:
        excusable = Message("A row in the table of deviations excuses it, with a reason.")
        lines += ["", excusable.text(language)]
    return "\n".join(lines)


def plan_text(plan: Plan, portal: Portal, language: Language, style: Style = plain) -> str:
    """What publishing would do: dataset by dataset, with what changes and the files to send."""
    head = Message("Portal {name}: {address}", name=portal.name, address=portal.address)
    lines = [style(head.text(language), "place")]
    for item in plan.datasets:
        action = style(f"{_ACTIONS[item.action].text(language):<10}", _ACTION_ROLES[item.action])
        dataset = item.dataset
        name = dataset.package.dataset
        version, title = dataset.descriptor["version"], dataset.package.title.text(language)
        lines.append(f"  {action} {name:<14} {version:<8} {title}")
        if item.reason:
            lines.append(f"{_INDENT}{item.reason.text(language)}")
        if item.action == "update":
            lines += _change_lines(item.metadata, language)
        for file in dataset.files:
            if item.resources[file.name] not in {"same", "blocked"}:
                file_action = _ACTIONS[item.resources[file.name]].text(language)
                lines.append(
                    f"{_INDENT}{file_action:<10} {file.path} ({size(file.bytes, language)})"
                )
    lines += _stale_lines(plan, language)
    sent = sum(
        file.bytes
        for item in plan.datasets
        for file in item.dataset.files
        if item.resources[file.name] in {"create", "update"}
    )
    if sent:
        total = Message("To be written: {size}.", size=size(sent, language))
        lines.append(f"  {total.text(language)}")
    return "\n".join(lines)


def _change_lines(changes: Iterable[Change], language: Language) -> Iterator[str]:
    """Each key with its old and its new value."""
    for change in changes:
        old, new = (_short(value) or "–" for value in (change.old, change.new))
        line = Message("{key}: {old} → {new}", key=change.name, old=old, new=new)
        yield f"{_INDENT}{line.text(language)}"


def _stale_lines(plan: Plan, language: Language) -> Iterator[str]:
    """What is not as it should be although nothing of it has changed here."""
    known = [change for change in plan.stale if change.old or change.new]
    if known:
        yield "  " + Message("Changed on the portal, and put back:").text(language)
        yield from _change_lines(known, language)
    names = [change.name for change in plan.stale if change not in known]
    if len(names) > _NAMED:
        text = Message("Files and pages to be written: {number}.", number=len(names))
        yield f"  {text.text(language)}"
    elif names:
        text = Message("To be put right: {names}.", names=names)
        yield f"  {text.text(language)}"


def _short(text: str) -> str:
    """A value on one line of a plan."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"


def withdrawal_text(
    withdrawal: Withdrawal, portal: Portal, language: Language, style: Style = plain
) -> str:
    """What withdrawing would do."""
    head = Message("Portal {name}: {address}", name=portal.name, address=portal.address)
    lines = [style(head.text(language), "place")]
    texts = [
        *(Message("emptied: {name}", name=name) for name in withdrawal.files),
        *(Message("removed: {name}", name=name) for name in withdrawal.earlier),
        *(
            []
            if withdrawal.files or withdrawal.earlier
            else [Message("The portal has none of it.")]
        ),
        Message(
            "Files that can never be published again: {number}.", number=len(withdrawal.hashes)
        ),
        *(
            [Message("If what is shown now is corrected already: --earlier spares it.")]
            if withdrawal.request.resource and withdrawal.files
            else []
        ),
    ]
    lines += [f"  {text.text(language)}" for text in texts]
    return "\n".join(lines)


def checks_text(checks: Sequence[Check], language: Language, style: Style = plain) -> str:
    """A verification: what failed, and how much passed."""
    lines = []
    for check in checks:
        if not check.passed:
            failed = Message(
                "{name}: expected {expected}, found {found}",
                name=check.name,
                expected=check.expected,
                found=check.found,
            )
            lines.append(style(f"  ✗ {failed.text(language)}", "error"))
    passed = sum(check.passed for check in checks)
    summary = Message("Verified: {passed} of {all} checks passed.", passed=passed, all=len(checks))
    lines.append(style(summary.text(language), "good" if passed == len(checks) else "error"))
    return "\n".join(lines)


def steps_text(checks: Sequence[Check], language: Language, style: Style = plain) -> str:
    """Every step of a verification, with what was published and what comes out.

    Of long values only the part around the first difference is shown.
    """
    labels = [Message("published").text(language), Message("computed").text(language)]
    width = max(map(len, labels)) + 2
    lines = []
    for check in checks:
        mark = style("✓", "good") if check.passed else style("✗", "error")
        lines.append(f"  {mark} {check.name}")
        start = _first_difference(check.expected, check.found)
        for label, value in zip(labels, (check.expected, check.found), strict=True):
            shown = f"… {value[start:]}" if start else value
            lines.append(f"      {label:<{width}}{_cut(shown)}")
    return "\n".join(lines)


def _first_difference(one: str, other: str) -> int:
    """Where two long values begin to differ, some characters before; 0 where all can be shown."""
    if max(len(one), len(other)) <= _STEP or one == other:
        return 0
    pairs = enumerate(zip(one, other, strict=False))
    place = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    return max(place - _STEP // 4, 0)


def _cut(text: str) -> str:
    return text if len(text) <= _STEP else f"{text[: _STEP - 1]}…"


def checks_json(checks: Sequence[Check]) -> str:
    """A verification as one JSON document (docs/interface.md)."""
    document: Mapping[str, object] = {
        "version": 1,
        "verified": all(check.passed for check in checks),
        "checks": [check.as_json() for check in checks],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def columns(pairs: Iterable[tuple[str, Translatable]], language: Language) -> str:
    """Names and what they mean, in two columns."""
    items = list(pairs)
    width = max((len(name) for name, _ in items), default=0)
    return "\n".join(f"{name:<{width}}  {label.text(language)}" for name, label in items)


def table_text(table: TableSchema, language: Language, style: Style = plain) -> str:
    """A table and its fields, as `schema show` prints them."""
    lines = [
        style(f"{table.name} · {table.title.text(language)}", "place"),
        table.description.text(language),
    ]
    for field in table.fields.values():
        mark = " *" if field.required else ""
        lines += ["", f"{style(field.name + mark, 'good')}  {field.title.text(language)}"]
        lines.append(f"    {field.description.text(language)}")
        if field.codelist:
            codes = [(f"    {code.code}", code.label) for code in field.codelist.codes.values()]
            lines.append(columns(codes, language))
    return "\n".join(lines)


# --- metadata -------------------------------------------------------------------------------------

_DIMENSIONS: dict[Dimension, Message] = {
    "findability": Message("Findability"),
    "accessibility": Message("Access to the data"),
    "interoperability": Message("Interoperability"),
    "reusability": Message("Reusability"),
    "contextuality": Message("Context"),
}
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
            yield f"  {_DIMENSIONS[dimension].text(language)}"
        points = f"{decimal(result.points, language, 1):>6} / {indicator.points}"
        title = indicator.title
        shown = title if result.measured else Message("{title} (not asked)", title=title)
        yield f"    {points:<12} {shown.text(language)}"
    lacking = [r for r in harvested.results if r.points < r.indicator.points]
    if lacking:
        yield Message("What would raise it:").text(language)
    for result in lacking:
        more = decimal(result.indicator.points - result.points, language, 1)
        whole = len(result.lacking) == len(harvested.things)
        names = Message("all").text(language) if whole else ", ".join(result.lacking)
        title, remedy = result.indicator.title, result.indicator.raised_by
        yield f"  +{more} {title.text(language)}: {remedy.text(language)} ({names})"
