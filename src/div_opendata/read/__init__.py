"""Reading: the office's workbook and CSV files as tables whose every cell knows its place."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.codelists import fold
from div_opendata.standard.packages import Standard
from div_opendata.standard.records import Records, Table
from div_opendata.standard.tables import TableSchema
from div_opendata.workspace.settings import (
    CODELISTS,
    PRIVATE,
    TABLE_FILES,
    WORKBOOK,
    is_left_aside,
)
from div_opendata.workspace.withdrawn import WITHDRAWN

from . import div0xx_files as findings
from .csv_file import read_csv
from .names import understand_names
from .raw import ReadingStopped, Sheet, is_empty
from .tables import read_table
from .xlsx import read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from div_opendata.workspace.settings import Workspace

MORE_COLUMNS = 200  # than the widest table has: an office's own notes at its right


def read(workspace: Workspace) -> Records:
    """Read all public tables of a workspace; one that is nowhere is an empty table."""
    standard = workspace.standard
    records = Records({}, [])
    for sheet in _sheets(workspace, records.findings):
        schema = _schema_of(sheet, standard, records.findings)
        if schema is None:
            continue
        if other := records.tables.get(schema.name):
            place = Place(file=sheet.file, sheet=sheet.name, table=schema.name)
            where = " ".join(filter(None, (other.file, other.sheet)))
            records.findings.append(findings.table_twice(place, schema.title, where))
            continue
        table, found = read_table(sheet, schema, workspace.time_zone)
        records.tables[schema.name] = table
        records.findings.extend(found)
    # a file or sheet that was not read may be any missing table
    lost = any(f.code in {"DIV001", "DIV004", "DIV016", "DIV021"} for f in records.findings)
    records.tables = {
        schema.name: records.tables.get(schema.name) or Table(schema, complete=not lost)
        for schema in standard.public
    }
    understand_names(records.tables)
    return records


def _sheets(workspace: Workspace, found: list[Finding]) -> Iterator[Sheet]:
    """Every sheet and CSV file that may be a table, in a fixed order."""
    in_root = [path for path in _listing(workspace.root) if _looks_like_records(path, workspace)]
    for path in sorted([*in_root, *_listing(workspace.records)]):
        file = path.relative_to(workspace.root).as_posix()
        if is_left_aside(path.name):
            continue
        place = Place(file=file)
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):  # a loop of links is the one or the other
            reason = Message("it is a link that leads nowhere")
            found.append(findings.unreadable_file(place, reason))
            continue
        if not target.is_relative_to(workspace.root.resolve()):
            found.append(findings.leaves_workspace(place))
        elif _is_same(path, workspace.workbook) and path.is_file():
            yield from _workbook_sheets(path, file, workspace.standard, found)
        elif path.parent == workspace.root and path.is_dir():
            found.append(findings.unexpected_file(place, _near_folder(path, workspace)))
        elif path.parent == workspace.root:
            found.append(findings.unexpected_file(place, _near_file(path, workspace)))
        elif path.parent == workspace.records and path.suffix.lower() == ".csv" and path.is_file():
            yield read_csv(path, file, _headings_of(path.stem, workspace.standard))
        else:
            found.append(findings.unexpected_file(place))


def _looks_like_records(path: Path, workspace: Workspace) -> bool:
    """Whether somebody may think that this file or folder beside the configuration is read."""
    name = path.name.casefold()
    if path.name == WITHDRAWN:
        return False
    if path.is_dir() and _near_folder(path, workspace):
        return True
    if name == workspace.records.name:
        return not (path.is_dir() and _is_same(path, workspace.records))
    return name.startswith("records.") or path.suffix.casefold() in TABLE_FILES


def _near_folder(path: Path, workspace: Workspace) -> str | None:
    """What a folder beside the configuration is called with a slip; None where there is none."""
    known = [workspace.records, *(workspace.root / name for name in (CODELISTS, PRIVATE))]
    if any(_is_same(path, folder) for folder in known):
        return None
    names = [folder.name for folder in known]
    return next(iter(get_close_matches(path.name.casefold(), names, 1, 0.83)), None)


def _near_file(path: Path, workspace: Workspace) -> str | None:
    """Where a file beside the configuration may belong: a CSV named like a table, the workbook."""
    standard = workspace.standard
    table = standard.spellings.get(fold(path.stem))
    if table and path.suffix.casefold() == ".csv":
        folder = workspace.records.name if standard.tables[table].public else PRIVATE
        return f"{folder}/{path.name}"
    return next(iter(get_close_matches(path.name.casefold(), [WORKBOOK], 1, 0.83)), None)


def _is_same(path: Path, known: Path) -> bool:
    """Some file systems take `Records` for `records`, others do not."""
    if path.name.casefold() != known.name or path.parent != known.parent:
        return False
    return path == known or (known.exists() and path.samefile(known))


def _listing(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _workbook_sheets(
    path: Path, file: str, standard: Standard, found: list[Finding]
) -> Iterator[Sheet]:
    widest = max(len(schema.fields) for schema in standard.tables.values())
    try:
        for sheet in read_xlsx(path, file, widest + MORE_COLUMNS):
            if not (sheet.name or "").startswith("_"):
                yield sheet
    except ReadingStopped as stopped:
        found.append(stopped.finding)


def _headings_of(name: str, standard: Standard) -> set[str]:
    """The folded headings that a file of this name may have."""
    table = standard.spellings.get(fold(name))
    return set(standard.tables[table].headings) if table else set()


def _schema_of(sheet: Sheet, standard: Standard, found: list[Finding]) -> TableSchema | None:
    """The table that a sheet or file is named by; None, with a finding, where it is none."""
    name = sheet.name or sheet.file.rpartition("/")[2].rpartition(".")[0]
    place = Place(file=sheet.file, sheet=sheet.name)
    spellings = standard.spellings
    if table := spellings.get(fold(name)):
        schema = standard.tables[table]
        if schema.public:
            return schema
        found.append(findings.private_table(place, schema.title))
        return None
    if sheet.name and _is_blank(sheet):
        return None
    near = get_close_matches(fold(name), spellings, 1)
    title = standard.tables[spellings[near[0]]].title if near else None
    found.append(findings.unknown_table(place, name, title))
    return None


def _is_blank(sheet: Sheet) -> bool:
    """Whether a sheet is one of the empty ones that a new workbook begins with."""
    try:
        return all(is_empty(cell) for _, cells in sheet.rows for cell in cells)
    except ReadingStopped:
        return False
