"""Looking whether a package's dataset is on a CKAN, whether it is ours, and what it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from div_opendata.base.errors import Problem
from div_opendata.base.files import DESCRIPTOR, read_json, sha256
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import Descriptor, is_stamped
from div_opendata.standard.packages import Package

from ..linked import unlinked
from . import elsewhere
from .answers import Refusal, texts
from .dataset import UNFINISHED, Facts, dataset_name, described_facts, is_ours, resource_id
from .datastore import table_of
from .readers import download
from .site import Site
from .state import State
from .transport import ANSWER_LIMIT

_UNUSABLE = (
    *(FileNotFoundError, ValueError, RecursionError),
    *(KeyError, TypeError, AttributeError),
)
"""What is raised where a descriptor on the portal is none."""


def look(site: Site, package: Package) -> State:
    """A package's dataset on the portal. Raises Problem."""
    state = State(package, dataset_name(site.settings, package.dataset), {})
    names = [package.name] if package.bundle else [*package.tables, "codes"]
    site.identify(state, ["datapackage", *names])
    try:
        seen = _find(site, state)
    except Refusal as refusal:
        if not refusal.forbidden:
            raise site.account.refused(refusal, state.name) from None
        problem = site.account.forbidden(state.name)
        state.unseen = (site.last / package.name / DESCRIPTOR).is_file()
        state.reason = Message(
            "{what} {problem} {remedy}",
            what=Message("It was published from here and is not public any more.")
            if state.unseen
            else Message("Somebody's dataset of this name is not public."),
            problem=problem.message,
            remedy=problem.remedy,
        )
        return state
    if seen is None:
        return state
    if seen["state"] == "deleted":
        state.reason = Message(
            "It was deleted on the portal. Those who run the portal can restore it at {url}, or"
            " purge it; then publish again.",
            url=site.page(state.current),
        )
    elif not _is_ours(site, state, seen):
        state.reason = Message(
            "Another dataset has this name: {url}. Have it renamed, or set another prefix in"
            " the configuration.",
            url=site.page(state.name),
        )
    if state.public:
        state.descriptor = descriptor(site, state)
        _refuse_damaged(site, state)
    return state


def _find(site: Site, state: State) -> Facts | None:
    """The dataset of that name, or ours that has another one now. Raises Refusal and Problem."""
    known = site.known.get(state.package.name)
    seen, refusal = None, None
    try:
        seen = site.show(state.name)
    except Refusal as refused:
        refusal = refused
    if seen and (seen["id"] == known.id if known else _is_ours(site, state, seen)):
        state.take(seen)
    elif found := elsewhere.elsewhere(site, state):
        elsewhere.take(site, state, found, free=seen is None and refusal is None)
    elif refusal:
        raise refusal
    elif seen:
        state.take(seen)
    return state.seen


def _is_ours(site: Site, state: State, seen: Facts) -> bool:
    """Whether a dataset is ours: by its id, by what it says, or by its resources."""
    known = site.known.get(state.package.name)
    others = (resource_id(site.workspace, site.own_address, state.name, name) for name in state.ids)
    ids = {*state.ids.values(), *others}
    return bool(known and known.id == seen["id"]) or any(
        is_ours(seen, identifier, ids) for identifier in _identifiers(site, state.package)
    )


def _identifiers(site: Site, package: Package) -> Iterator[str]:
    """What a package's dataset says that it is: also what it said when it was last published
    from here, should the publisher's address have changed since."""
    yield site.workspace.identifier(package.name)
    kept = site.last / package.name / DESCRIPTOR
    if kept.is_file():
        yield str(read_json(kept)["id"])


def descriptor(site: Site, state: State) -> Descriptor | None:
    """The descriptor of a dataset: kept here, else from the portal; None where there is none
    that can be read."""
    resource = state.resources.get("datapackage")
    if resource is None:
        return None
    kept = site.kept(state, "datapackage", DESCRIPTOR)
    if kept.is_file() and sha256(kept) == resource.get("sha256"):
        return unlinked(read_json(kept))
    try:
        shown = json.loads(b"".join(download(site, state, "datapackage", DESCRIPTOR, ANSWER_LIMIT)))
        document = unlinked(shown)
        return document if is_stamped(document) and _is_usable(site, state, document) else None
    except _UNUSABLE:
        return None


def _is_usable(site: Site, state: State, document: Descriptor) -> bool:
    """Whether what was published follows from a descriptor, and it can be shown. Raises one of
    _UNUSABLE where it does not."""
    described_facts(document, state.package)
    for resource in document["resources"]:
        if resource["name"] in state.package.tables:
            table_of(resource)
    said = " ".join(texts(document)).encode().decode()  # an error where there are half letters
    return not (site.api.token and site.api.token.is_in(said))


def _refuse_damaged(site: Site, state: State) -> None:
    """Raise Problem where nothing tells what was published in a dataset: its versions would
    begin anew."""
    published = state.facts["version"] not in {UNFINISHED, None, ""}
    kept = site.last / state.package.name / DESCRIPTOR
    if state.descriptor is None and published and not kept.is_file():
        raise Problem(
            Message(
                "{file} on the portal is damaged.",
                file=state.file_name("datapackage", DESCRIPTOR),
            ),
            Message("Put it back from a backup, then publish again."),
        )
