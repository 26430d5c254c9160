"""Portals of every kind, each with a small workspace that publishes there."""

from __future__ import annotations

import datetime as dt
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from div_opendata.assemble.packages import assemble
from div_opendata.base.verification import Check
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.folder.portal import MARK
from div_opendata.publish.portal.open import open_portal
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import Workspace, open_workspace
from support.real_ckan import Instance, Site
from support.workspaces import examine, tree_bytes

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)


def release(
    root: Path,
    now: dt.datetime = MONDAY,
    opened: Callable[[Workspace], Publisher] | None = None,
) -> tuple[Plan, list[Check]]:
    """Assemble and publish; the plan, and the checks where there was anything to do."""
    workspace = open_workspace(root)
    records, findings = examine(workspace)
    assert findings == []
    assert assemble(records, workspace) == []
    publisher = (opened or to_folder)(workspace)
    with publisher.portal.exclusively(), publisher.draft() as folder:
        plan = publisher.plan(workspace.build, now, folder)
        checks = publisher.apply(plan, lambda *_: None) if plan.changes else []
    assert all(check.passed for check in checks)
    return plan, checks


def to_folder(workspace: Workspace) -> Publisher:
    return Publisher(workspace, open_portal(workspace, None))


def actions(plan: Plan) -> dict[str, str]:
    return {item.dataset.package.name: item.action for item in plan.datasets}


def versions(plan: Plan) -> dict[str, str]:
    return {i.dataset.package.name: i.dataset.descriptor["version"] for i in plan.datasets}


def visible(root: Path) -> dict[str, bytes]:
    """What a reader of the portal sees."""
    return {
        name: content
        for name, content in tree_bytes(root / "portal").items()
        if not name.startswith(".")
    }


def edit(root: Path, table: str, old: str, new: str) -> None:
    path = root / "records" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


class Place(ABC):
    """A portal of any kind, and a small workspace that publishes there."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.root = workspace.root

    @abstractmethod
    def open(self, workspace: Workspace) -> Publisher:
        """A publisher to the portal."""

    @abstractmethod
    def path(self, name: str) -> Path:
        """Where the portal keeps a file, for somebody who changes it behind everybody's back."""

    @abstractmethod
    def seen(self) -> dict[str, bytes]:
        """The files that a reader gets, without what only this kind of portal has."""

    @abstractmethod
    def state(self) -> object:
        """All that a run which has nothing to do must leave as it is."""

    @abstractmethod
    def lose(self) -> None:
        """Lose everything that is there."""

    def release(
        self, now: dt.datetime = MONDAY, publisher: Publisher | None = None
    ) -> tuple[Plan, list[Check]]:
        return release(self.root, now, (lambda _workspace: publisher) if publisher else self.open)

    def edit(self, table: str, old: str, new: str) -> None:
        edit(self.root, table, old, new)

    def publisher(self) -> Publisher:
        return self.open(open_workspace(self.root))

    def failed(self) -> set[str]:
        """The checks of a verification that did not pass."""
        return {check.name for check in self.publisher().verify() if not check.passed}

    def expected(self) -> dict[str, bytes]:
        """The files that a reader must get: those of the last release that was verified."""
        last = tree_bytes(
            self.workspace.internal / "portals" / self.publisher().portal.name / "last"
        )
        return {name: content for name, content in last.items() if is_shared(name)}


class FolderPlace(Place):
    def open(self, workspace: Workspace) -> Publisher:
        return to_folder(workspace)

    def path(self, name: str) -> Path:
        return (self.root / "portal" / name).resolve()

    def seen(self) -> dict[str, bytes]:
        return {name: content for name, content in visible(self.root).items() if is_shared(name)}

    def state(self) -> object:
        portal = self.root / "portal"
        return {p: p.lstat().st_mtime_ns for p in portal.rglob("*") if p != portal / MARK}

    def lose(self) -> None:
        shutil.rmtree(self.root / "portal")


class CkanPlace(Place):
    def __init__(self, workspace: Workspace, instance: Instance, prefix: str, site: Site) -> None:
        super().__init__(workspace)
        self.instance = instance
        self.prefix = prefix
        self.site = site
        self.stranger = instance.api(None, site)

    def open(self, workspace: Workspace) -> Publisher:
        return self.instance.open(workspace)

    def path(self, name: str) -> Path:
        id_: str = next(r["id"] for r, path in self._resources() if path == name)
        return self.instance.storage / "resources" / id_[:3] / id_[3:6] / id_[6:]

    def seen(self) -> dict[str, bytes]:
        return {
            path: self.stranger.session.get(resource["url"]).content
            for resource, path in self._resources()
        }

    def expected(self) -> dict[str, bytes]:
        home = self.workspace.internal / "portals" / self.publisher().portal.name
        return super().expected() | tree_bytes(home / "descriptors")

    def state(self) -> object:
        return list(self._datasets())

    def lose(self) -> None:
        for dataset in self._datasets():
            self.instance.api("admin").call("dataset_purge", {"id": dataset["id"]})

    def _datasets(self) -> list[dict[str, Any]]:
        names = [name for name in self.stranger.read("package_list", {}) if self._is_mine(name)]
        return [self.stranger.read("package_show", {"id": name}) for name in names]

    def _is_mine(self, name: str) -> bool:
        return name.partition("-")[0] == self.prefix

    def _resources(self) -> list[tuple[dict[str, Any], str]]:
        """The resources that strangers see, with the names of their files in a release."""
        found = []
        for dataset in self._datasets():
            package = dataset["name"].removeprefix(f"{self.prefix}-")
            for resource in dataset["resources"]:
                if "resource_name" not in resource:
                    continue  # somebody else's
                path = resource["url"].rpartition("/")[2]
                package = "div" if package == self.prefix else package
                found.append((resource, path if path == "div.zip" else f"{package}/{path}"))
        return found


def is_shared(name: str) -> bool:
    """Whether every portal shows a file of a release as a file of its own."""
    package, _, path = name.rpartition("/")
    if package in {"", "div"}:
        return name in {"div.zip", "div/datapackage.json"}
    return not path.endswith(".html") and package != "schemas"
