"""What a CKAN portal has of ours although readers are not shown it, and what it ever had.

A first publication that was not finished, and a dataset that somebody has hidden since (the first
thing that many do after a leak), have files all the same: withdrawing empties them where they are,
and they stay private.
"""

from __future__ import annotations

import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial

from div_opendata.base.disk import FILE_LIMIT
from div_opendata.base.i18n import Message
from div_opendata.workspace.withdrawn import has_any

from ..compare import found_sha256
from .answers import Refusal, odd
from .dataset import FILE_KEY, Facts, dataset_name, file_of, made_resources, own_resources
from .readers import read_whole
from .site import Site
from .state import State
from .steps.doubles import empty as empty_resource

_ACTIVITIES = 100  # that are asked for at once
_MOST_ACTIVITIES = 100_000  # of a dataset; one that is published every hour has them in ten years


def files_with(site: Site, hashes: Container[str]) -> Mapping[str, str]:
    """The files of datasets that are not public with any of these bytes, and what the portal says
    is the SHA-256 of each."""
    return {
        state.file_name(name, path): resource.get("sha256", "")
        for state in _hidden(site)
        for name, path, resource in _files(state)
        if _has_any(site, state, resource, hashes)
    }


def sent_hashes(site: Site, package: str, file: str) -> set[str]:
    """The SHA-256 of what a resource's file ever was: as journals have it, and as the portal's
    activity stream has it of what was published from elsewhere."""
    settings, standard = site.settings, site.workspace.standard
    dataset = dataset_name(settings, standard.packages[package].dataset)
    state = site.states[package]
    sent = site.journal.sent()
    found = {
        digest for name in {dataset, state.current} for digest in sent.get(name, {}).get(file, ())
    }
    if state.seen and not state.reason:
        for seen in (state.seen, *_recorded(site, state)):
            found |= {
                resource["sha256"]
                for name, resource in _own(state, seen)
                if name == file and resource.get("sha256")
            }
        for name, resource in state.doubles:
            if name == file:  # what it says may have been dropped
                found.add(found_sha256(partial(_bytes, site, state, resource)))
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
                    empty_resource(site, state, resource["id"], path)


def _hidden(site: Site) -> Iterator[State]:
    for state in site.states.values():
        if state.seen and not state.reason and state.facts["private"]:
            yield state


def _files(state: State) -> Iterator[tuple[str, str, Facts]]:
    """Our files that were ever uploaded to a dataset: name, file name, resource."""
    for name, resource in _own(state, state.facts):
        if (resource.get("url") or "").rpartition("/")[2]:
            yield name, file_of(resource), resource


def _own(state: State, seen: Facts) -> Iterator[tuple[str, Facts]]:
    """Our resources in a dataset by file, also those that are there twice."""
    ids = _ids(state, seen)
    first = own_resources(seen, ids)
    yield from first.items()
    for name, resource in first.items():
        for other in made_resources(seen, name, ids[name]):
            if other["id"] != resource["id"]:
                yield name, other


def _ids(state: State, seen: Facts) -> Mapping[str, str]:
    """The ids of our resources by file; a pool's is known by what the resource says."""
    known = {item[FILE_KEY]: item["id"] for item in seen["resources"] if FILE_KEY in item}
    return {**known, **state.ids}


def _bytes(site: Site, state: State, resource: Facts) -> Iterator[bytes]:
    """What is in a resource. Raises FileNotFoundError and Problem."""
    address = site.address_by_id(state, resource["id"], file_of(resource))
    return read_whole(site, address, FILE_LIMIT, private=state.facts["private"])


def _has_any(site: Site, state: State, resource: Facts, hashes: Container[str]) -> bool:
    with tempfile.TemporaryFile() as stream:
        try:
            for chunk in _bytes(site, state, resource):
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
