"""How long work tells somebody how far it is; who is told decides what to show."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told the name of what is at hand, how many such things are done, and how many there are."""


def quiet(_name: str, _done: int, _total: int) -> None:
    """Tell nobody."""
