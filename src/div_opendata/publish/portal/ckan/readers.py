"""What readers of a CKAN get: the bytes of files, and the tables of the DataStore."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator

from div_opendata.base.disk import CHUNK, FILE_LIMIT
from div_opendata.base.errors import Problem
from div_opendata.base.verification import Check

from ..compare import found_sha256
from . import datastore
from .answers import Unreadable
from .dataset import Wanted
from .site import Site
from .state import State


def found(site: Site, state: State, name: str, path: str) -> str:
    """The SHA-256 of what a reader gets, or a dash where there is nothing."""
    return found_sha256(lambda: download(site, state, name, path))


def download(
    site: Site, state: State, name: str, path: str, limit: int = FILE_LIMIT
) -> Iterator[bytes]:
    """A resource's bytes. Raises FileNotFoundError and Problem."""
    address = site.address_of(state, name, path)
    return read_whole(site, address, limit, private=state.facts["private"])


def read_whole(site: Site, address: str, limit: int, *, private: bool) -> Iterator[bytes]:
    """The bytes at an address of the portal. They come by way of a file, so that they can be read
    again after trouble, and no memory is needed. Raises FileNotFoundError, also where the portal
    keeps failing over this file, and Problem."""
    with tempfile.SpooledTemporaryFile(CHUNK) as stream:

        def attempt() -> None:
            stream.seek(0)
            stream.truncate()
            for chunk in site.api.download(address, private=private, limit=limit):
                stream.write(chunk)

        try:
            site.api.persist(attempt, lambda: None)
        except Problem as problem:
            if isinstance(problem.__cause__, Unreadable):
                raise FileNotFoundError(address) from None
            raise
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            yield chunk


def tables_gone(site: Site, state: State, target: Wanted) -> list[str]:
    """The tables of a dataset that the DataStore does not have."""
    there = {name for name, item in state.resources.items() if item.get("datastore_active")}
    return [name for name in target.tables if name not in there] if site.has_tables else []


def has_table(site: Site, state: State, target: Wanted, name: str) -> bool:
    """Whether the DataStore has a table as it shall be, with every value."""
    if not all(check.passed for check in table_checks(site, state, target, [name])):
        return False
    table, file = target.tables[name], target.files[name]
    with site.account.explaining(state.name):
        return datastore.has_rows(site.api, state.identity(name), table, file.source)


def table_checks(site: Site, state: State, target: Wanted, names: Iterable[str]) -> Iterator[Check]:
    """Whether the DataStore has these tables as they shall be."""
    for name in names:
        table = target.tables[name]
        rows = sum(1 for _ in table.rows(target.files[name].source))
        yield from checks_of_table(site, state, name, table, rows)


def checks_of_table(
    site: Site, state: State, name: str, table: datastore.Table, rows: int
) -> Iterator[Check]:
    """Whether the DataStore has a table's columns and rows."""
    with site.account.explaining(state.name):
        types, number = datastore.describe(site.api, state.identity(name))
    what = state.table_name(name)
    yield Check(f"{what}, types)", json.dumps(table.types), json.dumps(types))
    yield Check(f"{what}, rows)", str(rows), str(number))
