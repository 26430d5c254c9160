"""A sheet as a table of the standard: its headings found, its cells understood."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, column_letters
from div_opendata.standard.codelists import fold
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import Field, TableSchema

from . import div0xx_files as findings
from .raw import Raw, ReadingStopped, Sheet, is_empty, raw_text
from .values import understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo


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
        number, first = next(rows, (1, ()))
        columns = _columns(table, number, first, found)
        if columns.names:
            for number, cells in _data_rows(rows, columns.names, schema):
                _read_row(table, number, cells, columns, zone, found)
    except ReadingStopped as stopped:
        table.complete = False
        found.append(_located(stopped.finding, table))
    return table, found


def _located(finding: Finding, table: Table) -> Finding:
    place = replace(finding.place, sheet=table.sheet, table=table.schema.name)
    return replace(finding, place=place)


def _columns(table: Table, row: int, first: Sequence[Raw], found: list[Finding]) -> _Columns:
    """Find the fields in the headings, trailing empty columns left out."""
    schema = table.schema
    place = Place(file=table.file, sheet=table.sheet, row=row, table=schema.name)
    titles = [_heading(cell) for cell in first]
    while titles and not titles[-1]:
        titles.pop()
    if not titles:
        table.complete = False
        found.append(findings.no_headings(place))
        return _Columns()
    columns = _Columns()
    positions: dict[str, int] = {}
    for number, title in enumerate(titles, 1):
        name = schema.headings.get(fold(title))
        here = replace(place, column=number, value=title)
        if not title:
            columns.untitled.add(number)
        elif name is None:
            near = _near_field(title, schema)
            columns.misspelt |= {near.name} if near else set()
            found.append(findings.unknown_column(here, title, near.title if near else None))
        elif name in positions:
            other = f"{column_letters(positions[name])}{row}"
            found.append(findings.column_twice(here, schema.fields[name].title, other))
            name = None
        else:
            positions[name] = number
        columns.names.append(name)
    table.columns = positions
    for item in schema.fields.values():
        if item.required and item.name not in positions:
            table.complete = table.complete and item.name not in schema.primary_key
            if item.name not in columns.misspelt:
                found.append(findings.missing_column(replace(place, field=item.name), item.title))
    return columns


def _heading(cell: Raw) -> str:
    """A heading as typed; the template marks required columns with an asterisk."""
    return raw_text(cell).strip().removesuffix("*").strip()


def _near_field(title: str, schema: TableSchema) -> Field | None:
    near = get_close_matches(fold(title), schema.headings, 1, 0.7)
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
    return isinstance(cell, str) and cell.lstrip().startswith("#")


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
    misunderstood = []
    for name, cell in zip(columns.names, cells, strict=False):
        if name is None or cell is None:
            continue
        value = understand(table.schema.fields[name], cell, zone)
        if callable(value):
            misunderstood.append((name, value, cell))
        elif value is not None:
            record.values[name] = value
    if ragged := _ragged(table, record, cells, columns):
        # its cells may stand under wrong headings: nothing else is said of them
        record.broken = set(table.schema.fields)
        found.append(ragged)
        return
    record.broken = columns.misspelt.union(name for name, _, _ in misunderstood)
    for name, complaint, cell in misunderstood:
        found.append(complaint(replace(table.place(record, name), value=raw_text(cell))))
    found.extend(_stray(table, record, cells, columns))


def _ragged(
    table: Table, record: Record, cells: Sequence[Raw], columns: _Columns
) -> Finding | None:
    """A row of a CSV has as many cells as there are headings, or more that are empty."""
    width = len(columns.names)
    if table.sheet is not None or (len(cells) >= width and all(map(is_empty, cells[width:]))):
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
