"""What the folder private/ holds: who sits where, tickets, and which false alarms are accepted.

Only the lottery commands and the privacy gate read it. Nothing of it is ever printed: what is wrong
with these files is told by file, row and column, without any value.

`holders` and `accepted` are tables like those of the office (schemas/holders.schema.json,
schemas/accepted.schema.json): a CSV file or a workbook of that name, or a sheet of any workbook. A
register is `register-<lottery>.csv`, with at least the column `ticket`, and `word`, `leaf` and
`application`; it is read like any CSV, so that what a spreadsheet has saved anew is searched for.
What looks like one of these and is not read is an error (`unread`), so that no search is switched
off without a word; all else is the office's own and named as not searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from div_opendata.base.disk import read_file
from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.check.records import check_records
from div_opendata.read import div0xx_files as findings
from div_opendata.read.csv_file import read_csv
from div_opendata.read.raw import ReadingStopped, heading_text, is_empty, raw_text
from div_opendata.read.tables import read_table
from div_opendata.standard.codelists import fold
from div_opendata.standard.draw import leaf
from div_opendata.standard.records import Table
from div_opendata.workspace.settings import PRIVATE, is_of_a_system
from div_opendata.workspace.template.texts import GUIDE, text_file

from .unread import Unread

if TYPE_CHECKING:
    from pathlib import Path

    from div_opendata.read.raw import Sheet
    from div_opendata.standard.tables import TableSchema
    from div_opendata.workspace.settings import Workspace

_REGISTER = re.compile(r"register-(.+)\.csv")
_A_PERSON = re.compile(r"[^\W\d_][^\d]*[\s,][^\d]*[^\W\d_]")
"""An application that may be a name, having two words without a digit between them."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A line of a lottery's register."""

    file: str
    row: int
    ticket: str
    word: str
    leaf: str
    application: str


@dataclass(frozen=True)
class Private:
    """What is private, and what was found wrong in reading it; `holders` is None where there is no
    such table, `accepted` says where each hash of a false alarm stands, `there` whether there is a
    folder private/ at all, and `unsearched` what else lies in it."""

    holders: Table | None = None
    accepted: Mapping[str, Place] = field(default_factory=dict)
    tickets: tuple[Ticket, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    there: bool = False
    unsearched: tuple[str, ...] = field(default=(), repr=False)

    @property
    def names(self) -> Iterator[tuple[str, str, int]]:
        """Every name with its file and row: of seat holders, and of applicants where a register
        may have their names for a reference. What is a reference after all, the search knows."""
        if self.holders:
            for record in self.holders.records:
                if name := record.values.get("name"):
                    yield str(name), self.holders.file or PRIVATE, record.row
        for entry in self.tickets:
            if _A_PERSON.search(entry.application):
                yield entry.application, entry.file, entry.row

    @property
    def consents(self) -> Mapping[str, bool] | None:
        """Whether the holder of a seat has consented to naming who nominated them, by seat; None
        where there is no folder private/.

        Where only the table of holders is missing, nobody's consent is known. If a seat has
        several rows, all of them must have it.
        """
        if not self.there:
            return None
        consents: dict[str, bool] = {}
        for record in self.holders.records if self.holders else ():
            if "seat_id" in record.values:
                seat = str(record.values["seat_id"])
                consents[seat] = consents.get(seat, True) and "consent_reference" in record.values
        return consents


def read_private(workspace: Workspace) -> Private:
    """Read what there is in private/; a workspace may have none of it."""
    folder = workspace.root / PRIVATE
    unread = Unread(workspace.standard, folder)
    found: list[Finding] = []
    tables: dict[str, Table] = {}
    tickets: list[Ticket] = []
    unsearched: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if is_of_a_system(path.name) or _is_guide(path):
            continue
        file = f"{PRIVATE}/{path.name}"
        if not unread.may_be_read(path):
            wrong = list(unread.judge(path))
            found += wrong
            unsearched += [] if wrong else [f"{path.name}/" if path.is_dir() else path.name]
            continue
        if register := _REGISTER.fullmatch(path.name):
            try:
                tickets += _register(path, file, register[1])
            except (ReadingStopped, ValueError):
                reason = Message("it is no register as div-opendata writes it")
                found.append(_redacted(findings.unreadable_file(Place(file=file), reason)))
            continue
        read = len(found) + len(tables)
        for schema, sheet in _sheets(path, file, unread, found):
            if other := tables.get(schema.name):
                place = Place(file=file, sheet=sheet.name, table=schema.name)
                twice = findings.table_twice(place, schema.title, other.file or PRIVATE)
                found.append(_redacted(twice))
                continue
            table, wrong = read_table(sheet, schema, workspace.time_zone)
            wrong += check_records(table)
            # a warning is about what is published, and nothing here is
            found += [_redacted(finding) for finding in wrong if finding.severity == "error"]
            tables[schema.name] = table
        unsearched += [path.name] if read == len(found) + len(tables) else []
    if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
        found += unread.judge(folder)
    accepted = dict(_accepted(tables["accepted"])) if "accepted" in tables else {}
    holders = tables.get("holders")
    return Private(
        holders, accepted, tuple(tickets), tuple(found), folder.is_dir(), tuple(unsearched)
    )


def _is_guide(path: Path) -> bool:
    """Whether a file is still the guide that `new` put there: nobody has written anything in it."""
    guide = text_file(GUIDE)
    return (
        path.name == GUIDE
        and path.is_file()
        and path.stat().st_size == len(guide)
        and read_file(path) == guide
    )


def _accepted(table: Table) -> Iterator[tuple[str, Place]]:
    """The hash of each accepted false alarm, and where it stands."""
    for record in table.sound:
        place = table.place(record, "finding_hash")
        yield str(record.values["finding_hash"]), replace(place, value=None, record=None)


def _sheets(
    path: Path, file: str, unread: Unread, found: list[Finding]
) -> Iterator[tuple[TableSchema, Sheet]]:
    """The private tables in a file that may be read."""
    schema = unread.schemas.get(fold(path.stem))
    if path.suffix.lower() == ".csv" and schema:
        yield schema, read_csv(path, file, set(schema.headings))
    else:
        yield from _workbook_sheets(path, file, unread, found)


def _workbook_sheets(
    path: Path, file: str, unread: Unread, found: list[Finding]
) -> Iterator[tuple[TableSchema, Sheet]]:
    """The sheets that are named like a private table; the first one that is not empty where the
    workbook itself is. Others with a private table are found."""
    from div_opendata.read.xlsx import read_xlsx

    schemas = unread.schemas
    widest = max(len(schema.fields) for schema in schemas.values())
    by_file = schemas.get(fold(path.stem))
    try:
        names = [sheet.name or "" for sheet in read_xlsx(path, file, widest)]
        known = [name for name in names if fold(name) in schemas]
        for sheet in read_xlsx(path, file, widest):
            name = sheet.name or ""
            if name in known:
                yield schemas[fold(name)], sheet
            elif not known and by_file and not _is_blank(path, file, widest, name):
                yield by_file, sheet
                by_file = None
            elif not name.startswith("_"):
                rows = ([*map(heading_text, cells)] for _, cells in sheet.rows)
                found += unread.judge_rows(name, rows, Place(file=file, sheet=name))
    except ReadingStopped as stopped:
        found.append(_redacted(stopped.finding))


def _is_blank(path: Path, file: str, columns: int, name: str) -> bool:
    """Whether a sheet has nothing in it; read apart, because rows are read once."""
    from div_opendata.read.xlsx import read_xlsx

    for sheet in read_xlsx(path, file, columns):
        if sheet.name == name:
            return all(is_empty(cell) for _, cells in sheet.rows for cell in cells)
    return True


def _register(path: Path, file: str, lottery: str) -> Iterator[Ticket]:
    """The lines of a register, also as a spreadsheet saves them. Raises ReadingStopped where it
    cannot be read, ValueError where it has no column of tickets."""
    rows = iter(read_csv(path, file, {"ticket", "word", "leaf", "application"}).rows)
    _, heads = next(rows, (1, ()))
    columns = {fold(heading_text(head)): column for column, head in enumerate(heads)}
    if "ticket" not in columns:
        raise ValueError("no column “ticket”")
    for number, row in rows:
        cells = {name: raw_text(row[c]) for name, c in columns.items() if c < len(row)}
        ticket, word = cells.get("ticket", ""), cells.get("word", "")
        if ticket.strip():
            known = cells.get("leaf") or leaf(lottery, ticket, word)
            yield Ticket(file, number, ticket, word, known, cells.get("application", ""))


def _redacted(finding: Finding) -> Finding:
    """A finding in a private file: what kind of mistake and where, but none of its values."""
    return replace(
        finding,
        message=Message(
            "Something here cannot be used; `div-opendata explain {code}` says what kind of"
            " mistake it is. The value is private and not shown.",
            code=finding.code,
        ),
        remedy=Message(
            "Correct it: only what can be read is searched for in what would be published."
        ),
        place=replace(finding.place, value=None, record=None),
        severity="error",
    )
