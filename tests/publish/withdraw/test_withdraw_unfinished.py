"""Withdrawing from publications that were begun and not finished, and what is beside them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.withdrawal import Request
from support.places import MONDAY, TUESDAY, CkanPlace, FolderPlace, Place
from support.withdrawing import (
    FILE,
    WEDNESDAY,
    Div,
    Killed,
    correct,
    datasets,
    has,
    kept_here,
    kill,
    leak,
    publish_two_versions,
    refused,
    search,
    shown_versions,
    withdraw,
)
from support.workspaces import CONFIGURATION, RECORDS, VISIONS, MakeWorkspace, tree_bytes

pytestmark = pytest.mark.slow


def test_a_first_publication_that_nobody_has_seen_yet(
    plain: CkanPlace, name: str, monkeypatch: pytest.MonkeyPatch, div: Div
) -> None:
    """Private all the same, and with the name in it."""
    leak(plain, name)
    with monkeypatch.context() as patch:
        patch.setattr("div_opendata.publish.portal.ckan.publication.make_public", kill)
        with pytest.raises(Killed):
            plain.release(MONDAY)
    assert plain.seen() == {}
    assert "storage" in search(plain, name)
    ids = {(d, r["id"]) for d, r in private_resources(plain)}
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert f"removed: {FILE}" in out
    assert "removed: div.zip" in out
    assert search(plain, name) == []
    assert plain.seen() == {}
    assert refused(plain)
    correct(plain)
    plain.release(WEDNESDAY)
    assert plain.failed() == set()
    assert set(shown_versions(plain).values()) == {"1.0.0"}
    assert {(d, r["id"]) for d, r in private_resources(plain)} == ids
    assert search(plain, name) == []


def private_resources(place: CkanPlace) -> list[tuple[str, dict[str, Any]]]:
    """The resources of all datasets, whoever may see them."""
    api = place.instance.api("admin")
    shown = [api.read("package_show", {"id": dataset}) for dataset in datasets(place)]
    return [(d["id"], r) for d in shown for r in d["resources"]]


def test_a_dataset_that_somebody_has_hidden_at_once(plain: CkanPlace, name: str, div: Div) -> None:
    """It is emptied and stays hidden until it is published again; its versions go on."""
    publish_two_versions(plain, name)
    colleague = plain.instance.api("colleague")
    colleague.call("package_patch", {"id": f"{plain.prefix}-visions", "private": True})
    assert FILE not in plain.seen()
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert f"removed: {FILE}" in out
    assert "emptied: div/visions.csv" in out
    assert search(plain, name) == []
    assert FILE not in plain.seen()
    assert refused(plain)
    correct(plain)
    plain.release(WEDNESDAY)
    assert shown_versions(plain)["visions"] > "1.0.1"
    assert plain.failed() == set()
    assert search(plain, name) == []


def test_a_dataset_that_was_deleted_is_left_to_those_who_can_purge_it(
    plain: CkanPlace, name: str, div: Div
) -> None:
    publish_two_versions(plain, name)
    admin = plain.instance.api("admin")
    admin.call("package_delete", {"id": f"{plain.prefix}-visions"})
    status, out, _ = div("withdraw", plain.root, "--resource", "visions", "--yes")
    assert status == 0
    assert "emptied: div/visions.csv" in out
    (deleted,) = (line for line in out.splitlines() if "visions: It was deleted" in line)
    assert f"/dataset/{plain.prefix}-visions" in deleted
    assert kept_here(plain.root, name) == []
    assert plain.seen().keys() & {"div.zip", FILE} == {"div.zip"}
    assert not has(plain.seen()["div.zip"], name)
    admin.call("package_patch", {"id": f"{plain.prefix}-visions", "state": "active"})
    assert FILE in plain.failed()  # restored by somebody, with the name in it
    withdraw(plain, Request("visions"))
    assert search(plain, name) == []


@pytest.mark.parametrize("by", ["resource", "sha256"])
def test_files_that_were_sent_and_never_committed(
    plain: CkanPlace, name: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CKAN overwrites a file before it commits: here it dies in between."""
    plain.release(MONDAY)
    stored = plain.path(FILE)
    leak(plain, name)
    original = Api.call

    def call(api: Api, action: str, data: Any, uploads: Any = (), sent: Any = None) -> Any:
        if action == "package_revise":
            source = next(upload.path for upload in uploads if upload.path.name == "visions.csv")
            stored.write_bytes(source.read_bytes())
            raise Killed
        return original(api, action, data, uploads, sent or (lambda _: None))

    with monkeypatch.context() as patch:
        patch.setattr(Api, "call", call)
        with pytest.raises(Killed):
            plain.release(TUESDAY)
    assert has(plain.seen()[FILE], name)
    leaked = hashlib.sha256(plain.seen()[FILE]).hexdigest()
    withdraw(plain, Request("visions") if by == "resource" else Request(sha256=leaked))
    assert search(plain, name) == []
    assert refused(plain)
    correct(plain)
    plain.release(WEDNESDAY)
    assert plain.failed() == set()


def test_what_dead_runs_have_left(folder: Place, name: str) -> None:
    """Nothing that is shown has the name: only drafts, and releases that were never shown."""
    folder.release(MONDAY)
    leak(folder, name)
    internal, portal = folder.workspace.internal, folder.root / "portal"
    leaked = VISIONS.replace("auch abends", name).encode()
    for left in (
        portal / ".draft-visions.csv",
        portal / ".releases/.draft-1/visions/visions.csv",
        portal / ".releases/0123456789abcdef/visions/visions.csv",
        internal / "builds/.draft-2/visions/visions.csv",
        internal / "builds/0123456789abcdef/visions/visions.csv",
        internal / "portals/preview/releases/.draft-3/visions.csv",
        internal / "portals/preview/releases/0123456789abcdef/visions.csv",
        internal / "portals/other/releases/0123456789abcdef/visions.csv",
        internal / "withdrawing/.draft-4/visions.csv",
    ):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(leaked)
    shown = folder.seen()
    withdraw(folder, Request(sha256=hashlib.sha256(leaked).hexdigest()))
    assert search(folder, name) == []
    assert folder.seen() == shown
    assert folder.failed() == set()


def test_what_has_nothing_to_do_with_it_stays(
    folder: Place, div: Div, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called in the workspace itself, as most people do."""
    folder.release(MONDAY)
    internal = folder.workspace.internal / "portals"
    before, last = folder.seen(), tree_bytes(internal / "preview" / "last")
    monkeypatch.chdir(folder.root)
    assert div("withdraw", "--sha256", "a" * 64, "--yes")[0] == 0
    assert folder.seen() == before
    assert tree_bytes(internal / "preview" / "last") == last
    assert folder.failed() == set()
    assert div("status")[1].endswith(
        "Nothing has changed: the portal already shows these records.\n"
    )


def test_other_portals_of_the_workspace(make_workspace: MakeWorkspace, name: str, div: Div) -> None:
    """What this computer keeps of them goes; what they show is named with its command."""
    second = (
        CONFIGURATION.partition("[portals.")[2]
        .replace("preview", "web")
        .replace('"portal"', '"web"')
    )
    configuration = f"{CONFIGURATION}[portals.{second}"
    place = FolderPlace(make_workspace({**RECORDS, "div-opendata.toml": configuration}))
    leak(place, name, "in der Nacht")
    assert div("publish", place.root, "--to", "web", "--yes")[0] == 0
    leak(place, name)
    place.release(TUESDAY)
    status, out, _ = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert status == 0
    (command,) = (line for line in out.splitlines() if "The portal web" in line)
    assert command.endswith(": div-opendata withdraw --to web --resource visions")
    found = search(place, name)
    assert found
    assert all(path.startswith("web/") for path in found)
    leak(place, name, "in der Nacht")  # as it was only ever published there
    assert refused(place)
    status, out, _ = div("withdraw", place.root, *command.split()[-4:], "--yes")
    assert status == 0
    assert "--to preview" in out
    assert search(place, name) == []
