"""DIV0xx: what can be wrong with a cell before anyone asks what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, code, shortened
from div_opendata.base.i18n import Label, Message, Translatable
from div_opendata.base.letters import letter_name
from div_opendata.standard.words import is_too_narrow

if TYPE_CHECKING:
    from collections.abc import Sequence


@code("DIV003")
def control_character(place: Place, letter: str, before: str = "") -> Finding:
    """A cell contains a character that nobody sees, or that no program could read.

    Why: Such characters come from copying; they break the tables of those who use the data, or
    show them another text than it is. Line breaks and tabs are no such characters, nor is
    what is invisible at the beginning or the end of a cell: they are taken as blanks or left out.

    Do: Delete the character, or type the text around it anew.

    Wrong: "Kickoff" with a mark in it that turns the direction of writing

    Right: "Kickoff"
    """
    name = letter_name(letter)
    return Finding(
        Message("The cell contains {name}, behind “{before}”.", name=name, before=before)
        if before
        else Message("The cell contains {name}.", name=name),
        Message("Delete it, together with the letters beside it, and type these anew."),
        place,
    )


@code("DIV011")
def formula(place: Place, address: str | None = None) -> Finding:
    """A cell of the workbook is a formula.

    Why: What a formula shows depends on other cells and on the program; published records are
    fixed.

    Do: Copy the cell and paste it back as value (Paste special, Values). Of a link made by
    HYPERLINK this would leave the word alone: type its address instead.

    Wrong: =HEUTE()

    Right: 23.11.2026
    """
    return Finding(
        Message("The cell is a formula."),
        Message("Type the address itself into the cell: {address}", address=address)
        if address
        else Message("Copy the cell and paste it back as value (Paste special, Values)."),
        place,
    )


@code("DIV012")
def runs_as_formula(place: Place, character: str, *, begins: bool = True) -> Finding:
    """A text that a spreadsheet would run as a formula.

    Why: Whoever opens the published CSV in a spreadsheet would run it: an error at best, an attack
    at worst.

    Do: Begin the text with a letter or a digit, or with a dash (–) instead of a hyphen.

    Wrong: =HYPERLINK("https://…"); - mehr Busse

    Right: Link: https://…; – mehr Busse
    """
    if not begins:
        return Finding(
            Message("The text contains “{characters}”.", characters=character),
            Message(
                "Excel divides CSV files at semicolons and would run what follows as a formula:"
                " write it without the semicolon."
            ),
            place,
        )
    return Finding(
        Message("The text begins with “{character}”.", character=character),
        Message("A spreadsheet would run it as a formula: begin with a letter or a dash (–)."),
        place,
    )


@code("DIV013")
def too_long(place: Place, limit: int) -> Finding:
    """A cell or line longer than any spreadsheet takes.

    Why: A cell of more than 32,767 characters is no text but an accident: a quote that was never
    closed, or a file in the wrong place.

    Do: Look for a double quote that is not closed; shorten the text.

    Wrong: "Vision: …  (the closing quote is missing; the rest of the file becomes one cell)

    Right: "Vision: …"
    """
    return Finding(
        Message("The cell or line is longer than {limit} characters.", limit=limit),
        Message("Look for a double quote that was never closed, or shorten the text."),
        place,
    )


@code("DIV014")
def merged_cells(place: Place, cells: str) -> Finding:
    """Cells of the workbook are merged.

    Why: Of merged cells only the first has a value; the rows below it would be without.

    Do: Select them, choose "Unmerge cells" and fill in each row.

    Wrong: one cell "D.I.V. 1/2026" over three rows

    Right: the same value in each of the three rows
    """
    return Finding(
        Message("The cells {cells} are merged.", cells=cells),
        Message("Unmerge them and fill in each row."),
        place,
    )


@code("DIV015")
def ambiguous_value(place: Place, reason: Translatable, expected: Translatable) -> Finding:
    """A value that can be read in two ways.

    Why: The tool does not guess: a wrong date in public is worse than a question.

    Do: Write dates as 31.12.2026, times as 31.12.2026 18:00; in the hour that comes twice in
    October with its offset, and midnight as 31.12.2026 0 Uhr. Where a cell of the workbook shows
    something else than it holds, change its format first, then type the value.

    Wrong: 02/03/26; 31.12.2026 or 31.12.2026 00:00 where a time is expected; 13.03.2024 in a cell
    that also holds 14:31; 40 % where things are counted

    Right: 02.03.2026; 31.12.2026 18:00; 2026-10-25T02:30+01:00
    """
    return Finding(
        Message("“{value}” is not certain: {reason}.", value=place.value, reason=reason),
        Message("Expected: {expected}.", expected=expected),
        place,
    )


@code("DIV025")
def no_record(place: Place, key: Label, needed: Sequence[Label]) -> Finding:
    """A row that is no record.

    Why: Sums, footnotes and lines between blocks have neither an ID nor what else a record needs.
    They are never published; but a row that somebody thinks is a record must not be left out in
    silence.

    Do: Begin the first cell of the row with #, then it is not read; or take the row out. If it is
    a record, fill in what is missing.

    Wrong: Summe, and below it the sum of a column

    Right: # Summe, and below it the sum of a column
    """
    return Finding(
        Message(
            "The row with “{value}” is no record: it has no “{key}” and hardly anything else.",
            value=place.value,
            key=key,
        ),
        Message(
            "If it is a sum or a remark, begin it with #: “# {value}”. A record needs {headings}.",
            value=place.value,
            headings=needed,
        ),
        place,
    )


@code("DIV018")
def broken_quotes(place: Place) -> Finding:
    """Quotes in a CSV file that do not pair.

    Why: From such a quote on nobody can tell where a cell ends.

    Do: Write a quote inside a quoted text twice, and close each quoted text.

    Wrong: vision-1,"Die "grüne" Stadt",mobility

    Right: vision-1,"Die ""grüne"" Stadt",mobility
    """
    return Finding(
        Message("The double quotes of this row do not pair."),
        Message("Write a quote inside a quoted text twice, and close each quoted text."),
        place,
    )


@code("DIV020")
def excel_error(place: Place) -> Finding:
    """A cell holds an error of the spreadsheet.

    Why: A spreadsheet could not compute the cell, or not show it; there is nothing to publish.

    Do: Type the value itself. A CSV with ######## was saved while the column was too narrow: widen
    it in the workbook, and save the CSV again.

    Wrong: #NV; #BEZUG!; ########

    Right: 12
    """
    if is_too_narrow(place.value or ""):
        return Finding(
            Message("“{value}” is what a column shows that is too narrow.", value=place.value),
            Message(
                "Widen the column in the spreadsheet and save the file again, or type the value"
                " itself."
            ),
            place,
        )
    return Finding(
        Message("“{value}” is an error of the spreadsheet.", value=place.value),
        Message("Type the value itself."),
        place,
    )


@code("DIV022")
def crossed_out(place: Place, words: str | None = None) -> Finding:
    """A row, a cell or words of the workbook are crossed out.

    Why: In an office a line through something says that it is no longer so. A published table has
    no such line: the words would be read as if they were.

    Do: Delete what is crossed out, or take the line through it away (Format cells, Font,
    Strikethrough). What was published before is not deleted but corrected.

    Wrong: ~~Rathaus~~ Bücherei, with a line through the first word

    Right: Bücherei
    """
    return Finding(
        Message("“{words}” is crossed out.", words=words)
        if words
        else Message("The whole row is crossed out."),
        Message(
            "Delete what is crossed out, or take the line through it away (Format cells, Font,"
            " Strikethrough)."
        ),
        place,
    )


@code("DIV023")
def hidden_address(place: Place, words: str, address: str) -> Finding:
    """A word with a link behind it, where the address itself is expected.

    Why: What is published is what the cell shows; the link behind it would be lost.

    Do: Replace the word by the address that lies behind it.

    Wrong: Protokoll, as a link

    Right: https://www.stadt.example/protokoll.pdf
    """
    return Finding(
        Message("The cell shows “{words}”; the address lies hidden behind it.", words=words),
        Message("Type the address itself into the cell: {address}", address=address),
        place,
    )


@code("DIV027", "warning")
def blank_for_break(place: Place, published: str) -> Finding:
    """A line break or tab in a text, in whose place a blank is published.

    Why: Tables show the text in one line. In texts that may have paragraphs line breaks are kept,
    and only tabs become blanks.

    Do: Nothing, if the text is right so. Else write it as it shall be published.

    Wrong: "Sitzung im" and "Rathaus", with a line break (Alt+Enter) between them in the column Name

    Right: "Sitzung im Rathaus"
    """
    return Finding(
        Message("The text has a line break or a tab where a blank is published instead."),
        Message(
            "There is nothing to do if this is right: “{published}”", published=shortened(published)
        ),
        place,
    )
