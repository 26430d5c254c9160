"""The sheet that explains the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from div_opendata.base.finding import column_letters
from div_opendata.standard.tables import TableSchema

from .cells import cell_at, write_row, write_text
from .columns import heading_text, write_heading
from .draft import GUIDE_SHEET, Book
from .dropdowns import quoted
from .style import LINK, REQUIRED_FILL, aligned, font, height_for, set_height, set_up_page
from .texts import text_file

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet


_GUIDE_COLUMNS, _GUIDE_WIDTH = 5, 28  # of its texts; characters of a column


@dataclass
class _Guide:
    """The sheet that explains the others, written from top to bottom."""

    sheet: Worksheet
    row: int = 0

    def heading(self, text: str) -> None:
        """A heading, after an empty row."""
        self.row += 2 if self.row else 1
        cell = cell_at(self.sheet, self.row, 1)
        write_text(cell, text)
        cell.font = font(REQUIRED_FILL, 14, bold=True)

    def paragraph(self, text: str, term: str = "") -> Cell | None:
        """A paragraph, to the right of the term that it is about; returns the term's cell."""
        self.row += 1
        first = 2 if term else 1
        self.sheet.merge_cells(
            start_row=self.row, end_row=self.row, start_column=first, end_column=_GUIDE_COLUMNS
        )
        cell = cell_at(self.sheet, self.row, first)
        write_text(cell, text)
        cell.alignment = aligned()
        width = _GUIDE_WIDTH * (_GUIDE_COLUMNS + 1 - first)
        set_height(self.sheet, self.row, height_for(text, width) + 3)
        if not term:
            return None
        name = cell_at(self.sheet, self.row, 1)
        write_text(name, term)
        name.alignment, name.font = aligned(), font(bold=True)
        return name

    def example(self, schema: TableSchema, zone: ZoneInfo) -> None:
        """A table's headings, and a row below them."""
        self.row += 4
        title = cell_at(self.sheet, self.row - 2, 1)
        write_text(title, schema.title.de)
        title.font = font(bold=True)
        for column, item in enumerate(schema.fields.values(), 1):
            write_heading(cell_at(self.sheet, self.row - 1, column), item)
            cell_at(self.sheet, self.row, column).alignment = aligned()
        headings = max(
            height_for(heading_text(item), _GUIDE_WIDTH) for item in schema.fields.values()
        )
        set_height(self.sheet, self.row - 1, headings)
        values = {name: item.schema["examples"][0] for name, item in schema.fields.items()}
        write_row(self.sheet, self.row, schema, values, zone)


def write_guide(sheet: Worksheet, book: Book) -> None:
    """Write the guide: the texts of Anleitung.txt, what each sheet is for, an example of each."""
    sheet.title = GUIDE_SHEET
    for column in range(1, max(len(schema.fields) for schema in book.tables) + 1):
        sheet.column_dimensions[column_letters(column)].width = _GUIDE_WIDTH
    guide = _Guide(sheet)
    for line in filter(None, text_file("Anleitung.txt").decode().splitlines()):
        term, colon, text = line.partition(": ")
        if line.startswith("# "):
            guide.heading(line.removeprefix("# "))
        elif colon and len(term) <= _GUIDE_WIDTH:
            guide.paragraph(text, term)
        else:
            guide.paragraph(line)
    _write_contents(guide, book)
    sheet.print_area = f"A1:{column_letters(_GUIDE_COLUMNS)}{guide.row}"  # examples are too wide
    guide.heading("Beispiele")
    guide.paragraph("Sie sind erfunden und zeigen zu jeder Spalte eine mögliche Angabe.")
    for schema in book.tables:
        guide.example(schema, book.zone)
    sheet.sheet_view.showGridLines = False
    set_up_page(sheet)


def _write_contents(guide: _Guide, book: Book) -> None:
    """What each sheet is for, and which tables have none."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    guide.heading("Die Blätter")
    for schema in book.tables:
        if name := guide.paragraph(schema.description.de, schema.title.de):
            name.hyperlink = Hyperlink(
                ref=name.coordinate, location=f"{quoted(schema.title.de)}!A1"
            )
            name.font = font(LINK, bold=True)
    if missing := [schema.title.de for schema in book.standard.public if schema not in book.tables]:
        guide.paragraph(
            f"{', '.join(missing)}: Diese Tabellen haben hier kein Blatt. Wo es sie gibt, liegen"
            " sie als CSV-Dateien im Ordner records."
        )
