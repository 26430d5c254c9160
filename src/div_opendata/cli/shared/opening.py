"""The workspace that a command is called for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import clock

if TYPE_CHECKING:
    from div_opendata.workspace.settings import Workspace

workspace_argument = click.argument("workspace", type=click.Path(path_type=Path), default=Path())


def open_here(path: Path) -> Workspace:
    """Open a workspace; what a lottery command that died has begun is completed first.

    Raises Problem where the clock cannot be right: nothing is judged or stamped by it.
    """
    from div_opendata.lottery import books
    from div_opendata.workspace.settings import open_workspace

    clock.now()
    workspace = open_workspace(path)
    if books.is_pending(workspace):
        with workspace.exclusively():
            books.recover(workspace)
    return workspace
