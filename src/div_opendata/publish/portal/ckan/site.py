"""A portal that is a CKAN: what it says of itself, and where its datasets and files are."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from div_opendata.assemble.metadata.facts import Address, Formats
from div_opendata.assemble.release import Dataset
from div_opendata.base.errors import Problem
from div_opendata.base.files import DESCRIPTOR, read_json
from div_opendata.base.i18n import Message
from div_opendata.workspace.forms import is_web_address
from div_opendata.workspace.settings import CkanPortal, Workspace

from ..protocol import Tell
from .account import Account
from .answers import Refusal, Trouble
from .api import Api
from .dataset import (
    UNFINISHED,
    Facts,
    Wanted,
    described_facts,
    of_dataset,
    resource_id,
    sparing,
    wanted,
)
from .journal import Journal
from .known import Known, read_known, write_known
from .state import State
from .visitors import Around, Entry, license_id, links, pages_of

OLDEST = (2, 11)
"""The oldest CKAN that this was tried with."""
LOADER = "xloader"
_DIGITS = 6  # of a number in a version
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]+)?(@[a-z]+)?")
"""How CKAN writes a language in an address: de, pt_BR, sr@latin."""

_LOOK_AT_URL = Message("Look whether url in the configuration is the portal's address.")


class Site:
    """A portal that is a CKAN, for one workspace."""

    def __init__(
        self, name: str, workspace: Workspace, api: Api, tell: Tell, now: dt.datetime | None
    ) -> None:
        self.workspace = workspace
        self.settings = cast("CkanPortal", workspace.configuration.portals[name])
        self.api = api
        self.address = api.address
        self.tell = tell
        self.now = now
        organization = self.settings.organization
        self.account = Account(name, api, organization, tell, now, workspace.time_zone)
        self.home = workspace.internal / "portals" / name
        self.last = self.home / "last"
        """The last release that was published from here and verified."""
        self.sent = self.home / "descriptors"
        """The descriptors of that release as they were sent, by package."""
        self.journal = Journal(self.home / "journal.jsonl")
        self.states: dict[str, State] = {}
        self._told: set[str] = set()
        self.unconfirmed: dict[str, set[str]] = {}
        """The tables that were filled in a loader's place, by dataset: it may come yet, so they
        are looked at once more by the next run."""

    # --- what it is -------------------------------------------------------------------------------

    @cached_property
    def _status(self) -> Mapping[str, Any]:
        """What the portal says of itself. Raises Problem where it is no CKAN, or one too old."""
        try:
            status = self.api.read("status_show", {})
        except Refusal:
            status = None
        if not isinstance(status, dict) or not status.get("ckan_version"):
            raise Problem(
                Message("{portal} does not answer like a CKAN portal.", portal=self.address),
                _LOOK_AT_URL,
            )
        version = str(status["ckan_version"])
        numbers = [
            int(part) if part.isdecimal() and len(part) < _DIGITS else 0
            for part in version.split(".")[:2]
        ]
        if tuple(numbers) < OLDEST:
            raise Problem(
                Message("{portal} runs CKAN {version}.", portal=self.address, version=version),
                Message("div-opendata needs CKAN 2.11 or newer."),
            )
        self._refuse_language()
        return status

    def _refuse_language(self) -> None:
        """Raise Problem where the portal was called by an address with a language: it would tell
        everybody addresses with that language."""
        right, _, last = self.address.rstrip("/").rpartition("/")
        if not _LANGUAGE.fullmatch(last) or right.endswith("/"):
            return
        try:
            found = Api(right, None, wait=self.api.wait).call("status_show", {})
        except (Refusal, Trouble, Problem):
            return
        if isinstance(found, dict) and found.get("ckan_version"):
            raise Problem(
                Message(
                    "{url} is the portal in one language: readers would be told such addresses.",
                    url=self.address,
                ),
                Message("Nothing was changed. Write the address as {url}", url=f"{right}/"),
            )

    @cached_property
    def drafts(self) -> Path:
        """Where descriptors are as they will be sent, by package, for as long as this runs."""
        folder = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @property
    def extensions(self) -> set[str]:
        """What the portal can do. Raises Problem where it is no CKAN, or one too old."""
        return set(self._status.get("extensions", ()))

    @property
    def has_tables(self) -> bool:
        """Whether the portal has the DataStore."""
        return "datastore" in self.extensions

    @property
    def formats(self) -> Formats:
        """How formats are written: as people read them, unless addresses are asked for."""
        return "iri" if self.settings.formats == "iri" else "label"

    @property
    def loads(self) -> bool:
        """Whether the portal fills the tables itself: its loader reads nothing whose format is an
        IRI."""
        return LOADER in self.extensions and self.formats == "label"

    @property
    def own_address(self) -> str:
        """The address that the portal gives itself, whatever it was asked by: what readers are told
        must not depend on that."""
        given = self._status.get("site_url") or ""
        return f"{(given if is_web_address(given) else self.address).rstrip('/')}/"

    def tell_once(self, message: Message) -> None:
        """Tell what is noticed at each look."""
        if (text := message.text("en")) not in self._told:
            self._told.add(text)
            self.tell(message)

    # --- what is there ----------------------------------------------------------------------------

    @cached_property
    def known(self) -> Mapping[str, Known]:
        """The datasets that were published from here, by package."""
        return read_known(self._known_file)

    def remember(self) -> None:
        """Keep the ids of what was published."""
        write_known(self._known_file, self.known, self.states)

    @property
    def _known_file(self) -> Path:
        return self.home / "ids.json"

    def show(self, name: str) -> Facts | None:
        """A dataset, or None where there is none of that name. Raises Refusal and Problem."""
        try:
            found: Facts = self.api.read("package_show", {"id": name})
        except Refusal as refusal:
            if refusal.missing:
                return None
            raise
        return found

    def existing(self, state: State) -> Facts:
        """A dataset that was there a moment ago. Raises Problem."""
        with self.account.explaining(state.name):
            seen = self.show(state.facts["id"] if state.seen else state.name)
        if seen is None:
            raise state.overtaken()
        return seen

    def wanted(self, dataset: Dataset) -> tuple[State, Wanted]:
        """A dataset as it is, and as it shall be."""
        address = self.addresses(dataset)
        state = self.states[dataset.package.name]
        around = self._around(dataset, state)
        target = wanted(
            dataset, self.settings, address, around, formats=self.formats, loads=self.loads
        )
        target = sparing(target, self._former(state, around), state.seen)
        if state.name_back:
            target.facts["name"] = state.name
        return state, target

    def _former(self, state: State, around: Around) -> Facts:
        """What publishing has said of a dataset that is there."""
        if state.seen and state.seen["version"] == UNFINISHED:
            return of_dataset(state.seen)
        kept = self.last / state.package.name / DESCRIPTOR
        descriptor = state.descriptor or (read_json(kept) if kept.is_file() else None)
        return described_facts(descriptor, state.package, around) if descriptor else {}

    def _around(self, dataset: Dataset, state: State) -> Around:
        """What is around a dataset on the portal."""
        home = self._home(state)
        bundle = next(s for s in self.states.values() if s.package.bundle)

        def file_page(name: str) -> str:
            return f"{home}/resource/{state.identity(name)}"

        page = f"{self.pages}{dataset.package.name}/" if self.pages else ""
        return Around(
            page,
            links(
                "" if state is bundle else self._home(bundle),
                page,
                file_page,
                [file.path for file in dataset.files],
            ),
            lambda facts: license_id(facts, state.seen, lambda: self._licenses),
        )

    @cached_property
    def _licenses(self) -> list[Entry]:
        """The licences that the portal knows."""
        try:
            return list(self.api.read("license_list", {}))
        except Refusal as refusal:
            if refusal.missing or refusal.forbidden:
                return []
            raise self.account.refused(refusal, "license_list") from None

    @cached_property
    def pages(self) -> str:
        """Where the pages are that explain the tables, with / at its end; empty where nowhere."""
        return pages_of(self.workspace.configuration, self.settings)

    def _home(self, state: State) -> str:
        """A dataset's page, as readers are told it."""
        return f"{self.own_address}dataset/{state.told}"

    def addresses(self, dataset: Dataset) -> Address:
        """The addresses of a dataset's files, and of the page that explains it, as readers are told
        them."""
        state = self.states[dataset.package.name]
        self.identify(state, (file.name for file in dataset.files))
        names = {file.path: file.name for file in dataset.files}
        home = self._home(state)

        def address(_package: str, path: str) -> str:
            if not path:
                return f"{self.pages}{dataset.package.name}/" if self.pages else ""
            return f"{home}/resource/{state.identity(names[path])}/download/{path}"

        return address

    def identify(self, state: State, names: Iterable[str]) -> None:
        """Settle the ids that resources of a dataset get here when they are made: those that they
        ever had."""
        known = self.known.get(state.package.name)
        for name in names:
            identity = resource_id(self.workspace, self.address, state.name, name)
            state.ids.setdefault(name, known.resources.get(name, identity) if known else identity)

    def page(self, name: str) -> str:
        """The address of a dataset."""
        return f"{self.address}dataset/{name}"

    def address_of(self, state: State, name: str, path: str) -> str:
        """The address of a resource's file."""
        return self.address_by_id(state, state.identity(name), path)

    def address_by_id(self, state: State, identity: str, path: str) -> str:
        """The address of the file of any resource."""
        return f"{self.page(state.current)}/resource/{identity}/download/{path}"

    def kept(self, state: State, name: str, path: str) -> Path:
        """Where the last release has a file, as it was sent."""
        return (self.sent if path == DESCRIPTOR else self.last) / state.file_name(name, path)
