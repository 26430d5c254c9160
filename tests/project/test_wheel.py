"""The wheel alone, somewhere else and without the checkout, runs an example."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import TOP, copy_example, tree_bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, TOP], check=True
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True)
    return target


def test_the_citys_text_is_not_in_the_wheel(installed: Path) -> None:
    assert (installed / "div_opendata/schemas/votes.schema.json").is_file()
    assert list(installed.rglob("kommunale-innovationsentwicklung*")) == []


def test_the_wheel_runs_an_example(installed: Path, tmp_path: Path) -> None:
    root = copy_example("musterstadt", tmp_path)

    def run(*arguments: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "div_opendata", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed), "LANGUAGE": "de"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import div_opendata; print(div_opendata.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed))
    assert "Fehler: 0" in run("validate", root)
    assert "Nachgeprüft" in run("publish", root, "--yes")
    assert "index.html" in tree_bytes(root / "portal")
    run("new", tmp_path / "neu")
    run("schema", "export", tmp_path / "standard")
    assert (tmp_path / "standard/datapackages/div/datapackage.json").is_file()


def test_the_wheel_has_what_it_needs_and_no_more(installed: Path) -> None:
    names = {name.partition("/")[0] for name in tree_bytes(installed)}
    packages = {name for name in names if not name.endswith(".dist-info") and name != "bin"}
    assert packages == {"div_opendata"}
    assert (installed / "div_opendata/schemas/packages.json").is_file()
    assert (installed / "div_opendata/locale/de/LC_MESSAGES/div_opendata.mo").is_file()
