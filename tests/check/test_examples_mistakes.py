"""examples/mistakes: what offices get wrong, each once, and the report that they get."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from div_opendata.assemble.packages import judge_records
from div_opendata.base.finding import MANUALS
from div_opendata.base.language import LANGUAGES
from div_opendata.check import check
from div_opendata.check.rules.facts import Context
from div_opendata.read import read
from div_opendata.workspace.settings import Workspace, open_workspace
from support.workspaces import EXAMPLES, TODAY, MakeWorkspace, run

FOLDER = EXAMPLES / "mistakes"

MENDED: Mapping[tuple[str, str, str], tuple[str, str, str]] = {
    ("Abstimmungen", "R3", "DIV603"): (
        "Abstimmungen",
        ";6;6;3;0;0;ja;angenommen",
        ";6;6;3;0;0;ja;abgelehnt",
    ),
    ("Arbeitsaufträge", "A4", "DIV307"): (
        "Arbeitsaufträge und Visionen",
        "auftrag-raeder;vision-raeder\n",
        "auftrag-raeder;vision-raeder\nauftrag-lastenraeder;vision-raeder\n",
    ),
    ("Ausschreibungen", "D2", "DIV501"): (
        "Ausschreibungen",
        "30.03.2026 10:00",
        "02.03.2026 10:00",
    ),
    ("Feedbackrunden", "D2", "DIV104"): ("Feedbackrunden", "31.06.2026", "30.06.2026"),
    ("Innovationszirkel", "A2", "DIV402"): ("Sitze", "10;Wissenschaft", "10;Fachexpertise"),
    ("Prioritätsthemen", "D3", "DIV102"): ("Prioritätsthemen", ";2;;", ";2;Leihgeräte;"),
    ("Prioritätsthemen", "B5", "DIV203"): ("Prioritätsthemen", "sitzung-2026-22", "sitzung-2026-2"),
    ("Sitze", "C5", "DIV401"): ("Sitze", "2026-06;;\n", "2026-06;;sitz-fahrgast-03\n"),
    ("Sitzungen", "G3", "DIV304"): ("Sitzungen", ";31;11;", ";32;11;"),
    ("Sitzungen", "C6", "DIV301"): (
        "Sitzungen",
        "11.11.2026 20:30;abgehalten",
        "11.11.2026 20:30;abgesagt",
    ),
    ("Weiterverwendung", "E2", "DIV101"): ("Weiterverwendung", "in Umsetzun;", "in Umsetzung;"),
    ("Weiterverwendung", "A4", "DIV201"): (
        "Weiterverwendung",
        "massnahme-fahrgast-2;ergebnis-fahrgast;3",
        "massnahme-fahrgast-3;ergebnis-fahrgast;3",
    ),
    ("Zukunftsvisionen", "F2", "DIV705"): (
        "Zukunftsvisionen",
        " Rückfragen nimmt Telefon 0999 123456 entgegen.",
        "",
    ),
}
"""Each mistake by file, cell and code, with what puts it right: file, old and new text."""

Found = list[tuple[str, str | None, str]]


def judged(workspace: Workspace) -> tuple[Found, Found]:
    """File, cell and code of what is not in order, and of what is excused."""
    records = read(workspace)
    findings = check(records, context=Context(TODAY, workspace.time_zone))
    findings += judge_records(records, workspace)
    found = [
        ((f.place.file or "").removeprefix("records/").removesuffix(".csv"), f.place.cell, f.code)
        for f in findings
        if f.severity != "note"
    ]
    notes = [
        (f.place.table or "", f.place.record, f.code) for f in findings if f.severity == "note"
    ]
    return sorted(found, key=str), sorted(notes, key=str)


def files() -> dict[str, str | bytes]:
    """The workspace, as it is in the repository."""
    names = ["div-opendata.toml", *(f"records/{p.name}" for p in (FOLDER / "records").iterdir())]
    return {name: (FOLDER / name).read_text(encoding="utf-8") for name in names}


def mended(*mistakes: tuple[str, str, str]) -> dict[str, str | bytes]:
    """The workspace with some of its mistakes put right."""
    changed = files()
    for mistake in mistakes:
        file, old, new = MENDED[mistake]
        text = str(changed[f"records/{file}.csv"])
        assert text.count(old) == 1, (file, old)
        changed[f"records/{file}.csv"] = text.replace(old, new)
    return changed


def test_each_mistake_is_found_where_it_is_and_nothing_else() -> None:
    assert judged(open_workspace(FOLDER)) == (sorted(MENDED, key=str), [])


@pytest.mark.parametrize("mistake", MENDED, ids=" ".join)
def test_a_mistake_put_right_is_gone_and_the_others_stay(
    mistake: tuple[str, str, str], make_workspace: MakeWorkspace
) -> None:
    others = [other for other in MENDED if other != mistake]
    assert judged(make_workspace(mended(mistake)))[0] == sorted(others, key=str)
    assert judged(make_workspace(mended(*others)))[0] == [mistake]


def test_all_put_right_there_is_nothing_left(make_workspace: MakeWorkspace) -> None:
    assert judged(make_workspace(mended(*MENDED))) == ([], [])


EXCUSES = """\
ID;Regel;Tabelle;Datensatz;Begründung;Datum
abweichung-1;DIV301;Sitzungen;sitzung-2026-5;So war es.;23.11.2026
abweichung-2;DIV307;Arbeitsaufträge;auftrag-lastenraeder;So war es.;23.11.2026
abweichung-3;DIV401;Sitze;sitz-fahrgast-03a;So war es.;23.11.2026
abweichung-4;DIV402;Innovationszirkel;zirkel-fahrgast;So war es.;23.11.2026
abweichung-5;DIV501;Ausschreibungen;ausschreibung-fahrgast;So war es.;23.11.2026
"""


def test_what_may_be_excused_is_what_the_readme_names(make_workspace: MakeWorkspace) -> None:
    excused = re.findall(r"DIV\d{3}", EXCUSES)
    found, notes = judged(make_workspace({**files(), "records/Abweichungen.csv": EXCUSES}))
    assert {code for _, _, code in found} == {code for _, _, code in MENDED} - set(excused)
    assert sorted(code for _, _, code in notes) == sorted(excused)
    (sentence,) = re.findall(r"Fand die fünfte Sitzung.*", readme())
    assert {"DIV301", *re.findall(r"DIV\d{3}", sentence)} == set(excused)
    assert {code for _, _, code in MENDED if MANUALS[code].excusable} == set(excused)


def readme() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_them() -> None:
    rows = re.findall(r"^\| (\w+) \| ([A-Z]\d+) \| .+ \| (DIV\d{3}) \|$", readme(), re.MULTILINE)
    assert sorted(rows, key=str) == sorted(MENDED, key=str)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_what_validate_prints(language: str) -> None:
    """On any day: nothing in it depends on today."""
    done = run("validate", FOLDER, LANGUAGE=language)
    assert done.returncode == 1
    assert done.stdout == (FOLDER / f"report.{language}.txt").read_text(encoding="utf-8")
