"""Folders and files of a workspace, and workspaces themselves, whose names have a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from div_opendata.base.errors import UsageProblem
from div_opendata.workspace.settings import open_workspace
from support.workspaces import CONFIGURATION, RECORDS, SESSIONS, MakeWorkspace, examine, found


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("record/sessions.csv", "records"),
        ("Records/sessions.csv", "records"),
        ("recods/sessions.csv", "records"),
        ("codelist/action_field.csv", "codelists"),
        ("Codelisten/action_field.csv", "codelists"),
        ("CodeLists/action_field.csv", "codelists"),
        ("privat/holders.csv", "private"),
        ("Private/holders.csv", "private"),
        ("record.xlsx", "records.xlsx"),
        ("Records.xlsx", "records.xlsx"),
        ("sessions.csv", "records/sessions.csv"),
        ("Sitzungen.csv", "records/Sitzungen.csv"),
        ("holders.csv", "private/holders.csv"),
    ],
)
def test_what_is_not_read_because_of_a_slip(
    make_workspace: MakeWorkspace, name: str, meant: str
) -> None:
    workspace = make_workspace({**RECORDS, name: "x"})
    _, findings = examine(workspace)
    assert [(f.code, f.place.file) for f in findings] == [
        ("DIV021", name.split("/", maxsplit=1)[0])
    ]
    assert f"Meinten Sie „{meant}“?" in findings[0].remedy.text("de")


@pytest.mark.parametrize(
    "name",
    ["_record/a", "recordings/a", "Protokolle/a", "portal/index.html", "build/a", "Notiz.txt"],
)
def test_what_is_the_offices_own(make_workspace: MakeWorkspace, name: str) -> None:
    assert found(make_workspace({**RECORDS, name: "x"})) == []


def test_a_table_among_the_records_with_a_slip(make_workspace: MakeWorkspace) -> None:
    _, findings = examine(make_workspace({"records/sesions.csv": SESSIONS}))
    assert [(f.code, f.place.file) for f in findings] == [("DIV004", "records/sesions.csv")]
    assert "Meinten Sie „Sitzungen“?" in findings[0].remedy.text("de")


@pytest.mark.parametrize("name", ["action_fields.csv", "Action_Field.csv", "action_field.xlsx"])
def test_a_code_list_with_a_slip_is_not_without_effect_in_silence(
    make_workspace: MakeWorkspace, name: str
) -> None:
    workspace = make_workspace(
        {**RECORDS, f"codelists/{name}": "code,de,en\nrivers,Flüsse,Rivers\n"}
    )
    with pytest.raises(UsageProblem) as caught:
        _ = workspace.standard
    assert name in caught.value.message.text("de")
    assert "action_field.csv" in caught.value.remedy.text("de")


def test_notes_beside_the_code_lists_are_let_be(make_workspace: MakeWorkspace) -> None:
    files = {"codelists/_alt.csv": "x", "codelists/.x.csv": "x", "codelists/LIESMICH.txt": "x"}
    assert found(make_workspace({**RECORDS, **files})) == []


def workspace_at(folder: Path, configuration: str = "div-opendata.toml") -> Path:
    folder.mkdir(parents=True)
    (folder / configuration).write_text(CONFIGURATION, encoding="utf-8")
    return folder


def remedy(folder: Path) -> str:
    with pytest.raises(UsageProblem) as caught:
        open_workspace(folder)
    return caught.value.remedy.text("de")


@pytest.mark.parametrize("name", ["beispielstad", "Beispielstadt", "beispiel-stadt"])
def test_a_workspace_whose_name_has_a_slip(tmp_path: Path, name: str) -> None:
    right = workspace_at(tmp_path / "beispielstadt")
    workspace_at(tmp_path / "anderswo")
    (tmp_path / "beispielstad-alt").mkdir()
    assert remedy(tmp_path / name) == f"Meinten Sie {right}?"


def test_the_folder_around_a_workspace_and_a_file_in_it(tmp_path: Path) -> None:
    right = workspace_at(tmp_path / "beispielstadt")
    assert remedy(tmp_path) == f"Meinten Sie {right}?"
    assert remedy(right / "div-opendata.toml") == f"Meinten Sie {right}?"
    workspace_at(tmp_path / "anderswo")
    assert "div-opendata new" in remedy(tmp_path)


@pytest.mark.parametrize("name", ["div-opendata.toml.txt", "div_opendata.toml", "div-opendata.tml"])
def test_a_configuration_whose_name_has_a_slip(tmp_path: Path, name: str) -> None:
    """Windows' own editor likes to put .txt behind."""
    folder = workspace_at(tmp_path / "stadt", name)
    assert f"Meinten Sie {folder / name}?" in remedy(folder)


def test_where_nothing_is_near_a_workspace_can_be_made(tmp_path: Path) -> None:
    workspace_at(tmp_path / "beispielstadt")
    assert "div-opendata new" in remedy(tmp_path / "xyz")
    assert "div-opendata new" in remedy(tmp_path / "nirgends" / "xyz")
