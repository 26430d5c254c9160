"""What an office begins with: the workspace that `new` makes, and a workbook that is read back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from div_opendata.assemble.packages import write_packages, write_table
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.i18n import Label
from div_opendata.cli.main import cli
from div_opendata.read import read
from div_opendata.read.values import understand
from div_opendata.report.manuals import manuals
from div_opendata.standard.codelists import Code, CodeList
from div_opendata.standard.packages import Package, Standard, load_standard, source
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import Field, TableSchema, Value
from div_opendata.workspace.settings import Workspace, open_workspace
from div_opendata.workspace.template import book
from div_opendata.workspace.template.new import new_workspace
from div_opendata.workspace.template.workbook import write_workbook
from support.workspaces import CONFIGURATION, EXAMPLES, MakeWorkspace, tree_bytes

BERLIN = ZoneInfo("Europe/Berlin")
STANDARD = load_standard()
CONFIGURATION_SCHEMA = json.loads((source("schemas") / "configuration.json").read_bytes())


@pytest.fixture(autouse=True)
def _few_prepared_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take most of the time that a workbook takes."""
    monkeypatch.setattr(book, "PREPARED_ROWS", 3)


# --- the workspace


def test_a_new_workspace_opens_and_holds_no_records(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "city"
    made = new_workspace(folder)
    assert {path.relative_to(folder).as_posix() for path in made} == set(tree_bytes(folder))
    assert set(tree_bytes(folder)) == {
        "div-opendata.toml",
        ".gitignore",
        "private/LIESMICH.txt",
        "records.xlsx",
    }
    records = read(open_workspace(folder))
    assert not records.findings
    assert not any(table.records for table in records.tables.values())
    assert [path.name for path in folder.parent.iterdir()] == ["city"]


def keys(schema: dict[str, Any]) -> list[str]:
    """Every key that a schema knows, at any depth."""
    below = [*schema.get("properties", {}).items()]
    inner = [part for part in (schema.get("items"), schema.get("additionalProperties")) if part]
    return [
        *(name for name, _ in below),
        *(key for part in [*(part for _, part in below), *inner] for key in keys(part)),
    ]


def test_every_key_is_in_the_configuration_and_explained(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    lines = (tmp_path / "city" / "div-opendata.toml").read_text(encoding="utf-8").splitlines()
    assert len(keys(CONFIGURATION_SCHEMA)) > 20
    for key in keys(CONFIGURATION_SCHEMA):
        setting = re.compile(rf"(# )?(\[+([a-z]+\.)?{key}(\.[a-z]+)?\]+|{key} = \S.*?) +# \w.*")
        assert any(setting.fullmatch(line) for line in lines), key


def test_what_is_switched_off_in_the_configuration_can_be_switched_on(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    path = tmp_path / "city" / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text), encoding="utf-8")
    configuration = open_workspace(tmp_path / "city").configuration
    assert configuration.release.uri_base
    assert configuration.release.notice
    assert len(configuration.release.sources) == 1
    assert configuration.site.imprint_url.endswith("/impressum")


def test_example_addresses_are_nobodys(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    text = (tmp_path / "city" / "div-opendata.toml").read_text(encoding="utf-8")
    hosts = re.findall(r"(?:https?://|@)([^/\"\s:]+)", text)
    assert hosts
    official = {"127.0.0.1", "dcat-ap.de"}  # a list of GovData's, not somebody's address
    assert all(host.endswith(".example") or host in official for host in hosts)


def test_private_is_explained_and_never_versioned(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    lines = (tmp_path / "city" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/private/", "/build", "/.div-opendata/", "/portal/"} <= set(lines)
    guide = (tmp_path / "city" / "private" / "LIESMICH.txt").read_text(encoding="utf-8")
    for schema in STANDARD.tables.values():
        if not schema.public:
            assert f"{schema.name}.csv" in guide
            assert ", ".join(schema.fields) in guide


def promised(text: str) -> set[str]:
    """What a text says the tool does: its commands that do not exist, and rules unknown to it."""
    named = set(re.findall(r"div-opendata ([a-z]+)", text))
    return (named - set(cli.commands)) | (set(re.findall(r"DIV[0-9]{3}", text)) - {*manuals()})


def test_the_private_folder_promises_nothing(tmp_path: Path) -> None:
    new_workspace(tmp_path / "city")
    guide = (tmp_path / "city" / "private" / "LIESMICH.txt").read_text(encoding="utf-8")
    assert not promised(guide)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    before = folder.stat().st_ino
    new_workspace(folder)
    assert open_workspace(folder)
    assert folder.stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == ["city"]


def test_the_current_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = new_workspace(Path())
    assert all(path.is_file() for path in made)
    assert Path("div-opendata.toml") in made


@pytest.mark.parametrize("name", ["occupied", "file"])
def test_what_is_there_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "note.txt").write_bytes(b"note")
    (tmp_path / "file").write_bytes(b"file")
    before = tree_bytes(tmp_path)
    with pytest.raises(UsageProblem) as raised:
        new_workspace(tmp_path / name)
    assert "Choose" in raised.value.remedy.text("en")
    assert tree_bytes(tmp_path) == before


def test_what_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Problem) as raised:
        new_workspace(tmp_path / "file" / "city")
    assert raised.value.status == 3


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("dies_in", ["write_workbook", "shutil.move"])
def test_nothing_is_left_half_made(tmp_path: Path, exists: bool, dies_in: str) -> None:
    folder = tmp_path / "city"
    if exists:
        folder.mkdir()
    moved = 0

    def die(*arguments: Any) -> None:
        nonlocal moved
        moved += 1
        if dies_in == "shutil.move" and moved < 3:
            shutil.copytree(*arguments) if moved == 1 else shutil.copyfile(*arguments)
        else:
            raise KeyboardInterrupt

    with patch(f"div_opendata.workspace.template.new.{dies_in}", die):
        if dies_in == "shutil.move" and not exists:
            new_workspace(folder)  # it is renamed, at once
            return
        with pytest.raises(KeyboardInterrupt):
            new_workspace(folder)
    assert [path.name for path in tmp_path.rglob("*")] == (["city"] if exists else [])


# --- the workbook as people see it


@pytest.fixture(scope="module")
def workbook_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of a new workspace, with all its rows."""
    path = tmp_path_factory.mktemp("workbook") / "records.xlsx"
    with patch.object(book, "PREPARED_ROWS", 500):
        write_workbook(path, STANDARD)
    return path


@pytest.fixture(scope="module")
def empty(workbook_file: Path) -> Workbook:
    return load_workbook(workbook_file)


PEOPLES = [schema for schema in STANDARD.public if schema.for_people]


def validation(sheet: Any, cell: str) -> Any:
    return next(
        (item for item in sheet.data_validations.dataValidation if cell in item.sqref), None
    )


def column_of(schema: TableSchema, field: str) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[[*schema.fields].index(field)]


def test_sheets_are_in_the_order_of_filling_in(empty: Workbook) -> None:
    assert empty.sheetnames == ["_Anleitung", *(s.title.de for s in PEOPLES), "_Listen"]
    assert empty["_Listen"].sheet_state == "hidden"
    for number, schema in enumerate(PEOPLES):
        earlier = {other.name for other in PEOPLES[: number + 1]}
        assert {key.table for key in schema.foreign_keys} <= earlier


@pytest.mark.parametrize("schema", PEOPLES, ids=lambda schema: schema.name)
def test_headings_say_what_is_required_and_carry_help(empty: Workbook, schema: TableSchema) -> None:
    sheet = empty[schema.title.de]
    assert sheet.max_column == len(schema.fields)
    for field, cell in zip(schema.fields.values(), sheet[1], strict=True):
        assert cell.value == field.title.de + (" *" if field.required else "")
        assert cell.font.b
        assert cell.fill.fgColor.rgb in {"001F3864", "00D9E2F3"}
        assert cell.alignment.wrap_text
        assert cell.comment
        text = cell.comment.text
        assert text.startswith(field.description.de)
        assert ("\nPflichtfeld.\n" in text) == field.required
        assert "\nForm: " in text
        assert "\nBeispiel: " in text


def test_notes_are_large_enough_to_read(workbook_file: Path) -> None:
    """openpyxl does not read their sizes."""
    with zipfile.ZipFile(workbook_file) as archive:
        drawings = b"".join(archive.read(p) for p in archive.namelist() if p.endswith(".vml"))
    sizes = re.findall(rb"width:(\d+)px;height:(\d+)px", drawings)
    assert len(sizes) == sum(len(schema.fields) for schema in PEOPLES)
    assert {int(width) for width, _ in sizes} == {380}
    assert min(int(height) for _, height in sizes) > 100


def test_help_is_in_the_form_that_the_office_types(empty: Workbook) -> None:
    def note(sheet: str, field: str) -> str:
        schema = next(s for s in PEOPLES if s.title.de == sheet)
        return str(empty[sheet][f"{column_of(schema, field)}1"].comment.text)

    assert "31.12.2026 18:00" in note("Sitzungen", "start")
    assert note("Sitzungen", "start").endswith("Beispiel: 12.03.2025 17:30")
    assert note("Sitzungen", "state").endswith("Beispiel: Abgehalten")
    assert "Pflichtfeld nur in bestimmten Fällen" in note("Sitzungen", "participant_count")
    assert note("Sitze", "filled").endswith("Beispiel: ja")
    assert "von 1 bis 15" in note("Sitze", "seat_number")
    assert "ID aus der Tabelle „Innovationszirkel“" in note("Sitze", "circle_id")


@pytest.mark.parametrize("schema", PEOPLES, ids=lambda schema: schema.name)
def test_rows_are_prepared(empty: Workbook, schema: TableSchema) -> None:
    sheet = empty[schema.title.de]
    expected = {"date": "DD.MM.YYYY", "datetime": "DD.MM.YYYY HH:MM", "integer": "0"}
    for row in (2, 501):
        formats = [cell.number_format for cell in sheet[row]]
        assert formats == [expected.get(f.kind, "@") for f in schema.fields.values()]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{column_of(schema, [*schema.fields][-1])}501"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


@pytest.mark.parametrize("schema", PEOPLES, ids=lambda schema: schema.name)
def test_drop_downs(empty: Workbook, schema: TableSchema) -> None:
    keys = {key.fields[0]: key.table for key in schema.foreign_keys}
    for field in schema.fields.values():
        cell = f"{column_of(schema, field.name)}2000"
        item = validation(empty[schema.title.de], cell)
        if not (field.codelist or field.kind == "boolean" or field.name in keys):
            assert item is None
            continue
        assert item.type == "list"
        assert item.showErrorMessage
        assert not item.showDropDown  # which would hide the arrow
        assert len(item.errorTitle) <= 32
        assert len(item.error) <= 225
        assert len(item.formula1) <= 255
        lenient = field.open_list or field.name in keys
        assert item.errorStyle == ("warning" if lenient else "stop")
        if field.name in keys:
            assert f"'{STANDARD.tables[keys[field.name]].title.de}'!$A$2:$A$2000" in item.formula1
        elif field.kind == "boolean":
            assert item.formula1 == '"ja,nein"'


def test_long_lists_stand_in_a_hidden_sheet(empty: Workbook) -> None:
    labels = [code.label.de for code in STANDARD.codelists["table"].codes.values()]
    listed = [cell.value for cell in empty["_Listen"]["A"]]
    assert listed == ["table", *labels]
    item = validation(empty["Abweichungen"], "C2")
    assert item.formula1 == f"'_Listen'!$A$2:$A${len(labels) + 1}"
    state = validation(empty["Sitzungen"], "E2")
    assert state.formula1 == '"Geplant,Eingeladen,Abgehalten,Abgesagt"'


def codelist(name: str, **labels: str) -> CodeList:
    """A code list of the German labels given; its English labels are the codes."""
    codes = {code: Code(code, Label(text, code), Label("", "")) for code, text in labels.items()}
    return CodeList(name, codes)


def test_labels_with_commas_stand_in_a_hidden_sheet(tmp_path: Path) -> None:
    own = codelist("action_field", mobility="Bus, Bahn und Rad", energy="=Energie")
    write_workbook(tmp_path / "records.xlsx", load_standard({"action_field": own}))
    workbook = load_workbook(tmp_path / "records.xlsx")
    assert [cell.value for cell in workbook["_Listen"]["A"]][:3] == [
        "action_field",
        "Bus, Bahn und Rad",
        "=Energie",
    ]
    assert workbook["_Listen"]["A3"].data_type == "s"
    item = validation(workbook["Zukunftsvisionen"], "E2")
    assert item.formula1 == "'_Listen'!$A$2:$A$3"
    assert item.errorStyle == "warning"


def test_the_guide_has_an_example_row_for_each_sheet(empty: Workbook) -> None:
    rows = [[cell.value for cell in row] for row in empty["_Anleitung"].iter_rows()]
    texts = [str(value) for row in rows for value in row if value is not None]
    assert not promised("\n".join(texts[: texts.index("Beispiele")]))
    assert any("div-opendata validate" in text for text in texts)
    assert any("Auslosungen, Zufallsquellen, Lose, Nachrückungen" in text for text in texts)
    for schema in PEOPLES:
        headings = [f.title.de + (" *" if f.required else "") for f in schema.fields.values()]
        at = next(number for number, row in enumerate(rows) if row[: len(headings)] == headings)
        assert rows[at - 1][0] == schema.title.de
        assert None not in rows[at + 1][: len(headings)]
        links = [
            row[0].hyperlink.location for row in empty["_Anleitung"].iter_rows() if row[0].hyperlink
        ]
        assert f"'{schema.title.de}'!A1" in links


def test_examples_are_read_as_the_schema_has_them(tmp_path: Path) -> None:
    tables = {
        schema.name: table_of(
            schema, {n: f.schema["examples"][0] for n, f in schema.fields.items()}
        )
        for schema in STANDARD.public
    }
    assert round_trip(workspace_of(tmp_path), STANDARD, tables) == values_of(tables)


# --- read back


def table_of(schema: TableSchema, *values: Mapping[str, Value]) -> Table:
    return Table(schema, records=[Record(dict(v), row) for row, v in enumerate(values, 2)])


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


AWKWARD = [
    "#N/A",
    "#REF!",
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
        lowest, highest = schema["minimum"], schema.get("maximum")
        numbers = [n for n in NUMBERS if lowest <= n <= (highest or n)]
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


def only(schema: TableSchema) -> Standard:
    """A standard of one table: quick to write."""
    text = Label("", "")
    package = Package("one", text, text, {}, (), (schema.name,))
    return dataclasses.replace(STANDARD, packages={"one": package})


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


def test_cells_are_what_an_office_would_have(tmp_path: Path) -> None:
    sessions, seeds = STANDARD.tables["sessions"], STANDARD.tables["seed_sources"]
    tables = {
        "sessions": table_of(
            sessions,
            {"id": "session-1", "start": "2026-07-01T18:00:00+02:00", "state": "held"},
            {"id": "session-2", "start": "2026-07-01T18:00:07+02:00", "participant_count": 42},
            {"id": "session-3", "start": "2026-10-25T02:30:00+01:00"},
        ),
        "seed_sources": table_of(
            seeds, {"lottery_id": "lottery-1", "highest": 2**53, "in_session": True}
        ),
        "seats": table_of(STANDARD.tables["seats"], {"id": "seat-1", "start_month": "2026-09"}),
    }
    path = tmp_path / "records.xlsx"
    write_workbook(path, STANDARD, tables, BERLIN)
    workbook = load_workbook(path)
    sheet = workbook["Sitzungen"]
    assert [sheet[f"C{row}"].data_type for row in (2, 3, 4)] == ["d", "d", "s"]
    assert sheet["C2"].number_format == "DD.MM.YYYY HH:MM"
    assert sheet["C3"].number_format == "DD.MM.YYYY HH:MM:SS"
    assert sheet["C4"].value == "2026-10-25T02:30:00+01:00"
    assert sheet["E2"].value == "Abgehalten"
    assert sheet["G3"].value == 42
    sources = workbook["Zufallsquellen"]
    assert sources[f"{column_of(seeds, 'highest')}2"].value == str(2**53)
    assert sources[f"{column_of(seeds, 'in_session')}2"].value == "ja"
    assert workbook["Sitze"]["I2"].value == "2026-09"
    assert sheet.row_dimensions[2].height == 18


def test_rows_grow_when_somebody_types_more(tmp_path: Path) -> None:
    schema = STANDARD.tables["visions"]
    tables = {"visions": table_of(schema, {"id": "vision-1", "description": "Text " * 100})}
    write_workbook(tmp_path / "records.xlsx", only(schema), tables)
    with zipfile.ZipFile(tmp_path / "records.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    height = re.search(r'<row r="2" ht="(\d+)"', sheet)
    assert height
    assert int(height[1]) > 100
    assert "customHeight" not in sheet


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


def test_nothing_becomes_a_formula_or_an_error(tmp_path: Path) -> None:
    schema = STANDARD.tables["visions"]
    dangerous = ["=1+1", '=HYPERLINK("https://evil.example")', "@SUM(A1)", "+1", "-1", "#N/A"]
    made = [{"id": f"vision-{n}", "name": text} for n, text in enumerate(dangerous)]
    write_workbook(tmp_path / "records.xlsx", STANDARD, {"visions": table_of(schema, *made)})
    workbook = load_workbook(tmp_path / "records.xlsx")
    cells = [workbook["Zukunftsvisionen"][f"B{row}"] for row in range(2, len(dangerous) + 2)]
    assert [cell.value for cell in cells] == dangerous
    assert {cell.data_type for cell in cells} == {"s"}
    kinds = {c.data_type for s in workbook.worksheets for row in s.iter_rows() for c in row}
    assert kinds == {"s", "n", "d"}


@pytest.mark.parametrize("text", ["a\uffffb", "a\x00b", "x" * 32_768])
def test_what_a_workbook_cannot_hold_is_refused(tmp_path: Path, text: str) -> None:
    schema = STANDARD.tables["visions"]
    tables = {"visions": table_of(schema, {"id": "vision-1", "name": text})}
    with pytest.raises(UsageProblem, match="B2 in the sheet “Zukunftsvisionen”"):
        write_workbook(tmp_path / "records.xlsx", STANDARD, tables)
    assert not (tmp_path / "records.xlsx").exists()


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


def test_tables_of_the_tool_have_a_sheet_where_they_have_records(tmp_path: Path) -> None:
    tickets, lotteries = STANDARD.tables["lottery_tickets"], STANDARD.tables["lotteries"]
    holders = STANDARD.tables["holders"]
    tables = {
        "lottery_tickets": table_of(tickets, {"lottery_id": "lottery-1", "position": 1}),
        "lotteries": table_of(lotteries),
        "holders": table_of(holders, {"seat_id": "seat-1", "name": "Nie zu sehen"}),
    }
    write_workbook(tmp_path / "records.xlsx", STANDARD, tables)
    workbook = load_workbook(tmp_path / "records.xlsx")
    assert "Lose" in workbook.sheetnames
    assert "Auslosungen" not in workbook.sheetnames
    assert holders.title.de not in workbook.sheetnames
    assert validation(workbook["Lose"], "A2") is None  # what it refers to has no sheet
    assert validation(workbook["Lose"], "F2").formula1 == '"Gezogen,Reserve,Übergangen"'
    with zipfile.ZipFile(tmp_path / "records.xlsx") as archive:
        assert not any(b"Nie zu sehen" in archive.read(part) for part in archive.namelist())


def test_many_records_have_drop_downs_too(tmp_path: Path) -> None:
    schema = STANDARD.tables["visions"]
    sessions = STANDARD.tables["sessions"]
    tables = {
        "sessions": table_of(sessions, *({"id": f"session-{n}"} for n in range(2100))),
        "visions": table_of(schema, *({"id": f"vision-{n}"} for n in range(2100))),
    }
    standard = dataclasses.replace(
        STANDARD,
        packages={
            "two": Package("two", Label("", ""), Label("", ""), {}, (), ("sessions", "visions"))
        },
    )
    write_workbook(tmp_path / "records.xlsx", standard, tables)
    sheet = load_workbook(tmp_path / "records.xlsx")["Zukunftsvisionen"]
    assert "$A$2:$A$2103" in validation(sheet, "C2101").formula1
    assert sheet.auto_filter.ref == "A1:H2101"


def test_the_same_records_make_the_same_workbook(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_workbook(tmp_path / f"{name}.xlsx", STANDARD)
    parts = []
    for name in ("a", "b"):
        with zipfile.ZipFile(tmp_path / f"{name}.xlsx") as archive:
            parts.append({part: archive.read(part) for part in archive.namelist()})
    assert parts[0] == parts[1]


def test_importing_is_quick() -> None:
    code = "import sys, div_opendata.workspace.template.new; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


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
