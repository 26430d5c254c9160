"""Drop-downs: the list that the cells of a column are chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.finding import column_letters
from div_opendata.standard.codelists import TABLE_LIST, CodeList
from div_opendata.standard.tables import Field, TableSchema

from .cells import label_of
from .columns import INLINE_LIMIT, references_of
from .draft import LISTS_SHEET, Book

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation


def drop_down_for(schema: TableSchema, item: Field, book: Book) -> DataValidation | None:
    """The list that the cells of a column are chosen from, where it has one."""
    if item.kind == "boolean":
        return _list('"ja,nein"', "Bitte ja oder nein eintragen.")
    if item.codelist and item.open_list:
        file = f"codelists/{item.codelist.name}.csv"
        return _list(
            _codes(item.codelist, book),
            "Dieser Wert steht nicht in der Codeliste. Soll er stehen bleiben? Die Prüfung meldet"
            f" ihn, solange er nicht in {file} steht.",
            strict=False,
        )
    if item.codelist and item.codelist.name == TABLE_LIST:
        return _list(
            _codes(item.codelist, book),
            "So heißt kein Blatt. Soll der Wert stehen bleiben? Die Prüfung versteht auch die"
            " englischen Namen der Tabellen.",
            strict=False,
        )
    if item.codelist:
        return _list(_codes(item.codelist, book), "Bitte einen Wert aus der Liste wählen.")
    target = book.table(references_of(schema).get(item.name, ""))
    if target is None:
        return None
    return _list(
        _keys(target, book.checked_rows(target)),
        f"Diese ID steht nicht im Blatt „{target.title.de}“. Soll sie stehen bleiben? Die Prüfung"
        " meldet sie, solange sie dort fehlt.",
        strict=False,
    )


def _list(source: str, message: str, *, strict: bool = True) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(
        type="list",
        formula1=source,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop" if strict else "warning",
        errorTitle="Nicht in der Liste",
        error=message,
    )


def _keys(target: TableSchema, last_row: int) -> str:
    """A formula for the IDs in a table's sheet, from row 2 to the last that is filled.

    It starts from the heading because row 2 may be deleted, and ends at the last ID because Excel
    would open a list with empty cells at its empty end.
    """
    column = column_letters([*target.fields].index(target.primary_key[0]) + 1)
    sheet = quoted(target.title.de)
    cells = f"{sheet}!${column}$2:${column}${last_row}"
    last = f'SUMPRODUCT(MAX(({cells}<>"")*ROW({cells})))'
    return f"OFFSET({sheet}!${column}$1,1,0,MAX(1,{last}-1),1)"


def _codes(codelist: CodeList, book: Book) -> str:
    """The labels of a code list, or where they stand if they do not fit into a drop-down."""
    labels = [label_of(codelist, code) for code in codelist.codes]
    inline = ",".join(labels)
    if len(inline) <= INLINE_LIMIT and not any(set(label) & set(',"') for label in labels):
        return f'"{inline}"'
    if codelist not in book.lists:
        book.lists.append(codelist)
    column = column_letters(book.lists.index(codelist) + 1)
    return f"{quoted(LISTS_SHEET)}!${column}$2:${column}${len(labels) + 1}"


def quoted(sheet: str) -> str:
    """The name of a sheet as formulas write it."""
    from openpyxl.utils import quote_sheetname

    return quote_sheetname(sheet)
