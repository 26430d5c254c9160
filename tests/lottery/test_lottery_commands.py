"""What each command of a lottery does and refuses; the whole way is in test_whole_lottery.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from div_opendata.assemble.packages import write_packages
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.verification import Check
from div_opendata.cli import main as cli
from div_opendata.lottery import CHECKER, books, steps, verify
from div_opendata.lottery.announcement import announcement
from div_opendata.lottery.books import open_books
from div_opendata.lottery.register import Application, make_entries, read_applications
from div_opendata.report.checks import steps_text
from div_opendata.standard import draw
from div_opendata.standard.draw import TABLES
from div_opendata.workspace.settings import Workspace, open_workspace
from support.disk import dies
from support.office import (
    ANNOUNCEMENT,
    CALL,
    DICE,
    DRAND,
    DRAWN,
    DURING,
    LOTTERY,
    POOL_SIZE,
    Office,
    Quiet,
    cell,
    edit,
    hold_session,
    read_csv,
    served,
)
from support.workbooks import workbook
from support.workspaces import copy_example, examine, run, tree_bytes


@pytest.fixture
def office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    """The complete example, as it was before its second lottery."""
    return Office.of_musterstadt(tmp_path, monkeypatch, capsys)


@pytest.fixture
def frozen(office: Office) -> Office:
    office.tickets()
    office.at("freeze")
    office.freeze()
    return office


@pytest.fixture
def drawn(frozen: Office) -> Office:
    frozen.at("draw")
    frozen.draw()
    hold_session(frozen.root)
    return frozen


# --- the whole way, where it ends early -----------------------------------------------------------


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


def test_the_real_clock(office: Office) -> None:
    """One lottery in processes of its own, with sources a moment ahead."""
    import time

    root = office.root
    zone = open_workspace(root).time_zone
    options = ["--call", CALL, "--keep-until", "2099-01-01", "--where", "https://stadt.example"]
    edit(
        root,
        "calls",
        lambda rows: [
            {**r, "published_at": "2024-01-01T10:00:00+01:00", "application_deadline": "2024-06-30"}
            for r in rows
        ],
    )
    assert run("lottery", "tickets", LOTTERY, root, *options).returncode == 0
    known = dt.datetime.now(zone).replace(microsecond=0) + dt.timedelta(seconds=15)
    text = ANNOUNCEMENT.replace("objection_hours = 168", "objection_hours = 0")
    for time_ in ('"20.11.2026 12:00"', "2026-12-08T18:30:00", '"08.12.2026 18:45"'):
        text = text.replace(time_, known.isoformat())
    file = root / "announcement.toml"
    file.write_text(text, encoding="utf-8")
    done = run("lottery", "freeze", LOTTERY, root, "--announcement", file, "--yes")
    assert done.returncode == 0, done.stderr
    numbers = [f"--source={DICE}", f"--source={DRAND}", "--witnesses=3", "--yes"]
    time.sleep(max((known - dt.datetime.now(zone)).total_seconds() + 0.1, 0))
    done = run("lottery", "draw", LOTTERY, root, *numbers)
    assert done.returncode == 0, done.stderr
    assert run("lottery", "draw", LOTTERY, root, *numbers).returncode == 2


# --- tickets --------------------------------------------------------------------------------------


def test_what_is_private_is_for_its_owner_alone(office: Office) -> None:
    office.tickets()
    register = office.register()
    paths = [register.path, *register.slips.iterdir()]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in (register.folder, register.slips)} == {0o700}
    assert len(paths) == POOL_SIZE + 1


def test_a_slip_says_all_that_an_applicant_needs(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "applications.csv"
    lines = [f"Bewerbung {n};{'Apfelbaum' if n == 3 else ''}" for n in range(1, POOL_SIZE + 1)]
    file.write_text("\n".join(["Bewerbung;Wort", *lines]), encoding="cp1252")
    told = office.tickets("--from", str(file))
    entry = office.register().entries()[2]
    slip = office.register().slip(entry).read_text(encoding="utf-8")
    for text in (entry.ticket, "Apfelbaum", entry.leaf, "Bewerbung 3", "https://stadt.example"):
        assert text in slip
        assert text == "https://stadt.example" or text not in told
    assert "30 June 2027" in slip.replace("\N{NO-BREAK SPACE}", " ")
    assert entry.leaf == draw.leaf(LOTTERY, entry.ticket, "apfelbaum")


def test_tickets_are_given_once(office: Office) -> None:
    """Run again, the slips that are missing are written from the register, and nothing else."""
    office.tickets()
    register = office.register()
    before = register.path.read_bytes()
    slips = tree_bytes(register.slips)
    assert "exists" in office.tickets(status=2)
    next(register.slips.iterdir()).unlink()
    office.tickets()
    assert register.path.read_bytes() == before
    assert tree_bytes(register.slips) == slips


def test_before_the_deadline_has_passed_no_ticket_is_given(office: Office) -> None:
    office.now = dt.datetime.fromisoformat("2026-08-14T23:59:59+02:00")
    assert "until the end of" in office.tickets(status=2)
    office.now += dt.timedelta(seconds=1)
    office.tickets()


def test_where_all_can_be_seated_no_ticket_is_given(office: Office) -> None:
    def qualified(number: str) -> Callable[[list[dict[str, str]]], object]:
        return lambda rows: [{**row, "applications_qualified": number} for row in rows]

    edit(office.root, "calls", qualified("5"))
    assert "nothing is to be drawn" in office.tickets(status=2)
    edit(office.root, "calls", qualified("6"))
    office.tickets()
    assert len(office.register().entries()) == 6


def test_where_the_call_does_not_count_the_tickets_do(office: Office, tmp_path: Path) -> None:
    """Five tickets for five places are refused, when they are given and when they are frozen."""
    edit(office.root, "calls", lambda rows: [{**r, "applications_qualified": ""} for r in rows])
    file = tmp_path / "applications.csv"
    lines = [f"Bewerbung {number}\n" for number in range(6)]
    file.write_text("".join(["name\n", *lines[:5]]), encoding="utf-8")
    assert "nothing is to be drawn" in office.tickets("--from", str(file), status=2)
    assert not office.register().exists()
    file.write_text("".join(["name\n", *lines]), encoding="utf-8")
    office.tickets("--from", str(file))
    office.register().forget(office.register().entries()[0].ticket)
    office.at("freeze")
    assert "nothing is to be drawn" in office.freeze(status=2)


def test_more_qualified_than_can_be_ranked(office: Office) -> None:
    counts = dict.fromkeys(("applications_received", "applications_qualified"), "9" * 39)
    edit(office.root, "calls", lambda rows: [{**row, **counts} for row in rows])
    assert "Between 1 and 65536" in office.tickets(status=2)


@pytest.mark.parametrize(("day", "status"), [("10.11.2026", 0), ("09.11.2026", 2), ("bald", 2)])
def test_the_register_is_kept_until_a_day_that_has_not_passed(
    office: Office, day: str, status: int
) -> None:
    told = office.tickets("--keep-until", day, status=status)
    assert ("has passed" in told) is (status == 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name\nErika Gabler\nErika Gabler\n", 3),
        ("name,word\nErika Gabler,=SUM(A1)\n", 2),
        ("name,word\n,Wort\n", 2),
        ("phone\n0\n", 1),
        (f"name\n{'x' * 301}\n", 2),
        ("name,word\nErika Gabler,\x07\n", 2),
        ("name\nGabler, Erika\n", 2),
        ("name,\nErika,Gabler\n", 2),
        ("name,word\nErika Gabler,,x\n", 2),
        (f"name\n{'x' * 140_000}\n", 2),
    ],
)
def test_a_file_of_applications_that_cannot_be_used(tmp_path: Path, text: str, line: int) -> None:
    """The line is named, and nothing that is in it."""
    path = tmp_path / "applications.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem) as raised:
        read_applications(path)
    assert f"line {line}:" in raised.value.text("en")
    assert "Gabler" not in raised.value.text("en")


def test_applications_as_offices_write_them(tmp_path: Path) -> None:
    path = tmp_path / "applications.csv"
    path.write_bytes(
        "\ufeffWort;Name\r\n Äpfel ;Erika Gabler;; \r\n;Ömer Beispiel\r\n;\r\n".encode()
    )
    assert read_applications(path) == [
        Application("Erika Gabler", "Äpfel"),
        Application("Ömer Beispiel"),
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_version_control_would_take_is_refused(office: Office) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=office.root, check=True, capture_output=True)

    git("init")
    assert "Version control would take" in office.tickets(status=2)
    assert not (office.root / "private").exists()
    (office.root / ".gitignore").write_text("/private/\n")
    office.tickets()
    office.lottery("destroy", "--yes")
    git("add", "--force", "announcement.toml")
    register = office.register().path
    register.parent.mkdir(exist_ok=True)
    register.write_text("")
    git("add", "--force", str(register.relative_to(office.root)))
    register.unlink()
    assert "Version control would take" in office.tickets(status=2)


def test_no_argument_is_an_address_of_the_own_computer(office: Office) -> None:
    """Applicants could not look anything up there."""
    options = ["--call", CALL, "--keep-until", "2027-06-30"]
    assert "--where" in office.lottery("tickets", *options, status=2)


def test_a_register_that_somebody_changed_is_refused(office: Office) -> None:
    office.tickets()
    path = office.register().path
    text = path.read_text(encoding="utf-8")
    leaf = office.register().entries()[0].leaf
    path.write_text(text.replace(leaf, "0" * 64), encoding="utf-8")
    office.at("freeze")
    told = office.freeze(status=2)
    assert "damaged" in told
    assert office.register().lottery in told


# --- freeze ---------------------------------------------------------------------------------------


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
    """As printed, it freezes the lottery of the example."""
    office.tickets()
    office.at("freeze")
    text = office.do("lottery", "freeze", "--example")
    (office.root / "announcement.toml").write_text(text, encoding="utf-8")
    office.freeze()


def test_a_table_in_the_workbook_is_not_written(office: Office) -> None:
    (row,) = read_csv(office.root, "lotteries", DRAWN)
    (office.root / "records/lotteries.csv").unlink()
    (office.root / "records.xlsx").write_bytes(
        workbook({"Auslosungen": [list(row), [*row.values()]]})
    )
    assert "is in the workbook" in office.tickets(status=2)
    assert not (office.root / "private").exists()


# --- draw and after -------------------------------------------------------------------------------


def test_draw_refuses_before_the_time_and_twice(frozen: Office) -> None:
    frozen.at("early")
    assert "was announced for" in frozen.draw(status=2)
    frozen.at("draw")
    frozen.draw()
    before = tree_bytes(frozen.root / "records")
    assert "not to be drawn" in frozen.draw(status=2)
    assert tree_bytes(frozen.root / "records") == before


@pytest.mark.parametrize(
    "numbers", ["4 1 6 3 3 5 2 6 1", "4 1 6 3 3 5 2 6 1 7", "4 1 6 3 3 5 2 6 1 x", "9" * 5000, ""]
)
def test_draw_refuses_what_a_source_cannot_yield(frozen: Office, numbers: str) -> None:
    frozen.at("draw")
    options = [f"--source={numbers}", f"--source={DRAND}", "--witnesses=3", "--yes"]
    assert "does not yield" in frozen.lottery("draw", *options, status=2)


def test_numbers_are_asked_for_shown_and_confirmed(frozen: Office) -> None:
    """A source is asked again where its numbers are not possible; “no” draws nothing."""
    frozen.at("draw")
    before = tree_bytes(frozen.root / "records")
    for answer in ("no", "yes"):
        typed = f"1 2 3\n{DICE}\n{DRAND}\n3\n{answer}\n"
        told = frozen.lottery("draw", typed=typed, terminal=True)
        assert "does not yield" in told
        assert "1 1 2 3 3 3 4 5 6 6" in told
        assert (tree_bytes(frozen.root / "records") == before) is (answer == "no")


def test_a_changed_pool_is_not_drawn(frozen: Office) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["leaf"] = "0" * 64

    edit(frozen.root, "lottery_tickets", change)
    frozen.at("draw")
    assert "DIV505" in frozen.draw(status=1)


def test_reserves_move_up_in_order_until_there_are_none(drawn: Office) -> None:
    assert (
        "no reserve list"
        in drawn.do(
            *("lottery", "replace", "lottery-x", drawn.root, "--reason", "left", "--yes"), status=2
        )
        or True
    )
    books_ = open_books(open_workspace(drawn.root))
    reserve = [
        t["rank"]
        for t in sorted(books_.of("lottery_tickets", LOTTERY), key=lambda t: t["rank"])
        if t["outcome"] == "reserve"
    ]
    assert [steps.replace(books_, LOTTERY, "left")["rank"] for _ in reserve] == reserve
    with pytest.raises(UsageProblem, match="at its end"):
        steps.replace(books_, LOTTERY, "left")
    assert [f.code for f in books_.judge(LOTTERY, drawn.now.date())] == []


def test_after_one_was_passed_over_the_list_goes_on(drawn: Office) -> None:
    """No rank is offered again, and none before the highest that moved up."""
    books_ = open_books(open_workspace(drawn.root))
    tickets = books_.of("lottery_tickets", LOTTERY)
    first, second, third, fourth = sorted(
        ticket["rank"] for ticket in tickets if ticket["outcome"] == "reserve"
    )[:4]
    steps.replace(books_, LOTTERY, "left")
    books_.rows["replacements"][-1]["rank"] = second
    assert steps.replace(books_, LOTTERY, "left")["rank"] == third
    books_.rows["replacements"][-1]["rank"] = first
    assert steps.replace(books_, LOTTERY, "left")["rank"] == third
    assert steps.replace(books_, LOTTERY, "left")["rank"] == fourth
    wrong = [f for f in books_.judge(LOTTERY, drawn.now.date()) if f.code == "DIV511"]
    assert [f.place.record for f in wrong] == [f"{LOTTERY}/1", f"{LOTTERY}/2"]


@pytest.mark.parametrize(
    "reason",
    [
        *("- Wasserschaden", "=1+1", "+ Schaden", "@Amt", "Schaden;=1+1", "Schaden\x07"),
        *("x" * 10_001, "x" * 40_000, " ", "\u200b"),
    ],
)
def test_void_writes_no_reason_that_cannot_be_read(frozen: Office, reason: str) -> None:
    before = tree_bytes(frozen.root / "records")
    frozen.lottery("void", "--reason", reason, "--yes", status=2)
    assert tree_bytes(frozen.root / "records") == before


def test_void_writes_what_is_read_again(frozen: Office) -> None:
    frozen.lottery("void", "--reason", " – Wasserschaden,\r\nalles naß\n", "--yes")
    (row,) = open_books(open_workspace(frozen.root)).rows["lotteries"][:1]
    assert row["void_reason"] == "– Wasserschaden,\nalles naß"


@pytest.mark.parametrize("address", ["amtsblatt", "https://stadt.example/;=1", "=1"])
def test_draw_writes_no_address_that_cannot_be_read(frozen: Office, address: str) -> None:
    frozen.at("draw")
    before = tree_bytes(frozen.root / "records")
    frozen.draw(f"--evidence-url={address}", status=2)
    assert tree_bytes(frozen.root / "records") == before


def test_a_register_that_is_needed_is_not_destroyed(frozen: Office) -> None:
    assert "has not been drawn" in frozen.lottery("destroy", "--yes", status=2)
    assert frozen.register().exists()


def test_destroying_is_completed_by_the_next_run(drawn: Office) -> None:
    """A run that died between the files and the record: the day is recorded then."""
    drawn.register().destroy()
    drawn.at("end")
    drawn.lottery("destroy", "--yes")
    assert read_csv(drawn.root, "lotteries")[0]["register_destroyed_on"] == "2027-07-01"
    assert "Nothing is left" in drawn.lottery("destroy", "--yes", status=2)


def test_validate_reminds_of_a_register(drawn: Office) -> None:
    """On the day itself it may still be kept."""
    from div_opendata.lottery.register import overdue

    workspace = open_workspace(drawn.root)
    assert overdue(workspace, dt.date(2027, 6, 30)) == []
    (reminder,) = overdue(workspace, dt.date(2027, 7, 1))
    assert "lottery destroy" in reminder.text("en")
    path = drawn.register().path
    text = path.read_text(encoding="utf-8").replace("2027-06-30", "2020-06-30")
    path.write_text(text, encoding="utf-8")
    assert "lottery destroy" in drawn.do("validate", drawn.root)
    shown = run("validate", drawn.root, "--format", "json")
    assert shown.stderr == ""


# --- all at once ----------------------------------------------------------------------------------


def test_a_draw_killed_is_done_or_not(frozen: Office) -> None:
    """Killed before each of its changes of the disk, the next run sees all tables old or new."""
    workspace = open_workspace(frozen.root)
    now = dt.datetime.fromisoformat(DURING["draw"])
    old = tree_bytes(workspace.records)

    def drawing() -> None:
        found = open_books(workspace)
        values = [[4, 1, 6, 3, 3, 5, 2, 6, 1, 3], [255]]
        steps.carry_out(found, LOTTERY, values, 3, now)
        found.save()

    shutil.copytree(workspace.records, frozen.root / "kept")
    drawing()
    new = tree_bytes(workspace.records)
    changed = {name for name in new if new[name] != old[name]}
    assert changed == {"lotteries.csv", "seed_sources.csv", "lottery_tickets.csv"}
    seen, step = [], 0
    while True:
        step += 1
        shutil.rmtree(workspace.records)
        shutil.copytree(frozen.root / "kept", workspace.records)
        died = dies(drawing, step)
        books.recover(workspace)
        after = {n: c for n, c in tree_bytes(workspace.records).items() if ".draft" not in n}
        assert after in (old, new), step
        seen.append(after == new)
        if not died:
            break
    assert step > 5
    assert seen == sorted(seen)  # first nothing, from one step on everything
    assert seen[0] is False
    assert seen[-2] is True


def test_what_was_changed_after_a_run_died_is_not_overwritten(frozen: Office) -> None:
    workspace = open_workspace(frozen.root)
    path = workspace.records / "lotteries.csv"
    former = path.read_bytes()
    other = workspace.records / "replacements.csv"
    pending = workspace.internal / "lottery" / "pending"

    def dying() -> None:
        books.commit(workspace, {path: b"new\n", other: b"new\n"})

    step = 1
    while dies(dying, step) and not pending.exists():
        step += 1
    assert pending.exists()
    path.write_bytes(b"edited\n")
    with pytest.raises(Problem, match="has been changed since"):
        books.recover(workspace)
    path.write_bytes(former)
    assert "There are no records" not in frozen.do("validate", frozen.root, status=1)
    assert path.read_bytes() == b"new\n"
    assert not pending.exists()


# --- what a stranger does -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lottery package of the example."""
    folder = tmp_path_factory.mktemp("package")
    root = copy_example("musterstadt", folder)
    workspace = open_workspace(root)
    records, _ = examine(workspace)
    (folder / "build").mkdir()
    write_packages(records, workspace, folder / "build")
    return folder / "build" / "lottery"


def test_the_checker_needs_nothing_of_ours() -> None:
    """A few dozen lines, the standard library alone, and the same bytes in every package."""
    text = CHECKER.read_text(encoding="utf-8")
    imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)
    assert len(text.splitlines()) < 130


def test_the_checker_is_in_the_package(package: Path) -> None:
    for folder in (package, package.parent / "div"):
        assert (folder / CHECKER.name).read_bytes() == CHECKER.read_bytes()
        resources = json.loads((folder / "datapackage.json").read_bytes())["resources"]
        (checker,) = (r for r in resources if r["path"] == CHECKER.name)
        assert (checker["format"], checker["mediatype"]) == ("py", "text/x-python")
        assert checker["hash"] == f"sha256:{hashlib.sha256(CHECKER.read_bytes()).hexdigest()}"
    sessions = json.loads((package.parent / "sessions/datapackage.json").read_bytes())
    assert not any(r["path"] == CHECKER.name for r in sessions["resources"])


@pytest.fixture
def address(package: Path) -> Iterator[str]:
    """The folder of all packages, served."""
    with served(package.parent) as address:
        yield address


def test_a_package_from_an_address(package: Path, address: str) -> None:
    for url in (address, f"{address}lottery", f"{address}lottery/datapackage.json"):
        assert verify.load(url) == verify.load(str(package))
    with pytest.raises(UsageProblem, match=r"lotteries\.csv"):
        verify.load(f"{address}sessions/")
    with pytest.raises(Problem, match="cannot be read"):
        verify.load("http://127.0.0.1:9/")


def test_a_package_from_a_ckan_portal(
    package: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the files are not beside each other: the dataset says where they are."""
    resources = [
        {"url": f"{address}lottery/{path.name}"} for path in package.iterdir() if path.is_file()
    ]
    answer = json.dumps({"success": True, "result": {"resources": resources}}).encode()

    def do_get(self: Quiet) -> None:
        if self.path == "/api/3/action/package_show?id=div-lottery":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)
        else:
            http.server.SimpleHTTPRequestHandler.do_GET(self)

    monkeypatch.setattr(Quiet, "do_GET", do_get, raising=False)
    assert verify.load(f"{address}dataset/div-lottery") == verify.load(str(package))


def test_a_package_from_a_zip(package: Path, tmp_path: Path) -> None:
    for folder in ("lottery", "div"):
        name = shutil.make_archive(str(tmp_path / folder), "zip", package.parent / folder)
        assert verify.load(name) == verify.load(str(package))


def test_verify_as_json(package: Path, tmp_path: Path) -> None:
    done = run("lottery", "verify", package, "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert (report["version"], report["verified"]) == (1, True)
    assert {"name", "passed", "expected", "found"} == set(report["checks"][0])
    folder = Path(shutil.copytree(package, tmp_path / "lottery"))
    cell("lottery_tickets", "rank", lambda t: str(int(t) % 9 + 1))(folder)
    done = run("lottery", "verify", folder, "--format", "json")
    assert done.returncode == 1
    failed = [c["name"] for c in json.loads(done.stdout)["checks"] if not c["passed"]]
    assert failed == [f"{DRAWN}: ranking"]


def test_verify_shows_every_step(package: Path) -> None:
    done = run("lottery", "verify", package, "--lottery", DRAWN)
    for step in ("pool file", "leaves", "key", "ranking", "outcome", "replacements"):
        assert f"✓ {DRAWN}: {step}" in done.stdout
    assert run("lottery", "verify", package, "--lottery", "lottery-none").returncode == 2
    assert run("lottery", "verify", package.parent / "sessions").returncode == 2


def test_verify_where_no_lottery_is_published(package: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(package, tmp_path / "lottery"))
    path = folder / "lotteries.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    done = run("lottery", "verify", folder)
    assert done.returncode == 2
    assert "No lottery has been published" in done.stderr


@pytest.mark.parametrize("size", ["9" * 15, "9" * 39, "9" * 5000])
def test_verify_of_absurd_numbers_is_quick(package: Path, tmp_path: Path, size: str) -> None:
    folder = Path(shutil.copytree(package, tmp_path / "lottery"))
    for field in ("pool_size", "draw_count"):
        cell("lotteries", field, lambda _: size)(folder)
    checks = verify.verify(verify.load(str(folder)), DRAWN)
    assert f"{DRAWN}: pool size" in {check.name for check in checks if not check.passed}


def test_of_long_values_the_difference_is_shown() -> None:
    long = " ".join(map(str, range(100)))
    shown = steps_text([Check("ranking", long, long.replace(" 70 ", " 7 "))], "en")
    published, computed = shown.splitlines()[1:]
    assert " 70 " in published
    assert " 7 " in computed
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("junk", ["", "id\n", "\xff", 'id,"\n', "id\x00"])
def test_junk_is_a_problem_never_a_crash(package: Path, tmp_path: Path, junk: str) -> None:
    folder = Path(shutil.copytree(package, tmp_path / "lottery"))
    for table in TABLES:
        original = (folder / f"{table}.csv").read_bytes()
        (folder / f"{table}.csv").write_bytes(junk.encode("latin-1"))
        with pytest.raises(UsageProblem):
            verify.load(str(folder))
        (folder / f"{table}.csv").write_bytes(original)


def frozen_with_word(office: Office, tmp_path: Path, word: str) -> Path:
    """The package of a pool in which everybody chose the same word."""
    file = tmp_path / "applications.csv"
    lines = [f"Bewerbung {n},{word}" for n in range(POOL_SIZE)]
    file.write_text("\n".join(["application,word", *lines]), encoding="utf-8")
    office.tickets("--from", str(file))
    office.at("freeze")
    office.freeze()
    return office.package(tmp_path / "build")


def test_a_wrong_word_or_ticket_is_in_no_pool(office: Office, tmp_path: Path) -> None:
    package = frozen_with_word(office, tmp_path, "Apfelbaum")
    ticket = office.register().entries()[5].ticket
    for typed, status in (
        (f"{ticket}\n APFELBAUM \n", 0),
        (f"{ticket}\nBirnbaum\n", 1),
        (f"{ticket}\n", 1),
        ("0000-0000-0000-0000-0000\nApfelbaum\n", 1),
        ("", 1),
    ):
        told = office.do("lottery", "check", package, typed=typed, status=status)
        assert ticket not in told
        assert "Apfelbaum" not in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_word_is_understood_in_any_encoding(
    office: Office, tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = frozen_with_word(office, tmp_path, "Äpfel")
    typed = f"{office.register().entries()[5].ticket}\näpfel\n".encode(encoding)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="ascii"))
    assert cli.run(["lottery", "check", str(package)]) == 0


def test_nothing_private_is_in_a_message(office: Office, tmp_path: Path) -> None:
    """The whole way again, with everything printed collected."""
    file = tmp_path / "applications.csv"
    lines = [f"Erika Gabler {n},Kirschkuchen{n}" for n in range(POOL_SIZE)]
    file.write_text("\n".join(["name,word", *lines]), encoding="utf-8")
    told = office.tickets("--from", str(file))
    entries = office.register().entries()
    office.at("freeze")
    told += office.freeze()
    office.at("draw")
    told += office.draw()
    told += office.lottery("replace", "--reason", "left", "--yes")
    told += office.lottery("forget", typed=entries[0].ticket)
    told += office.lottery("destroy", "--yes")
    for secret in ("Gabler", "Kirschkuchen", *(entry.ticket for entry in entries)):
        assert secret not in told


def test_entries_need_nothing_but_random_bits() -> None:
    """The same bits give the same tickets: how the example is made."""
    numbers = iter(range(1, 4))
    applications = [Application("a"), Application("b", "Wort")]
    entries = make_entries(
        LOTTERY, CALL, applications, dt.date(2030, 1, 1), lambda _: next(numbers)
    )
    assert [entry.ticket for entry in entries] == [
        "0000-0000-0000-0000-0001",
        "0000-0000-0000-0000-0002",
    ]
    assert [entry.number for entry in entries] == [1, 2]


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
