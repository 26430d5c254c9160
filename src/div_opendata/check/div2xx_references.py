"""DIV2xx: records against each other, and rows that excuse or accept what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, code, shortened
from div_opendata.base.i18n import Label, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from div_opendata.standard.tables import TableSchema


@code("DIV201")
def key_twice(place: Place, key: str, other: str) -> Finding:
    """An ID that another row of the table has too.

    Why: An ID names one record for ever; references to it would be uncertain.

    Do: Give the newer record an ID of its own. If the row was copied by mistake, remove it.

    Wrong: two sessions session-2026-1

    Right: session-2026-1 and session-2026-2
    """
    return Finding(
        Message("{key} is already the key of the record in {other}.", key=key, other=other),
        Message("Give one of the two an ID of its own, or remove the row that is too many."),
        place,
    )


@code("DIV202")
def value_twice(place: Place, headings: Sequence[Label], other: str) -> Finding:
    """A value that only one row may have, in two rows.

    Why: The two records exclude each other: an order, for example, goes to one circle only, and a
    departure from a rule has one reason.

    Do: Correct one of the two rows, or remove the one that is too many.

    Wrong: two circles for the same order

    Right: one circle for each order
    """
    if len(headings) > 1:
        return Finding(
            Message(
                "The record in {other} has the same: {headings}.", headings=headings, other=other
            ),
            Message("Correct one of the two, or remove the row that is too many."),
            place,
        )
    return Finding(
        Message(
            "“{heading}” is {value}, as in the record in {other}.",
            heading=headings[0],
            value=place.value,
            other=other,
        ),
        Message("Only one record may have it: correct one of the two."),
        place,
    )


@code("DIV203")
def dangling_reference(
    place: Place, table: Label, near: str | None, example: str | None = None
) -> Finding:
    """A reference to a record that does not exist.

    Why: Whoever follows it finds nothing.

    Do: Write the ID of the record, not its name, or enter the missing record. The drop-down of the
    workbook has all IDs.

    Wrong: the session session-2026-7, where no such session is entered; its name instead of its ID

    Right: the ID of a row of the sheet that is referred to
    """
    return Finding(
        Message("There is no {value} in “{table}”.", value=place.value, table=table)
        if example is None
        else Message("“{value}” is no ID of “{table}”.", value=place.value, table=table),
        Message("Did you mean {near}?", near=near)
        if near
        else Message(
            "Write the ID that the record has in “{table}”, such as {example}.",
            table=table,
            example=example,
        )
        if example
        else Message("Correct the ID, or enter the missing record in “{table}”.", table=table),
        place,
    )


@code("DIV204")
def wrong_table(place: Place, expected: Label, other: Label) -> Finding:
    """A reference to a record of another kind.

    Why: A vision, for example, comes from a session; the ID of an order says something else.

    Do: Write the ID of a record of the right table.

    Wrong: order-2026-1 where a session is expected

    Right: session-2026-1
    """
    return Finding(
        Message(
            "{value} is an ID of “{other}”; one of “{expected}” is expected.",
            value=place.value,
            other=other,
            expected=expected,
        ),
        Message("Write the ID of a record of “{expected}”.", expected=expected),
        place,
    )


@code("DIV205")
def unknown_field(place: Place, name: str, table: TableSchema, near: Label | None) -> Finding:
    """A correction names a field that its table does not have.

    Why: Whoever used the old data must learn from the correction which column has changed.

    Do: Write the headings of the changed columns, with commas between them. Their English names, as
    they head the published table, are understood, too.

    Wrong: participants, in a correction of a session

    Right: Number of participants
    """
    return Finding(
        Message("“{name}” is not a field of “{table}”.", name=shortened(name), table=table.title),
        Message("Did you mean “{near}”?", near=near)
        if near
        else Message(
            "Write the headings of its columns, with commas between them:"
            " `div-opendata schema show {table}` lists them.",
            table=table.name,
        ),
        place,
    )


@code("DIV206")
def no_such_excuse(place: Place, rule: str) -> Finding:
    """A deviation from a rule that does not exist, or that nothing excuses.

    Why: A city may depart from some of its own rules if it says why. Other rules hold without
    exception: what contradicts them is wrong, whatever the reason.

    Do: Write the number of the rule that is reported for the record. If that one cannot be excused,
    correct the record and remove the row.

    Wrong: DIV601, for a vote whose counts do not add up

    Right: DIV404, for a circle that had to begin before its draw
    """
    return Finding(
        Message("{rule} is not a rule that a deviation can excuse.", rule=rule),
        Message("Write the number of a rule that can be excused, or correct the record itself."),
        place,
    )


@code("DIV207", "warning")
def idle_excuse(place: Place, rule: str, record: str) -> Finding:
    """A deviation for a record that no longer departs from the rule.

    Why: The row is published and tells everybody that the record departs from a rule.

    Do: Look whether rule and record are right. If the records were wrong and have been corrected
    since, remove the row; a row that was published stays, and says in its reason what has changed.

    Wrong: DIV301 for the fifth session of 2026, which has been cancelled since

    Right: DIV301 for the fifth session of 2026, which was held
    """
    return Finding(
        Message("{record} does not depart from {rule}.", record=record, rule=rule),
        Message("Correct rule or record of this row, or remove it."),
        place,
    )


@code("DIV208", "warning")
def idle_acceptance(place: Place) -> Finding:
    """An accepted false alarm that is not found any more.

    Why: The row was for a passage that has been changed since, or its hash is mistyped. If the
    passage comes back, in the same cell, nobody would be asked again.

    Do: Remove the row. If a finding DIV705 is still reported that you want to accept, copy its hash
    from there.

    Wrong: the hash of a telephone number that has been taken out of the text since

    Right: the hash of a line number that still stands in the text and looks like a telephone number
    """
    return Finding(
        Message("This row accepts a false alarm that is not found any more."),
        Message("Remove the row, or copy the hash of a finding DIV705 that is still reported."),
        place,
    )
