"""What a CKAN portal has of ours although readers are not shown it, and what it ever had.

A first publication that was not finished, and a dataset that somebody has hidden since (the first
thing that many do after a leak), have files all the same: withdrawing empties them where they are,
and they stay private.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import is_file_name
from div_opendata.workspace.withdrawn import has_any

from . import datastore
from .answers import Refusal, odd
from .dataset import FILE_KEY, Facts, dataset_name, own_resources
from .readers import download
from .site import Site
from .state import State
from .transport import Upload

_UNNAMED = "file"
_NOTHING = hashlib.sha256(b"").hexdigest()
_ACTIVITIES = 100  # that are asked for at once
_MOST_ACTIVITIES = 100_000  # of a dataset; one that is published every hour has them in ten years


def files_with(site: Site, hashes: Container[str]) -> Mapping[str, str]:
    """The files of datasets that are not public with any of these bytes, and what the portal says
    is the SHA-256 of each."""
    return {
        state.file_name(name, path): resource.get("sha256", "")
        for state in _hidden(site)
        for name, path, resource in _files(state)
        if _has_any(site, state, name, path, hashes)
    }


def sent_hashes(site: Site, package: str, file: str) -> set[str]:
    """The SHA-256 of what a resource's file ever was: as journals have it, and as the portal's
    activity stream has it of what was published from elsewhere."""
    settings, standard = site.settings, site.workspace.standard
    dataset = dataset_name(settings, standard.packages[package].dataset)
    found = set(site.journal.sent().get(dataset, {}).get(file, ()))
    state = site.states[package]
    if state.seen and not state.reason:
        for seen in (state.seen, *_recorded(site, state)):
            if digest := own_resources(seen, _ids(state, seen)).get(file, {}).get("sha256"):
                found.add(digest)
    return found


def empty(site: Site, names: Iterable[str]) -> None:
    """Take the content out of files of datasets that are not public, and the tables made of them.

    Raises Problem.
    """
    wanted = set(names)
    for state in _hidden(site):
        for name, path, resource in _files(state):
            if state.file_name(name, path) in wanted:
                with site.account.explaining(state.name):
                    _empty(site, state, resource["id"], path)


def _empty(site: Site, state: State, identity: str, path: str) -> None:
    if site.has_tables:
        datastore.remove(site.api, identity)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.touch()
        key = f"update__resources__{identity}"
        data = {"match": {"id": state.facts["id"]}, key: {"sha256": _NOTHING}}

        def look() -> Facts | None:
            seen = site.existing(state)
            done = any(r["id"] == identity and r["sha256"] == _NOTHING for r in seen["resources"])
            return seen if done else None

        site.api.write("package_revise", data, look, (Upload(f"{key}__upload", file),))


def _hidden(site: Site) -> Iterator[State]:
    for state in site.states.values():
        if state.seen and not state.reason and state.facts["private"]:
            yield state


def _files(state: State) -> Iterator[tuple[str, str, Facts]]:
    """Our files that were ever uploaded to a dataset: name, file name, resource."""
    for name, resource in own_resources(state.facts, _ids(state, state.facts)).items():
        if path := (resource.get("url") or "").rpartition("/")[2]:
            # else it is somebody's, and goes into a path here
            yield name, path if is_file_name(path) else _UNNAMED, resource


def _ids(state: State, seen: Facts) -> Mapping[str, str]:
    """The ids of our resources by file; a pool's is known by what the resource says."""
    known = {item[FILE_KEY]: item["id"] for item in seen["resources"] if FILE_KEY in item}
    return {**known, **state.ids}


def _has_any(site: Site, state: State, name: str, path: str, hashes: Container[str]) -> bool:
    site.identify(state, [name])
    with tempfile.TemporaryFile() as stream:
        try:
            for chunk in download(site, state, name, path):
                stream.write(chunk)
        except FileNotFoundError:
            return False
        return has_any(stream, hashes)


def _recorded(site: Site, state: State) -> Iterator[Facts]:
    """A dataset as it was after each of its changes, where the portal records them."""
    query = {"id": state.facts["id"], "limit": _ACTIVITIES}
    offset = 0
    while offset <= _MOST_ACTIVITIES:
        try:
            page = site.api.read("package_activity_list", {**query, "offset": offset})
        except Refusal:
            return
        for activity in page:
            seen = (activity.get("data") or {}).get("package") or {}
            if seen.get("resources"):
                yield seen
        if not page:
            return
        offset += len(page)
    raise odd(site.api.action("package_activity_list"), Message("the list comes to no end"))
