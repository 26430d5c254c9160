"""What a run that dies leaves on the disk, and a disk that knows no links.

A run that is killed leaves a folder as it was before one of its changes. So one run shows all that
can be left: Python tells of every change before it is made, and each time the folder is copied.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

_CHANGES = {
    "os.link",
    "os.mkdir",
    "os.remove",  # unlink, too
    "os.rename",  # replace, too
    "os.rmdir",
    "os.symlink",
    "os.truncate",
}
_WRITING = os.O_WRONLY | os.O_RDWR

Left = Mapping[PurePath, bytes | str | None]
"""All that is in a folder: of a file its bytes, of a link where it leads, of a folder nothing."""
Read = dict[tuple[int, int, int], bytes]
"""The bytes of files by what the system says of them. It changes with each write that replaces a
file or changes its size, as all writes here do."""


class _Ear:
    """Hears of changes of the disk. Nobody can take an audit hook off again, so there is one."""

    def __init__(self) -> None:
        self._heard: Callable[[], object] | None = None
        self._hooked = False
        self._emptied = -1

    @contextmanager
    def listening(self, heard: Callable[[], object]) -> Iterator[None]:
        """Call `heard` before each change, but once where shutil.rmtree removes the files of a
        folder one after the other; what `heard` does itself is not heard."""
        if not self._hooked:
            sys.addaudithook(self._hear)
            self._hooked = True
        self._heard = heard
        try:
            yield
        finally:
            self._heard = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._heard is None:
            return
        if event in _CHANGES or (event == "open" and arguments[2] & _WRITING):
            emptied = arguments[1] if event == "os.remove" else -1  # the handle of the folder
            goes_on = emptied == self._emptied != -1
            self._emptied = emptied
            if not goes_on:
                heard, self._heard = self._heard, None
                heard()
                self._heard = heard


_ear = _Ear()


def left_by_dying(root: Path, action: Callable[[], object]) -> list[Left]:
    """All that a run of `action` may leave in a folder when it dies, and in the end what it leaves
    when it does not.

    Of what differs only in drafts the fullest is taken: the next run removes drafts, however far
    they have come.
    """
    found: dict[object, Left] = {}
    read: Read = {}

    def keep() -> None:
        left = look(root, read)
        key = frozenset(item for item in left.items() if not _is_in_draft(item[0]))
        if len(left) >= len(found.get(key, ())):
            found[key] = left

    with _ear.listening(keep):
        action()
    keep()
    return list(found.values())


def look(root: Path, read: Read) -> Left:
    """What is in a folder now; files that are as they were when they were `read` are not again."""
    left: dict[PurePath, bytes | str | None] = {}
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in [*folders, *files]):
            if path.is_symlink():
                content: bytes | str | None = str(path.readlink())
            else:
                content = None if path.is_dir() else _bytes_of(path, read)
            left[path.relative_to(root)] = content
    return left


def _bytes_of(path: Path, read: Read) -> bytes:
    status = path.stat()
    state = (status.st_ino, status.st_ctime_ns, status.st_size)
    if state not in read:
        read[state] = path.read_bytes()
    return read[state]


def put_back(root: Path, left: Left) -> None:
    """Make a folder as it was."""
    shutil.rmtree(root)
    root.mkdir()
    for path, content in left.items():
        if content is None:
            (root / path).mkdir()
        elif isinstance(content, str):
            (root / path).symlink_to(content)
        else:
            (root / path).write_bytes(content)


def _is_in_draft(path: PurePath) -> bool:
    return any(part.startswith(".draft-") for part in path.parts)


def dies(action: Callable[[], object]) -> bool:
    """Run an action in a child that may end itself with status 99; whether it did."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        except BaseException:
            traceback.print_exc()  # the parent shows it with the failure
        finally:
            os._exit(status)
    _, waited = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(waited)
    assert status in {0, 99}
    return status == 99


def refuse_links(*_: object, **__: object) -> None:
    """In the place of what makes a symbolic link."""
    raise OSError("no links here")
