"""A run that dies at any step leaves what was there before, and the next run finishes."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.metadata import catalogue
from div_opendata.base.files import recover
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace, open_workspace
from support.disk import left_by_dying, put_back, refuse_links
from support.places import MONDAY, TUESDAY, edit, release, visible
from support.workspaces import RECORDS, MakeWorkspace, examine, tree_bytes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("smallest")]


@pytest.fixture(autouse=True)
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what would only take its time: runs die here, no machines."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    files = dict.fromkeys(catalogue.FILES, b"{}\n")
    monkeypatch.setattr(catalogue, "catalogue_files", lambda _catalog: files)


@pytest.fixture(params=["linked", "mirrored"])
def _links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "mirrored":
        monkeypatch.setattr(Path, "symlink_to", refuse_links)


def whole(root: Path) -> dict[str, dict[str, bytes]]:
    """The files of each published dataset, each with its hash right, by dataset and version."""
    seen = visible(root)
    datasets = {}
    for name, content in seen.items():
        package, _, path = name.partition("/")
        if path != "datapackage.json":
            continue
        descriptor = json.loads(content)
        files_ = {r["path"]: seen[f"{package}/{r['path']}"] for r in descriptor["resources"]}
        datasets[package] = {"version": descriptor["version"].encode(), **files_}
    return datasets


def publishing(root: Path) -> Callable[[], None]:
    """Publishes what is in build/, and nothing else, so that each step costs little."""
    workspace = open_workspace(root)

    def publish() -> None:
        publisher = Publisher(workspace, open_portal(workspace, None))
        with publisher.portal.exclusively(), publisher.draft() as draft:
            plan = publisher.plan(workspace.build, TUESDAY, draft)
            if plan.changes:
                publisher.apply(plan, lambda *_: None)
            else:
                publisher.remember(plan)

    return publish


def prepare(make_workspace: MakeWorkspace) -> Path:
    """A released workspace with one changed cell."""
    root = make_workspace(RECORDS).root
    release(root, MONDAY)
    edit(root, "sessions", ",held,42", ",held,43")
    return root


@pytest.mark.usefixtures("_links")
def test_assemble_killed_leaves_the_former_build(make_workspace: MakeWorkspace) -> None:
    """Without links it may stand aside for a moment; the next run puts it back."""
    root = prepare(make_workspace)
    before = tree_bytes(root / "build")

    def assemble() -> None:
        assembling.assemble(*examined(root))

    every = left_by_dying(root, assemble)
    assert len(every) > 10
    for left in every:
        put_back(root, left)
        recover(root / "build", root / ".div-opendata/builds")
        after = tree_bytes(root / "build")
        assert after == before or b",43," in after["sessions/sessions.csv"]
        assert complete(after)
    for left in every[::5]:  # the last one, too
        put_back(root, left)
        assemble()
        assert b",43," in tree_bytes(root / "build")["sessions/sessions.csv"]
        assert list((root / ".div-opendata").rglob(".draft-*")) == []


def examined(root: Path) -> tuple[Records, Workspace]:
    workspace = open_workspace(root)
    records, findings = examine(workspace)
    assert findings == []
    return records, workspace


def complete(build: dict[str, bytes]) -> bool:
    """Whether every descriptor's files are there with their hashes."""
    for name, content in build.items():
        if name.endswith("datapackage.json"):
            for resource in json.loads(content)["resources"]:
                path = f"{name.rpartition('/')[0]}/{resource['path']}"
                digest = hashlib.sha256(build[path]).hexdigest()
                assert resource["hash"] == f"sha256:{digest}", path
    return True


@pytest.mark.usefixtures("_links")
def test_publish_killed_shows_the_old_or_the_new(
    make_workspace: MakeWorkspace, request: pytest.FixtureRequest
) -> None:
    """With links the whole portal switches at once; without, each file is old or new."""
    linked = "linked" in request.node.name
    root = prepare(make_workspace)
    old = visible(root)
    assembling.assemble(*examined(root))
    publish = publishing(root)
    every = left_by_dying(root, publish)
    assert len(every) > 20
    for left in every:
        put_back(root, left)
        seen = {name: content for name, content in visible(root).items() if name in old}
        assert seen.keys() == old.keys()
        if linked:
            new = {name: content for name, content in seen.items() if old[name] != content}
            assert not new or b",43," in seen["sessions/sessions.csv"]
            assert complete(seen)
        for name, content in seen.items():
            assert content, name
        with zipfile.ZipFile(root / "portal" / "div.zip") as archive:
            assert archive.testzip() is None
        publish()
        published = visible(root)
        assert b",43," in published["sessions/sessions.csv"]
        assert json.loads(published["sessions/datapackage.json"])["version"] == "1.0.1"
        assert published["div-1.0.1.zip"] == published["div.zip"]
        assert complete(published)
        assert list((root / "portal").rglob(".draft-*")) == []


@pytest.mark.usefixtures("_links")
def test_a_first_publication_killed_shows_nothing_half(make_workspace: MakeWorkspace) -> None:
    root = make_workspace(RECORDS).root
    assembling.assemble(*examined(root))
    publish = publishing(root)
    every = left_by_dying(root, publish)
    assert len(every) > 20
    for left in every:
        put_back(root, left)
        seen = visible(root) if (root / "portal").exists() else {}
        for name in seen:
            if name.endswith("datapackage.json"):
                package = name.rpartition("/")[0]
                for resource in json.loads(seen[name])["resources"]:
                    assert f"{package}/{resource['path']}" in seen
        publish()
        assert complete(visible(root))
        assert set(whole(root)) == {"sessions", "visions", "div"}
    plan, _ = release(root, TUESDAY)
    assert not plan.changes
