"""DIV3xx: the sessions of the D.I.V., their visions and the orders that come of them."""

from __future__ import annotations

from .future import still_to_come
from .orders import order_before_vision, order_handled_by_nobody, order_without_vision
from .sessions import (
    group_without_anybody,
    groups_do_not_add_up,
    too_few_sessions,
    too_many_sessions,
)
from .visions import (
    ranks_with_gaps,
    vision_of_no_held_session,
    vision_without_order,
    without_session,
)

RULES = (
    too_many_sessions,
    too_few_sessions,
    group_without_anybody,
    groups_do_not_add_up,
    vision_of_no_held_session,
    vision_without_order,
    order_without_vision,
    order_handled_by_nobody,
    order_before_vision,
    ranks_with_gaps,
    without_session,
    still_to_come,
)
