"""DIV8xx: history. Against the last release, one mistake a fixture, and the near miss beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from div_opendata.base.finding import Finding
from div_opendata.check.rules import compare_with_release
from div_opendata.check.rules.facts import Facts, Released
from div_opendata.standard.tables import key_text, value_text
from div_opendata.workspace.settings import open_workspace
from support.codes import CODES
from support.rules import Mistakes, each_code
from support.workspaces import copy_example, examine

TODAY = dt.date(2026, 11, 23)
DRAWN = "lottery-wegeinformation-2024"


def facts(root: Path, released: Released | None = None) -> Facts:
    records, findings = examine(open_workspace(root))
    assert findings == []
    return Facts(records, TODAY, ZoneInfo("Europe/Berlin"), released)


def release_of(root: Path) -> dict[str, dict[str, dict[str, str]]]:
    """The rows as they are published."""
    return {
        name: {
            key_text(table.schema.key_of(record.values) or ()): {
                field: ""
                if field in table.schema.withheld(record.values)
                else value_text(record.values.get(field))
                for field in table.schema.fields
            }
            for record in table.records
        }
        for name, table in facts(root).tables.items()
    }


def edit(root: Path, table: str, old: str, new: str) -> None:
    path = root / "records" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def found(root: Path, released: Released) -> list[tuple[str, str | None, str | None, str | None]]:
    return [
        (f.code, f.place.table, f.place.record, f.place.field)
        for f in compare_with_release(facts(root, released))
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_example("musterstadt", tmp_path)


def test_the_same_records_and_a_first_release(root: Path) -> None:
    assert found(root, release_of(root)) == []
    assert compare_with_release(facts(root)) == []


def test_a_row_that_vanished(root: Path) -> None:
    """DIV801; a row that came is none."""
    released = release_of(root)
    before = dict(released["priorities"])
    key = next(iter(before))
    del released["priorities"][key]
    assert found(root, released) == []
    released["priorities"] = {**before, "priority-1999-1": before[key]}
    assert found(root, released) == [("DIV801", "priorities", "priority-1999-1", None)]


def test_a_pool_that_changed(root: Path) -> None:
    """DIV802, leaf and announced source; a lottery that is void now keeps its pool and is none."""
    released = release_of(root)
    ticket = f"{DRAWN}/1"
    before = released["lottery_tickets"][ticket]
    released["lottery_tickets"][ticket] = {**before, "leaf": "0" * 64}
    assert found(root, released) == [("DIV802", "lottery_tickets", ticket, "leaf")]
    released["lottery_tickets"][ticket] = before
    source = released["seed_sources"][ticket]
    released["seed_sources"][ticket] = {**source, "name": "Eine andere Quelle"}
    assert found(root, released) == [("DIV802", "seed_sources", ticket, "name")]
    released["seed_sources"][ticket] = source
    edit(root, "lotteries", "rfc3797,drawn,", "rfc3797,void,Falsch.")
    assert found(root, released) == []


@pytest.mark.parametrize(
    ("before", "now", "wrong"),
    [
        ("void", "drawn", True),
        ("void", "frozen", True),
        ("drawn", "frozen", True),
        ("void", "void", False),
        ("frozen", "drawn", False),
        ("frozen", "void", False),
        ("drawn", "void", False),
    ],
)
def test_a_state_that_went_back(root: Path, before: str, now: str, wrong: bool) -> None:
    """DIV802: what is void stays void, and a draw is never undone."""
    released = release_of(root)
    released["lotteries"][DRAWN] = {**released["lotteries"][DRAWN], "status": before}
    if now != "drawn":
        edit(root, "lotteries", "rfc3797,drawn,", f"rfc3797,{now},")
    expected = [("DIV802", "lotteries", DRAWN, "status")] if wrong else []
    assert found(root, released) == expected


def test_a_ticket_that_was_added_to_a_published_pool(root: Path) -> None:
    released = release_of(root)
    del released["lottery_tickets"][f"{DRAWN}/3"]
    assert found(root, released) == [
        ("DIV802", "lottery_tickets", f"{DRAWN}/3", "position"),
    ]


def test_a_draw_is_filled_in_and_never_changed(root: Path) -> None:
    """DIV803: what was empty may be filled in."""
    released = release_of(root)
    ticket = f"{DRAWN}/2"
    before = released["lottery_tickets"][ticket]
    released["lottery_tickets"][ticket] = {**before, "rank": "", "outcome": ""}
    assert found(root, released) == []
    released["lottery_tickets"][ticket] = {**before, "rank": "999"}
    assert found(root, released) == [("DIV803", "lottery_tickets", ticket, "rank")]


def open_vote(released: Released) -> str:
    return next(key for key, row in released["votes"].items() if row["yes"])


def test_a_count_that_changed_needs_a_new_correction(root: Path) -> None:
    """DIV803: the correction names table, record and field, and is new since the release."""
    released = release_of(root)
    vote = open_vote(released)
    released["votes"][vote] = {**released["votes"][vote], "yes": "1"}
    wrong = [("DIV803", "votes", vote, "yes")]
    assert found(root, released) == wrong
    path = root / "records" / "corrections.csv"
    head = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {
        "id": "correction-2026-99",
        "date": "2026-11-20",
        "table": "votes",
        "record_id": vote,
        "fields": "yes no",
        "reason": "Die Niederschrift war falsch abgeschrieben.",
    }
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(",".join(row[name] for name in head) + "\n")
    assert found(root, released) == []
    released["corrections"]["correction-2026-99"] = row
    assert found(root, released) == wrong


def test_the_words_for_a_correction_are_those_of_the_sheets(root: Path) -> None:
    """As it is told in each language, so it can be typed, and is published by the standard's names;
    codes, yes and no are told in words."""
    released = release_of(root)
    vote = open_vote(released)
    released["votes"][vote] |= {"not_cast": "3", "result": "failed", "quorum_met": "false"}
    told = compare_with_release(facts(root, released))
    german = [finding.message.text("de").partition(" war als ")[2] for finding in told]
    assert german == [
        "„3“ veröffentlicht und ist jetzt „0“, ohne Korrektur.",
        "„nein“ veröffentlicht und ist jetzt „ja“, ohne Korrektur.",
        "„Abgelehnt“ veröffentlicht und ist jetzt „Angenommen“, ohne Korrektur.",
    ]
    row = f"Tabelle „Abstimmungen“, Datensatz {vote}, Feld „Nicht abgegebene Stimmen“."
    assert told[0].remedy.text("de").endswith(row)
    row = f"table “Votes”, record {vote}, field “Votes not cast”."
    assert told[0].remedy.text("en").endswith(row)
    records = root / "records" / "corrections.csv"
    before = records.read_text(encoding="utf-8")
    for table, fields in [
        ("Abstimmungen", '"Nicht abgegebene Stimmen, Quorum erreicht, Ergebnis"'),
        ("Votes", "votes not cast Result and quorum met"),
        ("votes", "not_cast quorum_met result"),
    ]:
        line = f"correction-neu,2026-11-20,{table},{vote},{fields},Abgeschrieben.\n"
        records.write_text(before + line, encoding="utf-8", newline="")
        assert found(root, released) == []


def test_counts_of_a_secret_ballot_are_compared_as_they_are_published(root: Path) -> None:
    released = release_of(root)
    secret = [key for key, row in released["votes"].items() if row["ballot"] == "secret"]
    assert secret
    assert all(released["votes"][key]["yes"] == "" for key in secret)
    assert found(root, released) == []


# --- a mistake for each code, and its near miss ---------------------------------------------------

MISTAKES = Mistakes()
mistake = MISTAKES.add

Change = Callable[[dict[str, dict[str, dict[str, str]]]], None]


def since(root: Path, change: Change) -> list[Finding]:
    """What is found against a last release that was another one."""
    released = release_of(root)
    change(released)
    return compare_with_release(facts(root, released))


@mistake("DIV801")
def vanished(root: Path, wrong: bool) -> list[Finding]:
    """A row that was there; a table that is new is none."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        rows = released["priorities"]
        if wrong:
            rows["priority-1999-1"] = next(iter(rows.values()))
        else:
            rows.clear()

    return since(root, change)


@mistake("DIV802")
def changed_pool(root: Path, wrong: bool) -> list[Finding]:
    """Another leaf in a published pool; a pool that is published for the first time is none."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        leaves = released["lottery_tickets"]
        if wrong:
            next(iter(leaves.values()))["leaf"] = "0" * 64
        else:
            leaves.clear()

    return since(root, change)


@mistake("DIV803")
def changed_count(root: Path, wrong: bool) -> list[Finding]:
    """A count that was published otherwise; one that was not published may be filled in."""

    def change(released: dict[str, dict[str, dict[str, str]]]) -> None:
        vote = released["votes"][open_vote(released)]
        vote["yes"] = "1" if wrong else ""

    return since(root, change)


@MISTAKES.each
def test_a_mistake_gives_its_code_and_no_other(case: tuple[str, str], musterstadt: Path) -> None:
    found = MISTAKES[case](musterstadt, True)
    assert {(finding.code, finding.severity) for finding in found} == {case}
    for finding in found:
        assert finding.place.file


@MISTAKES.each
def test_its_near_miss_gives_none(case: tuple[str, str], musterstadt: Path) -> None:
    assert MISTAKES[case](musterstadt, False) == []


@each_code("DIV8")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    found = {severity for known, severity in MISTAKES if known == code}
    assert found == set(CODES[code].severities)
