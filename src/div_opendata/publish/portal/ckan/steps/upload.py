"""UPLOAD: the files that the portal does not have, and with the last of them all that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from div_opendata.base.progress import Progress

from ..answers import Refusal
from ..dataset import Facts, Wanted, mediatype, ours, own_resources, own_update, target_facts
from ..site import Site
from ..state import State
from ..transport import Sent, Upload
from .revise import revise

BATCH = 64 << 20
"""Bytes of files that go up in one request; a larger file goes alone."""


class Meter:
    """Bytes that were sent, of all that will be."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    @contextmanager
    def sending(self, name: str, size: int) -> Iterator[Sent]:
        """Tell of a request's bytes; what is sent again does not count twice."""

        def sent(count: int) -> None:
            self._progress(name, self._done + min(count, size), self._total)

        yield sent
        self._done += size


def to_send(site: Site, state: State, target: Wanted) -> list[str]:
    """The files that the portal does not have as they shall be, the descriptor last."""
    resources, doubts = state.resources, state.doubts
    if state.seen and state.seen["private"]:
        doubts = doubts | set(site.journal.doubts("files").get(state.name, ()))
    return [
        name
        for name, file in target.files.items()
        if name in doubts or resources.get(name, {}).get("sha256") != file.sha256
    ]


def upload(site: Site, state: State, target: Wanted, names: list[str], meter: Meter) -> None:
    """Send files, and with the last of them everything that is said of the dataset."""
    *early, last = _batches(names, target)
    hashes = {name: target.files[name].sha256 for name in names}
    site.journal.note("upload", state.name, files=hashes, seen=state.facts["metadata_modified"])
    for batch in early:
        _send(site, state, target, batch, meter, lambda _seen: {})
    # tags that the last release had were ours and may go
    former = set(state.descriptor["keywords"]) if state.descriptor else set()

    def facts(seen: Facts) -> Facts:
        return {
            "filter": ["-tags", "-extras"],
            "update": own_update(seen, target, former),
            **{state.key(name): resource for name, resource in target.resources.items()},
        }

    _send(site, state, target, last, meter, facts)


def _send(
    site: Site,
    state: State,
    target: Wanted,
    batch: list[str],
    meter: Meter,
    facts: Callable[[Facts], Facts],
) -> None:
    files = {name: target.files[name] for name in batch}
    uploads = tuple(
        Upload(f"{state.key(name)}__upload", file.source, mediatype(file))
        for name, file in files.items()
    )

    def change(seen: Facts) -> Facts:
        hashes = {state.key(name): {"sha256": file.sha256} for name, file in files.items()}
        return {**hashes, **facts(seen)}

    def done(seen: Facts) -> bool:
        if facts(seen):
            return ours(seen, target, state.ids) == target_facts(target)
        there = own_resources(seen, state.ids)
        return all(there[name].get("sha256") == file.sha256 for name, file in files.items())

    with meter.sending(state.name, sum(file.bytes for file in files.values())) as sent:
        try:
            revise(site, state, change, done, uploads, sent)
        except Refusal as refusal:
            refusal.files = {file.path: file.bytes for file in files.values()}
            raise


def _batches(names: list[str], target: Wanted) -> list[list[str]]:
    """Files that go up together, the descriptor in the last batch."""
    batches: list[list[str]] = [[]]
    room = BATCH
    for name in names:
        size = target.files[name].bytes
        if batches[-1] and size > room:
            batches.append([])
            room = BATCH
        batches[-1].append(name)
        room -= size
    return batches
