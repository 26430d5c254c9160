"""What others have put into our datasets and has what was withdrawn: copies of a file, or of rows.

Nothing of it is touched: it is somebody else's, and perhaps it has more in it. It is named, so that
somebody sees to it. A row is known by its key and at least half of the letters of what else had to
go in it, in whatever order, beside whatever else, under whatever headings
(docs/decisions/withdraw-by-bytes.md).
"""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from div_opendata.base.disk import open_file, read_file, writing
from div_opendata.base.errors import Problem
from div_opendata.base.files import sha256
from div_opendata.base.i18n import Message
from div_opendata.base.zips import DamagedZip, open_zip
from div_opendata.read.raw import ReadingStopped
from div_opendata.read.xlsx import read_xlsx
from div_opendata.workspace.withdrawn import file_has_any

if TYPE_CHECKING:
    from div_opendata.base.progress import Progress
    from div_opendata.standard.descriptor import Descriptor

    from .portal.protocol import Other
    from .publisher import Publisher

_COLUMNS = 200  # of a table of others that are looked at
_CELLS = 60  # of a row that are looked at for a key of several cells
_SEPARATORS = ",;\t|"
_HEAD = 1 << 16  # characters within which a separator stands
_TROUBLES = 3  # that are waited for; then nothing more is asked


Content = tuple[bytes, tuple[str, ...]]
"""A table of ours, and its key."""


@dataclass
class Rows:
    """Rows that had to go."""

    _marks: dict[tuple[str, ...], list[frozenset[str]]] = field(default_factory=dict)
    _widths: set[int] = field(default_factory=set)

    def add(self, key: Iterable[str], marks: frozenset[str]) -> None:
        """Add a row by its key and by what else had to go in it."""
        known = tuple(sorted({*key}))
        self._marks.setdefault(known, []).append(marks)
        self._widths.add(len(known))

    def has(self, cells: frozenset[str]) -> bool:
        """Whether a row of others has one of these in it."""
        some = sorted(cells) if len(cells) <= _CELLS or self._widths == {1} else ()
        return any(
            2 * _length(marks & cells) >= _length(marks)
            for width in self._widths
            for key in combinations(some, width)
            for marks in self._marks.get(key, ())
        )


def rows_of(content: bytes, key: Iterable[str]) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """The rows of a table of ours, each with its key and its other cells."""
    names = tuple(key)
    text = io.StringIO(content.decode("utf-8", "replace"), newline="")
    with suppress(csv.Error):
        for row in csv.DictReader(text):
            own = tuple(row.get(name) or "" for name in names)
            yield own, _cells(cell for name, cell in row.items() if name not in names)


def leaked(
    publisher: Publisher,
    shown: Mapping[str, Descriptor],
    hashes: Mapping[str, str],
    files: Container[str],
) -> Rows:
    """The rows that have to go, as far as anything here or on the portal still has them: those of
    the files that are emptied, and of what is kept here with these bytes."""
    tables = publisher.workspace.standard.tables
    gone: list[Content] = []
    kept: list[Content] = []
    for package, descriptor in shown.items():
        for entry in descriptor["resources"]:
            file, table = f"{package}/{entry['path']}", tables.get(entry["name"])
            if table is None or package == publisher.bundle.name or file not in hashes.values():
                continue
            if content := publisher.bytes_of(package, entry):
                (gone if file in files else kept).append((content, table.primary_key))
    for path in publisher.workspace.internal.glob("portals/*/last/*/*.csv"):
        table = tables.get(path.stem)
        if table and sha256(path) in hashes:
            gone.append((read_file(path), table.primary_key))
    return _without(kept, gone)


def _without(kept: Iterable[Content], gone: Iterable[Content]) -> Rows:
    """The rows of tables that go, each with its key, without what stays in tables that are kept:
    of a row that was corrected only what was corrected in it had to go."""
    stays = {key: cells for table in kept for key, cells in rows_of(*table)}
    rows = Rows()
    for table in gone:
        for key, cells in rows_of(*table):
            marks = cells - stays.get(key, frozenset())
            if marks or key not in stays:
                rows.add(key, marks)
    return rows


@dataclass(frozen=True)
class Leak:
    """What had to go: bytes by their SHA-256, and rows."""

    hashes: Container[str]
    rows: Rows


@dataclass(frozen=True)
class Copy:
    """What is there of others: it has what was withdrawn (`copy`), nobody could look (`unread`),
    or it is a link that leads elsewhere (`elsewhere`)."""

    dataset: str
    name: str
    address: str
    kind: Literal["copy", "unread", "elsewhere"]
    sha256: str = ""
    """Of its file, where that has it."""

    @property
    def message(self) -> Message:
        """What somebody must see to."""
        named: Mapping[str, Any] = {
            "dataset": self.dataset,
            "name": self.name,
            "address": self.address,
        }
        if self.kind == "copy":
            return Message(
                "{dataset}: “{name}” has what was withdrawn, and is not div-opendata's: {address}",
                **named,
            )
        if self.kind == "unread":
            return Message(
                "{dataset}: “{name}” could not be looked at, and is not div-opendata's: {address}",
                **named,
            )
        return Message("{dataset}: “{name}” is a link that leads elsewhere: {address}", **named)


def find_copies(others: Iterable[Other], leak: Leak, progress: Progress) -> list[Copy]:
    """What of others in our datasets has what had to go, or may have it."""
    found, troubles = [], 0
    every = list(others)
    for done, other in enumerate(every):
        progress(other.name, done, len(every))
        copy = Copy(other.dataset, other.name, other.address, "copy")
        if other.fetch is None:
            found.append(replace(copy, kind="elsewhere"))
        elif troubles == _TROUBLES:
            found.append(replace(copy, kind="unread"))
        else:
            try:
                digest = _found(other.fetch, leak)
                if digest or any(leak.rows.has(_cells(row)) for row in other.rows()):
                    found.append(replace(copy, sha256=digest))
            except Problem:
                found.append(replace(copy, kind="unread"))
                troubles += 1
    progress("", len(every), len(every))
    return found


def _found(fetch: Callable[[], Iterator[bytes]], leak: Leak) -> str:
    """The SHA-256 of a file that has what had to go; nothing of another. Raises Problem."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        with writing(file) as stream, suppress(FileNotFoundError):
            for chunk in fetch():
                stream.write(chunk)
        if file_has_any(file, leak.hashes) or any(
            leak.rows.has(_cells(row)) for row in _rows_in(file)
        ):
            return sha256(file)
    return ""


def _cells(row: Iterable[Any]) -> frozenset[str]:
    """The cells of a row that have something in them, as text."""
    return frozenset(text for value in row if (text := _text(value)))


def _length(cells: Iterable[str]) -> int:
    return sum(map(len, cells))


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return str(getattr(value, "text", value)).strip()


def _rows_in(file: Path) -> Iterator[Iterable[Any]]:
    """The rows of a file that is a table: CSV of any kind, also in a zip; a workbook."""
    try:
        for sheet in read_xlsx(file, file.name, _COLUMNS):
            for _, cells in sheet.rows:
                yield cells
    except ReadingStopped:
        pass
    with open_file(file) as stream:
        try:
            with open_zip(stream) as archive:
                for name in archive.namelist():
                    yield from _rows_of_text(partial(archive.open, name))
        except DamagedZip:
            yield from _rows_of_text(partial(open_file, file))


def _rows_of_text(opened: Callable[[], IO[bytes]]) -> Iterator[Iterable[str]]:
    """The rows of a text with whatever between its cells."""
    with opened() as stream:
        head = stream.read(_HEAD)
    encoding = _encoding(head)
    for separator in _SEPARATORS:
        if separator in head.decode(encoding, "replace"):
            with (
                suppress(csv.Error),
                io.TextIOWrapper(opened(), encoding, "replace", newline="") as text,
            ):
                yield from csv.reader(text, delimiter=separator)


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"  # what a German Excel writes
    return "utf-8-sig"
