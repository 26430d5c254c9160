"""When what happens: the order of events, and the draw in a session of the D.I.V."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..facts import start_of
from ..rule import rule
from .call import more_qualified
from .computed import lotteries_that_count, rows_of

if TYPE_CHECKING:
    from ..facts import Facts, Row

LONG_AGO = dt.timedelta(days=365)  # since a deadline: the D.I.V. meets at least twice a year


@rule("DIV503", excusable=True)
def not_drawn_in_a_session(facts: Facts) -> Iterator[Finding]:
    """The lots were not drawn during a held session of the D.I.V.

    Why: The draw belongs before the eyes of the D.I.V. A drawn lottery has to name its session; the
    time of the draw is compared with its beginning and its end, or, where the end is not known,
    with the end of that day. A call without a lottery that counts is reported a year after its
    deadline, because the D.I.V. has met since, unless no more qualified than there are places or
    all were seated.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Mark the session as held, or correct session or time.

    Wrong: drawn at 20:10 in a session from 17:00 to 19:30

    Right: drawn at 18:40 in a session from 17:00 to 19:30
    """
    for lottery in lotteries_that_count(facts):
        if lottery["status"] != "drawn":
            continue
        session = facts.get("sessions", lottery["session_id"])
        if session is None:
            if lottery["session_id"] is None:
                yield Finding(
                    Message("The lottery {lottery} was drawn in no session.", lottery=lottery.key),
                    Message("Enter the session in which the lots were drawn."),
                    lottery.at("session_id"),
                )
        elif session["state"] != "held":
            yield Finding(
                Message(
                    "The lottery {lottery} was drawn in “{session}”, which was not held.",
                    lottery=lottery.key,
                    session=session["name"],
                ),
                Message("Mark the session as held, or correct it here."),
                lottery.at("session_id"),
            )
        elif (drawn := lottery.time("drawn_at")) and not _during(facts, drawn, session):
            yield Finding(
                Message(
                    "The lottery {lottery} was drawn at {time}, not during “{session}”.",
                    lottery=lottery.key,
                    time=drawn.astimezone(facts.time_zone),
                    session=session["name"],
                ),
                Message("Correct the time here, or beginning and end of the session."),
                lottery.at("drawn_at"),
            )

    yield from _never_drawn(facts)


def _never_drawn(facts: Facts) -> Iterator[Finding]:
    """The calls of long ago without a lottery that counts."""
    if not facts.whole("lotteries"):
        return
    for call in facts.rows("calls"):
        deadline = call.date("application_deadline")
        lotteries = facts.where("lotteries", "call_id", call["id"])
        seats = facts.where("seats", "circle_id", call["circle_id"])
        if (
            deadline
            and facts.today - deadline > LONG_AGO
            and more_qualified(call) is not False
            and all(lottery["status"] == "void" for lottery in lotteries)
            and not any(seat["appointment"] == "all_seated" for seat in seats)
        ):
            yield Finding(
                Message("No lottery is known for the call “{name}”.", name=call["name"]),
                Message("Enter the lottery, or give the reason as a deviation."),
                call.at("id"),
            )


def _during(facts: Facts, moment: dt.datetime, session: Row) -> bool:
    start, end = start_of(session), session.time("end")
    return start <= moment and (moment <= end if end else facts.day(moment) == facts.day(start))


@rule("DIV504", excusable=True)
def events_out_of_order(facts: Facts) -> Iterator[Finding]:
    """The events of a lottery are not in the order that makes it one that can be trusted.

    Why: The pool is closed after the deadline and public by the time announced; by then all sources
    are named, and no number becomes known before the time for objections has passed. Otherwise
    somebody could choose the pool or the sources to suit the outcome. The deadline is the end of
    its day.

    Do: Correct the time that is wrong. If it was so, give the reason as a deviation or declare the
    lottery void.

    Wrong: pool public by 20 November 12:00, 168 hours for objections, lotto on 25 November

    Right: pool public by 20 November 12:00, 168 hours for objections, dice on 8 December
    """
    for lottery in lotteries_that_count(facts):
        call = facts.get("calls", lottery["call_id"])
        deadline = call.date("application_deadline") if call else None
        frozen, due = lottery.time("frozen_at"), lottery.time("publication_due")
        if frozen and deadline and facts.day(frozen) <= deadline:
            yield Finding(
                Message(
                    "The pool of {lottery} was frozen before the deadline, {deadline}, had passed.",
                    lottery=lottery.key,
                    deadline=deadline,
                ),
                _MEND_TIME,
                lottery.at("frozen_at"),
            )
        if frozen and due and due < frozen:
            yield Finding(
                Message(
                    "The pool of {lottery} was to be public before it was frozen.",
                    lottery=lottery.key,
                ),
                _MEND_TIME,
                lottery.at("publication_due"),
            )
        yield from _sources_out_of_order(facts, lottery, due)


_MEND_TIME = Message("Correct the time; if it was so, give the reason as a deviation.")


def _sources_out_of_order(facts: Facts, lottery: Row, due: dt.datetime | None) -> Iterator[Finding]:
    hours = lottery["objection_hours"]
    drawn = lottery.time("drawn_at")
    early = []
    for source in rows_of(facts, "seed_sources", lottery):
        announced, scheduled = source.time("announced_at"), source.time("scheduled_at")
        if due and announced and announced > due:
            yield Finding(
                Message(
                    "The source “{name}” was announced after the pool was public.",
                    name=source["name"],
                ),
                _MEND_TIME,
                source.at("announced_at"),
            )
        if due and hours is not None and scheduled and scheduled - due < _hours(hours):
            yield Finding(
                Message(
                    "The source “{name}” is known before the {hours} hours for objections have"
                    " passed.",
                    name=source["name"],
                    hours=hours,
                ),
                _MEND_TIME,
                source.at("scheduled_at"),
            )
        if drawn and scheduled and scheduled > drawn:
            early.append(source)
    if early:
        yield Finding(
            Message(
                "The lottery {lottery} was drawn before these sources were known: {names}.",
                lottery=lottery.key,
                names=[source["name"] for source in early],
            ),
            _MEND_TIME,
            lottery.at("drawn_at"),
        )


def _hours(number: int) -> dt.timedelta:
    """So many hours; at most a century, which is longer than any objection."""
    return dt.timedelta(hours=min(number, 876_000))
