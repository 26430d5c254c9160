"""What a portal is: something that shows datasets, can be given a release, and can be read back.

publish.py knows only this; the folder (folder.py) is the embedded default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from ..descriptor import Descriptor
from ..progress import Progress
from ..release import Release

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..workspace import Workspace


class Portal(Protocol):
    """Where releases are published."""

    name: str
    address: str

    def exclusively(self) -> AbstractContextManager[object]:
        """Hold the portal for one publisher; raises Problem where another holds it."""

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package."""

    def archive(self) -> Mapping[str, str]:
        """The SHA-256 of every version of the bundle that was ever shown, by version; its file
        stays as div-<version>.zip where the portal keeps them."""

    def prepare(self, release: Release) -> None:
        """Add to a release what the portal makes of it (pages, schemas)."""

    def stale(self, release: Release) -> list[str]:
        """What of a release readers do not get as they should."""

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
