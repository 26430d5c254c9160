"""A sheet as a table of the standard: its headings found, its cells understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import chain, islice
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, column_letters
from div_opendata.base.letters import trimmed
from div_opendata.standard.codelists import fold
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import Field, TableSchema, Value
from div_opendata.standard.words import is_error

from . import div0xx_files as findings
from .csv_file import DELIMITERS
from .dates import Complaint
from .div0xx_cells import crossed_out, no_record
from .raw import (
    HEADINGS_WITHIN,
    CrossedOut,
    Raw,
    ReadingStopped,
    Sheet,
    heading_text,
    is_empty,
    raw_text,
)
from .values import told, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    _Row = tuple[int, Sequence[Raw]]


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""What a date or time begins with that was understood."""


_LIKE, _SLIP = 0.7, 0.85
"""How like a heading another one is that may mean it, and one that certainly does."""


@dataclass(slots=True)
class _Columns:
    """The field of each column (None: not a field), the columns that have no heading, and the
    fields that an unknown heading seems to mean: of these nothing else is said."""

    names: list[str | None] = field(default_factory=list)
    untitled: set[int] = field(default_factory=set)
    misspelt: set[str] = field(default_factory=set)
    reported: set[int] = field(default_factory=set)


def read_table(sheet: Sheet, schema: TableSchema, zone: ZoneInfo) -> tuple[Table, list[Finding]]:
    """Read all rows of a sheet as records of `schema`."""
    table = Table(schema, sheet.file, sheet.name)
    found: list[Finding] = []
    rows = iter(sheet.rows)
    try:
        above, headings, below = _split(rows, schema)
        columns = _columns(table, above, headings, found)
        found.extend(_crossed_out_headings(table, headings))
        if columns.names:
            for number, cells in _data_rows(below, columns.names, schema):
                _read_row(table, number, cells, columns, zone, found)
    except ReadingStopped as stopped:
        table.complete = False
        found.append(_located(stopped.finding, table))
    return table, found


def _located(finding: Finding, table: Table) -> Finding:
    place = replace(finding.place, sheet=table.sheet, table=table.schema.name)
    return replace(finding, place=place)


# --- headings -------------------------------------------------------------------------------------


def _split(
    rows: Iterator[_Row], schema: TableSchema
) -> tuple[list[_Row], _Row | None, Iterator[_Row]]:
    """What stands above the headings, the row of headings, and the rows below; without headings
    the rows that were looked through.

    The headings are the first row that has all that are required, or two of the table and little
    else; where there is none such, the first row that says anything, if it may be meant so.
    """
    first = list(islice(rows, 1))
    if first and not _are_headings(first[0][1], schema):
        first += islice(rows, HEADINGS_WITHIN - 1)
    certain = [n for n, (_, cells) in enumerate(first) if _are_headings(cells, schema)]
    written = [n for n, (_, cells) in enumerate(first) if not _says_nothing(cells)]
    found = certain or [n for n in written[:1] if _may_be_headings(first[n][1], schema)]
    if not found:
        return first, None, rows
    top = found[0]
    return first[:top], first[top], chain(first[top + 1 :], rows)


def _are_headings(cells: Sequence[Raw], schema: TableSchema) -> bool:
    titles, known = _titles(cells), _known(cells, schema)
    return schema.required <= known or (len(known) > 1 and 2 * len(known) >= len(titles))


def _may_be_headings(cells: Sequence[Raw], schema: TableSchema) -> bool:
    titles, required = _titles(cells), schema.required
    meant = [t for t in titles if get_close_matches(fold(t), schema.headings, 1, _SLIP)]
    found = required & _known(cells, schema)
    return 2 * len(meant) >= len(titles) or 2 * len(found) >= len(required)


def _known(cells: Sequence[Raw], schema: TableSchema) -> set[str]:
    """The fields that a row has the headings of."""
    found = {schema.headings.get(fold(title)) for title in _titles(cells)}
    return {name for name in found if name}


def _titles(cells: Sequence[Raw]) -> list[str]:
    return [title for cell in cells if (title := heading_text(cell))]


def _says_nothing(cells: Sequence[Raw]) -> bool:
    """Whether a row is empty, or a remark (#)."""
    first = next((cell for cell in cells if not is_empty(cell)), None)
    return first is None or _is_remark(first)


def _column(cells: Sequence[Raw]) -> int:
    """The column of the first cell that is not empty."""
    return next(number for number, cell in enumerate(cells, 1) if not is_empty(cell))


def _columns(
    table: Table, above: Sequence[_Row], headings: _Row | None, found: list[Finding]
) -> _Columns:
    """Find the fields in the headings, trailing empty columns left out."""
    said = [(row, cells) for row, cells in above if not _says_nothing(cells)]
    if headings is None:
        table.complete = False
        found.append(_no_headings(table, said))
        return _Columns()
    row, cells = headings
    place = Place(file=table.file, sheet=table.sheet, row=row, table=table.schema.name)
    if said:
        other, title = said[0]
        here = replace(place, row=other, column=_column(title), value=_titles(title)[0])
        found.append(findings.headings_below(here, row))
    columns, unknown = _fields_of(table, cells, place, found)
    missing = table.schema.required - table.columns.keys()
    table.complete = table.complete and missing.isdisjoint(table.schema.primary_key)
    untold = [
        item
        for item in table.schema.fields.values()
        if item.name in missing and item.name not in columns.misspelt
    ]
    if len(untold) == len(unknown) == 1:  # the one may be the other: one mistake
        here = replace(unknown[0], field=untold[0].name)
        found.append(findings.renamed_column(here, untold[0].title))
        return columns
    found.extend(findings.unknown_column(here, here.value or "", None) for here in unknown)
    found.extend(
        findings.missing_column(replace(place, field=item.name), item.title) for item in untold
    )
    return columns


def _no_headings(table: Table, said: Sequence[_Row]) -> Finding:
    """What to say where no row can be the headings; `said` are the first that say anything."""
    schema = table.schema
    place = Place(file=table.file, sheet=table.sheet, row=1, table=schema.name)
    titles = _titles(said[0][1]) if said else []
    if not titles:
        return findings.no_headings(place)
    row, cells = said[0]
    place = replace(place, row=row, column=_column(cells), value=titles[0])
    for delimiter in DELIMITERS if len(titles) == 1 else ():
        if _may_be_headings(titles[0].split(delimiter), schema):
            return findings.lines_as_cells(place, delimiter)
    needed = [item.title for item in schema.fields.values() if item.required]
    return findings.other_headings(place, schema.title, needed)


def _fields_of(
    table: Table, cells: Sequence[Raw], place: Place, found: list[Finding]
) -> tuple[_Columns, list[Place]]:
    """The field of each column, and where the headings stand of which no field is known."""
    schema = table.schema
    titles = [heading_text(cell) for cell in cells]
    while not titles[-1]:
        titles.pop()
    columns = _Columns()
    positions: dict[str, int] = {}
    unknown: list[Place] = []
    for number, title in enumerate(titles, 1):
        name = schema.headings.get(fold(title))
        here = replace(place, column=number, value=title)
        if not title:
            columns.untitled.add(number)
        elif name is None and (near := _near_field(title, schema)):
            columns.misspelt.add(near.name)
            found.append(findings.unknown_column(here, title, near.title))
        elif name is None:
            unknown.append(here)
        elif name in positions:
            other = f"{column_letters(positions[name])}{place.row}"
            found.append(findings.column_twice(here, schema.fields[name].title, other))
            name = None
        else:
            positions[name] = number
        columns.names.append(name)
    table.columns = positions
    return columns, unknown


def _crossed_out_headings(table: Table, headings: _Row | None) -> Iterator[Finding]:
    row, cells = headings or (0, ())
    place = Place(file=table.file, sheet=table.sheet, row=row, table=table.schema.name)
    for column, cell in enumerate(cells, 1):
        if isinstance(cell, CrossedOut):
            yield crossed_out(replace(place, column=column, value=cell.text), cell.words)


def _near_field(title: str, schema: TableSchema) -> Field | None:
    near = get_close_matches(fold(title), schema.headings, 1, _LIKE)
    return schema.fields[schema.headings[near[0]]] if near else None


def _data_rows(
    rows: Iterable[tuple[int, Sequence[Raw]]], names: list[str | None], schema: TableSchema
) -> Iterator[tuple[int, Sequence[Raw]]]:
    """The rows that are records: not empty, no remarks (#), no help under the headings."""
    under_headings = True
    for number, cells in rows:
        first = next((cell for cell in cells if not is_empty(cell)), None)
        if first is None or (_is_remark(first) and _has_no_key(cells, names, schema)):
            continue
        if under_headings and _is_help(cells, names, schema):
            continue
        under_headings = False
        yield number, cells


def _is_remark(cell: Raw) -> bool:
    text = trimmed(raw_text(cell)) if isinstance(cell, str | CrossedOut) else ""
    return text.startswith("#") and not is_error(text)


def _has_no_key(cells: Sequence[Raw], names: list[str | None], schema: TableSchema) -> bool:
    """Whether a row says of no record which one it is: a text such as “#Stadt” is no remark."""
    return all(
        is_empty(cell) or _is_remark(cell)
        for name, cell in zip(names, cells, strict=False)
        if name in schema.primary_key
    )


def _is_help(cells: Sequence[Raw], names: list[str | None], schema: TableSchema) -> bool:
    """Whether every cell only repeats what the standard says of its column."""
    return all(
        is_empty(cell) or (name is not None and fold(raw_text(cell)) in _help_texts(schema, name))
        for name, cell in zip(names, cells, strict=False)
    )


def _help_texts(schema: TableSchema, name: str) -> set[str]:
    item = schema.fields[name]
    return {fold(text) for text in (name, *item.title.both(), *item.description.both())}


def _read_row(
    table: Table,
    number: int,
    cells: Sequence[Raw],
    columns: _Columns,
    zone: ZoneInfo,
    found: list[Finding],
) -> None:
    """Add a row to the table's records, and to `found` what cannot be understood of it."""
    record = Record({}, number)
    table.records.append(record)
    misunderstood: list[tuple[str, Complaint, Raw]] = []
    unread: list[tuple[int, str]] = []
    nameless = (None for _ in cells[len(columns.names) :])
    for column, (name, cell) in enumerate(
        zip(chain(columns.names, nameless), cells, strict=False), 1
    ):
        if cell is None:
            continue
        if name is None:
            if not is_empty(cell):
                unread.append((column, raw_text(cell)))
            continue
        value = understand(table.schema.fields[name], cell, zone)
        if callable(value):
            unread.append((column, raw_text(cell)))
            misunderstood.append((name, value, cell))
        elif value is not None:
            record.values[name] = value
    record.unread = tuple(unread)
    whole = _whole_row(table, record, cells, columns, {name for name, _, _ in misunderstood})
    if whole:
        # of its cells nothing else is said
        record.broken = set(table.schema.fields)
        found.append(whole)
        return
    record.broken = columns.misspelt.union(name for name, _, _ in misunderstood)
    for name, complaint, cell in misunderstood:
        found.append(complaint(replace(table.place(record, name), value=raw_text(cell))))
    if table.schema.public:
        found.extend(_changed(table, record, cells, columns))
    found.extend(_stray(table, record, cells, columns))


def _changed(
    table: Table, record: Record, cells: Sequence[Raw], columns: _Columns
) -> Iterator[Finding]:
    """Texts that are published otherwise than they stand in their cells."""
    for name, cell in zip(columns.names, cells, strict=False):
        if name in record.values and (remark := told(table.schema.fields[name], cell)):
            yield remark(replace(table.place(record, name), value=raw_text(cell)))


def _whole_row(
    table: Table,
    record: Record,
    cells: Sequence[Raw],
    columns: _Columns,
    misunderstood: set[str],
) -> Finding | None:
    """What is wrong with a row as a whole: it is none, is crossed out, or its cells may stand in
    other columns."""
    if all(isinstance(cell, CrossedOut) or is_empty(cell) for cell in cells):
        return crossed_out(table.place(record))
    if table.sheet is None and len(record.values) + len(record.unread) == 1:
        (filled,) = (cell for cell in cells if not is_empty(cell))
        if _is_line(filled, columns):
            return findings.ragged_row(table.place(record), len(cells), len(columns.names))
    if table.columns.keys() >= table.schema.required and _is_no_record(
        table.schema, record, misunderstood
    ):
        column = _column(cells)
        place = replace(table.place(record), column=column, value=raw_text(cells[column - 1]))
        schema = table.schema
        needed = [item.title for item in schema.fields.values() if item.required]
        return no_record(place, schema.fields[schema.primary_key[0]].title, needed)
    return _ragged(table, record, cells, columns)


def _is_line(cell: Raw, columns: _Columns) -> bool:
    """Whether a cell is a line of a CSV whose quotes stand around it as a whole."""
    return any(raw_text(cell).count(mark) + 1 >= len(columns.names) > 1 for mark in DELIMITERS)


def _is_no_record(schema: TableSchema, record: Record, misunderstood: set[str]) -> bool:
    """Whether a row is a sum, a footnote, a line between two blocks.

    It has no key, of what a record needs at most one cell beside numbers, and none that only a
    record has: a reference, a code, a date.
    """
    values = record.values
    if any(
        name in schema.required and _is_of_a_record(schema.fields[name], value)
        for name, value in values.items()
    ):
        return False
    needed = schema.required & (values.keys() | misunderstood)
    return sum(schema.fields[name].kind != "integer" for name in needed) <= 1


def _is_of_a_record(item: Field, value: Value) -> bool:
    """Whether a value has the form of its field, where that is one that no other text has."""
    if item.codelist:
        return value in item.codelist.codes
    if "pattern" in item.schema:
        return re.fullmatch(item.schema["pattern"], str(value)) is not None
    if item.kind in {"date", "datetime"}:
        return _ISO.match(str(value)) is not None
    return item.kind == "boolean" and isinstance(value, bool)


def _ragged(
    table: Table, record: Record, cells: Sequence[Raw], columns: _Columns
) -> Finding | None:
    """A row of a CSV has a cell for each heading. Programs leave out empty ones at its end, so it
    may have fewer if none that is required is among the rest, or more that are empty."""
    width = len(columns.names)
    rest = columns.names[len(cells) :]
    if table.sheet is not None or (
        all(map(is_empty, cells[width:])) and table.schema.required.isdisjoint(rest)
    ):
        return None
    return findings.ragged_row(table.place(record), len(cells), width)


def _stray(
    table: Table, record: Record, cells: Sequence[Raw], columns: _Columns
) -> Iterator[Finding]:
    """Cells in columns without a heading, the first of each column."""
    for number, cell in enumerate(cells, 1):
        untitled = number > len(columns.names) or number in columns.untitled
        if untitled and not is_empty(cell) and number not in columns.reported:
            columns.reported.add(number)
            place = replace(table.place(record), column=number, value=raw_text(cell))
            yield findings.no_heading(place)
