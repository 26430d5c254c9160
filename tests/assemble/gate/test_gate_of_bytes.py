"""The finished bytes of a release: what is private or unknown stops it, in whatever file."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from div_opendata.assemble.gate.judge import judge_bytes
from div_opendata.assemble.metadata import citation
from div_opendata.base.files import csv_bytes, json_bytes, read_json, write_csv
from div_opendata.publish.stage import write_zip
from div_opendata.report.findings import findings_json, findings_text
from div_opendata.standard.draw import leaf
from div_opendata.standard.packages import load_standard
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import Workspace
from support.private import HOLDERS, LOTTERY, NAME, TICKET
from support.workspaces import codes, tree_bytes

STANDARD = load_standard()


@pytest.fixture
def whole(made: Path, tmp_path: Path) -> Path:
    """A copy of the release, to plant something in."""
    return Path(shutil.copytree(made, tmp_path / "whole"))


@pytest.fixture
def release(made: Path, tmp_path: Path) -> Path:
    """The same without pages and catalogues, which take longest to judge."""
    left_out = shutil.ignore_patterns("*.html", "catalog.*")
    return Path(shutil.copytree(made, tmp_path / "release", ignore=left_out))


def test_a_release_with_its_pages_passes(whole: Path, city: Workspace, records: Records) -> None:
    assert judge_bytes(whole, city, records=records) == []


def plant(path: Path, text: str) -> None:
    """Put a text into a file so that it stays what it is."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(content, newline="")))
        rows[-1][-1] += f" {text}"
        path.write_bytes(csv_bytes(rows))
    elif path.name == "datapackage.json":
        document = json.loads(content)
        document["resources"][0]["description"] += f" {text}"
        path.write_bytes(json_bytes(document))
    elif path.name == "versions.json":
        document = json.loads(content)
        document["versions"][0]["file"] = text
        path.write_bytes(json_bytes(document))
    elif path.suffix == ".json":
        document = json.loads(content)
        item = document[0] if isinstance(document, list) else document  # CSL-JSON lists items
        item["description"] = text
        path.write_bytes(json_bytes(document))
    elif path.suffix == ".html":
        path.write_text(content.replace("</main>", f"<p>{text}</p></main>"), encoding="utf-8")
    elif path.suffix == ".css":
        path.write_text(f"{content}/* {text} */", encoding="utf-8")
    else:
        path.write_text(f"{content}{text}\n", encoding="utf-8")


def test_what_follows_from_the_descriptor_is_known_by_what_it_must_say(
    release: Path, city: Workspace
) -> None:
    """A byte more in a citation or in the README stops the release, however harmless it is."""
    names = {*citation.FILES, "div/README.txt"}
    for name in names:
        (release / name).write_bytes((release / name).read_bytes() + b" ")
    (release / "div.zip").unlink()
    found = judge_bytes(release, city)
    assert {(finding.code, finding.place.file) for finding in found} == {
        ("DIV701", f"build/{name}") for name in names
    }


@pytest.mark.parametrize("part", ["packages", "bundle"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NAME, "DIV706"),
        (TICKET, "DIV706"),
        (NAME.upper().replace(" ", "\u00a0"), "DIV706"),
        ("e.beispiel@probe.example", None),
    ],
)
def test_what_is_planted_in_any_file_stops_the_release(
    text: str, code: str | None, part: str, whole: Path, city: Workspace
) -> None:
    """In every file of the release: of a package, the bundle, schemas, pages, list of versions."""
    names = [
        name
        for name in tree_bytes(whole)
        if name != "div.zip" and name.startswith("div/") == (part == "bundle")
    ]
    for name in names:
        plant(whole / name, text)
        assert (whole / name).read_bytes()
    found = judge_bytes(whole, city, shown="portal")
    stopped = {
        finding.place.file
        for finding in found
        if finding.severity == "error" and (code is None or finding.code == code)
    }
    assert {f"portal/{name}" for name in names} <= stopped
    for words in (
        findings_text(found, Records({}, []), "de"),
        findings_json(found, Records({}, [])),
    ):
        assert NAME not in words
        assert TICKET not in words


@pytest.mark.parametrize("text", [NAME, TICKET])
def test_a_file_may_not_even_be_called_so(text: str, release: Path, city: Workspace) -> None:
    (release / "votes" / f"{text}.csv").write_text("id\n", encoding="utf-8")
    found = judge_bytes(release, city)
    assert sorted(codes(found)) == ["DIV701", "DIV706"]
    assert {finding.place.file for finding in found} == {"build/votes"}
    assert text not in findings_json(found, Records({}, []))


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "votes/holders.csv", "votes/votes.csv.bak", "private/holders.csv", ".hidden",
     "sessions/votes.csv", "schemas/holders.schema.json", "votes/pool-lottery-1.txt",
     "lottery/pool-Erika.txt", "index.php", "div/votes.xlsx"],
)  # fmt: skip
def test_an_unknown_file_stops_the_release(name: str, release: Path, city: Workspace) -> None:
    (release / name).parent.mkdir(exist_ok=True)
    (release / name).write_text("id\n", encoding="utf-8")
    found = judge_bytes(release, city)
    assert [(f.code, f.place.file) for f in found] == [("DIV701", f"build/{name}")]


@pytest.mark.parametrize("table", [table.name for table in STANDARD.public])
def test_an_unknown_column_stops_the_release(table: str, release: Path, city: Workspace) -> None:
    home = STANDARD.package_of(table).name
    for package in (home, "div"):
        path = release / package / f"{table}.csv"
        before = path.read_bytes()
        rows = list(csv.reader(io.StringIO(before.decode(), newline="")))
        write_csv(path, [[*row, "" if n else "telephone"] for n, row in enumerate(rows)])
        found = [f for f in judge_bytes(release, city) if f.place.file != "build/div.zip"]
        assert [(f.code, f.place.file, f.place.row, f.place.column) for f in found] == [
            ("DIV701", f"build/{package}/{table}.csv", 1, len(rows[0]) + 1)
        ]
        path.write_bytes(before)


def dicts(document: object) -> Iterator[dict[str, object]]:
    if isinstance(document, dict):
        yield document
        document = list(document.values())
    if isinstance(document, list):
        for value in document:
            yield from dicts(value)


@pytest.mark.parametrize("package", ["lottery", "votes"])
def test_an_unknown_property_at_any_level_stops_the_release(
    package: str, release: Path, city: Workspace
) -> None:
    path = release / package / "datapackage.json"
    document = read_json(path)
    levels = list(dicts(document))
    for level in levels:
        level["telephone"] = ""
    path.write_bytes(json_bytes(document))
    found = judge_bytes(release, city)
    assert set(codes(found)) == {"DIV701"}
    assert len(found) == len(levels) > 100


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"name": "votes"', '"name": "holders"'),
        ('"path": "votes.csv"', '"path": "https://probe.example/votes.csv"'),
        ('"name": "motion"', '"name": "voter"'),
        ('"name": "codes"', '"name": "other"'),
        ('"keywords": [', '"keywords": [{"email": "x"},'),
        ('"title": "Abstimmungen', '"title": "doppelt", "title": "Abstimmungen'),
        ("{", "[{"),
    ],
)
def test_an_unknown_resource_or_field_stops_the_release(
    old: str, new: str, release: Path, city: Workspace
) -> None:
    path = release / "votes" / "datapackage.json"
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    found = judge_bytes(release, city)
    assert found
    assert set(codes(found)) == {"DIV701"}
    assert {f.place.file for f in found} == {"build/votes/datapackage.json"}


@pytest.mark.parametrize(
    ("name", "old", "new", "cell"),
    [
        ("votes/votes.csv", ",majority,", ",Mehrheit,", True),
        ("sessions/sessions.csv", "2026-", "Anfang 2026-", True),
        ("sessions/codes.csv", "Abgehalten", "Abgesagt?", False),
        ("lottery/pool-lottery-kuehle-orte-2026.txt", "\n", " Losnummer 1\n", False),
        ("lottery/check_lottery.py", "import csv", "import csv, os", False),
        ("style.css", "{", "{/* */", False),
        ("schemas/votes.schema.json", "{", '{"x": 1,', False),
    ],
)
def test_what_is_not_as_the_standard_has_it_stops_the_release(
    name: str, old: str, new: str, cell: bool, release: Path, city: Workspace
) -> None:
    content = (release / name).read_text(encoding="utf-8")
    assert old in content
    (release / name).write_text(content.replace(old, new, 1), encoding="utf-8")
    (finding,) = judge_bytes(release, city)
    assert (finding.code, finding.place.file) == ("DIV701", f"build/{name}")
    assert bool(finding.place.cell) == cell


def test_the_archive_has_the_bundle_and_nothing_else(release: Path, city: Workspace) -> None:
    names = [path.name for path in (release / "div").iterdir() if path.suffix != ".html"]
    write_zip(release / "div", names, release / "div.zip")
    assert judge_bytes(release, city) == []
    content = (release / "div.zip").read_bytes()
    with zipfile.ZipFile(release / "div.zip", "a") as archive:
        archive.comment = NAME.encode()
    assert set(codes(judge_bytes(release, city))) == {"DIV701", "DIV706"}
    (release / "div.zip").write_bytes(TICKET.encode() + content)
    assert set(codes(judge_bytes(release, city))) == {"DIV701", "DIV706"}
    (release / "div.zip").write_bytes(content)
    with zipfile.ZipFile(release / "div.zip", "a") as archive:
        archive.writestr("holders.csv", HOLDERS)
    assert set(codes(judge_bytes(release, city))) == {"DIV701", "DIV706"}


def test_no_letters_of_another_encoding(release: Path, city: Workspace) -> None:
    path = release / "votes" / "votes.csv"
    path.write_bytes(path.read_bytes() + NAME.encode("utf-16"))
    assert "DIV701" in codes(judge_bytes(release, city))


def test_the_word_beside_its_leaf(release: Path, city: Workspace) -> None:
    path = release / "lottery" / f"pool-{LOTTERY}.txt"
    path.write_text(f"{leaf(LOTTERY, TICKET, 'Seepferdchen')} seepferdchen\n", encoding="utf-8")
    found = judge_bytes(release, city)
    assert [(f.code, f.severity) for f in found] == [("DIV701", "error"), ("DIV706", "warning")]
    path.write_text("Seepferdchen\n", encoding="utf-8")
    assert codes(judge_bytes(release, city)) == ["DIV701"]


# --- secret ballots -------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["votes", "div"])
@pytest.mark.parametrize("field", ["yes", "not_cast", "casting_vote"])
def test_counts_of_secret_ballots_stop_the_release(
    package: str, field: str, release: Path, city: Workspace, records: Records
) -> None:
    path = release / package / "votes.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    secret = next(row for row in rows if row["ballot"] == "secret")
    secret[field] = "against" if field == "casting_vote" else "0"
    write_csv(path, [list(rows[0]), *(row.values() for row in rows)])
    found = [f for f in judge_bytes(release, city, records=records) if f.code != "DIV701"]
    assert [(f.code, f.place.table, f.place.record, f.place.field) for f in found] == [
        ("DIV704", "votes", secret["id"], field)
    ]
    assert found[0].place.file == "records/votes.csv"
    assert found[0].place.value is None


@pytest.mark.parametrize("content", ["{", "", "[]", "null", "[" * 100_000])
@pytest.mark.parametrize("name", ["datapackage.json", "data.json", "versions.json"])
def test_a_document_that_is_none_is_one_finding(
    name: str, content: str, release: Path, city: Workspace, records: Records
) -> None:
    path = next(release.rglob(name))
    path.write_text(content, encoding="utf-8")
    (finding,) = judge_bytes(release, city, records=records)
    assert finding.code == "DIV701"
    assert "no JSON" in finding.message.text("en")
    path.write_text(f"{content} {NAME}", encoding="utf-8")
    assert sorted(codes(judge_bytes(release, city, records=records))) == ["DIV701", "DIV706"]
