"""What a private name means where it stands: somebody, a street called after somebody, or words.

The search looks at folded words alone. Here the text is looked at as it is written, with its
capitals and signs, around the words that were found.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import cached_property
from typing import Literal

from .folding import readable, written
from .names import is_particle
from .persons import NAMED_AFTER, is_first_name

Meaning = Literal["name", "person", "surname"]

_PAUSE = re.compile(r"[.:;!?()\u2013\u2014\u2026/]\s|,\s")
_SENTENCE = re.compile(r"[.:;!?()\u2013\u2014\u2026/]\s")
_INITIAL = re.compile(r"[^\W\d_]|Ch|Chr|Th|Ph|Fr|Joh|Jos|Wilh")
_BEHIND_INITIAL = re.compile(r"\.\s*-?\s*|[._-]")
_GLUED = re.compile(r"[._-]")
_BLANK = re.compile(r"\s+")
_AND = {"und", "u", "and", "sowie", "oder", "or", "bzw"}
_SIGNS = re.compile(r"\s?[&/+]\s?")
_SIGNED = {"iA", "iV"}
"""Abbreviations before the name of who signs; others, such as z. B., end in no initial."""


def may_be_a_person(found: Sequence[str], start: int, end: int, given: Container[str]) -> bool:
    """Whether the words around a surname are worth a closer look."""
    before = start - 1
    while before > 0 and is_particle(found[before]):
        before -= 1
    if end < len(found) and len(found[end]) == 1:
        return True
    if before < 0:
        return False
    word, other = found[before], found[before - 1] if before else ""
    return (
        any(one in given or is_first_name(one) for one in (word, other))
        or other in _AND
        or _INITIAL.fullmatch(word.title()) is not None
    )


class Context:
    """A text around the words that were found in it."""

    def __init__(self, text: str, found: list[str], given: Container[str]) -> None:
        self.found = found
        """Its words, folded."""
        self._given = given
        self._text = text

    @cached_property
    def text(self) -> str:
        """The text as a reader sees it."""
        return readable(self._text)

    @cached_property
    def _words(self) -> list[re.Match[str]] | None:
        return written(self.text, self.found)

    def of_full_name(self, start: int, end: int, *, reverse: bool) -> Meaning:
        """What a first name and a surname are, one behind the other, or the other way round.

        It is somebody's name, unless they stand in two parts of a sentence, where they may be words
        (“Im August, Sommer wie selten”), or something is called after it.
        """
        if self._words is None:
            return "name"
        gaps = [self._gap(number) for number in range(start, end - 1)]
        if self._named_after(end) and all(gap in {"-", ""} for gap in gaps):
            return "surname"
        pause = _SENTENCE if reverse else _PAUSE
        initials = [len(self.found[number]) == 1 for number in range(start, end - 1)]
        apart = any(
            pause.search(gap) and not initial for gap, initial in zip(gaps, initials, strict=True)
        )
        return "person" if apart else "name"

    def of_surname(
        self, start: int, end: int, initials: Container[str]
    ) -> tuple[Meaning, int, int]:
        """What a surname is, and from which word to which its person is named.

        A person is meant where an initial or a first name stands before it. `initials` are
        those of whoever has this name: they need no dot.
        """
        nobody: tuple[Meaning, int, int] = ("surname", start, end)
        words = self._words
        if words is None:
            return "person", start, end
        if self._named_after(end) or self._goes_on(end):
            return nobody
        first = start - 1
        while first > 0 and is_particle(self.found[first]) and _BLANK.fullmatch(self._gap(first)):
            first -= 1
        if first >= 0 and (
            self._is_initial(first, initials)
            or self._is_first_name(first)
            or self._is_couple(first)
        ):
            return "person", first, end
        if end < len(words):
            gap, behind = self._gap(end - 1), words[end][0]
            full = len(behind) == 1 and behind.isupper() and self._gap(end).startswith(".")
            own = self.found[end] in initials
            if full and (re.fullmatch(r",\s?", gap) or (own and _BLANK.fullmatch(gap))):
                return "person", start, end + 1
        return nobody

    @property
    def exact(self) -> bool:
        """Whether it is known where in the text each word stands."""
        return self._words is not None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """From where to where some words stand in an exact text."""
        words = self._words or []
        return words[start].start(), words[end - 1].end()

    def _gap(self, number: int) -> str:
        """What stands between a word and the next one."""
        words = self._words or []
        if number + 1 >= len(words):
            return self.text[words[number].end() :]
        return self.text[words[number].end() : words[number + 1].start()]

    def _named_after(self, end: int) -> bool:
        """Whether the word behind says that a street or an institution is called so."""
        words = self._words or []
        if end >= len(words) or self._gap(end - 1) not in {"-", " "}:
            return False
        return bool(NAMED_AFTER.search(words[end][0]))

    def _goes_on(self, end: int) -> bool:
        """Whether a surname is the first part of another: Müller-Schulz is no Müller."""
        words = self._words or []
        return end < len(words) and self._gap(end - 1) == "-" and words[end][0][0].isupper()

    def _is_initial(self, number: int, initials: Container[str]) -> bool:
        word, gap = (self._words or [])[number][0], self._gap(number)
        own = self.found[number] in initials
        if not _INITIAL.fullmatch(word) or not (word[0].isupper() or own):
            return False
        if not word[0].isupper():
            return bool(_GLUED.fullmatch(gap)) and not self._is_abbreviated(number)
        if own and _BLANK.fullmatch(gap):
            return True
        return bool(_BEHIND_INITIAL.fullmatch(gap)) and not self._is_abbreviated(number)

    def _is_abbreviated(self, number: int) -> bool:
        """Whether a letter is the last of an abbreviation such as z. B. or i. d. R."""
        if number == 0:
            return False
        before = (self._words or [])[number - 1][0]
        dotted = re.fullmatch(r"\.\s?", self._gap(number - 1)) is not None
        short = len(before) == 1 and before.islower() and dotted
        return short and before + (self._words or [])[number][0] not in _SIGNED

    def _is_first_name(self, number: int) -> bool:
        word, gap = (self._words or [])[number][0], self._gap(number)
        known = self.found[number] in self._given or is_first_name(word)
        if not known:
            return False
        if word[0].isupper() and _BLANK.fullmatch(gap):
            return True
        return bool(_GLUED.fullmatch(gap))

    def _is_couple(self, number: int) -> bool:
        """Whether a word is the second first name of two: Erika und Max."""
        words = self._words or []
        if number == 0 or not words[number][0][0].isupper():
            return False
        if not _BLANK.fullmatch(self._gap(number)):
            return False
        joins = number > 1 and self.found[number - 1] in _AND
        other = number - 2 if joins else number - 1
        if not joins and not _SIGNS.fullmatch(self._gap(number - 1)):
            return False
        return self.found[other] in self._given or is_first_name(words[other][0])
