"""The clock: only the command line reads it, and one that cannot be right is refused."""

from __future__ import annotations

import ast
import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from div_opendata.cli import main as cli
from div_opendata.workspace.settings import Workspace
from support.workspaces import TOP, tree_bytes

SOURCE = TOP / "src/div_opendata"
_DAYS = {"now", "today", "utcnow"}
READING = {
    "time": {
        *("clock_gettime", "clock_gettime_ns", "ctime", "gmtime", "localtime", "monotonic"),
        *("monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "time", "time_ns"),
    },
    "date": _DAYS,
    "datetime": _DAYS,
    "utils": {"formatdate", "localtime"},
}
"""By the name of a module or class: its functions that ask what time it is."""


def readings(source: str) -> Iterator[int]:
    """The lines of a module that read a clock."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            names = {node.attr}
        elif isinstance(node, ast.ImportFrom):
            name = (node.module or "").rpartition(".")[2]
            names = {alias.name for alias in node.names}
        else:
            continue
        if names & READING.get(name, set()):
            yield node.lineno


def test_only_the_command_line_reads_clocks() -> None:
    """But for base/web.py, which measures how long an answer takes: the result is an error, never
    anything that is written."""
    found = {
        f"{path.relative_to(SOURCE)}:{line}"
        for path in SOURCE.rglob("*.py")
        for line in readings(path.read_text(encoding="utf-8"))
        if path.relative_to(SOURCE).parts[0] != "cli"
    }
    assert {place.partition(":")[0] for place in found} == {"base/web.py"}


@pytest.mark.parametrize(
    "line",
    [
        "import time; time.time()",
        "from time import time",
        "import datetime as dt; dt.datetime.now(dt.UTC)",
        "import datetime; datetime.date.today()",
        "from datetime import date; date.today()",
        "import email.utils; email.utils.formatdate()",
        "wait = time.monotonic",
    ],
)
def test_a_reading_is_found(line: str) -> None:
    assert list(readings(line)) == [1]


def test_a_pause_is_no_reading() -> None:
    assert (
        list(
            readings(
                "import time; time.sleep(1); dt.time(1); moment.time(); date.fromisoformat('x')"
            )
        )
        == []
    )


class Clock(dt.datetime):
    """A clock that is wrong."""

    year_shown = 2300

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Clock:
        return cls(cls.year_shown, 1, 1, tzinfo=tz)


@pytest.mark.parametrize("year", [1970, 1979, 2108, 2300])
@pytest.mark.parametrize(
    "command", ["validate", "assemble", "publish", "status", "verify", "preview", "withdraw"]
)
def test_a_clock_that_cannot_be_right_is_refused(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    year: int,
    command: str,
) -> None:
    wrong = type("Now", (Clock,), {"year_shown": year})
    monkeypatch.setattr("div_opendata.cli.shared.clock.dt.datetime", wrong)
    monkeypatch.setenv("LANGUAGE", "en")
    before = tree_bytes(workspace.root)
    options = ["--sha256", "a" * 64] if command == "withdraw" else []
    assert cli.run([command, str(workspace.root), *options]) == 3
    said = f"The clock of this computer shows 1\N{NO-BREAK SPACE}January {year}, 00:00.\n"
    assert capsys.readouterr().err.startswith(f"{said}Nothing was done. Set date and time")
    assert tree_bytes(workspace.root) == before


@pytest.mark.parametrize("seconds", [0, 10**10], ids=["1970", "2286"])
def test_a_new_workspace_depends_on_no_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Its workbook is a zip, which knows no times before 1980 and after 2107."""
    assert cli.run(["new", str(tmp_path / "now")]) == 0
    monkeypatch.setattr(time, "time", lambda: float(seconds))
    assert cli.run(["new", str(tmp_path / "then")]) == 0
    assert tree_bytes(tmp_path / "then") == tree_bytes(tmp_path / "now")
