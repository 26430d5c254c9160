"""Records: what was read of an office's tables, each cell with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place

from .tables import TableSchema, Value, key_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(slots=True)
class Record:
    """A row: its values by field (an empty cell has none), and the fields already found wrong.

    After check_records (check/records.py) a record whose `broken` is empty has everything that its
    schema requires, each value as the schema wants it. Whatever judges or writes rows relies on it.
    """

    values: dict[str, Value]
    row: int
    broken: set[str] = field(default_factory=set)
    unread: Sequence[tuple[int, str]] = ()
    """Cells that gave no value, each by its column, as typed: not understood, or of no field."""


@dataclass(slots=True)
class Table:
    """A table as it was read.

    `columns` says in which column a field stands; `complete` is False where rows, their keys or the
    whole file could not be read, so that nobody complains of what may be among them.
    """

    schema: TableSchema
    file: str | None = None
    sheet: str | None = None
    columns: Mapping[str, int] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    complete: bool = True

    @property
    def sound(self) -> Sequence[Record]:
        """The records of which nothing was found wrong: no others are judged by rules, or written.

        True of tables that were checked."""
        return [record for record in self.records if not record.broken]

    def place(self, record: Record, field: str | None = None) -> Place:
        """Where a record, or one field of it, stands."""
        key = self.schema.key_of(record.values)
        value = record.values.get(field) if field else None
        return Place(
            file=self.file,
            sheet=self.sheet,
            row=record.row,
            column=self.columns.get(field) if field else None,
            table=self.schema.name,
            field=field,
            record=key_text(key) if key else None,
            value=None if value is None else value_text(value),
        )


@dataclass(slots=True)
class Records:
    """All public tables of a workspace, by name, and what was found wrong in reading them."""

    tables: dict[str, Table]
    findings: list[Finding]


def listing_fields(
    tables: Mapping[str, Table],
) -> Iterator[tuple[Table, Record, str, str, TableSchema | None]]:
    """The records that list fields of a table: each with its own table, the field with the list,
    its text, and the schema of the table that is meant, None where nobody knows which."""
    for table in tables.values():
        reference, changed = table.schema.record_reference, table.schema.changed_fields
        if reference is None or changed is None:
            continue
        for record in table.records:
            target, text = record.values.get(reference[0]), record.values.get(changed)
            if isinstance(text, str):
                meant = tables.get(target) if isinstance(target, str) else None
                yield table, record, changed, text, meant.schema if meant else None
