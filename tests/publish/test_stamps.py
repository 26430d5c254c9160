"""Stamps never go back: a clock that was set back is noticed before anything is written."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from div_opendata.base.errors import Problem
from div_opendata.publish.withdrawal import Request
from div_opendata.workspace.settings import Workspace
from support.places import MONDAY, TUESDAY, FolderPlace, actions
from support.withdrawing import withdraw
from support.workspaces import SESSIONS, VISIONS, MakeWorkspace, tree_bytes

pytestmark = pytest.mark.usefixtures("no_gate")

SUNDAY = MONDAY - dt.timedelta(days=1)
SAID = "shows 22 November 2026, 10:00, and the last stamp here is of 23 November 2026, 10:00."


@pytest.fixture
def place(workspace: Workspace) -> FolderPlace:
    """A workspace that was published on Monday and has a changed cell."""
    place = FolderPlace(workspace)
    place.release(MONDAY)
    place.edit("sessions", ",held,42", ",held,43")
    return place


def created(place: FolderPlace) -> dict[str, str]:
    shown = place.publisher().portal.shown()
    return {package: descriptor["created"] for package, descriptor in shown.items()}


def test_a_clock_set_back_is_refused_before_anything_is_written(place: FolderPlace) -> None:
    before = tree_bytes(place.root / "portal")
    last = tree_bytes(place.workspace.internal / "portals")
    with pytest.raises(Problem) as refusal:
        place.release(SUNDAY)
    assert SAID in refusal.value.text("en").replace("\N{NO-BREAK SPACE}", " ")
    assert refusal.value.status == 3
    assert tree_bytes(place.root / "portal") == before
    assert tree_bytes(place.workspace.internal / "portals") == last


def test_a_package_that_is_new_has_no_stamp_before_the_others(
    make_workspace: MakeWorkspace,
) -> None:
    place = FolderPlace(make_workspace({"records/sessions.csv": SESSIONS}))
    place.release(MONDAY)
    (place.root / "records/visions.csv").write_text(VISIONS, encoding="utf-8")
    with pytest.raises(Problem, match="the last stamp here"):
        place.release(SUNDAY)
    assert "visions" not in created(place)
    place.release(TUESDAY)
    assert created(place)["visions"] > created(place)["sessions"]


def test_what_has_not_changed_needs_no_stamp(place: FolderPlace) -> None:
    place.edit("sessions", ",held,43", ",held,42")
    plan, _ = place.release(SUNDAY)
    assert not plan.changes


def test_the_same_second_is_no_earlier(place: FolderPlace) -> None:
    plan, _ = place.release(MONDAY)
    assert actions(plan)["sessions"] == "update"
    assert created(place)["sessions"] == "2026-11-23T09:00:00Z"


def test_another_portal_has_stamps_of_its_own(place: FolderPlace) -> None:
    place.lose()
    last = place.workspace.internal / "portals/preview"
    last.rename(last.with_name("other"))
    place.release(SUNDAY)
    assert set(created(place).values()) == {"2026-11-22T09:00:00Z"}


def test_a_withdrawal_is_never_stopped_and_never_stamped_earlier(place: FolderPlace) -> None:
    place.release(TUESDAY)
    withdraw(place, Request("visions"), now=SUNDAY)
    assert created(place) == dict.fromkeys(("sessions", "visions", "div"), "2026-11-24T09:00:00Z")


@pytest.mark.parametrize("stamp", ["yesterday", "2026-11-23", "2026-11-23T09:00:00", ""])
def test_a_stamp_that_is_no_time_is_damage(place: FolderPlace, stamp: str) -> None:
    path = place.path("sessions/datapackage.json")
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps({**document, "created": stamp}), encoding="utf-8")
    with pytest.raises(Problem, match="is damaged"):
        place.release(TUESDAY)
