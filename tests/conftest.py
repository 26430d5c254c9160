"""Fixtures of all tests; what else they share is in support/."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from div_opendata.workspace.settings import Workspace, open_workspace
from support.real_ckan import Instance, running
from support.workspaces import CONFIGURATION, RECORDS, Files, MakeWorkspace, copy_example

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

_CKANS = {"ckan", "ckan211", "harvested_ckan"}
_WHOLE = {"example", "musterstadt", "release", "shown", "whole"}
"""Fixtures that give a whole example, to be assembled, published or judged."""
_LONG = (
    "test_withdraw_killed",
    "test_withdraw",  # searches all that a CKAN has, which each test makes more
    "test_withdraw_unfinished",
    "test_faults",
    "test_publish",
    "test_journal",
    "test_harvest",
    "test_ckan_people",
    "test_ckan_tables",
    "test_ckan_example",
    "test_pages",
    "test_kill",
    "test_gate_stops",
    "test_whole_lottery",
    "test_readme",
    "test_ckan_requests",
    "test_read_back",
)
"""The files that take longest: begun first, so that two processes that share all end together."""
_LEFT_OUT = {"ckan": "with a CKAN", "browser": "in a browser", "slow": "slow"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much is tried of what has no end."""
    parser.addoption(
        "--sequences",
        type=int,
        default=8,
        help="sequences of what others do on a CKAN (8; half of them where a loader is)",
    )


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Makes a workspace of the files given, each by its path in it."""

    def make(files: Files) -> Workspace:
        root = tmp_path / "workspace"
        for name, content in {"div-opendata.toml": CONFIGURATION, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_workspace(root)

    return make


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """A workspace with two sessions and a vision."""
    return make_workspace(RECORDS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a CKAN, and what is slow, before pytest selects by marks; long files first."""
    for item in items:
        if isinstance(item, pytest.Function) and _CKANS & set(item.fixturenames):
            item.add_marker(pytest.mark.ckan)
        if isinstance(item, pytest.Function) and _WHOLE & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    ranks = {name: rank for rank, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


_left_out = Counter[str]()


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count what a selection by marks (`scripts/test --quick`) leaves out."""
    for item in items:
        _left_out.update([mark for mark in _LEFT_OUT if item.get_closest_marker(mark)][:1])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell it to the process that has shared out the tests."""
    if told := getattr(session.config, "workeroutput", None):
        told["left_out"] = dict(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All have left out the same."""
    if not _left_out:
        _left_out.update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out."""
    if _left_out and terminalreporter.config.option.markexpr:
        found = ", ".join(f"{_left_out[mark]} {_LEFT_OUT[mark]}" for mark in _LEFT_OUT)
        terminalreporter.write_line(f"Left out: {found}")


@pytest.fixture(scope="session")
def ckan() -> Iterator[Instance]:
    """A CKAN 2.12, the same for all tests: each takes a prefix of its own (`ckan.prefix()`)."""
    with running() as instance:
        yield instance


@pytest.fixture(scope="session")
def ckan211() -> Iterator[Instance]:
    """A CKAN 2.11, for the conformance tests."""
    with running("2.11") as instance:
        yield instance


@pytest.fixture(scope="module")
def harvested_ckan() -> Iterator[Instance]:
    """A CKAN 2.12 with nothing in it, and portals that harvest."""
    with running(harvesters=True) as instance:
        yield instance


@pytest.fixture(params=["bielefeld", "musterstadt"])
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of each example, without what the tool has made in it."""
    return copy_example(str(request.param), tmp_path)


@pytest.fixture
def musterstadt(tmp_path: Path) -> Path:
    """A copy of the complete example."""
    return copy_example("musterstadt", tmp_path)
