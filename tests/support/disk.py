"""A disk on which a run dies before its Nth change, and one that knows no links."""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Callable

STEPS = [(os, "rename"), (os, "replace"), (os, "symlink"), (os, "rmdir"), (shutil, "copyfileobj")]
"""What changes the disk for a reader, or leaves something behind: every rename, replacement, link
and removed folder (pathlib and shutil call these), and every copied file."""


def dies(action: Callable[[], object], step: int) -> bool:
    """Run an action in a child that dies at a step; whether it did."""
    child = os.fork()
    if child == 0:
        calls = 0

        def counted(original: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                nonlocal calls
                calls += 1
                if calls == step:
                    os._exit(99)
                return original(*arguments, **options)

            return call

        for owner, name in STEPS:
            setattr(owner, name, counted(getattr(owner, name)))
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
