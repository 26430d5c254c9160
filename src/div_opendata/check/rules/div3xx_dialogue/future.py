"""What is said to have happened, in whichever table: it is not still to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from div_opendata.standard.tables import Happening

    from ..facts import Facts, Row


@rule("DIV312")
def still_to_come(facts: Facts) -> Iterator[Finding]:
    """Something is said to have happened on a day that is still to come.

    Why: A session that is marked as held, a vote, a draw, an order, a finished result, a correction
    and whatever else has happened has a day that is not after today, where the city is. What is
    only announced may lie ahead: a session that is planned, a deadline, when a source of randomness
    will be known, when a circle is to begin, from which month somebody is to have a seat.

    Do: Correct the date. What is planned is entered once it has happened; a session is entered
    before, with the state “planned”.

    Wrong: a session of next week with the state “held”

    Right: a session of next week with the state “planned”
    """
    for name, table in facts.tables.items():
        for happening in table.schema.happenings:
            for row in facts.rows(name):
                yield from _to_come(facts, row, happening)


def _to_come(facts: Facts, row: Row, happening: Happening) -> Iterator[Finding]:
    """The first field of a row that lies ahead."""
    for field, _ in happening.dates(row.record.values):
        day = _day(facts, row, field)
        if day <= facts.today:
            continue
        known = {"heading": row.table.schema.fields[field].title, "day": day}
        said = [
            Message(
                "“{heading}” is “{value}”",
                heading=row.table.schema.fields[name].title,
                value=row.table.schema.fields[name].code_label(str(value)),
            )
            for name, value in happening.when.items()
        ]
        if said:
            message = Message(
                "“{heading}” is {day}, which is still to come, but {said}.", said=said, **known
            )
            remedy = Message("Correct the date, or the state until then.")
        else:
            message = Message("“{heading}” is {day}, which is still to come.", **known)
            remedy = Message("Correct the date, or enter it once it has happened.")
        yield Finding(message, remedy, row.at(field))
        return


def _day(facts: Facts, row: Row, field: str) -> dt.date:
    """The day of a date or time where the city is."""
    moment = dt.datetime.fromisoformat(row[field])
    return facts.day(moment) if moment.tzinfo else moment.date()
