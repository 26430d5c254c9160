"""Searching texts for what is private: names, tickets and words, however they are written.

Texts and what is searched are folded alike: case, Unicode's compatibility forms, ä and ae, ß and
ss, accents, invisible letters, words broken at the end of a line. Of a text only its words count,
so it does not matter what stands between a first name and a surname, nor in which groups a ticket
is written. All names are looked for in one pass: the words of a text are looked up in a table, and
a ticket is found by any aligned block of its letters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

if TYPE_CHECKING:
    from .private import Private

CHUNK = 1 << 20  # characters searched at a time
_OVERLAP = 3  # lines that two chunks share: a name may be broken at the end of a line
_NESTED = 3  # encodings inside each other that are undone: &amp;uuml;
_LONG_TICKET = 12  # letters of a ticket from which on it is found in any grouping

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Something private, by where it stands: never its value. `row` counts as in a spreadsheet."""

    kind: Literal["name", "surname", "ticket", "word"]
    file: str
    row: int


# --- folding --------------------------------------------------------------------------------------

_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
    }
)
_WITHOUT_DOTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
_NOT_ASCII = re.compile(r"[a-z]?[^\x00-\x7f]+")
_BROKEN = re.compile("[-\u2010\u00ad]\r?\n[ \t]*(?=[a-zà-ÿ])")
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Text as it is compared."""
    if "\n" in text:
        text = _BROKEN.sub("", text)
    text = text.casefold()
    if not text.isascii():  # the frequent ones at once
        text = text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return text if text.isascii() else _NOT_ASCII.sub(_folded_run, text)


def _folded_run(found: re.Match[str]) -> str:
    return _plain(found[0])


@lru_cache(maxsize=10_000)
def _plain(run: str) -> str:
    """A few letters, of which one is not ASCII, in ASCII where that is possible."""
    visible = "".join(letter for letter in run if unicodedata.category(letter) != "Cf")
    letters = unicodedata.normalize("NFKC", visible).casefold().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", letters)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def words(text: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(text)


# --- what a text may hide -------------------------------------------------------------------------

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([nrt/\"])")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_INLINE = re.compile(
    r"</?(?:wbr|b|i|em|strong|span|a|mark|small|u|sup|sub)\b[^<>]*>", re.IGNORECASE
)


def decoded(text: str) -> str:
    """Text with JSON's and JavaScript's escapes, HTML's entities and percent signs undone."""
    for _ in range(_NESTED):
        was = text
        if "\\" in text:
            text = _ESCAPE.sub(_letter, text)
            # halves of surrogate pairs come together
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "&" in text:
            text = html.unescape(text)
        if "%" in text and _PERCENT.search(text):
            text = unquote(text, errors="replace")
        if text == was:
            break
    return text


def _letter(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    if number:
        return chr(int(number, 16))
    return found[3] if found[3] in '/"' else " "


def page_text(page: str) -> str:
    """The text of an HTML page as its reader sees it, with what stands in tags left out."""
    return decoded(_TAG.sub(" ", _INLINE.sub("", page)))


# --- what is searched -----------------------------------------------------------------------------

_TITLES = re.compile(
    r"dr|prof|professor(?:in)?|dipl|ing|mag|med|jur|phil|rer|nat|pol|habil|dent|hc|pd|[bm]sc|[bm]a"
    r"|frau|herrn?|hr|fr"
)
_PARTICLES = re.compile(
    r"v[ao]n|vom|zu[mr]?|der|den|dem|de[l]?|della|di|da|do?s|al|el|ter|ten|la|le|bin|ibn|af|av"
)


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
        given, surname = _parts(name)
        if not surname:
            return
        if given:
            full = Secret("name", file, row)
            for sequence in (
                (*given, *surname),
                (given[0], surname[-1]),
                (surname[-1], given[0]),
                (*surname, *given),
            ):
                self._add(sequence, full)
            # Muller for Müller; only in this order, and not alone: schon is no Schön
            plain_given, plain = _parts(name.casefold().translate(_WITHOUT_DOTS))
            self._add((*plain_given, *plain), full)
            self._add((plain_given[0], plain[-1]), full)
        if len("".join(surname[-1])) > 1:
            self._add((surname[-1],), Secret("surname", file, row))

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


def has(sequence: Sequence[str], found: Sequence[str]) -> bool:
    """Whether words stand in a text one behind the other."""
    size = len(sequence)
    return any(
        tuple(found[start : start + size]) == tuple(sequence)
        for start in range(len(found) - size + 1)
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


def _parts(name: str) -> tuple[list[Words], list[Words]]:
    """First names and surname, each a list of words and a word its parts: Karl-Heinz is one of two.

    Titles and a name at birth are left out, particles belong to the surname.
    """
    name = re.sub(r"\([^)]*\)|\b(?:geb|née)\b.*", " ", name)
    last, comma, first = name.partition(",")
    ordered = f"{first} {last}" if comma else name
    split = [tuple(words(folded(part))) for part in ordered.split()]
    kept = [part for part in split if part and not all(map(_TITLES.fullmatch, part))]
    if not kept:
        return [], []
    behind = len([p for p in last.split() if words(folded(p))]) if comma else 1
    start = max(0, len(kept) - behind)
    while start > 1 and all(map(_PARTICLES.fullmatch, kept[start - 1])):
        start -= 1
    return kept[:start], kept[start:]


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
