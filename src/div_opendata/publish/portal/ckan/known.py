"""What this workspace knows of its datasets since it last published to a portal: their ids, and
those of their files.

Others may rename a dataset, take its files or our keys from it, and the portal may get another
address, by which new files would have other ids. An id stays (docs/decisions/ckan-identity.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from div_opendata.base.disk import UnfitFileError
from div_opendata.base.files import json_bytes, read_json, write_whole

from .shapes import misfit
from .state import State


@dataclass(frozen=True)
class Known:
    """A dataset as it was last published from here: its id and name, and the ids of its
    resources by file."""

    id: str
    name: str
    resources: Mapping[str, str]


_SHAPE = {str: {"id": str, "name": str, "resources": {str: str}}}


def read_known(path: Path) -> Mapping[str, Known]:
    """The datasets that were published from here, by package."""
    try:
        found = read_json(path) if path.is_file() else {}
    except (UnfitFileError, ValueError):
        return {}
    if misfit(found, _SHAPE):
        return {}
    return {
        package: Known(item["id"], item["name"], item["resources"])
        for package, item in found.items()
    }


def write_known(path: Path, known: Mapping[str, Known], states: Mapping[str, State]) -> None:
    """Keep the ids of what was published, with those of datasets that were not seen now."""
    seen = {
        package: Known(
            state.facts["id"],
            state.facts["name"],
            {name: item["id"] for name, item in state.resources.items()},
        )
        for package, state in states.items()
        if state.public
    }
    write_whole(path, json_bytes({key: asdict(item) for key, item in {**known, **seen}.items()}))
