"""Publishing: planned, stamped, whole, verified; the conformance tests of any portal."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from frictionless import Package

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.packages import assemble
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.files import sha256
from div_opendata.base.verification import Check
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.folder.portal import MARK
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import Workspace, open_workspace
from support.disk import refuse_links
from support.real_ckan import Instance, Site
from support.workspaces import RECORDS, MakeWorkspace, ckan_files, copy_example, examine, tree_bytes

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)


@pytest.fixture(params=["linked", "mirrored"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both kinds of folder portals: with symbolic links, and where a system has none."""
    if request.param == "mirrored":
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_assemble.py has frictionless at the gate; here it would only take its time."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())


def release(
    root: Path,
    now: dt.datetime = MONDAY,
    opened: Callable[[Workspace], Publisher] | None = None,
) -> tuple[Plan, list[Check]]:
    """Assemble and publish; the plan, and the checks where there was anything to do."""
    workspace = open_workspace(root)
    records, findings = examine(workspace)
    assert findings == []
    assert assemble(records, workspace) == []
    publisher = (opened or to_folder)(workspace)
    with publisher.portal.exclusively(), publisher.draft() as folder:
        plan = publisher.plan(workspace.build, now, folder)
        checks = publisher.apply(plan, lambda *_: None) if plan.changes else []
    assert all(check.passed for check in checks)
    return plan, checks


def to_folder(workspace: Workspace) -> Publisher:
    return Publisher(workspace, open_portal(workspace, None))


def actions(plan: Plan) -> dict[str, str]:
    return {item.dataset.package.name: item.action for item in plan.datasets}


def versions(plan: Plan) -> dict[str, str]:
    return {i.dataset.package.name: i.dataset.descriptor["version"] for i in plan.datasets}


def visible(root: Path) -> dict[str, bytes]:
    """What a reader of the portal sees."""
    return {
        name: content
        for name, content in tree_bytes(root / "portal").items()
        if not name.startswith(".")
    }


def edit(root: Path, table: str, old: str, new: str) -> None:
    path = root / "records" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


# --- any portal -----------------------------------------------------------------------------------


class Place(ABC):
    """A portal of any kind, and a small workspace that publishes there."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.root = workspace.root

    @abstractmethod
    def open(self, workspace: Workspace) -> Publisher:
        """A publisher to the portal."""

    @abstractmethod
    def path(self, name: str) -> Path:
        """Where the portal keeps a file, for somebody who changes it behind everybody's back."""

    @abstractmethod
    def seen(self) -> dict[str, bytes]:
        """The files that a reader gets, without what only this kind of portal has."""

    @abstractmethod
    def state(self) -> object:
        """All that a run which has nothing to do must leave as it is."""

    @abstractmethod
    def lose(self) -> None:
        """Lose everything that is there."""

    def release(
        self, now: dt.datetime = MONDAY, publisher: Publisher | None = None
    ) -> tuple[Plan, list[Check]]:
        return release(self.root, now, (lambda _workspace: publisher) if publisher else self.open)

    def edit(self, table: str, old: str, new: str) -> None:
        edit(self.root, table, old, new)

    def publisher(self) -> Publisher:
        return self.open(open_workspace(self.root))

    def failed(self) -> set[str]:
        """The checks of a verification that did not pass."""
        return {check.name for check in self.publisher().verify() if not check.passed}

    def expected(self) -> dict[str, bytes]:
        """The files that a reader must get: those of the last release that was verified."""
        last = tree_bytes(
            self.workspace.internal / "portals" / self.publisher().portal.name / "last"
        )
        return {name: content for name, content in last.items() if is_shared(name)}


class FolderPlace(Place):
    def open(self, workspace: Workspace) -> Publisher:
        return to_folder(workspace)

    def path(self, name: str) -> Path:
        return (self.root / "portal" / name).resolve()

    def seen(self) -> dict[str, bytes]:
        return {name: content for name, content in visible(self.root).items() if is_shared(name)}

    def state(self) -> object:
        portal = self.root / "portal"
        return {p: p.lstat().st_mtime_ns for p in portal.rglob("*") if p != portal / MARK}

    def lose(self) -> None:
        shutil.rmtree(self.root / "portal")


class CkanPlace(Place):
    def __init__(self, workspace: Workspace, instance: Instance, prefix: str, site: Site) -> None:
        super().__init__(workspace)
        self.instance = instance
        self.prefix = prefix
        self.site = site
        self.stranger = instance.api(None, site)

    def open(self, workspace: Workspace) -> Publisher:
        return self.instance.open(workspace)

    def path(self, name: str) -> Path:
        id_: str = next(r["id"] for r, path in self._resources() if path == name)
        return self.instance.storage / "resources" / id_[:3] / id_[3:6] / id_[6:]

    def seen(self) -> dict[str, bytes]:
        return {
            path: self.stranger.session.get(resource["url"]).content
            for resource, path in self._resources()
        }

    def state(self) -> object:
        return list(self._datasets())

    def lose(self) -> None:
        for dataset in self._datasets():
            self.instance.api("admin").call("dataset_purge", {"id": dataset["id"]})

    def _datasets(self) -> list[dict[str, Any]]:
        names = [name for name in self.stranger.read("package_list", {}) if self._is_mine(name)]
        return [self.stranger.read("package_show", {"id": name}) for name in names]

    def _is_mine(self, name: str) -> bool:
        return name.partition("-")[0] == self.prefix

    def _resources(self) -> list[tuple[dict[str, Any], str]]:
        """The resources that strangers see, with the names of their files in a release."""
        found = []
        for dataset in self._datasets():
            package = dataset["name"].removeprefix(f"{self.prefix}-")
            for resource in dataset["resources"]:
                if "resource_name" not in resource:
                    continue  # somebody else's
                path = resource["url"].rpartition("/")[2]
                package = "div" if package == self.prefix else package
                found.append((resource, path if path == "div.zip" else f"{package}/{path}"))
        return found


def is_shared(name: str) -> bool:
    """Whether every portal shows a file of a release as a file of its own."""
    package, _, path = name.rpartition("/")
    if package in {"", "div"}:
        return name in {"div.zip", "div/datapackage.json"}
    return not path.endswith(".html") and package != "schemas"


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


# --- the folder -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("links")
def test_the_folder_has_pages_and_archives(workspace: Workspace) -> None:
    release(workspace.root)
    seen = visible(workspace.root)
    assert seen["div.zip"] == seen["div-1.0.0.zip"]
    assert "index.html" in seen
    assert "votes/votes.csv" not in seen


@pytest.mark.usefixtures("links")
def test_every_version_of_the_bundle_stays(workspace: Workspace) -> None:
    release(workspace.root)
    first = visible(workspace.root)["div-1.0.0.zip"]
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root, TUESDAY)
    seen = visible(workspace.root)
    assert seen["div-1.0.0.zip"] == first
    assert seen["div-1.0.1.zip"] == seen["div.zip"] != first
    assert b"div-1.0.0.zip" in seen["index.html"]


def test_a_folder_of_somebody_else_is_refused(workspace: Workspace) -> None:
    portal = workspace.root / "portal"
    portal.mkdir()
    (portal / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(Problem, match="other files"):
        release(workspace.root)
    assert [path.name for path in portal.iterdir()] == ["thesis.docx"]


def test_one_publisher_at_a_time(workspace: Workspace) -> None:
    publisher = Publisher(workspace, open_portal(workspace, None))
    with publisher.portal.exclusively(), pytest.raises(Problem, match="Somebody else"):
        release(workspace.root)


def test_an_unknown_portal_is_named(workspace: Workspace) -> None:
    with pytest.raises(UsageProblem, match="no portal city"):
        open_portal(workspace, "city")


def test_a_portal_that_was_mirrored_goes_on_where_links_are(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refuse_links)
        release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    assert b",43," in visible(workspace.root)["sessions/sessions.csv"]


def test_a_portal_with_links_needs_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written through its links: the release that is shown stays whole."""
    release(workspace.root)
    before = visible(workspace.root)
    monkeypatch.setattr(Path, "symlink_to", refuse_links)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    with pytest.raises(OSError, match="no links here"):
        release(workspace.root)
    after = visible(workspace.root)
    after.pop("div-1.0.1.zip")  # verified, and not yet listed
    assert after == before


def test_a_restored_copy_without_links_goes_on_mirrored(workspace: Workspace) -> None:
    release(workspace.root)
    portal = workspace.root / "portal"
    shutil.copytree(portal, portal.with_name("copy"), ignore=shutil.ignore_patterns(".[rc]*"))
    shutil.rmtree(portal)
    portal.with_name("copy").rename(portal)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    deviations = "id,rule,table,record_id,reason,date\n"
    row = "deviation-1,DIV301,sessions,session-2026-1,Grund.,2026-11-23\n"
    (workspace.records / "deviations.csv").write_text(deviations + row)
    plan, _ = release(workspace.root)
    assert actions(plan)["notes"] == "create"
    assert b",43," in visible(workspace.root)["sessions/sessions.csv"]
    assert not (portal / "sessions").is_symlink()


@pytest.mark.usefixtures("links")
def test_files_that_a_release_no_longer_has_are_gone(musterstadt: Path) -> None:
    release(musterstadt)
    assert any("/pool-" in name for name in visible(musterstadt))
    for table in ("lottery_tickets", "seed_sources", "replacements", "lotteries"):
        (musterstadt / "records" / f"{table}.csv").unlink()
    release(musterstadt)
    assert not any("/pool-" in name for name in visible(musterstadt))


def failed(workspace: Workspace) -> set[str]:
    publisher = Publisher(workspace, open_portal(workspace, None))
    return {check.name for check in publisher.verify() if not check.passed}


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    "name", ["div-1.0.0.zip", "div-1.0.1.zip", "index.html", "schemas/sessions.schema.json"]
)
def test_everything_that_is_shown_is_verified(workspace: Workspace, name: str) -> None:
    """Earlier versions, pages and schemas too; all but an earlier version is mended."""
    release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    assert failed(workspace) == set()
    path = (workspace.root / "portal" / name).resolve()
    path.write_bytes(path.read_bytes() + b" ")
    assert failed(workspace) == {name}
    release(workspace.root)
    assert failed(workspace) == ({name} if name == "div-1.0.0.zip" else set())


def test_a_published_version_is_never_used_again(workspace: Workspace) -> None:
    """Not even where the bundle's descriptor was lost, here and on the portal."""
    release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    cited = visible(workspace.root)["div-1.0.1.zip"]
    shutil.rmtree(workspace.internal)
    (workspace.root / "portal/div/datapackage.json").resolve().unlink()
    edit(workspace.root, "sessions", ",held,43", ",held,44")
    assert versions(release(workspace.root)[0])["div"] == "1.0.2"
    assert visible(workspace.root)["div-1.0.1.zip"] == cited


def test_what_was_changed_in_build_is_not_published(workspace: Workspace) -> None:
    release(workspace.root)
    path = workspace.build / "sessions/sessions.csv"
    path.write_text(path.read_text().replace("42", "99"))
    publisher = to_folder(workspace)
    with publisher.draft() as folder, pytest.raises(Problem, match="not as it was assembled"):
        publisher.plan(workspace.build, TUESDAY, folder)


# --- what researchers do --------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["bielefeld", "musterstadt"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published example."""
    root = copy_example(str(request.param), tmp_path_factory.mktemp("portal"))
    release(root)
    return root / "portal"


def test_frictionless_reads_the_portal(portal: Path) -> None:
    for path in [*portal.glob("*/datapackage.json"), portal / "div.zip"]:
        if ".releases" not in path.parts:
            report = Package(str(path)).validate()
            assert report.valid, path


def test_pandas_reads_the_tables(portal: Path) -> None:
    for path in portal.glob("*/datapackage.json"):
        for resource in json.loads(path.read_bytes())["resources"]:
            if resource["format"] == "csv":
                frame = pd.read_csv(path.with_name(resource["path"]))
                names = [field["name"] for field in resource["schema"]["fields"]]
                assert list(frame.columns) == names
                assert len(frame) == resource.get("rows", len(frame))


def test_the_bundle_is_reproducible_and_plain(portal: Path) -> None:
    with zipfile.ZipFile(portal / "div.zip") as archive:
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert archive.namelist()[0] == "datapackage.json"
        descriptor = json.loads(archive.read("datapackage.json"))
        assert len(archive.namelist()) == 1 + len(descriptor["resources"])
    assert descriptor == json.loads((portal / "div/datapackage.json").read_bytes())


def test_schemas_are_published(portal: Path) -> None:
    for path in (portal / "schemas").glob("*.json"):
        assert json.loads(path.read_bytes())["public"]
    assert len(list((portal / "schemas").glob("*.schema.json"))) == 18


def test_lottery_can_be_run_again_from_the_csv(tmp_path: Path) -> None:
    """With the published columns alone: RFC 3797 gives the published ranks."""
    root = copy_example("musterstadt", tmp_path)
    release(root)
    folder = root / "portal/lottery"
    lotteries = pd.read_csv(folder / "lotteries.csv", dtype=str)
    drawn = lotteries[lotteries.status == "drawn"].iloc[0]
    tickets = list(csv.DictReader(io.StringIO((folder / "lottery_tickets.csv").read_text())))
    mine = [ticket for ticket in tickets if ticket["lottery_id"] == drawn["id"]]
    left = [int(ticket["position"]) for ticket in mine]
    key = str(drawn["seed_key"]).encode()
    ranking = []
    for step in range(len(left)):
        index = step.to_bytes(2, "big")
        digest = hashlib.md5(index + key + index, usedforsecurity=False).digest()
        ranking.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    published = {int(ticket["position"]): int(ticket["rank"]) for ticket in mine}
    assert [published[position] for position in ranking] == list(range(1, len(mine) + 1))


def test_the_addresses_of_a_folder(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    plan, _ = release(workspace.root)
    document = plan.as_json(open_portal(workspace, None), applied=True)
    sessions = document["datasets"][0]
    assert sessions["url"] == "http://127.0.0.1:8000/sessions/"
    assert sessions["resources"][0]["url"] == "http://127.0.0.1:8000/sessions/sessions.csv"
    assert [item["url"] for item in document["datasets"][-1]["resources"]] == [
        "http://127.0.0.1:8000/div.zip",
        "http://127.0.0.1:8000/div/datapackage.json",
    ]
