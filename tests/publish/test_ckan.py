"""Publishing to a real CKAN 2.12: what readers, editors and programs find there.

What holds for any portal is in test_publish.py, what goes wrong on the way in test_faults.py.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckanapi
import pandas as pd
import pytest
from frictionless import Package
from test_publish import MONDAY, TUESDAY, CkanPlace, actions, edit, versions

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.packages import assemble
from div_opendata.base.errors import Problem
from div_opendata.base.files import sha256
from div_opendata.base.i18n import Message
from div_opendata.base.verification import Check
from div_opendata.lottery import verify
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.portal.ckan.steps import tail, upload
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import open_workspace
from support.real_ckan import Instance, Person, Site
from support.workspaces import (
    RECORDS,
    Files,
    MakeWorkspace,
    ckan_files,
    copy_example,
    examine,
    run,
)

Facts = dict[str, Any]

PACKAGES = ["sessions", "visions", "orders", "circles", "lottery", "votes", "results", "notes", ""]
"""In the order in which they are published; the last is the bundle."""


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_assemble.py has frictionless at the gate; here it would only take its time."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())


def show(api: Api, name: str) -> Facts:
    """A dataset as the account sees it."""
    found: Facts = api.call("package_show", {"id": name})
    return found


def named(dataset: Facts) -> dict[str, Facts]:
    """Our resources of a dataset by the file that each is."""
    resources = dataset["resources"]
    return {item["resource_name"]: item for item in resources if "resource_name" in item}


def expected_value(text: str, kind: str) -> object:
    """What the DataStore must answer for a cell of the CSV, by the type in the descriptor."""
    if not text:
        return None
    if kind == "integer":
        return int(text)
    return text == "true" if kind == "boolean" else text


def csv_rows(path: Path, fields: list[Facts]) -> list[Facts]:
    kinds = {field["name"]: field["type"] for field in fields}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return [{n: expected_value(v, kinds[n]) for n, v in row.items()} for row in rows]


def table_rows(api: Api, identity: str) -> list[Facts]:
    """The rows of a table in the DataStore, in the order of the file."""
    query = {"resource_id": identity, "limit": 32_000}
    found = api.call("datastore_search", query)["records"]
    rows = [{name: row[name] for name in row if name != "_id"} for row in found]
    return sorted(rows, key=lambda row: [str(row[name]) for name in row])


def in_order(rows: list[Facts]) -> list[Facts]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in row])


# --- the example, through the command line --------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """The complete example, published to a portal that loads tables."""

    ckan: Instance
    root: Path
    prefix: str
    printed: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command, *rest = arguments
        return run(
            command,
            self.root,
            "--to",
            "city",
            *rest,
            DIV_OPENDATA_URL_CITY=self.ckan.city,
            DIV_OPENDATA_TOKEN_CITY=self.ckan.tokens["office"],
        )

    @property
    def last(self) -> Path:
        return self.root / ".div-opendata/portals/city/last"

    def name(self, package: str) -> str:
        return f"{self.prefix}-{package}" if package else self.prefix

    def descriptor(self, package: str) -> Facts:
        path = self.last / (package or "div") / "datapackage.json"
        found: Facts = json.loads(path.read_bytes())
        return found

    def datasets(self) -> dict[str, Facts]:
        """What a stranger sees, by package."""
        stranger = self.ckan.api(None, "city")
        return {package: show(stranger, self.name(package)) for package in PACKAGES}


@pytest.fixture(scope="module")
def published(ckan: Instance, tmp_path_factory: pytest.TempPathFactory) -> Published:
    root = copy_example("musterstadt", tmp_path_factory.mktemp("published"))
    prefix = ckan.prefix()
    configuration = root / "div-opendata.toml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(f'{text}prefix = "{prefix}"\n', encoding="utf-8")
    example = Published(ckan, root, prefix, "")
    done = example.run("publish", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return Published(ckan, root, prefix, done.stdout)


def test_the_plan_is_shown_and_everything_is_verified(published: Published) -> None:
    names = re.findall(r"^  new +(div\S*) +1\.0\.0 ", published.printed, re.MULTILINE)
    assert names == [f"div-{package}" if package else "div" for package in PACKAGES]
    assert f"{published.ckan.city}/dataset/{published.name('votes')}\n" in published.printed
    (verified,) = re.findall(r"Verified: (\d+) of (\d+) checks passed", published.printed)
    assert verified[0] == verified[1]


def test_publishing_again_changes_nothing(published: Published) -> None:
    before = published.datasets()
    done = published.run("publish", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Nothing has changed" in done.stdout
    assert done.stderr == ""
    assert published.datasets() == before


@pytest.mark.parametrize("command", ["verify", "status"])
def test_verify_and_status_are_content(published: Published, command: str) -> None:
    done = published.run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def test_strangers_find_nine_datasets(published: Published) -> None:
    query = {"fq": f"name:{published.prefix}*", "rows": 100}
    found = published.ckan.api(None, "city").call("package_search", query)
    assert {item["name"] for item in found["results"]} == set(map(published.name, PACKAGES))
    assert found["count"] == 9
    word = {"q": "Auslosung", "fq": f"name:{published.prefix}*"}
    hits = published.ckan.api(None, "city").call("package_search", word)["results"]
    assert published.name("lottery") in {item["name"] for item in hits}


def test_a_dataset_says_what_its_descriptor_says(published: Published) -> None:
    for package, dataset in published.datasets().items():
        descriptor = published.descriptor(package)
        assert (dataset["title"], dataset["notes"]) == (
            descriptor["title"],
            descriptor["description"],
        )
        assert (dataset["version"], dataset["license_id"]) == ("1.0.0", "CC-BY-4.0")
        assert (dataset["author"], dataset["maintainer"]) == (
            "Stadt Musterstadt",
            "Amt für Digitalisierung",
        )
        assert dataset["maintainer_email"] == "digitalisierung@musterstadt.example"
        assert {tag["name"] for tag in dataset["tags"]} == set(descriptor["keywords"])
        extras = {extra["key"]: extra["value"] for extra in dataset["extras"]}
        assert (
            extras.items()
            >= {
                "identifier": descriptor["id"],
                "modified": descriptor["created"],
                "issued": descriptor["issued"],
                "attribution": "Stadt Musterstadt",
                "publisher_uri": "https://www.musterstadt.example/",
                "contact_email": "digitalisierung@musterstadt.example",
            }.items()
        )
        assert dataset["organization"]["name"] == published.ckan.organization
        files = [resource["url"].rpartition("/")[2] for resource in dataset["resources"]]
        paths = [resource["path"] for resource in descriptor["resources"]]
        assert files == [*(paths if package else ["div.zip"]), "datapackage.json"]
        for resource in dataset["resources"]:
            file = published.last / (package or "div") / resource["url"].rpartition("/")[2]
            file = published.last / "div.zip" if file.name == "div.zip" else file
            assert (resource["sha256"], resource["size"]) == (sha256(file), file.stat().st_size)
            assert resource["license"] == "http://dcat-ap.de/def/licenses/cc-by/4.0"
            assert resource["format"] == file.suffix[1:].upper()
            assert resource["name"]
            assert resource["description"]


def test_a_stranger_verifies_the_lotteries_by_the_page_of_their_dataset(
    published: Published,
) -> None:
    """Nothing else is given, and what is downloaded is what was published."""
    page = f"{published.ckan.city}/dataset/{published.name('lottery')}"
    done = run("lottery", "verify", page, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["verified"]
    steps = {check["name"].partition(": ")[2] for check in report["checks"]}
    assert {"pool file", "leaves", "key", "ranking", "outcome", "replacements"} <= steps
    assert verify.load(page) == verify.load(str(published.last / "lottery"))


def test_the_bundle_is_last(published: Published) -> None:
    datasets = published.datasets()
    created = sorted(datasets, key=lambda package: str(datasets[package]["metadata_created"]))
    assert created == PACKAGES


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_programs_read_the_files(published: Published) -> None:
    """pandas from the address of each table, frictionless from that of the bundle (and leaves open
    what it downloads, hence the filter)."""
    datasets = published.datasets()
    for package in PACKAGES[:-1]:
        resources = named(datasets[package])
        for described in published.descriptor(package)["resources"]:
            if described["format"] == "csv":
                frame = pd.read_csv(resources[described["name"]]["url"], dtype=str)
                local = pd.read_csv(published.last / package / described["path"], dtype=str)
                pd.testing.assert_frame_equal(frame, local)
    bundle = Package(named(datasets[""])["div"]["url"])
    assert bundle.version == "1.0.0"
    assert len(bundle.resources) == len(published.descriptor("")["resources"])
    assert bundle.validate().valid
    opened = Package(named(datasets["votes"])["datapackage"]["url"])
    assert [resource.name for resource in opened.resources] == ["votes", "codes"]


def test_ckanapi_sees_the_same(published: Published) -> None:
    with ckanapi.RemoteCKAN(published.ckan.city) as remote:
        for package, dataset in published.datasets().items():
            assert remote.action.package_show(id=published.name(package)) == dataset
        identity = named(published.datasets()["votes"])["votes"]["id"]
        assert remote.action.datastore_search(resource_id=identity)["total"] == 12


def column_type(field: Facts) -> str:
    """The type that PostgreSQL has for a field; date-times keep their offset as text."""
    if field["type"] == "integer":
        return "int8" if field["constraints"].get("maximum", 0) < 2**63 else "numeric"
    return {"date": "date", "boolean": "bool"}.get(field["type"], "text")


def check_table(api: Api, resource: Facts, described: Facts, path: Path) -> None:
    """A table of the DataStore against its CSV and its schema."""
    fields = described["schema"]["fields"]
    answer = api.call("datastore_search", {"resource_id": resource["id"], "limit": 0})
    columns = [column for column in answer["fields"] if column["id"] != "_id"]
    assert [(column["id"], column["type"]) for column in columns] == [
        (field["name"], column_type(field)) for field in fields
    ]
    for column, field in zip(columns, fields, strict=True):
        english = field["translations"]["en"]
        assert column["info"]["label"] == field["title"]
        for text in (field["description"], english["title"], english["description"]):
            assert text in column["info"]["notes"]
    rows = csv_rows(path, fields)
    assert answer["total"] == len(rows) == described["rows"]
    assert table_rows(api, resource["id"]) == in_order(rows)
    assert resource["datastore_active"] is True


def check_tables(api: Api, datasets: Mapping[str, Facts], last: Path) -> int:
    """All tables of all datasets; how many there are."""
    checked = 0
    for package, dataset in datasets.items():
        resources = named(dataset)
        descriptor = json.loads((last / (package or "div") / "datapackage.json").read_bytes())
        for described in descriptor["resources"]:
            name = described["name"]
            if package and described["format"] == "csv" and name != "codes":
                path = last / package / described["path"]
                check_table(api, resources[name], described, path)
                checked += 1
        for name in {"datapackage", "div"} & resources.keys():
            assert not resources[name].get("datastore_active")
    return checked


def test_every_table_is_typed_and_complete_where_a_loader_fills_it(published: Published) -> None:
    stranger = published.ckan.api(None, "city")
    assert check_tables(stranger, published.datasets(), published.last) == 18


def test_every_table_is_typed_and_complete_without_a_loader(
    published: Published, tmp_path: Path
) -> None:
    root = copy_example("musterstadt", tmp_path)
    configuration = root / "div-opendata.toml"
    text = configuration.read_text(encoding="utf-8")
    prefix = published.ckan.prefix()
    start = text.index("[portals.preview]")
    configuration.write_text(text[:start] + published.ckan.portal(prefix), encoding="utf-8")
    place = CkanPlace(open_workspace(root), published.ckan, prefix, "plain")
    place.release()
    names = {package: f"{prefix}-{package}".removesuffix("-") for package in PACKAGES}
    datasets = {package: show(place.stranger, name) for package, name in names.items()}
    last = root / ".div-opendata/portals/city/last"
    assert check_tables(place.stranger, datasets, last) == 18


@pytest.mark.browser
def test_people_see_the_dataset_and_its_table(published: Published, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium")
    assert executable, "the package chromium is missing (apt-get install chromium)"
    dataset = published.datasets()["votes"]
    resource = named(dataset)["votes"]
    views = published.ckan.api(None, "city").call("resource_view_list", {"id": resource["id"]})
    (view,) = (view for view in views if view["view_type"] == "datatables_view")
    page_url = f"{published.ckan.city}/dataset/{published.name('votes')}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1600})
        page.goto(page_url)
        text = page.inner_text("body")
        for words in (dataset["title"], resource["name"], dataset["notes"], "CC-BY-4.0"):
            assert words in text
        page.screenshot(path=tmp_path / "dataset.png", full_page=True)
        page.goto(f"{page_url}/resource/{resource['id']}?view_id={view['id']}")
        dictionary = page.inner_text("body")
        assert "Beschlussvorschlag" in dictionary
        assert "int8" in dictionary or "numeric" in dictionary
        table = page.frame_locator("iframe").locator("table tbody tr").first
        table.wait_for(timeout=60_000)
        assert "vote-kuehle-orte-1" in table.inner_text()
        page.screenshot(path=tmp_path / "table.png", full_page=True)
        chromium.close()


def test_a_changed_cell_uploads_four_files(published: Published) -> None:
    """Last of those that use this publication: it is no longer the first release."""
    before = published.datasets()
    edit(
        published.root,
        "sessions",
        ',held,"Rathaus, Ratssaal, Marktplatz 1",31,12,',
        ',held,"Rathaus, Ratssaal, Marktplatz 1",32,13,',
    )
    planned = published.run("publish", "--dry-run", "--format", "json")
    plan = json.loads(planned.stdout)
    wanted = {
        (dataset["name"], resource["name"])
        for dataset in plan["datasets"]
        for resource in dataset["resources"]
        if resource["action"] != "same"
    }
    four = {("sessions", "sessions"), ("sessions", "datapackage"), ("", "div"), ("", "datapackage")}
    assert wanted == {(f"div-{a}" if a else "div", b) for a, b in four}
    assert published.datasets() == before
    done = published.run("publish", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    after = published.datasets()
    sent = set()
    for package, dataset in after.items():
        old = named(before[package])
        assert dataset["id"] == before[package]["id"]
        for name, resource in named(dataset).items():
            assert (resource["id"], resource["url"]) == (old[name]["id"], old[name]["url"])
            if resource["last_modified"] != old[name]["last_modified"]:
                sent.add((package, name))
    assert sent == four
    untouched = [package for package in PACKAGES if package not in {"sessions", ""}]
    assert [after[package] for package in untouched] == [before[p] for p in untouched]
    assert after["sessions"]["version"] == after[""]["version"] == "1.0.1"
    check_tables(published.ckan.api(None, "city"), after, published.last)
    done = published.run("verify")
    assert done.returncode == 0, done.stdout


# --- a small workspace ----------------------------------------------------------------------------


def make_place(
    ckan: Instance, make_workspace: MakeWorkspace, site: Site = "plain", files: Files = RECORDS
) -> CkanPlace:
    prefix = ckan.prefix()
    workspace = make_workspace(ckan_files(ckan, files, prefix, site))
    return CkanPlace(workspace, ckan, prefix, site)


@pytest.fixture
def place(ckan: Instance, make_workspace: MakeWorkspace) -> CkanPlace:
    """Two sessions and a vision, to be published to a portal without a loader."""
    return make_place(ckan, make_workspace)


@pytest.fixture(params=["plain", "city"])
def either(
    request: pytest.FixtureRequest, ckan: Instance, make_workspace: MakeWorkspace
) -> CkanPlace:
    """The same, without a loader and with one."""
    return make_place(ckan, make_workspace, request.param)


def api_of(publisher: Publisher) -> Api:
    assert isinstance(publisher.portal, Ckan)
    return publisher.portal._site.api


def publish(
    place: CkanPlace, publisher: Publisher | None = None, now: dt.datetime = TUESDAY
) -> tuple[Plan, list[Check]]:
    """Publish what is in build/ as it is."""
    publisher = publisher or place.publisher()
    with publisher.portal.exclusively(), publisher.draft() as folder:
        plan = publisher.plan(place.workspace.build, now, folder)
        checks = publisher.apply(plan, lambda *_: None)
    assert all(check.passed for check in checks)
    return plan, checks


def name_of(place: CkanPlace, package: str) -> str:
    return f"{place.prefix}-{package}" if package else place.prefix


def dataset(place: CkanPlace, package: str, who: Person | None = None) -> Facts:
    return show(place.instance.api(who), name_of(place, package))


def resource(place: CkanPlace, package: str, name: str) -> Facts:
    return named(dataset(place, package))[name]


def described(place: CkanPlace, package: str, name: str) -> Facts:
    """A resource in the descriptor that the portal shows."""
    descriptor = json.loads(place.seen()[f"{package}/datapackage.json"])
    found: Facts = next(r for r in descriptor["resources"] if r["name"] == name)
    return found


def check_sessions(place: CkanPlace) -> None:
    """The table of the sessions against what is in build/."""
    path = place.workspace.build / "sessions/sessions.csv"
    facts = resource(place, "sessions", "sessions")
    check_table(place.stranger, facts, described(place, "sessions", "sessions"), path)


def rebuild(
    place: CkanPlace, change: Callable[[Facts, list[list[str]]], None], table: str = "sessions"
) -> None:
    """Change the schema and the rows of a table in build/, as a newer standard would."""
    home = place.workspace.build / "sessions"
    descriptor = json.loads((home / "datapackage.json").read_bytes())
    entry = next(item for item in descriptor["resources"] if item["name"] == table)
    path = home / entry["path"]
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    change(entry["schema"], rows)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    entry |= {"bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}"}
    entry["rows"] = len(rows) - 1
    write_descriptor(home, descriptor)


def write_descriptor(home: Path, descriptor: Facts) -> None:
    text = json.dumps(descriptor, ensure_ascii=False, indent=2)
    (home / "datapackage.json").write_text(f"{text}\n", encoding="utf-8")


# --- order, and what is seen meanwhile ------------------------------------------------------------


def test_nothing_is_public_before_all_of_it_is_verified(
    place: CkanPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then it becomes public in the order of publishing; nothing is sent any more."""
    publisher = place.publisher()
    api = api_of(publisher)
    seen: list[list[str]] = []
    complete: list[dict[str, bytes]] = []
    original = api.call

    def call(action: str, data: Mapping[str, Any], uploads: Any = (), *rest: Any) -> Any:
        assert not uploads or seen in ([], [[]])
        answer = original(action, data, uploads, *rest)
        names = [name for name in place.stranger.call("package_list", {}) if place._is_mine(name)]
        if not seen or seen[-1] != names:
            seen.append(names)
        if names:
            complete.append(place.seen())
        return answer

    monkeypatch.setattr(api, "call", call)
    place.release(MONDAY, publisher)
    sessions, visions, bundle = (name_of(place, package) for package in ("sessions", "visions", ""))
    assert seen == [
        *([], [sessions], sorted([sessions, visions]), sorted([sessions, visions, bundle])),
    ]
    expected = place.expected()
    for files in complete:
        assert files == {name: expected[name] for name in files}
    assert place.seen() == expected


def test_files_go_up_in_batches_and_the_descriptor_last(
    place: CkanPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "BATCH", 1)
    publisher = place.publisher()
    api = api_of(publisher)
    sent: list[list[str]] = []
    original = api.call

    def call(action: str, data: Mapping[str, Any], uploads: Any = (), *rest: Any) -> Any:
        if action == "package_revise":
            sent.append([upload.path.name for upload in uploads])
        return original(action, data, uploads, *rest)

    monkeypatch.setattr(api, "call", call)
    place.release(MONDAY, publisher)
    assert sent == [
        *(["sessions.csv"], ["priorities.csv"], ["codes.csv"], ["datapackage.json"]),
        *(["visions.csv"], ["codes.csv"], ["datapackage.json"]),
        *(["div.zip"], ["datapackage.json"]),
        *([], [], []),  # public
    ]
    assert place.seen() == place.expected()
    assert place.failed() == set()


def test_a_new_file_is_put_in_its_place_and_one_that_is_gone_stays(place: CkanPlace) -> None:
    place.release()
    before = dataset(place, "sessions")
    home = place.workspace.build / "sessions"
    descriptor = json.loads((home / "datapackage.json").read_bytes())
    text = b"1\n2\n"
    (home / "pool-x.txt").write_bytes(text)
    extra = {
        "name": "pool-x",
        "path": "pool-x.txt",
        "title": "Lose",
        "description": "Die Lose.",
        "format": "txt",
        "mediatype": "text/plain",
        "bytes": len(text),
        "hash": f"sha256:{sha256(home / 'pool-x.txt')}",
    }
    descriptor["resources"].insert(2, extra)
    write_descriptor(home, descriptor)
    plan, _ = publish(place)
    assert plan.datasets[0].resources["pool-x"] == "create"
    after = dataset(place, "sessions")
    assert [item["resource_name"] for item in after["resources"]] == [
        *("sessions", "priorities", "pool-x", "codes", "datapackage"),
    ]
    assert place.seen()["sessions/pool-x.txt"] == text
    ids = {name: item["id"] for name, item in named(before).items()}
    assert {name: item["id"] for name, item in named(after).items()}.items() >= ids.items()
    assert not publish_again(place)

    descriptor["resources"].remove(extra)
    write_descriptor(home, descriptor)
    (home / "pool-x.txt").unlink()
    publish(place)
    assert place.seen()["sessions/pool-x.txt"] == text
    assert place.failed() == set()
    assert not publish_again(place)


def publish_again(place: CkanPlace) -> bool:
    """Whether there is anything to do for what is in build/."""
    publisher = place.publisher()
    with publisher.draft() as folder:
        return publisher.plan(place.workspace.build, TUESDAY, folder).changes


# --- ids and addresses ----------------------------------------------------------------------------


def addresses(place: CkanPlace) -> dict[str, dict[str, tuple[str, str]]]:
    """Id and address of every resource, by the id of its dataset."""
    return {
        item["id"]: {r["resource_name"]: (r["id"], r["url"]) for r in item["resources"]}
        for item in place._datasets()
    }


def test_ids_and_addresses_stay(place: CkanPlace) -> None:
    place.release()
    before = addresses(place)
    for old, new in ((",held,42", ",held,43"), ("2026-2,", "2026-3,"), (",held,43", ",held,44")):
        place.edit("sessions", old, new)
        place.release(TUESDAY)
        assert addresses(place) == before


def test_a_second_portal_has_ids_of_its_own(ckan: Instance, make_workspace: MakeWorkspace) -> None:
    """The identifiers are the same on both."""
    prefixes = [ckan.prefix(), ckan.prefix()]
    files = dict(ckan_files(ckan, prefix=prefixes[0]))
    second = ckan.portal(prefixes[1], "city", "second")
    files["div-opendata.toml"] = f"{files['div-opendata.toml']!s}{second}"
    workspace = make_workspace(files)
    records, _ = examine(workspace)
    assemble(records, workspace)
    places = []
    for prefix, site, portal in zip(prefixes, ("plain", "city"), ("city", "second"), strict=True):
        place = CkanPlace(workspace, ckan, prefix, site)  # type: ignore[arg-type]
        publish(place, ckan.open(workspace, name=portal))
        places.append(place)
    ids = [{r[0] for item in addresses(place).values() for r in item.values()} for place in places]
    assert len(ids[0]) == len(ids[1]) == 9
    assert not ids[0] & ids[1]
    identifiers = [
        {extra["value"] for item in place._datasets() for extra in item["extras"]}
        for place in places
    ]
    assert identifiers[0] == identifiers[1]
    assert places[0].seen() == places[1].seen()


def test_the_ids_of_the_portal_count(place: CkanPlace) -> None:
    """They are made once: under another address of the portal they stay."""
    place.release()
    before = addresses(place)
    path = place.root / "div-opendata.toml"
    text = path.read_text()
    assert "http://127.0.0.1:" in text
    path.write_text(text.replace("http://127.0.0.1:", "http://localhost:"))
    place.edit("sessions", ",held,42", ",held,43")
    plan, _ = place.release(TUESDAY)
    assert {name for name, done in actions(plan).items() if done == "update"} == {"sessions", "div"}
    assert addresses(place) == before
    assert place.seen() == place.expected()
    assert place.failed() == set()
    assert not publish_again(place)


# --- the DataStore --------------------------------------------------------------------------------


EMPTIED_BY_LOADER = {0}
"""xloader itself empties a table for a moment, for each new file: it commits its TRUNCATE before
its COPY."""


@contextmanager
def watched(place: CkanPlace, identity: str) -> Iterator[list[int]]:
    """The number of rows that a stranger finds in a table, again and again.

    Without the total: it comes from a second connection in CKAN 2.12, and a loader that comes in
    between makes both wait for ever.
    """
    stranger = place.instance.api(None, place.site)
    query = {"resource_id": identity, "include_total": False}
    found: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            found.append(len(stranger.call("datastore_search", query)["records"]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def test_a_changed_schema_never_empties_a_public_table(either: CkanPlace) -> None:
    """Another dictionary, another type, a new column, one that is gone: at every moment there are
    rows, and in the end they are right."""
    either.release()
    before = addresses(either)
    identity = resource(either, "sessions", "sessions")["id"]

    def field(schema: Facts, name: str) -> Facts:
        found: Facts = next(item for item in schema["fields"] if item["name"] == name)
        return found

    def dictionary(schema: Facts, _rows: list[list[str]]) -> None:
        field(schema, "name")["description"] = "Ganz anders beschrieben."
        field(schema, "name")["translations"]["en"]["description"] = "Described anew."

    def kind(schema: Facts, _rows: list[list[str]]) -> None:
        field(schema, "participant_count")["type"] = "string"

    def new(schema: Facts, rows: list[list[str]]) -> None:
        schema["fields"].insert(2, {**field(schema, "name"), "name": "subtitle"})
        for number, row in enumerate(rows):
            row.insert(2, str(number) if number else "subtitle")

    def gone(schema: Facts, rows: list[list[str]]) -> None:
        place = [item["name"] for item in schema["fields"]].index("location")
        del schema["fields"][place]
        for row in rows:
            del row[place]

    for change in (dictionary, kind, new, gone):
        rebuild(either, change)
        with watched(either, identity) as rows:
            plan, _ = publish(either)
        assert actions(plan)["sessions"] == "update"
        loaded = either.site == "city" and change in {new, gone}
        assert set(rows) - (EMPTIED_BY_LOADER if loaded else set()) == {2}, change.__name__
        check_sessions(either)
        assert addresses(either) == before
        assert either.failed() == set()


def test_rows_of_a_public_table_change_without_emptying_it(either: CkanPlace) -> None:
    """A row is changed, one is new, one is gone; blanks around a text and its lines stay."""
    either.release()
    identity = resource(either, "sessions", "sessions")["id"]
    names = {"session-2026-1": "  mit Rand\t ", "session-2026-3": "zwei\nZeilen"}

    def change(_schema: Facts, rows: list[list[str]]) -> None:
        rows[2][0] = "session-2026-3"
        for row in rows[1:]:
            row[1] = names[row[0]]

    rebuild(either, change)
    with watched(either, identity) as rows:
        publish(either)
    assert set(rows) - (EMPTIED_BY_LOADER if either.site == "city" else set()) <= {2, 3}
    check_sessions(either)
    found = {row["id"]: row["name"] for row in table_rows(either.stranger, identity)}
    assert found == names


def test_a_table_that_somebody_deleted_comes_back(either: CkanPlace) -> None:
    either.release()
    identity = resource(either, "sessions", "sessions")["id"]
    colleague = either.instance.api("colleague")
    colleague.call("datastore_delete", {"resource_id": identity, "force": True})
    assert {name for name in either.failed() if "DataStore" in name} != set()
    plan, _ = either.release(TUESDAY)
    assert [change.name for change in plan.stale] == [
        f"{name_of(either, 'sessions')}: DataStore sessions"
    ]
    assert set(versions(plan).values()) == {"1.0.0"}
    check_sessions(either)
    assert either.failed() == set()


def test_a_table_that_somebody_changed_is_found_and_mended(place: CkanPlace) -> None:
    place.release()
    identity = resource(place, "sessions", "sessions")["id"]
    filters = {"id": "session-2026-2"}
    place.instance.api("colleague").call(
        "datastore_delete", {"resource_id": identity, "force": True, "filters": filters}
    )
    assert place.failed() == {"sessions/sessions (DataStore, rows)"}
    place.release(TUESDAY)
    check_sessions(place)
    assert place.failed() == set()


def test_a_loader_that_stands_still_stops_nothing(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are published, somebody is told, `verify` tells too, and later all is well."""
    monkeypatch.setattr(tail, "LOADER_LOOKS", 3)
    place = make_place(ckan, make_workspace, "city")
    told: list[Message] = []
    ckan.stop("worker")
    try:
        place.release(MONDAY, ckan.open(place.workspace, tell=told.append))
        texts = [message.text("en") for message in told]
        assert [text for text in texts if "has not loaded" in text] == texts
        assert [text for text in texts if "sessions" in text and name_of(place, "sessions") in text]
        assert place.seen() == place.expected()
        assert place.failed() == {
            *("sessions/sessions (DataStore, rows)", "visions/visions (DataStore, rows)"),
        }
    finally:
        ckan.start("worker")
    deadline = time.monotonic() + 60
    while place.failed() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert place.failed() == set()
    check_sessions(place)


# --- other people ---------------------------------------------------------------------------------


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
    """CKAN's own form for a resource knows nothing of our keys, and takes them away."""
    place.release()
    before = resource(place, "sessions", "sessions")
    form = {key: before[key] for key in ("id", "name", "description", "format", "url")}
    place.instance.api("colleague").call("resource_update", form)
    left = next(r for r in dataset(place, "sessions")["resources"] if r["id"] == before["id"])
    assert "sha256" not in left
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
    plan, _ = place.release(TUESDAY)
    assert plan.changes
    assert set(versions(plan).values()) == {"1.0.0"}
    assert addresses(place) == before
    assert place.failed() == set()
    assert not publish_again(place)


# --- for cron -------------------------------------------------------------------------------------


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
