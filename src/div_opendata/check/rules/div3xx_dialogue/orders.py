"""Orders: of which visions, handled by whom, in which order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    import datetime as dt

    from ..facts import Facts, Row

_BEGUN = {"in_progress", "finalised", "presented"}


@rule("DIV307", excusable=True)
def order_without_vision(facts: Facts) -> Iterator[Finding]:
    """An order follows from no vision.

    Why: Orders are not invented by an office: they are derived from the visions of the D.I.V.

    City: In dieser werden Arbeitsaufträge bearbeitet, die aus den im D.I.V. entworfenen
    Zukunftsvisionen abgeleitet wurden.

    Do: Enter the vision in the table of orders and visions.

    Wrong: an order that no row of the table of orders and visions names

    Right: order-wegweiser with vision-orientierung
    """
    if not facts.whole("order_visions"):
        return
    for order in facts.rows("orders"):
        if not facts.where("order_visions", "order_id", order["id"]):
            yield Finding(
                Message("The order “{order}” follows from no vision.", order=order["name"]),
                Message("Enter its vision in the table of orders and visions."),
                order.at("id"),
            )


@rule("DIV308", excusable=True)
def order_handled_by_nobody(facts: Facts) -> Iterator[Finding]:
    """An order in progress, or later, has neither circle nor project, or both.

    Why: Somebody works on an order, and the public should know who. An order for a circle has a
    row in the table of circles and no project; an order for a project has the project's name and
    no circle.

    City: Arbeitsaufträge, die anschließend in Innovationszirkeln oder im Rahmen von Projekten des
    Digitalisierungsbüros bearbeitet werden

    Do: Enter the circle or the name of the project, or correct how the order is handled.

    Wrong: an order in progress, by a circle, that no circle names

    Right: an order in progress, by a circle, and the circle with its number
    """
    if not facts.whole("circles"):
        return
    for order in facts.rows("orders"):
        if order["status"] not in _BEGUN:
            continue
        circle = bool(facts.where("circles", "order_id", order["id"]))
        project = order["project_name"] is not None
        by_circle = order["processing"] == "circle"
        if circle == by_circle and project != by_circle:
            continue
        if circle and project:
            message = Message(
                "The order “{order}” has a circle and a project.", order=order["name"]
            )
        elif circle:
            message = Message(
                "The order “{order}” is for a project, but has a circle.", order=order["name"]
            )
        elif project:
            message = Message(
                "The order “{order}” is for a circle, but has a project.", order=order["name"]
            )
        else:
            message = Message(
                "The order “{order}” has neither circle nor project.", order=order["name"]
            )
        yield Finding(
            message,
            Message("Enter the circle or the project, or correct how the order is handled."),
            order.at("project_name" if circle == by_circle else "processing"),
        )


@rule("DIV309", excusable=True)
def order_before_vision(facts: Facts) -> Iterator[Finding]:
    """An order is older than a vision that it follows from.

    Why: What follows from a vision cannot be older than it. Where an order or a vision has no date,
    that of its session counts.

    City: aus den im D.I.V. entworfenen Zukunftsvisionen abgeleitet

    Do: Correct the date of the order or of the vision, or what the order follows from.

    Wrong: an order of 1 March from a vision of 12 March

    Right: an order of 12 March from a vision of 12 March
    """
    for order in facts.rows("orders"):
        ordered = _days(order, facts)
        if ordered is None:
            continue
        younger = [
            vision
            for link in facts.where("order_visions", "order_id", order["id"])
            if (vision := facts.get("visions", link["vision_id"]))
            and (made := _days(vision, facts))
            and ordered[1] < made[0]
        ]
        if younger:
            yield Finding(
                Message(
                    "The order “{order}” of {date} is older than what it follows from: {visions}.",
                    order=order["name"],
                    date=ordered[1],
                    visions=[vision["id"] for vision in younger],
                ),
                Message("Correct one of the dates, or what the order follows from."),
                order.at("date" if order["date"] else "session_id"),
            )


def _days(row: Row, facts: Facts) -> tuple[dt.date, dt.date] | None:
    """The first and last day on which a vision or order was made: its date, else its session's."""
    if date := row.date("date"):
        return date, date
    session = facts.get("sessions", row["session_id"])
    return facts.days(session) if session else None
