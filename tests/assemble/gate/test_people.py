"""Names of people whom nobody has entered, and names that are something else after all."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from div_opendata.assemble.gate.div7xx_bytes import finding_hash
from div_opendata.assemble.gate.persons import first_names, people
from div_opendata.assemble.packages import judge_records
from div_opendata.base.files import csv_bytes
from div_opendata.base.finding import Finding
from div_opendata.cli import main as cli
from div_opendata.read import read
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.records import Records
from support.workspaces import EXAMPLES, RECORDS, SESSIONS, TOP, MakeWorkspace

NAMES = {
    "Idee von Thomas Brinkmann": ["Thomas Brinkmann"],
    "Ansprechpartner ist Xaveriko Knödlmeier.": ["Xaveriko Knödlmeier"],
    "Ansprechpartnerin: Petra von der Heyde": ["Petra von der Heyde"],
    "Ansprechperson: Bjarnihild Sörensen, Sozialamt": ["Bjarnihild Sörensen"],
    "Vorschlag von Mehmet Yılmaz": ["Mehmet Yılmaz"],
    "Erika und Max Beispiel": ["Max Beispiel"],
    "mit Karl-Heinz Müller-Schulz": ["Karl-Heinz Müller-Schulz"],
    "Thomas M. Brinkmann war da": ["Thomas M. Brinkmann"],
    "Anna Sabine Brinkmann": ["Anna Sabine Brinkmann"],
    "Thomas\nBrinkmann": ["Thomas Brinkmann"],
    "Gezeichnet: gez. Rosa Beispiel": ["Rosa Beispiel"],
    "Antrag von Mark Beispiel und Uwe Muster": ["Mark Beispiel", "Uwe Muster"],
}
NOBODY = [
    "Der Theodor-Heuss-Platz und die Konrad-Adenauer-Straße",
    "die Hannah-Arendt-Gesamtschule, die Sophie Scholl Schule, das Max-Planck-Institut",
    "Im August Sommerfest, im Mai Markt",
    "Urban Gardening in der Mark Brandenburg",
    "Idee: Mehr Bänke am Kesselbrink",
    "Ansprechpartner: Amt für Verkehr",
    "Ansprechpartnerin Sozialamt Mitte",
    "Ansprechpartner sind die Stadtwerke Bielefeld",
    "Moderation: Externes Büro",
    "Antrag von Grün Weiß",
    "Rosa Bänke, Beste Lage, Reiner Zufall",
    "Anna und Max spielen",
    "Stadt Bielefeld, Neuer Weg, Alte Post",
    "Peter Innovationen, Ernst Mobilität",
]


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_told_by_its_first_name_or_by_what_stands_before_it(text: str) -> None:
    assert people(text) == NAMES[text]


@pytest.mark.parametrize("text", NOBODY)
def test_what_is_nobody(text: str) -> None:
    assert people(text) == []


def sentences() -> list[str]:
    """The German sentences of the documentation, the examples and the corpus of contact data."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((TOP / "docs").glob("*.de.md"))]
    for path in [*EXAMPLES.glob("*/records/*.csv"), TOP / "tests" / "data" / "free_text.csv"]:
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        texts += [cell for row in rows for cell in row]
    parts = (part for text in texts for part in re.split(r"(?<=[.!?:])\s+|\n\n+", text))
    return [part for part in parts if len(part.split()) >= 4]


def test_ordinary_sentences_are_no_false_alarm() -> None:
    found = [passage for sentence in sentences() for passage in people(sentence)]
    assert len(sentences()) > 2_000
    assert {passage.split()[-1] for passage in found} == {"Beispiel"}  # who is somebody
    assert len(found) < 10


def test_the_list_says_where_it_is_from() -> None:
    text = Path(TOP, "src/div_opendata/assemble/gate/first_names.txt").read_text(encoding="utf-8")
    assert "https://github.com/joke2k/faker" in text
    assert "Permission is hereby granted, free of charge" in text
    names = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert names == sorted(set(names))
    assert len(names) > 5_000
    assert first_names()["thomas"]
    assert not first_names()["august"]


# --- findings, and what is accepted ---------------------------------------------------------------


HOLDERS = "seat_id,name\nseat-a-1,August Sommer\n"


def judged(
    make_workspace: MakeWorkspace, name: str, accepted: str | None = None, holders: str = HOLDERS
) -> list[Finding]:
    files: dict[str, str | bytes] = {
        **RECORDS,
        "records/sessions.csv": SESSIONS.replace("D.I.V. 1/2026", f'"{name}"'),
        "private/holders.csv": holders,
    }
    if accepted:
        files["private/accepted.csv"] = f"finding_hash,reason\n{accepted},Etwas anderes.\n"
    workspace = make_workspace(files)
    return judge_records(read(workspace), workspace)


def told(findings: list[Finding]) -> list[tuple[str, str, str | None]]:
    return [(f.code, f.severity, f.place.cell) for f in findings]


def test_a_name_that_nobody_has_entered_is_a_warning(make_workspace: MakeWorkspace) -> None:
    (finding,) = judged(make_workspace, "Idee von Thomas Brinkmann")
    assert told([finding]) == [("DIV711", "warning", "B2")]
    assert "Thomas Brinkmann" in finding.message.text("de")
    digest = finding_hash("sessions", "session-2026-1", "name", "Thomas Brinkmann", code="DIV711")
    assert digest in finding.remedy.text("de")
    (note,) = judged(make_workspace, "Idee von Thomas Brinkmann", digest)
    assert told([note]) == [("DIV711", "note", "B2")]
    assert told(judged(make_workspace, "Idee von Thomas Blaumann", digest)) == [
        ("DIV208", "warning", "A2"),
        ("DIV711", "warning", "B2"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Im August, Sommer wie selten",
        "Im Juli, A. Sommer und Berg",
        "Ein schöner August und Karl Sommer",
        "Konto asommer, Herr asommer",
    ],
)
def test_words_that_look_like_a_name_can_be_accepted(
    text: str, make_workspace: MakeWorkspace
) -> None:
    (finding,) = judged(make_workspace, text)
    assert told([finding]) == [("DIV706", "error", "B2")]
    digest = re.search(r"[0-9a-f]{64}", finding.remedy.text("de"))
    assert digest
    shown = findings_json([finding], Records({}, [])) + findings_text(
        [finding], Records({}, []), "de"
    )
    assert "Sommer" not in shown
    (note,) = judged(make_workspace, text, digest[0])
    assert told([note]) == [("DIV706", "note", "B2")]
    changed = judged(make_workspace, f"{text} und mehr", digest[0])
    assert ("DIV706", "error", "B2") in told(changed)


def test_the_hash_has_no_name_in_it(make_workspace: MakeWorkspace) -> None:
    key = ("sessions", "session-2026-1", "name")
    (finding,) = judged(make_workspace, "Im August, Sommer wie selten")
    digest = finding_hash(*key, "Im … wie selten", code="DIV706")
    assert digest in finding.remedy.text("en")


def test_a_full_name_or_ticket_cannot_be_accepted(make_workspace: MakeWorkspace) -> None:
    for text in ("August Sommer", "Sommer, August", "A. Sommer, August Sommer"):
        digest = finding_hash("sessions", "session-2026-1", "name", "…", code="DIV706")
        (finding,) = judged(make_workspace, text, digest)
        assert told([finding]) == [("DIV706", "error", "B2")]
        assert not re.search(r"[0-9a-f]{64}", finding.remedy.text("de"))


def test_what_is_called_after_somebody_is_a_warning(make_workspace: MakeWorkspace) -> None:
    found = judged(make_workspace, "Treffen in der August-Sommer-Straße")
    assert told(found) == [("DIV706", "warning", "B2")]


@pytest.mark.parametrize("where", ["a reason that pages quote", "the configuration"])
def test_what_is_accepted_is_published_with_its_pages(
    where: str, musterstadt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if where == "the configuration":
        file = musterstadt / "div-opendata.toml"
        text = file.read_text(encoding="utf-8")
        assert "Stadt Musterstadt: D" in text
        changed = text.replace("Stadt Musterstadt: D", "Im August, Sommer wie nie: D")
        file.write_text(changed, encoding="utf-8")
    else:
        file = musterstadt / "records" / "corrections.csv"
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
        rows[1][rows[0].index("reason")] = "Im August, Sommer wie selten, vertan."
        file.write_bytes(csv_bytes(rows))
    (musterstadt / "private").mkdir(exist_ok=True)
    (musterstadt / "private" / "holders.csv").write_text(HOLDERS, encoding="utf-8")
    publish = ["publish", str(musterstadt), "--dry-run", "--format", "json"]
    assert cli.run(publish) == 1
    digests = found_hashes(capsys.readouterr().out)
    accepted = "".join(f"{digest},Die Jahreszeit.\n" for digest in digests)
    (musterstadt / "private" / "accepted.csv").write_text(
        f"finding_hash,reason\n{accepted}", encoding="utf-8"
    )
    status = cli.run(publish)
    printed = capsys.readouterr().out
    assert (status, json.loads(printed).get("findings")) == (0, None)


def found_hashes(printed: str) -> set[str]:
    """The hashes by which what was found can be accepted."""
    findings: list[Mapping[str, Mapping[str, str]]] = json.loads(printed)["findings"]
    return {match[0] for f in findings if (match := re.search(r"[0-9a-f]{64}", f["remedy"]["de"]))}
