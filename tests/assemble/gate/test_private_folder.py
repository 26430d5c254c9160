"""The private folder: which files are read, in which forms, and what cannot be read."""

from __future__ import annotations

import shutil

import pytest

from div_opendata.assemble.gate.private import Private, read_private
from div_opendata.assemble.packages import judge_records
from div_opendata.read import read
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace
from support.private import HOLDERS, NAME, REGISTER, TICKET
from support.workbooks import workbook
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, codes


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
    assert codes(judge_records(read(workspace), workspace)) == ["DIV711"]  # a name nobody entered


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("holders.csv", f"seat_id,name,phone\nseat-a-1,{NAME},{TICKET}\n", "DIV006"),
        ("holders.csv", f"seat_id,name\nseat-a-1,{NAME},{NAME}\n", "DIV010"),
        ("holders.csv", f"seat_id,name\n{NAME},{NAME}\n", "DIV108"),
        ("holders.csv", HOLDERS.encode("utf-16"), "DIV002"),
        ("holders.xlsx", b"no workbook", "DIV001"),
        ("holders.xls", b"old", "DIV021"),
        ("holder.csv", HOLDERS, "DIV004"),
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


def test_other_files_are_the_offices_own(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(
        {
            "private/LIESMICH.txt": "Guten Tag",
            "private/bewerbungen.csv": "name\nX\n",
            "private/_holders.csv": "kaputt",
            "private/slips-lottery-a-1/0001.txt": "Los",
        }
    )
    assert read_private(workspace) == Private(there=True)


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
