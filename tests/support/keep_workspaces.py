"""A plugin of pytest: keeps the workspaces that tests make, as they are whenever one is opened.

    PYTHONPATH=tests pytest -p support.keep_workspaces --keep-workspaces FOLDER

It runs the tests that ask for a workspace by a fixture and are not about portals. It does not know
how tests make workspaces: it hears from Python whenever a configuration is opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

CONFIGURATION = "div-opendata.toml"
MAKERS = {"make_workspace", "example", "musterstadt"}
PORTALS = {f"support.{name}" for name in ("faults", "harvester", "real_ckan", "story", "web")}
"""Modules of the tests of portals, which make few workspaces and take long."""
MADE = {"build", ".div-opendata"}
LARGE = 10 << 20  # bytes
MARKS = (".div-opendata-portal", ".div-opendata-build")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to keep them."""
    parser.addoption("--keep-workspaces", type=Path, required=True, metavar="FOLDER")


def pytest_configure(config: pytest.Config) -> None:
    """Listen from now on; nobody can stop an audit hook."""
    keeper = Keeper(config.getoption("keep_workspaces"))
    config.pluginmanager.register(keeper)
    sys.addaudithook(keeper.hear)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what makes no workspace, and what is about portals."""

    def chosen(item: pytest.Item) -> bool:
        if not isinstance(item, pytest.Function) or not MAKERS & {*item.fixturenames}:
            return False
        used = {getattr(value, "__module__", None) for value in vars(item.module).values()}
        return not used & PORTALS and not item.get_closest_marker("browser")

    config.hook.pytest_deselected(items=[item for item in items if not chosen(item)])
    items[:] = filter(chosen, items)


class Keeper:
    """Copies workspaces into a folder, named after their tests, each content once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()
        self._test = ""
        self._opened: dict[Path, None] = {}
        self._copying = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """A test, and in the end the last state of each workspace that it has opened."""
        module, _, name = item.nodeid.removeprefix("tests/").partition(".py::")
        name = re.sub(r"[^\w.=-]+", "-", name)[:80].strip("-")
        self._test = f"{module}/{name}"
        self._opened.clear()
        result = yield
        self._keep(self._opened)
        return result

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Keep what is opened. Raises pytest's Skipped where a process is started, for which a test
        has made its workspace: they take most of the time."""
        if self._copying or not self._test:
            return
        if event == "open" and str(arguments[0]).endswith(f"{os.sep}{CONFIGURATION}"):
            root = Path(arguments[0]).parent
            self._keep([root])
            self._opened[root] = None
        elif event in {"subprocess.Popen", "os.fork"}:
            words = arguments[1] if event == "subprocess.Popen" else ()
            self._keep(Path(word) for word in words)
            pytest.skip("its workspace is kept")

    def _keep(self, roots: Iterable[Path]) -> None:
        self._copying = True
        try:
            for root in [root for root in roots if (root / CONFIGURATION).is_file()]:
                content = content_of(root)
                if content not in self._known:
                    self._known.add(content)
                    folder = self._folder / f"{self._test}-{len(self._known)}"
                    shutil.copytree(root, folder, symlinks=True, ignore=left_out)
        finally:
            self._copying = False


def left_out(folder: str, names: list[str]) -> set[str]:
    """What the tool has made in a workspace, whose form is no interface; pipes; what is large."""

    def is_left_out(path: Path) -> bool:
        if path.is_dir():
            return path.name in MADE or any((path / mark).exists() for mark in MARKS)
        return path.is_fifo() or path.lstat().st_size > LARGE

    return {name for name in names if is_left_out(Path(folder, name))}


def content_of(root: Path) -> str:
    """A digest of the files of a workspace."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted({*folders} - left_out(folder, folders))
        for name in sorted({*names} - left_out(folder, names)):
            path = Path(folder, name)
            digest.update(f"{path.relative_to(root)}\0".encode())
            if path.is_file():
                with FileIO(path) as file:  # Path.open is sometimes replaced
                    content = file.readall()
                digest.update(f"{len(content)}\0".encode() + content)
    return digest.hexdigest()
