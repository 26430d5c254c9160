"""Small workspaces, the examples, what is found in them, and the command line."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from div_opendata.base.finding import Finding
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.read import read
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace
from support import forked
from support.real_ckan import Instance, Site

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"


ABOUT = """
[publisher]
name = "Stadt Probe"
uri = "https://www.probe.example/"
contact = "Büro für Proben"
mailbox = "proben@probe.example"

[release]
license = "cc-by/4.0"
attribution = "Stadt Probe"

"""
CONFIGURATION = f"""{ABOUT}\
[portals.preview]
kind = "folder"
path = "portal"
base_url = "http://127.0.0.1:8000/"
"""

Files = Mapping[str, str | bytes]
MakeWorkspace = Callable[[Files], Workspace]

SESSIONS = """\
id,name,start,state,participant_count
session-2026-1,D.I.V. 1/2026,2026-03-12T18:00:00+01:00,held,42
session-2026-2,D.I.V. 2/2026,2026-10-08T18:00:00+02:00,planned,
"""
VISIONS = """\
id,name,session_id,action_field,description
vision-bus,Busse im Takt,session-2026-1,mobility,"Alle zehn Minuten, auch abends."
"""
RECORDS: Files = {"records/sessions.csv": SESSIONS, "records/visions.csv": VISIONS}


def ckan_files(
    instance: Instance, files: Files = RECORDS, prefix: str = "", site: Site = "plain"
) -> Files:
    """Files for `make_workspace` whose first portal is a CKAN, with a prefix of its own."""
    portal = instance.portal(prefix or instance.prefix(), site)
    return {"div-opendata.toml": ABOUT + portal, **files}


def copy_example(name: str, folder: Path) -> Path:
    made = shutil.ignore_patterns("build", "portal", ".div-opendata")
    return Path(shutil.copytree(EXAMPLES / name, folder / name, ignore=made))


TODAY = dt.date(2026, 11, 23)
"""The day of which the examples tell."""


def examine(
    workspace: Workspace, *, rules: bool = False, today: dt.date = TODAY
) -> tuple[Records, list[Finding]]:
    """Read and check, also by the rules of the process where a test is about them."""
    records = read(workspace)
    context = Context(today, workspace.time_zone) if rules else None
    return records, check(records, context=context)


def found(
    workspace: Workspace, *, rules: bool = False, today: dt.date = TODAY
) -> list[tuple[str, str | None, str | None, str | None]]:
    """Code, file, sheet and cell (or row) of every finding."""
    return [
        (
            f.code,
            f.place.file,
            f.place.sheet,
            f.place.cell or (str(f.place.row) if f.place.row else None),
        )
        for f in examine(workspace, rules=rules, today=today)[1]
    ]


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, in English unless `LANGUAGE` says otherwise."""
    command = [sys.executable, "-m", "div_opendata", *map(str, arguments)]
    variables = {**os.environ, "LANGUAGE": "en", "PYTHONUTF8": "1", **environment}
    if not any(re.match(r"PYTHON|LC_|LANG$", name) for name in environment):  # read at the start
        return subprocess.CompletedProcess(command, *forked.run(command[3:], variables))
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env=variables,
        stdin=subprocess.DEVNULL,
    )


def tree_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path, links followed as a web server does."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for parent, _, names in os.walk(folder, followlinks=True)
        for path in (Path(parent) / name for name in names)
        if path.is_file()
    }
