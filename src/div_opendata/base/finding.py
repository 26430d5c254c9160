"""Findings: what is wrong with the records, where, and what to do about it.

A finding is a value. Each has a code, and each code one function, registered by the decorator
`code` beside it: the function says the message, its docstring is the code's manual, which
`div-opendata explain` prints. A manual has a first line that names the mistake, then the
paragraphs `Why:`, `Do:`, `Wrong:` and `Right:`; they are message ids like any other text. A rule of
the city's process also has `City:`, the sentence of the city's own text that it follows.

A rule looks at many records and yields a finding for each departure; it is registered by `rule`
(check/rules/rule.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, ParamSpec

from .i18n import Message, translate

if TYPE_CHECKING:
    from .language import Language

Severity = Literal["error", "warning", "note"]
P = ParamSpec("P")

VALUE_LENGTH = 200  # characters of a wrong value that a report shows


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. Rows count as in a spreadsheet (headings are row 1), columns from 1.

    In a CSV the row is the physical line on which the record starts.
    """

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: int | None = None
    table: str | None = None
    field: str | None = None
    record: str | None = None
    value: str | None = None

    @property
    def cell(self) -> str | None:
        """The cell as a spreadsheet names it: `D3`."""
        if self.row is None or self.column is None:
            return None
        return f"{column_letters(self.column)}{self.row}"


def shortened(text: str) -> str:
    """`text` as messages show it: nobody reads a cell of 30,000 characters."""
    return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}…"


def column_letters(column: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column that has these letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, its place, and what to do."""

    message: Message
    remedy: Message
    place: Place
    code: str = ""
    severity: Severity = "error"

    def sort_key(self) -> tuple[str, str, int, int, str, str]:
        """File, sheet, row, column, code: the same records give the same report."""
        place = self.place
        return (
            place.file or "",
            place.sheet or "",
            place.row or 0,
            place.column or 0,
            self.code,
            self.message.text("en"),
        )

    def as_json(self) -> dict[str, object]:
        """The finding as `--format json` shows it (docs/interface.md)."""
        place = self.place
        value = place.value
        return {
            "code": self.code,
            "severity": self.severity,
            "table": place.table,
            "field": place.field,
            "record": place.record,
            "file": place.file,
            "sheet": place.sheet,
            "row": place.row,
            "cell": place.cell,
            "value": value[:VALUE_LENGTH] if value is not None else None,
            "message": self.message.languages(),
            "remedy": self.remedy.languages(),
        }


@dataclass(frozen=True, slots=True)
class Manual:
    """What a code means: the parts of its function's docstring, English message ids."""

    code: str
    severity: Severity
    title: str
    why: str
    do: str
    wrong: str
    right: str
    city: str = ""
    """The sentence of the city's text, German as it is there."""
    excusable: bool = False
    """Whether a row in `deviations` may excuse it."""

    def part(
        self, name: Literal["title", "why", "do", "wrong", "right"], language: Language
    ) -> str:
        """One part in `language`."""
        return translate(getattr(self, name), language)


MANUALS: dict[str, Manual] = {}


def code(
    number: str, severity: Severity = "error"
) -> Callable[[Callable[P, Finding]], Callable[P, Finding]]:
    """Give the findings of the decorated function their code and severity, and keep its manual.

    Their texts show the start of a long cell; cutting it here spares every function the thought.
    Raises ValueError, when the module is imported, if the code is taken or its manual incomplete.
    """

    def register(function: Callable[P, Finding]) -> Callable[P, Finding]:
        register_manual(number, severity, inspect.getdoc(function) or "")

        def build(*args: P.args, **kwargs: P.kwargs) -> Finding:
            return coded(function(*args, **kwargs), number, severity)

        build.__doc__ = function.__doc__
        build.__name__ = function.__name__
        return build

    return register


def register_manual(
    number: str, severity: Severity, docstring: str, *, excusable: bool = False
) -> None:
    """Keep a code's manual. Raises ValueError if the code is taken or its manual incomplete."""
    if number in MANUALS:
        raise ValueError(f"{number} is taken by {MANUALS[number].title!r}")
    MANUALS[number] = Manual(number, severity, **manual_parts(docstring), excusable=excusable)


def coded(finding: Finding, number: str, severity: Severity) -> Finding:
    """A finding with its code and severity, its texts with the start of a long cell."""
    value = finding.place.value
    return replace(
        finding,
        message=_cut(finding.message, value),
        remedy=_cut(finding.remedy, value),
        code=number,
        severity=severity,
    )


def _cut(message: Message, value: str | None) -> Message:
    """`message` with the value of its place cut, where that is long."""
    if value is None or len(value) <= VALUE_LENGTH:
        return message
    shown: dict[str, object] = {
        name: shortened(value) if item == value else item for name, item in message.values.items()
    }
    return Message(message.id, **shown)


def manual_parts(docstring: str) -> dict[str, str]:
    """The parts of a manual. Raises ValueError when one is missing."""
    title, *paragraphs = docstring.split("\n\n")
    parts = {"title": " ".join(title.split())}
    for paragraph in paragraphs:
        head, _, body = paragraph.partition(":")
        parts[head.strip().lower()] = " ".join(body.split())
    missing = {"why", "do", "wrong", "right"} - parts.keys()
    unknown = parts.keys() - {"title", "why", "do", "wrong", "right", "city"}
    if missing or unknown or not all(parts.values()):
        raise ValueError(f"incomplete manual {parts['title']!r}: {sorted(missing)}")
    return parts


def errors(findings: Iterable[Finding]) -> int:
    """How many findings are errors."""
    return sum(finding.severity == "error" for finding in findings)
