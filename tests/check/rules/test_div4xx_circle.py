"""DIV4xx: circles, their seats, feedback and results. What breaks a rule, what just does not."""

from __future__ import annotations

from support.codes import CODES
from support.edits import Edit, copy, drop, put
from support.rules import (
    Fixture,
    Fixtures,
    becomes_a_note,
    each_code,
    gives_exactly_its_finding,
    gives_none,
    is_not_excused,
    severities,
)
from support.workspaces import MakeWorkspace

FIXTURES = Fixtures()
fixture = FIXTURES.add

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
    result(finalised_on="2026-11-23", not_published_reason="Ja."),
)
fixture(
    "DIV410",
    ("follow_ups", "followup-leitfaden-4-4", "status_date"),
    put("follow_ups", "followup-leitfaden-4-4", status_date="2026-06-30"),
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

# --- what holds of each ---------------------------------------------------------------------------


@FIXTURES.each
def test_wrong_gives_exactly_its_finding(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_exactly_its_finding(case, make_workspace)


@FIXTURES.each
def test_what_just_keeps_the_rule_gives_none(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_none(case, make_workspace)


@each_code("DIV4", excusable=True)
def test_what_a_deviation_excuses_is_a_note(code: str, make_workspace: MakeWorkspace) -> None:
    becomes_a_note(FIXTURES.of(code)[-1], make_workspace)


@each_code("DIV4", excusable=False)
def test_nothing_excuses_the_others(code: str, make_workspace: MakeWorkspace) -> None:
    is_not_excused(FIXTURES.of(code)[0], make_workspace)


@each_code("DIV4")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    assert severities(code, [case.code for case in FIXTURES]) == set(CODES[code].severities)
