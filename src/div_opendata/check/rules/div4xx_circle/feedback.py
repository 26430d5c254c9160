"""Feedback rounds: held while the work goes on, with numbers that can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV405", "warning")
def result_without_feedback(facts: Facts) -> Iterator[Finding]:
    """A circle finished a result without any feedback round before.

    Why: The members ask their networks while the work is going on, not after it. A round counts if
    it began before the result was finished or on that day. Results of projects are not judged.

    City: Die Mitglieder eines Innovationszirkels binden ihre jeweiligen Netzwerke ein, um
    Arbeitsstände zu prüfen und Anpassungsvorschläge zu unterbreiten.

    Do: Enter the feedback round, if there was one.

    Wrong: a result of 22 October, and the first feedback round from 23 October

    Right: a result of 22 October, and a feedback round in September
    """
    if not facts.whole("feedback_rounds"):
        return
    for result in finished(facts):
        circle = facts.get("circles", result["circle_id"])
        if circle is None:
            continue
        rounds = facts.where("feedback_rounds", "circle_id", circle["id"])
        if not any(row["start_date"] <= result["finalised_on"] for row in rounds):
            yield Finding(
                Message(
                    "“{result}” was finished without a feedback round of “{circle}” before.",
                    result=result["name"],
                    circle=circle["name"],
                ),
                Message("Enter the feedback round, if there was one."),
                result.at("id"),
            )


def finished(facts: Facts) -> Iterator[Row]:
    """The results that are finished today."""
    today = facts.today.isoformat()
    return (row for row in facts.rows("results") if row["finalised_on"] <= today)


@rule("DIV406")
def feedback_that_cannot_be(facts: Facts) -> Iterator[Finding]:
    """A feedback round adopted more suggestions than it received, or is outside its circle's time.

    Why: One of the numbers or dates is wrong.

    City: binden ihre jeweiligen Netzwerke ein, um Arbeitsstände zu prüfen und Anpassungsvorschläge
    zu unterbreiten

    Do: Correct the number or the date.

    Wrong: 25 of 24 suggestions adopted; a round from 14 January in a circle from 15 January

    Right: 7 of 24 suggestions adopted; a round from 15 January in a circle from 15 January
    """
    for row in facts.rows("feedback_rounds"):
        if row["suggestions_adopted"] > row["suggestions_received"]:
            yield Finding(
                Message(
                    "{adopted} suggestions were adopted, but only {received} received.",
                    adopted=row["suggestions_adopted"],
                    received=row["suggestions_received"],
                ),
                Message("Correct the number that is wrong."),
                row.at("suggestions_adopted"),
            )
        circle = facts.get("circles", row["circle_id"])
        if circle is None:
            continue
        if circle["start_date"] and row["start_date"] < circle["start_date"]:
            yield Finding(
                Message(
                    "The feedback round begins on {date}, “{circle}” only on {start}.",
                    date=row.date("start_date"),
                    circle=circle["name"],
                    start=circle.date("start_date"),
                ),
                Message("Correct the date, or the beginning of the circle."),
                row.at("start_date"),
            )
        if circle["end_date"] and row["end_date"] > circle["end_date"]:
            yield Finding(
                Message(
                    "The feedback round ends on {date}, “{circle}” already on {end}.",
                    date=row.date("end_date"),
                    circle=circle["name"],
                    end=circle.date("end_date"),
                ),
                Message("Correct the date, or the end of the circle."),
                row.at("end_date"),
            )
