"""Tables as code has them, to write into a workbook or a CSV."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from div_opendata.base.i18n import Label
from div_opendata.standard.packages import Package, Standard, load_standard
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import TableSchema, Value

STANDARD = load_standard()


def table_of(schema: TableSchema, *values: Mapping[str, Value]) -> Table:
    return Table(schema, records=[Record(dict(v), row) for row, v in enumerate(values, 2)])


def only(schema: TableSchema) -> Standard:
    """A standard of one table: quick to write."""
    text = Label("", "")
    package = Package("one", text, text, {}, (), (schema.name,))
    return dataclasses.replace(STANDARD, packages={"one": package})
