"""What an office begins with: a new workspace, and the workbook that it types its records into.

Both are for the office and hence in German; the longer texts are files in templates/. Everything
else that the workbook says of its tables comes from the schemas. The reader (read/) understands
all that is written here: a workbook with records is read back as the same records.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import tempfile
import textwrap
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from .base.errors import Problem, UsageProblem
from .base.files import write_whole
from .base.finding import column_letters
from .base.i18n import Message
from .base.limits import CELL_LIMIT
from .standard.codelists import CodeList, fold
from .standard.packages import Standard, load_standard
from .standard.tables import ID_PATTERN, Field, TableSchema, Value
from .workspace import CONFIGURATION, PRIVATE, WORKBOOK, ReleaseSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.dimensions import RowDimension
    from openpyxl.worksheet.worksheet import Worksheet

    from .standard.records import Table

TEMPLATES = Path(__file__).parent / "templates"

PRIVATE_GUIDE = "private/LIESMICH.txt"
_ENTRIES = (PRIVATE, ".gitignore", WORKBOOK, CONFIGURATION)
"""What a new workspace consists of; the configuration, which makes it one, comes last."""

GUIDE_SHEET = "_Anleitung"
LISTS_SHEET = "_Listen"
PREPARED_ROWS = 500  # rows that are formatted before anybody has typed into them
CHECKED_ROWS = 2000  # the last row with drop-downs, unless there are more records
INLINE_LIMIT = 250  # characters of a drop-down's own list; Excel allows 255
EXACT_DIGITS = 15  # of a number, in Excel; the sixteenth would become a zero

_WIDTHS = {"date": 13, "datetime": 19, "month": 13, "integer": 13, "boolean": 13}
_FORMATS = {"date": "DD.MM.YYYY", "datetime": "DD.MM.YYYY HH:MM", "integer": "0"}
_WITH_SECONDS = "DD.MM.YYYY HH:MM:SS"
_TEXT = "@"

_FORMS = {
    "date": "Datum wie 31.12.2026",
    "datetime": "Datum und Uhrzeit wie 31.12.2026 18:00",
    "month": "Jahr und Monat wie 2026-12",
    "boolean": "ja oder nein, aus der Auswahlliste",
}

# dark and light, so that nobody needs to tell colours apart; the asterisk says the same
_REQUIRED_FILL, _REQUIRED_FONT = "1F3864", "FFFFFF"
_OPTIONAL_FILL, _BLACK, _LINK = "D9E2F3", "1A1A1A", "0B4F9E"
_GUIDE_COLUMNS, _GUIDE_WIDTH = 5, 28  # of its texts; characters of a column

_FIRST_EXCEL_DAY = dt.date(1900, 3, 1)  # before it Excel counts a day that never was
_STAMP = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a fixed time, so that a workbook depends on no clock
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what a spreadsheet would take for a character
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- the workspace


def new_workspace(folder: Path) -> list[Path]:
    """Make a workspace in `folder` and return the files made.

    It is made beside `folder` and shown when it is whole. Raises UsageProblem where `folder` is
    not empty or no folder, Problem where the system does not let it be written.
    """
    try:
        refuse_occupied(folder)
        target = folder.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as draft:
            workspace = Path(draft) / "workspace"
            workspace.mkdir()  # with the rights that new folders have here, unlike the draft's
            _fill_workspace(workspace)
            _show(workspace, target)
    except OSError as error:
        raise Problem(
            Message("The workspace cannot be written: {reason}.", reason=error.strerror or error),
            Message("Nothing was made. Choose a folder that you may write to."),
        ) from error
    return [folder / name for name in (CONFIGURATION, ".gitignore", PRIVATE_GUIDE, WORKBOOK)]


def refuse_occupied(folder: Path) -> None:
    """Raise UsageProblem where `folder` is not new or empty."""
    if folder.exists() and not folder.is_dir():
        raise UsageProblem(
            Message("{folder} is not a folder.", folder=folder),
            Message("Choose another name for the workspace."),
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageProblem(
            Message("The folder {folder} is not empty.", folder=folder),
            Message("Choose an empty folder, or one that does not exist yet."),
        )


def _fill_workspace(workspace: Path) -> None:
    (workspace / CONFIGURATION).write_bytes(_template(CONFIGURATION))
    (workspace / ".gitignore").write_bytes(_template("gitignore"))
    (workspace / PRIVATE).mkdir(mode=0o700)
    (workspace / PRIVATE_GUIDE).write_bytes(_template("LIESMICH.txt"))
    write_workbook(workspace / WORKBOOK, load_standard())


def _template(name: str) -> bytes:
    return (TEMPLATES / name).read_bytes()


def _show(workspace: Path, target: Path) -> None:
    """Put a finished workspace in its place.

    A folder that exists is filled, not replaced: somebody may stand in it or have given it rights.
    """
    if not target.exists():
        workspace.rename(target)
        return
    try:
        for name in _ENTRIES:
            shutil.move(workspace / name, target / name)
    except BaseException:
        shutil.rmtree(target / PRIVATE, ignore_errors=True)
        for name in _ENTRIES[1:]:
            (target / name).unlink(missing_ok=True)
        raise


# --- the workbook


@dataclass
class _Book:
    """The workbook in the making."""

    workbook: Workbook
    standard: Standard
    tables: tuple[TableSchema, ...]
    records: Mapping[str, Table]
    zone: ZoneInfo
    lists: list[CodeList] = field(default_factory=list)  # the columns of the hidden sheet

    def table(self, name: str) -> TableSchema | None:
        """The table called `name`, if it has a sheet."""
        return next((schema for schema in self.tables if schema.name == name), None)

    def checked_rows(self, schema: TableSchema) -> int:
        """The last row with drop-downs, and the last that they offer from a table."""
        table = self.records.get(schema.name)
        return max(CHECKED_ROWS, PREPARED_ROWS + len(table.records) if table else 0)


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
    book = _Book(Workbook(), standard, shown, records, zone or ZoneInfo(ReleaseSettings.time_zone))
    _write_guide(cast("Worksheet", book.workbook.active), book)
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
    ExcelWriter(workbook, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)).save()
    return stream.getvalue()


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    return cast("Cell", sheet.cell(row, column))


# --- a table's sheet


def _write_table(sheet: Worksheet, schema: TableSchema, book: _Book) -> None:
    table = book.records.get(schema.name)
    records = table.records if table else []
    last_row = max(PREPARED_ROWS, len(records)) + 1
    for column, item in enumerate(schema.fields.values(), 1):
        heading = _cell(sheet, 1, column)
        _write_heading(heading, item)
        heading.comment = _note(schema, item, book.standard)
        _set_up_column(sheet, column, item, last_row)
        if drop_down := _drop_down(schema, item, book):
            letters = column_letters(column)
            drop_down.add(f"{letters}2:{letters}{book.checked_rows(schema)}")
            sheet.add_data_validation(drop_down)
    for row, record in enumerate(records, 2):
        _write_row(sheet, row, schema, record.values, book.zone)
    _set_height(sheet, 1, max(_height(_heading(f), _width(f) - 3) for f in schema.fields.values()))
    sheet.auto_filter.ref = f"A1:{column_letters(len(schema.fields))}{last_row}"
    sheet.freeze_panes = "B2"  # the headings, and the column that says which record it is
    sheet.print_title_rows = "1:1"
    sheet.print_options.gridLines = True
    _set_up_page(sheet)


def _write_row(
    sheet: Worksheet, row: int, schema: TableSchema, values: Mapping[str, Value], zone: ZoneInfo
) -> None:
    height = 0
    for column, item in enumerate(schema.fields.values(), 1):
        if item.name in values:
            cell = _cell(sheet, row, column)
            _write_value(cell, item, values[item.name], zone)
            width = int(sheet.column_dimensions[column_letters(column)].width)
            height = max(height, _height(str(cell.value), width))
    _set_height(sheet, row, height)


def _set_up_page(sheet: Worksheet) -> None:
    from openpyxl.worksheet.header_footer import HeaderFooterItem
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter = HeaderFooterItem()
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "Seite &P von &N"


def _set_up_column(sheet: Worksheet, column: int, item: Field, last_row: int) -> None:
    """Width and format of a column: the prepared cells, and whatever comes below them."""
    dimension = sheet.column_dimensions[column_letters(column)]
    dimension.width = _width(item)
    for part in (dimension, *(_cell(sheet, row, column) for row in range(2, last_row + 1))):
        part.number_format = _FORMATS.get(item.kind, _TEXT)
        part.alignment = _aligned(item.kind == "integer")


@cache
def _aligned(right: bool = False) -> Alignment:
    """At the top and wrapped. Dates are at the left too, apart from the text of the next column."""
    from openpyxl.styles import Alignment

    horizontal = "right" if right else "left"
    return Alignment(horizontal=horizontal, indent=int(right), vertical="top", wrap_text=True)


@cache
def _font(color: str = _BLACK, size: int = 11, *, bold: bool = False) -> Font:
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=bold, color=color)


@cache
def _fill(color: str) -> PatternFill:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=color)


@cache
def _frame() -> Border:
    from openpyxl.styles import Border, Side

    white = Side("thin", "FFFFFF")
    return Border(left=white, right=white)


def _width(item: Field) -> int:
    """Characters that a column is wide: enough for its values and each word of its heading."""
    word = max(map(len, _heading(item).split()))
    return max(_value_width(item), word + 4)  # 4: the button of the filter


def _value_width(item: Field) -> int:
    if item.codelist:
        return min(40, max(len(code.label.de) for code in item.codelist.codes.values()) + 4)
    if item.kind in _WIDTHS:
        return _WIDTHS[item.kind]
    if item.schema.get("pattern") == ID_PATTERN:
        return 30
    return 60 if item.multiline else 40


def _height(text: str, width: int) -> int:
    """Points that a row needs for `text` in a cell of `width` characters."""
    letters = width * 11 // 10  # columns are measured in digits, which are wider
    lines = sum(len(textwrap.wrap(line, letters)) or 1 for line in text.splitlines())
    return min(15 * lines + 3, 409)  # as high as rows can be


def _set_height(sheet: Worksheet, row: int, height: int) -> None:
    """Set what a row needs now; it grows when somebody types more."""
    sheet.row_dimensions[row] = _growing_row()(sheet, index=row, ht=height)


@cache
def _growing_row() -> type[RowDimension]:
    from openpyxl.worksheet.dimensions import RowDimension

    class GrowingRow(RowDimension):
        """A row without openpyxl's `customHeight`, which would fix its height for good."""

        __fields__ = ("ht",)

    return GrowingRow


# --- headings and their help


def _heading(item: Field) -> str:
    return f"{item.title.de} *" if item.required else item.title.de


def _write_heading(cell: Cell, item: Field) -> None:
    _write_text(cell, _heading(item))
    cell.alignment = _aligned()
    cell.font = _font(_REQUIRED_FONT if item.required else _BLACK, bold=True)
    cell.fill = _fill(_REQUIRED_FILL if item.required else _OPTIONAL_FILL)
    cell.border = _frame()


def _note(schema: TableSchema, item: Field, standard: Standard) -> Comment:
    from openpyxl.comments import Comment

    text = "\n".join(
        [
            item.description.de,
            "",
            _need(schema, item),
            f"Form: {_form(schema, item, standard)}",
            f"Beispiel: {_shown(item, item.schema['examples'][0])}",
        ]
    )
    return Comment(text, "div-opendata", height=_height(text, 46) + 30, width=380)


def _need(schema: TableSchema, item: Field) -> str:
    if item.required:
        return "Pflichtfeld."
    rules = schema.schema.get("allOf", ())
    if any(item.name in rule["then"].get("required", ()) for rule in rules):
        return "Pflichtfeld nur in bestimmten Fällen, sonst darf es leer bleiben."
    return "Darf leer bleiben."


def _form(schema: TableSchema, item: Field, standard: Standard) -> str:
    """What a cell of a column looks like, in words."""
    if item.codelist:
        labels = ", ".join(_label(item.codelist, code) for code in item.codelist.codes)
        return f"aus der Auswahlliste ({textwrap.shorten(labels, INLINE_LIMIT, placeholder=' …')})"
    if item.kind == "integer":
        return f"ganze Zahl {_range(item)}".strip()
    if item.kind != "text":
        return _FORMS[item.kind]
    if target := _references(schema).get(item.name):
        return f"ID aus der Tabelle „{standard.tables[target].title.de}“"
    if item.schema.get("pattern") == ID_PATTERN:
        return "Kleinbuchstaben und Ziffern, mit mindestens einem Bindestrich"
    if item.schema.get("format") == "uri":
        return "Internetadresse, die mit https:// oder http:// beginnt"
    if "pattern" in item.schema:
        return "genau wie im Beispiel"
    length = f"{item.schema['maxLength']:,}".replace(",", ".")
    lines = "Text, auch mit Absätzen (Alt+Eingabe)," if item.multiline else "Text in einer Zeile,"
    return f"{lines} höchstens {length} Zeichen"


def _range(item: Field) -> str:
    lowest, highest = item.schema.get("minimum"), item.schema.get("maximum")
    if lowest is not None and highest is not None:
        return f"von {lowest} bis {highest}"
    return "" if lowest is None else f"ab {lowest}"


def _shown(item: Field, value: Value) -> str:
    """A value as its cell shows it."""
    content = _content(item, value, ZoneInfo(ReleaseSettings.time_zone))
    if isinstance(content, dt.datetime):
        return f"{content:%d.%m.%Y %H:%M}"
    return f"{content:%d.%m.%Y}" if isinstance(content, dt.date) else str(content)


# --- drop-downs


def _drop_down(schema: TableSchema, item: Field, book: _Book) -> DataValidation | None:
    """The list that the cells of a column are chosen from, where it has one."""
    if item.kind == "boolean":
        return _list('"ja,nein"', "Bitte ja oder nein eintragen.")
    if item.codelist and item.open_list:
        file = f"codelists/{item.codelist.name}.csv"
        return _list(
            _codes(item.codelist, book),
            "Dieser Wert steht nicht in der Codeliste. Soll er stehen bleiben? Die Prüfung meldet"
            f" ihn, solange er nicht in {file} steht.",
            strict=False,
        )
    if item.codelist:
        return _list(_codes(item.codelist, book), "Bitte einen Wert aus der Liste wählen.")
    target = book.table(_references(schema).get(item.name, ""))
    if target is None:
        return None
    return _list(
        _keys(target, book.checked_rows(target)),
        f"Diese ID steht nicht im Blatt „{target.title.de}“. Soll sie stehen bleiben? Die Prüfung"
        " meldet sie, solange sie dort fehlt.",
        strict=False,
    )


def _list(source: str, message: str, *, strict: bool = True) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(
        type="list",
        formula1=source,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop" if strict else "warning",
        errorTitle="Nicht in der Liste",
        error=message,
    )


def _references(schema: TableSchema) -> dict[str, str]:
    """The fields that name a record of another table by its only key field → that table."""
    return {key.fields[0]: key.table for key in schema.foreign_keys if len(key.fields) == 1}


def _keys(target: TableSchema, last_row: int) -> str:
    """A formula for the IDs in a table's sheet, from row 2 to the last that is filled.

    It starts from the heading because row 2 may be deleted, and ends at the last ID because Excel
    would open a list with empty cells at its empty end.
    """
    column = column_letters([*target.fields].index(target.primary_key[0]) + 1)
    sheet = _quoted(target.title.de)
    cells = f"{sheet}!${column}$2:${column}${last_row}"
    last = f'SUMPRODUCT(MAX(({cells}<>"")*ROW({cells})))'
    return f"OFFSET({sheet}!${column}$1,1,0,MAX(1,{last}-1),1)"


def _codes(codelist: CodeList, book: _Book) -> str:
    """The labels of a code list, or where they stand if they do not fit into a drop-down."""
    labels = [_label(codelist, code) for code in codelist.codes]
    inline = ",".join(labels)
    if len(inline) <= INLINE_LIMIT and not any(set(label) & set(',"') for label in labels):
        return f'"{inline}"'
    if codelist not in book.lists:
        book.lists.append(codelist)
    column = column_letters(book.lists.index(codelist) + 1)
    return f"{_quoted(LISTS_SHEET)}!${column}$2:${column}${len(labels) + 1}"


def _write_lists(sheet: Worksheet, book: _Book) -> None:
    sheet.sheet_state = "hidden"
    for column, codelist in enumerate(book.lists, 1):
        _write_text(_cell(sheet, 1, column), codelist.name)
        for row, code in enumerate(codelist.codes, 2):
            _write_text(_cell(sheet, row, column), _label(codelist, code))


def _label(codelist: CodeList, code: str) -> str:
    """What a cell shows for a code: its German label unless that is read as another code."""
    entry = codelist.codes.get(code)
    spellings = entry.label.both() if entry else ()
    return next((text for text in spellings if codelist.spellings[fold(text)] == code), code)


def _quoted(sheet: str) -> str:
    from openpyxl.utils import quote_sheetname

    return quote_sheetname(sheet)


# --- cells


def _write_value(cell: Cell, item: Field, value: Value, zone: ZoneInfo) -> None:
    content = _content(item, value, zone)
    if isinstance(content, str):
        _write_text(cell, content)
        cell.number_format = _TEXT  # a number too long for Excel stays what it is
        return
    cell.value = content
    seconds = isinstance(content, dt.datetime) and content.second
    cell.number_format = _WITH_SECONDS if seconds else _FORMATS[item.kind]


def _write_text(cell: Cell, text: str) -> None:
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


def _content(item: Field, value: Value, zone: ZoneInfo) -> str | int | dt.date:
    """A value as an office would have it in a cell; a text where a cell cannot hold it."""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int):
        return value if len(str(abs(value))) <= EXACT_DIGITS else str(value)
    if item.codelist:
        return _label(item.codelist, value)
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
    """The local time, or the text where the clock alone would not lead back to it."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment.replace(tzinfo=None)
    offsets = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    exact = offsets == {moment.utcoffset()} and not moment.microsecond
    if exact and local.date() >= _FIRST_EXCEL_DAY and moment.isoformat() == text:
        return local
    return text


# --- the guide


@dataclass
class _Guide:
    """The sheet that explains the others, written from top to bottom."""

    sheet: Worksheet
    row: int = 0

    def heading(self, text: str) -> None:
        """A heading, after an empty row."""
        self.row += 2 if self.row else 1
        cell = _cell(self.sheet, self.row, 1)
        _write_text(cell, text)
        cell.font = _font(_REQUIRED_FILL, 14, bold=True)

    def paragraph(self, text: str, term: str = "") -> Cell | None:
        """A paragraph, to the right of the term that it is about; returns the term's cell."""
        self.row += 1
        first = 2 if term else 1
        self.sheet.merge_cells(
            start_row=self.row, end_row=self.row, start_column=first, end_column=_GUIDE_COLUMNS
        )
        cell = _cell(self.sheet, self.row, first)
        _write_text(cell, text)
        cell.alignment = _aligned()
        width = _GUIDE_WIDTH * (_GUIDE_COLUMNS + 1 - first)
        _set_height(self.sheet, self.row, _height(text, width) + 3)
        if not term:
            return None
        name = _cell(self.sheet, self.row, 1)
        _write_text(name, term)
        name.alignment, name.font = _aligned(), _font(bold=True)
        return name

    def example(self, schema: TableSchema, zone: ZoneInfo) -> None:
        """A table's headings, and a row below them."""
        self.row += 4
        title = _cell(self.sheet, self.row - 2, 1)
        _write_text(title, schema.title.de)
        title.font = _font(bold=True)
        for column, item in enumerate(schema.fields.values(), 1):
            _write_heading(_cell(self.sheet, self.row - 1, column), item)
            _cell(self.sheet, self.row, column).alignment = _aligned()
        headings = max(_height(_heading(item), _GUIDE_WIDTH) for item in schema.fields.values())
        _set_height(self.sheet, self.row - 1, headings)
        values = {name: item.schema["examples"][0] for name, item in schema.fields.items()}
        _write_row(self.sheet, self.row, schema, values, zone)


def _write_guide(sheet: Worksheet, book: _Book) -> None:
    sheet.title = GUIDE_SHEET
    for column in range(1, max(len(schema.fields) for schema in book.tables) + 1):
        sheet.column_dimensions[column_letters(column)].width = _GUIDE_WIDTH
    guide = _Guide(sheet)
    for line in filter(None, _template("Anleitung.txt").decode().splitlines()):
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
    _set_up_page(sheet)


def _write_contents(guide: _Guide, book: _Book) -> None:
    """What each sheet is for, and which tables have none."""
    from openpyxl.worksheet.hyperlink import Hyperlink

    guide.heading("Die Blätter")
    for schema in book.tables:
        if name := guide.paragraph(schema.description.de, schema.title.de):
            name.hyperlink = Hyperlink(
                ref=name.coordinate, location=f"{_quoted(schema.title.de)}!A1"
            )
            name.font = _font(_LINK, bold=True)
    if missing := [schema.title.de for schema in book.standard.public if schema not in book.tables]:
        guide.paragraph(
            f"{', '.join(missing)}: Diese Tabellen haben hier kein Blatt. Wo es sie gibt, liegen"
            " sie als CSV-Dateien im Ordner records."
        )
