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
_BROKEN = re.compile(
    "[-\u2010\u2011\u00ac\u00ad][ \t\u00a0]*(?:\r\n?|\n)[ \t\u00a0]*(?=([^\\W\\d_]))"
)
_WORD = re.compile(r"[^\W_]+")
_INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
"""Letters of the category Cf, as folding leaves them out."""


def joined(text: str) -> str:
    """Text in which words broken at the end of a line are whole again, also in capitals."""
    return _BROKEN.sub(_joint, text) if "\n" in text or "\r" in text else text


def _joint(found: re.Match[str]) -> str:
    before, behind = found.string[max(0, found.start() - 1) : found.start()], found[1]
    goes_on = behind.islower() or (before.isupper() and behind.isupper())
    return "" if goes_on else found[0]


def folded(text: str) -> str:
    """Text as it is compared."""
    text = joined(text).casefold()
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


def readable(text: str) -> str:
    """Text as a reader sees it: with its capitals and signs, but no invisible letters."""
    text = joined(text)
    return text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def written(text: str, found: Sequence[str]) -> list[re.Match[str]] | None:
    """The words of a readable text, one for each of the folded words that were found in it; None
    where they are not the same, as with accents that belong to no letter."""
    there = list(_WORD.finditer(text))
    if len(there) != len(found):
        return None
    same = dict(zip((match[0] for match in there), found, strict=True))
    pairs = zip(there, found, strict=True)
    if any(same[match[0]] != word for match, word in pairs):
        return None
    return there if all(folded(text) == word for text, word in same.items()) else None


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
