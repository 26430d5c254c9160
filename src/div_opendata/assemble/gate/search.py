"""Searching texts for what is private: names, tickets and words, however they are written.

Of a folded text only its words count, so it does not matter what stands between a first name and a
surname, nor in which groups a ticket is written. All names are looked for in one pass: the words of
a text are looked up in a table, and a ticket is found by any aligned block of its letters. Where a
name was found, `context` looks whether somebody is meant by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .context import Context, Meaning, may_be_a_person
from .folding import decoded, folded, has, words
from .names import readings
from .private import Private

CHUNK = 1 << 20  # characters searched at a time
_OVERLAP = 3  # lines that two chunks share: a name may be broken at the end of a line
_LONG_TICKET = 12  # letters of a ticket from which on it is found in any grouping
_ENDINGS = ("s", "sch", "sche", "schen", "schem", "scher", "sches")
"""Endings with which a name is still that name: the genitive, and as in “die Müllersche Mühle”."""
_LEAST_DERIVED = 4  # letters of a name from which on -sche makes it an adjective
_LEAST_GLUED, _SURELY_GLUED = 4, 6  # letters of a surname that is found behind an initial: mmueller
_WITHOUT_DOTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Something private, by where it stands: never its value. `row` counts as in a spreadsheet.

    A `name` is somebody's first name and surname, a `person` that surname with an initial or any
    first name before it.
    """

    kind: Literal["name", "person", "surname", "ticket", "word"]
    file: str
    row: int

    def as_kind(self, kind: Meaning) -> Secret:
        """The same by another kind."""
        return self if kind == self.kind else Secret(kind, self.file, self.row)


_ORDER = ("surname", "person", "name")
"""Of the same row, what comes later says more."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A name that was found in the words of a text: where, and of whom."""

    secret: Secret
    start: int
    end: int
    reverse: bool = False


class Needles:
    """Everything private of a workspace, ready to be searched."""

    def __init__(self, private: Private) -> None:
        self._sequences: dict[str, dict[tuple[Words, Secret], bool]] = {}
        """What is searched for, by its first word, and whether a surname comes first in it."""
        self._given: set[str] = set()
        self._initials: dict[tuple[str, int], set[str]] = {}
        """The initials of each person, by file and row."""
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
        full, person = Secret("name", file, row), Secret("person", file, row)
        for reading in readings(name):
            alone = _folded_words(reading.surname)[-1]
            if reading.given:
                for last in (reading.surname, reading.short_surname):
                    given, surname = _folded_words(reading.given), _folded_words(last)
                    self._add((*given, *surname), full)
                    self._add((given[0], surname[-1]), full)
                    self._add((surname[-1], given[0]), full, reverse=True)
                    self._add((*surname, *given), full, reverse=True)
                    self._given.update(word for name in given for word in name if len(word) > 1)
                    # Muller for Müller; only in this order, and not alone: schon is no Schön
                    given = _folded_words(reading.given, _WITHOUT_DOTS)
                    surname = _folded_words(last, _WITHOUT_DOTS)
                    self._add((*given, *surname), full)
                    self._add((given[0], surname[-1]), full)
                initial = _folded_words(reading.given)[0][0][0]
                self._initials.setdefault((file, row), set()).add(initial)
                glued = f"{initial}{''.join(alone)}"
                if len(glued) > _SURELY_GLUED:
                    self._add(((glued,),), person)
                elif len(glued) > _LEAST_GLUED:
                    self._add(((glued,),), person.as_kind("surname"))
            if reading.alone and max(map(len, alone)) > 1:
                self._add((alone,), Secret("surname", file, row))

    def _add(self, names: Sequence[Words], secret: Secret, *, reverse: bool = False) -> None:
        """Search words one behind the other, also written as one."""
        sequence = tuple(part for name in names for part in name)
        for spelling in dict.fromkeys((sequence, ("".join(sequence),))):
            self._sequences.setdefault(spelling[0], {}).setdefault((spelling, secret), reverse)

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
                found.update(self._search(chunk))
        rank = {kind: number for number, kind in enumerate(_ORDER)}
        most: dict[tuple[str, int], int] = {}
        for secret in found:
            if secret.kind in rank:
                key = secret.file, secret.row
                most[key] = max(most.get(key, 0), rank[secret.kind])
        return {
            secret
            for secret in found
            if rank.get(secret.kind, len(rank)) >= most.get((secret.file, secret.row), 0)
        }

    def without_names(self, text: str) -> str | None:
        """A text as a reader sees it, with “…” for each name that is found in it; None where no
        person is found, or cannot be told where."""
        context = self._context(text)
        meant = list(self._meant(context))
        if not context.exact or not any(secret.kind == "person" for secret, _, _ in meant):
            return None
        parts, last = [], 0
        for start, end in sorted(context.span(start, end) for _, start, end in meant):
            if start >= last:
                parts.append(context.text[last:start])
            last = max(last, end)
        return "…".join([*parts, context.text[last:]])

    def people(self, text: str) -> set[str]:
        """The passages by which a text names a `person`, as texts are compared."""
        contexts = map(self._context, chunks(decoded(text)))
        return {
            " ".join(context.found[start:end])
            for context in contexts
            for secret, start, end in self._meant(context)
            if secret.kind == "person"
        }

    def _context(self, text: str) -> Context:
        return Context(text, words(folded(text)), self._given)

    def _search(self, text: str) -> Iterator[Secret]:
        context = self._context(text)
        present = set(context.found)
        yield from (secret for secret, _, _ in self._meant(context, present))
        if self._block:
            yield from self._tickets_in(_unmistakable("".join(context.found)))
        for leaf in present & self._words.keys():
            chosen, secret = self._words[leaf]
            if any(has(chosen, words(lines)) for lines in _beside(folded(text), leaf)):
                yield secret

    def _meant(
        self, context: Context, present: set[str] | None = None
    ) -> Iterator[tuple[Secret, int, int]]:
        """Each name in a text by what it means there, with its first word and the one behind."""
        found = context.found
        for passage in self._passages(found, present or set(found)):
            secret, start, end = passage.secret, passage.start, passage.end
            if secret.kind == "name":
                meaning = context.of_full_name(start, end, reverse=passage.reverse)
                yield secret.as_kind(meaning), start, end
            elif secret.kind == "surname" and may_be_a_person(found, start, end, self._given):
                initials = self._initials.get((secret.file, secret.row), set())
                meaning, start, end = context.of_surname(start, end, initials)
                yield secret.as_kind(meaning), start, end
            else:
                yield secret, start, end

    def _passages(self, found: Sequence[str], present: set[str]) -> Iterator[Passage]:
        """Where what is searched for stands in a text of these words, of which `present` are."""
        firsts = {word: [word] for word in present & self._sequences.keys()}
        for word in present:
            for ending in _ENDINGS if word.endswith(_ENDINGS) else ():
                stem = word.removesuffix(ending)
                if stem != word and stem in self._sequences and _is_derived(word, stem):
                    firsts.setdefault(word, []).append(stem)
        for start, word in enumerate(found) if firsts else ():
            for stem in firsts.get(word, ()):
                for (sequence, secret), reverse in self._sequences[stem].items():
                    end = start + len(sequence)
                    if _is_there(sequence, found[start:end]):
                        yield Passage(secret, start, end, reverse)

    def _tickets_in(self, squeezed: str) -> Iterator[Secret]:
        """The tickets in a text of which only the letters and digits are left."""
        size = self._block
        aligned = {squeezed[start : start + size] for start in range(0, len(squeezed), size)}
        for block in aligned & self._blocks.keys():
            for ticket in self._blocks[block]:
                if ticket in squeezed:
                    yield self._tickets[ticket]


def _is_there(sequence: Words, found: Sequence[str]) -> bool:
    """Whether words are those that are searched for, the last one with an ending or without."""
    *before, last = sequence
    return (
        len(found) == len(sequence)
        and list(found[:-1]) == before
        and (found[-1] == last or _is_derived(found[-1], last))
    )


def _is_derived(word: str, name: str) -> bool:
    """Whether a word is a name with an ending."""
    ending = word.removeprefix(name)
    return (
        word.startswith(name)
        and ending in _ENDINGS
        and (ending == "s" or len(name) >= _LEAST_DERIVED)
    )


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
