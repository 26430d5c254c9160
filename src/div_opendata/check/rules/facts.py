"""What rules see: rows that are valid by their schemas, found by id and by what they refer to.

A rule never judges a row that already has a finding: whoever mends that sees the rule's finding in
the next run. Dates and times are compared as what they are, in the workspace's time zone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from div_opendata.standard.tables import Value, key_text

if TYPE_CHECKING:
    from div_opendata.base.finding import Place
    from div_opendata.standard.records import Record, Records, Table


Released = Mapping[str, Mapping[str, Mapping[str, str]]]
"""The rows of the last release as their CSV has them: by table, key and field."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A valid row of a table."""

    table: Table
    record: Record

    def __getitem__(self, field: str) -> Any:
        """The value of a field; None where the cell is empty."""
        return self.record.values.get(field)

    @property
    def key(self) -> str:
        """Its primary key, as `record_id` fields write it."""
        return key_text(self.table.schema.key_of(self.record.values) or ())

    @property
    def number(self) -> int:
        """The row in its file, as a spreadsheet counts."""
        return self.record.row

    def is_known(self, field: str) -> bool:
        """Whether nothing was found wrong in a field."""
        return field not in self.record.broken

    def is_filled(self, field: str) -> bool:
        """Whether a cell has anything in it, understood or not."""
        column = self.table.columns.get(field)
        return self[field] is not None or any(n == column for n, _ in self.record.unread)

    def at(self, field: str) -> Place:
        """The place of a field, also of an empty one."""
        return self.table.place(self.record, field)

    def date(self, field: str) -> dt.date | None:
        """A date."""
        value = self[field]
        return dt.date.fromisoformat(value) if value else None

    def time(self, field: str) -> dt.datetime | None:
        """A date and time, with its offset."""
        value = self[field]
        return dt.datetime.fromisoformat(value) if value else None


def start_of(session: Row) -> dt.datetime:
    """When a session begins."""
    start = session.time("start")
    if start is None:
        raise LookupError(session.key)  # the schema requires it
    return start


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know beside the records."""

    today: dt.date
    time_zone: ZoneInfo
    released: Released | None = None
    """The last release, where it is known: what guards it is judged only then."""
    consents: Mapping[str, bool] | None = None
    """Whether the holder of a seat has consented to say for whom, where private/ tells it."""


class Facts:
    """All valid rows, by table, with the date of today and the last release, if it is known."""

    def __init__(
        self,
        records: Records,
        today: dt.date,
        time_zone: ZoneInfo,
        released: Released | None = None,
        consents: Mapping[str, bool] | None = None,
    ) -> None:
        self.tables = records.tables
        self.consents = consents
        self.released = released or {}
        self.today = today
        self.time_zone = time_zone
        self._indexes: dict[tuple[str, str], Mapping[Value, Sequence[Row]]] = {}

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[Row]]:
        return {
            name: tuple(
                sorted(
                    (Row(table, record) for record in table.sound),
                    key=lambda row: row.table.schema.key_of(row.record.values) or (),
                )
            )
            for name, table in self.tables.items()
        }

    def rows(self, table: str) -> Sequence[Row]:
        """The valid rows of a table by their keys: an office sorts its sheets as it likes, so that
        the order of the rows tells nothing."""
        return self._rows[table]

    def every(self, table: str) -> Sequence[Row]:
        """All rows of a table, also those with findings: for a rule that must not wait until the
        rest of a row is right, and looks itself whether what it needs `is_known`."""
        found = self.tables[table]
        return [Row(found, record) for record in found.records]

    def get(self, table: str, id: str | None) -> Row | None:  # noqa: A002 - the field's name
        """The row with that id; None where there is no valid one."""
        found = self.where(table, "id", id) if id else ()
        return found[0] if found else None

    def where(self, table: str, field: str, value: Value) -> Sequence[Row]:
        """The rows that have a value in a field; the first question makes an index of it."""
        index = self._indexes.get((table, field))
        if index is None:
            grouped: dict[Value, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                if row[field] is not None:
                    grouped[row[field]].append(row)
            index = self._indexes[table, field] = dict(grouped)
        return index.get(value, ())

    def whole(self, table: str) -> bool:
        """Whether every row of a table could be read and is valid: else nobody knows what of its
        rows are missing."""
        found = self.tables[table]
        return found.complete and len(self.rows(table)) == len(found.records)

    def day(self, moment: dt.datetime) -> dt.date:
        """The date of a moment where the city is."""
        return moment.astimezone(self.time_zone).date()

    def days(self, session: Row) -> tuple[dt.date, dt.date]:
        """The first and the last day of a session; most have one."""
        start = start_of(session)
        return self.day(start), self.day(session.time("end") or start)
