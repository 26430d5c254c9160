"""The habits of a German office: understood where they are unambiguous, else a finding."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.base.finding import Place
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES, Language
from div_opendata.read.raw import ExcelError, Formula, Link, Raw
from div_opendata.read.values import told, understand
from div_opendata.standard.packages import load_standard
from div_opendata.standard.tables import Field, TableSchema

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
    "percent": STANDARD.tables["follow_ups"].fields["progress"],
    "address": STANDARD.tables["sessions"].fields["minutes_url"],
    "id": STANDARD.tables["visions"].fields["session_id"],
    "numbers": STANDARD.tables["seed_sources"].fields["values"],
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
    ("text", "Ver\xadkehr\u200d", "Ver\xadkehr"),
    ("text", "Busse; Bahnen", "Busse; Bahnen"),
    ("text", "E-Mail; – Rad", "E-Mail; – Rad"),
    ("month", "2026-09", "2026-09"),
    ("month", "09.2026", "2026-09"),
    ("month", "9/2026", "2026-09"),
    ("month", "September 2026", "2026-09"),
    ("month", dt.date(2026, 9, 1), "2026-09"),
    ("month", "13.2026", "13.2026"),
    ("month", "Herbst 2026", "Herbst 2026"),
    ("month", "09-2026", "2026-09"),
    ("month", "9. 2026", "2026-09"),
    # a year of two digits, and what is none
    ("date", "3.4.26", "2026-04-03"),
    ("date", "31.12.26", "2026-12-31"),
    ("date", "3.4.99", "2099-04-03"),
    ("date", "3. April 26", "2026-04-03"),
    ("date", "3. April ’26", "2026-04-03"),
    ("date", "Do, 12.03.26", "2026-03-12"),
    ("date", "31.13.26", "31.13.26"),
    ("datetime", "3.4.26 17:30", "2026-04-03T17:30:00+02:00"),
    ("datetime", "3.4. 17:30", "3.4. 17:30"),
    ("datetime", "13. März 17:30", "13. März 17:30"),
    ("datetime", "13. März 17 Uhr", "13. März 17 Uhr"),
    # as people write a day
    ("date", "den 13. März 2024", "2024-03-13"),
    ("date", "Mittwoch, den 13. März 2024", "2024-03-13"),
    ("date", "am 13.3.2024", "2024-03-13"),
    ("date", "13.\xa0März\xa02024", "2024-03-13"),
    ("date", "13th March 2024", "2024-03-13"),
    ("date", "March 13, 2024", "2024-03-13"),
    ("date", "13.03.2024 00:00:00", "2024-03-13"),
    ("date", dt.datetime(2024, 3, 13), "2024-03-13"),  # noqa: DTZ001
    ("date", "2024-03-13T00:00:00", "2024-03-13"),
    # and a time
    *(
        ("datetime", text, "2024-03-13T17:30:00+01:00")
        for text in (
            "13.03.2024 17.30",
            "13.03.2024,17:30 Uhr",
            "13.03.2024 - 17:30",
            "13.03.2024 – 17.30 Uhr",
            "13.03.2024; 17:30",
            "13.03.2024 / 17:30",
            "13.03.2024 | 17:30 h",
            "13.03.2024 17 Uhr 30",
            "13.03.2024, 17h30",
            "13.03.2024 17:30Uhr",
            "13.03.2024 17.30.00",
            "13.03.2024\n17:30",
            "13.03.2024  17:30",
            "13.03.2024\u200b 17:30\u200e",
            "den 13. März 2024 um 17:30 Uhr",
            "Mi., 13.3.24, ab 17.30 Uhr",
            "Mittwoch, den 13. März 2024, 17 Uhr 30",
            "13 March 2024, 5:30 pm",
            "March 13, 2024 at 5.30 p.m.",
        )
    ),
    ("datetime", "13.03.2024 17 30", "13.03.2024 17 30"),
    ("datetime", "13.03.2024 13 pm", "13.03.2024 13 pm"),
    ("datetime", "13.03.2024 17:60", "13.03.2024 17:60"),
    ("datetime", "2024-03-13-17:30", "2024-03-13-17:30"),
    # midnight where it is said
    ("datetime", "13.03.2024 0 Uhr", "2024-03-13T00:00:00+01:00"),
    ("datetime", "13.03.2024 00:00 Uhr", "2024-03-13T00:00:00+01:00"),
    ("datetime", "13.03.2024 24:00", "2024-03-14T00:00:00+01:00"),
    ("datetime", "13.03.2024 24 Uhr", "2024-03-14T00:00:00+01:00"),
    ("datetime", "2024-03-13T00:00:00+01:00", "2024-03-13T00:00:00+01:00"),
    ("datetime", "13.03.2024 24:01", "13.03.2024 24:01"),
    # numbers
    ("percent", "40 %", 40),
    ("percent", "40%", 40),
    ("percent", "40,0 %", 40),
    ("percent", "40 Prozent", 40),
    ("percent", "40\xa0%", 40),
    ("percent", "40", 40),
    ("percent", "40,5 %", "40,5 %"),
    ("integer", "40 %", "40 %"),
    ("integer", "30,0", 30),
    ("integer", "1.000,00", 1000),
    ("integer", "30.5", "30.5"),
    ("integer", "1,000", "1,000"),
    ("integer", "\u200e34", 34),
    ("integer", "1\xa0234", 1234),
    ("integer", 30.00000000000001, 30),
    ("integer", 29.999999999999996, 30),
    ("integer", 30.0001, "30.0001"),
    ("text", 30.00000000000001, "30"),
    # invisible letters count for nothing at the edges, nor where each letter counts
    ("code", "Abge\xadhalten\u200b", "held"),
    ("boolean", "ja\u200b", True),
    ("id", "session-2024-1\u200b", "session-2024-1"),
    ("address", "https://www.stadt.example/p1.pdf\u200e", "https://www.stadt.example/p1.pdf"),
    (
        "address",
        "https://www.stadt.example/pro\u00adtokoll.pdf",
        "https://www.stadt.example/protokoll.pdf",
    ),
    ("address", "HTTPS://www.Stadt.example/A", "https://www.Stadt.example/A"),
    ("address", '=HYPERLINK("https://x.example")', '=HYPERLINK("https://x.example")'),
    ("numbers", "3 1\n6", "3 1 6"),
    ("text", "\u202aStand\u202c", "Stand"),
    ("text", "\ufeffStand\u2029", "Stand"),
    # line breaks and tabs become blanks, where none is expected
    ("text", "eins\nzwei", "eins zwei"),
    ("text", "eins \r\n\r\n zwei", "eins zwei"),
    ("text", "eins\tzwei", "eins zwei"),
    ("text", "eins\x0bzwei\u2028drei", "eins zwei drei"),
    ("long text", "eins\x0bzwei\x85drei\u2028vier", "eins\nzwei\ndrei\nvier"),
    ("long text", "eins\tzwei\ndrei", "eins zwei\ndrei"),
    ("code", "In\nVorbereitung", "In Vorbereitung"),
    ("text", "#1 der Wünsche", "#1 der Wünsche"),
    ("text", "#NV bleibt", "#NV bleibt"),
    ("text", "##", "##"),
    ("text", "-", "-"),
    ("text", "---", "---"),
]

AMBIGUOUS: list[tuple[str, Raw, str]] = [
    ("date", "02/03/26", "DIV015"),
    ("date", "12/31/2026", "DIV015"),
    ("date", dt.datetime(2026, 12, 31, 18), "DIV015"),  # noqa: DTZ001
    ("datetime", "01.12.2026", "DIV015"),
    ("datetime", dt.date(2026, 12, 1), "DIV015"),
    ("datetime", dt.datetime(2026, 12, 1), "DIV015"),  # noqa: DTZ001
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
    ("text", dt.time(18), "DIV015"),
    ("text", dt.timedelta(hours=30), "DIV015"),
    ("text", True, "DIV015"),
    ("text", "Busse;=1+1", "DIV012"),
    ("text", "Busse; @SUM(A1)", "DIV012"),
    ("text", "Busse;-1", "DIV012"),
    *(
        ("long text", f"eins{letter}zwei", "DIV003")
        for letter in "\u202a\u202e\u2066\u2069\ufeff\ufffd"
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
    ("text", "eins\x00", "DIV003"),
    ("long text", "eins\uffffzwei", "DIV003"),
    ("long text", "eins\ufdd0zwei", "DIV003"),
    ("long text", "eins\ud800zwei", "DIV003"),
    ("text", "x" * 32_768, "DIV013"),
    ("date", "13.03.2024 17:30", "DIV015"),
    ("date", "2024.03.13", "DIV015"),
    ("date", "3.4.126", "DIV015"),
    ("datetime", "13.03.2024 00:00", "DIV015"),
    ("datetime", "13.03.2024 00:00:00", "DIV015"),
    ("datetime", "2024-03-13T00:00:00", "DIV015"),
    ("datetime", "3.4.26", "DIV015"),
    ("datetime", "den 13. März 2024", "DIV015"),
    ("datetime", "13.03.2024 - 17:30 - 19:00", "DIV015"),
    ("datetime", "13.03.2024, 17 Uhr 30 bis 19 Uhr", "DIV015"),
    ("datetime", "Do, den 13.03.2024 17.30", "DIV015"),
    *(
        (kind, word, "DIV020")
        for kind in ("text", "long text", "code", "integer", "boolean", "date", "address", "id")
        for word in ("#NV", "#BEZUG!", "#n/a", "########", " Err:502 ")
    ),
]


@pytest.mark.parametrize(("kind", "cell", "expected"), UNDERSTOOD)
def test_understood(kind: str, cell: Raw, expected: object) -> None:
    value = value_of(kind, cell)
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(("kind", "cell", "code"), AMBIGUOUS)
def test_ambiguous(kind: str, cell: Raw, code: str) -> None:
    assert value_of(kind, cell) == code


TOLD: list[tuple[str, Raw, bool]] = [
    ("text", "eins\nzwei", True),
    ("text", "eins\tzwei", True),
    ("text", "eins\u2028zwei", True),
    ("text", Link("eins\nzwei", "https://www.stadt.example/"), True),
    ("long text", "eins\tzwei", True),
    ("long text", "eins\nzwei\r\ndrei\x0bvier", False),
    ("text", "\u200beins zwei\n", False),
    ("text", "eins\nzwei\x07", False),  # this is complained of
    ("code", "In\nVorbereitung", False),
    ("id", "session\n1", False),
    ("text", 2026, False),
]


@pytest.mark.parametrize(("kind", "cell", "expected"), TOLD)
def test_a_text_that_is_published_otherwise_is_told(kind: str, cell: Raw, expected: bool) -> None:
    remark = told(FIELDS[kind], cell)
    assert (remark is not None) is expected
    assert remark is None or remark(Place()).code == "DIV027"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", STANDARD.tables.values(), ids=lambda table: table.name)
def test_an_example_can_be_typed_as_messages_show_it(
    table: TableSchema, language: Language
) -> None:
    for field in table.fields.values():
        text = Message("{example}", example=field.example).text(language)
        assert understand(field, text, BERLIN) == field.schema["examples"][0], field.name


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), st.times())
def test_days_and_times_in_every_spelling(day: dt.date, time: dt.time) -> None:
    """The same moment, or the same question, whatever stands between and around."""
    clock = f"{time.hour}:{time.minute:02}"
    expected = value_of("datetime", f"{day:%Y-%m-%d} {clock} Uhr")
    for written in (f"{day:%d.%m.%Y}", f"{day:%d.%m.%y}", f"{day.day}. {day.month}. {day.year}"):
        for between in (" ", ", ", " - ", " um "):
            for hour in (f"{clock} Uhr", f"{time.hour} Uhr {time.minute:02}", f"{clock} h"):
                assert value_of("datetime", written + between + hour) == expected


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
