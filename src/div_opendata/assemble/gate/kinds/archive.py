"""The bundle's zip."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from div_opendata.base.disk import open_file, read_file
from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.packages import Standard

from ..div7xx_bytes import unknown_content
from ..files import file_kind
from ..leaks import Leaks

_END, _HEADER, _CENTRAL = 22, 30, 46
"""Bytes of a plain zip's end record, and for each file of its header and its central entry; both of
these have the name behind them."""


def judge_archive(
    path: Path, folder: Path, place: Place, leaks: Leaks, standard: Standard
) -> Iterator[Finding]:
    """A stored zip of the files of the bundle in `folder` and of nothing else, to the byte."""
    bundle = next(package.name for package in standard.packages.values() if package.bundle)
    try:
        with open_file(path) as stream, zipfile.ZipFile(stream) as archive:
            plain = not archive.comment
            size = _END
            for entry in archive.infolist():
                name = entry.filename
                size += _HEADER + _CENTRAL + 2 * len(name.encode()) + entry.compress_size
                plain = plain and not (entry.comment or entry.extra)
                file = folder / bundle / name
                known = file_kind(f"{bundle}/{name}", standard) is not None and file.is_file()
                if not known or archive.read(entry) != read_file(file):
                    what = Message(
                        "The archive has a file that the bundle does not have: {name}",
                        name=leaks.safe(name),
                    )
                    yield unknown_content(place, what)
                    yield from leaks.private(archive.read(entry).decode("utf-8", "replace"), place)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        plain, size = False, 0
    if not plain or size != path.stat().st_size:
        yield unknown_content(place, Message("The archive has more in it than files."))
        yield from leaks.private(read_file(path).decode("utf-8", "replace"), place)
