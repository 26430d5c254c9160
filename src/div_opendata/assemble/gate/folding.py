"""Texts as they are compared, and what they may hide.

Texts and what is searched are folded alike: case, Unicode's compatibility forms, ä and ae, ß and
ss, accents, invisible letters, words broken at the end of a line.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote

_NESTED = 3  # encodings inside each other that are undone: &amp;uuml;
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


def has(sequence: Sequence[str], found: Sequence[str]) -> bool:
    """Whether words stand in a text one behind the other."""
    size = len(sequence)
    return any(
        tuple(found[start : start + size]) == tuple(sequence)
        for start in range(len(found) - size + 1)
    )


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
