"""DIV702 and DIV707: what a seat says of the person on it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from div_opendata.assemble.gate.private import read_private
from div_opendata.base.finding import Finding
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.read import read
from div_opendata.workspace.settings import open_workspace
from support.workspaces import TODAY

DRAWN = "seat-wegeinformation-11"
NOMINATED = "seat-wegeinformation-02"
REPLACED = "seat-wegeinformation-12"


def judged(root: Path, cells: Mapping[tuple[str, str], str]) -> list[Finding]:
    """What is found in the complete example with some cells of seats changed, all rules judged."""
    path = root / "records" / "seats.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({field: value for (seat, field), value in cells.items() if seat == row["id"]})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    workspace = open_workspace(root)
    context = Context(TODAY, workspace.time_zone, consents=read_private(workspace).consents)
    found = check(read(workspace), context=context)
    return [finding for finding in found if finding.code in {"DIV702", "DIV707"}]


def places(findings: list[Finding]) -> list[tuple[str, str, str | None, str | None, str | None]]:
    return [(f.code, f.severity, f.place.file, f.place.record, f.place.field) for f in findings]


def test_the_example_keeps_both(musterstadt: Path) -> None:
    assert judged(musterstadt, {}) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_behalf_of", "Beirat"),
        ("start_month", "2025-02"),
        ("end_month", "2025-09"),
        ("replaces_seat_id", REPLACED),
    ],
)
@pytest.mark.parametrize("appointment", ["drawn", "all_seated"])
def test_a_seat_of_the_lottery_says_nothing_more(
    appointment: str, field: str, value: str, musterstadt: Path
) -> None:
    found = judged(musterstadt, {(DRAWN, "appointment"): appointment, (DRAWN, field): value})
    assert places(found) == [("DIV702", "error", "records/seats.csv", DRAWN, field)]


def test_a_nominated_seat_may(musterstadt: Path) -> None:
    cells = {
        (NOMINATED, "on_behalf_of"): "Beirat",
        (NOMINATED, "start_month"): "2025-02",
        (NOMINATED, "end_month"): "2025-09",
    }
    assert judged(musterstadt, cells) == []


HOLDERS = "seat_id,name,consent_reference\n{seat},Jördis Ungewöhnlich,{consent}\n"
NAMED = {(NOMINATED, "on_behalf_of"): "Beirat"}


@pytest.mark.parametrize(
    ("seat", "consent", "wrong"),
    [
        (NOMINATED, "", True),
        (NOMINATED, '"Az. 1, Blatt 2"', False),
        ("seat-wegeinformation-03", '"Az. 1, Blatt 2"', True),  # of somebody else
        (NOMINATED, f"\n{NOMINATED},Karla Seltsam,Az. 2", True),  # two rows: both need it
        (NOMINATED, f"Az. 1\n{NOMINATED},Karla Seltsam,", True),
        (NOMINATED, f"Az. 1\n{NOMINATED},Karla Seltsam,Az. 2", False),
    ],
)
def test_whom_a_seat_is_for_is_published_with_consent(
    seat: str, consent: str, wrong: bool, musterstadt: Path
) -> None:
    (musterstadt / "private").mkdir(exist_ok=True)
    text = HOLDERS.format(seat=seat, consent=consent)
    (musterstadt / "private" / "holders.csv").write_text(text, encoding="utf-8")
    found = judged(musterstadt, NAMED)
    expected = ("DIV707", "error", "records/seats.csv", NOMINATED, "on_behalf_of")
    assert places(found) == ([expected] if wrong else [])
    assert all("Jördis" not in str(finding.as_json()) for finding in found)


def test_without_anything_said_no_consent_is_needed(musterstadt: Path) -> None:
    (musterstadt / "private").mkdir(exist_ok=True)
    text = HOLDERS.format(seat=NOMINATED, consent="")
    (musterstadt / "private" / "holders.csv").write_text(text, encoding="utf-8")
    assert judged(musterstadt, {}) == []


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"accepted.csv": "finding_hash,reason\n"},
        {"register-lottery-a-1.csv": "ticket,word\n"},
        {"holders.xlsx": "no workbook"},
    ],
)
def test_without_a_table_of_holders_nobody_has_consented(
    files: Mapping[str, str], musterstadt: Path
) -> None:
    (musterstadt / "private").mkdir()
    for name, text in files.items():
        (musterstadt / "private" / name).write_text(text, encoding="utf-8")
    assert places(judged(musterstadt, NAMED)) == [
        ("DIV707", "error", "records/seats.csv", NOMINATED, "on_behalf_of")
    ]


def test_without_the_private_folder_nothing_is_judged(musterstadt: Path) -> None:
    assert judged(musterstadt, NAMED) == []
