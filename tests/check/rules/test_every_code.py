"""Every code of the rules has its function, manual and page: data/codes.csv is the list.

The list is that of the design, with severity and whether a deviation excuses; it is kept by hand.
That a code has its fixture is seen in the file of its family.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest

from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES, Language
from div_opendata.check.rules import RULES
from div_opendata.report.manuals import manuals
from support.codes import CODES, Entry
from support.workspaces import TOP

IN_GATE = {"DIV701", "DIV704", "DIV705", "DIV706", "DIV708", "DIV709", "DIV710", "DIV711"}
"""What is judged of the finished bytes, by functions that are no rules over records."""

PARTS: tuple[Literal["title", "why", "do", "wrong", "right"], ...] = (
    "title",
    "why",
    "do",
    "wrong",
    "right",
)

of_every_code = pytest.mark.parametrize("entry", CODES.values(), ids=CODES)


def test_the_list_is_whole() -> None:
    """Every rule is in it; it grows with the design, in its order. DIV9xx are of metadata."""
    assert list(CODES) == sorted(CODES)
    assert set(CODES) == {code for code in manuals() if "DIV300" < code < "DIV900"}
    files = Path(__file__).parent.glob("test_div?xx_*.py")
    assert {code[3] for code in CODES} == {path.name[len("test_div")] for path in files}


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
