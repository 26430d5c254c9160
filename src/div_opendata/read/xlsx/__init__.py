"""Workbooks: the sheets of an .xlsx as Excel shows them, streamed (decisions/what-excel-shows).

`archive` has the parts and guards against files that are none; `outline` walks their XML; `texts`
and `styles` are what cells refer to, `frame` what stands around the rows of a sheet, `rows` its
cells. What a cell shows of its value is said by `number_format`, with `format_code` and
`date_format`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from div_opendata.base.disk import TABLE_LIMIT, open_file, reason_of
from div_opendata.base.finding import Place
from div_opendata.base.i18n import Message

from .. import div0xx_cells, div0xx_files
from ..raw import Raw, ReadingStopped, Sheet
from .archive import Archive
from .frame import read_frame
from .outline import SPREADSHEET, Attributes, Damaged, Outline
from .rows import Book, Rows
from .styles import PLAIN, read_styles
from .texts import read_shared

_TEXTS = "xl/sharedStrings.xml"
_RELATION_ID = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"


def read_xlsx(path: Path, file: str, columns: int) -> Iterator[Sheet]:
    """The sheets of the workbook at `path`, reported as `file`, up to a number of columns.

    Raises ReadingStopped where it cannot be read.
    """
    place = Place(file=file)
    with _open(path, place) as stream:
        with _told(place):
            archive = Archive(stream)
            main = archive.related("", "officeDocument")
            if main is None:
                raise Damaged
            names, from_1904 = _sheets(archive, main)
            texts = archive.related(main, "sharedStrings")
            if texts is None and _TEXTS in archive:  # cells that lead to them would be in doubt
                raise Damaged
            styles = archive.related(main, "styles")
            book = Book(
                read_shared(archive.chunks(texts)) if texts else [],
                read_styles(archive.chunks(styles)) if styles else [PLAIN],
                from_1904,
            )
        for name, part in names:
            here = Place(file=file, sheet=name)
            yield Sheet(file, name, _rows(archive, part, book, here, columns))


def _open(path: Path, place: Place) -> IO[bytes]:
    try:
        return open_file(path, TABLE_LIMIT)
    except PermissionError as error:  # what Windows says while Excel has the file open
        reason = Message("it is open in another program, or may not be read")
        raise _unreadable(place, reason) from error
    except OSError as error:
        reason = Message("the system does not let it be opened ({error})", error=reason_of(error))
        raise _unreadable(place, reason) from error


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """Tell of damage as a finding at `place`."""
    try:
        yield
    except Damaged as damage:
        raise _unreadable(place, damage.reason) from damage


def _unreadable(place: Place, reason: Message) -> ReadingStopped:
    return ReadingStopped(div0xx_files.unreadable_file(place, reason))


def _sheets(archive: Archive, main: str) -> tuple[list[tuple[str, str]], bool]:
    """The names and parts of the sheets with cells, and whether days are counted from 1904."""
    found: list[tuple[str, str]] = []
    calendar: list[bool] = []

    def begin_properties(attributes: Attributes) -> None:
        calendar.append(attributes.get("date1904", "0") in {"1", "true"})

    def begin_sheet(attributes: Attributes) -> None:
        found.append((attributes.get("name", ""), attributes.get(_RELATION_ID, "")))

    book, properties, sheets, sheet = (
        SPREADSHEET + name for name in ("workbook", "workbookPr", "sheets", "sheet")
    )
    Outline(
        {"": {book}, book: {properties, sheets}, sheets: {sheet}},
        {properties: begin_properties, sheet: begin_sheet},
    ).read(archive.chunks(main))
    relations = archive.relations(main)
    names = []
    for name, key in found:
        relation = relations.get(key)
        if relation is None or relation.target not in archive:
            raise Damaged(Message("a sheet that it names is missing in it"))
        if relation.kind == "worksheet":  # others are charts, and macros of the last century
            names.append((unicodedata.normalize("NFC", name), relation.target))
    return names, any(calendar)


def _rows(
    archive: Archive, part: str, book: Book, place: Place, columns: int
) -> Iterator[tuple[int, list[Raw]]]:
    with _told(place):
        frame = read_frame(archive.chunks(part), place)
        if frame.merged:
            row, column, cells = frame.merged
            here = replace(place, row=row, column=column)
            raise ReadingStopped(div0xx_cells.merged_cells(here, cells))
        relations = archive.relations(part) if frame.links else {}
        links = {
            cell: relations[key].target
            for cell, key in frame.links.items()
            if key in relations and relations[key].target.startswith(("http://", "https://"))
        }
        yield from Rows(book, place, links, columns).read(archive.chunks(part))
