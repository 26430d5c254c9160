"""A finished table whose every cell knows from which cell of the office's records it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from div_opendata.base.finding import Place
from div_opendata.standard.records import Record, Records, Table
from div_opendata.standard.tables import Field, TableSchema, key_text

from .leaks import Leaks


@dataclass(frozen=True)
class TracedTable:
    """The rows of a finished table, each with its line, and the office's records if there are."""

    schema: TableSchema
    place: Place
    heads: list[str]
    rows: list[tuple[int, list[str]]]
    records: Records | None
    leaks: Leaks

    @cached_property
    def fields(self) -> list[Field | None]:
        """The field of each column; None where the table has no such field, or had it before."""
        return [
            self.schema.fields.get(head) if self.heads.index(head) == number else None
            for number, head in enumerate(self.heads)
        ]

    def field(self, column: int) -> Field | None:
        """The field of a column, which may be behind the last heading."""
        return self.fields[column] if column < len(self.fields) else None

    def row(self, number: int) -> dict[str, str]:
        """The cells of a row by their headings."""
        return dict(zip(self.heads, self.rows[number][1], strict=False))

    def values(self) -> Iterator[tuple[int, str, list[int]]]:
        """Each distinct value of each column, with the numbers of its rows."""
        width = max([len(self.heads), *(len(row) for _, row in self.rows)])
        for column in range(width):
            where: dict[str, list[int]] = defaultdict(list)
            for number, (_, row) in enumerate(self.rows):
                if column < len(row) and row[column]:
                    where[row[column]].append(number)
            for cell, numbers in where.items():
                yield column, cell, numbers

    def at(self, number: int, column: int | None, *, shown: bool = False) -> Place:
        """The cell of the office's records that a cell came from, else its own place."""
        item = None if column is None else self.field(column)
        values = self.row(number)
        key = [values.get(name, "") for name in self.schema.primary_key]
        found = self._of_office.get("/".join(key)) if all(key) else None
        if found and item:
            table, record = found
            place = table.place(record, item.name)
            place = replace(place, record=self.leaks.safe(place.record or ""))
            return place if shown else replace(place, value=None)
        return replace(
            self.place,
            row=self.rows[number][0],
            column=None if column is None else column + 1,
            field=item.name if item else None,
            record=self.leaks.safe("/".join(key)) if all(key) else None,
        )

    @cached_property
    def _of_office(self) -> Mapping[str, tuple[Table, Record]]:
        """The office's records by their keys as text."""
        table = self.records.tables.get(self.schema.name) if self.records else None
        if table is None or table.file is None:
            return {}
        return {
            key_text(key): (table, record)
            for record in table.records
            if (key := table.schema.key_of(record.values))
        }
