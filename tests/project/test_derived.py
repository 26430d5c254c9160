"""What is derived is derived: nothing drifts, everything is translated, documents are true."""

from __future__ import annotations

import io
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from support.workspaces import TOP

PO = TOP / "src/div_opendata/locale/de/LC_MESSAGES/div_opendata.po"


def regenerate(*arguments: str, top: Path = TOP) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, top / "scripts/regenerate", *arguments], capture_output=True, text=True
    )


def test_nothing_has_drifted() -> None:
    done = regenerate("--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_drift_names_the_command_that_mends(tmp_path: Path) -> None:
    """In a copy, a changed title drifts its descriptors, and the command mends them."""
    import shutil

    for name in ("schemas", "src", "scripts", "datapackages", "docs", "examples/mistakes"):
        shutil.copytree(TOP / name, tmp_path / name)
    schema = tmp_path / "schemas/visions.schema.json"
    schema.write_text(schema.read_text(encoding="utf-8").replace("Visions", "Dreams"), "utf-8")

    def copy(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, tmp_path / "scripts/regenerate", *arguments],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(tmp_path / "src"), "PATH": ""},
        )

    drifted = copy("--check")
    assert drifted.returncode == 1
    assert "drifted: datapackages/visions/datapackage.json" in drifted.stdout
    assert "Run: scripts/regenerate" in drifted.stderr
    assert copy().returncode == 0
    assert copy("--check").returncode == 0


def test_german_is_complete() -> None:
    """Every text has its translation, with the same placeholders."""
    catalogue = read_po(io.BytesIO(PO.read_bytes()), locale="de")
    assert len(catalogue) > 300
    for message in catalogue:
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for id_, text in zip(ids, texts, strict=True):
            assert text, id_
            assert not message.fuzzy, id_
            assert placeholders(text) == placeholders(id_), id_


def placeholders(text: str) -> set[str | None]:
    if "%(" in text or "{" not in text:
        return set(re.findall(r"%\([a-z_]+\)s", text))
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize(
    "path", sorted(TOP.glob("*.md")) + sorted(TOP.glob("docs/**/*.md")), ids=str
)
def test_links_of_documents_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_lottery_of_the_example_is_right() -> None:
    script = TOP / "scripts/musterstadt_lottery.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_table_is_one_schema_file_and_one_line(tmp_path: Path) -> None:
    """As CONTRIBUTING says: nothing else is edited, and the new table goes the whole way."""
    import json
    import shutil

    for name in ("schemas", "src", "scripts", "datapackages", "docs", "examples/mistakes"):
        shutil.copytree(TOP / name, tmp_path / name)
    schema = json.loads((tmp_path / "schemas/priorities.schema.json").read_bytes())
    schema["$id"] = "urn:div-opendata:schema:guests:1.0.0"
    schema["title"], schema["translations"]["de"]["title"] = "Guests", "Gäste"
    path = tmp_path / "schemas/guests.schema.json"
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    packages = tmp_path / "schemas/packages.json"
    lines = packages.read_text(encoding="utf-8").splitlines(keepends=True)
    index = next(n for n, line in enumerate(lines) if line.strip() == '"priorities"')
    lines[index] = lines[index].replace('"priorities"', '"priorities",\n        "guests"')
    packages.write_text("".join(lines), encoding="utf-8")
    environment = {"PYTHONPATH": str(tmp_path / "src"), "PATH": "", "LANGUAGE": "de"}
    shutil.copytree(TOP / "examples/bielefeld/records", tmp_path / "city/records")
    shutil.copy(TOP / "examples/bielefeld/div-opendata.toml", tmp_path / "city")
    (tmp_path / "city/records/sessions.csv").write_text(
        "id,name,start,state\nsession-1,D.I.V.,2026-12-01 18:00,geplant\n"
    )
    (tmp_path / "city/records/Gäste.csv").write_text(
        "ID,session_id,rank,topic,action_field\nguest-1,session-1,1,Gast,mobility\n"
    )
    for command in (
        [tmp_path / "scripts/regenerate"],
        ["-m", "div_opendata", "publish", tmp_path / "city", "--yes"],
    ):
        done = subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "city/portal/sessions/guests.csv").read_text().count("\n") == 2
    assert "guests" in (tmp_path / "datapackages/sessions/datapackage.json").read_text()
