"""Withdrawals that die at any step, and what a roll-back brings."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from div_opendata.base.errors import Problem
from div_opendata.base.files import BUILD_MARK
from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.withdrawal import Request
from div_opendata.workspace.withdrawn import withdrawn
from support.disk import dies, left_by_dying, put_back
from support.places import CkanPlace, Place
from support.withdrawing import (
    FILE,
    WEDNESDAY,
    Killed,
    correct,
    has,
    kept_here,
    kill,
    publish_two_versions,
    refused,
    resource,
    search,
    withdraw,
)

pytestmark = pytest.mark.slow


def test_a_roll_back_never_brings_it_back(
    plain: CkanPlace, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A withdrawal died when only its list was written; the last release was put back from a
    backup; now the portal refuses the corrected files halfway."""
    publish_two_versions(plain, name)
    last = plain.workspace.internal / "portals" / "city" / "last"
    shutil.copytree(last, tmp_path / "last")
    publisher = plain.publisher()
    with monkeypatch.context() as patch:
        patch.setattr(type(publisher.portal), "remove", kill)
        with pytest.raises(Killed):
            withdraw(plain, Request("visions"))
    assert refused(plain)
    if last.is_symlink():
        last.unlink()
    shutil.copytree(tmp_path / "last", last, dirs_exist_ok=True)
    assert kept_here(plain.root, name)
    correct(plain)
    stored = {plain.path(FILE): "visions.csv", plain.path("div.zip"): "div.zip"}
    original = Api.call

    def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
        if action == "package_revise" and uploads:
            for path, file in stored.items():
                for upload in uploads:
                    if upload.path.name == file:
                        path.write_bytes(upload.path.read_bytes())
            raise Refusal(409, "not accepted", {"upload": ["File upload too large"]})
        return original(api, action, data, uploads, sent or (lambda _: None))

    with monkeypatch.context() as patch:
        patch.setattr(Api, "call", call)
        with pytest.raises(Problem) as refusal:
            plain.release(WEDNESDAY)
    assert "visions.csv" in refusal.value.text("en")
    assert not has(plain.seen()[FILE], name)
    rows = plain.stranger.read("datastore_search", {"resource_id": resource(plain, FILE)})
    assert name not in json.dumps(rows, ensure_ascii=False)
    plain.release(WEDNESDAY)
    assert b"neun" in plain.seen()[FILE]
    assert search(plain, name) == []
    assert plain.failed() == set()


@pytest.mark.usefixtures("smallest")
@pytest.mark.parametrize("earlier", [False, True], ids=["all", "earlier"])
def test_withdrawing_killed_at_any_step_in_a_folder(
    folder: Place, name: str, earlier: bool
) -> None:
    """Who calls it again finishes it; publishing in between does not bring the name back."""
    publish_two_versions(folder, name)
    request = Request("visions", earlier=earlier)
    if earlier:
        correct(folder)
        folder.release(WEDNESDAY)
    every = left_by_dying(folder.root, partial(withdraw, folder, request))
    assert len(every) > 40
    build, mark = Path("build"), Path("build", BUILD_MARK)
    assert [
        left for left in every if build in left and left[build] is None and mark not in left
    ] == []
    for number, left in enumerate(every):
        if not earlier and number % 4 == 0:  # to publish takes long
            put_back(folder.root, left)
            assert refused(folder) or not withdrawn(folder.workspace)
        put_back(folder.root, left)
        withdraw(folder, request)
        assert search(folder, name) == []
        assert folder.failed() == set()
        assert not (folder.workspace.internal / "withdrawing").exists()
        assert list((folder.root / "portal").rglob(".draft-*")) == []


def test_corrected_records_are_published_after_a_withdrawal_that_died(
    folder: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The versions that it had not come to are gone after that, too."""
    publish_two_versions(folder, name)
    with monkeypatch.context() as patch:
        patch.setattr("div_opendata.publish.portal.folder.portal.Folder.remove", kill)
        with pytest.raises(Killed):
            withdraw(folder, Request("visions"))
    assert folder.failed() >= {FILE, "div-1.0.0.zip", "div-1.0.1.zip"}
    correct(folder)
    folder.release(WEDNESDAY)
    assert search(folder, name) == []
    assert folder.failed() == set()


WRITES = [("datastore_delete", ""), ("package_revise", "-visions"), ("package_revise", "")]
"""What withdrawing changes on a CKAN: the table's rows, the dataset's files, the bundle's."""


@pytest.mark.parametrize("acted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(len(WRITES)), ids=["table", "files", "bundle"])
def test_withdrawing_killed_at_any_change_of_a_ckan(
    plain: CkanPlace, name: str, number: int, acted: bool
) -> None:
    publish_two_versions(plain, name)
    place = plain

    def withdraw_and_die() -> None:
        original, calls = Api.call, 0

        def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 == number and not acted:
                os._exit(99)
            answer = original(api, action, data, uploads, sent or (lambda _: None))
            if calls - 1 == number:
                os._exit(99)
            return answer

        Api.call = call  # type: ignore[assignment,method-assign] # in a child that ends
        withdraw(place, Request("visions"))

    assert dies(withdraw_and_die)
    assert withdrawn(plain.workspace)
    assert refused(plain)
    withdraw(plain, Request("visions"))
    assert search(plain, name) == []
    assert plain.failed() == set()
    correct(plain)
    plain.release(WEDNESDAY)
    assert plain.failed() == set()
    assert search(plain, name) == []
