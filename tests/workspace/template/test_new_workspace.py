"""What an office begins with: the workspace that `new` makes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.read import read
from div_opendata.standard.packages import load_standard, source
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.template.new_workspace import new_workspace
from support.promises import promised
from support.workspaces import tree_bytes

CONFIGURATION_SCHEMA = json.loads((source("schemas") / "configuration.json").read_bytes())
STANDARD = load_standard()


def test_a_new_workspace_opens_and_holds_no_records(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "city"
    made = new_workspace(folder)
    assert {path.relative_to(folder).as_posix() for path in made} == set(tree_bytes(folder))
    assert set(tree_bytes(folder)) == {
        "div-opendata.toml",
        ".gitignore",
        "private/LIESMICH.txt",
        "records.xlsx",
    }
    records = read(open_workspace(folder))
    assert not records.findings
    assert not any(table.records for table in records.tables.values())
    assert [path.name for path in folder.parent.iterdir()] == ["city"]


def keys(schema: dict[str, Any]) -> list[str]:
    """Every key that a schema knows, at any depth."""
    below = [*schema.get("properties", {}).items()]
    inner = [part for part in (schema.get("items"), schema.get("additionalProperties")) if part]
    return [
        *(name for name, _ in below),
        *(key for part in [*(part for _, part in below), *inner] for key in keys(part)),
    ]


def test_every_key_is_in_the_configuration_and_explained(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    lines = (tmp_path / "city" / "div-opendata.toml").read_text(encoding="utf-8").splitlines()
    assert len(keys(CONFIGURATION_SCHEMA)) > 20
    for key in keys(CONFIGURATION_SCHEMA):
        setting = re.compile(rf"(# )?(\[+([a-z]+\.)?{key}(\.[a-z]+)?\]+|{key} = \S.*?) +# \w.*")
        assert any(setting.fullmatch(line) for line in lines), key


def test_what_is_switched_off_in_the_configuration_can_be_switched_on(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    path = tmp_path / "city" / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text), encoding="utf-8")
    configuration = open_workspace(tmp_path / "city").configuration
    assert configuration.release.uri_base
    assert configuration.release.notice
    assert len(configuration.release.sources) == 1
    assert configuration.site.imprint_url.endswith("/impressum")


def test_example_addresses_are_nobodys(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    text = (tmp_path / "city" / "div-opendata.toml").read_text(encoding="utf-8")
    hosts = re.findall(r"(?:https?://|@)([^/\"\s:]+)", text)
    assert hosts
    official = {"127.0.0.1", "dcat-ap.de"}  # a list of GovData's, not somebody's address
    assert all(host.endswith(".example") or host in official for host in hosts)


def test_private_is_explained_and_never_versioned(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    lines = (tmp_path / "city" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/private/", "/build", "/.div-opendata/", "/portal/"} <= set(lines)
    guide = (tmp_path / "city" / "private" / "LIESMICH.txt").read_text(encoding="utf-8")
    for schema in STANDARD.tables.values():
        if not schema.public:
            assert f"{schema.name}.csv" in guide
            assert ", ".join(schema.fields) in guide


def test_the_private_folder_promises_nothing(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    guide = (tmp_path / "city" / "private" / "LIESMICH.txt").read_text(encoding="utf-8")
    assert not promised(guide)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    before = folder.stat().st_ino
    new_workspace(folder)
    assert open_workspace(folder)
    assert folder.stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def test_the_current_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = new_workspace(Path())
    assert all(path.is_file() for path in made)
    assert Path("div-opendata.toml") in made


@pytest.mark.parametrize("name", ["occupied", "file"])
def test_what_is_there_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "note.txt").write_bytes(b"note")
    (tmp_path / "file").write_bytes(b"file")
    before = tree_bytes(tmp_path)
    with pytest.raises(UsageProblem) as raised:
        new_workspace(tmp_path / name)
    assert "Choose" in raised.value.remedy.text("en")
    assert tree_bytes(tmp_path) == before


def test_what_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Problem) as raised:
        new_workspace(tmp_path / "file" / "city")
    assert raised.value.status == 3


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("dies_in", ["write_workbook", "shutil.move"])
def test_nothing_is_left_half_made(tmp_path: Path, exists: bool, dies_in: str) -> None:
    folder = tmp_path / "city"
    if exists:
        folder.mkdir()
    moved = 0

    def die(*arguments: Any) -> None:
        nonlocal moved
        moved += 1
        if dies_in == "shutil.move" and moved < 3:
            shutil.copytree(*arguments) if moved == 1 else shutil.copyfile(*arguments)
        else:
            raise KeyboardInterrupt

    with patch(f"div_opendata.workspace.template.new_workspace.{dies_in}", die):
        if dies_in == "shutil.move" and not exists:
            new_workspace(folder)  # it is renamed, at once
            return
        with pytest.raises(KeyboardInterrupt):
            new_workspace(folder)
    assert [path.name for path in tmp_path.rglob("*")] == (["city"] if exists else [])


def test_importing_is_quick() -> None:
    code = (
        "import sys, div_opendata.workspace.template.new_workspace;"
        " sys.exit('openpyxl' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
