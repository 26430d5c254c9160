"""How often the D.I.V. meets, and who takes part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..facts import start_of
from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row

MOST_SESSIONS = 4
FEWEST_SESSIONS = 2
_HALF_YEAR = 6  # months
_GROUPS = ("participants_administration", "participants_boards", "participants_society")


def _in_order(facts: Facts) -> list[Row]:
    """All sessions, the earliest first."""
    return sorted(facts.rows("sessions"), key=start_of)


def held_sessions(facts: Facts) -> list[Row]:
    """The sessions that took place, the earliest first; none that is still to come (DIV312)."""
    return [
        row
        for row in _in_order(facts)
        if row["state"] == "held" and facts.days(row)[0] <= facts.today
    ]


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
    for year, sessions in _by_year(held_sessions(facts), facts).items():
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
    for session in held_sessions(facts):
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
