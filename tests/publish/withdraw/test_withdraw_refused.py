"""What cannot be withdrawn, or not like that; the list of what was."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import sha256
from div_opendata.publish.withdrawal import Request
from div_opendata.workspace.withdrawn import withdrawn
from support.places import MONDAY, TUESDAY, FolderPlace, Place
from support.withdrawing import EMPTY, FILE, WEDNESDAY, Div, leak, search, withdraw
from support.workspaces import RECORDS, MakeWorkspace, examine

pytestmark = pytest.mark.slow


def test_the_codes_of_a_city_are_corrected_first(folder: Place, name: str) -> None:
    """Descriptors have the labels, too: emptying codes.csv would not be enough."""
    codes = folder.root / "codelists" / "action_field.csv"
    codes.parent.mkdir()
    codes.write_text(f"code,de,en\nmobility,Mobilität ({name}),Mobility\n", encoding="utf-8")
    folder.release(MONDAY)
    for asked in (Request("visions/codes"), Request(sha256=sha256(folder.path("div/codes.csv")))):
        with pytest.raises(UsageProblem) as refusal:
            withdraw(folder, asked)
        assert "/codes --earlier" in refusal.value.text("en")
    codes.write_text("code,de,en\nmobility,Mobilität,Mobility\n", encoding="utf-8")
    folder.release(TUESDAY)
    assert search(folder, name) == ["portal/div-1.0.0.zip"]
    withdraw(folder, Request("visions/codes", earlier=True))
    assert search(folder, name) == []
    assert not folder.release(WEDNESDAY)[0].changes


def test_descriptions_are_corrected_first(folder: Place, name: str) -> None:
    settings = folder.root / "div-opendata.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('attribution = "Stadt', f'attribution = "{name}'), "utf-8")
    folder.release(MONDAY)
    described = sha256(folder.path("visions/datapackage.json"))
    for asked in (Request("visions/datapackage"), Request("datapackage"), Request("", described)):
        with pytest.raises(UsageProblem) as refusal:
            withdraw(folder, asked)
        assert "/datapackage --earlier" in refusal.value.text("en")
    settings.write_text(text, "utf-8")
    folder.release(TUESDAY)
    withdraw(folder, Request("datapackage", earlier=True))
    assert search(folder, name) == []
    assert not folder.release(WEDNESDAY)[0].changes


NO_SHA256 = "a" * 63


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--resource", ""),
        ("--resource", "visions", "--sha256", "a" * 64),
        ("--sha256", NO_SHA256),
        ("--sha256", "A" * 64),
        ("--sha256", "a" * 64, "--earlier"),
        ("--resource", "wishes"),
        ("--resource", "sessions/visions"),
        ("--resource", "nowhere/visions"),
        ("--resource", "codes"),
        ("--resource", "visions/datapackage.json"),
        ("--sha256", hashlib.sha256(b"").hexdigest()),
        ("--sha256", hashlib.sha256(EMPTY).hexdigest()),
        ("--sha256", "div.zip"),
        ("--sha256", "visions/codes.csv"),
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_no_request(
    folder: Place, div: Div, options: tuple[str, ...], language: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    folder.release(MONDAY)
    before = folder.state()
    if options[-1:] in {("div.zip",), ("visions/codes.csv",)}:
        options = ("--sha256", sha256(folder.path(options[1])))
    status, out, err = div("withdraw", folder.root, *options, "--yes")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 2
    assert folder.state() == before
    assert not (folder.root / "withdrawn.csv").exists()


def test_a_portal_that_was_never_published_to(place: Place, div: Div) -> None:
    status, out, err = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert (status, out) == (2, "")
    assert "It shows: –." in err
    digest = "a" * 64
    status, out, _ = div("withdraw", place.root, "--sha256", digest, "--yes")
    assert status == 0
    assert "The portal has none of it." in out
    assert withdrawn(place.workspace).keys() == {digest}
    place.release(MONDAY)
    assert place.failed() == set()


@pytest.mark.parametrize("answer", ["nein", "ja"])
def test_in_a_terminal_it_asks(make_workspace: MakeWorkspace, name: str, answer: str) -> None:
    place = FolderPlace(make_workspace(RECORDS))
    leak(place, name)
    place.release(MONDAY)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "div_opendata", "withdraw", "--resource", FILE]
    with subprocess.Popen(
        [*command, str(place.root)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "LANGUAGE": "de", "PYTHONUTF8": "1"},
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    assert "(ja/nein)" in err
    assert (search(place, name) == []) == (answer == "ja")
    assert ("[ ]" in out) == (answer == "ja")


HEAD = b"sha256,what,date,reason\n"
ROW = b"a" * 64 + b",visions/visions.csv,2026-11-25,\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"PK\x03\x04",
        ROW,
        (HEAD + ROW).replace(b",", b";"),
        HEAD + ROW[1:],
        HEAD + ROW.upper(),
        HEAD + ROW.replace(b"2026-11-25", b"25.11.2026"),
        HEAD + ROW.replace(b",visions/visions.csv", b""),
        HEAD + ROW.replace(b",\n", b",,\n"),
        HEAD + b'"' + ROW,
        HEAD + "größer".encode("cp1252"),
    ],
    ids=range(12),
)
def test_a_damaged_list_stops_everything(
    make_workspace: MakeWorkspace, div: Div, content: bytes, name: str
) -> None:
    place = FolderPlace(make_workspace(RECORDS))
    leak(place, name)
    place.release(MONDAY)
    before = place.state()
    (place.root / "withdrawn.csv").write_bytes(content)
    for command in (
        ("publish", "--yes"),
        ("status",),
        ("verify",),
        ("withdraw", "--resource", "visions", "--yes"),
    ):
        status, out, err = div(command[0], place.root, *command[1:])
        assert (status, out) == (3, ""), command
        assert "withdrawn.csv" in err
        assert len(err.splitlines()) == 2
    assert place.state() == before
    assert (place.root / "withdrawn.csv").read_bytes() == content


@pytest.mark.parametrize(
    "content", [HEAD + ROW, b"\xef\xbb\xbf" + (HEAD + ROW).replace(b"\n", b"\r\n")]
)
def test_a_list_that_an_editor_has_saved_is_read(
    make_workspace: MakeWorkspace, content: bytes
) -> None:
    workspace = make_workspace({**RECORDS, "withdrawn.csv": content})
    assert withdrawn(workspace) == {"a" * 64: dt.date(2026, 11, 25)}
    assert examine(workspace)[1] == []
