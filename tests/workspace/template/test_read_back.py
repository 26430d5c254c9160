"""Whatever is written into a workbook, or published as a CSV, is read back as it was."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from div_opendata.assemble.packages import write_packages, write_table
from div_opendata.base.i18n import Label
from div_opendata.read import read
from div_opendata.read.values import understand
from div_opendata.standard.codelists import Code, CodeList
from div_opendata.standard.packages import Standard, load_standard
from div_opendata.standard.records import Table
from div_opendata.standard.tables import Field, TableSchema, Value
from div_opendata.workspace.settings import Workspace, open_workspace
from div_opendata.workspace.template.workbook import write_workbook
from support.tables import STANDARD, only, table_of
from support.workspaces import CONFIGURATION, EXAMPLES, MakeWorkspace, tree_bytes

BERLIN = ZoneInfo("Europe/Berlin")


def values_of(tables: dict[str, Table]) -> dict[str, list[dict[str, Value]]]:
    return {name: [r.values for r in table.records] for name, table in tables.items()}


def workspace_of(root: Path, zone: str = "Europe/Berlin") -> Workspace:
    text = CONFIGURATION.replace("[release]", f'[release]\ntime_zone = "{zone}"')
    (root / "div-opendata.toml").write_text(text, encoding="utf-8")
    return open_workspace(root)


def round_trip(
    workspace: Workspace, standard: Standard, tables: dict[str, Table]
) -> dict[str, list[dict[str, Value]]]:
    """What is read of a workbook with these tables; nothing is found wrong with it."""
    write_workbook(workspace.workbook, standard, tables, workspace.time_zone)
    records = read(workspace)
    assert not records.findings
    return {name: [r.values for r in records.tables[name].records] for name in tables}


# --- whatever the schemas allow -------------------------------------------------------------------

AWKWARD = [
    "#N/A oder #REF!",
    "# kein Kommentar",
    "'=1+1",
    "1.2",
    "007",
    "1e5",
    "2026-01-01",
    "31.12.2026",
    "wahr",
    "TRUE",
    "_x0041_",
    "x005F_",
    "a  b",
    "<b>&amp;</b>",
    "]]>",
    "Ä" * 300,
    "\U0001f600" * 150,
]
LONG = ["ß" * 10_000, "eins\nzwei\n\n\nfünf", "–\n# vier", "\n".join(["Zeile"] * 300)]
TIMES = [
    "2026-10-25T02:30:00+01:00",  # twice in that night
    "2026-10-25T02:30:00+02:00",
    "2026-03-29T03:00:00+02:00",
    "2026-07-01T00:00:00+02:00",
    "2026-07-01T12:34:56+02:00",
    "1900-02-28T23:59:59+01:00",
    "1900-03-01T00:00:00+01:00",
    "1899-12-31T12:00:00+01:00",
    "9999-12-31T23:59:59+01:00",
    "0001-01-01T12:00:00+00:53:28",  # local mean time
]
DATES = ["0001-01-01", "1899-12-31", "1900-01-01", "1900-02-28", "1900-03-01", "9999-12-31"]
NUMBERS = [0, 1, 10**15 - 1, 10**15, 2**53 - 1, 2**53, 2**53 + 1, 2**64 - 1, 10**20]


def readable(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def texts(field: Field) -> st.SearchStrategy[str]:
    longest = field.schema.get("maxLength", 300)
    characters = st.characters(
        exclude_categories=("Cs", "Cc"),
        exclude_characters="\ufffe\uffff",  # which XML cannot hold
        include_characters="\n" if field.multiline else "",
    )
    made = st.text(characters, min_size=1, max_size=min(longest, 200)).map(readable)
    special = [text for text in AWKWARD + LONG * field.multiline if len(text) <= longest]
    return taken_as_it_is(field, made | st.sampled_from(special))


def taken_as_it_is(field: Field, made: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts that reading neither changes nor complains of."""
    return made.filter(lambda text: understand(field, text, BERLIN) == text)


def times() -> st.SearchStrategy[str]:
    instants = st.datetimes(timezones=st.just(ZoneInfo("UTC"))).filter(
        lambda moment: 1 < moment.year < 9999
    )
    return st.sampled_from(TIMES) | instants.map(
        lambda moment: moment.replace(microsecond=0).astimezone(BERLIN).isoformat()
    )


def values(field: Field) -> st.SearchStrategy[Value]:
    """Values that are valid for a field and have the form that the reader gives them."""
    schema = field.schema
    if field.codelist:
        return st.sampled_from([*field.codelist.codes])
    if field.kind == "integer":
        lowest, highest = schema["minimum"], schema["maximum"]
        numbers = [n for n in NUMBERS if lowest <= n <= highest]
        return st.integers(lowest, highest) | st.sampled_from([lowest, *numbers])
    if field.kind == "boolean":
        return st.booleans()
    if field.kind == "date":
        return st.dates().map(lambda day: day.isoformat()) | st.sampled_from(DATES)
    if field.kind == "datetime":
        return times()
    if schema.get("format") == "uri":
        rest = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
        return taken_as_it_is(field, rest.map(lambda text: f"https://{text}"))
    if "pattern" in schema:
        ascii_only = st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
        return ascii_only.filter(lambda text: len(text) <= schema.get("maxLength", 1000))
    return texts(field)


def rows(schema: TableSchema) -> st.SearchStrategy[dict[str, Value]]:
    fields = schema.fields.values()
    return st.fixed_dictionaries(
        {field.name: values(field) for field in fields if field.required},
        optional={field.name: values(field) for field in fields if not field.required},
    )


@pytest.mark.slow
@pytest.mark.parametrize("schema", STANDARD.public, ids=lambda schema: schema.name)
def test_whatever_is_written_is_read_back(
    schema: TableSchema, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = workspace_of(tmp_path_factory.mktemp("workspace"))

    @given(st.lists(rows(schema), min_size=1, max_size=5))
    @settings(max_examples=15, deadline=None)
    def check(made: list[dict[str, Value]]) -> None:
        tables = {schema.name: table_of(schema, *made)}
        assert round_trip(workspace, only(schema), tables) == values_of(tables)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("schema", STANDARD.public, ids=lambda schema: schema.name)
def test_whatever_is_published_is_read_back(
    schema: TableSchema, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A published CSV is itself what an office may type in: records → csv → read → the same."""
    workspace = workspace_of(tmp_path_factory.mktemp("workspace"))
    workspace.records.mkdir()

    @given(st.lists(rows(schema), min_size=1, max_size=5))
    @settings(max_examples=15)
    def check(made: list[dict[str, Value]]) -> None:
        write_table(table_of(schema, *made), workspace.records / f"{schema.name}.csv")
        records = read(workspace)
        assert not records.findings
        expected = [
            {name: row[name] for name in row if name not in schema.withheld(row)}
            for row in sorted(made, key=lambda row: [row[name] for name in schema.primary_key])
        ]
        assert values_of({"": records.tables[schema.name]}) == {"": expected}

    check()


# --- by hand --------------------------------------------------------------------------------------


def test_examples_are_read_as_the_schema_has_them(tmp_path: Path) -> None:
    tables = {
        schema.name: table_of(
            schema, {n: f.schema["examples"][0] for n, f in schema.fields.items()}
        )
        for schema in STANDARD.public
    }
    assert round_trip(workspace_of(tmp_path), STANDARD, tables) == values_of(tables)


@pytest.mark.parametrize("field", ["text", "long", "datetime", "date", "integer"])
def test_what_is_hard_to_keep_is_kept(tmp_path: Path, field: str) -> None:
    made: dict[str, tuple[str, str, list[Any]]] = {
        "text": ("visions", "name", AWKWARD),
        "long": ("visions", "description", AWKWARD + LONG),
        "datetime": ("sessions", "start", TIMES),
        "date": ("visions", "date", DATES),
        "integer": ("seed_sources", "highest", NUMBERS),
    }
    name, column, hard = made[field]
    schema = STANDARD.tables[name]
    key = schema.primary_key[0]
    written = [{key: f"row-{n}", column: value} for n, value in enumerate(hard)]
    tables = {name: table_of(schema, *written)}
    assert round_trip(workspace_of(tmp_path), only(schema), tables) == values_of(tables)


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "UTC"])
def test_times_of_another_zone_are_kept(tmp_path: Path, zone: str) -> None:
    schema = STANDARD.tables["sessions"]
    starts = [
        dt.datetime.fromisoformat(time).astimezone(ZoneInfo(zone)).isoformat() for time in TIMES[:5]
    ]
    made = [{"id": f"session-{n}", "start": start} for n, start in enumerate(starts)]
    tables = {"sessions": table_of(schema, *made)}
    assert round_trip(workspace_of(tmp_path, zone), only(schema), tables) == values_of(tables)
    # without the zone as with it
    write_workbook(tmp_path / "records.xlsx", only(schema), tables)
    read_back = read(open_workspace(tmp_path))
    assert values_of({"sessions": read_back.tables["sessions"]}) == values_of(tables)


def test_labels_that_clash_are_read_back(make_workspace: MakeWorkspace) -> None:
    """Files with such a list are refused; where one is made, cells show what is unmistakable."""
    labels = {"bus": "Bahn", "rail": "Bahn", "walk": "cycle", "cycle": "Rad"}
    codes = {
        code: Code(code, Label(de, code.title()), Label("", "")) for code, de in labels.items()
    }
    own = {"action_field": CodeList("action_field", codes)}
    workspace = make_workspace({})
    workspace.__dict__["standard"] = load_standard(own)
    schema = workspace.standard.tables["visions"]
    made = [{"id": f"vision-{c}", "action_field": c} for c in ("bus", "rail", "walk", "cycle", "x")]
    tables = {"visions": table_of(schema, *made)}
    write_workbook(workspace.workbook, workspace.standard, tables)
    records = read(workspace)
    assert not records.findings
    assert values_of({"visions": records.tables["visions"]}) == values_of(tables)
    sheet = load_workbook(workspace.workbook)["Zukunftsvisionen"]
    assert [sheet[f"E{row}"].value for row in range(2, 7)] == ["Bus", "Bahn", "Walk", "Rad", "x"]


@pytest.mark.parametrize("name", ["musterstadt", "bielefeld"])
def test_csv_and_workbook_make_the_same_packages(tmp_path: Path, name: str) -> None:
    from_csv = open_workspace(EXAMPLES / name)
    records = read(from_csv)
    shutil.copy(from_csv.root / "div-opendata.toml", tmp_path)
    from_workbook = open_workspace(tmp_path)
    write_workbook(from_workbook.workbook, from_csv.standard, records.tables, from_csv.time_zone)
    again = read(from_workbook)
    assert not again.findings
    write_packages(records, from_csv, tmp_path / "a")
    write_packages(again, from_workbook, tmp_path / "b")
    assert tree_bytes(tmp_path / "a") == tree_bytes(tmp_path / "b")
