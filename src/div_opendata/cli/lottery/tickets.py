"""Giving out tickets, from the applications in private/."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from ..shared import clock
from ..shared.console import ask, say, tell
from ..shared.opening import open_here, workspace_argument
from ..shared.translated import command, language_option, option
from .options import lottery_argument, yes_option

if TYPE_CHECKING:
    from div_opendata.lottery.register import Application
    from div_opendata.workspace.settings import Workspace


@command()
@lottery_argument
@workspace_argument
@option("--call", required=True, help="ID of the call whose places are drawn.")
@option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="CSV with the qualified applications: columns application and, if wanted, word.",
)
@option("--keep-until", required=True, help="Day until which the register is kept: 2027-06-30.")
@option("--where", help="Address at which applicants will find the pool.")
@yes_option
@language_option
def tickets(
    lottery: str,
    workspace: Path,
    call: str,
    file: Path | None,
    keep_until: str,
    where: str | None,
    yes: bool,
) -> None:
    """Give each qualified application a ticket: writes the private register and the slips.

    LOTTERY is the ID of the new lottery. Without --from there are as many tickets as the call
    counts qualified applications. Run again, it writes slips that are missing.
    """
    from div_opendata.check.placeholders import refuse_placeholders
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books
    from div_opendata.lottery.register import Register, make_entries, pool_address

    opened = open_here(workspace)
    refuse_placeholders(opened)
    register = Register(opened, checked_id(lottery))
    address = where or pool_address(opened)
    if address is None:
        raise UsageProblem(
            Message("No portal of the configuration can be reached by applicants."),
            Message("Say where the pool will be: --where https://…"),
        )
    day = _date(keep_until, opened)
    with opened.exclusively():
        register.guard()
        books = open_books(opened)
        qualified = steps.prepare(books, lottery, call, clock.now())
        if register.exists():
            entries = register.entries()
            if all(register.slip(entry).is_file() for entry in entries):
                raise UsageProblem(
                    Message("The register of {lottery} exists.", lottery=lottery),
                    Message(
                        "Its tickets are not given again. For a new lottery take another ID, or"
                        " destroy the register first."
                    ),
                )
        else:
            applications = _applications(file, qualified)
            _ask_of_alike(applications, yes=yes)
            entries = make_entries(lottery, call, applications, day)
            steps.refuse_needless(books.office("calls", call), len(entries))
            register.write(entries)
        register.write_slips(entries, address, opened.configuration.publisher.name)
    say(
        Message(
            "{number} tickets: the register is {register}, the slips are in {slips}.",
            number=len(entries),
            register=register.path,
            slips=register.slips,
        )
    )
    say(
        Message(
            "Both are private. Hand each applicant their slip, then: div-opendata lottery freeze"
        )
    )


def checked_id(lottery: str) -> str:
    """The ID of a new lottery, which also becomes the name of files."""
    import re

    from div_opendata.standard.tables import ID_PATTERN

    if not re.fullmatch(ID_PATTERN, lottery):
        raise UsageProblem(
            Message("{id} cannot be the ID of a lottery.", id=lottery),
            Message(
                "An ID is words and numbers in lower case with hyphens, such as lottery-2026-1."
            ),
        )
    return lottery


def _applications(file: Path | None, qualified: int | None) -> list[Application]:
    from div_opendata.lottery.register import Application, read_applications, refuse_versioned

    if file is not None:
        refuse_versioned(file)
        applications = read_applications(file)
        if qualified is not None and len(applications) != qualified:
            raise UsageProblem(
                Message(
                    "{file} has {number} applications; the call counts {qualified} qualified ones.",
                    file=file,
                    number=len(applications),
                    qualified=qualified,
                ),
                Message("Every qualified application gets a ticket: correct the one or the other."),
            )
        return applications
    if qualified is None:
        raise UsageProblem(
            Message("Nobody knows how many tickets are to be given."),
            Message("Enter the qualified applications of the call, or give a file by --from."),
        )
    return [Application() for _ in range(qualified)]


def _ask_of_alike(applications: list[Application], *, yes: bool) -> None:
    """Ask before what may be one person gets several tickets; no name is shown."""
    from div_opendata.lottery.register import alike

    for lines in (same := alike(applications)):
        tell(Message("Lines {lines} may be of the same person.", lines=lines))
    if same:
        ask(Message("Give each of these lines a ticket of its own? (yes/no)"), yes=yes)


def _date(text: str, workspace: Workspace) -> dt.date:
    """A day that has not passed, as people write it."""
    from div_opendata.read.values import understand

    field = workspace.standard.tables["lotteries"].fields["register_destroyed_on"]
    value = understand(field, text, workspace.time_zone)
    try:
        day = dt.date.fromisoformat(str(value))
    except ValueError:
        day = dt.date.min
    if day < clock.today(workspace.time_zone):
        raise UsageProblem(
            Message("{text} is no date, or one that has passed.", text=text),
            Message("Write it as 2027-06-30 or 30.06.2027."),
        )
    return day
