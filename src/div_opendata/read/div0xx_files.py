"""DIV0xx: what can be wrong with a file, a sheet or a heading before anyone asks what it means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Label, Message, Translatable

if TYPE_CHECKING:
    from collections.abc import Sequence


@code("DIV001")
def unreadable_file(place: Place, reason: Translatable) -> Finding:
    """A file cannot be opened.

    Why: What cannot be read cannot be published, and leaving it out in silence would publish
    half of the records.

    Do: Open the file in Excel and save it anew as an Excel workbook (.xlsx) without password, or
    as "CSV UTF-8".

    Wrong: records.xlsx, protected by a password

    Right: records.xlsx, saved without a password
    """
    return Finding(
        Message("The file cannot be read: {reason}.", reason=reason),
        Message(
            'Open it in Excel and save it anew as a workbook (.xlsx) without password, or as "CSV'
            ' UTF-8".'
        ),
        place,
    )


@code("DIV002")
def unknown_encoding(place: Place, reason: Translatable) -> Finding:
    """The encoding of a text file cannot be told for certain.

    Why: Umlauts are stored in several ways. UTF-8 and Windows-1252 are recognised; a file that is
    neither, or a mixture of both, would be published with wrong letters.

    Do: Open the file in Excel, check the umlauts and save it as "CSV UTF-8".

    Wrong: a file that was put together from two programs, with "Bürger" in one line and "BÃ¼rger"
    in another

    Right: the same file, saved once as "CSV UTF-8"
    """
    return Finding(
        Message("The encoding of the file is not clear: {reason}.", reason=reason),
        Message('Open the file in Excel, check the umlauts and save it as "CSV UTF-8".'),
        place,
    )


@code("DIV004")
def unknown_table(place: Place, name: str, near: Label | None) -> Finding:
    """A sheet or file whose name is not that of a table.

    Why: A misspelt name would leave a whole table out of the release.

    Do: Give it the name of its table. A sheet or file that is not meant to be published has a name
    that begins with an underscore.

    Wrong: a sheet "Sitzugnen"; a sheet "Notizen"

    Right: "Sitzungen"; "_Notizen"
    """
    return Finding(
        Message("“{name}” is not the name of a table.", name=name),
        Message(
            "Did you mean “{near}”? A sheet or file of your own begins with an underscore:"
            " “_{name}”.",
            near=near,
            name=name,
        )
        if near
        else Message(
            "Rename it; a sheet or file of your own begins with an underscore: “_{name}”.",
            name=name,
        ),
        place,
    )


@code("DIV005")
def table_twice(place: Place, table: Label, other: str) -> Finding:
    """The same table stands in two places.

    Why: Nobody could say which of them counts.

    Do: Keep one of them, in the workbook or as a CSV file, and move the other out of the records.

    Wrong: a sheet "Sitzungen" in records.xlsx and a file records/sessions.csv

    Right: one of the two
    """
    return Finding(
        Message("The table “{table}” is also in {other}.", table=table, other=other),
        Message("Keep one of them and move the other out of the records."),
        place,
    )


@code("DIV006")
def unknown_column(place: Place, heading: str, near: Label | None) -> Finding:
    """A column that the table does not have.

    Why: Only the fields of the standard are published. A misspelt heading would empty its column.

    Do: Correct the heading, or remove the column from the records.

    Wrong: a column "Telefon" in the sheet "Sitze"

    Right: only columns that `div-opendata schema show` lists
    """
    return Finding(
        Message("The table has no column “{heading}”.", heading=heading),
        Message("Did you mean “{near}”?", near=near)
        if near
        else Message("Correct the heading or remove the column from the records."),
        place,
    )


@code("DIV007")
def column_twice(place: Place, heading: Label, other: str) -> Finding:
    """Two columns for the same field.

    Why: Nobody could say which of them counts.

    Do: Remove one of the two columns.

    Wrong: columns "Stand" and "state" in the same sheet

    Right: one of the two
    """
    return Finding(
        Message("The column “{heading}” is also in {other}.", heading=heading, other=other),
        Message("Remove one of the two columns."),
        place,
    )


@code("DIV008")
def no_heading(place: Place) -> Finding:
    """Cells under no heading.

    Why: Without a heading nobody knows what the cell says, and it would be left out in silence.

    Do: Give the column its heading, or empty its cells.

    Wrong: a remark to the right of the last column

    Right: the remark in a sheet of its own whose name begins with an underscore
    """
    return Finding(
        Message("The cell stands in a column without a heading."),
        Message("Give the column its heading, or empty its cells."),
        place,
    )


@code("DIV009")
def missing_column(place: Place, heading: Label) -> Finding:
    """A column that every row needs is not there.

    Why: Without it no row of the table is complete.

    Do: Add the column with its heading and fill it in. Where it is there under another name,
    change the heading.

    Wrong: a sheet "Sitzungen" without the column "ID"

    Right: every required column, in any order
    """
    return Finding(
        Message("The required column “{heading}” is missing.", heading=heading),
        Message("Add it with this heading, and fill it in."),
        place,
    )


def renamed_column(place: Place, heading: Label) -> Finding:
    """The same where one other heading is not known, and may be meant for it."""
    return replace(
        missing_column(place, heading),
        message=Message(
            "The required column “{heading}” is missing, and “{value}” is no column of the table.",
            heading=heading,
            value=place.value,
        ),
        remedy=Message(
            "If “{value}” is meant for it, change the heading to “{heading}”; else add the column,"
            " and remove the other from the records.",
            heading=heading,
            value=place.value,
        ),
    )


@code("DIV010")
def ragged_row(place: Place, cells: int, headings: int) -> Finding:
    """A row of a CSV file with more or fewer cells than headings.

    Why: A separator is missing or too many, so that cells may stand under the wrong heading.
    Empty cells at the end of a row, which some programs leave out, may be missing; required ones
    may not.

    Do: Put texts that contain the separator in double quotes; write each separator, also between
    empty cells.

    Wrong: vision-1;Busse, Bahnen; Räder;mobility

    Right: vision-1;"Busse, Bahnen; Räder";mobility
    """
    return Finding(
        Message(
            "The row has {cells} cells, but there are {headings} headings.",
            cells=cells,
            headings=headings,
        ),
        Message("Look for a missing or superfluous separator, or a text without its quotes."),
        place,
    )


@code("DIV016")
def leaves_workspace(place: Place) -> Finding:
    """A file is a link that leads out of the workspace.

    Why: A link may lead to files that were never meant to be published.

    Do: Copy the file itself into the workspace.

    Wrong: records.xlsx, a link to a file elsewhere

    Right: records.xlsx, the file itself
    """
    return Finding(
        Message("The file is a link that leads out of the workspace."),
        Message("Copy the file itself into the workspace."),
        place,
    )


@code("DIV017")
def private_table(place: Place, table: Label) -> Finding:
    """A private table among the records.

    Why: Everything in the records is published. Names of people must not be.

    Do: Move the table into the folder private/ at once.

    Wrong: a sheet "Besetzung der Sitze" in records.xlsx

    Right: private/holders.csv
    """
    return Finding(
        Message("The table “{table}” is private and must not be among the records.", table=table),
        Message("Move it into the folder private/ at once."),
        place,
    )


@code("DIV019")
def no_headings(place: Place) -> Finding:
    """A file or sheet without the headings of its table.

    Why: The headings name the columns; without them no cell can be understood.

    Do: Write the headings into the first row, or remove the file. A table without rows keeps its
    headings. A sheet or file with something else in it has a name that begins with an underscore.

    Wrong: an empty file records/votes.csv; a list of playgrounds as records/sessions.csv; a CSV
    whose every line is in quotes as a whole

    Right: the headings in row 1, the records below
    """
    return Finding(
        Message("The first row has no headings."),
        Message(
            "Write the headings into row 1 (`div-opendata schema export` has them) or remove the"
            " file."
        ),
        place,
    )


def other_headings(place: Place, table: Label, needed: Sequence[Label]) -> Finding:
    """The same where the first row has other headings, or none."""
    return replace(
        no_headings(place),
        message=Message(
            "Row {row} does not have the headings of the table “{table}”.",
            row=place.row,
            table=table,
        ),
        remedy=Message(
            "These at least are needed: {headings}. A sheet or file that is not this table has a"
            " name that begins with an underscore.",
            headings=needed,
        ),
    )


def lines_as_cells(place: Place, delimiter: str) -> Finding:
    """The same where each line has become one cell."""
    return replace(
        no_headings(place),
        message=Message(
            "Each line is a single cell: what “{delimiter}” should divide stands in one column.",
            delimiter=_shown(delimiter),
        ),
        remedy=Message(
            "Save it anew from the program that it came from, without quotes around whole lines; or"
            " in Excel select the column, choose “Text to Columns”, and as delimiter"
            " “{delimiter}”.",
            delimiter=_shown(delimiter),
        ),
    )


def _shown(delimiter: str) -> str:
    return "Tab" if delimiter == "\t" else delimiter


@code("DIV024", "warning")
def headings_below(place: Place, row: int) -> Finding:
    """Something stands above the headings.

    Why: A title above a table is nice to look at, but no record. It is not read, and so not
    published; whoever put it there should know.

    Do: Take the rows above the headings out, or begin them with #, as any remark. The table is
    read from its headings on.

    Wrong: "D.I.V.-Sitzungen, Stand 1. November 2026" in row 1, the headings in row 2

    Right: "# D.I.V.-Sitzungen, Stand 1. November 2026" in row 1, the headings in row 2
    """
    return Finding(
        Message(
            "The headings stand in row {row}; “{value}” above them is not read.",
            row=row,
            value=place.value,
        ),
        Message("Take out what stands above the headings, or begin it with #."),
        place,
    )


@code("DIV021")
def unexpected_file(place: Place, near: str | None = None) -> Finding:
    """A file or folder that is not read, and looks as if it should be.

    Why: Only records.xlsx and the CSV files in records/ are read; another file there may be a
    table that somebody thinks is published. Of a folder whose name has a slip, such as privat/,
    nothing is read either: names in it are not searched for.

    Do: Correct its name. Save a table as CSV under its table's name, or move the file elsewhere. A
    file or folder of your own begins with an underscore.

    Wrong: records/sessions.xls; records.xlsm; record/; privat/

    Right: records/sessions.csv; records.xlsx; records/; private/
    """
    what = Message("“{file}” is not read.", file=place.file)
    if near:
        return Finding(
            what,
            Message(
                "Did you mean “{near}”? Rename or move it; what is your own begins with an"
                " underscore.",
                near=near,
            ),
            place,
        )
    return Finding(
        what,
        Message(
            "Save it as “CSV UTF-8” under the name of its table, or move it elsewhere; a file of"
            " your own begins with an underscore."
        ),
        place,
    )
