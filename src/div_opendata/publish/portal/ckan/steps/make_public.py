"""RELEASE: what was verified becomes public."""

from __future__ import annotations

from ..dataset import Wanted
from ..site import Site
from ..state import State
from .revise import revise


def make_public(site: Site, state: State, target: Wanted) -> None:
    """Make public what was verified, if it still is that. Raises Problem."""
    site.journal.note("release", state.name)
    hashes = {
        f"match__resources__{state.identity(name)}__sha256": file.sha256
        for name, file in target.files.items()
    }
    # not metadata_modified, which the loader changes: the hashes say that it is what was verified
    state.lock = {"private": True}
    with site.account.explaining(state.name):
        revise(
            site,
            state,
            lambda _seen: {**hashes, "update": {"private": False}},
            lambda seen: not seen["private"],
        )
