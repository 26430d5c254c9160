"""Who moves up from the reserve list when a seat becomes vacant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard import draw

from ..rule import rule
from .computed import (
    computed_ranking,
    lotteries_that_count,
    outcomes_of,
    pool_of,
    recorded_ranking,
    rows_of,
)

if TYPE_CHECKING:
    from ..facts import Facts


@rule("DIV511", excusable=True)
def wrong_replacement(facts: Facts) -> Iterator[Finding]:
    """A replacement is not the next of the reserve list.

    Why: The reserve list was drawn like the places, and its order is nobody's choice. Replacements
    are numbered from 1, and each has the rank that follows on the list; after one that has not, the
    next is compared with the rank after the highest so far. Without a ranking nothing is judged.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Correct rank and number; if somebody was passed over, give the reason as a deviation.

    Wrong: rank 8 moves up, and rank 7 was never asked

    Right: rank 7 moves up, then rank 8
    """
    if not facts.whole("replacements"):
        return
    for lottery in lotteries_that_count(facts):
        pool = pool_of(facts, lottery)
        moved = rows_of(facts, "replacements", lottery)
        if pool is None or not moved:
            continue
        ranked = computed_ranking(facts, lottery, pool) or recorded_ranking(pool)
        if not ranked:
            continue
        outcomes = outcomes_of(lottery, pool, ranked)
        ranks = {position: rank for rank, position in enumerate(ranked, 1)}
        reserve = draw.reserve(outcomes, ranks)
        following = dict(pairwise([0, *reserve]))
        last = 0
        for number, row in enumerate(moved, 1):
            expected = following.get(last)
            if row["number"] != number or row["rank"] != expected:
                field = "number" if row["rank"] == expected else "rank"
                yield Finding(
                    Message(
                        "Replacement {number} of {lottery} has rank {rank}; the next was"
                        " {expected}.",
                        number=row["number"],
                        lottery=lottery.key,
                        rank=row["rank"],
                        expected=expected or "–",
                    ),
                    Message("Let the next of the reserve list move up, numbered in order."),
                    row.at(field),
                )
            last = max(last, row["rank"]) if row["rank"] in following.values() else last
