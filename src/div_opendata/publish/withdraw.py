"""Withdrawing: taking leaked bytes back from a portal, for good.

It outranks everything else: no earlier version is spared, nothing is rolled back, and the records
need not be in order. What is withdrawn is emptied, not deleted: ids and addresses stay. Corrected
records are published afterwards, as always.

Each step can be repeated: who calls it again after a run that died finishes it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.release import BUNDLE_ZIP
from div_opendata.base.disk import read_file, write_file
from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import (
    BUILD_MARK,
    DESCRIPTOR,
    csv_bytes,
    draft,
    json_bytes,
    recover,
    remove_others,
    sha256,
    write_whole,
)
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress, quiet
from div_opendata.standard.codelists import fold
from div_opendata.standard.descriptor import CODES
from div_opendata.workspace.withdrawn import add_withdrawn, file_has_any, withdrawn

from .copies import Copy, Leak, find_copies, leaked
from .portal.compare import found_sha256
from .version import unstamped

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from div_opendata.base.verification import Check
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Standard
    from div_opendata.workspace.settings import Workspace

    from .plan import Plan
    from .publisher import Publisher


_WITHDRAWING = "withdrawing"


@dataclass(frozen=True)
class Request:
    """What somebody asks to withdraw: a resource in every version, or only in those that are not
    shown any more (`earlier`); or exactly these bytes."""

    resource: str = ""
    sha256: str = ""
    earlier: bool = False

    def options(self) -> str:
        """How it is said on the command line."""
        said = f"--resource {self.resource}" if self.resource else f"--sha256 {self.sha256}"
        return f"{said} --earlier" if self.earlier else said


@dataclass(frozen=True)
class Withdrawal:
    """What has to go: bytes by their SHA-256 with what they are, the files that are shown and
    are emptied, and files with these bytes that the portal has besides; when anything of it was
    last stamped; what others have of it in our datasets, and how that is found."""

    request: Request
    hashes: Mapping[str, str]
    files: tuple[str, ...]
    earlier: Mapping[str, str]
    stamped: dt.datetime | None
    leak: Leak
    copies: tuple[Copy, ...]


def find(publisher: Publisher, request: Request, progress: Progress = quiet) -> Withdrawal:
    """What of a portal has to go; with what was withdrawn before, should it still be there.

    Raises UsageProblem where that is not to be withdrawn.
    """
    shown = publisher.portal.shown()
    if request.sha256:
        _refuse_needed(publisher, shown, request.sha256)
        hashes = {request.sha256: _what(shown, request.sha256)}
    else:
        hashes = _versions(publisher, shown, request)
    every = {*withdrawn(publisher.workspace), *hashes}
    files = tuple(
        f"{package}/{entry['path']}"
        for package, descriptor in shown.items()
        for entry in descriptor["resources"]
        if _digest(entry) in every or publisher.bytes_of(package, entry) is None
    )
    earlier = publisher.portal.earlier(every)
    leak = Leak(every, leaked(publisher, shown, hashes, files))
    copies = tuple(find_copies(publisher.portal.others(), leak, progress))
    return Withdrawal(request, hashes, files, earlier, publisher.last_stamp(shown), leak, copies)


def left(publisher: Publisher, withdrawal: Withdrawal, progress: Progress) -> list[Copy]:
    """What others have in our datasets when all else is done."""
    return find_copies(publisher.portal.others(), withdrawal.leak, progress)


def _versions(
    publisher: Publisher, shown: Mapping[str, Descriptor], request: Request
) -> dict[str, str]:
    """The SHA-256 of all versions of a resource's files: those that are shown, that the portal has
    besides or had, and that any portal was sent from here."""
    names = _files_of(publisher, shown, request)
    current = {
        f"{package}/{entry['path']}": _digest(entry)
        for package, descriptor in shown.items()
        for entry in descriptor["resources"]
    }
    found: dict[str, str] = {}
    for name in names:
        found |= {current[name]: name} if name in current else {}
        found |= dict.fromkeys(publisher.portal.hashes_of(name), name)
        for path in publisher.workspace.internal.glob(f"portals/*/last/{name}"):
            found[sha256(path)] = name
    if not found:
        raise _unknown(publisher, shown, request)
    spared = {hashlib.sha256(content).hexdigest() for content in _empties(publisher, shown)}
    if request.earlier:
        spared |= {*current.values(), *_described(publisher, shown)}
    return {digest: name for digest, name in found.items() if digest not in spared}


def _files_of(publisher: Publisher, shown: Mapping[str, Descriptor], request: Request) -> list[str]:
    """The files of a resource, named `visions`, `Zukunftsvisionen` or `lottery/codes`, in its
    package and the bundle.

    Raises UsageProblem where there is none, or emptying it would not be enough.
    """
    standard, bundle = publisher.workspace.standard, publisher.bundle.name
    package, _, name = request.resource.rpartition("/")
    titled = {f"{table.name}.csv" for table in standard.public if fold(name) in table.spellings()}
    names = [
        f"{candidate}/{path}"
        for candidate in standard.packages
        if package in {"", candidate}
        for path in _paths(standard, candidate, shown)
        if name in {path, path.rpartition(".")[0]} or path in titled
    ]
    if not names:
        raise _unknown(publisher, shown, request)
    names = list(
        dict.fromkeys([*names, *(f"{bundle}/{file.rpartition('/')[2]}" for file in names)])
    )
    if not request.earlier:
        for file in names:
            _refuse_described(file)
    return names


def _paths(standard: Standard, package: str, shown: Mapping[str, Descriptor]) -> list[str]:
    """The files that a package may have, and those that it has."""
    own = [entry["path"] for entry in shown[package]["resources"]] if package in shown else []
    tables = [f"{table}.csv" for table in standard.packages[package].tables]
    return list(dict.fromkeys([*tables, *own, f"{CODES}.csv", DESCRIPTOR]))


def _refuse_described(file: str) -> None:
    """Raise UsageProblem where the portal's descriptions would still say it."""
    package, _, path = file.rpartition("/")
    then = Message(
        "Correct it and publish first. Then: div-opendata withdraw --resource {name} --earlier",
        name=f"{package}/{path.rpartition('.')[0]}",
    )
    if path == DESCRIPTOR:
        raise UsageProblem(
            Message("{file} cannot be emptied: without it nothing can be read.", file=file), then
        )
    if path == f"{CODES}.csv":
        raise UsageProblem(
            Message("{file} is not all: the descriptions have these codes, too.", file=file), then
        )


def _refuse_needed(publisher: Publisher, shown: Mapping[str, Descriptor], digest: str) -> None:
    """Raise UsageProblem where bytes are needed, or nothing is in them."""
    if digest in (described := _described(publisher, shown)):
        _refuse_described(described[digest])
    for package, descriptor in shown.items():
        for entry in descriptor["resources"]:
            if digest == _digest(entry) and entry["name"] == CODES:
                _refuse_described(f"{package}/{entry['path']}")
    if digest in {hashlib.sha256(content).hexdigest() for content in _empties(publisher, shown)}:
        raise UsageProblem(
            Message("These bytes are a table without rows: nothing of it has to go."),
            Message("Name the table that has the leak: --resource visions"),
        )
    if digest == found_sha256(lambda: publisher.portal.fetch("", BUNDLE_ZIP)):
        raise UsageProblem(
            Message("These bytes are {file}: it is made of all tables.", file=BUNDLE_ZIP),
            Message("Name the table that has the leak: --resource visions"),
        )


def _unknown(
    publisher: Publisher, shown: Mapping[str, Descriptor], request: Request
) -> UsageProblem:
    return UsageProblem(
        Message(
            "The portal {portal} has no resource {resource}.",
            portal=publisher.portal.name,
            resource=request.resource,
        ),
        Message(
            "Name a table or PACKAGE/FILE, for example lottery/lotteries. It shows: {names}.",
            names=[
                f"{package}/{entry['name']}"
                for package, descriptor in shown.items()
                for entry in descriptor["resources"]
                if package != publisher.bundle.name
            ]
            or "–",
        ),
    )


def _what(shown: Mapping[str, Descriptor], digest: str) -> str:
    """Which file bytes are, where they are shown."""
    names = (
        f"{package}/{entry['path']}"
        for package, descriptor in shown.items()
        for entry in descriptor["resources"]
        if _digest(entry) == digest
    )
    return next(names, "–")


def _digest(entry: Mapping[str, Any]) -> str:
    return str(entry["hash"]).removeprefix("sha256:")


def _described(publisher: Publisher, shown: Mapping[str, Descriptor]) -> dict[str, str]:
    """The files of the descriptors that are shown, by their SHA-256: as they were released, and as
    the portal says that readers get them."""
    claims = publisher.portal.claims()
    found = {}
    for package, descriptor in shown.items():
        file = f"{package}/{DESCRIPTOR}"
        found[hashlib.sha256(json_bytes(descriptor)).hexdigest()] = file
        if file in claims:
            found[claims[file]] = file
    return found


def _emptied(entry: Mapping[str, Any]) -> bytes:
    """A table's header without its rows; of any other file nothing."""
    fields = entry["schema"]["fields"] if "schema" in entry else []
    return csv_bytes([[field["name"] for field in fields]]) if fields else b""


def _empties(publisher: Publisher, shown: Mapping[str, Descriptor]) -> Iterator[bytes]:
    """What files are that have nothing in them."""
    yield b""
    for table in publisher.workspace.standard.tables.values():
        yield csv_bytes([table.fields])
    for descriptor in shown.values():
        yield from map(_emptied, descriptor["resources"])


# --- doing it -------------------------------------------------------------------------------------


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
            content = _emptied(entry)
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
