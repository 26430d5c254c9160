"""What must not be published of rows that are left out, because something else in them is wrong.

They are in no finished file; but whoever puts the other mistake right publishes them. So it is told
at once: of every cell, also of one that was not understood, or stands in a column of no field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.records import Record, Records, Table
from div_opendata.standard.tables import Field, value_text

from .contact import KINDS, Kind
from .folding import decoded
from .forms import is_free_text
from .leaks import Leaks


def judge_left_out(records: Records, leaks: Leaks) -> Iterator[Finding]:
    """What must not be published, in the cells of the records that no package has."""
    for table in records.tables.values():
        judge = _Judge(table, leaks)
        headings = {column: name for name, column in table.columns.items()}
        for record in table.records:
            if record.broken:
                for name, value in record.values.items():
                    yield from judge(record, value_text(value), table.place(record, name))
            for column, text in record.unread:
                place = table.place(record, headings.get(column))
                yield from judge(record, text, replace(place, column=column, value=text))


@dataclass(frozen=True)
class _Judge:
    """The cells of one table, each text that is harmless looked at once."""

    table: Table
    leaks: Leaks
    _harmless: set[tuple[str, tuple[Kind, ...]]] = field(default_factory=set)

    def __call__(self, record: Record, text: str, place: Place) -> Iterator[Finding]:
        """What must not be published of a cell."""
        item = self.table.schema.fields[place.field] if place.field else None
        kinds = _kinds(item, wrong=item is None or item.name in record.broken)
        if (text, kinds) in self._harmless:
            return
        found = list(self._found(record, text, place, kinds))
        if not found:
            self._harmless.add((text, kinds))
        yield from found

    def _found(
        self, record: Record, text: str, place: Place, kinds: tuple[Kind, ...]
    ) -> Iterator[Finding]:
        item = self.table.schema.fields[place.field] if place.field else None
        place = replace(place, record=self.leaks.safe(place.record) if place.record else None)
        secrets = {
            secret
            for secret in self.leaks.needles.search(text)
            if not (secret.kind == "surname" and item and item.codelist)
        }
        known = item and place.record and record.broken.isdisjoint(self.table.schema.primary_key)
        found = [self.leaks.leak(secret, text, place) for secret in secrets]
        if not secrets and (item is None or is_free_text(item)):
            found += self.leaks.names(text, place)
        if item and item.schema.get("format") == "uri":
            text = decoded(text)
        found += self.leaks.contacts(text, place, kinds, hidden=bool(secrets))
        yield from found if known else map(_not_yet_acceptable, found)


def _kinds(item: Field | None, *, wrong: bool) -> tuple[Kind, ...]:
    """What is searched for in a cell: what is searched for where it is published, and everything
    in one that is none of its field."""
    if item and item.name == "location":
        return tuple(kind for kind in KINDS if kind != "address")
    if wrong or item is None or is_free_text(item):
        return KINDS
    return ("email",) if item.schema.get("format") == "uri" else ()


def _not_yet_acceptable(finding: Finding) -> Finding:
    """A false alarm is accepted by its record and field, which nobody knows here yet."""
    remedy = Message(
        "Take it out. If it is a false alarm, correct the rest of the row first: then it is shown"
        " whether and how it can be accepted."
    )
    return replace(finding, remedy=remedy)
