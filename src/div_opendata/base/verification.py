"""What a verification says, of a portal or of a lottery: step by step, expected and found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One step of a verification."""

    name: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        """Whether what was found is what was expected."""
        return self.expected == self.found

    def as_json(self) -> dict[str, Any]:
        """The check as `--format json` shows it (docs/interface.md)."""
        return {
            "name": self.name,
            "passed": self.passed,
            "expected": self.expected,
            "found": self.found,
        }
