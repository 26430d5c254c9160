"""The longer texts that an office gets: files beside this one, in German."""

from __future__ import annotations

from pathlib import Path

from div_opendata.base.disk import read_file

GUIDE = "LIESMICH.txt"
"""What a new folder private/ tells of itself."""


def text_file(name: str) -> bytes:
    """One of them, by its file name."""
    return read_file(Path(__file__).parent / name)
