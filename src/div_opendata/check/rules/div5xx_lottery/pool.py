"""The pool: a ticket for each qualified application, unchanged since it was frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard import draw

from ..rule import rule
from .computed import computable, lotteries_that_count, rows_of

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV502", excusable=True)
def pool_is_not_the_qualified(facts: Facts) -> Iterator[Finding]:
    """The pool has more or fewer tickets than there were qualified applications.

    Why: Every qualified application has one ticket, and nothing else has: otherwise somebody was
    left out, or somebody is in it who never applied. A ticket that is skipped counts, because its
    application was qualified when the tickets were given.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Count the qualified applications again. If the pool is wrong, declare the lottery void
    before the draw and freeze a new one.

    Wrong: 40 qualified applications and a pool of 39

    Right: 40 qualified applications and a pool of 40
    """
    for lottery in lotteries_that_count(facts):
        call = facts.get("calls", lottery["call_id"])
        qualified = call["applications_qualified"] if call else None
        if call is not None and qualified is not None and qualified != lottery["pool_size"]:
            yield Finding(
                Message(
                    "The pool has {pool} tickets; the call “{call}” had {qualified} qualified"
                    " applications.",
                    pool=lottery["pool_size"],
                    call=call["name"],
                    qualified=qualified,
                ),
                Message(
                    "Correct the number of the call, or declare the lottery void and freeze a new"
                    " one."
                ),
                lottery.at("pool_size"),
            )


@rule("DIV505")
def pool_changed(facts: Facts) -> Iterator[Finding]:
    """The tickets are not those of the pool that was frozen.

    Why: The SHA-256 of the pool was published before any random number was known. If it does not
    fit the leaves, a ticket was added, removed or changed. The leaves stand in byte order, their
    positions are counted from 1, and there are as many as the lottery says. A void lottery is
    judged, too.

    Do: Put the tickets back as they were frozen. If the frozen pool was wrong, declare the lottery
    void.

    Wrong: a leaf that was changed by hand

    Right: the leaves as `lottery freeze` has written them
    """
    for lottery in computable(facts):
        if not facts.whole("lottery_tickets"):
            return
        tickets = rows_of(facts, "lottery_tickets", lottery)
        leaves = [ticket["leaf"] for ticket in tickets]
        digest = draw.pool_sha256(leaves)
        if digest != lottery["pool_sha256"]:
            yield Finding(
                Message(
                    "The leaves of {lottery} have another SHA-256 than its pool: {digest}.",
                    lottery=lottery.key,
                    digest=digest,
                ),
                Message("Put the tickets back as they were frozen."),
                lottery.at("pool_sha256"),
            )
        elif len(leaves) != lottery["pool_size"]:
            yield Finding(
                Message(
                    "The lottery {lottery} has {tickets} tickets, not {size}.",
                    lottery=lottery.key,
                    tickets=len(leaves),
                    size=lottery["pool_size"],
                ),
                Message("Correct the number."),
                lottery.at("pool_size"),
            )
        else:
            yield from _misplaced(lottery, tickets)


def _misplaced(lottery: Row, tickets: Sequence[Row]) -> Iterator[Finding]:
    """The first ticket that is not in its place."""
    leaves = [ticket["leaf"] for ticket in tickets]
    for number, (ticket, leaf) in enumerate(zip(tickets, sorted(leaves), strict=True), 1):
        twice = number > 1 and leaves[number - 2] == leaf
        if ticket["position"] != number or ticket["leaf"] != leaf or twice:
            yield Finding(
                Message(
                    "The tickets of {lottery} are not in the byte order of their leaves, each"
                    " once.",
                    lottery=lottery.key,
                ),
                Message("Put the tickets back as they were frozen."),
                ticket.at("position"),
            )
            return
