"""Words for “not known”: an empty cell says it, where one may be empty."""

from __future__ import annotations

import pytest

from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, examine

WORDS = [
    "NA",
    "N/A",
    "null",
    "k. A.",
    "k.A.",
    "keine Angabe",
    "unbekannt",
    "–",
    "-",
    "---",
    "?",
    "…",
]
EMPTY = "Die Zelle leer lassen, wo nichts bekannt ist."


def session(state: str, **cells: str) -> str:
    """A session with further cells, and one beside it."""
    names = ["participant_count", "location", "minutes_url", "end", *cells]
    names = list(dict.fromkeys(names))
    row = ["session-1", "Eins", "12.03.2026 18:00", state]
    values = {"participant_count": "42" if state == "held" else "", **cells}
    return (
        ",".join(["id", "name", "start", "state", *names])
        + "\n"
        + ",".join([*row, *(values.get(name, "") for name in names)])
        + "\n"
    )


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "field", ["location", "participants_boards", "minutes_url", "end", "participant_count"]
)
def test_an_optional_cell_is_to_be_left_empty(
    make_workspace: MakeWorkspace, field: str, word: str
) -> None:
    """Whatever the field holds: a text, a number, an address, a time."""
    text = session("planned", **{field: word})
    _, findings = examine(make_workspace({"records/sessions.csv": text}))
    assert [(f.code, f.place.field) for f in findings] == [("DIV114", field)]
    assert findings[0].remedy.text("de") == EMPTY
    assert f"„{word}“" in findings[0].message.text("de")


def test_the_remedy_is_right(make_workspace: MakeWorkspace) -> None:
    _, findings = examine(make_workspace({"records/sessions.csv": session("planned")}))
    assert findings == []


@pytest.mark.parametrize("word", ["k. A.", "unbekannt"])
def test_what_is_needed_in_this_case_cannot_be_left_empty(
    make_workspace: MakeWorkspace, word: str
) -> None:
    """A session that was held has a number of participants: left empty it would be DIV110."""
    text = session("held", participant_count=word)
    _, findings = examine(make_workspace({"records/sessions.csv": text}))
    assert [(f.code, f.place.field) for f in findings] == [("DIV114", "participant_count")]
    assert "herausfinden" in findings[0].remedy.text("de")


@pytest.mark.parametrize(
    ("old", "new"), [("D.I.V. 1/2026", "?"), (",held,", ",unbekannt,"), ("mobility", "unbekannt")]
)
def test_what_is_required_is_to_be_found_out(
    make_workspace: MakeWorkspace, old: str, new: str
) -> None:
    """Codes of lists that a city may replace, too."""
    files = {name: str(text).replace(old, new, 1) for name, text in RECORDS.items()}
    _, findings = examine(make_workspace(files))
    assert [f.code for f in findings] == ["DIV114"]
    assert "ein # setzen" in findings[0].remedy.text("de")


def test_a_row_begun_with_a_number_sign_is_not_read(make_workspace: MakeWorkspace) -> None:
    """What the remedy says of a required cell does help."""
    text = SESSIONS.replace("session-2026-2", "# session-2026-2").replace("D.I.V. 2/2026", "?")
    _, findings = examine(make_workspace({**RECORDS, "records/sessions.csv": text}))
    assert findings == []


def test_a_code_of_the_city_for_what_is_not_known_is_taken(make_workspace: MakeWorkspace) -> None:
    lists = {"codelists/action_field.csv": "code,de,en\nunknown,Unbekannt,Unknown\n"}
    visions = str(RECORDS["records/visions.csv"]).replace("mobility", "unbekannt")
    files = {**RECORDS, **lists, "records/visions.csv": visions}
    _, findings = examine(make_workspace(files))
    assert findings == []


@pytest.mark.parametrize("text", ["online", "unbekannter Ort", "Raum ?", "– noch – offen"])
def test_other_texts_are_texts(make_workspace: MakeWorkspace, text: str) -> None:
    _, findings = examine(
        make_workspace({"records/sessions.csv": session("planned", location=text)})
    )
    assert findings == []
