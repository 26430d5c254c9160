"""What a cell shows of its value, by its number format (decisions/what-excel-shows).

A number whose cell shows it as it is stays a number, a date becomes a date; where the cell shows
something else it is `Shown`, with all that a field may take of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

from div_opendata.base.i18n import Label, Message

from ..raw import Raw, Shown
from .date_format import dated_cell
from .format_code import Section, Token, sections

GERMAN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '#,##0\\ "€";-#,##0\\ "€"',
    6: '#,##0\\ "€";[Red]-#,##0\\ "€"',
    7: '#,##0.00\\ "€";-#,##0.00\\ "€"',
    8: '#,##0.00\\ "€";[Red]-#,##0.00\\ "€"',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "dd.mm.yyyy",
    15: "d. mmm yy",
    16: "d. mmm",
    17: "mmm yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "hh:mm",
    21: "hh:mm:ss",
    22: "dd.mm.yyyy hh:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;[Red]-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00",
    41: '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-',
    42: '_-* #,##0\\ "€"_-;-* #,##0\\ "€"_-;_-* "-"\\ "€"_-;_-@_-',
    43: '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-',
    44: '_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
"""The formats that files name by number alone, as a German Excel has them."""

_PLAIN = {"General", "@"}
_LONG = 10**11  # from here on General shows 1,2E+11
_EXACT = Context(prec=400)  # more digits than any number has
_SIGNS = ("-", "−", "–")
_OTHER_NUMBER = re.compile(  # what makes of a number behind or before it another one
    r"[0-9‰]|\b(?:T|k|Tsd|Tausend|thousand|Mio|Mill|Million\w*|Mrd|Milliard\w*|billion\w*|hundert"
    r"|hundred|Dutzend|dozen)\b",
    re.IGNORECASE,
)


class NumberFormat:
    """A number format, by its code."""

    def __init__(self, code: str) -> None:
        self._plain = code in _PLAIN
        self._whole = self._plain or code == "0"
        found = sections(code)
        with_text = len(found) > 3 or found[-1].has("text")
        self._text = found[-1] if with_text else None
        self._numbers = found[:-1] if with_text and len(found) > 1 else found

    def number(self, value: float, *, from_1904: bool) -> Raw:
        """A number as its cell shows it. `from_1904` says how the workbook counts days."""
        if (self._plain or (self._whole and isinstance(value, int))) and abs(value) < _LONG:
            return value
        section, signed = self._section(value)
        if section is None:
            return Shown("########", Message("its cell cannot show {value}", value=_in_both(value)))
        if section.dated:
            return dated_cell(section, value, from_1904=from_1904)
        return _shown(section, value, signed=signed)

    def text(self, text: str) -> Raw:
        """A text as its cell shows it: with the words of the format, or not at all."""
        if self._text is None or self._plain:
            return text
        shown = "".join(
            [text if kind == "text" else words for kind, words in self._text.tokens]
        ).strip()
        if shown == text.strip():
            return text
        return Shown(shown, _reason(shown, text), everywhere=not self._text.odd)

    def _section(self, value: float) -> tuple[Section | None, bool]:
        """The section that shows a number, and whether with a sign of its own accord."""
        first, *others = self._numbers
        if any(section.condition for section in self._numbers):
            section = next((s for s in self._numbers if s.takes(value)), None)
            return section, value < 0
        if value < 0:
            return (others[0], False) if others else (first, True)
        return (others[1], False) if value == 0 and len(others) > 1 else (first, False)


def _shown(section: Section, value: float, *, signed: bool) -> Raw:
    """A number that is shown by its digits, among whatever else."""
    if section.odd:
        return Shown(
            str(value),
            Message("its format shows something else than {value}", value=_in_both(value)),
        )
    if section.has("general", "text"):
        return _by_itself(section, value, signed=signed)
    before, inside, behind = _split(section.tokens)
    percents = sum(kind == "percent" for kind, _ in section.tokens)
    digits, exact = _digits(inside, abs(Decimal(repr(value))) * 100**percents)
    text = ("-" if signed else "") + _words(before) + digits + _words(behind)
    minus = signed or _is_negative(_words(before).strip(), _words(behind).strip())
    same = exact and minus == (value < 0) and not _OTHER_NUMBER.search(_words([*before, *behind]))
    return _as_shown(
        text.strip(),
        value,
        seen=_scaled(value, percents) if same else None,
        everywhere=not any(kind in {"point", "comma"} for kind, _ in inside),
    )


def _by_itself(section: Section, value: float, *, signed: bool) -> Raw:
    """A number as `General` shows it."""
    long = abs(value) >= _LONG
    number = f"{abs(value):.5E}" if long else f"{abs(value):.15g}"
    words = "".join(words for kind, words in section.tokens if kind == "literal")
    text = "".join(
        number if kind in {"general", "text"} else words for kind, words in section.tokens
    )
    same = not long and not _OTHER_NUMBER.search(words) and signed == (value < 0)
    return _as_shown(
        (("-" if signed else "") + text).strip().replace(".", ","),
        value,
        seen=value if same else None,
        everywhere=not long and isinstance(value, int),
    )


def _as_shown(text: str, value: float, *, seen: float | None, everywhere: bool) -> Raw:
    if text == str(value):
        return value
    percent = "%" in text
    return Shown(
        text,
        _reason(text, value),
        number=None if percent else seen,
        percent=seen if percent else None,
        everywhere=everywhere,
    )


def _reason(shown: str, value: float | str) -> Message:
    held = value if isinstance(value, str) else _in_both(value)
    if not shown:
        return Message("the cell shows nothing, but holds {value}", value=held)
    return Message("the cell shows “{shown}”, but holds {value}", shown=shown, value=held)


def _in_both(value: float) -> Label:
    """A number with the decimal comma or point of each language."""
    return Label(de=str(value).replace(".", ","), en=str(value))


def _is_negative(before: str, behind: str) -> bool:
    """Whether the words of a section make its digits a negative number: -7, or (7) in books."""
    return before.endswith(_SIGNS) or (before.endswith("(") and behind.startswith(")"))


def _scaled(value: float, percents: int) -> float:
    number = Decimal(repr(value)) * 100**percents
    return int(number) if number == number.to_integral_value(context=_EXACT) else float(number)


def _words(tokens: Sequence[Token]) -> str:
    return "".join([text for _, text in tokens])


def _split(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token], Sequence[Token]]:
    """What stands before the digits, with and between them, and behind them."""
    of_digits = [i for i, (kind, _) in enumerate(tokens) if kind in {"digit", "point", "comma"}]
    if not of_digits:
        return tokens, (), ()
    first, last = of_digits[0], of_digits[-1] + 1
    return tokens[:first], tokens[first:last], tokens[last:]


def _digits(tokens: Sequence[Token], value: Decimal) -> tuple[str, bool]:
    """The digits of a number as placeholders show them, and whether all of it is to be seen."""
    kinds = [kind for kind, _ in tokens]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    whole, rest = list(tokens[:point]), list(tokens[point + 1 :])
    thousands = 0
    for part in (whole, rest):  # a comma behind the last digit divides by a thousand
        while part and part[-1][0] == "comma":
            part.pop()
            thousands += 1
    places = sum(kind == "digit" for kind, _ in rest)
    scaled = value / 1000**thousands
    rounded = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    digits, _, decimals = f"{rounded:f}".partition(".")
    text, plain = _whole_digits(whole, digits.lstrip("0"))
    if point < len(kinds):
        text += "," + _decimals(rest, decimals)
    seen = bool(re.search("[0-9]", text))
    return text, seen and plain and rounded == value and not thousands


def _whole_digits(tokens: Sequence[Token], digits: str) -> tuple[str, bool]:
    """The digits before the point, and whether nothing but blanks stands between them."""
    holders = [text for kind, text in tokens if kind == "digit"]
    least = len(holders) - holders.index("0") if "0" in holders else 0
    digits = digits.rjust(least, "0")
    between = [text for kind, text in tokens if kind not in {"digit", "comma"}]
    if any(kind == "comma" for kind, _ in tokens):
        grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", ".", digits)
        return grouped, not between
    shown: list[str] = []
    left = len(holders)
    for kind, text in reversed(tokens):
        if kind != "digit":
            shown.append(text)
            continue
        left -= 1
        taken = digits if not left else digits[-1:]  # the first placeholder has all that is left
        digits = digits[: len(digits) - len(taken)]
        shown.append(taken)
    return "".join(reversed(shown)), not "".join(between).strip()


def _decimals(tokens: Sequence[Token], digits: str) -> str:
    """The digits behind the point; where there are no more, `#` and `?` show nothing."""
    holders = [text for kind, text in tokens if kind == "digit"]
    while holders and holders[-1] != "0" and digits.endswith("0"):
        holders.pop()
        digits = digits[:-1]
    left = iter(digits)
    return "".join([next(left, "") if kind == "digit" else text for kind, text in tokens])
