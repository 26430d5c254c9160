"""The habits of a German office: understood where they are unambiguous, else a finding."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.base.finding import Place
from div_opendata.read.raw import ExcelError, Formula, Raw
from div_opendata.read.values import understand
from div_opendata.standard.packages import load_standard
from div_opendata.standard.tables import Field

BERLIN = ZoneInfo("Europe/Berlin")
STANDARD = load_standard()
FIELDS: dict[str, Field] = {
    "text": STANDARD.tables["sessions"].fields["name"],
    "long text": STANDARD.tables["visions"].fields["description"],
    "code": STANDARD.tables["sessions"].fields["state"],
    "integer": STANDARD.tables["sessions"].fields["participant_count"],
    "boolean": STANDARD.tables["seats"].fields["filled"],
    "date": STANDARD.tables["visions"].fields["date"],
    "datetime": STANDARD.tables["sessions"].fields["start"],
    "month": STANDARD.tables["seats"].fields["start_month"],
}


def value_of(kind: str, cell: Raw) -> Any:
    """The value, or the code of the finding."""
    value = understand(FIELDS[kind], cell, BERLIN)
    return value(Place()).code if callable(value) else value


UNDERSTOOD: list[tuple[str, Raw, object]] = [
    ("text", "  Kickoff ", "Kickoff"),
    ("text", 2026, "2026"),
    ("text", 2026.0, "2026"),
    ("text", "Bu\u0308rger", "Bürger"),
    ("text", "", None),
    ("text", "  ", None),
    ("text", None, None),
    ("text", "–", "–"),
    ("long text", "eins\r\nzwei\rdrei", "eins\nzwei\ndrei"),
    ("code", "held", "held"),
    ("code", "Abgehalten", "held"),
    ("code", "ABGEHALTEN ", "held"),
    ("code", "Held", "held"),
    ("code", "unbekannt", "unbekannt"),
    ("integer", "42", 42),
    ("integer", "1.234", 1234),
    ("integer", "1.234.567", 1234567),
    ("integer", "1 234", 1234),
    ("integer", "1\u202f234", 1234),
    ("integer", "-3", -3),
    ("integer", 42, 42),
    ("integer", 42.0, 42),
    ("integer", 4.5, "4.5"),
    ("integer", 1e300, "1e+300"),
    ("integer", True, "TRUE"),
    ("integer", "1_000", "1_000"),
    ("integer", "1.23", "1.23"),
    ("integer", "3,5", "3,5"),
    ("integer", "12.34.567", "12.34.567"),
    ("integer", "٣", "٣"),
    ("integer", dt.date(2026, 1, 1), "2026-01-01"),
    ("boolean", "ja", True),
    ("boolean", "Nein", False),
    ("boolean", "WAHR", True),
    ("boolean", "false", False),
    ("boolean", True, True),
    ("boolean", False, False),
    ("boolean", 1, "1"),
    ("boolean", "x", "x"),
    ("date", "2026-12-31", "2026-12-31"),
    ("date", "31.12.2026", "2026-12-31"),
    ("date", "1.2.2026", "2026-02-01"),
    ("date", "31. Dezember 2026", "2026-12-31"),
    ("date", "3. März 2026", "2026-03-03"),
    ("date", "31. Dez. 2026", "2026-12-31"),
    ("date", dt.date(2026, 12, 31), "2026-12-31"),
    ("date", "30.02.2026", "30.02.2026"),
    ("date", "Frühjahr", "Frühjahr"),
    ("datetime", "2026-07-01T18:00:00+02:00", "2026-07-01T18:00:00+02:00"),
    ("datetime", "2026-07-01T16:00:00Z", "2026-07-01T18:00:00+02:00"),
    ("datetime", "2026-07-01 18:00", "2026-07-01T18:00:00+02:00"),
    ("datetime", "01.12.2026 18:00", "2026-12-01T18:00:00+01:00"),
    ("datetime", "1.12.2026, 18:00 Uhr", "2026-12-01T18:00:00+01:00"),
    ("datetime", "1. Dezember 2026, 18 Uhr", "2026-12-01T18:00:00+01:00"),
    ("datetime", "1. Dezember 2026 um 18:30 Uhr", "2026-12-01T18:30:00+01:00"),
    ("datetime", dt.datetime(2026, 12, 1, 18), "2026-12-01T18:00:00+01:00"),  # noqa: DTZ001
    ("datetime", dt.datetime(2026, 12, 1), "2026-12-01T00:00:00+01:00"),  # noqa: DTZ001
    ("datetime", "2026-10-25T02:30+01:00", "2026-10-25T02:30:00+01:00"),
    ("datetime", "01.12.2026 25:00", "01.12.2026 25:00"),
    ("datetime", "31.02.2026 18:00", "31.02.2026 18:00"),
    ("datetime", "01.12.2026 18", "01.12.2026 18"),
    ("datetime", "abends", "abends"),
    ("datetime", "01.12.2026 18.30 Uhr", "2026-12-01T18:30:00+01:00"),
    ("datetime", "01.12.2026 18h", "2026-12-01T18:00:00+01:00"),
    ("datetime", "01.12.2026, 18 h", "2026-12-01T18:00:00+01:00"),
    ("datetime", "Do, 12.03.2026 18:00", "2026-03-12T18:00:00+01:00"),
    ("datetime", "Donnerstag, 12. März 2026, 18 Uhr", "2026-03-12T18:00:00+01:00"),
    ("datetime", "2026-07-01 18:00+02:00", "2026-07-01T18:00:00+02:00"),
    ("datetime", "2026-07-01T18:00+15:00", "2026-07-01T18:00+15:00"),
    ("datetime", "2026-07-01T10:00-04:00", "2026-07-01T16:00:00+02:00"),
    ("datetime", "12.03.2026 18:00+01:00", "12.03.2026 18:00+01:00"),
    ("date", "Donnerstag, 12. März 2026", "2026-03-12"),
    ("date", "Do. 12.03.2026", "2026-03-12"),
    ("date", "Xy, 12.03.2026", "Xy, 12.03.2026"),
    ("integer", "9" * 5_000, "9" * 5_000),
    ("integer", "1" + ".000" * 2_000, "1" + ".000" * 2_000),
    ("text", "\u200b\xad \ufeff", None),
    ("text", "Ver\xadkehr\u200d", "Ver\xadkehr\u200d"),
    ("text", "Busse; Bahnen", "Busse; Bahnen"),
    ("text", "E-Mail; – Rad", "E-Mail; – Rad"),
    ("month", "2026-09", "2026-09"),
    ("month", "09.2026", "2026-09"),
    ("month", "9/2026", "2026-09"),
    ("month", "September 2026", "2026-09"),
    ("month", dt.date(2026, 9, 1), "2026-09"),
    ("month", "13.2026", "13.2026"),
    ("month", "Herbst 2026", "Herbst 2026"),
]

AMBIGUOUS: list[tuple[str, Raw, str]] = [
    ("date", "02/03/26", "DIV015"),
    ("date", "31.12.26", "DIV015"),
    ("date", "12/31/2026", "DIV015"),
    ("date", dt.datetime(2026, 12, 31, 18), "DIV015"),  # noqa: DTZ001
    ("datetime", "01.12.2026", "DIV015"),
    ("datetime", dt.date(2026, 12, 1), "DIV015"),
    ("datetime", "02/03/26 18:00", "DIV015"),
    ("datetime", "25.10.2026 02:30", "DIV015"),
    ("datetime", "29.03.2026 02:30", "DIV015"),
    ("datetime", "12.03.2026 18:00-20:00", "DIV015"),
    ("datetime", "12.03.2026 08:00-10:00", "DIV015"),
    ("datetime", "12.03.2026 18:00 - 20:00", "DIV015"),
    ("datetime", "12.03.2026 18:00 – 20:00 Uhr", "DIV015"),
    ("datetime", "12.03.2026 18:00 bis 20:00", "DIV015"),
    ("datetime", "12.03.2026 von 18 Uhr bis 20 Uhr", "DIV015"),
    ("datetime", "12.03.2026, 18-20 Uhr", "DIV015"),
    ("datetime", "2026-03-12 08:00-10:00", "DIV015"),
    ("datetime", "2026-03-12T18:00-20:00", "DIV015"),
    ("datetime", "Fr, 12.03.2026 18:00", "DIV015"),
    ("date", "Freitag, 12. März 2026", "DIV015"),
    ("date", "Do, 12.03.26", "DIV015"),
    ("text", dt.time(18), "DIV015"),
    ("text", dt.timedelta(hours=30), "DIV015"),
    ("text", True, "DIV015"),
    ("text", "Busse;=1+1", "DIV012"),
    ("text", "Busse; @SUM(A1)", "DIV012"),
    ("text", "Busse;-1", "DIV012"),
    *(
        ("long text", f"eins{letter}zwei", "DIV003")
        for letter in "\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\ufffd"
    ),
    ("month", "01.09.2026", "DIV015"),
    ("month", dt.date(2026, 9, 15), "DIV015"),
    ("text", dt.date(2026, 9, 15), "DIV015"),
    ("text", 4.5, "DIV015"),
    ("text", 2.0**60, "DIV015"),
    ("text", Formula("=A1"), "DIV011"),
    ("text", ExcelError("#REF!"), "DIV020"),
    ("text", "=A1", "DIV012"),
    ("text", "+49", "DIV012"),
    ("text", "- Punkt", "DIV012"),
    ("text", "@SUM(A1)", "DIV012"),
    ("text", "eins\nzwei", "DIV003"),
    ("text", "eins\tzwei", "DIV003"),
    ("text", "eins\x00", "DIV003"),
    ("long text", "eins\x0bzwei", "DIV003"),
    ("long text", "eins\x85zwei", "DIV003"),
    ("long text", "eins\uffffzwei", "DIV003"),
    ("long text", "eins\ufdd0zwei", "DIV003"),
    ("long text", "eins\ud800zwei", "DIV003"),
    ("text", "x" * 32_768, "DIV013"),
]


@pytest.mark.parametrize(("kind", "cell", "expected"), UNDERSTOOD)
def test_understood(kind: str, cell: Raw, expected: object) -> None:
    value = value_of(kind, cell)
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(("kind", "cell", "code"), AMBIGUOUS)
def test_ambiguous(kind: str, cell: Raw, code: str) -> None:
    assert value_of(kind, cell) == code


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 12, 31)))  # noqa: DTZ001
def test_a_time_with_offset_is_the_same_instant(naive: dt.datetime) -> None:
    """Whatever the offset it is typed with, it comes out in the workspace's zone."""
    moment = naive.replace(microsecond=0, tzinfo=dt.UTC)
    text = value_of("datetime", moment.isoformat())
    assert dt.datetime.fromisoformat(text) == moment
    assert text == value_of("datetime", text)


@given(st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)))
def test_dates_in_german_and_iso(date: dt.date) -> None:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        assert value_of("date", date.strftime(form)) == date.isoformat()


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=60))
def test_any_text_is_a_value_or_a_finding(kind: str, text: str) -> None:
    value = value_of(kind, text)
    assert value is None or isinstance(value, str | int | bool)
