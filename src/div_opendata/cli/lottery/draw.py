"""The draw, and who moves up from the reserve list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from ..shared import clock
from ..shared.console import ask, language, say, style
from ..shared.opening import open_here, workspace_argument
from ..shared.translated import command, language_option, option
from .options import lottery_argument, yes_option
from .settle import settle

if TYPE_CHECKING:
    from div_opendata.lottery.books import Books, Row


@command()
@lottery_argument
@workspace_argument
@option(
    "--source",
    "sources",
    multiple=True,
    help="Numbers of a source, such as “4 1 6”, once for each in their order; else they are asked.",
)
@option("--witnesses", type=click.IntRange(min=0), help="How many people witnessed the draw.")
@option("--evidence-url", help="Where the SHA-256 of the pool was published elsewhere.")
@yes_option
@language_option
def draw(
    lottery: str,
    workspace: Path,
    sources: Sequence[str],
    witnesses: int | None,
    evidence_url: str | None,
    yes: bool,
) -> None:
    """Draw the lots in the session: asks for the numbers of each source, shows them and ranks all.

    A draw is never repeated. Of a drand round the whole randomness may be typed, too.
    """
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        announced = steps.undrawn(books, lottery, clock.now())
        values = _values(announced, sources)
        if witnesses is None:
            _refuse_unattended()
            question = Message("How many people witness the draw?").text(language())
            witnesses = click.prompt(question, type=click.IntRange(min=0), err=True)
        row = steps.carry_out(books, lottery, values, witnesses, clock.now(), evidence_url)
        settle(books, lottery, drawing=True)
        for source, numbers in zip(announced, values, strict=True):
            say(f"  {source['name']}: {' '.join(map(str, sorted(numbers)))}", err=True)
        say(Message("Key of the draw: {key}", key=row["seed_key"]), err=True)
        ask(Message("Are all numbers right? The draw is final. (yes/no)"), yes=yes)
        books.save()
    _show_ranking(books, row)


def _values(announced: Sequence[Row], given: Sequence[str]) -> list[list[int]]:
    """The numbers of each source, asked for until they are possible."""
    from div_opendata.lottery.steps import numbers_of

    if given:
        if len(given) != len(announced):
            raise UsageProblem(
                Message(
                    "{given} sources were given; announced are {announced}.",
                    given=len(given),
                    announced=len(announced),
                ),
                Message("Give --source once for each, in the order announced."),
            )
        return [numbers_of(*pair) for pair in zip(announced, given, strict=True)]
    _refuse_unattended()
    values: list[list[int]] = []
    while len(values) < len(announced):
        source = announced[len(values)]
        question = Message("Numbers of “{name}”", name=source["name"]).text(language())
        try:
            values.append(numbers_of(source, click.prompt(question, err=True)))
        except UsageProblem as problem:
            say(style(problem.text(language()), "error"), err=True)
    return values


def _refuse_unattended() -> None:
    if not sys.stdin.isatty():
        raise UsageProblem(
            Message("Nobody can be asked here."),
            Message("Give --source for each source, --witnesses and --yes."),
        )


def _show_ranking(books: Books, row: Row) -> None:
    """The places and the beginning of the reserve list, by position and leaf."""
    labels = books.workspace.standard.codelists["ticket_outcome"].codes
    tickets = sorted(books.of("lottery_tickets", row["id"]), key=lambda item: item["rank"])
    shown = [item for item in tickets if item["outcome"] != "reserve"]
    shown += [item for item in tickets if item["outcome"] == "reserve"][: row["draw_count"]]
    say(Message("Rank, position in the pool, leaf, outcome:"))
    for item in sorted(shown, key=lambda item: item["rank"]):
        label = labels[item["outcome"]].label.text(language())
        say(f"  {item['rank']:>5}  {item['position']:>5}  {item['leaf']}  {label}")
    say(
        Message(
            "All {number} ranks are in the table of tickets. Publish them: div-opendata publish",
            number=len(tickets),
        )
    )


@command()
@lottery_argument
@workspace_argument
@option(
    "--reason",
    required=True,
    type=click.Choice(["declined", "left", "ineligible"]),
    help="Why a place became free.",
)
@yes_option
@language_option
def replace(lottery: str, workspace: Path, reason: str, yes: bool) -> None:
    """Let the next of the reserve list move up, with the reason why a place became free."""
    from div_opendata.lottery import steps
    from div_opendata.lottery.books import open_books
    from div_opendata.lottery.register import Register

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        ticket = steps.replace(books, lottery, reason)
        settle(books, lottery, drawing=True)
        ask(Message("Let rank {rank} move up? (yes/no)", rank=ticket["rank"]), yes=yes)
        books.save()
    say(
        Message(
            "Rank {rank} moves up: position {position}, leaf {leaf}.",
            rank=ticket["rank"],
            position=ticket["position"],
            leaf=ticket["leaf"],
        )
    )
    register = Register(opened, lottery)
    if register.exists():
        for entry in register.entries():
            if entry.leaf == ticket["leaf"]:
                say(Message("Number in the register: {number}.", number=entry.number))
