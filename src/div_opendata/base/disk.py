"""Files as the system has them: opened only if they are files, written with their name in errors.

Every file that the tool reads or writes goes through here (tests/project/test_disk_access.py holds
that): a pipe would never end, a device has no end, and an error of a write does not say by itself
which file it was.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from .errors import Problem
from .i18n import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BufferedReader, BufferedWriter
    from pathlib import Path

CHUNK = 1 << 20  # bytes read at a time
TEXT_LIMIT = 100_000
"""Bytes of a file that is written by hand: configuration, announcement, code list, token."""
TABLE_LIMIT = 250_000_000
"""Bytes of a table of the office's: workbook, CSV, register, applications."""
FILE_LIMIT = 4 << 30
"""Bytes of any other file: what the tool has made itself, and what a portal shows."""


class UnfitFileError(OSError):
    """What is at a path is not read: no file, too large, or outside of the workspace."""

    def __init__(self, path: Path, reason: Message) -> None:
        super().__init__(errno.EINVAL, reason.text("en"), str(path))
        self.reason = reason


def open_file(path: Path, limit: int = FILE_LIMIT, within: Path | None = None) -> BufferedReader:
    """Open a file of at most `limit` bytes for reading, by links only if they stay `within`.

    Raises UnfitFileError where it is no regular file, larger, or outside, else OSError.
    """
    if within is not None and not _leads_into(path, within):
        raise UnfitFileError(path, Message("it is a link that leads out of the workspace"))
    stream = open(path, "rb", opener=_at_once)  # noqa: SIM115 - closed by the caller
    try:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UnfitFileError(path, Message("it is no ordinary file"))
        if status.st_size > limit:
            raise UnfitFileError(
                path,
                Message(
                    "it has {size} bytes, and at most {limit} are read",
                    size=status.st_size,
                    limit=limit,
                ),
            )
    except BaseException:
        stream.close()
        raise
    return stream


def _at_once(name: str, flags: int) -> int:
    """Opens a path without waiting: a pipe is opened only to be told from a file."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _leads_into(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except RuntimeError as error:  # what pathlib says of a loop
        raise UnfitFileError(path, Message("it is a link that leads nowhere")) from error


def read_file(path: Path, limit: int = FILE_LIMIT, within: Path | None = None) -> bytes:
    """The content of a file; raises as `open_file` does."""
    with open_file(path, limit, within) as stream:
        size = os.fstat(stream.fileno()).st_size
        content = stream.read(size + 1)
    if len(content) > size:  # also what the system only calls a file, such as those of /proc
        raise UnfitFileError(path, Message("it changes while it is read"))
    return content


def read_text(path: Path, limit: int = FILE_LIMIT, within: Path | None = None) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises as `open_file` does, and UnicodeDecodeError.
    """
    return read_file(path, limit, within).decode("utf-8-sig")


@contextmanager
def writing(path: Path, mode: Literal["wb", "ab"] = "wb") -> Iterator[BufferedWriter]:
    """A stream into a file; an error of the disk names it."""
    with naming(path), open(path, mode, opener=_at_once) as stream:
        yield stream


def write_file(path: Path, content: bytes) -> None:
    """Write a file that no reader looks at before it is done (else: files.write_whole)."""
    with writing(path) as stream:
        stream.write(content)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file that no reader looks at before it is done (else: files.copy_whole)."""
    with open_file(source) as original, writing(target) as stream:
        while chunk := original.read(CHUNK):
            stream.write(chunk)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the disk in here name `path`: of a write the system names no file, of a
    rename its draft."""
    try:
        yield
    except UnfitFileError:
        raise
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


# --- what the system says -------------------------------------------------------------------------

_ROOM = Message("Make room there, then try again.")
_RIGHTS = Message(
    "Look at the rights of the file and of its folder, and whether another program has it open;"
    " then try again."
)
_PLACE = Message("Look at what is in its place, then try again.")
_DISK = Message("Look at the disk, or work on another one; then try again.")
_NAME = Message("Choose a shorter name or folder, then try again.")

_SAID: Mapping[int | None, tuple[Message, Message]] = {
    errno.ENOSPC: (Message("the disk is full"), _ROOM),
    errno.EDQUOT: (Message("you may not use more room on the disk"), _ROOM),
    errno.EFBIG: (Message("the file would be larger than the disk allows"), _ROOM),
    errno.EACCES: (Message("you are not allowed to do that"), _RIGHTS),
    errno.EPERM: (Message("you are not allowed to do that"), _RIGHTS),
    errno.EBUSY: (Message("another program has it open"), _RIGHTS),
    errno.EROFS: (Message("the disk can only be read, not written"), _DISK),
    errno.EIO: (Message("the disk does not answer as it should"), _DISK),
    errno.ENODEV: (Message("the disk does not answer as it should"), _DISK),
    errno.ESTALE: (Message("the disk does not answer as it should"), _DISK),
    errno.EEXIST: (Message("something else has that name"), _PLACE),
    errno.ENOTEMPTY: (Message("the folder is not empty"), _PLACE),
    errno.ENOTDIR: (Message("a file is where a folder should be"), _PLACE),
    errno.EISDIR: (Message("it is a folder"), _PLACE),
    errno.ELOOP: (Message("it is a link that leads nowhere"), _PLACE),
    errno.ENXIO: (Message("it is no ordinary file"), _PLACE),
    errno.ENAMETOOLONG: (Message("the name is too long"), _NAME),
}
"""What a disk refuses, and a person can change: what is wrong, and the remedy."""


def reason_of(error: OSError) -> Message | str:
    """What is wrong with a file, for people."""
    if isinstance(error, UnfitFileError):
        return error.reason
    if error.errno == errno.ENOENT:
        return Message("there is no such file")
    return _SAID[error.errno][0] if error.errno in _SAID else error.strerror or str(error)


def disk_problem(error: OSError) -> Problem | None:
    """An error of the disk as a problem with its remedy; None where it is none of those that a
    person can change."""
    if error.errno == errno.ENOENT and error.filename is None:
        # what tempfile says, whatever the reason
        return Problem(
            Message("No folder for temporary files can be written to: {reason}.", reason=error),
            _ROOM,
        )
    if isinstance(error, UnfitFileError):
        remedy = _PLACE
    elif error.errno in _SAID:
        remedy = _SAID[error.errno][1]
    else:
        return None
    # of a rename or a copy, where it was to go
    file = error.filename2 or error.filename or Message("The output or a temporary file")
    return Problem(Message("{file}: {reason}.", file=file, reason=reason_of(error)), remedy)
