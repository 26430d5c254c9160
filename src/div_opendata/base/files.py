"""Files written so that a reader, and a run that dies, only ever leave whole ones.

Nothing here needs POSIX: where a system knows no symbolic links, files are replaced one by one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .disk import CHUNK, UnfitFileError, naming, open_file, read_file, writing
from .errors import Problem, UsageProblem
from .i18n import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DRAFT = ".draft-"
_FORMER = ".former"
BUILD_MARK = ".div-opendata-build"
"""A file that says that a folder is written by the tool, so that no other one is replaced."""
DESCRIPTOR = "datapackage.json"
VERSIONS = "versions.json"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as lower-case hex."""
    digest = hashlib.sha256()
    with open_file(path) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def json_bytes(document: object) -> bytes:
    """A document as this project writes JSON: UTF-8, indented, one final newline."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def read_json(path: Path) -> Any:
    """The document in a JSON file; raises UnfitFileError where it is none, else OSError."""
    try:
        return json.loads(read_file(path))
    except (ValueError, RecursionError) as error:
        raise UnfitFileError(path, Message("it is damaged")) from error


def write_csv(path: Path, rows: Iterable[Iterable[str]]) -> None:
    """Write a CSV as this project does: UTF-8, comma, LF (RFC 4180 but for the line ends)."""
    with (
        writing(path) as file,
        io.TextIOWrapper(file, encoding="utf-8", newline="") as stream,
    ):
        csv.writer(stream, lineterminator="\n").writerows(rows)


def csv_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    """A small CSV, as `write_csv` writes it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old one or the whole new one."""
    with _beside(path) as stream:
        stream.write(content)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that readers see the old one or the whole new one."""
    with open_file(source) as original, _beside(target) as stream:
        shutil.copyfileobj(original, stream, CHUNK)


def is_copy(path: Path, source: Path) -> bool:
    """Whether a file is there and has the bytes of another one."""
    if not path.is_file() or path.stat().st_size != source.stat().st_size:
        return False
    return sha256(path) == sha256(source)


def keep_time(path: Path, former: Path) -> None:
    """Give a file the modification time of one with the same bytes: Last-Modified, and what
    readers have kept by it, then hold from release to release."""
    if is_copy(former, path):
        status = former.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A stream into a file beside `path`, flushed to the disk and then put in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        # beside it: a rename is whole only within one file system
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_DRAFT)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            # not the folder: a rename lost with the power leaves the old file, which is whole
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)  # mkstemp's are for their owner, and a web server must read them
        Path(name).replace(path)


def tree(folder: Path) -> list[str]:
    """The files below a folder as POSIX paths, sorted.

    Descriptors come last, then the list of versions: what is copied in this order is committed by
    them.
    """
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return [
        path.as_posix()
        for path in sorted(paths, key=lambda p: (p.name in {DESCRIPTOR, VERSIONS}, p.as_posix()))
    ]


def tree_digest(folder: Path) -> str:
    """A name for the content of a folder: 16 hex digits."""
    lines = [f"{sha256(folder / name)} {name}\n" for name in sorted(tree(folder))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def can_link(folder: Path) -> bool:
    """Whether links can be made and switched in a folder: not on Windows, which cannot replace a
    link to a folder, and not on every file system."""
    probe = folder / f"{_DRAFT}link"
    probe.unlink(missing_ok=True)
    try:
        probe.symlink_to(".")
    except (OSError, NotImplementedError):
        return False
    probe.unlink()
    return os.name != "nt"


def link(path: Path, target: str) -> None:
    """Make `path` a symbolic link to `target` at once, in the place of another link or nothing."""
    beside = path.with_name(f"{_DRAFT}{path.name}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(path)


def mirror(source: Path, target: Path) -> None:
    """Copy all changed files of a folder, one by one, descriptors last."""
    for name in tree(source):
        if not is_copy(target / name, source / name):
            copy_whole(source / name, target / name)


def is_foreign(folder: Path, mark: str) -> bool:
    """Whether something is in a folder's place that is not ours: neither marked nor empty."""
    if not folder.exists() or (folder / mark).exists():
        return False
    return not folder.is_dir() or any(folder.iterdir())


@contextmanager
def draft(versions: Path) -> Iterator[Path]:
    """A folder below `versions` to write into; gone afterwards unless it was kept.

    Drafts that a run that died has left are removed: the caller holds a lock (`exclusive`).
    """
    versions.mkdir(parents=True, exist_ok=True)
    clear_drafts(versions)
    folder = Path(tempfile.mkdtemp(dir=versions, prefix=_DRAFT))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_drafts(folder: Path) -> None:
    """Remove what a run that died has left half-written anywhere below a folder."""
    for left in list(folder.rglob(f"{_DRAFT}*")):
        _remove(left)


def keep(folder: Path, name: Path, versions: Path) -> None:
    """Show a finished draft at `name`, and remove the older versions.

    It is shown by switching a link; where there are no links by two renames, of which a run that
    died between them is put right by `recover`.
    """
    recover(name, versions)
    version = settle(folder, versions)
    if can_link(versions) and (name.is_symlink() or not name.exists()):
        link(name, os.path.relpath(version, name.parent))
    else:
        if name.is_symlink():
            name.unlink()
        if name.exists():
            name.rename(versions / _FORMER)
        version.rename(name)
    remove_others(versions, version)


def recover(name: Path, versions: Path) -> None:
    """Put back what `keep` had moved away when its run died, or remove it if that is done."""
    former = versions / _FORMER
    if former.exists() and not name.exists():
        former.rename(name)
    elif former.exists():
        shutil.rmtree(former)


def remove_others(versions: Path, version: Path) -> None:
    """Remove all versions but one, and whatever else lies there: `can_link` leaves a link when its
    run dies."""
    for other in versions.iterdir():
        if other != version:
            _remove(other)


def _remove(path: Path) -> None:
    """Remove a folder with all that is in it, or a file or link if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def settle(folder: Path, versions: Path) -> Path:
    """Give a finished draft the name of its content; where an equal one exists, that is it.

    One of that name that somebody has changed since is left alone: it may be what is shown.
    """
    digest = tree_digest(folder)
    names = (digest if n == 0 else f"{digest}-{n}" for n in count())
    version = next(
        version
        for name in names
        if not (version := versions / name).exists() or tree_digest(version) == digest
    )
    if version.exists():
        shutil.rmtree(folder)
    else:
        folder.chmod(0o755)  # mkdtemp's are for their owner alone, too
        folder.rename(version)
    return version


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file as long as the context lasts; the system frees it when the run dies.

    Raises Problem where another run holds it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise Problem(
            Message("Somebody else is working on {folder} right now.", folder=path.parent),
            Message("Nothing was changed. Wait until that is finished and try again."),
        ) from error


def refuse_occupied(folder: Path) -> None:
    """Raise UsageProblem where `folder` is not new or empty."""
    if folder.exists() and not folder.is_dir():
        raise UsageProblem(
            Message("{folder} is not a folder.", folder=folder),
            Message("Choose another name for the workspace."),
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageProblem(
            Message("The folder {folder} is not empty.", folder=folder),
            Message("Choose an empty folder, or one that does not exist yet."),
        )
