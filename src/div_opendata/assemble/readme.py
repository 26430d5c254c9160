"""The README in the bundle: what it is, its licence, how to cite and how to read it.

It says nothing that depends on when or where: version and date stand in the descriptor beside it.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES
from div_opendata.standard.descriptor import file_resource

from .metadata.facts import described_texts, doi_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from div_opendata.base.language import Language
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.workspace.settings import License

README = "README.txt"
_WIDTH = 79
_CALLS = """\
Python: pandas.read_csv("votes.csv")
Python: frictionless.Package("datapackage.json")
R:      readr::read_csv("votes.csv")
DuckDB: FROM read_csv('votes.csv', header = true);
"""


def readme_resource() -> Descriptor:
    """How the bundle's descriptor names it."""
    title, text = Message("Read me"), Message("What is in this package, licence, citing, reading.")
    texts = {
        "title": title.text("de"),
        "description": text.text("de"),
        "translations": {"en": {"title": title.text("en"), "description": text.text("en")}},
    }
    return file_resource("readme", README, texts)


def readme(descriptor: Descriptor, licence: License) -> bytes:
    """The README of a bundle with this descriptor, in German and in English."""
    parts = ["\n".join(_part(descriptor, licence, language)) for language in LANGUAGES]
    return "\n\n".join(parts).encode()


def _part(descriptor: Descriptor, licence: License, language: Language) -> Iterator[str]:
    whole, description = described_texts(descriptor)
    title = whole.text(language)
    yield from (title, "=" * len(title), "")
    yield _wrapped(description.text(language))
    yield from _heading(Message("Files"), language)
    for resource in descriptor["resources"]:
        if resource["path"] != README:
            yield f"{resource['path']}: {described_texts(resource)[0].text(language)}"
    said = Message("All columns, types, keys and codes, all files with their SHA-256")
    yield f"{DESCRIPTOR}: {said.text(language)}"
    yield from _heading(Message("Licence"), language)
    yield f"{licence.title.text(language)}\n{licence.url}"
    attribution = Message("Attribution: {name}", name=descriptor["attribution"])
    yield attribution.text(language)
    yield from _heading(Message("How to cite"), language)
    doi = doi_address(descriptor["dcat"].get("doi", ""))
    cited = Message(
        "{publisher}: {title}. Version VERSION, DATE. {address}",
        publisher=descriptor["contributors"][0]["title"],
        title=whole,
        address=Message("{doi} – ADDRESS", doi=doi) if doi else Message("ADDRESS"),
    )
    yield _wrapped(cited.text(language))
    yield ""
    meant = Message(
        "VERSION and DATE are version and created in datapackage.json, ADDRESS is where the zip"
        " file is from. Add its SHA-256, and everybody can tell whether theirs is the same."
    )
    yield _wrapped(meant.text(language))
    yield from _heading(Message("How to read"), language)
    read = Message(
        "Tables are CSV: UTF-8, with commas, a heading in the first row, an empty cell where"
        " something is not known. In Excel: Data, From Text/CSV, and there 65001: Unicode (UTF-8)."
    )
    yield _wrapped(read.text(language))
    yield ""
    yield _CALLS


def _heading(text: Message, language: Language) -> tuple[str, str, str]:
    heading = text.text(language)
    return "", heading, "-" * len(heading)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
