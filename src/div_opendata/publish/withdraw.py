"""Withdrawing: taking leaked bytes back from a portal, for good.

It outranks everything else: no earlier version is spared, nothing is rolled back, and the records
need not be in order. What is withdrawn is emptied, not deleted: ids and addresses stay. Corrected
records are published afterwards, as always.

Each step can be repeated: who calls it again after a run that died finishes it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from div_opendata.base.disk import read_file, write_file
from div_opendata.base.files import (
    BUILD_MARK,
    DESCRIPTOR,
    draft,
    json_bytes,
    recover,
    remove_others,
    write_whole,
)
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.workspace.withdrawn import add_withdrawn, file_has_any, withdrawn

from .version import unstamped
from .withdrawal import emptied

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from div_opendata.base.verification import Check
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.workspace.settings import Workspace

    from .copies import Copy
    from .plan import Plan
    from .publisher import Publisher
    from .withdrawal import Request, Withdrawal


_WITHDRAWING = "withdrawing"


def carry_out(
    publisher: Publisher,
    withdrawal: Withdrawal,
    now: dt.datetime,
    reason: str,
    progress: Progress,
) -> list[Check]:
    """Withdraw, and verify: first the list, so that nothing brings the bytes back, and the copies
    of others are known again; then what this computer keeps; then the portal.

    A clock that was set back stops no withdrawal: it is stamped with the time of the last release.
    """
    workspace = publisher.workspace
    day = now.astimezone(workspace.time_zone).date()
    whole = {digest: name for name, digest in withdrawal.earlier.items() if digest}
    copies = {copy.sha256: f"{copy.dataset} (–)" for copy in withdrawal.copies if copy.sha256}
    add_withdrawn(workspace, {**copies, **whole, **withdrawal.hashes}, day, reason)
    _forget(workspace, withdrawn(workspace))
    publisher.portal.remove(withdrawal.earlier)
    checks = _shown_without(publisher, withdrawal, now, progress)
    if not all(check.passed for check in checks):  # tables too: what is not right there is found
        checks = _shown_without(publisher, withdrawal, now, progress)
    return checks


def _shown_without(
    publisher: Publisher, withdrawal: Withdrawal, now: dt.datetime, progress: Progress
) -> list[Check]:
    """Bring the portal into the state that is wanted, and verify all of it; what is wrong is noted,
    and put right the next time."""
    with _planned(publisher, withdrawal, now) as plan:
        if plan:
            checks = _show(publisher, plan, progress)
            if not all(check.passed for check in checks):
                return checks
        shown = {item.dataset.package.name for item in plan.datasets} if plan else set()
    hidden = publisher.workspace.standard.packages.keys() - shown
    checks = publisher.verify(progress)
    return [check for check in checks if check.passed or not _is_of(check, hidden)]


def _is_of(check: Check, hidden: Container[str]) -> bool:
    """Whether a check is about what is hidden or deleted, and stays so."""
    package, inside, _ = check.name.partition("/")
    return package in hidden if inside else check.expected == "public"


def _show(publisher: Publisher, plan: Plan, progress: Progress) -> list[Check]:
    """Apply a plan; where the portal shows it already note that, as the run that did it may have
    died before. The descriptors of datasets that are not in it because somebody has hidden them
    are kept: their versions go on from there."""
    before = {path.parent.name: read_file(path) for path in publisher.last.glob(f"*/{DESCRIPTOR}")}
    checks: list[Check] = []
    if plan.changes:
        checks = publisher.apply(plan, progress)
    else:
        publisher.remember(plan)
    for package, content in before.items():
        path = publisher.last / package / DESCRIPTOR
        if not path.exists():
            write_whole(path, content)
    return checks


def _forget(workspace: Workspace, hashes: Container[str]) -> None:
    """Remove what was assembled here from records that are not corrected yet, and what is kept of
    any portal and has these bytes."""
    build, aside = workspace.build, workspace.internal / _WITHDRAWING
    shutil.rmtree(aside, ignore_errors=True)
    if (build / BUILD_MARK).exists():
        if build.is_symlink():
            build.unlink()
        else:  # at once: what is left of it without its mark would be nobody's
            aside.mkdir(parents=True)
            build.rename(aside / build.name)
    for folder in (workspace.internal / "builds", aside):
        shutil.rmtree(folder, ignore_errors=True)
    for home in workspace.internal.glob("portals/*"):
        shutil.rmtree(home / "descriptors", ignore_errors=True)  # they are kept from the portal
        recover(home / "last", home / "releases")
        if (home / "releases").is_dir():
            shown = home / "releases" / (home / "last").resolve().name  # as the others are named
            remove_others(home / "releases", shown)
        files = [path for path in (home / "last").rglob("*") if path.is_file()]
        leaked = [path for path in files if file_has_any(path, hashes)]
        # pages may quote a leaked cell, in bytes that no list has
        quoting = [path for path in files if leaked and path.suffix == ".html"]
        for path in {*leaked, *quoting}:
            path.unlink()


@contextmanager
def _planned(
    publisher: Publisher, withdrawal: Withdrawal, now: dt.datetime
) -> Iterator[Plan | None]:
    """The release that the portal is to show: as it is, with the files emptied that have to go."""
    shown = publisher.portal.shown()
    if not shown:
        yield None
        return
    home = publisher.workspace.internal / _WITHDRAWING
    try:
        with draft(home) as build, publisher.draft() as folder:
            for package, descriptor in shown.items():
                (build / package).mkdir()
                _write_emptied(publisher, withdrawal, package, descriptor, build / package)
            yield publisher.plan(build, max(now, withdrawal.stamped or now), folder)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _write_emptied(
    publisher: Publisher,
    withdrawal: Withdrawal,
    package: str,
    descriptor: Descriptor,
    folder: Path,
) -> None:
    resources = []
    for entry in descriptor["resources"]:
        content = None
        if f"{package}/{entry['path']}" not in withdrawal.files:
            content = publisher.bytes_of(package, entry)
        if content is None:
            content = emptied(entry)
            rows = {"rows": 0} if "rows" in entry else {}
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            resources.append({**entry, "bytes": len(content), "hash": digest, **rows})
        else:
            resources.append(entry)
        write_file(folder / entry["path"], content)
    document = {**unstamped(descriptor), "resources": resources}
    if resources != descriptor["resources"]:  # until the records are corrected nobody knows it
        known = {key: value for key, value in document.get("dcat", {}).items() if key != "temporal"}
        document |= {"dcat": known} if "dcat" in document else {}
    write_file(folder / DESCRIPTOR, json_bytes(document))


def checklist(publisher: Publisher, request: Request, copies: Iterable[Copy] = ()) -> list[Message]:
    """What withdrawing cannot reach, for somebody to see to: first what others have there."""
    others = [
        name for name in publisher.workspace.configuration.portals if name != publisher.portal.name
    ]
    return [
        *(copy.message for copy in copies),
        *(
            Message("{dataset}: {reason}", dataset=package, reason=reason)
            for package, reason in publisher.portal.blocked().items()
        ),
        *publisher.portal.reach(),
        *(
            Message(
                "The portal {name}: div-opendata withdraw --to {name} {options}",
                name=name,
                options=request.options(),
            )
            for name in others
        ),
        Message("The records themselves, their backups and their history in version control."),
        Message("Other copies of this workspace: the file withdrawn.csv belongs into each."),
        Message("Everybody who has downloaded the files: whom you know, ask to delete them."),
        Message("If personal data were public: the data protection officer, within 72 hours."),
    ]
