"""The versions of the bundle in a folder portal: each stays for ever under its own name, and
`versions.json` lists them, also those that were withdrawn, so that no number comes twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from div_opendata.assemble.release import BUNDLE_ZIP, Release, archived, number
from div_opendata.base.disk import TABLE_LIMIT, UnfitFileError, open_file, write_file
from div_opendata.base.errors import Problem
from div_opendata.base.files import DESCRIPTOR, VERSIONS, copy_whole, json_bytes, read_json, sha256
from div_opendata.base.i18n import Message
from div_opendata.base.zips import DamagedZip, open_zip
from div_opendata.standard.descriptor import VERSION, is_stamped
from div_opendata.workspace.withdrawn import members


@dataclass(frozen=True)
class Versions:
    """The versions in a portal's folder."""

    folder: Path

    def entries(self) -> list[dict[str, str]]:
        """The entries of versions.json; one that was withdrawn has the day under `withdrawn`."""
        path = self.folder / VERSIONS
        return list(read_checked(path, _is_list)["versions"]) if path.is_file() else []

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of every version, by version."""
        return {entry["version"]: entry["sha256"] for entry in self.entries()}

    def note(self, release: Release, taken_back: Mapping[str, dt.date]) -> None:
        """Write the list into a release, with its own version, the newest first."""
        version = release.bundle.descriptor["version"]
        newest = {
            "version": version,
            "created": release.bundle.descriptor["created"],
            "file": archived(version),
            "sha256": sha256(release.folder / BUNDLE_ZIP),
        }
        entries = {entry["version"]: entry for entry in self._dated()} | {version: newest}
        for entry in entries.values():
            if date := taken_back.get(entry["sha256"]):
                entry.setdefault("withdrawn", date.isoformat())
        listed = sorted(entries.values(), key=lambda e: number(e["version"]), reverse=True)
        write_file(release.folder / VERSIONS, json_bytes({"versions": listed}))

    def _dated(self) -> list[dict[str, str]]:
        """The entries, each with its stamp. Lists used to have none; then the version's own
        descriptor says it, as long as its file is there and sound."""
        entries = self.entries()
        if all("created" in entry for entry in entries):
            return entries
        stamps = {}
        for _, content in self.contents(DESCRIPTOR):
            with suppress(ValueError, KeyError, TypeError):
                descriptor = json.loads(content)
                if is_stamped(descriptor):
                    stamps[descriptor["version"]] = {"created": descriptor["created"]}
        return [stamps.get(entry["version"], {}) | entry for entry in entries]

    def cite(self, release: Release) -> None:
        """Put the bundle's version at the top, where it stays for ever.

        One of a run that died before it was shown is written anew: nobody can have cited it.
        """
        version = release.bundle.descriptor["version"]
        content = sha256(release.folder / BUNDLE_ZIP)
        if self.hashes().get(version, content) != content:
            raise Problem(
                Message("Version {version} was published with other content.", version=version),
                Message("Nothing was published. Put the portal's files back from a backup."),
            )
        target = self.folder / archived(version)
        if not target.is_file() or sha256(target) != content:
            copy_whole(release.folder / BUNDLE_ZIP, target)

    def remove_withdrawn(self) -> None:
        """Remove what was withdrawn: a backup may have brought it back."""
        for entry in self.entries():
            if "withdrawn" in entry:
                (self.folder / archived(entry["version"])).unlink(missing_ok=True)

    def zips(self) -> list[Path]:
        """The versions that are there."""
        return [path for path in sorted(self.folder.glob("div-*.zip")) if path.is_file()]

    def hashes_of(self, file: str) -> set[str]:
        """What the bytes of a file of the bundle were in any version."""
        found = set()
        for path in self.zips():
            with open_file(path) as stream, suppress(DamagedZip):
                found |= {digest for member, digest in members(stream) if member == file}
        return found

    def contents(self, file: str) -> Iterator[tuple[str, bytes]]:
        """The bytes of a file of the bundle in each version that is there and sound."""
        for path in self.zips():
            with (
                suppress(DamagedZip, KeyError),
                open_file(path) as stream,
                open_zip(stream) as archive,
                archive.open(file) as member,
            ):
                yield path.name, member.read(TABLE_LIMIT)


def left(release: Release) -> list[str]:
    """The versions of a release's list that were not withdrawn, the newest first."""
    entries = read_json(release.folder / VERSIONS)["versions"]
    return [entry["version"] for entry in entries if "withdrawn" not in entry]


def read_checked(path: Path, fits: Callable[[Any], bool]) -> Any:
    """A JSON file of the portal; nothing in it is trusted before its form is checked. Raises
    Problem."""
    try:
        document = read_json(path)
        if fits(document):
            return document
    except (UnfitFileError, ValueError, KeyError, TypeError):
        pass
    raise Problem(
        Message("{file} on the portal is damaged.", file=path),
        Message("Put it back from a backup, then publish again."),
    )


def _is_list(document: Any) -> bool:
    return all(
        VERSION.fullmatch(entry["version"])
        and isinstance(entry["sha256"], str)
        and isinstance(entry.get("created", ""), str)
        and isinstance(entry.get("withdrawn", ""), str)
        for entry in document["versions"]
    )
