"""The quality of metadata by the method of data.europa.eu: at most 405 points in five dimensions.

Metadata Quality Assessment, https://data.europa.eu/mqa/methodology. It is counted from the graph
that a harvester gets, and nothing that is not in it. Points for addresses that answer are given
only where they were asked. A file's indicator counts by the share of files that fulfil it; of the
indicators of interoperability the best file with data counts, as the method says, and the
description of a package is no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rdflib import URIRef

from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Message

from .div9xx_harvest import FORMS
from .vocabulary import AUTHORITY, term

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

    from .facts import CatalogFacts, DatasetFacts, DistributionFacts

Dimension = Literal[
    "findability", "accessibility", "interoperability", "reusability", "contextuality"
]
Statuses = Mapping[str, int | None]
"""The HTTP status of each address that was asked; None where nothing answered."""

TOTAL = 405
OK = 200

_FILE_TYPES = f"{AUTHORITY}file-type/"
MACHINE_READABLE = frozenset(
    f"{_FILE_TYPES}{code}"
    for code in (
        *("CSV", "GEOJSON", "ICS", "JSON", "JSON_LD", "KML", "KMZ", "NETCDF", "ODS", "RDFA"),
        *("RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML", "RSS", "SHP"),
        *("XLS", "XLSX", "XML"),
    )
)
"""The file types that data.europa.eu calls machine-readable (edp-machine-readable-format)."""
NON_PROPRIETARY = frozenset(
    f"{_FILE_TYPES}{code}"
    for code in (
        *("BMP", "CSV", "DBF", "GEOJSON", "GZIP", "HTML", "ICS", "JPEG2000", "JSON", "JSON_LD"),
        *("KML", "KMZ", "NETCDF", "ODS", "PNG", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG"),
        *("RDF_TURTLE", "RDF_XML", "RSS", "RTF", "TAR", "TIFF", "TSV", "TXT", "WMS_SRVC", "XML"),
        "ZIP",
    )
)
"""The file types that data.europa.eu calls non-proprietary (edp-non-proprietary-format): a zip is
among them, and not among the machine-readable ones."""


@dataclass(frozen=True)
class Indicator:
    """What is counted: how many points, and what would raise them; `provided` says on what the
    points rest that nobody can see from here."""

    dimension: Dimension
    name: str
    title: Message
    points: int
    raised_by: Message
    provided: Message | None = None


@dataclass(frozen=True)
class Result:
    """The points of an indicator, over all datasets, and the names of those that lack some.

    `measured` is false where addresses were not asked.
    """

    indicator: Indicator
    points: float
    lacking: tuple[str, ...]
    measured: bool = True

    def as_json(self) -> dict[str, Any]:
        """The result as `--format json` shows it (docs/interface.md)."""
        return {
            "dimension": self.indicator.dimension,
            "name": self.indicator.name,
            "points": round(self.points, 1),
            "of": self.indicator.points,
            "measured": self.measured,
            "lacking": list(self.lacking),
        }


_ONLINE = Message("Ask the addresses: --online; the portal must be served.")
_STANDARD = Message("Nothing in the configuration: this is said by the standard.")
_FORMATS = Message('formats = "iri" of the portal; people then read addresses for "CSV".')
_CSV = Message("Nothing: the bundle is a zip; its tables are in the other datasets as CSV.")
_KNOWN = Message("counted with dcat-ap.de's list; given if data.europa.eu knows its licences")
_PORTAL = Message("Nothing: the portal's software does not say it.")

# fmt: off
INDICATORS: Sequence[Indicator] = (
    Indicator("findability", "keyword", Message("keywords"), 30, _STANDARD),
    Indicator("findability", "theme", Message("themes"), 30, _STANDARD),
    Indicator("findability", "spatial", Message("place"), 20, Message("municipality_key in the configuration.")),
    Indicator("findability", "temporal", Message("period"), 20, Message("Dates in the records, or period_start in the configuration.")),
    Indicator("accessibility", "accessURL status", Message("addresses that answer"), 50, _ONLINE),
    Indicator("accessibility", "downloadURL", Message("address of the file"), 20, _PORTAL),
    Indicator("accessibility", "downloadURL status", Message("files that answer"), 30, _ONLINE),
    Indicator("interoperability", "format", Message("format"), 20, _STANDARD),
    Indicator("interoperability", "mediaType", Message("media type"), 10, _STANDARD),
    Indicator("interoperability", "format from vocabulary", Message("format and media type from the lists"), 10, _FORMATS),
    Indicator("interoperability", "non-proprietary", Message("a format that nobody owns"), 20, _STANDARD),
    Indicator("interoperability", "machine-readable", Message("a format that programs read"), 20, _CSV),
    Indicator("interoperability", "DCAT-AP", Message("no mistake by DCAT-AP"), 30, Message("Mend what the findings say.")),
    Indicator("reusability", "license", Message("licence"), 20, _STANDARD),
    Indicator("reusability", "license from vocabulary", Message("licence from the list"), 10, _STANDARD, _KNOWN),
    Indicator("reusability", "accessRights", Message("access"), 10, _STANDARD),
    Indicator("reusability", "accessRights from vocabulary", Message("access from the list"), 5, _STANDARD),
    Indicator("reusability", "contactPoint", Message("contact"), 20, _STANDARD),
    Indicator("reusability", "publisher", Message("publisher"), 10, _STANDARD),
    Indicator("contextuality", "rights", Message("rights"), 5, Message("attribution in the configuration.")),
    Indicator("contextuality", "byteSize", Message("size in bytes"), 5, _PORTAL),
    Indicator("contextuality", "issued", Message("first published"), 5, Message("Nothing: the first release was made before its day was kept.")),
    Indicator("contextuality", "modified", Message("last changed"), 5, _STANDARD),
)
# fmt: on


def score(
    graph: Graph, catalog: CatalogFacts, wrong: Iterable[str], statuses: Statuses | None
) -> list[Result]:
    """The points of each indicator. `wrong` are the names of datasets with findings against
    DCAT-AP, `statuses` the answers of addresses, None where nobody asked."""
    datasets = [_Dataset(graph, dataset, {*wrong}, statuses) for dataset in catalog.datasets]
    results = []
    for indicator in INDICATORS:
        shares = [dataset.share(indicator.name) for dataset in datasets]
        results.append(
            Result(
                indicator,
                indicator.points * sum(shares) / len(shares),
                tuple(
                    dataset.facts.name
                    for dataset, share in zip(datasets, shares, strict=True)
                    if share < 1
                ),
                measured=statuses is not None or not indicator.name.endswith("status"),
            )
        )
    return results


def total(results: Iterable[Result]) -> float:
    """The sum of points, of at most 405."""
    return sum(result.points for result in results)


class _Dataset:
    """A dataset as the graph has it."""

    def __init__(
        self, graph: Graph, facts: DatasetFacts, wrong: set[str], statuses: Statuses | None
    ) -> None:
        self._graph = graph
        self.facts = facts
        self._wrong = wrong
        self._statuses = statuses or {}

    def share(self, name: str) -> float:
        """How much of an indicator it fulfils, from 0 to 1."""
        match name:
            case "keyword" | "theme" | "contactPoint":
                return float(bool(self._of(self.facts.iri, f"dcat:{name}")))
            case "spatial" | "temporal" | "accessRights" | "publisher" | "issued" | "modified":
                return float(bool(self._of(self.facts.iri, f"dcterms:{name}")))
            case "accessRights from vocabulary":
                return float(self._fits(self.facts.iri, "dcterms:accessRights"))
            case "accessURL status" | "downloadURL status":
                return self._mean(lambda file: self._answers(file, f"dcat:{name.split()[0]}"))
            case "downloadURL" | "byteSize":
                return self._mean(lambda file: bool(self._of(file.iri, f"dcat:{name}")))
            case "license" | "rights":
                return self._mean(lambda file: bool(self._of(file.iri, f"dcterms:{name}")))
            case "license from vocabulary":
                return self._mean(lambda file: self._fits(file.iri, "dcterms:license"))
            case "DCAT-AP":
                return float(self.facts.name not in self._wrong)
            case _:
                return self._best()[name]

    def _best(self) -> dict[str, float]:
        """The indicators of interoperability of the file with data that has the most points."""
        points = {item.name: item.points for item in INDICATORS}
        data = [file for file in self.facts.distributions if file.path != DESCRIPTOR]
        shares = [self._interoperable(file) for file in data]
        return max(shares, key=lambda each: sum(points[name] * each[name] for name in each))

    def _interoperable(self, file: DistributionFacts) -> dict[str, float]:
        formats = {str(value) for value in self._of(file.iri, "dcterms:format")}
        known = {f"{_FILE_TYPES}{value}" for value in formats} | formats
        listed = (
            self._fits(file.iri, "dcterms:format") + self._fits(file.iri, "dcat:mediaType")
        ) / 2
        return {
            "format": float(bool(formats)),
            "mediaType": float(bool(self._of(file.iri, "dcat:mediaType"))),
            "format from vocabulary": listed,
            "non-proprietary": float(bool(known & NON_PROPRIETARY)),
            "machine-readable": float(bool(known & MACHINE_READABLE)),
        }

    def _of(self, subject: str, name: str) -> list[Node]:
        return list(self._graph.objects(URIRef(subject), URIRef(term(name))))

    def _fits(self, subject: str, name: str) -> bool:
        values = self._of(subject, name)
        return bool(values) and all(FORMS[name].fits(value) for value in values)

    def _answers(self, file: DistributionFacts, name: str) -> bool:
        addresses = self._of(file.iri, name)
        return bool(addresses) and all(
            self._statuses.get(str(address)) == OK for address in addresses
        )

    def _mean(self, holds: Callable[[DistributionFacts], bool]) -> float:
        files = self.facts.distributions
        return sum(map(holds, files)) / len(files) if files else 0.0
