"""The lottery: a draw that anybody can run again, and from which nobody learns who applied.

`draw` has the arithmetic, `register` what stays private, `books` the lottery's tables of a
workspace, `steps` what is done with them, `verify` what a stranger does with the published package.
`check_lottery.py` is published beside the data: it needs nothing of this package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "lotteries": "id",
    "seed_sources": "position",
    "lottery_tickets": "position",
    "replacements": "number",
}
"""The tables of the lottery, and the field by which the rows of one lottery are in order."""

CHECKER = Path(__file__).parent / "check_lottery.py"
"""The program that is published beside every pool, so that nobody needs ours to check a draw."""
