"""The names of terms, and the lists of values, that DCAT-AP.de 3.0 prescribes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from div_opendata.base.language import Language

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes of terms; `dcatap` ends with a slash, whatever some of the shapes say."""

AUTHORITY = "http://publications.europa.eu/resource/authority/"
CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
MUNICIPALITY = f"{GEOCODING}Level/municipality"
PUBLISHER_TYPE = "http://purl.org/adms/publishertype/"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
CHECKSUM = f"{PREFIXES['spdx']}checksumAlgorithm_"
THEMES = f"{AUTHORITY}data-theme"
PUBLIC = f"{AUTHORITY}access-right/PUBLIC"
LANGUAGE_IRIS: Mapping[str, str] = {
    "de": f"{AUTHORITY}language/DEU",
    "en": f"{AUTHORITY}language/ENG",
}
LANGUAGE_CODES: Mapping[str, str] = {address: code for code, address in LANGUAGE_IRIS.items()}
NAMES: Mapping[str, Mapping[Language, str]] = {
    THEMES: {"en": "Data theme"},
    f"{THEMES}/GOVE": {
        "de": "Regierung und öffentlicher Sektor",
        "en": "Government and public sector",
    },
    f"{THEMES}/SOCI": {"de": "Bevölkerung und Gesellschaft", "en": "Population and society"},
    f"{AUTHORITY}planned-availability/STABLE": {"en": "stable"},
    f"{PUBLISHER_TYPE}Academia-ScientificOrganisation": {"en": "Academia/Scientific organisation"},
    f"{PUBLISHER_TYPE}Company": {"en": "Company"},
    f"{PUBLISHER_TYPE}IndustryConsortium": {"en": "Industry consortium"},
    f"{PUBLISHER_TYPE}LocalAuthority": {"en": "Local Authority"},
    f"{PUBLISHER_TYPE}NationalAuthority": {"en": "National authority"},
    f"{PUBLISHER_TYPE}NonGovernmentalOrganisation": {"en": "Non-Governmental Organisation"},
    f"{PUBLISHER_TYPE}NonProfitOrganisation": {"en": "Non-Profit Organisation"},
    f"{PUBLISHER_TYPE}RegionalAuthority": {"en": "Regional authority"},
    f"{PUBLISHER_TYPE}StandardisationBody": {"en": "Standardisation body"},
    f"{PUBLISHER_TYPE}SupraNationalAuthority": {"en": "Supra-national authority"},
}
"""What the lists call their terms, for harvesters that have not loaded the lists. Names are theirs:
where a list has no German one, there is none here."""
DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
"""What every dataset conforms to."""


@dataclass(frozen=True)
class FileFormat:
    """A format of files: what people call it, its code in the EU's list, its IANA media type.

    `upload` is the media type that a file is sent to a portal with.
    """

    label: str
    code: str
    mediatype: str
    upload: str = ""

    @property
    def iri(self) -> str:
        """The format in the EU's list of file types."""
        return f"{AUTHORITY}file-type/{self.code}"

    @property
    def media_iri(self) -> str:
        """The media type in IANA's list."""
        return f"{MEDIA_TYPES}{self.mediatype}"


def content_type(media_iri: str) -> str:
    """The header that a file is served with (RFC 9110) by its media type in IANA's list: our texts
    are UTF-8, which a header must say of them."""
    mediatype = media_iri.removeprefix(MEDIA_TYPES)
    return f"{mediatype}; charset=utf-8" if mediatype.startswith("text/") else mediatype


_FORMATS: Mapping[str, FileFormat] = {
    ".csv": FileFormat("CSV", "CSV", "text/csv"),
    ".json": FileFormat("JSON", "JSON", "application/json"),
    ".txt": FileFormat("TXT", "TXT", "text/plain"),
    ".zip": FileFormat("ZIP", "ZIP", "application/zip"),
    # Neither list has Python: to a catalogue a program is a text.
    ".py": FileFormat("PY", "TXT", "text/plain", "text/x-python"),
}


def file_format(path: str) -> FileFormat:
    """The format of a file, by the end of its name. Raises KeyError where none is known."""
    return _FORMATS[PurePath(path).suffix]


def term(name: str) -> str:
    """The IRI of a term like `dcterms:title`."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


_NOT_IN_IRIS = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f]')


def iri(address: str) -> str:
    """An address as an IRI (RFC 3987): what may not stand in one is percent-encoded."""
    return _NOT_IN_IRIS.sub(lambda found: quote(found.group()), address)


def mailto(mailbox: str) -> str:
    """A mailbox as an IRI (RFC 6068)."""
    return "mailto:" + quote(mailbox, safe="@!$'*+~")
