"""TAIL: views for new resources, and the loader's work.

This comes before RELEASE, for the loader writes a dataset back as it was when it began to read,
private or not (docs/decisions/ckan-order.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from div_opendata.base.disk import open_file
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check

from .. import datastore
from ..answers import Refusal
from ..dataset import Wanted
from ..journal import SETTLED
from ..readers import table_checks
from ..site import Site
from ..state import State
from .views import make_views

LOADER_LOOKS = 300
"""How often the loader's work is looked at, a second apart."""
LOADER_ASKS = 10
"""After how many looks the loader is asked whether it has given up."""


class Tail:
    """What is wrong here stops nothing: it is told, or it is a check that has failed."""

    def __init__(self, site: Site, progress: Progress) -> None:
        self._site = site
        self._progress = progress
        self._looks = LOADER_LOOKS

    def finish(self, state: State, target: Wanted, names: list[str]) -> list[Check]:
        """Have views made for new resources, and wait for the loader where there is one; whether
        its tables are as they should be."""
        site = self._site
        loads = site.loads and site.has_tables
        loading = [name for name in names if loads and name in target.tables]
        checks: list[Check] = []
        try:
            make_views(site, state, target)
        except (Refusal, Problem) as error:
            site.tell(
                Message(
                    "{dataset} is published; its pages may not show all of it: {reason}",
                    dataset=state.name,
                    reason=_reason(error),
                )
            )
        try:
            if loading:
                waiting = self._await_loader(state, target, loading)
                checks = list(self._tables(state, target, loading, waiting))
        except (Refusal, Problem) as error:
            site.tell(
                Message(
                    "{dataset} is published; its tables on the portal may not be: {reason}",
                    dataset=state.name,
                    reason=_reason(error),
                )
            )
            checks = [Check(f"{state.table_name(name)})", "", "–") for name in loading]
        if all(check.passed for check in checks):
            site.journal.note(SETTLED, state.name, known=["tables"])
        return checks

    def _await_loader(self, state: State, target: Wanted, names: list[str]) -> set[str]:
        """Wait until the loader has read the files: it says so by their MD5 as `hash`. Those that
        it has not read."""
        site = self._site
        waiting = {
            name: _md5(target.files[name].source)
            for name in names
            if not target.tables[name].is_empty(target.files[name].source)
        }
        failed: set[str] = set()
        for look in range(self._looks):
            self._progress(f"{state.name}: DataStore", look, self._looks)
            state.take(site.existing(state))
            there = state.resources
            waiting = {name: md5 for name, md5 in waiting.items() if there[name].get("hash") != md5}
            if look % LOADER_ASKS == LOADER_ASKS - 1:
                failed |= {name for name in waiting if _has_failed(site, state.identity(name))}
            if not waiting.keys() - failed:
                break
            site.api.wait(1.0)
        self._progress("", self._looks, self._looks)
        if waiting.keys() - failed:
            self._looks = 1  # what keeps one dataset waiting so long keeps the others too
        return {*waiting}

    def _tables(
        self, state: State, target: Wanted, names: list[str], waiting: set[str]
    ) -> Iterator[Check]:
        """Whether tables are as their files, by whomever: where the loader has done nothing, or
        something else, they are filled in its place. It may also say that it has read a file and
        have left the table empty, where the file is the same as one that it knows."""
        site = self._site
        filled: list[str] = []
        wrong: list[str] = []
        for name in names:
            checks = list(table_checks(site, state, target, [name]))
            if not all(check.passed for check in checks):
                filled.append(name)
                table, identity = target.tables[name], state.identity(name)
                datastore.set_up(site.api, identity, table, exists=True)
                datastore.fill(site.api, identity, table, target.files[name].source)
                checks = list(table_checks(site, state, target, [name]))
                wrong += [] if all(check.passed for check in checks) else [name]
            yield from checks
        if filled:
            state.take(site.existing(state))
        if right := [name for name in filled if name not in wrong]:
            site.tell(
                Message(
                    "{dataset}: the portal has not loaded {tables}; div-opendata has filled them"
                    " itself, and will look at them once more. If it lasts, tell those who run the"
                    " portal.",
                    dataset=state.name,
                    tables=right,
                )
            )
        if wrong:
            site.tell(
                Message(
                    "{dataset}: the tables {tables} on the portal are not as their files. Publish"
                    " again; if it lasts, tell those who run the portal.",
                    dataset=state.name,
                    tables=wrong,
                )
            )
        if unconfirmed := waiting | {*filled}:
            site.unconfirmed[state.name] = unconfirmed


def _reason(error: Refusal | Problem) -> Message | str:
    return error.message if isinstance(error, Problem) else error.text()


def _has_failed(site: Site, identity: str) -> bool:
    """Whether the loader has given up a resource."""
    try:
        status = site.api.read("xloader_status", {"resource_id": identity})
    except Refusal:
        return False
    return bool(status.get("status") == "error")


def _md5(path: Path) -> str:
    """What xloader writes into `hash` when it has loaded a file."""
    with open_file(path) as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
