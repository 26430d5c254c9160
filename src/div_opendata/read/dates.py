"""Dates, times and months as people write them, in German and English.

Each function takes a text of one line and gives ISO 8601, a complaint where the text can be read in
two ways, or the text itself where it is none of these.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.tables import Field

from . import div0xx_cells as findings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Complaint = Callable[[Place], Finding]
"""What to complain of, once it is known where the cell stands."""

_CENTURY = 2000  # no record of this process is older, and what is planned too far ahead is told

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "januar jan january jänner",
            "februar feb february feber",
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
_BEFORE_A_DAY = {"am", "den", "dem", "der", "on", "the"}
_WORD = re.compile(r"([^\W\d_]+)(?:\.,?|,)? *")

# two digits are no year where they may be the hour: “3.4. 17:30”, “13. März 17 Uhr”
_NO_HOUR = r"(?![0-9]| ?[:.][0-9]| ?(?:uhr|h)\b)"
_LONG, _SHORT = r"(?P<long>[0-9]{4})(?![0-9])", rf"(?P<short>[0-9]{{2}}){_NO_HOUR}"
_DAY, _NAME = r"(?P<day>[0-9]{1,2})", r"(?P<name>[^\W\d_]+)"
_DATES = [
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<long>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9])",
        rf"{_DAY}\. ?(?P<month>[0-9]{{1,2}})\.(?: ?{_LONG}|{_SHORT})",
        rf"{_DAY}(?:\.|st|nd|rd|th)? ?{_NAME}[.,]? ?(?:{_LONG}|['’]?{_SHORT})",
        rf"{_NAME}\.? {_DAY}(?:st|nd|rd|th)?,? {_LONG}",
    )
]
_UNCLEAR_DATE = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}(?![0-9])")

_BEFORE_A_TIME = re.compile(
    r"(?:T| ?[,;|/] ?| [-–—] ?| )(?:(?:um|von|ab|at|from) )?(?=[0-9])", re.IGNORECASE
)
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})"
    r"(?:(?:[:.]|(?P<between> ?(?:uhr|h) ?))(?P<minute>[0-9]{2})"
    r"(?:[:.](?P<second>[0-9]{2})(?:[.,]0+)?)?)?"
    r"(?P<word> ?(?:uhr|h|(?P<half>[ap])\.?m\.?))?",
    re.IGNORECASE,
)
_CLOCK = r"[0-9]{1,2}(?:[:.][0-9]{2}){0,2}(?: ?(?:Uhr|h)(?: ?[0-9]{2})?)?"
_PERIOD = re.compile(rf"{_CLOCK} ?(?:[-–—]|bis|to) ?{_CLOCK}", re.IGNORECASE)
# “-10:00” is an offset only behind the T of ISO 8601: an office writes a period like that
_OFFSET = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T| )[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.0+)?)?)"
    r"(Z|(?:\+|(?<=T.{5})-|(?<=T.{8})-)(?:0[0-9]:[0-5][0-9]|1[0-3]:[0-5][0-9]|14:00))"
)
_MONTH = re.compile(
    r"([0-9]{1,2})(?:[/-]|\. ?)([0-9]{4})|([0-9]{4})-([0-9]{2})|([^\W\d_]+)\.? ([0-9]{4})"
)

_UNCERTAIN = Message("day, month and year are not certain")


def ambiguous(reason: Message, expected: Message) -> Complaint:
    """The complaint that a value can be read in two ways."""
    return lambda place: findings.ambiguous_value(place, reason, expected)


def a_date(field: Field) -> Message:
    """What is expected of a date, with an example of the field."""
    return Message("a date, such as {example}", example=field.example)


def a_time(field: Field) -> Message:
    """What is expected of a date and time, with an example of the field."""
    return Message("a date and time, such as {example}", example=field.example)


def a_month(field: Field) -> Message:
    """What is expected of a month, with an example of the field."""
    return Message("a month, such as {example}", example=field.example)


def midnight(field: Field) -> Complaint:
    """The complaint that 00:00 is what a spreadsheet makes of a day without a time."""
    return ambiguous(
        Message("00:00 is also what a spreadsheet makes of a day without a time"),
        Message(
            "the time of day, such as {example}; midnight itself as “0 Uhr”", example=field.example
        ),
    )


def date(field: Field, text: str) -> str | Complaint:
    """A day."""
    weekday, rest = _split_weekday(text)
    numbers, rest = _split_day(rest)
    if numbers is None:
        return ambiguous(_UNCERTAIN, a_date(field)) if _UNCLEAR_DATE.fullmatch(rest) else text
    try:
        day = dt.date(*numbers)
    except ValueError:
        return text  # 30 February: the schema says so
    if rest:
        time = _clock(_split_time(rest) or "")
        if time is None:
            return text
        if time != (dt.timedelta(), False):
            return ambiguous(Message("it has a time of day"), a_date(field))
    return _other_weekday(weekday, day, a_date(field)) or day.isoformat()


def date_and_time(field: Field, text: str, zone: ZoneInfo) -> str | Complaint:
    """A moment, without offset in `zone`, and given in it."""
    weekday, rest = _split_weekday(text)
    offset = ""
    if found := _OFFSET.fullmatch(rest):
        rest, offset = found.groups()
    numbers, rest = _split_day(rest)
    if numbers is None:
        return ambiguous(_UNCERTAIN, a_time(field)) if _is_unclear_moment(rest) else text
    if not rest:
        return ambiguous(Message("the time of day is missing"), a_time(field))
    clock = _split_time(rest) or ""
    if _PERIOD.fullmatch(clock):
        reason = Message("it looks like a period; its end has a column of its own")
        return ambiguous(reason, a_time(field))
    time = _clock(clock)
    if time is None:
        return text
    since_midnight, worded = time
    try:
        day = dt.datetime(*numbers)  # noqa: DTZ001 - the zone follows
        if complaint := _other_weekday(weekday, day, a_time(field)):
            return complaint
        naive = day + since_midnight
        if offset:
            return (
                dt.datetime.fromisoformat(naive.isoformat() + offset).astimezone(zone).isoformat()
            )
    except (ValueError, OverflowError):
        return text
    return local(naive, zone) if since_midnight or worded else midnight(field)


def month(field: Field, text: str) -> str | Complaint:
    """A month of a year."""
    if found := _MONTH.fullmatch(text):
        number, behind, before, iso, name, named = found.groups()
        wanted = int(number or iso or _MONTHS.get((name or "").casefold(), 0))
        return f"{behind or before or named}-{wanted:02}" if 1 <= wanted <= 12 else text
    numbers, rest = _split_day(text)
    return ambiguous(Message("it is a day"), a_month(field)) if numbers and not rest else text


def local(naive: dt.datetime, zone: ZoneInfo) -> str | Complaint:
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
    return ambiguous(reason, Message("the time with its offset, such as 2026-10-25T02:30+01:00"))


def _split_weekday(text: str) -> tuple[int | None, str]:
    """The weekday that a date begins with, as Python counts them, and the rest: “Mittwoch, den”."""
    weekday = None
    while found := _WORD.match(text):
        word = found[1].casefold()
        if word in _WEEKDAYS and weekday is None:
            weekday = _WEEKDAYS[word]
        elif word not in _BEFORE_A_DAY:
            break
        text = text[found.end() :]
    return weekday, text


def _other_weekday(weekday: int | None, day: dt.date, expected: Message) -> Complaint | None:
    """One of the two is a slip, and nobody can tell which."""
    if weekday is None or weekday == day.weekday():
        return None
    return ambiguous(Message("the weekday is not that of the date"), expected)


def _split_day(text: str) -> tuple[tuple[int, int, int] | None, str]:
    """Year, month and day that a text begins with, None where it does not, and the rest."""
    for form in _DATES:
        if found := form.match(text):
            parts = found.groupdict()
            number = parts.get("month") or _MONTHS.get((parts.get("name") or "").casefold())
            if number is not None:
                year = int(parts["long"] or _CENTURY + int(parts["short"]))
                return (year, int(number), int(parts["day"])), text[found.end() :]
    return None, text


def _is_unclear_moment(text: str) -> bool:
    """Whether a time stands behind a day that can be read in two ways: `02/03/26 18:00`."""
    found = _UNCLEAR_DATE.match(text)
    rest = text[found.end() :] if found else ""
    return found is not None and (not rest or _clock(_split_time(rest) or "") is not None)


def _split_time(rest: str) -> str | None:
    """What stands behind a day and what joins them: a comma, a dash, `T`, “um”."""
    found = _BEFORE_A_TIME.match(rest)
    return rest[found.end() :] if found else None


def _clock(text: str) -> tuple[dt.timedelta, bool] | None:
    """The time since midnight, and whether a word such as “Uhr” says that it is one."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    worded = bool(found["word"] or found["between"])
    if found["minute"] is None and not worded:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].casefold() == "p" else 0)
    if minute > 59 or second > 59 or (hour, minute, second) > (24, 0, 0):
        return None
    return dt.timedelta(hours=hour, minutes=minute, seconds=second), worded
