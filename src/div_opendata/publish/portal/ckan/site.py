"""A CKAN portal as it is found: who may publish, what is there, what its readers get.

Looking is all that is done here; what is changed is in ckan_publication.py.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from div_opendata.assemble.release import BUNDLE_ZIP
from div_opendata.base.errors import Problem
from div_opendata.base.files import CHUNK, DESCRIPTOR, json_bytes, read_json, sha256, write_whole
from div_opendata.base.i18n import Message
from div_opendata.base.verification import Check
from div_opendata.standard.descriptor import Descriptor, is_stamped
from div_opendata.workspace.settings import LOOPBACK
from div_opendata.workspace.tokens import Token, variable

from ..protocol import Tell
from . import datastore
from .answers import Refusal, Unreadable
from .api import Api
from .dataset import (
    UNFINISHED,
    Facts,
    Wanted,
    dataset_name,
    is_ours,
    own_resources,
    resource_id,
    wanted,
)
from .journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from div_opendata.assemble.metadata.facts import Address, Formats
    from div_opendata.assemble.release import Dataset
    from div_opendata.standard.packages import Package
    from div_opendata.workspace.settings import CkanPortal, Workspace

OLDEST = (2, 11)
"""The oldest CKAN that this was tried with."""
WARN_BEFORE = dt.timedelta(days=14)
"""How long before its end a token is spoken of."""
LOADER = "xloader"

_NEW_TOKEN = Message(
    "Nothing was changed. Make a new token on the portal (your account, API tokens) and put it"
    " where the old one is."
)
_LOOK_AT_URL = Message("Look whether url in the configuration is the portal's address.")


class Overtaken(Problem):
    """Somebody else has changed what was about to be changed."""


@dataclass
class State:
    """A dataset of the portal as it was last looked at, and what it must still match before it
    may be changed."""

    package: Package
    name: str
    ids: dict[str, str]
    seen: Facts | None = None
    lock: Facts = field(default_factory=dict)
    reason: Message | None = None
    new: bool = False
    """Whether it has resources that were made in this run."""
    former: Facts = field(default_factory=dict)
    """The dataset before this run."""
    descriptor: Descriptor | None = None
    """The descriptor that the portal showed before this run."""

    def take(self, seen: Facts) -> None:
        """Look at the dataset anew."""
        self.seen = seen
        self.lock = {"metadata_modified": seen["metadata_modified"]}

    @property
    def facts(self) -> Facts:
        """The dataset, which must be there."""
        if self.seen is None:
            raise LookupError(self.name)
        return self.seen

    @property
    def public(self) -> bool:
        """Whether strangers see it, and it is ours."""
        return self.seen is not None and self.reason is None and not self.seen["private"]

    def identity(self, name: str) -> str:
        """The id of a resource: the portal's where it is there, else the one it will get."""
        resource = own_resources(self.seen, self.ids).get(name) if self.seen else None
        return str(resource["id"]) if resource else self.ids[name]


class Site:
    """A portal that is a CKAN, for one workspace."""

    def __init__(
        self, name: str, workspace: Workspace, api: Api, tell: Tell, now: dt.datetime | None
    ) -> None:
        self.name = name
        self.workspace = workspace
        self.settings = cast("CkanPortal", workspace.configuration.portals[name])
        self.api = api
        self.address = api.address
        self.tell = tell
        self.now = now
        home = workspace.internal / "portals" / name
        self.last = home / "last"
        self.journal = Journal(home / "journal.jsonl")
        self._times = home / "times.json"
        self.states: dict[str, State] = {}

    # --- who may publish --------------------------------------------------------------------------

    def check_end(self, token: Token) -> None:
        """Raise Problem where a token has run out; tell where it soon will."""
        end = token.expires()
        if end is None or self.now is None:
            return
        day = end.astimezone(self.workspace.time_zone).date()
        if end <= self.now:
            raise Problem(
                Message("The token for {portal} ran out on {day}.", portal=self.name, day=day),
                _NEW_TOKEN,
            )
        if end - self.now < WARN_BEFORE:
            self.tell(
                Message(
                    "The token for {portal} runs out on {day}. Make a new one before that.",
                    portal=self.name,
                    day=day,
                )
            )

    def check_way(self) -> None:
        """Tell where a token would be readable for everybody on its way."""
        parts = urlsplit(self.address)
        if parts.scheme == "http" and parts.hostname and parts.hostname not in LOOPBACK:
            self.tell(
                Message(
                    "The token for {portal} is sent unencrypted. Write url with https:// if the"
                    " portal has it.",
                    portal=self.name,
                )
            )

    def without_token(self) -> Problem:
        """What to say where there is no token."""
        return Problem(
            Message("There is no token for the portal {portal}.", portal=self.name),
            Message(
                "Make one on the portal (your account, API tokens) and put it into the environment"
                " variable {variable}, or into a file that the configuration names as token_file.",
                variable=variable("TOKEN", self.name),
            ),
        )

    def forbidden(self) -> Problem:
        """Why the portal does not allow something: it tells strangers and bad tokens apart from
        accounts without rights by nothing but a 403."""
        token = self.api.token
        if token is None:
            return self.without_token()
        self.check_end(token)
        organization = self.settings.organization
        try:
            self.api.read("am_following_group", {"id": organization})
        except Refusal as refusal:
            if refusal.forbidden:
                return Problem(
                    Message("{portal} does not accept the token.", portal=self.address),
                    _NEW_TOKEN,
                )
        permission = {"permission": "create_dataset"}
        allowed = self.api.read("organization_list_for_user", permission)
        names = sorted(item["name"] for item in allowed)
        if organization in names:
            return Problem(
                Message("{portal} does not allow this account to do that.", portal=self.address),
                Message("Ask those who run the portal for the role of an editor."),
            )
        return Problem(
            Message(
                "The account may not publish for the organisation {organization}.",
                organization=organization,
            ),
            Message("It may for: {names}.", names=names)
            if names
            else Message("Ask those who run the portal for the role of an editor there."),
        )

    # --- what it is, and what is there ------------------------------------------------------------

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
        numbers = [int(part) if part.isdigit() else 0 for part in version.split(".")[:2]]
        if tuple(numbers) < OLDEST:
            raise Problem(
                Message("{portal} runs CKAN {version}.", portal=self.address, version=version),
                Message("div-opendata needs CKAN 2.11 or newer."),
            )
        return status

    @property
    def extensions(self) -> set[str]:
        """What the portal can do. Raises Problem where it is no CKAN, or one too old."""
        return set(self._status.get("extensions", ()))

    @property
    def formats(self) -> Formats:
        """How formats are written: where it is not configured, as the loader needs them."""
        if self.settings.formats == "auto":
            return "label" if LOADER in self.extensions else "iri"
        return self.settings.formats

    @property
    def loads(self) -> bool:
        """Whether the portal fills the tables itself: its loader reads nothing whose format is an
        IRI."""
        return LOADER in self.extensions and self.formats == "label"

    def look(self, package: Package) -> State:
        """A package's dataset on the portal. Raises Problem."""
        name = dataset_name(self.settings, package.dataset)
        names = ["datapackage", package.name] if package.bundle else [*package.tables, "codes"]
        ids = {resource: self.new_id(name, resource) for resource in {*names, "datapackage"}}
        state = State(package, name, ids)
        try:
            seen = self.show(name)
        except Refusal as refusal:
            if not refusal.forbidden:
                raise self.refused(refusal, name) from None
            problem = self.forbidden()
            state.reason = Message(
                "Somebody's dataset of this name is not public. {problem} {remedy}",
                problem=problem.message,
                remedy=problem.remedy,
            )
            return state
        if seen is None:
            return state
        state.take(seen)
        if seen["state"] == "deleted":
            state.reason = Message(
                "It was deleted on the portal. Those who run the portal can restore it at {url}, or"
                " purge it; then publish again.",
                url=self.page(name),
            )
        elif not any(is_ours(seen, known, ids.values()) for known in self._identifiers(package)):
            state.reason = Message(
                "Another dataset has this name: {url}. Have it renamed, or set another prefix in"
                " the configuration.",
                url=self.page(name),
            )
        return state

    def _identifiers(self, package: Package) -> Iterator[str]:
        """What a package's dataset says that it is: also what it said when it was last published
        from here, should the publisher's address have changed since."""
        yield self.workspace.identifier(package.name)
        kept = self.last / package.name / DESCRIPTOR
        if kept.is_file():
            yield str(read_json(kept)["id"])

    def new_id(self, name: str, resource: str) -> str:
        """The id that a resource of a dataset gets here when it is made."""
        return resource_id(self.workspace, self.address, name, resource)

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
        try:
            seen = self.show(state.name)
        except Refusal as refusal:
            raise self.refused(refusal, state.name) from None
        if seen is None:
            raise self.overtaken(state)
        return seen

    def descriptor(self, state: State) -> Descriptor | None:
        """The descriptor of a dataset: kept here, else from the portal; None where there is none
        that can be read."""
        resource = own_resources(state.facts, state.ids).get("datapackage")
        if resource is None:
            return None
        kept: Path = self.last / state.package.name / DESCRIPTOR
        if kept.is_file() and sha256(kept) == resource.get("sha256"):
            return dict(read_json(kept))
        try:
            document = json.loads(b"".join(self.download(state, "datapackage", DESCRIPTOR)))
            return document if is_stamped(document) else None
        except (FileNotFoundError, ValueError, RecursionError, KeyError, TypeError):
            return None

    def refuse_damaged(self, state: State) -> None:
        """Raise Problem where nothing tells what was published in a dataset: its versions would
        begin anew."""
        published = state.facts["version"] not in {UNFINISHED, None, ""}
        kept = self.last / state.package.name / DESCRIPTOR
        if state.descriptor is None and published and not kept.is_file():
            raise Problem(
                Message(
                    "{file} on the portal is damaged.",
                    file=file_name(state, "datapackage", DESCRIPTOR),
                ),
                Message("Put it back from a backup, then publish again."),
            )

    def wanted(self, dataset: Dataset) -> tuple[State, Wanted]:
        """A dataset as it is, and as it shall be."""
        state = self.states[dataset.package.name]
        for file in dataset.files:
            state.ids.setdefault(file.name, self.new_id(state.name, file.name))
        address = self.addresses(state, dataset)
        target = wanted(dataset, self.settings, address, formats=self.formats, loads=self.loads)
        return state, target

    def addresses(self, state: State, dataset: Dataset) -> Address:
        """The addresses of a dataset's files, and of its page, as readers are told them."""
        names = {file.path: file.name for file in dataset.files}
        home = f"{self.own_address}dataset/{state.name}"

        def address(_package: str, path: str) -> str:
            if not path:
                return home
            return f"{home}/resource/{state.identity(names[path])}/download/{path}"

        return address

    @property
    def own_address(self) -> str:
        """The address that the portal gives itself, whatever it was asked by: what readers are told
        must not depend on that."""
        return f"{str(self._status.get('site_url') or self.address).rstrip('/')}/"

    def times(self) -> Mapping[str, str]:
        """When each resource's file was put there by the last publication from here, by id: who
        has put another one there since has changed it."""
        if not self._times.is_file():
            return {}
        try:
            return dict(read_json(self._times))
        except (ValueError, TypeError):
            return {}

    def remember_times(self) -> None:
        """Note when each resource's file was put there."""
        times = {
            resource["id"]: resource["last_modified"]
            for state in self.states.values()
            if state.public
            for resource in own_resources(state.facts, state.ids).values()
        }
        write_whole(self._times, json_bytes(times))

    def path_of(self, state: State, name: str) -> str:
        """The file name of a resource."""
        if state.package.bundle and name == state.package.name:
            return BUNDLE_ZIP
        described = state.descriptor["resources"] if state.descriptor else ()
        paths = {resource["name"]: resource["path"] for resource in described}
        return str(paths.get(name, DESCRIPTOR))

    def name_of(self, state: State, path: str) -> str:
        """The resource of a file: as the descriptor says, else what its name begins with."""
        described = state.descriptor["resources"] if state.descriptor else ()
        names = {resource["path"]: str(resource["name"]) for resource in described}
        return names.get(path) or path.rpartition(".")[0]

    def page(self, name: str) -> str:
        """The address of a dataset."""
        return f"{self.address}dataset/{name}"

    def tables_gone(self, state: State, target: Wanted) -> Iterator[str]:
        """The tables of a dataset that the DataStore does not have."""
        if "datastore" not in self.extensions:
            return
        resources = own_resources(state.facts, state.ids)
        for name in target.tables:
            if not resources.get(name, {}).get("datastore_active"):
                yield name

    # --- what its readers get ---------------------------------------------------------------------

    def found(self, state: State, name: str, path: str) -> str:
        """The SHA-256 of what a reader gets, or a dash where there is nothing."""
        digest = hashlib.sha256()
        try:
            for chunk in self.download(state, name, path):
                digest.update(chunk)
        except FileNotFoundError:
            return "–"
        return digest.hexdigest()

    def download(self, state: State, name: str, path: str) -> Iterator[bytes]:
        """A resource's bytes. They come by way of a file, so that they can be read again after
        trouble, and no memory is needed. Raises FileNotFoundError, also where the portal keeps
        failing over this file, and Problem."""
        with tempfile.SpooledTemporaryFile(CHUNK) as stream:
            address = self.address_of(state, name, path)
            unreadable = False

            def attempt() -> None:
                nonlocal unreadable
                unreadable = False
                stream.seek(0)
                stream.truncate()
                try:
                    for chunk in self.api.download(address, private=state.facts["private"]):
                        stream.write(chunk)
                except Unreadable:
                    unreadable = True
                    raise

            try:
                self.api.persist(attempt, lambda: None)
            except Problem:
                if unreadable:
                    raise FileNotFoundError(address) from None
                raise
            stream.seek(0)
            while chunk := stream.read(CHUNK):
                yield chunk

    def address_of(self, state: State, name: str, path: str) -> str:
        """The address of a resource's file."""
        identity = state.identity(name)
        return f"{self.page(state.name)}/resource/{identity}/download/{path}"

    def kept(self, state: State, name: str, path: str) -> Path:
        """Where the last release has a file."""
        if state.package.bundle and name == state.package.name:
            return self.last / BUNDLE_ZIP
        return self.last / state.package.name / path

    def table_checks(self, state: State, target: Wanted, names: Iterable[str]) -> Iterator[Check]:
        """Whether the DataStore has these tables as they shall be."""
        for name in names:
            table = target.tables[name]
            rows = sum(1 for _ in table.rows(target.files[name].source))
            yield from self.checks_of_table(state, name, table, rows)

    def has_table(self, state: State, target: Wanted, name: str) -> bool:
        """Whether the DataStore has a table as it shall be, with every value."""
        if not all(check.passed for check in self.table_checks(state, target, [name])):
            return False
        table, file = target.tables[name], target.files[name]
        try:
            return datastore.has_rows(self.api, state.identity(name), table, file.source)
        except Refusal as refusal:
            raise self.refused(refusal, state.name) from None

    def checks_of_table(
        self, state: State, name: str, table: datastore.Table, rows: int
    ) -> Iterator[Check]:
        """Whether the DataStore has a table's columns and rows."""
        identity = state.identity(name)
        try:
            types, number = datastore.describe(self.api, identity)
        except Refusal as refusal:
            raise self.refused(refusal, state.name) from None
        what = table_name(state, name)
        yield Check(f"{what}, types)", json.dumps(table.types), json.dumps(types))
        yield Check(f"{what}, rows)", str(rows), str(number))

    # --- what goes wrong --------------------------------------------------------------------------

    def overtaken(self, state: State) -> Overtaken:
        """What to say where somebody else was faster."""
        return Overtaken(
            Message("Somebody else has just changed {dataset}.", dataset=state.name),
            Message(
                "What they did stays, nothing of yours is lost. Publish again: the plan then shows"
                " what is left to do."
            ),
        )

    def refused(self, refusal: Refusal, dataset: str, left: Iterable[str] = ()) -> Problem:
        """What the portal has refused, in one sentence with a remedy."""
        if refusal.forbidden:
            return self.forbidden()
        left = list(left)
        if refusal.too_large:
            problem = Message("{dataset}: a file is larger than the portal takes.", dataset=dataset)
            remedy = Message(
                "Ask those who run the portal to raise ckan.max_resource_size and the limit of the"
                " web server before it."
            )
        elif "owner_org" in refusal.details:
            problem = Message(
                "The portal has no organisation {organization}.",
                organization=self.settings.organization,
            )
            remedy = Message("Write its name, as in its address, as organization.")
        else:
            problem = Message(
                "{dataset}: the portal refuses this: {reason}",
                dataset=dataset,
                reason=refusal.text(),
            )
            remedy = Message("If the reason does not help, ask those who run the portal.")
        if left:
            remedy = Message(
                "{remedy} These files may already be the new ones: {files}. The next `publish`"
                " puts them right.",
                remedy=remedy,
                files=left,
            )
        return Problem(problem, remedy)


def file_name(state: State, name: str, path: str) -> str:
    """A file as a release names it."""
    if state.package.bundle and name == state.package.name:
        return path
    return f"{state.package.name}/{path}"


def table_name(state: State, name: str) -> str:
    """What the checks of a table in the DataStore begin with."""
    return f"{state.package.name}/{name} (DataStore"
