"""Whose vote it is: a circle that is at work, and has rules for voting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row

_RULES_OF_CIRCLE = ("majority_rule", "tie_rule", "quorum")


@rule("DIV604")
def vote_out_of_place(facts: Facts) -> Iterator[Finding]:
    """A vote lies outside its circle's time, or has the number of another vote.

    Why: A circle votes while it exists, and counts its votes: 1, 2, 3. The first and the last day
    of the circle belong to its time.

    Do: Correct the date or the number.

    Wrong: a vote on 14 January in a circle from 15 January; two votes number 3 of the same circle

    Right: a vote on 15 January in a circle from 15 January; votes number 3 and 4
    """
    numbers: dict[tuple[str, int], Row] = {}
    for vote in facts.rows("votes"):
        circle = facts.get("circles", vote["circle_id"])
        if circle is None:
            continue
        date, start, end = vote.date("date"), circle.date("start_date"), circle.date("end_date")
        if date and ((start and date < start) or (end and date > end)):
            yield Finding(
                Message(
                    "{vote} is dated {date}, outside the time of “{circle}” ({start} to {end}).",
                    vote=vote["id"],
                    date=date,
                    circle=circle["name"],
                    start=start or "…",
                    end=end or "…",
                ),
                Message("Correct the date, or beginning or end of the circle."),
                vote.at("date"),
            )
        other = numbers.setdefault((vote["circle_id"], vote["number"]), vote)
        if other is not vote:
            yield Finding(
                Message(
                    "{vote} has number {number}, as {other} of the same circle.",
                    vote=vote["id"],
                    number=vote["number"],
                    other=other["id"],
                ),
                Message("Correct one of the two numbers."),
                vote.at("number"),
            )


@rule("DIV605")
def vote_without_rules(facts: Facts) -> Iterator[Finding]:
    """A vote is about another circle's order, or its circle has no rules for majority votes.

    Why: A circle votes about the order it works on. How a majority decides has to be clear before
    the vote: which majority is needed, what a tie means and how many must take part.

    City: Konfliktlösung in einem Innovationszirkel durch Abstimmung mit Mehrheitsentscheid

    Do: Correct the order or the circle of the vote; enter majority rule, tie rule and quorum of the
    circle.

    Wrong: a majority vote in a circle without a quorum

    Right: a majority vote in a circle with the quorum 8
    """
    by_majority: dict[str, Row] = {}
    for vote in facts.rows("votes"):
        circle = facts.get("circles", vote["circle_id"])
        if circle is None:
            continue
        if vote["order_id"] != circle["order_id"]:
            yield Finding(
                Message(
                    "{vote} is about {order}, but “{circle}” works on {other}.",
                    vote=vote["id"],
                    order=vote["order_id"],
                    circle=circle["name"],
                    other=circle["order_id"],
                ),
                Message("Correct the order or the circle of the vote."),
                vote.at("order_id"),
            )
        if vote["mode"] == "majority":
            by_majority.setdefault(circle["id"], vote)
    for circle in facts.rows("circles"):
        if first := by_majority.get(circle["id"]):
            yield from _missing_rules(circle, first)


def _missing_rules(circle: Row, vote: Row) -> Iterator[Finding]:
    """What a circle that votes by majority has not laid down."""
    for field in _RULES_OF_CIRCLE:
        if circle[field] is None:
            yield Finding(
                Message(
                    "“{circle}” decides by majority ({vote}), but has no “{heading}”.",
                    circle=circle["name"],
                    vote=vote["id"],
                    heading=circle.table.schema.fields[field].title,
                ),
                Message("Enter what the circle has laid down."),
                circle.at(field),
            )
