"""Tickets and the register of applications, from the first slip to its destruction."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.base.errors import UsageProblem
from div_opendata.lottery.register import Application, alike, make_entries, read_applications
from div_opendata.standard import draw
from div_opendata.workspace.settings import open_workspace
from support.office import CALL, LOTTERY, POOL_SIZE, Office, edit, read_csv
from support.workbooks import workbook
from support.workspaces import run, tree_bytes


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
    counts = dict.fromkeys(("applications_received", "applications_qualified"), "999999")
    edit(office.root, "calls", lambda rows: [{**row, **counts} for row in rows])
    assert "Between 1 and 65536" in office.tickets(status=2)


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


# --- applications ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (workbook({"Tabelle1": [["Bewerbung"], ["Erika Gabler"]]}), ".xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"Erika Gabler", ".xls"),
        (b"%PDF-1.7 Erika Gabler", "PDF"),
        ("\ufeffBewerbung;Wort\r\nErika Gabler;\r\n".encode("utf-16-le"), "UTF-16"),
        ("\ufeffBewerbung;Wort\r\nErika Gabler;\r\n".encode("utf-16-be"), "UTF-16"),
    ],
    ids=["xlsx", "xls", "pdf", "utf-16-le", "utf-16-be"],
)
def test_another_format_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bewerbungen.csv"
    path.write_bytes(content)
    with pytest.raises(UsageProblem) as raised:
        read_applications(path)
    assert says in raised.value.text("en")
    assert "CSV UTF-8" in raised.value.text("de")
    assert "Gabler" not in raised.value.text("en")


def test_applications_are_read_as_every_csv(tmp_path: Path) -> None:
    """With tabs, without empty last cells, and with Excel's line for the delimiter."""
    path = tmp_path / "applications.csv"
    for text in ("Bewerbung\tWort\nA 1\nA 2\tHut\n", "sep=;\nBewerbung;Wort\nA 1\nA 2;Hut\n"):
        path.write_text(text, encoding="utf-8")
        assert read_applications(path) == [Application("A 1"), Application("A 2", "Hut")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Erika Gabler", "erika GABLER", True),
        ("Erika Gabler", "Erika  Gabler", True),
        ("Gabler, Erika", "Gabler,Erika", True),
        ("Erika Gabler", "Erika\u00a0Gabler", True),
        ("Erika Gäbler", "Erika Ga\u0308bler", True),
        ("Erika Großmann", "Erika Grossmann", True),
        ("AZ 12/2026", "Az12/2026", True),
        ("Erika Gäbler", "Erika Gaebler", False),
        ("Erika Gabler", "Erika Gabler 2", False),
        ("AZ 12/2026", "AZ 1/22026", False),
    ],
)
def test_applicants_that_are_alike(one: str, other: str, same: bool) -> None:
    applications = [Application(one, line=2), Application("X", line=3), Application(other, line=4)]
    assert alike(applications) == ([(2, 4)] if same else [])
    assert alike([Application(), Application()]) == []


def test_a_second_ticket_for_the_same_person_is_asked_about(office: Office) -> None:
    """Nobody is named; without an answer no ticket is given, with --yes all are."""
    file = office.root / "private" / "applications.csv"
    file.parent.mkdir(exist_ok=True)
    names = [f"Bewerbung {n}" for n in range(POOL_SIZE - 2)] + ["Erika Gabler", "erika  gabler"]
    file.write_text("\n".join(["name", *names]), encoding="utf-8")
    told = office.tickets("--from", str(file), status=2)
    assert f"Lines {POOL_SIZE}, {POOL_SIZE + 1} may be of the same person." in told
    assert "abler" not in told
    assert not office.register().exists()
    told = office.tickets("--from", str(file), "--yes")
    assert len(office.register().entries()) == POOL_SIZE


def test_nothing_is_asked_where_all_differ(office: Office) -> None:
    file = office.root / "private" / "applications.csv"
    file.parent.mkdir(exist_ok=True)
    lines = [f"Bewerbung {n}" for n in range(POOL_SIZE)]
    file.write_text("\n".join(["name", *lines]), encoding="utf-8")
    assert "same person" not in office.tickets("--from", str(file))


# --- where the register may be, and how long ------------------------------------------------------


@pytest.mark.parametrize(("day", "status"), [("10.11.2026", 0), ("09.11.2026", 2), ("bald", 2)])
def test_the_register_is_kept_until_a_day_that_has_not_passed(
    office: Office, day: str, status: int
) -> None:
    told = office.tickets("--keep-until", day, status=status)
    assert ("has passed" in told) is (status == 2)


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
