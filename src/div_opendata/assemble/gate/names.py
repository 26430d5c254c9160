"""The ways to read a person's name as lists have it: with a title, an office, an address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import dropwhile

from .folding import folded, words

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

    @property
    def short_surname(self) -> list[str]:
        """The first part alone of a surname that has several: Müller for Müller-Schulz."""
        first = _HYPHEN.split(self.surname[-1])[0]
        whole = len("".join(words(folded(first)))) < 2 or is_particle(first)  # no al for al-Amin
        return self.surname if whole else [*self.surname[:-1], first]


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


def is_particle(word: str) -> bool:
    """Whether a word may stand between first name and surname, such as “von”."""
    return all(map(_PARTICLES.fullmatch, words(folded(word))))


def _is_whole(part: list[str]) -> bool:
    """Whether words may be a first name and a surname."""
    return len(list(dropwhile(is_particle, part))) > 1


def _reading(name: list[str], start: int, alone: bool = True) -> Reading:
    """A name whose surname starts at a word, or before it: particles belong to the surname."""
    while start > 1 and is_particle(name[start - 1]):
        start -= 1
    return Reading(name[:start], name[start:], alone)
