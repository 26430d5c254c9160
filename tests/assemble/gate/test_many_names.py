"""A register of as many applicants as a large city has is made ready in seconds."""

from __future__ import annotations

from itertools import product
from time import perf_counter

from div_opendata.assemble.gate.private import Private, Ticket
from div_opendata.assemble.gate.search import Needles


def test_many_applicants_of_one_first_name() -> None:
    """Each was compared with all others of that name."""
    tickets = tuple(
        Ticket("private/register-x.csv", row, "", "", "", f"Erika Gabl{''.join(letters)}")
        for row, letters in enumerate(product("abdefgkmnorst", repeat=4), 1)
    )
    begun = perf_counter()
    needles = Needles(Private(tickets=tickets))
    assert perf_counter() - begun < 10
    assert {secret.row for secret in needles.search("Erika Gablaaab war da")} == {2}
