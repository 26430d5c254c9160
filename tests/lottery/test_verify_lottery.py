"""What a stranger does: verify a published lottery, and look a ticket up in its pool."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from div_opendata.assemble.packages import write_packages
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.verification import Check
from div_opendata.cli import main as cli
from div_opendata.lottery import CHECKER, verify
from div_opendata.publish.portal.linked import linked
from div_opendata.report.verifications import steps_text
from div_opendata.standard.draw import TABLES
from div_opendata.workspace.settings import open_workspace
from support.guides import serve
from support.office import DRAWN, POOL_SIZE, Office, Quiet, cell, served
from support.web import Answer, Asked, serving
from support.workspaces import copy_example, examine, run


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
    assert len(text.splitlines()) <= 131


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


def test_a_package_from_a_descriptor_with_addresses(package: Path) -> None:
    """As a CKAN shows it: beside it any name is answered with the descriptor itself, and the files
    may be on another host. What is no address of the web is not opened."""
    descriptor = json.loads((package / "datapackage.json").read_bytes())
    shown = {"text": ""}

    def ckan(_: Asked) -> Answer:
        return Answer(200, shown["text"])

    with serving(serve(package)) as files, serving(ckan) as portal:
        there = f"{portal.address}dataset/1/resource/2/download/datapackage.json"
        names = {entry["name"]: entry["path"] for entry in descriptor["resources"]}
        addresses = {name: files.address + path for name, path in names.items()}
        shown["text"] = json.dumps(linked(descriptor, addresses))
        assert verify.load(there) == verify.load(str(package))
        assert [asked.path for asked in portal.asked] == [urlsplit(there).path]
        pools = {path.name for path in package.glob("pool-*.txt")}
        assert {asked.path[1:] for asked in files.asked} == pools | {f"{t}.csv" for t in TABLES}
        addresses = {name: (package / path).as_uri() for name, path in names.items()}
        shown["text"] = json.dumps(linked(descriptor, addresses))
        with pytest.raises(UsageProblem, match=r"lotteries\.csv is not in"):
            verify.load(there)
        for junk in ("", "[]", "1", "[" * 100_000, '{"resources": [{"path": ["a"]}]}'):
            shown["text"] = junk
            with pytest.raises(Problem, match="There is no data package"):
                verify.load(there)


def test_a_package_from_a_zip(package: Path, tmp_path: Path) -> None:
    for folder in ("lottery", "div"):
        name = shutil.make_archive(str(tmp_path / folder), "zip", package.parent / folder)
        assert verify.load(name) == verify.load(str(package))
    content = Path(name).read_bytes()
    first = content.index(b"PK\x01\x02")  # the list stays whole
    Path(name).write_bytes(bytes(first) + content[first:])
    with pytest.raises(UsageProblem, match="is a damaged zip"):
        verify.load(name)


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
