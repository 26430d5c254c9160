"""Records against each other: unique keys, and references that lead to a record of the right table.

The index of keys has the broken records too, so that one broken row is not also reported as a
dangling reference; of a table that could not be read whole, or has a row whose key could not,
nobody knows what it has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Label
from div_opendata.standard.codelists import fold
from div_opendata.standard.records import listing_fields
from div_opendata.standard.tables import key_of, key_text, value_text

from . import div2xx_references as findings
from .near import Suggestions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from div_opendata.base.finding import Finding
    from div_opendata.standard.records import Record, Table

Index = dict[str, set[str]]
"""The keys of each table, as text."""


def check_references(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """What is wrong with the keys of all tables and the references between them.

    Fields found wrong become part of the record's `broken`; a table with a row whose key cannot be
    read is not `complete`.
    """
    index: Index = {}
    suggestions = Suggestions()
    for table in tables.values():
        index[table.schema.name] = set()
        yield from _check_key(table, table.schema.primary_key, index[table.schema.name])
        table.complete = table.complete and all(_has_key(table, r) for r in table.records)
        for fields in table.schema.unique_keys:
            yield from _check_key(table, fields, set())
    for table in tables.values():
        for key in table.schema.foreign_keys:
            for record in table.records:
                yield from _check_reference(
                    tables, index, suggestions, table, record, key.fields[-1], key.table
                )
        if reference := table.schema.record_reference:
            table_field, record_field = reference
            for record in table.records:
                target = record.values.get(table_field)
                if table_field not in record.broken and isinstance(target, str):
                    yield from _check_reference(
                        tables, index, suggestions, table, record, record_field, target
                    )


def check_named_fields(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """The fields that records name and the table has not, before their schema judges the cell.

    Nothing is said where nobody knows which table is meant: its cell has the finding.
    """
    suggestions = Suggestions()
    for table, record, changed, text, schema in listing_fields(tables):
        if changed in record.broken:
            continue
        if schema is None:
            record.broken.add(changed)
            continue
        _, unknown = schema.named_fields(text)
        if unknown:
            record.broken.add(changed)
            kind = (table.schema.name, changed, schema.name)
            near = suggestions.near(kind, fold(unknown[0]), schema.headings)
            field = schema.fields[schema.headings[near]] if near else None
            place = table.place(record, changed)
            yield findings.unknown_field(place, unknown[0], schema, field.title if field else None)


def _has_key(table: Table, record: Record) -> bool:
    """Whether a row has a key of which nothing was found wrong."""
    fields = table.schema.primary_key
    return key_of(record.values, fields) is not None and record.broken.isdisjoint(fields)


def _check_key(table: Table, fields: tuple[str, ...], seen: set[str]) -> Iterator[Finding]:
    """Rows that share the values of `fields`; adds all values to `seen`."""
    first: dict[str, Record] = {}
    for record in table.records:
        key = key_of(record.values, fields)
        if key is None:
            continue
        text = key_text(key)
        seen.add(text)
        other = first.setdefault(text, record)
        if other is record or record.broken.intersection(fields):
            continue
        record.broken.add(fields[-1])
        place = table.place(record, fields[-1])
        where = table.place(other, fields[-1]).cell or f"{other.row}"
        if fields == table.schema.primary_key:
            yield findings.key_twice(place, text, where)
        else:
            if len(fields) == 1:  # nobody knows which of the two is wrong; else one is too many
                other.broken.add(fields[-1])
            yield findings.value_twice(place, [table.schema.fields[f].title for f in fields], where)


def _check_reference(
    tables: Mapping[str, Table],
    index: Index,
    suggestions: Suggestions,
    table: Table,
    record: Record,
    field: str,
    target: str,
) -> Iterator[Finding]:
    value = record.values.get(field)
    if value is None or field in record.broken or target not in index:
        return
    text = value_text(value)
    known_form = re.fullmatch(table.schema.fields[field].schema["pattern"], text)
    if text in index[target] or (known_form and not tables[target].complete):
        return
    record.broken.add(field)
    place = table.place(record, field)
    expected = tables[target].schema.title
    if other := _owner(text, index, tables):
        yield findings.wrong_table(place, expected, other)
        return
    kind = (table.schema.name, field, target)
    near = suggestions.record(kind, text, tables[target], index[target])
    example = None if known_form else tables[target].schema.key_example
    yield findings.dangling_reference(place, expected, near, example)


def _owner(text: str, index: Index, tables: Mapping[str, Table]) -> Label | None:
    """The title of the table that has the key."""
    for name, keys in index.items():
        if text in keys:
            return tables[name].schema.title
    return None
