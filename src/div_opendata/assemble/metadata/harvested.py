"""What a harvester will see of a release on a portal, judged and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rdflib import Literal, URIRef

from div_opendata.base.finding import Finding, Place, errors
from div_opendata.base.i18n import Message
from div_opendata.workspace.settings import CONFIGURATION

from .div9xx_harvest import dead_address, judge, names_of
from .div9xx_settings import judge_delivery, judge_settings
from .graph import build, follow
from .properties import PROPERTIES, Entity, ckan_says
from .score import OK, TOTAL, Result, Statuses, score, total

if TYPE_CHECKING:
    from rdflib import Graph

    from div_opendata.base.progress import Progress
    from div_opendata.workspace.settings import Workspace

    from .facts import CatalogFacts, Formats, Shown

Ask = Callable[[str], int | None]
"""Asks an address: its HTTP status, None where nothing answers."""


@dataclass(frozen=True)
class Line:
    """A property of a thing, and its values as they are shown. `said` is false where the portal's
    software cannot say it."""

    title: Message
    term: str
    values: tuple[str, ...]
    said: bool = True


@dataclass(frozen=True)
class Thing:
    """A dataset or a file with its properties."""

    name: str
    iri: str
    lines: tuple[Line, ...]
    files: tuple[Thing, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The thing as `--format json` shows it (docs/interface.md)."""
        return {
            "name": self.name,
            "iri": self.iri,
            "properties": {line.term: list(line.values) for line in self.lines if line.values},
            "unsaid": [line.term for line in self.lines if not line.said],
            **({"distributions": [file.as_json() for file in self.files]} if self.files else {}),
        }


@dataclass(frozen=True)
class Harvested:
    """What a harvester will see, what is wrong with it, and its points."""

    things: tuple[Thing, ...]
    findings: tuple[Finding, ...]
    results: tuple[Result, ...]
    asked: bool
    of: int = TOTAL

    @property
    def points(self) -> float:
        """The points that were reached."""
        return total(self.results)

    def as_json(self, portal: str) -> dict[str, Any]:
        """The whole as `--format json` shows it (docs/interface.md)."""
        return {
            "version": 1,
            "portal": portal,
            "datasets": [thing.as_json() for thing in self.things],
            "errors": errors(self.findings),
            "warnings": sum(finding.severity == "warning" for finding in self.findings),
            "findings": [finding.as_json() for finding in self.findings],
            "score": {
                "points": round(self.points, 1),
                "of": self.of,
                "asked": self.asked,
                "indicators": [result.as_json() for result in self.results],
            },
        }


def judge_release(shown: Shown) -> list[Finding]:
    """What a harvester would not take of a release."""
    graph = build(shown.catalog, shown.formats)
    return judge(graph, names_of(shown.catalog), ckan=shown.formats is not None)


def ask_addresses(catalog: CatalogFacts, ask: Ask, progress: Progress) -> Statuses:
    """The answer of every file's address."""
    addresses = list(
        dict.fromkeys(file.address for item in catalog.datasets for file in item.distributions)
    )
    statuses: dict[str, int | None] = {}
    for done, address in enumerate(addresses):
        progress(address, done, len(addresses))
        statuses[address] = ask(address)
    progress("", len(addresses), len(addresses))
    return statuses


def harvested(
    shown: Shown, workspace: Workspace, address: str, statuses: Statuses | None = None
) -> Harvested:
    """What a harvester of the portal at `address` will see. `statuses` are the answers of the
    files' addresses, None where they were not asked."""
    catalog = shown.catalog
    graph = build(catalog, shown.formats)
    found = judge(graph, names_of(catalog), ckan=shown.formats is not None)
    wrong = {name for finding in found for name in _datasets(finding)}
    found += judge_settings(workspace, address, folder=shown.formats is None)
    found += judge_delivery(workspace)
    found += _dead(catalog, statuses or {})
    return Harvested(
        tuple(_things(graph, shown)),
        tuple(sorted(found, key=lambda finding: finding.sort_key())),
        tuple(score(graph, catalog, wrong, statuses)),
        statuses is not None,
    )


def _datasets(finding: Finding) -> Iterator[str]:
    """The name of the dataset that a finding is about, if it is about one."""
    for value in finding.message.values.values():
        named = value.values if isinstance(value, Message) else finding.message.values
        if name := str(named.get("name", "")):
            yield name.partition("/")[0]


def _dead(catalog: CatalogFacts, statuses: Statuses) -> Iterator[Finding]:
    for dataset in catalog.datasets:
        for file in dataset.distributions:
            status = statuses.get(file.address, OK)
            if status != OK:
                place = Place(file=CONFIGURATION)
                name = f"{dataset.name}/{file.path}"
                yield dead_address(place, name, file.address, str(status or "–"))


def _things(graph: Graph, shown: Shown) -> Iterator[Thing]:
    for dataset in shown.catalog.datasets:
        files = tuple(
            _thing(graph, "distribution", file.path, file.iri, shown.formats)
            for file in dataset.distributions
        )
        thing = _thing(graph, "dataset", dataset.name, dataset.iri, shown.formats)
        yield replace(thing, files=files)


def _thing(graph: Graph, entity: Entity, name: str, iri: str, formats: Formats | None) -> Thing:
    lines = tuple(
        Line(
            line.title,
            line.term,
            tuple(_shown_values(graph, iri, line.term)),
            said=formats is None or ckan_says(entity, line),
        )
        for line in PROPERTIES[entity]
        if line.term
    )
    return Thing(name, iri, lines)


def _shown_values(graph: Graph, iri: str, path: str) -> Iterator[str]:
    """The values of a property as people read them: with their language."""
    for value in follow(graph, URIRef(iri), path):
        language = value.language if isinstance(value, Literal) else None
        yield f"{value} @{language}" if language else str(value)
