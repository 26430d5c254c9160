"""Tables as nobody foresaw them: whatever an office saves under a table's name, it gets findings.

A table of the complete example, or of its private folder, is mutilated as people and programs do
it: columns out, renamed, swapped or twice, rows above and below, cells swapped or left over from a
merge, another file under the name, another delimiter or encoding. There is no traceback, and what
is judged as sound has all that its schema requires.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from div_opendata.assemble.gate.private import read_private
from div_opendata.assemble.packages import judge_records
from div_opendata.base.finding import Finding, errors
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.lottery.register import overdue
from div_opendata.read import read
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.packages import load_standard
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace, open_workspace
from support.edits import EXAMPLE, HEADINGS
from support.private import HOLDERS, LOTTERY, REGISTER
from support.workbooks import workbook
from support.workspaces import TODAY, copy_example, run

Cells = list[list[str]]
Mutilation = Callable[[Cells], Cells]

STANDARD = load_standard()
REGISTER_FILE = f"private/register-{LOTTERY}.csv"
PRIVATE = {
    "private/holders.csv": HOLDERS,
    "private/accepted.csv": f"finding_hash,reason\n{'0' * 64},Ein Beispiel\n",
    REGISTER_FILE: REGISTER,
}
FILES: dict[str, Cells] = {
    **{
        f"records/{name}.csv": [HEADINGS[name], *[list(row.values()) for row in rows]]
        for name, rows in EXAMPLE.items()
    },
    **{file: list(csv.reader(io.StringIO(text))) for file, text in PRIVATE.items()},
}
OTHERS: list[Cells] = [
    [["Name", "Straße", "PLZ", "Ort"], ["Spielplatz am Park", "Parkweg 1", "00000", "Musterstadt"]],
    [["gid", "geom", "bezeichnung", "stand_vom"], ["1", "POINT(7.0 51.0)", "Bücherei", "2024"]],
    [["Jahr", "2023", "2024"], ["Einwohner", "1.000", "1.001"], ["Summe", "", "2.001"]],
    [["id;name;start"], ["1;x;2024-01-01"]],
    [[]],
]
TITLES = [
    ["Übersicht, Stand 1. November 2026"],
    ["", "Stand", "2026"],
    [],
    ["# Hinweis"],
    ["Summe", "", "12"],
    ["* vorläufig"],
    ["", "", "=SUM(A1:A3)"],
    ["-", "-", "-"],
]
WORDS = ["", "Termin", "id", "ID *", "Bezeichnung", "Stand", "beginnn", "x", "Nr.", "start"]
CELLS = [
    "",
    " ",
    "?",
    "0",
    "-1",
    "1,5",
    "x",
    "#NV",
    "31.02.2026",
    "ja",
    "Frau Winter",
    "=1",
    "\x07",
]


# --- what is done to a table ----------------------------------------------------------------------


def _number(draw: st.DrawFn, cells: Cells) -> int:
    """A column."""
    return draw(st.integers(0, max(1, *map(len, cells)) - 1))


def _each(cells: Cells, change: Callable[[list[str]], list[str]]) -> Cells:
    return [change(list(row)) for row in cells]


def _column_out(draw: st.DrawFn, cells: Cells) -> Cells:
    number = _number(draw, cells)
    return _each(cells, lambda row: row[:number] + row[number + 1 :])


def _renamed(draw: st.DrawFn, cells: Cells) -> Cells:
    number, word = _number(draw, cells), draw(st.sampled_from(WORDS))
    return [[*cells[0][:number], word, *cells[0][number + 1 :]], *cells[1:]]


def _headings_swapped(draw: st.DrawFn, cells: Cells) -> Cells:
    return [list(draw(st.permutations(cells[0]))), *cells[1:]]


def _column_twice(draw: st.DrawFn, cells: Cells) -> Cells:
    number = _number(draw, cells)
    return _each(cells, lambda row: row + row[number : number + 1])


def _rows_above(draw: st.DrawFn, cells: Cells) -> Cells:
    return [*draw(st.lists(st.sampled_from(TITLES), min_size=1, max_size=3)), *cells]


def _rows_below(draw: st.DrawFn, cells: Cells) -> Cells:
    return [*cells, *draw(st.lists(st.sampled_from(TITLES), min_size=1, max_size=3))]


def _row_between(draw: st.DrawFn, cells: Cells) -> Cells:
    place = draw(st.integers(0, len(cells)))
    return [*cells[:place], draw(st.sampled_from(TITLES)), *cells[place:]]


def _cells_swapped(draw: st.DrawFn, cells: Cells) -> Cells:
    """Rows whose cells stand in another order."""
    row = draw(st.integers(0, len(cells) - 1))
    return [*cells[:row], list(draw(st.permutations(cells[row]))), *cells[row + 1 :]]


def _cell(draw: st.DrawFn, cells: Cells) -> Cells:
    row, number = draw(st.integers(0, len(cells) - 1)), _number(draw, cells)
    changed = [*cells[row][:number], draw(st.sampled_from(CELLS)), *cells[row][number + 1 :]]
    return [*cells[:row], changed, *cells[row + 1 :]]


def _column_of(draw: st.DrawFn, cells: Cells) -> Cells:
    """A column that says the same, or nothing, in each row."""
    number, word = _number(draw, cells), draw(st.sampled_from(CELLS))
    return [cells[0], *_each(cells[1:], lambda row: [*row[:number], word, *row[number + 1 :]])]


def _unmerged(draw: st.DrawFn, cells: Cells) -> Cells:
    """What merged cells leave when they are unmerged: the value in the first row alone."""
    number = _number(draw, cells)
    rest = _each(cells[2:], lambda row: [*row[:number], "", *row[number + 1 :]])
    return [*cells[:2], *rest]


def _short(draw: st.DrawFn, cells: Cells) -> Cells:
    width = _number(draw, cells)
    row = draw(st.integers(0, len(cells) - 1))
    return [*cells[:row], cells[row][:width], *cells[row + 1 :]]


def _long(draw: st.DrawFn, cells: Cells) -> Cells:
    row = draw(st.integers(0, len(cells) - 1))
    return [*cells[:row], [*cells[row], "", "zu viel"], *cells[row + 1 :]]


def _lines_in_cells(_draw: st.DrawFn, cells: Cells) -> Cells:
    return _each(cells, lambda row: [",".join(row)])


def _other_table(draw: st.DrawFn, _cells: Cells) -> Cells:
    others = [*OTHERS, *FILES.values()]
    return others[draw(st.integers(0, len(others) - 1))]


def _no_headings(_draw: st.DrawFn, cells: Cells) -> Cells:
    return cells[1:] or [[]]


MUTILATIONS = [
    _column_out,
    _renamed,
    _headings_swapped,
    _column_twice,
    _rows_above,
    _rows_below,
    _row_between,
    _cells_swapped,
    _cell,
    _column_of,
    _unmerged,
    _short,
    _long,
    _lines_in_cells,
    _other_table,
    _no_headings,
]


@st.composite
def mutilated(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A file of the example with its content spoilt: what it was, what it is, its bytes."""
    file = draw(st.sampled_from(sorted(FILES)))
    cells = FILES[file]
    for spoil in draw(st.lists(st.sampled_from(MUTILATIONS), min_size=1, max_size=3)):
        cells = spoil(draw, cells)
    if file != REGISTER_FILE and draw(st.booleans()):
        return file, *_as_workbook(file, cells)
    delimiter = draw(st.sampled_from(",;\t|"))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(cells)
    return file, file, text.getvalue().encode(encoding, "replace")


def _as_workbook(file: str, cells: Cells) -> tuple[str, bytes]:
    """The same as the sheet of a workbook, without what no sheet can hold."""
    title = Path(file).stem
    name = f"private/{title}.xlsx" if file in PRIVATE else "records.xlsx"
    kept = [[cell.replace("\x07", "") or None for cell in row] for row in cells]
    return name, workbook({title: kept})


# --- what is made of it ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The complete example with a private folder, to be spoilt and mended."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("city"))
    (root / "private").mkdir()
    for name, text in PRIVATE.items():
        (root / name).write_text(text, encoding="utf-8")
    return open_workspace(root)


def judged(workspace: Workspace) -> tuple[Records, list[Finding]]:
    """What `validate` finds, and what it would print."""
    records, private = read(workspace), read_private(workspace)
    context = Context(TODAY, workspace.time_zone, consents=private.consents)
    found = check(records, context=context)
    found += judge_records(records, workspace, private=private)
    assert findings_text(found, records, "de") + findings_json(found, records)
    overdue(workspace, TODAY)
    return records, found


@cache
def _validator(table: str) -> Draft202012Validator:
    return Draft202012Validator(STANDARD.tables[table].schema)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(spoilt=mutilated())
def test_whatever_is_saved_under_a_tables_name_gives_findings(
    spoilt: tuple[str, str, bytes], city: Workspace
) -> None:
    file, name, content = spoilt
    right = (city.root / file).read_bytes()
    (city.root / file).unlink()
    (city.root / name).write_bytes(content)
    try:
        records, found = judged(city)
    finally:
        (city.root / name).unlink()
        (city.root / file).write_bytes(right)
    for table in records.tables.values():
        for record in table.sound:
            assert not list(_validator(table.schema.name).iter_errors(record.values))
    lost = sum(len(table.records) - len(table.sound) for table in records.tables.values())
    assert errors(found) or not lost


def test_the_example_itself_gives_none(city: Workspace) -> None:
    """What the property spoils is right before."""
    records, found = judged(city)
    assert not errors(found)
    assert all(table.records and table.sound == table.records for table in records.tables.values())


@pytest.mark.parametrize("command", ["validate", "assemble", "status", "publish"])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sessions", "id,", ""),
        ("sessions", ",start,", ",Termin,"),
        ("order_visions", "order_id", "Nr."),
        ("lottery_tickets", "position", "Platz im Topf"),
    ],
)
def test_every_command_says_what_is_wrong(
    command: str, file: str, old: str, new: str, musterstadt: Path
) -> None:
    """For one heading that is missing or not known, with status 1 and no traceback."""
    path = musterstadt / f"records/{file}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    arguments: list[Any] = ["--yes"] if command == "publish" else []
    done = run(command, *arguments, musterstadt)
    assert done.returncode == 1
    assert "DIV0" in done.stdout
    assert "Traceback" not in done.stderr
