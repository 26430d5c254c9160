"""The complete example on a real CKAN, published and looked at by the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ckanapi
import pandas as pd
import pytest
import requests
from frictionless import Package

from div_opendata.base.files import sha256
from div_opendata.lottery import verify
from div_opendata.publish.portal.linked import unlinked
from div_opendata.workspace.settings import open_workspace
from support.ckan import Facts, check_tables, named, show
from support.guides import run_guide, serve
from support.places import CkanPlace, edit, release
from support.real_ckan import Instance
from support.web import serving
from support.workspaces import TOP, copy_example, run

PACKAGES = ["sessions", "visions", "orders", "circles", "lottery", "votes", "results", "notes", ""]
"""In the order in which they are published; the last is the bundle."""

TABLES = 18 + 8
"""Those of the records, and the codes of each dataset but the bundle's."""


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

    @property
    def sent(self) -> Path:
        """The descriptors with addresses, as they were sent."""
        return self.root / ".div-opendata/portals/city/descriptors"

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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the same as a folder portal."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("served"))
    release(root)
    with serving(serve(root / "portal")) as server:
        yield server.address


# frictionless leaves its copy of a zip to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("language", ["de", "en"])
def test_the_guide_runs_from_top_to_bottom(
    language: str, published: Published, served: str
) -> None:
    """In one namespace, with the folder and the CKAN that it speaks of."""
    names = {
        "http://127.0.0.1:8000/": served,
        "http://127.0.0.1:5050/": f"{published.ckan.city}/",
        '"div-votes"': f'"{published.name("votes")}"',
    }
    run_guide(TOP / "docs" / f"researchers.{language}.md", names)


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
        assert dataset["title"] == descriptor["title"]
        notes, _, links = dataset["notes"].partition("\n\n**Zum Weiterlesen:**\n\n")
        notes, _, tables = notes.partition("\n\n**Tabellen in div.zip:**\n\n")
        assert notes == descriptor["description"]
        assert len(tables.splitlines()) == (0 if package else 18)
        assert links.startswith("- [")
        assert (dataset["version"], dataset["license_id"]) == ("1.0.0", "cc-by")
        assert (dataset["author"], dataset["maintainer"]) == (
            "Stadt Musterstadt",
            "Amt für Digitalisierung",
        )
        assert dataset["maintainer_email"] == "digitalisierung@musterstadt.example"
        tags = sorted(tag["name"].casefold() for tag in dataset["tags"])
        assert tags == sorted({word.casefold() for word in descriptor["keywords"]})
        extras = {extra["key"]: extra["value"] for extra in dataset["extras"]}
        assert (
            extras.items()
            >= {
                "identifier": descriptor["id"],
                "modified": descriptor["created"],
                "issued": descriptor["issued"],
                "attribution": "Stadt Musterstadt",
                "publisher_uri": "https://www.musterstadt.example/",
            }.items()
        )
        assert not any(key.startswith("contact_") for key in extras)
        assert dataset["organization"]["name"] == published.ckan.organization
        files = [resource["url"].rpartition("/")[2] for resource in dataset["resources"]]
        paths = [resource["path"] for resource in descriptor["resources"]]
        assert files == [*(paths if package else ["div.zip"]), "datapackage.json"]
        for resource in dataset["resources"]:
            file = published.last / (package or "div") / resource["url"].rpartition("/")[2]
            if file.name == "div.zip":
                file = published.last / "div.zip"
            elif file.name == "datapackage.json":
                file = published.sent / (package or "div") / file.name
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
    datasets = published.datasets()
    descriptors = [named(datasets[name])["datapackage"]["url"] for name in ("lottery", "")]
    for address in (page, *descriptors):
        assert verify.load(address) == verify.load(str(published.last / "lottery"))


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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_descriptor_opens_where_it_is_shown(published: Published) -> None:
    """By frictionless, which follows its paths: each leads to the bytes that it says. The bundle's
    lead to the other datasets, and to its zip for what none of these has."""
    datasets = published.datasets()
    for package in PACKAGES:
        opened = Package(named(datasets[package])["datapackage"]["url"])
        rows = {
            item["name"]: item.get("rows") for item in published.descriptor(package)["resources"]
        }
        assert [resource.name for resource in opened.resources] == [*rows]
        assert opened.validate().valid
        for resource in opened.resources:
            if rows[resource.name] is not None:
                assert len(resource.read_rows()) == rows[resource.name]
    assert rows["votes"] == 12
    shown = requests.get(named(datasets[""])["datapackage"]["url"], timeout=60).json()
    inside = [item for item in shown["resources"] if "innerpath" in item]
    assert {item["innerpath"] for item in inside} == {"codes.csv", "README.txt"}
    assert inside[0]["path"] == named(datasets[""])["div"]["download_url"]
    assert unlinked(shown) == published.descriptor("")


TYPES = {
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "py": "text/plain; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}


def test_a_download_says_what_it_is(published: Published) -> None:
    """In a header that browsers and programs know."""
    found = {}
    for dataset in published.datasets().values():
        for resource in dataset["resources"]:
            answer = requests.get(resource["url"], stream=True, timeout=60)
            answer.close()
            found[resource["url"]] = answer.headers["Content-Type"]
    assert found == {url: TYPES[url.rpartition(".")[2]] for url in found}
    assert len(found) == 39
    assert set(found.values()) == set(TYPES.values())


def test_ckanapi_sees_the_same(published: Published) -> None:
    with ckanapi.RemoteCKAN(published.ckan.city) as remote:
        for package, dataset in published.datasets().items():
            assert remote.action.package_show(id=published.name(package)) == dataset
        identity = named(published.datasets()["votes"])["votes"]["id"]
        assert remote.action.datastore_search(resource_id=identity)["total"] == 12


def test_every_table_is_typed_and_complete_where_a_loader_fills_it(published: Published) -> None:
    stranger = published.ckan.api(None, "city")
    assert check_tables(stranger, published.datasets(), published.last) == TABLES


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
    assert check_tables(place.stranger, datasets, last) == TABLES


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
        description = published.descriptor("votes")["description"]
        for words in (dataset["title"], resource["name"], description, dataset["license_title"]):
            assert words in text
        page.screenshot(path=tmp_path / "dataset.png", full_page=True)
        page.goto(f"{published.ckan.city}/dataset/{published.name('')}")
        assert page.locator(".notes li > code").count() == 18
        page.goto(f"{page_url}/resource/{resource['id']}?view_id={view['id']}")
        dictionary = page.inner_text("body")
        assert "Beschlussvorschlag" in dictionary
        assert "int8" in dictionary
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
