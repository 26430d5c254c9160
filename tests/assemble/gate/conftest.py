"""The complete example with something private; no test changes a file of it."""

from __future__ import annotations

import pytest

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
