"""A leak, the search for it in all that a portal has, and its withdrawal."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from div_opendata.base.errors import Problem
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.withdraw import carry_out
from div_opendata.publish.withdrawal import Request, Withdrawal, find
from support.disk import refuse_links
from support.places import MONDAY, TUESDAY, CkanPlace, FolderPlace, Place
from support.real_ckan import Instance, Site
from support.workspaces import RECORDS, VISIONS, MakeWorkspace, ckan_files

WEDNESDAY = TUESDAY + dt.timedelta(days=1)
EMPTY = b"id,name,session_id,date,action_field,description,horizon_year,reference\n"
FILE = "visions/visions.csv"


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
Div = Callable[..., tuple[int, str, str]]


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
                yield f"DataStore {item.get('resource_name', item['id'])}"


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


def resource(place: CkanPlace, file: str) -> str:
    """The id of a resource that strangers see."""
    package, _, path = file.rpartition("/")
    found = place.stranger.read("package_show", {"id": f"{place.prefix}-{package}"})
    return next(str(r["id"]) for r in found["resources"] if r["url"].endswith(f"/{path}"))


class Killed(BaseException):
    """The run ends here."""


def kill(*_: object, **__: object) -> None:
    raise Killed
