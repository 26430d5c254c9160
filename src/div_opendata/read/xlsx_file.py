"""Workbooks: the sheets of an .xlsx, streamed, with guards against files that are none."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from ..finding import Place
from ..i18n import Message
from . import findings
from .raw import ExcelError, Formula, Raw, ReadingStopped, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Uncompressed bytes. A workbook of 100,000 rows has some 100 MB of sheets, 20 MB of shared texts.
TOTAL_LIMIT = 600_000_000
TEXTS_LIMIT = 60_000_000
RATIO_LIMIT = 150  # of a part above RATIO_FROM: real sheets compress to a tenth or a fiftieth
RATIO_FROM = 20_000_000

_OLE = b"\xd0\xcf\x11\xe0"  # encrypted workbooks and the old .xls
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+)([0-9]+)(:[A-Z]+[0-9]+)?"')
_CHUNK = 1 << 20
_OVERLAP = 200  # bytes: more than a mergeCell element has


def read_xlsx(path: Path, file: str) -> Iterator[Sheet]:
    """The sheets of the workbook at `path`, reported as `file`.

    Raises ReadingStopped where it cannot be read.
    """
    _guard(path, file)
    with warnings.catch_warnings(), zipfile.ZipFile(path) as archive:
        warnings.simplefilter("ignore")  # openpyxl warns of drop-downs and styles it does not keep
        workbook = _load(path, file)
        try:
            for sheet in workbook.worksheets:
                yield Sheet(file, sheet.title, _rows(sheet, file, archive))
        finally:
            workbook.close()


def _guard(path: Path, file: str) -> None:
    """Refuse what is no workbook, and what would fill the memory."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == _OLE:
            raise _unreadable(file, Message("it is protected by a password, or an old .xls"))
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise _unreadable(file, Message("it is not an Excel workbook, or damaged")) from error
    # zipfile never reads more of a part than the size that its directory declares
    large = sum(part.file_size for part in parts) > TOTAL_LIMIT or any(
        (part.filename.endswith("sharedStrings.xml") and part.file_size > TEXTS_LIMIT)
        or (part.file_size > RATIO_FROM and part.file_size > RATIO_LIMIT * part.compress_size)
        for part in parts
    )
    if large:
        raise _unreadable(
            file, Message("unpacked, it is far larger than a workbook of records can be")
        )


def _load(path: Path, file: str) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except Exception as error:
        # openpyxl lets whatever a damaged part leads to pass: KeyError, TypeError, ParseError, …
        raise _unreadable(file, Message("it is not an Excel workbook, or damaged")) from error


def _rows(sheet: Any, file: str, archive: zipfile.ZipFile) -> Iterator[tuple[int, list[Raw]]]:
    merged = _merged(archive, sheet._worksheet_path)  # noqa: SLF001 - openpyxl has no other way
    if merged:
        row, column, cells = merged
        raise ReadingStopped(
            findings.merged_cells(
                Place(file=file, sheet=sheet.title, row=row, column=column), cells
            )
        )
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    rows = sheet.iter_rows()
    number = 0
    while True:
        try:
            row_cells = next(rows, None)
        except Exception as error:
            raise _unreadable(file, Message("it is not an Excel workbook, or damaged")) from error
        if row_cells is None:
            return
        number += 1
        if row_cells:
            yield number, [_raw(cell) for cell in row_cells]


def _merged(archive: zipfile.ZipFile, part: str) -> tuple[int, int, str] | None:
    """The first merged cells of a sheet: row, column, range."""
    from openpyxl.utils import column_index_from_string

    tail = b""
    with archive.open(part.lstrip("/")) as stream:
        while chunk := stream.read(_CHUNK):
            if found := _MERGED.search(tail + chunk):
                column, row, end = (text.decode() if text else "" for text in found.groups())
                return int(row), column_index_from_string(column), f"{column}{row}{end}"
            tail = chunk[-_OVERLAP:]
    return None


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula(str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return ExcelError(str(value))
    if isinstance(value, dt.datetime) and not _shows_time(cell.number_format, value):
        return value.date()
    if isinstance(value, str | int | float | bool | dt.date | dt.time | dt.timedelta):
        return value
    return str(value)


def _shows_time(number_format: str, value: dt.datetime) -> bool:
    """Whether a reader of the sheet sees the hour; midnight without it is a mere date."""
    visible = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format)
    return value.time() != dt.time(0) or "h" in visible.lower()


def _unreadable(file: str, reason: Message) -> ReadingStopped:
    return ReadingStopped(findings.unreadable_file(Place(file=file), reason))
