"""The order of the folders, and what must not be imported before it is used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import TOP


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The contracts of pyproject.toml, held against the source in a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The source and its contracts, to be broken."""
    shutil.copytree(TOP / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(TOP / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("read/raw.py", "import div_opendata.check.near", "Data flow one way"),
        ("base/limits.py", "from div_opendata.standard import draw", "Data flow one way"),
        ("read/raw.py", "from . import values", "No two modules of a folder need each other"),
        ("news/__init__.py", "", "Data flow one way"),
    ],
    ids=["upwards", "base", "circle", "a folder that nobody has placed"],
)
def test_an_import_the_wrong_way_is_found(
    copied: Path, module: str, line: str, broken: str
) -> None:
    assert lint(copied).returncode == 0
    path = copied / "src" / "div_opendata" / module
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"{line}\n")
    done = lint(copied)
    assert done.returncode == 1, done.stdout
    assert f"{broken} BROKEN" in done.stdout


def test_what_is_in_the_package_is_a_station() -> None:
    names = {path.name for path in (TOP / "src" / "div_opendata").iterdir()} - {"__pycache__"}
    assert names == {
        *("base", "standard", "workspace", "read", "check"),
        *("lottery", "assemble", "publish", "report", "cli"),
        *("__init__.py", "__main__.py", "py.typed", "locale"),
    }
