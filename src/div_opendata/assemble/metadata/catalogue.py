"""The catalogue of a folder portal as files, and what its pages tell search engines.

`catalog.ttl`, `.jsonld` and `.rdf` are one graph; `data.json` is the same for stock DKAN, which
reads nothing else (Project Open Data 1.1); a page carries its dataset as schema.org/Dataset.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from div_opendata.base.files import json_bytes

from .facts import doi_address
from .vocabulary import AUTHORITY, LANGUAGE_CODES, mailto

if TYPE_CHECKING:
    from collections.abc import Mapping

    from div_opendata.base.language import Language

    from .facts import CatalogFacts, DatasetFacts

DATA_JSON = "data.json"
CATALOG = "catalog"
FILES = ("catalog.ttl", "catalog.jsonld", "catalog.rdf", DATA_JSON)
"""The files of a folder portal's catalogue."""

MEDIA_TYPES: Mapping[str, str] = {
    "catalog.ttl": "text/turtle",
    "catalog.jsonld": "application/ld+json",
    "catalog.rdf": "application/rdf+xml",
    DATA_JSON: "application/json",
}

_POD = "https://project-open-data.cio.gov/v1.1/schema"
_FREQUENCIES = {f"{AUTHORITY}frequency/IRREG": "irregular"}


def catalogue_files(catalog: CatalogFacts) -> dict[str, bytes]:
    """The files of a catalogue, by name."""
    from .graph import SYNTAXES, build, serialize

    graph = build(catalog)
    files = {f"{CATALOG}.{ending}": serialize(graph, ending) for ending in SYNTAXES}
    return {**files, DATA_JSON: json_bytes(_data_json(catalog))}


def _data_json(catalog: CatalogFacts) -> dict[str, Any]:
    """The catalogue by Project Open Data 1.1, without what only US agencies have."""
    return {
        "@context": f"{_POD}/catalog.jsonld",
        "@id": catalog.iri,
        "@type": "dcat:Catalog",
        "conformsTo": _POD,
        "describedBy": f"{_POD}/catalog.json",
        "dataset": [_pod_dataset(dataset) for dataset in catalog.datasets],
    }


def _pod_dataset(dataset: DatasetFacts) -> dict[str, Any]:
    return filled(
        {
            "@type": "dcat:Dataset",
            "identifier": dataset.identifier,
            "title": dataset.title.de,
            "description": dataset.description.de,
            "keyword": list(dict.fromkeys(word for word, _ in dataset.keywords)),
            "theme": list(dataset.themes),
            "issued": dataset.issued,
            "modified": dataset.modified,
            "publisher": {"@type": "org:Organization", "name": dataset.publisher.name},
            "contactPoint": {
                "@type": "vcard:Contact",
                "fn": dataset.contact.name,
                "hasEmail": mailto(dataset.contact.mailbox),
            },
            "accessLevel": "public",
            "license": dataset.license,
            "rights": dataset.attribution,
            "spatial": dataset.publisher.name if dataset.municipality else "",
            "temporal": _interval(dataset) if dataset.start and dataset.end else "",
            "accrualPeriodicity": _FREQUENCIES.get(dataset.frequency, ""),
            "language": [LANGUAGE_CODES[dataset.language]]
            if dataset.language in LANGUAGE_CODES
            else [],
            "landingPage": dataset.page,
            "distribution": [
                {
                    "@type": "dcat:Distribution",
                    "title": file.title.de,
                    "description": file.description.de,
                    "downloadURL": file.address,
                    "mediaType": file.format.mediatype,
                    "format": file.format.label,
                }
                for file in dataset.distributions
            ],
        }
    )


def _interval(dataset: DatasetFacts) -> str:
    """A period by ISO 8601; `..` where it has no end."""
    return f"{dataset.start or '..'}/{dataset.end or '..'}"


def filled(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what is empty in it."""
    return {key: value for key, value in document.items() if value}


def page_metadata(catalog: CatalogFacts, package: str, language: Language) -> str:
    """What a page tells search engines: schema.org's DataCatalog on the first page (no package),
    Dataset on that of a dataset. JSON that may stand in a script element as it is."""
    if not package:
        document = _schema_catalog(catalog, language)
    else:
        dataset = next(item for item in catalog.datasets if item.name == package)
        document = _schema_dataset(dataset, catalog, language) | _schema_parts(
            dataset, catalog, language
        )
    text = json.dumps({"@context": "https://schema.org/", **document}, ensure_ascii=False, indent=1)
    for letter in "<>&":  # no text may end the element
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _schema_catalog(catalog: CatalogFacts, language: Language) -> dict[str, Any]:
    return {
        "@type": "DataCatalog",
        "@id": catalog.iri,
        "name": catalog.title.text(language),
        "description": catalog.description.text(language),
        "url": catalog.homepage,
        "license": catalog.license,
        "publisher": _organization(catalog.datasets[-1]),
        "dataset": [_named(dataset, language) for dataset in catalog.datasets],
    }


def _organization(dataset: DatasetFacts) -> dict[str, Any]:
    return {
        "@type": "GovernmentOrganization",
        "@id": dataset.publisher.iri,
        "name": dataset.publisher.name,
        "contactPoint": {
            "@type": "ContactPoint",
            "name": dataset.contact.name,
            "email": dataset.contact.mailbox,
        },
    }


def _schema_dataset(
    dataset: DatasetFacts, catalog: CatalogFacts, language: Language
) -> dict[str, Any]:
    publisher = _organization(dataset)
    place = {
        "@type": "AdministrativeArea",
        "@id": dataset.municipality,
        "name": dataset.publisher.name,
    }
    return filled(
        {
            "@type": "Dataset",
            "@id": dataset.iri,
            "identifier": [dataset.identifier, *_doi(dataset)],
            "sameAs": _doi(dataset),
            "name": dataset.title.text(language),
            "description": dataset.description.text(language),
            "url": dataset.page,
            "keywords": [word for word, spoken in dataset.keywords if spoken == language],
            "version": dataset.version,
            "datePublished": dataset.issued,
            "dateModified": dataset.modified,
            "inLanguage": LANGUAGE_CODES.get(dataset.language, ""),
            "license": dataset.license,
            "creditText": dataset.attribution,
            "isAccessibleForFree": True,
            "temporalCoverage": _interval(dataset) if dataset.start or dataset.end else "",
            "spatialCoverage": place if dataset.municipality else "",
            "creator": publisher,
            "publisher": publisher,
            "citation": [
                {"@type": "CreativeWork", "name": title, "url": address}
                for title, address in dataset.sources
                if address != dataset.publisher.iri  # the city itself is no work of it
            ],
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "@id": catalog.iri,
                "name": catalog.title.text(language),
                "url": catalog.homepage,
            },
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": file.title.text(language),
                    "description": file.description.text(language),
                    "contentUrl": file.address,
                    "encodingFormat": file.format.mediatype,
                    "contentSize": f"{file.bytes} B",
                    "sha256": file.sha256,
                }
                for file in dataset.distributions
            ],
        }
    )


def _doi(dataset: DatasetFacts) -> list[str]:
    return [doi_address(dataset.doi)] if dataset.doi else []


def _schema_parts(
    dataset: DatasetFacts, catalog: CatalogFacts, language: Language
) -> dict[str, Any]:
    """What belongs to what: the bundle has the packages, and these have columns. The bundle's are
    all of theirs, and are not said again."""
    *packages, bundle = catalog.datasets
    if dataset is bundle:
        return filled({"hasPart": [_named(package, language) for package in packages]})
    return {
        "isPartOf": _named(bundle, language),
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "propertyID": f"{file.name}.{column.name}",
                "name": column.title.text(language),
                "description": column.description.text(language),
            }
            for file in dataset.distributions
            for column in file.columns
        ],
    }


def _named(dataset: DatasetFacts, language: Language) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "@id": dataset.iri,
        "name": dataset.title.text(language),
        "description": dataset.description.text(language),
        "url": dataset.page,
    }


# --- what may be in them --------------------------------------------------------------------------

_NAMED: Mapping[str, Any] = {"@type": None, "@id": None, "name": None, "url": None}
_OFFICE: Mapping[str, Any] = {
    "@type": None,
    "@id": None,
    "name": None,
    "contactPoint": {"@type": None, "name": None, "email": None},
}
_ABOUT: Mapping[str, Any] = {**_NAMED, "description": None}
DATA_FORM: Mapping[str, Any] = {
    "@context": None,
    "@id": None,
    "@type": None,
    "conformsTo": None,
    "describedBy": None,
    "dataset": [
        {
            "@type": None,
            "identifier": None,
            "title": None,
            "description": None,
            "keyword": [None],
            "theme": [None],
            "issued": None,
            "modified": None,
            "publisher": {"@type": None, "name": None},
            "contactPoint": {"@type": None, "fn": None, "hasEmail": None},
            "accessLevel": None,
            "license": None,
            "rights": None,
            "spatial": None,
            "temporal": None,
            "accrualPeriodicity": None,
            "language": [None],
            "landingPage": None,
            "distribution": [
                {
                    "@type": None,
                    "title": None,
                    "description": None,
                    "downloadURL": None,
                    "mediaType": None,
                    "format": None,
                }
            ],
        }
    ],
}
"""The properties of data.json: None is a value, a list has any number of what it shows."""

PAGE_FORM: Mapping[str, Any] = {
    "@context": None,
    **_ABOUT,
    "identifier": [None],
    "sameAs": [None],
    "keywords": [None],
    "version": None,
    "datePublished": None,
    "dateModified": None,
    "inLanguage": None,
    "license": None,
    "creditText": None,
    "isAccessibleForFree": None,
    "temporalCoverage": None,
    "spatialCoverage": _NAMED,
    "creator": _OFFICE,
    "publisher": _OFFICE,
    "citation": [_NAMED],
    "includedInDataCatalog": _NAMED,
    "isPartOf": _ABOUT,
    "hasPart": [_ABOUT],
    "variableMeasured": [{**_NAMED, "propertyID": None, "description": None}],
    "dataset": [_ABOUT],
    "distribution": [
        {
            "@type": None,
            "name": None,
            "description": None,
            "contentUrl": None,
            "encodingFormat": None,
            "contentSize": None,
            "sha256": None,
        }
    ],
}
"""The properties of what a page says of itself."""

FREE_TEXTS = frozenset(
    {"title", "description", "name", "fn", "rights", "spatial", "creditText", "keyword", "keywords"}
)
"""The properties of both that have words."""
