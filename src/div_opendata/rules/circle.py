"""DIV4xx: the circles, their seats and feedback rounds, their results and what became of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from ..base.finding import Finding
from ..base.i18n import Message
from .rule import rule

if TYPE_CHECKING:
    import datetime as dt

    from .facts import Facts, Row

SEATS = 15
SHARES: Mapping[str, int] = {
    "administration": 1,
    "science": 1,
    "business": 1,
    "politics": 1,
    "civil_society": 1,
    "expert": 5,
    "citizen": 5,
}
"""How many seats of a circle are meant for each group."""
BY_LOT = {"drawn", "all_seated"}
"""How a seat is filled of which nobody chose who sits on it."""


def _standing_seats(facts: Facts) -> dict[str, list[Row]]:
    """The seats of each circle, without those that another row replaces."""
    replaced = {row["replaces_seat_id"] for row in facts.rows("seats")}
    seats: dict[str, list[Row]] = defaultdict(list)
    for seat in facts.rows("seats"):
        if seat["id"] not in replaced:
            seats[seat["circle_id"]].append(seat)
    return seats


@rule("DIV401", excusable=True)
def seats_not_complete(facts: Facts) -> Iterator[Finding]:
    """A circle does not have exactly the seats 1 to 15.

    Why: Who sits in a circle, and which places are vacant, can only be seen if each seat has its
    row. A row that another one replaces does not count. Seats are judged from the moment a circle
    is in the table; those that nobody holds yet are entered as vacant.

    City: Ein Innovationszirkel setzt sich aus 15 Mitgliedern zusammen.

    Do: Enter the missing seats, also the vacant ones. Where somebody took over a seat, give the new
    row the same number and the ID of the row that it replaces.

    Wrong: the seats 1 to 14; or two rows for seat 14, of which neither replaces the other

    Right: the seats 1 to 15, one row each
    """
    if not facts.whole("seats"):
        return
    seats = _standing_seats(facts)
    for circle in facts.rows("circles"):
        here = seats.get(circle["id"], ())
        first: dict[int, Row] = {}
        for seat in here:
            first.setdefault(seat["seat_number"], seat)
        twice = [seat for seat in here if first[seat["seat_number"]] is not seat]
        for seat in twice:
            yield Finding(
                Message(
                    "Seat {number} of “{circle}” has two rows: {first} and {second}.",
                    number=seat["seat_number"],
                    circle=circle["name"],
                    first=first[seat["seat_number"]]["id"],
                    second=seat["id"],
                ),
                Message(
                    "Correct the number, or enter in the newer row the ID of the one it replaces."
                ),
                seat.at("seat_number"),
            )
        missing = [number for number in range(1, SEATS + 1) if number not in first]
        if len(missing) > len(twice):  # else a number is wrong, and its row has a finding
            lacking = Message(
                "“{circle}” lacks these of its 15 seats: {numbers}.",
                circle=circle["name"],
                numbers=missing,
            )
            none = Message("“{circle}” has none of its 15 seats.", circle=circle["name"])
            yield Finding(
                lacking if first else none,
                Message("Enter them, also those that are vacant; or give a reason as a deviation."),
                circle.at("id"),
            )


@rule("DIV402", excusable=True)
def groups_of_other_size(facts: Facts) -> Iterator[Finding]:
    """The groups of a circle do not have the sizes that the city has set.

    Why: A circle brings all parts of the city together: one seat each for administration, science,
    business, politics and civil society, five for experts and five for citizens. While seats are
    missing (DIV401), only groups that are too large are reported; a circle without any seat tells
    nothing about its groups and is reported too.

    City: Je eine Person aus der Bielefelder Verwaltung, Wissenschaft, Wirtschaft, Politik und
    Zivilgesellschaft; fünf Fachexpert*innen für das zu bearbeitende Thema sowie fünf interessierten
    Personen

    Do: Correct the group of the seats concerned. If the circle is made up like this, say why in the
    table of deviations.

    Wrong: four experts and two seats for business

    Right: five experts and one seat for business
    """
    if not facts.whole("seats"):
        return
    label = facts.tables["seats"].schema.fields["seat_group"].code_label
    seats = _standing_seats(facts)
    for circle in facts.rows("circles"):
        # a seat that has two rows is one seat: its number is what is wrong (DIV401)
        standing = {
            (seat["seat_number"], seat["seat_group"]) for seat in seats.get(circle["id"], ())
        }
        sizes = Counter(group for _, group in standing)
        if standing and all(sizes[group] <= share for group, share in SHARES.items()):
            continue
        wrong = [
            Message(
                "{group} {size} instead of {share}",
                group=label(group),
                size=sizes[group],
                share=share,
            )
            for group, share in SHARES.items()
            if sizes[group] > share or (sizes[group] < share and len(standing) == SEATS)
        ]
        unknown = Message(
            "No seat of “{circle}” says which group it is meant for.", circle=circle["name"]
        )
        sizes_of = Message("Seats of “{circle}”: {groups}.", circle=circle["name"], groups=wrong)
        yield Finding(
            sizes_of if standing else unknown,
            Message("Correct the group of the seats, or give the reason as a deviation."),
            circle.at("id"),
        )


@rule("DIV403", excusable=True)
def appointed_otherwise(facts: Facts) -> Iterator[Finding]:
    """A seat for citizens that was not filled by lot, or another seat that was.

    Why: The five seats for citizens are drawn among all who applied and qualify, or go to all of
    them where they are no more than the seats. The other seats are nominated.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Correct the group of the seat or how it is filled.

    Wrong: a seat for citizens that is nominated

    Right: a seat for citizens that is drawn
    """
    for seat in facts.rows("seats"):
        if (seat["seat_group"] == "citizen") == (seat["appointment"] in BY_LOT):
            continue
        if seat["seat_group"] == "citizen":
            message = Message(
                "Seat {seat} is for citizens, but not filled by lot.", seat=seat["id"]
            )
        else:
            message = Message(
                "Seat {seat} is not for citizens, but filled by lot.", seat=seat["id"]
            )
        yield Finding(
            message,
            Message("Correct the group of the seat, or how it is filled."),
            seat.at("appointment"),
        )


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


@rule("DIV405", "warning")
def result_without_feedback(facts: Facts) -> Iterator[Finding]:
    """A circle finished a result without any feedback round before.

    Why: The members ask their networks while the work is going on, not after it. A round counts if
    it began before the result was finished or on that day. Results of projects are not judged.

    City: Die Mitglieder eines Innovationszirkels binden ihre jeweiligen Netzwerke ein, um
    Arbeitsstände zu prüfen und Anpassungsvorschläge zu unterbreiten.

    Do: Enter the feedback round, if there was one.

    Wrong: a result of 22 October, and the first feedback round from 23 October

    Right: a result of 22 October, and a feedback round in September
    """
    if not facts.whole("feedback_rounds"):
        return
    for result in _finished(facts):
        circle = facts.get("circles", result["circle_id"])
        if circle is None:
            continue
        rounds = facts.where("feedback_rounds", "circle_id", circle["id"])
        if not any(row["start_date"] <= result["finalised_on"] for row in rounds):
            yield Finding(
                Message(
                    "“{result}” was finished without a feedback round of “{circle}” before.",
                    result=result["name"],
                    circle=circle["name"],
                ),
                Message("Enter the feedback round, if there was one."),
                result.at("id"),
            )


def _finished(facts: Facts) -> Iterator[Row]:
    """The results that are finished today."""
    today = facts.today.isoformat()
    return (row for row in facts.rows("results") if row["finalised_on"] <= today)


@rule("DIV406")
def feedback_that_cannot_be(facts: Facts) -> Iterator[Finding]:
    """A feedback round adopted more suggestions than it received, or is outside its circle's time.

    Why: One of the numbers or dates is wrong.

    City: binden ihre jeweiligen Netzwerke ein, um Arbeitsstände zu prüfen und Anpassungsvorschläge
    zu unterbreiten

    Do: Correct the number or the date.

    Wrong: 25 of 24 suggestions adopted; a round from 14 January in a circle from 15 January

    Right: 7 of 24 suggestions adopted; a round from 15 January in a circle from 15 January
    """
    for row in facts.rows("feedback_rounds"):
        if row["suggestions_adopted"] > row["suggestions_received"]:
            yield Finding(
                Message(
                    "{adopted} suggestions were adopted, but only {received} received.",
                    adopted=row["suggestions_adopted"],
                    received=row["suggestions_received"],
                ),
                Message("Correct the number that is wrong."),
                row.at("suggestions_adopted"),
            )
        circle = facts.get("circles", row["circle_id"])
        if circle is None:
            continue
        if circle["start_date"] and row["start_date"] < circle["start_date"]:
            yield Finding(
                Message(
                    "The feedback round begins on {date}, “{circle}” only on {start}.",
                    date=row.date("start_date"),
                    circle=circle["name"],
                    start=circle.date("start_date"),
                ),
                Message("Correct the date, or the beginning of the circle."),
                row.at("start_date"),
            )
        if circle["end_date"] and row["end_date"] > circle["end_date"]:
            yield Finding(
                Message(
                    "The feedback round ends on {date}, “{circle}” already on {end}.",
                    date=row.date("end_date"),
                    circle=circle["name"],
                    end=circle.date("end_date"),
                ),
                Message("Correct the date, or the end of the circle."),
                row.at("end_date"),
            )


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
    for result in _finished(facts):
        if result["url"] is None and result["not_published_reason"] is None:
            yield Finding(
                Message(
                    "“{result}” is finished, but neither online nor with a reason why not.",
                    result=result["name"],
                ),
                Message("Enter the web address, or the reason why it is not online."),
                result.at("url"),
            )


@rule("DIV410")
def measure_going_backwards(facts: Facts) -> Iterator[Finding]:
    """The status dates of a measure run backwards, or begin before the result was finished.

    Why: Each change of a measure is a row of its own, the newer below the older. A measure that the
    result proposes cannot have a status before the result.

    City: klärt über die Weiterverwendung der erarbeiteten Inhalte und Maßnahmen auf

    Do: Correct the date, or put the rows in the order of their dates.

    Wrong: accepted on 28 January, and in the row below in progress on 27 January

    Right: accepted on 28 January, and in the row below in progress on 28 January
    """
    rows = sorted(facts.rows("follow_ups"), key=_measure)
    for (result_id, number), changes in groupby(rows, key=_measure):
        result = facts.get("results", result_id)
        before = None
        for row in changes:
            if before and row["status_date"] < before["status_date"]:
                yield Finding(
                    Message(
                        "Measure {number} of {result}: {date} comes before {earlier} of the row"
                        " above ({other}).",
                        number=number,
                        result=result_id,
                        date=row.date("status_date"),
                        earlier=before.date("status_date"),
                        other=before["id"],
                    ),
                    Message("Correct the date, or put the rows in the order of their dates."),
                    row.at("status_date"),
                )
            elif before is None and result and row["status_date"] < result["finalised_on"]:
                yield Finding(
                    Message(
                        "Measure {number} has a status from {date}, but “{result}” was finished on"
                        " {finished}.",
                        number=number,
                        date=row.date("status_date"),
                        result=result["name"],
                        finished=result.date("finalised_on"),
                    ),
                    Message("Correct the date, or the day on which the result was finished."),
                    row.at("status_date"),
                )
            before = row


def _measure(row: Row) -> tuple[str, int]:
    return row["result_id"], row["measure_number"]


@rule("DIV411", "warning")
def result_without_follow_up(facts: Facts) -> Iterator[Finding]:
    """A result is online, but nothing says what becomes of it.

    Why: Whoever took part wants to know what the city does with the result.

    City: klärt über die Weiterverwendung der erarbeiteten Inhalte und Maßnahmen auf

    Do: Enter the measures of the result, and what has become of each so far.

    Wrong: a result online, and no measure of it

    Right: a result online, and its first measure with the status “examined”
    """
    if not facts.whole("follow_ups"):
        return
    for result in facts.rows("results"):
        if result["url"] and not facts.where("follow_ups", "result_id", result["id"]):
            yield Finding(
                Message("Nothing says what becomes of “{result}”.", result=result["name"]),
                Message("Enter its measures in the table of follow-ups."),
                result.at("id"),
            )


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
    measure_going_backwards,
    result_without_follow_up,
)
