"""Bad input: a clear finding or a message with a remedy, in bounded time and memory.

Each of these made a peer crash, hang, or take what it should not.
"""

from __future__ import annotations

import gzip
import io
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import CONFIGURATION, RECORDS, SESSIONS, MakeWorkspace, found, run, tree_bytes
from div_opendata.errors import UsageProblem
from div_opendata.workspace import open_workspace
from workbooks import workbook

NAMES = ["id", "name", "start", "state", "participant_count"]
SESSION = ["session-2026-1", "D.I.V. 1/2026", "2026-03-12T18:00:00+01:00", "held", 42]
GERMAN = """\
ID;Name;Beginn;Stand;Zahl der Teilnehmenden
session-2026-1;Auftakt für Bürger;12.03.2026 18:00;Abgehalten;1.042
"""


def rows(number: int) -> str:
    return "".join(
        f"session-{n},Name {n},2026-03-12T18:00:00+01:00,planned,\n" for n in range(number)
    )


def codes(make_workspace: MakeWorkspace, content: str | bytes) -> list[str]:
    files = {**RECORDS, "records/sessions.csv": content}
    return [code for code, *_ in found(make_workspace(files))]


# --- what is understood ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        GERMAN.encode(),
        b"\xef\xbb\xbf" + GERMAN.encode(),
        GERMAN.encode("cp1252"),
        GERMAN.replace(";", "\t").encode(),
        GERMAN.replace("\n", "\r\n").encode(),
        GERMAN.replace("1.042", '"1.042"').replace(";", ",").encode(),
        (GERMAN + ";;;;\n\n   ;;;;\n").encode(),
        GERMAN.replace("\n", ";;\n").encode(),
        GERMAN.replace("\n", "\nid;name;start;state;participant_count\n", 1).encode(),
        GERMAN.replace("\n", "\n# Hinweise;bitte;ausfüllen;;\n", 1).encode(),
        GERMAN.upper().encode().replace(b"SESSION-2026-1", b"session-2026-1"),
        GERMAN.replace("ID;Name", '"ID";" Name *"').encode(),
    ],
)
def test_habits_are_understood(make_workspace: MakeWorkspace, content: bytes) -> None:
    assert codes(make_workspace, content) == []


def test_windows_1252_late_in_a_file(make_workspace: MakeWorkspace) -> None:
    """The first umlaut stands far behind what a reader would peek at."""
    late = SESSIONS + rows(5000) + "session-x,Bürger,2026-03-12T18:00:00+01:00,planned,\n"
    assert codes(make_workspace, late.encode("cp1252")) == []


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (SESSIONS.encode("utf-16"), ["DIV002"]),
        (SESSIONS.encode("utf-16-le"), ["DIV003"]),
        (SESSIONS.replace("D.I.V. 1", "Bürger").encode() + "ü\n".encode("cp1252"), ["DIV002"]),
        (SESSIONS.encode() + b"\x81\n", ["DIV002"]),
        (SESSIONS.replace("D.I.V. 1", "D\0IV").encode(), ["DIV003"]),
        (SESSIONS.replace(",held,42", ",held,42,9"), ["DIV010"]),
        (SESSIONS.replace(",held,42", ",held"), ["DIV010"]),
        (
            SESSIONS.replace("count\n", "count,Anmerkung\n")
            .replace("42", "42,")
            .replace("planned,", "planned,,"),
            ["DIV006"],
        ),
        ("", ["DIV019"]),
        ("\n\n", ["DIV019"]),
        (SESSIONS.replace("2026-03-12T18:00", "2026-02-30T18:00"), ["DIV105"]),
        (SESSIONS.replace("42", "4_2"), ["DIV103"]),
        (SESSIONS.replace("D.I.V. 1/2026", '"=HYPERLINK(""https://x.example"")"'), ["DIV012"]),
        (SESSIONS.replace("D.I.V. 1/2026", '"D.I.V.'), ["DIV018"]),
        (gzip.compress(SESSIONS.encode(), mtime=0), ["DIV003"]),
    ],
)
def test_bad_csv(make_workspace: MakeWorkspace, content: str | bytes, expected: list[str]) -> None:
    assert codes(make_workspace, content) == expected


def test_a_header_only_is_an_empty_table(make_workspace: MakeWorkspace) -> None:
    assert codes(make_workspace, SESSIONS.split("\n", 1)[0] + "\n") == ["DIV203"]


def test_quoted_newlines_count_as_a_spreadsheet_does(make_workspace: MakeWorkspace) -> None:
    """The row of a record is the physical line on which it starts."""
    visions = (
        "id,name,action_field,description\n"
        'vision-1,Eins,mobility,"Zeile 1\nZeile 2\nZeile 3"\n'
        "vision-2,Zwei,Mobiltät,Text\n"
    )
    assert found(make_workspace({"records/visions.csv": visions})) == [
        ("DIV101", "records/visions.csv", None, "C5")
    ]


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000


def bomb(part: str, size: int) -> bytes:
    """A workbook of which one part is far larger inside."""
    stream = io.BytesIO(workbook({"Sitzungen": [NAMES, SESSION]}))
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(part, "w", force_zip64=True) as sink,
    ):
        for _ in range(size >> 20):
            sink.write(b" " * (1 << 20))
    return stream.getvalue()


def laughs() -> bytes:
    """A workbook whose sheet expands entities into billions of letters."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    )
    return replace_part("xl/worksheets/sheet1.xml", sheet.encode())


def replace_part(part: str, content: bytes) -> bytes:
    source, target = io.BytesIO(workbook({"Sitzungen": [NAMES, SESSION]})), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        encrypted(),
        b"",
        b"PK\x03\x04 broken",
        workbook({"Sitzungen": [NAMES, SESSION]})[:-200],
        replace_part("xl/workbook.xml", b"<broken"),
        replace_part("xl/worksheets/sheet1.xml", b"<broken"),
        laughs(),
        bomb("xl/sharedStrings2/sharedStrings.xml", 100 << 20),
        bomb("xl/media/image.bin", 200 << 20),
    ],
    ids=[
        "encrypted",
        "empty",
        "no zip",
        "cut",
        "broken book",
        "broken sheet",
        "laughs",
        "texts",
        "bomb",
    ],
)
def test_bad_workbooks(make_workspace: MakeWorkspace, content: bytes) -> None:
    findings = found(make_workspace({"records.xlsx": content}))
    assert [(code, file) for code, file, *_ in findings] == [("DIV001", "records.xlsx")]


def test_sheets_of_the_office_are_left_alone(make_workspace: MakeWorkspace) -> None:
    book = workbook({"Sitzungen": [NAMES, SESSION], "_Notizen": [["irgendwas"]], "Tabelle1": []})
    assert found(make_workspace({"records.xlsx": book})) == []
    book = workbook({"Sitzungen": [NAMES, SESSION], "Notizen": [["irgendwas"]]})
    assert found(make_workspace({"records.xlsx": book})) == [
        ("DIV004", "records.xlsx", "Notizen", None)
    ]


def test_links_that_leave_the_workspace(make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(SESSIONS)
    workspace = make_workspace({"records/visions.csv": RECORDS["records/visions.csv"]})
    (workspace.records / "sessions.csv").symlink_to(outside)
    (workspace.root / "records.xlsx").symlink_to("/etc/passwd")
    assert found(workspace) == [
        ("DIV016", "records.xlsx", None, None),
        ("DIV016", "records/sessions.csv", None, None),
    ]


def test_a_pipe_does_not_hang(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    os.mkfifo(workspace.root / "records.xlsx")
    assert [code for code, *_ in found(workspace)] == ["DIV021"]


MEMORY = 300 << 20  # bytes


def limited(workspace: Path) -> subprocess.CompletedProcess[str]:
    """`validate` with a limit on its memory that a runaway reader would hit."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    return subprocess.run(
        [sys.executable, "-m", "div_opendata", "validate", str(workspace), "--lang", "en"],
        capture_output=True,
        encoding="utf-8",
        preexec_fn=limit,
        timeout=60,
    )


@pytest.mark.parametrize(
    "name",
    ["records/sessions.csv", "records.xlsx"],
)
def test_a_cell_of_200_megabytes(make_workspace: MakeWorkspace, name: str) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / name
    if name.endswith(".csv"):
        with path.open("wb") as stream:
            stream.write(SESSIONS.encode() + b'session-x,"')
            for _ in range(200):
                stream.write(b"x" * (1 << 20))
    else:
        (workspace.root / "records").rename(workspace.root / "_records")
        path.write_bytes(bomb("xl/worksheets/sheet9.xml", 200 << 20))
    done = limited(workspace.root)
    assert done.returncode == 1, done.stderr
    assert "DIV0" in done.stdout


def test_nothing_is_written_and_nothing_lost(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    assert run("publish", workspace.root, "--yes").returncode == 0
    before = tree_bytes(workspace.root)
    path = workspace.records / "sessions.csv"
    path.write_bytes(b"\xff\xfe\x00")
    for command in (["assemble"], ["publish", "--yes"], ["validate"]):
        done = run(*command, workspace.root)
        assert done.returncode == 1
        assert "DIV002" in done.stdout
        assert not done.stderr
    after = tree_bytes(workspace.root)
    assert after.pop("records/sessions.csv") != before.pop("records/sessions.csv")
    assert after == before


# --- the configuration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[publisher]", "[publishre]", "Did you mean publisher?"),
        ("mailbox", "mailbxo", "Did you mean mailbox?"),
        ('mailbox = "proben@probe.example"', "", "publisher.mailbox is missing"),
        ('"cc-by/4.0"', '"cc-by/4.1"', "Did you mean cc-by/4.0?"),
        ('kind = "folder"', 'kind = "ftp"', "ftp is not known"),
        ('path = "portal"', 'path = "../../etc"', "leads out of the workspace"),
        ("8000/", "8000", "portals.preview.base_url"),
        ('"https://www.probe.example/"', '"Probe"', "publisher.uri"),
        ("http://127.0.0.1:8000/", "https://daten.probe.example/", "site.imprint_url is missing"),
        ("[release]", '[release]\ntime_zone = "Europa/Berlin"', "not a time zone"),
        ("[release]", '[release]\ntime_zone = "../../etc/passwd"', "not a time zone"),
        ("[release]", "[release", "cannot be read"),
    ],
)
def test_mistakes_in_the_configuration(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "div-opendata.toml").write_text(CONFIGURATION.replace(old, new, 1))
    with pytest.raises(UsageProblem) as caught:
        open_workspace(tmp_path)
    assert says in caught.value.text("en")
    assert caught.value.text("de") != caught.value.text("en")


def test_the_configuration_may_not_be_text_at_all(tmp_path: Path) -> None:
    (tmp_path / "div-opendata.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageProblem, match="mistake"):
        open_workspace(tmp_path)


def test_own_code_lists(make_workspace: MakeWorkspace) -> None:
    """A city may replace the open list, and no other."""
    own = "code,de,en,description_de,description_en\nrivers,Gewässer,Rivers,,\n"
    visions = str(RECORDS["records/visions.csv"])
    files = {**RECORDS, "codelists/action_field.csv": own}
    assert [code for code, *_ in found(make_workspace(files))] == ["DIV101"]
    files["records/visions.csv"] = visions.replace("mobility", "Gewässer")
    assert found(make_workspace(files)) == []
    for name, text, says in (
        ("session_state", own, "cannot be replaced"),
        ("action_field", "code\nx\n", "cannot be read"),
    ):
        workspace = make_workspace({f"codelists/{name}.csv": text})
        with pytest.raises(UsageProblem, match=says):
            _ = workspace.standard
        (workspace.root / "codelists" / f"{name}.csv").unlink()
