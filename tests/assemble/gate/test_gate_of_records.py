"""The records before a release: findings point to the cells of the office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from div_opendata.assemble.gate.forms import is_free_text
from div_opendata.assemble.packages import judge_records
from div_opendata.read import read
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace, open_workspace
from support.private import HOLDERS, NAME, PRIVATE, TICKET, write
from support.workspaces import EXAMPLES, RECORDS, SESSIONS, MakeWorkspace, codes, examine


@pytest.mark.parametrize("name", ["bielefeld", "musterstadt"])
def test_the_examples_pass(name: str) -> None:
    workspace = open_workspace(EXAMPLES / name)
    assert judge_records(examine(workspace)[0], workspace) == []


def changed(records: Records, change: Callable[[str, str, str], str | None]) -> Records:
    """Records with one value of each field of free text changed: table, field, value → value."""
    tables = {}
    for name, table in records.tables.items():
        rows = [replace(record, values=dict(record.values)) for record in table.records]
        for item in table.schema.fields.values():
            if is_free_text(item) and item.schema.get("format") != "uri":
                for row in rows:
                    value = row.values.get(item.name)
                    if value and (new := change(name, item.name, str(value))):
                        row.values[item.name] = new
                        break
        tables[name] = replace(table, records=rows)
    return Records(tables, [])


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("e.beispiel@probe.example", "DIV705", "error"),
        ("Tel. 030 23125-123", "DIV705", "error"),
        ("DE89 3704 0044 0532 0130 00", "DIV705", "error"),
        ("Frau Winter", "DIV705", "error"),
        (NAME, "DIV706", "error"),
        ("Ungewöhnlich", "DIV706", "warning"),
        (TICKET, "DIV706", "error"),
    ],
)
def test_findings_point_to_the_cells_of_the_office(
    text: str, code: str, severity: str, city: Workspace, records: Records
) -> None:
    """Of every field of free text, once."""
    planted = set()

    def change(table: str, field: str, value: str) -> str:
        planted.add((table, field))
        return f"{value} {text}"

    found = judge_records(changed(records, change), city)
    assert {(f.place.table, f.place.field) for f in found} == planted
    assert len(found) == len(planted) > 20
    for finding in found:
        assert (finding.code, finding.severity) == (code, severity)
        assert finding.place.file == f"records/{finding.place.table}.csv"
        assert finding.place.cell
        assert (finding.place.value is None) == (code == "DIV706")


def test_a_location_may_be_an_address(city: Workspace, records: Records) -> None:
    text = "Rathaus, Hauptstraße 1, 99999 Musterstadt"
    located = changed(records, lambda _, field, __: text if field == "location" else None)
    assert judge_records(located, city) == []
    described = changed(records, lambda _, field, __: text if field == "description" else None)
    assert {f.code for f in judge_records(described, city)} == {"DIV705"}
    called = changed(records, lambda _, field, __: "Tel. 51-0" if field == "location" else None)
    assert codes(judge_records(called, city)) == ["DIV705"]


def test_an_address_of_the_web_may_hide_one(city: Workspace, records: Records) -> None:
    table = records.tables["sessions"]
    rows = [replace(record, values=dict(record.values)) for record in table.records]
    rows[0].values["minutes_url"] = "https://probe.example/?an=e.beispiel%40probe.example"
    hidden = Records({**records.tables, "sessions": replace(table, records=rows)}, [])
    (finding,) = judge_records(hidden, city)
    assert (finding.code, finding.place.field) == ("DIV705", "minutes_url")


def test_a_private_value_is_not_quoted_with_contact_data(city: Workspace, records: Records) -> None:
    text = f"Frau {NAME}, {NAME.replace(' ', '.')}@probe.example, {TICKET}"
    found = judge_records(
        changed(records, lambda _, field, __: text if field == "question" else None), city
    )
    assert sorted(codes(found)) == ["DIV705", "DIV705", "DIV706", "DIV706"]
    shown = findings_text(found, records, "de") + findings_json(found, records)
    for part in (*NAME.split(), TICKET):
        assert part not in shown


def test_a_private_key_is_not_shown_either(make_workspace: MakeWorkspace) -> None:
    sessions = SESSIONS.replace("session-2026-1", "joerdis-ungewoehnlich")
    workspace = make_workspace({"records/sessions.csv": sessions, "private/holders.csv": HOLDERS})
    (finding,) = judge_records(read(workspace), workspace)
    assert (finding.code, finding.place.cell) == ("DIV706", "A2")
    assert "ungewoehnlich" not in findings_json([finding], Records({}, []))


def test_the_configuration_is_published_too(musterstadt: Path) -> None:
    write(musterstadt, PRIVATE)
    path = musterstadt / "div-opendata.toml"
    text = path.read_text(encoding="utf-8").replace(
        "Stadt Musterstadt: Dialoge", f"Frau Ungewöhnlich, {NAME}: Dialoge"
    )
    path.write_text(text, encoding="utf-8")
    workspace = open_workspace(musterstadt)
    found = judge_records(examine(workspace)[0], workspace)
    assert {(f.code, f.place.file) for f in found} == {
        ("DIV705", "div-opendata.toml"),
        ("DIV706", "div-opendata.toml"),
    }
    assert "Ungewöhnlich" not in findings_json(found, Records({}, []))


def test_a_surname_that_is_a_code_or_a_heading_is_none(make_workspace: MakeWorkspace) -> None:
    holders = "seat_id,name\nseat-a-1,Karla Held\nseat-a-2,Karl Name\n"
    workspace = make_workspace({**RECORDS, "private/holders.csv": holders})
    assert judge_records(read(workspace), workspace) == []
    path = workspace.records / "sessions.csv"
    path.write_text(SESSIONS.replace("D.I.V. 1/2026", "D.I.V. mit Held"), encoding="utf-8")
    found = judge_records(read(workspace), workspace)
    assert [(f.code, f.severity, f.place.cell) for f in found] == [("DIV706", "warning", "B2")]


@pytest.mark.parametrize(
    ("label", "code"), [("Frau Winter fährt", "DIV705"), (NAME, "DIV706"), ("Verkehr", None)]
)
def test_a_code_list_of_the_city_is_published_too(
    label: str, code: str | None, make_workspace: MakeWorkspace
) -> None:
    text = f"code,de,en,description_de,description_en\nmobility,{label},Traffic,,\n"
    files = {**RECORDS, "codelists/action_field.csv": text, "private/holders.csv": HOLDERS}
    workspace = make_workspace(files)
    found = judge_records(read(workspace), workspace)
    assert {f.code for f in found} == ({code} if code else set())
    assert ("build/visions/codes.csv" in {f.place.file for f in found}) == bool(code)


def test_broken_rows_are_left_to_their_own_findings(make_workspace: MakeWorkspace) -> None:
    broken = f"{SESSIONS},ohne ID,,,\n".replace("session-2026-2", "Sitzung 2")
    workspace = make_workspace({"records/sessions.csv": broken, "private/holders.csv": HOLDERS})
    records, findings = examine(workspace)
    assert findings
    assert judge_records(records, workspace) == []
