"""Closing a pool and announcing its sources, or declaring a lottery void."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import shortened
from div_opendata.base.i18n import Message

from ..shared import clock
from ..shared.console import ask, say, style
from ..shared.opening import open_here, workspace_argument
from ..shared.translated import command, language_option, option
from .options import lottery_argument, yes_option
from .settle import settle
from .tickets import checked_id


@command()
@click.argument("lottery", required=False)
@workspace_argument
@option(
    "--announcement",
    type=click.Path(path_type=Path),
    help="TOML file with session, dates and sources of randomness.",
)
@option(
    "--skip",
    "skips",
    multiple=True,
    help="NUMBER=REASON: pass over the application with this number in the register; the reason is"
    " ineligible, duplicate or withdrawn_before_draw.",
)
@option("--example", is_flag=True, help="Print an announcement to begin with.")
@yes_option
@language_option
def freeze(
    lottery: str | None,
    workspace: Path,
    announcement: Path | None,
    skips: Sequence[str],
    example: bool,
    yes: bool,
) -> None:
    """Close the pool: writes its leaves, its SHA-256 and the sources of randomness.

    After that nothing of it changes: tickets that are to be passed over are named now or never.
    Publish it before the time that the announcement says.
    """
    from div_opendata.check.placeholders import refuse_placeholders
    from div_opendata.lottery import announcement as announcing
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books
    from div_opendata.lottery.register import Register

    if example:
        say(announcing.example().rstrip())
        return
    if lottery is None or announcement is None:
        raise UsageProblem(
            Message("A lottery and its announcement are needed."),
            Message("div-opendata lottery freeze LOTTERY --announcement FILE"),
        )
    opened = open_here(workspace)
    refuse_placeholders(opened)
    announced = announcing.read_announcement(announcement, opened)
    with opened.exclusively():
        books = open_books(opened)
        entries = Register(opened, checked_id(lottery)).entries()
        reasons = _skips(skips)
        row = steps.freeze(books, lottery, entries, announced, reasons, clock.now())
        settle(books, lottery)
        ask(
            Message(
                "Freeze the pool of {lottery} with {tickets} tickets, {skipped} of them skipped?"
                " (yes/no)",
                lottery=lottery,
                tickets=row["pool_size"],
                skipped=len(reasons),
            ),
            yes=yes,
        )
        books.save()
    say(
        Message(
            "Frozen: {tickets} tickets for {places} places. SHA-256 of the pool:",
            tickets=row["pool_size"],
            places=row["draw_count"],
        )
    )
    say(style(row["pool_sha256"], "place"))
    say(
        Message(
            "Publish until {due}: div-opendata publish. Print the SHA-256 elsewhere, too, such as"
            " in the official gazette.",
            due=dt.datetime.fromisoformat(row["publication_due"]),
        )
    )


def _skips(texts: Sequence[str]) -> dict[int, str]:
    from div_opendata.standard.packages import load_standard

    codelist = load_standard().codelists["skip_reason"]
    skips: dict[int, str] = {}
    for text in texts:
        head, _, reason = text.partition("=")
        number = whole_number(head.strip())
        code = codelist.spellings.get(reason.strip().casefold())
        if number is None or code is None:
            raise UsageProblem(
                Message("--skip {text} is not understood.", text=shortened(text)),
                Message("Write NUMBER=REASON; reasons: {known}.", known=list(codelist.codes)),
            )
        if number in skips:
            raise UsageProblem(
                Message("Application {number} is to be skipped twice.", number=number),
                Message("Give each number once, with its one reason."),
            )
        skips[number] = code
    return skips


def whole_number(text: str) -> int | None:
    """A number without sign; None where it is not one, or longer than any that is needed."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None


_LONGEST = 1000  # digits


@command()
@lottery_argument
@workspace_argument
@option("--reason", required=True, help="Why, in a sentence; it is published. Name nobody.")
@yes_option
@language_option
def void(lottery: str, workspace: Path, reason: str, yes: bool) -> None:
    """Declare a lottery void, with the reason; it stays published, and a new one may follow."""
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        steps.declare_void(books, lottery, reason)
        ask(Message("Declare {lottery} void for good? (yes/no)", lottery=lottery), yes=yes)
        books.save()
    say(
        Message(
            "{lottery} is void. Publish it; a new lottery of the same call may follow.",
            lottery=lottery,
        )
    )
