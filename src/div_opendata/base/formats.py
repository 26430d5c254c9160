"""Dates, numbers and sizes as the readers of a language write them.

Written out here and not asked of the operating system's locales, so that the same release gives
the same bytes on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from .language import Language

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNITS = ("kB", "MB", "GB")
_STEP = 1000  # bytes in a kB, by the SI
_NO_BREAK = "\N{NO-BREAK SPACE}"


def day(value: dt.date, language: Language) -> str:
    """23.11.2026 or 23 November 2026."""
    if language == "de":
        return f"{value.day:02}.{value.month:02}.{value.year}"
    return f"{value.day}{_NO_BREAK}{_MONTHS[value.month - 1]} {value.year}"


def moment(value: dt.datetime, language: Language) -> str:
    """23.11.2026, 18:30 or 23 November 2026, 18:30, in its own time zone."""
    return f"{day(value, language)}, {value:%H:%M}"


def number(value: float, language: Language, digits: int = 0) -> str:
    """1.234,5 or 1,234.5."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


def size(count: int, language: Language) -> str:
    """Bytes in the unit that people read best: 838 B, 1,1 kB, 22,4 MB."""
    if count < _STEP:
        return f"{count}{_NO_BREAK}B"
    value = float(count)
    for unit in _UNITS:
        value /= _STEP
        if round(value, 1) < _STEP or unit == _UNITS[-1]:
            break
    return f"{number(value, language, 1)}{_NO_BREAK}{unit}"
