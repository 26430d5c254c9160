"""The arithmetic of the lottery: leaves, pool, key, ranking, entropy. Nothing here reads anything.

The draw is that of RFC 3797 ("Publicly Verifiable Nominations Committee (NomCom) Random
Selection"), section 4: MD5 serves as a fixed shuffle of numbers that nobody knew before, not as a
secret. Positions and ranks count from 1.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Outcome = Literal["drawn", "reserve", "skipped"]

TABLES: Mapping[str, str] = {
    "lotteries": "id",
    "seed_sources": "position",
    "lottery_tickets": "position",
    "replacements": "number",
}
"""The tables of the lottery, and the field by which the rows of one lottery are in order."""

MOST_TICKETS = 1 << 16
"""Tickets that RFC 3797 can rank: it counts its steps in two bytes."""
DRAND_HIGHEST = (1 << 64) - 1
MOST_DIGITS = len(str(DRAND_HIGHEST))
"""Digits of the largest number that a source can yield."""
_DOMAIN = "div-lottery/v1"
_DRAND_DIGITS = 16
_COUNTED = 1000  # numbers of a source whose entropy is counted; each more would only add to it


def leaf(lottery: str, ticket: str, word: str = "") -> str:
    """The SHA-256 of a ticket of a lottery, as 64 lower-case hex digits.

    It hashes `div-lottery/v1|<lottery>|<ticket>|<word>` in UTF-8, the word in Unicode's form NFC,
    without blanks around it and case-folded.
    """
    normal = unicodedata.normalize("NFC", word).strip().casefold()
    return hashlib.sha256(f"{_DOMAIN}|{lottery}|{ticket}|{normal}".encode()).hexdigest()


def pool_bytes(leaves: Iterable[str]) -> bytes:
    """The pool file: the leaves in byte order, each closed by a line feed."""
    return "".join(f"{item}\n" for item in sorted(leaves)).encode("ascii")


def pool_sha256(leaves: Iterable[str]) -> str:
    """The SHA-256 of the pool file, as lower-case hex."""
    return hashlib.sha256(pool_bytes(leaves)).hexdigest()


def seed_key(sources: Iterable[Iterable[int]]) -> str:
    """The key of a draw (RFC 3797, section 4): each source's numbers ascending, in decimal, each
    closed by a full stop; each source by a slash."""
    return "".join("".join(f"{number}." for number in sorted(part)) + "/" for part in sources)


def drand_number(randomness: str) -> int:
    """The number of a round of drand: its randomness in hex, the first 64 bits of it.

    Raises ValueError where that is not the hex of a whole randomness (32 bytes).
    """
    if len(bytes.fromhex(randomness)) != hashlib.sha256().digest_size:
        raise ValueError("a randomness has 64 hex digits")
    return int(randomness.strip()[:_DRAND_DIGITS], 16)


def ranking(key: str, size: int) -> list[int]:
    """The positions 1 to `size` in the order in which they are picked (RFC 3797, section 4).

    Step i hashes the key between two copies of i, each of two bytes, the most significant first.
    The MD5, read as an integer, modulo the positions left picks one of these. Raises ValueError
    for more tickets than that can number.
    """
    if size > MOST_TICKETS:
        raise ValueError(f"RFC 3797 ranks at most {MOST_TICKETS} tickets")
    left = list(range(1, size + 1))
    seed = key.encode("ascii")
    picked = []
    for step in range(size):
        number = step.to_bytes(2, "big")
        digest = hashlib.md5(number + seed + number, usedforsecurity=False).digest()
        picked.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return picked


def outcomes(ranked: Iterable[int], skipped: Iterable[int], places: int) -> dict[int, Outcome]:
    """The outcome of each position, in the order of the ranks.

    A skipped position keeps its rank and is passed over; the first `places` of the others are
    drawn, the rest is the reserve.
    """
    passed = set(skipped)
    found: dict[int, Outcome] = {}
    for position in ranked:
        if position in passed:
            found[position] = "skipped"
        else:
            found[position] = "drawn" if places > 0 else "reserve"
            places -= 1
    return found


def reserve(outcome: Mapping[int, str], ranks: Mapping[int, int]) -> list[int]:
    """The ranks of the reserve list, the next first; both arguments are by position."""
    return sorted(ranks[position] for position, item in outcome.items() if item == "reserve")


def is_number(text: str) -> bool:
    """Whether a text is a number without sign, no longer than any that a source can yield."""
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


@dataclass(frozen=True)
class Range:
    """What a source of randomness can yield: so many whole numbers from `lowest` to `highest`."""

    numbers: int
    lowest: int
    highest: int
    with_replacement: bool

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> Self:
        """What a source can yield, from the values of its row. A drand round has no `highest`,
        since most readers' columns do not hold it."""
        highest = (
            source.get("highest", DRAND_HIGHEST) if source["kind"] == "drand" else source["highest"]
        )
        return cls(source["numbers"], source["lowest"], highest, source["with_replacement"])

    @property
    def size(self) -> int:
        """How many different numbers there are."""
        return self.highest - self.lowest + 1

    def holds(self, values: Sequence[int]) -> bool:
        """Whether the source can have yielded these numbers."""
        return (
            len(values) == self.numbers
            and all(self.lowest <= value <= self.highest for value in values)
            and (self.with_replacement or len(set(values)) == len(values))
        )


def certainty(source: Range) -> Fraction:
    """How likely the likeliest outcome of a source is; the order of its numbers does not count.

    More than a thousand numbers are taken for a thousand, which they are not likelier than.
    """
    size, numbers = source.size, source.numbers
    if not source.with_replacement:
        chosen = min(numbers, max(size - numbers, 0), _COUNTED)
        return Fraction(1, math.comb(size, chosen))
    numbers = min(numbers, _COUNTED)
    each, more = divmod(numbers, size)  # how often each number comes, and how many once more
    alike = math.factorial(each) ** (size - more if each else 0) * math.factorial(each + 1) ** more
    return Fraction(math.factorial(numbers) // alike, size**numbers)


def entropy_bits(sources: Iterable[Range]) -> int:
    """The min-entropy of all sources together (NIST SP 800-90B), in whole bits, rounded down."""
    return math.floor(_outcomes(sources)).bit_length() - 1


def bits_needed(pool: int, places: int) -> float:
    """How many bits it takes to choose any of the possible selections: log2 C(pool, places)."""
    return math.log2(math.comb(pool, min(places, pool)))


def suffices(sources: Iterable[Range], pool: int, places: int) -> bool:
    """Whether the sources are unpredictable enough to draw `places` of `pool` tickets."""
    return _outcomes(sources) >= math.comb(pool, min(places, pool))


def _outcomes(sources: Iterable[Range]) -> Fraction:
    """How many equally likely outcomes would be as hard to guess."""
    return 1 / math.prod(map(certainty, sources), start=Fraction(1))
