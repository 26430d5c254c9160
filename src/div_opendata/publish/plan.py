"""Publishing: plan → apply → verify, for any portal.

A release is a build plus its stamp (`version`, `created`, and `issued`, when the package was first
published). The stamp of a package changes exactly when its content does: MAJOR is the standard's,
MINOR rises when rows came or went, PATCH when only values or texts changed. Nothing here reads the
clock.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from div_opendata.assemble.release import BUNDLE_ZIP, Dataset, Release, ReleaseFile, number
from div_opendata.base.errors import Problem
from div_opendata.base.files import (
    CHUNK,
    DESCRIPTOR,
    draft,
    json_bytes,
    keep,
    read_json,
    sha256,
    tree_digest,
)
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress, quiet
from div_opendata.base.verification import Check
from div_opendata.workspace.withdrawn import withdrawn

from .portal.compare import compare, hashes
from .portal.protocol import Change, Portal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from div_opendata.check.rules.facts import Released
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Package
    from div_opendata.workspace.settings import Workspace

Action = Literal["create", "update", "same", "blocked"]
STAMP = ("version", "created", "issued")
"""`created` is when this version was published, `issued` when the first one was, if it is known."""


@dataclass(frozen=True)
class DatasetPlan:
    """What publishing would do with a dataset: `metadata` are the changed keys of its descriptor,
    `resources` the action for each file, `reason` why it is blocked."""

    dataset: Dataset
    action: Action
    metadata: tuple[Change, ...]
    resources: Mapping[str, Action]
    reason: Message | None = None


@dataclass(frozen=True)
class Plan:
    """What publishing would do."""

    release: Release
    datasets: tuple[DatasetPlan, ...]
    stale: tuple[Change, ...]
    published: Mapping[str, Descriptor]
    """The descriptors of the last release, by package."""

    @property
    def blocked(self) -> tuple[DatasetPlan, ...]:
        """The datasets that cannot be published."""
        return tuple(item for item in self.datasets if item.action == "blocked")

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
                    **({"reason": item.reason.languages()} if item.reason else {}),
                    "version": item.dataset.descriptor["version"],
                    "metadata": [change.name for change in item.metadata],
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
            "stale": [change.name for change in self.stale],
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
        self.behind = False
        """Whether somebody had published from elsewhere since, when it was verified."""
        self._releases = home / "releases"

    @property
    def bundle(self) -> Package:
        """The package with all tables."""
        return next(p for p in self.workspace.standard.packages.values() if p.bundle)

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
        taken_back = withdrawn(self.workspace)
        datasets = []
        for package in self.workspace.standard.packages.values():
            if not (build / package.name / DESCRIPTOR).is_file():
                continue
            descriptor = read_json(build / package.name / DESCRIPTOR)
            rows = sum(resource.get("rows", 0) for resource in descriptor["resources"])
            if rows or package.name in known:
                _refuse_renamed(descriptor, known.get(package.name))
                stamped = self._stamp(descriptor, known.get(package.name), build, package, now)
                datasets.append(_stage(build, folder, package, stamped))
        release = Release(folder, tuple(datasets))
        for dataset in datasets:
            _refuse_withdrawn(dataset, taken_back)
        self.portal.prepare(release)
        blocked = self.portal.blocked()
        plans = tuple(
            _compare(item, shown.get(item.package.name), blocked.get(item.package.name))
            for item in datasets
        )
        return Plan(release, plans, tuple(self.portal.stale(release)), known)

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
        if old is not None and unstamped(old) == descriptor:
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
        if issued := _issued(old, created):
            stamp["issued"] = issued
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
            before = self.bytes_of(package.name, was[name])
            if before is None or _keys(before, key) != _keys(
                (build / package.name / resource["path"]).read_bytes(), key
            ):
                return True
        return False

    def released(self, plan: Plan) -> tuple[Released, list[str]]:
        """The rows of the last release, and the tables whose rows nobody knows any more.

        What has not changed since is read from the planned release itself.
        """
        tables: dict[str, Mapping[str, Mapping[str, str]]] = {}
        unknown = []
        for package in self.workspace.standard.packages.values():
            for resource in plan.published.get(package.name, {}).get("resources", ()):
                name = resource["name"]
                if package.bundle or name not in package.tables:
                    continue
                path = plan.release.folder / package.name / resource["path"]
                same = path.is_file() and f"sha256:{sha256(path)}" == resource["hash"]
                content = path.read_bytes() if same else self.bytes_of(package.name, resource)
                if content is None:
                    unknown.append(name)
                    continue
                key = self.workspace.standard.tables[name].primary_key
                rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
                tables[name] = {"/".join(row[field] for field in key): row for row in rows}
        return tables, unknown

    def bytes_of(self, package: str, resource: Mapping[str, Any]) -> bytes | None:
        """The published bytes of a resource: kept here, else on the portal; None where neither."""
        kept: Path = self.last / package / resource["path"]
        if kept.is_file() and f"sha256:{sha256(kept)}" == resource["hash"]:
            return kept.read_bytes()
        try:
            content = b"".join(self.portal.fetch(package, resource["path"]))
        except FileNotFoundError:
            return None
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return content if found == resource["hash"] else None

    def apply(self, plan: Plan, progress: Progress) -> list[Check]:
        """Publish what was planned and verify it; keep the release where that succeeds."""
        checks = self.portal.apply(plan.release, progress)
        if all(check.passed for check in checks):
            keep(plan.release.folder, self.last, self._releases)
            self.portal.conclude()
        return checks

    def remember(self, plan: Plan) -> None:
        """Keep a release that the portal shows already: the run that published it may have died
        before it kept it, or somebody else has published the same."""
        folder = plan.release.folder
        if not self.last.is_dir() or tree_digest(self.last) != tree_digest(folder):
            keep(folder, self.last, self._releases)
        self.portal.conclude()

    def verify(self, progress: Progress = quiet) -> list[Check]:
        """Compare what readers of the portal get, byte by byte, with its own descriptors, with
        what else the portal says of it, and with the last release that was published from here
        unless somebody else has published since."""
        shown = self.portal.shown()
        self.behind = self.is_behind(shown)
        expected = {
            f"{package}/{resource['path']}": resource["hash"].removeprefix("sha256:")
            for package, descriptor in shown.items()
            for resource in descriptor["resources"]
        }
        expected |= self.portal.claims()
        if self.last.is_dir() and not self.behind:
            expected |= hashes(self.last)
        taken_back = withdrawn(self.workspace)
        visible = {
            name: "–" if digest in taken_back else digest
            for name, digest in expected.items()
            if self.portal.shows(name)
        }
        checks = [*compare(self.portal, visible, progress), *self.portal.audit(progress)]
        self.portal.distrust({check.name for check in checks if not check.passed})
        return checks

    def is_behind(self, shown: Mapping[str, Descriptor]) -> bool:
        """Whether somebody has published from elsewhere since the last release from here."""
        bundle = self.bundle.name
        last = self._last_descriptors().get(bundle)
        if last is None or bundle not in shown:
            return False
        return any(shown[bundle].get(part) != last.get(part) for part in STAMP)


def _issued(old: Descriptor | None, created: str) -> str:
    """When a dataset was first published: now, or as it says; one from before stamps said so says
    it only with its first version."""
    if old is None:
        return created
    first = old["created"] if number(old["version"])[1:] == (0, 0) else ""
    return str(old.get("issued", first))


def unstamped(descriptor: Descriptor) -> Descriptor:
    """A descriptor as it was assembled, without the stamp of a release."""
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


def _refuse_withdrawn(dataset: Dataset, taken_back: Mapping[str, dt.date]) -> None:
    """Raise Problem where a file's bytes were withdrawn: nothing may bring them back."""
    described = {
        resource["path"]: resource["hash"].removeprefix("sha256:")
        for resource in dataset.descriptor["resources"]
    }
    for path, digest in (described | {file.path: file.sha256 for file in dataset.files}).items():
        if date := taken_back.get(digest):
            raise Problem(
                Message(
                    "{file} is as it was when it was withdrawn on {date}.",
                    file=f"{dataset.package.name}/{path}",
                    date=date,
                ),
                Message(
                    "Nothing was published. Take what had to go out of the records; then publish."
                ),
            )


def _refuse_renamed(new: Descriptor, old: Descriptor | None) -> None:
    """Stop before a dataset gets another identity: harvesters would delete it and create another
    one. Raises Problem."""
    if old is None:
        return
    said, was = new.get("dcat", {}).get("uri"), old.get("dcat", {}).get("uri")
    if new["id"] != old["id"] or (was and said != was):
        raise Problem(
            Message(
                "{dataset} was published as {old} and would become {new}.",
                dataset=new["name"],
                old=was or old["id"],
                new=said or new["id"],
            ),
            Message(
                "Nothing was published. Put publisher.uri and release.uri_base back as they were:"
                " other portals know the dataset by this."
            ),
        )


def _compare(
    dataset: Dataset, old: Descriptor | None, reason: Message | None = None
) -> DatasetPlan:
    """What is new, changed and the same in a dataset."""
    if old is None or reason:
        texts = _changes({}, _texts(dataset.descriptor))
        create: Action = "blocked" if reason else "create"
        created: Mapping[str, Action] = {file.name: create for file in dataset.files}
        return DatasetPlan(dataset, create, texts, created, reason)
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
    metadata = _changes(_texts(old), _texts(dataset.descriptor))
    return DatasetPlan(dataset, "update" if changed else "same", metadata, resources)


def _texts(descriptor: Descriptor) -> Descriptor:
    """What a descriptor says of the package as a whole."""
    return {key: value for key, value in descriptor.items() if key != "resources"}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The keys whose values differ."""
    return tuple(
        Change(key, _shown_value(old.get(key)), _shown_value(new.get(key)))
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    )


def _shown_value(value: Any) -> str:
    """A value of a descriptor as a plan shows it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _after(version: str) -> tuple[int, int, int]:
    major, minor, patch = number(version)
    return major, minor, patch + 1
