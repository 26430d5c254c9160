"""Stamps: when something was done, as it is written down for good. None is before the last one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from .errors import Problem
from .i18n import Message

if TYPE_CHECKING:
    from collections.abc import Iterable


def last_of(stamps: Iterable[str]) -> dt.datetime | None:
    """The latest of stamps, which are times in ISO 8601 with their offset; None of none."""
    return max(map(dt.datetime.fromisoformat, stamps), default=None)


def is_before(now: dt.datetime, last: dt.datetime | None) -> bool:
    """Whether a stamp of now would be before the last one; stamps are told to the second."""
    return last is not None and now.replace(microsecond=0) < last


def refuse_before(now: dt.datetime, last: dt.datetime | None, zone: dt.tzinfo) -> None:
    """Raise Problem where a stamp of now would be before the last one; both times are said as they
    are in `zone`."""
    if last is not None and is_before(now, last):
        raise Problem(
            backward(now, last, zone),
            Message(
                "Nothing was changed. Set date and time of this computer right. If they are right,"
                " and those of the last stamp were ahead, wait until that time has passed."
            ),
        )


def backward(now: dt.datetime, last: dt.datetime, zone: dt.tzinfo) -> Message:
    """That the clock shows a time before the last stamp."""
    return Message(
        "The clock of this computer shows {now}, and the last stamp here is of {last}.",
        now=now.astimezone(zone),
        last=last.astimezone(zone),
    )
