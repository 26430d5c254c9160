"""One fixture for each code, with exactly its finding, and one beside it that has none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from div_opendata.assemble import packages as assembling
from div_opendata.base.finding import MANUALS, manual_parts
from div_opendata.base.language import LANGUAGES
from div_opendata.report.manuals import manuals
from div_opendata.workspace.settings import Workspace
from support.workbooks import edited, workbook
from support.workspaces import RECORDS, SESSIONS, Files, MakeWorkspace, examine, found

SESSION = ["session-2026-1", "D.I.V. 1/2026", "2026-03-12T18:00:00+01:00", "held", 42]
HEADINGS = ["ID", "Name", "Beginn", "Stand", "Teilnehmende"]


@dataclass(frozen=True)
class Fixture:
    """A workspace with one mistake, where it is found, and the same one put right."""

    wrong: Files
    right: Files
    file: str | None
    place: str | None
    sheet: str | None = None


def sessions(text: str) -> Files:
    return {"records/sessions.csv": text}


def change(old: str, new: str) -> tuple[Files, Files]:
    """Records of sessions and visions with one change, and without it."""
    changed = {name: str(text).replace(old, new, 1) for name, text in RECORDS.items()}
    assert changed != RECORDS
    return changed, RECORDS


def csv_fixture(old: str, new: str, place: str | None, file: str = "sessions") -> Fixture:
    wrong, right = change(old, new)
    return Fixture(wrong, right, f"records/{file}.csv", place)


def xlsx_fixture(wrong: bytes, place: str | None, sheet: str | None = "Sitzungen") -> Fixture:
    right = {"records.xlsx": workbook({"Sitzungen": [NAMES, SESSION]})}
    return Fixture({"records.xlsx": wrong}, right, "records.xlsx", place, sheet)


NAMES = ["id", "name", "start", "state", "participant_count"]
ADDRESS = "https://www.probe.example/1.pdf"
LINKED, LINKED_RIGHT = [*SESSION, "Protokoll"], [*SESSION, ADDRESS]


def cross_out(book: Workbook) -> None:
    book.worksheets[0]["B2"].font = Font(strike=True)


def link(book: Workbook) -> None:
    book.worksheets[0]["F2"].hyperlink = ADDRESS


FOLLOW_UPS = """\
id,result_id,measure_number,measure,status,progress,reason,responsible_unit,status_date
follow-up-1,result-1,1,Wegweiser aufstellen,{status},{progress},,Amt für Verkehr,2026-05-04
"""
ORDER_FILES: Files = {
    "records/orders.csv": "id,name,question,processing,responsible_unit,status\n"
    "order-bus,Busse,Wie fahren Busse öfter?,circle,Amt für Verkehr,in_progress\n",
    "records/circles.csv": "id,name,order_id,member_count\ncircle-bus,Busse,order-bus,15\n",
    "records/results.csv": "id,order_id,name,summary,finalised_on\n"
    "result-1,order-bus,Takt,Ein Konzept.,2026-05-01\n",
}


def follow_ups(status: str, progress: str) -> Files:
    text = FOLLOW_UPS.format(status=status, progress=progress)
    return {**ORDER_FILES, "records/follow_ups.csv": text}


FIXTURES: dict[str, Fixture] = {
    "DIV001": xlsx_fixture(b"no workbook", None, None),
    "DIV002": Fixture(
        {"records/sessions.csv": SESSIONS.encode("utf-16")},
        RECORDS,
        "records/sessions.csv",
        None,
    ),
    "DIV003": csv_fixture("D.I.V. 1/2026", "D.I.V.\x07 1/2026", "B2"),
    "DIV004": Fixture(
        {**RECORDS, "records/sitzugnen.csv": "id,name\n"}, RECORDS, "records/sitzugnen.csv", None
    ),
    "DIV005": Fixture(
        {**RECORDS, "records/Sitzungen.csv": SESSIONS}, RECORDS, "records/sessions.csv", None
    ),
    "DIV006": Fixture(
        sessions("telephone,id,name,start,state\n1,session-1,D.I.V.,1.2.2026 18:00,geplant\n"),
        sessions("id,name,start,state\nsession-1,D.I.V.,1.2.2026 18:00,geplant\n"),
        "records/sessions.csv",
        "A1",
    ),
    "DIV007": Fixture(
        sessions("id,name,start,state,Stand\nsession-1,D.I.V.,1.2.2026 18:00,geplant,geplant\n"),
        sessions("id,name,start,state\nsession-1,D.I.V.,1.2.2026 18:00,geplant\n"),
        "records/sessions.csv",
        "E1",
    ),
    "DIV008": xlsx_fixture(workbook({"Sitzungen": [NAMES, [], [*SESSION, "ein Vermerk"]]}), "F3"),
    "DIV009": Fixture(
        sessions("id,start,state\nsession-1,1.2.2026 18:00,geplant\n"),
        sessions("id,name,start,state\nsession-1,D.I.V.,1.2.2026 18:00,geplant\n"),
        "records/sessions.csv",
        "1",
    ),
    "DIV010": csv_fixture(",held,42", "", "2"),
    "DIV011": xlsx_fixture(workbook({"Sitzungen": [NAMES, [*SESSION[:4], "=40+2"]]}), "E2"),
    "DIV012": csv_fixture("D.I.V. 1/2026", "@SUM(A1)", "B2"),
    "DIV013": csv_fixture("D.I.V. 1/2026", "x" * 40_000, "2"),
    "DIV014": xlsx_fixture(workbook({"Sitzungen": [NAMES, SESSION]}, merge="B2:B3"), "B2"),
    "DIV015": csv_fixture("2026-03-12T18:00:00+01:00", "12.03.2026", "C2"),
    "DIV017": Fixture(
        {**RECORDS, "records/holders.csv": "seat_id,name\n"}, RECORDS, "records/holders.csv", None
    ),
    "DIV018": csv_fixture("D.I.V. 1/2026", '"Die "grüne" Stadt"', "2"),
    "DIV019": Fixture({**RECORDS, "records/votes.csv": ""}, RECORDS, "records/votes.csv", "1"),
    "DIV020": xlsx_fixture(workbook({"Sitzungen": [NAMES, [*SESSION[:4], "#N/A"]]}), "E2"),
    "DIV024": csv_fixture("id,name,start", "Sitzungen 2026\nid,name,start", "A1"),
    "DIV025": csv_fixture("planned,\n", "planned,\n,Summe,,,42\n", "B4"),
    "DIV021": Fixture(
        {**RECORDS, "records/sessions.xls": b"old"}, RECORDS, "records/sessions.xls", None
    ),
    "DIV022": xlsx_fixture(edited(workbook({"Sitzungen": [NAMES, SESSION]}), cross_out), "B2"),
    "DIV023": Fixture(
        {"records.xlsx": edited(workbook({"Sitzungen": [[*NAMES, "minutes_url"], LINKED]}), link)},
        {"records.xlsx": workbook({"Sitzungen": [[*NAMES, "minutes_url"], LINKED_RIGHT]})},
        "records.xlsx",
        "F2",
        "Sitzungen",
    ),
    "DIV027": csv_fixture("D.I.V. 1/2026", '"D.I.V.\n1/2026"', "B2"),
    "DIV101": csv_fixture(",held,", ",abgehalten?,", "D2"),
    "DIV102": csv_fixture("D.I.V. 1/2026", "", "B2"),
    "DIV103": csv_fixture(",42", ",1_000", "E2"),
    "DIV104": Fixture(
        {
            **ORDER_FILES,
            "records/results.csv": str(ORDER_FILES["records/results.csv"]).replace(
                "2026-05-01", "30.02.2026"
            ),
        },
        ORDER_FILES,
        "records/results.csv",
        "E2",
    ),
    "DIV105": csv_fixture("2026-03-12T18:00:00+01:00", "12. März abends", "C2"),
    "DIV107": csv_fixture(",42", ",-1", "E2"),
    "DIV108": csv_fixture("vision-bus", "Vision Bus", "A2", "visions"),
    "DIV110": csv_fixture(",42", ",", "E2"),
    "DIV111": Fixture(
        follow_ups("done", "80"), follow_ups("done", "100"), "records/follow_ups.csv", "F2"
    ),
    "DIV112": csv_fixture("D.I.V. 1/2026", "x" * 301, "B2"),
    "DIV114": csv_fixture(",42", ",k. A.", "E2"),
    "DIV201": csv_fixture("session-2026-2", "session-2026-1", "A3"),
    "DIV202": Fixture(
        {
            **ORDER_FILES,
            "records/circles.csv": str(ORDER_FILES["records/circles.csv"])
            + "circle-two,Busse 2,order-bus,15\n",
        },
        ORDER_FILES,
        "records/circles.csv",
        "C3",
    ),
    "DIV203": csv_fixture("session-2026-1,mob", "session-2026-7,mob", "C2", "visions"),
    "DIV204": csv_fixture("session-2026-1,mob", "vision-bus,mob", "C2", "visions"),
}
_SESSION_ENDS = (
    SESSIONS.replace("count\n", "count,end\n")
    .replace(",42\n", ",42,{end}\n")
    .replace("planned,\n", "planned,,\n")
)
FIXTURES["DIV113"] = Fixture(
    sessions(_SESSION_ENDS.format(end="12.03.2026 17:59")),
    sessions(_SESSION_ENDS.format(end="12.03.2026 18:00")),
    "records/sessions.csv",
    "F2",
)
_MINUTES = (
    SESSIONS.replace("count\n", "count,minutes_url\n")
    .replace(",42\n", ",42,{url}\n")
    .replace("planned,\n", "planned,,\n")
)
FIXTURES["DIV109"] = Fixture(
    sessions(_MINUTES.format(url="www.probe.example")),
    sessions(_MINUTES.format(url="https://www.probe.example/")),
    "records/sessions.csv",
    "F2",
)
_SEATS = (
    "id,circle_id,seat_number,seat_group,appointment,filled,voting_right\n"
    "seat-bus-1,circle-bus,1,administration,nominated,{filled},ja\n"
)
FIXTURES["DIV106"] = Fixture(
    {**ORDER_FILES, "records/seats.csv": _SEATS.format(filled="x")},
    {**ORDER_FILES, "records/seats.csv": _SEATS.format(filled="nein")},
    "records/seats.csv",
    "F2",
)

_CORRECTION = (
    "id,date,table,record_id,fields,reason\n"
    "correction-1,2026-11-23,sessions,session-2026-1,{fields},Grund.\n"
)
FIXTURES["DIV205"] = Fixture(
    {**RECORDS, "records/corrections.csv": _CORRECTION.format(fields="participants")},
    {**RECORDS, "records/corrections.csv": _CORRECTION.format(fields="participant_count")},
    "records/corrections.csv",
    "E2",
)

ELSEWHERE = {
    "DIV115": "check/test_years.py",
    "DIV016": "read/test_bad_input.py",
    "DIV030": "check/test_placeholders.py",
    "DIV206": "check/rules/test_rules.py",
    "DIV207": "check/rules/test_rules.py",
    "DIV208": "assemble/gate/test_contact_data.py",
    "DIV209": "assemble/test_assemble.py",
}
"""Codes whose mistake is no file, is in the configuration, or is seen only by rules or the gate:
a link, an excuse that excuses nothing, a package that frictionless rejects."""


@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_wrong_gives_exactly_its_finding(code: str, make_workspace: MakeWorkspace) -> None:
    fixture = FIXTURES[code]
    expected = (code, fixture.file, fixture.sheet, fixture.place)
    assert found(make_workspace(fixture.wrong)) == [expected]


@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_right_gives_none(code: str, make_workspace: MakeWorkspace) -> None:
    assert found(make_workspace(FIXTURES[code].right)) == []


def test_every_code_has_a_fixture() -> None:
    """Those of the rules (DIV3xx and later) have theirs in the tests of their families."""
    of_records = [code for code in manuals() if code < "DIV300"]
    assert of_records == sorted([*FIXTURES, *ELSEWHERE])


@pytest.mark.parametrize("code", sorted(manuals()))
def test_manuals_are_complete_in_both_languages(code: str) -> None:
    manual = MANUALS[code]
    english = [manual.part(part, "en") for part in ("title", "why", "do", "wrong", "right")]
    german = [manual.part(part, "de") for part in ("title", "why", "do", "wrong", "right")]
    assert all(english)
    assert all(german)
    assert german[1:3] != english[1:3]


@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_messages_are_for_the_office(code: str, make_workspace: MakeWorkspace) -> None:
    """In both languages, with every placeholder filled, and without jsonschema's words."""
    _, findings = examine(make_workspace(FIXTURES[code].wrong))
    for text in (findings[0].message, findings[0].remedy):
        texts = [text.text(language) for language in LANGUAGES]
        assert texts[0] != texts[1]
        for words in texts:
            assert not set("{}") & set(words)
            assert "None" not in words
            assert "is not of type" not in words
            assert "does not match" not in words


def test_times_are_written_as_people_do(make_workspace: MakeWorkspace) -> None:
    """Also where the cell has them in another way."""
    _, (finding,) = examine(make_workspace(FIXTURES["DIV113"].wrong))
    assert "(12.03.2026, 17:59)" in finding.message.text("de")
    assert "(12\N{NO-BREAK SPACE}March 2026, 18:00)" in finding.message.text("en")


def test_a_manual_without_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="incomplete"):
        manual_parts("A title.\n\nWhy: because.\n\nDo: this.\n\nWrong: x")


def test_near_matches_are_suggested(make_workspace: MakeWorkspace) -> None:
    _, (finding,) = examine(make_workspace(change(",held,", ",abgehaltenn,")[0]))
    assert "Meinten Sie „Abgehalten“?" in finding.remedy.text("de")
    assert "Geplant" in finding.remedy.text("de")
    assert "Did you mean “Held”?" in finding.remedy.text("en")


def test_one_mistake_is_one_finding(make_workspace: MakeWorkspace) -> None:
    """A broken row is not reported again by those that refer to it."""
    broken = SESSIONS.replace(",held,42", "")  # ragged: nothing else is said of it
    assert found(make_workspace({**RECORDS, "records/sessions.csv": broken})) == [
        ("DIV010", "records/sessions.csv", None, "2")
    ]
    wrong = SESSIONS.replace("2026-03-12T18:00:00+01:00", "irgendwann").replace(",held,", ",hled,")
    assert found(make_workspace({**RECORDS, "records/sessions.csv": wrong})) == [
        ("DIV105", "records/sessions.csv", None, "C2"),
        ("DIV101", "records/sessions.csv", None, "D2"),
    ]


def test_an_unreadable_table_leaves_no_dangling_references(make_workspace: MakeWorkspace) -> None:
    files = {**RECORDS, "records/sessions.csv": b"\xff\xfe"}
    assert [code for code, *_ in found(make_workspace(files))] == ["DIV002"]
    no_key = SESSIONS.replace("id,name", "number,name", 1)
    codes = [
        code for code, *_ in found(make_workspace({**RECORDS, "records/sessions.csv": no_key}))
    ]
    assert codes == ["DIV009"]


def test_a_misspelt_heading_is_one_finding(make_workspace: MakeWorkspace) -> None:
    """Neither is its field missing, nor what refers to its column wrong."""
    for right, wrong in (("start", "beginnn"), ("participant_count", "participants_count")):
        files = {**RECORDS, "records/sessions.csv": SESSIONS.replace(right, wrong, 1)}
        assert [code for code, *_ in found(make_workspace(files))] == ["DIV006"]


def test_references_of_deviations_lead_into_the_table_they_name(
    make_workspace: MakeWorkspace,
) -> None:
    text = "id,rule,table,record_id,reason,date\ndeviation-1,DIV301,{},{},Grund.,2026-11-23\n"

    def codes(table: str, record: str) -> list[str]:
        files = {**RECORDS, "records/deviations.csv": text.format(table, record)}
        return [code for code, *_ in found(make_workspace(files))]

    assert codes("Sitzungen", "session-2026-1") == []
    assert codes("visions", "session-2026-1") == ["DIV204"]
    assert codes("sessions", "session-2026-9") == ["DIV203"]


def test_frictionless_is_the_last_gate(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DIV209: what frictionless finds stops the release, and build/ is not touched."""
    records, _ = examine(workspace)
    write = assembling.write_table

    def spoil(table: object, path: object) -> None:
        write(table, path)  # type: ignore[arg-type]
        text = path.read_text()  # type: ignore[attr-defined]
        path.write_text(text.replace("session-2026-2", "session-2026-1"))  # type: ignore[attr-defined]

    monkeypatch.setattr(assembling, "write_table", spoil)
    findings = assembling.assemble(records, workspace)
    assert {finding.code for finding in findings} == {"DIV209"}
    assert "primary key" in findings[0].message.text("en")
    assert not workspace.build.exists()
