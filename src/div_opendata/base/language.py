"""The languages in which everything is said."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
