"""Places to withdraw from, and what the tests of it need not do again."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.metadata import catalogue
from div_opendata.assemble.metadata.facts import CatalogFacts
from div_opendata.cli import main as cli
from div_opendata.cli.shared import clock
from support.places import CkanPlace, Place
from support.real_ckan import Instance
from support.withdrawing import CITY, FOLDERS, PLAIN, WEDNESDAY, Div, make_place, on_ckan
from support.workspaces import MakeWorkspace


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """test_assemble.py has frictionless at the gate; here it would only take its time, as would
    waiting for the disk: runs die here, no machines."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    monkeypatch.setattr(catalogue, "catalogue_files", known_catalogue_files)


_make_catalogue_files = catalogue.catalogue_files
_catalogues: dict[bytes, dict[str, bytes]] = {}


def known_catalogue_files(facts: CatalogFacts) -> dict[str, bytes]:
    """The files of a catalogue, made once: at each step of a killed run they are the same."""
    key = pickle.dumps(facts)
    if key not in _catalogues:
        _catalogues[key] = _make_catalogue_files(facts)
    return dict(_catalogues[key])


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that only this test knows."""
    return f"Quirlinde Musterfrau {hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"


@pytest.fixture(params=[*FOLDERS, PLAIN])
def place(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Each kind of portal; the CKAN without its loader."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture(params=[*FOLDERS, PLAIN, CITY])
def every_place(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Each kind of portal; the CKAN with and without its loader."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> Place:
    """Both kinds of folder portals."""
    return make_place(request, request.param, make_workspace)


@pytest.fixture
def plain(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> CkanPlace:
    """A CKAN without a loader."""
    return on_ckan(ckan, "plain", make_workspace, monkeypatch)


@pytest.fixture
def div(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Div:
    """Runs a command line in this process, on Wednesday: status, standard output and error."""
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)
    monkeypatch.setenv("LANGUAGE", "en")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call
