"""DIV6xx: the votes of the circles. What a vote gives stands in standard/votes.py.

The office keeps the counts of secret ballots in its own records, so they are judged like any other;
where they are missing, nothing is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..base.finding import Finding
from ..base.i18n import Message
from ..standard import votes
from .circle import SEATS
from .rule import rule

if TYPE_CHECKING:
    from .facts import Facts, Row

_COUNTS = ("yes", "no", "abstain", "invalid", "not_cast")
_RULES_OF_CIRCLE = ("majority_rule", "tie_rule", "quorum")


def _sum_is_wrong(vote: Row) -> int | None:
    """What the counts add up to, if that cannot be: with some missing they may be fewer."""
    given = [vote[field] for field in _COUNTS if vote[field] is not None]
    total = sum(given)
    whole = vote["eligible"]
    wrong = total != whole if len(given) == len(_COUNTS) else total > whole
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
        total = _sum_is_wrong(vote)
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


@rule("DIV603")
def other_result(facts: Facts) -> Iterator[Finding]:
    """The result of a vote, or its quorum, is not what counts and rules give.

    Why: Whoever reads the counts comes to the same result, or does not trust the data. Consent
    passes if nobody has a grave objection. A simple majority is more yes than no; an absolute one
    more yes than half of those entitled to vote; two thirds, at least twice as many yes as no. A
    tie, as many yes as no, fails, unless the chair of the circle decides it; this holds for each
    kind of majority. Without the quorum nothing passes; who abstains or votes invalidly takes part.
    Votes whose counts do not add up (DIV601) are not judged, nor is what would need a cell that is
    empty.

    City: Konfliktlösung in einem Innovationszirkel durch Abstimmung mit Mehrheitsentscheid

    Do: Correct the result, the quorum or the counts; or the rules of the circle, where those are
    wrong.

    Wrong: 6 yes, 6 no, passed, although a tie is rejected

    Right: 6 yes, 6 no, failed
    """
    for vote in facts.rows("votes"):
        circle = facts.get("circles", vote["circle_id"])
        if circle is None or _sum_is_wrong(vote) is not None:
            continue
        took_part = _took_part(vote)
        if took_part is not None and circle["quorum"] is not None:
            met = votes.quorate(took_part, circle["quorum"])
            if met != vote["quorum_met"]:
                yield _wrong_quorum(vote, circle, took_part)
                continue
        expected = _outcome(vote, circle)
        if expected and expected != vote["result"]:
            label = vote.table.schema.fields["result"].code_label
            yield Finding(
                Message(
                    "{vote} is “{result}”, but counts and rules give “{expected}”.",
                    vote=vote["id"],
                    result=label(vote["result"]),
                    expected=label(expected),
                ),
                Message("Correct the result, the counts, or the rules of the circle."),
                vote.at("result"),
            )


def _took_part(vote: Row) -> int | None:
    if vote["not_cast"] is not None:
        return int(vote["eligible"] - vote["not_cast"])
    given = [vote[field] for field in _COUNTS[:-1]]
    return None if None in given else sum(given)


def _outcome(vote: Row, circle: Row) -> votes.Outcome | None:
    if vote["mode"] == "consent":
        return votes.consent(vote["no"], quorum_met=vote["quorum_met"])
    return votes.majority(
        vote["yes"],
        vote["no"],
        vote["eligible"],
        vote["requirement"] or circle["majority_rule"],
        circle["tie_rule"],
        vote["casting_vote"],
        quorum_met=vote["quorum_met"],
    )


def _wrong_quorum(vote: Row, circle: Row, took_part: int) -> Finding:
    return Finding(
        Message(
            "In {vote}, {took_part} members took part; the quorum of “{circle}” is {quorum}.",
            vote=vote["id"],
            took_part=took_part,
            circle=circle["name"],
            quorum=circle["quorum"],
        ),
        Message("Correct whether the quorum was met, the counts, or the quorum of the circle."),
        vote.at("quorum_met"),
    )


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


RULES = (
    counts_do_not_add_up,
    more_eligible_than_seats,
    other_result,
    vote_out_of_place,
    vote_without_rules,
)
