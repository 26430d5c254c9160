"""DIV7xx: privacy. What a seat says of the person on it, and a mistake for each code.

What else the gate finds in finished packages is tested in tests/assemble/gate."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from div_opendata.assemble.gate.judge import judge_bytes
from div_opendata.assemble.gate.private import read_private
from div_opendata.assemble.packages import judge_records, write_packages
from div_opendata.base.finding import Finding
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.publish.exposed import counts_on_portals
from div_opendata.read import read
from div_opendata.workspace.settings import open_workspace
from support.codes import CODES
from support.office import edit
from support.rules import Mistakes, each_code
from support.workspaces import TODAY, examine

NAME, SURNAME = "Jördis Ungewöhnlich", "Ungewöhnlich"
DRAWN = "seat-wegeinformation-11"
NOMINATED = "seat-wegeinformation-02"
REPLACED = "seat-wegeinformation-12"
SECRET = "vote-wegeinformation-5"


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


# --- a mistake for each code, and its near miss ---------------------------------------------------

MISTAKES = Mistakes()
mistake = MISTAKES.add


def nothing(_: Path) -> None:
    """Spoil nothing."""


def of_bytes(root: Path, spoil: Callable[[Path], None] = nothing) -> list[Finding]:
    """What the gate finds in finished packages that somebody has changed."""
    workspace = open_workspace(root)
    build = root / "made"
    build.mkdir()
    write_packages(examine(workspace)[0], workspace, build)
    spoil(build)
    return judge_bytes(build, workspace)


def of_text(root: Path, text: str) -> list[Finding]:
    """What the gate finds where a text is the topic of a priority, and somebody holds a seat."""
    (root / "private").mkdir()
    holders = f"seat_id,name\n{NOMINATED},{NAME}\n"
    (root / "private" / "holders.csv").write_text(holders, encoding="utf-8")

    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["topic"] = text

    edit(root, "priorities", change)
    return of_bytes(root)


@mistake("DIV701")
def unknown_column(root: Path, wrong: bool) -> list[Finding]:
    """A column that no schema has, in a finished table, without any value."""

    def spoil(build: Path) -> None:
        path = build / "visions" / "visions.csv"
        text = path.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([*row, "" if number else "telephone"] for number, row in enumerate(rows))
        path.write_text(stream.getvalue(), encoding="utf-8", newline="")

    return of_bytes(root, spoil if wrong else nothing)


@mistake("DIV702")
def seat_of_the_lottery(root: Path, wrong: bool) -> list[Finding]:
    """A drawn seat with a month; a nominated one may have it."""
    seat = DRAWN if wrong else NOMINATED
    return judged(root, {(seat, "start_month"): "2025-02"})


@mistake("DIV704")
def counts_of_a_secret_ballot(root: Path, wrong: bool) -> list[Finding]:
    """A ballot that becomes secret when its counts are in the finished table."""

    def spoil(build: Path) -> None:
        path = build / "votes" / "votes.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(",majority,open,", ",majority,secret,", 1), encoding="utf-8")

    return of_bytes(root, spoil if wrong else nothing)


@mistake("DIV705")
def contact_data(root: Path, wrong: bool) -> list[Finding]:
    """A telephone number in a text; a count of calls is none."""
    return of_text(root, "Fragen an 0521 512345" if wrong else "512345 Anrufe im Jahr")


@mistake("DIV706")
def a_full_name(root: Path, wrong: bool) -> list[Finding]:
    """The name of a holder, however it is written; another one with the same first name is none."""
    return of_text(root, f"Idee von {NAME.upper()}" if wrong else "Idee von Jördis Gewöhnlich")


@mistake("DIV706", "warning")
def a_surname(root: Path, wrong: bool) -> list[Finding]:
    """A surname as a whole word; as a part of one it is none."""
    return of_text(root, f"Eine Idee, {SURNAME}" if wrong else "Eine ungewöhnliche Idee")


@mistake("DIV707")
def without_consent(root: Path, wrong: bool) -> list[Finding]:
    """For whom somebody sits there, without any consent known and with theirs on file."""
    (root / "private").mkdir()
    holders = HOLDERS.format(seat=NOMINATED, consent="Az. 1")
    if not wrong:
        (root / "private" / "holders.csv").write_text(holders, encoding="utf-8")
    return judged(root, NAMED)


@mistake("DIV708")
def a_copy_of_the_holders(root: Path, wrong: bool) -> list[Finding]:
    """A table of holders with another name; an underscore says that it is not to be read."""
    (root / "private").mkdir()
    name = "Kopie von holders.csv" if wrong else "_Kopie von holders.csv"
    (root / "private" / name).write_text(f"seat_id,name\n{NOMINATED},{NAME}\n", encoding="utf-8")
    return of_bytes(root)


@mistake("DIV709")
def counts_in_a_conflict(root: Path, wrong: bool) -> list[Finding]:
    """The counts of a secret ballot beside a word of voting; other numbers are none."""

    def change(rows: list[dict[str, str]]) -> None:
        (row,) = (row for row in rows if row["id"] == SECRET)
        row["conflict"] = "Das ging 8 zu 5 aus." if wrong else "Das ging 9 zu 6 aus."

    edit(root, "votes", change)
    workspace = open_workspace(root)
    return judge_records(examine(workspace)[0], workspace)


@mistake("DIV710", "warning")
def counts_in_an_earlier_version(root: Path, wrong: bool) -> list[Finding]:
    """A bundle with the counts of a vote that is secret now; with those of an open one it may."""
    (root / "portal").mkdir()
    vote = SECRET if wrong else "vote-wegeinformation-2"
    with zipfile.ZipFile(root / "portal" / "div-1.0.0.zip", "w") as bundle:
        bundle.writestr("votes.csv", f"id,ballot,yes\n{vote},open,8\n")
    workspace = open_workspace(root)
    return list(counts_on_portals(workspace, examine(workspace)[0]))


@mistake("DIV711", "warning")
def a_name_that_nobody_has_entered(root: Path, wrong: bool) -> list[Finding]:
    """A first name and a surname; a street called after somebody is none."""
    return of_text(root, "Idee von Erika Beispiel" if wrong else "Die Erika-Beispiel-Straße")


@MISTAKES.each
def test_a_mistake_gives_its_code_and_no_other(case: tuple[str, str], musterstadt: Path) -> None:
    found = MISTAKES[case](musterstadt, True)
    assert {(finding.code, finding.severity) for finding in found} == {case}
    for finding in found:
        assert finding.place.file
        for text in (finding.message, finding.remedy):
            assert SURNAME not in text.text("de")


@MISTAKES.each
def test_its_near_miss_gives_none(case: tuple[str, str], musterstadt: Path) -> None:
    assert MISTAKES[case](musterstadt, False) == []


@each_code("DIV7")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    found = {severity for known, severity in MISTAKES if known == code}
    assert found == set(CODES[code].severities)
