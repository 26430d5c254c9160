"""CSV files as offices save them: with `;` or `,` or tabs, in UTF-8 or Windows-1252.

What is ambiguous is a finding. A file is read twice, line by line and in bounded memory: once to
learn its encoding, once for its rows.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from div_opendata.base.disk import TABLE_LIMIT, open_file, reason_of
from div_opendata.base.finding import Place
from div_opendata.base.i18n import Message
from div_opendata.base.limits import CELL_LIMIT
from div_opendata.standard.codelists import fold

from . import div0xx_cells, div0xx_files
from .raw import HEADINGS_WITHIN, ReadingStopped, Sheet, heading_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

LINE_LIMIT = 1_000_000  # bytes of one physical line
ROWS_LIMIT = 1_048_576  # of a spreadsheet, too
DELIMITERS = ",;\t"

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_EXCELS_DELIMITER = re.compile(r'"?sep=([^\w\s"]|\t)"?[;,\t]*\r?\n?', re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""

_DOS_OR_MAC = re.compile(
    # a symbol or quote in the middle of a word (B„ume), but for ’ ‘ “ • – — … that people put there
    rb"[A-Za-z][\x80\x82-\x84\x86-\x89\x94\x98\x99\xa7](?=[A-Za-z])"
    # Š Ž Ÿ in the middle of a small word (BŠume, fŸr); š between consonants (Kšln, not Hašek)
    rb"|[A-Za-z][\x8a\x8e\x9f](?=[a-z])|[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]\x9a(?=[b-df-hj-np-tv-z])"
    # a word that begins with a closing quote or a sign (”ffnen, ™ffnung, †bung), or with a quote
    # that is not closed („ndern)
    rb"|(?<![^\s;,(\"])(?:\x9a[bfr]|[\x94\x86\x99][a-z](?![^;]{0,999}[\x93\x94])"
    rb"|\x84[a-z](?!.{0,999}[\x93\x94\"]))"
    # the one word that has its only odd letter above 0x9F (Straáe)
    rb"|tra\xe1e"
)
"""Where Windows-1252 makes nonsense of the umlauts of MS-DOS (cp437, cp850) or Mac Roman. Every
byte means something in all of them: only what no German text has tells them apart."""


def read_csv(path: Path, file: str, headings: Collection[str]) -> Sheet:
    """The rows of the CSV at `path`, reported as `file`.

    `headings` are the folded headings of its table: the delimiter that finds most of them is it.
    """
    return Sheet(file, None, _rows(path, file, headings))


def _rows(path: Path, file: str, headings: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    place = Place(file=file)
    try:
        encoding = _encoding(path, place)
        with open_file(path, TABLE_LIMIT) as opened:
            stream = io.TextIOWrapper(opened, encoding=encoding, newline="")
            first = list(islice(stream, HEADINGS_WITHIN))
            stream.seek(0)
            if first and (told := _EXCELS_DELIMITER.fullmatch(first[0])):
                stream.readline()
                yield from _records(stream, told[1], place, 1)
            else:
                yield from _records(stream, _delimiter(first, headings), place)
    except OSError as error:
        reason = Message("the system does not let it be opened ({error})", error=reason_of(error))
        raise ReadingStopped(div0xx_files.unreadable_file(place, reason)) from error


def _records(
    stream: TextIO, delimiter: str, place: Place, skipped: int = 0
) -> Iterator[tuple[int, list[str]]]:
    # of the whole process, so set before each file
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    start = skipped + 1
    try:
        for number, row in enumerate(reader, skipped + 1):
            if number > ROWS_LIMIT:
                reason = Message("it has more rows than a spreadsheet, {limit}", limit=ROWS_LIMIT)
                raise ReadingStopped(div0xx_files.unreadable_file(place, reason))
            yield start, row
            start = skipped + reader.line_num + 1
    except csv.Error as error:
        here = Place(file=place.file, row=start)
        raise ReadingStopped(
            div0xx_cells.too_long(here, CELL_LIMIT)
            if "field larger than" in str(error)
            else div0xx_cells.broken_quotes(here)
        ) from error


def _delimiter(first: Sequence[str], headings: Collection[str]) -> str:
    """The delimiter with which one of the first lines has most known headings, then the first of
    them most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        rows: list[list[str]] = []
        with suppress(csv.Error):
            rows.extend(csv.reader(first, delimiter=delimiter))
        known = [sum(fold(heading_text(cell)) in headings for cell in row) for row in rows]
        return max(known, default=0), len(rows[0]) if rows else 0

    return max(DELIMITERS, key=score)


def _encoding(path: Path, place: Place) -> str:
    """`utf-8-sig` or `cp1252`. Raises ReadingStopped where neither is certain."""
    utf8 = windows = 0  # the last rows that are certainly the one or the other
    with open_file(path, TABLE_LIMIT) as stream:
        row = 0
        # no more than that is ever in memory, whatever the file has for a line
        while line := stream.readline(LINE_LIMIT):
            row += 1
            if row == 1 and line[:2] in _BOMS:
                raise _not_clear(place, Message("it is UTF-16"))
            if len(line) < LINE_LIMIT and line.isascii() and b"\0" not in line:
                continue
            here = Place(file=place.file, row=row)  # not for each of millions of plain lines
            if len(line) == LINE_LIMIT:
                raise ReadingStopped(div0xx_cells.too_long(here, LINE_LIMIT))
            if b"\0" in line:
                raise ReadingStopped(div0xx_cells.control_character(here, "\0"))
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                windows = row
                if _UTF8_SEQUENCE.search(line):
                    utf8 = row
                _check_windows(line, here)
            else:
                utf8 = row
    if windows and utf8:
        raise _not_clear(
            Place(file=place.file, row=windows),
            Message(
                "UTF-8 (row {utf8}) and Windows-1252 (row {windows}) are mixed",
                utf8=utf8,
                windows=windows,
            ),
        )
    return "cp1252" if windows else "utf-8-sig"


def _check_windows(line: bytes, here: Place) -> None:
    try:
        line.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _not_clear(here, Message("it is neither UTF-8 nor Windows-1252")) from error
    if _DOS_OR_MAC.search(line):
        raise _not_clear(here, Message("it looks like “CSV (MS-DOS)” or “CSV (Macintosh)”"))


def _not_clear(place: Place, reason: Message) -> ReadingStopped:
    return ReadingStopped(div0xx_files.unknown_encoding(place, reason))
