"""The folder portal: static pages and packages that any web server can serve.

Each release lies complete in `.releases/<digest>/`, and `.current` names the one that is shown.
Where the system knows symbolic links, everything at the top is a link through `.current`, so that
switching that one link switches the whole portal at once. Elsewhere files are replaced one by one,
each dataset's descriptor after its data. The bundle of every version stays at the top;
`versions.json` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem
from ..files import (
    CHUNK,
    DESCRIPTOR,
    VERSIONS,
    can_link,
    clear_drafts,
    copy_whole,
    draft,
    exclusive,
    is_foreign,
    json_bytes,
    link,
    mirror,
    read_json,
    remove_others,
    settle,
    sha256,
    tree,
)
from ..i18n import Message
from ..progress import Progress
from ..release import BUNDLE_ZIP, Release, archived, number
from ..site import render

if TYPE_CHECKING:
    from ..descriptor import Descriptor
    from ..workspace import FolderPortal, Workspace

MARK = ".div-opendata-portal"
"""A file that says that the folder is a portal of ours, so that no other folder is overwritten."""

_RELEASES = ".releases"
_CURRENT = ".current"
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


class Folder:
    """A portal that is a folder."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        self.name = name
        self._workspace = workspace
        self._settings: FolderPortal = workspace.configuration.portals[name]
        self.address = self._settings.base_url
        self.path = workspace.root / self._settings.path

    def exclusively(self) -> AbstractContextManager[object]:
        """Hold the folder for one publisher; raises Problem where another holds it, or where the
        folder is not a portal of ours."""
        self._refuse_foreign()
        self.path.mkdir(parents=True, exist_ok=True)
        if not (self.path / MARK).exists():
            (self.path / MARK).touch()
        return exclusive(self.path / ".lock")

    def _refuse_foreign(self) -> None:
        if is_foreign(self.path, MARK):
            raise Problem(
                Message("{folder} has other files in it.", folder=self.path),
                Message(
                    "Choose an empty or new folder as path of the portal {portal}.",
                    portal=self.name,
                ),
            )

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package.

        Raises Problem where somebody has damaged one, or the folder is not a portal of ours.
        """
        self._refuse_foreign()
        return {
            name: self._read(path, _is_descriptor)
            for name in self._workspace.standard.packages
            if (path := self.path / name / DESCRIPTOR).is_file()
        }

    def archive(self) -> Mapping[str, str]:
        """The SHA-256 of every version of the bundle that was ever shown, by version."""
        path = self.path / VERSIONS
        if not path.is_file():
            return {}
        entries = self._read(path, _is_archive)["versions"]
        return {entry["version"]: entry["sha256"] for entry in entries}

    def _read(self, path: Path, fits: Any) -> Any:
        """A JSON file of the portal; nothing in it is trusted before its form is checked."""
        try:
            document = read_json(path)
            if fits(document):
                return document
        except (ValueError, RecursionError, KeyError, TypeError):
            pass
        raise Problem(
            Message("{file} on the portal is damaged.", file=path),
            Message("Put it back from a backup, then publish again."),
        )

    def prepare(self, release: Release) -> None:
        """Write pages, schemas and the list of versions into the release: they are kept and
        verified like its data."""
        version = release.bundle.descriptor["version"]
        archive = {**self.archive(), version: sha256(release.folder / BUNDLE_ZIP)}
        versions = sorted(archive, key=number, reverse=True)
        listed = [
            {"version": name, "file": archived(name), "sha256": archive[name]} for name in versions
        ]
        (release.folder / VERSIONS).write_bytes(json_bytes({"versions": listed}))
        for name, content in render(release, self._workspace, versions, self.address).items():
            path = release.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def stale(self, release: Release) -> list[str]:
        """Files of the release that readers do not get as they should."""
        wanted = {name: release.folder / name for name in tree(release.folder)}
        wanted[archived(release.bundle.descriptor["version"])] = release.folder / BUNDLE_ZIP
        return sorted(
            name
            for name, path in wanted.items()
            if not (self.path / name).is_file() or sha256(self.path / name) != sha256(path)
        )

    def apply(self, release: Release, progress: Progress) -> None:
        """Write the release beside the one that is shown, then switch."""
        releases = self.path / _RELEASES
        clear_drafts(self.path)
        with draft(releases) as folder:
            names = tree(release.folder)
            for done, name in enumerate(names):
                progress(name, done, len(names))
                copy_whole(release.folder / name, folder / name)
            progress("", len(names), len(names))
            version = settle(folder, releases)
        self._cite(release)
        if self._is_linked():
            self._switch(version)
        else:
            mirror(version, self.path)
            self._remove_left(version)
        remove_others(releases, version)

    def _cite(self, release: Release) -> None:
        """Put the bundle's version at the top, where it stays for ever.

        One of a run that died before it was shown is written anew: nobody can have cited it.
        """
        version = release.bundle.descriptor["version"]
        content = sha256(release.folder / BUNDLE_ZIP)
        if self.archive().get(version, content) != content:
            raise Problem(
                Message("Version {version} was published with other content.", version=version),
                Message("Nothing was published. Put the portal's files back from a backup."),
            )
        target = self.path / archived(version)
        if not target.is_file() or sha256(target) != content:
            copy_whole(release.folder / BUNDLE_ZIP, target)

    def _is_linked(self) -> bool:
        """Whether the portal is, or is going to be, shown through links."""
        if (self.path / _CURRENT).is_symlink():
            return True
        return not (self.path / VERSIONS).exists() and not self.shown() and can_link(self.path)

    def _switch(self, version: Path) -> None:
        for entry in sorted(path.name for path in version.iterdir()):
            if not (self.path / entry).is_symlink():
                link(self.path / entry, f"{_CURRENT}/{entry}")
        link(self.path / _CURRENT, f"{_RELEASES}/{version.name}")

    def _remove_left(self, version: Path) -> None:
        """Remove files of datasets that the release no longer has, as switching a link does."""
        for name in self._workspace.standard.packages:
            for path in (self.path / name).glob("*"):
                if not (version / name / path.name).exists() and path.is_file():
                    path.unlink()

    def fetch(self, package: str, path: str) -> Iterator[bytes]:
        """The bytes of a file as readers get them. Raises FileNotFoundError where there is none."""
        file = self.path / package / path
        if not file.is_file():
            raise FileNotFoundError(file)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def url(self, package: str, path: str) -> str:
        """The address of a file, or of a package's page."""
        folder = "" if path == BUNDLE_ZIP else f"{package}/"
        return f"{self.address}{folder}{path}"


def _is_descriptor(document: Any) -> bool:
    return (
        bool(_VERSION.fullmatch(document["version"]))
        and isinstance(document["created"], str)
        and all(
            _FILE.fullmatch(resource["path"])
            and isinstance(resource["name"], str)
            and isinstance(resource["hash"], str)
            and isinstance(resource.get("rows", 0), int)
            for resource in document["resources"]
        )
    )


def _is_archive(document: Any) -> bool:
    return all(
        _VERSION.fullmatch(entry["version"]) and isinstance(entry["sha256"], str)
        for entry in document["versions"]
    )
