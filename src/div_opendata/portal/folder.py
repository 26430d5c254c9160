"""The folder portal: static pages and packages that any web server can serve.

Each release lies complete in `.releases/<digest>/`, and `.current` names the one that is shown.
Where the system knows symbolic links, everything at the top is a link through `.current`, so that
switching that one link switches the whole portal at once. Elsewhere files are replaced one by one,
each dataset's descriptor after its data. The bundle of every version stays at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem
from ..files import (
    CHUNK,
    DESCRIPTOR,
    clear_drafts,
    copy_whole,
    draft,
    exclusive,
    link,
    mirror,
    read_json,
    remove_others,
    settle,
    sha256,
    tree,
    write_whole,
)
from ..i18n import Message
from ..progress import Progress
from ..release import BUNDLE_ZIP, Release
from ..site import render

if TYPE_CHECKING:
    from ..descriptor import Descriptor
    from ..workspace import FolderPortal, Workspace

MARK = ".div-opendata-portal"
"""A file that says that the folder is a portal of ours, so that no other folder is overwritten."""

_RELEASES = ".releases"
_CURRENT = ".current"
_VERSION_ZIP = re.compile(r"div-([0-9]+\.[0-9]+\.[0-9]+)\.zip")


class Folder:
    """A portal that is a folder."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        self.name = name
        self._workspace = workspace
        self._settings: FolderPortal = workspace.configuration.portals[name]
        self.address = self._settings.base_url
        self.path = workspace.root / self._settings.path
        self._rendered: tuple[Release, Mapping[str, bytes]] | None = None

    def exclusively(self) -> AbstractContextManager[object]:
        """Hold the folder for one publisher; raises Problem where another holds it, or where the
        folder is not a portal of ours."""
        foreign = self.path.exists() and not (self.path / MARK).exists()
        if foreign and not (self.path.is_dir() and not any(self.path.iterdir())):
            raise Problem(
                Message("{folder} has other files in it.", folder=self.path),
                Message(
                    "Choose an empty or new folder as path of the portal {portal}.",
                    portal=self.name,
                ),
            )
        self.path.mkdir(parents=True, exist_ok=True)
        if not (self.path / MARK).exists():
            (self.path / MARK).touch()
        return exclusive(self.path / ".lock")

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package.

        Raises Problem where somebody has damaged one.
        """
        descriptors = {}
        for name in self._workspace.standard.packages:
            path = self.path / name / DESCRIPTOR
            if not path.is_file():
                continue
            try:
                descriptors[name] = read_json(path)
            except ValueError as error:
                raise Problem(
                    Message("{file} on the portal is damaged.", file=path),
                    Message("Put it back from a backup, or remove it; then publish again."),
                ) from error
        return descriptors

    def stale(self, release: Release) -> list[str]:
        """Pages, schemas and files of the release that readers do not get as they should."""
        stale = [
            name
            for name, content in self._pages(release).items()
            if not (self.path / name).is_file() or (self.path / name).read_bytes() != content
        ]
        for name in tree(release.folder):
            shown = self.path / name
            if not shown.is_file() or sha256(shown) != sha256(release.folder / name):
                stale.append(name)
        return sorted(stale)

    def _pages(self, release: Release) -> Mapping[str, bytes]:
        """The pages of a release, made once for the plan and for applying it."""
        if self._rendered is None or self._rendered[0] is not release:
            self._rendered = release, self._render(release)
        return self._rendered[1]

    def _render(self, release: Release) -> Mapping[str, bytes]:
        return render(release, self._workspace, self.versions(release), self.address)

    def versions(self, release: Release) -> list[str]:
        """The versions of the bundle that can be cited, the newest first."""
        versions = {release.bundle.descriptor["version"]}
        released = self.shown().get(release.bundle.package.name)
        if released:
            newest = _number(released["version"])
            versions |= {v for v in self._zips() if _number(v) <= newest}
        return sorted(versions, key=_number, reverse=True)

    def _zips(self) -> list[str]:
        found = (_VERSION_ZIP.fullmatch(path.name) for path in self.path.glob("div-*.zip"))
        return [match[1] for match in found if match]

    def apply(self, release: Release, progress: Progress) -> None:
        """Write the release beside the one that is shown, then switch."""
        releases = self.path / _RELEASES
        clear_drafts(self.path)
        with draft(releases) as folder:
            self._write(release, folder, progress)
            version = settle(folder, releases)
        self._cite(release)
        self._switch(version)
        remove_others(releases, version, self.path / _CURRENT)

    def _write(self, release: Release, folder: Path, progress: Progress) -> None:
        names = tree(release.folder)
        pages = self._pages(release)
        total = len(names) + len(pages)
        for done, name in enumerate(names):
            progress(name, done, total)
            copy_whole(release.folder / name, folder / name)
        for done, (name, content) in enumerate(pages.items(), len(names)):
            progress(name, done, total)
            write_whole(folder / name, content)
        progress("", total, total)

    def _cite(self, release: Release) -> None:
        """Put the bundle's version at the top, where it stays for ever.

        One of a run that died before it was shown is written anew: nobody can have cited it.
        """
        version = release.bundle.descriptor["version"]
        target = self.path / f"div-{version}.zip"
        shown = self.shown().get(release.bundle.package.name, {}).get("version")
        if version != shown or not target.exists():
            copy_whole(release.folder / BUNDLE_ZIP, target)

    def _switch(self, version: Path) -> None:
        entries = sorted(path.name for path in version.iterdir())
        linked = all(
            self._is_linked(name) or link(self.path / name, f"{_CURRENT}/{name}")
            for name in entries
        )
        if not linked or not link(self.path / _CURRENT, f"{_RELEASES}/{version.name}"):
            mirror(version, self.path)

    def _is_linked(self, name: str) -> bool:
        path = self.path / name
        return path.is_symlink() and path.readlink() == Path(_CURRENT) / name

    def fetch(self, package: str, path: str) -> Iterator[bytes]:
        """The bytes of a file as readers get them. Raises FileNotFoundError where there is none."""
        with (self.path / package / path).open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def url(self, package: str, path: str) -> str:
        """The address of a file, or of a package's page."""
        folder = "" if path == BUNDLE_ZIP else f"{package}/"
        return f"{self.address}{folder}{path}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
