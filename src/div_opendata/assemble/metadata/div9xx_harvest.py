"""What a harvester would not take, or lose, of a catalogue: the mistakes that keep datasets out of
portals, found without the official shapes, and those that the shapes miss."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rdflib import RDF, Literal, URIRef

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Message
from div_opendata.workspace.settings import CONFIGURATION, licenses

from .graph import CLASSES, follow
from .properties import PROPERTIES, Entity
from .vocabulary import AUTHORITY, CONTRIBUTORS, MEDIA_TYPES, PREFIXES, PUBLISHER_TYPE, term

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

    from .facts import CatalogFacts

_THING: Mapping[Entity, Message] = {
    "catalog": Message("the catalogue"),
    "series": Message("the series"),
    "dataset": Message("the dataset"),
    "distribution": Message("the file"),
}
_REPORT = Message(
    "If the configuration is as it should be, this is a mistake of div-opendata: please report this"
    " message."
)


def _named(thing: Message, name: str) -> Message:
    return Message("{thing} {name}", thing=thing, name=name) if name else thing


# --- findings -------------------------------------------------------------------------------------


@code("DIV901")
def missing_metadata(place: Place, thing: Message, name: str, title: Message) -> Finding:
    """Something that every harvester asks for is missing from the metadata.

    Why: A dataset without title, description or publisher, or a file without address or licence, is
    refused by harvesting portals, or is shown there as if nobody might use it.

    Do: Fill in what is named, in the configuration or in the texts of the packages.

    Wrong: a file without a licence

    Right: dcterms:license http://dcat-ap.de/def/licenses/cc-by/4.0
    """
    return Finding(
        Message("Missing in {thing}: {title}.", thing=_named(thing, name), title=title),
        _REPORT,
        place,
    )


@code("DIV902")
def doubled_metadata(place: Place, thing: Message, name: str, title: Message) -> Finding:
    """Something is said more than once in the metadata that may be said only once.

    Why: With two licences, two publishers or two dates nobody knows which one counts; portals take
    any of them, or refuse the dataset.

    Do: Let only one stand in the configuration.

    Wrong: two licences for one file

    Right: exactly one licence for each file
    """
    return Finding(
        Message("More than once in {thing}: {title}.", thing=_named(thing, name), title=title),
        _REPORT,
        place,
    )


@code("DIV903")
def malformed_metadata(place: Place, thing: Message, name: str, title: Message) -> Finding:
    """Something in the metadata is not in the form in which harvesters read it.

    Why: Portals compare with lists: a licence with another spelling counts as none, a date without
    its type as text, a mailbox without mailto: as no mailbox. Nobody says so; the dataset is just
    not found.

    Do: Write the value in the configuration as its description there says.

    Wrong: http://dcat-ap.de/def/licenses/dl-by-de/2_0/ as licence

    Right: http://dcat-ap.de/def/licenses/dl-by-de/2.0
    """
    return Finding(
        Message(
            "Harvesters do not understand “{value}” in {thing}: {title}.",
            thing=_named(thing, name),
            title=title,
            value=place.value,
        ),
        _REPORT,
        place,
    )


@code("DIV904")
def unnamed_source(place: Place, name: str) -> Finding:
    """The licence asks for a name to be given, and no name is said.

    Why: Who uses data under this licence has to name whom they are from. Where the metadata do not
    say it, everybody writes something else, or does not dare to use the data.

    Do: Write into attribution what is to be named, for example the city.

    Wrong: attribution = " "

    Right: attribution = "Stadt Bielefeld"
    """
    return Finding(
        Message("The licence of {name} asks for a name, and there is none.", name=name),
        Message("Write the name of the city as attribution in the configuration."),
        place,
    )


@code("DIV908", "warning")
def format_in_words(place: Place, name: str) -> Finding:
    """The format or the media type of files is said in words, for people, loaders and browsers.

    Why: A CKAN with xloader loads only tables whose format is “CSV”, and any CKAN sends a file with
    the media type that is told to harvesters, so it must be one that browsers know. Harvesters want
    the addresses of both. All at once cannot be had there; portals that check strictly complain,
    and take the dataset all the same.

    Do: Nothing: people read and filter by "CSV". Only who would rather serve harvesters sets
    formats = "iri", which leaves only the media type in words.

    Wrong: the format "CSV" as a literal

    Right: http://publications.europa.eu/resource/authority/file-type/CSV
    """
    return Finding(
        Message(
            "{name}: formats or media types are in words, not as harvesters want them.", name=name
        ),
        Message(
            "On a CKAN media types cannot be otherwise. Formats in words are what people read and"
            ' filter by; formats = "iri" would write them for harvesters.'
        ),
        place,
    )


@code("DIV909")
def dead_address(place: Place, name: str, address: str, answer: str) -> Finding:
    """An address in the metadata leads nowhere.

    Why: Portals look whether files can be reached, and data.europa.eu counts it. Whoever finds the
    dataset and gets nothing does not come again.

    Do: Look whether the portal is being served under this address, and publish again.

    Wrong: an address that answers with 404

    Right: an address that answers with the file
    """
    return Finding(
        Message("{name}: {address} answers {answer}.", name=name, address=address, answer=answer),
        Message("Look whether the portal is served under its address; then try again."),
        place,
    )


# --- what is expected -----------------------------------------------------------------------------

ONCE = frozenset(
    {
        *("dcterms:license", "dcterms:publisher", "dcatap:availability", "dcterms:issued"),
        *("dcterms:modified", "dcterms:accrualPeriodicity", "dcterms:accessRights"),
        *("dcterms:identifier", "dcat:version", "dcterms:format", "dcat:mediaType"),
        *("dcat:byteSize", "dcat:downloadURL", "spdx:checksum", "dcterms:temporal"),
    }
)
"""The properties that no two values may share."""


@dataclass(frozen=True)
class Form:
    """What a value must be: an IRI or a literal, of a datatype where one is named, that fits."""

    literal: bool
    pattern: str = ""
    datatypes: frozenset[str] = frozenset()

    def fits(self, value: Node) -> bool:
        """Whether a value is so."""
        if isinstance(value, Literal) != self.literal:
            return False
        if self.datatypes:
            typed = isinstance(value, Literal) and str(value.datatype) in self.datatypes
            return typed and getattr(value, "ill_typed", None) is not True
        return re.fullmatch(self.pattern, str(value), re.DOTALL) is not None


def _listed(name: str) -> Form:
    return Form(literal=False, pattern=re.escape(f"{AUTHORITY}{name}/") + r"[A-Z0-9_]+")


_TIME = Form(literal=True, datatypes=frozenset({term("xsd:dateTime"), term("xsd:date")}))
_DAY = Form(
    literal=True,
    datatypes=frozenset(
        {*_TIME.datatypes, term("xsd:gYear"), term("xsd:gYearMonth")},
    ),
)
_WEB = Form(literal=False, pattern=r"https?://[^\s<>\"{}|\\^`]+")

FORMS: Mapping[str, Form] = {
    "dcterms:identifier": Form(literal=True, pattern=r"(?!https?:).+"),
    "dcterms:issued": _TIME,
    "dcterms:modified": _TIME,
    "dcat:startDate": _DAY,
    "dcat:endDate": _DAY,
    "dcat:byteSize": Form(literal=True, datatypes=frozenset({term("xsd:nonNegativeInteger")})),
    "dcat:accessURL": _WEB,
    "dcat:downloadURL": _WEB,
    "dcterms:license": Form(
        literal=False, pattern="|".join(re.escape(item.url) for item in licenses().values())
    ),
    "dcterms:format": _listed("file-type"),
    "dcat:mediaType": Form(literal=False, pattern=re.escape(MEDIA_TYPES) + r"[a-z]+/[\w.+-]+"),
    "dcat:theme": _listed("data-theme"),
    "dcterms:language": _listed("language"),
    "dcterms:accrualPeriodicity": _listed("frequency"),
    "dcterms:accessRights": _listed("access-right"),
    "dcatap:availability": _listed("planned-availability"),
    "dcatde:contributorID": Form(literal=False, pattern=re.escape(CONTRIBUTORS) + r"[\w-]+"),
    "dcterms:publisher": Form(literal=False, pattern=".+"),
    "dcterms:publisher/dcterms:type": Form(
        literal=False, pattern=re.escape(PUBLISHER_TYPE) + "[A-Za-z-]+"
    ),
    "dcat:contactPoint/vcard:hasEmail": Form(literal=False, pattern="mailto:[^@]+@[^@]+"),
    "spdx:checksum/spdx:algorithm": Form(
        literal=False, pattern=re.escape(PREFIXES["spdx"]) + r"checksumAlgorithm_\w+"
    ),
}
"""What the values of properties must be; a path's last term alone counts for every thing."""

_IN_WORDS = frozenset({"dcterms:format"})
_IN_WORDS_ON_CKAN = _IN_WORDS | {"dcat:mediaType"}
"""The properties that CKAN has to be told in words, for people, loaders and browsers."""
_NEEDED = {"spdx:checksum": ("spdx:algorithm", "spdx:checksumValue")}
_BY_WORDS = ("dcatde:licenseAttributionByText", "dcterms:rights/rdfs:label")


def judge(graph: Graph, names: Mapping[str, str], *, ckan: bool = False) -> list[Finding]:
    """What is wrong with a catalogue's graph, of a folder portal or a CKAN. `names` are those of
    things by their IRIs."""
    words = _IN_WORDS_ON_CKAN if ckan else _IN_WORDS
    found = [
        finding
        for entity in CLASSES
        for subject in sorted(graph.subjects(RDF.type, URIRef(term(CLASSES[entity]))), key=str)
        for finding in _Judge(
            graph, entity, subject, names.get(str(subject), str(subject)), words
        ).judge()
    ]
    return list({(f.code, f.place, f.message.text("en")): f for f in found}.values())


def names_of(catalog: CatalogFacts) -> dict[str, str]:
    """What the things of a catalogue are called in findings, by their IRIs."""
    names = {catalog.iri: "", catalog.series.iri: ""}
    for dataset in catalog.datasets:
        names[dataset.iri] = dataset.name
        names |= {file.iri: f"{dataset.name}/{file.path}" for file in dataset.distributions}
    return names


class _Judge:
    """One thing of a catalogue."""

    def __init__(
        self, graph: Graph, entity: Entity, subject: Node, name: str, words: Container[str]
    ) -> None:
        self._graph = graph
        self._words = words
        self._entity: Entity = entity
        self._subject = subject
        self._name = name
        self._place = Place(file=CONFIGURATION)

    def judge(self) -> Iterator[Finding]:
        """Everything found of it."""
        thing = _THING[self._entity]
        for line in PROPERTIES[self._entity]:
            if not line.term:
                continue
            values = self._values(line.term)
            if not values and line.obligation == "mandatory":
                yield missing_metadata(self._place, thing, self._name, line.title)
            if any(isinstance(value, Literal) and not value.strip() for value in values) and (
                line.obligation == "mandatory"
            ):
                yield missing_metadata(self._place, thing, self._name, line.title)
            if line.term in ONCE and len(values) > 1:
                yield doubled_metadata(self._place, thing, self._name, line.title)
            yield from self._forms(line.term, line.title, values)
        if self._entity == "distribution":
            yield from self._attribution()

    def _values(self, path: str) -> list[Node]:
        """The values of a property, each step of its path followed."""
        return follow(self._graph, self._subject, path)

    def _forms(self, path: str, title: Message, values: list[Node]) -> Iterator[Finding]:
        form = FORMS.get(path) or FORMS.get(path.rpartition("/")[2])
        for value in values:
            if form and not form.fits(value):
                if path in self._words and isinstance(value, Literal):
                    yield format_in_words(self._place, self._name.partition("/")[0])
                    continue
                place = Place(file=CONFIGURATION, value=str(value))
                yield malformed_metadata(place, _THING[self._entity], self._name, title)
            for part in _NEEDED.get(path, ()):
                if not any(self._graph.objects(value, URIRef(term(part)))):
                    yield missing_metadata(
                        self._place, _THING[self._entity], self._name, self._title(f"{path}/{part}")
                    )

    def _title(self, path: str) -> Message:
        return next(line.title for line in PROPERTIES[self._entity] if line.term == path)

    def _attribution(self) -> Iterator[Finding]:
        licensed = {str(value) for value in self._values("dcterms:license")}
        asks = licensed & self._asking
        said = [str(value) for path in _BY_WORDS for value in self._values(path)]
        if asks and not any(words.strip() for words in said):
            yield unnamed_source(self._place, self._name)

    @cached_property
    def _asking(self) -> set[str]:
        return {item.url for item in licenses().values() if item.attribution}
