"""Searching texts for what is private: names, tickets and words, however they are written.

Of a folded text only its words count, so it does not matter what stands between a first name and a
surname, nor in which groups a ticket is written. All names are looked for in one pass: the words of
a text are looked up in a table, and a ticket is found by any aligned block of its letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .folding import decoded, folded, has, words
from .names import readings
from .private import Private

CHUNK = 1 << 20  # characters searched at a time
_OVERLAP = 3  # lines that two chunks share: a name may be broken at the end of a line
_LONG_TICKET = 12  # letters of a ticket from which on it is found in any grouping
_WITHOUT_DOTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Something private, by where it stands: never its value. `row` counts as in a spreadsheet."""

    kind: Literal["name", "surname", "ticket", "word"]
    file: str
    row: int


class Needles:
    """Everything private of a workspace, ready to be searched."""

    def __init__(self, private: Private) -> None:
        self._sequences: dict[str, list[tuple[Words, Secret]]] = {}
        self._tickets: dict[str, Secret] = {}
        self._words: dict[str, tuple[Words, Secret]] = {}
        for name, file, row in private.names:
            self._add_name(name, file, row)
        for entry in private.tickets:
            self._add_ticket(entry.ticket, Secret("ticket", entry.file, entry.row))
            chosen = tuple(words(folded(entry.word)))
            if chosen:
                self._words[entry.leaf] = chosen, Secret("word", entry.file, entry.row)
        shortest = min(map(len, self._tickets), default=0)
        self._block = (shortest + 1) // 2
        """Letters of a block: wherever a ticket stands, it covers a whole aligned one."""
        self._blocks: dict[str, list[str]] = {}
        for ticket in self._tickets:
            for start in range(len(ticket) - self._block + 1):
                block = ticket[start : start + self._block]
                self._blocks.setdefault(block, []).append(ticket)

    def _add_name(self, name: str, file: str, row: int) -> None:
        full = Secret("name", file, row)
        for reading in readings(name):
            if reading.given:
                for last in (reading.surname, reading.short_surname):
                    given, surname = _folded_words(reading.given), _folded_words(last)
                    for sequence in (
                        (*given, *surname),
                        (given[0], surname[-1]),
                        (surname[-1], given[0]),
                        (*surname, *given),
                    ):
                        self._add(sequence, full)
                    # Muller for Müller; only in this order, and not alone: schon is no Schön
                    given = _folded_words(reading.given, _WITHOUT_DOTS)
                    surname = _folded_words(last, _WITHOUT_DOTS)
                    self._add((*given, *surname), full)
                    self._add((given[0], surname[-1]), full)
            alone = _folded_words(reading.surname)[-1]
            if reading.alone and max(map(len, alone)) > 1:
                self._add((alone,), Secret("surname", file, row))

    def _add(self, names: Sequence[Words], secret: Secret) -> None:
        """Search words one behind the other, also written as one, and in the genitive."""
        sequence = tuple(part for name in names for part in name)
        for ending in ("", "s"):
            for spelling in (
                (*sequence[:-1], f"{sequence[-1]}{ending}"),
                (f"{''.join(sequence)}{ending}",),
            ):
                known = self._sequences.setdefault(spelling[0], [])
                if (spelling, secret) not in known:
                    known.append((spelling, secret))

    def _add_ticket(self, ticket: str, secret: Secret) -> None:
        parts = tuple(words(folded(ticket)))
        plain = _unmistakable("".join(parts))
        if len(plain) >= _LONG_TICKET:
            self._tickets[plain] = secret
        elif parts:
            self._add((parts,), secret)

    @property
    def leaves(self) -> Mapping[str, tuple[Words, Secret]]:
        """The chosen words and where they stand, by leaf."""
        return self._words

    def search(self, text: str) -> set[Secret]:
        """What of all this a text has in it, as it is written or after it has been decoded.

        Where a full name is found, its surname is not named again.
        """
        found: set[Secret] = set()
        if not (self._sequences or self._tickets or self._words):
            return found
        plain = decoded(text)
        for reading in (text,) if plain == text else (text, plain):
            for chunk in chunks(reading):
                found.update(self._search(folded(chunk)))
        return {
            secret
            for secret in found
            if secret.kind != "surname" or Secret("name", secret.file, secret.row) not in found
        }

    def _search(self, text: str) -> Iterator[Secret]:
        found = words(text)
        present = set(found)
        if not present.isdisjoint(self._sequences):
            yield from self._names_in(found)
        if self._block:
            yield from self._tickets_in(_unmistakable("".join(found)))
        for leaf in present & self._words.keys():
            chosen, secret = self._words[leaf]
            if any(has(chosen, words(lines)) for lines in _beside(text, leaf)):
                yield secret

    def _names_in(self, found: list[str]) -> Iterator[Secret]:
        starts = self._sequences
        for position, word in enumerate(found):
            if word in starts:
                for sequence, secret in starts[word]:
                    if tuple(found[position : position + len(sequence)]) == sequence:
                        yield secret

    def _tickets_in(self, squeezed: str) -> Iterator[Secret]:
        """The tickets in a text of which only the letters and digits are left."""
        size = self._block
        aligned = {squeezed[start : start + size] for start in range(0, len(squeezed), size)}
        for block in aligned & self._blocks.keys():
            for ticket in self._blocks[block]:
                if ticket in squeezed:
                    yield self._tickets[ticket]


def _beside(text: str, leaf: str) -> Iterator[str]:
    """The lines with a leaf, each with the one before and the one behind it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if leaf in line:
            yield "\n".join(lines[max(0, number - 1) : number + 2])


def _unmistakable(ticket: str) -> str:
    """A folded ticket with the letters that people take for digits as these."""
    return ticket.replace("o", "0").replace("i", "1").replace("l", "1")


def _folded_words(name: list[str], table: Mapping[int, str] | None = None) -> list[Words]:
    """The words of a name, each as its parts."""
    return [tuple(words(folded(word.casefold().translate(table or {})))) for word in name]


def chunks(text: str) -> Iterator[str]:
    """A text in pieces of whole lines; two that follow each other share some."""
    if len(text) <= CHUNK:
        yield text
        return
    lines: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        lines.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(lines)
            lines = lines[-_OVERLAP:]
            size = sum(map(len, lines)) if sum(map(len, lines)) < CHUNK else 0
    yield "".join(lines)
