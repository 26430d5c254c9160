"""The clock: the one place that asks what time it is."""

from __future__ import annotations

import datetime as dt

from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message

_YEARS = range(1980, 2108)
"""Those of which a zip can tell; a computer whose battery was empty begins in 1970 or 1980."""


def now() -> dt.datetime:
    """The time, in UTC. Raises Problem where it cannot be that."""
    time = dt.datetime.now(dt.UTC)
    if time.year not in _YEARS:
        raise Problem(
            Message("The clock of this computer shows {now}.", now=time),
            Message("Nothing was done. Set date and time of this computer right."),
        )
    return time


def today(zone: dt.tzinfo) -> dt.date:
    """The date where the city is."""
    return now().astimezone(zone).date()
