"""The workbook that an office types its records into.

It is for the office and hence in German; what it says of its tables comes from the schemas. The
reader (read/) understands all that is written here: a workbook with records is read back as the
same records.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from div_opendata.base.disk import read_file
from div_opendata.base.files import write_whole
from div_opendata.base.finding import column_letters
from div_opendata.standard.packages import Standard
from div_opendata.standard.tables import TableSchema

from ..settings import ReleaseSettings
from .cells import cell_at, label_of, write_row, write_text
from .columns import heading_text, help_for, set_up_column, width_of, write_heading
from .draft import LISTS_SHEET, Book
from .dropdowns import drop_down_for
from .guide import write_guide
from .style import height_for, set_height, set_up_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from div_opendata.standard.records import Table

_STAMP = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed time, so that a workbook depends on no clock


def write_workbook(
    path: Path,
    standard: Standard,
    tables: Mapping[str, Table] | None = None,
    zone: ZoneInfo | None = None,
) -> None:
    """Write the office's workbook, with the records of `tables` where there are any.

    `standard` is that of the workspace, so that the drop-downs offer the city's own code lists.
    Times are written as they are in `zone`, which is the workspace's. Raises UsageProblem where a
    text does not fit into a cell.
    """
    from openpyxl import Workbook

    records = tables or {}
    shown = tuple(
        schema
        for schema in standard.public
        if schema.for_people or (schema.name in records and records[schema.name].records)
    )
    book = Book(Workbook(), standard, shown, records, zone or ZoneInfo(ReleaseSettings.time_zone))
    write_guide(cast("Worksheet", book.workbook.active), book)
    for schema in book.tables:
        _write_table(book.workbook.create_sheet(schema.title.de), schema, book)
    if book.lists:
        _write_lists(book.workbook.create_sheet(LISTS_SHEET), book)
    write_whole(path, _bytes(book.workbook))


def _bytes(workbook: Workbook) -> bytes:
    """The file of a workbook. `Workbook.save` would put the time of day into it."""
    from openpyxl.writer.excel import ExcelWriter

    properties = workbook.properties
    properties.title = "D.I.V. und Innovationszirkel"
    properties.creator = "div-opendata"
    properties.language = "de"
    properties.created = properties.modified = _STAMP
    stream = io.BytesIO()
    ExcelWriter(workbook, _Timeless(stream, "w", zipfile.ZIP_DEFLATED)).save()
    return stream.getvalue()


class _Timeless(zipfile.ZipFile):
    """A zip whose parts have a fixed time: now may be before 1980 or after 2107, where zips know
    no time, and a workbook depends on no clock."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Write a part."""
        part = zipfile.ZipInfo(zinfo_or_arcname, _STAMP.timetuple()[:6])
        part.compress_type = self.compression
        part.external_attr = 0o600 << 16  # as zipfile has it for a part that is only named
        super().writestr(part, data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Write a part that openpyxl has in a file, a sheet."""
        self.writestr(arcname, read_file(Path(filename)))


def _write_table(sheet: Worksheet, schema: TableSchema, book: Book) -> None:
    table = book.records.get(schema.name)
    records = table.records if table else []
    last_row = book.last_row(schema)
    for column, item in enumerate(schema.fields.values(), 1):
        heading = cell_at(sheet, 1, column)
        write_heading(heading, item)
        heading.comment = help_for(schema, item, book.standard)
        set_up_column(sheet, column, item, last_row)
        if drop_down := drop_down_for(schema, item, book):
            letters = column_letters(column)
            drop_down.add(f"{letters}2:{letters}{book.checked_rows(schema)}")
            sheet.add_data_validation(drop_down)
    for row, record in enumerate(records, 2):
        write_row(sheet, row, schema, record.values, book.zone)
    set_height(
        sheet, 1, max(height_for(heading_text(f), width_of(f) - 3) for f in schema.fields.values())
    )
    sheet.auto_filter.ref = f"A1:{column_letters(len(schema.fields))}{last_row}"
    sheet.freeze_panes = "B2"  # the headings, and the column that says which record it is
    sheet.print_title_rows = "1:1"
    sheet.print_options.gridLines = True
    set_up_page(sheet)


def _write_lists(sheet: Worksheet, book: Book) -> None:
    sheet.sheet_state = "hidden"
    for column, codelist in enumerate(book.lists, 1):
        write_text(cell_at(sheet, 1, column), codelist.name)
        for row, code in enumerate(codelist.codes, 2):
            write_text(cell_at(sheet, row, column), label_of(codelist, code))
