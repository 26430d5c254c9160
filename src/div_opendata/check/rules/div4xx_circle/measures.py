"""What became of a result: its measures, and whether anybody follows them up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV410")
def measure_going_backwards(facts: Facts) -> Iterator[Finding]:
    """The status dates of a measure run backwards, or begin before the result was finished.

    Why: Each change of a measure is a row of its own, the newer below the older. A measure that the
    result proposes cannot have a status before the result.

    City: klärt über die Weiterverwendung der erarbeiteten Inhalte und Maßnahmen auf

    Do: Correct the date, or put the rows in the order of their dates.

    Wrong: accepted on 28 January, and in the row below in progress on 27 January

    Right: accepted on 28 January, and in the row below in progress on 28 January
    """
    rows = sorted(facts.rows("follow_ups"), key=_measure)
    for (result_id, number), changes in groupby(rows, key=_measure):
        result = facts.get("results", result_id)
        before = None
        for row in changes:
            if before and row["status_date"] < before["status_date"]:
                yield Finding(
                    Message(
                        "Measure {number} of {result}: {date} comes before {earlier} of the row"
                        " above ({other}).",
                        number=number,
                        result=result_id,
                        date=row.date("status_date"),
                        earlier=before.date("status_date"),
                        other=before["id"],
                    ),
                    Message("Correct the date, or put the rows in the order of their dates."),
                    row.at("status_date"),
                )
            elif before is None and result and row["status_date"] < result["finalised_on"]:
                yield Finding(
                    Message(
                        "Measure {number} has a status from {date}, but “{result}” was finished on"
                        " {finished}.",
                        number=number,
                        date=row.date("status_date"),
                        result=result["name"],
                        finished=result.date("finalised_on"),
                    ),
                    Message("Correct the date, or the day on which the result was finished."),
                    row.at("status_date"),
                )
            before = row


def _measure(row: Row) -> tuple[str, int]:
    return row["result_id"], row["measure_number"]


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
