"""What readers of a portal get, against what was released, byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from div_opendata.base.files import sha256, tree
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check

from .protocol import Portal

if TYPE_CHECKING:
    from pathlib import Path


def compare(portal: Portal, expected: Mapping[str, str], progress: Progress) -> Iterator[Check]:
    """Whether readers of the portal get these files: names as in a release, and their SHA-256."""
    for done, (name, digest) in enumerate(expected.items()):
        progress(name, done, len(expected))
        package, _, path = name.rpartition("/")
        yield Check(name, digest, found_sha256(partial(portal.fetch, package, path)))
    progress("", len(expected), len(expected))


def hashes(folder: Path) -> dict[str, str]:
    """The files of a release's folder with their SHA-256, the descriptors last."""
    return {name: sha256(folder / name) for name in tree(folder)}


def found_sha256(fetch: Callable[[], Iterator[bytes]]) -> str:
    """The SHA-256 of what a reader gets, or a dash where there is nothing."""
    digest = hashlib.sha256()
    try:
        for chunk in fetch():
            digest.update(chunk)
    except FileNotFoundError:
        return "–"
    return digest.hexdigest()
