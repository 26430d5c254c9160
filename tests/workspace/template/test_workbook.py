"""The workbook as people see it: headings, help, drop-downs, and what stands in its cells."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Label
from div_opendata.standard.codelists import Code, CodeList
from div_opendata.standard.packages import Package, load_standard
from div_opendata.standard.tables import TableSchema
from div_opendata.workspace.template import draft
from div_opendata.workspace.template.workbook import write_workbook
from support.promises import promised
from support.tables import STANDARD, only, table_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def workbook_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of a new workspace, with all its rows."""
    path = tmp_path_factory.mktemp("workbook") / "records.xlsx"
    with patch.object(draft, "PREPARED_ROWS", 500):
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
        tables = field.codelist is STANDARD.codelists["table"]  # their English names will do
        lenient = field.open_list or field.name in keys or tables
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


# --- with records ---------------------------------------------------------------------------------


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
