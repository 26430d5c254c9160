"""The lottery's tables of a workspace: read, judged, and written whole, all at once.

The commands write these four tables and no others, always as CSV below records/. A command puts
its new files beside the old ones and a list of them last: from then on it is done, and a run that
dies before the last file is in its place is completed by the next (`recover`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.files import (
    copy_whole,
    csv_bytes,
    draft,
    json_bytes,
    read_json,
    sha256,
    write_whole,
)
from div_opendata.base.finding import Place
from div_opendata.base.i18n import Message
from div_opendata.check import check
from div_opendata.check.records import wrong_value
from div_opendata.read import read
from div_opendata.read.values import understand
from div_opendata.standard.draw import TABLES
from div_opendata.standard.records import Record, Records, Table
from div_opendata.standard.tables import TableSchema, value_text

if TYPE_CHECKING:
    from pathlib import Path

    from div_opendata.base.finding import Finding
    from div_opendata.workspace.settings import Workspace

_NEEDED = {*TABLES, "calls", "sessions", "circles"}
_INTENT = "intent.json"
_PENDING = "pending"

Row = dict[str, Any]
"""A row of a table: its values by field, without those that are missing."""


@dataclass
class Books:
    """The rows of the lottery's tables, which steps.py changes, beside the office's records."""

    workspace: Workspace
    records: Records
    rows: dict[str, list[Row]]

    def office(self, table: str, id: str) -> Mapping[str, Any]:  # noqa: A002 - the field's name
        """The office's row with that id. Raises UsageProblem where there is none."""
        found = self.records.tables[table]
        for record in found.records:
            if record.values.get("id") == id:
                return record.values
        raise UsageProblem(
            Message("{id} is not in the table “{table}”.", id=id, table=found.schema.title),
            Message("Enter it there first, or correct the ID."),
        )

    def lottery(self, id: str) -> Row:  # noqa: A002 - the field's name
        """The lottery with that id. Raises UsageProblem where there is none."""
        for row in self.rows["lotteries"]:
            if row["id"] == id:
                return row
        known = [row["id"] for row in self.rows["lotteries"]]
        raise UsageProblem(
            Message("There is no lottery {lottery}.", lottery=id),
            Message("Known lotteries: {known}.", known=known)
            if known
            else Message("`div-opendata lottery freeze` makes it."),
        )

    def of(self, table: str, lottery: str) -> list[Row]:
        """The rows of a lottery in their order."""
        rows = (row for row in self.rows[table] if row["lottery_id"] == lottery)
        return sorted(rows, key=lambda row: row[TABLES[table]])

    def typed(self, table: str, field: str, text: str) -> Any:
        """What a text that somebody typed will be read as; None where it is empty.

        Raises UsageProblem where it could not be read again.
        """
        schema = self._schema(table)
        value = understand(schema.fields[field], text, self.workspace.time_zone)
        if value is None:
            return None
        place = Place(table=table, field=field, value=text)
        wrong = value(place) if callable(value) else wrong_value(schema, field, value)
        if wrong is not None:
            raise UsageProblem(wrong.message, wrong.remedy)
        return value

    def judge(self, lottery: str, today: dt.date) -> list[Finding]:
        """What is wrong with a lottery as its rows are now: what `validate` would say of them."""
        from div_opendata.check.rules import judge
        from div_opendata.check.rules.facts import Facts

        tables = {**self.records.tables, **{name: self._table(name) for name in TABLES}}
        candidate = Records(tables, [])
        found = check(candidate)
        found += judge(Facts(candidate, today, self.workspace.time_zone), sound=False)
        return [finding for finding in found if _concerns(finding, lottery)]

    def save(self) -> None:
        """Write the tables that have changed. The caller holds the workspace."""
        commit(self.workspace, self.files())

    def files(self) -> dict[Path, bytes]:
        """The CSV of each table that has rows or a file."""
        return {
            path: csv_bytes(self._lines(name))
            for name in TABLES
            if (path := self._path(name)).is_file() or self.rows[name]
        }

    def _path(self, name: str) -> Path:
        file = self.records.tables[name].file
        return self.workspace.root / (file or f"records/{name}.csv")

    def _schema(self, name: str) -> TableSchema:
        return self.workspace.standard.tables[name]

    def _sorted(self, name: str) -> list[Row]:
        key = self._schema(name).primary_key
        return sorted(self.rows[name], key=lambda row: tuple(row[field] for field in key))

    def _lines(self, name: str) -> list[list[str]]:
        columns = list(self._schema(name).fields)
        lines = [[value_text(row.get(column)) for column in columns] for row in self._sorted(name)]
        return [columns, *lines]

    def _table(self, name: str) -> Table:
        """The table as it will be read when it is written."""
        schema = self._schema(name)
        columns = {field: number for number, field in enumerate(schema.fields, 1)}
        file = self._path(name).relative_to(self.workspace.root).as_posix()
        table = Table(schema, file, columns=columns)
        line = 2
        for row in self._sorted(name):
            table.records.append(Record(dict(row), line))
            line += 1 + sum(str(value).count("\n") for value in row.values())
        return table


def _concerns(finding: Finding, lottery: str) -> bool:
    place = finding.place
    return place.table in TABLES and (place.record or "").partition("/")[0] == lottery


def open_books(workspace: Workspace) -> Books:
    """The lottery's tables of a workspace, without errors. The caller holds the workspace.

    Raises UsageProblem where they, or the tables that they refer to, have errors, or where one is
    in the workbook, which no command writes.
    """
    recover(workspace)
    records = read(workspace)
    found = check(records)
    wrong = [f for f in found if f.severity == "error" and f.place.table in {*_NEEDED, None}]
    if wrong:
        raise UsageProblem(
            Message(
                "The records have errors: {places}.",
                places=sorted({f.place.file or "." for f in wrong}),
            ),
            Message("Nothing was changed. `div-opendata validate` names each; correct them first."),
        )
    for name in TABLES:
        table = records.tables[name]
        if table.sheet is not None:
            raise UsageProblem(
                Message("The table “{table}” is in the workbook.", table=table.schema.title),
                Message(
                    "Commands never write the workbook. Save the sheet as records/{name}.csv and"
                    " remove it from the workbook.",
                    name=name,
                ),
            )
    rows = {
        name: [dict(record.values) for record in records.tables[name].records] for name in TABLES
    }
    return Books(workspace, records, rows)


# --- all at once ----------------------------------------------------------------------------------


def commit(workspace: Workspace, files: Mapping[Path, bytes]) -> None:
    """Write files below the workspace, all of them or none. The caller holds the workspace."""
    home = _home(workspace)
    intent = []
    with draft(home) as folder:
        for number, (path, content) in enumerate(files.items()):
            digest = hashlib.sha256(content).hexdigest()
            former = sha256(path) if path.is_file() else None
            if former == digest:
                continue
            write_whole(folder / str(number), content)
            name = path.relative_to(workspace.root).as_posix()
            intent.append({"file": name, "draft": str(number), "former": former, "new": digest})
        if intent:
            write_whole(folder / _INTENT, json_bytes(intent))
            # from here on the command is done, whoever dies (docs/decisions/frozen-lottery.md)
            folder.rename(home / _PENDING)
    recover(workspace)


def is_pending(workspace: Workspace) -> bool:
    """Whether a run died between two of its files."""
    return (_home(workspace) / _PENDING).exists()


def recover(workspace: Workspace) -> None:
    """Complete what a run that died had begun. The caller holds the workspace.

    Raises Problem where somebody has changed one of the files since.
    """
    pending = _home(workspace) / _PENDING
    intent = pending / _INTENT
    if intent.is_file():
        for item in read_json(intent):
            path = workspace.root / item["file"]
            found = sha256(path) if path.is_file() else None
            if found == item["new"]:
                continue
            if found != item["former"]:
                raise Problem(
                    Message(
                        "A lottery command died, and {file} has been changed since.",
                        file=item["file"],
                    ),
                    Message(
                        "Put the former {file} back, or give up the command: remove {pending}.",
                        file=item["file"],
                        pending=pending,
                    ),
                )
            copy_whole(pending / item["draft"], path)
        # first: without the list, a folder that is half removed asks for nothing
        intent.unlink()
    shutil.rmtree(pending, ignore_errors=True)


def _home(workspace: Workspace) -> Path:
    return workspace.internal / "lottery"
