"""A place on a CKAN, without the gate of frictionless, which would only take its time."""

from __future__ import annotations

import pytest

from support.ckan import make_place
from support.places import CkanPlace
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace


@pytest.fixture(autouse=True)
def _no_gate(no_gate: None) -> None:
    """For all that is published here."""


@pytest.fixture
def place(ckan: Instance, make_workspace: MakeWorkspace) -> CkanPlace:
    """Two sessions and a vision, to be published to a portal without a loader."""
    return make_place(ckan, make_workspace)


@pytest.fixture(params=["plain", "city"])
def either(
    request: pytest.FixtureRequest, ckan: Instance, make_workspace: MakeWorkspace
) -> CkanPlace:
    """The same, without a loader and with one."""
    return make_place(ckan, make_workspace, request.param)
