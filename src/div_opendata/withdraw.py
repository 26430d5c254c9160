"""Withdrawing: taking leaked bytes back from a portal, for good.

It outranks everything else: no earlier version is spared, nothing is rolled back, and the records
need not be in order. What is withdrawn is emptied, not deleted: ids and addresses stay. Corrected
records are published afterwards, as always.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import UsageProblem
from .files import DESCRIPTOR, draft, json_bytes, remove_tree, sha256, tree
from .i18n import Message
from .publish import unstamped
from .release import BUNDLE_ZIP
from .withdrawn import add_withdrawn, withdrawn

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from .descriptor import Descriptor
    from .portal import Check
    from .progress import Progress
    from .publish import Plan, Publisher


@dataclass(frozen=True)
class Withdrawal:
    """What has to go: bytes by their SHA-256 with what they are, the files that are shown and
    have them, and earlier versions with them."""

    hashes: Mapping[str, str]
    files: tuple[str, ...]
    earlier: Mapping[str, str]


def find(publisher: Publisher, resource: str | None, digest: str | None) -> Withdrawal:
    """What of a portal has to go: a resource in every version that was ever shown, or the files
    with exactly these bytes.

    Raises UsageProblem where that is not to be withdrawn.
    """
    shown = publisher.portal.shown()
    hashes = dict.fromkeys(withdrawn(publisher.workspace), "")
    if digest:
        hashes[digest] = "–"
    if resource:
        package, entry = _resource(publisher, shown, resource)
        name = f"{package}/{entry['path']}"
        found = {entry["hash"].removeprefix("sha256:")}
        found |= publisher.portal.hashes_of(name)
        found |= {sha256(path) for path in [publisher.last / name] if path.is_file()}
        found -= {hashlib.sha256(_emptied(publisher.bytes_of(package, entry) or b"")).hexdigest()}
        hashes |= dict.fromkeys(found, name)
    files = tuple(
        f"{package}/{entry['path']}"
        for package, descriptor in shown.items()
        for entry in descriptor["resources"]
        if entry["hash"].removeprefix("sha256:") in hashes
    )
    _refuse_descriptor(shown, hashes)
    return Withdrawal(hashes, files, publisher.portal.earlier(hashes))


def _resource(
    publisher: Publisher, shown: Mapping[str, Descriptor], resource: str
) -> tuple[str, Mapping[str, Any]]:
    """The package and the descriptor's entry of a resource, named `votes` or `votes/codes`."""
    package, _, name = resource.rpartition("/")
    for candidate, descriptor in shown.items():
        if package in {"", candidate}:
            for entry in descriptor["resources"]:
                if name in {entry["name"], entry["path"]}:
                    return candidate, entry
    raise UsageProblem(
        Message(
            "The portal {portal} shows no resource {resource}.",
            portal=publisher.portal.name,
            resource=resource,
        ),
        Message(
            "Name a table or PACKAGE/FILE, for example lottery/codes. It shows: {names}.",
            names=[
                f"{candidate}/{entry['name']}"
                for candidate, descriptor in shown.items()
                for entry in descriptor["resources"]
                if candidate != publisher.bundle.name
            ],
        ),
    )


def _refuse_descriptor(shown: Mapping[str, Descriptor], hashes: Mapping[str, str]) -> None:
    """A descriptor that is shown cannot be emptied: without it nothing can be read."""
    for package in shown:
        if hashlib.sha256(json_bytes(shown[package])).hexdigest() in hashes:
            raise UsageProblem(
                Message("These bytes are the description of {package}.", package=package),
                Message(
                    "Correct div-opendata.toml and publish first; then withdraw the old bytes by"
                    " --sha256."
                ),
            )


@contextmanager
def planned(publisher: Publisher, withdrawal: Withdrawal, now: dt.datetime) -> Iterator[Plan]:
    """The release that the portal is to show: as it is, with the files emptied that have to go."""
    with draft(publisher.workspace.internal / "withdrawing") as build, publisher.draft() as folder:
        _write_emptied(publisher, withdrawal, build)
        yield publisher.plan(build, now, folder)


def _write_emptied(publisher: Publisher, withdrawal: Withdrawal, build: Path) -> None:
    for package, descriptor in publisher.portal.shown().items():
        home = build / package
        home.mkdir()
        for entry in descriptor["resources"]:
            content = publisher.bytes_of(package, entry)
            if content is None or entry["hash"].removeprefix("sha256:") in withdrawal.hashes:
                content = _emptied(content or b"")
                entry["bytes"] = len(content)
                entry["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
                if "rows" in entry:
                    entry["rows"] = 0
            (home / entry["path"]).write_bytes(content)
        rest = unstamped(descriptor)
        (home / DESCRIPTOR).write_bytes(json_bytes(rest))


def _emptied(content: bytes) -> bytes:
    """A CSV without its rows, any other file without its content."""
    head, comma, _ = content.partition(b"\n")
    return head + b"\n" if comma and b"," in head else b""


def carry_out(
    publisher: Publisher,
    withdrawal: Withdrawal,
    now: dt.datetime,
    reason: str,
    progress: Progress,
) -> list[Check]:
    """Withdraw, and verify: first the list, so that nothing brings the bytes back; then the
    portal; then what this computer keeps."""
    workspace = publisher.workspace
    day = now.astimezone(workspace.time_zone).date()
    whole = {digest: name for name, digest in withdrawal.earlier.items()}
    if (publisher.last / BUNDLE_ZIP).is_file() and withdrawal.files:
        whole[sha256(publisher.last / BUNDLE_ZIP)] = BUNDLE_ZIP
    add_withdrawn(workspace, {**withdrawal.hashes, **whole}, day, reason)
    publisher.portal.remove(withdrawal.earlier)
    checks = []
    with planned(publisher, withdrawal, now) as plan:
        checks = publisher.apply(plan, progress) if plan.changes else []
    _forget(publisher, withdrawal.hashes)
    return checks


def _forget(publisher: Publisher, hashes: Mapping[str, str]) -> None:
    """Remove what was assembled here from records that are not corrected yet."""
    workspace = publisher.workspace
    builds = workspace.internal / "builds"
    for folder in [workspace.build, *builds.glob("*")]:
        if folder.is_dir() and any(sha256(folder / name) in hashes for name in tree(folder)):
            remove_tree(folder)
    if workspace.build.is_symlink() and not workspace.build.exists():
        workspace.build.unlink()
    shutil.rmtree(workspace.internal / "withdrawing", ignore_errors=True)


def checklist(publisher: Publisher) -> list[Message]:
    """What withdrawing cannot reach, for somebody to see to."""
    others = [
        name for name in publisher.workspace.configuration.portals if name != publisher.portal.name
    ]
    return [
        *publisher.portal.reach(),
        *(
            Message("The portal {name}: div-opendata withdraw --to {name}", name=name)
            for name in others
        ),
        Message("The records themselves, their backups and their history in version control."),
        Message("Everybody who has downloaded the files: whom you know, ask to delete them."),
        Message("If personal data were public: the data protection officer, within 72 hours."),
    ]
