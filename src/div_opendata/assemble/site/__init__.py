"""The pages of the folder portal: static, German and English, for people and without scripts.

They say in words what the descriptors say for machines. Links are relative, so that the portal
works under any address and from a disk; only citations and examples of code name its address.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from div_opendata.base.disk import read_file, read_text
from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.formats import day, number, size
from div_opendata.base.i18n import Label, Message, Translatable, translate
from div_opendata.base.language import LANGUAGES, Language
from div_opendata.check.rules import rule_manual
from div_opendata.standard.packages import source

from ..metadata.catalogue import MEDIA_TYPES, page_metadata
from ..metadata.citation import CITATION_LINKS, citation_of
from ..release import BUNDLE_ZIP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import CodeType

    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket
    from markupsafe import Markup

    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Package, Standard
    from div_opendata.workspace.settings import Workspace

    from ..metadata.facts import CatalogFacts
    from ..release import Dataset, Release

QUOTED = ("deviations", "corrections")
"""The tables whose rows pages show: what they say concerns the records of others."""
INDEX: dict[Language, str] = {"de": "index.html", "en": "index.en.html"}
"""The page of a folder, in each language."""

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class File:
    """A file that can be downloaded; `rows` where it is a table of records."""

    path: str
    title: Label
    description: Label
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Note:
    """What a row of `QUOTED` says of a record: the rule it departs from, or the fields that were
    corrected. `reason` is in the language of the records."""

    table: str
    record: str
    title: Translatable
    rule: str
    reason: str
    date: dt.date


@dataclass(frozen=True)
class Page:
    """A dataset as its page shows it: `tables` by name, then the other files of its folder, the
    descriptor, the bundle's `archive`, and what the notes say of its records."""

    package: Package
    version: str
    date: dt.date
    rows: int
    sources: Sequence[Mapping[str, str]]
    tables: Mapping[str, File]
    others: Sequence[File]
    descriptor: File
    archive: File | None
    notes: Sequence[Note]


def render(
    release: Release,
    workspace: Workspace,
    versions: Sequence[str],
    base_url: str,
    catalog: CatalogFacts,
) -> dict[str, bytes]:
    """All pages of a release with what they need, by POSIX path.

    `versions` are those of the bundle that can be downloaded, the newest first; `base_url` is
    where the portal will be served, with / at its end; `catalog` is what search engines are told.
    """
    style = read_text(_HERE / "style.css").encode()
    files = {"style.css": style, **dict(_schemas(workspace))}
    notes = _notes(release, workspace.standard)
    pages = [_page(dataset, workspace, notes) for dataset in release.datasets]
    citation = citation_of(catalog.datasets[-1], base_url, workspace.time_zone)
    files |= citation.files()
    for language in LANGUAGES:
        environment = _environment(language)
        environment.globals.update(_common(pages, workspace, base_url, language))
        environment.globals["metadata"] = partial(_metadata, catalog, language)
        environment.globals["citation"] = citation
        environment.globals["citations"] = CITATION_LINKS[language]
        for path, text in _texts(environment, pages, versions):
            files[f"{path}{INDEX[language]}"] = text.encode()
    return dict(sorted(files.items()))


def _schemas(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    for table in workspace.standard.public:
        name = f"{table.name}.schema.json"
        yield f"schemas/{name}", read_file(source("schemas") / name)


def _notes(release: Release, standard: Standard) -> list[Note]:
    """All notes of a release, the newest first."""
    rows = {
        file.name: _rows(file.source)
        for dataset in release.datasets
        for file in dataset.files
        if file.name in QUOTED and not dataset.package.bundle
    }
    notes = [_departure(row) for row in rows.get("deviations", ())]
    notes += [_correction(row, standard) for row in rows.get("corrections", ())]
    return sorted(notes, key=lambda note: note.date, reverse=True)


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text(path), newline="")))


def _departure(row: Mapping[str, str]) -> Note:
    manual = rule_manual(row["rule"])
    title = (
        Label(de=manual.part("title", "de"), en=manual.part("title", "en"))
        if manual
        else Label(de=row["rule"], en=row["rule"])
    )
    return _note(row, title, row["rule"])


def _correction(row: Mapping[str, str], standard: Standard) -> Note:
    fields = standard.tables[row["table"]].fields
    labels = [fields[name].title if name in fields else name for name in row["fields"].split()]
    return _note(row, Message("Corrected: {fields}", fields=labels), "")


def _note(row: Mapping[str, str], title: Translatable, rule: str) -> Note:
    day = dt.date.fromisoformat(row["date"])
    return Note(row["table"], row["record_id"], title, rule, row["reason"], day)


def _page(dataset: Dataset, workspace: Workspace, notes: Sequence[Note]) -> Page:
    descriptor, package = dataset.descriptor, dataset.package
    created = dt.datetime.fromisoformat(descriptor["created"])
    resources = {resource["name"]: _resource(resource) for resource in descriptor["resources"]}
    tables = {name: resources[name] for name in package.tables}
    return Page(
        package,
        descriptor["version"],
        created.astimezone(workspace.time_zone).date(),
        sum(table.rows or 0 for table in tables.values()),
        descriptor["sources"],
        tables,
        [file for name, file in resources.items() if name not in tables],
        _whole(dataset, DESCRIPTOR),
        _whole(dataset, BUNDLE_ZIP) if package.bundle else None,
        [note for note in notes if note.table in tables or tables.keys() & set(QUOTED)],
    )


def _resource(resource: Descriptor) -> File:
    english = resource["translations"]["en"]
    return File(
        resource["path"],
        Label(de=resource["title"], en=english["title"]),
        Label(de=resource["description"], en=english["description"]),
        resource["bytes"],
        resource["hash"].removeprefix("sha256:"),
        resource.get("rows"),
    )


def _whole(dataset: Dataset, path: str) -> File:
    """A file that no descriptor lists, because it is about or holds all of them; the templates
    have the words for it."""
    file = next(file for file in dataset.files if file.path == path)
    nothing = Label(de="", en="")
    return File(path, nothing, nothing, file.bytes, file.sha256, None)


@cache
def _compiled() -> BytecodeCache:
    """The templates, compiled once for all languages and releases of a run."""
    from jinja2 import BytecodeCache

    class Memory(BytecodeCache):
        """Code by template, in memory."""

        def __init__(self) -> None:
            self._codes: dict[str, CodeType] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            """Give the bucket the code that is kept for its template."""
            bucket.code = self._codes.get(bucket.key)

        def dump_bytecode(self, bucket: Bucket) -> None:
            """Keep the code of a template."""
            assert bucket.code is not None  # noqa: S101 - it was compiled just now
            self._codes[bucket.key] = bucket.code

    return Memory()


def _environment(language: Language) -> Environment:
    """Jinja2 for pages in `language`: what is missing is an error, what is text is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_compiled(),
    )
    environment.filters.update(
        day=partial(day, language=language),
        number=partial(number, language=language),
        size=partial(size, language=language),
        text=partial(_text, language=language),
    )
    environment.globals.update(
        _=partial(_translated, language=language),
        language=language,
        index=INDEX[language],
    )
    return environment


def _text(label: Translatable, *, language: Language) -> str:
    return label.text(language)


def _translated(text: str, /, *, language: Language, **values: object) -> Markup:
    """`text` in `language` with its `{placeholders}` filled; values that are markup stay so."""
    from markupsafe import escape

    return escape(translate(text, language)).format(**values)


def _metadata(catalog: CatalogFacts, language: Language, package: str) -> Markup:
    """What a page says of itself for machines; it is safe in a script element."""
    from markupsafe import Markup

    return Markup(page_metadata(catalog, package, language))  # noqa: S704 - escaped there


def _common(
    pages: Sequence[Page], workspace: Workspace, base_url: str, language: Language
) -> dict[str, object]:
    """What every page may speak of. `homes` tells which package's page describes a table: a
    package that was never published has none."""
    configuration = workspace.configuration
    parts = [page for page in pages if not page.package.bundle]
    return {
        "publisher": configuration.publisher,
        "release": configuration.release,
        "site": configuration.site,
        "license": workspace.license,
        "standard": workspace.standard,
        "base_url": base_url,
        "bundle_zip": BUNDLE_ZIP,
        "languages": INDEX,
        "catalogues": MEDIA_TYPES,
        "foreign": configuration.release.language != language,
        "packages": {page.package.name: page for page in parts},
        "homes": {table: page.package for page in parts for table in page.tables},
    }


def _texts(
    environment: Environment, pages: Sequence[Page], versions: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The folder of each page, and its HTML."""
    bundle = next(page for page in pages if page.package.bundle)
    earlier = [version for version in versions if version != bundle.version]
    index = environment.get_template("index.html")
    here = f"{bundle.package.name}/"
    yield (
        "",
        index.render(
            root="", here=here, page=bundle, earlier=earlier, sample=_sample(pages), about=""
        ),
    )
    for page in pages:
        template = environment.get_template("bundle.html" if page is bundle else "package.html")
        yield (
            f"{page.package.name}/",
            template.render(root="../", here="", page=page, about=page.package.dataset),
        )


def _sample(pages: Sequence[Page]) -> str:
    """A table that is not empty, if there is one, to show how tables are read."""
    tables = [(page.package.name, file) for page in pages for file in page.tables.values()]
    package, file = next(((name, file) for name, file in tables if file.rows), tables[0])
    return f"{package}/{file.path}"
