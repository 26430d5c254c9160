"""Where the gate stops: no packages are assembled and nothing is published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.packages import assemble
from div_opendata.base.finding import Finding, errors
from div_opendata.cli import main as cli
from div_opendata.read import read
from div_opendata.standard.packages import load_standard
from div_opendata.standard.records import Table
from support.private import HOLDERS, NAME, PRIVATE, TICKET, write
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, copy_example, tree_bytes

STANDARD = load_standard()


def places(findings: list[Finding]) -> set[tuple[str, str | None, str | None]]:
    """Code, file and cell."""
    return {(f.code, f.place.file, f.place.cell) for f in findings}


def test_assemble_stops_at_what_the_gate_finds(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({**RECORDS, "private/holders.csv": HOLDERS})
    assert assemble(read(workspace), workspace) == []
    before = tree_bytes(workspace.build)
    path = workspace.records / "sessions.csv"
    path.write_text(SESSIONS.replace("D.I.V. 1/2026", NAME), encoding="utf-8")
    found = assemble(read(workspace), workspace)
    assert places(found) == {("DIV706", "records/sessions.csv", "B2")}
    assert tree_bytes(workspace.build) == before


def test_a_surname_alone_does_not_stop_a_release(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({**RECORDS, "private/holders.csv": HOLDERS})
    path = workspace.records / "sessions.csv"
    path.write_text(SESSIONS.replace("D.I.V. 1/2026", "Sitzung Ungewöhnlich"), encoding="utf-8")
    found = assemble(read(workspace), workspace)
    assert [(f.code, f.severity) for f in found] == [("DIV706", "warning")]
    assert errors(found) == 0
    assert b"Ungew" in (workspace.build / "sessions" / "sessions.csv").read_bytes()


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete example, published, with a private folder."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("shown"))
    write(root, PRIVATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembling, "judge_packages", lambda *_: ())
        assert cli.run(["publish", str(root), "--yes"]) == 0
    return root


def in_file(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Plant something in a file of the office."""

    def change(root: Path) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def column_of_the_office(root: Path) -> None:
    """A column that the table does not have."""
    path = root / "records" / "visions.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [f"{head},telephone", *(f"{line}," for line in lines)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def list_of_the_city(root: Path) -> None:
    """The name of somebody as the label of a code."""
    (root / "codelists").mkdir()
    codes = (STANDARD.codelists["action_field"].codes).values()
    lines = [f"{code.code},{code.label.de},{code.label.en},," for code in codes]
    lines[0] = f"{lines[0].partition(',')[0]},{NAME},Traffic,,"
    text = "\n".join(["code,de,en,description_de,description_en", *lines, ""])
    (root / "codelists" / "action_field.csv").write_text(text, encoding="utf-8")


CITY_NAME = 'name = "Stadt Musterstadt"'
IMPRINT = "https://www.musterstadt.example/impressum"
PLANTED: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a name in a text": (
        in_file("records/votes.csv", "Die Wegeinformation", f"{NAME.upper()}: Die Wegeinformation"),
        "DIV706",
        "records/votes.csv",
    ),
    "a ticket in a text": (
        in_file("records/visions.csv", "Ein Brief", f"Los {TICKET.lower().replace('-', ' ')}"),
        "DIV706",
        "records/visions.csv",
    ),
    "an address in a text": (
        in_file("records/votes.csv", "Die Wegeinformation", "kontakt@stadt.example antwortet. Die"),
        "DIV705",
        "records/votes.csv",
    ),
    "a name in an address": (
        in_file(
            "records/results.csv", "https://", "https://www.probe.example/Joerdis-Ungewoehnlich/"
        ),
        "DIV706",
        "records/results.csv",
    ),
    "a name as the publisher": (
        in_file("div-opendata.toml", CITY_NAME, f'name = "{NAME}"'),
        "DIV706",
        "div-opendata.toml",
    ),
    "an address of the publisher": (
        in_file("div-opendata.toml", CITY_NAME, 'name = "Stadt, info@stadt.example"'),
        "DIV705",
        "div-opendata.toml",
    ),
    "a name on the pages alone": (
        in_file("div-opendata.toml", IMPRINT, f"{IMPRINT}/J%C3%B6rdis_Ungew%C3%B6hnlich"),
        "DIV706",
        "preview/index.html",
    ),
    "a name in a list of the city": (list_of_the_city, "DIV706", "build/visions/codes.csv"),
    "a column": (column_of_the_office, "DIV006", "records/visions.csv"),
}


def refused(root: Path, capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str | None]]:
    """Code and file of each error for which `publish` stops, with nothing of it shown."""
    before, built = tree_bytes(root / "portal"), tree_bytes(root / "build")
    capsys.readouterr()
    assert cli.run(["publish", str(root), "--yes", "--format", "json"]) == 1
    printed = capsys.readouterr()
    assert tree_bytes(root / "portal") == before
    for secret in ("Ungew", "UNGEW", TICKET[:4], TICKET[:4].lower()):
        assert secret not in printed.out + printed.err
    findings = json.loads(printed.out)["findings"]
    found = {(f["code"], f["file"]) for f in findings if f["severity"] == "error"}
    if not any(str(file).startswith("preview/") for _, file in found):
        assert tree_bytes(root / "build") == built
    return found


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_publish_stops_at_what_is_planted(
    planted: tuple[Callable[[Path], None], str, str],
    shown: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever it stands: the portal stays as it was, and nobody is named."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    change, code, file = planted
    root = Path(shutil.copytree(shown, tmp_path / "city", symlinks=True))
    change(root)
    found = refused(root, capsys)
    assert {code for code, _ in found} == {code}
    assert file in {file for _, file in found}


def test_publish_stops_at_a_column_of_a_finished_table(
    shown: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However it came there: the gate judges what was written, not what was meant."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    root = Path(shutil.copytree(shown, tmp_path / "city", symlinks=True))
    column_of_the_office(root)  # as an office would want it …
    spoilt = (root / "records" / "visions.csv").read_bytes()
    shutil.copy(shown / "records" / "visions.csv", root / "records")
    right = assembling.write_table

    def write_table(table: Table, path: Path) -> None:
        right(table, path)
        if table.schema.name == "visions":
            path.write_bytes(spoilt)  # … and as no schema has it

    monkeypatch.setattr(assembling, "write_table", write_table)
    assert {code for code, _ in refused(root, capsys)} == {"DIV701"}
