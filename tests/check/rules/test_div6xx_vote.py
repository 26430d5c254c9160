"""DIV6xx: votes of a circle. What breaks a rule, what just does not."""

from __future__ import annotations

import pytest

from support.codes import CODES
from support.edits import changed, drop, put
from support.rules import (
    Fixture,
    Fixtures,
    each_code,
    gives_exactly_its_finding,
    gives_none,
    is_not_excused,
    severities,
)
from support.workspaces import MakeWorkspace, examine

FIXTURES = Fixtures()
fixture = FIXTURES.add

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
other_result(_TIE, {"casting_vote": "against"}, {"casting_vote": "against", "result": "failed"})
other_result(_TIE, {"result": "failed"}, {"result": "failed", "casting_vote": ""})
other_result(
    "vote-kuehle-orte-2",
    {"yes": "4", "no": "4", "casting_vote": "in_favour", "result": "passed"},
    {"yes": "4", "no": "4", "casting_vote": "in_favour"},
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

# --- what holds of each ---------------------------------------------------------------------------


@FIXTURES.each
def test_wrong_gives_exactly_its_finding(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_exactly_its_finding(case, make_workspace)


@FIXTURES.each
def test_what_just_keeps_the_rule_gives_none(case: Fixture, make_workspace: MakeWorkspace) -> None:
    gives_none(case, make_workspace)


@each_code("DIV6", excusable=False)
def test_nothing_excuses_the_others(code: str, make_workspace: MakeWorkspace) -> None:
    is_not_excused(FIXTURES.of(code)[0], make_workspace)


@each_code("DIV6")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    assert severities(code, [case.code for case in FIXTURES]) == set(CODES[code].severities)


# --- why ------------------------------------------------------------------------------------------

_CIRCLE = "circle-wegeinformation"
_SEVEN = {"yes": "7", "no": "7", "abstain": "0", "not_cast": "1", "casting_vote": ""}


@pytest.mark.parametrize(
    ("vote", "cells", "rules", "reason"),
    [
        (
            _TIE,
            {**_SEVEN, "result": "passed"},
            {"tie_rule": "rejected"},
            "7 Ja, 7 Nein: Stimmengleichheit, Regel „Abgelehnt“",
        ),
        (
            _TIE,
            {"casting_vote": "against"},
            {},
            "6 Ja, 6 Nein: Stimmengleichheit, Regel „Vorsitz entscheidet“, Stichentscheid „Nein“",
        ),
        (_OPEN, {"result": "failed"}, {}, "11 Ja, 2 Nein: Regel „Einfache Mehrheit“"),
        (
            _OPEN,
            {"requirement": "", "yes": "7", "no": "6"},
            {"majority_rule": "absolute"},
            "7 Ja, 6 Nein, 15 Stimmberechtigte: Regel „Absolute Mehrheit“",
        ),
        (
            _OPEN,
            {"requirement": "two_thirds", "yes": "8", "no": "5"},
            {},
            "8 Ja, 5 Nein: Regel „Zweidrittelmehrheit“",
        ),
        (
            "vote-wegeinformation-6",
            {"result": "passed"},
            {},
            "9 haben teilgenommen, das Quorum ist 10",
        ),
        (
            "vote-wegeinformation-6",
            {"result": "passed", "not_cast": "", "yes": ""},
            {},
            "das Quorum war nicht erreicht",
        ),
        ("vote-wegeinformation-1", {"result": "failed"}, {}, "kein schwerwiegender Einwand"),
        (
            "vote-wegeinformation-2",
            {"result": "passed"},
            {},
            "schwerwiegende Einwände: 4",
        ),
    ],
)
def test_a_wrong_result_says_why(
    vote: str,
    cells: dict[str, str],
    rules: dict[str, str],
    reason: str,
    make_workspace: MakeWorkspace,
) -> None:
    edits = [put("votes", vote, **cells), *([put("circles", _CIRCLE, **rules)] if rules else [])]
    _, findings = examine(make_workspace(changed(*edits)[1]), rules=True)
    (finding,) = [finding for finding in findings if finding.severity != "note"]
    assert (finding.code, finding.place.record) == ("DIV603", vote)
    assert finding.message.text("de").endswith(f"“ ({reason}).")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"quorum_met": "true", "result": "passed"}, ("9 Mitglieder", "ist aber 10", "„Nein“")),
        ({"abstain": "1", "not_cast": "5"}, ("10 Mitglieder", "ist 10", "„Ja“")),
    ],
)
def test_a_wrong_quorum_says_what_it_is(
    cells: dict[str, str], words: tuple[str, ...], make_workspace: MakeWorkspace
) -> None:
    edit = put("votes", "vote-wegeinformation-6", **cells)
    _, findings = examine(make_workspace(changed(edit)[1]), rules=True)
    (finding,) = [finding for finding in findings if finding.severity != "note"]
    assert (finding.code, finding.place.field) == ("DIV603", "quorum_met")
    assert [word for word in words if word not in finding.message.text("de")] == []
