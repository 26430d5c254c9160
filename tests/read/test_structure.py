"""Headings and rows: where a table begins, which of its rows are records, and one finding a cause.

Each input is what offices, Excel, ONLYOFFICE and macOS make of a sheet or CSV.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import pytest

from support.workbooks import workbook
from support.workspaces import RECORDS, SESSIONS, Files, MakeWorkspace, examine, found

FILE = "records/sessions.csv"
HEADINGS = ["ID *", "Bezeichnung *", "Beginn *", "Stand *", "Ort", "Zahl der Teilnehmenden"]
HELD = ["session-1", "D.I.V. 1/2026", "12.03.2026 18:00", "Abgehalten", "Rathaus", 42]
PLANNED = ["session-2", "D.I.V. 2/2026", "08.10.2026 18:00", "Geplant", None, None]
TITLE = ["D.I.V.-Sitzungen, Stand 1. November 2026"]

Rows = Sequence[Sequence[object]]
Found = list[tuple[str, str]]


def as_csv(rows: Rows, *, pad: bool = True) -> str:
    """As a German Excel writes it, or without the empty cells at the end of a row."""
    width = max(map(len, rows))
    lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if pad:
        lines = [[*line, *[""] * (width - len(line))] for line in lines]
    else:
        lines = [line[: max(n for n, cell in enumerate(line, 1) if cell)] for line in lines]
    return "".join(";".join(line) + "\r\n" for line in lines)


def judged(make_workspace: MakeWorkspace, files: Files) -> tuple[Found, list[str]]:
    """Code and cell or row of each finding, and the keys of the sessions without one."""
    records, findings = examine(make_workspace(files))
    rows = [record.values["id"] for record in records.tables["sessions"].sound]
    places = [(f.code, f.place.cell or str(f.place.row)) for f in findings]
    return places, [str(row) for row in rows]


def in_both(make_workspace: MakeWorkspace, rows: Rows) -> tuple[Found, list[str]]:
    """What a workbook with these rows gives, and a CSV gives the same."""
    book = judged(make_workspace, {"records.xlsx": workbook({"Sitzungen": rows})})
    (make_workspace({}).root / "records.xlsx").unlink()
    assert judged(make_workspace, {"records/Sitzungen.csv": as_csv(rows)}) == book
    return book


# --- headings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ([TITLE], [("DIV024", "A1")]),
        ([["Stand", "1. November 2026"]], [("DIV024", "A1")]),
        ([TITLE, [None], ["Büro für Beteiligung", "Tel. siehe unten"]], [("DIV024", "A1")]),
        ([[None, None, "nicht weitergeben"]], [("DIV024", "C1")]),
        ([[None], [None]], []),
        ([["# Sitzungen, Stand 1. November 2026"]], []),
    ],
)
def test_headings_below_a_title_are_read(
    make_workspace: MakeWorkspace, above: Rows, told: Found
) -> None:
    keys = ["session-1", "session-2"]
    assert in_both(make_workspace, [*above, HEADINGS, HELD, PLANNED]) == (told, keys)


def test_a_title_without_separators_does_not_decide_on_them(make_workspace: MakeWorkspace) -> None:
    text = f"{TITLE[0]}, öffentlich, ohne Gewähr\r\n{as_csv([HEADINGS, HELD])}"
    assert judged(make_workspace, {FILE: text}) == ([("DIV024", "A1")], ["session-1"])


def test_headings_below_a_title_are_judged_like_others(make_workspace: MakeWorkspace) -> None:
    headings = [*HEADINGS[:4], "Raum", *HEADINGS[5:]]
    assert in_both(make_workspace, [TITLE, headings, HELD]) == (
        [("DIV024", "A1"), ("DIV006", "E2")],
        ["session-1"],
    )


def test_a_renamed_column_is_one_finding(make_workspace: MakeWorkspace) -> None:
    """Which names both: the column that is missing, and the one that nobody knows."""
    rows: Rows = [[*HEADINGS[:2], "Termin", *HEADINGS[3:]], HELD, PLANNED]
    assert in_both(make_workspace, rows) == ([("DIV009", "C1")], [])
    _, (finding,) = examine(make_workspace({}))
    assert "„Beginn“" in finding.message.text("de")
    assert "„Termin“" in finding.message.text("de")


def test_a_missing_key_is_one_finding(make_workspace: MakeWorkspace) -> None:
    rows: Rows = [HEADINGS[1:], HELD[1:], PLANNED[1:]]
    assert in_both(make_workspace, rows) == ([("DIV009", "1")], [])


def test_a_column_that_some_rows_need_is_missing_once(make_workspace: MakeWorkspace) -> None:
    """The number of participants of each session that was held."""
    rows: Rows = [HEADINGS[:5], *[[f"session-{n}", *HELD[1:5]] for n in range(1, 9)]]
    assert in_both(make_workspace, rows) == ([("DIV110", "2")], [])


@pytest.mark.parametrize(
    "content",
    [
        "Name;Straße;PLZ;Ort;Telefon\r\nSpielplatz;Weg 1;00000;Musterstadt;0999\r\n",
        "gid,geom,bezeichnung,typ,stand_vom\r\n1,POINT(1 2),A,B,2024\r\n",
        "Spielplätze der Stadt\r\n\r\nNummer;Lage\r\n1;Park\r\n",
        "1;2;3\r\n4;5;6\r\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_another_file_under_a_tables_name_is_one_finding(
    make_workspace: MakeWorkspace, content: str, encoding: str
) -> None:
    assert judged(make_workspace, {FILE: content.encode(encoding)}) == ([("DIV019", "A1")], [])
    _, (finding,) = examine(make_workspace({}))
    assert "ID, Bezeichnung, Beginn" in finding.remedy.text("de")


def test_whole_lines_in_quotes(make_workspace: MakeWorkspace) -> None:
    """A program took each line for one cell, and saved it so; or Excel opened a CSV like that."""
    lines = as_csv([HEADINGS, HELD, PLANNED]).splitlines()
    text = "".join(f'"{line}"\r\n' for line in lines)
    assert judged(make_workspace, {FILE: text}) == ([("DIV019", "A1")], [])
    _, (finding,) = examine(make_workspace({}))
    assert "Jede Zeile ist eine einzige Zelle" in finding.message.text("de")
    (make_workspace({}).root / FILE).unlink()
    book = workbook({"Sitzungen": [[line] for line in lines]})
    assert judged(make_workspace, {"records.xlsx": book}) == ([("DIV019", "A1")], [])


def test_one_line_in_quotes(make_workspace: MakeWorkspace) -> None:
    lines = as_csv([HEADINGS, HELD, PLANNED]).splitlines()
    text = "\r\n".join([lines[0], f'"{lines[1]}"', lines[2]])
    assert judged(make_workspace, {FILE: text}) == ([("DIV010", "2")], ["session-2"])


def test_an_umlaut_of_two_characters(make_workspace: MakeWorkspace) -> None:
    """In the name of a file and in a heading, as macOS and some exports write them."""
    files = {
        "records/Arbeitsaufträge.csv": "ID;Bezeichnung;Fragestellung;Bearbeitung durch;"
        "Zuständige Stelle;Stand\norder-bus;Busse;Wie oft?;Projekt;Amt für Verkehr;Erteilt\n",
    }
    apart = {
        unicodedata.normalize("NFD", n): unicodedata.normalize("NFD", t) for n, t in files.items()
    }
    assert apart.keys() != files.keys()
    records, findings = examine(make_workspace(apart))
    assert [f.code for f in findings] == [f.code for f in examine(make_workspace(files))[1][1:]]
    (order,) = records.tables["orders"].records
    assert order.values["responsible_unit"] == "Amt für Verkehr"


# --- rows -----------------------------------------------------------------------------------------


def test_rows_without_their_empty_last_cells(make_workspace: MakeWorkspace) -> None:
    """ONLYOFFICE leaves them out in each row, Excel in blocks of sixteen."""
    text = as_csv([HEADINGS, HELD, PLANNED], pad=False)
    assert text.splitlines()[2].count(";") == 3
    assert judged(make_workspace, {FILE: text}) == ([], ["session-1", "session-2"])


def test_a_row_that_ends_before_what_is_required(make_workspace: MakeWorkspace) -> None:
    """A separator may be missing, and the cells behind it stand in the wrong column."""
    short: Rows = [HEADINGS, HELD, PLANNED[:3]]
    text = as_csv(short, pad=False)
    assert judged(make_workspace, {FILE: text}) == ([("DIV010", "3")], ["session-1"])


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ([None, None, None, None, "Summe", 42], "E4"),
        ([None, "Summe", None, None, None, 42], "B4"),
        (["* vorläufige Angabe"], "A4"),
        (["Quelle: Büro für Beteiligung"], "A4"),
        (["2026"], "A4"),
        ([None, None, None, None, None, 42], "F4"),
    ],
)
def test_sums_and_footnotes_are_one_finding(
    make_workspace: MakeWorkspace, row: Sequence[object], cell: str
) -> None:
    rows: Rows = [HEADINGS, HELD, PLANNED, row]
    keys = ["session-1", "session-2"]
    assert in_both(make_workspace, rows) == ([("DIV025", cell)], keys)
    _, (finding,) = examine(make_workspace({}))
    assert "# " in finding.remedy.text("de")
    remark = [None if cell is None else f"# {cell}" for cell in row]
    (make_workspace({}).root / "records/Sitzungen.csv").unlink()
    assert in_both(make_workspace, [*rows[:3], remark]) == ([], keys)


def test_a_sum_that_a_spreadsheet_computes(make_workspace: MakeWorkspace) -> None:
    sums = [None, None, None, None, "Summe", "=SUM(F2:F3)"]
    book = workbook({"Sitzungen": [HEADINGS, HELD, PLANNED, sums]})
    assert judged(make_workspace, {"records.xlsx": book})[0] == [("DIV025", "E4")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["session-3"], ["DIV102"] * 3),
        ([None, "D.I.V. 3/2026", "12.11.2026 18:00"], ["DIV102", "DIV102"]),
        ([None, "D.I.V. 3/2026", None, "geplant"], ["DIV102", "DIV102"]),
        (["Sitzung 3", "D.I.V. 3/2026", None, None], ["DIV108", "DIV102", "DIV102"]),
    ],
)
def test_an_unfinished_record_is_told_what_it_lacks(
    make_workspace: MakeWorkspace, row: Sequence[object], told: list[str]
) -> None:
    rows: Rows = [HEADINGS, HELD, row]
    book = workbook({"Sitzungen": rows})
    assert [code for code, *_ in found(make_workspace({"records.xlsx": book}))] == told


# --- knock-on -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("Sitzung 1", "DIV108"),
        ("=SESSION", "DIV108"),
        ("", "DIV102"),
        ("session-2026-2", "DIV201"),
        ("session-2026\x07-1", "DIV003"),
    ],
)
def test_a_key_that_cannot_be_read_makes_nothing_dangle(
    make_workspace: MakeWorkspace, key: str, told: str
) -> None:
    """A vision refers to the session of the first row."""
    sessions = SESSIONS.replace("session-2026-1,", f"{key},")
    assert sessions != SESSIONS
    files = {**RECORDS, FILE: sessions}
    assert [code for code, *_ in found(make_workspace(files))] == [told]


def test_a_row_with_its_key_does_not_hide_what_dangles(make_workspace: MakeWorkspace) -> None:
    sessions = SESSIONS.replace("2026-03-12T18:00:00+01:00", "im März")
    visions = str(RECORDS["records/visions.csv"]).replace("session-2026-1", "session-2025-9")
    files = {FILE: sessions, "records/visions.csv": visions}
    assert [code for code, *_ in found(make_workspace(files))] == ["DIV105", "DIV203"]
