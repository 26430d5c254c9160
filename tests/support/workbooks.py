"""Workbooks as offices make them, for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
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


def edited(book: bytes, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    """A workbook after somebody has opened it, made a change and saved it."""
    opened = openpyxl.load_workbook(io.BytesIO(book), rich_text=True)
    change(opened)
    stream = io.BytesIO()
    opened.save(stream)
    return stream.getvalue()


def with_part(book: bytes, part: str, content: bytes) -> bytes:
    """A workbook with one part replaced or added."""
    source, target = io.BytesIO(book), io.BytesIO()
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return target.getvalue()


def part_of(book: bytes, part: str) -> bytes:
    """One part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(part)


def sheet_part(rows: str) -> bytes:
    """The XML of a sheet."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    return text.encode()
