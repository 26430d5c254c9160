"""DIV202 of several fields: an excuse or a correction that is there twice, under two IDs."""

from __future__ import annotations

import pytest

from div_opendata.base.language import LANGUAGES
from support.edits import changed, copy
from support.workspaces import RECORDS, MakeWorkspace, examine, found

DEVIATION = ("deviations", "deviation-2026-1")
CORRECTION = ("corrections", "correction-2025-1")


@pytest.mark.parametrize(
    ("table", "record", "cell", "near"),
    [
        (*DEVIATION, "D3", {"rule": "DIV403"}),
        (*CORRECTION, "F5", {"reason": "Noch einmal gezählt."}),
    ],
)
def test_the_same_row_twice(
    table: str, record: str, cell: str, near: dict[str, str], make_workspace: MakeWorkspace
) -> None:
    """At the second one; another rule, or another reason on the same day, is another row."""
    _, files = changed(copy(table, record, id="copy-1"))
    workspace = make_workspace(files)
    assert found(workspace) == [("DIV202", f"records/{table}.csv", None, cell)]
    (finding,) = examine(workspace)[1]
    for text in (finding.message, finding.remedy):
        for language in LANGUAGES:
            assert not set("{}") & set(text.text(language))
    assert found(make_workspace(changed(copy(table, record, id="copy-1", **near))[1])) == []


def test_the_first_of_two_excuses_still_excuses(make_workspace: MakeWorkspace) -> None:
    """One mistake, one finding: what it excuses is not reported again."""
    other = copy(*DEVIATION, id="deviation-2026-2", reason="Ein anderer Grund.")
    _, findings = examine(make_workspace(changed(other)[1]), rules=True)
    assert [(f.code, f.severity) for f in findings] == [
        ("DIV404", "note"),
        ("DIV202", "error"),
    ]
    assert "Wasserschaden" in findings[0].message.text("de")


def test_of_one_field_nobody_knows_which_is_wrong(make_workspace: MakeWorkspace) -> None:
    """As with two circles of an order: neither row is judged by the rules."""
    orders = "id,name,question,processing,responsible_unit,status\n"
    circles = "id,name,order_id,member_count\n"
    files = {
        **RECORDS,
        "records/orders.csv": f"{orders}order-1,Busse,Wie?,circle,Amt,in_progress\n",
        "records/circles.csv": f"{circles}circle-1,A,order-1,15\ncircle-2,B,order-1,15\n",
    }
    records, _ = examine(make_workspace(files))
    assert [bool(r.broken) for r in records.tables["circles"].records] == [True, True]
