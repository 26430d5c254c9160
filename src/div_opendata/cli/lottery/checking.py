"""What everybody may do with a published lottery: look up a ticket, verify, rank."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import shortened
from div_opendata.base.i18n import Message

from ..shared.console import language, say, show_checks, style
from ..shared.translated import command, format_option, language_option, option
from .freeze import whole_number
from .options import one_option, source_argument, typed_lines


@command()
@source_argument
@one_option
@language_option
def check(source: str, lottery: str | None) -> None:
    """Tell an applicant whether their ticket is in the pool, and which rank it got.

    SOURCE is the published data package “lottery”: a folder, a zip or a web address. Ticket and
    word are asked for, or read from standard input, a line each.
    """
    from div_opendata.lottery import verify as verifying
    from div_opendata.lottery.register import typed_ticket

    published = verifying.load(source)
    if sys.stdin.isatty():
        ticket = click.prompt(Message("Ticket").text(language()), err=True)
        question = Message("Your word (empty if you chose none)").text(language())
        word = click.prompt(question, default="", show_default=False, err=True)
    else:
        ticket, word = [*typed_lines(), "", ""][:2]
    found = verifying.find_ticket(published, typed_ticket(ticket), word, lottery)
    if not found:
        say(
            Message(
                "There is no ticket with this word in the pool. Look whether both are typed as on"
                " the slip; if so, object to the city before the objection period ends."
            )
        )
        raise SystemExit(1)
    for item in found:
        say(
            Message(
                "The ticket is in the pool of {lottery}, position {position}, leaf {leaf}.",
                lottery=item.lottery,
                position=item.position,
                leaf=item.leaf,
            )
        )
        _show_fate(item)


def _show_fate(item: Any) -> None:
    if item.skip_reason:
        say(Message("It is skipped: {reason}.", reason=_label("skip_reason", item.skip_reason)))
    if item.rank:
        outcome = _label("ticket_outcome", item.outcome)
        say(Message("Rank {rank}: {outcome}.", rank=item.rank, outcome=outcome))
    else:
        say(Message("The lots have not been drawn yet."))


def _label(codelist: str, code: str) -> object:
    """The label of a code that a stranger's file has, where it is one."""
    from div_opendata.standard.packages import load_standard

    known = load_standard().codelists[codelist].codes.get(code)
    return known.label if known else code or "–"


@command()
@source_argument
@one_option
@format_option("text", "json")
@language_option
def verify(source: str, lottery: str | None, output: str) -> None:
    """Run the published lotteries again, step by step: what was published, what comes out.

    SOURCE is the published data package “lottery”: a folder, a zip or a web address, of which the
    files are downloaded first. Nothing private is needed.
    """
    from div_opendata.lottery import verify as verifying
    from div_opendata.report.verifications import steps_text

    checks = verifying.verify(verifying.load(source), lottery)
    if output == "text":
        say(steps_text(checks, language(), style))
    show_checks(checks, output)
    if not all(item.passed for item in checks):
        raise SystemExit(1)


@command()
@option(
    "--tickets",
    "number",
    required=True,
    type=click.IntRange(1, 1 << 16),
    help="How many tickets there are.",
)
@option("--source", "sources", multiple=True, required=True, help="Numbers of a source: “4 1 6”.")
@format_option("text", "json")
@language_option
def rank(number: int, sources: Sequence[str], output: str) -> None:
    """Try the bare algorithm of RFC 3797: the ranking of so many tickets by these numbers."""
    from div_opendata.standard import draw as drawing

    key = drawing.seed_key([_integers(text) for text in sources])
    ranking = drawing.ranking(key, number)
    if output == "json":
        say(json.dumps({"version": 1, "key": key, "ranking": ranking}))
        return
    say(Message("Key of the draw: {key}", key=key))
    say(Message("Positions in the order of their ranks:"))
    say(" ".join(map(str, ranking)))


def _integers(text: str) -> list[int]:
    found = [whole_number(part) for part in text.split()]
    numbers = [number for number in found if number is not None]
    if not numbers or len(numbers) < len(found):
        raise UsageProblem(
            Message("--source {text} is not understood.", text=shortened(text)),
            Message("Write whole numbers with blanks between them: --source “4 1 6”."),
        )
    return numbers
