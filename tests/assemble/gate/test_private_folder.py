"""The private folder: which files are read, in which forms, and what cannot be read."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from div_opendata.assemble.gate.private import Private, read_private
from div_opendata.assemble.packages import judge_records
from div_opendata.cli import main as cli
from div_opendata.read import read
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace, open_workspace
from div_opendata.workspace.template.new_workspace import new_workspace
from support.private import HOLDERS, NAME, REGISTER, TICKET
from support.workbooks import workbook
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, codes, run


def test_private_tables_in_german_or_in_a_workbook(make_workspace: MakeWorkspace) -> None:
    rows = [["Sitz", "Name", "Fundstelle der Einwilligung"], ["seat-a-1", NAME, "Az. 1, Blatt 2"]]
    text = "\n".join(";".join(row) for row in rows)
    for files in (
        {"private/Besetzung der Sitze.csv": text.encode("cp1252")},
        {"private/holders.xlsx": workbook({"Tabelle1": rows})},
        {"private/privat.xlsx": workbook({"Notizen": [["x"]], "Besetzung der Sitze": rows})},
    ):
        workspace = make_workspace(files)
        private = read_private(workspace)
        assert private.findings == ()
        assert [(name, row) for name, _, row in private.names] == [(NAME, 2)]
        assert private.consents == {"seat-a-1": True}
        shutil.rmtree(workspace.root)


def test_without_a_private_folder_nothing_is_known(workspace: Workspace) -> None:
    assert read_private(workspace) == Private()
    assert read_private(workspace).consents is None


def test_applicants_are_searched_by_name_where_the_register_has_it(
    make_workspace: MakeWorkspace,
) -> None:
    register = REGISTER.replace("Bewerbung 17", "Karla Seltsam")
    workspace = make_workspace(
        {
            "records/sessions.csv": SESSIONS.replace("D.I.V. 1/2026", "Mit Karla Seltsam"),
            "private/register-lottery-a-1.csv": register,
        }
    )
    assert codes(judge_records(read(workspace), workspace)) == ["DIV706"]
    (workspace.root / "private/register-lottery-a-1.csv").write_text(REGISTER, encoding="utf-8")
    (finding,) = judge_records(read(workspace), workspace)
    assert (finding.code, finding.severity) == ("DIV711", "warning")  # somebody, but of no register


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("holders.csv", f"seat_id,name,phone\nseat-a-1,{NAME},{TICKET}\n", "DIV006"),
        ("holders.csv", f"seat_id,name\nseat-a-1,{NAME},{NAME}\n", "DIV010"),
        ("holders.csv", f"seat_id,name\n{NAME},{NAME}\n", "DIV108"),
        ("holders.csv", HOLDERS.encode("utf-16"), "DIV002"),
        ("holders.xlsx", b"no workbook", "DIV001"),
        ("holders.xls", b"old", "DIV708"),
        ("holder.csv", HOLDERS, "DIV708"),
        ("accepted.csv", f"finding_hash,reason\n{NAME},{NAME}\n", "DIV109"),
        ("register-lottery-a-1.csv", "number;los\n1;x\n", "DIV001"),
        ("register-lottery-a-1.csv", REGISTER.encode("utf-16"), "DIV001"),
    ],
)
def test_what_cannot_be_read_stops_the_release_without_being_shown(
    name: str, content: str | bytes, code: str, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace({**RECORDS, f"private/{name}": content})
    found = judge_records(read(workspace), workspace)
    assert [(f.code, f.severity, f.place.file) for f in found] == [
        (code, "error", f"private/{name}")
    ]
    shown = findings_json(found, Records({}, [])) + findings_text(found, Records({}, []), "de")
    assert NAME not in shown
    assert TICKET not in shown


def test_a_table_twice(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        {"private/holders.csv": HOLDERS, "private/Besetzung der Sitze.csv": HOLDERS}
    )
    assert codes(list(read_private(workspace).findings)) == ["DIV005"]


OTHERS: Mapping[str, str] = {
    "private/LIESMICH.txt": "Guten Tag",
    "private/bewerbungen.csv": "name\nX\n",
    "private/_holders.csv": "kaputt",
    "private/~$holders.xlsx": "gesperrt",
    "private/.gitignore": "*",
    "private/slips-lottery-a-1/0001.txt": "Los",
    "private/briefe/Sitzordnung.csv": "Tisch,Platz\n1,2\n",
    "private/Handelsregister-Auszug.csv": "Nummer\n1\n",
    "private/accepted applications.csv": "name,street\nX,Y\n",
}


def test_other_files_are_the_offices_own(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(OTHERS)
    assert read_private(workspace) == Private(
        there=True,
        unsearched=(
            "Handelsregister-Auszug.csv",
            "LIESMICH.txt",
            "_holders.csv",
            "accepted applications.csv",
            "bewerbungen.csv",
            "briefe/",
            "slips-lottery-a-1/",
        ),
    )


# --- what looks like a private table and is not read ----------------------------------------------


def unread(workspace: Workspace) -> list[tuple[str, str, str | None]]:
    """Code, severity and file of what is wrong with private/, none of it with a value."""
    found = read_private(workspace).findings
    shown = findings_json(list(found), Records({}, [])) + findings_text(
        list(found), Records({}, []), "de"
    )
    assert NAME not in shown
    assert TICKET not in shown
    return [(f.code, f.severity, f.place.file) for f in found]


def error(file: str) -> list[tuple[str, str, str]]:
    return [("DIV708", "error", file)]


ROWS = [["Sitz", "Name"], ["seat-a-1", NAME]]
BY_HEADINGS: Mapping[str, str | bytes] = {
    "wer wo sitzt.csv": f"Sitz;Name\nseat-a-1;{NAME}\n",
    "Liste.csv": f"Stand: heute\n\nseat_id,name\nseat-a-1,{NAME}\n",
    "Liste.txt": f"seat_id\tname\nseat-a-1\t{NAME}\n",
    "Lose.csv": REGISTER,
    "Liste.xlsx": workbook({"Tabelle1": ROWS}),
    "Liste.xlsm": workbook({"Tabelle1": ROWS}),
    "ok.csv": "finding_hash,reason\n",
}
BY_NAME = [
    "Besetzung.csv", "Kopie von holders.csv", "holders 2026.csv", "holders (1).csv",
    "holders_neu.csv", "holder.csv", "Holders.CSV.txt", "Besetzung der Sitze 2026.csv",
    "Kopie von register-lottery-a-1.csv", "register_lottery-a-1.csv", "Anerkannte Fehlalarm.csv",
    "holders.ods", "holders.pdf", "holders", "BESETZUNG DER SITZE.xls",
]  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_a_private_table_with_nearly_its_name(name: str, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({f"private/{name}": "Guten Tag"})
    assert unread(workspace) == error(f"private/{name}")
    (finding,) = read_private(workspace).findings
    assert re.search("speichern|Unterstrich|Datei selbst", finding.remedy.text("de"))


@pytest.mark.parametrize("name", BY_HEADINGS)
def test_a_private_table_with_another_name(name: str, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({f"private/{name}": BY_HEADINGS[name]})
    assert unread(workspace) == error(f"private/{name}")


def test_a_workbook_with_another_name_and_nearly_that_of_a_table(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace({"private/holders 2026.xlsx": workbook({"Tabelle1": ROWS})})
    assert unread(workspace) == error("private/holders 2026.xlsx")


def test_a_second_sheet_of_holders(make_workspace: MakeWorkspace) -> None:
    """Also where the first one is read."""
    sheets = {"2025": ROWS, "2026": [ROWS[0], ["seat-a-2", NAME]], "_alt": ROWS, "Notiz": [["x"]]}
    workspace = make_workspace({"private/holders.xlsx": workbook(sheets)})
    (finding,) = read_private(workspace).findings
    assert (finding.code, finding.place.sheet) == ("DIV708", "2026")


def test_an_open_document_is_told_by_its_headings(make_workspace: MakeWorkspace) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        cells = "".join(f"<text:p>{cell}</text:p>" for row in ROWS for cell in row)
        archive.writestr("content.xml", f"<office:document-content>{cells}")
    workspace = make_workspace({"private/Liste.ods": content.getvalue()})
    assert unread(workspace) == error("private/Liste.ods")
    (finding,) = read_private(workspace).findings
    assert ".xlsx" in finding.remedy.text("de")


@pytest.mark.parametrize("name", ["alt/holders.csv", "2026/neu/Liste.csv", "alt/holders.ods"])
def test_a_private_table_in_a_folder(name: str, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({f"private/{name}": HOLDERS, "private/alt/_holders.csv": HOLDERS})
    assert unread(workspace) == error(f"private/{name}")


def _nowhere(path: Path) -> None:
    path.symlink_to("verschoben.csv")


def _outside(path: Path) -> None:
    outside = path.parents[2] / "holders-elsewhere.csv"
    outside.write_text(HOLDERS, encoding="utf-8")
    path.symlink_to(outside)


@pytest.mark.parametrize("make", [_nowhere, _outside, os.mkfifo, Path.mkdir])
@pytest.mark.parametrize(
    "name", ["holders.csv", "holders.xlsx", "register-lottery-a-1.csv", "accepted.csv"]
)
def test_something_else_under_the_name_of_a_private_table(
    make: Callable[[Path], None], name: str, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace({**RECORDS, "private/LIESMICH.txt": "x"})
    make(workspace.root / "private" / name)
    assert unread(workspace) == error(f"private/{name}")


@pytest.mark.parametrize("make", [_nowhere, os.mkfifo])
def test_something_else_under_another_name(
    make: Callable[[Path], None], make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace({**RECORDS, "private/LIESMICH.txt": "x"})
    make(workspace.root / "private" / "Notiz")
    assert unread(workspace) == []
    assert read_private(workspace).unsearched == ("LIESMICH.txt", "Notiz")


def test_the_guide_of_a_new_workspace_is_nothing_to_search(tmp_path: Path) -> None:
    """As long as nobody has written anything in it."""
    root = tmp_path / "city"
    new_workspace(root)
    assert read_private(open_workspace(root)).unsearched == ()
    guide = root / "private" / "LIESMICH.txt"
    guide.write_bytes(guide.read_bytes()[:-1] + b"!")
    assert read_private(open_workspace(root)).unsearched == ("LIESMICH.txt",)


def test_a_link_within_the_workspace_is_read(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({"private/_2026.csv": HOLDERS})
    (workspace.root / "private" / "holders.csv").symlink_to("_2026.csv")
    private = read_private(workspace)
    assert private.findings == ()
    assert [name for name, _, _ in private.names] == [NAME]


def test_the_folder_itself_is_something_else(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    _nowhere(workspace.root / "private")
    assert unread(workspace) == error("private")


# --- what is searched for -------------------------------------------------------------------------


def told(workspace: Workspace) -> str:
    """What `validate` tells besides the findings."""
    return run("validate", workspace.root).stderr


def test_validate_says_for_how_much_is_searched(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({**RECORDS, "private/register-lottery-a-1.csv": REGISTER})
    assert "0 names and 1 tickets of private/" in told(workspace)
    assert "ATTENTION" not in told(workspace)  # nobody sits anywhere
    (workspace.root / "private" / "holders.csv").write_text(HOLDERS, encoding="utf-8")
    assert "1 names and 1 tickets of private/" in told(workspace)
    assert "Not searched" not in told(workspace)


def test_nobody_searched_for_is_said_aloud(
    musterstadt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also before something is published."""
    (musterstadt / "private").mkdir(exist_ok=True)
    for command in (["validate"], ["publish", "--dry-run"], ["status"]):
        assert cli.run([*command, "--lang", "en", str(musterstadt)]) == 0
        assert re.search(r"ATTENTION: 0 names .* [1-9]\d* seats", capsys.readouterr().err)
    seats = (musterstadt / "records" / "seats.csv").read_text(encoding="utf-8")
    seat = seats.splitlines()[1].partition(",")[0]
    (musterstadt / "private" / "holders.csv").write_text(
        f"seat_id,name\n{seat},{NAME}\n", encoding="utf-8"
    )
    assert cli.run(["validate", "--lang", "en", str(musterstadt)]) in {0, 1}
    printed = capsys.readouterr().err
    assert "ATTENTION" not in printed
    assert "1 names and 0 tickets" in printed


def test_what_is_not_searched_is_named_but_not_who(make_workspace: MakeWorkspace) -> None:
    more = {f"private/brief-{number:02}.txt": "x" for number in range(12)}
    workspace = make_workspace(
        {
            **RECORDS,
            "private/holders.csv": HOLDERS,
            "private/Bewerbung_Thomas_Brinkmann.pdf": "x",
            f"private/Absage {NAME}.txt": "x",
            "private/ablage/brief.txt": "x",
            **more,
        }
    )
    printed = told(workspace)
    assert "Not searched in private/: ….txt, ….pdf, ablage/, brief-00.txt" in printed
    assert "5 more" in printed
    for part in ("Brinkmann", *NAME.split()):
        assert part not in printed


def test_a_register_that_a_spreadsheet_saved(make_workspace: MakeWorkspace) -> None:
    """With semicolons, in Windows-1252, without the empty cells at the end of a row."""
    text = f"\ufeffticket;application;word\r\n{TICKET};Bewerbung für 17\r\n"
    for content in (text.encode(), text.lstrip("\ufeff").encode("cp1252")):
        workspace = make_workspace({"private/register-lottery-a-1.csv": content})
        private = read_private(workspace)
        assert private.findings == ()
        (ticket,) = private.tickets
        assert (ticket.row, ticket.ticket, ticket.word) == (2, TICKET, "")
        assert ticket.application == "Bewerbung für 17"
