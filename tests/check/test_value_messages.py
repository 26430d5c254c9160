"""Messages about values quote them and take their example from the field."""

from __future__ import annotations

import csv
import io

import pytest

from div_opendata.assemble.gate.private import read_private
from support.edits import changed, put
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, examine


@pytest.mark.parametrize(
    ("table", "field", "value", "code", "example"),
    [
        ("priorities", "rank", "eins", "DIV103", "etwa 1."),
        ("sessions", "participant_count", "viele", "DIV103", "etwa 38."),
        ("sessions", "participant_count", "40 %", "DIV103", "etwa 38."),
        ("visions", "date", "irgendwann", "DIV104", "etwa 12.03.2025."),
        ("visions", "date", "02/03/26", "DIV015", "etwa 12.03.2025."),
        ("sessions", "end", "abends", "DIV105", "etwa 12.03.2025, 20:15."),
        ("sessions", "end", "12.03.2025", "DIV015", "etwa 12.03.2025, 20:15."),
        ("sessions", "end", "12.03.2025 00:00", "DIV015", "als „0 Uhr“."),
        ("seats", "start_month", "Herbst", "DIV109", "Beispiel: 2025-09"),
        ("seats", "start_month", "15.09.2025", "DIV015", "etwa 2025-09."),
    ],
)
def test_the_example_is_that_of_the_field(
    make_workspace: MakeWorkspace, table: str, field: str, value: str, code: str, example: str
) -> None:
    tables, _ = changed()
    record = tables[table][0]["id"]
    _, files = changed(put(table, record, **{field: value}))
    _, findings = examine(make_workspace(files))
    assert [(f.code, f.place.table, f.place.field) for f in findings] == [(code, table, field)]
    assert f"„{value}“" in findings[0].message.text("de")
    assert findings[0].remedy.text("de").endswith(example)


@pytest.mark.parametrize("value", ["40 %", "40%", "40 Prozent", "40"])
def test_percent_where_percent_are_meant(make_workspace: MakeWorkspace, value: str) -> None:
    tables, _ = changed()
    row = next(row for row in tables["follow_ups"] if row["status"] == "in_progress")
    _, files = changed(put("follow_ups", row["id"], progress=f"{value} "))
    records, findings = examine(make_workspace(files))
    assert findings == []
    (read,) = (r for r in records.tables["follow_ups"].records if r.values["id"] == row["id"])
    assert read.values["progress"] == 40


def with_name(name: str) -> str:
    stream = io.StringIO(SESSIONS)
    head, first, *others = csv.reader(stream)
    first[1] = name
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([head, first, *others])
    return written.getvalue()


@pytest.mark.parametrize("between", ["\n", " \r\n ", "\t", "\v"])
def test_a_line_break_becomes_a_blank_and_is_told(
    make_workspace: MakeWorkspace, between: str
) -> None:
    files = {**RECORDS, "records/sessions.csv": with_name(f"Sitzung{between}im Rathaus")}
    records, findings = examine(make_workspace(files))
    assert [(f.code, f.severity, f.place.cell) for f in findings] == [("DIV027", "warning", "B2")]
    assert "„Sitzung im Rathaus“" in findings[0].remedy.text("de")
    assert records.tables["sessions"].records[0].values["name"] == "Sitzung im Rathaus"


def test_what_is_not_published_needs_no_word(make_workspace: MakeWorkspace) -> None:
    """A name of two lines in private/ is searched for, whatever stands between them."""
    seats = "id,circle_id,seat_number,seat_group,appointment,filled,voting_right\n"
    holders = 'seat_id,name\nseat-bus-1,"Erika\nBeispiel"\n'
    files = {"records/seats.csv": seats, "private/holders.csv": holders}
    private = read_private(make_workspace(files))
    assert private.findings == ()
    assert [name for name, *_ in private.names] == ["Erika Beispiel"]
