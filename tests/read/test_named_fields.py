"""Fields that a correction names: by the headings of the workbook, or as the standard has them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from div_opendata.assemble.packages import write_packages
from div_opendata.standard.packages import load_standard
from div_opendata.standard.tables import TableSchema
from support.workspaces import RECORDS, MakeWorkspace, examine

PUBLIC = load_standard().public
_HEAD = "id,date,table,record_id,fields,reason\n"


def correction(table: str, fields: str) -> dict[str, str | bytes]:
    row = f'correction-1,2026-11-23,{table},session-2026-1,"{fields}",Grund.\n'
    return {**RECORDS, "records/corrections.csv": _HEAD + row}


@pytest.mark.parametrize("schema", PUBLIC, ids=lambda schema: schema.name)
def test_every_field_by_every_name(schema: TableSchema) -> None:
    """In any mixture of names and headings, with anything between them."""
    for seed, between in enumerate([", ", " ", ";", "\n", " und ", ",and "]):
        fields = list(schema.fields.values())
        random.Random(seed).shuffle(fields)
        texts = [
            random.Random(f"{seed}{item.name}").choice([item.name, *item.title.both()])
            for item in fields
        ]
        names = [item.name for item in fields]
        assert schema.named_fields(between.join(texts)) == (names, [])


@pytest.mark.parametrize(
    "fields",
    [
        "Zahl der Teilnehmenden, Stand",
        "zahl der teilnehmenden und STAND",
        "Number of participants; State",
        "Zahl der Teilnehmenden Stand",
        "participant_count state",
        "Zahl der Teilnehmenden, Stand, state",
    ],
)
@pytest.mark.parametrize("table", ["Sitzungen", "Sessions", "sessions"])
def test_what_is_published_is_the_name_of_the_standard(
    table: str, fields: str, make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    workspace = make_workspace(correction(table, fields))
    records, findings = examine(workspace, rules=True)
    assert findings == []
    folder = tmp_path / "written"
    folder.mkdir()
    write_packages(records, workspace, folder, bundle=False)
    (row,) = (folder / "notes" / "corrections.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert "sessions,session-2026-1,participant_count state," in row


@pytest.mark.parametrize(
    ("fields", "message", "remedy"),
    [
        (
            "Zahl der Teilnehmer, Stand",
            "„Zahl der Teilnehmer“ ist kein Feld von „Sitzungen“.",
            "Meinten Sie „Zahl der Teilnehmenden“?",
        ),
        (
            "Stand und Wetter",
            "„Wetter“ ist kein Feld von „Sitzungen“.",
            "`div-opendata schema show sessions`",
        ),
    ],
)
def test_what_names_no_field_is_one_finding(
    fields: str, message: str, remedy: str, make_workspace: MakeWorkspace
) -> None:
    _, (finding,) = examine(make_workspace(correction("Sitzungen", fields)), rules=True)
    assert (finding.code, finding.place.cell, finding.place.value) == ("DIV205", "E2", fields)
    assert finding.message.text("de") == message
    assert remedy in finding.remedy.text("de")


def test_a_wrong_table_is_not_told_of_its_fields(make_workspace: MakeWorkspace) -> None:
    _, (finding,) = examine(make_workspace(correction("Versammlungen", "Zahl, Stand")), rules=True)
    assert (finding.code, finding.place.cell) == ("DIV101", "C2")
