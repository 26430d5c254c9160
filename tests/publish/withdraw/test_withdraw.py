"""Withdrawing: what leaked goes from everywhere and stays away; which bytes are meant."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.withdraw import carry_out
from div_opendata.publish.withdrawal import Request, find
from div_opendata.workspace.settings import open_workspace
from support.places import MONDAY, TUESDAY, CkanPlace, FolderPlace, Place, release, to_folder
from support.withdrawing import (
    EMPTY,
    FILE,
    WEDNESDAY,
    Div,
    addresses,
    correct,
    leak,
    publish_two_versions,
    refused,
    resource,
    search,
    shown_versions,
    withdraw,
)
from support.workspaces import VISIONS, copy_example

pytestmark = pytest.mark.slow


def test_a_leak_goes_from_everywhere_and_stays_away(
    every_place: Place, name: str, div: Div
) -> None:
    place = every_place
    publish_two_versions(place, name)
    found = search(place, name)
    if isinstance(place, CkanPlace):
        assert {FILE, "div.zip", "storage", "datastore", "DataStore visions"} <= {*found}
    else:
        assert {"portal/div-1.0.0.zip", "portal/div-1.0.1.zip"} <= {*found}
    before, ids = place.seen(), addresses(place)
    files = {path: path.stat().st_mtime_ns for path in place.root.rglob("*")}

    status, plan, _ = div("withdraw", place.root, "--resource", "visions", "--dry-run")
    assert status == 0
    assert f"emptied: {FILE}" in plan
    assert "emptied: div/visions.csv" in plan
    assert ("removed: div-1.0.1.zip" in plan) == isinstance(place, FolderPlace)
    status, again, asked = div("withdraw", place.root, "--resource", "visions")
    assert (status, again) == (2, plan)
    assert "--yes" in asked
    assert place.seen() == before
    made = {place.workspace.internal / "lock", place.root / "portal" / ".lock"}
    after = {path: path.stat().st_mtime_ns for path in place.root.rglob("*")}
    assert {p for p in after if p not in made and after[p] != files.get(p)} <= {
        path.parent for path in made
    }

    status, out, _ = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert status == 0
    assert "withdrawn.csv" in out
    assert out.count("[ ]") >= 6
    assert search(place, name) == []
    assert addresses(place) == ids
    seen = place.seen()
    assert seen[FILE] == EMPTY
    assert {path for path in seen if seen[path] != before[path]} == {
        *(FILE, "visions/datapackage.json", "div.zip", "div/datapackage.json"),
    }
    assert place.failed() == set()
    assert div("verify", place.root)[0] == 0

    status, _, refusal = div("publish", place.root, "--yes")
    assert status == 3
    assert FILE in refusal
    leak(place, name, "in der Nacht")  # the first version
    assert refused(place)
    assert place.seen() == seen

    correct(place)
    place.release(WEDNESDAY)
    assert shown_versions(place) == {"sessions": "1.0.0", "visions": "1.2.0", "div": "1.2.0"}
    assert b"neun" in place.seen()[FILE]
    assert addresses(place) == ids
    assert search(place, name) == []
    assert place.failed() == set()
    if isinstance(place, CkanPlace):
        query = {"resource_id": resource(place, FILE), "q": "neun"}
        rows = place.stranger.read("datastore_search", query)["records"]
        assert [row["description"] for row in rows] == ["Alle neun Minuten, auch abends."]
    place.edit("sessions", ",held,42", ",held,43")
    assert place.release(WEDNESDAY)[0].changes
    assert place.failed() == set()


def test_it_outranks_history(folder: Place, div: Div) -> None:
    """A row that was published may not vanish; one that was withdrawn may."""
    folder.release()
    folder.edit("visions", "vision-bus,", "vision-bahn,")
    status, out, _ = div("publish", folder.root, "--yes")
    assert status == 1
    assert "DIV801" in out
    assert "vision-bus" in out
    assert div("withdraw", folder.root, "--resource", "visions", "--yes")[0] == 0
    for package in ("visions", "div"):  # a day may be the leak
        descriptor = json.loads(folder.seen()[f"{package}/datapackage.json"])
        assert "temporal" not in descriptor["dcat"]
    assert div("publish", folder.root, "--yes")[0] == 0
    assert b'"temporal"' in folder.seen()["div/datapackage.json"]
    assert b"vision-bahn" in folder.seen()[FILE]
    assert folder.failed() == set()


def test_the_folder_names_withdrawn_versions_and_links_to_none(folder: Place, name: str) -> None:
    publish_two_versions(folder, name)
    withdraw(folder, Request("visions"))
    portal = folder.root / "portal"
    entries = json.loads((portal / "versions.json").read_text("utf-8"))["versions"]
    assert [(e["version"], e.get("withdrawn")) for e in entries] == [
        ("1.1.0", None),
        ("1.0.1", "2026-11-25"),
        ("1.0.0", "2026-11-25"),
    ]
    assert sorted(path.name for path in portal.glob("div-*.zip")) == ["div-1.1.0.zip"]
    assert "previousVersion" not in (portal / "catalog.ttl").read_text("utf-8")
    for page in portal.rglob("*.html"):
        text = page.read_text("utf-8")
        assert "div-1.0.0.zip" not in text
        assert "div-1.0.1.zip" not in text
    assert "div-1.1.0.zip" in (portal / "index.html").read_text("utf-8")


@pytest.mark.parametrize("lost", [False, True])
def test_what_pages_quote_goes_from_them(folder: Place, name: str, lost: bool) -> None:
    """The reason of a deviation stands on pages, too: on the portal and where they are kept."""
    row = f"deviation-1,DIV301,sessions,session-2026-1,„Das war {name}.“,2026-11-23\n"
    (folder.root / "records" / "deviations.csv").write_text(
        f"id,rule,table,record_id,reason,date\n{row}", encoding="utf-8"
    )
    folder.release(MONDAY)
    pages = [name for name in search(folder, name) if name.endswith("sessions/index.html")]
    assert {page.partition("/")[0] for page in pages} == {"portal", ".div-opendata"}
    if lost:
        shutil.rmtree(folder.root / "portal")
        leaked = hashlib.sha256((folder.root / "build/notes/deviations.csv").read_bytes())
        publisher = folder.publisher()
        withdrawal = find(publisher, Request(sha256=leaked.hexdigest()))
        carry_out(publisher, withdrawal, WEDNESDAY, "ein Name", lambda *_: None)
    else:
        withdraw(folder, Request("deviations"))
    assert search(folder, name) == []


def test_a_backup_of_the_folder_that_is_put_back_does_not_stay(
    folder: Place, name: str, tmp_path: Path
) -> None:
    publish_two_versions(folder, name)
    portal = folder.root / "portal"
    shutil.copytree(portal, tmp_path / "backup", symlinks=True)
    withdraw(folder, Request("visions"))
    shutil.rmtree(portal)
    shutil.copytree(tmp_path / "backup", portal, symlinks=True)
    assert folder.failed() >= {FILE, "div-1.0.0.zip", "div-1.0.1.zip"}
    assert refused(folder)
    correct(folder)
    folder.release(WEDNESDAY)
    assert search(folder, name) == []
    assert folder.failed() == set()
    (portal / "div-1.0.0.zip").write_bytes((tmp_path / "backup/div-1.0.0.zip").read_bytes())
    assert folder.failed() == {"div-1.0.0.zip"}
    plan, _ = folder.release(WEDNESDAY)
    assert [change.name for change in plan.stale] == ["div-1.0.0.zip"]
    assert search(folder, name) == []


def test_exactly_these_bytes(place: Place, name: str) -> None:
    leak(place, name)
    place.release(MONDAY)
    leaked = hashlib.sha256(place.seen()[FILE]).hexdigest()
    withdrawal = withdraw(place, Request(sha256=leaked), TUESDAY)
    assert withdrawal.hashes == {leaked: FILE}
    assert withdrawal.files == (FILE, "div/visions.csv")
    assert search(place, name) == []
    listed = (place.root / "withdrawn.csv").read_text("utf-8")
    rows = list(csv.DictReader(listed.splitlines()))
    assert {row["date"] for row in rows} == {"2026-11-24"}
    assert {row["reason"] for row in rows} == {"ein Name"}
    assert [row["what"] for row in rows if row["sha256"] == leaked] == [FILE]
    assert refused(place)


@pytest.mark.parametrize("by", ["resource", "sha256"])
def test_an_earlier_version_goes_and_the_corrected_one_stays(
    place: Place, name: str, by: str
) -> None:
    """Somebody has corrected the records and published before they thought of withdrawing."""
    leak(place, name)
    place.release(MONDAY)
    leaked = hashlib.sha256(place.seen()[FILE]).hexdigest()
    correct(place)
    place.release(TUESDAY)
    before = place.seen()
    asked = Request("visions", earlier=True) if by == "resource" else Request(sha256=leaked)
    withdrawal = withdraw(place, asked)
    assert withdrawal.hashes.keys() == {leaked}
    assert withdrawal.files == ()
    assert search(place, name) == []
    assert place.seen() == before
    assert not place.release(WEDNESDAY)[0].changes
    leak(place, name)
    assert refused(place)


def test_versions_that_were_published_from_elsewhere_are_known(plain: CkanPlace, name: str) -> None:
    """The portal's activity stream has the hashes of what this computer never sent."""
    publish_two_versions(plain, name)
    shutil.rmtree(plain.workspace.internal)
    withdraw(plain, Request("visions"))
    leak(plain, name, "in der Nacht")
    assert refused(plain)


def test_versions_that_were_sent_from_here_are_known_without_the_activity_stream(
    plain: CkanPlace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_two_versions(plain, name)
    original = Api.read

    def read(api: Api, action: str, data: dict[str, Any]) -> Any:
        if action == "package_activity_list":
            raise Refusal(400, "bad request", {"message": "Action name not known"})
        return original(api, action, data)

    monkeypatch.setattr(Api, "read", read)
    withdraw(plain, Request("visions"))
    leak(plain, name, "in der Nacht")
    assert refused(plain)


def test_all_of_a_table_is_emptied_where_its_bytes_are_not_known(place: Place, name: str) -> None:
    """Somebody has changed an innocent file on the portal, and nothing is kept here: what is in it
    nobody knows."""
    leak(place, name)
    place.release(MONDAY)
    place.path("sessions/sessions.csv").write_bytes(f"id\n{name}\n".encode())
    shutil.rmtree(place.workspace.internal)
    withdrawal = withdraw(place, Request("visions"))
    assert "sessions/sessions.csv" in withdrawal.files
    assert search(place, name) == []
    correct(place)
    place.release(WEDNESDAY)
    assert b",held,,42," in place.seen()["sessions/sessions.csv"]
    assert place.failed() == set()


def test_a_file_that_is_no_table_is_emptied_whole(tmp_path: Path) -> None:
    root = copy_example("musterstadt", tmp_path)
    release(root)
    publisher = to_folder(open_workspace(root))
    shown = publisher.portal.shown()["lottery"]["resources"]
    pool = next(entry["name"] for entry in shown if entry["name"].startswith("pool-"))
    place = FolderPlace(open_workspace(root))
    withdrawal = withdraw(place, Request(f"lottery/{pool}"))
    assert withdrawal.files == (f"lottery/{pool}.txt", f"div/{pool}.txt")
    assert place.seen()[f"lottery/{pool}.txt"] == b""
    assert refused(place)


def test_a_table_that_was_empty_already(place: Place) -> None:
    (place.root / "records" / "visions.csv").write_text(VISIONS.partition("\n")[0] + "\n")
    place.release(MONDAY)
    before = place.seen()
    withdrawal = withdraw(place, Request("sessions/priorities"))
    assert (withdrawal.hashes, withdrawal.files, withdrawal.earlier) == ({}, (), {})
    assert place.seen() == before
    assert not place.release(TUESDAY)[0].changes
