"""Counts of secret ballots, said in texts that belong to them, and kept by earlier versions."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.assemble.gate.ballots import counts
from div_opendata.assemble.packages import judge_records
from div_opendata.base.files import csv_bytes
from div_opendata.base.finding import Finding
from div_opendata.cli import main as cli
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import open_workspace
from support.workspaces import examine

VOTE = "vote-wegeinformation-5"  # secret: 8 yes, 5 no, 1 abstained, 1 invalid, 0 not cast
OPEN = "vote-wegeinformation-2"
NUMBERS = frozenset({8, 5, 1, 0})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8 zu 5 Stimmen", ["8", "5"]),
        ("8:5 entschieden", ["8", "5"]),
        ("8 statt 7 Ja-Stimmen", ["8"]),
        ("mit acht zu fünf Stimmen", ["acht", "fünf"]),
        ("Ja: 8, Nein: 5", ["8", "5"]),
        ("mit 8 Ja- gegen 5 Nein-Stimmen bei einer Enthaltung", ["8", "5", "einer"]),
        ("acht dafür, fünf dagegen", ["acht", "fünf"]),
        ("5 stimmten dagegen", ["5"]),
        ("eine ungültige Stimme", ["eine"]),
        ("ohne Enthaltungen", ["ohne"]),
        ("Der Antrag war einstimmig.", ["einstimmig"]),
        ("8 votes in favour, 5 against", ["8", "5"]),
        # others
        ("7 zu 6 Stimmen", []),
        ("Am 8. Mai stimmten alle ab.", []),
        ("um 8:05 Uhr abgestimmt", []),
        ("8 % Zustimmung, 2/3 der Stimmen", []),
        ("8,5 Stimmen, 18 Stimmen", []),
        ("nach § 5 abgestimmt", []),
        ("Acht Bänke. Stimmen wurden laut.", []),
        ("Die 8 Mitglieder tagten an 5 Orten.", []),
        ("eine Abstimmung, keine Zustimmung", []),
    ],
)
def test_numbers_beside_words_of_voting(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in counts(text, NUMBERS)] == expected


def change(root: Path, name: str, key: str, /, **cells: str) -> None:
    """Change cells of a row of a table, or add the row."""
    path = root / "records" / f"{name}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    row = next((row for row in rows if row["id"] == key), None)
    if row is None:
        row = dict.fromkeys(rows[0], "") | {"id": key}
        rows.append(row)
    row.update(cells)
    path.write_bytes(csv_bytes([list(rows[0]), *(row.values() for row in rows)]))


def judged(root: Path) -> list[Finding]:
    workspace = open_workspace(root)
    return judge_records(examine(workspace)[0], workspace)


SAID = "Das ging mit 8 zu 5 Stimmen aus."
CORRECTED = {"date": "2026-01-01", "fields": "yes", "reason": SAID}
BELONGING: dict[str, tuple[str, str, dict[str, str]]] = {
    "conflict": ("votes", VOTE, {"conflict": SAID}),
    "motion": ("votes", VOTE, {"motion": SAID}),
    "correction": ("corrections", "correction-x-1",
                   {**CORRECTED, "table": "votes", "record_id": VOTE}),
    "deviation": ("deviations", "deviation-x-1",
                  {"rule": "DIV404", "table": "votes", "record_id": VOTE, "reason": SAID,
                   "date": "2026-01-01"}),
    "circle": ("circles", "circle-wegeinformation", {"description": SAID}),
    "order": ("orders", "order-wegeinformation", {"question": SAID}),
}  # fmt: skip


@pytest.mark.parametrize("case", BELONGING)
def test_texts_that_belong_to_a_secret_ballot(case: str, musterstadt: Path) -> None:
    table, key, cells = BELONGING[case]
    change(musterstadt, table, key, **cells)
    found = [f for f in judged(musterstadt) if f.severity == "error"]
    assert [(f.code, f.place.table, f.place.record) for f in found] == [("DIV709", table, key)]
    shown = findings_json(found, Records({}, [])) + findings_text(found, Records({}, []), "de")
    assert "8 zu 5" not in shown


def test_results_and_what_became_of_them(musterstadt: Path) -> None:
    result = "result-wegeinformation-hindernisse"
    change(musterstadt, "results", result, summary=SAID)
    change(musterstadt, "follow_ups", "followup-hindernisse-1-1", reason=SAID)
    found = {(f.code, f.place.table, f.place.field) for f in judged(musterstadt)}
    assert found == {("DIV709", "results", "summary"), ("DIV709", "follow_ups", "reason")}


@pytest.mark.parametrize(
    ("table", "key", "cells"),
    [
        ("votes", OPEN, {"conflict": SAID}),
        ("votes", VOTE, {"conflict": "Das ging mit 9 zu 6 Stimmen aus."}),
        ("corrections", "correction-x-1", {**CORRECTED, "table": "votes", "record_id": OPEN}),
        ("circles", "circle-kuehle-orte", {"description": "Das ging mit 8 zu 6 Stimmen aus."}),
    ],
)
def test_texts_that_tell_nothing_secret(
    table: str, key: str, cells: dict[str, str], musterstadt: Path
) -> None:
    change(musterstadt, table, key, **cells)
    assert [f for f in judged(musterstadt) if f.code == "DIV709"] == []


def test_other_numbers_can_be_accepted(musterstadt: Path) -> None:
    change(musterstadt, "votes", VOTE, conflict="Acht Stimmen aus fünf Vereinen kamen dazu.")
    (finding,) = judged(musterstadt)
    assert (finding.code, finding.severity) == ("DIV709", "error")
    digest = re.search(r"[0-9a-f]{64}", finding.remedy.text("de"))
    assert digest
    (musterstadt / "private").mkdir(exist_ok=True)
    (musterstadt / "private" / "accepted.csv").write_text(
        f"finding_hash,reason\n{digest[0]},Angehörte.\n", encoding="utf-8"
    )
    (note,) = judged(musterstadt)
    assert (note.code, note.severity) == ("DIV709", "note")
    change(musterstadt, "votes", VOTE, conflict="Acht Stimmen aus fünf Häusern kamen dazu.")
    assert ("DIV709", "error") in {(f.code, f.severity) for f in judged(musterstadt)}


# --- earlier versions -----------------------------------------------------------------------------


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = cli.run([*arguments, "--lang", "en"])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def warned(root: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """The warnings about counts in earlier versions: record, message, remedy."""
    _, printed, _ = run("validate", str(root), "--format", "json", capsys=capsys)
    return [
        (f["record"], f["message"]["en"], f["remedy"]["en"])
        for f in json.loads(printed)["findings"]
        if f["code"] == "DIV710"
    ]


def test_counts_of_a_vote_that_becomes_secret_are_told_until_they_are_withdrawn(
    musterstadt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(musterstadt)
    publish: Callable[[], tuple[int, str, str]] = lambda: run(  # noqa: E731
        "publish", root, "--yes", capsys=capsys
    )
    assert publish()[0] == 0
    assert warned(musterstadt, capsys) == []
    change(musterstadt, "votes", OPEN, ballot="secret")
    fields = "yes no abstain invalid not_cast casting_vote"
    reason = "Die Abstimmung war geheim."
    change(musterstadt, "corrections", "correction-x-1", date="2026-01-01", table="votes",
           record_id=OPEN, fields=fields, reason=reason)  # fmt: skip
    command = "div-opendata withdraw --to preview --resource votes --earlier"
    portal = next(iter(open_workspace(musterstadt).configuration.portals))
    command = command.replace("preview", portal)
    ((record, message, remedy),) = warned(musterstadt, capsys)
    assert record == OPEN
    assert "div-1.0.0.zip" in message
    assert command in remedy
    assert command in run("status", root, capsys=capsys)[2]
    status, _, told = publish()
    assert (status, command in told) == (0, True)
    assert len(warned(musterstadt, capsys)) == 1
    withdraw = command.split()[1:]
    assert run(*withdraw, root, "--reason", "geheim", "--yes", capsys=capsys)[0] == 0
    assert warned(musterstadt, capsys) == []
