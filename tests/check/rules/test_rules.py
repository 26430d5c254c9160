"""What rules share: deviations that excuse, what is not judged, and a rule that crashes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from div_opendata.base.finding import MANUALS, Finding
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES
from div_opendata.check import rules
from div_opendata.check.rules.facts import Facts
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.report.manuals import manual_text
from support.edits import add, cell_of, changed, copy, departures, drop, put
from support.rules import deviation
from support.workspaces import MakeWorkspace, examine

SEAT, VISION = "seat-kuehle-orte-15", "vision-nachtbus-zur-fruehschicht"
VOTE = "vote-wegeinformation-3"

# --- deviations; what each family has excused is in its file --------------------------------------


@pytest.mark.parametrize("rule", ["DIV999", "DIV601", "DIV101"])
def test_an_excuse_from_no_excusable_rule(rule: str, make_workspace: MakeWorkspace) -> None:
    tables, files = changed(deviation(rule, "votes", VOTE))
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
    wrong = (drop("seats", id=SEAT), deviation("DIV401", "circles", "circle-wegeinformation"))
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
    notes = [(f.code, f.place.record) for f in findings if f.severity == "note"]
    assert notes == [("DIV404", "circle-kuehle-orte")]
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
        (put("seats", SEAT, circle_id="circle-kuehl-orte"), "DIV203"),
        (put("seats", SEAT, filled="vielleicht"), "DIV106"),
        (put("circles", "circle-kuehle-orte", order_id="order-wegeinformation"), "DIV202"),
        (put("circles", "circle-wegeinformation", end_date="2025-01-14"), "DIV113"),
        (add("order_visions", order_id="order-neu", vision_id=VISION), "DIV203"),
        (copy("sessions", "session-2025-1", name="Kopie"), "DIV201"),
        (copy("votes", VOTE, motion="Kopie"), "DIV201"),
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
