"""The rules of the process: what breaks one gives exactly its finding, what just does not, none.

Every fixture is the complete example, which keeps all rules but the one that it excuses, with a few
cells or rows changed. Families 5xx, 7xx and 8xx have tests of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from div_opendata.base.finding import MANUALS, Finding
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES
from div_opendata.check import rules
from div_opendata.check.rules.facts import Facts
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.report.manuals import manual_text
from support.codes import CODES
from support.edits import Edit, add, cell_of, changed, copy, departures, drop, put
from support.workspaces import TODAY, MakeWorkspace, examine

KNOWN = {code: entry for code, entry in CODES.items() if code < "DIV700"}
"""The codes of the families that are judged of the records alone."""

# --- fixtures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fixture:
    """What breaks a rule, where it is found (table, record, field), and what just does not."""

    code: str
    wrong: tuple[Edit, ...]
    right: tuple[Edit, ...]
    at: tuple[str, str, str]
    today: dt.date = TODAY
    right_today: dt.date = field(default=TODAY)


FIXTURES: list[Fixture] = []


def fixture(
    code: str,
    at: tuple[str, str, str],
    wrong: Edit | tuple[Edit, ...],
    right: Edit | tuple[Edit, ...] = (),
    today: dt.date = TODAY,
    right_today: dt.date | None = None,
) -> None:
    FIXTURES.append(
        Fixture(
            code,
            wrong if isinstance(wrong, tuple) else (wrong,),
            right if isinstance(right, tuple) else (right,),
            at,
            today,
            right_today or today,
        )
    )


def session(number: str, start: str) -> Edit:
    return copy("sessions", "session-2024-3", id=f"session-{number}", start=start, end="")


# DIV301: the fourth held session and the fifth
fixture(
    "DIV301",
    ("sessions", "session-2024-5", "start"),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
    ),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2025-0", "2025-01-07T17:00:00+01:00"),
    ),
)
# a year begins at midnight where the city is
fixture(
    "DIV301",
    ("sessions", "session-2025-4", "start"),
    (
        session("2025-4", "2025-12-10T17:00:00+01:00"),
        session("2025-0", "2024-12-31T23:00:00+00:00"),
    ),
    (
        session("2025-4", "2025-12-10T17:00:00+01:00"),
        session("2025-0", "2024-12-31T22:59:00+00:00"),
    ),
)
fixture(
    "DIV301",
    ("sessions", "session-2024-5", "start"),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
    ),
    (
        session("2024-4", "2024-12-10T17:00:00+01:00"),
        session("2024-5", "2024-12-17T17:00:00+01:00"),
        put("sessions", "session-2024-5", state="cancelled"),
    ),
)
fixture(
    "DIV302",
    ("sessions", "session-2023-1", "state"),
    session("2023-1", "2023-06-30T17:00:00+02:00"),
    (
        session("2023-1", "2023-06-30T17:00:00+02:00"),
        session("2023-2", "2023-12-12T17:00:00+01:00"),
    ),
)
# who begins in the second half of a year is not expected to meet twice in it
fixture(
    "DIV302",
    ("sessions", "session-2023-1", "state"),
    session("2023-1", "2023-06-30T17:00:00+02:00"),
    session("2023-1", "2023-07-01T17:00:00+02:00"),
)
# a year without any session, between two that have some
fixture(
    "DIV302",
    ("sessions", "session-2022-1", "state"),
    session("2022-1", "2022-11-08T17:00:00+01:00"),
    session("2023-1", "2023-11-08T17:00:00+01:00"),
)
_ONE_IN_2026 = (
    put("sessions", "session-2026-2", state="cancelled", participant_count=""),
    *(
        put("visions", vision, session_id="session-2026-1", date="")
        for vision in ("vision-nachtbus-zur-fruehschicht", "vision-reparieren-um-die-ecke")
    ),
)
# a year that is over, and its last day
fixture(
    "DIV302",
    ("sessions", "session-2026-4", "state"),
    _ONE_IN_2026,
    _ONE_IN_2026,
    today=dt.date(2027, 1, 1),
    right_today=dt.date(2026, 12, 31),
)
fixture(
    "DIV303",
    ("sessions", "session-2024-1", "participants_boards"),
    put("sessions", "session-2024-1", participants_boards="0", participant_count="23"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="23"),
)
# counts that add up, and miss by one
fixture(
    "DIV304",
    ("sessions", "session-2024-1", "participant_count"),
    put("sessions", "session-2024-1", participant_count="32"),
    put("sessions", "session-2024-1", participant_count="32", participants_society="12"),
)
fixture(
    "DIV304",
    ("sessions", "session-2024-1", "participant_count"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="22"),
    put("sessions", "session-2024-1", participants_boards="", participant_count="23"),
)
_VISION = "vision-nachtbus-zur-fruehschicht"
fixture(
    "DIV305",
    ("visions", _VISION, "date"),
    put("visions", _VISION, date="2026-06-11"),
    (
        put("visions", _VISION, date="2026-06-11"),
        put("sessions", "session-2026-2", end="2026-06-11T12:00:00+02:00"),
    ),
)
fixture(
    "DIV305",
    ("visions", _VISION, "date"),
    put("visions", _VISION, date="2026-06-09"),
    put("visions", _VISION, date=""),
)
fixture(
    "DIV305",
    ("visions", _VISION, "session_id"),
    put("visions", _VISION, session_id="session-2026-3", date=""),
    put("visions", _VISION, date=""),
)
_ORDER = "order-verstaendliche-bescheide"
_LATER = (
    add("order_visions", order_id=_ORDER, vision_id="vision-reparieren-um-die-ecke"),
    copy("sessions", "session-2026-2", id="session-2026-9", end="", start="2026-06-11T17:00+02:00"),
)
fixture(
    "DIV306",
    ("visions", _VISION, "id"),
    _LATER,
    (*_LATER, put("sessions", "session-2026-9", state="cancelled")),
)
fixture(
    "DIV306",
    ("visions", _VISION, "id"),
    _LATER,
    (*_LATER, add("order_visions", order_id=_ORDER, vision_id=_VISION)),
)
_NEW_ORDER = copy("orders", _ORDER, id="order-neu")
_LINKED = add("order_visions", order_id="order-neu", vision_id=_VISION)
fixture("DIV307", ("orders", "order-neu", "id"), _NEW_ORDER, (_NEW_ORDER, _LINKED))
_BEGUN = put("orders", "order-neu", status="in_progress")
fixture(
    "DIV308",
    ("orders", "order-neu", "processing"),
    (_NEW_ORDER, _LINKED, _BEGUN),
    (_NEW_ORDER, _LINKED),
)
fixture(
    "DIV308",
    ("orders", "order-kuehle-orte", "project_name"),
    put("orders", "order-kuehle-orte", project_name="Raumportal"),
    put("orders", "order-kuehle-orte", project_name="Raumportal", status="issued"),
)
fixture(
    "DIV308",
    ("orders", "order-raumbuchung", "project_name"),
    put("orders", "order-raumbuchung", project_name=""),
    put("orders", "order-raumbuchung", project_name="", status="withdrawn"),
)
fixture(
    "DIV308",
    ("orders", "order-kuehle-orte", "processing"),
    put("orders", "order-kuehle-orte", processing="project"),
)
fixture(
    "DIV308",
    ("orders", "order-raumbuchung", "processing"),
    put("orders", "order-raumbuchung", processing="circle"),
)
# two visions of 26 February: the day before, and the day of
fixture(
    "DIV309",
    ("orders", _ORDER, "date"),
    put("orders", _ORDER, date="2026-02-25"),
    put("orders", _ORDER, date="2026-02-26"),
)
fixture(
    "DIV309",
    ("orders", _ORDER, "session_id"),
    put("orders", _ORDER, date="", session_id="session-2025-3"),
    put("orders", _ORDER, date="", session_id="session-2026-1"),
)
fixture(
    "DIV310",
    ("priorities", "priority-2024-1-4", "rank"),
    put("priorities", "priority-2024-1-4", rank="3"),
    put("priorities", "priority-2024-1-4", session_id="session-2024-3"),
)
fixture(
    "DIV310",
    ("priorities", "priority-2024-1-4", "rank"),
    put("priorities", "priority-2024-1-4", rank="5"),
    drop("priorities", id="priority-2024-1-4"),
)
fixture("DIV311", ("visions", _VISION, "session_id"), put("visions", _VISION, session_id=""))
fixture("DIV311", ("orders", _ORDER, "session_id"), put("orders", _ORDER, session_id=""))

_SEAT = "seat-kuehle-orte-15"
fixture(
    "DIV401",
    ("circles", "circle-kuehle-orte", "id"),
    drop("seats", id=_SEAT),
    (
        drop("seats", id=_SEAT),
        copy("seats", "seat-kuehle-orte-14", id="seat-neu", seat_number="15"),
    ),
)
fixture("DIV401", ("seats", _SEAT, "seat_number"), put("seats", _SEAT, seat_number="14"))
fixture(
    "DIV401",
    ("seats", "seat-wegeinformation-03a", "seat_number"),
    put("seats", "seat-wegeinformation-03", replaces_seat_id=""),
)
fixture(
    "DIV402",
    ("circles", "circle-kuehle-orte", "id"),
    put("seats", "seat-kuehle-orte-10", seat_group="business"),
    (
        put("seats", "seat-kuehle-orte-10", seat_group="business"),
        put("seats", "seat-kuehle-orte-03", seat_group="expert"),
    ),
)
for _group in ("administration", "science", "politics", "civil_society"):
    fixture(
        "DIV402",
        ("circles", "circle-kuehle-orte", "id"),
        put("seats", "seat-kuehle-orte-10", seat_group=_group),
    )
# six for citizens and four for experts, and the other way round
_SIX_CITIZENS = put(
    "seats", "seat-kuehle-orte-10", seat_group="citizen", appointment="drawn", start_month=""
)
_SIX_EXPERTS = put("seats", _SEAT, seat_group="expert", appointment="nominated")
fixture("DIV402", ("circles", "circle-kuehle-orte", "id"), _SIX_CITIZENS)
fixture(
    "DIV402",
    ("circles", "circle-kuehle-orte", "id"),
    _SIX_EXPERTS,
    (_SIX_CITIZENS, _SIX_EXPERTS),
)
fixture(
    "DIV403",
    ("seats", _SEAT, "appointment"),
    put("seats", _SEAT, appointment="nominated"),
    put("seats", "seat-kuehle-orte-10", start_month=""),
)
fixture(
    "DIV403",
    ("seats", "seat-kuehle-orte-10", "appointment"),
    put("seats", "seat-kuehle-orte-10", appointment="drawn", start_month=""),
    put("seats", "seat-kuehle-orte-10", start_month=""),
)
# the day before the draw, and its day
fixture(
    "DIV404",
    ("circles", "circle-wegeinformation", "start_date"),
    put("circles", "circle-wegeinformation", start_date="2024-11-25"),
    put("circles", "circle-wegeinformation", start_date="2024-11-26"),
)
_TO_BE_DRAWN = (
    drop("deviations", rule="DIV404"),
    drop("votes", circle_id="circle-kuehle-orte"),
    drop("feedback_rounds", circle_id="circle-kuehle-orte"),
)
fixture(
    "DIV404",
    ("circles", "circle-kuehle-orte", "start_date"),
    (*_TO_BE_DRAWN, put("circles", "circle-kuehle-orte", start_date="2026-12-07")),
    (*_TO_BE_DRAWN, put("circles", "circle-kuehle-orte", start_date="2026-12-08")),
)


def result(**values: str) -> Edit:
    """A result of the circle at work, whose only feedback round began on 26 October."""
    return copy(
        "results",
        "result-wegeinformation-haftung",
        **{
            "id": "result-neu",
            "order_id": "order-kuehle-orte",
            "circle_id": "circle-kuehle-orte",
            "presented_session_id": "",
            **values,
        },
    )


fixture(
    "DIV405",
    ("results", "result-neu", "id"),
    result(finalised_on="2026-10-25"),
    result(finalised_on="2026-10-26"),
)
_NO_ROUND = drop("feedback_rounds", circle_id="circle-kuehle-orte")
fixture(
    "DIV405",
    ("results", "result-neu", "id"),
    (_NO_ROUND, result(finalised_on="2026-11-23")),
    (_NO_ROUND, result(finalised_on="2026-11-24")),
)
fixture(
    "DIV405",
    ("results", "result-neu", "id"),
    (_NO_ROUND, result(finalised_on="2026-11-23")),
    (_NO_ROUND, result(finalised_on="2026-11-23", circle_id="")),
)
_ROUND = "feedback-kuehle-orte-1"
fixture(
    "DIV406",
    ("feedback_rounds", _ROUND, "suggestions_adopted"),
    put("feedback_rounds", _ROUND, suggestions_adopted="25"),
    put("feedback_rounds", _ROUND, suggestions_adopted="24"),
)
fixture(
    "DIV406",
    ("feedback_rounds", _ROUND, "start_date"),
    put("feedback_rounds", _ROUND, start_date="2026-09-28"),
    put("feedback_rounds", _ROUND, start_date="2026-09-29"),
)
fixture(
    "DIV406",
    ("feedback_rounds", "feedback-wegeinformation-3", "end_date"),
    put("feedback_rounds", "feedback-wegeinformation-3", end_date="2025-11-01"),
    put("feedback_rounds", "feedback-wegeinformation-3", end_date="2025-10-31"),
)
_RESULT = "result-wegeinformation-haftung"
fixture(
    "DIV407",
    ("results", _RESULT, "order_id"),
    put("results", _RESULT, order_id="order-kuehle-orte"),
    put("results", _RESULT, order_id="order-kuehle-orte", circle_id=""),
)
# the day after the session, and its day
fixture(
    "DIV408",
    ("results", _RESULT, "presented_session_id"),
    put("results", _RESULT, finalised_on="2025-11-21"),
    put("results", _RESULT, finalised_on="2025-11-20"),
)
fixture(
    "DIV408",
    ("results", _RESULT, "presented_session_id"),
    put("results", _RESULT, presented_session_id="session-2026-3"),
    put("results", _RESULT, presented_session_id="session-2026-2"),
)
fixture(
    "DIV409",
    ("results", _RESULT, "url"),
    put("results", _RESULT, not_published_reason=""),
    put("results", _RESULT, not_published_reason="Ja."),
)
fixture(
    "DIV409",
    ("results", "result-neu", "url"),
    result(finalised_on="2026-11-23", not_published_reason=""),
    result(finalised_on="2026-11-24", not_published_reason=""),
)
fixture(
    "DIV410",
    ("follow_ups", "followup-leitfaden-1-3", "status_date"),
    put("follow_ups", "followup-leitfaden-1-3", status_date="2026-01-27"),
    put("follow_ups", "followup-leitfaden-1-3", status_date="2026-01-28"),
)
fixture(
    "DIV410",
    ("follow_ups", "followup-leitfaden-1-1", "status_date"),
    put("follow_ups", "followup-leitfaden-1-1", status_date="2025-10-21"),
    put("follow_ups", "followup-leitfaden-1-1", status_date="2025-10-22"),
)
_ONLINE = put("results", _RESULT, url="https://www.musterstadt.example/x", not_published_reason="")
fixture(
    "DIV411",
    ("results", _RESULT, "id"),
    _ONLINE,
    (_ONLINE, copy("follow_ups", "followup-leitfaden-1-1", id="followup-neu", result_id=_RESULT)),
)

_OPEN, _SECRET = "vote-wegeinformation-3", "vote-wegeinformation-5"
fixture(
    "DIV601",
    ("votes", _OPEN, "eligible"),
    put("votes", _OPEN, not_cast="2"),
    put("votes", _OPEN, not_cast="2", abstain="0"),
)
# one too few; and of counts that do not add up nobody says which result they give
fixture("DIV601", ("votes", _OPEN, "eligible"), put("votes", _OPEN, not_cast="0"))
fixture("DIV601", ("votes", _OPEN, "eligible"), put("votes", _OPEN, yes="1"))
# with counts missing the others may be fewer, but not more
fixture(
    "DIV601",
    ("votes", _OPEN, "eligible"),
    put("votes", _OPEN, not_cast="", yes="14", abstain="0"),
    put("votes", _OPEN, not_cast="", yes="12", abstain="0"),
)
# the office's own counts of a secret ballot
fixture(
    "DIV601",
    ("votes", _SECRET, "eligible"),
    put("votes", _SECRET, yes="9"),
    put("votes", _SECRET, yes="", no="", abstain="", invalid="", not_cast=""),
)
fixture(
    "DIV602",
    ("votes", _OPEN, "eligible"),
    put("votes", _OPEN, eligible="16", yes="12"),
    put("votes", _OPEN, eligible="14", yes="10"),
)
_NO_CITIZENS_VOTE = tuple(
    put("seats", f"seat-kuehle-orte-{number}", voting_right="false") for number in range(11, 16)
)
fixture(
    "DIV602",
    ("votes", "vote-kuehle-orte-1", "eligible"),
    (*_NO_CITIZENS_VOTE, put("votes", "vote-kuehle-orte-1", eligible="11", yes="11")),
    _NO_CITIZENS_VOTE,
)


def other_result(record: str, wrong: dict[str, str], right: dict[str, str] | None = None) -> None:
    fixture(
        "DIV603",
        ("votes", record, "result"),
        put("votes", record, **wrong),
        put("votes", record, **right) if right else (),
    )


_TIE = "vote-wegeinformation-4"
other_result(_OPEN, {"result": "failed"})
other_result(_OPEN, {"yes": "6", "no": "7"}, {"yes": "7", "no": "6"})
other_result(_SECRET, {"result": "failed"})
other_result(_TIE, {"casting_vote": "no"}, {"casting_vote": "no", "result": "failed"})
other_result(_TIE, {"result": "failed"}, {"result": "failed", "casting_vote": ""})
other_result(
    "vote-kuehle-orte-2",
    {"yes": "4", "no": "4", "casting_vote": "yes", "result": "passed"},
    {"yes": "4", "no": "4", "casting_vote": "yes"},
)
other_result(
    "vote-kuehle-orte-2", {"result": "passed"}, {"yes": "6", "no": "2", "result": "passed"}
)
other_result(
    _OPEN,
    {"requirement": "two_thirds", "yes": "9", "no": "5", "abstain": "0"},
    {"requirement": "two_thirds", "yes": "10", "no": "5", "abstain": "0", "not_cast": "0"},
)
other_result(
    "vote-wegeinformation-1",
    {"yes": "12", "no": "1"},
    {"yes": "12", "abstain": "1", "invalid": "1"},
)
other_result("vote-wegeinformation-6", {"result": "passed"})
# nine took part, and ten: the quorum
fixture(
    "DIV603",
    ("votes", "vote-wegeinformation-6", "quorum_met"),
    put("votes", "vote-wegeinformation-6", quorum_met="true", result="passed"),
    put(
        "votes",
        "vote-wegeinformation-6",
        quorum_met="true",
        result="passed",
        abstain="1",
        not_cast="5",
    ),
)
# requirement and casting vote of a vote without counts
fixture(
    "DIV603",
    ("votes", _OPEN, "result"),
    put("votes", _OPEN, result="failed", not_cast=""),
    put("votes", _OPEN, result="failed", no=""),
)
# the day before the circle began and its day, its last day and the day after
fixture(
    "DIV604",
    ("votes", "vote-wegeinformation-1", "date"),
    put("votes", "vote-wegeinformation-1", date="2025-01-14"),
    put("votes", "vote-wegeinformation-1", date="2025-01-15"),
)
fixture(
    "DIV604",
    ("votes", "vote-wegeinformation-8", "date"),
    put("votes", "vote-wegeinformation-8", date="2025-11-01"),
    put("votes", "vote-wegeinformation-8", date="2025-10-31"),
)
fixture(
    "DIV604",
    ("votes", "vote-wegeinformation-8", "number"),
    put("votes", "vote-wegeinformation-8", number="7"),
    put("votes", "vote-wegeinformation-8", number="9"),
)
fixture(
    "DIV605",
    ("votes", _OPEN, "order_id"),
    put("votes", _OPEN, order_id="order-kuehle-orte"),
)
for _field in ("majority_rule", "tie_rule", "quorum"):
    _UNRULED = put("circles", "circle-kuehle-orte", **{_field: ""})
    fixture(
        "DIV605",
        ("circles", "circle-kuehle-orte", _field),
        _UNRULED,
        (_UNRULED, drop("votes", circle_id="circle-kuehle-orte", mode="majority")),
    )

each_fixture = pytest.mark.parametrize(
    "case", FIXTURES, ids=[f"{case.code}-{number}" for number, case in enumerate(FIXTURES)]
)


@each_fixture
def test_wrong_gives_exactly_its_finding(case: Fixture, make_workspace: MakeWorkspace) -> None:
    """At its cell, of its record, in words whose placeholders are all filled."""
    tables, files = changed(*case.wrong)
    table, record, name = case.at
    _, findings = examine(make_workspace(files), rules=True, today=case.today)
    (finding,) = [finding for finding in findings if finding.severity != "note"]
    place = finding.place
    assert (finding.code, place.table, place.record, place.field) == (case.code, *case.at)
    assert (place.file, place.cell) == (
        f"records/{table}.csv",
        cell_of(tables, table, record, name),
    )
    for text in (finding.message, finding.remedy):
        for language in LANGUAGES:
            words = text.text(language)
            assert not re.search(r"[{}]|\bNone\b|Message\(|Label\(", words)
            assert not re.search(r"\d{4}-\d{2}-\d{2}", words)  # dates as people write them


@each_fixture
def test_what_just_keeps_the_rule_gives_none(case: Fixture, make_workspace: MakeWorkspace) -> None:
    assert departures(make_workspace(changed(*case.right)[1]), case.right_today) == []


# --- deviations -----------------------------------------------------------------------------------


def deviation(rule: str, table: str, record: str, number: int = 9) -> Edit:
    return add(
        "deviations",
        id=f"deviation-{number}",
        rule=rule,
        table=table,
        record_id=record,
        reason="So war es.",
        date="2026-11-23",
    )


def notes(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(f.code, f.place.record) for f in findings if f.severity == "note"]


@pytest.mark.parametrize(
    "code", sorted(code for code, entry in KNOWN.items() if entry.excusable and code[3] != "5")
)
def test_what_a_deviation_excuses_is_a_note(code: str, make_workspace: MakeWorkspace) -> None:
    case = [case for case in FIXTURES if case.code == code][-1]
    workspace = make_workspace(changed(*case.wrong, deviation(code, *case.at[:2]))[1])
    _, findings = examine(workspace, rules=True, today=case.today)
    assert [f.code for f in findings if f.severity != "note"] == []
    (note,) = [f for f in findings if (f.code, f.place.record) == (code, case.at[1])]
    assert note.message.text("en").endswith("Excused: So war es.")


@pytest.mark.parametrize(
    "code", sorted(code for code, entry in KNOWN.items() if not entry.excusable and code[3] != "5")
)
def test_nothing_excuses_the_others(code: str, make_workspace: MakeWorkspace) -> None:
    case = next(case for case in FIXTURES if case.code == code)
    tables, files = changed(*case.wrong, deviation(code, *case.at[:2]))
    table, record, name = case.at
    assert sorted(departures(make_workspace(files), case.today)) == [
        ("DIV206", "records/deviations.csv", cell_of(tables, "deviations", "deviation-9", "rule")),
        (code, f"records/{table}.csv", cell_of(tables, table, record, name)),
    ]


@pytest.mark.parametrize("rule", ["DIV999", "DIV601", "DIV101"])
def test_an_excuse_from_no_excusable_rule(rule: str, make_workspace: MakeWorkspace) -> None:
    tables, files = changed(deviation(rule, "votes", _OPEN))
    cell = cell_of(tables, "deviations", "deviation-9", "rule")
    assert departures(make_workspace(files)) == [("DIV206", "records/deviations.csv", cell)]


def test_an_excuse_for_what_no_longer_departs(make_workspace: MakeWorkspace) -> None:
    """Also for the right rule of another record, and for the right record and another rule."""
    for record in ("circle-wegeinformation", "circle-kuehle-orte"):
        tables, files = changed(deviation("DIV401", "circles", record))
        workspace = make_workspace(files)
        cell = cell_of(tables, "deviations", "deviation-9", "rule")
        assert departures(workspace) == [("DIV207", "records/deviations.csv", cell)]
        _, findings = examine(workspace, rules=True)
        assert [f.severity for f in findings if f.code == "DIV207"] == ["warning"]
    wrong = (drop("seats", id=_SEAT), deviation("DIV401", "circles", "circle-wegeinformation"))
    workspace = make_workspace(changed(*wrong)[1])
    assert [code for code, _, _ in departures(workspace)] == ["DIV401"]


def test_with_errors_no_excuse_is_called_idle(make_workspace: MakeWorkspace) -> None:
    """Whether the record departs is only known when every row can be judged."""
    idle = deviation("DIV401", "circles", "circle-wegeinformation")
    broken = put("seats", "seat-wegeinformation-02", filled="vielleicht")
    assert [code for code, _, _ in departures(make_workspace(changed(idle, broken)[1]))] == [
        "DIV106"
    ]


def test_the_example_excuses_one_departure(make_workspace: MakeWorkspace) -> None:
    records, findings = examine(make_workspace(changed()[1]), rules=True)
    assert notes(findings) == [("DIV404", "circle-kuehle-orte")]
    assert len(findings) == 1
    assert "Wasserschaden" in findings[0].message.text("de")
    assert findings_text(findings, records, "en").endswith(
        "Errors: 0. Warnings: 0. Excused or accepted: 1."
    )
    assert '"severity": "note"' in findings_json(findings, records)


# --- what rules do not judge ----------------------------------------------------------------------


def test_a_row_with_a_finding_is_not_judged(make_workspace: MakeWorkspace) -> None:
    """One mistake, one finding: no rule complains of what depends on a broken row."""
    for edit, code in [
        (put("seats", _SEAT, circle_id="circle-kuehl-orte"), "DIV203"),
        (put("seats", _SEAT, filled="vielleicht"), "DIV106"),
        (put("circles", "circle-kuehle-orte", order_id="order-wegeinformation"), "DIV202"),
        (put("circles", "circle-wegeinformation", end_date="2025-01-14"), "DIV113"),
        (add("order_visions", order_id="order-neu", vision_id=_VISION), "DIV203"),
        (copy("sessions", "session-2025-1", name="Kopie"), "DIV201"),
        (copy("votes", _OPEN, motion="Kopie"), "DIV201"),
        (put("sessions", "session-2025-2", state="vielleicht"), "DIV101"),
    ]:
        workspace = make_workspace(changed(edit)[1])
        assert [c for c, _, _ in departures(workspace)] == [code]


def test_without_seats_nothing_is_said_of_votes(make_workspace: MakeWorkspace) -> None:
    files = dict(changed()[1])
    head, *lines = str(files["records/seats.csv"]).splitlines()
    kept = [line for line in lines if "circle-wegeinformation" in line]
    files["records/seats.csv"] = "\n".join([head, *kept, ""])
    assert [(code, cell) for code, _, cell in departures(make_workspace(files))] == [
        ("DIV401", "A2"),
        ("DIV402", "A2"),
    ]


def test_a_crash_is_a_traceback_that_names_the_rule(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_facts: Facts) -> Iterator[Finding]:
        yield from ()
        raise ZeroDivisionError

    crash.code = "DIV301"  # type: ignore[attr-defined]
    monkeypatch.setattr(rules, "RULES", (crash,))
    with pytest.raises(ZeroDivisionError) as caught:
        examine(make_workspace(changed()[1]), rules=True)
    assert caught.value.__notes__ == ["in rule DIV301"]


def test_explain_quotes_the_city() -> None:
    """Its sentence as it is, in both languages, and whether a deviation may excuse."""
    excusable = Message("A row in the table of deviations excuses it, with a reason.")
    for language in LANGUAGES:
        text = manual_text(MANUALS["DIV301"], language)
        assert "Das D.I.V. tagt zwei bis vier Mal in einem Kalenderjahr." in text
        assert text.endswith(excusable.text(language))
        assert excusable.text(language) not in manual_text(MANUALS["DIV601"], language)
