"""An office sorts its sheets as it likes: the order of the rows changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from div_opendata.assemble.packages import write_packages
from support.edits import Edit, Tables, changed, copy, put
from support.workspaces import MakeWorkspace, examine, tree_bytes

SEEDS = range(6)
_LEAD = "followup-leitfaden-1-"
_TWICE: tuple[Edit, ...] = (
    copy("seats", "seat-kuehle-orte-14", id="seat-zweimal"),
    copy("sessions", "session-2025-1", id="session-2025-9"),
    copy("sessions", "session-2025-1", id="session-2025-8"),
    copy("sessions", "session-2025-1", id="session-2025-7"),
    copy("lotteries", "lottery-wegeinformation-2024", id="lottery-a"),
    copy("votes", "vote-wegeinformation-3", id="vote-zweimal"),
    copy("follow_ups", f"{_LEAD}1", id="followup-neu", status_date="2025-01-01"),
    put("circles", "circle-wegeinformation", quorum=""),
)
"""Mistakes of two rows or more, of which one has the finding."""


def shuffled(seed: int) -> Edit:
    """The rows of every table in another order."""

    def edit(tables: Tables) -> None:
        for rows in tables.values():
            random.Random(seed).shuffle(rows)

    return edit


def judged(make_workspace: MakeWorkspace, *edits: Edit) -> set[tuple[str | None, ...]]:
    """What is found, wherever its row stands."""
    _, findings = examine(make_workspace(changed(*edits)[1]), rules=True)
    told = [
        (f.code, f.severity, f.place.table, f.place.record, f.place.field, f.message.text("de"))
        for f in findings
    ]
    assert len(set(told)) == len(told)
    return set(told)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_findings_and_bytes_in_any_order(
    seed: int, make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    written = []
    for edits in ((), (shuffled(seed),)):
        folder = tmp_path / f"written-{len(edits)}"
        folder.mkdir()
        workspace = make_workspace(changed(*edits)[1])
        records, findings = examine(workspace, rules=True)
        assert [(f.code, f.severity) for f in findings] == [("DIV404", "note")]
        write_packages(records, workspace, folder)
        written.append(tree_bytes(folder))
    assert written[0] == written[1]


def test_the_same_row_is_found_wrong_in_any_order(make_workspace: MakeWorkspace) -> None:
    found = judged(make_workspace, *_TWICE)
    assert {"DIV301", "DIV401", "DIV410", "DIV512", "DIV604", "DIV605"} <= {f[0] for f in found}
    for seed in SEEDS:
        assert judged(make_workspace, *_TWICE, shuffled(seed)) == found


@pytest.mark.parametrize("order", [1, -1])
def test_statuses_of_one_day_are_taken_in_an_order_that_can_be(
    order: int, make_workspace: MakeWorkspace
) -> None:
    """From examined to done on one day, the rows as they happened or the newest first."""

    def rows(tables: Tables) -> None:
        tables["follow_ups"].sort(key=lambda row: row["id"], reverse=order < 0)

    same = [put("follow_ups", f"{_LEAD}{n}", status_date="2026-03-16") for n in (1, 2, 4)]
    assert {f[0] for f in judged(make_workspace, *same, rows)} == {"DIV404"}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"status": "done", "progress": "100"}, "zweimal"),
        ({"status": "rejected", "progress": "", "reason": "Kein Geld."}, "„Abgelehnt“"),
    ],
    ids=["twice", "after done"],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_no_day_can_have(
    seed: int, second: dict[str, str], words: str, make_workspace: MakeWorkspace
) -> None:
    edits = (copy("follow_ups", f"{_LEAD}4", id="followup-neu", **second), shuffled(seed))
    ((code, severity, *_, text),) = [
        found for found in judged(make_workspace, *edits) if found[0] != "DIV404"
    ]
    assert (code, severity) == ("DIV410", "error")
    assert text is not None
    assert words in text
