"""DIV701, DIV704 to DIV706: what must not be published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Label, Message

from .contact import Kind
from .search import Secret


@code("DIV701")
def unknown_content(place: Place, what: Message) -> Finding:
    """Something that no public schema knows would be published.

    Why: Only what the schemas of public tables describe may leave the house. Whatever else is in a
    finished package, nobody has decided that it may be public.

    Do: Remove what is unknown from the records or from the portal's folder. If you have changed
    nothing by hand, this is a mistake of div-opendata: please report it.

    Wrong: a column telephone in the finished seats.csv

    Right: the columns of the table as the data dictionary has them
    """
    return Finding(
        what,
        Message(
            "Remove it. If nobody has put it there by hand, this is a mistake of div-opendata:"
            " please report this message."
        ),
        place,
    )


def unknown_property(place: Place, name: str) -> Finding:
    """The same of a property of a document."""
    return unknown_content(place, Message("This property is unknown: {name}", name=name))


@code("DIV704")
def secret_counts(place: Place, heading: Label) -> Finding:
    """Counts or the casting vote of a secret ballot would be published.

    Why: With fifteen members, the counts of a secret ballot often tell how somebody voted. The
    office keeps them; only eligible members, quorum and result are published.

    Do: Nothing in the records: they may have the counts. div-opendata leaves them out; that it did
    not is a mistake of it, please report it.

    Wrong: 8 votes in favour, in the published row of a secret ballot

    Right: empty cells there
    """
    return Finding(
        Message("“{heading}” of a secret ballot would be published.", heading=heading),
        Message("Please report this: div-opendata should have left it out."),
        place,
    )


KIND_NAMES: Mapping[Kind, Message] = {
    "email": Message("an e-mail address"),
    "phone": Message("a telephone number"),
    "iban": Message("a bank account"),
    "address": Message("a street with its number"),
    "salutation": Message("somebody's name"),
}


@code("DIV705")
def contact_data(place: Place, kind: Message, passage: str, digest: str | None) -> Finding:
    """A free text seems to have contact data or a salutation with a name.

    Why: Published data are copied and stay for ever. Who can be reached how, or who said what,
    must not be among them. E-mail addresses, telephone numbers, bank accounts, streets with a
    house number (but for the location of a session) and “Herr” or “Frau” with a name are looked
    for; of an office, too: it may be reached by what the portal says of it.

    Do: Take it out of the text. If it is no contact data of anybody, accept it: a row with its
    hash and the reason in the table of accepted false alarms, in the folder private.

    Wrong: Questions to Frau Beispiel, 030 23125-123

    Right: Questions to the office that is in charge
    """
    remedy = Message(
        "Take it out of the text. If it is no contact data, enter this hash with the reason in"
        " private/accepted: {digest}",
        digest=digest or "",
    )
    private = Message(
        "Take it out of the text, with what is private beside it: only then it can be shown here."
    )
    return Finding(
        Message("This looks like {kind}: “{passage}”", kind=kind, passage=passage),
        remedy if digest else private,
        place,
    )


def finding_hash(table: str, record: str, field: str, passage: str) -> str:
    """The hash by which the office accepts a false alarm of DIV705.

    It is the SHA-256, in lower-case hex, of the UTF-8 text
    `DIV705|<table>|<record>|<field>|<passage>`: the passage as the finding quotes it. Outside of
    tables, in descriptors and pages, table, record and field are empty.
    """
    return hashlib.sha256(f"DIV705|{table}|{record}|{field}|{passage}".encode()).hexdigest()


@code("DIV706")
def private_data(place: Place, what: Message) -> Finding:
    """Something that the folder private holds would be published.

    Why: Who sits in a circle or has applied is not published, and whoever knows a ticket knows
    which place it got. Full names and tickets are errors; a surname alone, which may be a word or
    somebody else's, and a chosen word beside its ticket's leaf are warnings. What was found is not
    shown, only where it stands in the folder private.

    Do: Take it out of the text. This cannot be accepted as a false alarm; where a surname alone is
    meant as a word, the warning may stay.

    Wrong: a summary with the name of a member of the circle

    Right: the same summary without it
    """
    return Finding(what, Message("Take it out. It is not shown here because it is private."), place)


_SECRETS: Mapping[str, Callable[[Secret], Message]] = {
    "name": lambda s: Message(
        "A full name from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "surname": lambda s: Message(
        "A surname from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "ticket": lambda s: Message(
        "A ticket from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "word": lambda s: Message(
        "The word chosen with a ticket in {file}, row {row}, would be published beside its leaf.",
        file=s.file,
        row=s.row,
    ),
}
WARNED = {"surname", "word"}


def leak(secret: Secret, place: Place) -> Finding:
    """The finding of something private at a place."""
    finding = private_data(replace(place, value=None), _SECRETS[secret.kind](secret))
    return replace(finding, severity="warning") if secret.kind in WARNED else finding
