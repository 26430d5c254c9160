"""Contact data in free text, and the false alarms among them that an office accepts."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.assemble.gate.contact import KINDS, contacts
from div_opendata.assemble.gate.div7xx_bytes import finding_hash
from div_opendata.assemble.packages import judge_records
from div_opendata.base.finding import Finding
from div_opendata.read import read
from div_opendata.report.findings import findings_json
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace
from support.private import HOLDERS, NAME
from support.workspaces import RECORDS, SESSIONS, TOP, MakeWorkspace, codes, examine, run

CORPUS = TOP / "tests" / "data" / "free_text.csv"

SENTENCES = list(csv.DictReader(io.StringIO(CORPUS.read_text(encoding="utf-8"), newline="")))
KNOWN_MISSES = {
    "Familie Özdemir brachte Kuchen mit.": "“Familie” stands before other nouns too often",
    "Der Treffpunkt ist Im Winkel 4.": "the same form as “Im Kapitel 4”",
    "Frau M. aus dem Quartier berichtete.": "an initial is no name",
    "Erika Beispiel hat den Vorsitz.": "a name alone: what private/ holds finds it",
}
LEAST_RECALL = 0.96
LEAST_PRECISION = 0.99


def test_the_corpus_is_large_and_every_sentence_is_there_once() -> None:
    texts = [row["text"] for row in SENTENCES]
    assert len(texts) == len(set(texts)) >= 300
    assert sum(not row["kinds"] for row in SENTENCES) >= 150
    assert {kind for row in SENTENCES for kind in row["kinds"].split()} == set(KINDS)
    assert set(KNOWN_MISSES) <= set(texts)


@pytest.mark.parametrize("row", SENTENCES, ids=[row["text"][:40] for row in SENTENCES])
def test_every_sentence_is_understood(row: Mapping[str, str]) -> None:
    expected = [] if row["text"] in KNOWN_MISSES else sorted(row["kinds"].split())
    assert sorted({contact.kind for contact in contacts(row["text"])}) == expected


def test_recall_and_precision() -> None:
    """Also counted with the known misses; what they mean is in the corpus."""
    right = wrong = missed = 0
    for row in SENTENCES:
        found = {contact.kind for contact in contacts(row["text"])}
        expected = set(row["kinds"].split())
        right += len(found & expected)
        wrong += len(found - expected)
        missed += len(expected - found)
    assert right / (right + missed) >= LEAST_RECALL
    assert right / (right + wrong) >= LEAST_PRECISION


@pytest.mark.parametrize(
    "text", ["1" * 10_000, "a@" * 5_000, "Am " * 3_000, "0 " * 5_000, "Dr. " * 2_500]
)
def test_no_text_takes_long(text: str) -> None:
    """Patterns that explode would hang here: a cell has up to 10,000 characters."""
    begun = time.process_time()
    contacts(text)
    assert time.process_time() - begun < 5


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    assert all(contact.kind in KINDS for contact in contacts(text))


# --- false alarms ---------------------------------------------------------------------------------


LOUD = SESSIONS.replace("D.I.V. 1/2026", "D.I.V. mit Herrn Winter")


def test_a_false_alarm_can_be_accepted(make_workspace: MakeWorkspace) -> None:
    digest = finding_hash("sessions", "session-2026-1", "name", "Herrn Winter")
    loud = {**RECORDS, "records/sessions.csv": LOUD}

    def judged(files: Mapping[str, str]) -> list[Finding]:
        workspace = make_workspace({**loud, **files})
        return judge_records(read(workspace), workspace)

    (finding,) = judged({})
    assert (finding.code, finding.severity, finding.place.cell) == ("DIV705", "error", "B2")
    assert digest in finding.remedy.text("de")
    (note,) = judged({"private/accepted.csv": f"finding_hash,reason\n{digest},Eine Figur.\n"})
    assert (note.code, note.severity, note.place) == ("DIV705", "note", finding.place)
    assert "Eine Figur" not in findings_json([note], Records({}, []))
    (other,) = judged({"records/sessions.csv": LOUD.replace("Winter", "Sommer")})
    assert other.severity == "error"


def test_an_acceptance_of_nothing_is_a_warning(make_workspace: MakeWorkspace) -> None:
    """But where a row cannot be judged, it may be of that row."""
    digests = [
        finding_hash("sessions", "session-2026-1", "name", f"Herrn {name}")
        for name in ("Winter", "Sommer")
    ]
    accepted = "finding_hash,reason\n" + "".join(f"{digest},Grund.\n" for digest in digests)
    files = {**RECORDS, "records/sessions.csv": LOUD, "private/accepted.csv": accepted}

    def judged(files: Mapping[str, str | bytes]) -> list[tuple[str, str, str | None, str | None]]:
        workspace = make_workspace(files)
        found = judge_records(examine(workspace)[0], workspace)
        return [(f.code, f.severity, f.place.file, f.place.cell) for f in found]

    note = ("DIV705", "note", "records/sessions.csv", "B2")
    assert judged(files) == [("DIV208", "warning", "private/accepted.csv", "A3"), note]
    broken = LOUD.replace(",planned,", ",vielleicht,")
    assert judged({**files, "records/sessions.csv": broken}) == [note]


def test_an_acceptance_of_what_only_the_pages_show(make_workspace: MakeWorkspace) -> None:
    digest = finding_hash("", "", "", "Frau Winter")
    text = "code,de,en,description_de,description_en\nmobility,Verkehr,Traffic,Frau Winter fährt,\n"
    files = {
        **RECORDS,
        "codelists/action_field.csv": text,
        "private/accepted.csv": f"finding_hash,reason\n{digest},Grund.\n",
    }
    workspace = make_workspace(files)
    assert judge_records(read(workspace), workspace) == []
    workspace = make_workspace({**files, "codelists/action_field.csv": text.replace("Win", "Som")})
    assert codes(judge_records(read(workspace), workspace)) == ["DIV208"]


def test_a_missing_private_folder_is_told(workspace: Workspace) -> None:
    """As a person reads it; a program gets its document alone, and nothing fails by it."""
    told = run("validate", workspace.root)
    assert (told.returncode, "no folder private" in told.stderr) == (0, True)
    assert run("validate", workspace.root, "--format", "json").stderr == ""
    (workspace.root / "private").mkdir()
    assert "no folder private" not in run("validate", workspace.root).stderr


def test_a_name_cannot_be_accepted(make_workspace: MakeWorkspace) -> None:
    digest = finding_hash("sessions", "session-2026-1", "name", NAME)
    workspace = make_workspace(
        {
            "records/sessions.csv": SESSIONS.replace("D.I.V. 1/2026", NAME),
            "private/holders.csv": HOLDERS,
            "private/accepted.csv": f"finding_hash,reason\n{digest},Grund.\n",
        }
    )
    assert [(f.code, f.severity) for f in judge_records(read(workspace), workspace)] == [
        ("DIV706", "error")
    ]


def test_hashes_are_as_documented() -> None:
    text = finding_hash.__doc__ or ""
    assert re.search(r"DIV705\|<table>\|<record>\|<field>\|<passage>", text)
    assert finding_hash("sessions", "session-1", "name", "Frau Ärmel") == (
        "4674d94fb215315270b7d677351e15cccb71cfc8345a8bad8d4c2a8a6da37179"
    )
