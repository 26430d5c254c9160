"""What to tell of the search for names: for how many, what is not searched, and where for none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Message

from .persons import people
from .search import Needles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from div_opendata.standard.records import Records

    from .private import Private

_SHOWN = 10  # files that are named as not searched; of more it tells the number


def searched(private: Private, records: Records) -> Iterator[Message]:
    """What to tell of the search for names: for how many, what is not searched, and aloud where
    it is for none although somebody sits somewhere."""
    names = len({name for name, _, _ in private.names})
    if not private.there:
        yield Message(
            "There is no folder private here: names and tickets that it would hold are not searched"
            " for in what is published."
        )
    else:
        yield Message(
            "Searched for in what is published: {names} names and {tickets} tickets of private/.",
            names=names,
            tickets=len(private.tickets),
        )
    if unknown := nobody_searched(private, records):
        yield unknown
    if private.unsearched:
        shown = [_unnamed(name, private) for name in private.unsearched[:_SHOWN]]
        more = len(private.unsearched) - len(shown)
        yield (
            Message("Not searched in private/: {names} and {more} more.", names=shown, more=more)
            if more
            else Message("Not searched in private/: {names}.", names=shown)
        )


def nobody_searched(private: Private, records: Records) -> Message | None:
    """What to tell aloud, before anything is published: that no name is searched for although
    somebody sits somewhere."""
    seats = records.tables["seats"].sound if "seats" in records.tables else []
    filled = sum(record.values.get("filled") is True for record in seats)
    if not filled or any(private.names):
        return None
    return Message(
        "ATTENTION: 0 names are searched for, although {seats} seats are filled. Enter who sits"
        " there into private/holders.csv.",
        seats=filled,
    )


def _unnamed(file: str, private: Private) -> str:
    """The name of a file in private/ without the name of somebody in it."""
    text = re.sub(r"[\W_]+", " ", file)
    private_names = Needles(replace(private, tickets=())).search(file)
    return f"….{file.rpartition('.')[2]}" if private_names or people(text) else file
