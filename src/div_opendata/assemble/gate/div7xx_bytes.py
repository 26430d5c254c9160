"""DIV701, DIV704 to DIV706, DIV709 to DIV711: what must not be published, or perhaps not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
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


def finding_hash(table: str, record: str, field: str, passage: str, *, code: str = "DIV705") -> str:
    """The hash by which the office accepts a finding as a false alarm.

    It is the SHA-256, in lower-case hex, of the UTF-8 text
    `DIV705|<table>|<record>|<field>|<passage>`, with the code of the finding: the passage as the
    finding quotes it, or, where it quotes none, the whole text with “…” for what was found in it.
    Outside of tables, in descriptors and pages, table, record and field are empty.
    """
    return hashlib.sha256(f"{code}|{table}|{record}|{field}|{passage}".encode()).hexdigest()


@code("DIV709")
def counts_in_text(place: Place, digest: str) -> Finding:
    """A text that belongs to a secret ballot says counts of it.

    Why: The counts of a secret ballot are left out of the table, because with fifteen members they
    often tell how somebody voted. A conflict, the reason of a correction, or the summary of a
    result tells them all the same. The numbers of the vote are looked for beside words of voting,
    in the texts of the vote, its circle, order and results, and in the corrections and deviations
    of these. The numbers are not shown here: reports are passed on.

    Do: Take the numbers out. If they are something else, accept them: a row with the hash of the
    finding and the reason in the table of accepted false alarms, in the folder private.

    Wrong: “8 zu 5 Stimmen” as the conflict of a secret ballot with these counts

    Right: the conflict without any counts
    """
    return Finding(
        Message("This text seems to say counts of a secret ballot, beside words of voting."),
        Message(
            "Take the numbers out. If they are something else, enter this hash with the reason in"
            " private/accepted: {digest}",
            digest=digest,
        ),
        place,
    )


@code("DIV710", "warning")
def counts_in_versions(
    place: Place, vote: str, portal: str, files: Sequence[str], table: str
) -> Finding:
    """Counts of a secret ballot are still in earlier versions on a portal.

    Why: A vote that was published as open and is secret now keeps its counts in the bundles of the
    versions before. These stay on the portal for ever, unless they are withdrawn.

    Do: Publish the change, then take the earlier versions out with the command that is named.

    Wrong: div-1.0.0.zip with the counts of a vote that is secret since version 1.0.1

    Right: version 1.0.0 withdrawn
    """
    return Finding(
        Message(
            "{vote} is secret now, but its counts are on the portal {portal}: {files}.",
            vote=vote,
            portal=portal,
            files=list(files),
        ),
        Message(
            "Publish the change, then take them out: div-opendata withdraw --to {portal} --resource"
            " {table} --earlier",
            portal=portal,
            table=table,
        ),
        place,
    )


@code("DIV711", "warning")
def perhaps_a_name(place: Place, passage: str, digest: str) -> Finding:
    """A free text seems to name somebody of whom the folder private knows nothing.

    Why: Whose idea it was or whom to ask is written quickly, and the name of a person stays in all
    copies for ever. A first name with a word behind it that may be a surname is looked for, and
    whoever words such as “Ansprechpartner” stand before. Streets, squares and institutions that are
    called after people are left out.

    Do: Say what the person does instead, or take the name out. If it is nobody's, or somebody of
    public life who is meant, the warning may stay, or be accepted: a row with its hash and the
    reason in the table of accepted false alarms, in the folder private.

    Wrong: an idea of Erika Beispiel

    Right: an idea of the session
    """
    return Finding(
        Message("This looks like somebody's name: “{passage}”", passage=passage),
        Message(
            "Take it out, or say what the person does. If it may stay, enter this hash with the"
            " reason in private/accepted: {digest}",
            digest=digest,
        ),
        place,
    )


@code("DIV706")
def private_data(place: Place, what: Message, digest: str | None = None) -> Finding:
    """Something that the folder private holds would be published.

    Why: Who sits in a circle or has applied is not published, and whoever knows a ticket knows
    which place it got. Full names and tickets are errors, and so is a surname with an initial or
    any first name before it, for others can tell who is meant. A surname alone, which may be a word
    or somebody else's, or a street or institution that is called after somebody, and a chosen word
    beside its ticket's leaf are warnings. What was found is not shown, only where it stands in the
    folder private.

    Do: Take it out of the text. If a surname with a first name or an initial is something else
    there, as in “Im August, Sommer wie selten”, accept it: a row with the hash of the finding and
    the reason in the table of accepted false alarms. A holder's own full name and a ticket cannot
    be accepted; a warning may stay.

    Wrong: a summary with the name of a member of the circle

    Right: the same summary without it
    """
    private = Message("Take it out. It is not shown here because it is private.")
    otherwise = Message(
        "Take it out. It is not shown here because it is private. If it is something else, enter"
        " this hash with the reason in private/accepted: {digest}",
        digest=digest or "",
    )
    return Finding(what, otherwise if digest else private, place)


_SECRETS: Mapping[str, Callable[[Secret], Message]] = {
    "name": lambda s: Message(
        "A full name from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "person": lambda s: Message(
        "A surname from {file}, row {row}, would be published with a first name or an initial.",
        file=s.file,
        row=s.row,
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


def leak(secret: Secret, place: Place, digest: str | None = None) -> Finding:
    """The finding of something private at a place; with a digest by which it can be accepted."""
    finding = private_data(replace(place, value=None), _SECRETS[secret.kind](secret), digest)
    return replace(finding, severity="warning") if secret.kind in WARNED else finding
