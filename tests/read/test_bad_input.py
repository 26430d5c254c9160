"""Bad input: a clear finding or a message with a remedy, in bounded time and memory.

Each of these made a peer crash, hang, or take what it should not.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from div_opendata.base.errors import UsageProblem
from div_opendata.workspace.settings import open_workspace
from support.edits import changed, put
from support.workbooks import part_of, sheet_part, with_part, workbook
from support.workspaces import (
    CONFIGURATION,
    RECORDS,
    SESSIONS,
    Files,
    MakeWorkspace,
    examine,
    found,
    run,
    tree_bytes,
)

SHEET = "xl/worksheets/sheet1.xml"
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
        (SESSIONS.replace(",held,42", ""), ["DIV010"]),
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


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("0001-01-01T00:00:00+14:00", ["DIV105"]),
        ("9999-12-31T23:59:00-10:00", ["DIV105"]),
        ("1899-12-31T23:59:59+01:00", ["DIV105"]),
        ("2201-01-01T00:00:00+01:00", ["DIV105"]),
        ("1900-01-01T00:00:00+01:00", []),
        ("2200-12-31T23:59:59+01:00", []),
    ],
)
def test_a_year_that_cannot_be(make_workspace: MakeWorkspace, time: str, code: list[str]) -> None:
    """At the ends of time no offset can be reckoned with."""
    state = SESSIONS.replace("2026-03-12T18:00:00+01:00,held", f"{time},planned")
    assert state != SESSIONS
    assert codes(make_workspace, state) == code


@pytest.mark.parametrize("number", ["65537", "60000000", "9" * 39])
@pytest.mark.parametrize("field", ["pool_size", "draw_count"])
def test_a_pool_that_no_lottery_has(make_workspace: MakeWorkspace, field: str, number: str) -> None:
    """Before anybody reckons how many ways there are to choose."""
    tables, files = changed(put("lotteries", "lottery-kuehle-orte-2026", **{field: number}))
    assert tables["lotteries"]
    _, findings = examine(make_workspace(files), rules=True)
    assert "DIV107" in {finding.code for finding in findings}


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
    return with_part(workbook({"Sitzungen": [NAMES, SESSION]}), part, content)


def strict() -> bytes:
    """A workbook in the namespaces of Strict OOXML, of which openpyxl sees no sheet."""
    book = workbook({"Sitzungen": [NAMES, SESSION]})
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET):
        content = part_of(book, part)
        for old, new in (
            (b"http://schemas.openxmlformats.org/spreadsheetml/2006", b"spreadsheetml"),
            (b"http://schemas.openxmlformats.org/officeDocument/2006", b"officeDocument"),
        ):
            content = content.replace(old, b"http://purl.oclc.org/ooxml/" + new)
        book = with_part(book, part, content)
    return book


def lost_sheet() -> bytes:
    """A workbook whose list of sheets leads to a part that is not there."""
    book = workbook({"Sitzungen": [NAMES, SESSION], "Visionen": [["id"]]})
    rels = "xl/_rels/workbook.xml.rels"
    return with_part(book, rels, part_of(book, rels).replace(b"sheet2.xml", b"sheet7.xml"))


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
        bomb("xl/theme/theme2.xml", 25 << 20),
        strict(),
        lost_sheet(),
        replace_part("xl/styles.xml", b"<x/>" + b" " * 6_000_000),
        replace_part("xl/sharedStrings.xml", b"<si/>" * 700_000),
        replace_part(
            SHEET, sheet_part('<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>')
        ),
        replace_part(SHEET, sheet_part("<row/>" * 1_100_000)),
        replace_part(SHEET, sheet_part("<row>" + "<c/>" * 2_000_000 + "</row>")),
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
        "part",
        "strict",
        "lost sheet",
        "styles",
        "many texts",
        "row number",
        "many rows",
        "long row",
    ],
)
def test_bad_workbooks(make_workspace: MakeWorkspace, content: bytes) -> None:
    workspace = make_workspace({"records.xlsx": content})
    findings = found(workspace)
    assert [(code, file) for code, file, *_ in findings] == [("DIV001", "records.xlsx")]


def test_gaps_between_rows_cost_nothing(make_workspace: MakeWorkspace) -> None:
    """Of a row far below, openpyxl's own iterator would make a million empty ones."""
    book = workbook({"Sitzungen": [NAMES, SESSION]})
    end = b'<row r="1000000"><c r="B1000000" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    book = with_part(book, SHEET, part_of(book, SHEET).replace(b"</sheetData>", end))
    places = {(code, place) for code, _, _, place in found(make_workspace({"records.xlsx": book}))}
    assert places == {("DIV025", "B1000000")}


def far_right(cell: str) -> bytes:
    book = workbook({"Sitzungen": [NAMES, SESSION]})
    rows = "".join(f'<row r="{n}">{cell.format(n=n)}</row>' for n in range(3, 20_003))
    content = part_of(book, SHEET).replace(b"</sheetData>", rows.encode() + b"</sheetData>")
    return with_part(book, SHEET, content)


def test_cells_in_the_last_column(make_workspace: MakeWorkspace) -> None:
    book = far_right('<c r="XFD{n}"><v>1</v></c>')
    assert found(make_workspace({"records.xlsx": book})) == [
        ("DIV008", "records.xlsx", "Sitzungen", "XFD3")
    ]


def test_formats_in_the_last_column_are_nothing(make_workspace: MakeWorkspace) -> None:
    book = far_right('<c r="XFD{n}" s="0"/>')
    assert found(make_workspace({"records.xlsx": book})) == []


def reason_of(make_workspace: MakeWorkspace, files: Files) -> str:
    _, findings = examine(make_workspace(files))
    return findings[0].message.text("en")


def test_a_strict_workbook_is_named(make_workspace: MakeWorkspace) -> None:
    assert "Strict Open XML" in reason_of(make_workspace, {"records.xlsx": strict()})


def test_a_workbook_that_is_open_elsewhere(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows locks what Excel has open."""
    opened = os.open

    def locked(path: str | Path, *arguments: Any, **options: Any) -> int:
        if Path(path).name == "records.xlsx":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    workspace = make_workspace({"records.xlsx": workbook({"Sitzungen": [NAMES, SESSION]})})
    monkeypatch.setattr(os, "open", locked)
    _, findings = examine(workspace)
    assert [finding.code for finding in findings] == ["DIV001"]
    assert "open in another program" in findings[0].message.text("en")


def test_escaped_characters(make_workspace: MakeWorkspace) -> None:
    """Excel writes a carriage return as _x000D_, which is a line end; a bell is none."""
    visions = ["id", "name", "action_field", "description"]
    book = workbook(
        {
            "visions": [
                visions,
                ["vision-1", "Eins_x0007_", "mobility", "Zeile_x000D_\nZwei_x005F_x0007_"],
            ]
        }
    )
    data, findings = examine(make_workspace({"records.xlsx": book}))
    assert [(item.code, item.place.cell) for item in findings] == [("DIV003", "B2")]
    values = data.tables["visions"].records[0].values
    assert values["description"] == "Zeile\nZwei_x0007_"


def test_merged_cells_in_single_quotes(make_workspace: MakeWorkspace) -> None:
    book = workbook({"Sitzungen": [NAMES, SESSION]}, merge="B2:B3")
    content = part_of(book, SHEET).replace(b'ref="B2:B3"', b"ref='B2:B3'")
    book = with_part(book, SHEET, content)
    assert [code for code, *_ in found(make_workspace({"records.xlsx": book}))] == ["DIV014"]


@pytest.mark.parametrize("key", ["#Stadt", "# vision-1"])
def test_a_number_sign_is_a_remark_only_without_a_key(
    make_workspace: MakeWorkspace, key: str
) -> None:
    sessions = f"name,id,start,state\n#Stadt,session-1,1.2.2026 18:00,held\n#x,{key},,\n#y,,,\n"
    data, _ = examine(make_workspace({"records/sessions.csv": sessions}))
    assert [record.values["id"] for record in data.tables["sessions"].records] == ["session-1"]


@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman"])
@pytest.mark.parametrize(
    "words", ["Bäume", "für Bürger", "können", "Straße", "öffnen", "Übung für alle", "Höhe"]
)
def test_csv_of_ms_dos_and_old_macs(
    make_workspace: MakeWorkspace, encoding: str, words: str
) -> None:
    text = SESSIONS.replace("D.I.V. 1/2026", words)
    assert codes(make_workspace, text.encode(encoding)) == ["DIV002"]


@pytest.mark.parametrize(
    "words",
    [
        "Büro – „Auftakt“ …",
        "„auftakt“ für ‚alle‘",
        "Hašek und Božena Miloševic grüßen",
        "wie geht’s, Bürger•innen – 20 € … † 1999 Škoda™ für Žižek",
        "das Büro des „Spiegel“s, cœur",
    ],
)
def test_typography_of_windows(make_workspace: MakeWorkspace, words: str) -> None:
    text = SESSIONS.replace("D.I.V. 1/2026", f'"{words}"')
    assert codes(make_workspace, text.encode("cp1252")) == []


def test_excels_line_for_the_delimiter(make_workspace: MakeWorkspace) -> None:
    text = "sep=;\n" + GERMAN
    assert codes(make_workspace, text) == []
    assert codes(make_workspace, "sep=|\r\n" + GERMAN.replace(";", "|")) == []
    wrong = text.replace("Abgehalten", "x").replace("Stand", "Stand;Telefon").replace(";x", ";x;")
    places = [place for *_, place in found(make_workspace({"records/sessions.csv": wrong}))]
    assert places == ["E2", "D3"]


@pytest.mark.parametrize(
    "name",
    ["Records.xlsx", "records_neu.xlsx", "Sitzungen.xlsx", "orders.csv", "x.ods", "x.XLS"],
)
def test_tables_beside_the_records(make_workspace: MakeWorkspace, name: str) -> None:
    workspace = make_workspace({**RECORDS, name: b"x", f"_{name}": b"x", f"~${name}": b"x"})
    assert found(workspace) == [("DIV021", name, None, None)]


def test_a_folder_in_capitals(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({"Records/sessions.csv": SESSIONS})
    assert found(workspace) == [("DIV021", "Records", None, None)]


def test_links_in_a_loop(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({"records/visions.csv": RECORDS["records/visions.csv"]})
    (workspace.root / "records.xlsx").symlink_to("records.xlsx")
    (workspace.records / "sessions.csv").symlink_to("votes.csv")
    (workspace.records / "votes.csv").symlink_to("sessions.csv")
    assert {(code, file) for code, file, *_ in found(workspace)} >= {
        ("DIV001", "records.xlsx"),
        ("DIV001", "records/sessions.csv"),
        ("DIV001", "records/votes.csv"),
    }


def test_a_loop_in_place_of_the_folder(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({})
    (workspace.root / "records").symlink_to("records")
    assert [(code, file) for code, file, *_ in found(workspace)] == [("DIV001", "records")]


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


PRINTABLE = bytes(ord("A") + number % 26 for number in range(256))
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
    ["records/sessions.csv", "records.xlsx", "noise"],
)
def test_a_cell_of_many_megabytes(make_workspace: MakeWorkspace, name: str) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / name.replace("noise", "records.xlsx")
    if name == "noise":  # which no archive makes smaller
        (workspace.root / "records").rename(workspace.root / "_records")
        text = random.Random(1).randbytes(1 << 20).translate(PRINTABLE).decode() * 60
        cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
        path.write_bytes(replace_part(SHEET, sheet_part(cell)))
    elif name.endswith(".csv"):
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
