"""The sources of randomness: enough of them, and none that anybody could steer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard import draw

from ..rule import rule
from .computed import lotteries_that_count, rows_of

if TYPE_CHECKING:
    from ..facts import Facts

FEWEST_SOURCES = 2
_STEERABLE = {"dice", "urn", "other"}


@rule("DIV508")
def too_little_entropy(facts: Facts) -> Iterator[Finding]:
    """The sources are fewer than two, or not unpredictable enough for the pool.

    Why: There are C(pool, places) ways to choose. Sources that have fewer outcomes make some of
    them impossible, and one source alone can fail or be steered. What counts is the likeliest
    outcome of each source (min-entropy): numbers are taken sorted, so that with dice the mixed
    throws are likelier than six sixes. The entropy that the lottery states is compared, too.

    Do: Before the draw, declare the lottery void and freeze a new one with more sources or numbers.

    Wrong: one throw of three dice for five of 40

    Right: ten throws of a die and a round of drand
    """
    for lottery in lotteries_that_count(facts):
        if lottery["algorithm"] != "rfc3797" or not facts.whole("seed_sources"):
            continue
        sources = rows_of(facts, "seed_sources", lottery)
        spans = [draw.Range.of(source.record.values) for source in sources]
        bits = draw.entropy_bits(spans)
        needed = f"{draw.bits_needed(lottery['pool_size'], lottery['draw_count']):.1f}"
        if len(sources) < FEWEST_SOURCES:
            message = Message(
                "Sources of {lottery}: {number}. At least two are needed.",
                lottery=lottery.key,
                number=len(sources),
            )
        elif not draw.suffices(spans, lottery["pool_size"], lottery["draw_count"]):
            message = Message(
                "The sources of {lottery} have {bits} bits of entropy; {places} of {pool} tickets"
                " need {needed}.",
                lottery=lottery.key,
                bits=bits,
                places=lottery["draw_count"],
                pool=lottery["pool_size"],
                needed=needed,
            )
        elif bits != lottery["entropy_bits"]:
            message = Message(
                "The sources of {lottery} have {bits} bits of entropy, not {stated}.",
                lottery=lottery.key,
                bits=bits,
                stated=lottery["entropy_bits"],
            )
        else:
            continue
        yield Finding(
            message,
            Message("Announce more sources or numbers in a new lottery, or correct the entropy."),
            lottery.at("entropy_bits"),
        )


@rule("DIV513", "warning")
def last_source_can_be_steered(facts: Facts) -> Iterator[Finding]:
    """The source that is known last could be steered.

    Why: Whoever throws the last dice knows all other numbers and what each throw would bring. A
    public source that nobody in the session controls, known after them, leaves nothing to choose.
    Sources that become known at the same time are all the last.

    Do: Announce a public source after it: a round of drand some minutes later, in the session.

    Wrong: lotto on Saturday, dice in the session on Tuesday

    Right: dice at 18:30, a round of drand at 18:45
    """
    if not facts.whole("seed_sources"):
        return
    for lottery in lotteries_that_count(facts):
        sources = rows_of(facts, "seed_sources", lottery)
        if not sources or lottery["algorithm"] != "rfc3797":
            continue
        last = max(filter(None, (source.time("scheduled_at") for source in sources)))
        for source in sources:
            if source.time("scheduled_at") == last and source["kind"] in _STEERABLE:
                yield Finding(
                    Message(
                        "“{name}” is the last source of {lottery} to be known, and could be"
                        " steered.",
                        name=source["name"],
                        lottery=lottery.key,
                    ),
                    Message(
                        "Announce a public one after it: a round of drand some minutes later, in"
                        " the session."
                    ),
                    source.at("kind"),
                )


@rule("DIV514", "warning")
def nobody_can_check(facts: Facts) -> Iterator[Finding]:
    """The lottery was drawn by a method that nobody can check.

    Why: A draw from a hat has to be believed. One by RFC 3797 can be run again by everybody.

    Do: Draw the next lottery by `lottery freeze` and `lottery draw`.

    Wrong: method “other”

    Right: method “RFC 3797”
    """
    for lottery in lotteries_that_count(facts):
        if lottery["algorithm"] == "other":
            yield Finding(
                Message("Nobody can check the draw of {lottery}.", lottery=lottery.key),
                Message("Draw the next one by RFC 3797: div-opendata lottery"),
                lottery.at("algorithm"),
            )
