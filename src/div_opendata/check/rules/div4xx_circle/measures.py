"""What became of a result: its measures, and whether anybody follows them up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row

_STEPS = ("examined", "accepted", "partly_accepted", "in_progress", "done", "rejected")
"""The statuses in an order in which a measure can have them on one day. What can be given up on
that day is not done on it: behind “done” there is nothing that can follow."""


@rule("DIV410")
def measure_out_of_order(facts: Facts) -> Iterator[Finding]:
    """The statuses of a measure cannot be in order, or begin before the result was finished.

    Why: Each change of a measure is a row of its own. Its date says when, so that the rows may
    stand in any order; several statuses of one day are taken in an order that can be, and where
    there are two of those in that of the rows. The same status twice on a day is one row too many,
    a measure that is done is not rejected on the same day, and one that the result proposes has no
    status before the result.

    City: klärt über die Weiterverwendung der erarbeiteten Inhalte und Maßnahmen auf

    Do: Correct the date or the status, or remove the row that is too many.

    Wrong: accepted twice on 28 January

    Right: accepted and in progress on 28 January, done on 12 May
    """
    rows = sorted(facts.rows("follow_ups"), key=_measure)
    for (result_id, number), group in groupby(rows, key=_measure):
        changes = sorted(group, key=_when)
        result = facts.get("results", result_id)
        first = changes[0]
        if result and first["status_date"] < result["finalised_on"]:
            yield Finding(
                Message(
                    "Measure {number} has a status from {date}, but “{result}” was finished on"
                    " {finished}.",
                    number=number,
                    date=first.date("status_date"),
                    result=result["name"],
                    finished=result.date("finalised_on"),
                ),
                Message("Correct the date, or the day on which the result was finished."),
                first.at("status_date"),
            )
        for before, row in pairwise(changes):
            if row["status_date"] == before["status_date"]:
                yield from _impossible(before, row)


def _measure(row: Row) -> tuple[str, int]:
    return row["result_id"], row["measure_number"]


def _when(row: Row) -> tuple[str, int, int]:
    """The date, then the step, then the row."""
    return row["status_date"], _STEPS.index(row["status"]), row.number


def _impossible(before: Row, row: Row) -> Iterator[Finding]:
    """What is wrong with two statuses of one day that follow each other."""
    label = row.table.schema.fields["status"].code_label
    known = {
        "number": row["measure_number"],
        "result": row["result_id"],
        "date": row.date("status_date"),
        "status": label(row["status"]),
        "other": before["id"],
    }
    if row["status"] == before["status"]:
        message = Message(
            "Measure {number} of {result} is “{status}” twice on {date}; the other row is {other}.",
            **known,
        )
    elif before["status"] == "done":
        message = Message(
            "Measure {number} of {result} is “{status}” on {date}, the day on which it is “{done}”"
            " ({other}).",
            done=label("done"),
            **known,
        )
    else:
        return
    yield Finding(
        message,
        Message("Correct the date or the status, or remove the row that is too many."),
        row.at("status_date"),
    )


@rule("DIV411", "warning")
def result_without_follow_up(facts: Facts) -> Iterator[Finding]:
    """A result is online, but nothing says what becomes of it.

    Why: Whoever took part wants to know what the city does with the result.

    City: klärt über die Weiterverwendung der erarbeiteten Inhalte und Maßnahmen auf

    Do: Enter the measures of the result, and what has become of each so far.

    Wrong: a result online, and no measure of it

    Right: a result online, and its first measure with the status “examined”
    """
    if not facts.whole("follow_ups"):
        return
    for result in facts.rows("results"):
        if result["url"] and not facts.where("follow_ups", "result_id", result["id"]):
            yield Finding(
                Message("Nothing says what becomes of “{result}”.", result=result["name"]),
                Message("Enter its measures in the table of follow-ups."),
                result.at("id"),
            )
