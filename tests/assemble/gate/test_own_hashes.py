"""What div-opendata computes itself is no contact data, whatever it looks like; what others write
in its place is searched."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.assemble.gate.contact import KINDS, Kind, contacts
from div_opendata.assemble.gate.judge import judge_bytes
from div_opendata.assemble.packages import assemble
from div_opendata.base.files import csv_bytes, json_bytes, read_json
from div_opendata.cli import main as cli
from div_opendata.read import read
from div_opendata.workspace.settings import Workspace
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace

NAME = "D.I.V. 1/2026"


def shown(digest: str) -> str:
    """A hash as a page shows it."""
    return f"SHA-256 {digest[:8]}… von sessions.csv, vollständig {digest}"


def nonce_for(kind: Kind, content: bytes) -> str:
    """A number that, put for the name of a session, gives the table a hash that looks so."""
    digits = {"phone": ("00", "+"), "iban": ("be", "de", "ee")}[kind]
    for number in itertools.count(1):
        digest = hashlib.sha256(content.replace(NAME.encode(), b"Runde %d" % number)).hexdigest()
        if digest.startswith(digits) and _looks(kind, digest):
            return f"Runde {number}"
    raise AssertionError


def _looks(kind: Kind, digest: str) -> bool:
    """As it was judged before hashes were known: an IBAN by its beginning."""
    if kind == "phone":
        return bool(contacts(shown(digest), (kind,)))
    length = {"be": 16, "de": 22, "ee": 20}[digest[:2]]
    return bool(contacts(digest[:length].upper(), (kind,)))


def test_hashes_can_look_like_numbers_alone() -> None:
    """Nothing else that is searched for consists of a few of the digits 0 to 9 and a to f."""
    digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(20_000)]
    found = {contact.kind for digest in digests for contact in contacts(shown(digest))}
    assert found == {"phone"}


@pytest.mark.parametrize("kind", ["phone", "iban"])
def test_a_release_is_published_whatever_its_hashes_look_like(
    kind: Kind, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(RECORDS)
    assert assemble(read(workspace), workspace) == []
    table = workspace.build / "sessions" / "sessions.csv"
    name = nonce_for(kind, table.read_bytes())
    path = workspace.records / "sessions.csv"
    path.write_text(SESSIONS.replace(NAME, name), encoding="utf-8")
    assert cli.run(["publish", str(workspace.root), "--yes"]) == 0
    (digest,) = (
        resource["hash"].removeprefix("sha256:")
        for resource in read_json(workspace.build / "sessions" / "datapackage.json")["resources"]
        if resource["name"] == "sessions"
    )
    assert _looks(kind, digest)
    page = (workspace.root / "portal" / "sessions" / "index.html").read_text(encoding="utf-8")
    assert f"{digest[:8]}…" in page


def _on_a_page(text: str) -> Callable[[Path], str]:
    def change(release: Path) -> str:
        path = release / "votes" / "index.html"
        page = path.read_text(encoding="utf-8")
        path.write_text(page.replace("</main>", f"<p>{text}</p></main>"), encoding="utf-8")
        return "votes/index.html"

    return change


def _in_the_list_of_versions(text: str) -> Callable[[Path], str]:
    def change(release: Path) -> str:
        path = release / "versions.json"
        document = read_json(path)
        document["versions"][0]["sha256"] = text
        path.write_bytes(json_bytes(document))
        return "versions.json"

    return change


def _in_a_table(text: str) -> Callable[[Path], str]:
    def change(release: Path) -> str:
        path = release / "visions" / "visions.csv"
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        rows[1][rows[0].index("description")] = text
        path.write_bytes(csv_bytes(rows))
        return "visions/visions.csv"

    return change


@pytest.mark.parametrize(
    "change",
    [
        _on_a_page("SHA-256 00141148…"),
        _in_the_list_of_versions("00491525 1234567"),
        _in_the_list_of_versions("BE68 5390 0754 7034"),
        _in_a_table("SHA-256 00141148…"),
    ],
)
def test_digits_of_no_file_are_searched_in_the_same_place(
    change: Callable[[Path], str], made: Path, city: Workspace, tmp_path: Path
) -> None:
    release = Path(shutil.copytree(made, tmp_path / "release"))
    name = change(release)
    found = judge_bytes(release, city)
    assert {(f.code, f.place.file) for f in found if f.place.file != "build/div.zip"} == {
        ("DIV705", f"build/{name}")
    }


def test_every_kind_is_still_found_beside_a_hash(made: Path) -> None:
    texts = {
        "email": "e.beispiel@probe.example",
        "phone": "Tel. 030 23125-123",
        "iban": "DE89370400440532013000",
        "address": "Hauptstraße 5",
        "salutation": "Frau Winter",
    }
    digest = hashlib.sha256((made / "votes" / "votes.csv").read_bytes()).hexdigest()
    assert set(texts) == set(KINDS)
    for kind, text in texts.items():
        assert [c.kind for c in contacts(f"{digest} {text}")] == [kind]
