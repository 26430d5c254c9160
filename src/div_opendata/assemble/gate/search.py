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
from itertools import dropwhile
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
    r"dr|prof|professor(?:in)?|dipl|ing|mag|rer|habil|hc|pd|[bm]sc|frau|herrn?|hr|fr"
)
_FACULTIES = re.compile(r"med|jur|phil|nat|pol|dent|oec|theol|vet")
"""What is a part of a title behind one; Phil alone is a first name."""
_SUFFIXES = re.compile(
    r"(?i:jun|jr|junior|sen|sr|senior|[bm]\.a|ll\.?[bm]|[bm]\.?(?:sc|eng|ed)|m\.?b\.?a|ph\.?d)\.?"
    r"|[BM]A|I{2,3}"  # but not Wei Ma
)
_PARTICLES = re.compile(
    r"v[ao]n|vom|zu[mr]?|der|den|dem|de[l]?|della|di|da|do?s|al|el|ter|ten|la|le|bin|ibn|af|av"
    r"|a[mn]|i[mn]|auf|aus|beim?|unter"
)
_LABELS = re.compile(
    r"(?:online)?(?:bewerbung(?:en)?|bewerber(?:in)?|antrag|anmeldung|application)s?(?:nummer|nr)?"
    r"|online|lfd|nummer|nr|az|aktenzeichen|referenz|reference|tel|telefon|mobil|e?mail"
)
"""Words of a reference, which are nobody's name."""
_BEHIND_LABELS = re.compile(r"v[ao]n|vom|de[rsm]|from|by")
_NUMBER = re.compile(
    r"\b(?:no\b\W*|vom\s+|from\s+)(?=\d)"
    r"|\d\.\s*(?:januar|februar|märz|april|mai|ju[nl]i|august|(?:sept|nov|dez)ember|oktober)\b",
    re.IGNORECASE,
)
_BORN = re.compile(r"\b(?:geb|geborene[rn]?|née|verh|verw)\b[^,;/|()]*", re.IGNORECASE)
_ASIDE = re.compile(r"\([^)]*\)?|\[[^\]]*\]?|[<‹][^>›]*[>›]?|\bh\. ?c\.")
_MAILBOX = re.compile(r"[^\s,;/|<>()]*@[^\s,;/|<>()]*")
_HYPHEN = re.compile("[-\u2010\u2013]")
_GLUED = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
_BETWEEN = re.compile(r"\bc/o\b|[;/|\n]|\s[-\u2013\u2014]\s")
_OFFICE = re.compile(
    r"(?:Abteilung|Amt|Büro|Dezernat|Fachbereich|Referat|Stadt) .+|.* (?:für|for|of) .*"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name: first names and surname; a word like Karl-Heinz is one.

    `alone` says whether its surname is searched alone, too.
    """

    given: list[str]
    surname: list[str]
    alone: bool = True


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
                for last in (reading.surname, _shortened(reading.surname)):
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


def readings(name: str) -> list[Reading]:
    """The ways to read what stands for a person, or for several; none where it is a reference.

    Left out are titles, degrees, a name at birth, offices, addresses and what stands in brackets
    behind a name. Behind a comma may be first names or something else: then every part that may be
    a whole name is also read as one.
    """
    name = _BORN.sub(" ", _MAILBOX.sub(" ", unicodedata.normalize("NFKC", name)))
    return _people(_ASIDE.sub(" ", name)) or _people(name)


def _people(text: str) -> list[Reading]:
    people = [parts for one in _BETWEEN.split(text) if (parts := _between_commas(one))]
    whole = [parts for parts in people if sum(map(len, parts)) > 1]
    found = []
    for first, *others in whole or people:
        if not others:
            found.append(_reading(first, len(first) - 1))
            continue
        given = [word for part in others for word in part]
        found.append(_reading([*given, *first], len(given)))
        # in “Muster, Anna Maria” nobody is called Maria
        alone = _is_whole(first)
        found += [
            _reading(part, len(part) - 1, alone) for part in (first, *others) if _is_whole(part)
        ]
    return found


def _between_commas(text: str) -> list[list[str]]:
    """The words of a person's name, by the commas in it; those of an address are left out."""
    parts: list[list[str]] = []
    divided = _NUMBER.sub(" ", _GLUED.sub(". ", text)).split(",")
    for part in divided:
        complete = _is_whole([word for before in parts for word in before])
        if complete and any(map(str.isdigit, part)):
            continue
        kept = _of_a_name(part, complete, in_order=len(divided) == 1)
        if kept and not _OFFICE.fullmatch(" ".join(kept)):
            parts.append(kept)
    return parts


def _of_a_name(text: str, complete: bool, *, in_order: bool) -> list[str]:
    """The words of a text that may be of a name, which may be complete before it.

    Where the first name comes first, the “von” of “Antrag von Karl” is none of a surname.
    """
    kept: list[str] = []
    behind: re.Pattern[str] | None = None  # what goes with the word left out before
    for word in text.split():
        parts = words(folded(word))
        joined = "".join(parts)
        if not joined.isalpha() or (behind and behind.fullmatch(joined)):
            continue
        if _TITLES.fullmatch(joined) or all(
            _TITLES.fullmatch(part) or (number and _FACULTIES.fullmatch(part))
            for number, part in enumerate(parts)
        ):
            behind = _FACULTIES
        elif _LABELS.fullmatch(joined) or all(map(_LABELS.fullmatch, parts)):
            behind = _BEHIND_LABELS if in_order else None
        elif not ((kept or complete) and _SUFFIXES.fullmatch(word)):
            kept.append(word)
            behind = None
    while len(kept) > 2 and len("".join(words(folded(kept[-1])))) == 1:  # M. A.
        kept.pop()
    return kept


def _is_particle(word: str) -> bool:
    return all(map(_PARTICLES.fullmatch, words(folded(word))))


def _is_whole(part: list[str]) -> bool:
    """Whether words may be a first name and a surname."""
    return len(list(dropwhile(_is_particle, part))) > 1


def _reading(name: list[str], start: int, alone: bool = True) -> Reading:
    """A name whose surname starts at a word, or before it: particles belong to the surname."""
    while start > 1 and _is_particle(name[start - 1]):
        start -= 1
    return Reading(name[:start], name[start:], alone)


def _shortened(surname: list[str]) -> list[str]:
    """A surname with the first part alone of one that has several: Müller for Müller-Schulz."""
    first = _HYPHEN.split(surname[-1])[0]
    whole = len("".join(words(folded(first)))) < 2 or _is_particle(first)  # no al for al-Amin
    return surname if whole else [*surname[:-1], first]


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
