"""The list of what was withdrawn: bytes that no later step may publish or bring back.

It lies in the workspace, beside the records and kept with them, as `withdrawn.csv`: the SHA-256 of
the bytes, what they were, the day, and why. It names nothing of what had to go.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from .files import csv_bytes, write_whole

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from .workspace import Workspace

_COLUMNS = ("sha256", "what", "date", "reason")


def withdrawn(workspace: Workspace) -> dict[str, str]:
    """The SHA-256 of all bytes that were withdrawn, and the day of each."""
    return {row["sha256"]: row["date"] for row in _rows(_path(workspace))}


def add_withdrawn(
    workspace: Workspace, items: Mapping[str, str], day: dt.date, reason: str
) -> None:
    """Add bytes (their SHA-256, and what they are) to the list, flushed to the disk at once."""
    path = _path(workspace)
    rows = _rows(path)
    known = {row["sha256"] for row in rows}
    rows += [
        {"sha256": digest, "what": what, "date": day.isoformat(), "reason": reason}
        for digest, what in sorted(items.items(), key=lambda item: (item[1], item[0]))
        if digest not in known
    ]
    table = [_COLUMNS, *([row[column] for column in _COLUMNS] for row in rows)]
    write_whole(path, csv_bytes(table))


def _path(workspace: Workspace) -> Path:
    return workspace.root / "withdrawn.csv"


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
