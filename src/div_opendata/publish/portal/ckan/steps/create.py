"""CREATE: a dataset, private, with a stub for each file, which has its id for ever."""

from __future__ import annotations

from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message

from ..answers import Refusal
from ..dataset import DICTIONARY, UNFINISHED, Facts, Wanted, own_resources, own_update
from ..elsewhere import with_resource
from ..site import Site
from ..state import State
from .revise import revise


def create(site: Site, state: State, target: Wanted) -> None:
    """Make the dataset with its stubs. Raises Problem."""
    state.made.update(target.resources)
    stubs = [_stub(state, target, name) for name in target.resources]
    data = {
        "name": state.name,
        "owner_org": site.settings.organization,
        "private": True,
        **own_update({}, target, ()),
        "version": UNFINISHED,
        "resources": stubs,
    }
    if site.settings.groups:
        data["groups"] = [{"name": name} for name in site.settings.groups]
    site.journal.note("create", state.name)
    unclear = False

    def look() -> Facts | None:
        nonlocal unclear
        unclear = True
        return site.show(state.name)

    try:
        seen = site.api.write("package_create", data, look)
    except Refusal as refusal:
        if "resources" in refusal.details:
            _refuse_moved(site, state, stubs)
        if not {"name", "resources"} & refusal.details.keys():
            raise site.account.refused(refusal, state.name) from None
        # the name is taken, perhaps by our own first attempt
        seen = site.show(state.name) if unclear else None
        if seen is None:
            raise state.overtaken() from None
    if {stub["id"] for stub in stubs} != {item["id"] for item in seen["resources"]}:
        raise state.overtaken()
    state.take(seen)
    state.lock = {"version": UNFINISHED, "private": True}  # tables change metadata_modified


def _refuse_moved(site: Site, state: State, stubs: list[Facts]) -> None:
    """Raise Problem where files that were to be made are there, in a dataset that has another
    name."""
    found = with_resource(site, (stub["id"] for stub in stubs))
    if found and found["name"] != state.name:  # else our own first attempt has made them
        raise Problem(
            Message(
                "{dataset}: its files are in the dataset {url}.",
                dataset=state.name,
                url=site.page(found["name"]),
            ),
            Message("Have that renamed to {dataset}; then publish again.", dataset=state.name),
        )


def extend(site: Site, state: State, target: Wanted) -> None:
    """Make stubs for files that the dataset does not have yet, and put them in order."""
    there = state.resources
    names = [name for name in target.resources if name not in there]
    if not names:
        return
    state.made.update(names)
    stubs = [_stub(state, target, name) for name in names]
    site.journal.note("extend", state.name)
    with site.account.explaining(state.name):
        revise(
            site,
            state,
            lambda _seen: {"update__resources__extend": stubs},
            lambda seen: own_resources(seen, state.ids).keys() >= target.resources.keys(),
        )
        order = [state.identity(name) for name in target.resources]
        site.api.write(
            "package_resource_reorder",
            {"id": state.facts["id"], "order": order},
            look=lambda: None,
        )
    state.take(site.existing(state))


def _stub(state: State, target: Wanted, name: str) -> Facts:
    """A resource without a file: a loader reads only what is uploaded to a resource."""
    texts = target.resources[name]
    unknown = {"sha256", "hash", DICTIONARY}
    known = {key: value for key, value in texts.items() if key not in unknown}
    return {"id": state.ids[name], **known}
