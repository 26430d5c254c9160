"""What publishing would do, dataset by dataset: what is new, what is changed, what is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from div_opendata.assemble.release import BUNDLE_ZIP, Dataset, Release
from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import Descriptor

from .portal.protocol import Change, Portal

Action = Literal["create", "update", "same", "blocked", "hidden"]


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
        return tuple(item for item in self.datasets if item.reason)

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


def compared(
    dataset: Dataset,
    old: Descriptor | None,
    reason: Message | None = None,
    *,
    hidden: bool = False,
) -> DatasetPlan:
    """What is new, changed and the same in a dataset; `old` is what was last published of it."""
    if hidden:
        item = compared(dataset, old, reason)
        files = {
            name: "update" if action == "create" and old is None else action
            for name, action in item.resources.items()
        }
        return replace(item, action="hidden", resources=files)
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
