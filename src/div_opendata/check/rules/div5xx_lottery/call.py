"""The call, and whether the lottery is the one that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule
from .computed import lotteries_that_count

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV501", excusable=True)
def call_after_its_deadline(facts: Facts) -> Iterator[Finding]:
    """A call was published after its deadline.

    Why: Nobody could apply any more. The deadline is the end of its day; a call published on that
    day is not reported.

    City: fünf interessierten Personen, die sich auf eine öffentliche Ausschreibung zur Mitarbeit im
    Innovationszirkel beworben haben

    Do: Correct the date that is wrong.

    Wrong: published on 19 August, deadline on 17 August

    Right: published on 23 June, deadline on 17 August
    """
    for call in facts.rows("calls"):
        published, deadline = call.time("published_at"), call.date("application_deadline")
        if published and deadline and facts.day(published) > deadline:
            yield Finding(
                Message(
                    "The call “{name}” was published after its deadline, {deadline}.",
                    name=call["name"],
                    deadline=deadline,
                ),
                Message("Correct the deadline or the time of publication."),
                call.at("published_at"),
            )


@rule("DIV509", excusable=True)
def needless_draw(facts: Facts) -> Iterator[Finding]:
    """Lots are drawn although all could be seated, or all are seated although more qualified.

    Why: Where no more qualified than there are places, all of them are seated and nothing is drawn.
    Where more qualified, the lot decides. Where the call does not count them, the tickets in the
    pool do. A seat is judged where every call of its circle says how many qualified and all of them
    had more than places.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Correct the number of qualified applications, or the appointment of the seats.

    Wrong: five places, five qualified applications and a lottery

    Right: five places, five qualified applications, and the appointment “Seated without a draw”
    """
    for lottery in lotteries_that_count(facts):
        call = facts.get("calls", lottery["call_id"])
        if call is None:
            continue
        qualified, seats = call["applications_qualified"], call["seats_offered"]
        if qualified is None:
            qualified, seats = lottery["pool_size"], lottery["draw_count"]
        if qualified <= seats:
            yield Finding(
                Message(
                    "The lottery {lottery} is needless: {qualified} qualified for {seats} places.",
                    lottery=lottery.key,
                    qualified=qualified,
                    seats=seats,
                ),
                Message("Declare it void and seat all, or correct the number of the call."),
                lottery.at("status"),
            )
    for circle in facts.rows("circles"):
        calls = facts.where("calls", "circle_id", circle["id"])
        if not calls or not all(more_qualified(call) for call in calls):
            continue
        for seat in facts.where("seats", "circle_id", circle["id"]):
            if seat["appointment"] == "all_seated":
                yield Finding(
                    Message(
                        "Seat {number} of “{circle}” is marked “Seated without a draw”, but more"
                        " qualified than there were places.",
                        number=seat["seat_number"],
                        circle=circle["name"],
                    ),
                    Message("Correct the appointment of the seat or the number of the call."),
                    seat.at("appointment"),
                )


def more_qualified(call: Row) -> bool | None:
    """Whether more qualified than there were places; None where nobody knows."""
    qualified: int | None = call["applications_qualified"]
    return None if qualified is None else qualified > int(call["seats_offered"])


@rule("DIV512", excusable=True)
def lottery_does_not_fit_its_call(facts: Facts) -> Iterator[Finding]:
    """A lottery draws another number of places than its call offers, is the second, or void without
    a reason.

    Why: A call has one lottery, for all of its places. If it went wrong, it is declared void with
    the reason, and another one follows; the void one stays published.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Correct the number of places, or declare the other lottery void and say why.

    Wrong: two lotteries of a call that both count

    Right: a void lottery with its reason, and one that counts
    """
    for lottery in facts.rows("lotteries"):
        if lottery["status"] == "void":
            if not lottery["void_reason"]:
                yield Finding(
                    Message("The lottery {lottery} is void without a reason.", lottery=lottery.key),
                    Message("Say why; the reason is published."),
                    lottery.at("void_reason"),
                )
            continue
        call = facts.get("calls", lottery["call_id"])
        if call and call["seats_offered"] != lottery["draw_count"]:
            yield Finding(
                Message(
                    "The lottery {lottery} draws {number} places; the call “{call}” offers"
                    " {seats}.",
                    lottery=lottery.key,
                    number=lottery["draw_count"],
                    call=call["name"],
                    seats=call["seats_offered"],
                ),
                Message("Correct the number here or in the call."),
                lottery.at("draw_count"),
            )
    yield from _second_lotteries(facts)


def _second_lotteries(facts: Facts) -> Iterator[Finding]:
    """The lotteries of a call that are not void, but for the first that was frozen."""
    first: dict[str, Row] = {}
    for lottery in sorted(lotteries_that_count(facts), key=lambda row: row["frozen_at"] or ""):
        other = first.setdefault(lottery["call_id"], lottery)
        if other is not lottery:
            yield Finding(
                Message(
                    "The call {call} has two lotteries that count: {other} and {lottery}.",
                    call=lottery["call_id"],
                    other=other.key,
                    lottery=lottery.key,
                ),
                Message("Declare one of them void, with its reason."),
                lottery.at("status"),
            )
