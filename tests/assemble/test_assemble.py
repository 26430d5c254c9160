"""Assembling: the same records give the same bytes, and only what is public is written."""

from __future__ import annotations

import csv
import io
import json
import shutil
import uuid
from pathlib import Path

import pytest
from frictionless import Package

from div_opendata.assemble.packages import assemble, write_packages
from div_opendata.base.errors import Problem
from div_opendata.base.files import read_json
from div_opendata.standard.descriptor import package_descriptor
from div_opendata.standard.packages import load_standard
from div_opendata.workspace.settings import Workspace, open_workspace
from div_opendata.workspace.template.workbook import write_workbook
from support.disk import refuse_links
from support.workspaces import (
    EXAMPLES,
    RECORDS,
    TOP,
    MakeWorkspace,
    copy_example,
    examine,
    run,
    tree_bytes,
)

GOLDEN = TOP / "tests" / "golden"
STANDARD = load_standard()


def assembled(root: Path) -> dict[str, bytes]:
    workspace = open_workspace(root)
    records, findings = examine(workspace)
    assert findings == []
    assert assemble(records, workspace) == []
    return tree_bytes(workspace.build)


def test_golden(workspace: Workspace) -> None:
    """Every byte of two packages of a small workspace: a change here is one for researchers."""
    build = assembled(workspace.root)
    for name, content in tree_bytes(GOLDEN).items():
        assert build[name] == content, name
    assert {name for name in build if name.startswith("sessions/")} == {
        name for name in tree_bytes(GOLDEN) if name.startswith("sessions/")
    }


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"},
        {"LC_ALL": "C", "TZ": "America/New_York", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"},
        {"LANGUAGE": "de", "TZ": "UTC", "PYTHONHASHSEED": "3"},
    ],
)
def test_same_bytes_in_any_environment(musterstadt: Path, environment: dict[str, str]) -> None:
    here = assembled(musterstadt)
    shutil.rmtree(musterstadt / ".div-opendata")
    done = run("assemble", musterstadt, **environment)
    assert done.returncode == 0, done.stderr
    assert tree_bytes(musterstadt / "build") == here


def test_same_bytes_from_rows_in_any_order(musterstadt: Path) -> None:
    here = assembled(musterstadt)
    for path in (musterstadt / "records").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = sorted(range(len(header)), key=lambda n: header[n][::-1])
        with path.open("w", encoding="cp1252", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerows([row[n] for n in columns] for row in [header, *rows[::-1]])
    assert assembled(musterstadt) == here


@pytest.mark.slow
@pytest.mark.parametrize("city", ["bielefeld", "musterstadt"])
def test_same_bytes_from_a_workbook(city: str, tmp_path: Path) -> None:
    root = copy_example(city, tmp_path)
    here = assembled(root)
    workspace = open_workspace(root)
    records, _ = examine(workspace)
    write_workbook(workspace.workbook, workspace.standard, records.tables)
    shutil.rmtree(workspace.records)
    assert assembled(root) == here


def test_descriptors_are_those_of_datapackages(example: Path) -> None:
    """What is documented in datapackages/ is what is written, but for what depends on records."""
    assembled(example)
    for name in STANDARD.packages:
        documented = read_json(TOP / "datapackages" / name / "datapackage.json")
        written = read_json(example / "build" / name / "datapackage.json")
        for resource, expected in zip(written["resources"], documented["resources"], strict=False):
            assert expected.items() <= resource.items()
        assert documented["title"] == written["title"]


def test_packages_are_valid_for_frictionless(example: Path) -> None:
    build = assembled(example)
    for name in STANDARD.packages:
        package = Package(str(example / "build" / name / "datapackage.json"))
        assert package.validate().valid
        assert uuid.UUID(package.custom["id"]).version == 5
        for resource in package.resources:
            assert resource.bytes == len(build[f"{name}/{resource.path}"])


def test_foreign_keys_are_in_the_bundle_and_elsewhere_in_words() -> None:
    def keys(name: str) -> set[tuple[str, str]]:
        descriptor = package_descriptor(STANDARD.packages[name], STANDARD)
        return {
            (resource["name"], key["reference"]["resource"] or resource["name"])
            for resource in descriptor["resources"]
            for key in resource["schema"].get("foreignKeys", [])
        }

    assert keys("div") == {
        (table.name, key.table) for table in STANDARD.public for key in table.foreign_keys
    }
    assert keys("visions") == set()
    visions = json.dumps(
        package_descriptor(STANDARD.packages["visions"], STANDARD), ensure_ascii=False
    )
    assert "(sessions) des Datenpakets div-sessions" in visions
    assert "(sessions) of the data package div-sessions" in visions


def test_counts_of_secret_ballots_are_left_out(musterstadt: Path) -> None:
    build = assembled(musterstadt)
    withheld = STANDARD.tables["votes"].schema["withheld"]["fields"]
    for name in ("votes/votes.csv", "div/votes.csv"):
        votes = list(csv.DictReader(io.StringIO(build[name].decode())))
        secret = [vote for vote in votes if vote["ballot"] == "secret"]
        assert len(secret) >= 2
        assert all(vote[field] == "" for vote in secret for field in withheld)
        assert any(vote["yes"] for vote in votes if vote["ballot"] == "open")
    text = (EXAMPLES / "musterstadt/records/votes.csv").read_text(encoding="utf-8")
    typed = csv.DictReader(io.StringIO(text))
    assert all(vote["yes"] for vote in typed if vote["ballot"] == "secret")


def test_pools_are_the_leaves_in_byte_order(musterstadt: Path) -> None:
    build = assembled(musterstadt)
    lotteries = list(csv.DictReader(io.StringIO(build["lottery/lotteries.csv"].decode())))
    assert len(lotteries) == 2
    for lottery in lotteries:
        pool = build[f"lottery/pool-{lottery['id']}.txt"]
        leaves = pool.decode("ascii").splitlines()
        assert leaves == sorted(leaves)
        assert pool.endswith(b"\n")
        assert len(leaves) == int(lottery["pool_size"])


def test_codes_are_those_that_the_package_uses(workspace: Workspace) -> None:
    build = assembled(workspace.root)
    rows = list(csv.reader(io.StringIO(build["sessions/codes.csv"].decode())))
    assert rows[0] == ["list", "code", "de", "en"]
    assert {row[0] for row in rows[1:]} == {"action_field", "session_state"}
    assert ["session_state", "held", "Abgehalten", "Held"] in rows


def test_an_empty_table_keeps_its_header(workspace: Workspace) -> None:
    build = assembled(workspace.root)
    assert build["votes/votes.csv"].decode() == ",".join(STANDARD.tables["votes"].fields) + "\n"


def test_a_notice_is_in_every_description(musterstadt: Path) -> None:
    build = assembled(musterstadt)
    for name in STANDARD.packages:
        descriptor = json.loads(build[f"{name}/datapackage.json"])
        assert "erfunden" in descriptor["description"]
        assert "made up" in descriptor["translations"]["en"]["description"]


def test_errors_stop_before_anything_is_written(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    before = assembled(workspace.root)
    path = workspace.records / "sessions.csv"
    path.write_text(path.read_text().replace(",held,", ",abgehalten?,"))
    done = run("assemble", workspace.root)
    assert done.returncode == 1
    assert "D2" in done.stdout
    assert tree_bytes(workspace.build) == before


def test_private_tables_are_never_written(musterstadt: Path) -> None:
    (musterstadt / "private").mkdir()
    (musterstadt / "private/holders.csv").write_text("seat_id,name\nseat-x-1,Erika Gabler\n")
    build = assembled(musterstadt)
    assert not any(b"Gabler" in content for content in build.values())
    assert not any("holders" in name for name in build)


def test_two_at_once_do_not_meet(workspace: Workspace) -> None:
    with workspace.exclusively():
        for command in (["assemble"], ["publish", "--yes"]):
            done = run(*command, workspace.root)
            assert done.returncode == 3
            assert "Somebody else" in done.stderr


@pytest.mark.slow
def test_without_links_the_build_is_renamed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: a folder that is renamed; a link that was there is replaced by it."""
    linked = assembled(workspace.root)
    assert workspace.build.is_symlink()
    monkeypatch.setattr(Path, "symlink_to", refuse_links)
    for _ in range(2):
        assert assembled(workspace.root) == linked
        assert not workspace.build.is_symlink()
    assert list((workspace.internal / "builds").iterdir()) == []


def test_a_build_folder_of_somebody_else_is_refused(workspace: Workspace) -> None:
    workspace.build.mkdir()
    (workspace.build / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(Problem, match="other files"):
        assembled(workspace.root)
    assert [path.name for path in workspace.build.iterdir()] == ["thesis.docx"]


def test_write_packages_reads_no_clock(workspace: Workspace, tmp_path: Path) -> None:
    records, _ = examine(workspace)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_packages(records, workspace, tmp_path / name)
    assert tree_bytes(tmp_path / "one") == tree_bytes(tmp_path / "two")
