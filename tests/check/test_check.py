"""Checking: jsonschema asked cell by cell finds what it finds in whole records."""

from __future__ import annotations

import tracemalloc
from difflib import get_close_matches
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from div_opendata.base.finding import VALUE_LENGTH
from div_opendata.base.language import LANGUAGES
from div_opendata.check import near
from div_opendata.check.records import FORMATS, check_records
from div_opendata.report.findings import findings_github
from div_opendata.standard.packages import load_standard
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import Field, TableSchema
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, examine

STANDARD = load_standard()
TABLES = list(STANDARD.tables.values())
VALIDATORS = {
    table.name: Draft202012Validator(
        {key: value for key, value in table.schema.items() if key != "additionalProperties"},
        format_checker=FORMATS,
    )
    for table in TABLES
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Values that are right, nearly right and wrong."""
    right: st.SearchStrategy[Any] = st.sampled_from(list(field.schema["examples"]))
    if field.codelist:
        right = st.sampled_from(list(field.codelist.codes))
    if field.kind == "integer":
        low, high = field.schema.get("minimum", 0), field.schema.get("maximum", 200)
        right = st.integers(low - 1, high + 1)
    if field.kind == "boolean":
        right = st.booleans()
    wrong = st.sampled_from(["", "x", "X-1", "2026-02-30", "2026-01-01T25:00:00+01:00", "http://"])
    return st.one_of(right, right, right, wrong)


def records_of(table: TableSchema) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {}, optional={name: values_of(field) for name, field in table.fields.items()}
    )


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_the_same_as_judging_whole_records(data: st.DataObject) -> None:
    """For every table: the fields found wrong are exactly those of jsonschema's own errors."""
    schema = data.draw(st.sampled_from(TABLES))
    values = data.draw(records_of(schema))
    expected: set[str] = set()
    for error in VALIDATORS[schema.name].iter_errors(values):
        if error.validator == "required":
            expected |= {name for name in error.validator_value if name not in error.instance}
        else:
            name = str(error.absolute_path[0])
            # what is no ID may be a name, and is told where references are checked
            left = schema.public and name in schema.references and error.validator == "pattern"
            expected |= set() if left else {name}
    for name, field in schema.fields.items():
        if field.open_list and field.codelist and name in values:
            expected |= set() if values[name] in field.codelist.codes else {name}
    columns = {name: number for number, name in enumerate(schema.fields, 1)}
    table = Table(schema, "x.csv", None, columns, [Record(dict(values), 2)])
    found = [f.place.field for f in check_records(table) if f.code != "DIV113"]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_memory_grows_with_the_rows(make_workspace: MakeWorkspace) -> None:
    """Four times the rows take no more than some five times the memory."""

    def peak(rows: int) -> int:
        lines = (f"session-{n},D.I.V. {n},2026-03-12 18:00,geplant\n" for n in range(rows))
        text = "id,name,start,state\n" + "".join(lines)
        workspace = make_workspace({"records/sessions.csv": text})
        examine(workspace)
        tracemalloc.start()
        _, findings = examine(workspace)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert findings == []
        return size

    assert peak(8000) < 5 * peak(2000)


class Compared:
    """Counts how often near matches are looked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0

        def counting(*arguments: Any) -> list[str]:
            self.number += 1
            return get_close_matches(*arguments)

        monkeypatch.setattr(near, "get_close_matches", counting)


def visions(*sessions: str) -> str:
    return "id,name,session_id,action_field,description\n" + "".join(
        f"vision-{n},Busse,{session},mobility,Text\n" for n, session in enumerate(sessions)
    )


def test_few_values_get_a_suggestion(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wrong reference is a finding; near matches are looked for once a value, for few."""
    compared = Compared(monkeypatch)
    wrong = visions(*(f"session-2026-{n}" for n in range(10, 60)), *["session-2026-10"] * 50)
    _, findings = examine(make_workspace({**RECORDS, "records/visions.csv": wrong}))
    assert [finding.code for finding in findings] == ["DIV203"] * 100
    assert compared.number == near.VALUES
    suggested = ["Did you mean" in finding.remedy.text("en") for finding in findings]
    assert suggested == [True] * near.VALUES + [False] * (50 - near.VALUES) + [True] * 50


def test_codes_are_compared_once_a_value(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = Compared(monkeypatch)
    head = SESSIONS.split("\n")[0]
    start = "2026-03-12T18:00:00+01:00"
    rows = "".join(f"session-{n},Name,{start},hled{n % 2},1\n" for n in range(100))
    _, findings = examine(make_workspace({"records/sessions.csv": f"{head}\n{rows}"}))
    assert [finding.code for finding in findings] == ["DIV101"] * 100
    assert compared.number == 2
    assert all("Did you mean “Held”?" in finding.remedy.text("en") for finding in findings)


def test_none_is_suggested_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "POSSIBLE", 2)
    assert near.Suggestions().near(("x",), "helt", ["held", "set"]) == "held"
    assert near.Suggestions().near(("x",), "helt", ["held", "set", "out"]) is None


def test_corrections_name_fields_of_the_table_corrected(make_workspace: MakeWorkspace) -> None:
    head = "id,date,table,record_id,fields,reason\n"

    def remedies(table: str, fields: str) -> list[tuple[str, str]]:
        row = f"correction-1,2026-11-23,{table},session-2026-1,{fields},Grund.\n"
        _, found = examine(make_workspace({**RECORDS, "records/corrections.csv": head + row}))
        return [(f.code, f.remedy.text("en")) for f in found]

    assert remedies("sessions", "participant_count name") == []
    assert remedies("sessions", "name participants_count") == [
        ("DIV205", "Did you mean “Number of participants”?")
    ]
    assert remedies("sessions", "beginnt") == [("DIV205", "Did you mean “Start”?")]
    assert "schema show sessions" in remedies("sessions", "xyz name zyx")[0][1]
    assert len(remedies("sessions", "xyz name zyx")) == 1
    assert [code for code, _ in remedies("nowhere", "xyz")] == ["DIV101"]
    assert remedies("sessions", "Name") == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (",held,", ",{long},", "DIV101"),
        (",42", ",{long}", "DIV103"),
        ("2026-03-12T18:00:00+01:00", "{long}", "DIV105"),
        ("participant_count", "{long}", "DIV006"),
    ],
)
def test_messages_show_the_start_of_long_cells(
    make_workspace: MakeWorkspace, old: str, new: str, code: str
) -> None:
    wrong = SESSIONS.replace(old, new.format(long="Zu lang " * 3000), 1)
    _, findings = examine(make_workspace({"records/sessions.csv": wrong}))
    finding = next(finding for finding in findings if finding.code == code)
    for language in LANGUAGES:
        message, remedy = finding.message.text(language), finding.remedy.text(language)
        assert "Zu lang Zu" in message
        assert "…" in message
        assert len(message) < VALUE_LENGTH + 100
        assert len(remedy) < 1000


def test_long_lists_of_fields_are_cut(make_workspace: MakeWorkspace) -> None:
    """What a message shows of a cell's part is cut as the whole cell would be."""
    row = f"correction-1,2026-11-23,sessions,session-2026-1,name {'x' * 9000},Grund.\n"
    text = f"id,date,table,record_id,fields,reason\n{row}"
    _, (finding,) = examine(make_workspace({**RECORDS, "records/corrections.csv": text}))
    assert len(finding.message.text("en")) < VALUE_LENGTH + 100


@pytest.mark.parametrize(
    ("root", "file"),
    [
        ("", "records/sessions.csv"),
        (".", "records/sessions.csv"),
        ("examples/city/", "examples/city/records/sessions.csv"),
        ("./a,b", "a%2Cb/records/sessions.csv"),
    ],
)
def test_github_finds_files_of_a_workspace_below_the_top(
    make_workspace: MakeWorkspace, root: str, file: str
) -> None:
    wrong = {**RECORDS, "records/sessions.csv": SESSIONS.replace(",held,", ",hled,")}
    records, findings = examine(make_workspace(wrong))
    assert f"::error file={file},line=2," in findings_github(findings, records, "en", root)
    assert findings_github(findings, records, "en") == findings_github(findings, records, "en", ".")
