"""DIV4xx: the circles, their seats and feedback rounds, their results and what became of them."""

from __future__ import annotations

from .beginning import begun_before_draw
from .feedback import feedback_that_cannot_be, result_without_feedback
from .measures import measure_out_of_order, result_without_follow_up
from .results import presented_in_no_held_session, result_not_online, result_of_another_order
from .seats import appointed_otherwise, groups_of_other_size, seats_not_complete

RULES = (
    seats_not_complete,
    groups_of_other_size,
    appointed_otherwise,
    begun_before_draw,
    result_without_feedback,
    feedback_that_cannot_be,
    result_of_another_order,
    presented_in_no_held_session,
    result_not_online,
    measure_out_of_order,
    result_without_follow_up,
)
