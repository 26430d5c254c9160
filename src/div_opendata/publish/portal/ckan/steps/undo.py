"""What was begun and cannot be finished is undone: the last release's files, and its tables' rows.

Nothing that was withdrawn comes back by that (docs/decisions/withdraw-by-bytes.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from div_opendata.base.disk import writing
from div_opendata.base.files import sha256
from div_opendata.standard.descriptor import Descriptor
from div_opendata.workspace.withdrawn import file_has_any, withdrawn

from .. import datastore
from ..answers import Refusal
from ..dataset import Wanted, own_resources, tags_of
from ..journal import SETTLED
from ..look import descriptor
from ..readers import download, found
from ..site import Site
from ..state import State
from ..transport import Upload
from .revise import revise


def undo(site: Site, state: State, target: Wanted, names: list[str]) -> list[str]:
    """Bring back the last release's bytes after a refusal; the files that could not be.

    CKAN writes files before it commits: those before the one that it refused are new ones,
    under the old description. What was never public stays private and is left.
    """
    if state.former["private"]:
        return []
    resources = own_resources(state.former, state.ids)
    taken_back = withdrawn(site.workspace)
    bring_back, left = {}, []
    for name in names:
        file = target.files[name]
        old = resources.get(name, {}).get("sha256")
        if old is None or found(site, state, name, file.path) == old:
            continue
        kept = site.kept(state, name, file.path)
        if kept.is_file() and sha256(kept) == old and not file_has_any(kept, taken_back):
            bring_back[name] = kept
        else:
            left.append(file.path)
    if bring_back:
        try:
            _send_back(site, state, target, bring_back)
        except Refusal:
            left += [target.files[name].path for name in bring_back]
    try:
        _fill_back(site, state, target, names)
    except Refusal:  # what the portal refuses to change it has not changed either
        left += [target.files[name].path for name in names if name in target.tables]
    if not left:
        site.journal.note(SETTLED, state.name)
    return left


def _send_back(site: Site, state: State, target: Wanted, files: Mapping[str, Path]) -> None:
    """Send the last release's files, with what was said of the dataset then."""
    former = state.former
    resources = own_resources(former, state.ids)
    uploads = tuple(Upload(f"{state.key(name)}__upload", path) for name, path in files.items())
    facts = {
        state.key(name): {key: resources[name].get(key, "") for key in target.resources[name]}
        for name in resources.keys() & target.resources.keys()
    }
    extras = {"extras": former.get("extras", [])}
    tags = {"tags": [{"name": tag} for tag in sorted(tags_of(former))]}
    update = {key: former.get(key, "") for key in target.facts} | extras | tags
    state.take(site.existing(state))
    revise(
        site,
        state,
        lambda _seen: {"filter": ["-tags", "-extras"], "update": update, **facts},
        # the description is the old one either way: it cannot tell whether the bytes are back
        lambda _seen: False,
        uploads,
    )


def _fill_back(site: Site, state: State, target: Wanted, names: list[str]) -> None:
    """Give tables that have the new rows already the last release's."""
    for resource in _tables(site, state.descriptor, target, names):
        kept = site.kept(state, resource["name"], resource["path"])
        if kept.is_file() and f"sha256:{sha256(kept)}" == resource["hash"]:
            _fill(site, state, resource, kept)


def give_back_tables(site: Site, state: State, target: Wanted, names: list[str]) -> None:
    """Give tables that have our rows already those of the files that the portal shows, where
    somebody else was faster; what cannot be done now is in the journal."""
    if not site.has_tables:
        return
    state.take(site.existing(state))
    shown = descriptor(site, state)
    with suppress(Refusal, FileNotFoundError, ValueError), tempfile.TemporaryDirectory() as folder:
        for resource in _tables(site, shown, target, names):
            path = Path(folder) / f"{resource['name']}.csv"
            with writing(path) as stream:
                stream.writelines(download(site, state, resource["name"], resource["path"]))
            _fill(site, state, resource, path)


def _tables(
    site: Site, described: Descriptor | None, target: Wanted, names: list[str]
) -> Iterator[Mapping[str, Any]]:
    """The resources of a descriptor whose tables may have been changed."""
    if site.has_tables and described:
        for resource in described["resources"]:
            if resource["name"] in target.tables and resource["name"] in names:
                yield resource


def _fill(site: Site, state: State, resource: Mapping[str, Any], path: Path) -> None:
    if sha256(path) not in withdrawn(site.workspace):
        identity, table = state.identity(resource["name"]), datastore.table_of(resource)
        datastore.set_up(site.api, identity, table, exists=True)
        datastore.fill(site.api, identity, table, path)
