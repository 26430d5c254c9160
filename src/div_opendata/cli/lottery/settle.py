"""Writing down what a command of the lottery has done, unless a rule says that it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.i18n import Message

from ..shared import clock
from ..shared.console import language, say, style

if TYPE_CHECKING:
    from div_opendata.lottery.books import Books


def settle(books: Books, lottery: str, *, drawing: bool = False) -> None:
    """Show what the rules say of a lottery as it would be written; its errors end the run."""
    from div_opendata.lottery import steps
    from div_opendata.report.findings import findings_text

    found = books.judge(lottery, clock.today(books.workspace.time_zone))
    if found:
        say(findings_text(found, books.records, language(), style), err=True)
    if steps.refused(found, drawing=drawing):
        say(style(Message("Nothing was changed.").text(language()), "error"), err=True)
        raise SystemExit(1)
