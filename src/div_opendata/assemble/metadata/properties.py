"""The mapping: what of a catalogue, a series, a dataset and a file is said in which term of
DCAT-AP.de 3.0 and in which key of CKAN, one line a property.

A term with a slash belongs to the node that the term before it has made: the name of the publisher
is `dcterms:publisher/foaf:name`. A key of CKAN that begins with `extras.` is an extra, one that
ends with `[]` a list as JSON, as ckanext-dcat 2.4 reads it. A property without a term is CKAN's
alone; one without a key is what CKAN with ckanext-dcat cannot say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from div_opendata.base.i18n import Label, Message
from div_opendata.base.language import LANGUAGES

from .facts import CatalogFacts, DatasetFacts, DistributionFacts, SeriesFacts, doi_address, part_iri
from .vocabulary import (
    CHECKSUM,
    DATA_PACKAGE,
    LANGUAGE_IRIS,
    MUNICIPALITY,
    PUBLIC,
    THEMES,
    content_type,
    mailto,
    term,
)

if TYPE_CHECKING:
    from div_opendata.base.language import Language

Entity = Literal["catalog", "series", "dataset", "distribution"]
Obligation = Literal["mandatory", "recommended", "optional"]


@dataclass(frozen=True)
class Text:
    """A literal, in a language where it has one."""

    text: str
    language: Language | None = None


@dataclass(frozen=True)
class Typed:
    """A literal of an XML Schema datatype, by its prefixed name."""

    text: str
    datatype: str


@dataclass(frozen=True)
class Iri:
    """Something with an IRI, and the class that the shapes ask for, by its prefixed name."""

    text: str
    kind: str = ""


Value = Text | Typed | Iri


@dataclass(frozen=True)
class Property:
    """A line of the mapping. `to_ckan` makes CKAN's text of a value where it is another one; what is
    `counted` CKAN finds out by itself; a key of `dcatde` is read by ckanext-dcatde alone."""

    title: Message
    term: str
    ckan: str
    values: Callable[[Any], Iterable[Value]]
    obligation: Obligation = "optional"
    to_ckan: Callable[[str], str] = str
    counted: bool = False
    dcatde: bool = False


# --- values ---------------------------------------------------------------------------------------


def _texts(name: str) -> Callable[[Any], Iterator[Value]]:
    """A label of the facts in every language, German first, if there is one."""

    def values(facts: Any) -> Iterator[Value]:
        label: Label | None = getattr(facts, name)
        return (Text(label.text(language), language) for language in LANGUAGES if label)

    return values


def _get(facts: Any, path: str) -> Any:
    for name in path.split("."):
        facts = getattr(facts, name)
    return facts


def _text(path: str) -> Callable[[Any], Iterator[Value]]:
    return lambda facts: (Text(text) for text in [_get(facts, path)] if text)


def _iri(path: str, kind: str = "") -> Callable[[Any], Iterator[Value]]:
    return lambda facts: (Iri(text, kind) for text in [_get(facts, path)] if text)


def _iris(path: str, kind: str = "") -> Callable[[Any], Iterator[Value]]:
    return lambda facts: (Iri(text, kind) for text in _get(facts, path))


def _constant(value: Value) -> Callable[[Any], Iterator[Value]]:
    return lambda _facts: iter([value])


def _time(path: str) -> Callable[[Any], Iterator[Value]]:
    return lambda facts: (Typed(text, "xsd:dateTime") for text in [_get(facts, path)] if text)


_DATES = {len("2026"): "xsd:gYear", len("2026-11"): "xsd:gYearMonth"}


def _date(path: str) -> Callable[[Any], Iterator[Value]]:
    """A day, month or year with the datatype that it is."""
    return lambda facts: (
        Typed(text, _DATES.get(len(text), "xsd:date")) for text in [_get(facts, path)] if text
    )


def _part(name: str, kind: str) -> Callable[[Any], Iterator[Value]]:
    """A node of its own, with an IRI and not blank, so that the files are the same every time."""
    return lambda facts: iter([Iri(part_iri(facts.iri, name), kind)])


def _period(facts: DatasetFacts | SeriesFacts) -> Iterator[Value]:
    if facts.start or facts.end:
        yield Iri(part_iri(facts.iri, "period"), "dcterms:PeriodOfTime")


def _place(facts: Any) -> Iterator[Value]:
    if facts.municipality:
        yield Iri(facts.municipality, "dcterms:Location")


def _place_name(facts: Any) -> Iterator[Value]:
    if facts.municipality:
        yield Text(facts.publisher.name)


def _level(facts: DatasetFacts) -> Iterator[Value]:
    if facts.municipality:
        yield Iri(MUNICIPALITY)


def _doi(facts: DatasetFacts) -> Iterator[Value]:
    if facts.doi:
        yield Iri(doi_address(facts.doi), "adms:Identifier")


def _doi_notation(facts: DatasetFacts) -> Iterator[Value]:
    if facts.doi:
        yield Typed(doi_address(facts.doi), "xsd:anyURI")


def _keywords(facts: DatasetFacts) -> Iterator[Value]:
    return (Text(*keyword) for keyword in facts.keywords)


_WITHOUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_NAMING = re.compile(r"\b[A-ZÄÖÜ]\w*[äöü]\w*|\b[ÄÖÜ]\w*")  # nouns, or what a keyword begins with


def _without_umlauts(facts: DatasetFacts) -> Iterator[Value]:
    """The words by which a dataset is looked for, as people write them who have no umlauts: CKAN
    finds ue for ü nowhere else. It takes ss for ß by itself."""
    words = [word for word, language in facts.keywords if language == "de"]
    texts = " ".join([*words, facts.title.de, facts.description.de])
    if found := dict.fromkeys(_NAMING.findall(texts)):
        yield Text(", ".join(found).translate(_WITHOUT))


def _mail(facts: DatasetFacts | SeriesFacts) -> Iterator[Value]:
    yield Iri(mailto(facts.contact.mailbox))


def _size(facts: DistributionFacts) -> Iterator[Value]:
    yield Typed(str(facts.bytes), "xsd:nonNegativeInteger")


def _bytes(facts: DistributionFacts) -> Iterator[Value]:
    if facts.sha256:
        yield Typed(facts.sha256, "xsd:hexBinary")


def _checksum(facts: DistributionFacts) -> Iterator[Value]:
    if facts.sha256:
        yield Iri(part_iri(facts.iri, "checksum"), "spdx:Checksum")


def _languages(_facts: CatalogFacts) -> Iterator[Value]:
    return (Iri(LANGUAGE_IRIS[language], "dcterms:LinguisticSystem") for language in LANGUAGES)


def _mailbox(text: str) -> str:
    """A mailbox as people write it."""
    from urllib.parse import unquote

    return unquote(text.removeprefix("mailto:"))


# --- the table ------------------------------------------------------------------------------------

_ISSUED = Message("first published")
_MODIFIED = Message("last changed: the stamp of the release")
_TITLE, _DESCRIPTION = Message("title"), Message("description")
_PUBLISHER, _PUBLISHER_NAME = Message("publisher"), Message("name of the publisher")
_KIND = Message("kind of publisher")
_CONTACT, _OFFICE = Message("contact"), Message("office to write to")
_MAIL = Message("functional mailbox")
_PLACE, _PLACE_NAME = Message("place"), Message("name of the place")
_PERIOD, _START, _END = Message("period"), Message("its beginning"), Message("its end")
_FREQUENCY, _LICENSE = Message("how often it is updated"), Message("licence")
_AVAILABILITY, _CONFORMS = Message("planned availability"), Message("standard it conforms to")
_IMT = term("dcterms:IMT")  # it shows the name of such a format, and else its IRI
# Only what DCAT-AP asks to be a term of a list is typed as one: it then needs a name (vocabulary.NAMES).
_AGENT, _KIND_OF_CONTACT = "foaf:Agent", "vcard:Kind"
_CONCEPT, _DOCUMENT = "skos:Concept", "dcterms:LicenseDocument"

KINDS = frozenset(
    {
        *("adms:Identifier", _AGENT, _KIND_OF_CONTACT, _CONCEPT, _DOCUMENT),
        *("dcterms:IMT", "dcterms:Frequency", "dcterms:LinguisticSystem", "dcterms:Location"),
        *("dcterms:MediaType", "dcterms:MediaTypeOrExtent", "dcterms:PeriodOfTime"),
        *("dcterms:RightsStatement", "dcterms:Standard", "foaf:Document", "rdfs:Resource"),
        *("skos:ConceptScheme", "spdx:Checksum", "spdx:ChecksumAlgorithm"),
    }
)
"""The classes of what values refer to."""

# fmt: off
PROPERTIES: Mapping[Entity, tuple[Property, ...]] = {
    "catalog": (
        Property(_TITLE, "dcterms:title", "", _texts("title"), "mandatory"),
        Property(_DESCRIPTION, "dcterms:description", "", _texts("description"), "mandatory"),
        Property(_PUBLISHER, "dcterms:publisher", "", _iri("publisher.iri", _AGENT), "mandatory"),
        Property(_PUBLISHER_NAME, "dcterms:publisher/foaf:name", "", _text("publisher.name"), "mandatory"),
        Property(_KIND, "dcterms:publisher/dcterms:type", "", _iri("publisher.type", _CONCEPT)),
        Property(_ISSUED, "dcterms:issued", "", _time("issued"), "recommended"),
        Property(_MODIFIED, "dcterms:modified", "", _time("modified"), "recommended"),
        Property(Message("languages of its texts"), "dcterms:language", "", _languages, "recommended"),
        Property(Message("home page"), "foaf:homepage", "", _iri("homepage", "foaf:Document"), "recommended"),
        Property(_LICENSE, "dcterms:license", "", _iri("license", _DOCUMENT), "recommended"),
        Property(Message("list of themes"), "dcat:themeTaxonomy", "", _constant(Iri(THEMES, "skos:ConceptScheme")), "recommended"),
        Property(_PLACE, "dcterms:spatial", "", _place, "recommended"),
        Property(_PLACE_NAME, "dcterms:spatial/skos:prefLabel", "", _place_name),
    ),
    "series": (
        Property(_TITLE, "dcterms:title", "", _texts("title"), "mandatory"),
        Property(_DESCRIPTION, "dcterms:description", "", _texts("description"), "mandatory"),
        Property(_PUBLISHER, "dcterms:publisher", "", _iri("publisher.iri", _AGENT), "mandatory"),
        Property(_CONTACT, "dcat:contactPoint", "", _iri("contact.iri", _KIND_OF_CONTACT), "recommended"),
        Property(_OFFICE, "dcat:contactPoint/vcard:fn", "", _text("contact.name")),
        Property(_MAIL, "dcat:contactPoint/vcard:hasEmail", "", _mail),
        Property(_PLACE, "dcterms:spatial", "", _place, "recommended"),
        Property(_PERIOD, "dcterms:temporal", "", _period, "recommended"),
        Property(_START, "dcterms:temporal/dcat:startDate", "", _date("start")),
        Property(_END, "dcterms:temporal/dcat:endDate", "", _date("end")),
        Property(_FREQUENCY, "dcterms:accrualPeriodicity", "", _iri("frequency", "dcterms:Frequency")),
    ),
    "dataset": (
        Property(_TITLE, "dcterms:title", "title", _texts("title"), "mandatory"),
        Property(_DESCRIPTION, "dcterms:description", "notes", _texts("description"), "mandatory"),
        Property(Message("permanent address of the dataset"), "", "extras.uri", _text("iri")),
        Property(Message("identifier"), "dcterms:identifier", "extras.identifier", _text("identifier")),
        Property(Message("DOI"), "adms:identifier", "", _doi),
        Property(Message("the DOI, written out"), "adms:identifier/skos:notation", "", _doi_notation),
        Property(Message("version"), "dcat:version", "version", _text("version")),
        Property(Message("former version"), "dcat:previousVersion", "", _iri("previous")),
        Property(Message("what has changed since then"), "adms:versionNotes", "", _texts("changes")),
        Property(_ISSUED, "dcterms:issued", "extras.issued", _time("issued")),
        Property(_MODIFIED, "dcterms:modified", "extras.modified", _time("modified")),
        Property(_PUBLISHER, "dcterms:publisher", "extras.publisher_uri", _iri("publisher.iri", _AGENT), "mandatory"),
        Property(_PUBLISHER_NAME, "dcterms:publisher/foaf:name", "extras.publisher_name", _text("publisher.name"), "mandatory"),
        Property(_KIND, "dcterms:publisher/dcterms:type", "extras.publisher_type", _iri("publisher.type", _CONCEPT)),
        Property(_CONTACT, "dcat:contactPoint", "", _iri("contact.iri", _KIND_OF_CONTACT), "recommended"),
        Property(_OFFICE, "dcat:contactPoint/vcard:fn", "maintainer", _text("contact.name")),
        Property(_MAIL, "dcat:contactPoint/vcard:hasEmail", "maintainer_email", _mail, to_ckan=_mailbox),
        Property(Message("themes"), "dcat:theme", "extras.theme[]", _iris("themes", _CONCEPT), "recommended"),
        Property(Message("keywords"), "dcat:keyword", "tags", _keywords, "recommended"),
        Property(_PERIOD, "dcterms:temporal", "", _period, "recommended"),
        Property(_START, "dcterms:temporal/dcat:startDate", "extras.temporal_start", _date("start")),
        Property(_END, "dcterms:temporal/dcat:endDate", "extras.temporal_end", _date("end")),
        Property(_PLACE, "dcterms:spatial", "extras.spatial_uri", _place, "recommended"),
        Property(_PLACE_NAME, "dcterms:spatial/skos:prefLabel", "extras.spatial_text", _place_name),
        Property(Message("municipality"), "", "extras.politicalGeocodingURI[]", _place, dcatde=True),
        Property(Message("level of administration"), "dcatde:politicalGeocodingLevelURI", "extras.politicalGeocodingLevelURI", _level, "recommended", dcatde=True),
        Property(_FREQUENCY, "dcterms:accrualPeriodicity", "extras.frequency", _iri("frequency", "dcterms:Frequency")),
        Property(Message("language of the records"), "dcterms:language", "extras.language[]", _iri("language", "dcterms:LinguisticSystem")),
        Property(Message("access"), "dcterms:accessRights", "extras.access_rights", _constant(Iri(PUBLIC, "dcterms:RightsStatement"))),
        Property(_AVAILABILITY, "dcatap:availability", "extras.availability", _iri("availability", _CONCEPT), "recommended", dcatde=True),
        Property(_CONFORMS, "dcterms:conformsTo", "extras.conforms_to[]", _constant(Iri(DATA_PACKAGE, "dcterms:Standard"))),
        Property(Message("portal that hands it on"), "dcatde:contributorID", "extras.contributorID[]", _iris("contributor_ids"), dcatde=True),
        Property(Message("series"), "dcat:inSeries", "", _iri("series")),
        Property(Message("page for people"), "dcat:landingPage", "url", _iri("page", "foaf:Document")),
        Property(_LICENSE, "", "license_id", _text("license_name")),
        Property(Message("attribution"), "", "extras.attribution", _text("attribution")),
        Property(Message("its words with umlauts, as keyboards without them write them"), "", "extras.without_umlauts", _without_umlauts),
        Property(_PUBLISHER_NAME, "", "author", _text("publisher.name")),
    ),
    "distribution": (
        Property(_TITLE, "dcterms:title", "name", _texts("title"), "recommended"),
        Property(_DESCRIPTION, "dcterms:description", "description", _texts("description")),
        Property(Message("permanent address of the file"), "", "uri", _text("iri")),
        Property(Message("address"), "dcat:accessURL", "access_url", _iri("address", "rdfs:Resource"), "mandatory"),
        Property(Message("address of the file"), "dcat:downloadURL", "download_url", _iri("address", "rdfs:Resource")),
        Property(_LICENSE, "dcterms:license", "license", _iri("license", _DOCUMENT), "mandatory"),
        Property(Message("name by which CKAN's harvester finds the licence"), "dcterms:license/dcterms:title", "", _text("license_title")),
        Property(Message("attribution"), "dcatde:licenseAttributionByText", "", _text("attribution")),
        Property(Message("rights"), "dcterms:rights", "", _part("rights", "dcterms:RightsStatement")),
        Property(Message("attribution, as a statement of rights"), "dcterms:rights/rdfs:label", "rights", _text("attribution")),
        Property(Message("format"), "dcterms:format", "format", _iri("format.iri", "dcterms:MediaTypeOrExtent"), "recommended"),
        Property(Message("name of the format"), "dcterms:format/rdfs:label", "", _text("format.code")),
        Property(Message("format as CKAN's harvester looks for it"), "dcterms:format/rdf:type", "", _constant(Iri(_IMT))),
        Property(Message("media type"), "dcat:mediaType", "mimetype", _iri("format.media_iri", "dcterms:MediaType"), to_ckan=content_type),
        Property(Message("size in bytes"), "dcat:byteSize", "", _size, counted=True),
        Property(Message("fingerprint"), "spdx:checksum", "", _checksum),
        Property(Message("its value"), "spdx:checksum/spdx:checksumValue", "hash", _bytes),
        Property(Message("how it was computed"), "spdx:checksum/spdx:algorithm", "hash_algorithm", _constant(Iri(f"{CHECKSUM}sha256", "spdx:ChecksumAlgorithm"))),
        Property(_AVAILABILITY, "dcatap:availability", "availability", _iri("availability", _CONCEPT), "recommended"),
        Property(_CONFORMS, "dcterms:conformsTo", "conforms_to[]", _iri("conforms_to", "dcterms:Standard")),
        Property(_MODIFIED, "dcterms:modified", "modified", _time("modified"), "recommended"),
    ),
}
# fmt: on


# --- CKAN -----------------------------------------------------------------------------------------

EXTRAS = tuple(
    line.ckan.removeprefix("extras.").removesuffix("[]")
    for line in PROPERTIES["dataset"]
    if line.ckan.startswith("extras.")
)
"""The extras of a dataset that are ours, whether it has them or not."""


def ckan_values(entity: Entity, facts: DatasetFacts | DistributionFacts) -> dict[str, Any]:
    """What CKAN's keys are: texts, lists as JSON, the tags as a list. A key without a value is
    there and empty, so that what a former release had is taken away."""
    found: dict[str, Any] = {}
    for line in PROPERTIES[entity]:
        if line.ckan:
            texts = [line.to_ckan(value.text) for value in line.values(facts)]
            found[line.ckan.removesuffix("[]")] = _ckan_value(line.ckan, texts)
    return found


def ckan_says(entity: Entity, line: Property) -> bool:
    """Whether a CKAN with ckanext-dcat says a property, or makes its node for what belongs to it."""
    if line.ckan or line.counted:
        return bool(line.term) and not line.dcatde
    parts = f"{line.term}/"
    return any(part.ckan and part.term.startswith(parts) for part in PROPERTIES[entity])


def _ckan_value(key: str, texts: list[str]) -> Any:
    if key == "tags":
        return list(dict.fromkeys(texts))
    if key.endswith("[]"):
        return json.dumps(texts, ensure_ascii=False) if texts else ""
    return texts[0] if texts else ""
