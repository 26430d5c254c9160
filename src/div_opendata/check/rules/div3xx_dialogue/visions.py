"""Where visions come from, what becomes of them, and how priorities rank."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule
from .sessions import held_sessions

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV305", excusable=True)
def vision_of_no_held_session(facts: Facts) -> Iterator[Finding]:
    """A vision comes from a session that was not held, or has another date than its session.

    Why: Visions are made in the sessions. The date is compared with the days of the session, from
    its beginning to its end.

    City: aus den im D.I.V. entworfenen Zukunftsvisionen

    Do: Correct the session or the date of the vision.

    Wrong: a vision of 1 March in the session of 12 March

    Right: a vision of 12 March in the session of 12 March
    """
    for vision in facts.rows("visions"):
        session = facts.get("sessions", vision["session_id"])
        if session is None:
            continue
        first, last = facts.days(session)
        date = vision.date("date")
        if session["state"] != "held":
            yield Finding(
                Message(
                    "The vision “{vision}” comes from “{session}”, which was not held.",
                    vision=vision["name"],
                    session=session["name"],
                ),
                Message("Correct the session here, or its state."),
                vision.at("session_id"),
            )
        elif date and not first <= date <= last:
            yield Finding(
                Message(
                    "The vision “{vision}” is dated {date}, its session {day}.",
                    vision=vision["name"],
                    date=date,
                    day=first,
                ),
                Message("Correct the date or the session."),
                vision.at("date"),
            )


@rule("DIV306", "warning")
def vision_without_order(facts: Facts) -> Iterator[Finding]:
    """A vision has no order, although the next session has been held.

    Why: What comes out of the D.I.V. is turned into orders; a vision that leads to none should not
    be forgotten. The next session is the first one held after the session of the vision or, where
    this is not known, after its date.

    City: Die Ergebnisse der Zusammenarbeit im D.I.V. werden in konkrete Arbeitsaufträge überführt.

    Do: Enter the order and, in the table of orders and visions, what it follows from.

    Wrong: a vision of March without an order, although a session was held in June

    Right: a vision of March and an order that names it
    """
    if not facts.whole("order_visions"):
        return
    held = held_sessions(facts)
    days = [facts.days(session)[0] for session in held]
    for vision in facts.rows("visions"):
        if facts.where("order_visions", "vision_id", vision["id"]):
            continue
        session = facts.get("sessions", vision["session_id"])
        made = facts.days(session)[1] if session else vision.date("date")
        if made is None:
            continue
        later = bisect_right(days, made)
        if later < len(held):
            yield Finding(
                Message(
                    "No order follows from the vision “{vision}”, although “{session}” was held"
                    " since.",
                    vision=vision["name"],
                    session=held[later]["name"],
                ),
                Message("Enter the order, and what it follows from."),
                vision.at("id"),
            )


@rule("DIV310")
def ranks_with_gaps(facts: Facts) -> Iterator[Finding]:
    """The ranks of a session's priorities repeat or leave a gap.

    Why: A rank twice, or none between two, means that a row is wrong or missing.

    City: hilft somit Smart City-Themen für Bielefeld zu priorisieren

    Do: Number the priorities of each session 1, 2, 3 and so on.

    Wrong: 1, 2, 2, 4

    Right: 1, 2, 3, 4
    """
    if not facts.whole("priorities"):
        return
    ranks: dict[str, list[Row]] = defaultdict(list)
    for priority in facts.rows("priorities"):
        ranks[priority["session_id"]].append(priority)
    for session_id, priorities in ranks.items():
        session = facts.get("sessions", session_id)
        in_order = sorted(priorities, key=lambda row: int(row["rank"]))
        for expected, row in enumerate(in_order, 1):
            if row["rank"] != expected:
                yield Finding(
                    Message(
                        "The priorities of “{session}” do not count 1, 2, 3 …: {rank} stands where"
                        " {expected} is expected.",
                        session=session["name"] if session else session_id,
                        rank=row["rank"],
                        expected=expected,
                    ),
                    Message("Number the priorities of the session without gap or repetition."),
                    row.at("rank"),
                )
                break


@rule("DIV311", excusable=True)
def without_session(facts: Facts) -> Iterator[Finding]:
    """A vision or an order names no session.

    Why: Both come out of the D.I.V.; without its session nobody can look up how.

    City: im D.I.V. entworfenen Zukunftsvisionen

    Do: Enter the session. If the public record does not have it, say so as a deviation.

    Wrong: a vision without a session

    Right: a vision with session-2026-1
    """
    for table in ("visions", "orders"):
        for row in facts.rows(table):
            if row["session_id"] is None:
                yield Finding(
                    Message("“{name}” names no session of the D.I.V.", name=row["name"]),
                    Message("Enter the session; if it is not known, say so as a deviation."),
                    row.at("session_id"),
                )
