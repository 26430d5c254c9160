"""What somebody may have meant who named a folder in which there is no workspace."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Message

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 200  # entries of a folder that are looked at: there is no need to find it in a large one


def meant_by(folder: Path, configuration: str) -> Message | None:
    """A remedy that names the workspace near `folder`, None where there is none: its configuration
    has a slip in its name, it is the folder around it, or inside it, or one beside it."""
    names = {path.name.casefold(): path for path in _entries(folder) if path.is_file()}
    if near := get_close_matches(configuration, names, 1, 0.8):
        wrong = names[near[0]]
        return Message("Did you mean {near}? Rename it to {file}.", near=wrong, file=configuration)
    if not folder.is_dir() and (folder.parent / configuration).is_file():
        return Message("Did you mean {near}?", near=folder.parent)
    inside = [path for path in _entries(folder) if (path / configuration).is_file()]
    if len(inside) == 1:
        return Message("Did you mean {near}?", near=inside[0])
    beside = {
        path.name.casefold(): path
        for path in _entries(folder.parent)
        if (path / configuration).is_file()
    }
    if folder.name and (near := get_close_matches(folder.name.casefold(), beside, 1)):
        return Message("Did you mean {near}?", near=beside[near[0]])
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:_MOST]
    except OSError:
        return []
