"""The codes of the rules, with severity and whether a deviation excuses: data/codes.csv.

The list is that of the design and kept by hand.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from support.workspaces import TOP

LIST = TOP / "tests" / "data" / "codes.csv"


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    code: str
    severities: tuple[str, ...]
    excusable: bool


with LIST.open(encoding="utf-8", newline="") as file:
    CODES = {
        row["code"]: Entry(
            row["code"],
            tuple(row["severity"].split(" / ")),
            {"true": True, "false": False}[row["excusable"]],
        )
        for row in csv.DictReader(file)
    }
