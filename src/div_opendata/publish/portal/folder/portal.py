"""The folder portal: static pages, packages and catalogue that any web server can serve.

Each release lies complete in `.releases/<digest>/`, and `.current` names the one that is shown.
Where the system knows symbolic links, everything at the top is a link through `.current`, so that
switching that one link switches the whole portal at once. Elsewhere files are replaced one by one,
each dataset's descriptor after its data. The bundle of every version stays at the top
(versions.py).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from div_opendata.assemble.metadata import catalogue
from div_opendata.assemble.metadata.facts import Shown, catalog_facts
from div_opendata.assemble.release import BUNDLE_ZIP, Release, archived
from div_opendata.assemble.site import render
from div_opendata.base.disk import CHUNK, open_file, write_file
from div_opendata.base.errors import Problem
from div_opendata.base.files import (
    DESCRIPTOR,
    VERSIONS,
    can_link,
    clear_drafts,
    copy_whole,
    draft,
    exclusive,
    is_copy,
    is_foreign,
    keep_time,
    link,
    mirror,
    read_json,
    remove_others,
    settle,
    sha256,
    tree,
)
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress, quiet
from div_opendata.base.verification import Check
from div_opendata.standard.descriptor import is_stamped
from div_opendata.workspace.settings import LOOPBACK
from div_opendata.workspace.withdrawn import file_has_any, withdrawn

from ..compare import compare, hashes
from ..protocol import Change, Other
from ..reach import http_status
from .versions import Versions, left, read_checked

if TYPE_CHECKING:
    from div_opendata.assemble.metadata.harvested import Ask
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.workspace.settings import FolderPortal, Workspace

MARK = ".div-opendata-portal"
"""A file that says that the folder is a portal of ours, so that no other folder is overwritten."""

_RELEASES = ".releases"
_CURRENT = ".current"


class Folder:
    """A portal that is a folder."""

    def __init__(self, name: str, workspace: Workspace, ask: Ask = http_status) -> None:
        self.name = name
        self._workspace = workspace
        self._ask = ask
        settings = cast("FolderPortal", workspace.configuration.portals[name])
        self.address = settings.base_url
        self.path = workspace.root / settings.path
        self._versions = Versions(self.path)

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
            name: read_checked(path, is_stamped)
            for name in self._workspace.standard.packages
            if (path := self.path / name / DESCRIPTOR).is_file()
        }

    def blocked(self) -> Mapping[str, Message]:
        """Nothing: whoever may write the folder may publish."""
        return {}

    def hidden(self) -> set[str]:
        """Nothing: what is in the folder is shown."""
        return set()

    def begun(self) -> None:
        """Nothing: a release that was not finished is not shown, and the next run begins anew."""

    def archive(self) -> Mapping[str, str]:
        """The SHA-256 of every version of the bundle that was ever shown, by version."""
        return self._versions.hashes()

    def prepare(self, release: Release) -> Release:
        """Write pages, schemas, the catalogue and the list of versions into the release: they are
        kept and verified like its data."""
        self._versions.note(release, withdrawn(self._workspace))
        catalog = self.metadata(release).catalog
        pages = render(release, self._workspace, left(release), self.address, catalog)
        for name, content in {**pages, **catalogue.catalogue_files(catalog)}.items():
            path = release.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, content)
        return release

    def metadata(self, release: Release) -> Shown:
        """What harvesters are told of a release: all of it."""
        schemas = f"{self.address}schemas/"
        former = next(iter(left(release)[1:]), "")  # the first is the release's own
        return Shown(
            catalog_facts(release, self._workspace, self.url, self.address, schemas, former)
        )

    def stale(self, release: Release) -> list[Change]:
        """Files of the release that readers do not get as they should, and versions that are
        there although they were withdrawn."""
        wanted = {name: release.folder / name for name in tree(release.folder)}
        wanted[archived(release.bundle.descriptor["version"])] = release.folder / BUNDLE_ZIP
        versions = read_json(release.folder / VERSIONS)["versions"]
        gone = [archived(entry["version"]) for entry in versions if "withdrawn" in entry]
        return [
            Change(name)
            for name, path in sorted(wanted.items())
            if not is_copy(self.path / name, path)
        ] + [Change(name) for name in gone if (self.path / name).exists()]

    def apply(self, release: Release, progress: Progress) -> list[Check]:
        """Write the release beside the one that is shown, then switch, then compare all of it."""
        releases = self.path / _RELEASES
        clear_drafts(self.path)
        with draft(releases) as folder:
            names = tree(release.folder)
            for done, name in enumerate(names):
                progress(name, done, len(names))
                copy_whole(release.folder / name, folder / name)
                keep_time(folder / name, self.path / name)
            progress("", len(names), len(names))
            version = settle(folder, releases)
        self._versions.cite(release)  # first: a page must not link to what is not there yet
        if self._is_linked():
            self._switch(version)
        else:
            mirror(version, self.path)
            self._remove_left(version)
        self._versions.remove_withdrawn()
        remove_others(releases, version)
        return list(compare(self, hashes(release.folder), quiet))

    def conclude(self) -> None:
        """Nothing is noted: what is shown is whole."""

    def shows(self, name: str) -> bool:  # noqa: ARG002 - the folder has every file of a release
        """Whether readers get this file: all of a release's."""
        return True

    def claims(self) -> Mapping[str, str]:
        """The bundle's earlier versions, which stay as they were, or are gone for good."""
        taken_back = withdrawn(self._workspace)
        return {
            archived(entry["version"]): "–"
            if "withdrawn" in entry or entry["sha256"] in taken_back
            else entry["sha256"]
            for entry in self._versions.entries()
        }

    def released(self, last: Path) -> Mapping[str, str]:
        """Its files, as they are."""
        return hashes(last)

    def audit(self, progress: Progress) -> Iterator[Check]:
        """Whether every address in the catalogue leads to something: pages, files, descriptors,
        schemas. Those on loopback are asked only by whoever serves them; where the first page does
        not answer, the others are not waited for."""
        shown = self.shown()
        if not shown or urlsplit(self.address).hostname in LOOPBACK:
            return
        names = ["", BUNDLE_ZIP, *catalogue.FILES]
        for name, descriptor in shown.items():
            names += [f"{name}/", f"{name}/{DESCRIPTOR}"]
            if not self._workspace.standard.packages[name].bundle:
                names += [f"{name}/{resource['path']}" for resource in descriptor["resources"]]
        names += [f"schemas/{table.name}.schema.json" for table in self._workspace.standard.public]
        for done, name in enumerate(names):
            progress(name, done, len(names))
            status = self._ask(f"{self.address}{name}")
            yield Check(f"{self.address}{name}", "200", str(status or "–"))
            if status is None and not name:
                break
        progress("", len(names), len(names))

    def distrust(self, names: Iterable[str]) -> None:
        """Nothing is noted: every file is looked at anyway."""

    def earlier(self, hashes: Container[str]) -> Mapping[str, str]:
        """The versions of the bundle that have a file with any of these bytes."""
        zips = self._versions.zips()
        return {path.name: sha256(path) for path in zips if file_has_any(path, hashes)}

    def hashes_of(self, name: str) -> set[str]:
        """What a table's or another file's bytes were in any version of the bundle."""
        return self._versions.hashes_of(Path(name).name)

    def remove(self, names: Iterable[str]) -> None:
        """Remove versions of the bundle, which `prepare` lists as withdrawn from then on, and
        what runs that died have left."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        clear_drafts(self.path)
        if (self.path / _RELEASES).is_dir():
            shown = (self.path / _CURRENT).resolve().name
            remove_others(self.path / _RELEASES, self.path / _RELEASES / shown)

    def others(self) -> Iterator[Other]:
        """Nothing: a folder with files of others in it is no portal of ours."""
        return iter(())

    def reach(self) -> list[Message]:
        """Where copies may be that withdrawing cannot reach."""
        return [
            Message("The web server that serves {folder}, if it has a copy.", folder=self.path),
            Message("Backups of {folder}.", folder=self.path),
        ]

    def _is_linked(self) -> bool:
        """Whether the portal is, or is going to be, shown through links."""
        if (self.path / _CURRENT).is_symlink():
            return True
        return not (self.path / VERSIONS).exists() and not self.shown() and can_link(self.path)

    def _switch(self, version: Path) -> None:
        """Until the last link is switched new ones lead nowhere, and old ones where they led
        (docs/decisions/links-or-mirror.md)."""
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
        with open_file(file) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def url(self, package: str, path: str) -> str:
        """The address of a file, or of a package's page."""
        folder = "" if path == BUNDLE_ZIP else f"{package}/"
        return f"{self.address}{folder}{path}"
