"""Changing a dataset that is there: only as it was seen, and never blindly twice."""

from __future__ import annotations

from collections.abc import Callable

from div_opendata.base.i18n import Message

from ..answers import Refusal, Trouble
from ..dataset import Facts, own_resources
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
        data = {"match": match, **change(state.facts)}
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


def _own(state: State, seen: Facts) -> Facts:
    """Our files in a dataset, and what only publishing changes: who changed it was faster."""
    resources = own_resources(seen, state.ids)
    return {
        "private": seen["private"],
        "state": seen["state"],
        **{key: seen.get(key) for key in ("title", "notes", "version", "license_id")},
        **{name: item.get("sha256") for name, item in resources.items()},
    }
