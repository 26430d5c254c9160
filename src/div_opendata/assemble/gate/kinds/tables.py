"""The tables of packages, cell by cell: no unknown column or form, and nothing private in texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard.packages import Standard
from div_opendata.standard.records import Records

from ..contact import KINDS, Kind, contacts
from ..div7xx_bytes import WARNED, leak, secret_counts, unknown_content
from ..files import File, csv_rows
from ..folding import decoded, folded, has, words
from ..forms import is_free_text, value_form
from ..leaks import Leaks
from ..persons import people
from ..search import Secret
from ..trace import TracedTable


@dataclass(frozen=True)
class Tables:
    """The tables of one run, each judged once: the bundle has the same bytes as the package."""

    standard: Standard
    records: Records | None
    leaks: Leaks
    _judged: set[tuple[str, bytes]] = field(default_factory=set)

    def judge(self, file: File) -> Iterator[Finding]:
        """One table, unless it was judged before."""
        schema = self.standard.tables[file.name.rpartition("/")[2].partition(".")[0]]
        digest = hashlib.sha256(file.text.encode("utf-8", "replace")).digest()
        if (schema.name, digest) in self._judged:
            return
        self._judged.add((schema.name, digest))
        rows = list(csv_rows(file.text))
        if not rows:
            yield unknown_content(file.place, Message("This table has no headings."))
            return
        place = replace(file.place, table=schema.name)
        table = TracedTable(schema, place, rows[0][1], rows[1:], self.records, self.leaks)
        yield from _TableJudge(table, self.leaks).judge(self.leaks.needles.search(file.text))


@dataclass(frozen=True)
class _TableJudge:
    """One table."""

    table: TracedTable
    leaks: Leaks

    def judge(self, secrets: set[Secret]) -> Iterator[Finding]:
        """Everything found in it; `secrets` are what its whole text has."""
        yield from self._beyond_schema()
        yield from self._secret_counts()
        located = list(self._located()) if secrets else []
        for secret, number, column in located:
            cell = self.table.rows[number][1][column]
            yield self.leaks.leak(secret, cell, self.table.at(number, column))
        for secret in secrets - {secret for secret, _, _ in located}:
            if secret.kind not in WARNED:
                yield leak(secret, self.table.place)
        if secrets:
            yield from self._words_beside()
        private = {(number, column) for _, number, column in located}
        for column, cell, numbers in self.table.values():
            yield from self._judge_value(column, cell, numbers, private)
            yield from self._names(column, cell, numbers, private)

    def _beyond_schema(self) -> Iterator[Finding]:
        table = self.table
        for number, item in enumerate(table.fields):
            if item is None:
                name = self.leaks.safe(table.heads[number])
                yield unknown_content(
                    replace(table.place, row=1, column=number + 1),
                    Message("The table has an unknown column: {name}", name=name),
                )
        for number, (_, row) in enumerate(table.rows):
            if len(row) != len(table.heads):
                what = Message("This row has other cells than the table has columns.")
                yield unknown_content(table.at(number, None), what)

    def _secret_counts(self) -> Iterator[Finding]:
        """Fields that the schema withholds of a row with its other values."""
        table, schema = self.table, self.table.schema
        if "withheld" not in schema.schema:
            return
        for number in range(len(table.rows)):
            values = table.row(number)
            for name in sorted(schema.withheld(values)):
                if values.get(name):
                    here = table.at(number, table.heads.index(name))
                    yield secret_counts(here, schema.fields[name].title)

    def _located(self) -> Iterator[tuple[Secret, int, int]]:
        """What private/ holds, with row and column of each cell that has it.

        A surname that is a code, or a heading, is none.
        """
        for column, cell, numbers in self.table.values():
            item = self.table.field(column)
            for secret in self.leaks.needles.search(cell):
                if not (secret.kind == "surname" and item and item.codelist):
                    yield from ((secret, number, column) for number in numbers)

    def _words_beside(self) -> Iterator[Finding]:
        """Chosen words in free text, or in an unknown column, of the row with their leaf."""
        leaves = self.leaks.needles.leaves
        fields = enumerate(self.table.fields)
        free = [column for column, item in fields if item is None or is_free_text(item)]
        for number, (_, row) in enumerate(self.table.rows if free else ()):
            for chosen, secret in (leaves[cell] for cell in row if cell in leaves):
                for column in free:
                    if column < len(row) and has(chosen, words(folded(row[column]))):
                        yield leak(secret, self.table.at(number, column))

    def _judge_value(
        self, column: int, cell: str, numbers: list[int], private: set[tuple[int, int]]
    ) -> Iterator[Finding]:
        item = self.table.field(column)
        kinds: tuple[Kind, ...] = KINDS
        if item and not is_free_text(item):
            if not self._forms[column](cell):
                for number in numbers:
                    what = Message("“{heading}” cannot have this value.", heading=item.title)
                    yield unknown_content(self.table.at(number, column), what)
            elif item.schema.get("format") == "uri":
                cell, kinds = decoded(cell), ("email",)
            else:
                return
        elif item and item.name == "location":
            kinds = tuple(kind for kind in KINDS if kind != "address")
        if contacts(cell, kinds):
            for number in numbers:
                hidden = (number, column) in private
                place = self.table.at(number, column, shown=not hidden)
                yield from self.leaks.contacts(cell, place, kinds, hidden=hidden)

    def _names(
        self, column: int, cell: str, numbers: list[int], private: set[tuple[int, int]]
    ) -> Iterator[Finding]:
        """Names of whom nothing is known, in free text that has nothing private."""
        item = self.table.field(column)
        if (item is None or is_free_text(item)) and people(cell):
            for number in numbers:
                if (number, column) not in private:
                    yield from self.leaks.names(cell, self.table.at(number, column, shown=True))

    @cached_property
    def _forms(self) -> Mapping[int, Callable[[str], object]]:
        return {
            number: value_form(item)
            for number, item in enumerate(self.table.fields)
            if item and not is_free_text(item)
        }
