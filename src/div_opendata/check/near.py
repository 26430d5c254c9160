"""Near matches of wrong values, for “Did you mean …?”, in bounded time."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

VALUES = 20  # distinct wrong values of a kind that get a suggestion
POSSIBLE = 3000  # right values beyond which none is looked for


class Suggestions:
    """Near matches, looked for once a value and for the first few values of a kind only.

    difflib compares a value with every possible one. Where a whole column is wrong that would take
    minutes, and nobody reads a thousand suggestions.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, str | None]] = {}

    def near(
        self, kind: tuple[str, ...], value: str, possible: Collection[str], cutoff: float = 0.6
    ) -> str | None:
        """What of `possible` is nearest to `value`, if anything is near.

        `kind` says where the value stands and where the possible ones are from.
        """
        known = self._known.setdefault(kind, {})
        if value not in known:
            if len(known) >= VALUES or len(possible) > POSSIBLE:
                return None
            known[value] = next(iter(get_close_matches(value, possible, 1, cutoff)), None)
        return known[value]
