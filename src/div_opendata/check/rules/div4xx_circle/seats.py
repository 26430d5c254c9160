"""The seats of a circle: how many, for which groups, filled how, and from when on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ..rule import rule

if TYPE_CHECKING:
    from ..facts import Facts, Row

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
    Zivilgesellschaft; fünf Fachexptert*innen für das zu bearbeitende Thema sowie fünf
    interessierten Personen

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
