"""The DataStore: a table for each CSV, typed, with the data dictionary of the schemas.

Types are PostgreSQL's names, which xloader reads from `type_override`. A date-time stays text, for
a timestamp of the DataStore would drop its offset. A table that people may be reading is never
emptied: rows are put in by their key, then those that are no longer there are taken out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from div_opendata.base.disk import open_file
from div_opendata.base.i18n import Message

from .answers import Refusal, TooLong, odd
from .api import Api

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 5_000
"""Rows that are sent in one request."""
PAGE = 32_000
"""Rows that CKAN gives in one answer (ckan.datastore.search.rows_max)."""
MOST_ROWS = 2_000_000
"""Rows of a table that are read: some more than a table of ours can have (ROWS_LIMIT)."""

_TYPES = {"integer": "int8", "boolean": "bool", "date": "date"}
_NOTHING_KEPT = ({"id": "replaced", "type": "text"},)
"""A column that stands in for all, for a moment: CKAN does nothing where none is named."""


@dataclass(frozen=True)
class Table:
    """A table as the DataStore shall have it: its columns with the dictionary, and its key."""

    fields: tuple[Mapping[str, Any], ...]
    key: tuple[str, ...]

    @property
    def types(self) -> dict[str, str]:
        """The type of each column."""
        return {field["id"]: field["type"] for field in self.fields}

    @property
    def dictionary(self) -> dict[str, Mapping[str, Any]]:
        """What the data dictionary says of each column."""
        return {field["id"]: field["info"] for field in self.fields}

    @property
    def digest(self) -> str:
        """The SHA-256 of columns, types, dictionary and key."""
        return hashlib.sha256(json.dumps([self.fields, self.key]).encode()).hexdigest()

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """The rows of a CSV as JSON values; an empty cell is null."""
        types = self.types
        with io.TextIOWrapper(open_file(path), encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {name: _value(text, types[name]) for name, text in row.items()}

    def is_empty(self, path: Path) -> bool:
        """Whether a CSV has no rows."""
        return next(self.rows(path), None) is None


@dataclass(frozen=True)
class There:
    """A table as the DataStore has it: nothing where there is none."""

    types: Mapping[str, str]
    dictionary: Mapping[str, Mapping[str, Any]]
    rows: int

    def differs(self, table: Table) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the dictionary should say and what it says, as far as that differs. What it says
        besides is somebody else's."""
        wanted, found = {}, {}
        for column, info in table.dictionary.items():
            there = self.dictionary.get(column, {})
            keys = [key for key, value in info.items() if there.get(key) != value]
            if keys:
                wanted[column] = {key: info[key] for key in keys}
                found[column] = {key: there[key] for key in keys if key in there}
        return wanted, found

    def fits(self, table: Table) -> bool:
        """Whether it has a table's columns, in their order, with their dictionary."""
        return [*self.types.items()] == [*table.types.items()] and self.differs(table) == ({}, {})


def table_of(resource: Mapping[str, Any]) -> Table:
    """The table of a descriptor's resource (Table Schema)."""
    schema = resource["schema"]
    return Table(tuple(_column(field) for field in schema["fields"]), tuple(schema["primaryKey"]))


def _column(field: Mapping[str, Any]) -> Mapping[str, Any]:
    english = field["translations"]["en"]
    kind = _TYPES.get(field["type"], "text")
    return {
        "id": field["name"],
        "type": kind,
        "info": {
            "label": field["title"],
            "notes": f"{field['description']}\n\n{english['title']}: {english['description']}",
            "type_override": kind,
            "strip_extra_white": False,
        },
    }


def _value(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "bool":
        return text == "true"
    return int(text) if kind == "int8" else text


def set_up(api: Api, identity: str, table: Table, *, exists: bool) -> None:
    """Give a resource its table, or an existing table its columns and dictionary.

    The DataStore cannot change a column's type or place: from the first that differs on, columns
    are taken out and made anew, and the rows stay with nothing in them until they are filled. In
    any other order than the file's, a loader would drop the table. Raises Refusal and Problem.
    """
    existing = describe(api, identity).types if exists else {}
    wanted = list(table.types.items())
    pairs = zip(existing.items(), wanted, strict=False)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    if same < len(existing):
        kept = table.fields[:same] or _NOTHING_KEPT
        names = {field["id"] for field in kept}
        _create(api, identity, kept, [name for name in table.key if name in names])
    _create(api, identity, table.fields, table.key)


def _create(
    api: Api, identity: str, fields: Iterable[Mapping[str, Any]], key: Iterable[str]
) -> None:
    _write(
        api,
        "datastore_create",
        identity,
        fields=list(fields),
        primary_key=list(key),
        delete_fields=True,
        calculate_record_count=False,
    )


def _write(api: Api, action: str, identity: str, **data: Any) -> None:
    """Change a table. The same request twice does no harm: it is repeated without looking. Without
    `force` CKAN calls the table of an uploaded file read-only (409)."""
    api.write(action, {"resource_id": identity, "force": True, **data}, look=lambda: None)


def remove(api: Api, identity: str) -> None:
    """Take a resource's table away, where there is one."""
    if describe(api, identity).types:
        _write(api, "datastore_delete", identity)


def describe(api: Api, identity: str) -> There:
    """The columns of a resource's table with their types and dictionary, and the number of its
    rows.

    Rows are counted where they are to be `distinct`; else CKAN 2.12 gives the number that it had
    kept, and takes a second connection for that, which waits for ever where a loader has come in
    between.
    """
    query = {"resource_id": identity, "limit": 0, "include_total": True, "distinct": True}
    try:
        answer = api.read("datastore_search", query)
    except Refusal as refusal:
        if refusal.missing:
            return There({}, {}, 0)
        raise
    fields = [field for field in answer["fields"] if field["id"] != "_id"]
    return There(
        {field["id"]: field["type"] for field in fields},
        {field["id"]: field.get("info") or {} for field in fields},
        int(answer["total"]),
    )


def fill(api: Api, identity: str, table: Table, path: Path) -> None:
    """Make a table have the rows of a CSV, without ever emptying it.

    Rows that are there are updated: CKAN 2.12's upsert would let its full-text search go on finding
    what they had in them before, a name that was taken out among it.
    """
    there = {key: row for row, key in rows_of(api, identity, table.key)}
    gone = set(there)
    rows = table.rows(path)
    while chunk := list(islice(rows, ROWS)):
        keys = [tuple(row[name] for name in table.key) for row in chunk]
        pairs = list(zip(keys, chunk, strict=True))
        _put(api, identity, "upsert", [row for key, row in pairs if key not in there])
        _put(api, identity, "update", [row for key, row in pairs if key in there])
        gone -= set(keys)
    _take_out(api, identity, [there[key] for key in gone])


def _put(api: Api, identity: str, method: str, rows: list[dict[str, Any]]) -> None:
    if rows:  # calculate_record_count True: CKAN 2.12 keeps the count it had
        data = {"method": method, "records": rows, "calculate_record_count": False}
        _write(api, "datastore_upsert", identity, **data)


def same_rows(api: Api, identity: str, table: Table, path: Path) -> int:
    """How many rows of a table, which has these columns, are as in a CSV, value by value."""
    columns = tuple(table.types)
    wanted = {_digest(tuple(row[name] for name in columns)) for row in table.rows(path)}
    found = {_digest(row) for _, row in rows_of(api, identity, columns)}
    return len(wanted & found)


def _digest(row: tuple[Any, ...]) -> bytes:
    """What stands for a row: a large table has many."""
    return hashlib.blake2b(json.dumps(row).encode(), digest_size=16).digest()


def rows_of(
    api: Api, identity: str, columns: Iterable[str]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """CKAN's number of every row, and what these columns have there."""
    columns = list(columns)
    offset, limit = 0, PAGE
    while offset <= MOST_ROWS:
        query = {
            "resource_id": identity,
            "fields": ["_id", *columns],
            "include_total": False,
            "sort": "_id",
            "limit": limit,
            "offset": offset,
        }
        try:
            answer = api.read("datastore_search", query)
        except TooLong:
            if limit == 1:
                raise
            limit = max(limit // 4, 1)
            continue
        rows = answer["records"]
        for row in rows:
            yield row["_id"], tuple(row.get(name) for name in columns)
        offset += len(rows)
        if not rows or len(rows) < answer["limit"]:  # the portal's own may be lower
            return
    raise odd(api.action("datastore_search"), Message("the table comes to no end"))


def _take_out(api: Api, identity: str, rows: list[int]) -> None:
    for start in range(0, len(rows), ROWS):
        some = {"_id": rows[start : start + ROWS]}
        _write(api, "datastore_delete", identity, filters=some, calculate_record_count=False)
