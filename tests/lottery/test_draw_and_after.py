"""A draw and what follows: reserves that move up, a lottery that is void, a run that died."""

from __future__ import annotations

import datetime as dt

import pytest

from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.lottery import books, steps
from div_opendata.lottery.books import open_books
from div_opendata.workspace.settings import open_workspace
from support.disk import left_by_dying, put_back
from support.office import ANNOUNCEMENT, CALL, DICE, DRAND, DURING, LOTTERY, Office, edit
from support.workspaces import run, tree_bytes


@pytest.mark.slow
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


@pytest.mark.parametrize("address", ["amtsblatt", "https://stadt.example/;=1", "=1"])
def test_draw_writes_no_address_that_cannot_be_read(frozen: Office, address: str) -> None:
    frozen.at("draw")
    before = tree_bytes(frozen.root / "records")
    frozen.draw(f"--evidence-url={address}", status=2)
    assert tree_bytes(frozen.root / "records") == before


# --- after the draw -------------------------------------------------------------------------------


def test_replace_knows_only_lotteries_of_the_workspace(drawn: Office) -> None:
    before = tree_bytes(drawn.root / "records")
    arguments = ("lottery", "replace", "lottery-x", drawn.root, "--reason", "left", "--yes")
    said = drawn.do(*arguments, status=2)
    assert said.startswith("There is no lottery lottery-x.\nKnown lotteries: ")
    assert LOTTERY in said
    assert tree_bytes(drawn.root / "records") == before


def test_reserves_move_up_in_order_until_there_are_none(drawn: Office) -> None:
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

    every = left_by_dying(frozen.root, drawing)
    new = tree_bytes(workspace.records)
    changed = {name for name in new if new[name] != old[name]}
    assert changed == {"lotteries.csv", "seed_sources.csv", "lottery_tickets.csv"}
    seen = []
    for left in every:
        put_back(frozen.root, left)
        books.recover(workspace)
        after = {n: c for n, c in tree_bytes(workspace.records).items() if ".draft" not in n}
        assert after in (old, new)
        seen.append(after == new)
    assert len(seen) > 5
    assert seen == sorted(seen)  # first nothing, from one step on everything
    assert seen[0] is False
    assert seen[-2] is True


def test_what_was_changed_after_a_run_died_is_not_overwritten(frozen: Office) -> None:
    workspace = open_workspace(frozen.root)
    path = workspace.records / "lotteries.csv"
    former = path.read_bytes()
    other = workspace.records / "replacements.csv"
    pending = workspace.internal / "lottery" / "pending"

    def committing() -> None:
        books.commit(workspace, {path: b"new\n", other: b"new\n"})

    every = left_by_dying(frozen.root, committing)
    put_back(frozen.root, next(left for left in every if pending.relative_to(frozen.root) in left))
    path.write_bytes(b"edited\n")
    with pytest.raises(Problem, match="has been changed since"):
        books.recover(workspace)
    path.write_bytes(former)
    assert "There are no records" not in frozen.do("validate", frozen.root, status=1)
    assert path.read_bytes() == b"new\n"
    assert not pending.exists()
