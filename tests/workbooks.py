"""Workbooks as offices make them, for the tests."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], merge: str | None = None) -> bytes:
    """An .xlsx with these sheets; `merge` merges cells of the first."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    if merge:
        book.worksheets[0].merge_cells(merge)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
