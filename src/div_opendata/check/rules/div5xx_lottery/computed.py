"""What anybody can compute anew of a lottery: its key, its ranking, its outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from div_opendata.standard import draw
from div_opendata.standard.draw import TABLES

if TYPE_CHECKING:
    from ..facts import Facts, Row


def lotteries_that_count(facts: Facts) -> Iterator[Row]:
    """The lotteries that count."""
    return (row for row in facts.rows("lotteries") if row["status"] != "void")


def computable(facts: Facts) -> Iterator[Row]:
    """The lotteries of which everything can be computed anew, void ones included."""
    return (row for row in facts.rows("lotteries") if row["algorithm"] == "rfc3797")


def rows_of(facts: Facts, table: str, lottery: Row) -> list[Row]:
    """The rows of a lottery in their order."""
    rows = facts.where(table, "lottery_id", lottery["id"])
    return sorted(rows, key=lambda row: int(row[TABLES[table]]))


def values_of(source: Row) -> list[int]:
    """The numbers of a source. One that is too long for any source becomes one that none has."""
    parts = [part.lstrip("0") or "0" for part in (source["values"] or "").split()]
    return [int(part) if len(part) <= draw.MOST_DIGITS else 1 << 64 for part in parts]


def key_of(facts: Facts, lottery: Row) -> str:
    """The key that follows from the numbers of its sources."""
    return draw.seed_key(map(values_of, rows_of(facts, "seed_sources", lottery)))


def pool_of(facts: Facts, lottery: Row) -> Sequence[Row] | None:
    """The tickets of a lottery in the order of their positions, which count from 1.

    None where tickets may be missing: DIV505 or another finding says so.
    """
    tickets = rows_of(facts, "lottery_tickets", lottery)
    positions = [ticket["position"] for ticket in tickets]
    if not facts.whole("lottery_tickets") or positions != list(range(1, len(tickets) + 1)):
        return None
    return tickets


def computed_ranking(facts: Facts, lottery: Row, pool: Sequence[Row]) -> Sequence[int] | None:
    """The positions by rank, computed anew; None where the key is missing or wrong (DIV506)."""
    key = lottery["seed_key"]
    known = lottery["algorithm"] == "rfc3797" and facts.whole("seed_sources")
    if not key or not known or len(pool) > draw.MOST_TICKETS or key != key_of(facts, lottery):
        return None
    return _ranking(key, len(pool))


@lru_cache(maxsize=8)
def _ranking(key: str, size: int) -> tuple[int, ...]:
    """Three rules ask for the same."""
    return tuple(draw.ranking(key, size))


def recorded_ranking(pool: Sequence[Row]) -> Sequence[int] | None:
    """The positions by the ranks that the tickets have; None where these are no ranking."""
    by_rank = {ticket["rank"]: int(ticket["position"]) for ticket in pool}
    if by_rank.keys() != set(range(1, len(pool) + 1)):
        return None
    return [by_rank[rank] for rank in range(1, len(pool) + 1)]


def outcomes_of(
    lottery: Row, pool: Sequence[Row], ranked: Sequence[int]
) -> dict[int, draw.Outcome]:
    """The outcomes by position. A ticket whose outcome says that it was skipped was: whether it had
    a reason is a question of its own, and the others need not suffer."""
    skipped = [
        ticket["position"]
        for ticket in pool
        if (ticket["outcome"] == "skipped" if ticket["outcome"] else ticket["skip_reason"])
    ]
    return draw.outcomes(ranked, skipped, lottery["draw_count"])
