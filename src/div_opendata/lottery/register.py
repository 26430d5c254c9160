"""The private side of a lottery: who holds which ticket, and the slips that applicants get.

Everything here stays in the folder private/ of the workspace, readable by its owner alone where
the system can say so, and is never taken by version control. The register of a lottery is
`register-<lottery>.csv`; `slips-<lottery>/` has a text for each applicant. Both are gone when the
register is destroyed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from div_opendata.base.disk import TABLE_LIMIT, naming, open_file, read_text, reason_of
from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import csv_bytes
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES, Language
from div_opendata.read.csv_file import read_csv
from div_opendata.read.raw import ReadingStopped
from div_opendata.standard import draw
from div_opendata.standard.codelists import fold
from div_opendata.workspace.settings import LOOPBACK, PRIVATE, FolderPortal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from div_opendata.workspace.settings import Workspace

TICKET_BITS = 100
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for another or for a digit."""
_DIGIT_BITS = 5
_GROUP = 4
_LOOKALIKES = str.maketrans("OIL", "011")
_SEPARATORS = re.compile(r"[\s\u002d\u2010-\u2015]+")
_TEMPORARY = ".draft-"
_LONGEST = 300  # characters of a word or a reference
_FORMULA = ("=", "+", "-", "@")
_APPLICATION = {"application", "bewerbung", "name", "aktenzeichen", "reference"}
_WORD = {"word", "wort"}
_NO_CSV = {
    b"PK\x03\x04": Message("it is a workbook (.xlsx or .ods), no CSV file"),
    b"\xd0\xcf\x11\xe0": Message("it is an old or protected workbook (.xls), no CSV file"),
    b"%PDF": Message("it is a PDF, no CSV file"),
    b"\xff\xfe": Message("it is “Unicode Text” (UTF-16), no CSV file in UTF-8"),
    b"\xfe\xff": Message("it is “Unicode Text” (UTF-16), no CSV file in UTF-8"),
}
"""With what files begin that are saved where a CSV was meant."""


@dataclass(frozen=True)
class Application:
    """A qualified application: what the office knows it by, the word that was chosen, and the line
    of the file, 0 where there is none."""

    reference: str = ""
    word: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Entry:
    """A line of a register. `number` counts the applications from 1; `keep_until` is the day until
    which the register is kept (ISO 8601)."""

    number: int
    application: str
    ticket: str
    word: str
    leaf: str
    call: str
    keep_until: str


_COLUMNS = tuple(field.name for field in fields(Entry))


def ticket_of(number: int) -> str:
    """The ticket of a number below 2^100: 20 characters in groups of four."""
    digits = [
        _ALPHABET[number >> shift & (1 << _DIGIT_BITS) - 1]
        for shift in range(TICKET_BITS - _DIGIT_BITS, -1, -_DIGIT_BITS)
    ]
    return _grouped("".join(digits))


def _grouped(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def typed_ticket(text: str) -> str:
    """A ticket as somebody types it, written as on the slip: small letters, blanks for hyphens and
    O for 0 are understood. What has not the form of a ticket stays as it is."""
    plain = _SEPARATORS.sub("", text).upper().translate(_LOOKALIKES)
    if len(plain) * _DIGIT_BITS == TICKET_BITS and set(plain) <= set(_ALPHABET):
        return _grouped(plain)
    return text.strip()


def typed_text(content: bytes) -> str:
    """What somebody typed into a file or a console, in UTF-8 or Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def make_entries(
    lottery: str,
    call: str,
    applications: Iterable[Application],
    keep_until: dt.date,
    random: Callable[[int], int] = secrets.randbits,
) -> list[Entry]:
    """A ticket for each application. `random` gives a number of so many random bits."""
    entries = []
    for number, application in enumerate(applications, 1):
        ticket = ticket_of(random(TICKET_BITS))
        leaf = draw.leaf(lottery, ticket, application.word)
        entry = Entry(
            number,
            application.reference,
            ticket,
            application.word,
            leaf,
            call,
            keep_until.isoformat(),
        )
        entries.append(entry)
    return entries


# --- applications ---------------------------------------------------------------------------------


def read_applications(path: Path) -> list[Application]:
    """The qualified applications in a CSV file: `application` (or Bewerbung), `word` (or Wort).

    Read as every CSV is (read/csv_file.py). Raises UsageProblem, which never shows what is in a
    cell, where a line or the whole file cannot be used.
    """
    rows = _csv_rows(path)
    heads = [fold(head) for head in next(rows, (0, []))[1]]
    columns = {
        name: next((n for n, head in enumerate(heads) if head in spellings), None)
        for name, spellings in (("application", _APPLICATION), ("word", _WORD))
    }
    if columns["application"] is None:
        raise _unusable(path, 1, Message("there is no column “application”"))
    applications = []
    seen: set[str] = set()
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = {
            name: row[column].strip() if column is not None and column < len(row) else ""
            for name, column in columns.items()
        }
        if any(cell.strip() for head, cell in zip_longest(heads, row, fillvalue="") if not head):
            raise _unusable(path, line, Message("it has more cells than headings"))
        if reason := _mistake_in(cells["application"], cells["word"], seen):
            raise _unusable(path, line, reason)
        seen.add(cells["application"])
        applications.append(Application(cells["application"], cells["word"], line))
    return applications


def alike(applications: Iterable[Application]) -> list[tuple[int, ...]]:
    """The lines of applications that may be of the same person: written alike but for case, blanks
    and how letters are composed (ä, ß and ss)."""
    lines: dict[str, list[int]] = {}
    for application in applications:
        if application.reference:
            lines.setdefault(_bare(application.reference), []).append(application.line)
    return [tuple(same) for same in lines.values() if len(same) > 1]


def _bare(reference: str) -> str:
    """A name or reference without what two people type differently."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", reference).casefold())
    return "".join(letter for letter in folded if letter.isprintable() and not letter.isspace())


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with open_file(path, TABLE_LIMIT) as stream:
            begins = stream.read(max(map(len, _NO_CSV)))
        for mark, reason in _NO_CSV.items():
            if begins.startswith(mark):
                raise _other_format(path, reason)
        for line, row in read_csv(path, path.name, _APPLICATION | _WORD).rows:
            yield line, [str(cell) for cell in row]
    except OSError as error:
        raise UsageProblem(
            Message("{file} cannot be read: {reason}", file=path, reason=reason_of(error)),
            Message("Give the file with the qualified applications."),
        ) from error
    except ReadingStopped as stopped:  # which says nothing of what is in a cell
        finding, at = stopped.finding, stopped.finding.place.row
        raise UsageProblem(
            Message("{file}, line {line}: {reason}", file=path, line=at, reason=finding.message)
            if at
            else Message("{file}: {reason}", file=path, reason=finding.message),
            finding.remedy,
        ) from stopped


def _other_format(path: Path, reason: Message) -> UsageProblem:
    return UsageProblem(
        Message("{file}: {reason}.", file=path, reason=reason),
        Message('Open it in the program it was made with, and save it as "CSV UTF-8".'),
    )


def _mistake_in(reference: str, word: str, seen: set[str]) -> Message | None:
    if not reference:
        return Message("the application has no name or reference")
    if reference in seen:
        return Message("the application is there twice")
    for text in (reference, word):
        if len(text) > _LONGEST:
            return Message("a cell is longer than {limit} characters", limit=_LONGEST)
        if text.startswith(_FORMULA):
            return Message("a cell begins with = + - or @, which a spreadsheet would run")
        if any(unicodedata.category(letter) in {"Cc", "Cs", "Co"} for letter in text):
            return Message("a cell has a letter that cannot be printed")
    return None


def _unusable(path: Path, line: int, reason: Message) -> UsageProblem:
    return UsageProblem(
        Message("{file}, line {line}: {reason}.", file=path, line=line, reason=reason),
        Message(
            "The file is a CSV with the columns “application” (a name or reference) and, if you"
            " like, “word”, a line for each qualified application."
        ),
    )


# --- the register ---------------------------------------------------------------------------------


class Register:
    """The private files of a lottery."""

    def __init__(self, workspace: Workspace, lottery: str) -> None:
        self.lottery = lottery
        self.folder = workspace.root / PRIVATE
        self.path = self.folder / f"register-{lottery}.csv"
        self.slips = self.folder / f"slips-{lottery}"

    def exists(self) -> bool:
        """Whether there is a register."""
        return self.path.is_file()

    def entries(self) -> list[Entry]:
        """All lines of the register. Raises UsageProblem where there is none, or it is damaged."""
        if not self.exists():
            raise UsageProblem(
                Message("There is no register of the lottery {lottery}.", lottery=self.lottery),
                Message(
                    "It would be {file}. `div-opendata lottery tickets` makes it.", file=self.path
                ),
            )
        try:
            text = read_text(self.path, TABLE_LIMIT, self.folder.parent)
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
            entries = [_entry(row) for row in rows]
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise _damaged(self.path) from error
        if any(draw.leaf(self.lottery, e.ticket, e.word) != e.leaf for e in entries):
            raise _damaged(self.path)
        return entries

    def write(self, entries: Sequence[Entry]) -> None:
        """Write the register whole, for its owner alone."""
        rows = [list(map(str, asdict(entry).values())) for entry in entries]
        write_private(self.path, csv_bytes([list(_COLUMNS), *rows]))

    def write_slips(self, entries: Iterable[Entry], where: str, city: str) -> None:
        """Write the slip of each applicant; `where` is the address at which the pool will be.

        The register has all that is in them: they can be written again.
        """
        entries = list(entries)
        for entry in entries:
            pages = [slip(entry, self.lottery, where, city, language) for language in LANGUAGES]
            write_private(self.slip(entry), "\n\n".join(pages).encode())

    def slip(self, entry: Entry) -> Path:
        """The file of an applicant's slip."""
        return self.slips / f"{entry.number:04}.txt"

    def forget(self, ticket: str) -> bool:
        """Remove the entry and the slip of a ticket; whether there was one."""
        entries = self.entries()
        found = [entry for entry in entries if entry.ticket == ticket]
        for entry in found:
            self.slip(entry).unlink(missing_ok=True)
        if found:
            self.write([entry for entry in entries if entry.ticket != ticket])
        return bool(found)

    def destroy(self) -> list[Path]:
        """Remove the register and all slips; the paths that were there.

        The register goes last: as long as it is there, the work is not done.
        """
        removed = [path for path in (self.slips, self.path) if path.exists()]
        if self.slips.exists():
            shutil.rmtree(self.slips)
        for draft in self.folder.glob(f"{_TEMPORARY}*"):  # of a run that died
            draft.unlink()
        self.path.unlink(missing_ok=True)
        return removed

    def guard(self) -> None:
        """Raise UsageProblem where version control would take any of the private files."""
        for path in (self.path, self.slips / "0001.txt", self.folder / f"{_TEMPORARY}register"):
            refuse_versioned(path)


def _entry(row: dict[str, str]) -> Entry:
    values = {name: row[name] for name in _COLUMNS if name != "number"}
    dt.date.fromisoformat(values["keep_until"])
    return Entry(number=int(row["number"]), **values)


def _damaged(path: Path) -> UsageProblem:
    return UsageProblem(
        Message("The register {file} is damaged.", file=path),
        Message(
            "Somebody may have changed it: a ticket, its word and its leaf belong together. Put a"
            " copy back that was kept safely, or declare the lottery void and begin anew."
        ),
    )


def overdue(workspace: Workspace, today: dt.date) -> list[Message]:
    """A reminder for each register that should have been destroyed."""
    reminders = []
    for path in sorted((workspace.root / PRIVATE).glob("register-*.csv")):
        lottery = path.stem.removeprefix("register-")
        try:
            entries = Register(workspace, lottery).entries()
        except UsageProblem as problem:
            reminders.append(problem.message)
            continue
        if entries and (until := dt.date.fromisoformat(entries[0].keep_until)) < today:
            reminders.append(
                Message(
                    "The register of the lottery {lottery} was to be kept until {date}. Destroy it:"
                    " div-opendata lottery destroy {lottery}",
                    lottery=lottery,
                    date=until,
                )
            )
    return reminders


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole, readable by its owner alone where the system can say so."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = next(parent for parent in path.parents if parent.name == PRIVATE)
    handle, name = tempfile.mkstemp(dir=folder, prefix=_TEMPORARY)  # readable by its owner alone
    try:
        with naming(path):
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def refuse_versioned(path: Path) -> None:
    """Raise UsageProblem where git has a file or would take it; nothing is asked without git."""
    top = next((p for p in path.resolve().parents if (p / ".git").exists()), None)
    git = shutil.which("git")
    if top is None or git is None:
        return
    asked = subprocess.run(  # noqa: S603 - a fixed command on a path of the workspace
        [git, "-C", str(top), "check-ignore", "--quiet", "--", str(path.resolve())],
        capture_output=True,
        check=False,
    )
    # 1: not ignored, or tracked already (then git does not ask its lists); 128: git cannot tell
    if asked.returncode != 0:
        raise UsageProblem(
            Message("Version control would take {file}.", file=path),
            Message(
                "What is private must never be checked in: it stays in the history. Add the line"
                " /private/ to .gitignore beside div-opendata.toml; what is checked in already has"
                " to be removed: git rm --cached."
            ),
        )


def pool_address(workspace: Workspace) -> str | None:
    """Where applicants will find the pool: the package “lottery” on the first portal that others
    can reach; None where no portal of the configuration is like that."""
    for portal in workspace.configuration.portals.values():
        if isinstance(portal, FolderPortal):
            address = f"{portal.base_url}lottery/"
        else:
            address = f"{portal.url.rstrip('/')}/dataset/{portal.prefix}-lottery"
        if urlsplit(address).hostname not in LOOPBACK:
            return address
    return None


# --- slips ----------------------------------------------------------------------------------------


def slip(entry: Entry, lottery: str, where: str, city: str, language: Language) -> str:
    """What an applicant gets: ticket, word, leaf, and how to look them up."""
    heading = Message("{city}: your ticket in the lottery {lottery}", city=city, lottery=lottery)
    lines = [
        heading.text(language),
        "",
        *(
            f"{label.text(language)}:  {value}"
            for label, value in (
                (Message("Application"), entry.application),
                (Message("Ticket"), entry.ticket),
                (Message("Your word"), entry.word),
                (Message("Leaf"), entry.leaf),
            )
            if value
        ),
        "",
    ]
    texts = [
        Message(
            "Keep this slip and show it to nobody: whoever knows ticket and word can see which"
            " place your ticket got."
        ),
        Message(
            "Before the draw the leaves of all tickets are published at {where} in the file"
            " pool-{lottery}.txt. Search it for your leaf (Ctrl+F). If it is not there, object"
            " before the objection period ends; it is published there, too.",
            where=where,
            lottery=lottery,
        ),
        Message(
            "After the draw the table of tickets, lottery_tickets.csv, shows the rank of your leaf"
            " at the same address. Anybody can repeat the draw; check_lottery.py beside it does so."
        ),
        Message(
            "The leaf is SHA-256 of the text div-lottery/v1|{lottery}|TICKET|WORD, the word in"
            " small letters. It does not reveal who applied.",
            lottery=lottery,
        ),
        Message(
            "The list of who holds which ticket is private. It is kept until {date} and then"
            " destroyed; on your request your entry is removed before.",
            date=dt.date.fromisoformat(entry.keep_until),
        ),
    ]
    return "\n".join([*lines, *(text.text(language) + "\n" for text in texts)])
