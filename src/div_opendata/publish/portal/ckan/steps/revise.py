"""Changing a dataset that is there: only as it was seen, and never blindly twice."""

from __future__ import annotations

from collections.abc import Callable

from div_opendata.base.i18n import Message

from ..answers import Refusal, Trouble
from ..dataset import Facts, groups_of, own_resources
from ..site import Site
from ..state import State
from ..transport import Sent, Upload


def revise(
    site: Site,
    state: State,
    change: Callable[[Facts], Facts],
    done: Callable[[Facts], bool],
    uploads: tuple[Upload, ...] = (),
    sent: Sent = lambda _bytes: None,
) -> None:
    """Change a dataset if it still is as it was seen. Where it is not, look: what others have
    changed stays, and only if they have changed what is ours they win. Raises Refusal."""
    before = _own(state, state.facts)

    def attempt() -> Facts:
        match = {"id": state.facts["id"], **state.lock}
        data = as_allowed(site, state.facts, {"match": match, **change(state.facts)})
        try:
            answer = site.api.call("package_revise", data, uploads, sent)
        except Refusal as refusal:
            if not refusal.overtaken:
                raise
            raise Trouble(Message("others keep changing the dataset")) from None
        return dict(answer["package"])

    def look() -> Facts | None:
        seen = site.existing(state)
        if done(seen):
            return seen
        if _own(state, seen) != before:
            raise state.overtaken()
        state.take(seen)
        return None

    state.take(site.api.persist(attempt, look))


def as_allowed(site: Site, seen: Facts, change: Facts) -> Facts:
    """A change, in a form that CKAN allows whatever groups the dataset is in. It refuses one that
    names a group which the account is no member of, and leaves the dataset in such a group where it
    is not named; from the account's own groups it would take it then."""
    there, configured = groups_of(seen), set(site.settings.groups)
    if there >= configured and there <= (site.account.groups if there else there):
        return change
    groups = [{"name": name} for name in sorted((there | configured) & site.account.groups)]
    return {
        **change,
        "filter": ["-groups", *change.get("filter", ())],
        "update": {**change.get("update", {}), "groups": groups},
    }


def _own(state: State, seen: Facts) -> Facts:
    """Our files in a dataset, and what only publishing changes: who changed it was faster."""
    resources = own_resources(seen, state.ids)
    return {
        "private": seen["private"],
        "state": seen["state"],
        **{key: seen.get(key) for key in ("name", "title", "notes", "version", "license_id")},
        **{name: item.get("sha256") for name, item in resources.items()},
    }
