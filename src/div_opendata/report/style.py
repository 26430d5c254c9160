"""How a piece of text looks: by its role, on a terminal a colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Role = Literal["place", "error", "warning", "note", "quiet", "good"]
Style = Callable[[str, Role], str]
"""Gives a piece of text the looks of its role; on a terminal a colour."""


def plain(text: str, _role: Role) -> str:
    """Text without any looks."""
    return text
