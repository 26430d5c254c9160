"""The harvest chain: office → the city's portals → a portal that harvests them → a researcher.

A city publishes the complete example to a CKAN and to a folder, changes it, and has accidents.
After each step three real portals harvest: the CKAN by its API, the CKAN by DCAT, and the folder by
DCAT. What they show is recorded, and the tests look at the records.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
import requests

from div_opendata.publish.portal.ckan.journal import Journal
from div_opendata.publish.portal.compare import hashes
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import licenses, open_workspace
from support.harvester import Facts, Folder, Front, Harvester, front
from support.real_ckan import Instance
from support.workspaces import copy_example, run

WAYS = ("api", "dcat", "folder")
PORTALS = {"api": "city", "dcat": "city", "folder": "preview"}
CALM = ("first", "updated", "returned")
"""The steps after which a harvest comes upon nothing unusual."""
LICENSE = "http://dcat-ap.de/def/licenses/cc-by/4.0"
OUR_LIST = ("CC-BY-4.0", "Creative Commons Namensnennung 4.0 International", LICENSE)
OWN_LIST = (
    "cc-by",
    "Creative Commons Attribution",
    "http://www.opendefinition.org/licenses/cc-by",
)
LICENSES = {"api": OWN_LIST, "dcat": OUR_LIST, "folder": OWN_LIST}
"""The id, title and address of the licence, by way: two portals have the list of docs/harvesting,
the third, and the portal that is harvested, have CKAN's own."""
ATTRIBUTION = "Stadt Musterstadt"
RESULTS = ("results", "follow_ups")
"""The tables of a package that is new in the last release."""
DIED = 99

way_by_way = pytest.mark.parametrize("way", WAYS)
step_by_step = pytest.mark.parametrize("step", CALM)


@dataclass(frozen=True)
class Released:
    """What a portal shows, as the office knows it: the descriptors of the datasets by their
    identifiers, and the SHA-256 of each file."""

    descriptors: Mapping[str, Facts]
    files: Mapping[str, str]

    def of(self, identifier: str) -> dict[str, str]:
        """The files of a dataset by their names."""
        descriptor = self.descriptors[identifier]
        package = descriptor["name"].removeprefix("div-")
        if package == "div":
            names = {"div.zip": "div.zip"}
        else:
            names = {item["path"]: f"{package}/{item['path']}" for item in descriptor["resources"]}
        names["datapackage.json"] = f"{package}/datapackage.json"
        return {name: self.files[path] for name, path in names.items()}


@dataclass(frozen=True)
class Harvested:
    """What a portal shows after it has harvested, and what its download URLs give."""

    errors: list[str]
    datasets: list[Facts]
    downloads: Mapping[str, str]

    @property
    def by_identifier(self) -> dict[str, Facts]:
        """Each dataset by the identifier that the city has given it."""
        return {extra(dataset, "identifier"): dataset for dataset in self.datasets}

    @property
    def ids(self) -> dict[str, str]:
        """The ids of datasets and resources by what they are, and the names of the datasets."""
        found: dict[str, str] = {}
        for identifier, dataset in self.by_identifier.items():
            found |= {identifier: dataset["id"], f"{identifier} name": dataset["name"]}
            found |= {f"{identifier}/{file_of(r)}": r["id"] for r in dataset["resources"]}
        return found


@dataclass
class Story:
    """What was released and harvested, by step and way."""

    released: dict[tuple[str, str], Released] = field(default_factory=dict)
    harvested: dict[tuple[str, str], Harvested] = field(default_factory=dict)
    harvesters: dict[str, Harvester] = field(default_factory=dict)
    last: dict[str, Path] = field(default_factory=dict)
    """The folder of the last release, by way."""


def extra(dataset: Facts, key: str) -> str:
    """One of a dataset's extras."""
    found: list[str] = [item["value"] for item in dataset["extras"] if item["key"] == key]
    assert len(found) == 1, f"{dataset['name']}: {key} {found}"
    return found[0]


def file_of(resource: Facts) -> str:
    """The name of the file that a resource is."""
    return str(resource["url"]).rpartition("/")[2]


def download(url: str) -> str:
    """The SHA-256 of what a stranger gets, or what else there is."""
    try:
        answer = requests.get(url, timeout=60)
    except requests.ConnectionError:
        return "no answer"
    return hashlib.sha256(answer.content).hexdigest() if answer.ok else str(answer.status_code)


def dies(action: Callable[[], object], owner: object, name: str, when: Callable[..., bool]) -> bool:
    """Run an action in a process of its own that dies, so that nothing is tidied up, before the
    first call of a function that `when` chooses; whether it did."""
    child = os.fork()
    if child == 0:
        status = 1
        original = getattr(owner, name)

        def call(*arguments: object, **options: object) -> object:
            if when(*arguments, **options):
                os._exit(DIED)
            return original(*arguments, **options)

        try:
            setattr(owner, name, call)
            action()
            status = 0
        except BaseException:
            traceback.print_exc()  # the parent shows it with the failure
        finally:
            os._exit(status)
    _, waited = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(waited) == DIED


class City:
    """An office with the complete example, which publishes to a CKAN and to a folder."""

    def __init__(self, ckan: Instance, root: Path, folder: str) -> None:
        self.root = root
        self._ckan = ckan
        configuration = root / "div-opendata.toml"
        text = configuration.read_text(encoding="utf-8")
        for old, new in {"8000": folder, "5050": f"{ckan.city}/"}.items():
            assert f'"http://127.0.0.1:{old}/"' in text
            text = text.replace(f'"http://127.0.0.1:{old}/"', f'"{new}"')
        configuration.write_text(text, encoding="utf-8")

    def last(self, portal: str) -> Path:
        """The last release."""
        return self.root / ".div-opendata" / "portals" / portal / "last"

    def released(self, portal: str) -> Released:
        """What it was."""
        last = self.last(portal)
        found = [json.loads(path.read_bytes()) for path in last.glob("*/datapackage.json")]
        sent = last.parent / "descriptors"  # of a CKAN
        files = hashes(last) | (hashes(sent) if sent.is_dir() else {})
        return Released({descriptor["id"]: descriptor for descriptor in found}, files)

    def records(self, table: str) -> Path:
        """The office's records of a table."""
        return self.root / "records" / f"{table}.csv"

    def edit(self, table: str, old: bytes, new: bytes) -> None:
        """Change something that is there once."""
        content = self.records(table).read_bytes()
        assert content.count(old) == 1
        self.records(table).write_bytes(content.replace(old, new))

    def publish(self) -> None:
        """Publish as the office does, to both portals."""
        for portal in ("preview", "city"):
            token = self._ckan.tokens["office"]
            to = ("publish", self.root, "--to", portal, "--yes")
            done = run(*to, DIV_OPENDATA_TOKEN_CITY=token)
            assert done.returncode == 0, done.stdout + done.stderr

    def die_while_publishing(self) -> None:
        """The run for the folder dies before it shows the new release. That for the CKAN dies
        before the last of three datasets is uploaded; the second is new."""
        done = run("assemble", self.root)
        assert done.returncode == 0, done.stdout + done.stderr
        workspace = open_workspace(self.root)
        now = dt.datetime.now(dt.UTC)
        folder = Publisher(workspace, open_portal(workspace, "preview"))
        city = self._ckan.open(workspace, name="city")

        def publish(publisher: Publisher) -> None:
            with publisher.portal.exclusively(), publisher.draft() as draft:
                plan = publisher.plan(workspace.build, now, draft)
                publisher.apply(plan, lambda *_: None)

        def switches(_source: Path, target: Path) -> bool:
            return Path(target).name == ".current"

        def uploads_bundle(_journal: Journal, step: str, dataset: str = "", **_: object) -> bool:
            return (step, dataset) == ("upload", "div")

        assert dies(lambda: publish(folder), os, "replace", switches)
        assert dies(lambda: publish(city), Journal, "note", uploads_bundle)


@pytest.fixture(scope="module")
def story(harvested_ckan: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All steps."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("harvest"))
    ckan, told = harvested_ckan, Story()
    with ExitStack() as stack:
        (root / "portal").mkdir()
        folder = stack.enter_context(Folder(root / "portal"))
        city = City(ckan, root, folder.address)
        fronts = {
            way: stack.enter_context(front(folder.address if way == "folder" else ckan.city))
            for way in WAYS
        }
        told.last = {way: city.last(PORTALS[way]) for way in WAYS}
        for way, address in ckan.harvesters.items():
            told.harvesters[way] = Harvester(address, ckan.tokens["harvester"])
            path = "" if way == "api" else "/catalog.ttl"
            kind = "ckan" if way == "api" else "dcat_rdf"
            told.harvesters[way].add(kind, fronts[way].address + path, ckan.organization)

        results = {records: records.read_bytes() for records in map(city.records, RESULTS)}
        for records, content in results.items():
            records.write_bytes(content.splitlines(keepends=True)[0])
        city.publish()
        harvest(told, city, "first")

        city.edit("visions", b"Ein Brief, viele Sprachen", b"Ein Brief in vielen Sprachen")
        city.publish()
        harvest(told, city, "updated")

        city.edit("sessions", b"jahrssitzung 2024", b"lingssitzung 2024")
        for records, content in results.items():
            records.write_bytes(content)
        city.die_while_publishing()
        harvest(told, city, "killed")

        city.publish()
        with vanishing(ckan, folder, fronts):
            harvest(told, city, "vanished")

        harvest(told, city, "returned")
        yield told


def harvest(story: Story, city: City, step: str) -> None:
    """Let all three harvest at the same time, and record it."""
    jobs = {way: harvester.begin() for way, harvester in story.harvesters.items()}
    for way, harvester in story.harvesters.items():
        errors = harvester.end(jobs[way])
        datasets = harvester.datasets()
        urls = [resource["url"] for dataset in datasets for resource in dataset["resources"]]
        with ThreadPoolExecutor(4) as pool:
            downloads = dict(zip(urls, pool.map(download, urls), strict=True))
        story.released[step, way] = city.released(PORTALS[way])
        story.harvested[step, way] = Harvested(errors, datasets, downloads)


@contextmanager
def vanishing(ckan: Instance, folder: Folder, fronts: Mapping[str, Front]) -> Iterator[None]:
    """Meanwhile both portals vanish, each between two requests of those who harvest it: the CKAN
    when both have got the first of two pages, the folder when it has said that the catalogue is
    there."""
    both = threading.Barrier(2, lambda: ckan.stop("city"))

    def vanish_after(number: int, vanish: Callable[[], object]) -> Callable[[int], None]:
        def answered(count: int) -> None:
            if count == number:
                vanish()

        return answered

    fronts["api"].watch(vanish_after(1, lambda: both.wait(60)))
    fronts["dcat"].watch(vanish_after(2, lambda: both.wait(60)))  # the first asks for no content
    fronts["folder"].watch(vanish_after(1, folder.stop))
    yield
    for before in fronts.values():
        before.watch(lambda _number: None)
    ckan.start("city")
    folder.start()


@way_by_way
@step_by_step
def test_nothing_goes_wrong(story: Story, step: str, way: str) -> None:
    assert story.harvested[step, way].errors == []


def test_no_part_dies(story: Story, harvested_ckan: Instance) -> None:
    """Nothing that our portals say, or do not say, kills a harvester."""
    assert story.harvested
    log = (harvested_ckan.logs / "supervisor.log").read_text(encoding="utf-8")
    assert "city is stopped" in log
    assert "has ended" not in log


@way_by_way
@step_by_step
def test_each_dataset_is_there_exactly_once(story: Story, step: str, way: str) -> None:
    """With each of its files exactly once."""
    released, harvested = story.released[step, way], story.harvested[step, way]
    assert len(released.descriptors) == (9 if step == "returned" else 8)
    assert len(harvested.datasets) == len(released.descriptors)
    assert harvested.by_identifier.keys() == released.descriptors.keys()
    for identifier, dataset in harvested.by_identifier.items():
        files = sorted(map(file_of, dataset["resources"]))
        assert files == sorted(released.of(identifier))


@way_by_way
def test_no_id_ever_changes(story: Story, way: str) -> None:
    """Nor the name of a dataset, which is its address; and none vanishes."""
    ids: dict[str, str] = {}
    for step, of in story.harvested:
        if of == way:
            found = story.harvested[step, way].ids
            assert found | ids == found, step
            ids = found


@way_by_way
@step_by_step
def test_titles_and_descriptions_are_german(story: Story, step: str, way: str) -> None:
    released, harvested = story.released[step, way], story.harvested[step, way]
    for identifier, dataset in harvested.by_identifier.items():
        descriptor = released.descriptors[identifier]
        assert dataset["title"] == descriptor["title"]
        notes, _, tables = dataset["notes"].partition("\n\n**Tabellen in div.zip:**\n\n")
        notes, _, more = notes.partition("\n\n**Zum Weiterlesen:**\n\n")
        assert notes == descriptor["description"]
        assert bool(more or tables) == (way != "folder")
        assert bool(tables) == (descriptor["name"] == "div" and way != "folder")
        titles = {item["path"]: item["title"] for item in descriptor["resources"]}
        titles |= {"div.zip": "Alle Tabellen", "datapackage.json": "Beschreibung des Datenpakets"}
        for resource in dataset["resources"]:
            assert resource["name"] == titles[file_of(resource)]


@step_by_step
def test_the_table_comes_first(story: Story, step: str) -> None:
    """As the folder's catalogue has it; the order of a CKAN's turtle is that of its ids."""
    released, harvested = story.released[step, "folder"], story.harvested[step, "folder"]
    for identifier, dataset in harvested.by_identifier.items():
        descriptor = released.descriptors[identifier]
        package = descriptor["name"].removeprefix("div-")
        tables = {item["path"] for item in descriptor["resources"] if "conformsTo" in item}
        first = {"div.zip"} if package == "div" else {f"{package}.csv"} & tables or tables
        files = list(map(file_of, dataset["resources"]))
        assert files[0] in first
        assert files[-1] == "datapackage.json"


@way_by_way
@step_by_step
def test_license_and_attribution_are_there(story: Story, step: str, way: str) -> None:
    """For each file: that is where portals look for them."""
    for dataset in story.harvested[step, way].datasets:
        for resource in dataset["resources"]:
            assert resource["license"] == LICENSE
            assert resource["rights"] == ATTRIBUTION


@way_by_way
@step_by_step
def test_each_dataset_names_its_license(story: Story, step: str, way: str) -> None:
    """As a portal shows it on the dataset's page: one that it knows to be open."""
    for dataset in story.harvested[step, way].datasets:
        found = tuple(dataset[key] for key in ("license_id", "license_title", "license_url"))
        assert (found, dataset["isopen"]) == (LICENSES[way], True)


@way_by_way
def test_a_visitor_reads_the_license(story: Story, way: str) -> None:
    """On the pages of a dataset and of its files, with a link."""
    _, title, address = LICENSES[way]
    dataset = story.harvested["returned", way].datasets[0]
    page = story.harvesters[way].page(f"dataset/{dataset['name']}")
    assert f'<a href="{address}" rel="dc:rights">{title}</a>' in page
    assert "Keine Lizenz angegeben" not in page
    resource = story.harvesters[way].page(
        f"dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}"
    )
    assert title in resource
    assert LICENSE in resource
    assert "Keine Lizenz angegeben" not in resource


def test_every_license_is_found_in_a_list(story: Story) -> None:
    """Those with a twin in CKAN's own list by its title there, all in ours by their addresses."""
    lists = {
        way: story.harvesters[way].ask("license_list", stranger=True) for way in ("dcat", "folder")
    }
    ours = {item.url for item in licenses().values()}
    assert {item["url"] for item in lists["dcat"]} >= ours
    twins = {item["id"] for item in lists["dcat"] if item["url"] not in ours}
    assert twins == {item.catalog_id for item in licenses().values()} - {""}
    assert twins < {item["id"] for item in lists["folder"]}
    own = {item["title"] for item in lists["folder"]}
    without = {code for code, item in licenses().items() if item.catalog_title not in own}
    assert without == {"dl-by-de/2.0", "dl-zero-de/2.0"}


@way_by_way
@step_by_step
def test_formats_are_recognised(story: Story, step: str, way: str) -> None:
    """As the label by which a portal filters. The European list of formats has no Python."""
    for dataset in story.harvested[step, way].datasets:
        for resource in dataset["resources"]:
            suffix = file_of(resource).rpartition(".")[2]
            assert resource["format"] in ({"PY", "TXT"} if suffix == "py" else {suffix.upper()})


@way_by_way
@step_by_step
def test_each_download_gives_the_released_bytes(story: Story, step: str, way: str) -> None:
    released, harvested = story.released[step, way], story.harvested[step, way]
    for identifier, dataset in harvested.by_identifier.items():
        found = {file_of(r): harvested.downloads[r["url"]] for r in dataset["resources"]}
        assert found == released.of(identifier)


@way_by_way
def test_an_update_arrives(story: Story, way: str) -> None:
    """With the stamp of its release, and nothing else seems changed."""
    before, after = (story.harvested[step, way].by_identifier for step in ("first", "updated"))
    descriptors = story.released["updated", way].descriptors
    changed = set()
    for identifier, dataset in after.items():
        stamp = dt.datetime.fromisoformat(extra(dataset, "modified"))
        assert stamp == dt.datetime.fromisoformat(descriptors[identifier]["created"])
        if stamp != dt.datetime.fromisoformat(extra(before[identifier], "modified")):
            changed.add(descriptors[identifier]["name"])
    assert changed == {"div-visions", "div"}


@way_by_way
def test_of_a_killed_publication_each_file_is_old_or_new(story: Story, way: str) -> None:
    """And what was there before is there. What is new in it is not seen yet."""
    harvested = story.harvested["killed", way]
    old, new = story.released["updated", way], story.released["returned", way]
    assert harvested.by_identifier.keys() == old.descriptors.keys()
    assert len(harvested.datasets) == len(old.descriptors)
    seen = set()
    for identifier, dataset in harvested.by_identifier.items():
        for resource in dataset["resources"]:
            name, found = file_of(resource), harvested.downloads[resource["url"]]
            was, will_be = old.of(identifier)[name], new.of(identifier)[name]
            assert found in {was, will_be}
            if was != will_be:
                seen.add(found == will_be)
    assert seen == ({False} if way == "folder" else {False, True})


@way_by_way
def test_nothing_vanishes_with_the_portal(story: Story, way: str) -> None:
    """It is told that the portal did not answer. What was there stays; only by DCAT, what came with
    the first page is taken."""
    before, meanwhile = (story.harvested[step, way] for step in ("killed", "vanished"))
    assert meanwhile.errors
    if way == "dcat":
        assert meanwhile.ids.items() >= before.ids.items()
        assert len(meanwhile.datasets) == len(meanwhile.by_identifier)
    else:
        assert meanwhile.datasets == before.datasets


@way_by_way
def test_a_researcher_reads_what_a_search_finds(story: Story, way: str) -> None:
    """From examples/musterstadt to pandas: the results that the city has published last."""
    found = story.harvesters[way].datasets("Ergebnisse")
    urls = [r["url"] for d in found for r in d["resources"] if file_of(r) == "results.csv"]
    frame = pd.read_csv(urls[0], dtype=str)
    pd.testing.assert_frame_equal(
        frame, pd.read_csv(story.last[way] / "results/results.csv", dtype=str)
    )
    assert "result-wegeinformation-hindernisse" in set(frame["id"])
