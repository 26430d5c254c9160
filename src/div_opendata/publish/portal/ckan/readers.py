"""What readers of a CKAN get: the bytes of files, and the tables of the DataStore."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from div_opendata.base.disk import CHUNK, FILE_LIMIT, writing
from div_opendata.base.errors import Problem
from div_opendata.base.files import sha256
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
    return all(check.passed for check in table_checks(site, state, target, [name]))


def table_checks(site: Site, state: State, target: Wanted, names: Iterable[str]) -> Iterator[Check]:
    """Whether the DataStore has these tables as they shall be."""
    for name in names:
        yield from checks_of_table(
            site, state, name, target.tables[name], target.files[name].source
        )


def checks_of_table(
    site: Site, state: State, name: str, table: datastore.Table, path: Path
) -> Iterator[Check]:
    """Whether the DataStore has a table's columns and their dictionary, and the rows of a file,
    value by value. What its full-text search goes by, CKAN shows nobody."""
    rows = sum(1 for _ in table.rows(path))
    identity, what = state.identity(name), state.table_name(name)
    with site.account.explaining(state.name):
        there = datastore.describe(site.api, identity)
        yield Check(f"{what}, types)", json.dumps(table.types), json.dumps(there.types))
        if not there.types:
            yield Check(f"{what}, rows)", str(rows), "–")
            return
        texts = (json.dumps(part, ensure_ascii=False) for part in there.differs(table))
        yield Check(f"{what}, dictionary)", *texts)
        yield Check(f"{what}, rows)", str(rows), str(there.rows))
        if there.types.keys() >= table.types.keys():
            same = datastore.same_rows(site.api, identity, table, path)
            yield Check(f"{what}, rows as in the file)", str(rows), str(same))


@contextmanager
def released_file(site: Site, state: State, resource: Mapping[str, Any]) -> Iterator[Path | None]:
    """The file of a descriptor's resource as it was released: kept here, else from the portal;
    None where neither has it."""
    kept = site.kept(state, resource["name"], resource["path"])
    digest = resource["hash"].removeprefix("sha256:")
    if kept.is_file() and sha256(kept) == digest:
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with suppress(FileNotFoundError), writing(path) as stream:
            stream.writelines(download(site, state, resource["name"], resource["path"]))
        yield path if sha256(path) == digest else None
