"""DIV5xx: the call, the lottery that follows it, and what anybody can compute anew.

A lottery that is void stays published, and so does its pool: its hash, key, ranking and outcomes
are still judged. What it broke otherwise is why it is void, and not reported.
"""

from __future__ import annotations

from .call import call_after_its_deadline, lottery_does_not_fit_its_call, needless_draw
from .pool import pool_changed, pool_is_not_the_qualified
from .procedure import events_out_of_order, not_drawn_in_a_session
from .ranking import wrong_key, wrong_outcome, wrong_ranking
from .replacements import wrong_replacement
from .sources import last_source_can_be_steered, nobody_can_check, too_little_entropy

RULES = (
    call_after_its_deadline,
    pool_is_not_the_qualified,
    not_drawn_in_a_session,
    events_out_of_order,
    pool_changed,
    wrong_key,
    wrong_ranking,
    too_little_entropy,
    needless_draw,
    wrong_outcome,
    wrong_replacement,
    lottery_does_not_fit_its_call,
    last_source_can_be_steered,
    nobody_can_check,
)
