"""Texts in German and English, by gettext: English in the source, German in locale/de.

A text is kept as a value until somebody's language is known: findings and errors carry
`Message`s, labels of fields and codes are `Label`s, and both are rendered by `.text(language)`.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from .formats import day, moment
from .language import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN = "div_opendata"
LOCALE = Path(__file__).parents[1] / "locale"
UNPRINTABLE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Letters, for a regular expression, by which a text changes how a terminal shows others: control
characters, other lines, other directions, and halves of letters."""
_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]+")
LISTED = 100  # items of a list that a sentence names: nobody reads more


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """The gettext catalogue of a language; English is the source and needs none."""
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)


def translate(text: str, language: Language) -> str:
    """`text`, which is English and a message id, in `language`."""
    return catalogue(language).gettext(text) if text else ""


@runtime_checkable
class Translatable(Protocol):
    """What has a text in each language."""

    def text(self, language: Language) -> str:
        """The text in `language`."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text whose languages stand side by side in a schema, code list or configuration."""

    de: str
    en: str

    def text(self, language: Language) -> str:
        """The text in `language`."""
        return self.de if language == "de" else self.en

    def both(self) -> tuple[str, str]:
        """German, English."""
        return self.de, self.en


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """A sentence for people: an English message id with `{placeholders}` and their values.

    A value may be a text, a number, a `Label`, a `Message`, a date or time, or a sequence of these;
    dates and times are written as people of the language do.
    """

    id: str
    values: Mapping[str, object]

    # positional only: a placeholder may be called id, too
    def __init__(self, id: str, /, **values: object) -> None:  # noqa: A002 - gettext's own word
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "values", values)

    def text(self, language: Language) -> str:
        """The sentence in `language`."""
        values = {name: _text(value, language) for name, value in self.values.items()}
        return translate(self.id, language).format(**values)

    def languages(self) -> dict[Language, str]:
        """The sentence in every language, as JSON reports carry it."""
        return {language: self.text(language) for language in LANGUAGES}


def _text(value: object, language: Language) -> str:
    # to ask whether it is Translatable takes ten times as long
    if isinstance(value, Label | Message):
        return value.text(language)
    if isinstance(value, dt.datetime):
        return moment(value, language)
    if isinstance(value, dt.date):
        return day(value, language)
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        shown = ", ".join(_text(item, language) for item in items[:LISTED])
        return shown if len(items) <= LISTED else f"{shown}, …"
    return printable(str(value))


def printable(text: str) -> str:
    """A text of whoever it may be, as part of a line."""
    return text if text.isprintable() else _UNPRINTABLE.sub(" ", text)
