"""A file of ours that is there twice: the resource that came later is emptied, then deleted.

Earlier versions of this tool made one where a portal had got another address and its keys had been
dropped from the first. Nobody else brings it up to date, or takes a leak from it.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from .. import datastore
from ..dataset import Facts, file_of
from ..site import Site
from ..state import State
from ..transport import Upload
from .revise import as_allowed

_NOTHING = hashlib.sha256(b"").hexdigest()


def remove_doubles(site: Site, state: State) -> None:
    """Leave each file of ours once, in the resource that was there first. Raises Problem."""
    for _, resource in state.doubles:
        identity = resource["id"]
        site.journal.note("double", state.name)

        def look(identity: str = identity) -> Facts | None:
            seen = site.existing(state)
            return None if identity in {item["id"] for item in seen["resources"]} else seen

        with site.account.explaining(state.name):
            empty(site, state, identity, file_of(resource))
            site.api.write("resource_delete", {"id": identity}, look)
        state.take(site.existing(state))


def empty(site: Site, state: State, identity: str, path: str) -> None:
    """Take the content out of a resource, and the table made of it. Raises Refusal and Problem."""
    if site.has_tables:
        datastore.remove(site.api, identity)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.touch()
        key = f"update__resources__{identity}"
        data = {"match": {"id": state.facts["id"]}, key: {"sha256": _NOTHING}}

        def look() -> Facts | None:
            seen = site.existing(state)
            done = any(
                r["id"] == identity and r.get("sha256") == _NOTHING for r in seen["resources"]
            )
            return seen if done else None

        change = as_allowed(site, state.facts, data)
        site.api.write("package_revise", change, look, (Upload(f"{key}__upload", file),))
