"""What must not be published is told at once, whatever else is wrong with its row or cell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from div_opendata.assemble.gate.div7xx_bytes import finding_hash
from div_opendata.assemble.gate.private import read_private
from div_opendata.assemble.packages import judge_records
from div_opendata.base.finding import Finding
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.read import read
from div_opendata.workspace.settings import Workspace
from support.edits import changed, put
from support.private import NAME, PRIVATE, TICKET
from support.workbooks import workbook
from support.workspaces import TODAY, MakeWorkspace

FILE = "records/visions.csv"
HEADS = "id,name,session_id,action_field,description"
TEXT = "Alle zehn Minuten, auch abends."
PHONE = "Tel. 0999 123456"


def judged(workspace: Workspace, *, rules: bool = False) -> list[Finding]:
    """What `validate` finds, by the rules of the process only where a test is about them."""
    records, private = read(workspace), read_private(workspace)
    context = Context(TODAY, workspace.time_zone, consents=private.consents)
    found = check(records, context=context if rules else None)
    return [*found, *judge_records(records, workspace, private=private)]


def places(found: Sequence[Finding]) -> list[tuple[str, str | None]]:
    return [(f.code, f.place.cell or (str(f.place.row) if f.place.row else None)) for f in found]


def row(**values: str) -> str:
    """Visions with one row, without a session to refer to."""
    cells = {
        "id": "vision-bus",
        "name": "Busse im Takt",
        "session_id": "",
        "action_field": "mobility",
        "description": TEXT,
        **values,
    }
    return f"{HEADS}\n" + ",".join(f'"{cells[name]}"' for name in HEADS.split(",")) + "\n"


@pytest.mark.parametrize("said", [PHONE, "Frau Winter fragen", "e.muster@web.example"])
@pytest.mark.parametrize(
    ("other", "mistake"),
    [
        ({"action_field": "Vekehr"}, ("DIV101", "D2")),
        ({"id": ""}, ("DIV102", "A2")),
        ({"id": "Vision 1"}, ("DIV108", "A2")),
        ({"name": "=SUMME"}, ("DIV012", "B2")),
        ({"name": "x" * 400}, ("DIV112", "B2")),
    ],
)
def test_contact_data_in_a_row_with_another_mistake(
    make_workspace: MakeWorkspace, said: str, other: dict[str, str], mistake: tuple[str, str]
) -> None:
    found = judged(make_workspace({FILE: row(description=f"{TEXT} {said}", **other)}))
    assert places(found) == [mistake, ("DIV705", "E2")]
    clean = judged(make_workspace({FILE: row(**other)}))
    assert places(clean) == [mistake]


@pytest.mark.parametrize("secret", [NAME, TICKET])
def test_what_is_private_in_a_row_with_another_mistake(
    make_workspace: MakeWorkspace, secret: str
) -> None:
    wrong = row(description=f"{TEXT} {secret}", action_field="Vekehr")
    found = judged(make_workspace({FILE: wrong, **PRIVATE}))
    assert places(found) == [("DIV101", "D2"), ("DIV706", "E2")]
    assert found[1].place.value is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # a cell that was not understood, or is too long, or of another form
        (row(description=f"{TEXT}\x07 {PHONE}"), [("DIV003", "E2"), ("DIV705", "E2")]),
        (row(description=f"={PHONE}"), [("DIV012", "E2"), ("DIV705", "E2")]),
        (row(action_field=PHONE), [("DIV101", "D2"), ("DIV705", "D2")]),
        # a column that the table does not have, or has no heading, or stands there twice
        (
            row().replace(HEADS, f"{HEADS},Kontakt").replace(f'{TEXT}"', f'{TEXT}","{PHONE}"'),
            [("DIV006", "F1"), ("DIV705", "F2")],
        ),
        (
            row().replace(HEADS, f"{HEADS},name").replace(f'{TEXT}"', f'{TEXT}","{PHONE}"'),
            [("DIV007", "F1"), ("DIV705", "F2")],
        ),
        # a row with more cells than headings, and one with fewer
        (row() + f"vision-rad,Rad,,mobility,Text,{PHONE}\n", [("DIV010", "3"), ("DIV705", "F3")]),
        (row() + f"vision-rad,{PHONE},\n", [("DIV010", "3"), ("DIV705", "B3")]),
        # no record
        (row() + f',,,,"Rückfragen: {PHONE}"\n', [("DIV025", "E3"), ("DIV705", "E3")]),
    ],
)
def test_cells_that_gave_no_value(
    make_workspace: MakeWorkspace, content: str, expected: list[tuple[str, str]]
) -> None:
    assert places(judged(make_workspace({FILE: content}))) == expected
    assert content.count(PHONE) == 1
    others = [place for place in expected if place[0] != "DIV705"]
    harmless = content.replace(PHONE, "eine Angabe")
    assert places(judged(make_workspace({FILE: harmless}))) == others


def test_a_column_without_heading_in_a_workbook(make_workspace: MakeWorkspace) -> None:
    cells = ["vision-bus", "Busse im Takt", None, "mobility", TEXT, "Frau Winter"]
    book = workbook({"visions": [HEADS.split(","), cells]})
    found = judged(make_workspace({"records.xlsx": book}))
    assert places(found) == [("DIV008", "F2"), ("DIV705", "F2")]


def test_what_is_no_record_of_the_release_is_not_searched(make_workspace: MakeWorkspace) -> None:
    """Remarks, titles above the headings and sheets of one's own are never published."""
    text = f"Ansprechpartnerin: Frau Winter\n{row()}# {PHONE}\n"
    assert places(judged(make_workspace({FILE: text, "records/_x.csv": PHONE}))) == [
        ("DIV024", "A1")
    ]


def test_a_false_alarm_stays_accepted_while_the_row_is_wrong(make_workspace: MakeWorkspace) -> None:
    """Its hash is of the record's key and field; without a key there is none to accept it by."""
    passage = "0999 123456"
    digest = finding_hash("visions", "vision-bus", "description", passage)
    wrong = row(description=f"{TEXT} {PHONE}", action_field="Vekehr")
    (_, shown) = judged(make_workspace({FILE: wrong}))
    assert digest in shown.remedy.text("de")
    accepted = {"private/accepted.csv": f"finding_hash,reason\n{digest},Muster\n"}
    (_, found) = judged(make_workspace({FILE: wrong, **accepted}))
    assert (found.code, found.severity) == ("DIV705", "note")
    *_, found = judged(make_workspace({FILE: wrong.replace("vision-bus", "Vision")}))
    assert found.code == "DIV705"
    assert "Zeile" in found.remedy.text("de")


def test_a_link_is_searched_for_addresses_alone(make_workspace: MakeWorkspace) -> None:
    """As it is where it is published: most numbers in links are no telephone's."""
    url = "https://www.stadt.example/0999-123456.pdf"
    result = "result-wegeinformation-hindernisse"
    _, files = changed(put("results", result, url=url, finalised_on="bald"))
    codes = {finding.code for finding in judged(make_workspace(files))}
    assert "DIV104" in codes
    assert "DIV705" not in codes


@pytest.mark.parametrize(
    ("field", "value"), [("seat_number", "drei"), ("filled", "?"), ("seat_group", "Verwaltng")]
)
def test_what_a_seat_says_of_its_holder(
    make_workspace: MakeWorkspace, field: str, value: str
) -> None:
    """DIV702 and DIV707: of a seat of the lottery, and of one without a consent."""
    _, files = changed(
        put("seats", "seat-wegeinformation-11", on_behalf_of="Ein Verein", **{field: value}),
        put("seats", "seat-wegeinformation-01", on_behalf_of="Ein Amt", **{field: value}),
    )
    found = judged(
        make_workspace({**files, "private/accepted.csv": "finding_hash,reason\n"}), rules=True
    )
    told = {(f.code, f.place.record) for f in found}
    assert ("DIV702", "seat-wegeinformation-11") in told
    assert ("DIV707", "seat-wegeinformation-01") in told
