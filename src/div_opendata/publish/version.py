"""The stamp of a release: `version`, `created`, and `issued`, when the package was first published.

The stamp of a package changes exactly when its content does: MAJOR is the standard's, MINOR rises
when rows came or went, PATCH when only values or texts changed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from div_opendata.assemble.release import number
from div_opendata.base.disk import read_file
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import Descriptor
from div_opendata.standard.packages import Package, Standard

STAMP = ("version", "created", "issued")
"""`created` is when this version was published, `issued` when the first one was, if it is known."""


def unstamped(descriptor: Descriptor) -> Descriptor:
    """A descriptor as it was assembled, without the stamp of a release."""
    return {key: value for key, value in descriptor.items() if key not in STAMP}


def stamped(
    descriptor: Descriptor,
    old: Descriptor | None,
    standard: Standard,
    now: dt.datetime,
    rows_changed: Callable[[Descriptor], bool],
    archive: Callable[[], Iterable[str]],
) -> Descriptor:
    """A descriptor with the stamp of the release that it becomes part of; its version is after all
    that were ever shown (`archive`). Raises Problem where the old one is of a newer standard."""
    if old is not None and unstamped(old) == descriptor:
        return old
    major = int(standard.version.partition(".")[0])
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
            version = (major, was[1] + 1, 0) if rows_changed(old) else (major, was[1], was[2] + 1)
    version = max([version, *map(_after, archive())])
    created = now.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    stamp = {"version": ".".join(map(str, version)), "created": created}
    if issued := _issued(old, created):
        stamp["issued"] = issued
    rest = {key: value for key, value in descriptor.items() if key != "resources"}
    return {**rest, **stamp, "resources": descriptor["resources"]}


def _after(version: str) -> tuple[int, int, int]:
    major, minor, patch = number(version)
    return major, minor, patch + 1


def _issued(old: Descriptor | None, created: str) -> str:
    """When a dataset was first published: now, or as it says; one from before stamps said so says
    it only with its first version."""
    if old is None:
        return created
    first = old["created"] if number(old["version"])[1:] == (0, 0) else ""
    return str(old.get("issued", first))


def rows_changed(
    package: Package,
    standard: Standard,
    new: Descriptor,
    old: Descriptor,
    home: Path,
    published: Callable[[str, Mapping[str, Any]], bytes | None],
) -> bool:
    """Whether any table of a package, whose files are in `home`, has other keys than it has on
    the portal; `published` gives the bytes of a resource that are there."""
    was = {resource["name"]: resource for resource in old["resources"]}
    for resource in new["resources"]:
        name = resource["name"]
        if name not in package.tables or was.get(name, {}).get("hash") == resource["hash"]:
            continue
        if name not in was or was[name]["rows"] != resource["rows"]:
            return True
        key = standard.tables[name].primary_key
        before = published(package.name, was[name])
        if before is None or _keys(before, key) != _keys(read_file(home / resource["path"]), key):
            return True
    return False


def _keys(content: bytes, key: tuple[str, ...]) -> set[tuple[str, ...]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return {tuple(row[name] for name in key) for row in rows}


def refuse_renamed(new: Descriptor, old: Descriptor | None) -> None:
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
