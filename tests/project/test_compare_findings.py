"""scripts/compare-findings tells two versions of the tool apart by what they find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import EXAMPLES, RECORDS, SESSIONS, TOP, MakeWorkspace

MISSPELT = {**RECORDS, "records/sessions.csv": SESSIONS.replace(",held,", ",hled,")}


def compare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOP / "scripts" / "compare-findings", "--only-given", *arguments],
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture
def doctored(tmp_path: Path) -> Path:
    """A copy of the tool."""
    for name in ("src", "schemas", "datapackages"):
        shutil.copytree(TOP / name, tmp_path / "doctored" / name)
    return tmp_path / "doctored"


def doctor(version: Path, old: str, new: str) -> None:
    """Change the one module that says something."""
    modules = [(path, path.read_text(encoding="utf-8")) for path in version.rglob("*.py")]
    ((path, text),) = [(path, text) for path, text in modules if text.count(old) == 1]
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_version_differs_in_nothing_from_itself(make_workspace: MakeWorkspace) -> None:
    done = compare(TOP, TOP, make_workspace(MISSPELT).root, EXAMPLES / "bielefeld")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("2 workspaces, ")
    assert line.endswith("; came 0, went 0, changed 0")


def test_a_changed_finding(make_workspace: MakeWorkspace, doctored: Path) -> None:
    """Its severity, its text, and what follows for the run."""
    doctor(doctored, '@code("DIV101")', '@code("DIV101", "warning")')
    doctor(doctored, "is not in the list of “{heading}”.", "is not in that list.")
    root = make_workspace(MISSPELT).root
    done = compare(TOP, doctored, root)
    assert done.returncode == 1, done.stderr
    assert f"DIV101\n  {root}\n    ~ records/sessions.csv D2 session-2026-1\n" in done.stdout
    message = "“hled” is not in the list of “State”.' → '“hled” is not in that list.'"
    for line in ("severity: 'error' → 'warning'", f"message.en: '{message}"):
        assert f"        {line}\n" in done.stdout
    assert f"status of validate\n  {root}\n    ~ 1 → 0\n" in done.stdout
    assert "came 0, went 0, changed 1; " in done.stdout


def test_a_rule_that_came_or_went(doctored: Path) -> None:
    """By the rules of the process, on a day that does not depend on today."""
    doctor(doctored, "RULES = (\n    too_many_sessions,\n", "RULES = (\n")
    mistakes = EXAMPLES / "mistakes"
    done = compare(TOP, doctored, mistakes)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"DIV301\n  {mistakes}\n    - records/Sitzungen.csv C6 ")
    assert "came 0, went 1, changed 0" in done.stdout
    done = compare(doctored, TOP, mistakes)
    assert f"DIV301\n  {mistakes}\n    + records/Sitzungen.csv C6 " in done.stdout
    assert "came 1, went 0, changed 0" in done.stdout


def test_a_crash_is_a_difference(make_workspace: MakeWorkspace, doctored: Path) -> None:
    doctor(doctored, "    examined = examine(opened)\n", "")
    done = compare(TOP, doctored, make_workspace(RECORDS).root)
    assert done.returncode == 1, done.stderr
    assert "crash of validate\n" in done.stdout
    assert "Error: " in done.stdout


def test_wrong_usage(tmp_path: Path) -> None:
    for arguments in ((), (TOP,), (TOP, "no-such-revision"), (TOP, TOP, tmp_path)):
        assert compare(*arguments).returncode == 2


def test_the_workspaces_of_the_tests_are_kept(tmp_path: Path) -> None:
    """As each was when it was opened, under the name of its test, and the same only once."""
    test = "tests/check/test_repeated_rows.py"
    plugin = ["-p", "support.keep_workspaces", "--keep-workspaces", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin, test],
        capture_output=True,
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": str(TOP / "tests")},
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    kept = sorted(tmp_path.glob("check/test_repeated_rows/test_the_same_row_twice-*"))
    assert [path.name[-2:] for path in kept] == ["-3", "-4", "-1", "-2"]
    texts = {(path / "records" / "deviations.csv").read_bytes() for path in kept[2:]}
    assert len(texts) == 2
