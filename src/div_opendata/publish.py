"""Publishing: plan → apply → verify, for any portal.

A release is a build plus its stamp. The stamp of a package (`version`, `created`) changes exactly
when its content does: MAJOR is the standard's, MINOR rises when rows came or went, PATCH when only
values or texts changed. Nothing here reads the clock.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .errors import Problem
from .files import (
    CHUNK,
    DESCRIPTOR,
    draft,
    json_bytes,
    keep,
    read_json,
    sha256,
    tree,
    tree_digest,
)
from .i18n import Message
from .portal import Portal
from .progress import Progress
from .release import BUNDLE_ZIP, Dataset, Release, ReleaseFile, archived, number

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .descriptor import Descriptor
    from .schema import Package
    from .workspace import Workspace

Action = Literal["create", "update", "same"]
STAMP = ("version", "created")


@dataclass(frozen=True)
class DatasetPlan:
    """What publishing would do with a dataset: `metadata` are the changed keys of its descriptor,
    `resources` the action for each file."""

    dataset: Dataset
    action: Action
    metadata: tuple[str, ...]
    resources: Mapping[str, Action]


@dataclass(frozen=True)
class Plan:
    """What publishing would do."""

    release: Release
    datasets: tuple[DatasetPlan, ...]
    stale: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.stale) or any(item.action != "same" for item in self.datasets)

    def as_json(self, portal: Portal, *, applied: bool) -> dict[str, Any]:
        """The plan as `--format json` shows it (docs/interface.md)."""
        return {
            "version": 1,
            "portal": portal.name,
            "applied": applied,
            "datasets": [
                {
                    "name": item.dataset.package.dataset,
                    "action": item.action,
                    "version": item.dataset.descriptor["version"],
                    "metadata": list(item.metadata),
                    "url": portal.url(item.dataset.package.name, ""),
                    "resources": [
                        {
                            "name": file.name,
                            "action": item.resources[file.name],
                            "bytes": file.bytes,
                            "sha256": file.sha256,
                            "url": portal.url(item.dataset.package.name, file.path),
                        }
                        for file in item.dataset.files
                    ],
                }
                for item in self.datasets
            ],
            "stale": list(self.stale),
        }


@dataclass(frozen=True)
class Check:
    """One step of a verification."""

    name: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        """Whether what was found is what was expected."""
        return self.expected == self.found

    def as_json(self) -> dict[str, Any]:
        """The check as `--format json` shows it (docs/interface.md)."""
        return {
            "name": self.name,
            "passed": self.passed,
            "expected": self.expected,
            "found": self.found,
        }


class Publisher:
    """Publishes the packages in `build` to a portal, from one workspace.

    `last` is the last release that was verified: its bytes tell which rows came or went,
    and what the portal must show.
    """

    def __init__(self, workspace: Workspace, portal: Portal) -> None:
        self.workspace = workspace
        self.portal = portal
        home = workspace.internal / "portals" / portal.name
        self.last = home / "last"
        """The last release that was published from here and verified."""
        self._releases = home / "releases"

    def draft(self) -> AbstractContextManager[Path]:
        """A folder for a release that is going to be published; the caller holds the portal."""
        return draft(self._releases)

    def plan(self, build: Path, now: dt.datetime, folder: Path) -> Plan:
        """Compare the packages in `build` with what the portal shows, and make a release of them.

        The release's files are written into the empty `folder`. A package without a single row is
        left out unless it was published before.
        """
        shown = self.portal.shown()
        known = {**self._last_descriptors(), **shown}
        datasets = []
        for package in self.workspace.standard.packages.values():
            descriptor = read_json(build / package.name / DESCRIPTOR)
            rows = sum(resource.get("rows", 0) for resource in descriptor["resources"])
            if rows or package.name in known:
                stamped = self._stamp(descriptor, known.get(package.name), build, package, now)
                datasets.append(_stage(build, folder, package, stamped))
        release = Release(folder, tuple(datasets))
        self.portal.prepare(release)
        plans = tuple(_compare(item, shown.get(item.package.name)) for item in datasets)
        return Plan(release, plans, tuple(self.portal.stale(release)))

    def _last_descriptors(self) -> dict[str, Descriptor]:
        """The descriptors of the last release from here: a portal that was lost goes on from it."""
        return {path.parent.name: read_json(path) for path in self.last.glob(f"*/{DESCRIPTOR}")}

    def _stamp(
        self,
        descriptor: Descriptor,
        old: Descriptor | None,
        build: Path,
        package: Package,
        now: dt.datetime,
    ) -> Descriptor:
        """The descriptor with the stamp of the release that it becomes part of."""
        if old is not None and _unstamped(old) == descriptor:
            return old
        major = int(self.workspace.standard.version.partition(".")[0])
        version = (major, 0, 0)
        if old is not None:
            was = number(old["version"])
            if was[0] > major:
                raise Problem(
                    Message(
                        "The portal shows version {version}, of a newer standard.",
                        version=old["version"],
                    ),
                    Message("Nothing was published. Update div-opendata on this computer."),
                )
            if was[0] == major:
                came_or_went = self._rows_changed(descriptor, old, build, package)
                version = (major, was[1] + 1, 0) if came_or_went else (major, was[1], was[2] + 1)
        if package.bundle:
            version = max([version, *(_after(name) for name in self.portal.archive())])
        created = now.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        stamp = {"version": ".".join(map(str, version)), "created": created}
        rest = {key: value for key, value in descriptor.items() if key != "resources"}
        return {**rest, **stamp, "resources": descriptor["resources"]}

    def _rows_changed(
        self, descriptor: Descriptor, old: Descriptor, build: Path, package: Package
    ) -> bool:
        """Whether any table has other keys than it has on the portal."""
        was = {resource["name"]: resource for resource in old["resources"]}
        for resource in descriptor["resources"]:
            name = resource["name"]
            if name not in package.tables or was.get(name, {}).get("hash") == resource["hash"]:
                continue
            if name not in was or was[name]["rows"] != resource["rows"]:
                return True
            key = self.workspace.standard.tables[name].primary_key
            before = self._bytes_of(package, was[name])
            if before is None or _keys(before, key) != _keys(
                (build / package.name / resource["path"]).read_bytes(), key
            ):
                return True
        return False

    def _bytes_of(self, package: Package, resource: Mapping[str, Any]) -> bytes | None:
        """The published bytes of a resource: kept here, else on the portal; None where neither."""
        kept: Path = self.last / package.name / resource["path"]
        if kept.is_file() and f"sha256:{sha256(kept)}" == resource["hash"]:
            return kept.read_bytes()
        try:
            content = b"".join(self.portal.fetch(package.name, resource["path"]))
        except FileNotFoundError:
            return None
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return content if found == resource["hash"] else None

    def apply(self, plan: Plan, progress: Progress) -> list[Check]:
        """Publish what was planned and verify it; keep the release where that succeeds."""
        self.portal.apply(plan.release, progress)
        checks = list(self._compare_with(plan.release.folder))
        if all(check.passed for check in checks):
            keep(plan.release.folder, self.last, self._releases)
        return checks

    def remember(self, plan: Plan) -> None:
        """Keep a release that the portal shows already: the run that published it may have died
        before it kept it, or somebody else has published the same."""
        folder = plan.release.folder
        if not self.last.is_dir() or tree_digest(self.last) != tree_digest(folder):
            keep(folder, self.last, self._releases)

    def verify(self) -> list[Check]:
        """Compare what readers of the portal get, byte by byte, with its own descriptors, with
        every version of the bundle, and with the last release that was published from here unless
        somebody else has published since."""
        shown = self.portal.shown()
        checks = {}
        for package in self.workspace.standard.packages.values():
            for check in _verify_shown(self.portal, package, shown.get(package.name)):
                checks[check.name] = check
        for version, digest in self.portal.archive().items():
            name = archived(version)
            checks[name] = Check(name, digest, _portal_sha256(self.portal, "", name))
        if self.last.is_dir() and not self.is_behind(shown):
            checks |= {check.name: check for check in self._compare_with(self.last)}
        return list(checks.values())

    def is_behind(self, shown: Mapping[str, Descriptor]) -> bool:
        """Whether somebody has published from elsewhere since the last release from here."""
        bundle = next(p.name for p in self.workspace.standard.packages.values() if p.bundle)
        last = self._last_descriptors().get(bundle)
        if last is None or bundle not in shown:
            return False
        return any(shown[bundle][part] != last[part] for part in STAMP)

    def _compare_with(self, folder: Path) -> Iterator[Check]:
        """Whether readers of the portal get the files of a release."""
        for name in tree(folder):
            package, _, path = name.rpartition("/")
            yield Check(name, sha256(folder / name), _portal_sha256(self.portal, package, path))


def _unstamped(descriptor: Descriptor) -> Descriptor:
    return {key: value for key, value in descriptor.items() if key not in STAMP}


def _keys(content: bytes, key: tuple[str, ...]) -> set[tuple[str, ...]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return {tuple(row[name] for name in key) for row in rows}


def _stage(build: Path, folder: Path, package: Package, descriptor: Descriptor) -> Dataset:
    """Write a dataset's files as the portal will show them into the release's folder."""
    home = folder / package.name
    home.mkdir()
    paths = [resource["path"] for resource in descriptor["resources"]]
    for resource in descriptor["resources"]:
        path = home / resource["path"]
        shutil.copyfile(build / package.name / path.name, path)
        if f"sha256:{sha256(path)}" != resource["hash"]:
            raise Problem(
                Message(
                    "{file} is not as it was assembled.", file=build / package.name / path.name
                ),
                Message("Nothing was published. Assemble again: div-opendata assemble"),
            )
    (home / DESCRIPTOR).write_bytes(json_bytes(descriptor))
    if package.bundle:
        write_zip(home, [DESCRIPTOR, *paths], folder / BUNDLE_ZIP)
        sources = {package.name: folder / BUNDLE_ZIP}
    else:
        sources = {
            resource["name"]: home / resource["path"] for resource in descriptor["resources"]
        }
    sources["datapackage"] = home / DESCRIPTOR
    files = tuple(
        ReleaseFile(name, path.name, path, path.stat().st_size, sha256(path))
        for name, path in sources.items()
    )
    return Dataset(package, descriptor, files)


def write_zip(folder: Path, names: Iterable[str], target: Path) -> None:
    """Zip files of a folder: stored, not deflated (compressors differ), with a fixed time."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # else it tells on which system it was made
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, CHUNK)


def _compare(dataset: Dataset, old: Descriptor | None) -> DatasetPlan:
    """What is new, changed and the same in a dataset."""
    if old is None:
        created: Mapping[str, Action] = {file.name: "create" for file in dataset.files}
        return DatasetPlan(dataset, "create", tuple(_texts(dataset.descriptor)), created)
    before = {resource["name"]: resource["hash"] for resource in old["resources"]}
    changed = dataset.descriptor != old
    resources: dict[str, Action] = {}
    for file in dataset.files:
        if file.name in before:
            same = before[file.name] == f"sha256:{file.sha256}"
            resources[file.name] = "same" if same else "update"
        elif file.path in {DESCRIPTOR, BUNDLE_ZIP}:
            resources[file.name] = "update" if changed else "same"
        else:
            resources[file.name] = "create"
    texts, old_texts = _texts(dataset.descriptor), _texts(old)
    metadata = tuple(key for key in {**old_texts, **texts} if texts.get(key) != old_texts.get(key))
    return DatasetPlan(dataset, "update" if changed else "same", metadata, resources)


def _texts(descriptor: Descriptor) -> Descriptor:
    """What a descriptor says of the package as a whole."""
    return {key: value for key, value in descriptor.items() if key != "resources"}


def _verify_shown(
    portal: Portal, package: Package, descriptor: Descriptor | None
) -> Iterator[Check]:
    """Whether a dataset's files are those that its descriptor on the portal names."""
    for resource in descriptor["resources"] if descriptor else ():
        name = f"{package.name}/{resource['path']}"
        found = _portal_sha256(portal, package.name, resource["path"])
        yield Check(name, resource["hash"].removeprefix("sha256:"), found)


def _after(version: str) -> tuple[int, int, int]:
    major, minor, patch = number(version)
    return major, minor, patch + 1


def _portal_sha256(portal: Portal, package: str, path: str) -> str:
    """The SHA-256 of what a reader gets, or why there is none."""
    digest = hashlib.sha256()
    try:
        for chunk in portal.fetch(package, path):
            digest.update(chunk)
    except FileNotFoundError:
        return "–"
    return digest.hexdigest()
