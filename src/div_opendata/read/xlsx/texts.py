"""Texts of cells: shared ones, and those whose words look different from each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from .archive import TOO_LARGE
from .outline import SPREADSHEET, Attributes, Damaged, Outline

TEXTS_LIMIT = 600_000  # shared texts, each of which is kept in memory

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")

Run = tuple[str, bool | None]
"""Some words, and whether they are crossed out; None: as the cell is."""
Text = str | tuple[Run, ...]


_T, _RUN, _PROPERTIES, _STRIKE = (SPREADSHEET + name for name in ("t", "r", "rPr", "strike"))
TEXT_CHILDREN = frozenset({_T, _RUN})
"""What the element of a text contains that is shown; phonetic hints are not."""
RUN_CHILDREN: Mapping[str, Collection[str]] = {
    _RUN: {_T, _PROPERTIES},
    _PROPERTIES: {_STRIKE},
}


class TextReader:
    """Reads the texts of an outline with `TEXT_CHILDREN` and `RUN_CHILDREN`, by its handlers
    `begin` and `end`.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._struck: bool | None = None
        self.begin: Mapping[str, Callable[[Attributes], None]] = {
            _RUN: self._begin_run,
            _PROPERTIES: self._begin_properties,
            _STRIKE: self._begin_strike,
        }
        self.end: Mapping[str, Callable[[str], None]] = {_T: self._end_text}

    def take(self) -> Text:
        """The text since the last call."""
        runs, self._runs, self._struck = self._runs, [], None
        if all(struck is None for _, struck in runs):
            return "".join([words for words, _ in runs])
        return tuple(runs)

    def _begin_run(self, _attributes: Attributes) -> None:
        self._struck = None

    def _begin_properties(self, _attributes: Attributes) -> None:
        self._struck = False

    def _begin_strike(self, attributes: Attributes) -> None:
        self._struck = is_on(attributes)

    def _end_text(self, text: str) -> None:
        self._runs.append((unescaped(text), self._struck))


def read_shared(chunks: Iterable[bytes]) -> list[Text]:
    """The shared texts of a workbook, which cells name by their number. Raises Damaged."""
    texts: list[Text] = []
    reader = TextReader()

    def end_item(_text: str) -> None:
        if len(texts) == TEXTS_LIMIT:
            raise Damaged(TOO_LARGE)
        texts.append(reader.take())

    root, item = SPREADSHEET + "sst", SPREADSHEET + "si"
    children = {"": {root}, root: {item}, item: TEXT_CHILDREN, **RUN_CHILDREN}
    Outline(children, reader.begin, {**reader.end, item: end_item}).read(chunks)
    return texts


def unescaped(text: str) -> str:
    """A text without Excel's way to write what XML cannot: `_x000D_` is a carriage return."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def is_on(attributes: Attributes) -> bool:
    """Whether an element such as `strike` says yes, as it does without a value."""
    return attributes.get("val", "1") in {"1", "true"}
