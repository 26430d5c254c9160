"""What a cell means: German and English spellings of dates, numbers, yes and no, and codes.

A value that is understood becomes what the field's JSON Schema expects (dates and times as text
in ISO 8601). One that is not stays text: the schema judges it (check/records.py). One that can be
read in two ways is a finding of its own.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.base.limits import CELL_LIMIT
from div_opendata.standard.codelists import fold
from div_opendata.standard.tables import Field, Value

from . import div0xx_cells as findings
from .raw import ExcelError, Formula, Raw, is_empty, raw_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Complaint = Callable[[Place], Finding]

_TRUE = {"ja", "yes", "wahr", "true"}
_FALSE = {"nein", "no", "falsch", "false"}
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "januar jan january jänner",
            "februar feb february",
            "märz mär march mar mrz",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ],
        1,
    )
    for name in names.split()
}
_INTEGER = re.compile(r"[+-]?(?:[0-9]{1,40}|[0-9]{1,3}(?:[.\u00a0\u2009\u202f ][0-9]{3}){1,5})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_GERMAN_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")
_WRITTEN_DATE = re.compile(r"([0-9]{1,2})\.? ([^\W\d_]+)\.? ([0-9]{4})")
_UNCLEAR_DATE = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}")
_TIME = re.compile(
    r"([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?|\.([0-9]{2})(?= ?(?:Uhr|h)))?"
    r"(?: ?(?:Uhr|h))?",
    re.IGNORECASE,
)
_DAY_AND_TIME = re.compile(r"(.*[0-9])(T|,? +(?:(?:um|von) +)?)([0-9]{1,2}(?![0-9]).*)")
_CLOCK = r"[0-9]{1,2}(?:[:.][0-9]{2}){0,2}(?: ?(?:Uhr|h))?"
_PERIOD = re.compile(rf"{_CLOCK} ?(?:[-–—]|bis) ?{_CLOCK}", re.IGNORECASE)
# “-10:00” is an offset only behind the T of ISO 8601: an office writes a period like that
_OFFSET = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}(T| )[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.0+)?)?)"
    r"(Z|(?:\+|(?<=T.{5})-|(?<=T.{8})-)(?:0[0-9]:[0-5][0-9]|1[0-3]:[0-5][0-9]|14:00))"
)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        [
            "montag mo monday mon",
            "dienstag di tuesday tue",
            "mittwoch mi wednesday wed",
            "donnerstag do thursday thu",
            "freitag fr friday fri",
            "samstag sonnabend sa saturday sat",
            "sonntag so sunday sun",
        ]
    )
    for name in names.split()
}
_WEEKDAY = re.compile(r"([^\W\d_]+)(?:\.,?|,)? *(?=[0-9])(.*)")
_MONTH = re.compile(r"([0-9]{1,2})[./]([0-9]{4})|([^\W\d_]+)\.? ([0-9]{4})")

# A German Excel splits a CSV file at semicolons, whatever its quotes say.
_CELL_FORMULA = re.compile(r"[;\t]\s*[=@]|[;\t][+-]")
# Line ends that only some programs know, letters that turn the text around, and what is left of
# a letter that somebody's program could not read
_TREACHEROUS = frozenset(map(chr, [0x2028, 0x2029, 0xFEFF, 0xFFFD])) | {
    chr(number)
    for first, last in ((0x202A, 0x202E), (0x2066, 0x2069))
    for number in range(first, last + 1)
}

_A_DATE = Message("a date, such as 31.12.2026")
_A_TIME = Message("a date and time, such as 31.12.2026 18:00")
_A_MONTH = Message("a month, such as 12.2026")
_A_TEXT = Message("a text; format the cell as text and type it anew")


def understand(field: Field, cell: Raw, zone: ZoneInfo) -> Value | Complaint | None:
    """The value of a cell, None where it is empty, or what to complain of.

    Times without offset are in `zone`; all come out in it.
    """
    if isinstance(cell, Formula):
        return findings.formula
    if isinstance(cell, ExcelError):
        return findings.excel_error
    if isinstance(cell, str):
        text = unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if is_empty(text):
            return None
        return _complaint(field, text) or _UNDERSTAND_TEXT[field.kind](field, text, zone)
    if cell is None:
        return None
    return _understand_typed(field, cell, zone)


def _complaint(field: Field, text: str) -> Complaint | None:
    """What is wrong with any text, whatever it should mean."""
    if len(text) > CELL_LIMIT:
        return lambda place: findings.too_long(place, CELL_LIMIT)
    for character in () if text.isprintable() and "\ufffd" not in text else text:
        if _is_control(character) and not (character == "\n" and field.multiline):
            name = _control_name(character)
            return lambda place: findings.control_character(place, name)
    if field.kind == "text" and text[0] in "=+-@":
        return lambda place: findings.runs_as_formula(place, text[0])
    if field.kind == "text" and (behind := _CELL_FORMULA.search(text)):
        return lambda place: findings.runs_as_formula(place, behind[0], begins=False)
    return None


def _is_control(character: str) -> bool:
    """Control characters, halves of surrogate pairs, what Unicode says is no character, and what
    makes a text other than it looks.
    """
    number = ord(character)
    never = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return never or character in _TREACHEROUS or unicodedata.category(character) in {"Cc", "Cs"}


def _control_name(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t"}.get(character, f"U+{ord(character):04X}")


def _understand_typed(
    field: Field, cell: float | dt.date | dt.time | dt.timedelta, zone: ZoneInfo
) -> Value | Complaint:
    """The value of a cell that a spreadsheet has typed itself."""
    if isinstance(cell, dt.date):
        return _understand_date(field, cell, zone)
    if field.kind == "text" and isinstance(cell, dt.time | dt.timedelta):
        return _ambiguous(Message("a spreadsheet made a time of it"), _A_TEXT)
    if field.kind == "text" and isinstance(cell, bool):
        return _ambiguous(Message("a spreadsheet made “true” or “false” of it"), _A_TEXT)
    if isinstance(cell, bool):
        return cell if field.kind == "boolean" else raw_text(cell)
    if isinstance(cell, int | float):
        return _understand_number(field, cell)
    return str(cell)


def _understand_number(field: Field, cell: float) -> Value | Complaint:
    # from there on the numbers of a spreadsheet skip whole ones
    whole = int(cell) if abs(cell) < 2**53 and cell == int(cell) else None
    if field.kind == "integer" and whole is not None:
        return whole
    if field.kind == "text" and whole is None:
        return _ambiguous(Message("a spreadsheet keeps only a part of such a number"), _A_TEXT)
    return str(cell if whole is None else whole)


def _understand_date(field: Field, cell: dt.date, zone: ZoneInfo) -> Value | Complaint:
    if field.kind == "text":
        return _ambiguous(Message("a spreadsheet made a date of it"), _A_TEXT)
    if field.kind == "datetime":
        if isinstance(cell, dt.datetime):
            return _local(cell.replace(microsecond=0), zone)
        return _ambiguous(Message("the time of day is missing"), _A_TIME)
    if isinstance(cell, dt.datetime):
        return _ambiguous(Message("it has a time of day"), _A_DATE)
    if field.kind == "month" and cell.day == 1:  # what Excel makes of “12.2026”
        return cell.strftime("%Y-%m")
    if field.kind == "month":
        return _ambiguous(Message("it is a day"), _A_MONTH)
    return cell.isoformat()


def _text(_field: Field, text: str, _zone: ZoneInfo) -> Value:
    return text


def _code(field: Field, text: str, _zone: ZoneInfo) -> Value:
    assert field.codelist is not None  # noqa: S101 - what makes its kind “code”
    return field.codelist.spellings.get(fold(text), text)


def _integer(_field: Field, text: str, _zone: ZoneInfo) -> Value:
    if not _INTEGER.fullmatch(text):
        return text
    return int(re.sub(r"[.\s]", "", text))


def _boolean(_field: Field, text: str, _zone: ZoneInfo) -> Value:
    folded = text.casefold()
    return True if folded in _TRUE else False if folded in _FALSE else text


def _date(_field: Field, text: str, _zone: ZoneInfo) -> Value | Complaint:
    weekday, day = _split_weekday(text)
    numbers = _date_numbers(day)
    if numbers:
        try:
            date = dt.date(*numbers)
        except ValueError:
            return text  # 30 February: the schema says so
        return _other_weekday(weekday, date, _A_DATE) or date.isoformat()
    if _UNCLEAR_DATE.fullmatch(day):
        return _ambiguous(Message("day, month and year are not certain"), _A_DATE)
    return text


def _split_weekday(text: str) -> tuple[int | None, str]:
    """The weekday that a date begins with, as Python counts them, and the rest."""
    found = _WEEKDAY.fullmatch(text)
    weekday = _WEEKDAYS.get(found[1].casefold()) if found else None
    return (None, text) if found is None or weekday is None else (weekday, found[2])


def _other_weekday(weekday: int | None, date: dt.date, expected: Message) -> Complaint | None:
    """One of the two is a slip, and nobody can tell which."""
    if weekday is None or weekday == date.weekday():
        return None
    return _ambiguous(Message("the weekday is not that of the date"), expected)


def _date_numbers(text: str) -> tuple[int, int, int] | None:
    """Year, month, day."""
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = map(int, found.groups())
        return year, month, day
    if found := _GERMAN_DATE.fullmatch(text):
        day, month, year = map(int, found.groups())
        return year, month, day
    if (found := _WRITTEN_DATE.fullmatch(text)) and (name := found[2].casefold()) in _MONTHS:
        return int(found[3]), _MONTHS[name], int(found[1])
    return None


def _datetime(_field: Field, text: str, zone: ZoneInfo) -> Value | Complaint:
    weekday, clock = _split_weekday(text)
    offset = None
    if found := _OFFSET.fullmatch(clock):
        clock, _, offset = found.groups()
    day, separator, time = _split_time(clock)
    if not separator:
        known = _date_numbers(clock) is not None
        return _ambiguous(Message("the time of day is missing"), _A_TIME) if known else text
    numbers = _date_numbers(day)
    moment = _TIME.fullmatch(time)
    if numbers and _PERIOD.fullmatch(time):
        reason = Message("it looks like a period; its end has a column of its own")
        return _ambiguous(reason, _A_TIME)
    if not numbers or not moment:
        unclear = moment and _UNCLEAR_DATE.fullmatch(day)
        reason = Message("day, month and year are not certain")
        return _ambiguous(reason, _A_TIME) if unclear else text
    if moment[2] is None and not time.casefold().endswith(("uhr", "h")):
        return text
    hour, minute, second = (
        int(part or 0) for part in (moment[1], moment[2] or moment[4], moment[3])
    )
    try:
        naive = dt.datetime(*numbers, hour, minute, second)  # noqa: DTZ001 - the zone follows
        if complaint := _other_weekday(weekday, naive, _A_TIME):
            return complaint
        if offset is None:
            return _local(naive, zone)
        known_offset = dt.datetime.fromisoformat(naive.isoformat() + offset)
        return known_offset.astimezone(zone).isoformat()
    except (ValueError, OverflowError):
        return text


def _split_time(text: str) -> tuple[str, str, str]:
    """Day, separator, time: `2026-12-31T18:00`, `31.12.2026 18:00`, `31. Dezember 2026, 18 Uhr`."""
    found = _DAY_AND_TIME.fullmatch(text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def _month(_field: Field, text: str, _zone: ZoneInfo) -> Value | Complaint:
    if found := _MONTH.fullmatch(text):
        number, year, name, named_year = found.groups()
        month = int(number) if number else _MONTHS.get(name.casefold(), 0)
        return f"{year or named_year}-{month:02}" if 1 <= month <= 12 else text
    if _date_numbers(text):
        return _ambiguous(Message("it is a day"), _A_MONTH)
    return text


def _local(naive: dt.datetime, zone: ZoneInfo) -> Value | Complaint:
    """A time without offset, in `zone`; in the hour of the clock change nobody can tell."""
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.isoformat()
    # an hour that the clock skips comes back as another one
    gap = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != naive
    reason = (
        Message("the clock is put forward in that hour, so it does not exist")
        if gap
        else Message("the clock is put back, so that hour comes twice")
    )
    return _ambiguous(reason, Message("the time with its offset, such as 2026-10-25T02:30+01:00"))


def _ambiguous(reason: Message, expected: Message) -> Complaint:
    return lambda place: findings.ambiguous_value(place, reason, expected)


_UNDERSTAND_TEXT: dict[str, Callable[[Field, str, ZoneInfo], Value | Complaint]] = {
    "text": _text,
    "code": _code,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "month": _month,
}
