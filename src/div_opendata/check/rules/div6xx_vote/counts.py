"""Who voted how: the counts of a vote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..div4xx_circle.seats import SEATS
from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row

COUNTS = ("yes", "no", "abstain", "invalid", "not_cast")


def sum_is_wrong(vote: Row) -> int | None:
    """What the counts add up to, if that cannot be: with some missing they may be fewer."""
    given = [vote[field] for field in COUNTS if vote[field] is not None]
    total = sum(given)
    whole = vote["eligible"]
    wrong = total != whole if len(given) == len(COUNTS) else total > whole
    return total if wrong else None


@rule("DIV601")
def counts_do_not_add_up(facts: Facts) -> Iterator[Finding]:
    """The counts of a vote do not add up to the members entitled to vote.

    Why: Everybody who may vote is in exactly one of the counts, also who was absent. One of the
    numbers is wrong, and nobody can tell which. Where counts are missing, the others must not be
    more than the whole. Also judged for secret ballots, whose counts stay in the office.

    Do: Correct the number that is wrong.

    Wrong: 11 yes, 2 no, 1 abstention, 0 invalid and 2 not cast, of 15

    Right: 11 yes, 2 no, 1 abstention, 0 invalid and 1 not cast, of 15
    """
    for vote in facts.rows("votes"):
        total = sum_is_wrong(vote)
        if total is not None:
            yield Finding(
                Message(
                    "The counts of {vote} add up to {total}, not to {eligible}.",
                    vote=vote["id"],
                    total=total,
                    eligible=vote["eligible"],
                ),
                Message("Correct the number that is wrong."),
                vote.at("eligible"),
            )


@rule("DIV602")
def more_eligible_than_seats(facts: Facts) -> Iterator[Finding]:
    """More members are entitled to vote than the circle has seats with the right to vote.

    Why: A seat has one vote. Vacant seats count, as nobody can tell from the data when they became
    vacant, and so do seats that are not entered (DIV401); rows of the same seat count once. Circles
    without any seat in the table are not judged.

    City: Ein Innovationszirkel setzt sich aus 15 Mitgliedern zusammen.

    Do: Correct the number, or the right to vote of the seats.

    Wrong: 16 entitled to vote in a circle of 15 seats

    Right: 15 entitled to vote in a circle of 15 seats
    """
    if not facts.whole("seats"):
        return
    most = _most_votes(facts)
    for vote in facts.rows("votes"):
        seats = most.get(vote["circle_id"])
        if seats is not None and vote["eligible"] > seats:
            yield Finding(
                Message(
                    "In {vote}, {eligible} members may vote, but {circle} has only {seats} seats"
                    " with the right to vote.",
                    vote=vote["id"],
                    eligible=vote["eligible"],
                    circle=vote["circle_id"],
                    seats=seats,
                ),
                Message("Correct the number, or the right to vote of the seats."),
                vote.at("eligible"),
            )


def _most_votes(facts: Facts) -> Mapping[str, int]:
    """How many members of each circle may vote at most."""
    voting: dict[str, set[int]] = defaultdict(set)
    known: dict[str, set[int]] = defaultdict(set)
    for seat in facts.rows("seats"):
        known[seat["circle_id"]].add(seat["seat_number"])
        if seat["voting_right"]:
            voting[seat["circle_id"]].add(seat["seat_number"])
    return {circle: SEATS - len(known[circle]) + len(voting[circle]) for circle in known}
