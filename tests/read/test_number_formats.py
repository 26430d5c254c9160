"""What a cell of a workbook shows is what is meant; what it does not show is asked about."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.base.finding import Place
from div_opendata.read.raw import Raw, raw_text
from div_opendata.read.values import understand
from div_opendata.read.xlsx.number_format import GERMAN, NumberFormat
from div_opendata.standard.packages import load_standard
from support.workbooks import edited, workbook
from support.workspaces import MakeWorkspace, examine

STANDARD = load_standard()
FIELDS = {
    "text": STANDARD.tables["visions"].fields["reference"],
    "code": STANDARD.tables["sessions"].fields["state"],
    "integer": STANDARD.tables["sessions"].fields["participant_count"],
    "percent": STANDARD.tables["follow_ups"].fields["progress"],
    "boolean": STANDARD.tables["seats"].fields["filled"],
    "date": STANDARD.tables["visions"].fields["date"],
    "datetime": STANDARD.tables["sessions"].fields["start"],
    "month": STANDARD.tables["seats"].fields["start_month"],
}
ASKED = "DIV015"


def cell_of(value: float | str, code: str, *, from_1904: bool = False) -> Raw:
    form = NumberFormat(code)
    return form.text(value) if isinstance(value, str) else form.number(value, from_1904=from_1904)


def read_as(kind: str, value: float | str, code: str, *, from_1904: bool = False) -> Any:
    """The value that a field takes of a cell, or the code of the finding."""
    cell = cell_of(value, code, from_1904=from_1904)
    understood = understand(FIELDS[kind], cell, ZoneInfo("Europe/Berlin"))
    return understood(Place()).code if callable(understood) else understood


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (42, "General", "42"),
        (42, "0", "42"),
        (42, "@", "42"),
        (42, "0000", "0042"),
        (7, '"DIV 2024/"00', "DIV 2024/07"),
        (7, "\\D\\I\\V\\ 00", "DIV 07"),
        (202407, '0000"/"00', "2024/07"),
        (3051234, "00-00-00", "305-12-34"),
        (30, "0.00", "30,00"),
        (1000, "#,##0", "1.000"),
        (1234567, "#,##0.00", "1.234.567,00"),
        (1234, "# ##0", "1 234"),
        (30, "#,##0.00\\ [$€-407]", "30,00 €"),
        (30, '0" Personen"', "30 Personen"),
        (-30, '0" Personen"', "-30 Personen"),
        (-30, "0;(0)", "(30)"),
        (0, '0;-0;"keine"', "keine"),
        (0, "#", ""),
        (30.5, "0.0#", "30,5"),
        (30.4, "0", "30"),
        (0.4, "0%", "40%"),
        (0.405, "0.0 %", "40,5 %"),
        (1, "0%", "100%"),
        (2000, "0,", "2"),
        (1234567, '0.0,,"\N{NO-BREAK SPACE}Mio."', "1,2\N{NO-BREAK SPACE}Mio."),
        (30, GERMAN[41], "30"),
        (30, GERMAN[44], "30,00 €"),
        (0, GERMAN[43], "-"),
        (10**11, "General", "1,00000E+11"),
        (1, '[=1]"ja";[=0]"nein"', "ja"),
        (5, '[<10]"wenige";[>=10]0', "wenige"),
        ("Bus", '"Linie "@', "Linie Bus"),
        ("Bus", ";;;", ""),
        ("Bus", "0.00", "Bus"),
        ("Bus", GERMAN[44], "Bus"),
        (45364, "DD.MM.YYYY", "2024-03-13"),
        (45364.7291666, "DD.MM.YYYY HH:MM", "2024-03-13T17:30:00"),
        (45364.999999, "DD.MM.YYYY HH:MM", "2024-03-14T00:00:00"),
        (45364, "dddd, d. mmmm yyyy", "2024-03-13"),
        (45364.5, "dddd, d. mmmm yyyy", "Mittwoch, 13. März 2024"),
        (45364, "mmm yy", "Mrz 24"),
        (45364, "d. mmm", "13. Mrz"),
        (45364.7291666, "hh:mm", "17:30"),
        (45364.7291666, "d.m.yy h:mm AM/PM", "2024-03-13T17:30:00"),
        (0.5, "hh:mm", "12:00:00"),
        (1.5, "[hh]:mm", "1 day, 12:00:00"),
        (60, "DD.MM.YYYY", "29.02.1900"),
        (1, "DD.MM.YYYY", "01.01.1900"),
        (0.75, "DD.MM.YYYY HH:MM", "00.01.1900 18:00"),
        (-1, "DD.MM.YYYY", "########"),
    ],
)
def test_what_a_cell_shows(value: float | str, code: str, shown: str) -> None:
    cell = cell_of(value, code)
    text = cell.isoformat() if isinstance(cell, dt.datetime) else raw_text(cell)
    assert text == shown


@pytest.mark.parametrize(
    ("kind", "value", "code", "expected"),
    [
        # what is shown is the text
        ("text", 42, "0000", "0042"),
        ("text", 7, '"DIV 2024/"00', "DIV 2024/07"),
        ("text", 202407, '0000"/"00', "2024/07"),
        ("text", 0.4, "0%", "40%"),
        ("text", "Bus", '"Linie "@', "Linie Bus"),
        ("code", 1, '"Abgehalten"', "held"),
        ("boolean", 0, '[=1]"ja";[=0]"nein"', False),
        # … unless another program shows another one
        ("text", 1000, "#,##0", ASKED),
        ("text", 30, "0.00", ASKED),
        ("text", 45364, "DD.MM.YYYY", ASKED),
        ("text", 10**11, "General", ASKED),
        ("text", "Bus", ";;;", ASKED),
        # the same number in other clothes
        ("integer", 30, "0.00", 30),
        ("integer", 1000, "#,##0", 1000),
        ("integer", 1234, "# ##0", 1234),
        ("integer", 30, '0" Personen"', 30),
        ("integer", 30, GERMAN[44], 30),
        ("integer", 42, "0000", 42),
        ("integer", -3, "0;(0)", -3),
        # another number
        ("integer", 0.4, "0%", ASKED),
        ("integer", 40, '0" %"', ASKED),
        ("integer", 30.4, "0", ASKED),
        ("integer", 2000, "0,", ASKED),
        ("integer", 0.5, "# ?/?", ASKED),
        ("integer", 30, "0.00E+00", ASKED),
        ("integer", 3, '0" Mio."', ASKED),
        ("integer", 3, "0\\ T€", ASKED),
        ("integer", 7, '"DIV 2024/"00', ASKED),
        ("integer", 7, '"-"0', ASKED),
        ("integer", -7, "0;0", ASKED),
        ("integer", 202407, '0000"/"00', ASKED),
        ("integer", 0, GERMAN[43], ASKED),
        ("integer", 0, "#", ASKED),
        ("integer", 30, ";;;", ASKED),
        ("integer", 45364, "DD.MM.YYYY", "2024-03-13"),  # the schema says that it is no number
        # percent, where they are counted
        ("percent", 0.4, "0%", 40),
        ("percent", 1, "0%", 100),
        ("percent", 0, "0%", 0),
        ("percent", 0.07, "0.00 %", 7),
        ("percent", 0.405, "0.0%", "40.5"),
        ("percent", 0.405, "0%", ASKED),
        ("percent", 40, "0", 40),
        ("percent", 40, '0" %"', 40),
        ("percent", 40, "0.00", 40),
        # dates and times
        ("date", 45364, "DD.MM.YYYY", "2024-03-13"),
        ("date", 45364, "D. MMM YY", "2024-03-13"),
        ("date", 45364.6, "DD.MM.YYYY", ASKED),
        ("date", 45364, "MM.YYYY", ASKED),
        ("date", 45364, "d. mmm", ASKED),
        ("date", 60, "DD.MM.YYYY", ASKED),
        ("date", 1461, "DD.MM.YYYY", ASKED),
        ("date", 1462, "DD.MM.YYYY", "1904-01-01"),
        ("datetime", 45364.7291666, "DD.MM.YYYY HH:MM", "2024-03-13T17:30:00+01:00"),
        ("datetime", 45364.72917, "DD.MM.YYYY HH:MM:SS", "2024-03-13T17:30:00+01:00"),
        ("datetime", 45364.7293, "DD.MM.YYYY HH:MM", ASKED),
        ("datetime", 45364.75, "DD.MM.YYYY HH \\U\\h\\r", "2024-03-13T18:00:00+01:00"),
        ("datetime", 45364.75, "DD.MM.YYYY", ASKED),
        ("datetime", 45364.75, "HH:MM", ASKED),
        ("datetime", 45364, "DD.MM.YYYY HH:MM", ASKED),
        ("datetime", 45364, "DD.MM.YYYY", ASKED),
        ("datetime", 0.75, "DD.MM.YYYY HH:MM", ASKED),
        ("month", 45352, "mmm yy", "2024-03"),
        ("month", 45364, "MM.YYYY", "2024-03"),
        ("month", 45364, "DD.MM.YYYY", ASKED),
        # letters that no format has
        ("date", 45364, "TT.MM.JJJJ", ASKED),
        ("integer", 30, "0x", ASKED),
        ("text", 30, '0"', ASKED),
    ],
)
def test_what_a_field_takes(kind: str, value: float | str, code: str, expected: object) -> None:
    understood = read_as(kind, value, code)
    assert (understood, type(understood)) == (expected, type(expected))


def test_the_calendar_of_1904() -> None:
    """That of the old Macintosh, which a workbook may have: four years and a day apart."""
    assert read_as("date", 45364 - 1462, "DD.MM.YYYY", from_1904=True) == "2024-03-13"
    assert read_as("date", 0, "DD.MM.YYYY", from_1904=True) == "1904-01-01"
    assert read_as("date", -1, "DD.MM.YYYY", from_1904=True) == ASKED


@given(
    st.datetimes(dt.datetime(1904, 1, 1), dt.datetime(2199, 12, 31)).filter(  # noqa: DTZ001
        lambda moment: moment.time() != dt.time(0)
    )
)
def test_a_second_survives_its_number(moment: dt.datetime) -> None:
    """Excel keeps a time as a fraction of a day, which is never quite it."""
    moment = moment.replace(microsecond=0)
    serial = (moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)  # noqa: DTZ001
    cell = cell_of(float(f"{serial:.15g}"), "DD.MM.YYYY HH:MM:SS")
    assert cell == moment


@given(
    st.integers(0, 10**10), st.sampled_from(["0", "#,##0", "0.00", "0000", GERMAN[44], "General"])
)
def test_a_whole_number_is_itself_in_all_usual_formats(number: int, code: str) -> None:
    if number or code != GERMAN[44]:
        assert read_as("integer", number, code) == number


@given(st.floats(-1e9, 1e9), st.text('0#?,.%;@[]"\\_*ymdhsEeAMP/$- €x', max_size=20))
def test_any_format_gives_something(value: float, code: str) -> None:
    """Whatever a file has for a format, a cell is a value or is asked about."""
    for kind in FIELDS:
        read_as(kind, value, code)
        read_as(kind, "Bus", code)


def findings_of(
    make_workspace: MakeWorkspace, sheet: str, rows: list[list[Any]], cell: str, code: str
) -> list[tuple[str, str | None, str, str]]:
    """What is found in a workbook with one formatted cell: code, cell, message and remedy."""

    def set_format(book: openpyxl.Workbook) -> None:
        book.worksheets[0][cell].number_format = code

    book = edited(workbook({sheet: rows}), set_format)
    _, findings = examine(make_workspace({"records.xlsx": book}))
    return [(f.code, f.place.cell, f.message.text("de"), f.remedy.text("de")) for f in findings]


SESSIONS: list[list[Any]] = [
    ["ID", "Name", "Beginn", "Stand", "Zahl der Teilnehmenden"],
    ["session-1", "Auftakt", dt.datetime(2026, 3, 12, 18), "Abgehalten", 30],  # noqa: DTZ001
]


def test_a_question_quotes_what_is_shown_and_held(make_workspace: MakeWorkspace) -> None:
    """And says what to do first, for whoever only types again gets the same again."""
    rows = [SESSIONS[0], [*SESSIONS[1][:4], 0.4]]
    ((code, cell, message, remedy),) = findings_of(make_workspace, "Sitzungen", rows, "E2", "0%")
    assert (code, cell) == (ASKED, "E2")
    assert "„40%“" in message
    assert "0,4" in message
    assert "erst als Zahl ohne Dezimalstellen formatieren" in remedy


def test_a_hidden_time_is_shown(make_workspace: MakeWorkspace) -> None:
    hidden = dt.datetime(2024, 3, 13, 14, 31, 12)  # noqa: DTZ001
    rows: list[list[Any]] = [
        ["ID", "Name", "Datum", "Aktionsfeld", "Beschreibung"],
        ["vision-1", "Eins", hidden, "Mobilität", "Text"],
    ]
    ((code, cell, message, _),) = findings_of(
        make_workspace, "Zukunftsvisionen", rows, "C2", "DD.MM.YYYY"
    )
    assert (code, cell) == (ASKED, "C2")
    assert "„13.03.2024“" in message
    assert "14:31:12" in message


def test_a_day_typed_where_a_time_is_expected(make_workspace: MakeWorkspace) -> None:
    """In the prepared column it shows 00:00: taken for midnight, it would be published."""
    rows = [SESSIONS[0], [*SESSIONS[1][:2], dt.datetime(2026, 3, 12), *SESSIONS[1][3:]]]  # noqa: DTZ001
    ((code, cell, message, remedy),) = findings_of(
        make_workspace, "Sitzungen", rows, "C2", "DD.MM.YYYY HH:MM"
    )
    assert (code, cell) == (ASKED, "C2")
    assert "00:00" in message
    assert "0 Uhr" in remedy


def test_nothing_is_asked_of_what_is_shown_in_full(make_workspace: MakeWorkspace) -> None:
    assert not findings_of(make_workspace, "Sitzungen", SESSIONS, "C2", "DD.MM.YYYY HH:MM")
    assert not findings_of(make_workspace, "Sitzungen", SESSIONS, "E2", '#,##0.00" Personen"')


def test_the_noise_of_sums(make_workspace: MakeWorkspace) -> None:
    """Excel shows 15 digits of a number, also where it is edited."""
    rows = [SESSIONS[0], [*SESSIONS[1][:4], 30.00000000000001]]
    assert not findings_of(make_workspace, "Sitzungen", rows, "C2", "DD.MM.YYYY HH:MM")
