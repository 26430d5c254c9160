"""Dates far from today are told, once, and only where nothing else is wrong with them."""

from __future__ import annotations

import datetime as dt

import pytest

from support.edits import changed, departures, put
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, examine, found

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "codes"),
    [
        ("2062-10-08T18:00:00+02:00", ["DIV115"]),
        ("2037-01-01T18:00:00+01:00", ["DIV115"]),
        ("2036-12-31T18:00:00+01:00", []),
        ("2000-01-01T18:00:00+01:00", ["DIV302", "DIV302"]),  # years without two sessions
        ("1999-12-31T18:00:00+01:00", ["DIV115", "DIV302"]),
    ],
)
def test_a_session_planned_far_away(
    make_workspace: MakeWorkspace, start: str, codes: list[str]
) -> None:
    """Ten years ahead is far, and so is what was before this process began."""
    text = SESSIONS.replace("2026-10-08T18:00:00+02:00", start)
    workspace = make_workspace({**RECORDS, "records/sessions.csv": text})
    assert [code for code, *_ in found(workspace, rules=True, today=TODAY)] == codes


def test_it_is_a_warning_that_shows_the_date(make_workspace: MakeWorkspace) -> None:
    text = SESSIONS.replace("2026-10-08T18:00", "2062-10-08T18:00")
    workspace = make_workspace({**RECORDS, "records/sessions.csv": text})
    _, (finding,) = examine(workspace, rules=True)
    assert finding.severity == "warning"
    assert finding.message.text("de") == "„Beginn“ liegt weit entfernt: 08.10.2062, 18:00."
    assert "2000 bis 2036" in finding.remedy.text("de")


def test_a_month_may_be_far_and_the_horizon_of_a_vision_is_rightly(
    make_workspace: MakeWorkspace,
) -> None:
    vision = "vision-bus", "2200"
    tables, _ = changed()
    vision_id = tables["visions"][0]["id"]
    seat = next(row["id"] for row in tables["seats"] if not row["end_month"])
    _, files = changed(
        put("visions", vision_id, horizon_year=vision[1]), put("seats", seat, end_month="2062-05")
    )
    assert [code for code, *_ in departures(make_workspace(files))] == ["DIV115"]


def test_a_date_that_something_else_is_found_of_is_not_told_again(
    make_workspace: MakeWorkspace,
) -> None:
    """A start after the end is the slip; that it is far away, too, is its echo."""
    text = SESSIONS.replace("count\n", "count,end\n").replace(",42\n", ",42,\n")
    text = text.replace("planned,\n", "planned,,2062-10-08T17:00:00+02:00\n").replace(
        "2026-10-08T18", "2062-10-08T18"
    )
    workspace = make_workspace({**RECORDS, "records/sessions.csv": text})
    assert [code for code, *_ in found(workspace, rules=True)] == ["DIV115", "DIV113"]
