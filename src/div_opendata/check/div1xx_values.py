"""DIV1xx: a record against its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Label, Message, Translatable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from div_opendata.standard.tables import Field, Value


@code("DIV101")
def unknown_code(
    place: Place, heading: Label, near: Label | None, labels: Sequence[Label], open_list: str
) -> Finding:
    """A value that the field's list does not have.

    Why: Only codes of the list can be counted and compared, this year and in ten years.

    Do: Choose a value of the list; the drop-down of the workbook has them all. For fields of
    action a city may keep a list of its own, in the folder codelists.

    Wrong: hat stattgefunden

    Right: Abgehalten
    """
    expected = Message("One of these is expected: {labels}.", labels=labels)
    remedy = Message("Did you mean “{near}”? {expected}", near=near, expected=expected)
    return Finding(
        Message("“{value}” is not in the list of “{heading}”.", value=place.value, heading=heading),
        Message(
            "{remedy} The city may extend the list in {file}.",
            remedy=remedy if near else expected,
            file=open_list,
        )
        if open_list
        else remedy
        if near
        else expected,
        place,
    )


@code("DIV102")
def missing_value(place: Place, heading: Label, description: Label) -> Finding:
    """A required cell is empty.

    Why: Without it the record cannot be understood or found.

    Do: Fill the cell in; the help of its heading says what belongs there.

    Wrong: a session without a name

    Right: D.I.V. 1/2026
    """
    return Finding(
        Message("“{heading}” is missing.", heading=heading),
        Message("Fill it in: {description}", description=description),
        place,
    )


@code("DIV103")
def not_a_number(place: Place, heading: Label, example: object) -> Finding:
    """Not a whole number.

    Why: The field counts something.

    Do: Type digits only, without units; dots between groups of three are understood, and a percent
    sign where percent are meant.

    Wrong: ca. 30; 3,5; 1_000

    Right: 30; 1.000
    """
    return Finding(
        Message("“{value}” is not a whole number.", value=place.value),
        Message(
            "Type digits only into “{heading}”, such as {example}.",
            heading=heading,
            example=example,
        ),
        place,
    )


@code("DIV104")
def not_a_date(place: Place, heading: Label, example: object) -> Finding:
    """Not a date of the calendar.

    Why: Dates are sorted and compared.

    Do: Type day, month and year.

    Wrong: 30.02.2026; Frühjahr 2026

    Right: 28.02.2026; 2026-02-28
    """
    return Finding(
        Message("“{value}” is not a date of the calendar.", value=place.value),
        Message(
            "Type day, month and year into “{heading}”, such as {example}.",
            heading=heading,
            example=example,
        ),
        place,
    )


@code("DIV105")
def not_a_time(place: Place, heading: Label, example: object) -> Finding:
    """Not a date with a time of day.

    Why: For this field the time of day counts.

    Do: Type day, month, year and time.

    Wrong: 12.03.2026 abends

    Right: 12.03.2026 18:00; 2026-03-12T18:00+01:00
    """
    return Finding(
        Message("“{value}” is not a date with a time of day.", value=place.value),
        Message(
            "Type day, month, year and time into “{heading}”, such as {example}.",
            heading=heading,
            example=example,
        ),
        place,
    )


@code("DIV106")
def not_yes_or_no(place: Place, heading: Label) -> Finding:
    """Neither yes nor no.

    Why: The field knows only these two.

    Do: Type ja or nein; leave the cell empty where it is not known and not required.

    Wrong: x; vielleicht; 1

    Right: ja; nein
    """
    return Finding(
        Message("“{value}” is neither yes nor no.", value=place.value),
        Message("Type yes or no into “{heading}”.", heading=heading),
        place,
    )


@code("DIV107")
def out_of_range(place: Place, heading: Label, lowest: object, highest: object) -> Finding:
    """A number that is too small or too large.

    Why: Outside this range the number cannot be right.

    Do: Correct the number.

    Wrong: seat number 16

    Right: a seat number from 1 to 15
    """
    return Finding(
        Message("{value} is outside the range of “{heading}”.", value=place.value, heading=heading),
        Message("Expected: from {lowest} to {highest}.", lowest=lowest, highest=highest),
        place,
    )


@code("DIV108")
def malformed_id(place: Place, example: str) -> Finding:
    """An ID that is not of the form of IDs.

    Why: IDs become part of addresses and are never changed, so they are kept plain.

    Do: Write lower-case letters without umlauts and digits in groups, joined by hyphens, the first
    group letters only.

    Wrong: Sitzung 2/2026; sitzung

    Right: session-2026-2
    """
    return Finding(
        Message("“{value}” is not an ID.", value=place.value),
        Message(
            "Write lower-case letters (no umlauts) and digits in groups joined by hyphens, such as"
            " {example}.",
            example=example,
        ),
        place,
    )


@code("DIV109")
def wrong_form(place: Place, heading: Label, reason: Message | None, remedy: Message) -> Finding:
    """A value that does not have the form of its field.

    Why: Programs rely on the form: an address that is opened, a hash that is compared. An address
    is one that everybody can open: it begins with https:// or http://, has no spaces, and leads to
    no computer that only the own network knows.

    Do: Write it as in the example. An address is best copied from the browser.

    Wrong: www.bielefeld.de; Protokoll; http://intranet/protokoll.pdf

    Right: https://www.bielefeld.de/
    """
    return Finding(
        Message(
            "“{value}” does not have the form of “{heading}”: {reason}.",
            value=place.value,
            heading=heading,
            reason=reason,
        )
        if reason
        else Message(
            "“{value}” does not have the form of “{heading}”.", value=place.value, heading=heading
        ),
        remedy,
        place,
    )


@code("DIV110")
def missing_here(
    place: Place, heading: Label, condition: Translatable, *, column: bool = True
) -> Finding:
    """A cell that is required in this case is empty.

    Why: What is optional in general is needed here because of what another cell says.

    Do: Fill the cell in, or correct the other cell.

    Wrong: a session held, without the number of participants

    Right: a session held, with 42 participants
    """
    return Finding(
        Message(
            "“{heading}” is missing; it is required where {condition}.",
            heading=heading,
            condition=condition,
        ),
        Message("Fill it in, or correct what requires it.")
        if column
        else Message("The table has no such column: add it with this heading, and fill it in."),
        place,
    )


@code("DIV111")
def contradiction(
    place: Place,
    value: Translatable,
    heading: Label,
    condition: Translatable,
    expected: Translatable,
) -> Finding:
    """A value that contradicts another cell of its row.

    Why: Both cannot be right.

    Do: Correct one of the two.

    Wrong: a measure that is done, with a progress of 80

    Right: a measure that is done, with a progress of 100
    """
    return Finding(
        Message(
            "“{heading}” is {value}, but where {condition} it is {expected}.",
            heading=heading,
            value=value,
            condition=condition,
            expected=expected,
        ),
        Message("Correct one of the two."),
        place,
    )


@code("DIV112")
def text_too_long(place: Place, heading: Label, length: int, limit: int) -> Finding:
    """A text longer than its field takes.

    Why: Tables and pages show the field; long texts have fields of their own, or an address.

    Do: Shorten the text.

    Wrong: minutes of a session as its name

    Right: D.I.V. 1/2026, with the address of its minutes
    """
    return Finding(
        Message("“{heading}” has {length} characters.", heading=heading, length=length),
        Message("Shorten it to at most {limit} characters.", limit=limit),
        place,
    )


@code("DIV113")
def wrong_order(place: Place, later: Field, earlier: Field, values: Mapping[str, Value]) -> Finding:
    """A pair of values in the wrong order.

    Why: One of the two cannot be right.

    Do: Correct one of the two.

    Wrong: a circle from 01.09.2026 to 01.06.2026

    Right: a circle from 01.09.2026 to 01.06.2027
    """
    return Finding(
        Message(
            "“{heading}” ({value}) is before or below “{earlier}” ({earlier_value}).",
            heading=later.title,
            value=later.readable(values[later.name]),
            earlier=earlier.title,
            earlier_value=earlier.readable(values[earlier.name]),
        ),
        Message("Correct one of the two."),
        place,
    )


@code("DIV114")
def not_known(place: Place, heading: Label, *, needed: bool) -> Finding:
    """A word that only says that nothing is known.

    Why: Published, it would be counted and shown like any other value. An empty cell says the same,
    and everybody understands it.

    Do: Leave the cell empty where the field is optional. Where it is required, find the value out.

    Wrong: k. A.; unbekannt; NA; –; ?

    Right: an empty cell
    """
    return Finding(
        Message("“{value}” says nothing about “{heading}”.", value=place.value, heading=heading),
        Message(
            "This cell has to be filled in: find out what belongs there. Until then, put a # before"
            " the first cell of the row; it is not read then."
        )
        if needed
        else Message("Leave the cell empty where it is not known."),
        place,
    )


@code("DIV115", "warning")
def far_year(place: Place, field: Field, value: Value, first: int, last: int) -> Finding:
    """A date that is far away.

    Why: It is more likely a slip of two digits than a plan for then. What is before the year 2000,
    or more than ten years ahead, is asked about; the year that a vision looks forward to is not.

    Do: Correct the year. If it is right, there is nothing to do.

    Wrong: a session planned in 2062

    Right: a session planned in 2026
    """
    return Finding(
        Message(
            "“{heading}” is far away: {value}.", heading=field.title, value=field.readable(value)
        ),
        Message(
            "Correct the year if one from {first} to {last} is meant; else there is nothing to do.",
            first=first,
            last=last,
        ),
        place,
    )
