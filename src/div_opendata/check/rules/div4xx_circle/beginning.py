"""When a circle begins: not before its seats for citizens are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    import datetime as dt

    from ..facts import Facts, Row


@rule("DIV404", excusable=True)
def begun_before_draw(facts: Facts) -> Iterator[Finding]:
    """A circle begins before its seats for citizens are drawn.

    Why: The citizens belong to the circle from the beginning. The first draw counts: a later one,
    for seats that became vacant, is no departure. A lottery that is still to be drawn is not drawn
    before its session, and not before today; a void one does not count. The circle may begin on the
    day of the draw.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Correct the beginning of the circle. If it had to begin, say why in the table of deviations.

    Wrong: a circle from 25 November, whose seats are drawn on 26 November

    Right: a circle from 26 November, whose seats are drawn on 26 November
    """
    if not (facts.whole("calls") and facts.whole("lotteries")):
        return
    for circle in facts.rows("circles"):
        start = circle.date("start_date")
        draws = [
            (day, lottery)
            for call in facts.where("calls", "circle_id", circle["id"])
            for lottery in facts.where("lotteries", "call_id", call["id"])
            if (day := _day_of_draw(lottery, facts))
        ]
        if start is None or not draws:
            continue
        day, lottery = min(draws, key=lambda draw: draw[0])
        if start >= day:
            continue
        if lottery["status"] == "drawn":
            message = Message(
                "“{circle}” begins on {start}; its seats are drawn on {day} ({lottery}).",
                circle=circle["name"],
                start=start,
                day=day,
                lottery=lottery["id"],
            )
        else:
            message = Message(
                "“{circle}” begins on {start}; its seats are not drawn yet ({lottery}).",
                circle=circle["name"],
                start=start,
                lottery=lottery["id"],
            )
        yield Finding(
            message,
            Message("Correct the beginning; if it is so, give the reason as a deviation."),
            circle.at("start_date"),
        )


def _day_of_draw(lottery: Row, facts: Facts) -> dt.date | None:
    """The day of a draw, or the earliest on which it can be; None where there is none."""
    if lottery["status"] == "void":
        return None
    session = facts.get("sessions", lottery["session_id"])
    planned = facts.days(session)[0] if session else None
    if lottery["status"] == "drawn":
        drawn_at = lottery.time("drawn_at")
        return facts.day(drawn_at) if drawn_at else planned
    return max(facts.today, planned or facts.today)
