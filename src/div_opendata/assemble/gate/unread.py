"""What lies in private/ and is not read: an error where names or tickets may be in it.

Told by its name, or nearly its name, or by its headings; folders are looked through for such
tables, too. Nothing of their content is told.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from div_opendata.base.disk import TABLE_LIMIT, open_file
from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Label, Message, Translatable
from div_opendata.read.raw import HEADINGS_WITHIN, ReadingStopped, heading_text
from div_opendata.standard.codelists import fold
from div_opendata.workspace.settings import PRIVATE, is_of_a_system

from .div7xx_private import unread_table

if TYPE_CHECKING:
    from pathlib import Path

    from div_opendata.standard.packages import Standard
    from div_opendata.standard.tables import TableSchema

_REGISTER = re.compile(r"register-.+\.csv")
_READ = {".csv", ".xlsx"}
_OTHERS = {".xls", ".xlsm", ".xlsb", ".ods", ".fods", ".numbers", ".tsv", ".txt"}
_NEAR = 0.75  # how alike two names are, of 1
_OF_A_COPY = re.compile(
    r"\b(?:kopie|copy|von|of|neue?|alte?|final|entwurf|stand|sicherung|backup|\w{0,2}\d\w*)\b"
)
"""Words with which people name a copy or another version."""
_LIKE_A_REGISTER = re.compile(r"(?:.*[\W_])?register[-_ ]+[a-z]+(?:[-_ ][a-z0-9]+)+.*")
_TICKET, _BESIDE_TICKET = "ticket", {"leaf", "word"}
_LOOKED_AT = 100_000  # letters of a file in which its headings are
_PARAGRAPH = re.compile(r"<text:p\b[^>]*>([^<]*)")
_OF_A_REGISTER = Label("Register einer Auslosung", "Register of a lottery")


class Unread:
    """Tells which files of private/ are read, and judges the others."""

    def __init__(self, standard: Standard, folder: Path) -> None:
        self._folder = folder
        self.schemas = {
            spelling: table
            for table in standard.tables.values()
            if not table.public
            for spelling in table.spellings()
        }
        """The private tables, by each way to spell their names."""

    def may_be_read(self, path: Path) -> bool:
        """Whether a path is read as a private table, or looked through for one: a workbook."""
        if path.name.startswith("_") or self._unfit(path):
            return False
        suffix = path.suffix.lower()
        named = fold(path.stem) in self.schemas and suffix == ".csv"
        return named or suffix == ".xlsx" or _REGISTER.fullmatch(path.name) is not None

    def judge(self, path: Path) -> Iterator[Finding]:
        """What is wrong with something that is not read: nothing where it is no private table."""
        if path.name.startswith("_"):
            return
        file = path.relative_to(self._folder.parent).as_posix()
        title = self._title(path.name)
        if unfit := self._unfit(path):
            if title or path == self._folder:
                remedy = Message("Put the file itself there, as CSV or as .xlsx.")
                yield unread_table(Place(file=file), unfit, remedy)
            elif path.is_dir() and not path.is_symlink():
                for inner in sorted(path.rglob("*")):
                    if inner.suffix.lower() in _READ | _OTHERS and not is_of_a_system(inner.name):
                        yield from self._judge_inner(inner)
        elif title := title or self._by_headings(path):
            yield self._misnamed(title, Place(file=file), path.suffix.lower())

    def judge_rows(self, name: str, rows: Iterable[list[str]], place: Place) -> Iterator[Finding]:
        """What is wrong with a sheet that is not read."""
        if title := self._title(name) or self._among(rows):
            yield self._misnamed(title, place, ".xlsx")

    def _judge_inner(self, path: Path) -> Iterator[Finding]:
        """What is wrong with a file in a folder of private/."""
        title = self._title(path.name)
        if title is None and not self._unfit(path):
            title = self._by_headings(path)
        if title and not path.name.startswith("_"):
            yield unread_table(
                Place(file=path.relative_to(self._folder.parent).as_posix()),
                Message("This looks like “{table}” and is not read in a folder.", table=title),
                Message(
                    "Move it into {folder}/ itself, or begin its name with an underscore if it is"
                    " not to be read.",
                    folder=PRIVATE,
                ),
            )

    def _misnamed(self, title: Translatable, place: Place, suffix: str) -> Finding:
        if suffix not in _READ:
            return unread_table(
                place,
                Message(
                    "This looks like “{table}”, and files of the kind {suffix} are not read.",
                    table=title,
                    suffix=suffix,
                ),
                Message("Save it as .xlsx or as “CSV UTF-8” in {folder}/.", folder=PRIVATE),
            )
        return unread_table(
            place,
            Message("This looks like “{table}” and is not read under this name.", table=title),
            Message(
                "Give it the name {name}; or begin its name with an underscore if it is not to be"
                " read, as an old copy.",
                name=self._names[title],
            ),
        )

    @cached_property
    def _names(self) -> dict[Translatable, str]:
        """How a private table is to be called, by its title."""
        return {
            **{schema.title: schema.name for schema in self.schemas.values()},
            _OF_A_REGISTER: "register-…",
        }

    def _unfit(self, path: Path) -> Message | None:
        """Why there is no file at a path; None where there is one, in this workspace."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return Message("This is a link that leads nowhere.")
        if path.is_symlink() and not target.is_relative_to(self._folder.parent.resolve()):
            return Message("This is a link that leads out of the workspace.")
        if target.is_dir():
            return Message("This is a folder.")
        return None if target.is_file() else Message("This is no ordinary file.")

    def _title(self, name: str) -> Translatable | None:
        """The title of the private table that something is called like, or nearly like."""
        folded = fold(name)
        if _LIKE_A_REGISTER.fullmatch(folded):
            return _OF_A_REGISTER
        stem, dot, suffix = folded.rpartition(".")
        if dot and f".{suffix}" in _READ | _OTHERS | {".pdf", ".docx", ".odt", ".doc"}:
            folded = stem
        plain = " ".join(re.findall(r"[^\W_]+", _OF_A_COPY.sub(" ", folded.replace("_", " "))))
        for spelling, schema in self.schemas.items():
            whole = " " in spelling and plain.startswith(spelling.split()[0])
            if plain and (plain == spelling or (whole and spelling.startswith(plain))):
                return schema.title
            if schema.name in plain.split() and schema.primary_key == ("seat_id",):
                return schema.title
        near = get_close_matches(plain, self.schemas, 1, _NEAR)
        return self.schemas[near[0]].title if near else None

    def _by_headings(self, path: Path) -> Translatable | None:
        """The title of the private table whose headings a file has."""
        with suppress(OSError, ReadingStopped, zipfile.BadZipFile, KeyError, csv.Error):
            return self._among(_first_rows(path))
        return None

    def _among(self, rows: Iterable[list[str]]) -> Translatable | None:
        """The title of the private table whose headings stand in one of the first rows."""
        for row in islice(rows, HEADINGS_WITHIN):
            cells = {fold(cell) for cell in row}
            if _TICKET in cells and cells & _BESIDE_TICKET:
                return _OF_A_REGISTER
            for schema in self.schemas.values():
                if _has_required(cells, schema):
                    return schema.title
        return None


def _has_required(cells: Iterable[str], schema: TableSchema) -> bool:
    fields = {schema.headings[cell] for cell in cells if cell in schema.headings}
    return {*schema.schema["required"]} <= fields


def _first_rows(path: Path) -> Iterator[list[str]]:
    """The first rows of a file that may be a table, as text."""
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        from div_opendata.read.xlsx import read_xlsx

        for sheet in read_xlsx(path, path.name, 100):
            for _, cells in islice(sheet.rows, HEADINGS_WITHIN):
                yield [heading_text(cell) for cell in cells]
        return
    with open_file(path, TABLE_LIMIT) as stream:
        if suffix == ".ods":
            with zipfile.ZipFile(stream) as archive, archive.open("content.xml") as content:
                text = content.read(_LOOKED_AT).decode("utf-8", "replace")
            yield _PARAGRAPH.findall(text)
        elif suffix in {".csv", ".tsv", ".txt"}:
            text = stream.read(_LOOKED_AT).decode("utf-8-sig", "replace")
            for delimiter in ",;\t":
                yield from islice(
                    csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEADINGS_WITHIN
                )
