"""The lottery: a draw that anybody can run again, and from which nobody learns who applied.

`register` has what stays private, `books` the lottery's tables of a workspace, `steps` what is done
with them, `verify` what a stranger does with the published package (standard/draw: the arithmetic).
`check_lottery.py` is published beside the data: it needs nothing of this package.
"""

from __future__ import annotations

from pathlib import Path

CHECKER = Path(__file__).parent / "check_lottery.py"
"""The program that is published beside every pool, so that nobody needs ours to check a draw."""
