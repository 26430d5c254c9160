"""Reports as people go through them: in the order of the sheets, causes first, equal ones once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from div_opendata.check.placeholders import judge_placeholders
from div_opendata.report.findings import findings_github, findings_json, findings_text
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.template.new_workspace import new_workspace
from support.workspaces import RECORDS, SESSIONS, VISIONS, Files, MakeWorkspace, examine

_HEAD = SESSIONS.split("\n", maxsplit=1)[0]
_START = "2026-03-12T18:00:00+01:00"


def texts(make_workspace: MakeWorkspace, files: Files) -> tuple[list[str], list[str]]:
    """The findings of the text report, and those of GitHub; the totals are those of the JSON."""
    records, findings = examine(make_workspace(files))
    text = findings_text(findings, records, "de")
    document = json.loads(findings_json(findings, records))
    assert len(document["findings"]) == len(findings)
    assert f"Fehler: {document['errors']}." in text
    places = [(f["file"], f["sheet"] or "", f["row"] or 0) for f in document["findings"]]
    assert places == sorted(places)
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith("→")]
    return [line for line in lines if line][:-1], findings_github(
        findings, records, "de"
    ).splitlines()


def test_equal_mistakes_of_a_column_are_one_with_their_range(make_workspace: MakeWorkspace) -> None:
    names = ["", "", "Name", "", "Name", ""]
    rows = [f"session-{n},{name},{_START},held,1" for n, name in enumerate(names)]
    text, github = texts(make_workspace, {"records/sessions.csv": "\n".join([_HEAD, *rows, ""])})
    assert text == [
        "records/sessions.csv · Sitzungen",
        "B2:B3, B5, B7 Fehler DIV102  „Bezeichnung“ fehlt.",
    ]
    (command,) = github
    assert command.startswith("::error file=records/sessions.csv,line=2,col=2,title=DIV102::B2:B3,")


def test_values_differ_and_the_mistake_is_the_same(make_workspace: MakeWorkspace) -> None:
    rows = [f"session-{n},Name,{_START},held,viele{n}" for n in range(4)]
    text, _ = texts(make_workspace, {"records/sessions.csv": "\n".join([_HEAD, *rows, ""])})
    (line,) = text[1:]
    assert line.startswith("E2:E5  Fehler DIV103  „viele0“")
    assert line.endswith("Ebenso in weiteren Zellen: 3.")


def test_what_is_left_out_names_its_column(make_workspace: MakeWorkspace) -> None:
    """The first twenty get a candidate, so that none is like another; the others are alike."""
    head, vision, _ = VISIONS.split("\n")
    rows = [
        vision.replace("vision-bus", f"vision-{n}").replace("session-2026-1", f"session-2026-{n}x")
        for n in range(10, 40)
    ]
    sessions = [f"session-2026-{n},Name,{_START},held,1" for n in range(10, 40)]
    files = {
        "records/sessions.csv": "\n".join([_HEAD, *sessions, ""]),
        "records/visions.csv": "\n".join([head, *rows, ""]),
    }
    text, github = texts(make_workspace, files)
    assert [line for line in text if "weitere" in line] == [
        "… und 20 weitere Befunde DIV203 in der Spalte „Sitzung“."
    ]
    assert len(text) == 1 + 10 + 1
    assert len(github) == 20 + 1


def test_sheets_in_the_order_of_the_workbook_and_causes_first(
    make_workspace: MakeWorkspace,
) -> None:
    """Votes refer to circles, follow-ups to results; names of files say nothing of that."""
    files = {
        "records/Zettel.csv": "a\n",
        "records/Abstimmungen.csv": "id\nx\n",
        "records/Zukunftsvisionen.csv": VISIONS.replace("session-2026-1", "session-2026-9"),
        "records/Sitzungen.csv": RECORDS["records/sessions.csv"].replace("held", "gehalten"),  # type: ignore[arg-type]
    }
    text, _ = texts(make_workspace, files)
    places = [line for line in text if line.startswith("records/")]
    assert [place.split(" ")[0] for place in places] == [
        "records/Zettel.csv",
        "records/Sitzungen.csv",
        "records/Zukunftsvisionen.csv",
        "records/Abstimmungen.csv",
    ]


@pytest.mark.parametrize("state", ["hled", "held"])
def test_in_a_sheet_wrong_values_come_before_references(
    state: str, make_workspace: MakeWorkspace
) -> None:
    rows = [f"session-1,Name,{_START},held,1", f"session-1,Name,{_START},{state},1"]
    text, _ = texts(make_workspace, {"records/sessions.csv": "\n".join([_HEAD, *rows, ""])})
    found = [line.split("Fehler ")[1][:6] for line in text[1:]]
    assert found == (["DIV101", "DIV201"] if state == "hled" else ["DIV201"])


def test_what_is_only_to_be_replaced_before_publishing_comes_last(tmp_path: Path) -> None:
    """A new workspace with one mistake: the template's values in its configuration can wait."""
    root = tmp_path / "city"
    new_workspace(root)
    (root / "records").mkdir()
    (root / "records/Notizen.csv").write_text("a\n", encoding="utf-8")
    (root / "records.xlsx").unlink()
    workspace = open_workspace(root)
    records, found = examine(workspace)
    text = findings_text([*found, *judge_placeholders(workspace, records)], records, "de")
    shown = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert shown[:2] == ["records/Notizen.csv", "div-opendata.toml"]
