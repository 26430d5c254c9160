"""What docs/office.de.md shows of corrections is what the tool says."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from div_opendata.base.i18n import catalogue
from div_opendata.check.rules import compare_with_release
from div_opendata.check.rules.facts import Facts
from div_opendata.report.findings import findings_text
from div_opendata.standard.packages import load_standard
from div_opendata.workspace.settings import open_workspace
from support.workspaces import TOP, examine

GUIDE = (TOP / "docs" / "office.de.md").read_text(encoding="utf-8")
SECTION = re.split(r"^## ", GUIDE, flags=re.MULTILINE)[9]
BLOCKS = [
    textwrap.dedent(block)
    for block in re.findall(r"^ *```console\n(.*?)^ *```", SECTION, re.MULTILINE | re.DOTALL)
]


def test_the_section_is_that_of_corrections() -> None:
    assert SECTION.startswith("9. Nach der Veröffentlichung korrigieren\n")
    assert len(BLOCKS) == 3


def test_a_change_without_correction_is_told_as_the_guide_says(musterstadt: Path) -> None:
    """The vote of the guide: one abstention was published, and there is none now."""
    votes = musterstadt / "records" / "votes.csv"
    text = votes.read_text(encoding="utf-8")
    assert text.count(",15,13,0,1,0,1,,") == 1
    votes.write_text(text.replace(",15,13,0,1,0,1,,", ",15,13,0,0,0,1,,"), encoding="utf-8")
    records, findings = examine(open_workspace(musterstadt))
    assert findings == []
    released = {"votes": {"vote-wegeinformation-1": {"abstain": "1"}}}
    told = compare_with_release(
        Facts(records, dt.date(2026, 11, 23), ZoneInfo("Europe/Berlin"), released)
    )
    said = findings_text(told, records, "de").split("\n\n")[0]
    assert said.rstrip() == BLOCKS[0].rstrip()


# --- every other line -----------------------------------------------------------------------------

_VALUES = [
    r"(div|https?:|\d)\S*",  # a dataset, an address, a version
    r"\S+\.\w+ \([\d,]+\s[kM]?B\)",  # a file with its size
]


def said_by_the_tool() -> list[re.Pattern[str]]:
    """Every German text that has words, whatever stands in its places; titles; values."""
    german = [str(text) for text in catalogue("de")._catalog.values()]  # type: ignore[attr-defined]
    texts = [
        re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(text))
        for text in german
        if re.search(r"[^\W\d_]|→", re.sub(r"\{\w+\}", "", text))
    ]
    titles = [re.escape(package.title.de) for package in load_standard().packages.values()]
    return [re.compile(pattern) for pattern in (*texts, *titles, *_VALUES)]


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_what_the_guide_shows_is_the_tools(block: str) -> None:
    """Each line, and each column of a line, is one of its texts."""
    known = said_by_the_tool()
    lines = [line for line in block.splitlines() if line and not line.startswith("$ ")]
    unknown = [
        part
        for line in lines
        for part in re.split(r" {2,}", line.strip().removeprefix("[ ] ").removesuffix(": ja"))
        if part != "…" and not any(pattern.fullmatch(part) for pattern in known)
    ]
    assert unknown == []
