"""Other people on the same CKAN, and programs that watch by exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from div_opendata.assemble.packages import assemble
from div_opendata.base.errors import Problem
from div_opendata.publish.plan import Plan
from div_opendata.report.plans import plan_text
from div_opendata.workspace.settings import open_workspace
from support.ckan import (
    addresses,
    check_sessions,
    dataset,
    name_of,
    publish_again,
    resource,
    table_rows,
)
from support.places import TUESDAY, CkanPlace, actions, versions
from support.workspaces import examine, run


def revise(place: CkanPlace, package: str, change: Mapping[str, Any]) -> None:
    """A colleague changes a dataset in CKAN."""
    match = {"name": name_of(place, package)}
    place.instance.api("colleague").call("package_revise", {"match": match, **change})


def add_theirs(place: CkanPlace, package: str) -> None:
    """A colleague adds a tag, an extra and a resource."""
    before = dataset(place, package)
    change = {
        "update__tags__extend": [{"name": "eigenes"}],
        "update__extras__extend": [{"key": "thema", "value": "Verwaltung"}],
    }
    revise(place, package, change)
    place.instance.api("colleague").call(
        "resource_create",
        {"package_id": before["id"], "name": "Karte", "url": "https://karte.example/"},
    )


def _cut(text: str) -> str:
    """A value as a plan shows it."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def theirs(place: CkanPlace, package: str) -> tuple[bool, bool, list[str]]:
    """Whether the tag, the extra and the resource are there."""
    found = dataset(place, package)
    return (
        "eigenes" in {tag["name"] for tag in found["tags"]},
        {"thema": "Verwaltung"}.items() <= {e["key"]: e["value"] for e in found["extras"]}.items(),
        [r["url"] for r in found["resources"] if r["name"] == "Karte"],
    )


THERE = (True, True, ["https://karte.example/"])


def test_what_people_edit_is_planned_again_and_what_they_add_stays(place: CkanPlace) -> None:
    place.release()
    before = dataset(place, "sessions")
    table = resource(place, "sessions", "sessions")
    add_theirs(place, "sessions")
    change = {
        "filter": ["-tags"],
        "update": {"title": "Anders", "notes": "Auch anders.", "tags": [{"name": "eigenes"}]},
        f"update__resources__{table['id']}": {"description": "Etwas anderes."},
    }
    revise(place, "sessions", change)
    plan, _ = place.release(TUESDAY)
    name = name_of(place, "sessions")
    changes = {change.name: (change.old, change.new) for change in plan.stale}
    assert changes == {
        f"{name}: title": ("Anders", before["title"]),
        f"{name}: notes": ("Auch anders.", before["notes"]),
        f"{name}: tags": ("", ", ".join(sorted(tag["name"] for tag in before["tags"]))),
        f"{name}: sessions.description": ("Etwas anderes.", table["description"]),
    }
    assert set(versions(plan).values()) == {"1.0.0"}
    after = dataset(place, "sessions")
    assert (after["title"], after["notes"]) == (before["title"], before["notes"])
    tags = {tag["name"] for tag in before["tags"]}
    assert {tag["name"] for tag in after["tags"]} == {*tags, "eigenes"}
    assert resource(place, "sessions", "sessions") == {
        **table,
        "metadata_modified": resource(place, "sessions", "sessions")["metadata_modified"],
    }
    assert theirs(place, "sessions") == THERE
    assert not publish_again(place)
    place.edit("sessions", ",held,42", ",held,43")
    place.release(TUESDAY)
    assert theirs(place, "sessions") == THERE
    assert place.failed() == set()


def test_a_form_that_drops_our_keys_is_mended(place: CkanPlace) -> None:
    """`webform` of the faults: CKAN's own form for a resource knows nothing of our keys, and takes
    them away. The plan shows what somebody meant to change, and counts the rest."""
    place.release()
    before = resource(place, "sessions", "sessions")
    form = {key: before[key] for key in ("id", "name", "description", "format", "url")}
    form["description"] = "Von Hand"
    place.instance.api("colleague").call("resource_update", form)
    left = next(r for r in dataset(place, "sessions")["resources"] if r["id"] == before["id"])
    assert "sha256" not in left
    plan, _ = planned(place)
    name = name_of(place, "sessions")
    shown = plan_text(plan, place.publisher().portal, "en").splitlines()
    dropped = len(plan.stale) - 1
    assert dropped > 5
    assert [line.strip() for line in shown[1:4]] == [
        "Changed on the portal, and put back:",
        f"{name}: sessions.description: Von Hand → {_cut(before['description'])}",
        f"{name}: and {dropped} more that the portal's form drops",
    ]
    assert not [line for line in shown[4:] if "sessions." in line]
    assert f"{name}: sessions.sha256" in {change.name for change in plan.stale}
    form["description"] = before["description"]
    place.instance.api("colleague").call("resource_update", form)
    plan, _ = planned(place)
    shown = plan_text(plan, place.publisher().portal, "de").splitlines()
    assert shown[2].strip() == f"{name}: {dropped} Werte, die das Formular des Portals weglässt"
    place.release(TUESDAY)
    after = resource(place, "sessions", "sessions")
    for key in ("id", "url", "sha256", "resource_name", "license", "dictionary_sha256"):
        assert after[key] == before[key]
    assert place.seen() == place.expected()
    assert place.failed() == set()
    assert not publish_again(place)


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_somebody_edits_between_plan_and_publishing(place: CkanPlace, whose: str) -> None:
    """Who has changed what is ours was faster; what is theirs stays, and nothing stops for it."""
    place.release()
    before = place.seen()
    place.edit("sessions", ",held,42", ",held,43")
    records, _ = examine(place.workspace)
    assemble(records, place.workspace)
    publisher = place.publisher()
    with publisher.draft() as folder:
        plan = publisher.plan(place.workspace.build, TUESDAY, folder)
        if whose == "ours":
            old = table_rows(place.stranger, resource(place, "sessions", "sessions")["id"])
            revise(place, "sessions", {"update": {"title": "Schneller"}})
            with pytest.raises(Problem, match="Somebody else has just changed"):
                publisher.apply(plan, lambda *_: None)
            assert dataset(place, "sessions")["title"] == "Schneller"
            assert place.seen() == before
            new = table_rows(place.stranger, resource(place, "sessions", "sessions")["id"])
            assert new == old
        else:
            add_theirs(place, "sessions")
            publisher.apply(plan, lambda *_: None)
            assert theirs(place, "sessions") == THERE
    place.release(TUESDAY)
    assert dataset(place, "sessions")["title"] == "D.I.V.-Sitzungen"
    assert place.seen() == place.expected()
    check_sessions(place)
    assert place.failed() == set()


def test_of_two_publishers_one_wins(place: CkanPlace, tmp_path: Path) -> None:
    """The other is told and loses nothing; what is shown is whole."""
    place.release()
    other = Path(shutil.copytree(place.root, tmp_path / "other", symlinks=True))
    places = [place, CkanPlace(open_workspace(other), place.instance, place.prefix, "plain")]
    plans, drafts = [], []
    for number, one in enumerate(places):
        one.edit("sessions", ",held,42", f",held,5{number}")
        records, _ = examine(one.workspace)
        assemble(records, one.workspace)
        publisher = one.publisher()
        drafts.append(publisher.draft())
        plans.append(
            (publisher, publisher.plan(one.workspace.build, TUESDAY, drafts[-1].__enter__()))
        )
    together = threading.Barrier(2)
    problems: list[str] = ["", ""]

    def apply(number: int) -> None:
        publisher, plan = plans[number]
        together.wait()
        try:
            checks = publisher.apply(plan, lambda *_: None)
            assert all(check.passed for check in checks), checks
        except Problem as problem:
            problems[number] = problem.text("en")

    threads = [threading.Thread(target=apply, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for draft in drafts:
        draft.__exit__(None, None, None)
    lost = [number for number in range(2) if problems[number]]
    assert len(lost) == 1, problems
    assert "Somebody else has just changed" in problems[lost[0]]
    winner, loser = places[1 - lost[0]], places[lost[0]]
    assert winner.seen() == winner.expected()
    check_sessions(winner)
    assert winner.failed() == set()
    assert f",held,5{lost[0]}" in (loser.root / "records/sessions.csv").read_text()
    plan, _ = loser.release(TUESDAY)
    assert versions(plan)["sessions"] == "1.0.2"
    assert loser.seen() == loser.expected()
    check_sessions(loser)


def planned(place: CkanPlace) -> tuple[Plan, str]:
    """A plan, and why something is blocked in it."""
    records, _ = examine(place.workspace)
    assemble(records, place.workspace)
    publisher = place.publisher()
    with publisher.draft() as folder:
        plan = publisher.plan(place.workspace.build, TUESDAY, folder)
    reasons = [item.reason.text("en") for item in plan.blocked if item.reason]
    return plan, " ".join(reasons)


def command(place: CkanPlace, *arguments: str) -> subprocess.CompletedProcess[str]:
    name, *rest = arguments
    token = place.instance.tokens["office"]
    return run(name, place.root, *rest, DIV_OPENDATA_TOKEN_CITY=token)


def test_a_dataset_of_somebody_else_is_left_alone(place: CkanPlace) -> None:
    made = {"name": name_of(place, "sessions"), "owner_org": place.instance.organization}
    place.instance.api("colleague").call("package_create", {**made, "title": "Meins"})
    before = dataset(place, "sessions")
    plan, reason = planned(place)
    assert actions(plan) == {"sessions": "blocked", "visions": "create", "div": "create"}
    assert "Another dataset has this name" in reason
    assert f"/dataset/{name_of(place, 'sessions')}" in reason
    done = command(place, "publish", "--yes")
    assert done.returncode == 3
    assert "Blocked: div-sessions" in done.stderr
    assert [item["name"] for item in place._datasets()] == [name_of(place, "sessions")]
    assert dataset(place, "sessions") == before
    done = command(place, "publish", "--dry-run", "--format", "json")
    assert json.loads(done.stdout)["datasets"][0]["action"] == "blocked"


def test_a_private_dataset_of_somebody_else_is_left_alone(place: CkanPlace) -> None:
    admin = place.instance.api("admin")
    admin.call("organization_create", {"name": f"org-{place.prefix}"})
    made = {"name": name_of(place, "visions"), "owner_org": f"org-{place.prefix}", "private": True}
    admin.call("package_create", made)
    plan, reason = planned(place)
    assert actions(plan) == {"sessions": "create", "visions": "blocked", "div": "create"}
    assert "is not public" in reason


def test_a_deleted_dataset_is_not_made_again(place: CkanPlace) -> None:
    place.release()
    name = name_of(place, "sessions")
    place.instance.api("colleague").call("package_delete", {"id": name})
    plan, reason = planned(place)
    assert actions(plan) == {"sessions": "blocked", "visions": "same", "div": "same"}
    assert "deleted on the portal" in reason
    assert "restore" in reason
    before = dataset(place, "sessions", "office")
    assert command(place, "publish", "--yes").returncode == 3
    assert dataset(place, "sessions", "office") == before
    place.instance.api("admin").call("package_patch", {"id": name, "state": "active"})
    assert not publish_again(place)
    assert place.failed() == set()


def test_what_was_made_private_by_hand_becomes_public_again(place: CkanPlace) -> None:
    place.release()
    before = addresses(place)
    revise(place, "visions", {"update": {"private": True}})
    assert place.failed() == {name_of(place, "visions")}
    done = command(place, "status")
    assert "\n  hidden     div-visions " in done.stdout
    assert f"{name_of(place, 'visions')}: private: true → false" in done.stdout
    assert "new " not in done.stdout
    found = json.loads(command(place, "status", "--format", "json").stdout)
    visions = next(d for d in found["datasets"] if d["name"] == "div-visions")
    assert visions["action"] == "hidden"
    assert {file["action"] for file in visions["resources"]} == {"same"}
    stranger = run("status", place.root)  # without a token
    assert stranger.returncode == 0
    assert "\n  hidden     div-visions " in stranger.stdout
    assert "It was published from here and is not public any more. There is no token" in (
        stranger.stdout
    )
    plan, _ = place.release(TUESDAY)
    assert plan.changes
    assert set(versions(plan).values()) == {"1.0.0"}
    assert addresses(place) == before
    assert place.failed() == set()
    assert not publish_again(place)


def test_status_and_verify_tell_by_their_exit_status(place: CkanPlace) -> None:
    """0 fine, 1 a verification that failed, 2 nothing was published, 3 the portal."""
    assert command(place, "verify").returncode == 2
    place.release()
    assert command(place, "verify").returncode == 0
    done = command(place, "status", "--format", "json")
    assert done.returncode == 0
    assert {item["action"] for item in json.loads(done.stdout)["datasets"]} == {"same"}
    place.edit("sessions", ",held,42", ",held,43")
    done = command(place, "status")
    assert done.returncode == 0
    assert "1.0.1" in done.stdout
    path = place.path("visions/visions.csv")
    path.write_bytes(path.read_bytes().replace(b"Takt", b"Tokt"))
    done = command(place, "verify", "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["verified"] is False
    failed = [check["name"] for check in document["checks"] if not check["passed"]]
    assert failed == ["visions/visions.csv"]
    done = run("verify", place.root, DIV_OPENDATA_URL_CITY="http://127.0.0.1:9/")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_strangers_can_verify(place: CkanPlace) -> None:
    """No token is needed to look; without one nothing is published."""
    place.release()
    assert run("verify", place.root).returncode == 0
    assert run("status", place.root).returncode == 0
    done = run("publish", place.root, "--yes")
    assert done.returncode == 3
    assert "There is no token" in done.stderr
