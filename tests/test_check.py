"""Checking: jsonschema asked cell by cell finds what it finds in whole records."""

from __future__ import annotations

import tracemalloc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conftest import MakeWorkspace, examine
from div_opendata.check.records import FORMATS, check_records
from div_opendata.records import Record, Table
from div_opendata.schema import Field, TableSchema, load_standard

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
            expected.add(str(error.absolute_path[0]))
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
