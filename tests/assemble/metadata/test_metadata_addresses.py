"""The addresses in a catalogue: who is asked for them, and which are dead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from div_opendata.assemble.metadata.catalogue import FILES
from div_opendata.assemble.metadata.facts import Shown
from div_opendata.assemble.metadata.harvested import harvested
from div_opendata.assemble.metadata.score import TOTAL
from div_opendata.assemble.packages import write_packages
from div_opendata.base.progress import quiet
from div_opendata.publish.portal.folder.portal import Folder
from div_opendata.publish.portal.reach import http_status
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import FolderPortal, Workspace
from support.catalogues import MONDAY, PUBLIC, Example
from support.workspaces import RECORDS, MakeWorkspace, codes, examine


def test_dead_addresses_are_found(city: Example) -> None:
    statuses: dict[str, int | None] = {
        file.address: 200 for item in city.catalog.datasets for file in item.distributions
    }
    gone, *_, silent = statuses
    statuses |= {gone: 404, silent: None}
    seen = harvested(Shown(city.catalog), city.workspace, PUBLIC, statuses)
    assert codes(list(seen.findings)) == ["DIV909", "DIV909", "DIV910"]
    assert {gone, silent} == {f.message.values["address"] for f in seen.findings[:2]}
    assert seen.points < TOTAL


def test_verify_asks_for_the_addresses_of_a_public_folder(
    make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    workspace = make_workspace(RECORDS)
    portal = FolderPortal(path=str(tmp_path / "portal"), base_url=PUBLIC)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    opened = replace(workspace, configuration=configuration)
    asked: list[str] = []

    def ask(address: str) -> int | None:
        asked.append(address)
        return None if address.endswith("sessions.csv") else 200

    publisher = Publisher(opened, Folder("folder", opened, ask))
    (tmp_path / "build").mkdir()
    write_packages(examine(opened)[0], opened, tmp_path / "build")
    with publisher.portal.exclusively(), publisher.draft() as folder:
        publisher.apply(publisher.plan(tmp_path / "build", MONDAY, folder), quiet)
    checks = publisher.verify()
    failed = [check.name for check in checks if not check.passed]
    assert failed == [f"{PUBLIC}sessions/sessions.csv"]
    assert {f"{PUBLIC}{name}" for name in (*FILES, "div.zip")} <= set(asked)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    "address", ["http://a..b/x", f"http://{'a' * 64}.example/", "http://ö..de/"]
)
def test_a_host_that_cannot_be_one_does_not_answer(address: str) -> None:
    assert http_status(address) is None


def asking(workspace: Workspace, answers: Mapping[str, int | None]) -> tuple[Folder, list[str]]:
    """A folder portal at a public address, and what of it is asked for; 200 unless said."""
    portal = FolderPortal(path="portal", base_url=PUBLIC)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    asked: list[str] = []

    def ask(address: str) -> int | None:
        asked.append(address.removeprefix(PUBLIC))
        return answers.get(asked[-1], 200)

    return Folder("folder", replace(workspace, configuration=configuration), ask), asked


def test_nothing_is_asked_of_a_portal_that_was_never_published(workspace: Workspace) -> None:
    portal, asked = asking(workspace, {})
    assert (list(portal.audit(quiet)), asked) == ([], [])


def test_every_address_of_the_catalogue_is_asked(city: Example, tmp_path: Path) -> None:
    workspace = replace(city.workspace, root=tmp_path)
    portal, asked = asking(workspace, {"votes/votes.csv": 404})
    with portal.exclusively():
        portal.apply(city.release, quiet)
    wrong = [check.name for check in portal.audit(quiet) if not check.passed]
    assert wrong == [f"{PUBLIC}votes/votes.csv"]
    said = {str(node) for triple in city.graph for node in triple}
    ours = {name.removeprefix(PUBLIC) for name in said if name.startswith(PUBLIC)}
    assert ours <= set(asked)
    silent, asked = asking(workspace, {"": None})
    assert [check.passed for check in silent.audit(quiet)] == [False]
    assert asked == [""]
