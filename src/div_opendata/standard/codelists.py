"""Code lists: what may stand in a cell for a label, from schemas/codelists/ or a city's own."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from div_opendata.base.disk import TEXT_LIMIT, read_text
from div_opendata.base.i18n import Label
from div_opendata.base.letters import trimmed, without_invisible

CODE_PATTERN = "^[a-z]+(_[a-z0-9]+)*$"
"""The form of codes in open lists, as the schemas have it."""
OFFICIAL_CODE_PATTERN = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
"""The form of codes in the standard's own lists: rfc3797."""
_TRUTH_VALUES = "true false t f yes no y n on off ja nein j wahr falsch"
_NO_VALUES = "na nan n_a null nil none missing"
_NUMBERS = "inf infinity"
_MOMENTS = "now today tomorrow yesterday noon midnight epoch"
_TAKEN = frozenset(f"{_TRUTH_VALUES} {_NO_VALUES} {_NUMBERS} {_MOMENTS}".split())
_CALENDAR = re.compile(
    "(jan|januar|january|feb|februar|february|mar|march|maerz|apr|april|may|mai|jun|june|juni|jul|july|juli"
    "|aug|august|sep|sept|september|oct|october|okt|oktober|nov|november|dec|december|dez|dezember"
    "|mon|monday|tue|tues|tuesday|wed|wednesday|thu|thur|thurs|thursday|fri|friday|sat|saturday|sun|sunday)"
    "(_?[0-9]+)*"
)
TABLE_LIST = "table"
"""The one code list without a file: the names of the public tables, derived from their schemas."""


@dataclass(frozen=True, eq=False)
class Code:
    """One code of a list, with its label and description, and other words for it: they are
    suggested, never taken for the code."""

    code: str
    label: Label
    description: Label
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CodeList:
    """A list of codes, by code, in the order of its file."""

    name: str
    codes: Mapping[str, Code]

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """What people may type (code, German or English label, case folded) → code."""
        spellings: dict[str, str] = {}
        for code in self.codes.values():
            for spelling in (code.code, *code.label.both()):
                spellings[fold(spelling)] = code.code
        return spellings

    @cached_property
    def synonyms(self) -> Mapping[str, str]:
        """Other words for what a code means, folded → code."""
        return {fold(word): code.code for code in self.codes.values() for word in code.synonyms}


def fold(text: str) -> str:
    """Text as names, headings and labels are compared: case, surrounding or double space and
    invisible letters are ignored, and an ä of two characters, as macOS writes it, is an ä."""
    return unicodedata.normalize("NFC", " ".join(without_invisible(text).split()).casefold())


def taken_for_another_type(code: str) -> bool:
    """Whether a program that guesses a column's type from its cells (DuckDB, csvkit, pandas, R,
    spreadsheets) may take a code for a truth value, no value, a number or a date.

    A column of such codes is read without an error, and a join with codes.csv finds nothing.
    """
    return code in _TAKEN or bool(_CALENDAR.fullmatch(code)) or not code[:1].isalpha()


def load_codelist(path: Path, pattern: str = CODE_PATTERN, within: Path | None = None) -> CodeList:
    """Read a code list (UTF-8 CSV: code, de, en; description_de, description_en, synonyms_de and
    synonyms_en may be missing; synonyms are divided by semicolons).

    Raises ValueError, which says why, when it is not one, and as `read_text` does. A city's own
    list goes where the standard's would: into cells, drop-downs and published tables, so it has to
    be as sound.
    """
    codes: dict[str, Code] = {}
    spellings: dict[str, int] = {}
    for line, row in _codelist_rows(read_text(path, TEXT_LIMIT, within)):
        code = Code(
            row["code"],
            Label(_composed(row["de"]), _composed(row["en"])),
            Label(_composed(row.get("description_de")), _composed(row.get("description_en"))),
            tuple(_synonyms(row)),
        )
        if reason := _mistake_in(code, pattern):
            raise ValueError(f"line {line}: {reason}")
        for spelling in {fold(text) for text in (code.code, *code.label.both())}:
            if other := spellings.get(spelling):
                raise ValueError(f"line {line}: the code or a label is also in line {other}")
            spellings[spelling] = line
        codes[code.code] = code
    if not codes:
        raise ValueError("it has no codes")
    words = [fold(word) for code in codes.values() for word in code.synonyms]
    if twice := next((word for word in words if words.count(word) > 1 or word in spellings), None):
        raise ValueError(f"“{twice}” is a synonym of one code, and says another one too")
    return CodeList(path.stem, codes)


def _synonyms(row: Mapping[str, str | None]) -> Iterator[str]:
    for column in ("synonyms_de", "synonyms_en"):
        yield from filter(None, map(str.strip, (row.get(column) or "").split(";")))


def _codelist_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a code list, each with the line on which it ends."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","  # Excel's CSV has the semicolon
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        if missing := [n for n in ("code", "de", "en") if n not in (reader.fieldnames or ())]:
            raise ValueError(f"columns are missing: {', '.join(missing)}")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"after line {reader.line_num}: {error}") from error


def _composed(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "")


def _mistake_in(code: Code, pattern: str) -> str | None:
    """What is wrong with a code or its labels."""
    labels = code.label.both()
    if not (code.code and all(labels)):
        return "code, de or en is empty"
    if not re.fullmatch(pattern, code.code):
        return f"a code does not match {pattern}"
    if taken_for_another_type(code.code):
        return f"programs take the code {code.code} for a truth value, no value, a number or a date"
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for label in labels for letter in label):
        return "a label has a control character"
    if any(label != trimmed(label) for label in labels):
        return "a label has a space or an invisible letter before or after it"
    if any(label.startswith(("=", "+", "-", "@")) for label in labels):
        return "a label begins with = + - or @, which a spreadsheet would run as a formula"
    return None
