"""A city that publishes two tables in two packages to a CKAN, and a reader without an account who
looks at them: what the tests of faults and of killed runs share.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from div_opendata.assemble import packages as assembling
from div_opendata.base.files import json_bytes
from div_opendata.base.i18n import Message
from div_opendata.base.verification import Check
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.portal.linked import unlinked
from div_opendata.publish.publisher import Publisher
from div_opendata.standard.packages import Standard
from div_opendata.workspace.settings import Workspace, open_workspace
from div_opendata.workspace.tokens import Token
from support.faults import PATIENCE, Proxy, Request
from support.real_ckan import Instance, no_wait
from support.workspaces import ABOUT, RECORDS, Files, examine

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TABLES = {"sessions": ("sessions",), "visions": ("visions",)}
PORTAL = """
[portals.city]
kind = "ckan"
url = "{url}"
organization = "{organization}"
prefix = "{prefix}"
"""

Tables = Mapping[str, tuple[str, ...]]
"""The tables of each package."""
ONE: Tables = {"sessions": TABLES["sessions"]}
"""One package, and the bundle: all that a first publication has steps for."""
Builds = Mapping[str, Path]
"""What was assembled from the records before and after one cell of a table was changed."""
File = tuple[str, str]
"""Package and file name."""


READING = {
    *("status_show", "package_show", "license_list", "datastore_info", "datastore_search"),
    *("resource_show", "resource_view_list", "file"),
}
"""What changes nothing: whether it was done makes no difference."""


# --- what is published ----------------------------------------------------------------------------


def small(root: Path, tables: Tables = TABLES) -> Workspace:
    """A workspace with few tables, and their bundle."""
    workspace = open_workspace(root)
    vars(workspace)["standard"] = with_packages(workspace.standard, tables)
    return workspace


def with_packages(standard: Standard, tables: Tables) -> Standard:
    """The standard with these packages alone, and the bundle of their tables."""
    packages = {name: replace(standard.packages[name], tables=tables[name]) for name in tables}
    packages["div"] = replace(standard.packages["div"], tables=sum(tables.values(), ()))
    return replace(standard, packages=packages)


def assembled(root: Path, records: Files, tables: Tables = TABLES) -> Path:
    """What is assembled from records; nothing in it depends on the portal."""
    portal = PORTAL.format(url="http://127.0.0.1/", organization="city", prefix="div")
    for name, content in {"div-opendata.toml": ABOUT + portal, **records}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(content), encoding="utf-8", newline="")
    workspace = small(root, tables)
    found, findings = examine(workspace)
    assert findings == [], findings[:3]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembling, "judge_packages", lambda *_: ())
        assert assembling.assemble(found, workspace) == []
    return workspace.build


def before_and_after(folder: Path, tables: Tables = TABLES) -> Builds:
    """The packages, and the same with one cell changed."""
    changed = {name: str(text).replace(",held,42", ",held,43") for name, text in RECORDS.items()}
    return {
        "before": assembled(folder / "before", RECORDS, tables),
        "after": assembled(folder / "after", changed, tables),
    }


class Story:
    """A city that publishes, through a proxy or to the address given, and a reader without an
    account who looks at it."""

    def __init__(
        self,
        ckan: Instance,
        folder: Path,
        proxy: Proxy | None = None,
        address: str = "",
        tables: Tables = TABLES,
    ) -> None:
        self.ckan = ckan
        self.address = proxy.address if proxy else address or ckan.plain
        self.prefix = ckan.prefix()
        self.root = folder / self.prefix
        self.root.mkdir()
        self.now = MONDAY
        self.told: list[Message] = []
        self.tables = tables
        self.reader = Reader(ckan, self.prefix, tables)
        self.proxy = proxy
        portal = PORTAL.format(url=self.address, organization=ckan.organization, prefix=self.prefix)
        (self.root / "div-opendata.toml").write_text(ABOUT + portal, encoding="utf-8")

    @property
    def journal(self) -> Path:
        return self.root / ".div-opendata/portals/city/journal.jsonl"

    def _api(self) -> Api:
        token = Token(self.ckan.tokens["office"])
        if self.proxy is None:
            return Api(self.address, token, (10.0, PATIENCE), no_wait)
        self.proxy.watch = self.reader.watch
        return Api(self.address, token, self.proxy.timeouts, self.proxy.wait)

    def publish(
        self, build: Path, planned: Callable[[], None] = lambda: None
    ) -> tuple[Plan, list[Check]]:
        """As the command line does; each time on another day."""
        self.now += DAY
        workspace = small(self.root, self.tables)
        portal = Ckan("city", workspace, self._api(), self.told.append, self.now)
        publisher = Publisher(workspace, portal)
        with publisher.portal.exclusively(), publisher.draft() as folder:
            plan = publisher.plan(build, self.now, folder)
            self.reader.expect(plan)
            planned()
            if plan.changes:
                return plan, publisher.apply(plan, lambda *_: None)
            publisher.remember(plan)
            return plan, []

    def calm(self, build: Path) -> Plan:
        """Publish while nothing goes wrong."""
        if self.proxy:
            self.proxy.reset()
        plan, checks = self.publish(build)
        assert all(check.passed for check in checks)
        assert not self.journal.exists()
        self.reader.agree(self.proxy)
        if self.proxy:
            assert self.proxy.waits == []
        return plan


# --- what is seen ---------------------------------------------------------------------------------


class Reader:
    """Somebody without an account, who looks at the portal itself, not through the proxy."""

    def __init__(self, ckan: Instance, prefix: str, tables: Tables) -> None:
        self.names = {name: f"{prefix}-{name}" for name in tables} | {"div": prefix}
        self.files = {
            name: (*(f"{table}.csv" for table in tables[name]), "codes.csv", "datapackage.json")
            for name in tables
        }
        self.files["div"] = ("div.zip", "datapackage.json")
        self.number = len(self.files) + sum(map(len, self.files.values()))
        """Of all datasets and resources."""
        self.public = False
        """Whether all was public before."""
        self.wanted: dict[File, bytes] = {}
        """What was planned last."""
        self.allowed: dict[File, set[bytes]] = {}
        """What was public before, and what was planned since."""
        self._was: dict[File, bytes] = {}
        self.rows: list[Any] = []
        """The rows that a table may have."""
        self.known: dict[str, dict[str, Any]] = {}
        """Each dataset as the portal has last told the tool."""
        self.done: list[Request] = []
        """What the portal has carried out since the first publication was begun."""
        self.released: set[str] = set()
        self._url = ckan.plain
        self._token = ckan.tokens["office"]
        self._session = requests.Session()

    def expect(self, plan: Plan) -> None:
        """A publication begins."""
        self.wanted = {
            (dataset.package.name, file.path): file.source.read_bytes()
            for dataset in plan.release.datasets
            for file in dataset.files
        }
        assert set(self.wanted) == {
            (name, path) for name in self.files for path in self.files[name]
        }
        for key, content in self.wanted.items():
            self.allowed.setdefault(key, set()).add(content)

    def settle(self) -> None:
        """What is there now is the old one for what comes next."""
        self.public = True
        self.allowed = {key: {content} for key, content in self.wanted.items()}
        self.done = []
        self._was = self.wanted

    def go_back(self) -> None:
        """The old is wanted again."""
        self.wanted = self._was

    def ask(self, action: str, *, office: bool = False, **query: str) -> tuple[int, Any]:
        """Status and result of an action."""
        headers = {"Authorization": self._token} if office else {}
        url = f"{self._url}/api/3/action/{action}"
        answer = self._session.get(url, params=query, headers=headers, timeout=PATIENCE)
        return answer.status_code, answer.json().get("result")

    def get(
        self, resource: Mapping[str, Any], path: str, *, office: bool = False
    ) -> tuple[int, bytes]:
        """Status and bytes of a file."""
        headers = {"Authorization": self._token} if office else {}
        home = f"{self._url}/dataset/{resource['package_id']}/resource/{resource['id']}"
        url = f"{home}/download/{path}"
        answer = self._session.get(url, headers=headers, timeout=PATIENCE, allow_redirects=False)
        return answer.status_code, answer.content

    # --- while it happens -------------------------------------------------------------------------

    def watch(self, request: Request) -> None:
        """Look after every request that may have changed something."""
        self.done.append(request)
        if request.action.startswith("datastore_"):
            if request.action not in READING:
                self._look_at_table(json.loads(request.body)["resource_id"])
        elif request.action in {"package_create", "package_revise"}:
            if request.done and request.answer:
                result = json.loads(request.answer.body)["result"]
                dataset = result.get("package", result)
                self.known[dataset["name"]] = dataset
            self._look_at_change(request)

    def _look_at_table(self, identity: str) -> None:
        """A table is private, or has all rows of the old or the new release."""
        status, found = self.ask("datastore_search", resource_id=identity)
        if self.public:
            assert status == 200
            assert without_numbers(found["records"]) in self.rows
        else:
            assert status in {403, 404}

    def _look_at_change(self, request: Request) -> None:
        """A dataset may be another one now."""
        package = self._package_of(request)
        if package is None:
            return
        status, shown = self.ask("package_show", id=self.names[package])
        if status == 200 and (self.public or package in self.released):
            self._look_at_files(package, shown)
        elif status == 200:
            self.released.add(package)
            self._look_at_release()
        else:
            self._is_hidden(package, status)
            for item in self.known[self.names[package]]["resources"]:
                if item["id"] in request.uploads:
                    path = self._path(package, item)
                    assert self.get(item, path)[0] in {403, 404}, f"{package}/{path} is seen"

    def _package_of(self, request: Request) -> str | None:
        """The package whose dataset a request is about, if that is known."""
        found = re.search(rb'"id": "([0-9a-f-]{36})"', request.body)
        name = json.loads(request.body)["name"] if request.action == "package_create" else ""
        for package, known in self.names.items():
            dataset = self.known.get(known)
            if known == name or (dataset and found and dataset["id"] == found[1].decode()):
                return package if dataset else None
        return None

    def _look_at_files(self, package: str, shown: Mapping[str, Any]) -> None:
        """A public dataset has each file once, and each is wholly an old or a new one."""
        assert shown["state"] == "active"
        paths = {self._path(package, item): item for item in shown["resources"]}
        assert len(shown["resources"]) == len(paths)
        assert paths.keys() == set(self.files[package])
        for path, item in paths.items():
            status, content = self.get(item, path)
            assert status == 200, f"{package}/{path} has gone"
            assert content in self.allowed[package, path], f"{package}/{path} is another one"

    def _look_at_release(self) -> None:
        """A dataset becomes public: the tool has read back each file of the whole release since it
        was last uploaded, and it was right."""
        read: dict[str, str] = {}
        for request in self.done:
            for identity in request.uploads:
                read.pop(identity, None)
            if request.content:
                read[request.path.split("/resource/")[1].split("/")[0]] = request.content
        wanted = {}
        for package, name in self.names.items():
            assert name in self.known, f"{name} is not there yet"
            for item in self.known[name]["resources"]:
                content = self.wanted[package, self._path(package, item)]
                wanted[item["id"]] = hashlib.sha256(content).hexdigest()
        assert len(wanted) + len(self.names) == self.number
        assert read == wanted, "not all files are verified"

    def _is_hidden(self, package: str, status: int) -> None:
        assert status in {403, 404}
        assert not self.public, f"{package} has gone"
        assert package not in self.released, f"{package} has gone"

    def _path(self, package: str, resource: Mapping[str, Any]) -> str:
        """The file name of a resource."""
        name = resource["resource_name"]
        return next(path for path in self.files[package] if path.partition(".")[0] == name)

    # --- afterwards -------------------------------------------------------------------------------

    def agree(self, proxy: Proxy | None) -> None:
        """Nothing was wrong on the way."""
        if proxy:
            proxy.finish()
            errors, proxy.errors = proxy.errors, []
            for error in errors:
                raise error

    def look(self) -> dict[str, bool]:
        """After a publication that was not finished; which datasets are public."""
        seen = {}
        for package, name in self.names.items():
            status, shown = self.ask("package_show", id=name)
            seen[package] = status == 200
            if status == 200:
                self._look_at_files(package, shown)
            else:
                self._is_hidden(package, status)
        return seen

    def is_whole(self) -> None:
        """Every file of the release is there, public or not."""
        for package, name in self.names.items():
            status, dataset = self.ask("package_show", office=True, id=name)
            assert status == 200, f"{name} is not there"
            paths = {self._path(package, item): item for item in dataset["resources"]}
            for path in self.files[package]:
                found = self.get(paths[path], path, office=True)
                assert found == (200, self.wanted[package, path]), f"{package}/{path} is missing"

    def ids(self, *, office: bool = False) -> dict[str, str]:
        """The ids of the datasets and resources that are there."""
        ids: dict[str, str] = {}
        for package, name in self.names.items():
            status, dataset = self.ask("package_show", office=office, id=name)
            if status == 200:
                ids[package] = dataset["id"]
                for item in dataset["resources"]:
                    ids[f"{package}/{item['resource_name']}"] = item["id"]
        return ids

    def end(self) -> tuple[dict[str, Any], dict[str, str]]:
        """All that is public, without what differs from one publication to the next, and the ids;
        the files are what was planned last."""
        everything: dict[str, Any] = {}
        ids: dict[str, str] = {}
        for package, name in self.names.items():
            status, shown = self.ask("package_show", id=name)
            assert status == 200, f"{name} is not public"
            stamp = json.loads(self.wanted[package, "datapackage.json"])
            extras = {extra["key"]: extra["value"] for extra in shown.pop("extras")}
            found = shown.pop("version"), extras.pop("modified")
            assert found == (stamp["version"], stamp["created"])
            assert extras.pop("issued") == stamp["issued"]
            resources = shown.pop("resources")
            ids |= {f"{package}/{item['resource_name']}": item["id"] for item in resources}
            ids[package] = shown.pop("id")
            for key in ("name", "metadata_created", "metadata_modified"):
                shown.pop(key)
            shown["notes"] = re.sub(r"\]\(\S+\)", "]()", shown["notes"])  # with ids, too
            files = [self._end_of_file(package, item) for item in resources]
            everything[package] = {**shown, "extras": extras, "resources": files}
        return everything, ids

    def _end_of_file(self, package: str, item: dict[str, Any]) -> dict[str, Any]:
        path = self._path(package, item)
        wanted = self.wanted[package, path]
        for key in ("url", "access_url", "download_url"):
            assert item[key].endswith(f"/{path}")
        assert self.get(item, path) == (200, wanted), f"{package}/{path} is another one"
        digest = hashlib.sha256(wanted).hexdigest()
        assert (item.pop("sha256"), item.pop("hash")) == (digest, digest)
        described = self.wanted[package, "datapackage.json"]
        assert item.pop("modified") == json.loads(described)["created"]
        assert item.pop("size") == len(wanted)
        identity = item.pop("id")
        for key in ("url", "package_id", "created", "last_modified", "metadata_modified"):
            item.pop(key)
        for key in ("access_url", "download_url"):  # with its id
            item.pop(key)
        item.pop("conforms_to", None)  # with another's, where it is a table
        if path in {"codes.csv", "datapackage.json", "div.zip"}:
            return item
        status, found = self.ask("datastore_search", resource_id=identity)
        assert status == 200
        rows = without_numbers(found["records"])
        _, views = self.ask("resource_view_list", id=identity)
        kinds = [view["view_type"] for view in views]
        return {**item, "views": kinds, "fields": found["fields"], "rows": rows}


def without_numbers(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without CKAN's own number of each, in the order of their ids."""
    rows = [{key: row[key] for key in row if key != "_id"} for row in records]
    return sorted(rows, key=lambda row: str(row["id"]))


# --- how it ends ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """What publishing without trouble does: its requests, and what is there afterwards."""

    first: list[str]
    update: list[str]
    states: Mapping[str, dict[str, Any]]

    @property
    def rows(self) -> list[Any]:
        """The rows that any table has."""
        ends = self.states.values()
        return [rows_of(end, package) for end in ends for package in end if package != "div"]


def rows_of(end: Mapping[str, Any], package: str) -> Any:
    """The rows of a package's table."""
    return end[package]["resources"][0]["rows"]


def published(ckan: Instance, builds: Builds, folder: Path, tables: Tables = TABLES) -> Ends:
    """A first publication and an update, with nothing going wrong."""
    with Proxy(ckan.plain) as proxy:
        story = Story(ckan, folder, proxy, tables=tables)
        story.calm(builds["before"])
        first = [request.action for request in proxy.requests]
        before, ids = story.reader.end()
        agrees(story, builds["before"])
        old = rows_of(before, "sessions")
        assert [row["participant_count"] for row in old] == [42, None]
        new = [{**old[0], "participant_count": 43}, old[1]]
        story.reader.settle()
        story.reader.rows = [old, new]
        story.calm(builds["after"])
        update = [request.action for request in proxy.requests]
        after, same = story.reader.end()
        agrees(story, builds["after"])
        assert rows_of(after, "sessions") == new
        assert same == ids
        assert len(ids) == story.reader.number
    return Ends(first, update, {"before": before, "after": after})


def agrees(story: Story, build: Path) -> None:
    """What was planned, and is there, is what was assembled, with a stamp."""
    wanted = story.reader.wanted
    for (package, path), content in wanted.items():
        if path == "div.zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = set(archive.namelist())
                assert names == {item.name for item in (build / package).iterdir()}
                for name in names - {"datapackage.json"}:
                    assert archive.read(name) == (build / package / name).read_bytes()
                shown = json.loads(wanted["div", "datapackage.json"])
                assert archive.read("datapackage.json") == json_bytes(unlinked(shown))
        elif path == "datapackage.json":
            document = unlinked(json.loads(content))
            assert document.pop("version")
            assert document.pop("created") >= document.pop("issued")
            assert document == json.loads((build / package / path).read_bytes())
        else:
            assert content == (build / package / path).read_bytes()


def heal(story: Story, build: Path, end: Mapping[str, Any], there: Mapping[str, str]) -> None:
    """The next publication ends where one without trouble would have, with the ids that were
    there."""
    story.calm(build)
    rest(story, build, end, there)


def without_views(end: Mapping[str, Any]) -> dict[str, Any]:
    """All but the views of each table."""
    return {
        package: {
            **dataset,
            "resources": [
                {key: item[key] for key in item if key != "views"} for item in dataset["resources"]
            ],
        }
        for package, dataset in end.items()
    }


def rest(
    story: Story,
    build: Path,
    end: Mapping[str, Any],
    there: Mapping[str, str],
    *,
    views: bool = True,
) -> None:
    """There is nothing left to do, and everything is there once, but for `views` that the portal
    has refused to make."""
    assert not story.calm(build).changes
    if proxy := story.proxy:
        asked = [request.action for request in proxy.requests]
        assert asked == ["status_show", *["package_show"] * len(story.reader.names)]
    found, ids = story.reader.end()
    if not views:
        found, end = without_views(found), without_views(end)
    for package in story.reader.names:
        other = {
            key: found[package][key]
            for key in end[package]
            if found[package][key] != end[package][key]
        }
        assert not other, f"{package} differs: {other}"
        assert found[package].keys() == end[package].keys()
    assert len(ids) == story.reader.number
    assert {key: ids[key] for key in there} == there
    agrees(story, build)
