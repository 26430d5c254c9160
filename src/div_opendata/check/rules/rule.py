"""What makes a rule of a function: its code, and its docstring as the manual."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Protocol, cast

from div_opendata.base.finding import Severity, coded, register_manual

if TYPE_CHECKING:
    from div_opendata.base.finding import Finding

    from .facts import Facts


class Rule(Protocol):
    """A registered rule: yields a finding for each departure from it."""

    code: str

    def __call__(self, facts: Facts) -> Iterator[Finding]:
        """Judge the records."""


def rule(
    number: str, severity: Severity = "error", *, excusable: bool = False
) -> Callable[[Callable[[Facts], Iterator[Finding]]], Rule]:
    """Give what the decorated function yields its code and severity, and keep its manual.

    `excusable` where a row in `deviations` turns its error into a note. Raises ValueError, when the
    module is imported, if the code is taken or its manual incomplete.
    """

    def register(function: Callable[[Facts], Iterator[Finding]]) -> Rule:
        register_manual(number, severity, inspect.getdoc(function) or "", excusable=excusable)

        @wraps(function)
        def judge(facts: Facts) -> Iterator[Finding]:
            return (coded(finding, number, severity) for finding in function(facts))

        judge.code = number  # type: ignore[attr-defined]
        return cast("Rule", judge)

    return register
