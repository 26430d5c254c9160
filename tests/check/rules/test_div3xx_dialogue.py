"""DIV3xx: sessions, visions, orders and priorities. What breaks a rule, what just does not."""

from __future__ import annotations

import datetime as dt

import pytest

from div_opendata.standard.packages import load_standard
from support.codes import CODES
from support.edits import Edit, Tables, add, changed, copy, drop, put
from support.rules import (
    Fixture,
    Fixtures,
    becomes_a_note,
    each_code,
    gives_exactly_its_finding,
    gives_none,
    is_not_excused,
    severities,
)
from support.workspaces import MakeWorkspace, examine

FIXTURES = Fixtures()
fixture = FIXTURES.add


def session(number: str, start: str) -> Edit:
    return copy("sessions", "session-2024-3", id=f"session-{number}", start=start, end="")


# DIV301: the fourth held session and the fifth
fixture(
    "DIV301",
    ("sessions", "session-2024-5", "start"),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
    ),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2025-0", "2025-01-07T17:00:00+01:00"),
    ),
)
# a year begins at midnight where the city is
fixture(
    "DIV301",
    ("sessions", "session-2025-4", "start"),
    (
        session("2025-4", "2025-12-10T17:00:00+01:00"),
        session("2025-0", "2024-12-31T23:00:00+00:00"),
    ),
    (
        session("2025-4", "2025-12-10T17:00:00+01:00"),
        session("2025-0", "2024-12-31T22:59:00+00:00"),
    ),
)
fixture(
    "DIV301",
    ("sessions", "session-2024-5", "start"),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
    ),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
        put("sessions", "session-2024-5", state="cancelled"),
    ),
)
fixture(
    "DIV302",
    ("sessions", "session-2023-1", "state"),
    session("2023-1", "2023-06-30T17:00:00+02:00"),
    (
        session("2023-1", "2023-06-30T17:00:00+02:00"),
        session("2023-2", "2023-12-12T17:00:00+01:00"),
    ),
)
# who begins in the second half of a year is not expected to meet twice in it
fixture(
    "DIV302",
    ("sessions", "session-2023-1", "state"),
    session("2023-1", "2023-06-30T17:00:00+02:00"),
    session("2023-1", "2023-07-01T17:00:00+02:00"),
)
# a year without any session, between two that have some
fixture(
    "DIV302",
    ("sessions", "session-2022-1", "state"),
    session("2022-1", "2022-11-08T17:00:00+01:00"),
    session("2023-1", "2023-11-08T17:00:00+01:00"),
)
_ONE_IN_2026 = (
    put("sessions", "session-2026-2", state="cancelled", participant_count=""),
    *(
        put("visions", vision, session_id="session-2026-1", date="")
        for vision in ("vision-nachtbus-zur-fruehschicht", "vision-reparieren-um-die-ecke")
    ),
)
# a year that is over, and its last day
fixture(
    "DIV302",
    ("sessions", "session-2026-4", "state"),
    _ONE_IN_2026,
    _ONE_IN_2026,
    today=dt.date(2027, 1, 1),
    right_today=dt.date(2026, 12, 31),
)
fixture(
    "DIV303",
    ("sessions", "session-2024-1", "participants_boards"),
    put("sessions", "session-2024-1", participants_boards="0", participant_count="23"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="23"),
)
# counts that add up, and miss by one
fixture(
    "DIV304",
    ("sessions", "session-2024-1", "participant_count"),
    put("sessions", "session-2024-1", participant_count="32"),
    put("sessions", "session-2024-1", participant_count="32", participants_society="12"),
)
fixture(
    "DIV304",
    ("sessions", "session-2024-1", "participant_count"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="22"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="23"),
)
_VISION = "vision-nachtbus-zur-fruehschicht"
fixture(
    "DIV305",
    ("visions", _VISION, "date"),
    put("visions", _VISION, date="2026-06-11"),
    (
        put("visions", _VISION, date="2026-06-11"),
        put("sessions", "session-2026-2", end="2026-06-11T12:00:00+02:00"),
    ),
)
fixture(
    "DIV305",
    ("visions", _VISION, "date"),
    put("visions", _VISION, date="2026-06-09"),
    put("visions", _VISION, date=""),
)
fixture(
    "DIV305",
    ("visions", _VISION, "session_id"),
    put("visions", _VISION, session_id="session-2026-3", date=""),
    put("visions", _VISION, date=""),
)
_ORDER = "order-verstaendliche-bescheide"
_LATER = (
    add("order_visions", order_id=_ORDER, vision_id="vision-reparieren-um-die-ecke"),
    copy("sessions", "session-2026-2", id="session-2026-9", end="", start="2026-06-11T17:00+02:00"),
)
fixture(
    "DIV306",
    ("visions", _VISION, "id"),
    _LATER,
    (*_LATER, put("sessions", "session-2026-9", state="cancelled")),
)
fixture(
    "DIV306",
    ("visions", _VISION, "id"),
    _LATER,
    (*_LATER, add("order_visions", order_id=_ORDER, vision_id=_VISION)),
)
_NEW_ORDER = copy("orders", _ORDER, id="order-neu")
_LINKED = add("order_visions", order_id="order-neu", vision_id=_VISION)
fixture("DIV307", ("orders", "order-neu", "id"), _NEW_ORDER, (_NEW_ORDER, _LINKED))
_BEGUN = put("orders", "order-neu", status="in_progress")
fixture(
    "DIV308",
    ("orders", "order-neu", "processing"),
    (_NEW_ORDER, _LINKED, _BEGUN),
    (_NEW_ORDER, _LINKED),
)
fixture(
    "DIV308",
    ("orders", "order-kuehle-orte", "project_name"),
    put("orders", "order-kuehle-orte", project_name="Raumportal"),
    put("orders", "order-kuehle-orte", project_name="Raumportal", status="issued"),
)
fixture(
    "DIV308",
    ("orders", "order-raumbuchung", "project_name"),
    put("orders", "order-raumbuchung", project_name=""),
    put("orders", "order-raumbuchung", project_name="", status="withdrawn"),
)
fixture(
    "DIV308",
    ("orders", "order-kuehle-orte", "processing"),
    put("orders", "order-kuehle-orte", processing="project"),
)
fixture(
    "DIV308",
    ("orders", "order-raumbuchung", "processing"),
    put("orders", "order-raumbuchung", processing="circle"),
)
# two visions of 26 February: the day before, and the day of
fixture(
    "DIV309",
    ("orders", _ORDER, "date"),
    put("orders", _ORDER, date="2026-02-25"),
    put("orders", _ORDER, date="2026-02-26"),
)
fixture(
    "DIV309",
    ("orders", _ORDER, "session_id"),
    put("orders", _ORDER, date="", session_id="session-2025-3"),
    put("orders", _ORDER, date="", session_id="session-2026-1"),
)
fixture(
    "DIV310",
    ("priorities", "priority-2024-1-4", "rank"),
    put("priorities", "priority-2024-1-4", rank="3"),
    put("priorities", "priority-2024-1-4", session_id="session-2024-3"),
)
fixture(
    "DIV310",
    ("priorities", "priority-2024-1-4", "rank"),
    put("priorities", "priority-2024-1-4", rank="5"),
    drop("priorities", id="priority-2024-1-4"),
)
fixture("DIV311", ("visions", _VISION, "session_id"), put("visions", _VISION, session_id=""))
fixture("DIV311", ("orders", _ORDER, "session_id"), put("orders", _ORDER, session_id=""))

fixture(
    "DIV312",
    ("sessions", "session-2026-4", "start"),
    put("sessions", "session-2026-4", state="held", participant_count="1"),
    put("sessions", "session-2026-4", state="invited"),
)
fixture(
    "DIV312",
    ("votes", "vote-kuehle-orte-2", "date"),
    put("votes", "vote-kuehle-orte-2", date="2026-11-24"),
    put("votes", "vote-kuehle-orte-2", date="2026-11-23"),
)
# of a result that is not finished nobody asks for a feedback round or an address
fixture(
    "DIV312",
    ("results", "result-neu", "finalised_on"),
    copy(
        "results",
        "result-wegeinformation-haftung",
        id="result-neu",
        order_id="order-kuehle-orte",
        circle_id="circle-kuehle-orte",
        finalised_on="2026-11-24",
        presented_session_id="",
        not_published_reason="",
    ),
)

# --- what holds of each ---------------------------------------------------------------------------


@FIXTURES.each
def test_wrong_gives_exactly_its_finding(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_exactly_its_finding(case, make_workspace)


@FIXTURES.each
def test_what_just_keeps_the_rule_gives_none(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_none(case, make_workspace)


@each_code("DIV3", excusable=True)
def test_what_a_deviation_excuses_is_a_note(code: str, make_workspace: MakeWorkspace) -> None:
    becomes_a_note(FIXTURES.of(code)[-1], make_workspace)


@each_code("DIV3", excusable=False)
def test_nothing_excuses_the_others(code: str, make_workspace: MakeWorkspace) -> None:
    is_not_excused(FIXTURES.of(code)[0], make_workspace)


@each_code("DIV3")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    assert severities(code, [case.code for case in FIXTURES]) == set(CODES[code].severities)


# --- what has happened, in every table ------------------------------------------------------------

_PAST = [
    (name, happening.fields[number:])
    for name, schema in load_standard().tables.items()
    for happening in schema.happenings
    for number in range(len(happening.fields))
]
"""A table with fields of the same row, of which none is before the first."""
_MAY_LIE_AHEAD = {
    ("calls", "application_deadline"),
    ("circles", "start_date"),
    ("lotteries", "publication_due"),
    ("seats", "start_month"),
    ("seats", "end_month"),
    ("seed_sources", "scheduled_at"),
}


def test_every_date_is_one_of_what_happened_or_of_what_is_announced() -> None:
    dates = {
        (name, field)
        for name, schema in load_standard().tables.items()
        for field, item in schema.fields.items()
        if item.kind in {"date", "datetime", "month"} and schema.public
    }
    past = {(name, fields[0]) for name, fields in _PAST}
    assert dates == past | _MAY_LIE_AHEAD
    assert past.isdisjoint(_MAY_LIE_AHEAD)


@pytest.mark.parametrize(("table", "fields"), _PAST)
def test_what_has_happened_is_not_after_today(
    table: str, fields: tuple[str, ...], make_workspace: MakeWorkspace
) -> None:
    """Not even a minute after midnight where the city is, which is still today in Greenwich."""
    ends = ("2026-11-23T23:59:00+01:00", "2026-11-23T23:01:00+00:00")
    if load_standard().tables[table].fields[fields[0]].kind == "date":
        ends = ("2026-11-23", "2026-11-24")

    def on(day: str) -> list[str | None]:
        def edit(tables: Tables) -> None:
            happened = [row for row in tables[table] if row.get("state", "held") == "held"]
            next(row for row in happened if row[fields[0]]).update(dict.fromkeys(fields, day))

        _, findings = examine(make_workspace(changed(edit)[1]), rules=True)
        return [f.place.field for f in findings if f.code == "DIV312"]

    assert [on(day) for day in ends] == [[], [fields[0]]]
