"""DIV6xx: the votes of the circles. What a vote gives stands in standard/votes.py."""

from __future__ import annotations

from .circle import vote_out_of_place, vote_without_rules
from .counts import counts_do_not_add_up, more_eligible_than_seats
from .outcome import other_result

RULES = (
    counts_do_not_add_up,
    more_eligible_than_seats,
    other_result,
    vote_out_of_place,
    vote_without_rules,
)
