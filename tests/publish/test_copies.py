"""Copies of others: which have what was withdrawn, whatever they look like, and which have not."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator

import openpyxl
import pytest

from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.publish.copies import Copy, Leak, _without, find_copies
from div_opendata.publish.portal.protocol import Other

LEAKED = """\
id,name,date,description
vision-bus,Busse im Takt,2026-03-12,"Alle zehn Minuten, sagt Frau Grün."
vision-bank,Bänke,2026-03-12,Überall.
"""
CORRECTED = LEAKED.replace(", sagt Frau Grün", "")
KEY = ("id",)
HASHES = {hashlib.sha256(LEAKED.encode()).hexdigest()}


def look(content: bytes, kept: str = "", rows: Iterable[tuple[object, ...]] = ()) -> list[str]:
    """What is said of a file of others, and a table made of it."""
    gone = [(LEAKED.encode(), KEY)]
    leak = Leak(HASHES, _without([(kept.encode(), KEY)] if kept else [], gone))
    other = Other("div-visions", "Kopie", "a", lambda: iter([content]), lambda: iter(rows))
    return [copy.kind for copy in find_copies([other], leak, lambda *_: None)]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Titel", "Kennung", "Beschreibung"])
    sheet.append(["Busse im Takt", "vision-bus", "Alle zehn Minuten, sagt Frau Grün."])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kopie.csv", content)
    return stream.getvalue()


ORDER = 'beschreibung,x,kennung,titel\n"Alle zehn Minuten, sagt Frau Grün.",9,vision-bus,Anders\n'
SOME = "kennung;titel\nvision-bank;Bänke;2026-03-12\n"
COPIES = {
    "bytes": LEAKED.encode(),
    "lines": LEAKED.replace("\n", "\r\n").encode(),
    "old-mac": LEAKED.replace("\n", "\r").encode(),
    "mark": LEAKED.encode("utf-8-sig"),
    "latin": ORDER.replace(",", "\t", 3)
    .replace('",9,vision-bus,', '"\t9\tvision-bus\t')
    .encode("cp1252"),
    "utf-16": SOME.encode("utf-16"),
    "order": ORDER.encode(),
    "some": SOME.encode(),
    "title": b"Unsere Visionen\n\n" + SOME.encode(),
    "zip": zipped(LEAKED.encode()),
    "rows-in-zip": zipped(ORDER.encode()),
    "workbook": workbook(),
}
NONE = {
    "nothing": b"",
    "headings": LEAKED.partition("\n")[0].encode(),
    "key": b"id,votes\nvision-bus,12\nvision-bank,4\n",
    "words": b"id,name\nvision-bahn,Busse im Takt\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100,
    "other-zip": zipped(b"a,b\n1,2\n"),
}


@pytest.mark.parametrize("content", COPIES.values(), ids=COPIES)
def test_a_copy_is_known(content: bytes) -> None:
    assert look(content) == ["copy"]


@pytest.mark.parametrize("content", NONE.values(), ids=NONE)
def test_what_is_none_is_not_named(content: bytes) -> None:
    assert look(content) == []


def test_a_zip_that_nobody_can_look_into() -> None:
    """It counts as if it had: nobody can tell."""
    damaged = zipped(LEAKED.encode())[:-30]
    assert look(damaged) == ["copy"]


def test_of_a_corrected_row_only_what_was_corrected_had_to_go() -> None:
    assert look(CORRECTED.encode(), CORRECTED) == []
    assert look(b"id,name,date\nvision-bus,Busse im Takt,2026-03-12\n", CORRECTED) == []
    assert look(ORDER.encode(), CORRECTED) == ["copy"]
    assert look(SOME.encode(), CORRECTED) == []


def test_a_table_of_the_datastore() -> None:
    row = ("2026-03-12T00:00:00", "vision-bus", None, 7, True, "Busse im Takt")
    assert look(b"", rows=[(1, 2), row]) == []
    assert look(b"", rows=[(*row, "Alle zehn Minuten, sagt Frau Grün.")]) == ["copy"]


def test_what_cannot_be_read_is_named_and_not_waited_for() -> None:
    asked = []

    def fail() -> Iterator[bytes]:
        asked.append(1)
        raise Problem(Message("-"), Message("-"))

    def missing() -> Iterator[bytes]:
        raise FileNotFoundError

    leak = Leak(HASHES, _without([], [(LEAKED.encode(), KEY)]))
    others = [
        Other("d", "link", "https://elsewhere.example/", None, lambda: iter(())),
        Other("d", "gone", "a", missing, lambda: iter(())),
        *(Other("d", str(number), "a", fail, lambda: iter(())) for number in range(5)),
    ]
    shown: list[tuple[str, int, int]] = []
    found = find_copies(others, leak, lambda *step: shown.append(step))
    assert [(copy.name, copy.kind) for copy in found] == [
        ("link", "elsewhere"),
        *((str(number), "unread") for number in range(5)),
    ]
    assert len(asked) == 3
    assert shown[1] == ("gone", 1, 7)
    assert "could not be looked at" in found[-1].message.text("en")


def test_a_key_of_several_columns() -> None:
    gone = [(b"lottery,position,leaf\nlos-1,1,abc\nlos-1,2,def\n", ("lottery", "position"))]
    rows = _without([], gone)
    assert rows.has(frozenset({"x", "1", "los-1", "abc"}))
    assert not rows.has(frozenset({"x", "1", "los-1", "def"}))
    assert Copy("d", "n", "a", "elsewhere").message.text("de")
