"""Publishing: plan → apply → verify, for any portal.

A release is a build plus its stamp (version.py) with its files as they will be shown (stage.py).
What it would change is a plan (plan.py); what readers get of it is verified (verify.py). Nothing
here reads the clock.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.release import Dataset, Release
from div_opendata.base.disk import read_file
from div_opendata.base.files import DESCRIPTOR, draft, keep, read_json, sha256, tree_digest
from div_opendata.base.progress import Progress, quiet
from div_opendata.base.stamps import last_of, refuse_before
from div_opendata.base.verification import Check
from div_opendata.workspace.withdrawn import withdrawn

from .plan import DatasetPlan, Plan, compared
from .portal.protocol import Portal
from .stage import refuse_withdrawn, stage
from .verify import verify
from .version import STAMP, refuse_renamed, rows_changed, stamped

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from div_opendata.check.rules.facts import Released
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Package
    from div_opendata.workspace.settings import Workspace


_MOST = 1 << 30  # bytes of a resource that are taken into the memory


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
        left out unless it was published before. Raises Problem where a stamp would be before the
        last one, before anything is written.
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
                old = known.get(package.name)
                refuse_renamed(descriptor, old)
                descriptor = self._stamp(descriptor, old, build, package, now)
                if descriptor is not old:
                    refuse_before(now, self.last_stamp(shown), self.workspace.time_zone)
                datasets.append(stage(build, folder, package, descriptor))
        for dataset in datasets:
            refuse_withdrawn(dataset, taken_back)
        release = self.portal.prepare(Release(folder, tuple(datasets)))
        blocked = self.portal.blocked()
        hidden = self.portal.hidden()

        def plan(dataset: Dataset) -> DatasetPlan:
            name = dataset.package.name
            old = (known if name in hidden else shown).get(name)
            return compared(dataset, old, blocked.get(name), hidden=name in hidden)

        plans = map(plan, release.datasets)
        return Plan(release, tuple(plans), tuple(self.portal.stale(release)), known)

    def last_stamp(self, shown: Mapping[str, Descriptor]) -> dt.datetime | None:
        """When anything was last published, by what the portal shows and by the last release from
        here; None where nothing was."""
        known = [*self._last_descriptors().values(), *shown.values()]
        return last_of(descriptor["created"] for descriptor in known)

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
        standard, home = self.workspace.standard, build / package.name

        def came_or_went(old: Descriptor) -> bool:
            return rows_changed(package, standard, descriptor, old, home, self.bytes_of)

        archive = self.portal.archive if package.bundle else tuple
        return stamped(descriptor, old, standard, now, came_or_went, archive)

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
                content = read_file(path) if same else self.bytes_of(package.name, resource)
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
            return read_file(kept)
        content = bytearray()
        try:
            for chunk in self.portal.fetch(package, resource["path"]):
                content += chunk
                if len(content) > _MOST:
                    return None
        except FileNotFoundError:
            return None
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return bytes(content) if found == resource["hash"] else None

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
        """Compare what readers of the portal get with what was published: by its own descriptors,
        and by the last release from here unless somebody else has published since."""
        shown = self.portal.shown()
        self.behind = self.is_behind(shown)
        last = self.last if self.last.is_dir() and not self.behind else None
        return verify(self.portal, shown, last, withdrawn(self.workspace), progress)

    def is_behind(self, shown: Mapping[str, Descriptor]) -> bool:
        """Whether somebody has published from elsewhere since the last release from here."""
        bundle = self.bundle.name
        last = self._last_descriptors().get(bundle)
        if last is None or bundle not in shown:
            return False
        return any(shown[bundle].get(part) != last.get(part) for part in STAMP)
