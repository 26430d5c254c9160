"""What is crossed out, or lies hidden behind a word, is never published in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from support.workbooks import edited, workbook
from support.workspaces import MakeWorkspace, examine

ROWS = [
    ["ID", "Name", "Beginn", "Stand", "Ort", "Link zum Protokoll"],
    ["session-1", "Eins", "12.03.2026 18:00", "Geplant", "Bücherei"],
    ["session-2", "Zwei", "13.03.2026 18:00", "Geplant", "Rathaus"],
]
VISIONS = [
    ["ID", "Name", "Sitzung", "Aktionsfeld", "Beschreibung"],
    ["vision-1", "Eins", "session-2", "Mobilität", "Text"],
]
ADDRESS = "https://www.probe.example/1.pdf"
STRUCK = InlineFont(strike=True)


def findings_of(
    make_workspace: MakeWorkspace, change: Callable[[Workbook], None]
) -> list[tuple[str, str | None, str]]:
    """What is found after a change: code, cell or row, German message and remedy."""
    book = edited(workbook({"Sitzungen": ROWS, "Zukunftsvisionen": VISIONS}), change)
    _, findings = examine(make_workspace({"records.xlsx": book}))
    return [
        (f.code, f.place.cell or str(f.place.row), f"{f.message.text('de')} {f.remedy.text('de')}")
        for f in findings
    ]


def strike(*cells: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        for cell in cells:
            book["Sitzungen"][cell].font = Font(strike=True)

    return change


def put(value: CellRichText) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book["Sitzungen"]["E2"] = value

    return change


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (strike("E2"), "E2", "„Bücherei“"),
        (strike("A1"), "A1", "„ID“"),
        (strike("A3", "B3", "C3", "D3", "E3"), "3", "ganze Zeile"),
        (put(CellRichText(TextBlock(STRUCK, "Rathaus"), " Bücherei")), "E2", "„Rathaus“"),
        (put(CellRichText("Altes ", TextBlock(STRUCK, "Rathaus"))), "E2", "„Rathaus“"),
    ],
)
def test_what_is_crossed_out(
    make_workspace: MakeWorkspace, change: Callable[[Workbook], None], place: str, words: str
) -> None:
    """One finding, also of a row that others refer to; it says what to do."""
    ((code, where, text),) = findings_of(make_workspace, change)
    assert (code, where) == ("DIV022", place)
    assert words in text
    assert "löschen oder den Strich entfernen" in text


def crossed_remark(book: Workbook) -> None:
    """A remark is not published, whatever stands through it."""
    book["Sitzungen"]["A4"] = "# Saal noch offen"
    book["Sitzungen"]["A4"].font = Font(strike=True)


@pytest.mark.parametrize(
    "change",
    [
        put(CellRichText(TextBlock(InlineFont(strike=False, b=True), "Rathaus"), " Bücherei")),
        put(CellRichText(TextBlock(STRUCK, "  "), "Bücherei")),
        strike("F2"),  # nothing in it
        crossed_remark,
        lambda book: setattr(book["Sitzungen"]["E2"], "font", Font(bold=True, underline="single")),
    ],
)
def test_what_is_not(make_workspace: MakeWorkspace, change: Callable[[Workbook], None]) -> None:
    assert not findings_of(make_workspace, change)


def linked(value: str, target: str | None = None) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        cell = book["Sitzungen"]["F2"]
        cell.value = value
        if target:
            cell.hyperlink = target

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (linked("Protokoll", ADDRESS), "DIV023"),
        (linked(f'=HYPERLINK("{ADDRESS}","Protokoll")'), "DIV011"),
    ],
)
def test_an_address_behind_a_word(
    make_workspace: MakeWorkspace, change: Callable[[Workbook], None], code: str
) -> None:
    """To paste the value would leave the word: the remedy names the address."""
    ((found, where, text),) = findings_of(make_workspace, change)
    assert (found, where) == (code, "F2")
    assert f"Die Adresse selbst in die Zelle schreiben: {ADDRESS}" in text


def test_an_address_that_is_shown(make_workspace: MakeWorkspace) -> None:
    assert not findings_of(make_workspace, linked(ADDRESS, ADDRESS))
    assert not findings_of(make_workspace, linked(ADDRESS, "mailto:amt@probe.example"))


def test_a_link_in_a_text_is_its_words(make_workspace: MakeWorkspace) -> None:
    def change(book: Workbook) -> None:
        book["Sitzungen"]["E2"].hyperlink = ADDRESS

    assert not findings_of(make_workspace, change)
