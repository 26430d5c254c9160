"""What breaks a rule and what just does not: fixtures of the families, and what holds of each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from div_opendata.base.finding import Finding
from div_opendata.base.language import LANGUAGES
from div_opendata.report.manuals import manuals
from support.codes import CODES
from support.edits import Edit, add, cell_of, changed, departures
from support.workspaces import TODAY, MakeWorkspace, examine

# --- fixtures of a family -------------------------------------------------------------------------


@dataclass(frozen=True)
class Fixture:
    """What breaks a rule, where it is found (table, record, field), and what just does not."""

    code: str
    wrong: tuple[Edit, ...]
    right: tuple[Edit, ...]
    at: tuple[str, str, str]
    today: dt.date
    right_today: dt.date


class Fixtures(list[Fixture]):
    """Those of a family. Each is the complete example, which keeps all rules but the one that it
    excuses, with a few cells or rows changed."""

    def add(
        self,
        code: str,
        at: tuple[str, str, str],
        wrong: Edit | tuple[Edit, ...],
        right: Edit | tuple[Edit, ...] = (),
        today: dt.date = TODAY,
        right_today: dt.date | None = None,
    ) -> None:
        self.append(
            Fixture(
                code,
                wrong if isinstance(wrong, tuple) else (wrong,),
                right if isinstance(right, tuple) else (right,),
                at,
                today,
                right_today or today,
            )
        )

    def of(self, code: str) -> list[Fixture]:
        return [case for case in self if case.code == code]

    @property
    def each(self) -> pytest.MarkDecorator:
        """A test of each `case`, called by its code and its number among those of the code."""
        ids = [f"{case.code}-{self.of(case.code).index(case) + 1}" for case in self]
        return pytest.mark.parametrize("case", self, ids=ids)


def gives_exactly_its_finding(case: Fixture, make_workspace: MakeWorkspace) -> None:
    """At its cell, of its record, in words whose placeholders are all filled."""
    tables, files = changed(*case.wrong)
    table, record, name = case.at
    _, findings = examine(make_workspace(files), rules=True, today=case.today)
    (finding,) = [finding for finding in findings if finding.severity != "note"]
    place = finding.place
    assert (finding.code, place.table, place.record, place.field) == (case.code, *case.at)
    assert (place.file, place.cell) == (
        f"records/{table}.csv",
        cell_of(tables, table, record, name),
    )
    for text in (finding.message, finding.remedy):
        for language in LANGUAGES:
            words = text.text(language)
            assert not re.search(r"[{}]|\bNone\b|Message\(|Label\(", words)
            assert not re.search(r"\d{4}-\d{2}-\d{2}", words)  # dates as people write them


def gives_none(case: Fixture, make_workspace: MakeWorkspace) -> None:
    """What just keeps the rule."""
    assert departures(make_workspace(changed(*case.right)[1]), case.right_today) == []


# --- deviations -----------------------------------------------------------------------------------


def deviation(rule: str, table: str, record: str, number: int = 9) -> Edit:
    return add(
        "deviations",
        id=f"deviation-{number}",
        rule=rule,
        table=table,
        record_id=record,
        reason="So war es.",
        date="2026-11-23",
    )


def becomes_a_note(case: Fixture, make_workspace: MakeWorkspace) -> None:
    """Where a deviation excuses it."""
    workspace = make_workspace(changed(*case.wrong, deviation(case.code, *case.at[:2]))[1])
    _, findings = examine(workspace, rules=True, today=case.today)
    assert [f.code for f in findings if f.severity != "note"] == []
    (note,) = [f for f in findings if (f.code, f.place.record) == (case.code, case.at[1])]
    assert note.message.text("en").endswith("Excused: So war es.")


def is_not_excused(case: Fixture, make_workspace: MakeWorkspace) -> None:
    """And the deviation that tries to is an error of its own."""
    tables, files = changed(*case.wrong, deviation(case.code, *case.at[:2]))
    table, record, name = case.at
    assert sorted(departures(make_workspace(files), case.today)) == [
        ("DIV206", "records/deviations.csv", cell_of(tables, "deviations", "deviation-9", "rule")),
        (case.code, f"records/{table}.csv", cell_of(tables, table, record, name)),
    ]


# --- whatever else a mistake takes ----------------------------------------------------------------

Judge = Callable[[Path, bool], list[Finding]]
"""What is found in a copy of the complete example, with a mistake or with its near miss."""


class Mistakes(dict[tuple[str, str], Judge]):
    """Those of a family that takes more than cells and rows, by code and severity."""

    def add(self, code: str, severity: str = "error") -> Callable[[Judge], Judge]:
        """The mistake that gives a code."""

        def register(judge: Judge) -> Judge:
            assert (code, severity) not in self
            self[code, severity] = judge
            return judge

        return register

    @property
    def each(self) -> pytest.MarkDecorator:
        """A test of each, a `case` being its code and severity."""
        return pytest.mark.parametrize("case", self, ids=" ".join)


# --- codes ----------------------------------------------------------------------------------------


def each_code(family: str, *, excusable: bool | None = None) -> pytest.MarkDecorator:
    """A test of each `code` of a family, or of those that a deviation excuses, or of the others."""
    codes = [
        code
        for code, entry in CODES.items()
        if code.startswith(family) and excusable in {None, entry.excusable}
    ]
    assert codes
    return pytest.mark.parametrize("code", codes)


def severities(code: str, fixtures: list[str]) -> set[str]:
    """With which severities fixtures, told by their codes, make a code be found."""
    return {manuals()[known].severity for known in fixtures if known == code}
