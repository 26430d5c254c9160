"""Error words of spreadsheets in a CSV: as in a workbook, and never a remark."""

from __future__ import annotations

import pytest

from support.workbooks import workbook
from support.workspaces import SESSIONS, MakeWorkspace, examine, found

FILE = "records/sessions.csv"


@pytest.mark.parametrize(
    ("old", "cell"),
    [
        ("session-2026-1", "A2"),
        ("D.I.V. 1/2026", "B2"),
        ("2026-03-12T18:00:00+01:00", "C2"),
        ("held", "D2"),
        ("42", "E2"),
    ],
)
@pytest.mark.parametrize("word", ["#NV", "#BEZUG!", "########"])
def test_an_error_word_in_any_column(
    make_workspace: MakeWorkspace, old: str, cell: str, word: str
) -> None:
    """Also in the first one, where a text that begins with # makes a row a remark."""
    if (word, cell) == ("########", "A2"):
        return  # a line of them is what people draw between two blocks
    workspace = make_workspace({FILE: SESSIONS.replace(old, word, 1)})
    assert found(workspace) == [("DIV020", FILE, None, cell)]


ROWS = [
    ["id", "name", "start", "state", "participant_count"],
    ["session-1", "Eins", "12.03.2026 18:00", "held", "#N/A"],
]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("records.xlsx", workbook({"Sitzungen": ROWS})),
        (FILE, "\n".join(map(",".join, ROWS)) + "\n"),
    ],
)
def test_the_same_in_a_workbook_and_its_csv(
    make_workspace: MakeWorkspace, file: str, content: str | bytes
) -> None:
    (finding,) = examine(make_workspace({file: content}))[1]
    assert (finding.code, finding.place.cell) == ("DIV020", "E2")
    assert finding.message.text("de") == "„#N/A“ ist ein Fehlerwert der Tabellenkalkulation."


def test_what_a_narrow_column_shows_is_mended_in_the_spreadsheet(
    make_workspace: MakeWorkspace,
) -> None:
    (finding,) = examine(make_workspace({FILE: SESSIONS.replace("42", "########")}))[1]
    assert "Die Spalte" in finding.remedy.text("de")
    (finding,) = examine(make_workspace({FILE: SESSIONS.replace("42", "#NV")}))[1]
    assert "„#NV“" in finding.message.text("de")
    assert finding.remedy.text("de") == "Den Wert selbst eintragen."


@pytest.mark.parametrize("remark", ["# Stand Mai", "\u200b# Stand Mai", "##########", "#"])
def test_a_remark_stays_one(make_workspace: MakeWorkspace, remark: str) -> None:
    assert found(make_workspace({FILE: f"{SESSIONS}{remark},,,,\n"})) == []
