"""How cells look, as far as it says something of their values: number format and strike-through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .number_format import GERMAN, NumberFormat
from .outline import SPREADSHEET, Attributes, Damaged, Outline
from .texts import is_on

CODE_LIMIT = 1_000  # characters of a number format; Excel takes 255


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell shows its value, and whether it is crossed out."""

    form: NumberFormat
    struck: bool


PLAIN = Look(NumberFormat("General"), struck=False)


def read_styles(chunks: Iterable[bytes]) -> list[Look]:
    """The looks that cells name by their number. Raises Damaged.

    All else (colours, borders, named styles, however many and however odd) is skipped.
    """
    codes = dict(GERMAN)
    struck: list[bool] = []
    looks: list[tuple[int, int]] = []

    def begin_format(attributes: Attributes) -> None:
        code = attributes.get("formatCode", "General")
        if len(code) > CODE_LIMIT:
            raise Damaged
        codes[_number(attributes, "numFmtId")] = code

    def begin_font(_attributes: Attributes) -> None:
        struck.append(False)

    def begin_strike(attributes: Attributes) -> None:
        struck[-1] = is_on(attributes)

    def begin_look(attributes: Attributes) -> None:
        looks.append((_number(attributes, "numFmtId"), _number(attributes, "fontId")))

    root, formats, form, fonts, font, strike, all_looks, look = (
        SPREADSHEET + name
        for name in (
            *("styleSheet", "numFmts", "numFmt", "fonts", "font", "strike"),
            *("cellXfs", "xf"),
        )
    )
    Outline(
        {
            "": {root},
            root: {formats, fonts, all_looks},
            formats: {form},
            fonts: {font},
            font: {strike},
            all_looks: {look},
        },
        {form: begin_format, font: begin_font, strike: begin_strike, look: begin_look},
    ).read(chunks)
    used = {codes.get(number, "General") for number, _ in looks}
    forms = {code: NumberFormat(code) for code in used}
    return [
        Look(
            forms[codes.get(number, "General")],
            struck=of_font < len(struck) and struck[of_font],
        )
        for number, of_font in looks
    ]


def _number(attributes: Attributes, name: str) -> int:
    text = attributes.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise Damaged
    return int(text)
