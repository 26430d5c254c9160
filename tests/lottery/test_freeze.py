"""Freezing a pool: what is announced, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from div_opendata.lottery.announcement import announcement
from div_opendata.workspace.settings import Workspace, open_workspace
from support.office import ANNOUNCEMENT, CALL, DRAWN, Office, read_csv
from support.workbooks import workbook
from support.workspaces import tree_bytes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("numbers = 10", "numbers = 1", None),
        ("2026-12-08T18:30:00", "2026-11-16T10:00:00", "not in the future"),
        ("2026-12-08T18:30:00", "2026-11-27T11:59:59", "DIV504"),
        ("2026-12-08T18:30:00", "2026-11-27T12:00:00", None),
        ('"20.11.2026 12:00"', '"16.11.2026 09:59"', "DIV504"),
        ('kind = "dice"', 'kind = "dice"\nin_session = false\nlocator = "x"', "in the session"),
        ('kind = "dice"', 'kind = "cards"', "not as it should be"),
        ('kind = "dice"', 'kindd = "dice"', "did you mean kind"),
        ('locator = "https://drand.example/runde"', "", "locator is missing"),
        ("objection_hours = 168", "", "objection_hours is missing"),
        ("objection_hours = 168", 'objection_hours = "oft"', "not as it should be"),
        ('"session-2026-4"', '"session-2099-1"', "DIV2"),
        ('scheduled_at = "08.12.2026 18:45"', 'scheduled_at = "bald"', "not as it should be"),
        ("[[sources]]", "[sources", "mistake"),
        ("numbers = 10", "numbers = 10\nlowest = 6\nhighest = 1", "highest is not as it should"),
        ("numbers = 10", "numbers = 10\nhighest = 0", "highest is not as it should"),
        ("numbers = 10", "numbers = -1", "numbers is not as it should"),
        ("numbers = 10", "numbers = 0", "numbers is not as it should"),
        ("numbers = 10", f"numbers = 10\nhighest = {10**4000}", "highest is not as it should"),
        ("2026-12-08T18:30:00", "0001-01-01T00:00:00+14:00", "not as it should"),
        ("2026-12-08T18:30:00", '"9999-12-31T23:59:00-10:00"', "not as it should"),
    ],
)
def test_what_freeze_refuses(office: Office, old: str, new: str, told: str | None) -> None:
    """Nothing is written then; and the near miss passes."""
    office.tickets()
    office.at("freeze")
    assert old in ANNOUNCEMENT
    text = ANNOUNCEMENT.replace(old, new, 1)
    (office.root / "announcement.toml").write_text(text, encoding="utf-8")
    before = tree_bytes(office.root / "records")
    if told is None:
        office.freeze()
    else:
        status = 1 if told.startswith("DIV") else 2
        assert told in office.freeze(status=status)
        assert tree_bytes(office.root / "records") == before


def test_freeze_refuses_too_little_entropy_and_one_source(office: Office) -> None:
    office.tickets()
    office.at("freeze")
    urn = ANNOUNCEMENT.replace('kind = "drand"', 'kind = "urn"\nnumbers = 1\nhighest = 90')
    path = office.root / "announcement.toml"
    path.write_text(urn.replace("numbers = 10", "numbers = 2"), encoding="utf-8")
    assert "bits of entropy" in office.freeze(status=1)
    path.write_text(ANNOUNCEMENT.rpartition("[[sources]]")[0], encoding="utf-8")
    assert "At least two" in office.freeze(status=1)


def test_freeze_warns_of_a_last_source_that_can_be_steered(office: Office) -> None:
    office.tickets()
    office.at("freeze")
    text = ANNOUNCEMENT.replace("2026-12-08T18:30:00", "2026-12-08T18:46:00")
    (office.root / "announcement.toml").write_text(text, encoding="utf-8")
    assert "warning DIV513" in office.freeze()


def test_skips_are_recorded_when_the_pool_is_frozen(office: Office) -> None:
    office.tickets()
    office.at("freeze")
    assert "no application 61" in office.freeze("--skip", "61=duplicate", status=2)
    assert "not understood" in office.freeze("--skip", "3=lazy", status=2)
    assert "not understood" in office.freeze("--skip", f"{'9' * 5000}=duplicate", status=2)
    twice = ("--skip", "3=duplicate", "--skip", "03=ineligible")
    assert "skipped twice" in office.freeze(*twice, status=2)
    office.freeze("--skip", "3=duplicate", "--skip", "4=ineligible")
    reasons = {t["leaf"]: t["skip_reason"] for t in read_csv(office.root, "lottery_tickets")}
    entries = office.register().entries()
    assert [reasons[entry.leaf] for entry in entries[2:5]] == ["duplicate", "ineligible", ""]


def test_without_yes_nothing_is_written_unattended(office: Office) -> None:
    office.tickets()
    office.at("freeze")
    before = tree_bytes(office.root / "records")
    file = str(office.root / "announcement.toml")
    office.lottery("freeze", "--announcement", file, status=2)
    assert tree_bytes(office.root / "records") == before


def test_the_example_of_an_announcement_can_be_used(office: Office) -> None:
    """As printed, but for the number of the round, it freezes the lottery of the example."""
    office.tickets()
    office.at("freeze")
    text = office.do("lottery", "freeze", "--example")
    filled = text.replace("/public/RUNDE", "/public/4711")
    (office.root / "announcement.toml").write_text(filled, encoding="utf-8")
    office.freeze()


def test_a_table_in_the_workbook_is_not_written(office: Office) -> None:
    (row,) = read_csv(office.root, "lotteries", DRAWN)
    (office.root / "records/lotteries.csv").unlink()
    (office.root / "records.xlsx").write_bytes(
        workbook({"Auslosungen": [list(row), [*row.values()]]})
    )
    assert "is in the workbook" in office.tickets(status=2)
    assert not (office.root / "private").exists()


def test_an_announcement_says_what_follows_from_its_kind(office: Office) -> None:
    workspace: Workspace = open_workspace(office.root)
    time = dt.datetime(2026, 12, 5, 19, 25, tzinfo=dt.UTC)
    source = {"name": "Lotto", "kind": "lotto_6aus49", "scheduled_at": time, "locator": "Amtsblatt"}
    general = {"session_id": "s-1", "publication_due": time, "objection_hours": 1}
    found = announcement({**general, "sources": [source]}, workspace, Path("a.toml"))
    assert found.sources[0] == {
        "name": "Lotto",
        "kind": "lotto_6aus49",
        "numbers": 6,
        "lowest": 1,
        "highest": 49,
        "with_replacement": False,
        "in_session": False,
        "scheduled_at": "2026-12-05T20:25:00+01:00",
        "locator": "Amtsblatt",
    }


def test_midnight_in_an_announcement_is_a_time(office: Office) -> None:
    """TOML writes a time of day with each date and time: nobody has left it out."""
    midnight = dt.datetime(2026, 12, 6)  # noqa: DTZ001 - as TOML has it
    general = {"session_id": "s-1", "publication_due": midnight, "objection_hours": 1}
    source = {"name": "Lotto", "kind": "lotto_6aus49", "scheduled_at": midnight, "locator": "A"}
    found = announcement(
        {**general, "sources": [source]}, open_workspace(office.root), Path("a.toml")
    )
    assert found.general["publication_due"] == "2026-12-06T00:00:00+01:00"
    assert found.sources[0]["scheduled_at"] == "2026-12-06T00:00:00+01:00"


def test_two_that_count_are_refused(frozen: Office) -> None:
    """Without declaring the first one void (DIV512)."""
    new = "lottery-kuehle-orte-2026b"
    frozen.do(
        *("lottery", "tickets", new, frozen.root, "--call", CALL, "--keep-until", "2027-06-30"),
        *("--where", "https://stadt.example"),
    )
    before = tree_bytes(frozen.root / "records")
    file = frozen.root / "announcement.toml"
    told = frozen.do(
        *("lottery", "freeze", new, frozen.root, "--announcement", file, "--yes"), status=1
    )
    assert "DIV512" in told
    assert tree_bytes(frozen.root / "records") == before


def test_a_clock_set_back_stamps_nothing(office: Office) -> None:
    """Neither a lottery nor the end of its register is before the last stamp."""
    office.tickets()
    office.at("freeze")
    office.freeze()
    office.lottery("void", "--reason", "Wasserschaden", "--yes")
    before = tree_bytes(office.root)
    office.at("tickets")
    announcement = str(office.root / "announcement.toml")
    for command in (("freeze", "--announcement", announcement, "--yes"), ("destroy", "--yes")):
        assert "the last stamp here" in office.lottery(*command, status=3)
        assert tree_bytes(office.root) == before
