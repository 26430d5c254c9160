"""TABLES: the DataStore's columns and, where no loader does it, its rows."""

from __future__ import annotations

from .. import datastore
from ..dataset import DICTIONARY, Wanted
from ..site import Site
from ..state import State


def set_up_tables(site: Site, state: State, target: Wanted, names: list[str]) -> bool:
    """Give each new or changed table its columns and, where no loader does, its rows; whether
    the dataset has changed by that. `names` are the files that are going to be sent."""
    if not site.has_tables:
        return False
    resources = state.resources
    changed = False
    for name, table in target.tables.items():
        resource, file = resources[name], target.files[name]
        exists = bool(resource.get("datastore_active"))
        fits = exists and resource.get(DICTIONARY) == table.digest
        if fits and name in names:  # a loader would drop a table whose types were taken away
            fits = datastore.describe(site.api, resource["id"]).fits(table)
        wrong = not fits or name in state.wrong_tables
        loaded = site.loads and name in names and not table.is_empty(file.source)
        if wrong or name in names:
            site.journal.note("table", state.name, tables=[name])
        if wrong:
            datastore.set_up(site.api, resource["id"], table, exists=exists)
            changed = True
        if (wrong and exists) or ((wrong or name in names) and not loaded):
            datastore.fill(site.api, resource["id"], table, file.source)
    return changed
