"""Dates and times in cells: the day that a number stands for, and what a format shows of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from div_opendata.base.i18n import Message

from ..raw import Raw, Shown
from .format_code import Section

_BASE = dt.date(1899, 12, 30)  # of the days that programs agree on
_DAYS_TO_1904 = 1462  # from the other calendar that workbooks may have, once that of the Macintosh
_FIRST_DAY = 1462  # before 1904 only one of both calendars has days, and it has a 29.02.1900
_END = 2_958_466  # days: the year 10000
_LEAP_DAY = 60  # 29.02.1900, which never was
_SECONDS = 86_400

_DATE, _HOUR, _MONTH = frozenset("ymd"), frozenset("ymdh"), frozenset("ym")

_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
    *("September", "Oktober", "November", "Dezember"),
)
_SHORT_MONTHS = (
    *("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun"),
    *("Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
)
_WEEKDAYS = ("Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day, as the spreadsheet counts it, and its clock; year, month and day as it shows them."""

    days: int
    seconds: int

    @property
    def date(self) -> tuple[int, int, int]:
        if self.days in {0, _LEAP_DAY}:
            return (1900, 1, 0) if self.days == 0 else (1900, 2, 29)
        date = _BASE + dt.timedelta(days=self.days + (self.days < _LEAP_DAY))
        return date.year, date.month, date.day

    @property
    def clock(self) -> tuple[int, int, int]:
        hours, rest = divmod(self.seconds, 3600)
        return hours, *divmod(rest, 60)

    def __str__(self) -> str:
        year, month, day = self.date
        hour, minute, second = self.clock
        clock = f" {hour:02}:{minute:02}" if self.seconds else ""
        return f"{day:02}.{month:02}.{year}{clock}" + (f":{second:02}" if second else "")


def dated_cell(section: Section, value: float, *, from_1904: bool) -> Raw:
    """A number that its format shows as a date, a time or a duration.

    A date or time is as its cell shows it, `Shown` where the cell shows less than it holds.
    """
    days, seconds = divmod(round(value * _SECONDS), _SECONDS)  # to the second, as Excel shows it
    if section.has("elapsed"):
        return dt.timedelta(days=days, seconds=seconds)
    days += _DAYS_TO_1904 if from_1904 else 0
    if not (_DAYS_TO_1904 if from_1904 else 0) <= days < _END:
        return Shown("########", Message("as a date, {value} is none of the calendar", value=value))
    moment = _Moment(days, seconds)
    if section.odd:
        reason = Message("its format shows something else than {value}", value=str(moment))
        return Shown(str(moment), reason)
    parts = section.parts
    if parts.isdisjoint("ymd"):
        whole = _shows_clock(parts, moment) and value < 1
        return dt.time(*moment.clock) if whole else _asked(section, moment)
    if days < _FIRST_DAY:
        text = _text(section, moment)
        reason = Message(
            "the cell shows “{shown}”, and programs count days before 1904 in different ways",
            shown=text,
        )
        return Shown(text, reason)
    if parts >= _DATE and parts.isdisjoint("his") and not seconds:
        return dt.date(*moment.date)
    if parts >= _HOUR and _shows_clock(parts, moment):
        return dt.datetime(*moment.date, *moment.clock)  # noqa: DTZ001 - the reader knows the zone
    return _asked(section, moment)


def _asked(section: Section, moment: _Moment) -> Shown:
    text = _text(section, moment)
    year, month, _ = moment.date
    return Shown(
        text,
        Message("the cell shows “{shown}”, but holds {value}", shown=text, value=str(moment)),
        month=f"{year}-{month:02}" if section.parts == _MONTH else None,
    )


def _shows_clock(parts: frozenset[str], moment: _Moment) -> bool:
    """Whether nothing of the clock is hidden but zeros."""
    return all(
        part in parts or not number for part, number in zip("his", moment.clock, strict=True)
    )


def _text(section: Section, moment: _Moment) -> str:
    """What a German Excel shows."""
    halves = section.has("half")
    return "".join(
        [
            ("AM" if moment.clock[0] < 12 else "PM")
            if kind == "half"
            else _unit(text, moment, halves=halves)
            if kind == "unit"
            else text
            for kind, text in section.tokens
        ]
    ).strip()


def _unit(unit: str, moment: _Moment, *, halves: bool) -> str:
    year, month, day = moment.date
    hour, minute, second = moment.clock
    names = {
        "y": ("", f"{year % 100:02}", f"{year % 100:02}", f"{year}"),
        "m": ("", f"{month}", f"{month:02}", _SHORT_MONTHS[month - 1], _MONTHS[month - 1]),
        "d": ("", f"{day}", f"{day:02}", _weekday(moment)[:2], _weekday(moment)),
    }
    if unit[0] in names:
        forms = names[unit[0]]
        return forms[min(len(unit), len(forms) - 1)]
    hour = (hour % 12 or 12) if halves else hour
    number = {"h": hour, "i": minute, "s": second}[unit[0]]
    return f"{number:0{min(len(unit), 2)}}"


def _weekday(moment: _Moment) -> str:
    return _WEEKDAYS[(moment.days - 1) % 7]
