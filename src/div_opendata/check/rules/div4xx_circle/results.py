"""Results: of which order, presented in which session, where to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule
from .feedback import finished

if TYPE_CHECKING:
    from ..facts import Facts


@rule("DIV407")
def result_of_another_order(facts: Facts) -> Iterator[Finding]:
    """A result answers another order than that of its circle.

    Why: A circle works on one order, and its results answer this one.

    City: gemeinsame Erarbeitung eines Lösungsvorschlags für den an den Innovationszirkel
    gerichteten Arbeitsauftrag

    Do: Correct the order or the circle of the result.

    Wrong: a result of circle-kuehle-orte for order-wegeinformation

    Right: a result of circle-kuehle-orte for order-kuehle-orte
    """
    for result in facts.rows("results"):
        circle = facts.get("circles", result["circle_id"])
        if circle and circle["order_id"] != result["order_id"]:
            yield Finding(
                Message(
                    "“{result}” answers {order}, but “{circle}” works on {other}.",
                    result=result["name"],
                    order=result["order_id"],
                    circle=circle["name"],
                    other=circle["order_id"],
                ),
                Message("Correct the order or the circle of the result."),
                result.at("order_id"),
            )


@rule("DIV408", excusable=True)
def presented_in_no_held_session(facts: Facts) -> Iterator[Finding]:
    """A result was presented in a session that was not held, or before it was finished.

    Why: Results are presented when they are finished, to a session that takes place. The day of the
    session may be the day on which the result was finished.

    City: Finalisierung eines Arbeitsauftrags sowie Vorstellung der Ergebnisse im D.I.V.

    Do: Correct the session, or the day on which the result was finished. Leave the session empty as
    long as the result was not presented.

    Wrong: a result finished on 21 November, presented in the session of 20 November

    Right: a result finished on 20 November, presented in the session of 20 November
    """
    for result in facts.rows("results"):
        session = facts.get("sessions", result["presented_session_id"])
        if session is None:
            continue
        finished = result.date("finalised_on")
        last = facts.days(session)[1]
        if session["state"] != "held":
            yield Finding(
                Message(
                    "“{result}” is presented in “{session}”, which was not held.",
                    result=result["name"],
                    session=session["name"],
                ),
                Message("Correct the session or its state; leave it empty until then."),
                result.at("presented_session_id"),
            )
        elif finished and last < finished:
            yield Finding(
                Message(
                    "“{result}” was finished on {finished}, after “{session}” on {day}.",
                    result=result["name"],
                    finished=finished,
                    session=session["name"],
                    day=last,
                ),
                Message("Correct the session, or the day on which the result was finished."),
                result.at("presented_session_id"),
            )


@rule("DIV409", excusable=True)
def result_not_online(facts: Facts) -> Iterator[Finding]:
    """A finished result is neither online nor says why it is not.

    Why: The results belong to the public. Online means that there is a web address. Judged from the
    day on which the result is finished.

    City: Grundsätzlich macht das Digitalisierungsbüro die Ergebnisse eines Innovationszirkels
    online verfügbar

    Do: Enter the web address, or the reason why it is not online, or not yet.

    Wrong: a finished result without web address and without reason

    Right: a finished result that is in an ongoing tender, with this reason
    """
    for result in finished(facts):
        if result["url"] is None and result["not_published_reason"] is None:
            yield Finding(
                Message(
                    "“{result}” is finished, but neither online nor with a reason why not.",
                    result=result["name"],
                ),
                Message("Enter the web address, or the reason why it is not online."),
                result.at("url"),
            )
