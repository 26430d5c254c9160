"""Letters that nobody sees: they come along with what is copied from pages, letters and mails."""

from __future__ import annotations

from .i18n import Message

INVISIBLE = "\u00ad\u061c\u180e\ufeff" + "".join(
    chr(number)
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F))
    for number in range(first, last + 1)
)
"""Soft hyphens, spaces without width, joiners, and marks that turn the direction of writing."""
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_GONE = str.maketrans("", "", INVISIBLE)
_NAMES = {
    "\t": Message("a tab"),
    "\n": Message("a line break"),
    "\v": Message("a line break"),
    "\f": Message("a page break"),
    "\x85": Message("a line break"),
    "\u2028": Message("a line break"),
    "\u2029": Message("a line break"),
    "\ufeff": Message("an invisible mark of the beginning of a file"),
    "\ufffd": Message("a letter that a program could not read (�)"),
    **{
        letter: Message("an invisible mark that turns the direction of writing")
        for letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    },
}


def trimmed(text: str) -> str:
    """`text` without space and invisible letters at its edges."""
    return text.strip() if text.isprintable() else text.strip(_SPACES + INVISIBLE)


def without_invisible(text: str) -> str:
    """`text` without any invisible letter, for what has to be exact: codes, numbers, addresses."""
    return text if text.isprintable() else text.translate(_GONE)


def letter_name(letter: str) -> Message:
    """What a letter that cannot be shown is called."""
    name = _NAMES.get(letter, Message("an invisible control character"))
    return Message("{name} (U+{number})", name=name, number=f"{ord(letter):04X}")
