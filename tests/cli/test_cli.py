"""The command line as people and scripts call it, in processes of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from div_opendata.cli.shared.console import environment_language
from div_opendata.workspace.settings import Workspace
from support.workspaces import EXAMPLES, RECORDS, MakeWorkspace, run, tree_bytes

pytestmark = pytest.mark.slow

COMMANDS = [
    ("new",),
    ("validate",),
    ("explain",),
    ("assemble",),
    ("publish",),
    ("status",),
    ("verify",),
    ("metadata",),
    ("withdraw",),
    ("preview",),
    *(
        ("lottery", command)
        for command in (
            *("tickets", "freeze", "draw", "check", "verify", "void", "replace", "forget"),
            *("destroy", "rank"),
        )
    ),
    ("schema", "list"),
    ("schema", "show"),
    ("schema", "export"),
]


@pytest.fixture
def wrong(make_workspace: MakeWorkspace) -> Path:
    """A workspace with one wrong code, in D2."""
    sessions = str(RECORDS["records/sessions.csv"]).replace(",held,", ",abgehalten?,")
    return make_workspace({**RECORDS, "records/sessions.csv": sessions}).root


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_in_both_languages(command: tuple[str, ...]) -> None:
    english, german = (run(*command, "--lang", lang, "--help") for lang in ("en", "de"))
    assert english.returncode == german.returncode == 0
    assert "Usage:" in english.stdout
    assert "Aufruf:" in german.stdout
    assert "Show this message" not in german.stdout
    assert english.stdout.splitlines()[2] != german.stdout.splitlines()[2]


def test_help_lists_every_command() -> None:
    listed = re.findall(r"^  ([a-z]+) ", run("--help").stdout, re.MULTILINE)
    assert set(listed) == {command[0] for command in COMMANDS}


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from div_opendata.cli.main import run; run(['--help'])\n"
        "heavy = 'jsonschema', 'frictionless', 'openpyxl', 'jinja2', 'requests', 'rdflib'\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_language_is_that_of_the_environment(wrong: Path) -> None:
    german = {"LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": "C.UTF-8"}
    assert "Fehler" in run("validate", wrong, **german).stdout
    assert "error" in run("validate", wrong, **{**german, "LANG": "en_GB.UTF-8"}).stdout
    assert "Fehler" in run("validate", wrong, "--lang", "de").stdout
    assert "Fehler" in run("--lang", "de", "validate", wrong).stdout


def test_one_wrong_cell(wrong: Path) -> None:
    """One finding with its cell in both languages, status 1."""
    done = run("validate", wrong, "--format", "json")
    assert done.returncode == 1
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["version"] == 1
    assert report["tables"] == {"sessions": 2, "visions": 1}
    assert (report["errors"], report["warnings"]) == (1, 0)
    (finding,) = report["findings"]
    message, remedy = finding.pop("message"), finding.pop("remedy")
    assert finding == {
        "code": "DIV101",
        "severity": "error",
        "table": "sessions",
        "field": "state",
        "record": "session-2026-1",
        "file": "records/sessions.csv",
        "sheet": None,
        "row": 2,
        "cell": "D2",
        "value": "abgehalten?",
    }
    assert message["de"] == "„abgehalten?“ steht nicht in der Liste von „Stand“."
    assert message["en"] == "“abgehalten?” is not in the list of “State”."
    assert "Meinten Sie „Abgehalten“?" in remedy["de"]
    assert "Did you mean “Held”?" in remedy["en"]


def test_the_text_is_grouped_and_summed_up(wrong: Path) -> None:
    done = run("validate", wrong, "--lang", "de")
    lines = done.stdout.splitlines()
    assert lines[0] == "records/sessions.csv · Sitzungen"
    assert re.match(r"  D2 +Fehler DIV101  „abgehalten\?“", lines[1])
    assert lines[2].strip().startswith("→ Meinten Sie")
    assert lines[-1] == "Tabellen: 2. Datensätze: 3. Fehler: 1. Warnungen: 0."
    assert "\x1b" not in done.stdout


def test_github_format(wrong: Path) -> None:
    done = run("validate", wrong, "--format", "github")
    assert done.stdout.startswith(
        f"::error file={wrong.as_posix()}/records/sessions.csv,line=2,col=4,title=DIV101::“abgeh"
    )


def test_explain() -> None:
    done = run("explain", "div101", "--lang", "de")
    assert done.returncode == 0
    for part in ("DIV101 (Fehler)", "Warum:", "Was zu tun ist:", "Falsch:", "Richtig:"):
        assert part in done.stdout
    assert "DIV204" in run("explain").stdout
    assert run("explain", "DIV999").returncode == 2


@pytest.mark.parametrize("command", ["validate", "assemble", "publish", "status", "verify"])
def test_no_workspace_is_wrong_usage(command: str, tmp_path: Path) -> None:
    done = run(command, tmp_path / "nowhere")
    assert done.returncode == 2
    assert "There is no workspace" in done.stderr
    assert "div-opendata new" in done.stderr


@pytest.mark.parametrize("files", [{}, {"records/sessions.csv": "id,name,start,state\n"}])
def test_no_records_are_nothing_to_work_on(
    make_workspace: MakeWorkspace, files: dict[str, str]
) -> None:
    done = run("validate", make_workspace(files).root)
    assert done.returncode == 2
    assert "There are no records" in done.stderr


def test_publish_does_not_publish_unasked(workspace: Workspace) -> None:
    done = run("publish", workspace.root)
    assert done.returncode == 2
    assert "div-sessions" in done.stdout
    assert "--yes" in done.stderr
    assert not (workspace.root / "portal" / "index.html").exists()


def test_a_dry_run_writes_nothing(workspace: Workspace) -> None:
    before = tree_bytes(workspace.root)
    done = run("publish", workspace.root, "--dry-run", "--format", "json")
    assert done.returncode == 0
    plan = json.loads(done.stdout)
    assert plan["applied"] is False
    assert [item["action"] for item in plan["datasets"]] == ["create"] * 3
    assert tree_bytes(workspace.root) == before


def test_publish_verify_status(workspace: Workspace) -> None:
    """The whole way; then nothing to do; then a change."""
    done = run("publish", workspace.root, "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["applied"] is True
    assert done.stderr == ""
    verified = json.loads(run("verify", workspace.root, "--format", "json").stdout)
    assert verified["verified"] is True
    assert all(check["expected"] == check["found"] for check in verified["checks"])
    again = run("publish", workspace.root, "--yes")
    assert again.returncode == 0
    assert "Nothing has changed" in again.stdout
    assert "Nothing has changed" in run("status", workspace.root).stdout
    path = workspace.records / "sessions.csv"
    path.write_text(path.read_text().replace(",42", ",43"))
    status = run("status", workspace.root, "--lang", "de")
    assert "geändert" in status.stdout
    assert "1.0.1" in status.stdout
    shown = workspace.root / "portal/sessions/sessions.csv"
    shown.resolve().write_text("x")
    done = run("verify", workspace.root)
    assert done.returncode == 1
    assert "sessions/sessions.csv" in done.stdout


def test_errors_leave_build_and_portal_untouched(workspace: Workspace) -> None:
    assert run("publish", workspace.root, "--yes").returncode == 0
    path = workspace.records / "sessions.csv"
    path.write_text(path.read_text().replace(",held,", ",abgehalten?,"))
    before = tree_bytes(workspace.root)
    for arguments in (["assemble"], ["publish", "--yes"], ["status"], ["publish", "--dry-run"]):
        done = run(*arguments, workspace.root)
        assert done.returncode == 1
        assert "DIV101" in done.stdout
        assert tree_bytes(workspace.root) == before


def test_verify_before_anything_is_published(workspace: Workspace) -> None:
    done = run("verify", workspace.root)
    assert done.returncode == 2
    assert "Nothing has been published" in done.stderr


def test_to_names_the_portal(workspace: Workspace) -> None:
    path = workspace.root / "div-opendata.toml"
    second = '\n[portals.second]\nkind = "folder"\npath = "other"\nbase_url = "http://localhost/"\n'
    path.write_text(path.read_text() + second)
    assert run("publish", workspace.root, "--to", "second", "--yes").returncode == 0
    assert (workspace.root / "other" / "index.html").is_file()
    assert not (workspace.root / "portal").exists()
    assert run("publish", workspace.root, "--to", "third", "--yes").returncode == 2


def test_a_disk_that_refuses_has_a_remedy(workspace: Workspace) -> None:
    """The portal's folder is a file: no traceback, status 3."""
    (workspace.root / "portal").write_text("no folder")
    done = run("publish", workspace.root, "--yes")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_strict_is_about_warnings(workspace: Workspace) -> None:
    assert run("validate", workspace.root, "--strict").returncode == 0


def test_new_makes_a_workspace_that_opens(tmp_path: Path) -> None:
    done = run("new", tmp_path / "stadt")
    assert done.returncode == 0, done.stderr
    assert run("validate", tmp_path / "stadt").returncode == 2
    assert "There are no records" in run("validate", tmp_path / "stadt").stderr
    again = run("new", tmp_path / "stadt")
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_output_is_utf8_wherever_it_goes(wrong: Path) -> None:
    """A Windows pipe has letters of its own; programs read UTF-8, and nothing is a traceback."""
    for command in (["--help"], ["validate", wrong], ["validate", wrong, "--format", "json"]):
        done = subprocess.run(
            [sys.executable, "-m", "div_opendata", *map(str, command)],
            capture_output=True,
            env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252", "LANGUAGE": "de"},
        )
        assert b"Traceback" not in done.stderr
        assert re.search("[äöü„]", done.stdout.decode("utf-8"))


def test_a_dry_run_tells_of_a_foreign_folder(workspace: Workspace) -> None:
    (workspace.root / "portal").mkdir()
    (workspace.root / "portal" / "thesis.docx").write_bytes(b"")
    done = run("publish", workspace.root, "--dry-run")
    assert done.returncode == 3
    assert "other files" in done.stderr


def test_schema_commands(tmp_path: Path) -> None:
    assert "sessions" in run("schema", "list").stdout
    listed = json.loads(run("schema", "list", "--format", "json").stdout)
    assert listed["packages"]["sessions"] == ["sessions", "priorities"]
    assert "participant_count" in run("schema", "show", "Sitzungen").stdout
    schema = json.loads(run("schema", "show", "sessions", "--format", "json").stdout)
    assert schema["$id"].startswith("urn:div-opendata:schema:sessions:")
    assert run("schema", "show", "nothing").returncode == 2
    assert run("schema", "export", tmp_path / "standard").returncode == 0
    exported = tree_bytes(tmp_path / "standard")
    assert "schemas/sessions.schema.json" in exported
    assert "schemas/codelists/session_state.csv" in exported
    assert "datapackages/div/datapackage.json" in exported
    assert "templates/records.xlsx" in exported
    assert exported["templates/records/sessions.csv"].startswith(b"id,name,start")
    assert run("schema", "export", tmp_path / "standard").returncode == 2


def test_preview_serves_on_loopback(workspace: Workspace) -> None:
    """With the city's own code lists, and nothing stays behind."""
    own = "code,de,en,description_de,description_en\nmobility,Verkehr,Transport,,\n"
    (workspace.root / "codelists").mkdir()
    (workspace.root / "codelists/action_field.csv").write_text(own)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "div_opendata", "preview", workspace.root, "--port", "0"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:[0-9]+/", line)
        assert found, line
        with urllib.request.urlopen(found[0]) as page:
            assert b"<html" in page.read()
        with urllib.request.urlopen(found[0] + "sessions/sessions.csv") as table:
            assert table.read().startswith(b"id,name,start")
        with urllib.request.urlopen(found[0] + "visions/") as page:
            assert b"Verkehr" in page.read()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        process.stdout.close()
    assert not (workspace.root / "portal").exists()
    assert not (workspace.root / "build").exists()


def test_examples_are_free_of_findings() -> None:
    for city in ("bielefeld", "musterstadt"):
        done = run("validate", EXAMPLES / city, "--strict")
        assert done.returncode == 0, done.stdout


def test_interrupted() -> None:
    program = (
        "from div_opendata.cli import main as cli\n"
        "from div_opendata.workspace import settings as workspace\n"
        "def stop(root): raise KeyboardInterrupt\n"
        "workspace.open_workspace = stop\n"
        "raise SystemExit(cli.run(['validate']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert environment_language({}) == "de"
