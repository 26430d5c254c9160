"""“Did you mean …?”: for codes by other words and parts, for references by names and capitals."""

from __future__ import annotations

import pytest

from div_opendata.check.near import Suggestions
from div_opendata.standard.codelists import CodeList, fold
from div_opendata.standard.packages import load_standard
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, examine

STANDARD = load_standard()
LISTS = [codelist for codelist in STANDARD.codelists.values() if codelist.name != "table"]

WORDS = [
    ("tie_rule", "Vorsitz", "chair_casts"),
    ("tie_rule", "Stichentscheid", "chair_casts"),
    ("seat_group", "Bürger", "citizen"),
    ("seat_group", "Bürger:innen", "citizen"),
    ("seat_group", "Bürgern", "citizen"),
    ("seat_group", "Expertin", "expert"),
    ("seat_group", "Universität", "science"),
    ("action_field", "Verkehr", "mobility"),
    ("action_field", "ÖPNV", "mobility"),
    ("action_field", "Klima", "environment_climate"),
    ("action_field", "Pflege", "health_care"),
    ("action_field", "Schulen", "education"),
    ("action_field", "Mobilitaet", "mobility"),
    ("session_state", "hat stattgefunden", "held"),
    ("session_state", "Abgehalten am 12. März", "held"),
    ("session_state", "ausgefallen", "cancelled"),
    ("session_state", "canceled", "cancelled"),
    ("measure_status", "erledigt", "done"),
    ("measure_status", "läuft", "in_progress"),
    ("measure_status", "teilweise", "partly_accepted"),
    ("order_status", "präsentiert", "presented"),
    ("vote_result", "beschlossen", "passed"),
    ("vote_mode", "Konsens", "consent"),
    ("ballot", "Handzeichen", "open"),
    ("majority_rule", "2/3-Mehrheit", "two_thirds"),
    ("appointment", "Losverfahren", "drawn"),
    ("publication_form", "PDF", "report"),
    ("ticket_outcome", "Nachrücker", "reserve"),
    ("replacement_reason", "Rücktritt", "left"),
    ("session_state", "xyz", None),
    ("vote_result", "a", None),
    ("majority_rule", "Mehrheitx", "simple"),
    ("measure_status", "angenommen oder abgelehnt", "accepted"),
]


@pytest.mark.parametrize(("codelist", "value", "expected"), WORDS)
def test_what_an_office_says_for_a_code(codelist: str, value: str, expected: str | None) -> None:
    assert Suggestions().code("x", value, STANDARD.codelists[codelist]) == expected


@pytest.mark.parametrize("codelist", LISTS, ids=lambda codelist: codelist.name)
def test_every_code_has_other_words_in_both_languages(codelist: CodeList) -> None:
    """They are never taken for the code, only suggested; each says one code and no label."""
    assert not codelist.synonyms.keys() & codelist.spellings.keys()
    for code in codelist.codes.values():
        assert len(code.synonyms) > 3, code.code
        for word in code.synonyms:
            assert word == " ".join(word.split())
            assert word.isprintable()
            assert Suggestions().code("x", word, codelist) == code.code
            assert codelist.synonyms[fold(word)] == code.code


def test_a_synonym_is_not_taken_but_asked_about(make_workspace: MakeWorkspace) -> None:
    text = SESSIONS.replace(",held,", ",stattgefunden,")
    _, findings = examine(make_workspace({**RECORDS, "records/sessions.csv": text}))
    assert [(f.code, f.place.cell) for f in findings] == [("DIV101", "D2")]
    assert "Meinten Sie „Abgehalten“?" in findings[0].remedy.text("de")


def vision(session: str) -> dict[str, str]:
    head = "id,name,session_id,action_field,description\n"
    return {"records/visions.csv": f'{head}vision-bus,Busse,"{session}",mobility,Text\n'}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("D.I.V. 1/2026", "session-2026-1"),
        ("d.i.v.  2/2026", "session-2026-2"),
        ("Session-2026-1", "session-2026-1"),
        ("Session 2026-2", "session-2026-2"),
        ("session_2026_1", "session-2026-1"),
    ],
)
def test_a_name_or_a_capital_where_an_id_is_to_be_chosen(
    make_workspace: MakeWorkspace, typed: str, meant: str
) -> None:
    _, findings = examine(make_workspace({**RECORDS, **vision(typed)}))
    assert [(f.code, f.place.cell) for f in findings] == [("DIV203", "C2")]
    assert findings[0].remedy.text("de") == f"Meinten Sie {meant}?"


@pytest.mark.parametrize("typed", ["D.I.V. 1/2026", "Session-2026-1"])
def test_the_record_of_a_correction_is_suggested_too(
    make_workspace: MakeWorkspace, typed: str
) -> None:
    """Of the table that the row names."""
    head = "id,date,table,record_id,fields,reason\n"
    row = f"correction-1,2026-11-23,sessions,{typed},participant_count,Verzählt.\n"
    _, findings = examine(make_workspace({**RECORDS, "records/corrections.csv": head + row}))
    assert [(f.code, f.place.cell) for f in findings] == [("DIV203", "D2")]
    assert findings[0].remedy.text("de") == "Meinten Sie session-2026-1?"


def test_a_name_that_several_records_have_is_none(make_workspace: MakeWorkspace) -> None:
    text = SESSIONS.replace("D.I.V. 2/2026", "D.I.V. 1/2026")
    files = {"records/sessions.csv": text, **vision("D.I.V. 1/2026")}
    _, findings = examine(make_workspace(files))
    assert [f.code for f in findings] == ["DIV203"]
    assert findings[0].message.text("de") == "„D.I.V. 1/2026“ ist keine ID aus „Sitzungen“."
    assert "etwa session-2025-1" in findings[0].remedy.text("de")


@pytest.mark.parametrize("sessions", ["id,name,start,state\n", b"\xff\xfe"])
def test_what_is_no_id_is_told_whatever_is_known_of_the_other_table(
    make_workspace: MakeWorkspace, sessions: str | bytes
) -> None:
    """Also where it has no rows, or could not be read."""
    _, findings = examine(make_workspace({"records/sessions.csv": sessions, **vision("Sitzung")}))
    assert [f.code for f in findings if f.code != "DIV002"] == ["DIV203"]


def test_an_own_id_is_still_told_how_ids_are_made(make_workspace: MakeWorkspace) -> None:
    text = vision("session-2026-1")["records/visions.csv"].replace("vision-bus", "Vision Bus")
    _, findings = examine(make_workspace({**RECORDS, "records/visions.csv": text}))
    assert [f.code for f in findings] == ["DIV108"]
