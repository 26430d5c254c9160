"""The arithmetic of the lottery: the example of RFC 3797, and what has to hold of every draw."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import random
import unicodedata
from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.lottery.register import (
    TICKET_BITS,
    Application,
    make_entries,
    ticket_of,
    typed_ticket,
)
from div_opendata.standard import draw
from support.workspaces import TOP, run

EXAMPLE = json.loads((TOP / "tests/data/rfc3797.json").read_bytes())

LEAVES = st.lists(st.binary(min_size=32, max_size=32).map(bytes.hex), min_size=1, unique=True)
NUMBERS = st.lists(st.integers(0, 99), min_size=1, max_size=8)
SOURCES = st.lists(NUMBERS, min_size=2, max_size=4)


def test_the_example_of_the_rfc() -> None:
    """Section 6: the key, every hash with its divisor, and the picks."""
    assert draw.seed_key(EXAMPLE["seeds"]) == EXAMPLE["key"]
    ranking = draw.ranking(EXAMPLE["key"], EXAMPLE["pool"])
    assert ranking[: EXAMPLE["count"]] == [step["selected"] for step in EXAMPLE["steps"]]
    left = list(range(1, EXAMPLE["pool"] + 1))
    for number, step in enumerate(EXAMPLE["steps"]):
        assert step["div"] == len(left)
        assert left.pop(int(step["md5"], 16) % len(left)) == ranking[number]


def test_rank_is_the_bare_algorithm() -> None:
    """As docs/interface.md has it: with no workspace, the order of a source's numbers ignored."""
    arguments = ["--source=9319", "--source=10 8 2 5 12", "--source=9 18 26 34 41 45"]
    done = run("lottery", "rank", "--tickets=25", *arguments, "--format=json")
    assert json.loads(done.stdout) == {
        "version": 1,
        "key": EXAMPLE["key"],
        "ranking": draw.ranking(EXAMPLE["key"], 25),
    }
    assert done.stderr == ""
    for wrong in ("4 one 6", "", "9" * 5000):
        done = run("lottery", "rank", "--tickets=25", f"--source={wrong}")
        assert done.returncode == 2
        assert "is not understood" in done.stderr


@given(SOURCES, st.integers(1, 200))
def test_every_ticket_is_picked_once(sources: list[list[int]], size: int) -> None:
    assert sorted(draw.ranking(draw.seed_key(sources), size)) == list(range(1, size + 1))


@given(LEAVES, SOURCES, st.randoms())
def test_the_order_of_input_never_matters(
    leaves: list[str], sources: list[list[int]], shuffler: random.Random
) -> None:
    """Neither that of the applications nor that of a source's numbers."""
    shuffled = shuffler.sample(leaves, len(leaves))
    assert draw.pool_bytes(shuffled) == draw.pool_bytes(leaves)
    numbers = [shuffler.sample(source, len(source)) for source in sources]
    assert draw.seed_key(numbers) == draw.seed_key(sources)


@given(LEAVES, st.data())
def test_one_changed_leaf_changes_the_hash(leaves: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(leaves) - 1))
    place = data.draw(st.integers(0, 63))
    digit = data.draw(
        st.sampled_from("0123456789abcdef").filter(lambda d: d != leaves[number][place])
    )
    changed = leaves[number][:place] + digit + leaves[number][place + 1 :]
    assert draw.pool_sha256([*leaves[:number], changed, *leaves[number + 1 :]]) != draw.pool_sha256(
        leaves
    )


@given(SOURCES, st.data())
def test_one_changed_number_changes_the_key(sources: list[list[int]], data: st.DataObject) -> None:
    """And so does a number that wanders to another source: the slash is there for that."""
    which = data.draw(st.integers(0, len(sources) - 1))
    place = data.draw(st.integers(0, len(sources[which]) - 1))
    changed = [list(source) for source in sources]
    changed[which][place] += data.draw(st.integers(1, 100))
    assert draw.seed_key(changed) != draw.seed_key(sources)
    moved = [list(source) for source in sources]
    moved[(which + 1) % len(moved)].append(moved[which].pop(place))
    assert draw.seed_key(moved) != draw.seed_key(sources)


@pytest.mark.parametrize("size", [7, 12])
def test_no_position_is_favoured(size: int) -> None:
    """Over 6,000 keys each position gets each rank equally often: chi-square with (size - 1)²
    degrees of freedom, below its 99.9 % quantile (Wilson and Hilferty). The keys are fixed."""
    keys = 6000
    counts: Counter[tuple[int, int]] = Counter()
    dice = random.Random(3797)
    for _ in range(keys):
        key = draw.seed_key([[dice.randint(1, 6) for _ in range(10)], [dice.getrandbits(64)]])
        counts.update(enumerate(draw.ranking(key, size)))
    expected = keys / size
    found = sum(
        (counts[rank, position] - expected) ** 2 / expected
        for rank, position in product(range(size), range(1, size + 1))
    )
    freedom = (size - 1) ** 2
    limit = freedom * (1 - 2 / (9 * freedom) + 3.09 * math.sqrt(2 / (9 * freedom))) ** 3
    assert found < limit


def test_a_pool_too_large_for_the_method_is_refused() -> None:
    with pytest.raises(ValueError, match="65536"):
        draw.ranking("1./", draw.MOST_TICKETS + 1)


def test_a_leaf_as_a_stranger_computes_it() -> None:
    text = "div-lottery/v1|lottery-2026-1|7K3M-9QXD|straße"
    assert draw.leaf("lottery-2026-1", "7K3M-9QXD", "straße".upper()) == (
        hashlib.sha256(text.replace("ß", "ss").encode()).hexdigest()
    )
    plain = hashlib.sha256(b"div-lottery/v1|lottery-2026-1|7K3M-9QXD|").hexdigest()
    assert draw.leaf("lottery-2026-1", "7K3M-9QXD") == plain


@pytest.mark.parametrize("word", ["Müller", "MÜLLER", "  müller\t", "Mu\u0308ller"])
def test_a_word_is_the_same_however_it_is_typed(word: str) -> None:
    assert unicodedata.is_normalized("NFC", "müller")
    assert draw.leaf("lottery-x", "T", word) == draw.leaf("lottery-x", "T", "müller")
    assert draw.leaf("lottery-x", "T", word) != draw.leaf("lottery-x", "T", "muller")


def test_a_leaf_is_of_its_lottery_ticket_and_word() -> None:
    same = draw.leaf("lottery-x", "T", "w")
    others = {draw.leaf("lottery-y", "T", "w"), draw.leaf("lottery-x", "U", "w")}
    assert same not in others | {draw.leaf("lottery-x", "T", "v"), draw.leaf("lottery-x", "T")}


def test_the_pool_file() -> None:
    assert draw.pool_bytes(["b" * 64, "a" * 64]) == b"a" * 64 + b"\n" + b"b" * 64 + b"\n"
    assert draw.pool_sha256([]) == hashlib.sha256(b"").hexdigest()


def test_a_drand_round_is_its_first_64_bits() -> None:
    assert draw.drand_number("00000000000000ff" + "7" * 48) == 255
    for wrong in ("ff", "00000000000000ff" + "7" * 47, "x" * 64):
        with pytest.raises(ValueError, match=r"hex|64"):
            draw.drand_number(wrong)


def test_skipped_tickets_are_passed_over_and_never_renumbered() -> None:
    ranked = [3, 1, 4, 2, 5]
    found = draw.outcomes(ranked, skipped=[1, 5], places=2)
    assert found == {3: "drawn", 1: "skipped", 4: "drawn", 2: "reserve", 5: "skipped"}
    ranks = {position: rank for rank, position in enumerate(ranked, 1)}
    assert draw.reserve(found, ranks) == [4]


# --- entropy


def brute(source: draw.Range) -> Fraction:
    """The likelihood of the likeliest sorted outcome, by counting all of them."""
    faces = range(source.lowest, source.highest + 1)
    if source.with_replacement:
        every = Counter(tuple(sorted(t)) for t in product(faces, repeat=source.numbers))
        assert set(every) == set(combinations_with_replacement(faces, source.numbers))
    else:
        every = Counter(
            tuple(sorted(t))
            for t in product(faces, repeat=source.numbers)
            if len(set(t)) == source.numbers
        )
    return Fraction(max(every.values()), sum(every.values()))


@pytest.mark.parametrize("numbers", [1, 2, 3, 5])
@pytest.mark.parametrize("highest", [1, 2, 4, 6])
@pytest.mark.parametrize("with_replacement", [True, False])
def test_min_entropy_against_counting(numbers: int, highest: int, with_replacement: bool) -> None:
    if numbers > highest and not with_replacement:
        return
    source = draw.Range(numbers, 1, highest, with_replacement)
    assert draw.certainty(source) == brute(source)


def test_bits_of_what_people_use() -> None:
    """Known numbers: lotto is log2 C(49, 6) = 23.7 bits, drand 64."""
    lotto, drand = draw.Range(6, 1, 49, False), draw.Range(1, 0, draw.DRAND_HIGHEST, True)
    assert draw.entropy_bits([lotto]) == 23
    assert draw.entropy_bits([drand]) == 64
    assert draw.entropy_bits([lotto, drand]) == 87
    assert draw.bits_needed(40, 5) == pytest.approx(math.log2(658_008))
    assert draw.suffices([lotto], 40, 5)
    assert not draw.suffices([draw.Range(3, 1, 6, True)], 40, 5)


def test_a_round_of_drand_has_64_bits_where_no_highest_number_is_told() -> None:
    """Its range follows from the kind; a range that is told counts, and others have to tell it."""
    drand = {"kind": "drand", "numbers": 1, "lowest": 0, "with_replacement": True}
    assert draw.Range.of(drand) == draw.Range(1, 0, draw.DRAND_HIGHEST, True)
    assert draw.Range.of({**drand, "highest": 9}) == draw.Range(1, 0, 9, True)
    with pytest.raises(KeyError):
        draw.Range.of({**drand, "kind": "urn"})


def test_just_enough_is_enough() -> None:
    """C(49, 6) outcomes choose six of 49, and not six of 50."""
    lotto = draw.Range(6, 1, 49, False)
    assert draw.suffices([lotto], 49, 6)
    assert not draw.suffices([lotto], 50, 6)


def test_absurd_sources_are_quick() -> None:
    for source in (draw.Range(10**9, 1, 6, True), draw.Range(10**9, 0, 2**64 - 1, False)):
        assert draw.entropy_bits([source]) >= 23
    assert draw.entropy_bits([draw.Range(50, 1, 49, False)]) == 0


# --- tickets


@given(st.integers(0, 2**TICKET_BITS - 1))
def test_a_ticket_is_understood_as_it_is_typed(number: int) -> None:
    ticket = ticket_of(number)
    assert typed_ticket(ticket) == ticket
    assert typed_ticket(f" {ticket.lower().replace('-', ' ')}\n") == ticket
    assert typed_ticket(ticket.replace("0", "O").replace("1", "l").replace("-", "–")) == ticket


def test_tickets_have_at_least_80_bits_and_differ() -> None:
    assert TICKET_BITS >= 80
    numbers = {ticket_of(1 << bit) for bit in range(TICKET_BITS)} | {ticket_of(0)}
    assert len(numbers) == TICKET_BITS + 1
    entries = make_entries("lottery-x", "call-x", [Application()] * 100, dt.date(2030, 1, 1))
    assert len({entry.ticket for entry in entries}) == 100
