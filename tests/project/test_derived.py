"""What is derived is derived: nothing drifts, everything is translated, documents are true."""

from __future__ import annotations

import io
import json
import re
import runpy
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from div_opendata.report.manuals import manuals
from div_opendata.standard.packages import load_standard
from support.workspaces import TOP

CITY = TOP / "tests/data/city/kommunale-innovationsentwicklung.txt"
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


def test_what_waits_for_a_translation_is_named() -> None:
    """By the command that brings new texts into the catalogue: each that is empty, and no other."""
    untranslated = runpy.run_path(str(TOP / "scripts/regenerate"))["untranslated"]
    assert untranslated(PO.read_bytes()) == []
    waiting = """msgid "one"
msgstr "eins"

msgid "two"
msgstr ""

msgid "three "
"lines"
msgstr ""

msgid "%(n)s row"
msgid_plural "%(n)s rows"
msgstr[0] "%(n)s Zeile"
msgstr[1] ""
"""
    assert untranslated(waiting.encode()) == [
        "two",
        "three lines",
        str(("%(n)s row", "%(n)s rows")),
    ]


def test_the_standard_has_a_version_of_its_own_since_it_was_released() -> None:
    """A change of schemas/ raises the version. Before the first release there is nothing to
    compare; `scripts/regenerate --release-standard` writes down what was released."""
    script = runpy.run_path(str(TOP / "scripts/regenerate"))
    released = json.loads(script["RELEASED"].read_bytes())
    assert script["unversioned"](released, load_standard().version, script["digest"]()) is None


@pytest.mark.parametrize(
    ("version", "sha256", "reason"),
    [
        ("1.9.0", "a", None),
        ("1.9.0", "b", "schemas/ has changed since 1.9.0: raise the version"),
        ("1.8.9", "b", "schemas/ has changed since 1.9.0: raise the version"),
        ("1.8.9", "a", "nothing has changed since 1.9.0"),
        ("1.10.0", "b", None),
    ],
)
def test_a_changed_standard_needs_a_higher_version(
    version: str, sha256: str, reason: str | None
) -> None:
    unversioned = runpy.run_path(str(TOP / "scripts/regenerate"))["unversioned"]
    assert unversioned({"version": "1.9.0", "sha256": "a"}, version, sha256) == reason
    assert unversioned(None, version, sha256) is None


def test_every_file_of_the_standard_counts(tmp_path: Path) -> None:
    """A byte in any schema, list or text is a change; the form of the configuration is none."""
    digest = runpy.run_path(str(TOP / "scripts/regenerate"))["digest"]
    before = digest(shutil.copytree(TOP / "schemas", tmp_path / "schemas"))
    assert before == digest()
    for path in sorted((tmp_path / "schemas").rglob("*.*")):
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        changed = digest(tmp_path / "schemas") != before
        assert changed == (path.name != "configuration.json"), path
        path.write_bytes(content)


def test_every_quote_is_in_the_citys_text() -> None:
    text = " ".join(CITY.read_text(encoding="utf-8").split())
    quotes = {code: manual.city for code, manual in manuals().items() if manual.city}
    assert len(quotes) > 20
    assert {code: quote for code, quote in quotes.items() if quote not in text} == {}


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
