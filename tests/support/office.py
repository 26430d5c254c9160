"""A workspace beside which a lottery is held, and whoever types its commands.

The commands run in this process; the only thing of them that is replaced is the clock, so that a
lottery of four weeks takes seconds.
"""

from __future__ import annotations

import csv
import datetime as dt
import http.server
import io
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from div_opendata.assemble.packages import write_packages
from div_opendata.cli import main as cli
from div_opendata.cli.shared import clock
from div_opendata.lottery import CHECKER
from div_opendata.lottery.register import Register
from div_opendata.standard.draw import TABLES
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.template.workbook import write_workbook
from support.workspaces import copy_example, examine

LOTTERY, CALL = "lottery-kuehle-orte-2026", "call-kuehle-orte-2026"
DRAWN = "lottery-wegeinformation-2024"
POOL_SIZE = 60
DICE, DRAND = "4 1 6 3 3 5 2 6 1 3", "00000000000000ff" + "7" * 48
ANNOUNCEMENT = """
session_id = "session-2026-4"
publication_due = "20.11.2026 12:00"
objection_hours = 168

[[sources]]
name = "Zehn Würfe"
kind = "dice"
numbers = 10
scheduled_at = 2026-12-08T18:30:00

[[sources]]
name = "Erste Runde ab 18:45 Uhr"
kind = "drand"
scheduled_at = "08.12.2026 18:45"
locator = "https://drand.example/runde"
"""

DURING = {
    "deadline": "2026-08-14T12:00:00+02:00",
    "tickets": "2026-11-10T10:00:00+01:00",
    "freeze": "2026-11-16T10:00:00+01:00",
    "early": "2026-12-08T18:44:59+01:00",
    "draw": "2026-12-08T18:50:00+01:00",
    "later": "2027-03-01T09:00:00+01:00",
    "end": "2027-07-01T09:00:00+02:00",
}


def edit(root: Path, table: str, change: Callable[[list[dict[str, str]]], object]) -> None:
    """Change the rows of a CSV."""
    path = root / "records" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, heads = list(reader), list(reader.fieldnames or ())
    changed = change(rows)
    rows = changed if isinstance(changed, list) else rows
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_csv(root: Path, table: str, lottery: str = LOTTERY) -> list[dict[str, str]]:
    with (root / "records" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        name = "id" if table == "lotteries" else "lottery_id"
        return [row for row in csv.DictReader(file) if row[name] == lottery]


def without_lottery(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if LOTTERY not in {row.get("id"), row.get("lottery_id")}]


def into_workbook(root: Path) -> None:
    """Put every table that people fill in into a workbook; the lottery's stay CSVs."""
    workspace = open_workspace(root)
    records, _ = examine(workspace)
    people = {n: t for n, t in records.tables.items() if t.schema.for_people}
    write_workbook(workspace.workbook, workspace.standard, people)
    for name in people:
        (root / "records" / f"{name}.csv").unlink(missing_ok=True)


def hold_session(root: Path) -> None:
    """What the office enters after the session."""
    values = {
        "state": "held",
        "participant_count": "30",
        "participants_administration": "10",
        "participants_boards": "10",
        "participants_society": "10",
    }
    if (root / "records/sessions.csv").exists():
        edit(
            root,
            "sessions",
            lambda rows: [
                {**row, **values} if row["id"] == "session-2026-4" else row for row in rows
            ],
        )
        return
    workspace = open_workspace(root)
    records, _ = examine(workspace)
    (session,) = (
        r for r in records.tables["sessions"].records if r.values["id"] == "session-2026-4"
    )
    session.values |= {n: int(v) if v.isdigit() else v for n, v in values.items()}
    people = {n: t for n, t in records.tables.items() if t.schema.for_people}
    write_workbook(workspace.workbook, workspace.standard, people)


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


class Office:
    """A workspace, and whoever types the commands."""

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.root = root
        self._patch = monkeypatch
        self._capsys = capsys
        self.now = dt.datetime.fromisoformat(DURING["tickets"])
        (root / "announcement.toml").write_text(ANNOUNCEMENT, encoding="utf-8")

    @classmethod
    def of_musterstadt(
        cls, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Office:
        """The complete example, as it was before its second lottery."""
        root = copy_example("musterstadt", folder)
        for table in TABLES:
            edit(root, table, without_lottery)
        edit(root, "votes", lambda rows: [r for r in rows if r["date"] < DURING["tickets"]])
        return cls(root, monkeypatch, capsys)

    def at(self, when: str) -> None:
        """Let it be another time."""
        self.now = dt.datetime.fromisoformat(DURING[when])

    def do(
        self, *arguments: str | Path, typed: str = "", status: int = 0, terminal: bool = False
    ) -> str:
        """Run a command; what it printed, both streams."""
        self._patch.setattr(clock, "now", lambda: self.now)
        self._patch.setattr(sys, "stdin", Terminal(typed) if terminal else io.StringIO(typed))
        self._patch.setenv("LANGUAGE", "en")
        self._capsys.readouterr()
        found = cli.run([*map(str, arguments)])
        printed = self._capsys.readouterr()
        text = printed.out + printed.err
        assert found == status, text
        return text

    def lottery(
        self,
        command: str,
        *arguments: str,
        typed: str = "",
        status: int = 0,
        terminal: bool = False,
    ) -> str:
        """Run a command on the lottery of this test."""
        everything: tuple[str | Path, ...] = ("lottery", command, LOTTERY, self.root, *arguments)
        return self.do(*everything, typed=typed, status=status, terminal=terminal)

    def tickets(self, *arguments: str, status: int = 0) -> str:
        options = ["--call", CALL, "--keep-until", "30.06.2027", "--where", "https://stadt.example"]
        return self.lottery("tickets", *options, *arguments, status=status)

    def freeze(self, *arguments: str, status: int = 0) -> str:
        file = str(self.root / "announcement.toml")
        return self.lottery("freeze", "--announcement", file, "--yes", *arguments, status=status)

    def draw(self, *arguments: str, status: int = 0) -> str:
        numbers = [f"--source={DICE}", f"--source={DRAND}", "--witnesses=3", "--yes"]
        return self.lottery("draw", *numbers, *arguments, status=status)

    def register(self) -> Register:
        return Register(open_workspace(self.root), LOTTERY)

    def errors(self) -> list[str]:
        """The codes of all errors, by the rules too."""
        today = self.now.date()
        _, found = examine(open_workspace(self.root), rules=True, today=today)
        return [finding.code for finding in found if finding.severity == "error"]

    def package(self, folder: Path) -> Path:
        """The packages of these records, as they would be published."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        workspace = open_workspace(self.root)
        records, _ = examine(workspace)
        write_packages(records, workspace, folder)
        return folder / "lottery"


# --- what a stranger does -------------------------------------------------------------------------


def wrong_by_checker(folder: Path) -> set[str]:
    """The steps that the stand-alone program finds wrong, in a process without the package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", folder / CHECKER.name, folder, DRAWN],
        capture_output=True,
        encoding="utf-8",
    )
    wrong = set(re.findall(rf"WRONG +{DRAWN}: (.+)", done.stdout))
    assert done.returncode == (1 if wrong else 0), done.stdout + done.stderr
    return wrong


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder, while it is served."""
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


Tamper = Callable[[Path], None]


def cell(table: str, field: str, change: Callable[[str], str], lottery: str = DRAWN) -> Tamper:
    """Change a cell of the last row of a lottery."""

    def tamper(folder: Path) -> None:
        path = folder / f"{table}.csv"
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        name = "id" if table == "lotteries" else "lottery_id"
        row = [row for row in rows if row[name] == lottery][-1]
        assert change(row[field]) != row[field]
        row[field] = change(row[field])
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")

    return tamper


def digit(text: str) -> str:
    """Change the first character, a digit of any base, to another."""
    return ("1" if text[0] == "0" else "0") + text[1:]
