"""What a wrong value may mean, for “Did you mean …?”, in bounded time."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from div_opendata.standard.codelists import fold
from div_opendata.standard.tables import key_text, value_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from div_opendata.standard.codelists import CodeList
    from div_opendata.standard.records import Table

VALUES = 20  # distinct wrong values of a kind that get a suggestion
POSSIBLE = 3000  # right values beyond which none is looked for
_A_WORD = 3  # letters from which on a word says something by itself


class Suggestions:
    """Near matches, looked for once a value and for the first few values of a kind only.

    difflib compares a value with every possible one. Where a whole column is wrong that would take
    minutes, and nobody reads a thousand suggestions.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, str | None]] = {}
        self._names: dict[str, Mapping[str, str | None]] = {}

    def near(
        self, kind: tuple[str, ...], value: str, possible: Collection[str], cutoff: float = 0.6
    ) -> str | None:
        """What of `possible` is nearest to `value`, if anything is near.

        `kind` says where the value stands and where the possible ones are from.
        """
        return self._once(kind, value, possible, lambda: _nearest(value, possible, cutoff))

    def code(self, field: str, value: str, codes: CodeList) -> str | None:
        """The code of a list that `value` may mean: by another word for it, by a part of its
        label, or by a slip."""
        text = fold(value)

        def look() -> str | None:
            if found := codes.synonyms.get(text) or _by_words(text, codes):
                return found
            if near := _nearest(text, codes.spellings, 0.6):
                return codes.spellings[near]
            near = _nearest(text, codes.synonyms, 0.8)
            return codes.synonyms[near] if near else None

        return self._once((field,), text, codes.spellings, look)

    def record(
        self, kind: tuple[str, ...], value: str, table: Table, keys: Collection[str]
    ) -> str | None:
        """The key of the record that `value` may mean: by what the record is called, or by a slip
        in its key."""
        text = fold(value)

        def look() -> str | None:
            return self._called(table).get(text) or _nearest(text, keys, 0.8)

        return self._once(kind, text, keys, look)

    def _called(self, table: Table) -> Mapping[str, str | None]:
        """What the records of a table are called, folded → key; None where several are so."""
        name = table.schema.name
        if name not in self._names:
            called: dict[str, str | None] = {}
            for text, key in _names_of(table):
                called[text] = key if called.get(text, key) == key else None
            self._names[name] = called
        return self._names[name]

    def _once(
        self,
        kind: tuple[str, ...],
        value: str,
        possible: Collection[str],
        look: Callable[[], str | None],
    ) -> str | None:
        known = self._known.setdefault(kind, {})
        if value not in known:
            if len(known) >= VALUES or len(possible) > POSSIBLE:
                return None
            known[value] = look()
        return known[value]


def _nearest(value: str, possible: Collection[str], cutoff: float) -> str | None:
    return next(iter(get_close_matches(value, possible, 1, cutoff)), None)


def _by_words(text: str, codes: CodeList) -> str | None:
    """The only code of which a spelling begins with the text, has it as one of its words, or is
    what the text begins with: “Vorsitz”, “Klima”, “Abgehalten am 12. März”."""
    if len(text) < _A_WORD:
        return None
    found = {
        code
        for words in (codes.spellings, codes.synonyms)
        for spelling, code in words.items()
        if spelling.startswith(text)
        or text in re.split(r"\W+", spelling)
        or re.match(rf"{re.escape(spelling)}\b", text)
    }
    return found.pop() if len(found) == 1 else None


def _names_of(table: Table) -> Iterator[tuple[str, str]]:
    """What each record is called, in texts of one line, and its key."""
    names = [f.name for f in table.schema.fields.values() if f.free_text and not f.multiline]
    for record in table.records:
        if key := table.schema.key_of(record.values):
            for name in names:
                if name in record.values:
                    yield fold(value_text(record.values[name])), key_text(key)
