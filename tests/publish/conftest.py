"""What tests of publishing share: a gate that is not asked again, a system without links."""

from __future__ import annotations

from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.standard.packages import load_standard
from div_opendata.workspace import settings
from support.disk import refuse_links
from support.story import TABLES, with_packages


@pytest.fixture
def no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_assemble.py has frictionless at the gate; elsewhere it would only take its time."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())


@pytest.fixture
def smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard of two packages and their bundle, read once: a run that dies is begun again very
    many times."""
    standard = with_packages(load_standard(), TABLES)
    monkeypatch.setattr(settings, "load_standard", lambda _replaced=None: standard)


@pytest.fixture(params=["linked", "mirrored"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both kinds of folder portals: with symbolic links, and where a system has none."""
    if request.param == "mirrored":
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    return str(request.param)
