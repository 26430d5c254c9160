"""DIV3xx: the D.I.V., its visions and the orders that follow from them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..base.finding import Finding
from ..base.i18n import Message
from .facts import start_of
from .rule import rule

if TYPE_CHECKING:
    import datetime as dt

    from .facts import Facts, Row

MOST_SESSIONS = 4
FEWEST_SESSIONS = 2
_HALF_YEAR = 6  # months
_GROUPS = ("participants_administration", "participants_boards", "participants_society")
_BEGUN = {"in_progress", "finalised", "presented"}


def _in_order(facts: Facts) -> list[Row]:
    """All sessions, the earliest first."""
    return sorted(facts.rows("sessions"), key=start_of)


def _held(facts: Facts) -> list[Row]:
    """The sessions that took place, the earliest first."""
    return [row for row in _in_order(facts) if row["state"] == "held"]


def _by_year(sessions: Iterable[Row], facts: Facts) -> dict[int, list[Row]]:
    years: dict[int, list[Row]] = defaultdict(list)
    for session in sessions:
        years[facts.days(session)[0].year].append(session)
    return years


@rule("DIV301", excusable=True)
def too_many_sessions(facts: Facts) -> Iterator[Finding]:
    """More than four sessions were held in a calendar year.

    Why: The city has said how often the D.I.V. meets. Each session beyond the fourth is reported.

    City: Das D.I.V. tagt zwei bis vier Mal in einem Kalenderjahr.

    Do: Look whether year and state of the session are right. If it was held all the same, say why
    in the table of deviations.

    Wrong: five sessions with the state “held” in 2026

    Right: four sessions with the state “held” in 2026
    """
    for year, sessions in _by_year(_held(facts), facts).items():
        for number, session in enumerate(sessions[MOST_SESSIONS:], MOST_SESSIONS + 1):
            yield Finding(
                Message(
                    "“{name}” is session {number} of {year}; at most four are held in a year.",
                    name=session["name"],
                    number=number,
                    year=year,
                ),
                Message("Look at date and state; if it is so, give the reason as a deviation."),
                session.at("start"),
            )


@rule("DIV302", "warning")
def too_few_sessions(facts: Facts) -> Iterator[Finding]:
    """Fewer than two sessions were held in a year that is over.

    Why: The city has said how often the D.I.V. meets. Judged are the years from the first session
    to the last one in the table, also those between without any; the year of the very first session
    only if that was in its first half, for who begins later can hardly meet twice.

    City: Das D.I.V. tagt zwei bis vier Mal in einem Kalenderjahr.

    Do: Look whether a session is missing or has not been marked as held.

    Wrong: one session held in 2025, seen in 2026

    Right: two sessions held in 2025
    """
    if not facts.whole("sessions"):
        return
    years = _by_year(_in_order(facts), facts)
    over = sorted(year for year in years if year < facts.today.year)
    for year in over:
        sessions = years[year]
        held = sum(session["state"] == "held" for session in sessions)
        began_late = year == over[0] and facts.days(sessions[0])[0].month > _HALF_YEAR
        if held < FEWEST_SESSIONS and not began_late:
            yield _too_few(str(year), held, sessions[-1])
        following = min((later for later in years if later > year), default=year)
        last = min(following, facts.today.year) - 1
        if last > year:
            gap = f"{year + 1}" if last == year + 1 else f"{year + 1}–{last}"
            yield _too_few(gap, 0, sessions[-1])


def _too_few(years: str, held: int, session: Row) -> Finding:
    return Finding(
        Message(
            "Sessions held in {years}: {number}. At least two a year were announced.",
            years=years,
            number=held,
        ),
        Message("Enter the missing session, or mark it as held."),
        session.at("state"),
    )


@rule("DIV303", "warning")
def group_without_anybody(facts: Facts) -> Iterator[Finding]:
    """A session was held without anybody of one of the three groups.

    Why: The D.I.V. is an exchange of administration, boards and society.

    City: Es setzt sich zusammen aus Vertreter*innen der Fachämter der Stadt Bielefeld,
    Vertreter*innen aus Beiräten und weiteren Akteuren der Stadtgesellschaft.

    Do: Look whether the number is right; if it is not known, leave the cell empty.

    Wrong: 0 participants of the boards

    Right: 3 participants of the boards, or an empty cell
    """
    for session in _held(facts):
        for field in _GROUPS:
            if session[field] == 0:
                heading = session.table.schema.fields[field].title
                yield Finding(
                    Message(
                        "“{name}” was held with nobody under “{heading}”.",
                        name=session["name"],
                        heading=heading,
                    ),
                    Message("Look at the number; if it is not known, leave the cell empty."),
                    session.at(field),
                )


@rule("DIV304")
def groups_do_not_add_up(facts: Facts) -> Iterator[Finding]:
    """The numbers of the three groups do not add up to the number of participants.

    Why: One of the numbers is wrong, and nobody can tell which. Judged where all four are given;
    with fewer, their sum must not be larger than the whole.

    Do: Correct the number that is wrong.

    Wrong: 12 + 8 + 11 of 42

    Right: 12 + 8 + 11 of 31
    """
    for session in facts.rows("sessions"):
        whole = session["participant_count"]
        given = [session[field] for field in _GROUPS if session[field] is not None]
        if whole is None or not given:
            continue
        total = sum(given)
        if total > whole or (len(given) == len(_GROUPS) and total != whole):
            yield Finding(
                Message(
                    "The groups of “{name}” add up to {total}, not to {whole}.",
                    name=session["name"],
                    total=total,
                    whole=whole,
                ),
                Message("Correct the number that is wrong."),
                session.at("participant_count"),
            )


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
    held = _held(facts)
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


@rule("DIV307", excusable=True)
def order_without_vision(facts: Facts) -> Iterator[Finding]:
    """An order follows from no vision.

    Why: Orders are not invented by an office: they are derived from the visions of the D.I.V.

    City: In dieser werden Arbeitsaufträge bearbeitet, die aus den im D.I.V. entworfenen
    Zukunftsvisionen abgeleitet wurden.

    Do: Enter the vision in the table of orders and visions.

    Wrong: an order that no row of the table of orders and visions names

    Right: order-wegweiser with vision-orientierung
    """
    if not facts.whole("order_visions"):
        return
    for order in facts.rows("orders"):
        if not facts.where("order_visions", "order_id", order["id"]):
            yield Finding(
                Message("The order “{order}” follows from no vision.", order=order["name"]),
                Message("Enter its vision in the table of orders and visions."),
                order.at("id"),
            )


@rule("DIV308", excusable=True)
def order_handled_by_nobody(facts: Facts) -> Iterator[Finding]:
    """An order in progress, or later, has neither circle nor project, or both.

    Why: Somebody works on an order, and the public should know who. An order for a circle has a
    row in the table of circles and no project; an order for a project has the project's name and
    no circle.

    City: Arbeitsaufträge, die anschließend in Innovationszirkeln oder im Rahmen von Projekten des
    Digitalisierungsbüros bearbeitet werden

    Do: Enter the circle or the name of the project, or correct how the order is handled.

    Wrong: an order in progress, by a circle, that no circle names

    Right: an order in progress, by a circle, and the circle with its number
    """
    if not facts.whole("circles"):
        return
    for order in facts.rows("orders"):
        if order["status"] not in _BEGUN:
            continue
        circle = bool(facts.where("circles", "order_id", order["id"]))
        project = order["project_name"] is not None
        by_circle = order["processing"] == "circle"
        if circle == by_circle and project != by_circle:
            continue
        if circle and project:
            message = Message(
                "The order “{order}” has a circle and a project.", order=order["name"]
            )
        elif circle:
            message = Message(
                "The order “{order}” is for a project, but has a circle.", order=order["name"]
            )
        elif project:
            message = Message(
                "The order “{order}” is for a circle, but has a project.", order=order["name"]
            )
        else:
            message = Message(
                "The order “{order}” has neither circle nor project.", order=order["name"]
            )
        yield Finding(
            message,
            Message("Enter the circle or the project, or correct how the order is handled."),
            order.at("project_name" if circle == by_circle else "processing"),
        )


@rule("DIV309", excusable=True)
def order_before_vision(facts: Facts) -> Iterator[Finding]:
    """An order is older than a vision that it follows from.

    Why: What follows from a vision cannot be older than it. Where an order or a vision has no date,
    that of its session counts.

    City: aus den im D.I.V. entworfenen Zukunftsvisionen abgeleitet

    Do: Correct the date of the order or of the vision, or what the order follows from.

    Wrong: an order of 1 March from a vision of 12 March

    Right: an order of 12 March from a vision of 12 March
    """
    for order in facts.rows("orders"):
        ordered = _days(order, facts)
        if ordered is None:
            continue
        younger = [
            vision
            for link in facts.where("order_visions", "order_id", order["id"])
            if (vision := facts.get("visions", link["vision_id"]))
            and (made := _days(vision, facts))
            and ordered[1] < made[0]
        ]
        if younger:
            yield Finding(
                Message(
                    "The order “{order}” of {date} is older than what it follows from: {visions}.",
                    order=order["name"],
                    date=ordered[1],
                    visions=[vision["id"] for vision in younger],
                ),
                Message("Correct one of the dates, or what the order follows from."),
                order.at("date" if order["date"] else "session_id"),
            )


def _days(row: Row, facts: Facts) -> tuple[dt.date, dt.date] | None:
    """The first and last day on which a vision or order was made: its date, else its session's."""
    if date := row.date("date"):
        return date, date
    session = facts.get("sessions", row["session_id"])
    return facts.days(session) if session else None


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
        in_order = sorted(priorities, key=lambda row: (row["rank"], row.number))
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


RULES = (
    too_many_sessions,
    too_few_sessions,
    group_without_anybody,
    groups_do_not_add_up,
    vision_of_no_held_session,
    vision_without_order,
    order_without_vision,
    order_handled_by_nobody,
    order_before_vision,
    ranks_with_gaps,
    without_session,
)
