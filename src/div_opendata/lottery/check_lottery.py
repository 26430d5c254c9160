#!/usr/bin/env python3
"""Run a published lottery again, with nothing but Python 3.

    python3 check_lottery.py FOLDER [LOTTERY]

FOLDER has the files lotteries.csv, seed_sources.csv, lottery_tickets.csv, replacements.csv and
pool-LOTTERY.txt, as they were published; without LOTTERY every lottery there is checked. Each step
is printed. Exit status: 0 if all are right, 1 if one is wrong or there is none, 2 on wrong usage.

Method: RFC 3797, https://www.rfc-editor.org/rfc/rfc3797. Read it: there is not much of it, and
nothing else is needed.
"""

import csv
import hashlib
import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

Row = dict[str, str]
MOST = 1 << 16  # tickets that can be ranked: RFC 3797 counts its steps in two bytes


def table(folder: Path, name: str) -> list[Row]:
    """The rows of a CSV file."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(folder: Path, name: str, lottery: str, order: str = "position") -> list[Row]:
    """The rows of a lottery, in their order."""
    rows = [row for row in table(folder, name) if row["lottery_id"] == lottery]
    return sorted(rows, key=lambda row: int(row[order]))


def likeliest(source: Row) -> Fraction:
    """How likely the likeliest outcome of a source is, in whatever order its numbers come."""
    count, size = int(source["numbers"]), int(source["highest"]) - int(source["lowest"]) + 1
    if source["with_replacement"] != "true":
        return Fraction(1, math.comb(size, count))
    times = [count // size + (face < count % size) for face in range(min(size, count))]
    return Fraction(math.factorial(count) // math.prod(map(math.factorial, times)), size**count)


def rank(key: str, size: int) -> list[int]:
    """The positions 1 to size in the order in which RFC 3797 picks them."""
    left, picked = list(range(1, size + 1)), []
    for step in range(size):
        number = step.to_bytes(2, "big")
        digest = hashlib.md5(number + key.encode() + number, usedforsecurity=False).digest()
        picked.append(left.pop(int.from_bytes(digest, "big") % len(left)))
    return picked


def steps(folder: Path, lottery: Row) -> Iterator[tuple[str, object, object]]:
    """Name, what was published and what comes out, of every step."""
    name = lottery["id"]
    tickets = rows_of(folder, "lottery_tickets", name)
    sources = rows_of(folder, "seed_sources", name)
    for source in sources:  # that of a drand round is left empty: it has 64 bits
        source["highest"] = source["highest"] or {"drand": str(2**64 - 1)}[source["kind"]]
    leaves = [ticket["leaf"] for ticket in tickets]
    published, places = lottery["pool_sha256"], int(lottery["draw_count"])
    file = (folder / f"pool-{name}.txt").read_bytes()
    yield "pool file", published, hashlib.sha256(file).hexdigest()
    listed = "".join(leaf + "\n" for leaf in leaves).encode()
    yield "leaves", published, hashlib.sha256(listed).hexdigest()
    yield "pool size", lottery["pool_size"], str(len(leaves))
    numbered = [(ticket["position"], ticket["leaf"]) for ticket in tickets]
    in_order = [(str(number), leaf) for number, leaf in enumerate(sorted(set(leaves)), 1)]
    yield "byte order", numbered, in_order
    odds = math.prod(map(likeliest, sources), start=Fraction(1))
    bits = math.floor(1 / odds).bit_length() - 1
    yield "entropy in bits", lottery["entropy_bits"], str(bits)
    enough = len(sources) > 1 and 1 / odds >= math.comb(min(len(leaves), MOST), places)
    yield "entropy suffices", True, enough
    moved = [row["rank"] for row in rows_of(folder, "replacements", name, "number")]
    drawn = lottery["seed_key"] or lottery["status"] == "drawn" or moved
    if not drawn and not any(ticket["rank"] or ticket["outcome"] for ticket in tickets):
        return
    key = ""
    for source in sources:
        values = sorted(map(int, source["values"].split()))
        again = source["with_replacement"] == "true" or len(set(values)) == len(values)
        inside = all(int(source["lowest"]) <= v <= int(source["highest"]) for v in values)
        possible = again and inside and len(values) == int(source["numbers"])
        yield f"source {source['position']}", True, possible
        key += "".join(f"{value}." for value in values) + "/"
    yield "key", lottery["seed_key"], key or "–"
    if len(tickets) > MOST:
        yield "ranking", "tickets that can be ranked", "more than that"
        return
    ranked = rank(lottery["seed_key"] or key, len(tickets))
    ranks = {position: str(number) for number, position in enumerate(ranked, 1)}
    yield "ranking", [ticket["rank"] for ticket in tickets], [ranks[p] for p in sorted(ranks)]
    outcomes, reserve = {}, []
    for number, position in enumerate(ranked, 1):
        if tickets[position - 1]["skip_reason"]:
            outcomes[position] = "skipped"
        elif places:
            outcomes[position], places = "drawn", places - 1
        else:
            outcomes[position] = "reserve"
            reserve.append(str(number))
    yield "outcome", [t["outcome"] for t in tickets], [outcomes[p] for p in sorted(outcomes)]
    yield "replacements", moved, reserve[: len(moved)]


def main(arguments: list[str]) -> int:
    """Print every step; the exit status."""
    if not 1 <= len(arguments) <= 2 or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    folder, wanted, wrong, checked = Path(arguments[0]), arguments[1:], 0, 0
    for lottery in table(folder, "lotteries"):
        if lottery["algorithm"] != "rfc3797" or (wanted and lottery["id"] not in wanted):
            continue
        for name, published, computed in steps(folder, lottery):
            good, checked = published == computed, checked + 1
            wrong += not good
            print(f"{'ok    ' if good else 'WRONG '} {lottery['id']}: {name}")
            if isinstance(published, str) or not good:
                print(f"       published {published}\n       computed  {computed}")
    print(f"{checked} steps, {wrong} wrong" if checked else "no lottery that can be checked")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
