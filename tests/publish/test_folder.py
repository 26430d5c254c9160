"""What only a folder portal does: pages, archives, links or mirrored files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from div_opendata.assemble.metadata.vocabulary import term
from div_opendata.assemble.release import changes
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.language import LANGUAGES
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import Workspace
from support.disk import refuse_links
from support.places import TUESDAY, actions, edit, release, to_folder, versions, visible

pytestmark = pytest.mark.usefixtures("no_gate")


@pytest.mark.usefixtures("links")
def test_the_folder_has_pages_and_archives(workspace: Workspace) -> None:
    release(workspace.root)
    seen = visible(workspace.root)
    assert seen["div.zip"] == seen["div-1.0.0.zip"]
    assert "index.html" in seen
    assert "votes/votes.csv" not in seen


@pytest.mark.usefixtures("links")
def test_every_version_of_the_bundle_stays(workspace: Workspace) -> None:
    release(workspace.root)
    first = visible(workspace.root)["div-1.0.0.zip"]
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root, TUESDAY)
    seen = visible(workspace.root)
    assert seen["div-1.0.0.zip"] == first
    assert seen["div-1.0.1.zip"] == seen["div.zip"] != first
    assert b"div-1.0.0.zip" in seen["index.html"]


@pytest.mark.usefixtures("links")
def test_the_former_version_is_named_and_each_has_its_date(workspace: Workspace) -> None:
    """Also those that an older list has without a date."""
    release(workspace.root)
    assert b"previousVersion" not in visible(workspace.root)["catalog.ttl"]
    path = workspace.root / "portal/versions.json"
    (entry,) = json.loads(path.read_bytes())["versions"]
    assert entry.pop("created") == "2026-11-23T09:00:00Z"
    path.write_text(json.dumps({"versions": [entry]}), encoding="utf-8")
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root, TUESDAY)
    assert [
        (entry["version"], entry["created"]) for entry in json.loads(path.read_bytes())["versions"]
    ] == [("1.0.1", "2026-11-24T09:00:00Z"), ("1.0.0", "2026-11-23T09:00:00Z")]
    graph = Graph().parse(workspace.root / "portal/catalog.ttl")
    ((bundle, former),) = graph.subject_objects(URIRef(term("dcat:previousVersion")))
    assert graph.value(bundle, URIRef(term("dcat:version"))) == Literal("1.0.1")
    assert str(former).endswith("/div-1.0.0.zip")
    notes = set(graph.subject_objects(URIRef(term("adms:versionNotes"))))
    words = changes("1.0.0", "1.0.1")
    assert notes == {(bundle, Literal(words.text(lang), lang=lang)) for lang in LANGUAGES}


def test_a_number_says_what_has_changed() -> None:
    said = [changes("1.2.3", version).en for version in ("1.2.4", "1.3.0", "2.0.0")]
    assert [text.partition("1.2.3 ")[2] for text in said] == [
        "values or texts have changed; no row was added or removed.",
        "rows were added or removed.",
        "there is a new edition of the standard.",
    ]


def test_a_folder_of_somebody_else_is_refused(workspace: Workspace) -> None:
    portal = workspace.root / "portal"
    portal.mkdir()
    (portal / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(Problem, match="other files"):
        release(workspace.root)
    assert [path.name for path in portal.iterdir()] == ["thesis.docx"]


def test_one_publisher_at_a_time(workspace: Workspace) -> None:
    publisher = Publisher(workspace, open_portal(workspace, None))
    with publisher.portal.exclusively(), pytest.raises(Problem, match="Somebody else"):
        release(workspace.root)


def test_an_unknown_portal_is_named(workspace: Workspace) -> None:
    with pytest.raises(UsageProblem, match="no portal city"):
        open_portal(workspace, "city")


def test_a_portal_that_was_mirrored_goes_on_where_links_are(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refuse_links)
        release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    assert b",43," in visible(workspace.root)["sessions/sessions.csv"]


def test_a_portal_with_links_needs_them(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written through its links: the release that is shown stays whole."""
    release(workspace.root)
    before = visible(workspace.root)
    monkeypatch.setattr(Path, "symlink_to", refuse_links)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    with pytest.raises(OSError, match="no links here"):
        release(workspace.root)
    after = visible(workspace.root)
    after.pop("div-1.0.1.zip")  # verified, and not yet listed
    assert after == before


def test_a_restored_copy_without_links_goes_on_mirrored(workspace: Workspace) -> None:
    release(workspace.root)
    portal = workspace.root / "portal"
    shutil.copytree(portal, portal.with_name("copy"), ignore=shutil.ignore_patterns(".[rc]*"))
    shutil.rmtree(portal)
    portal.with_name("copy").rename(portal)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    deviations = "id,rule,table,record_id,reason,date\n"
    row = "deviation-1,DIV301,sessions,session-2026-1,Grund.,2026-11-23\n"
    (workspace.records / "deviations.csv").write_text(deviations + row)
    plan, _ = release(workspace.root)
    assert actions(plan)["notes"] == "create"
    assert b",43," in visible(workspace.root)["sessions/sessions.csv"]
    assert not (portal / "sessions").is_symlink()


@pytest.mark.usefixtures("links")
def test_files_that_a_release_no_longer_has_are_gone(musterstadt: Path) -> None:
    release(musterstadt)
    assert any("/pool-" in name for name in visible(musterstadt))
    for table in ("lottery_tickets", "seed_sources", "replacements", "lotteries"):
        (musterstadt / "records" / f"{table}.csv").unlink()
    release(musterstadt)
    assert not any("/pool-" in name for name in visible(musterstadt))


def failed(workspace: Workspace) -> set[str]:
    publisher = Publisher(workspace, open_portal(workspace, None))
    return {check.name for check in publisher.verify() if not check.passed}


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    "name", ["div-1.0.0.zip", "div-1.0.1.zip", "index.html", "schemas/sessions.schema.json"]
)
def test_everything_that_is_shown_is_verified(workspace: Workspace, name: str) -> None:
    """Earlier versions, pages and schemas too; all but an earlier version is mended."""
    release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    assert failed(workspace) == set()
    path = (workspace.root / "portal" / name).resolve()
    path.write_bytes(path.read_bytes() + b" ")
    assert failed(workspace) == {name}
    release(workspace.root)
    assert failed(workspace) == ({name} if name == "div-1.0.0.zip" else set())


def test_a_published_version_is_never_used_again(workspace: Workspace) -> None:
    """Not even where the bundle's descriptor was lost, here and on the portal."""
    release(workspace.root)
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root)
    cited = visible(workspace.root)["div-1.0.1.zip"]
    shutil.rmtree(workspace.internal)
    (workspace.root / "portal/div/datapackage.json").resolve().unlink()
    edit(workspace.root, "sessions", ",held,43", ",held,44")
    assert versions(release(workspace.root)[0])["div"] == "1.0.2"
    assert visible(workspace.root)["div-1.0.1.zip"] == cited


def test_what_was_changed_in_build_is_not_published(workspace: Workspace) -> None:
    release(workspace.root)
    path = workspace.build / "sessions/sessions.csv"
    path.write_text(path.read_text().replace("42", "99"))
    publisher = to_folder(workspace)
    with publisher.draft() as folder, pytest.raises(Problem, match="not as it was assembled"):
        publisher.plan(workspace.build, TUESDAY, folder)


@pytest.mark.parametrize("linked", [True, False])
def test_unchanged_files_keep_their_modification_time(
    workspace: Workspace, linked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Last-Modified, and what harvesters and browsers have kept by it, hold."""
    if not linked:
        monkeypatch.setattr(Path, "symlink_to", refuse_links)
    release(workspace.root)
    portal, before = workspace.root / "portal", visible(workspace.root)
    for name in before:
        os.utime(portal / name, (1_700_000_000, 1_700_000_000))
    edit(workspace.root, "sessions", ",held,42", ",held,43")
    release(workspace.root, TUESDAY)
    after = visible(workspace.root)
    kept = {name for name in after if (portal / name).stat().st_mtime == 1_700_000_000}
    assert kept == {name for name in after if before.get(name) == after[name]}
    assert {"sessions/codes.csv", "schemas/sessions.schema.json"} < kept
    assert "sessions/sessions.csv" not in kept
