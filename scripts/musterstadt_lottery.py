#!/usr/bin/env python3
"""Make the lottery files of examples/musterstadt, or check that they are still these.

Musterstadt does not exist: its tickets and the outcomes of its dice and beacons are made up here,
from fixed phrases, so that every run writes the same bytes. Everything else is done by what is
behind the commands `div-opendata lottery freeze`, `draw`, `replace` and `destroy`.

    scripts/musterstadt_lottery.py            write the four files
    scripts/musterstadt_lottery.py --check    compare instead; exit status 1 when one differs
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from div_opendata.base.files import write_whole
from div_opendata.lottery import steps
from div_opendata.lottery.announcement import announcement
from div_opendata.lottery.books import Books
from div_opendata.lottery.register import TICKET_BITS, Application, Entry, make_entries
from div_opendata.read import read
from div_opendata.standard.draw import TABLES
from div_opendata.workspace.settings import open_workspace

CITY = Path(__file__).resolve().parents[1] / "examples" / "musterstadt"
PHRASE = "Musterstadt gibt es nicht"
WORDS = ("Apfelbaum", " Kirschkuchen ", "STRAßE", "Über den Dächern", "regenbogen")
VERSION = "0.1.0"

WEGE, ORTE = "lottery-wegeinformation-2024", "lottery-kuehle-orte-2026"
THROWN = (4, 1, 6, 3, 3, 5, 2, 6, 1, 3)


def made_up(text: str, bits: int) -> int:
    """Make up a number; a real one comes from `secrets`, or anybody could guess it."""
    return int(hashlib.sha256(f"{PHRASE}|{text}".encode()).hexdigest(), 16) >> (256 - bits)


def entries(lottery: str, call: str, number: int) -> list[Entry]:
    """Make up the register: a ticket for each application, and a word for every fourth."""
    applications = [
        Application(word=WORDS[n // 4 % len(WORDS)] if n % 4 == 0 else "")
        for n in range(1, number + 1)
    ]
    tickets = iter(made_up(f"{lottery}|{n}", TICKET_BITS) for n in range(1, number + 1))
    return make_entries(lottery, call, applications, dt.date.max, lambda _: next(tickets))


def dice(scheduled_at: str) -> dict[str, Any]:
    """Announce ten throws of a die before everybody's eyes."""
    return {
        "name": "Zehn Würfe mit einem sechsseitigen Würfel in der Sitzung",
        "kind": "dice",
        "numbers": len(THROWN),
        "scheduled_at": scheduled_at,
        "locator": "Öffentlicher Teil der Sitzung, Ergebnis im Protokoll",
    }


def drand(number: int, scheduled_at: str) -> dict[str, Any]:
    """Announce a round of a public beacon that nobody in the session controls."""
    return {
        "name": "Runde eines öffentlichen Zufallsdienstes, wenige Minuten nach den Würfeln",
        "kind": "drand",
        "scheduled_at": scheduled_at,
        "locator": f"Erfundene drand-Kette „musterstadt“, Runde {number}",
    }


def freeze(
    books: Books,
    register: list[Entry],
    lottery: str,
    frozen_at: str,
    announced: Mapping[str, Any],
    skips: Mapping[int, str],
) -> None:
    """Freeze a pool at a time, with what was announced."""
    found = announcement(announced, books.workspace, Path(__file__))
    now = dt.datetime.fromisoformat(frozen_at)
    row = steps.freeze(books, lottery, register, found, skips, now)
    row["tool_version"] = VERSION


def lotteries(books: Books) -> None:
    """Hold the lottery of 2024, and freeze the pool of the one that is to come."""
    register = entries(WEGE, "call-wegeinformation-2024", 41)
    announced = {
        "session_id": "session-2024-3",
        "publication_due": "2024-11-08T12:00:00+01:00",
        "objection_hours": 168,
        "evidence_url": "https://www.musterstadt.example/amtsblatt/2024-45",
        "sources": [
            dice("2024-11-26T18:15:00+01:00"),
            drand(13279612, "2024-11-26T18:30:00+01:00"),
        ],
    }
    skips = {9: "withdrawn_before_draw"}
    freeze(books, register, WEGE, "2024-11-04T10:00:00+01:00", announced, skips)
    drawn_at = dt.datetime.fromisoformat("2024-11-26T18:40:00+01:00")
    values = [THROWN, [made_up("drand|13279612", 64)]]
    steps.carry_out(books, WEGE, values, 4, drawn_at)
    steps.replace(books, WEGE, "declined")
    steps.record_destruction(books, WEGE, dt.date(2026, 2, 2))

    register = entries(ORTE, "call-kuehle-orte-2026", 60)
    lotto = {
        "name": "Lotto 6aus49, Ziehung am 5. Dezember 2026, ohne Superzahl",
        "kind": "lotto_6aus49",
        "scheduled_at": "2026-12-05T19:25:00+01:00",
        "locator": "Amtliche Bekanntgabe der Gewinnzahlen vom 5. Dezember 2026",
    }
    announced = {
        "session_id": "session-2026-4",
        "publication_due": "2026-11-20T12:00:00+01:00",
        "objection_hours": 168,
        "evidence_url": "https://www.musterstadt.example/amtsblatt/2026-47",
        "sources": [
            lotto,
            dice("2026-12-08T18:30:00+01:00"),
            drand(34649512, "2026-12-08T18:45:00+01:00"),
        ],
    }
    freeze(books, register, ORTE, "2026-11-16T10:00:00+01:00", announced, {})


def main() -> int:
    """Write the files or, with --check, compare them."""
    parser = argparse.ArgumentParser(
        description="Make the lottery files of the made-up city in examples/musterstadt."
    )
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    check = parser.parse_args().check
    workspace = open_workspace(CITY)
    books = Books(workspace, read(workspace), {name: [] for name in TABLES})
    lotteries(books)
    differ = []
    for path, content in books.files().items():
        if not check:
            write_whole(path, content)
        elif not path.is_file() or path.read_bytes() != content:
            differ.append(path)
    for path in differ:
        print(f"{path}: differs; run scripts/musterstadt_lottery.py", file=sys.stderr)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
