"""DIV7xx, as far as records show it: what of a seat would tell who sits on it.

It is told at once, whatever else is wrong with the row: who mends that alone would publish it.
What is in the finished bytes is judged there (assemble/gate/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from .div4xx_circle.seats import BY_LOT
from .rule import rule

if TYPE_CHECKING:
    from .facts import Facts

_OF_A_PERSON = ("on_behalf_of", "start_month", "end_month", "replaces_seat_id")


@rule("DIV702")
def attribute_of_drawn_person(facts: Facts) -> Iterator[Finding]:
    """A seat of the lottery says more than that it is one.

    Why: Five people were drawn, or all who had applied were seated. Whatever is said of one of
    them, for whom, since when or after whom, sets that one apart from the others and can be put
    together with what neighbours know. Who left and who came is told by the table of
    replacements, by rank and reason, without seat and date.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Empty the cell. If the seat was nominated, correct how it was filled.

    Wrong: a drawn seat with the first month 2026-09

    Right: the same seat with this cell empty, or a nominated seat with the month
    """
    for seat in facts.every("seats"):
        if seat["appointment"] not in BY_LOT or not seat.is_known("appointment"):
            continue
        for name in _OF_A_PERSON:
            if seat.is_filled(name):
                yield Finding(
                    Message(
                        "{seat} is a seat of the lottery and has “{heading}”.",
                        seat=seat.key or Message("Row {row}", row=seat.number),
                        heading=seat.table.schema.fields[name].title,
                    ),
                    Message("Empty the cell, or correct how the seat was filled."),
                    seat.at(name),
                )


@rule("DIV707")
def nominated_without_consent(facts: Facts) -> Iterator[Finding]:
    """It is published for whom somebody sits in the circle, without that person's consent.

    Why: A group of one person identifies that person. Whoever nominated them may be published only
    where their consent is on file, and the table of holders in the folder private says where.
    Judged where there is that folder; if the seat is missing in the table, or the whole table in
    the folder, there is no consent.

    City: Je eine Person aus der Bielefelder Verwaltung, Wissenschaft, Wirtschaft, Politik und
    Zivilgesellschaft

    Do: Ask for the consent and enter where it is kept into the table of holders, or empty the
    cell.

    Wrong: a seat with its nominating body, whose holder has no record of consent

    Right: the same seat and, in the table of holders, file number and page of the consent
    """
    consents = facts.consents
    if consents is None:
        return
    for seat in facts.every("seats"):
        if not seat.is_filled("on_behalf_of") or not seat.key or not seat.is_known("id"):
            continue
        if not consents.get(seat.key):
            yield Finding(
                Message(
                    "{seat} says for whom its holder sits there, but there is no consent to it in"
                    " private/holders.",
                    seat=seat.key,
                ),
                Message("Enter where the consent is kept into private/holders, or empty the cell."),
                seat.at("on_behalf_of"),
            )


RULES = (attribute_of_drawn_person, nominated_without_consent)
