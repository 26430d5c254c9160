"""A column of a sheet: its heading with the help to it, its width and its format."""

from __future__ import annotations

import datetime as dt
import textwrap
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from div_opendata.base.finding import column_letters
from div_opendata.standard.packages import Standard
from div_opendata.standard.tables import ID_PATTERN, Field, TableSchema, Value

from ..settings import ReleaseSettings
from .cells import FORMATS, TEXT, cell_at, content_of, label_of, write_text
from .style import (
    BLACK,
    OPTIONAL_FILL,
    REQUIRED_FILL,
    REQUIRED_FONT,
    WIDTHS,
    aligned,
    filled,
    font,
    frame,
    height_for,
)

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.comments import Comment
    from openpyxl.worksheet.worksheet import Worksheet


INLINE_LIMIT = 250  # characters of a drop-down's own list; Excel allows 255
_FORMS = {
    "date": "Datum wie 31.12.2026",
    "datetime": "Datum und Uhrzeit wie 31.12.2026 18:00",
    "month": "Jahr und Monat wie 2026-12",
    "boolean": "ja oder nein, aus der Auswahlliste",
}


def set_up_column(sheet: Worksheet, column: int, item: Field, last_row: int) -> None:
    """Width and format of a column: the prepared cells, and whatever comes below them."""
    dimension = sheet.column_dimensions[column_letters(column)]
    dimension.width = width_of(item)
    for part in (dimension, *(cell_at(sheet, row, column) for row in range(2, last_row + 1))):
        part.number_format = FORMATS.get(item.kind, TEXT)
        part.alignment = aligned(item.kind == "integer")


def width_of(item: Field) -> int:
    """Characters that a column is wide: enough for its values and each word of its heading."""
    word = max(map(len, heading_text(item).split()))
    return max(_value_width(item), word + 4)  # 4: the button of the filter


def _value_width(item: Field) -> int:
    if item.codelist:
        return min(40, max(len(code.label.de) for code in item.codelist.codes.values()) + 4)
    if item.kind in WIDTHS:
        return WIDTHS[item.kind]
    if item.schema.get("pattern") == ID_PATTERN:
        return 30
    return 60 if item.multiline else 40


def heading_text(item: Field) -> str:
    """The heading in German; an asterisk says that the column has to be filled in."""
    return f"{item.title.de} *" if item.required else item.title.de


def write_heading(cell: Cell, item: Field) -> None:
    """Write the heading of a column, in the colours of a required or an optional one."""
    write_text(cell, heading_text(item))
    cell.alignment = aligned()
    cell.font = font(REQUIRED_FONT if item.required else BLACK, bold=True)
    cell.fill = filled(REQUIRED_FILL if item.required else OPTIONAL_FILL)
    cell.border = frame()


def help_for(schema: TableSchema, item: Field, standard: Standard) -> Comment:
    """The help that a heading shows: what to type, whether it must be, its form, an example."""
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
    return Comment(text, "div-opendata", height=height_for(text, 46) + 30, width=380)


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
        labels = ", ".join(label_of(item.codelist, code) for code in item.codelist.codes)
        return f"aus der Auswahlliste ({textwrap.shorten(labels, INLINE_LIMIT, placeholder=' …')})"
    if item.kind == "integer":
        return f"ganze Zahl von {item.schema['minimum']} bis {item.schema['maximum']}"
    if item.kind != "text":
        return _FORMS[item.kind]
    if target := references_of(schema).get(item.name):
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


def _shown(item: Field, value: Value) -> str:
    """A value as its cell shows it."""
    content = content_of(item, value, ZoneInfo(ReleaseSettings.time_zone))
    if isinstance(content, dt.datetime):
        return f"{content:%d.%m.%Y %H:%M}"
    return f"{content:%d.%m.%Y}" if isinstance(content, dt.date) else str(content)


def references_of(schema: TableSchema) -> dict[str, str]:
    """The fields that name a record of another table by its only key field → that table."""
    return {key.fields[0]: key.table for key in schema.foreign_keys if len(key.fields) == 1}
