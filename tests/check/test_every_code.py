"""Every code of the rules has its function, manual, fixture and page: data/codes.csv is the list.

The list is that of the design, with severity and whether a deviation excuses; it is kept by hand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import test_rules
import test_rules_history
import test_rules_lottery
import test_rules_privacy

from div_opendata.assemble.gate.judge import judge_bytes
from div_opendata.assemble.packages import write_packages
from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES, Language
from div_opendata.check.rules import RULES, compare_with_release
from div_opendata.report.manuals import manuals
from div_opendata.workspace.settings import open_workspace
from support.codes import CODES, Entry
from support.office import edit
from support.workspaces import TOP, examine

IN_GATE = {"DIV701", "DIV704", "DIV705", "DIV706"}
"""What is judged of the finished bytes, by functions that are no rules over records."""

PARTS: tuple[Literal["title", "why", "do", "wrong", "right"], ...] = (
    "title",
    "why",
    "do",
    "wrong",
    "right",
)

of_every_code = pytest.mark.parametrize("entry", CODES.values(), ids=CODES)

# --- mistakes of the families that have no table of fixtures --------------------------------------

Judge = Callable[[Path, bool], list[Finding]]
"""What is found in a copy of the complete example, with a mistake or with its near miss."""

MISTAKES: dict[tuple[str, str], Judge] = {}
"""By code and severity, the families privacy and history; the others have theirs in test_rules.py
and test_rules_lottery.py."""

NAME, SURNAME = "Jördis Ungewöhnlich", "Ungewöhnlich"


def mistake(code: str, severity: str = "error") -> Callable[[Judge], Judge]:
    """The mistake that gives a code."""

    def register(judge: Judge) -> Judge:
        assert (code, severity) not in MISTAKES
        MISTAKES[code, severity] = judge
        return judge

    return register


def nothing(_: Path) -> None:
    """Spoil nothing."""


def of_bytes(root: Path, spoil: Callable[[Path], None] = nothing) -> list[Finding]:
    """What the gate finds in finished packages that somebody has changed."""
    workspace = open_workspace(root)
    build = root / "made"
    build.mkdir()
    write_packages(examine(workspace)[0], workspace, build)
    spoil(build)
    return judge_bytes(build, workspace)


def of_text(root: Path, text: str) -> list[Finding]:
    """What the gate finds where a text is the topic of a priority, and somebody holds a seat."""
    (root / "private").mkdir()
    holders = f"seat_id,name\n{test_rules_privacy.NOMINATED},{NAME}\n"
    (root / "private" / "holders.csv").write_text(holders, encoding="utf-8")

    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["topic"] = text

    edit(root, "priorities", change)
    return of_bytes(root)


@mistake("DIV701")
def unknown_column(root: Path, wrong: bool) -> list[Finding]:
    """A column that no schema has, in a finished table, without any value."""

    def spoil(build: Path) -> None:
        path = build / "visions" / "visions.csv"
        text = path.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([*row, "" if number else "telephone"] for number, row in enumerate(rows))
        path.write_text(stream.getvalue(), encoding="utf-8", newline="")

    return of_bytes(root, spoil if wrong else nothing)


@mistake("DIV702")
def seat_of_the_lottery(root: Path, wrong: bool) -> list[Finding]:
    """A drawn seat with a month; a nominated one may have it."""
    seat = test_rules_privacy.DRAWN if wrong else test_rules_privacy.NOMINATED
    return test_rules_privacy.judged(root, {(seat, "start_month"): "2025-02"})


@mistake("DIV704")
def counts_of_a_secret_ballot(root: Path, wrong: bool) -> list[Finding]:
    """A ballot that becomes secret when its counts are in the finished table."""

    def spoil(build: Path) -> None:
        path = build / "votes" / "votes.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(",majority,open,", ",majority,secret,", 1), encoding="utf-8")

    return of_bytes(root, spoil if wrong else nothing)


@mistake("DIV705")
def contact_data(root: Path, wrong: bool) -> list[Finding]:
    """A telephone number in a text; a count of calls is none."""
    return of_text(root, "Fragen an 0521 512345" if wrong else "512345 Anrufe im Jahr")


@mistake("DIV706")
def a_full_name(root: Path, wrong: bool) -> list[Finding]:
    """The name of a holder, however it is written; another one with the same first name is none."""
    return of_text(root, f"Idee von {NAME.upper()}" if wrong else "Idee von Jördis Gewöhnlich")


@mistake("DIV706", "warning")
def a_surname(root: Path, wrong: bool) -> list[Finding]:
    """A surname as a whole word; as a part of one it is none."""
    return of_text(root, f"Eine Idee, {SURNAME}" if wrong else "Eine ungewöhnliche Idee")


@mistake("DIV707")
def without_consent(root: Path, wrong: bool) -> list[Finding]:
    """For whom somebody sits there, without any consent known and with theirs on file."""
    (root / "private").mkdir()
    holders = test_rules_privacy.HOLDERS.format(seat=test_rules_privacy.NOMINATED, consent="Az. 1")
    if not wrong:
        (root / "private" / "holders.csv").write_text(holders, encoding="utf-8")
    return test_rules_privacy.judged(root, test_rules_privacy.NAMED)


Change = Callable[[dict[str, dict[str, dict[str, str]]]], None]


def since(root: Path, change: Change) -> list[Finding]:
    """What is found against a last release that was another one."""
    released = test_rules_history.release_of(root)
    change(released)
    return compare_with_release(test_rules_history.facts(root, released))


@mistake("DIV801")
def vanished(root: Path, wrong: bool) -> list[Finding]:
    """A row that was there; a table that is new is none."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        rows = released["priorities"]
        if wrong:
            rows["priority-1999-1"] = next(iter(rows.values()))
        else:
            rows.clear()

    return since(root, change)


@mistake("DIV802")
def changed_pool(root: Path, wrong: bool) -> list[Finding]:
    """Another leaf in a published pool; a pool that is published for the first time is none."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        leaves = released["lottery_tickets"]
        if wrong:
            next(iter(leaves.values()))["leaf"] = "0" * 64
        else:
            leaves.clear()

    return since(root, change)


@mistake("DIV803")
def changed_count(root: Path, wrong: bool) -> list[Finding]:
    """A count that was published otherwise; one that was not published may be filled in."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        vote = released["votes"][test_rules_history.open_vote(released)]
        vote["yes"] = "1" if wrong else ""

    return since(root, change)


def fixtures() -> set[tuple[str, str]]:
    """Code and severity of everything that a test makes be found, in whichever module."""
    codes = {case.code for case in test_rules.FIXTURES}
    codes |= {case.code for case in test_rules_lottery.CASES.values()}
    return {*MISTAKES, *((code, manuals()[code].severity) for code in codes)}


# --- the list -------------------------------------------------------------------------------------


def test_the_list_is_whole() -> None:
    """Every rule is in it; it grows with the design, in its order. DIV9xx are of metadata."""
    assert list(CODES) == sorted(CODES)
    assert set(CODES) == {code for code in manuals() if "DIV300" < code < "DIV900"}


@of_every_code
def test_a_code_has_its_function(entry: Entry) -> None:
    """Once among the rules, or in the gate, with its severity; excusable or not."""
    assert [rule.code for rule in RULES].count(entry.code) == (entry.code not in IN_GATE)
    manual = manuals()[entry.code]
    assert manual.severity == entry.severities[0]
    assert manual.excusable == entry.excusable


@of_every_code
def test_a_code_has_its_manual(entry: Entry) -> None:
    """Complete, in both languages."""
    manual = manuals()[entry.code]
    for part in PARTS:
        assert manual.part(part, "en")
        assert manual.part(part, "de")
    for part in PARTS[:3]:
        assert manual.part(part, "de") != manual.part(part, "en"), part


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_has_its_page(language: Language) -> None:
    """A section of its own, whose heading is the anchor: findings.de.md#div301."""
    text = (TOP / "docs" / f"findings.{language}.md").read_text(encoding="utf-8")
    _, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    bodies = [section.partition("\n") for section in sections]
    page = {head: body for head, _, body in bodies}
    assert len(page) == len(sections)
    for code, entry in CODES.items():
        manual = manuals()[code]
        assert code in page
        for part in PARTS:
            assert manual.part(part, language) in page[code], (code, part)
        excuse = Message("A row in the table of deviations excuses it, with a reason.")
        assert (excuse.text(language) in page[code]) is entry.excusable, code
        assert manual.city in page[code]


@of_every_code
def test_a_code_has_its_fixture(entry: Entry) -> None:
    """One for each severity that it can have."""
    assert {severity for code, severity in fixtures() if code == entry.code} == set(
        entry.severities
    )


@pytest.mark.parametrize("case", MISTAKES, ids=" ".join)
def test_a_mistake_gives_its_code_and_no_other(case: tuple[str, str], musterstadt: Path) -> None:
    found = MISTAKES[case](musterstadt, True)
    assert {(finding.code, finding.severity) for finding in found} == {case}
    for finding in found:
        assert finding.place.file
        for text in (finding.message, finding.remedy):
            assert SURNAME not in text.text("de")


@pytest.mark.parametrize("case", MISTAKES, ids=" ".join)
def test_its_near_miss_gives_none(case: tuple[str, str], musterstadt: Path) -> None:
    assert MISTAKES[case](musterstadt, False) == []
