"""The records of the complete example, changes of them, and what is then not in order."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator

from div_opendata.workspace.settings import Workspace
from support.workspaces import EXAMPLES, TODAY, Files, examine

Tables = dict[str, list[dict[str, str]]]
Edit = Callable[[Tables], None]


def _example() -> Tables:
    tables = {}
    for path in (EXAMPLES / "musterstadt" / "records").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return tables


EXAMPLE = _example()
HEADINGS = {name: list(rows[0]) for name, rows in EXAMPLE.items()}


def row_of(tables: Tables, table: str, record: str) -> dict[str, str]:
    return next(row for row in tables[table] if row["id"] == record)


def put(table: str, record: str, **values: str) -> Edit:
    """Change cells of a row."""

    def edit(tables: Tables) -> None:
        row = row_of(tables, table, record)
        assert values.keys() <= row.keys()
        assert any(row[name] != value for name, value in values.items())
        row.update(values)

    return edit


def copy(table: str, record: str, **values: str) -> Edit:
    """Add a row like another one, below all others."""

    def edit(tables: Tables) -> None:
        row = row_of(tables, table, record)
        assert values.keys() <= row.keys()
        tables[table].append({**row, **values})

    return edit


def add(table: str, /, **values: str) -> Edit:
    """Add a row."""
    return lambda tables: tables[table].append(dict.fromkeys(HEADINGS[table], "") | values)


def drop(table: str, **values: str) -> Edit:
    """Take out the rows with these values."""

    def edit(tables: Tables) -> None:
        kept = [row for row in tables[table] if any(row[n] != v for n, v in values.items())]
        assert len(kept) < len(tables[table])
        tables[table] = kept

    return edit


def changed(*edits: Edit) -> tuple[Tables, Files]:
    """The records of the example with these changes, and the files to write."""
    tables = {name: [dict(row) for row in rows] for name, rows in EXAMPLE.items()}
    for edit in edits:
        edit(tables)
    return tables, {
        f"records/{name}.csv": "\n".join(_lines(HEADINGS[name], rows)) + "\n"
        for name, rows in tables.items()
    }


def _lines(headings: list[str], rows: list[dict[str, str]]) -> Iterator[str]:
    yield ",".join(headings)
    for row in rows:
        yield ",".join('"' + row[name].replace('"', '""') + '"' for name in headings)


def cell_of(tables: Tables, table: str, record: str, field: str) -> str:
    """The cell of a field as a spreadsheet names it; no row here has two lines."""
    numbers = [number for number, row in enumerate(tables[table], 2) if row["id"] == record]
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[HEADINGS[table].index(field)]
    return f"{letter}{numbers[-1]}"


Departure = tuple[str, str | None, str | None]


def departures(workspace: Workspace, today: dt.date = TODAY) -> list[Departure]:
    """Code, file and cell of what is not in order; what is excused is."""
    _, findings = examine(workspace, rules=True, today=today)
    return [(f.code, f.place.file, f.place.cell) for f in findings if f.severity != "note"]
