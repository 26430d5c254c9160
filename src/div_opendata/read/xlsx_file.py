"""Workbooks: the sheets of an .xlsx, streamed, with guards against files that are none."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from div_opendata.base.disk import TABLE_LIMIT, open_file, reason_of
from div_opendata.base.finding import Place
from div_opendata.base.i18n import Message
from div_opendata.base.limits import CELL_LIMIT

from . import div0xx_cells, div0xx_files
from .raw import ExcelError, Formula, Raw, ReadingStopped, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Uncompressed bytes. A workbook of 100,000 rows has some 100 MB of sheets, 15 MB of shared texts.
TOTAL_LIMIT = 600_000_000
STYLES_LIMIT = 5_000_000
PART_LIMIT = 20_000_000  # every other part, but for the sheets, which are streamed
RATIO_LIMIT = 150  # of a part above PART_LIMIT: real sheets compress to a tenth or a fiftieth
TEXTS_LIMIT = 600_000  # shared texts, of which openpyxl keeps each in memory
ROW_LIMIT = 1_048_576  # rows: what a sheet of a spreadsheet holds
ROWS_LIMIT = 400_000  # rows in its XML, also empty ones: what is read in some seconds
ROW_BYTES = 4 << 20  # of one row in its XML
AFTER_ROWS = 20  # chunks: links, drop-downs and other things that follow the rows

_OLE = b"\xd0\xcf\x11\xe0"  # encrypted workbooks and the old .xls
_STRICT = b"http://purl.oclc.org/ooxml/"
_SHEETS = "xl/worksheets/"
_BOOK = re.compile(r"xl/workbook[0-9]*\.xml")
_TEXT = re.compile(rb"<(?:\w+:)?si\b")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]{1,3})([0-9]{1,7})(:[A-Z]{1,3}[0-9]{1,7})?[\"']"
)
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_END_OF_ROWS = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CHUNK = 1 << 20
_OVERLAP = 200  # bytes: more than a mergeCell element has

_DAMAGED = Message("it is not an Excel workbook, or damaged")
_TOO_LARGE = Message("unpacked, it is far larger than a workbook of records can be")

_Merged = tuple[int, int, str]
"""Row, column, range."""


def read_xlsx(path: Path, file: str, columns: int) -> Iterator[Sheet]:
    """The sheets of the workbook at `path`, reported as `file`, up to a number of columns.

    Raises ReadingStopped where it cannot be read.
    """
    with warnings.catch_warnings(), _open(path, file) as stream:
        warnings.simplefilter("ignore")  # openpyxl warns of drop-downs and styles it does not keep
        merged = _guard(stream, file)
        reader = _load(stream, file)
        # openpyxl leaves out sheets in silence whose part it does not find
        if len(reader.parser.sheets) != len(reader.wb.sheetnames):
            raise _unreadable(file, Message("a sheet that it names is missing in it"))
        for sheet in reader.wb.worksheets:
            part = sheet._worksheet_path.lstrip("/")  # noqa: SLF001 - openpyxl has no other way
            yield Sheet(file, sheet.title, _rows(sheet, file, columns, merged.get(part)))


def _open(path: Path, file: str) -> IO[bytes]:
    try:
        return open_file(path, TABLE_LIMIT)
    except PermissionError as error:  # what Windows says while Excel has the file open
        reason = Message("it is open in another program, or may not be read")
        raise _unreadable(file, reason) from error
    except OSError as error:
        reason = Message("the system does not let it be opened ({error})", error=reason_of(error))
        raise _unreadable(file, reason) from error


def _guard(stream: IO[bytes], file: str) -> dict[str, _Merged]:
    """Refuse what is no workbook, and what would fill the memory; the merged cells by part."""
    if stream.read(4) == _OLE:
        raise _unreadable(file, Message("it is protected by a password, or an old .xls"))
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > TOTAL_LIMIT or any(map(_is_bomb, parts)):
                raise _unreadable(file, _TOO_LARGE)
            found = {name: _guard_part(archive, name, file) for name in archive.namelist()}
            return {name: merged for name, merged in found.items() if merged}
    except ReadingStopped:
        raise
    except Exception as error:
        # zipfile lets whatever a damaged file leads to pass: BadZipFile, zlib.error, EOFError, …
        raise _unreadable(file, _DAMAGED) from error


def _guard_part(archive: zipfile.ZipFile, name: str, file: str) -> _Merged | None:
    """The merged cells of a part that is a sheet. Refuse what openpyxl cannot take."""
    if name.startswith(_SHEETS) and name.endswith(".xml"):
        with archive.open(name) as sheet:
            return _guard_sheet(sheet, file)
    if _BOOK.fullmatch(name) and _STRICT in archive.read(name):
        reason = Message("it is saved as “Strict Open XML”; save it as an ordinary workbook")
        raise _unreadable(file, reason)
    if name.endswith("sharedStrings.xml"):
        texts = sum(1 for _ in _TEXT.finditer(archive.read(name)))
        if texts > TEXTS_LIMIT:
            raise _unreadable(file, _TOO_LARGE)
    return None


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    """Whether a part is too large; of none is more read than the size that the archive declares."""
    if part.filename.startswith(_SHEETS):
        return part.file_size > max(PART_LIMIT, RATIO_LIMIT * part.compress_size)
    return part.file_size > (STYLES_LIMIT if part.filename.endswith("styles.xml") else PART_LIMIT)


def _guard_sheet(stream: IO[bytes], file: str) -> _Merged | None:
    """The first merged cells of a sheet. Refuse one with a cell or row that fills the memory."""
    from openpyxl.utils import column_index_from_string

    merged = None
    tail = b""
    rows = since_row = after_rows = 0
    while chunk := stream.read(_CHUNK):
        # a megabyte without a tag is one cell: refused before openpyxl holds it
        if len(chunk) == _CHUNK and b"<" not in chunk:
            raise ReadingStopped(div0xx_cells.too_long(Place(file=file), CELL_LIMIT))
        text = tail + chunk
        if after_rows or _END_OF_ROWS.search(text):
            after_rows += 1
        since_row = 0 if _ROW.search(text) else since_row + len(chunk)
        rows += chunk.count(b"<row") + chunk.count(b":row")  # a regex would take too long
        if (
            rows > ROWS_LIMIT
            or after_rows > AFTER_ROWS
            or (not after_rows and since_row > ROW_BYTES)
        ):
            raise _unreadable(file, _TOO_LARGE)
        if merged is None and (found := _MERGED.search(text)):
            column, row, end = (part.decode() if part else "" for part in found.groups())
            merged = int(row), column_index_from_string(column), f"{column}{row}{end}"
        tail = chunk[-_OVERLAP:]
    return merged


def _load(stream: IO[bytes], file: str) -> Any:
    from openpyxl.reader.excel import ExcelReader

    try:
        reader = ExcelReader(stream, read_only=True, keep_links=False)
        reader.read()
    except Exception as error:
        # openpyxl lets whatever a damaged part leads to pass: KeyError, TypeError, ParseError, …
        raise _unreadable(file, _DAMAGED) from error
    return reader


def _rows(
    sheet: Any, file: str, columns: int, merged: _Merged | None
) -> Iterator[tuple[int, list[Raw]]]:
    if merged:
        row, column, cells = merged
        raise ReadingStopped(
            div0xx_cells.merged_cells(
                Place(file=file, sheet=sheet.title, row=row, column=column), cells
            )
        )
    for number, cells_of_row in _parsed(sheet, file):
        if not 0 < number <= ROW_LIMIT:
            raise _unreadable(file, Message("it has more rows than a sheet can have"))
        if cells_of_row:
            yield (
                number,
                _row(sheet, Place(file=file, sheet=sheet.title, row=number), cells_of_row, columns),
            )


def _parsed(sheet: Any, file: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows that a sheet has: openpyxl's own iterator fills gaps with millions of empty ones."""
    from openpyxl.worksheet._reader import WorkSheetParser

    book = sheet.parent
    try:
        with sheet._get_source() as source:  # noqa: SLF001 - as openpyxl's iterator does
            # private: the public iterator fills gaps with millions of rows;
            # the tests of bad workbooks hold what we take of it
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,  # noqa: SLF001
                epoch=book.epoch,
                date_formats=book._date_formats,  # noqa: SLF001
                timedelta_formats=book._timedelta_formats,  # noqa: SLF001
            )
            for row in parser.parse():
                parser.row_dimensions.clear()  # heights, of which nobody asks
                yield row
    except (ReadingStopped, GeneratorExit):
        raise
    except Exception as error:
        raise _unreadable(file, _DAMAGED) from error


def _row(sheet: Any, place: Place, cells: Sequence[dict[str, Any]], columns: int) -> list[Raw]:
    """The cells of a row by column; empty ones far to the right are mere formats."""
    row: list[Raw] = [None] * min(columns, max(cell["column"] for cell in cells))
    for cell in cells:
        if cell["value"] is None:
            continue
        if cell["column"] > columns:
            raise ReadingStopped(div0xx_files.no_heading(replace(place, column=cell["column"])))
        row[cell["column"] - 1] = _raw(sheet, cell)
    return row


def _raw(sheet: Any, cell: dict[str, Any]) -> Raw:
    value = cell["value"]
    if cell["data_type"] == "f":
        return Formula(str(getattr(value, "text", value)))
    if cell["data_type"] == "e":
        return ExcelError(str(value))
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, dt.datetime) and not _shows_time(_number_format(sheet, cell), value):
        return value.date()
    if isinstance(value, int | float | bool | dt.date | dt.time | dt.timedelta):
        return value
    return str(value)


def _number_format(sheet: Any, cell: dict[str, Any]) -> str:
    from openpyxl.cell.read_only import ReadOnlyCell

    return str(ReadOnlyCell(sheet, **cell).number_format)


def _shows_time(number_format: str, value: dt.datetime) -> bool:
    """Whether a reader of the sheet sees the hour; midnight without it is a mere date."""
    visible = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format)
    return value.time() != dt.time(0) or "h" in visible.lower()


def _unreadable(file: str, reason: Message) -> ReadingStopped:
    return ReadingStopped(div0xx_files.unreadable_file(Place(file=file), reason))
