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

from div_opendata.base.i18n import Message
from div_opendata.base.letters import trimmed, without_invisible
from div_opendata.base.limits import CELL_LIMIT
from div_opendata.standard.codelists import fold
from div_opendata.standard.tables import Field, Value
from div_opendata.standard.words import is_error, is_not_known, is_too_narrow

from . import dates
from . import div0xx_cells as findings
from .dates import Complaint, ambiguous
from .raw import (
    CrossedOut,
    ExcelError,
    Formula,
    Link,
    Raw,
    Shown,
    is_empty,
    linked_address,
    raw_text,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_TRUE = {"ja", "yes", "wahr", "true"}
_FALSE = {"nein", "no", "falsch", "false"}
_INTEGER = re.compile(r"([+-]?(?:[0-9]{1,40}|[0-9]{1,3}(?:[. ][0-9]{3}){1,5}))(?:[.,]0{1,2})?")
_PERCENT = re.compile(r" ?(?:%|Prozent|percent|v\. ?H\.)", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)

# A German Excel splits a CSV file at semicolons, whatever its quotes say.
_CELL_FORMULA = re.compile(r"[;\t]\s*[=@]|[;\t][+-]")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
"""Line ends as others write them: Word, old Macs, pages."""
_BREAK = re.compile(r"[ \t]*[\n\t][\n\t ]*")
# Letters that turn the text around, and what is left of one that somebody's program could not read
_TREACHEROUS = frozenset(map(chr, [0xFEFF, 0xFFFD])) | {
    chr(number)
    for first, last in ((0x202A, 0x202E), (0x2066, 0x2069))
    for number in range(first, last + 1)
}

_A_TEXT = Message("a text; format the cell as text and type it anew")
_A_NUMBER = Message(
    "a whole number; format the cell as a number without decimals first, then type it anew"
)
_EXPECTED: dict[str, Callable[[Field], Message]] = {
    "integer": lambda _field: _A_NUMBER,
    "date": dates.a_date,
    "datetime": dates.a_time,
    "month": dates.a_month,
}


def understand(field: Field, cell: Raw, zone: ZoneInfo) -> Value | Complaint | None:
    """The value of a cell, None where it is empty, or what to complain of.

    Times without offset are in `zone`; all come out in it.
    """
    if isinstance(cell, Shown | CrossedOut | Link | Formula | ExcelError):
        return _understand_marked(field, cell, zone)
    if isinstance(cell, str):
        text = _plain(field, cell)
        if is_empty(text):
            return None
        return _complaint(field, text) or _UNDERSTAND_TEXT[field.kind](field, text, zone)
    if cell is None:
        return None
    return _understand_typed(field, cell, zone)


def told(field: Field, cell: Raw) -> Complaint | None:
    """What the office is told of a text that was understood: that it is not published as it stands
    in its cell. None where there is nothing to tell, or `understand` complains."""
    if isinstance(cell, Shown | Link):
        cell = cell.text
    if not isinstance(cell, str) or cell.isprintable() or not field.free_text:
        return None
    text, published = _with_plain_line_ends(cell), _plain(field, cell)
    if _complaint(field, published):
        return None
    if "\t" in text or (not field.multiline and "\n" in text):
        return lambda place: findings.blank_for_break(place, published)
    return None


def _with_plain_line_ends(cell: str) -> str:
    return trimmed(_LINE_ENDS.sub("\n", unicodedata.normalize("NFC", cell)))


def _plain(field: Field, cell: str) -> str:
    """A text without what is only there for the eye: space and invisible letters at its edges, line
    breaks and tabs where one line is expected, and invisible letters where each letter counts."""
    text = unicodedata.normalize("NFC", cell)
    if text.isprintable():  # as nearly every cell is
        return text.strip() if field.free_text or "  " not in text else " ".join(text.split())
    text = _with_plain_line_ends(text)
    if not field.free_text:
        return " ".join(without_invisible(text).split())
    return text.replace("\t", " ") if field.multiline else _BREAK.sub(" ", text)


def _complaint(field: Field, text: str) -> Complaint | None:
    """What is wrong with any text, whatever it should mean."""
    if len(text) > CELL_LIMIT:
        return lambda place: findings.too_long(place, CELL_LIMIT)
    if is_error(text) or is_too_narrow(text):
        return findings.excel_error
    for position, letter in enumerate(() if text.isprintable() and "\ufffd" not in text else text):
        if _is_control(letter) and not (letter == "\n" and field.multiline):
            before = text[:position][-20:]
            return lambda place: findings.control_character(place, letter, before)
    if field.kind != "text":
        return None
    if field.free_text and text[0] in "=+-@" and not is_not_known(text):
        return lambda place: findings.runs_as_formula(place, text[0])
    if behind := _CELL_FORMULA.search(text):
        return lambda place: findings.runs_as_formula(place, behind[0], begins=False)
    return None


def _is_control(character: str) -> bool:
    """Control characters, halves of surrogate pairs, what Unicode says is no character, and what
    makes a text other than it looks.
    """
    number = ord(character)
    never = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return never or character in _TREACHEROUS or unicodedata.category(character) in {"Cc", "Cs"}


def _understand_marked(
    field: Field, cell: Shown | CrossedOut | Link | Formula | ExcelError, zone: ZoneInfo
) -> Value | Complaint | None:
    """The value of a cell of a workbook of which more is known than its value."""
    if isinstance(cell, Shown):
        return _understand_shown(field, cell, zone)
    if isinstance(cell, CrossedOut):
        return lambda place: findings.crossed_out(place, cell.words)
    if isinstance(cell, ExcelError):
        return findings.excel_error
    if isinstance(cell, Formula):
        link = linked_address(cell.text) if field.address else None
        return lambda place: findings.formula(place, link)
    if field.address and not cell.text.strip().casefold().startswith(("http://", "https://")):
        return lambda place: findings.hidden_address(place, cell.text.strip(), cell.address)
    return understand(field, cell.text, zone)


def _understand_shown(field: Field, cell: Shown, zone: ZoneInfo) -> Value | Complaint | None:
    """What a cell shows, where that is its value for such a field; else it is asked about."""
    if field.kind == "integer":
        percent = cell.percent if field.percent else None
        number = cell.number if percent is None else percent
        if number is not None:
            return _understand_number(field, number)
    elif field.kind == "month" and cell.month:
        return cell.month
    elif cell.everywhere and not is_empty(cell.text):
        return understand(field, cell.text, zone)
    expected = _EXPECTED.get(field.kind)
    return ambiguous(cell.reason, expected(field) if expected else _A_TEXT)


def _understand_typed(
    field: Field, cell: float | dt.date | dt.time | dt.timedelta, zone: ZoneInfo
) -> Value | Complaint:
    """The value of a cell that a spreadsheet has typed itself."""
    if isinstance(cell, dt.date):
        return _understand_date(field, cell, zone)
    if field.kind == "text" and isinstance(cell, dt.time | dt.timedelta):
        return ambiguous(Message("a spreadsheet made a time of it"), _A_TEXT)
    if field.kind == "text" and isinstance(cell, bool):
        return ambiguous(Message("a spreadsheet made “true” or “false” of it"), _A_TEXT)
    if isinstance(cell, bool):
        return cell if field.kind == "boolean" else raw_text(cell)
    if isinstance(cell, int | float):
        return _understand_number(field, cell)
    return str(cell)


def _understand_number(field: Field, cell: float) -> Value | Complaint:
    shown = float(f"{cell:.15g}")  # the digits that a spreadsheet shows; the others are noise
    # from there on the numbers of a spreadsheet skip whole ones
    whole = int(shown) if abs(cell) < 2**53 and shown == int(shown) else None
    if field.kind == "integer" and whole is not None:
        return whole
    if field.kind == "text" and whole is None:
        return ambiguous(Message("a spreadsheet keeps only a part of such a number"), _A_TEXT)
    return str(cell if whole is None else whole)


def _understand_date(field: Field, cell: dt.date, zone: ZoneInfo) -> Value | Complaint:
    if field.kind == "text":
        return ambiguous(Message("a spreadsheet made a date of it"), _A_TEXT)
    if field.kind == "datetime":
        if isinstance(cell, dt.datetime) and cell.time() == dt.time(0):
            return dates.midnight(field)
        if isinstance(cell, dt.datetime):
            return dates.local(cell, zone)
        return ambiguous(Message("the time of day is missing"), dates.a_time(field))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time(0):  # no time was typed
        cell = cell.date()
    if isinstance(cell, dt.datetime):
        return ambiguous(Message("it has a time of day"), dates.a_date(field))
    if field.kind == "month" and cell.day == 1:  # what Excel makes of “12.2026”
        return cell.strftime("%Y-%m")
    if field.kind == "month":
        return ambiguous(Message("it is a day"), dates.a_month(field))
    return cell.isoformat()


def _text(field: Field, text: str, _zone: ZoneInfo) -> Value:
    if field.address and (scheme := _SCHEME.match(text)):  # HTTPS:// is the same as https://
        return scheme[0].lower() + text[scheme.end() :]
    return text


def _code(field: Field, text: str, _zone: ZoneInfo) -> Value:
    assert field.codelist is not None  # noqa: S101 - what makes its kind “code”
    return field.codelist.spellings.get(fold(text), text)


def _integer(field: Field, text: str, _zone: ZoneInfo) -> Value:
    number = _PERCENT.sub("", text) if field.percent else text
    found = _INTEGER.fullmatch(number)
    return int(re.sub(r"[. ]", "", found[1])) if found else text


def _boolean(_field: Field, text: str, _zone: ZoneInfo) -> Value:
    folded = text.casefold()
    return True if folded in _TRUE else False if folded in _FALSE else text


def _date(field: Field, text: str, _zone: ZoneInfo) -> Value | Complaint:
    return dates.date(field, text)


def _month(field: Field, text: str, _zone: ZoneInfo) -> Value | Complaint:
    return dates.month(field, text)


_UNDERSTAND_TEXT: dict[str, Callable[[Field, str, ZoneInfo], Value | Complaint]] = {
    "text": _text,
    "code": _code,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": dates.date_and_time,
    "month": _month,
}
