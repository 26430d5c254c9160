"""The complete example with something private; no test changes a file of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from div_opendata.assemble.packages import write_packages
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace, open_workspace
from support.private import PRIVATE, write
from support.workspaces import copy_example, examine


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The complete example with somebody's name and a ticket in its private folder."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("city"))
    write(root, PRIVATE)
    return open_workspace(root)


@pytest.fixture(scope="session")
def records(city: Workspace) -> Records:
    return examine(city)[0]


@pytest.fixture(scope="session")
def made(city: Workspace, records: Records, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of it as a folder portal would show it, with all pages."""
    folder = tmp_path_factory.mktemp("made")
    for part in ("build", "release"):
        (folder / part).mkdir()
    write_packages(records, city, folder / "build")
    publisher = Publisher(city, open_portal(city, None))
    with publisher.portal.exclusively():
        publisher.plan(folder / "build", datetime(2026, 11, 23, tzinfo=UTC), folder / "release")
    return folder / "release"
