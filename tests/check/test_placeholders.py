"""What the templates gave and nobody replaced: found, and kept from the public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from div_opendata.check.placeholders import judge_placeholders
from div_opendata.read import read
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.template.new_workspace import new_workspace
from support.tables import STANDARD
from support.workspaces import ABOUT, EXAMPLES, SESSIONS, MakeWorkspace, run

OWN = {
    "publisher.name": "Stadt Probe",
    "publisher.uri": "https://www.probe.example/",
    "publisher.contact": "Büro für Proben",
    "publisher.mailbox": "proben@probe.example",
    "release.attribution": "Stadt Probe",
    "release.municipality_key": "05999000",
    "release.uri_base": "https://daten.probe.example/id/",
    "release.sources.title": "Stadt Probe",
    "release.doi": "10.54321/probe",
    "release.sources.path": "https://www.probe.example/div",
    "site.imprint_url": "https://www.probe.example/impressum",
    "site.privacy_url": "https://www.probe.example/datenschutz",
    "site.accessibility_url": "https://www.probe.example/barrierefreiheit",
    "portals.city.url": "https://daten.probe.example/",
    "portals.city.organization": "stadt-probe",
    "portals.city.pages": "https://daten.probe.example/div/",
    **{f"release.keywords.{package}": "Probe" for package in STANDARD.packages if package != "div"},
}
"""What an office writes in the place of each placeholder."""


def found(root: Path) -> set[str]:
    """The keys that still have what the template gave."""
    workspace = open_workspace(root)
    findings = list(judge_placeholders(workspace, read(workspace)))
    assert {(f.code, f.severity) for f in findings} <= {("DIV030", "warning")}
    return {f.message.text("en").partition(" ")[0] for f in findings}


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A new workspace, with all that is switched off switched on."""
    new_workspace(tmp_path / "city")
    path = tmp_path / "city" / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text), encoding="utf-8")
    return tmp_path / "city"


def test_every_placeholder_of_a_new_workspace_is_found(new: Path) -> None:
    assert found(new) == OWN.keys()


def test_each_is_found_until_it_is_replaced(new: Path) -> None:
    """One after the other; at last nothing is left of the template's city."""
    path = new / "div-opendata.toml"
    left = set(OWN)
    for key, own in OWN.items():
        name = key.rpartition(".")[2]
        head = key.rpartition(".")[0]
        text = path.read_text(encoding="utf-8")
        before, table, after = text.partition(f"[{head}]")
        assert table, key
        given = rf'(?m)^({name} = \[?)"[^"]*"'
        after = re.sub(given, rf'\g<1>"{own}"', after, count=1)
        path.write_text(before + table + after, encoding="utf-8")
        left.remove(key)
        assert found(new) == left
    settings = re.sub(r" +#.*", "", path.read_text(encoding="utf-8").partition("[publisher]")[2])
    assert "eispielstadt" not in settings


def test_another_mailbox_of_the_made_up_city_is_one_too(new: Path) -> None:
    path = new / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("offene-daten@", "rathaus@", 1), encoding="utf-8")
    assert "publisher.mailbox" in found(new)


@pytest.mark.parametrize("name", ["bielefeld", "musterstadt"])
def test_examples_have_none(name: str) -> None:
    """Addresses that end in .example are no placeholders."""
    assert found(EXAMPLES / name) == set()


PUBLIC = """
[site]
imprint_url = "https://www.probe.example/impressum"
privacy_url = "https://www.probe.example/datenschutz"
accessibility_url = "https://www.probe.example/barrierefreiheit"

[portals.preview]
kind = "folder"
path = "portal"
base_url = "https://daten.probe.example/"

[portals.trial]
kind = "folder"
path = "trial"
base_url = "http://localhost:8000/"
"""


def test_a_placeholder_is_published_to_this_computer_alone(make_workspace: MakeWorkspace) -> None:
    """The address of a folder says who will read it."""
    about = ABOUT.replace("[release]", '[release]\nmunicipality_key = "00000000"')
    files = {"div-opendata.toml": about + PUBLIC, "records/sessions.csv": SESSIONS}
    root = make_workspace(files).root
    done = run("validate", root)
    assert done.returncode == 0
    assert done.stdout.count("DIV030") == 1
    assert run("validate", root, "--strict").returncode == 1
    for dry in ([], ["--dry-run"]):
        done = run("publish", root, "--yes", *dry)
        assert done.returncode == 1
        assert "DIV030" in done.stdout
    assert not (root / "portal" / "index.html").exists()
    assert run("publish", root, "--yes", "--to", "trial").returncode == 0
    path = root / "div-opendata.toml"
    path.write_text(path.read_text("utf-8").replace("00000000", "05999000"), encoding="utf-8")
    assert run("publish", root, "--yes").returncode == 0


def test_an_announced_round_is_a_number(make_workspace: MakeWorkspace) -> None:
    head = (
        "lottery_id,position,name,kind,numbers,lowest,highest,with_replacement,in_session,locator"
    )
    locator = "https://drand.example/public/"
    for end, keys in (("RUNDE", {"Where"}), ("4711", set())):
        source = f"lottery-1,1,drand,drand,1,0,,true,false,{locator}{end}"
        workspace = make_workspace({"records/seed_sources.csv": f"{head}\n{source}\n"})
        findings = list(judge_placeholders(workspace, read(workspace)))
        assert len(findings) == len(keys)
        assert all(finding.place.cell == "J2" for finding in findings)
