#!/usr/bin/env python3
"""Make the lottery files of examples/musterstadt, or check that they are still these.

Musterstadt does not exist: its tickets and the outcomes of its dice and beacons are made up here,
from fixed phrases, so that every run writes the same bytes. Nobody's place depends on them. The
draw itself is done as in a real lottery, by the method of RFC 3797 ("Publicly Verifiable
Nominations Committee (NomCom) Random Selection"), with nothing but the standard library and
without the package's own code: two implementations that agree are worth more than one.

    scripts/musterstadt_lottery.py            write the four files
    scripts/musterstadt_lottery.py --check    compare instead; exit status 1 when one differs
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import math
import sys
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RECORDS = Path(__file__).resolve().parents[1] / "examples" / "musterstadt" / "records"
PHRASE = "Musterstadt gibt es nicht"
WORDS = ("Apfelbaum", " Kirschkuchen ", "STRAßE", "Über den Dächern", "regenbogen")
TOOL_VERSION = "0.1.0"
DRAND_HIGHEST = 2**64 - 1

Cell = str | int | bool | None
Row = dict[str, Cell]

COLUMNS = {
    "lotteries": (
        "id",
        "call_id",
        "session_id",
        "algorithm",
        "status",
        "void_reason",
        "pool_size",
        "draw_count",
        "pool_sha256",
        "frozen_at",
        "publication_due",
        "objection_hours",
        "seed_key",
        "entropy_bits",
        "drawn_at",
        "witness_count",
        "evidence_url",
        "tool_version",
        "register_destroyed_on",
    ),
    "seed_sources": (
        "lottery_id",
        "position",
        "name",
        "kind",
        "numbers",
        "lowest",
        "highest",
        "with_replacement",
        "in_session",
        "announced_at",
        "scheduled_at",
        "locator",
        "values",
    ),
    "lottery_tickets": ("lottery_id", "position", "leaf", "skip_reason", "rank", "outcome"),
    "replacements": ("lottery_id", "number", "rank", "reason"),
}


@dataclass(frozen=True)
class Source:
    """A source of randomness as it was announced, with its outcome (`values`) once it is known."""

    name: str
    kind: str
    numbers: int
    lowest: int
    highest: int
    with_replacement: bool
    in_session: bool
    announced_at: str
    scheduled_at: str
    locator: str
    values: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lottery:
    """A lottery as announced; with `drawn_at` also as drawn.

    `skipped` are the numbers of the tickets that were set aside before any source was known, with
    the reason. `replacements` are the reasons why a place became free, in the order of events.
    """

    id: str
    call_id: str
    session_id: str
    pool_size: int
    draw_count: int
    frozen_at: str
    publication_due: str
    objection_hours: int
    evidence_url: str
    sources: tuple[Source, ...]
    skipped: dict[int, str] = field(default_factory=dict)
    drawn_at: str | None = None
    witness_count: int | None = None
    register_destroyed_on: str | None = None
    replacements: tuple[str, ...] = ()


def beacon(round_number: int) -> int:
    """Make up a beacon's outcome: the integer of the first 16 hex digits of a random value."""
    return int(hashlib.sha256(f"{PHRASE}|drand|{round_number}".encode()).hexdigest()[:16], 16)


def drand(round_number: int, announced_at: str, scheduled_at: str, *, known: bool) -> Source:
    """Announce a round of a public beacon that nobody in the session controls."""
    return Source(
        name="Runde eines öffentlichen Zufallsdienstes, wenige Minuten nach den Würfeln",
        kind="drand",
        numbers=1,
        lowest=0,
        highest=DRAND_HIGHEST,
        with_replacement=True,
        in_session=False,
        announced_at=announced_at,
        scheduled_at=scheduled_at,
        locator=f"Erfundene drand-Kette „musterstadt“, Runde {round_number}",
        values=(beacon(round_number),) if known else (),
    )


def dice(announced_at: str, scheduled_at: str, values: tuple[int, ...] = ()) -> Source:
    """Announce ten throws of a die before everybody's eyes."""
    return Source(
        name="Zehn Würfe mit einem sechsseitigen Würfel in der Sitzung",
        kind="dice",
        numbers=10,
        lowest=1,
        highest=6,
        with_replacement=True,
        in_session=True,
        announced_at=announced_at,
        scheduled_at=scheduled_at,
        locator="Öffentlicher Teil der Sitzung, Ergebnis im Protokoll",
        values=values,
    )


def lotto(announced_at: str, scheduled_at: str, date: str) -> Source:
    """Announce the numbers of the state lottery on a named date."""
    return Source(
        name=f"Lotto 6aus49, Ziehung am {date}, ohne Superzahl",
        kind="lotto_6aus49",
        numbers=6,
        lowest=1,
        highest=49,
        with_replacement=False,
        in_session=False,
        announced_at=announced_at,
        scheduled_at=scheduled_at,
        locator=f"Amtliche Bekanntgabe der Gewinnzahlen vom {date}",
    )


LOTTERIES = (
    Lottery(
        id="lottery-kuehle-orte-2026",
        call_id="call-kuehle-orte-2026",
        session_id="session-2026-4",
        pool_size=60,
        draw_count=5,
        frozen_at="2026-11-16T10:00:00+01:00",
        publication_due="2026-11-20T12:00:00+01:00",
        objection_hours=168,
        evidence_url="https://www.musterstadt.example/amtsblatt/2026-47",
        sources=(
            lotto("2026-11-16T10:00:00+01:00", "2026-12-05T19:25:00+01:00", "5. Dezember 2026"),
            dice("2026-11-16T10:00:00+01:00", "2026-12-08T18:30:00+01:00"),
            drand(34649512, "2026-11-16T10:00:00+01:00", "2026-12-08T18:45:00+01:00", known=False),
        ),
    ),
    Lottery(
        id="lottery-wegeinformation-2024",
        call_id="call-wegeinformation-2024",
        session_id="session-2024-3",
        pool_size=41,
        draw_count=5,
        frozen_at="2024-11-04T10:00:00+01:00",
        publication_due="2024-11-08T12:00:00+01:00",
        objection_hours=168,
        evidence_url="https://www.musterstadt.example/amtsblatt/2024-45",
        sources=(
            dice(
                "2024-11-04T10:00:00+01:00",
                "2024-11-26T18:15:00+01:00",
                (4, 1, 6, 3, 3, 5, 2, 6, 1, 3),
            ),
            drand(13279612, "2024-11-04T10:00:00+01:00", "2024-11-26T18:30:00+01:00", known=True),
        ),
        skipped={41: "withdrawn_before_draw"},
        drawn_at="2024-11-26T18:40:00+01:00",
        witness_count=4,
        register_destroyed_on="2026-02-02",
        replacements=("declined",),
    ),
)


def ticket(lottery: str, number: int) -> str:
    """Make up a ticket of 80 bits; a real one comes from `secrets`, or anybody could guess it."""
    return hashlib.sha256(f"{PHRASE}|{lottery}|{number}".encode()).hexdigest()[:20]


def word(number: int) -> str:
    """Make up what an applicant typed as their own word; most leave it empty."""
    return WORDS[number // 4 % len(WORDS)] if number % 4 == 0 else ""


def leaf(lottery: str, secret: str, chosen: str) -> str:
    """Hash a ticket and its word; the hash is what everybody may see."""
    normal = unicodedata.normalize("NFC", chosen).strip().casefold()
    return hashlib.sha256(f"div-lottery/v1|{lottery}|{secret}|{normal}".encode()).hexdigest()


def pool(lottery: Lottery) -> dict[str, str | None]:
    """All leaves in byte order, each with its skip reason, if any."""
    leaves = {
        leaf(lottery.id, ticket(lottery.id, number), word(number)): lottery.skipped.get(number)
        for number in range(1, lottery.pool_size + 1)
    }
    return dict(sorted(leaves.items()))


def pool_sha256(leaves: Iterable[str]) -> str:
    """Hash the pool file: the leaves in their order, each closed by a line feed."""
    return hashlib.sha256("".join(f"{leaf}\n" for leaf in leaves).encode("ascii")).hexdigest()


def seed_key(sources: Iterable[Sequence[int]]) -> str:
    """Write the sources' numbers as the key of RFC 3797, section 4.

    Each source's numbers ascending, in decimal, each closed by a full stop; each source by a slash.
    """
    return "".join("".join(f"{value}." for value in sorted(values)) + "/" for values in sources)


def ranking(key: str, size: int) -> list[int]:
    """Rank the positions 1 to `size` by RFC 3797, section 4.

    Step i hashes (MD5) the key between two copies of i, each of two bytes, the most significant
    first. The hash, read as an integer, modulo the number of positions left picks one of those.
    """
    left = list(range(1, size + 1))
    picked = []
    for step in range(size):
        number = step.to_bytes(2, "big")
        digest = hashlib.md5(number + key.encode("ascii") + number, usedforsecurity=False).digest()
        picked.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return picked


def likeliest(source: Source) -> Fraction:
    """Compute how likely a source's likeliest outcome is, the order of its numbers ignored."""
    size, numbers = source.highest - source.lowest + 1, source.numbers
    if not source.with_replacement:
        return Fraction(1, math.comb(size, numbers))
    each, more = divmod(numbers, size)  # how often each value comes, and how many once more
    alike = math.factorial(each) ** (size - more) * math.factorial(each + 1) ** more
    orders = math.factorial(numbers) // alike
    return Fraction(orders, size**numbers)


def entropy_bits(sources: Iterable[Source]) -> int:
    """Compute the min-entropy of all sources together, in whole bits, rounded down."""
    odds = 1 / math.prod(map(likeliest, sources), start=Fraction(1))
    return math.floor(odds).bit_length() - 1


def outcomes(lottery: Lottery, leaves: dict[str, str | None], key: str) -> list[tuple[int, str]]:
    """Draw: position and outcome, by rank. Skipped tickets keep their rank and are passed over."""
    reasons = list(leaves.values())
    places = lottery.draw_count
    result = []
    for position in ranking(key, lottery.pool_size):
        outcome = "skipped" if reasons[position - 1] else "drawn" if places else "reserve"
        places -= outcome == "drawn"
        result.append((position, outcome))
    return result


def tables() -> dict[str, list[Row]]:
    """Make the rows of the four tables, sorted by their primary keys."""
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for lottery in LOTTERIES:
        leaves = pool(lottery)
        key = seed_key(source.values for source in lottery.sources) if lottery.drawn_at else None
        drawn = outcomes(lottery, leaves, key) if key else []
        rows["lotteries"].append(
            {
                **vars(lottery),
                "algorithm": "rfc3797",
                "status": "drawn" if drawn else "frozen",
                "pool_sha256": pool_sha256(leaves),
                "seed_key": key,
                "entropy_bits": entropy_bits(lottery.sources),
                "tool_version": TOOL_VERSION,
            }
        )
        rows["seed_sources"].extend(
            {
                **vars(source),
                "lottery_id": lottery.id,
                "position": position,
                "values": " ".join(map(str, source.values)),
            }
            for position, source in enumerate(lottery.sources, start=1)
        )
        ranked: dict[int, Row] = {
            position: {"rank": rank, "outcome": outcome}
            for rank, (position, outcome) in enumerate(drawn, start=1)
        }
        rows["lottery_tickets"].extend(
            {
                "lottery_id": lottery.id,
                "position": position,
                "leaf": hashed,
                "skip_reason": reason,
                **ranked.get(position, {}),
            }
            for position, (hashed, reason) in enumerate(leaves.items(), start=1)
        )
        reserve = [rank for rank, (_, outcome) in enumerate(drawn, start=1) if outcome == "reserve"]
        rows["replacements"].extend(
            {"lottery_id": lottery.id, "number": number, "rank": rank, "reason": reason}
            for number, (reason, rank) in enumerate(
                zip(lottery.replacements, reserve, strict=False), start=1
            )
        )
    return rows


def text(cell: Cell) -> str:
    """Write a cell as the records do: true, false, nothing for a missing value."""
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write rows as UTF-8 CSV with commas and line feeds."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([text(row.get(column)) for column in columns] for row in rows)
    return file.getvalue().encode()


def main() -> int:
    """Write the files or, with --check, compare them."""
    parser = argparse.ArgumentParser(
        description="Make the lottery files of the made-up city in examples/musterstadt."
    )
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    check = parser.parse_args().check
    differ = []
    for name, rows in tables().items():
        path = RECORDS / f"{name}.csv"
        content = as_csv(COLUMNS[name], rows)
        if not check:
            path.write_bytes(content)
        elif not path.is_file() or path.read_bytes() != content:
            differ.append(path)
    for path in differ:
        print(f"{path}: differs; run scripts/musterstadt_lottery.py", file=sys.stderr)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
