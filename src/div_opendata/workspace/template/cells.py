"""Cells of a workbook: a value as an office would have it there, and text that stays text."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import column_letters
from div_opendata.base.i18n import Message
from div_opendata.base.limits import CELL_LIMIT
from div_opendata.standard.codelists import CodeList, fold
from div_opendata.standard.tables import Field, TableSchema, Value

from .style import height_for, set_height

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


EXACT_DIGITS = 15  # of a number, in Excel; the sixteenth would become a zero
FORMATS = {"date": "DD.MM.YYYY", "datetime": "DD.MM.YYYY HH:MM", "integer": "0"}
_WITH_SECONDS = "DD.MM.YYYY HH:MM:SS"
TEXT = "@"
_FIRST_EXCEL_DAY = dt.date(1904, 1, 1)  # before it spreadsheets count in different ways
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what a spreadsheet would take for a character
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell of a sheet; rows and columns count from 1."""
    return cast("Cell", sheet.cell(row, column))


def write_row(
    sheet: Worksheet, row: int, schema: TableSchema, values: Mapping[str, Value], zone: ZoneInfo
) -> None:
    """Write a record into a row, as high as its longest text needs."""
    height = 0
    for column, item in enumerate(schema.fields.values(), 1):
        if item.name in values:
            cell = cell_at(sheet, row, column)
            _write_value(cell, item, values[item.name], zone)
            width = int(sheet.column_dimensions[column_letters(column)].width)
            height = max(height, height_for(str(cell.value), width))
    set_height(sheet, row, height)


def label_of(codelist: CodeList, code: str) -> str:
    """What a cell shows for a code: its German label unless that is read as another code."""
    entry = codelist.codes.get(code)
    spellings = entry.label.both() if entry else ()
    return next((text for text in spellings if codelist.spellings[fold(text)] == code), code)


def _write_value(cell: Cell, item: Field, value: Value, zone: ZoneInfo) -> None:
    content = content_of(item, value, zone)
    if isinstance(content, str):
        write_text(cell, content)
        cell.number_format = TEXT  # a number too long for Excel stays what it is
        return
    cell.value = content
    seconds = isinstance(content, dt.datetime) and content.second
    cell.number_format = _WITH_SECONDS if seconds else FORMATS[item.kind]


def write_text(cell: Cell, text: str) -> None:
    """Write a text as text, whatever a spreadsheet would make of it.

    Raises UsageProblem where it does not fit into a cell.
    """
    if len(text) > CELL_LIMIT or _NOT_XML.search(text):
        raise UsageProblem(
            Message(
                "The text of cell {cell} in the sheet “{sheet}” does not fit into a workbook.",
                cell=cell.coordinate,
                sheet=cell.parent.title,
            ),
            Message("Shorten it, remove invisible characters from it, or keep the table as CSV."),
        )
    cell.value = _ESCAPED.sub("_x005F_", text)
    cell.data_type = "s"  # openpyxl takes “=…” for a formula and “#N/A” for an error


def content_of(item: Field, value: Value, zone: ZoneInfo) -> str | int | dt.date:
    """A value as an office would have it in a cell; a text where a cell cannot hold it."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int):
        return value if len(str(abs(value))) <= EXACT_DIGITS else str(value)
    if item.codelist:
        return label_of(item.codelist, value)
    if item.kind == "date":
        return _excel_date(value)
    return _excel_time(value, zone) if item.kind == "datetime" else value


def _excel_date(text: str) -> str | dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return day if day >= _FIRST_EXCEL_DAY and day.isoformat() == text else text


def _excel_time(text: str, zone: ZoneInfo) -> str | dt.datetime:
    """The local time, or the text where the cell would not lead back to it: the clock alone does
    not tell, or says midnight, which is also what a spreadsheet makes of a date without a time.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment.replace(tzinfo=None)
    offsets = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    exact = (
        offsets == {moment.utcoffset()} and not moment.microsecond and local.time() != dt.time(0)
    )
    if exact and local.date() >= _FIRST_EXCEL_DAY and moment.isoformat() == text:
        return local
    return text
