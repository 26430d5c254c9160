"""Publishing: planned, stamped, whole, verified; the conformance tests of any portal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from div_opendata.assemble.packages import assemble
from div_opendata.base.errors import Problem
from div_opendata.base.files import sha256
from div_opendata.workspace.settings import open_workspace
from support.disk import refuse_links
from support.places import TUESDAY, CkanPlace, FolderPlace, Place, actions, versions
from support.real_ckan import Instance, Site
from support.workspaces import RECORDS, MakeWorkspace, ckan_files, examine

pytestmark = pytest.mark.usefixtures("no_gate")


PLACES = [
    "linked",
    "mirrored",
    pytest.param("plain", marks=pytest.mark.ckan),
    pytest.param("2.11", marks=pytest.mark.ckan),
]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Each kind of portal: both folders, CKAN in both versions."""
    if request.param == "mirrored":
        request.getfixturevalue("monkeypatch").setattr(Path, "symlink_to", refuse_links)
    if request.param in {"linked", "mirrored"}:
        return FolderPlace(make_workspace(RECORDS))
    instance: Instance = request.getfixturevalue("ckan211" if request.param == "2.11" else "ckan")
    site: Site = "city" if request.param == "city" else "plain"
    prefix = instance.prefix()
    workspace = make_workspace(ckan_files(instance, prefix=prefix, site=site))
    return CkanPlace(workspace, instance, prefix, site)


with_loader = pytest.mark.parametrize(
    "place", [*PLACES, pytest.param("city", marks=pytest.mark.ckan)], indirect=True
)
"""Also with a portal that loads the tables itself."""


@with_loader
def test_first_release(place: Place) -> None:
    """Only packages with rows are published; all start at version 1.0.0."""
    plan, checks = place.release()
    assert actions(plan) == {"sessions": "create", "visions": "create", "div": "create"}
    assert set(versions(plan).values()) == {"1.0.0"}
    assert len(checks) > 5
    seen = place.seen()
    assert seen == place.expected()
    assert seen.keys() == {
        *(f"sessions/{name}" for name in ("sessions.csv", "priorities.csv", "codes.csv")),
        *(f"visions/{name}" for name in ("visions.csv", "codes.csv")),
        *(f"{package}/datapackage.json" for package in ("sessions", "visions", "div")),
        "div.zip",
    }
    built = (place.workspace.build / "sessions/sessions.csv").read_bytes()
    assert seen["sessions/sessions.csv"] == built
    descriptor = json.loads(seen["sessions/datapackage.json"])
    assert (descriptor["version"], descriptor["created"]) == ("1.0.0", "2026-11-23T09:00:00Z")
    assert place.failed() == set()


def test_nothing_to_do_writes_nothing(place: Place) -> None:
    place.release()
    before = place.state()
    plan, _ = place.release(TUESDAY)
    assert not plan.changes
    assert set(actions(plan).values()) == {"same"}
    assert place.state() == before


def test_a_changed_value_is_a_patch(place: Place) -> None:
    """Only its package and the bundle get a new stamp."""
    place.release()
    before = place.seen()
    place.edit("sessions", ",held,42", ",held,43")
    plan, checks = place.release(TUESDAY)
    assert actions(plan) == {"sessions": "update", "visions": "same", "div": "update"}
    assert versions(plan) == {"sessions": "1.0.1", "visions": "1.0.0", "div": "1.0.1"}
    sessions = plan.datasets[0]
    assert sessions.resources == {
        "sessions": "update",
        "priorities": "same",
        "codes": "same",
        "datapackage": "update",
    }
    assert plan.datasets[2].resources == {"div": "update", "datapackage": "update"}
    after = place.seen()
    assert after == place.expected()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        *("sessions/sessions.csv", "sessions/datapackage.json"),
        *("div.zip", "div/datapackage.json"),
    }
    assert changed <= {check.name for check in checks}
    assert place.failed() == set()


@with_loader
def test_rows_that_come_or_go_are_a_minor(place: Place) -> None:
    place.release()
    row = "session-2026-3,D.I.V. 3/2026,2026-11-30 18:00,planned,\n"
    for old, new, version in (
        ("planned,\n", f"planned,\n{row}", "1.1.0"),
        ("session-2026-3", "session-2026-4", "1.2.0"),
        (row.replace("2026-3", "2026-4", 1), "", "1.3.0"),
    ):
        place.edit("sessions", old, new)
        assert versions(place.release(TUESDAY)[0])["sessions"] == version
        assert place.seen() == place.expected()
        assert place.failed() == set()


def test_back_to_the_old_records_is_a_new_version(place: Place) -> None:
    place.release()
    first = place.seen()["sessions/sessions.csv"]
    place.edit("sessions", ",held,42", ",held,43")
    place.release()
    place.edit("sessions", ",held,43", ",held,42")
    assert versions(place.release(TUESDAY)[0])["sessions"] == "1.0.2"
    assert place.seen()["sessions/sessions.csv"] == first
    assert place.failed() == set()


def test_a_published_package_stays_when_it_is_empty(place: Place) -> None:
    place.release()
    (place.workspace.records / "visions.csv").unlink()
    plan, _ = place.release(TUESDAY)
    assert actions(plan)["visions"] == "update"
    assert versions(plan)["visions"] == "1.1.0"
    assert place.seen()["visions/visions.csv"].count(b"\n") == 1
    assert place.seen() == place.expected()
    assert place.failed() == set()


def test_changed_texts_are_a_patch_and_named(place: Place) -> None:
    place.release()
    path = place.root / "div-opendata.toml"
    path.write_text(path.read_text().replace('attribution = "Stadt', 'attribution = "Die Stadt'))
    plan, _ = place.release(TUESDAY)
    assert versions(plan)["visions"] == "1.0.1"
    (change,) = (c for c in plan.datasets[0].metadata if c.name == "attribution")
    assert (change.old, change.new) == ("Stadt Probe", "Die Stadt Probe")
    assert place.seen() == place.expected()


def test_a_new_major_of_the_standard(place: Place) -> None:
    place.release()
    place.edit("sessions", ",held,42", ",held,43")
    workspace = open_workspace(place.root)
    object.__setattr__(workspace.standard, "version", "2.3.0")
    publisher = place.open(workspace)
    records, _ = examine(workspace)
    assemble(records, workspace)
    with publisher.draft() as folder:
        plan = publisher.plan(workspace.build, TUESDAY, folder)
    assert versions(plan)["sessions"] == "2.0.0"
    assert versions(plan)["visions"] == "1.0.0"


def test_rows_are_compared_with_the_portal_where_nothing_is_kept(place: Place) -> None:
    """Another copy of the workspace publishes the same versions."""
    place.release()
    shutil.rmtree(place.workspace.internal)
    place.edit("sessions", ",held,42", ",held,43")
    assert versions(place.release(TUESDAY)[0])["sessions"] == "1.0.1"
    assert place.seen() == place.expected()


def test_what_somebody_changed_on_the_portal_is_found_and_mended(place: Place) -> None:
    place.release()
    path = place.path("sessions/sessions.csv")
    original = path.read_bytes()
    path.write_bytes(original.replace(b",42", b",99"))
    assert place.failed() == {"sessions/sessions.csv"}
    plan, _ = place.release(TUESDAY)
    assert [change.name for change in plan.stale] == ["sessions/sessions.csv"]
    assert set(actions(plan).values()) == {"same"}
    assert set(versions(plan).values()) == {"1.0.0"}
    assert place.seen()["sessions/sessions.csv"] == original
    assert place.failed() == set()


def test_a_file_that_vanished_fails_the_verification_and_comes_back(place: Place) -> None:
    place.release()
    place.path("sessions/codes.csv").unlink()
    assert place.failed() == {"sessions/codes.csv"}
    place.release(TUESDAY)
    assert place.seen() == place.expected()
    assert place.failed() == set()


def test_a_consistent_forgery_is_found_by_what_is_kept(place: Place) -> None:
    place.release()
    csv_path = place.path("visions/visions.csv")
    forged = csv_path.read_bytes().replace(b"Takt", b"Tokt")
    descriptor_path = place.path("visions/datapackage.json")
    old = sha256(csv_path)
    csv_path.write_bytes(forged)
    text = descriptor_path.read_text().replace(old, sha256(csv_path))
    descriptor_path.write_text(text)
    assert place.failed() == {"visions/visions.csv", "visions/datapackage.json"}


def test_a_lost_portal_goes_on_with_its_versions(place: Place) -> None:
    place.release()
    place.edit("sessions", ",held,42", ",held,43")
    place.release()
    before = place.seen()
    place.lose()
    plan, _ = place.release(TUESDAY)
    assert versions(plan) == {"sessions": "1.0.1", "visions": "1.0.0", "div": "1.0.1"}
    assert actions(plan)["div"] == "create"
    assert place.seen() == before


def released(place: Place) -> tuple[dict[str, list[str]], list[str]]:
    """The keys of the last release by table, as the rules of the family history get them."""
    publisher = place.publisher()
    build = publisher.workspace.build
    with publisher.draft() as folder:
        tables, unknown = publisher.released(publisher.plan(build, TUESDAY, folder))
    return {name: list(rows) for name, rows in tables.items() if rows}, unknown


def test_the_last_release_is_known_for_the_rules(place: Place) -> None:
    place.release()
    expected = {"sessions": ["session-2026-1", "session-2026-2"], "visions": ["vision-bus"]}
    assert released(place) == (expected, [])
    place.edit("sessions", "session-2026-2,", "session-2026-3,")
    place.edit("visions", "vision-bus,", "vision-bahn,")
    records, _ = examine(open_workspace(place.root))
    assert assemble(records, place.workspace) == []
    assert released(place) == (expected, []), "from what is kept here"
    kept = place.workspace.internal / "portals"
    shutil.move(kept, kept.with_name("away"))
    assert released(place) == (expected, []), "from the portal"
    place.path("sessions/sessions.csv").write_bytes(b"id\n")
    assert released(place) == ({"visions": ["vision-bus"]}, ["sessions"]), "from nowhere"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.move(kept.with_name("away"), kept)
    place.lose()
    assert released(place) == (expected, []), "a portal that was lost"


def test_a_dataset_keeps_its_identity(place: Place) -> None:
    """Harvesters would delete it and make another one."""
    place.release()
    before = place.seen()
    path = place.root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    uri = next(line for line in text.splitlines() if line.startswith("uri = "))
    for old, new in (
        (uri, f'{uri[:-1]}x"'),
        ("[release]\n", '[release]\nuri_base = "https://daten.stadt.example/id/"\n'),
    ):
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(Problem, match="published as urn:uuid:"):
            place.release(TUESDAY)
    path.write_text(text, encoding="utf-8")
    assert place.seen() == before
    assert set(actions(place.release(TUESDAY)[0]).values()) == {"same"}


def test_a_newer_portal_is_not_overwritten(place: Place) -> None:
    place.release()
    path = place.path("div/datapackage.json")
    path.write_text(path.read_text().replace('"1.0.0"', '"2.0.0"'))
    shutil.rmtree(place.workspace.internal)
    place.edit("sessions", ",held,42", ",held,43")
    before = place.seen()
    with pytest.raises(Problem, match="newer standard"):
        place.release()
    assert place.seen() == before


def test_another_copy_of_the_workspace_may_publish(place: Place) -> None:
    """The first is then behind, which is no failed verification; publishing the same mends it."""
    place.release()
    kept = place.root / "kept"
    shutil.copytree(place.workspace.internal, kept, symlinks=True)
    place.edit("sessions", ",held,42", ",held,43")
    place.release(TUESDAY)
    workspace = place.workspace
    records, _ = examine(workspace)
    shutil.rmtree(workspace.internal)
    kept.rename(workspace.internal)
    assemble(records, workspace)
    publisher = place.publisher()
    assert publisher.is_behind(publisher.portal.shown())
    assert place.failed() == set()
    with publisher.draft() as folder:
        plan = publisher.plan(workspace.build, TUESDAY, folder)
        assert not plan.changes
        publisher.remember(plan)
    assert not publisher.is_behind(publisher.portal.shown())


def test_a_portal_is_not_trusted(place: Place) -> None:
    """A descriptor that is none, and of which nothing is kept, is damage and not a new dataset."""
    place.release()
    shutil.rmtree(place.workspace.internal)
    path = place.path("visions/datapackage.json")
    for descriptor in (
        "{",
        "{}",
        "[]",
        '{"version": "x", "created": "", "resources": []}',
        '{"version": "1.0.0", "created": "", "resources": [{"path": "/dev/zero"}]}',
        '{"version": "1.0.0", "created": "", "resources": [{"path": "../../etc/passwd"}]}',
        "[" * 100_000,
    ):
        path.write_text(descriptor)
        with pytest.raises(Problem, match="damaged"):
            place.publisher().verify()
    before = place.seen()
    with pytest.raises(Problem, match="damaged"):
        place.release()
    assert place.seen() == before


def test_the_plan_as_json(place: Place) -> None:
    plan, _ = place.release()
    portal = place.publisher().portal
    document = plan.as_json(portal, applied=True)
    assert (document["version"], document["applied"]) == (1, True)
    assert document["portal"] == portal.name
    sessions = document["datasets"][0]
    assert sessions["name"] == "div-sessions"
    assert sessions["action"] == "create"
    assert sessions["url"] == portal.url("sessions", "")
    first = sessions["resources"][0]
    assert first["name"] == "sessions"
    assert first["url"] == portal.url("sessions", "sessions.csv")
    names = [[item["name"] for item in dataset["resources"]] for dataset in document["datasets"]]
    assert [group[-1] for group in names] == ["datapackage"] * 3
    assert names[-1] == ["div", "datapackage"]
