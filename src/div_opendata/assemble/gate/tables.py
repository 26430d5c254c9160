"""One table of a finished package, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.tables import TableSchema, key_text

from .contact import KINDS, Kind, contacts
from .findings import WARNED, secret_counts, unknown_content
from .folding import decoded, folded, has, words
from .forms import is_free_text, value_form
from .search import Secret

if TYPE_CHECKING:
    from div_opendata.standard.records import Record, Table

    from .judge import Gate


class TableJudge:
    """One table of a finished package."""

    def __init__(
        self,
        gate: Gate,
        schema: TableSchema,
        place: Place,
        heads: list[str],
        rows: list[tuple[int, list[str]]],
    ) -> None:
        self._gate = gate
        self._schema = schema
        self._place = place
        self._heads = heads
        self._rows = rows
        self._fields = [
            schema.fields.get(head) if heads.index(head) == number else None
            for number, head in enumerate(heads)
        ]

    def judge(self, secrets: set[Secret]) -> Iterator[Finding]:
        """Everything found in it; `secrets` are what its whole text has."""
        yield from self._beyond_schema()
        yield from self._secret_counts()
        private_cells: set[tuple[int, int]] = set()
        if secrets:
            yield from self._private(secrets, private_cells)
            yield from self._words_beside()
        for column, cell, numbers in self._values():
            yield from self._judge_value(column, cell, numbers, private_cells)

    def _beyond_schema(self) -> Iterator[Finding]:
        for number, item in enumerate(self._fields):
            if item is None:
                name = self._gate.safe(self._heads[number])
                yield unknown_content(
                    replace(self._place, row=1, column=number + 1),
                    Message("The table has an unknown column: {name}", name=name),
                )
        for number, (_, row) in enumerate(self._rows):
            if len(row) != len(self._heads):
                what = Message("This row has other cells than the table has columns.")
                yield unknown_content(self._at(number, None), what)

    def _private(self, secrets: set[Secret], cells: set[tuple[int, int]]) -> Iterator[Finding]:
        """Where the private values stand that the text has; their rows and columns go to `cells`.

        A surname that is a code, or a heading, is none.
        """
        located: set[Secret] = set()
        for column, cell, numbers in self._values():
            item = self._fields[column] if column < len(self._fields) else None
            for secret in self._gate.needles.search(cell):
                if secret.kind == "surname" and item and item.codelist:
                    continue
                located.add(secret)
                for number in numbers:
                    cells.add((number, column))
                    yield self._gate.leak(secret, self._at(number, column))
        for secret in secrets - located:
            if secret.kind not in WARNED:
                yield self._gate.leak(secret, self._place)

    def _values(self) -> Iterator[tuple[int, str, list[int]]]:
        """Each distinct value of each column, with the numbers of its rows."""
        width = max([len(self._heads), *(len(row) for _, row in self._rows)])
        for column in range(width):
            where: dict[str, list[int]] = defaultdict(list)
            for number, (_, row) in enumerate(self._rows):
                if column < len(row) and row[column]:
                    where[row[column]].append(number)
            for cell, numbers in where.items():
                yield column, cell, numbers

    def _judge_value(
        self, column: int, cell: str, numbers: list[int], private: set[tuple[int, int]]
    ) -> Iterator[Finding]:
        gate = self._gate
        item = self._fields[column] if column < len(self._fields) else None
        kinds: tuple[Kind, ...] = KINDS
        if item and not is_free_text(item):
            if not self._forms[column](cell):
                for number in numbers:
                    what = Message("“{heading}” cannot have this value.", heading=item.title)
                    yield unknown_content(self._at(number, column), what)
            elif item.schema.get("format") == "uri":
                cell, kinds = decoded(cell), ("email",)
            else:
                return
        elif item and item.name == "location":
            kinds = tuple(kind for kind in KINDS if kind != "address")
        if contacts(cell, kinds):
            for number in numbers:
                hidden = (number, column) in private
                yield from gate.contacts(
                    cell, self._at(number, column, shown=not hidden), kinds, hidden=hidden
                )

    @cached_property
    def _forms(self) -> Mapping[int, Callable[[str], object]]:
        return {
            number: value_form(item)
            for number, item in enumerate(self._fields)
            if item and not is_free_text(item)
        }

    def _secret_counts(self) -> Iterator[Finding]:
        """Fields that the schema withholds of a row with its other values."""
        if "withheld" not in self._schema.schema:
            return
        for number, (_, row) in enumerate(self._rows):
            values = dict(zip(self._heads, row, strict=False))
            for name in sorted(self._schema.withheld(values)):
                if values.get(name):
                    here = self._at(number, self._heads.index(name))
                    yield secret_counts(here, self._schema.fields[name].title)

    def _words_beside(self) -> Iterator[Finding]:
        """Chosen words in free text, or in an unknown column, of the row with their leaf."""
        leaves = self._gate.needles.leaves
        free = [
            number for number, item in enumerate(self._fields) if item is None or is_free_text(item)
        ]
        if not free:
            return
        for number, (_, row) in enumerate(self._rows):
            for cell in row:
                if cell not in leaves:
                    continue
                chosen, secret = leaves[cell]
                for column in free:
                    if column < len(row) and has(chosen, words(folded(row[column]))):
                        yield self._gate.leak(secret, self._at(number, column))

    def _at(self, number: int, column: int | None, *, shown: bool = False) -> Place:
        """The cell of the office's records that a cell came from, else its own place."""
        line, row = self._rows[number]
        item = None if column is None or column >= len(self._fields) else self._fields[column]
        values = dict(zip(self._heads, row, strict=False))
        key = [values.get(name, "") for name in self._schema.primary_key]
        found = self._of_office.get("/".join(key)) if all(key) else None
        if found and item:
            table, record = found
            place = table.place(record, item.name)
            place = replace(place, record=self._gate.safe(place.record or ""))
            return place if shown else replace(place, value=None)
        return replace(
            self._place,
            row=line,
            column=None if column is None else column + 1,
            field=item.name if item else None,
            record=self._gate.safe("/".join(key)) if all(key) else None,
        )

    @cached_property
    def _of_office(self) -> Mapping[str, tuple[Table, Record]]:
        """The office's records by their keys as text."""
        records = self._gate.records
        table = records.tables.get(self._schema.name) if records else None
        if table is None or table.file is None:
            return {}
        return {
            key_text(key): (table, record)
            for record in table.records
            if (key := table.schema.key_of(record.values))
        }
