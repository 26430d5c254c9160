"""What a researcher does with a published portal, by pandas and frictionless."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package
from jsonschema import Draft7Validator

from div_opendata.publish.portal.open import open_portal
from div_opendata.standard.packages import load_standard
from support.guides import run_guide, serve
from support.places import release
from support.web import serving
from support.workspaces import RECORDS, TOP, MakeWorkspace, copy_example

pytestmark = pytest.mark.usefixtures("no_gate")


@pytest.fixture(scope="module", params=["bielefeld", "musterstadt"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published example."""
    root = copy_example(str(request.param), tmp_path_factory.mktemp("portal"))
    release(root)
    return root / "portal"


@pytest.mark.slow
def test_frictionless_reads_the_portal(portal: Path) -> None:
    for path in [*portal.glob("*/datapackage.json"), portal / "div.zip"]:
        if ".releases" not in path.parts:
            report = Package(str(path)).validate()
            assert report.valid, path


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_descriptors_conform_to_the_official_profiles(portal: Path, version: str) -> None:
    """Those of a release, those that stand for none, and the ones inside the zip files: by the
    profile that their `$schema` names, and by the one before it."""
    profile = json.loads(
        (TOP / f"tests/data/datapackage-profiles/{version}/datapackage.json").read_bytes()
    )
    validator = Draft7Validator(profile)
    found = [path.read_bytes() for path in TOP.glob("datapackages/*/datapackage.json")]
    found += [path.read_bytes() for path in portal.glob("*/datapackage.json")]
    with zipfile.ZipFile(portal / "div.zip") as archive:
        found.append(archive.read("datapackage.json"))
    assert len(found) > 10
    for content in found:
        descriptor = json.loads(content)
        assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
        errors = [error.json_path for error in validator.iter_errors(descriptor)]
        assert errors == [], descriptor["name"]


def test_every_coded_column_is_joined_with_its_labels(portal: Path) -> None:
    """By what its field says, in both languages; the descriptor alone has the same labels."""
    joined = 0
    for path in portal.glob("*/datapackage.json"):
        codes = pd.read_csv(path.with_name("codes.csv")).set_index(["list", "code"])
        for resource in json.loads(path.read_bytes())["resources"]:
            fields = [f for f in resource.get("schema", {}).get("fields", ()) if "codelist" in f]
            assert {f["name"] for f in fields} == {
                f["name"] for f in resource.get("schema", {}).get("fields", ()) if "categories" in f
            }
            for field in fields:
                values = pd.read_csv(path.with_name(resource["path"]))[field["name"]].dropna()
                english = field["translations"]["en"]["categories"]
                for language, categories in (("de", field["categories"]), ("en", english)):
                    labels = codes.loc[field["codelist"], language]
                    assert values.map(labels).notna().all(), (path, field["name"])
                    assert {c["value"]: c["label"] for c in categories} == labels.to_dict()
                joined += len(values)
    assert joined > 10


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
        assert archive.namelist()[-1] == "README.txt"
        descriptor = json.loads(archive.read("datapackage.json"))
        assert len(archive.namelist()) == 1 + len(descriptor["resources"])
    assert descriptor == json.loads((portal / "div/datapackage.json").read_bytes())


def test_the_readme_runs_as_it_is(portal: Path) -> None:
    """The guide of researchers, which needs a CKAN as well, is run in ckan/test_ckan_example.py."""
    if portal.parent.name == "musterstadt":
        with serving(serve(portal)) as server:
            run_guide(TOP / "README.md", {"http://127.0.0.1:8000/": server.address})


def test_no_guide_lets_duckdb_guess_the_heading() -> None:
    guides = [TOP / "README.md", *(TOP / "docs").glob("*.md")]
    calls = [c for g in guides for c in re.findall(r"read_csv\('[^)]*\)", g.read_text("utf-8"))]
    assert len(calls) == 10
    assert [call for call in calls if "header = true" not in call] == []


def test_schemas_are_published(portal: Path) -> None:
    for path in (portal / "schemas").glob("*.json"):
        assert json.loads(path.read_bytes())["public"]
    names = {path.name.removesuffix(".schema.json") for path in (portal / "schemas").glob("*.json")}
    assert names == {table.name for table in load_standard().public}


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
