"""What a portal is: something that shows datasets, can be given a release, and can be read back.

Publishing knows only this. The folder (folder/) is the embedded default, a CKAN
(ckan/) the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from div_opendata.assemble.release import Release
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check
from div_opendata.standard.descriptor import Descriptor

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from div_opendata.assemble.metadata.facts import Shown

Tell = Callable[[Message], None]
"""Told what a person should know and nothing stops for."""


@dataclass(frozen=True)
class Change:
    """Something that is going to change: a key or a file, and what it was and will be. What was
    `dropped` by a form of the portal's, nobody has changed on purpose."""

    name: str
    old: str = ""
    new: str = ""
    dropped: bool = False


@dataclass(frozen=True)
class Other:
    """A file or link that somebody else has put into a dataset of ours: `fetch` gives its bytes,
    None where it leads to another place than the portal; `rows` those of its table there."""

    dataset: str
    name: str
    address: str
    fetch: Callable[[], Iterator[bytes]] | None
    rows: Callable[[], Iterator[Iterable[object]]]


class Portal(Protocol):
    """Where releases are published."""

    name: str
    address: str

    def exclusively(self) -> AbstractContextManager[object]:
        """Hold the portal for one publisher; raises Problem where another holds it."""

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package."""

    def blocked(self) -> Mapping[str, Message]:
        """Why a package cannot be published, for those that were asked for (`shown`)."""

    def hidden(self) -> Container[str]:
        """The packages that were published and that somebody has hidden from readers since."""

    def begun(self) -> Message | None:
        """What an earlier run has begun and not finished."""

    def archive(self) -> Mapping[str, str]:
        """The SHA-256 of every version of the bundle that was ever shown, by version; its file
        stays as div-<version>.zip where the portal keeps them."""

    def prepare(self, release: Release) -> Release:
        """A release as the portal shows it: with what it adds (pages, schemas), and descriptors
        that can be read there. It was looked at (`shown`)."""

    def metadata(self, release: Release) -> Shown:
        """What harvesters are told of a release; the portal was looked at (`shown`)."""

    def stale(self, release: Release) -> list[Change]:
        """What of a release readers do not get as they should, although its content is shown."""

    def apply(self, release: Release, progress: Progress) -> list[Check]:
        """Show the release, the whole of it at once as far as the portal can, and verify what
        has changed."""

    def conclude(self) -> None:
        """Note that the portal shows the whole release."""

    def shows(self, name: str) -> bool:
        """Whether readers get this file of a release's folder as a file of its own."""

    def claims(self) -> Mapping[str, str]:
        """The SHA-256 that the portal itself names for files besides those of descriptors."""

    def released(self, last: Path) -> Mapping[str, str]:
        """The SHA-256 of the files of a release that was kept, as readers here get them."""

    def audit(self, progress: Progress) -> Iterator[Check]:
        """What can be verified besides files."""

    def distrust(self, names: Iterable[str]) -> None:
        """Note by the names of checks what is not as it should be, so that it is looked at."""

    def fetch(self, package: str, path: str) -> Iterator[bytes]:
        """The bytes of a file as readers get them. Raises FileNotFoundError where there is none."""

    def earlier(self, hashes: Container[str]) -> Mapping[str, str]:
        """The files besides those that are shown (earlier versions, datasets that are not public)
        with any of these bytes in them, and the SHA-256 of each."""

    def hashes_of(self, name: str) -> set[str]:
        """The SHA-256 of what a resource's file ever was, as far as anything tells."""

    def remove(self, names: Iterable[str]) -> None:
        """Take away what `earlier` has found, and what runs that died have left."""

    def others(self) -> Iterator[Other]:
        """What others have put into our datasets; the portal was looked at (`shown`)."""

    def reach(self) -> list[Message]:
        """Where copies may be that withdrawing cannot reach: a checklist."""

    def url(self, package: str, path: str) -> str:
        """The address of a file, or of a dataset where `path` is empty."""
