"""What is known of a catalogue, its datasets and their files, before it is said in any syntax.

All that a dataset is told to be follows from its stamped descriptor. So its metadata change exactly
when its stamp does, and an old descriptor still says what its metadata were. Only addresses come
from the portal.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Label
from div_opendata.workspace.settings import licenses

from ..release import BUNDLE_ZIP, archived, changes
from .vocabulary import (
    AUTHORITY,
    GEOCODING,
    LANGUAGE_CODES,
    LANGUAGE_IRIS,
    PUBLISHER_TYPE,
    FileFormat,
    file_format,
    iri,
)

if TYPE_CHECKING:
    from div_opendata.base.language import Language
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Package, Standard
    from div_opendata.standard.records import Records
    from div_opendata.workspace.settings import Workspace

    from ..release import Dataset, Release

Formats = Literal["label", "iri"]
"""How a CKAN is told formats: as people and loaders read them, or as harvesters do."""
Address = Callable[[str, str], str]
"""The address of a package's file on a portal, or of its page where the file is empty."""

OWN_TEXTS: Mapping[str, tuple[Label, Label]] = {
    BUNDLE_ZIP: (
        Label("Alle Tabellen", "All tables"),
        Label(
            "Das ganze Datenpaket mit allen Tabellen in einer Datei: entpackt oder, so wie es ist,"
            " mit frictionless zu öffnen.",
            "The whole data package with all tables in one file: to be opened unpacked, or as it is"
            " by frictionless.",
        ),
    ),
    DESCRIPTOR: (
        Label("Beschreibung des Datenpakets", "Description of the data package"),
        Label(
            "Data Package (frictionless): alle Dateien mit Spalten, Typen, Codes und SHA-256, für"
            " Programme.",
            "Data Package (frictionless): all files with columns, types, codes and SHA-256, for"
            " programs.",
        ),
    ),
}
"""Title and description of what no descriptor describes: the bundle's zip and the descriptor."""


@dataclass(frozen=True)
class Publisher:
    """Who publishes: `type` is an IRI of the ADMS publisher types."""

    iri: str
    name: str
    type: str


@dataclass(frozen=True)
class Contact:
    """Whom to write to: an office with its functional mailbox."""

    iri: str
    name: str
    mailbox: str


@dataclass(frozen=True)
class Column:
    """A column of a table of the standard."""

    name: str
    title: Label
    description: Label


@dataclass(frozen=True)
class DistributionFacts:
    """A file of a dataset, with its columns where it is a table of the standard. `conforms_to` is
    where the schema of its table stands, empty where it is none; `modified` is an ISO 8601 date and
    time, `bytes` its size. `sha256` is empty where a portal's loader puts a checksum of its own in
    its place."""

    iri: str
    name: str
    path: str
    title: Label
    description: Label
    address: str
    format: FileFormat
    bytes: int
    sha256: str
    conforms_to: str
    license: str
    license_title: str
    attribution: str
    availability: str
    modified: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class DatasetFacts:
    """A dataset. `keywords` have their language, `themes` are IRIs; `start` and `end` of the period
    are years, months or days, empty where nothing in it has a date; `municipality` is the IRI of
    the Gemeindeschlüssel, or empty. `sources` have a title and an address, `doi` is that of the
    bundle, if it has one. `page` is where people read of it, `previous` where the former version
    stays, with the `changes` since."""

    iri: str
    identifier: str
    name: str
    title: Label
    description: Label
    keywords: tuple[tuple[str, Language], ...]
    version: str
    issued: str
    modified: str
    publisher: Publisher
    contact: Contact
    themes: tuple[str, ...]
    language: str
    municipality: str
    start: str
    end: str
    frequency: str
    availability: str
    contributor_ids: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    doi: str
    license_name: str
    license: str
    license_title: str
    attribution: str
    series: str
    page: str
    distributions: tuple[DistributionFacts, ...] = ()
    previous: str = ""
    changes: Label | None = None


@dataclass(frozen=True)
class SeriesFacts:
    """All datasets together. `start` and `end` are those of the bundle."""

    iri: str
    title: Label
    description: Label
    publisher: Publisher
    contact: Contact
    municipality: str
    start: str
    end: str
    frequency: str


@dataclass(frozen=True)
class CatalogFacts:
    """A portal's catalogue. `homepage` and the addresses of its datasets are the portal's."""

    iri: str
    title: Label
    description: Label
    publisher: Publisher
    homepage: str
    license: str
    municipality: str
    issued: str
    modified: str
    series: SeriesFacts
    datasets: tuple[DatasetFacts, ...]


@dataclass(frozen=True)
class Shown:
    """What a portal tells harvesters of a release: its facts and, where it is a CKAN, how formats
    are written there."""

    catalog: CatalogFacts
    formats: Formats | None = None


# --- what a descriptor carries --------------------------------------------------------------------


def stated(package: Package, workspace: Workspace, records: Records) -> dict[str, Any]:
    """What a descriptor says, as its property `dcat`, for catalogues alone: IRIs and codes that the
    Data Package standard has no properties for."""
    publisher, release = workspace.configuration.publisher, workspace.configuration.release
    standard = workspace.standard
    document: dict[str, Any] = {
        "uri": _dataset_iri(package, workspace),
        "series": _own_iri("series", workspace),
        "publisherType": f"{PUBLISHER_TYPE}{publisher.type}",
        "themes": [f"{AUTHORITY}data-theme/{theme}" for theme in package.themes],
        "language": LANGUAGE_IRIS[release.language],
        "frequency": f"{AUTHORITY}frequency/{standard.frequency}",
        "availability": f"{AUTHORITY}planned-availability/{standard.availability}",
    }
    if release.municipality_key:
        key = f"municipalityKey/{release.municipality_key}"
        document["municipality"] = iri(f"{GEOCODING}{key}")
    if period := _period(package, standard, records, release.period_start):
        document["temporal"] = period
    if release.contributor_ids:
        document["contributorIDs"] = list(release.contributor_ids)
    if package.bundle and release.doi:
        document["doi"] = release.doi
    return document


def _period(
    package: Package, standard: Standard, records: Records, since: str
) -> dict[str, str] | None:
    """The days of the first and the last thing that happened in a package's records, or `since`
    where nothing in them has a date."""
    days = [
        str(value)[: len("2026-11-23")]
        for name in package.tables
        for record in records.tables[name].records
        for happening in standard.tables[name].happenings
        if happening.period
        for _, value in happening.dates(record.values)
    ]
    if not days:
        return {"start": since} if since else None
    return {"start": min(days), "end": max(days)}


def _dataset_iri(package: Package, workspace: Workspace) -> str:
    """What a dataset is called everywhere: its identifier, unless the city has permanent URIs."""
    base = workspace.configuration.release.uri_base
    return iri(f"{base}{package.dataset}") if base else workspace.identifier(package.name)


def _own_iri(name: str, workspace: Workspace) -> str:
    base = workspace.configuration.release.uri_base
    return iri(f"{base}{name}") if base else workspace.identifier(name)


# --- a release's facts ----------------------------------------------------------------------------


def doi_address(doi: str) -> str:
    """Where a DOI leads; empty where there is none."""
    return f"https://doi.org/{doi}" if doi else ""


def part_iri(whole: str, part: str) -> str:
    """What a part of something is called that has an IRI: its contact, its period, a file."""
    if whole.startswith("urn:uuid:"):
        return uuid.uuid5(uuid.UUID(whole), part).urn
    return f"{whole}{'-' if '#' in whole else '#'}{part}"  # an IRI has one fragment


def dataset_facts(descriptor: Descriptor, package: Package) -> DatasetFacts:
    """What a stamped descriptor says of its dataset. One from before this module existed has no
    property `dcat`: what it would say is then empty."""
    said = descriptor.get("dcat", {})
    period = said.get("temporal", {})
    publisher, contact = descriptor["contributors"][:2]
    whole = said.get("uri", descriptor["id"])
    title, description = described_texts(descriptor)
    return DatasetFacts(
        iri=whole,
        identifier=descriptor["id"],
        name=descriptor["name"],
        title=title,
        description=description,
        keywords=tuple(_keywords(descriptor["keywords"], package, said.get("language", ""))),
        version=descriptor["version"],
        issued=descriptor.get("issued", ""),
        modified=descriptor["created"],
        publisher=Publisher(
            iri(publisher["path"]), publisher["title"], said.get("publisherType", "")
        ),
        contact=Contact(
            part_iri(said.get("series", whole), "contact"), contact["title"], contact["email"]
        ),
        themes=tuple(said.get("themes", ())),
        language=said.get("language", ""),
        municipality=said.get("municipality", ""),
        start=period.get("start", ""),
        end=period.get("end", ""),
        frequency=said.get("frequency", ""),
        availability=said.get("availability", ""),
        contributor_ids=tuple(said.get("contributorIDs", ())),
        sources=tuple((source["title"], source["path"]) for source in descriptor["sources"]),
        doi=said.get("doi", ""),
        license_name=descriptor["licenses"][0]["name"],
        license=descriptor["licenses"][0]["path"],
        license_title=_license_title(descriptor["licenses"][0]["path"]),
        attribution=descriptor["attribution"],
        series=said.get("series", ""),
        page="",
    )


def _keywords(
    words: Iterable[str], package: Package, language: str
) -> Iterator[tuple[str, Language]]:
    """Keywords with their language, which for the city's own is that of the records; of those that
    differ in case only, the first: portals make tags of them, and would show both."""
    once: dict[str, str] = {}
    for word in words:
        once.setdefault(word.casefold(), word)
    own: Language = "en" if LANGUAGE_CODES.get(language) == "en" else "de"
    known: dict[str, Language] = {
        word: code for code in ("en", "de") for word in package.keywords[code]
    }
    return ((word, known.get(word, own)) for word in once.values())


def _license_title(url: str) -> str:
    return next((item.catalog_title for item in licenses().values() if item.url == url), "")


def described_texts(described: Mapping[str, Any]) -> tuple[Label, Label]:
    """Title and description of a descriptor, or of a resource or field in it."""
    english = described.get("translations", {}).get("en", described)
    return (
        Label(de=described["title"], en=english["title"]),
        Label(de=described["description"], en=english["description"]),
    )


def with_files(
    facts: DatasetFacts, dataset: Dataset, address: Address, schemas: str = ""
) -> DatasetFacts:
    """The facts of a dataset with those of its files on a portal. `schemas` is where the portal has
    the schemas of tables, with / at its end; where it has none, they stand in the descriptor."""
    page = iri(address(dataset.package.name, ""))
    return replace(
        facts, page=page, distributions=tuple(_distributions(facts, dataset, address, schemas))
    )


def _distributions(
    facts: DatasetFacts, dataset: Dataset, address: Address, schemas: str
) -> Iterator[DistributionFacts]:
    described = {resource["name"]: resource for resource in dataset.descriptor["resources"]}
    own = address(dataset.package.name, DESCRIPTOR)
    for file in dataset.files:
        resource = described.get(file.name, {})
        title, description = described_texts(resource) if resource else OWN_TEXTS[file.path]
        schema = f"{schemas}{file.name}.schema.json" if schemas else own
        yield DistributionFacts(
            iri=part_iri(facts.iri, file.name),
            name=file.name,
            path=file.path,
            title=title,
            description=description,
            address=iri(address(dataset.package.name, file.path)),
            format=file_format(file.path),
            bytes=file.bytes,
            sha256=file.sha256,
            conforms_to=iri(schema) if "conformsTo" in resource else "",
            license=facts.license,
            license_title=facts.license_title,
            attribution=facts.attribution,
            availability=facts.availability,
            modified=facts.modified,
            columns=tuple(_columns(resource)),
        )


def _columns(resource: Mapping[str, Any]) -> Iterator[Column]:
    if "conformsTo" in resource:
        for field in resource["schema"]["fields"]:
            yield Column(field["name"], *described_texts(field))


def catalog_facts(
    release: Release,
    workspace: Workspace,
    address: Address,
    homepage: str,
    schemas: str = "",
    former: str = "",
) -> CatalogFacts:
    """A release as a portal's catalogue that is served at `homepage`, with / at its end where the
    `former` version of the bundle stays there."""
    standard = workspace.standard
    *packages, bundle = [
        with_files(dataset_facts(dataset.descriptor, dataset.package), dataset, address, schemas)
        for dataset in release.datasets
    ]
    if former:
        previous = iri(f"{homepage}{archived(former)}")
        bundle = replace(bundle, previous=previous, changes=changes(former, bundle.version))
    datasets = (*packages, bundle)
    issued = [dataset.issued for dataset in datasets]
    return CatalogFacts(
        iri=_own_iri("catalog", workspace),
        title=standard.catalog.title,
        description=standard.catalog.description,
        publisher=bundle.publisher,
        homepage=iri(homepage),
        license=bundle.license,
        municipality=bundle.municipality,
        issued=min(issued) if all(issued) else "",
        modified=max(dataset.modified for dataset in datasets),
        series=SeriesFacts(
            iri=bundle.series,
            title=standard.series.title,
            description=standard.series.description,
            publisher=bundle.publisher,
            contact=bundle.contact,
            municipality=bundle.municipality,
            start=bundle.start,
            end=bundle.end,
            frequency=bundle.frequency,
        ),
        datasets=datasets,
    )
