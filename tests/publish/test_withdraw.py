"""Withdrawing: a leaked name goes from everywhere, and nothing brings it back.

Each test leaks a name of its own, so that it can be searched for in whatever tests share.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import pickle
import pty
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.metadata import catalogue
from div_opendata.assemble.metadata.facts import CatalogFacts
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.files import sha256
from div_opendata.cli import main as cli
from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.withdraw import Request, Withdrawal, carry_out, find
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.withdrawn import withdrawn
from support.disk import dies, refuse_links
from support.places import MONDAY, TUESDAY, CkanPlace, FolderPlace, Place, release, to_folder
from support.real_ckan import Instance, Site
from support.workspaces import (
    CONFIGURATION,
    RECORDS,
    VISIONS,
    MakeWorkspace,
    ckan_files,
    copy_example,
    examine,
    tree_bytes,
)

WEDNESDAY = TUESDAY + dt.timedelta(days=1)
EMPTY = b"id,name,session_id,date,action_field,description,horizon_year,reference\n"
FILE = "visions/visions.csv"


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_assemble.py has frictionless at the gate; here it would only take its time, as would
    waiting for the disk: runs die here, no machines."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    monkeypatch.setattr(catalogue, "catalogue_files", known_catalogue_files)


_make_catalogue_files = catalogue.catalogue_files
_catalogues: dict[bytes, dict[str, bytes]] = {}


def known_catalogue_files(facts: CatalogFacts) -> dict[str, bytes]:
    """The files of a catalogue, made once: at each step of a killed run they are the same."""
    key = pickle.dumps(facts)
    if key not in _catalogues:
        _catalogues[key] = _make_catalogue_files(facts)
    return dict(_catalogues[key])


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that only this test knows."""
    return f"Erika Musterfrau {hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"


def make_place(request: pytest.FixtureRequest, kind: str, make_workspace: MakeWorkspace) -> Place:
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    if kind in {"linked", "mirrored"}:
        if kind == "mirrored":
            monkeypatch.setattr(Path, "symlink_to", refuse_links)
        return FolderPlace(make_workspace(RECORDS))
    site: Site = "city" if kind == "city" else "plain"
    return on_ckan(request.getfixturevalue("ckan"), site, make_workspace, monkeypatch)


def on_ckan(
    instance: Instance, site: Site, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> CkanPlace:
    prefix = instance.prefix()
    workspace = make_workspace(ckan_files(instance, prefix=prefix, site=site))
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", instance.tokens["office"])
    return CkanPlace(workspace, instance, prefix, site)


FOLDERS = ["linked", "mirrored"]
PLAIN = pytest.param("plain", marks=pytest.mark.ckan)
CITY = pytest.param("city", marks=pytest.mark.ckan)


@pytest.fixture(params=[*FOLDERS, PLAIN])
def place(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Each kind of portal; the CKAN without its loader."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture(params=[*FOLDERS, PLAIN, CITY])
def every_place(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Each kind of portal; the CKAN with and without its loader."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Both kinds of folder portals."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture
def plain(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> CkanPlace:
    """A CKAN without a loader."""
    return on_ckan(ckan, "plain", make_workspace, monkeypatch)


@pytest.fixture
def div(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Div:
    """Runs a command line in this process: status, standard output, standard error."""
    monkeypatch.setenv("LANGUAGE", "en")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call


Div = Callable[..., tuple[int, str, str]]


# --- a leak, and the search for it ----------------------------------------------------------------


def leak(place: Place, name: str, text: str = "auch abends") -> None:
    """Write the name into the visions."""
    visions = VISIONS.replace("auch abends", f"{text}, sagt {name}")
    assert name in visions
    (place.root / "records" / "visions.csv").write_text(visions, encoding="utf-8")


def correct(place: Place) -> None:
    """Take it out again."""
    corrected = VISIONS.replace("Alle zehn", "Alle neun")
    (place.root / "records" / "visions.csv").write_text(corrected, encoding="utf-8")


def publish_two_versions(place: Place, name: str) -> None:
    """Both have the name in them."""
    leak(place, name, "in der Nacht")
    place.release(MONDAY)
    leak(place, name)
    place.release(TUESDAY)


def has(content: bytes, name: str) -> bool:
    """Whether the name is in a file, or in a file of a zip."""
    if name.encode() in content or name.encode("utf-16-le") in content:
        return True
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(has(archive.read(member), name) for member in archive.namelist())
    return False


def kept_here(root: Path, name: str) -> list[str]:
    """The files of a workspace, with the folder portals in it, that have the name: all but the
    records."""
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.rglob("*"))
        if path.is_file() and root / "records" not in path.parents and has(path.read_bytes(), name)
    ]


def in_ckan(place: CkanPlace, name: str) -> Iterator[str]:
    """Where a CKAN has the name: what anybody gets, what its people see, and what it keeps."""
    instance, api = place.instance, place.instance.api("admin")
    yield from (file for file, content in place.seen().items() if has(content, name))
    for folder in (instance.storage, instance.logs):
        for path in folder.rglob("*"):
            if path.is_file() and has(path.read_bytes(), name):
                yield folder.name
    for database in ("database", "datastore"):
        if name in dump(instance, database):
            yield database
    for dataset in datasets(place):
        yield from in_dataset(api, dataset, name)
    if api.read("package_search", {"q": f'"{name}"', "include_private": True})["count"]:
        yield "search"


def in_dataset(api: Api, dataset: str, name: str) -> Iterator[str]:
    shown = api.read("package_show", {"id": dataset})
    activities = api.read("package_activity_list", {"id": dataset, "limit": 100})
    views = [api.read("resource_view_list", {"id": r["id"]}) for r in shown["resources"]]
    if name in json.dumps([shown, activities, views], ensure_ascii=False):
        yield dataset
    for item in shown["resources"]:
        if item["datastore_active"]:
            query = {"resource_id": item["id"]}
            rows = api.read("datastore_search", query)["records"]
            found = api.read("datastore_search", {**query, "q": f'"{name}"'})["total"]
            if found or name in json.dumps(rows, ensure_ascii=False):
                yield f"DataStore {item['resource_name']}"


def datasets(place: CkanPlace) -> list[str]:
    """The names of the datasets, private ones too."""
    query = {"fq": f"name:{place.prefix}*", "include_private": True, "rows": 100}
    found = place.instance.api("admin").read("package_search", query)["results"]
    return [d["name"] for d in found if d["name"].partition("-")[0] == place.prefix]


def dump(instance: Instance, database: str) -> str:
    """A whole database as text."""
    address = json.loads((instance.folder / "instance.json").read_text("utf-8"))[database]
    program = next(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    done = subprocess.run([program, address], capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def search(place: Place, name: str) -> list[str]:
    """Everywhere that the name is but in the records: on this computer, and on the portal."""
    found = kept_here(place.root, name)
    return found + sorted(in_ckan(place, name)) if isinstance(place, CkanPlace) else found


def addresses(place: Place) -> set[tuple[str, ...]]:
    """Ids and addresses of all that is shown."""
    if isinstance(place, CkanPlace):
        shown = [place.stranger.read("package_show", {"id": name}) for name in datasets(place)]
        return {(d["id"], d["name"], r["id"], r["url"]) for d in shown for r in d["resources"]}
    return {(name,) for name in place.seen()}


def withdraw(place: Place, request: Request, now: dt.datetime = WEDNESDAY) -> Withdrawal:
    """Withdraw as the command line does; everything that is verified must be right."""
    publisher = place.publisher()
    with publisher.workspace.exclusively(), publisher.portal.exclusively():
        withdrawal = find(publisher, request)
        checks = carry_out(publisher, withdrawal, now, "ein Name", lambda *_: None)
    assert [check for check in checks if not check.passed] == []
    return withdrawal


def refused(place: Place) -> bool:
    """Whether publishing the records as they are is refused, and nothing of the portal changes."""
    before = place.seen()
    try:
        place.release(WEDNESDAY)
    except Problem as problem:
        known = problem.message.id == "{file} is as it was when it was withdrawn on {date}."
        return known and place.seen() == before
    return False


def shown_versions(place: Place) -> dict[str, str]:
    return {name: d["version"] for name, d in place.publisher().portal.shown().items()}


# --- the whole way --------------------------------------------------------------------------------


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


def resource(place: CkanPlace, file: str) -> str:
    """The id of a resource that strangers see."""
    package, _, path = file.rpartition("/")
    found = place.stranger.read("package_show", {"id": f"{place.prefix}-{package}"})
    return next(str(r["id"]) for r in found["resources"] if r["url"].endswith(f"/{path}"))


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


# --- which bytes ----------------------------------------------------------------------------------


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
    place.release(TUESDAY)
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


# --- what cannot be withdrawn, or not like that ---------------------------------------------------


def test_the_codes_of_a_city_are_corrected_first(folder: Place, name: str) -> None:
    """Descriptors have the labels, too: emptying codes.csv would not be enough."""
    codes = folder.root / "codelists" / "action_field.csv"
    codes.parent.mkdir()
    codes.write_text(f"code,de,en\nmobility,Mobilität ({name}),Mobility\n", encoding="utf-8")
    folder.release(MONDAY)
    for asked in (Request("visions/codes"), Request(sha256=sha256(folder.path("div/codes.csv")))):
        with pytest.raises(UsageProblem) as refusal:
            withdraw(folder, asked)
        assert "/codes --earlier" in refusal.value.text("en")
    codes.write_text("code,de,en\nmobility,Mobilität,Mobility\n", encoding="utf-8")
    folder.release(TUESDAY)
    assert search(folder, name) == ["portal/div-1.0.0.zip"]
    withdraw(folder, Request("visions/codes", earlier=True))
    assert search(folder, name) == []
    assert not folder.release(WEDNESDAY)[0].changes


def test_descriptions_are_corrected_first(folder: Place, name: str) -> None:
    settings = folder.root / "div-opendata.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('attribution = "Stadt', f'attribution = "{name}'), "utf-8")
    folder.release(MONDAY)
    described = sha256(folder.path("visions/datapackage.json"))
    for asked in (Request("visions/datapackage"), Request("datapackage"), Request("", described)):
        with pytest.raises(UsageProblem) as refusal:
            withdraw(folder, asked)
        assert "/datapackage --earlier" in refusal.value.text("en")
    settings.write_text(text, "utf-8")
    folder.release(TUESDAY)
    withdraw(folder, Request("datapackage", earlier=True))
    assert search(folder, name) == []
    assert not folder.release(WEDNESDAY)[0].changes


NO_SHA256 = "a" * 63


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--resource", ""),
        ("--resource", "visions", "--sha256", "a" * 64),
        ("--sha256", NO_SHA256),
        ("--sha256", "A" * 64),
        ("--sha256", "a" * 64, "--earlier"),
        ("--resource", "wishes"),
        ("--resource", "sessions/visions"),
        ("--resource", "nowhere/visions"),
        ("--resource", "codes"),
        ("--resource", "visions/datapackage.json"),
        ("--sha256", hashlib.sha256(b"").hexdigest()),
        ("--sha256", hashlib.sha256(EMPTY).hexdigest()),
        ("--sha256", "div.zip"),
        ("--sha256", "visions/codes.csv"),
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_no_request(
    folder: Place, div: Div, options: tuple[str, ...], language: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    folder.release(MONDAY)
    before = folder.state()
    if options[-1:] in {("div.zip",), ("visions/codes.csv",)}:
        options = ("--sha256", sha256(folder.path(options[1])))
    status, out, err = div("withdraw", folder.root, *options, "--yes")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 2
    assert folder.state() == before
    assert not (folder.root / "withdrawn.csv").exists()


def test_a_portal_that_was_never_published_to(place: Place, div: Div) -> None:
    status, out, err = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert (status, out) == (2, "")
    assert "It shows: –." in err
    digest = "a" * 64
    status, out, _ = div("withdraw", place.root, "--sha256", digest, "--yes")
    assert status == 0
    assert "The portal has none of it." in out
    assert withdrawn(place.workspace).keys() == {digest}
    place.release(MONDAY)
    assert place.failed() == set()


@pytest.mark.parametrize("answer", ["nein", "ja"])
def test_in_a_terminal_it_asks(make_workspace: MakeWorkspace, name: str, answer: str) -> None:
    place = FolderPlace(make_workspace(RECORDS))
    leak(place, name)
    place.release(MONDAY)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "div_opendata", "withdraw", "--resource", FILE]
    with subprocess.Popen(
        [*command, str(place.root)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "LANGUAGE": "de", "PYTHONUTF8": "1"},
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    assert "(ja/nein)" in err
    assert (search(place, name) == []) == (answer == "ja")
    assert ("[ ]" in out) == (answer == "ja")


# --- the list -------------------------------------------------------------------------------------

HEAD = b"sha256,what,date,reason\n"
ROW = b"a" * 64 + b",visions/visions.csv,2026-11-25,\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"PK\x03\x04",
        ROW,
        (HEAD + ROW).replace(b",", b";"),
        HEAD + ROW[1:],
        HEAD + ROW.upper(),
        HEAD + ROW.replace(b"2026-11-25", b"25.11.2026"),
        HEAD + ROW.replace(b",visions/visions.csv", b""),
        HEAD + ROW.replace(b",\n", b",,\n"),
        HEAD + b'"' + ROW,
        HEAD + "größer".encode("cp1252"),
    ],
    ids=range(12),
)
def test_a_damaged_list_stops_everything(
    make_workspace: MakeWorkspace, div: Div, content: bytes, name: str
) -> None:
    place = FolderPlace(make_workspace(RECORDS))
    leak(place, name)
    place.release(MONDAY)
    before = place.state()
    (place.root / "withdrawn.csv").write_bytes(content)
    for command in (
        ("publish", "--yes"),
        ("status",),
        ("verify",),
        ("withdraw", "--resource", "visions", "--yes"),
    ):
        status, out, err = div(command[0], place.root, *command[1:])
        assert (status, out) == (3, ""), command
        assert "withdrawn.csv" in err
        assert len(err.splitlines()) == 2
    assert place.state() == before
    assert (place.root / "withdrawn.csv").read_bytes() == content


@pytest.mark.parametrize(
    "content", [HEAD + ROW, b"\xef\xbb\xbf" + (HEAD + ROW).replace(b"\n", b"\r\n")]
)
def test_a_list_that_an_editor_has_saved_is_read(
    make_workspace: MakeWorkspace, content: bytes
) -> None:
    workspace = make_workspace({**RECORDS, "withdrawn.csv": content})
    assert withdrawn(workspace) == {"a" * 64: dt.date(2026, 11, 25)}
    assert examine(workspace)[1] == []


# --- publications that were begun and not finished ------------------------------------------------


class Killed(BaseException):
    """The run ends here."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def test_a_first_publication_that_nobody_has_seen_yet(
    plain: CkanPlace, name: str, monkeypatch: pytest.MonkeyPatch, div: Div
) -> None:
    """Private all the same, and with the name in it."""
    leak(plain, name)
    with monkeypatch.context() as patch:
        patch.setattr("div_opendata.publish.portal.ckan.publication.make_public", kill)
        with pytest.raises(Killed):
            plain.release(MONDAY)
    assert plain.seen() == {}
    assert "storage" in search(plain, name)
    ids = {(d, r["id"]) for d, r in private_resources(plain)}
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert f"removed: {FILE}" in out
    assert "removed: div.zip" in out
    assert search(plain, name) == []
    assert plain.seen() == {}
    assert refused(plain)
    correct(plain)
    plain.release(TUESDAY)
    assert plain.failed() == set()
    assert set(shown_versions(plain).values()) == {"1.0.0"}
    assert {(d, r["id"]) for d, r in private_resources(plain)} == ids
    assert search(plain, name) == []


def private_resources(place: CkanPlace) -> list[tuple[str, dict[str, Any]]]:
    """The resources of all datasets, whoever may see them."""
    api = place.instance.api("admin")
    shown = [api.read("package_show", {"id": dataset}) for dataset in datasets(place)]
    return [(d["id"], r) for d in shown for r in d["resources"]]


def test_a_dataset_that_somebody_has_hidden_at_once(plain: CkanPlace, name: str, div: Div) -> None:
    """It is emptied and stays hidden until it is published again; its versions go on."""
    publish_two_versions(plain, name)
    colleague = plain.instance.api("colleague")
    colleague.call("package_patch", {"id": f"{plain.prefix}-visions", "private": True})
    assert FILE not in plain.seen()
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert f"removed: {FILE}" in out
    assert "emptied: div/visions.csv" in out
    assert search(plain, name) == []
    assert FILE not in plain.seen()
    assert refused(plain)
    correct(plain)
    plain.release(WEDNESDAY)
    assert shown_versions(plain)["visions"] > "1.0.1"
    assert plain.failed() == set()
    assert search(plain, name) == []


def test_a_dataset_that_was_deleted_is_left_to_those_who_can_purge_it(
    plain: CkanPlace, name: str, div: Div
) -> None:
    publish_two_versions(plain, name)
    admin = plain.instance.api("admin")
    admin.call("package_delete", {"id": f"{plain.prefix}-visions"})
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert "emptied: div/visions.csv" in out
    (deleted,) = (line for line in out.splitlines() if "visions: It was deleted" in line)
    assert f"/dataset/{plain.prefix}-visions" in deleted
    assert kept_here(plain.root, name) == []
    assert plain.seen().keys() & {"div.zip", FILE} == {"div.zip"}
    assert not has(plain.seen()["div.zip"], name)
    admin.call("package_patch", {"id": f"{plain.prefix}-visions", "state": "active"})
    assert FILE in plain.failed()  # restored by somebody, with the name in it
    withdraw(plain, Request("visions"))
    assert search(plain, name) == []


@pytest.mark.parametrize("by", ["resource", "sha256"])
def test_files_that_were_sent_and_never_committed(
    plain: CkanPlace, name: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CKAN overwrites a file before it commits: here it dies in between."""
    plain.release(MONDAY)
    stored = plain.path(FILE)
    leak(plain, name)
    original = Api.call

    def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
        if action == "package_revise":
            source = next(upload.path for upload in uploads if upload.path.name == "visions.csv")
            stored.write_bytes(source.read_bytes())
            raise Killed
        return original(api, action, data, uploads, sent or (lambda _: None))

    with monkeypatch.context() as patch:
        patch.setattr(Api, "call", call)
        with pytest.raises(Killed):
            plain.release(TUESDAY)
    assert has(plain.seen()[FILE], name)
    leaked = hashlib.sha256(plain.seen()[FILE]).hexdigest()
    withdraw(plain, Request("visions") if by == "resource" else Request(sha256=leaked))
    assert search(plain, name) == []
    assert refused(plain)
    correct(plain)
    plain.release(WEDNESDAY)
    assert plain.failed() == set()


def test_what_dead_runs_have_left(folder: Place, name: str) -> None:
    """Nothing that is shown has the name: only drafts, and releases that were never shown."""
    folder.release(MONDAY)
    leak(folder, name)
    internal, portal = folder.workspace.internal, folder.root / "portal"
    leaked = VISIONS.replace("auch abends", name).encode()
    for left in (
        portal / ".draft-visions.csv",
        portal / ".releases/.draft-1/visions/visions.csv",
        portal / ".releases/0123456789abcdef/visions/visions.csv",
        internal / "builds/.draft-2/visions/visions.csv",
        internal / "builds/0123456789abcdef/visions/visions.csv",
        internal / "portals/preview/releases/.draft-3/visions.csv",
        internal / "portals/preview/releases/0123456789abcdef/visions.csv",
        internal / "portals/other/releases/0123456789abcdef/visions.csv",
        internal / "withdrawing/.draft-4/visions.csv",
    ):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(leaked)
    shown = folder.seen()
    withdraw(folder, Request(sha256=hashlib.sha256(leaked).hexdigest()))
    assert search(folder, name) == []
    assert folder.seen() == shown
    assert folder.failed() == set()


def test_what_has_nothing_to_do_with_it_stays(
    folder: Place, div: Div, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called in the workspace itself, as most people do."""
    folder.release(MONDAY)
    internal = folder.workspace.internal / "portals"
    before, last = folder.seen(), tree_bytes(internal / "preview" / "last")
    monkeypatch.chdir(folder.root)
    assert div("withdraw", "--sha256", "a" * 64, "--yes")[0] == 0
    assert folder.seen() == before
    assert tree_bytes(internal / "preview" / "last") == last
    assert folder.failed() == set()
    assert div("status")[1].endswith(
        "Nothing has changed: the portal already shows these records.\n"
    )


def test_other_portals_of_the_workspace(make_workspace: MakeWorkspace, name: str, div: Div) -> None:
    """What this computer keeps of them goes; what they show is named with its command."""
    second = (
        CONFIGURATION.partition("[portals.")[2]
        .replace("preview", "web")
        .replace('"portal"', '"web"')
    )
    configuration = f"{CONFIGURATION}[portals.{second}"
    place = FolderPlace(make_workspace({**RECORDS, "div-opendata.toml": configuration}))
    leak(place, name, "in der Nacht")
    assert div("publish", place.root, "--to", "web", "--yes")[0] == 0
    leak(place, name)
    place.release(TUESDAY)
    status, out, _ = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert status == 0
    (command,) = (line for line in out.splitlines() if "The portal web" in line)
    assert command.endswith(": div-opendata withdraw --to web --resource visions")
    found = search(place, name)
    assert found
    assert all(path.startswith("web/") for path in found)
    leak(place, name, "in der Nacht")  # as it was only ever published there
    assert refused(place)
    status, out, _ = div("withdraw", place.root, *command.split()[-4:], "--yes")
    assert status == 0
    assert "--to preview" in out
    assert search(place, name) == []


# --- roll-back, and runs that die -----------------------------------------------------------------


def test_a_roll_back_never_brings_it_back(
    plain: CkanPlace, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A withdrawal died when only its list was written; the last release was put back from a
    backup; now the portal refuses the corrected files halfway."""
    publish_two_versions(plain, name)
    last = plain.workspace.internal / "portals" / "city" / "last"
    shutil.copytree(last, tmp_path / "last")
    publisher = plain.publisher()
    with monkeypatch.context() as patch:
        patch.setattr(type(publisher.portal), "remove", kill)
        with pytest.raises(Killed):
            withdraw(plain, Request("visions"))
    assert refused(plain)
    if last.is_symlink():
        last.unlink()
    shutil.copytree(tmp_path / "last", last, dirs_exist_ok=True)
    assert kept_here(plain.root, name)
    correct(plain)
    stored = {plain.path(FILE): "visions.csv", plain.path("div.zip"): "div.zip"}
    original = Api.call

    def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
        if action == "package_revise" and uploads:
            for path, file in stored.items():
                for upload in uploads:
                    if upload.path.name == file:
                        path.write_bytes(upload.path.read_bytes())
            raise Refusal(409, "not accepted", {"upload": ["File upload too large"]})
        return original(api, action, data, uploads, sent or (lambda _: None))

    with monkeypatch.context() as patch:
        patch.setattr(Api, "call", call)
        with pytest.raises(Problem) as refusal:
            plain.release(WEDNESDAY)
    assert "visions.csv" in refusal.value.text("en")
    assert not has(plain.seen()[FILE], name)
    rows = plain.stranger.read("datastore_search", {"resource_id": resource(plain, FILE)})
    assert name not in json.dumps(rows, ensure_ascii=False)
    plain.release(WEDNESDAY)
    assert b"neun" in plain.seen()[FILE]
    assert search(plain, name) == []
    assert plain.failed() == set()


def dies_before(step: int, action: Callable[[], object]) -> bool:
    """Run an action in a child that dies before its nth change of what anybody sees or the next
    run finds: every rename, replacement, link and removal but those inside of drafts."""

    def counted() -> None:
        calls = 0

        def wrap(original: Callable[..., object]) -> Callable[..., object]:
            def call(*paths: object, **options: object) -> object:
                nonlocal calls
                if not options and not Path(str(paths[-1])).parent.name.startswith(".draft-"):
                    calls += 1
                    if calls == step:
                        os._exit(99)
                return original(*paths, **options)

            return call

        for change in ("rename", "replace", "symlink", "unlink"):
            setattr(os, change, wrap(getattr(os, change)))
        action()

    return dies(counted, 0)


def test_withdrawing_killed_at_any_step_in_a_folder(
    folder: Place, name: str, tmp_path: Path
) -> None:
    """Who calls it again finishes it; publishing in between does not bring the name back."""
    publish_two_versions(folder, name)
    root = tmp_path / "copy"
    step, killed = 1, True
    while killed:
        shutil.copytree(folder.root, root, symlinks=True)
        place = FolderPlace(open_workspace(root))
        killed = dies_before(step, partial(withdraw, place, Request("visions")))
        if killed:
            assert refused(place) or not withdrawn(place.workspace)
            withdraw(place, Request("visions"))
        assert search(place, name) == []
        assert place.failed() == set()
        assert not (place.workspace.internal / "withdrawing").exists()
        shutil.rmtree(root)
        step += 1
    assert step > 20


def test_corrected_records_are_published_after_a_withdrawal_that_died(
    folder: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The versions that it had not come to are gone after that, too."""
    publish_two_versions(folder, name)
    with monkeypatch.context() as patch:
        patch.setattr("div_opendata.publish.portal.folder.portal.Folder.remove", kill)
        with pytest.raises(Killed):
            withdraw(folder, Request("visions"))
    assert folder.failed() >= {FILE, "div-1.0.0.zip", "div-1.0.1.zip"}
    correct(folder)
    folder.release(WEDNESDAY)
    assert search(folder, name) == []
    assert folder.failed() == set()


WRITES = [("datastore_delete", ""), ("package_revise", "-visions"), ("package_revise", "")]
"""What withdrawing changes on a CKAN: the table's rows, the dataset's files, the bundle's."""


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(WRITES)), ids=["table", "files", "bundle"])
def test_withdrawing_killed_at_any_change_of_a_ckan(
    plain: CkanPlace, name: str, number: int, acted: bool
) -> None:
    publish_two_versions(plain, name)
    place = plain

    def withdraw_and_die() -> None:
        original, calls = Api.call, 0

        def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 == number and not acted:
                os._exit(99)
            answer = original(api, action, data, uploads, sent or (lambda _: None))
            if calls - 1 == number:
                os._exit(99)
            return answer

        Api.call = call  # type: ignore[assignment,method-assign] # in a child that ends
        withdraw(place, Request("visions"))

    assert dies(withdraw_and_die, 0)
    assert withdrawn(plain.workspace)
    assert refused(plain)
    withdraw(plain, Request("visions"))
    assert search(plain, name) == []
    assert plain.failed() == set()
    correct(plain)
    plain.release(WEDNESDAY)
    assert plain.failed() == set()
    assert search(plain, name) == []
