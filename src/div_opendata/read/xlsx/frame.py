"""What stands around the rows of a sheet, and what says how to read them: merged cells and links.

Both stand behind the rows. So a sheet is gone through twice: first by its bytes, which is quick and
finds what would fill the memory, then as XML (rows.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from div_opendata.base.finding import Place, column_number
from div_opendata.base.i18n import Message
from div_opendata.base.limits import CELL_LIMIT

from .. import div0xx_cells
from ..raw import ReadingStopped
from .archive import CHUNK, TOO_LARGE
from .outline import SPREADSHEET, Attributes, Damaged, Outline

ROW_LIMIT = 1_048_576  # rows: what a sheet of a spreadsheet holds, and also of empty ones its XML
ROW_BYTES = 4 << 20  # of one row in its XML, and of what stands before the rows
AFTER_ROWS = 20 << 20  # bytes: links, drop-downs and other things that follow the rows

SHEET, DATA = SPREADSHEET + "worksheet", SPREADSHEET + "sheetData"
_MERGES, _MERGE, _LINKS, _LINK = (
    SPREADSHEET + name for name in ("mergeCells", "mergeCell", "hyperlinks", "hyperlink")
)
_LINK_ID = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_BEGIN_OF_ROWS = re.compile(rb"<((?:[\w.-]+:)?sheetData)\b[^>]*?(/?)>")
_END_OF_ROWS = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>")
_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b")
_OVERLAP = 200  # bytes: more than these tags have
_MERGED = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(:[A-Z]{1,3}[1-9][0-9]{0,6})?")


@dataclass(slots=True)
class Frame:
    """The row, column and range of the first merged cells; the ids of links by their cell."""

    merged: tuple[int, int, str] | None = None
    links: dict[str, str] = field(default_factory=dict)


def read_frame(chunks: Iterable[bytes], place: Place) -> Frame:
    """What stands around the rows of the sheet at `place`.

    Raises Damaged, also where its rows would fill the memory; ReadingStopped where a cell would.
    """
    frame = Frame()
    begun = 0

    def begin_rows(_attributes: Attributes) -> None:
        nonlocal begun
        begun += 1
        if begun > 1:
            raise Damaged(Message("a sheet has its rows twice"))

    def begin_merge(attributes: Attributes) -> None:
        cells = _MERGED.fullmatch(attributes.get("ref", ""))
        if cells is None:
            raise Damaged
        if cells[3] and cells[3] != f":{cells[1]}{cells[2]}":  # one cell is merged with nothing
            here = int(cells[2]), column_number(cells[1]), cells[0]
            frame.merged = frame.merged or here

    def begin_link(attributes: Attributes) -> None:
        if key := attributes.get(_LINK_ID):
            frame.links[attributes.get("ref", "")] = key

    Outline(
        {"": {SHEET}, SHEET: {DATA, _MERGES, _LINKS}, _MERGES: {_MERGE}, _LINKS: {_LINK}},
        {DATA: begin_rows, _MERGE: begin_merge, _LINK: begin_link},
    ).read(_around_rows(_guarded(chunks, place)))
    return frame


def _guarded(chunks: Iterable[bytes], place: Place) -> Iterator[bytes]:
    for chunk in chunks:
        # a megabyte without a tag is one cell: refused before the parser holds it
        if len(chunk) == CHUNK and b"<" not in chunk:
            raise ReadingStopped(div0xx_cells.too_long(place, CELL_LIMIT))
        yield chunk


def _around_rows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A sheet without all between its first `sheetData` and the end of that."""
    head = b""
    for chunk in chunks:
        head += chunk
        if begin := _BEGIN_OF_ROWS.search(head):
            break
        if len(head) > ROW_BYTES:
            raise Damaged(TOO_LARGE)
    else:
        raise Damaged
    yield head[: begin.start()] + b"<" + begin[1] + b"/>"
    rest = chain([head[begin.end() :]], chunks)
    size = 0
    for chunk in rest if begin[2] else _behind_rows(rest):
        size += len(chunk)
        if size > AFTER_ROWS:
            raise Damaged(TOO_LARGE)
        yield chunk


def _behind_rows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What follows the end of the rows, which are counted."""
    rows = since_row = 0
    tail = b""
    for chunk in chunks:
        text = tail + chunk
        end = _END_OF_ROWS.search(text)
        rows += chunk.count(b"<row") + chunk.count(b":row")  # a regex would take too long
        since_row = 0 if _ROW.search(text) else since_row + len(chunk)
        if rows > ROW_LIMIT or (not end and since_row > ROW_BYTES):
            raise Damaged(TOO_LARGE)
        if end:
            yield text[end.end() :]
            yield from chunks
            return
        tail = text[-_OVERLAP:]
    raise Damaged
