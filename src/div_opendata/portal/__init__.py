"""What a portal is: something that shows datasets, can be given a release, and can be read back.

publish.py knows only this; the folder (folder.py) is the embedded default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..descriptor import Descriptor
from ..schema import Package

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..workspace import Workspace

Progress = Callable[[str, int, int], None]
"""Told the name of the file at hand, how many are done, and how many there are."""

BUNDLE_ZIP = "div.zip"


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a dataset: its resource's name, its file name, where its bytes are."""

    name: str
    path: str
    source: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """A package as it is released: its stamped descriptor and its files, the descriptor last."""

    package: Package
    descriptor: Descriptor
    files: tuple[ReleaseFile, ...]


@dataclass(frozen=True)
class Release:
    """What a portal is to show: every dataset, in the order of publishing, and the folder with
    all their files (`<package>/…`, div.zip)."""

    folder: Path
    datasets: tuple[Dataset, ...]

    @property
    def bundle(self) -> Dataset:
        """The bundle with all tables."""
        return self.datasets[-1]


class Portal(Protocol):
    """Where releases are published."""

    name: str
    address: str

    def exclusively(self) -> AbstractContextManager[object]:
        """Hold the portal for one publisher; raises Problem where another holds it."""

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package."""

    def stale(self, release: Release) -> list[str]:
        """What else the portal makes of a release (pages, schemas) and does not show so yet."""

    def apply(self, release: Release, progress: Progress) -> None:
        """Show the release, the whole of it at once as far as the portal can."""

    def fetch(self, package: str, path: str) -> Iterator[bytes]:
        """The bytes of a file as readers get them. Raises FileNotFoundError where there is none."""

    def url(self, package: str, path: str) -> str:
        """The address of a file."""


def open_portal(workspace: Workspace, name: str | None) -> Portal:
    """The portal of that name, or the first of the configuration.

    Raises UsageProblem where there is none of that name.
    """
    from ..errors import UsageProblem
    from ..i18n import Message
    from .folder import Folder

    portals = workspace.configuration.portals
    if name is None:
        name = next(iter(portals))
    if name not in portals:
        raise UsageProblem(
            Message("There is no portal {name} in the configuration.", name=name),
            Message("Known values: {known}.", known=list(portals)),
        )
    return Folder(name, workspace)
