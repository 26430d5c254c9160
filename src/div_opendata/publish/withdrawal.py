"""What of a portal has to go when somebody asks for it, in every version: the first half of
withdrawing; it changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.release import BUNDLE_ZIP
from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import DESCRIPTOR, csv_bytes, json_bytes, sha256
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress, quiet
from div_opendata.standard.codelists import fold
from div_opendata.standard.descriptor import CODES
from div_opendata.workspace.withdrawn import withdrawn

from .copies import Copy, Leak, find_copies, leaked
from .portal.compare import found_sha256

if TYPE_CHECKING:
    import datetime as dt

    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Standard

    from .publisher import Publisher


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


def emptied(entry: Mapping[str, Any]) -> bytes:
    """A table's header without its rows; of any other file nothing."""
    fields = entry["schema"]["fields"] if "schema" in entry else []
    return csv_bytes([[field["name"] for field in fields]]) if fields else b""


def _empties(publisher: Publisher, shown: Mapping[str, Descriptor]) -> Iterator[bytes]:
    """What files are that have nothing in them."""
    yield b""
    for table in publisher.workspace.standard.tables.values():
        yield csv_bytes([table.fields])
    for descriptor in shown.values():
        yield from map(emptied, descriptor["resources"])
