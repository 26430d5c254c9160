"""A CKAN as publishing knows a portal.

PLAN looks at every dataset (look.py) and what was changed in it (stale.py); `apply` brings them
into the state that is wanted (publication.py); how a dataset follows from a release is in
dataset.py.
"""

from __future__ import annotations

import copy
import datetime as dt
import tempfile
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from div_opendata.assemble.metadata.facts import DatasetFacts, Shown, catalog_facts
from div_opendata.assemble.release import BUNDLE_ZIP, Release
from div_opendata.base.files import DESCRIPTOR, read_json, sha256
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check
from div_opendata.base.zips import DamagedZip, chunks, open_zip
from div_opendata.standard.descriptor import Descriptor
from div_opendata.workspace.forms import is_web_address
from div_opendata.workspace.tokens import find_token, variable

from ..compare import hashes
from ..linked import unlinked
from ..protocol import Change, Other, Tell
from . import datastore, unpublished
from .addresses import keep_descriptors, with_addresses
from .api import Api
from .dataset import dataset_name, file_of, is_table
from .journal import BEGUN
from .look import look
from .others import others
from .publication import publish
from .readers import checks_of_table, download, released_file
from .site import Site
from .stale import remember_times, stale
from .state import State
from .transport import no_address

if TYPE_CHECKING:
    from pathlib import Path

    from div_opendata.workspace.settings import CkanPortal, Workspace


def open_ckan(
    workspace: Workspace,
    name: str,
    environment: Mapping[str, str],
    now: dt.datetime | None,
    tell: Tell,
) -> Ckan:
    """The CKAN portal of that name, with its token.

    Raises Problem where there is a token that cannot be used, or no address in the environment.
    """
    settings = cast("CkanPortal", workspace.configuration.portals[name])
    address = environment.get(variable("URL", name), "") or settings.url
    if not is_web_address(address):  # what the environment says is in no schema
        raise no_address(address)
    file = workspace.root / settings.token_file if settings.token_file else None
    token = find_token(name, file, environment)
    return Ckan(name, workspace, Api(address, token), tell, now)


def _without_loaded(dataset: DatasetFacts) -> DatasetFacts:
    """A dataset without the checksums that a loader replaces by its own."""
    files = tuple(
        replace(file, sha256="") if file.path.endswith(".csv") else file
        for file in dataset.distributions
    )
    return replace(dataset, distributions=files)


class Ckan:
    """A portal that is a CKAN."""

    def __init__(
        self,
        name: str,
        workspace: Workspace,
        api: Api,
        tell: Tell = lambda _message: None,
        now: dt.datetime | None = None,
    ) -> None:
        self.name = name
        self.address = api.address
        self._site = Site(name, workspace, api, tell, now)

    def exclusively(self) -> AbstractContextManager[object]:
        """Nothing can be held on a CKAN: each change says what it must find. Raises Problem where
        there is no token to change anything with."""
        self._site.account.check()
        return nullcontext()

    def shown(self) -> Mapping[str, Descriptor]:
        """The stamped descriptors that the portal shows, by package. Raises Problem."""
        self._site.extensions  # noqa: B018 - a portal that is none is noticed here
        self._site.states = {}
        descriptors = {}
        for package in self._site.workspace.standard.packages.values():
            state = self._site.states[package.name] = look(self._site, package)
            if state.descriptor:
                descriptors[package.name] = copy.deepcopy(state.descriptor)
        return descriptors

    def blocked(self) -> Mapping[str, Message]:
        """Why a package cannot be published."""
        return {name: state.reason for name, state in self._site.states.items() if state.reason}

    def hidden(self) -> set[str]:
        """The packages that somebody has hidden."""
        return {name for name, state in self._site.states.items() if state.hidden}

    def begun(self) -> Message | None:
        """What an earlier run has begun and not finished."""
        steps = self._site.journal.steps()
        if not any(step["step"] == BEGUN for step in steps):
            return None
        last, date = steps[-1], steps[0].get("date")
        return Message(
            "A publication of {date} was not finished (last step: {step} {dataset}). `publish`"
            " looks at the portal and goes on.",
            date=dt.date.fromisoformat(date) if date else "–",
            step=last["step"],
            dataset=last["dataset"],
        )

    def archive(self) -> Mapping[str, str]:
        """Nothing: a CKAN keeps no earlier versions."""
        return {}

    def prepare(self, release: Release) -> Release:
        """The release with descriptors that name its files by their addresses. Nothing is added:
        the portal makes its pages itself."""
        return with_addresses(self._site, release)

    def metadata(self, release: Release) -> Shown:
        """What harvesters are told of a release by ckanext-dcat."""
        addresses = {
            dataset.package.name: self._site.addresses(dataset) for dataset in release.datasets
        }

        def address(package: str, path: str) -> str:
            return addresses[package](package, path)

        catalog = catalog_facts(release, self._site.workspace, address, self._site.own_address)
        if self._site.loads:
            catalog = replace(catalog, datasets=tuple(map(_without_loaded, catalog.datasets)))
        return Shown(catalog, self._site.formats)

    def stale(self, release: Release) -> list[Change]:
        """What somebody has changed in our datasets, and files of a run that died."""
        return stale(self._site, release)

    def apply(self, release: Release, progress: Progress) -> list[Check]:
        """Bring every dataset into the state that is wanted, in the release's order; what is new
        becomes public when all of it is verified."""
        return publish(self._site, release, progress)

    def conclude(self) -> None:
        """Note that the portal shows the whole release."""
        remember_times(self._site)
        self._site.remember()
        keep_descriptors(self._site)
        self._site.journal.close()
        for dataset, tables in self._site.unconfirmed.items():
            self._site.journal.note("unconfirmed", dataset, tables=sorted(tables))

    def shows(self, name: str) -> bool:
        """Whether readers get this file of a release: the bundle's are in its zip."""
        package, _, path = name.rpartition("/")
        bundle = self._site.workspace.standard.packages.get(package)
        return not (bundle and bundle.bundle) or path == DESCRIPTOR

    def claims(self) -> Mapping[str, str]:
        """The SHA-256 that the portal itself names for descriptors and the bundle."""
        claims = {}
        for state in self._site.states.values():
            if state.public:
                own = {"datapackage": DESCRIPTOR}
                if state.package.bundle:
                    own[state.package.name] = BUNDLE_ZIP
                for name, path in own.items():
                    hash_ = state.resources.get(name, {}).get("sha256", "–")
                    claims[state.file_name(name, path)] = hash_
        return claims

    def distrust(self, names: Iterable[str]) -> None:
        """Note by their checks what files and tables are not what they should be, so that the
        next publication looks at them."""
        for state in self._site.states.values():
            wrong = {
                name
                for name in state.resources
                if state.file_name(name, state.path_of(name)) in names
            }
            tables = {
                name
                for name in state.resources
                if is_table(state.package, name)
                and any(check.startswith(state.table_name(name)) for check in names)
            }
            if wrong or tables:
                self._site.journal.note(
                    "distrust", state.name, files=sorted(wrong), tables=sorted(tables)
                )

    def released(self, last: Path) -> Mapping[str, str]:
        """Its files, and in place of each descriptor the one that was sent, where it is known."""
        expected = dict(hashes(last))
        for name in [name for name in expected if PurePath(name).name == DESCRIPTOR]:
            sent = self._site.sent / name
            if sent.is_file() and unlinked(read_json(sent)) == read_json(last / name):
                expected[name] = sha256(sent)
            else:
                del expected[name]
        return expected

    def audit(self, progress: Progress) -> Iterator[Check]:
        """Whether strangers see it all, and the tables are as their descriptors say."""
        for state in self._site.states.values():
            if state.reason:
                yield Check(state.name, "public", "blocked")
        states = [state for state in self._site.states.values() if state.seen and not state.reason]
        for done, state in enumerate(states):
            progress(state.name, done, len(states))
            visible = "private" if state.facts["private"] else "public"
            yield Check(state.name, "public", visible)
            if state.name_back:
                yield Check(f"{state.name}: name", state.name, state.current)
            for _, resource in state.doubles:
                yield Check(f"{state.name}: second {file_of(resource)}", "–", resource["id"])
            descriptor = state.descriptor
            if descriptor and self._site.has_tables:
                for resource in descriptor["resources"]:
                    if is_table(state.package, resource["name"]):
                        yield from self._audit_table(state, resource)
        progress("", len(states), len(states))

    def _audit_table(self, state: State, resource: Mapping[str, Any]) -> Iterator[Check]:
        """Whether a table is as its file; where that is another one than was released, its own
        check says so."""
        table = datastore.table_of(resource)
        with released_file(self._site, state, resource) as path:
            if path:
                yield from checks_of_table(self._site, state, resource["name"], table, path)

    def fetch(self, package: str, path: str) -> Iterator[bytes]:
        """The bytes of a file as readers get them; those of the bundle's tables are in its zip.
        Raises FileNotFoundError where there is none."""
        if not self._site.states:
            self.shown()
        bundle = next(s for s in self._site.states.values() if s.package.bundle)
        state = self._site.states[package] if package else bundle
        if state.seen is None:
            raise FileNotFoundError(path)
        if state is bundle and path not in {DESCRIPTOR, BUNDLE_ZIP}:
            return self._member(state, path)
        name = state.name_of(path)
        self._site.identify(state, [name])
        return download(self._site, state, name, path)

    def _member(self, state: State, path: str) -> Iterator[bytes]:
        with tempfile.TemporaryFile() as stream:
            for chunk in download(self._site, state, state.package.name, BUNDLE_ZIP):
                stream.write(chunk)
            try:
                with open_zip(stream) as archive:
                    yield from chunks(archive, path)
            except (KeyError, DamagedZip):  # that the zip is damaged is said by its own check
                raise FileNotFoundError(path) from None

    def url(self, package: str, path: str) -> str:
        """The address of a file, or of a dataset's page."""
        dataset = self._site.workspace.standard.packages[package]
        name = dataset_name(self._site.settings, dataset.dataset)
        state = self._site.states.get(package) or State(dataset, name, {})
        page = self._site.page(state.told)
        if not path:
            return page
        resource = state.name_of(path)
        self._site.identify(state, [resource])
        return f"{page}/resource/{state.identity(resource)}/download/{path}"

    def earlier(self, hashes: Container[str]) -> Mapping[str, str]:
        """Files with any of these bytes that are there and not shown; of those that are shown a
        CKAN keeps no earlier versions."""
        return unpublished.files_with(self._site, hashes)

    def hashes_of(self, name: str) -> set[str]:
        """What a resource's file ever was, as far as it is recorded here or there."""
        package, _, path = name.rpartition("/")
        return unpublished.sent_hashes(self._site, package, PurePath(path).stem)

    def remove(self, names: Iterable[str]) -> None:
        """Empty the files that are not shown."""
        unpublished.empty(self._site, names)

    def others(self) -> Iterator[Other]:
        """What others have put into our datasets."""
        return others(self._site)

    def reach(self) -> list[Message]:
        """Where copies may be that withdrawing cannot reach."""
        return [
            Message("Portals that harvest {address}, each by name.", address=self.address),
            Message(
                "The activity stream of the datasets on {address}: titles and descriptions, no"
                " files.",
                address=self.address,
            ),
            Message("Backups of the portal: its files and both of its databases."),
            Message("Caches between the portal and its readers, and those of search engines."),
        ]
