"""The list of what was withdrawn: bytes that no later step may publish or bring back.

It lies in the workspace, beside the records and kept with them, as `withdrawn.csv`: the SHA-256 of
the bytes, what they were, the day, and why. It names nothing of what had to go.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
from typing import IO, TYPE_CHECKING

from div_opendata.base.disk import CHUNK, TABLE_LIMIT, open_file, read_file
from div_opendata.base.errors import Problem
from div_opendata.base.files import csv_bytes, write_whole
from div_opendata.base.i18n import Message
from div_opendata.base.zips import DamagedZip, open_zip

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

    from .settings import Workspace

WITHDRAWN = "withdrawn.csv"

_COLUMNS = ("sha256", "what", "date", "reason")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def withdrawn(workspace: Workspace) -> dict[str, dt.date]:
    """The SHA-256 of all bytes that were withdrawn, and the day of each.

    Raises Problem where somebody has damaged the list: without it they might come back.
    """
    rows = _rows(workspace.root / WITHDRAWN)
    return {row["sha256"]: dt.date.fromisoformat(row["date"]) for row in rows}


def add_withdrawn(
    workspace: Workspace, items: Mapping[str, str], day: dt.date, reason: str
) -> None:
    """Add bytes (their SHA-256, and what they are) to the list, flushed to the disk at once."""
    path = workspace.root / WITHDRAWN
    rows = _rows(path)
    known = {row["sha256"] for row in rows}
    new = [
        {"sha256": digest, "what": what, "date": day.isoformat(), "reason": reason}
        for digest, what in sorted(items.items(), key=lambda item: (item[1], item[0]))
        if digest not in known
    ]
    if new:
        table = [_COLUMNS, *([row[column] for column in _COLUMNS] for row in [*rows, *new])]
        write_whole(path, csv_bytes(table))


def has_any(stream: IO[bytes], hashes: Container[str]) -> bool:
    """Whether a file, or a file in it where it is a zip, is one of these.

    Of a damaged zip, or one that is too large, nobody can tell: it counts as if it had.
    """
    stream.seek(0)
    if _sha256(stream) in hashes:
        return True
    stream.seek(0)
    try:
        return any(digest in hashes for _, digest in members(stream))
    except DamagedZip:
        stream.seek(0)
        return stream.read(2) == b"PK"


def file_has_any(path: Path, hashes: Container[str]) -> bool:
    """The same of a file on the disk."""
    with open_file(path) as stream:
        return has_any(stream, hashes)


def members(zipped: IO[bytes]) -> Iterator[tuple[str, str]]:
    """The files of a zip, each with the SHA-256 of its bytes. Raises DamagedZip."""
    with open_zip(zipped) as archive:
        for name in archive.namelist():
            with archive.open(name) as stream:
                yield name, _sha256(stream)


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        content = read_file(path, TABLE_LIMIT, path.parent)
    except FileNotFoundError:
        return []
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
        whole = tuple(reader.fieldnames or ()) == _COLUMNS and all(map(_is_whole, rows))
    except (ValueError, csv.Error):
        whole = False
    if not whole:
        raise Problem(
            Message("The list {file} of what was withdrawn is damaged.", file=path),
            Message(
                "Nothing was done: without it, what was withdrawn might come back. Undo the last"
                " change of the file, or take it from a backup; do not delete it."
            ),
        )
    return rows


def _is_whole(row: Mapping[str, str | None]) -> bool:
    """Whether a row has all four cells and no more, and what the first and third must be."""
    if None in row or None in row.values():
        return False
    dt.date.fromisoformat(row["date"] or "")
    return bool(_SHA256.fullmatch(row["sha256"] or ""))
