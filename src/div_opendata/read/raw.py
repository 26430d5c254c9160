"""Cells as a file holds them, before anybody knows what they mean."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from div_opendata.base.letters import trimmed

if TYPE_CHECKING:
    from div_opendata.base.finding import Finding
    from div_opendata.base.i18n import Message


_HYPERLINK = re.compile(r'=\s*HYPERLINK\(\s*"(https?://[^"]+)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that a spreadsheet computes."""

    text: str


@dataclass(frozen=True, slots=True)
class ExcelError:
    """A cell that a spreadsheet failed to compute: `#REF!`."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a workbook that by its format shows something else than its bare value."""

    text: str
    """What it shows, in a German Excel."""
    reason: Message
    """What to ask about it, where a field can take none of what follows."""
    number: float | None = None
    """The number that is read in it, where it is the whole value: 1.000 is 1000."""
    percent: float | None = None
    """The same before a percent sign: 40 % is 40, whatever the value."""
    month: str | None = None
    """The month that it shows, and nothing else: 2026-09."""
    everywhere: bool = False
    """Whether every program shows the same text."""


@dataclass(frozen=True, slots=True)
class CrossedOut:
    """A cell with a line through all its words, or some."""

    text: str
    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell whose words lead to an address that is not shown."""

    text: str
    address: str


HEADINGS_WITHIN = 20
"""The first rows, among which headings are looked for: above them may stand a title."""


Raw = (
    str
    | int
    | float
    | bool
    | dt.date  # a date that is shown without a time; a datetime is one shown with it
    | dt.time
    | dt.timedelta
    | Shown
    | CrossedOut
    | Link
    | Formula
    | ExcelError
    | None
)


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook, or a CSV file: rows with their number, the headings among them.

    Iterating over `rows` raises ReadingStopped where the file cannot be read further.
    """

    file: str
    name: str | None
    rows: Iterator[tuple[int, Sequence[Raw]]]


class ReadingStopped(Exception):  # noqa: N818 - not an error: it ends one file, not the run
    """A file cannot be read, or not further; its finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message.text("en"))
        self.finding = finding


def is_empty(cell: Raw) -> bool:
    """Whether a cell has nothing in it, or only what nobody sees: space, zero-width space."""
    if not isinstance(cell, str):
        return cell is None
    text = cell.strip()
    return not text or (
        not text.isprintable()
        and all(
            unicodedata.category(letter)[0] == "Z" or unicodedata.category(letter) == "Cf"
            for letter in text
        )
    )


def heading_text(cell: Raw) -> str:
    """A heading as typed; the template marks required columns with an asterisk."""
    return trimmed(trimmed(raw_text(cell)).removesuffix("*"))


def linked_address(formula: str) -> str | None:
    """The web address to which a formula HYPERLINK leads."""
    found = _HYPERLINK.match(formula)
    return found[1] if found else None


def raw_text(cell: Raw) -> str:
    """A cell as a report shows it."""
    if isinstance(cell, Shown | CrossedOut | Link | Formula | ExcelError):
        return cell.text
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
