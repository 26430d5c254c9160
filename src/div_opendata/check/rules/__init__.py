"""The rules of the process: the city's own words, as functions over all records.

A rule is one function with its code; its docstring is its manual (base/finding.py). Families are
folders, or small modules, each with its rules in `RULES`. A city may break a rule marked as
excusable, and then says so in public: a row in `deviations` turns the error into a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from div_opendata.base.finding import MANUALS, Finding, Manual, errors
from div_opendata.base.i18n import Message

from ..div2xx_references import idle_excuse, no_such_excuse
from . import (
    div3xx_dialogue,
    div4xx_circle,
    div5xx_lottery,
    div6xx_vote,
    div7xx_privacy,
    div8xx_history,
)
from .facts import Facts, Row
from .rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: tuple[Rule, ...] = (
    *div3xx_dialogue.RULES,
    *div4xx_circle.RULES,
    *div5xx_lottery.RULES,
    *div6xx_vote.RULES,
    *div7xx_privacy.RULES,
    *div8xx_history.RULES,
)


def rule_manual(code: str) -> Manual | None:
    """The manual of a rule; None where no rule has that code."""
    return MANUALS[code] if any(rule.code == code for rule in RULES) else None


def compare_with_release(facts: Facts) -> list[Finding]:
    """What the rules of the family history find in the records, against the last release."""
    return [finding for rule in div8xx_history.RULES for finding in rule(facts)]


def judge(facts: Facts, *, sound: bool) -> list[Finding]:
    """What departs from the rules. What a row of `deviations` excuses is a note with its reason.

    `sound` says that the records have no other errors: only then is an excuse known to excuse
    nothing.
    """
    excuses = {
        (row["rule"], row["table"], row["record_id"]): row for row in facts.rows("deviations")
    }
    used: set[tuple[str, str, str]] = set()
    found = []
    for rule in RULES:
        for finding in _departures(rule, facts):
            key = (finding.code, finding.place.table or "", finding.place.record or "")
            if key in excuses and MANUALS[finding.code].excusable:
                used.add(key)
                finding = _excused(finding, excuses[key])  # noqa: PLW2901 - the same, as a note
            found.append(finding)
    found += _excuses(excuses, used, sound=sound and not errors(found))
    return found


def _departures(rule: Rule, facts: Facts) -> list[Finding]:
    """What a rule finds. One that crashes is a bug: its traceback names it."""
    try:
        return list(rule(facts))
    except Exception as error:
        error.add_note(f"in rule {rule.code}")
        raise


def _excused(finding: Finding, excuse: Row) -> Finding:
    message = Message(
        "{message} Excused: {reason}", message=finding.message, reason=excuse["reason"]
    )
    remedy = Message("Nothing is to be done. The reason is published with the data.")
    return replace(finding, message=message, remedy=remedy, severity="note")


def _excuses(
    excuses: Mapping[tuple[str, str, str], Row], used: set[tuple[str, str, str]], *, sound: bool
) -> Iterator[Finding]:
    """Rows of `deviations` that excuse nothing."""
    for key, row in excuses.items():
        manual = MANUALS.get(key[0])
        if manual is None or not manual.excusable:
            yield no_such_excuse(row.at("rule"), row["rule"])
        elif sound and key not in used:
            yield idle_excuse(row.at("rule"), row["rule"], row["record_id"])
