"""Finding a dataset of ours that has not its name any more: by its id where this workspace has
published it, else by the id that one of its files has got."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from div_opendata.base.i18n import Message

from .answers import Refusal
from .dataset import Facts
from .site import Site
from .state import State


def elsewhere(site: Site, state: State) -> Facts | None:
    """A package's dataset under another name, if there is one. Raises Refusal and Problem."""
    if known := site.known.get(state.package.name):
        return site.show(known.id)
    if site.known:  # what was published from here has its id
        return None
    return with_resource(site, [state.ids["datapackage"]])


def with_resource(site: Site, ids: Iterable[str]) -> Facts | None:
    """The dataset that has a resource with one of these ids. Raises Problem."""
    for identity in ids:
        with suppress(Refusal):
            return site.show(site.api.read("resource_show", {"id": identity})["package_id"])
    return None


def take(site: Site, state: State, found: Facts, *, free: bool) -> None:
    """Go on with a dataset that has another name. It gets its own back if that is `free`, for all
    addresses that were published have it; else, and where the configuration names it otherwise now,
    it keeps the one that it has."""
    state.take(found)
    name, known = found["name"], site.known.get(state.package.name)
    if name == state.name:
        return
    if known and known.name == name:
        site.tell_once(
            Message(
                "{dataset} stays {name}: the addresses that were published have that name. Put"
                " prefix back as it was.",
                dataset=state.name,
                name=name,
            )
        )
    elif free:
        state.name_back = True
    else:
        site.tell_once(
            Message(
                "{dataset} is called {name} now, and another dataset has its name: {url}. It is"
                " published as {name}. Those who run the portal can rename both.",
                dataset=state.name,
                name=name,
                url=site.page(state.name),
            )
        )
