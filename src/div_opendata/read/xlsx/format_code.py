"""Number formats taken apart: the sections of a code, and what each puts into the cell.

A code such as `#,##0.00;[Red]-#,##0.00` or `DD.MM.YYYY HH:MM` is written in English in every file.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal[
    "literal", "digit", "point", "comma", "percent", "general", "text", "unit", "half", "elapsed"
]
Token = tuple[Kind, str]
"""What a part of a code is, and its letters; minutes are `i`, months `m`."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<unit>y+|m+|d+|h+|s+)|(?P<digit>[0#?])"
    r"|(?P<mark>[.,%/@;])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CURRENCY = re.compile(r"\$([^-]*)(-.*)?")  # [$€-407]; with nothing before the hyphen a language
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|color ?[0-9]+", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)(-?[0-9]+(?:\.[0-9]+)?)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Section:
    """One of the sections of a code; `odd` has something of which nobody knows what it shows."""

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None
    odd: bool

    def has(self, *kinds: Kind) -> bool:
        """Whether there is something of these kinds in it."""
        return any(kind in kinds for kind, _ in self.tokens)

    @cached_property
    def dated(self) -> bool:
        """Whether it shows a date, a time or a duration."""
        return self.has("unit", "half", "elapsed")

    @cached_property
    def parts(self) -> frozenset[str]:
        """What it shows, of year, month, day, hour, minute and second: `ymdhis`.

        A weekday is no day.
        """
        return frozenset(
            text[0]
            for kind, text in self.tokens
            if kind == "unit" and not (text[0] == "d" and len(text) > 2)
        )

    def takes(self, value: float) -> bool:
        """Whether its condition, if it has one, is met."""
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


def sections(code: str) -> list[Section]:
    """The sections of a code, in its order."""
    found: list[list[re.Match[str]]] = [[]]
    for part in _TOKEN.finditer(code):
        if part["mark"] == ";":
            found.append([])
        else:
            found[-1].append(part)
    return [_section(parts) for parts in found]


def _section(parts: list[re.Match[str]]) -> Section:
    tokens: list[Token] = []
    condition = None
    odd = False
    dated = any(part["unit"] or part["half"] for part in parts)
    for part in parts:
        if bracket := part["bracket"]:
            if met := _CONDITION.fullmatch(bracket):
                condition = met[1], float(met[2])
                continue
            token = _bracket(bracket)
        else:
            token = _dated(part) if dated else _plain(part)
        odd = odd or token is None
        tokens.append(token or ("literal", part[0]))
    return Section(tuple(_minutes(tokens)), condition, odd)


def _bracket(text: str) -> Token | None:
    if currency := _CURRENCY.fullmatch(text):
        return "literal", currency[1]
    if _COLOUR.fullmatch(text):
        return "literal", ""
    return ("elapsed", text.lower()) if _ELAPSED.fullmatch(text) else None


def _dated(part: re.Match[str]) -> Token | None:
    """A token of a section with a date; None where it is odd there."""
    if part["unit"]:
        return "unit", part["unit"].lower()
    if part["half"]:
        return "half", part["half"]
    if part["mark"] in {".", ",", "/"} or part["digit"] == "0":  # fractions of a second are zero
        return "literal", part[0]
    return None if part["mark"] or part["digit"] or part["general"] else _literal(part)


def _plain(part: re.Match[str]) -> Token | None:
    """A token of a section with a number or a text; None where it is odd there."""
    if part["digit"]:
        return "digit", part["digit"]
    if part["general"]:
        return "general", ""
    marks: dict[str | None, Token] = {
        ".": ("point", ","),
        ",": ("comma", ""),
        "%": ("percent", "%"),
        "@": ("text", ""),
    }
    return marks.get(part["mark"]) or (None if part["mark"] else _literal(part))


def _literal(part: re.Match[str]) -> Token | None:
    if part["blank"]:
        return "literal", " "  # as wide as that letter
    if part["fill"]:
        return ("literal", "") if part["fill"] == " " else None
    if part["other"]:
        letter = part["other"]
        return (
            None
            if letter.isascii() and (letter.isalpha() or letter in '"[\\')
            else (
                "literal",
                letter,
            )
        )
    return "literal", part["quoted"] or part["escaped"] or ""


def _minutes(tokens: list[Token]) -> list[Token]:
    """The tokens with minutes told from months: they stand behind hours, or before seconds."""
    units = [i for i, (kind, _) in enumerate(tokens) if kind in {"unit", "elapsed"}]
    for before, here, after in zip([None, *units], units, [*units[1:], None], strict=False):
        kind, text = tokens[here]
        behind = before is not None and tokens[before][1][0] == "h"
        ahead = after is not None and tokens[after][1][0] == "s"
        if kind == "unit" and text in {"m", "mm"} and (behind or ahead):
            tokens[here] = (kind, "i" * len(text))
    return tokens
