"""A whole lottery by its commands, beside a workbook and beside CSVs, as the office, an applicant
and a stranger see it; and what happens to whoever changes a published one afterwards."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.base.files import sha256
from div_opendata.cli import main as cli
from div_opendata.lottery.register import Register
from div_opendata.standard import draw
from div_opendata.workspace.settings import open_workspace
from support.office import (
    CALL,
    DICE,
    DRAND,
    DRAWN,
    LOTTERY,
    POOL_SIZE,
    Office,
    Tamper,
    cell,
    digit,
    edit,
    hold_session,
    into_workbook,
    read_csv,
    served,
    wrong_by_checker,
)
from support.workspaces import TODAY, copy_example, examine, tree_bytes

pytestmark = pytest.mark.slow

NEW = "lottery-kuehle-orte-2026b"


@pytest.fixture
def _no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """frictionless judges the same tables in test_assemble.py."""
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())


def verified_everywhere(office: Office, portal: Path) -> None:
    """By a stranger with the folder, its address, or the zip of the bundle; and by the program that
    is published with it."""
    office.do("lottery", "verify", portal)
    office.do("lottery", "verify", portal / "div.zip")
    with served(portal) as address:
        office.do("lottery", "verify", address)
    assert wrong_by_checker(portal / "lottery") == set()
    assert wrong_by_checker(portal / "div") == set()


# --- the whole way --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "workbook"])
@pytest.mark.usefixtures("_no_gate")
def test_a_whole_lottery(office: Office, kind: str) -> None:
    """Tickets, freeze, publish, draw, publish, check, verify, replace, forget, destroy."""
    root = office.root
    if kind == "workbook":
        into_workbook(root)
        book = (root / "records.xlsx").read_bytes()
    office.tickets()
    entries = office.register().entries()
    assert len(entries) == POOL_SIZE
    office.at("freeze")
    assert draw.pool_sha256(e.leaf for e in entries) in office.freeze(
        "--skip", "7=withdrawn_before_draw"
    )
    assert office.errors() == []
    office.do("publish", root, "--yes")
    portal = root / "portal"
    pool = portal / "lottery" / f"pool-{LOTTERY}.txt"
    assert sha256(pool) == read_csv(root, "lotteries")[0]["pool_sha256"]
    office.do("lottery", "verify", portal, "--lottery", LOTTERY)
    me = entries[11]
    typed = f"{me.ticket.lower()}\n{me.word}\n"
    told = office.do("lottery", "check", portal, typed=typed)
    assert me.leaf in told
    assert "not been drawn" in told

    office.at("draw")
    assert "Key of the draw: 1.1.2.3.3.3.4.5.6.6./255./" in office.draw()
    if kind == "workbook":
        assert (root / "records.xlsx").read_bytes() == book
        assert not (root / "records/calls.csv").exists()
    hold_session(root)
    assert office.errors() == []
    office.do("publish", root, "--yes")
    verified_everywhere(office, portal)
    mine = next(t for t in read_csv(root, "lottery_tickets") if t["leaf"] == me.leaf)
    told = office.do("lottery", "check", portal, typed=typed)
    assert f"Rank {mine['rank']}:" in told
    seventh = f"{entries[6].ticket}\n\n"
    assert "skipped" in office.do("lottery", "check", portal, typed=seventh)

    office.at("later")
    before = {t["rank"]: t["outcome"] for t in read_csv(root, "lottery_tickets")}
    reserve = sorted((int(r) for r, o in before.items() if o == "reserve"))
    told = office.lottery("replace", "--reason", "declined", "--yes")
    assert f"Rank {reserve[0]} moves up" in told
    office.lottery("replace", "--reason", "left", "--yes")
    assert [r["rank"] for r in read_csv(root, "replacements")] == [*map(str, reserve[:2])]
    assert office.errors() == []
    office.do("publish", root, "--yes")
    office.do("lottery", "verify", portal)

    gone = entries[20]
    office.lottery("forget", typed=f"{gone.ticket}\n")
    assert gone not in office.register().entries()
    assert not office.register().slip(gone).exists()
    office.lottery("forget", typed=f"{gone.ticket}\n", status=2)
    office.at("end")
    office.lottery("destroy", "--yes")
    assert read_csv(root, "lotteries")[0]["register_destroyed_on"] == "2027-07-01"
    left = [p.name for p in (root / "private").iterdir()]
    assert left == []
    assert office.errors() == []
    office.do("publish", root, "--yes")
    verified_everywhere(office, portal)
    assert not any(
        entry.ticket.encode() in content
        for content in tree_bytes(portal).values()
        for entry in (me, gone)
    )


@pytest.mark.parametrize("kind", ["csv", "workbook"])
@pytest.mark.usefixtures("_no_gate")
def test_a_void_lottery_is_followed_by_a_new_one(office: Office, kind: str) -> None:
    """The void one stays published with its reason; its ID and its register are its own."""
    root, portal = office.root, office.root / "portal"
    if kind == "workbook":
        into_workbook(root)
    office.tickets()
    office.at("freeze")
    office.freeze()
    office.do("publish", root, "--yes")
    old = read_csv(root, "lottery_tickets")
    office.lottery("void", "--reason", "Eine Bewerbung fehlte im Lostopf.", "--yes")
    assert "void already" in office.lottery("void", "--reason", "noch einmal", "--yes", status=2)
    assert "not to be drawn" in office.draw(status=2)
    assert "frozen already" in office.freeze(status=2)
    assert "is taken" in office.tickets(status=2)
    office.do("publish", root, "--yes")

    office.do(
        *("lottery", "tickets", NEW, root, "--call", CALL, "--keep-until", "2027-06-30"),
        *("--where", "https://stadt.example"),
    )
    file = root / "announcement.toml"
    office.do("lottery", "freeze", NEW, root, "--announcement", file, "--yes")
    assert office.errors() == []
    office.do("publish", root, "--yes")
    office.do("lottery", "verify", portal)
    office.lottery("destroy", "--yes")
    assert Register(open_workspace(root), NEW).exists()

    office.at("draw")
    numbers = [f"--source={DICE}", f"--source={DRAND}", "--witnesses=3", "--yes"]
    office.do("lottery", "draw", NEW, root, *numbers)
    hold_session(root)
    assert office.errors() == []
    office.do("publish", root, "--yes")
    verified_everywhere(office, portal)
    (row,) = read_csv(root, "lotteries")
    assert (row["status"], row["void_reason"]) == ("void", "Eine Bewerbung fehlte im Lostopf.")
    assert read_csv(root, "lottery_tickets") == old
    new = read_csv(root, "lottery_tickets", NEW)
    assert [row["outcome"] for row in new].count("drawn") == 5
    assert {row["leaf"] for row in new}.isdisjoint({row["leaf"] for row in old})
    entry = Register(open_workspace(root), NEW).entries()[0]
    told = office.do("lottery", "check", portal, typed=f"{entry.ticket}\n{entry.word}\n")
    assert f"of {NEW}," in told
    assert f"of {LOTTERY}," not in told


# --- what a stranger notices ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete example, published."""
    root = copy_example("musterstadt", tmp_path_factory.mktemp("published"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembling, "judge_packages", lambda *_: ())
        assert cli.run(["publish", str(root), "--yes"]) == 0
    return root


def first_digit_of_the_pool(folder: Path) -> None:
    path = folder / f"pool-{DRAWN}.txt"
    path.write_text(digit(path.read_text(encoding="ascii")), encoding="ascii")


def column(table: str, field: str, change: Callable[[list[str]], list[str]]) -> Tamper:
    """Change a field of all rows of the lottery that was drawn."""

    def tamper(folder: Path) -> None:
        path = folder / f"{table}.csv"
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        mine = [row for row in rows if DRAWN in {row.get("id"), row.get("lottery_id")}]
        for row, value in zip(mine, change([row[field] for row in mine]), strict=True):
            row[field] = value
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")

    return tamper


def blank(table: str, field: str) -> Tamper:
    return column(table, field, lambda values: [""] * len(values))


def together(*tampers: Tamper) -> Tamper:
    def tamper(folder: Path) -> None:
        for each in tampers:
            each(folder)

    return tamper


def only_heading(folder: Path, table: str) -> None:
    """Take all rows out of a table."""
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")


def exchanged(values: list[str]) -> list[str]:
    """The values in another order: the first becomes the last."""
    return [*values[1:], values[0]]


NO_KEY = blank("lotteries", "seed_key")
FROZEN_AGAIN = cell("lotteries", "status", lambda _: "frozen")
NO_RANKS = together(blank("lottery_tickets", "rank"), blank("lottery_tickets", "outcome"))
RANKS = column("lottery_tickets", "rank", exchanged)
OUTCOMES = column("lottery_tickets", "outcome", exchanged)

TAMPERED: dict[str, tuple[Tamper, set[str]]] = {
    "a leaf in the table": (cell("lottery_tickets", "leaf", digit), {"leaves", "byte order"}),
    "a leaf in the pool": (first_digit_of_the_pool, {"pool file"}),
    "the hash": (cell("lotteries", "pool_sha256", digit), {"pool file", "leaves"}),
    "the size": (cell("lotteries", "pool_size", lambda t: str(int(t) + 1)), {"pool size"}),
    "a source's number": (
        cell("seed_sources", "values", lambda t: f"{t[:-1]}{9 - int(t[-1])}"),
        {"key"},
    ),
    "the key": (
        cell("lotteries", "seed_key", lambda t: t.replace("6./", "5./")),
        {"key", "ranking", "outcome", "replacements"},
    ),
    "a rank": (cell("lottery_tickets", "rank", lambda t: str(int(t) % 9 + 1)), {"ranking"}),
    "a position": (
        cell("lottery_tickets", "position", lambda t: str(int(t) + 1)),
        {"byte order"},
    ),
    "an outcome": (
        cell("lottery_tickets", "outcome", lambda t: "drawn" if t == "reserve" else "reserve"),
        {"outcome"},
    ),
    "a reason": (cell("lottery_tickets", "skip_reason", lambda _: "duplicate"), {"outcome"}),
    "a replacement": (cell("replacements", "rank", lambda t: str(int(t) + 1)), {"replacements"}),
    "the entropy": (
        cell("lotteries", "entropy_bits", lambda t: str(int(t) + 1)),
        {"entropy in bits"},
    ),
    "the range of a source": (
        cell("seed_sources", "highest", lambda _: "5"),
        {"entropy in bits", "entropy suffices", "source 2"},
    ),
    "no key": (NO_KEY, {"key"}),
    "no key, and other ranks": (together(NO_KEY, RANKS), {"key", "ranking"}),
    "no key, other ranks and outcomes": (
        together(NO_KEY, RANKS, OUTCOMES),
        {"key", "ranking", "outcome"},
    ),
    "no key, frozen, and other outcomes": (
        together(NO_KEY, FROZEN_AGAIN, OUTCOMES),
        {"key", "outcome"},
    ),
    "no key and no ranks, but drawn": (
        together(NO_KEY, NO_RANKS, lambda folder: only_heading(folder, "replacements")),
        {"key", "ranking", "outcome"},
    ),
    "no key, no ranks, frozen, but a replacement": (
        together(NO_KEY, NO_RANKS, FROZEN_AGAIN),
        {"key", "ranking", "outcome"},
    ),
    "neither key nor numbers": (
        together(NO_KEY, blank("seed_sources", "values")),
        {"source 1", "source 2", "key", "ranking", "outcome", "replacements"},
    ),
    "no sources": (
        together(NO_KEY, lambda folder: only_heading(folder, "seed_sources")),
        {"entropy in bits", "entropy suffices", "key", "ranking", "outcome", "replacements"},
    ),
}


def zipped(folder: Path, target: Path) -> Path:
    """A zip of a folder, as a portal has it of the bundle."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target


def wrong_by_tool(
    source: str | Path, capsys: pytest.CaptureFixture[str], *, changed: bool
) -> set[str]:
    """The steps that `lottery verify` finds wrong."""
    arguments = ["lottery", "verify", str(source), "--lottery", DRAWN, "--format", "json"]
    capsys.readouterr()
    assert cli.run(arguments) == int(changed)
    report = json.loads(capsys.readouterr().out)
    assert report["verified"] is not changed
    return {
        check["name"].removeprefix(f"{DRAWN}: ")
        for check in report["checks"]
        if not check["passed"]
    }


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED)
def test_one_character_changed_fails_the_right_check(
    city: Path,
    tmp_path: Path,
    tampered: tuple[Tamper, set[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a copy of what is published, of its bundle's zip and at its address; in both programs,
    which share no line."""
    tamper, expected = tampered
    portal = Path(shutil.copytree(city / "portal", tmp_path / "portal"))
    for package in ("lottery", "div"):
        tamper(portal / package)
    bundle = zipped(portal / "div", tmp_path / "div.zip")
    with served(portal) as address:
        for source in (portal, portal / "div", bundle, address):
            assert wrong_by_tool(source, capsys, changed=True) == expected
    assert wrong_by_checker(portal / "lottery") == expected


def test_a_pool_that_nobody_can_rank_is_not_passed_over(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portal = Path(shutil.copytree(city / "portal", tmp_path / "portal"))
    path = portal / "lottery" / "lottery_tickets.csv"
    head = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
    row = {"lottery_id": DRAWN, "rank": "1", "outcome": "reserve"}
    with path.open("a", encoding="utf-8", newline="") as file:
        for number in range(42, draw.MOST_TICKETS + 2):
            values = {**row, "position": str(number), "leaf": f"f{number:063x}"}
            file.write(",".join(values.get(name, "") for name in head) + "\n")
    wrong = wrong_by_tool(portal, capsys, changed=True)
    assert wrong == {"leaves", "pool size", "entropy suffices", "byte order", "ranking"}
    assert wrong_by_checker(portal / "lottery") == wrong


def test_both_programs_agree_on_what_was_published(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portal = city / "portal"
    with served(portal) as address:
        for source in (portal, portal / "lottery", portal / "div.zip", address):
            assert wrong_by_tool(source, capsys, changed=False) == set()
    assert wrong_by_checker(portal / "lottery") == set()


# --- what the office cannot change any more -------------------------------------------------------

Rows = list[dict[str, str]]
Edit = Callable[[Path], None]


def put(table: str, where: dict[str, str], **values: str) -> Edit:
    """Change cells of the one row with these values."""

    def change(rows: Rows) -> None:
        (row,) = (r for r in rows if all(r[name] == value for name, value in where.items()))
        assert any(row[name] != value for name, value in values.items())
        row.update(values)

    return lambda root: edit(root, table, change)


def drop(table: str, record: str) -> Edit:
    """Remove a row."""
    return lambda root: edit(root, table, lambda rows: [r for r in rows if r["id"] != record])


def correct(**values: str) -> Edit:
    """Add a row to the corrections."""

    def change(rows: Rows) -> None:
        rows.append({"date": "2026-11-23", "reason": "Falsch abgeschrieben.", **values})

    return lambda root: edit(root, "corrections", change)


def another_leaf(root: Path) -> None:
    """Exchange an applicant, and compute the hash of the pool anew."""
    leaves = [row["leaf"] for row in read_csv(root, "lottery_tickets")]
    last = leaves[-1][:-1] + ("0" if leaves[-1][-1] != "0" else "1")
    put("lottery_tickets", {"lottery_id": LOTTERY, "leaf": leaves[-1]}, leaf=last)(root)
    new = draw.pool_sha256([*leaves[:-1], last])
    put("lotteries", {"id": LOTTERY}, pool_sha256=new)(root)


VOTE = {"id": "vote-wegeinformation-3"}
REFUSED: dict[str, tuple[list[Edit], set[tuple[str, str | None]]]] = {
    "a leaf": (
        [another_leaf],
        {("DIV802", "leaf"), ("DIV802", "pool_sha256")},
    ),
    "a skip": (
        [put("lottery_tickets", {"lottery_id": LOTTERY, "position": "7"}, skip_reason="duplicate")],
        {("DIV802", "skip_reason")},
    ),
    "a source": (
        [put("seed_sources", {"lottery_id": LOTTERY, "kind": "dice"}, name="Andere Würfe")],
        {("DIV802", "name")},
    ),
    "a count": (
        [put("votes", VOTE, abstain="2", not_cast="0")],
        {("DIV803", "abstain"), ("DIV803", "not_cast")},
    ),
    "a count that another correction explains": (
        [
            put("votes", VOTE, abstain="2", not_cast="0"),
            correct(id="correction-neu", table="votes", record_id=VOTE["id"], fields="yes no"),
        ],
        {("DIV803", "abstain"), ("DIV803", "not_cast")},
    ),
    "a row that vanished": ([drop("priorities", "priority-2024-1-4")], {("DIV801", None)}),
}


def published_again(
    root: Path, edits: list[Edit], capsys: pytest.CaptureFixture[str]
) -> tuple[int, set[tuple[str, str | None]]]:
    """The exit status, and the code and field of each error."""
    for change in edits:
        change(root)
    assert errors(root) == [], "without the last release nothing is wrong"
    capsys.readouterr()
    status = cli.run(["publish", str(root), "--yes", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    found = report.get("findings", [])
    return status, {(f["code"], f["field"]) for f in found if f["severity"] == "error"}


def errors(root: Path) -> list[str]:
    """The codes of the errors that `validate` finds."""
    _, found = examine(open_workspace(root), rules=True, today=TODAY)
    return [finding.code for finding in found if finding.severity == "error"]


@pytest.fixture
def published(city: Path, tmp_path: Path) -> Path:
    """A copy of the published example, with all that the tool remembers."""
    return Path(shutil.copytree(city, tmp_path / "city", symlinks=True))


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("_no_gate")
def test_what_is_published_is_not_changed(
    published: Path,
    case: tuple[list[Edit], set[tuple[str, str | None]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    edits, expected = case
    before = tree_bytes(published / "portal")
    assert published_again(published, edits, capsys) == (1, expected)
    assert tree_bytes(published / "portal") == before


@pytest.mark.parametrize(
    "edits",
    [
        [
            put("votes", VOTE, abstain="2", not_cast="0"),
            correct(
                id="correction-neu",
                table="votes",
                record_id=VOTE["id"],
                fields="abstain not_cast",
            ),
        ],
        [put("priorities", {"id": "priority-2024-1-4"}, topic="Etwas anderes")],
        [put("lotteries", {"id": LOTTERY}, status="void", void_reason="Eine Bewerbung fehlte.")],
    ],
    ids=["a count with its correction", "a text", "a void lottery"],
)
@pytest.mark.usefixtures("_no_gate")
def test_what_may_change_is_published(
    published: Path, edits: list[Edit], capsys: pytest.CaptureFixture[str]
) -> None:
    assert published_again(published, edits, capsys) == (0, set())
    for table in ("votes", "corrections", "priorities", "lotteries"):
        here = (published / "records" / f"{table}.csv").read_bytes()
        (there,) = (published / "portal").glob(f"[!d]*/{table}.csv")
        if b",secret," not in here:
            assert sorted(there.read_bytes().splitlines()) == sorted(here.splitlines())
