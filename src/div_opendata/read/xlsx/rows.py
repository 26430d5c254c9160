"""The rows of a sheet, streamed: each cell as it is shown."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from div_opendata.base.finding import Place, column_number
from div_opendata.base.i18n import Message

from .. import div0xx_files
from ..raw import CrossedOut, ExcelError, Formula, Link, Raw, ReadingStopped, raw_text
from .frame import DATA, ROW_LIMIT, SHEET
from .outline import SPREADSHEET, Attributes, Damaged, Outline
from .styles import Look
from .texts import RUN_CHILDREN, TEXT_CHILDREN, Run, Text, TextReader, unescaped

COLUMN_LIMIT = 16_384

_ROW, _CELL, _VALUE, _FORMULA, _INLINE = (
    SPREADSHEET + name for name in ("row", "c", "v", "f", "is")
)
_CHILDREN = {
    "": {SHEET},
    SHEET: {DATA},
    DATA: {_ROW},
    _ROW: {_CELL},
    _CELL: {_VALUE, _FORMULA, _INLINE},
    _INLINE: TEXT_CHILDREN,
    **RUN_CHILDREN,
}
_CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_DIGITS = 15  # of a number, in Excel: what comes behind is the noise of sums
_WHOLE = 2**53  # from there on the numbers of a spreadsheet skip whole ones
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+)?Z?")


@dataclass(frozen=True, slots=True)
class Book:
    """What the cells of all sheets are read by."""

    texts: Sequence[Text]
    looks: Sequence[Look]
    from_1904: bool


class Rows:
    """The rows of one sheet. `links` has addresses by the name of their cell; what stands right of
    the column `columns` is a finding."""

    def __init__(self, book: Book, place: Place, links: Mapping[str, str], columns: int) -> None:
        self._book = book
        self._place = place
        self._links = links
        self._columns = columns
        self._texts = TextReader()
        self._read: list[tuple[int, list[Raw]]] = []  # since the last chunk
        self._row = self._column = 0
        self._cells: list[Raw] = []
        self._numbers: dict[str, int] = {}  # of columns by their letters
        self._cell: Attributes = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._inline: Text | None = None
        self._convert: Mapping[str, Callable[[str], Raw | tuple[Run, ...]]] = {
            "n": _number,
            "s": self._shared,
            "str": unescaped,
            "e": ExcelError,
            "b": _boolean,
            "d": self._serial,
        }

    def read(self, chunks: Iterable[bytes]) -> Iterator[tuple[int, list[Raw]]]:
        """The rows that have cells, with their numbers. Raises Damaged and ReadingStopped."""
        outline = Outline(
            _CHILDREN,
            {_ROW: self._begin_row, _CELL: self._begin_cell, **self._texts.begin},
            {
                _ROW: self._end_row,
                _CELL: self._end_cell,
                _VALUE: self._end_value,
                _FORMULA: self._end_formula,
                _INLINE: self._end_inline,
                **self._texts.end,
            },
        )
        for _ in outline.walk(chunks):
            yield from self._read
            self._read.clear()

    def _begin_row(self, attributes: Attributes) -> None:
        number = attributes.get("r")
        row = self._row + 1 if number is None else _count(number)
        if not self._row < row:
            raise Damaged(Message("a sheet has the row {row} twice, or in another place", row=row))
        if row > ROW_LIMIT:
            raise Damaged(Message("it has more rows than a sheet can have"))
        self._row, self._column, self._cells = row, 0, []

    def _end_row(self, _text: str) -> None:
        if self._column:
            self._read.append((self._row, self._cells))

    def _begin_cell(self, attributes: Attributes) -> None:
        self._cell = attributes
        self._value = self._formula = self._inline = None
        name = attributes.get("r")
        column = self._column + 1 if name is None else self._column_of(name)
        if not self._column < column <= COLUMN_LIMIT:
            raise Damaged(Message("a sheet has the cell {cell} twice, or elsewhere", cell=name))
        self._column = column

    def _column_of(self, name: str) -> int:
        letters = name.rstrip("0123456789")
        if name[len(letters) :] != str(self._row):
            raise Damaged(Message("a sheet has the cell {cell} twice, or elsewhere", cell=name))
        if letters not in self._numbers:
            if not _CELL_NAME.fullmatch(name):
                raise Damaged
            self._numbers[letters] = column_number(letters)
        return self._numbers[letters]

    def _end_value(self, text: str) -> None:
        self._value = text

    def _end_formula(self, text: str) -> None:
        self._formula = text

    def _end_inline(self, _text: str) -> None:
        self._inline = self._texts.take()

    def _end_cell(self, _text: str) -> None:
        cell = self._shown()
        if cell is None:
            return
        if self._column > self._columns:
            place = replace(self._place, row=self._row, column=self._column)
            raise ReadingStopped(div0xx_files.no_heading(place))
        missing = self._column - 1 - len(self._cells)
        if missing:
            self._cells.extend([None] * missing)
        self._cells.append(cell)

    def _shown(self) -> Raw:
        """The cell that has ended, as it is shown."""
        if self._value is None and self._formula is None and self._inline is None:
            return None
        look = self._look()
        content = self._content()
        if content is None or content == "":
            return None
        shown: Raw
        if isinstance(content, tuple):
            shown = look.form.text("".join([words for words, _ in content]))
            struck = "".join([words for words, s in content if (look.struck if s is None else s)])
        else:
            shown = self._as_formatted(content, look)
            struck = raw_text(shown) if look.struck else ""
        if struck and struck.strip():
            return CrossedOut(raw_text(shown), struck.strip())
        if self._links and isinstance(shown, str) and self._formula is None:
            address = self._links.get(self._cell.get("r", ""))
            if address is not None and address != shown.strip():
                return Link(shown, address)
        return shown

    def _as_formatted(self, content: Raw, look: Look) -> Raw:
        if isinstance(content, str):
            return look.form.text(content)
        if isinstance(content, int | float) and not isinstance(content, bool):
            return look.form.number(content, from_1904=self._book.from_1904)
        return content

    def _look(self) -> Look:
        number = self._cell.get("s")
        looks = self._book.looks
        index = 0 if number is None else _index(number)
        if index >= len(looks):
            raise Damaged
        return looks[index]

    def _content(self) -> Raw | tuple[Run, ...]:
        """What the cell holds, whatever its format."""
        if self._formula is not None:
            return Formula("=" + self._formula)
        kind = self._cell.get("t", "n")
        if kind == "inlineStr":
            return self._inline
        if not self._value and kind in {"n", "str"}:
            return None
        convert = self._convert.get(kind)
        if convert is None or self._value is None:
            raise Damaged
        return convert(self._value)

    def _shared(self, text: str) -> Text:
        index = _index(text)
        if index >= len(self._book.texts):
            raise Damaged(Message("a cell leads to a text that is not there"))
        return self._book.texts[index]

    def _serial(self, text: str) -> float:
        """A date in ISO 8601 as the number that a spreadsheet makes of it."""
        if not _ISO.fullmatch(text):
            raise Damaged
        try:
            moment = dt.datetime.fromisoformat(text.removesuffix("Z"))
        except ValueError:
            raise Damaged from None
        first = dt.datetime(1904, 1, 1) if self._book.from_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet has no zones
        return (moment - first) / dt.timedelta(days=1)


def _number(text: str) -> int | float:
    """A number as Excel has it: whole where it is, and of 15 digits where not."""
    if len(text) <= _DIGITS and text.isdecimal() and text.isascii():
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise Damaged
    value = float(text)
    if not math.isfinite(value):
        raise Damaged
    if not value.is_integer():
        value = float(f"{value:.{_DIGITS}g}")
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value


def _boolean(text: str) -> bool:
    if text not in {"0", "1", "false", "true"}:
        raise Damaged
    return text in {"1", "true"}


def _index(text: str) -> int:
    if not (text.isdecimal() and text.isascii()):
        raise Damaged
    return int(text)


def _count(text: str) -> int:
    number = _index(text)
    if not number:
        raise Damaged
    return number
