"""How a release is cited, in the forms that reference managers and registries of DOIs read.

What is cited is a version of the bundle: its zip stays as it is under its own address. Everything
follows from its stamped descriptor and the address of the portal.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from div_opendata.base.files import json_bytes
from div_opendata.base.language import LANGUAGES

from ..release import archived
from .catalogue import filled
from .facts import doi_address
from .vocabulary import LANGUAGE_CODES, iri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from div_opendata.base.language import Language

    from .facts import DatasetFacts

DATACITE = "datacite.json"
_FORMS = ("bib", "ris", "json")


def _name(form: str, language: Language) -> str:
    return f"cite.{form}" if language == "de" else f"cite.{language}.{form}"


FILES = (*(_name(form, language) for language in LANGUAGES for form in _FORMS), DATACITE)
"""The files of a folder portal by which it is cited: a title in German or English in each, and all
that DataCite asks for."""
CITATION_LINKS: Mapping[Language, Mapping[str, str]] = {
    language: {
        "BibTeX": _name("bib", language),
        "RIS": _name("ris", language),
        "CSL-JSON": _name("json", language),
        "DataCite": DATACITE,
    }
    for language in LANGUAGES
}
"""The same as the pages of a language link them."""

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # even with \ before it, BibTeX would count a brace
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_"},
}


@dataclass(frozen=True)
class Citation:
    """A version of the bundle as it is cited. `address` is that of its zip."""

    bundle: DatasetFacts
    date: dt.date
    address: str
    page: str

    @property
    def doi_address(self) -> str:
        """Where the DOI leads, empty where there is none."""
        return doi_address(self.bundle.doi)

    def tags(self, language: Language) -> dict[str, str]:
        """What a page says in `<meta>` to programs that keep references."""
        return filled(
            {
                "citation_title": self.bundle.title.text(language),
                "citation_author": self.bundle.publisher.name,
                "citation_publisher": self.bundle.publisher.name,
                "citation_publication_date": f"{self.date:%Y/%m/%d}",
                "citation_language": self._language,
                "citation_doi": self.bundle.doi,
                "citation_public_url": self.address,
            }
        )

    @property
    def _language(self) -> str:
        return LANGUAGE_CODES.get(self.bundle.language, "")

    def files(self) -> dict[str, bytes]:
        """The files of `FILES`, by name."""
        files = {DATACITE: json_bytes(self._datacite())}
        for language in LANGUAGES:
            files[_name("bib", language)] = self._bibtex(language).encode()
            files[_name("ris", language)] = self._ris(language).encode()
            files[_name("json", language)] = json_bytes([self._csl(language)])
        return files

    def _key(self) -> str:
        """What it is called in a list of references."""
        plain = unicodedata.normalize("NFKD", self.bundle.publisher.name.casefold())
        city = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
        return f"{city}-div-{self.bundle.version}".strip("-")

    def _bibtex(self, language: Language) -> str:
        """BibTeX, also as biblatex reads it: `url` and `doi` are verbatim there. Double braces keep
        a name in one piece and a title's capitals. Not every reader knows @dataset."""
        fields = filled(
            {
                "author": f"{{{_latex(self.bundle.publisher.name)}}}",
                "title": f"{{{_latex(self.bundle.title.text(language))}}}",
                "year": f"{self.date:%Y}",
                "date": f"{self.date}",
                "version": self.bundle.version,
                "publisher": f"{{{_latex(self.bundle.publisher.name)}}}",
                "doi": self.bundle.doi,
                "url": self.address,
            }
        )
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{self._key()},\n{lines}}}\n"

    def _ris(self, language: Language) -> str:
        """RIS, whose lines end as its specification says. It has no way to escape: a comma would
        begin a first name."""
        return "".join(f"{tag}  - {value}\r\n" for tag, value in self._tagged(language))

    def _tagged(self, language: Language) -> Iterator[tuple[str, str]]:
        yield "TY", "DATA"
        yield "AU", _line(self.bundle.publisher.name).replace(",", " –")
        yield "TI", _line(self.bundle.title.text(language))
        yield "PY", f"{self.date:%Y}"
        yield "DA", f"{self.date:%Y/%m/%d}/"
        yield "ET", self.bundle.version
        yield "PB", _line(self.bundle.publisher.name)
        if self.bundle.doi:
            yield "DO", self.bundle.doi
        yield "UR", self.address
        yield "ER", ""

    def _csl(self, language: Language) -> dict[str, Any]:
        """CSL-JSON: an item, as pandoc, Zotero and citeproc read it."""
        return filled(
            {
                "id": self._key(),
                "type": "dataset",
                "title": _line(self.bundle.title.text(language)),
                "author": [{"literal": _line(self.bundle.publisher.name)}],
                "issued": {"date-parts": [[self.date.year, self.date.month, self.date.day]]},
                "version": self.bundle.version,
                "publisher": _line(self.bundle.publisher.name),
                "language": self._language,
                "DOI": self.bundle.doi,
                "URL": self.address,
            }
        )

    def _datacite(self) -> dict[str, Any]:
        """The metadata of DataCite's schema 4 as its API takes them, with which a DOI can be
        registered. The DOI is that of the bundle, whichever its version."""
        bundle = self.bundle
        name = bundle.publisher.name
        identity = {
            "nameIdentifier": bundle.publisher.iri,
            "nameIdentifierScheme": "URL",
        }
        return filled(
            {
                "schemaVersion": "http://datacite.org/schema/kernel-4",
                "doi": bundle.doi,
                "url": self.page,
                "alternateIdentifiers": [
                    {"alternateIdentifier": bundle.identifier, "alternateIdentifierType": "URN"},
                    {"alternateIdentifier": self.address, "alternateIdentifierType": "URL"},
                ],
                "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Data Package"},
                "creators": [
                    {"name": name, "nameType": "Organizational", "nameIdentifiers": [identity]}
                ],
                "titles": [
                    {"title": bundle.title.de, "lang": "de"},
                    {"title": bundle.title.en, "titleType": "TranslatedTitle", "lang": "en"},
                ],
                "publisher": {"name": name},
                "publicationYear": f"{self.date:%Y}",
                "dates": [{"date": f"{self.date}", "dateType": "Issued"}],
                "version": bundle.version,
                "language": self._language,
                "subjects": [{"subject": word, "lang": lang} for word, lang in bundle.keywords],
                "contributors": [
                    {
                        "name": bundle.contact.name,
                        "nameType": "Organizational",
                        "contributorType": "ContactPerson",
                    }
                ],
                "descriptions": [
                    {
                        "description": bundle.description.text(language),
                        "descriptionType": "Abstract",
                        "lang": language,
                    }
                    for language in LANGUAGES
                ],
                "formats": ["application/zip"],
                "rightsList": [{"rights": bundle.license_name, "rightsUri": bundle.license}],
            }
        )


def citation_of(bundle: DatasetFacts, homepage: str, time_zone: ZoneInfo) -> Citation:
    """The citation of a bundle that a folder portal at `homepage` shows."""
    created = dt.datetime.fromisoformat(bundle.modified)
    return Citation(
        bundle,
        created.astimezone(time_zone).date(),
        iri(f"{homepage}{archived(bundle.version)}"),
        iri(f"{homepage}{bundle.name}/"),
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _latex(text: str) -> str:
    """A text as LaTeX has it; letters stay, for files are UTF-8."""
    return "".join(_LATEX.get(letter, letter) for letter in _line(text))
