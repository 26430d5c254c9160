"""What div-opendata itself has computed: it is no free text, whatever it looks like.

The first digits of a file's SHA-256, which pages show, look like a telephone number now and then.
They are known by computing them again, never by the place alone: digits that somebody else wrote
there are searched like any other text. (Ids and stamps stand only where nothing but e-mail
addresses is searched for, which they cannot look like.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from div_opendata.base.files import sha256, tree

_SHORT = 8  # digits of a hash that pages show, with an ellipsis behind them
_HASH = re.compile(rf"\b(?:[0-9a-f]{{{_SHORT}}}(?=…)|[0-9a-f]{{64}}\b)")


@dataclass(frozen=True)
class Made:
    """What was computed of the files in a folder."""

    folder: Path

    def left_out(self, text: str) -> str:
        """The text with what was computed replaced by as many letters x."""
        return _HASH.sub(self._hidden, text)

    def _hidden(self, found: re.Match[str]) -> str:
        return "x" * len(found[0]) if found[0] in self._hashes else found[0]

    @cached_property
    def _hashes(self) -> frozenset[str]:
        """The SHA-256 of each file, whole and as pages shorten it."""
        whole = {sha256(self.folder / name) for name in tree(self.folder)}
        return frozenset(whole | {digest[:_SHORT] for digest in whole})
