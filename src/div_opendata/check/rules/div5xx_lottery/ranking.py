"""Key, ranking and outcomes, computed anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard import draw

from ..rule import rule
from .computed import (
    computable,
    computed_ranking,
    key_of,
    outcomes_of,
    pool_of,
    recorded_ranking,
    rows_of,
    values_of,
)

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV506")
def wrong_key(facts: Facts) -> Iterator[Finding]:
    """The numbers of the sources are not possible, or do not give the key of the draw.

    Why: The numbers are the draw's only input. Each source yields as many as was announced, within
    its range, and none twice where nothing is put back; written by RFC 3797 they are the key. A
    drawn lottery has the numbers of all its sources.

    Do: Compare the numbers with the minutes and the published draws, and correct what was mistyped.
    If the draw was made with wrong numbers, it is void.

    Wrong: six numbers of lotto with 50 among them

    Right: six different numbers from 1 to 49
    """
    if not facts.whole("seed_sources"):
        return
    for lottery in computable(facts):
        possible = True
        for source in rows_of(facts, "seed_sources", lottery):
            for finding in _impossible(lottery, source):
                possible = False
                yield finding
        key = key_of(facts, lottery) if possible else None
        if lottery["seed_key"] and key is not None and key != lottery["seed_key"]:
            yield Finding(
                Message(
                    "The sources of {lottery} give another key: {key}.",
                    lottery=lottery.key,
                    key=key,
                ),
                Message("Compare the numbers with the minutes and correct what was mistyped."),
                lottery.at("seed_key"),
            )


def _impossible(lottery: Row, source: Row) -> Iterator[Finding]:
    span, values = draw.Range.of(source.record.values), values_of(source)
    names = {"name": source["name"], "numbers": span.numbers}
    if not values:
        if not lottery["seed_key"]:
            return
        message = Message("The numbers of “{name}” are missing.", name=source["name"])
    elif span.holds(values):
        return
    elif len(values) != span.numbers:
        message = Message(
            "“{name}” has {found} numbers; announced were {numbers}.", found=len(values), **names
        )
    elif not all(span.lowest <= value <= span.highest for value in values):
        message = Message(
            "“{name}” has a number outside {lowest} to {highest}.",
            name=source["name"],
            lowest=span.lowest,
            highest=span.highest,
        )
    else:
        message = Message("“{name}” has a number twice.", name=source["name"])
    yield Finding(message, Message("Enter the numbers as they were drawn."), source.at("values"))


@rule("DIV507")
def wrong_ranking(facts: Facts) -> Iterator[Finding]:
    """The ranks are not those that the key gives.

    Why: Anybody can compute the ranking from the key by RFC 3797. It is judged where the key fits
    the sources (else DIV506 comes first); a lottery that was not drawn has no ranks.

    Do: Put the ranks back as `lottery draw` has written them.

    Wrong: the ranks of two tickets exchanged

    Right: the ranks as the key gives them
    """
    for lottery in computable(facts):
        pool = pool_of(facts, lottery)
        if pool is None:
            continue
        if lottery["seed_key"]:
            ranked = computed_ranking(facts, lottery, pool)
            if ranked is None:
                continue
        else:
            ranked = ()
        ranks = {position: rank for rank, position in enumerate(ranked, 1)}
        wrong = [ticket for ticket in pool if ticket["rank"] != ranks.get(ticket["position"])]
        if wrong:
            yield Finding(
                Message(
                    "{lottery}: {number} tickets have another rank than the key gives, the first in"
                    " position {position}.",
                    lottery=lottery.key,
                    number=len(wrong),
                    position=wrong[0]["position"],
                ),
                Message("Put the ranks back as they were drawn."),
                wrong[0].at("rank"),
            )


@rule("DIV510")
def wrong_outcome(facts: Facts) -> Iterator[Finding]:
    """A ticket has another outcome than its rank gives.

    Why: Drawn are the first ranks, as many as there are places; skipped tickets keep their rank and
    are passed over, the others are the reserve. A ticket is skipped exactly if it has a reason for
    it. The rank is the one computed anew, where that is possible (else DIV507 would be said twice),
    and for another method the one that the ticket has.

    Do: Put the outcomes back as `lottery draw` has written them.

    Wrong: a ticket of rank 6 that is drawn, of five places

    Right: a ticket of rank 6 on the reserve list, of five places
    """
    for lottery in facts.rows("lotteries"):
        pool = pool_of(facts, lottery)
        if pool is None:
            continue
        ranked = computed_ranking(facts, lottery, pool) or recorded_ranking(pool)
        expected = outcomes_of(lottery, pool, ranked) if ranked else {}
        for ticket in pool:
            outcome: str | None = ticket["outcome"]
            due: str | None = expected.get(ticket["position"])
            if not ranked and lottery["status"] != "frozen":
                due = outcome  # nothing to go by but the reasons
            if ticket["skip_reason"] and outcome:
                due = "skipped"
            elif outcome == "skipped":
                due = None
            if outcome != due:
                yield Finding(
                    _outcome_message(ticket, lottery, due),
                    Message("Put outcome and reason back as they were drawn."),
                    ticket.at("outcome"),
                )


def _outcome_message(ticket: Row, lottery: Row, due: str | None) -> Message:
    if ticket["outcome"] == "skipped":
        return Message(
            "Position {position} of {lottery} is skipped without a reason.",
            position=ticket["position"],
            lottery=lottery.key,
        )
    label = ticket.table.schema.fields["outcome"].code_label
    return Message(
        "Position {position} of {lottery} has the outcome “{outcome}” instead of “{due}”.",
        position=ticket["position"],
        lottery=lottery.key,
        outcome=label(ticket["outcome"]) if ticket["outcome"] else "–",
        due=label(due) if due else "–",
    )
