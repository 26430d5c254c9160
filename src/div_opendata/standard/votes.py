"""What a vote gives: consent and majority, with tie, casting vote and quorum.

Consent (Konsent) is reached where nobody has a grave objection; a majority settles a conflict:

| requirement | passed if |
|---|---|
| simple | yes > no |
| absolute | yes > half of those entitled to vote |
| two thirds | yes > 0 and yes ≥ 2 · no |

Abstentions and invalid votes do not count, and without a quorum nothing passes. A tie, as many yes
as no, fails unless the circle's tie rule lets the chair cast a vote that decides it. This holds for
each requirement: the circle chose both rules. What is not known is None, and so is what would need
it. The options are those of Popolo (yes, no, abstain, absent: here not cast) with “invalid”.
"""

from __future__ import annotations

from typing import Literal

Requirement = Literal["simple", "absolute", "two_thirds"]
TieRule = Literal["rejected", "chair_casts"]
CastingVote = Literal["in_favour", "against"]
Outcome = Literal["passed", "failed"]


def quorate(took_part: int, quorum: int) -> bool:
    """Whether enough members took part. Who abstains or votes invalidly takes part."""
    return took_part >= quorum


def consent(objections: int | None, *, quorum_met: bool) -> Outcome | None:
    """What seeking consent gives, from the number of grave objections."""
    if not quorum_met:
        return "failed"
    if objections is None:
        return None
    return "failed" if objections else "passed"


def majority(
    yes: int | None,
    no: int | None,
    eligible: int,
    requirement: Requirement | None,
    tie_rule: TieRule | None,
    casting_vote: CastingVote | None,
    *,
    quorum_met: bool,
) -> Outcome | None:
    """What a majority vote gives. `eligible` are all who may vote, present or not."""
    if not quorum_met:
        return "failed"
    if yes is None or no is None:
        return None
    if yes == no:
        return _tie(tie_rule, casting_vote)
    if requirement is None:
        return None
    return "passed" if _reached(yes, no, eligible, requirement) else "failed"


def _tie(tie_rule: TieRule | None, casting_vote: CastingVote | None) -> Outcome | None:
    if tie_rule == "rejected":
        return "failed"
    if tie_rule is None or casting_vote is None:
        return None
    return "passed" if casting_vote == "in_favour" else "failed"


def _reached(yes: int, no: int, eligible: int, requirement: Requirement) -> bool:
    if requirement == "simple":
        return yes > no
    if requirement == "absolute":
        return 2 * yes > eligible
    return yes > 0 and yes >= 2 * no
