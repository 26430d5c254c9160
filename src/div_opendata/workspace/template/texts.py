"""The longer texts that an office gets: files beside this one, in German."""

from __future__ import annotations

from pathlib import Path


def text_file(name: str) -> bytes:
    """One of them, by its file name."""
    return (Path(__file__).parent / name).read_bytes()
