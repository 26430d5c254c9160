"""A new workspace: the folder that an office begins with."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from div_opendata.base.disk import reason_of, write_file
from div_opendata.base.errors import Problem
from div_opendata.base.files import refuse_occupied
from div_opendata.base.i18n import Message
from div_opendata.standard.packages import load_standard

from ..settings import CONFIGURATION, PRIVATE, WORKBOOK
from .texts import GUIDE, text_file
from .workbook import write_workbook

PRIVATE_GUIDE = f"{PRIVATE}/{GUIDE}"
_ENTRIES = (PRIVATE, ".gitignore", WORKBOOK, CONFIGURATION)
"""What a new workspace consists of; the configuration, which makes it one, comes last."""


def new_workspace(folder: Path) -> list[Path]:
    """Make a workspace in `folder` and return the files made.

    It is made beside `folder` and shown when it is whole. Raises UsageProblem where `folder` is
    not empty or no folder, Problem where the system does not let it be written.
    """
    try:
        refuse_occupied(folder)
        target = folder.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as draft:
            workspace = Path(draft) / "workspace"
            workspace.mkdir()  # with the rights that new folders have here, unlike the draft's
            _fill_workspace(workspace)
            _show(workspace, target)
    except OSError as error:
        raise Problem(
            Message(
                "The workspace {folder} cannot be written: {reason}.",
                folder=folder,
                reason=reason_of(error),
            ),
            Message("Nothing was made. Choose a folder that you may write to."),
        ) from error
    return [folder / name for name in (CONFIGURATION, ".gitignore", PRIVATE_GUIDE, WORKBOOK)]


def _fill_workspace(workspace: Path) -> None:
    write_file(workspace / CONFIGURATION, text_file(CONFIGURATION))
    write_file(workspace / ".gitignore", text_file("gitignore"))
    (workspace / PRIVATE).mkdir(mode=0o700)
    write_file(workspace / PRIVATE_GUIDE, text_file(GUIDE))
    write_workbook(workspace / WORKBOOK, load_standard())


def _show(workspace: Path, target: Path) -> None:
    """Put a finished workspace in its place.

    A folder that exists is filled, not replaced: somebody may stand in it or have given it rights.
    """
    if not target.exists():
        workspace.rename(target)
        return
    try:
        for name in _ENTRIES:
            shutil.move(workspace / name, target / name)
    except BaseException:
        shutil.rmtree(target / PRIVATE, ignore_errors=True)
        for name in _ENTRIES[1:]:
            (target / name).unlink(missing_ok=True)
        raise
