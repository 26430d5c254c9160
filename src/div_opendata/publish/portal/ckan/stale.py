"""What somebody has changed in our datasets on a CKAN since the last publication from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from div_opendata.assemble.release import Release
from div_opendata.base.disk import UnfitFileError
from div_opendata.base.files import json_bytes, read_json, write_whole

from ..protocol import Change
from .dataset import FILE_KEY, Wanted, described_facts, file_of, ours, target_facts
from .readers import found, has_table, tables_gone
from .site import Site
from .state import State
from .steps.upload import to_send

_GUESSED = "mimetype"
"""The key that CKAN makes up anew where its form is saved."""


def stale(site: Site, release: Release) -> list[Change]:
    """What somebody has changed, and files of a run that died; what publishing has to put right is
    noted in the states."""
    changes: list[Change] = []
    doubts = site.journal.doubts("files")
    tables = site.journal.doubts("tables")
    times = _times(site)
    for dataset in release.datasets:
        state, target = site.wanted(dataset)
        if state.public:
            same = state.descriptor == dataset.descriptor
            changes += _edited(state, target, same=same)
            changes += [
                Change(f"{state.name}: second {file_of(item)}", item["id"])
                for _, item in state.doubles
            ]
            doubtful_tables = tables.get(state.name, set())
            if times.get(state.facts["id"]) != state.facts["metadata_modified"]:
                doubtful_tables |= target.tables.keys() - to_send(site, state, target)
            state.wrong_tables = _wrong_tables(site, state, target, doubtful_tables)
            changes += [
                Change(f"{state.name}: DataStore {name}") for name in sorted(state.wrong_tables)
            ]
            doubtful = _touched(state, target, times) | doubts.get(state.name, set())
            changes += _doubtful(site, state, target, doubtful, same=same)
        elif state.seen and state.hidden:
            changes.append(Change(f"{state.name}: private", "true", "false"))
    return changes


def _edited(state: State, target: Wanted, *, same: bool) -> Iterator[Change]:
    """Our keys that are other ones than the descriptor on the portal makes them."""
    seen, goal = ours(state.facts, target, state.ids), target_facts(target)
    old = state.descriptor
    expected = goal
    if old is not None and not same:
        settled = {key: goal[key] for key in goal.keys() & {"name", "groups"}}
        expected = settled | described_facts(old, state.package, target.around)
    gone = target.resources.keys() - state.resources.keys()
    for name in sorted(gone & target.files.keys() if same else ()):
        yield Change(f"{state.name}: {name}", "", target.files[name].path)
    for key, value in expected.items():
        name, dot, own = key.partition(".")
        of_file = name if dot else ""
        if seen.get(key) != value and seen.get(key) != goal.get(key) and of_file not in gone:
            now, new = seen.get(key, ""), goal.get(key, "")
            resource = state.resources.get(of_file, {own: ""})
            dropped = own not in resource or (own == _GUESSED and FILE_KEY not in resource)
            yield Change(f"{state.name}: {key}", _text(now), _text(new), dropped)


def _touched(state: State, target: Wanted, times: Mapping[str, str]) -> set[str]:
    """Files that somebody has put there since the last publication from here."""
    return {
        name
        for name, resource in state.resources.items()
        if name in target.files
        and times.get(resource["id"], resource["last_modified"]) != resource["last_modified"]
    }


def _doubtful(
    site: Site, state: State, target: Wanted, names: set[str], *, same: bool
) -> Iterator[Change]:
    """Files that may be other ones than the portal says, and are not as they shall be."""
    state.doubts = set()
    for name in sorted(names & target.files.keys()):
        file = target.files[name]
        if found(site, state, name, file.path) != file.sha256:
            state.doubts.add(name)
            if same:  # else it is sent for its own sake
                yield Change(f"{state.package.name}/{file.path}")


def _wrong_tables(site: Site, state: State, target: Wanted, names: set[str]) -> set[str]:
    """The tables that the DataStore does not have, and of the named ones those that it has
    otherwise."""
    gone = set(tables_gone(site, state, target))
    asked = names & target.tables.keys() - gone
    return gone | {name for name in asked if not has_table(site, state, target, name)}


def remember_times(site: Site) -> None:
    """Note when each dataset was changed last, and when each resource's file was put there: where
    that is another time now, somebody has been there."""
    public = [state for state in site.states.values() if state.public]
    times = {
        resource["id"]: resource["last_modified"]
        for state in public
        for resource in state.resources.values()
    } | {state.facts["id"]: state.facts["metadata_modified"] for state in public}
    write_whole(_times_file(site), json_bytes(times))


def _times(site: Site) -> Mapping[str, str]:
    """When each dataset was changed, and each resource's file put there, by the last publication
    from here, by id."""
    path = _times_file(site)
    try:
        return dict(read_json(path)) if path.is_file() else {}
    except (UnfitFileError, ValueError, TypeError):
        return {}


def _times_file(site: Site) -> Path:
    return site.home / "times.json"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
