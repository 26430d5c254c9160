"""The end of a register: forgetting one applicant, destroying all of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from ..shared import clock
from ..shared.console import ask, language, say, tell
from ..shared.opening import open_here, workspace_argument
from ..shared.translated import command, language_option
from .options import lottery_argument, typed_lines, yes_option
from .tickets import checked_id

if TYPE_CHECKING:
    from div_opendata.lottery.register import Register
    from div_opendata.workspace.settings import Workspace


@command()
@lottery_argument
@workspace_argument
@language_option
def forget(lottery: str, workspace: Path) -> None:
    """Remove one person's entry from the register, by their ticket, which is asked for.

    What is published stays: nobody can tell from a leaf who applied.
    """
    from div_opendata.lottery.register import typed_ticket

    opened = open_here(workspace)
    with opened.exclusively():
        register = register_of(opened, lottery)
        if sys.stdin.isatty():
            ticket = click.prompt(Message("Ticket").text(language()), err=True)
        else:
            ticket = [*typed_lines(), ""][0]
        if not register.forget(typed_ticket(ticket)):
            raise UsageProblem(
                Message("This ticket is not in the register of {lottery}.", lottery=lottery),
                Message("Look whether it is typed as on the slip. Nothing was changed."),
            )
    say(Message("The entry and its slip are removed. What you keep elsewhere is not."))


def register_of(workspace: Workspace, lottery: str) -> Register:
    """The private register of a lottery."""
    from div_opendata.lottery.register import Register

    return Register(workspace, checked_id(lottery))


@command()
@lottery_argument
@workspace_argument
@yes_option
@language_option
def destroy(lottery: str, workspace: Path, yes: bool) -> None:
    """Destroy the register and all slips, and record the day; run again, it completes that."""
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        register = register_of(opened, lottery)
        steps.refuse_backward(books, clock.now())
        frozen = steps.destructible(books, lottery, known=register.exists())
        ask(
            Message("Destroy the register of {lottery} for good? (yes/no)", lottery=lottery),
            yes=yes,
        )
        removed = register.destroy()
        if frozen:
            steps.record_destruction(books, lottery, clock.today(opened.time_zone))
            books.save()
    for path in removed:
        say(Message("destroyed: {file}", file=path))
    tell(
        Message(
            "Destroy your own copies, too: the file of applications, letters, printed slips,"
            " backups."
        )
    )
