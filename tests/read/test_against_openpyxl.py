"""On ordinary workbooks the reader says what openpyxl says."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from div_opendata.read.raw import Formula
from div_opendata.read.xlsx import read_xlsx
from support.workbooks import workbook

LETTERS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff_")
TEXTS = st.text(LETTERS, min_size=1, max_size=30).filter(
    lambda text: not text.startswith(("=", "#"))
)
MOMENTS = st.datetimes(dt.datetime(1904, 1, 1), dt.datetime(2199, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
DAYS = st.dates(dt.date(1904, 1, 1), dt.date(2199, 12, 31))
WHOLE = st.integers(-(10**10), 10**10)
PARTS = st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.15g}"))
CELLS = st.one_of(st.none(), TEXTS, WHOLE, PARTS, st.booleans(), MOMENTS, DAYS, st.just("=1+1"))
SHEETS = st.dictionaries(
    st.from_regex("[A-Za-zÄäß][A-Za-z0-9 äöü]{0,20}[a-z]", fullmatch=True),
    st.lists(st.lists(CELLS, max_size=6), max_size=6),
    min_size=1,
    max_size=3,
).filter(lambda sheets: len({name.casefold() for name in sheets}) == len(sheets))


def plain(value: Any) -> Any:
    """A cell of either reader: what spreadsheets do not tell apart is the same."""
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value


def as_openpyxl_reads(content: bytes) -> dict[str, dict[str, Any]]:
    return {
        sheet.title: {
            cell.coordinate: plain(cell.value)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets
    }


def as_read(path: Path) -> dict[str, dict[str, Any]]:
    letters = "ABCDEFGHIJ"
    return {
        sheet.name or "": {
            f"{letters[n]}{number}": plain(cell)
            for number, cells in sheet.rows
            for n, cell in enumerate(cells)
            if cell is not None
        }
        for sheet in read_xlsx(path, path.name, 10)
    }


@given(sheets=SHEETS)
@settings(max_examples=60, deadline=None)
def test_the_same_cells(sheets: dict[str, list[list[Any]]], shared: Path) -> None:
    content = workbook(sheets)
    shared.write_bytes(content)
    assert as_read(shared) == as_openpyxl_reads(content)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books") / "records.xlsx"
