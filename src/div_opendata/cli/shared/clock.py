"""The clock: the one place that asks what time it is."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def today(zone: dt.tzinfo) -> dt.date:
    """The date where the city is."""
    return now().astimezone(zone).date()
