"""Verifications, of a portal and of a lottery."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Message, printable

from .style import Style, plain

if TYPE_CHECKING:
    from div_opendata.base.language import Language
    from div_opendata.base.verification import Check

_STEP = 80  # characters of a value in a step of a verification


def checks_text(checks: Sequence[Check], language: Language, style: Style = plain) -> str:
    """A verification: what failed, and how much passed."""
    lines = []
    for check in checks:
        if not check.passed:
            failed = Message(
                "{name}: expected {expected}, found {found}",
                name=check.name,
                expected=check.expected,
                found=check.found,
            )
            lines.append(style(f"  ✗ {failed.text(language)}", "error"))
    passed = sum(check.passed for check in checks)
    summary = Message("Verified: {passed} of {all} checks passed.", passed=passed, all=len(checks))
    lines.append(style(summary.text(language), "good" if passed == len(checks) else "error"))
    return "\n".join(lines)


def steps_text(checks: Sequence[Check], language: Language, style: Style = plain) -> str:
    """Every step of a verification, with what was published and what comes out.

    Of long values only the part around the first difference is shown.
    """
    labels = [Message("published").text(language), Message("computed").text(language)]
    width = max(map(len, labels)) + 2
    lines = []
    for check in checks:
        mark = style("✓", "good") if check.passed else style("✗", "error")
        lines.append(f"  {mark} {printable(check.name)}")
        start = _first_difference(check.expected, check.found)
        for label, value in zip(labels, (check.expected, check.found), strict=True):
            shown = f"… {value[start:]}" if start else value
            lines.append(f"      {label:<{width}}{_cut(printable(shown))}")
    return "\n".join(lines)


def _first_difference(one: str, other: str) -> int:
    """Where two long values begin to differ, some characters before; 0 where all can be shown."""
    if max(len(one), len(other)) <= _STEP or one == other:
        return 0
    pairs = enumerate(zip(one, other, strict=False))
    place = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    return max(place - _STEP // 4, 0)


def _cut(text: str) -> str:
    return text if len(text) <= _STEP else f"{text[: _STEP - 1]}…"


def checks_json(checks: Sequence[Check]) -> str:
    """A verification as one JSON document (docs/interface.md)."""
    document: Mapping[str, object] = {
        "version": 1,
        "verified": all(check.passed for check in checks),
        "checks": [check.as_json() for check in checks],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
