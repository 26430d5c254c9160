"""What a vote gives, for every count of a circle of fifteen."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import get_args

import pytest

from div_opendata.standard.votes import (
    CastingVote,
    Outcome,
    Requirement,
    TieRule,
    consent,
    majority,
    quorate,
)

MEMBERS = 15
REQUIREMENTS: tuple[Requirement, ...] = get_args(Requirement)
TIE_RULES: tuple[TieRule, ...] = get_args(TieRule)
CASTING_VOTES: tuple[CastingVote | None, ...] = (*get_args(CastingVote), None)

Counts = tuple[int, int, int, int, int]
"""yes, no, abstain, invalid, not cast"""


def all_counts() -> Iterator[Counts]:
    """Every way in which up to fifteen members can have voted."""
    for yes, no, abstain, invalid in product(range(MEMBERS + 1), repeat=4):
        for not_cast in range(MEMBERS + 1 - yes - no - abstain - invalid):
            yield yes, no, abstain, invalid, not_cast


Rules = tuple[Requirement, TieRule, CastingVote | None]

HALF = Fraction(1, 2)
OF_A_TIE: dict[tuple[TieRule, CastingVote | None], Outcome | None] = {
    ("rejected", "in_favour"): "failed",
    ("rejected", "against"): "failed",
    ("rejected", None): "failed",
    ("chair_casts", "in_favour"): "passed",
    ("chair_casts", "against"): "failed",
    ("chair_casts", None): None,
}


def expected(yes: int, no: int, eligible: int, rules: Rules) -> Outcome | None:
    """The outcome where there is a quorum, by the shares of yes."""
    requirement, tie_rule, casting_vote = rules
    share = Fraction(yes, yes + no) if yes + no else HALF
    if share == HALF:
        return OF_A_TIE[tie_rule, casting_vote]
    passes = {
        "simple": share > HALF,
        "absolute": Fraction(yes, eligible) > HALF,
        "two_thirds": share >= Fraction(2, 3),
    }
    return "passed" if passes[requirement] else "failed"


def test_every_count_of_a_circle_of_fifteen() -> None:
    """Each with every requirement, tie rule, casting vote and quorum."""
    all_rules: list[Rules] = list(product(REQUIREMENTS, TIE_RULES, CASTING_VOTES))
    table = {
        (yes, no, eligible, rules): expected(yes, no, eligible, rules)
        for eligible in range(1, MEMBERS + 1)
        for yes in range(eligible + 1)
        for no in range(eligible + 1 - yes)
        for rules in all_rules
    }
    seen = 0
    for yes, no, abstain, invalid, not_cast in all_counts():
        eligible = yes + no + abstain + invalid + not_cast
        if eligible == 0:
            continue
        present = yes + no + abstain + invalid
        for rules in all_rules:
            with_quorum = table[yes, no, eligible, rules]
            outcomes = [
                majority(yes, no, eligible, *rules, quorum_met=quorate(eligible - not_cast, quorum))
                for quorum in range(1, MEMBERS + 1)
            ]
            assert outcomes == [with_quorum] * present + ["failed"] * (MEMBERS - present)
            seen += len(outcomes)
    assert seen == 15_503 * 18 * 15  # C(20, 5) counts but that of nobody


@pytest.mark.parametrize(
    ("yes", "no", "eligible", "requirement", "tie_rule", "casting_vote", "outcome"),
    [
        (1, 0, 15, "simple", "rejected", None, "passed"),
        (7, 8, 15, "simple", "chair_casts", "in_favour", "failed"),
        (6, 6, 15, "simple", "rejected", "in_favour", "failed"),
        (6, 6, 15, "simple", "chair_casts", "in_favour", "passed"),
        (6, 6, 15, "simple", "chair_casts", "against", "failed"),
        (6, 6, 15, "simple", "chair_casts", None, None),
        (0, 0, 15, "simple", "chair_casts", "in_favour", "passed"),
        (7, 0, 15, "absolute", "rejected", None, "failed"),
        (8, 7, 15, "absolute", "rejected", None, "passed"),
        (5, 4, 10, "absolute", "chair_casts", "in_favour", "failed"),
        (5, 5, 10, "absolute", "chair_casts", "in_favour", "passed"),
        (6, 4, 10, "absolute", "rejected", None, "passed"),
        (9, 5, 15, "two_thirds", "rejected", None, "failed"),
        (10, 5, 15, "two_thirds", "rejected", None, "passed"),
        (2, 1, 15, "two_thirds", "rejected", None, "passed"),
        (1, 0, 15, "two_thirds", "rejected", None, "passed"),
        (0, 0, 15, "two_thirds", "rejected", None, "failed"),
    ],
)
def test_written_by_hand(
    yes: int,
    no: int,
    eligible: int,
    requirement: Requirement,
    tie_rule: TieRule,
    casting_vote: CastingVote | None,
    outcome: Outcome | None,
) -> None:
    rules = (requirement, tie_rule, casting_vote)
    assert majority(yes, no, eligible, *rules, quorum_met=True) == outcome


def test_consent_is_that_nobody_objects() -> None:
    for objections in range(MEMBERS + 1):
        assert consent(objections, quorum_met=True) == ("failed" if objections else "passed")
        assert consent(objections, quorum_met=False) == "failed"


def test_what_is_not_known_is_not_judged() -> None:
    assert consent(None, quorum_met=True) is None
    assert consent(None, quorum_met=False) == "failed"
    for yes, no in ((None, 3), (3, None), (None, None)):
        assert majority(yes, no, 15, "simple", "rejected", None, quorum_met=True) is None
    assert majority(8, 3, 15, None, "rejected", None, quorum_met=True) is None
    assert majority(3, 3, 15, "simple", None, "in_favour", quorum_met=True) is None
    assert majority(None, None, 15, None, None, None, quorum_met=False) == "failed"
