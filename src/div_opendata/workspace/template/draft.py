"""The workbook in the making: its sheets, its records, and how far its drop-downs reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from div_opendata.standard.codelists import CodeList
from div_opendata.standard.packages import Standard
from div_opendata.standard.tables import TableSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl import Workbook

    from div_opendata.standard.records import Table

GUIDE_SHEET = "_Anleitung"
LISTS_SHEET = "_Listen"
PREPARED_ROWS = 500  # rows that are formatted before anybody has typed into them
CHECKED_ROWS = 2000  # the last row with drop-downs, unless there are more records


@dataclass
class Book:
    """The workbook in the making."""

    workbook: Workbook
    standard: Standard
    tables: tuple[TableSchema, ...]
    records: Mapping[str, Table]
    zone: ZoneInfo
    lists: list[CodeList] = field(default_factory=list)  # the columns of the hidden sheet

    def table(self, name: str) -> TableSchema | None:
        """The table called `name`, if it has a sheet."""
        return next((schema for schema in self.tables if schema.name == name), None)

    def last_row(self, schema: TableSchema) -> int:
        """The last row that is prepared: more than there are records, for those to come."""
        table = self.records.get(schema.name)
        return max(PREPARED_ROWS, len(table.records) if table else 0) + 1

    def checked_rows(self, schema: TableSchema) -> int:
        """The last row with drop-downs, and the last that they offer from a table."""
        table = self.records.get(schema.name)
        return max(CHECKED_ROWS, PREPARED_ROWS + len(table.records) if table else 0)
