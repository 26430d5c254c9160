"""What a real CKAN with ckanext-dcat tells harvesters of our datasets, by the official shapes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests
from rdflib import RDF, XSD, Graph, Literal, URIRef

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.metadata.harvested import ask_addresses, harvested
from div_opendata.assemble.metadata.vocabulary import term
from div_opendata.base.progress import quiet
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.portal.reach import http_status
from div_opendata.workspace.settings import open_workspace
from support.places import MONDAY, TUESDAY, release
from support.real_ckan import Instance, Site
from support.shapes import shapes
from support.workspaces import copy_example

IN_SCHEME = "http://www.w3.org/2004/02/skos/core#inScheme"
FORMAT = "http://purl.org/dc/terms/format"
MEDIA_TYPE = "http://www.w3.org/ns/dcat#mediaType"


@pytest.fixture(scope="module", autouse=True)
def _no_gate() -> Iterator[None]:
    """test_assemble.py has frictionless at the gate; here it would only take its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembling, "judge_packages", lambda *_: ())
        yield


@pytest.fixture(scope="module")
def plain(ckan: Instance, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The complete example on a portal without a loader, as `publish` returns it; the tests that
    use it stand in the order in which they need it."""
    return publish(ckan, tmp_path_factory.mktemp("plain"), "plain", "auto")


def publish(ckan: Instance, folder: Path, site: Site, formats: str) -> tuple[Path, str]:
    """Publish the complete example; its workspace, and the prefix of its datasets."""
    root, prefix = copy_example("musterstadt", folder), ckan.prefix()
    path = root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8").partition("[portals.")[0]
    path.write_text(f'{text}{ckan.portal(prefix, site)}formats = "{formats}"\n', encoding="utf-8")
    _, checks = release(root, MONDAY, ckan.open)
    assert all(check.passed for check in checks)
    plan, _ = release(root, TUESDAY, ckan.open)
    assert not plan.changes
    return root, prefix


ALL = (
    *("sessions", "visions", "orders", "circles", "lottery", "votes", "results", "notes"),
    "",
)
"""The packages; the bundle has no name of its own."""
SOME = ("sessions", "lottery", "")
"""Those with every kind of file between them."""


def served(
    ckan: Instance, site: Site, prefix: str, folder: Path, packages: Sequence[str] = SOME
) -> list[Path]:
    """Each dataset as the portal's DCAT endpoint gives it, in a file."""
    files = []
    for package in packages:
        name = f"{prefix}-{package}" if package else prefix
        answer = requests.get(f"{ckan.url(site)}/dataset/{name}.ttl", timeout=60)
        assert answer.status_code == 200, answer.text
        files.append(folder / f"{package or 'div'}.ttl")
        files[-1].write_bytes(answer.content)
    return files


def judged(files: list[Path]) -> list[list[str]]:
    """The results of the official shapes that are violations: severity, focus, path, value …"""
    folder = shapes()
    if folder is None:
        pytest.skip("no shapes in ../shared/dcat-ap-de or DIV_OPENDATA_SHAPES")
    done = subprocess.run(
        [sys.executable, folder / "check.py", *files], capture_output=True, encoding="utf-8"
    )
    counted = re.findall(r"^\S+\.ttl: \d+ triples, (\d+) violations", done.stdout, re.MULTILINE)
    assert len(counted) == len(files), done.stdout + done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines()]
    return [row for row in rows if row[0] == "Violation"]


WORDS = {
    "Bürgerbeteiligung": {*ALL},
    "Buergerbeteiligung": {*ALL},
    "Beteiligung": {*ALL},
    "Stimme": {"votes", "circles"},
    "abgestimmt": {"votes"},
    "Zukunft": {"visions", ""},
    "Bürger": {"circles", "lottery"},
    "Buerger": {"circles", "lottery"},
    "Bürgerrat": {"circles", "lottery"},
    "Beschluss": {"votes"},
    "Protokoll": {"sessions"},
    "Kühle": {"sessions", "visions", "orders", "circles", ""},
    "Barrierefreiheit": {"sessions", "orders", "results", ""},
    "Tastplan": {"results", ""},
    "Zirkel": {"orders", "circles", "lottery", "votes", "results", ""},
    "Abstimmung": {"votes"},
    "Abstimmungen": {"votes", ""},
    "Vision": {"visions", "orders", ""},
    "Los": {"lottery"},
    "Losverfahren": {"lottery"},
    "Auslosung": {"lottery"},
    "ausgelost": {"circles"},
    "Innovationszirkel": {*ALL} - {"sessions"},
    "Sitzung": {"sessions"},
    "Quorum": {"votes"},
    "Smart City": {"sessions", "visions", "orders", "circles", "results", ""},
    "Ergebnis": {"votes", "results"},
    "Maßnahme": {"results"},
    "Massnahme": {"results"},
    "Wegeinformation": {"lottery"},
    "vote": {"votes", ""},
    "votes": {"votes", ""},
    "lottery": {"lottery", ""},
}
"""What people search for, and the packages that have it."""


def test_what_people_search_for_is_found(ckan: Instance, plain: tuple[Path, str]) -> None:
    _, prefix = plain
    stranger, found = ckan.api(None), {}
    for word in WORDS:
        query = {"q": word, "fq": f"name:({prefix} OR {prefix}-*)", "rows": 20}
        results = stranger.call("package_search", query)["results"]
        found[word] = {item["name"].removeprefix(prefix).removeprefix("-") for item in results}
    assert found == WORDS


def test_german_tags_come_first(ckan: Instance, plain: tuple[Path, str]) -> None:
    """CKAN sorts them: capitals before small letters."""
    root, prefix = plain
    for package in open_workspace(root).standard.packages.values():
        name = prefix if package.bundle else f"{prefix}-{package.name}"
        tags = [tag["name"] for tag in ckan.api(None).call("package_show", {"id": name})["tags"]]
        english = {*package.keywords["en"]} - {*package.keywords["de"]}
        assert [word in english for word in tags] == sorted(word in english for word in tags)


def test_a_portal_filters_by_format_and_shows_texts(
    ckan: Instance, plain: tuple[Path, str]
) -> None:
    """faults.sh labels: with what a person reads, where there is no loader; the pools, the program
    and the descriptors each have one view, and so have the tables."""
    _, prefix = plain
    stranger = ckan.api(None)
    query = {"fq": f"res_format:CSV AND name:{prefix}-*", "rows": 0}
    assert stranger.call("package_search", query)["count"] == 8
    shown = stranger.call("package_show", {"id": f"{prefix}-lottery"})
    assert {item["format"] for item in shown["resources"]} == {"CSV", "TXT", "PY", "JSON"}
    for item in shown["resources"]:
        views = stranger.call("resource_view_list", {"id": item["id"]})
        kind = "datatables_view" if item["format"] == "CSV" else "text_view"
        assert [view["view_type"] for view in views] == [kind], item["name"]


def test_without_a_loader_formats_are_words_too(
    ckan: Instance, plain: tuple[Path, str], tmp_path: Path
) -> None:
    """`auto` is `label`, also for the formats of programs and pools. CKAN sends a file with the
    media type that it tells harvesters."""
    root, prefix = plain
    files = served(ckan, "plain", prefix, tmp_path, ALL)
    for file in files:
        graph = Graph().parse(file)
        (dataset,) = graph.subjects(RDF.type, URIRef(term("dcat:Dataset")))
        package = file.stem
        workspace = open_workspace(root)
        assert str(dataset) == workspace.identifier(package)
        identifier = graph.value(dataset, URIRef(term("dcterms:identifier")))
        assert identifier == Literal(workspace.identifier(package))
        modified = graph.value(dataset, URIRef(term("dcterms:modified")))
        assert modified == Literal("2026-11-23T09:00:00+00:00", datatype=XSD.dateTime)
        (contact,) = graph.objects(dataset, URIRef(term("dcat:contactPoint")))
        said = [graph.value(contact, URIRef(term(f"vcard:{name}"))) for name in ("fn", "hasEmail")]
        assert list(map(str, said)) == [
            "Amt für Digitalisierung",
            "mailto:digitalisierung@musterstadt.example",
        ]
        for distribution in graph.subjects(RDF.type, URIRef(term("dcat:Distribution"))):
            for name in ("dcterms:license", "dcat:accessURL", "dcat:downloadURL", "spdx:checksum"):
                assert len(list(graph.objects(distribution, URIRef(term(name))))) == 1, name
            address = graph.value(distribution, URIRef(term("dcat:downloadURL")))
            answer = requests.get(str(address), timeout=60)
            assert answer.status_code == 200
            media_type = graph.value(distribution, URIRef(term("dcat:mediaType")))
            assert media_type == Literal(answer.headers["Content-Type"])
    complained_of(files)


def complained_of(files: list[Path]) -> None:
    """Formats and media types are complained of, as they are in words, and nothing else."""
    violations = judged(files)
    assert {row[2] for row in violations} == {FORMAT, IN_SCHEME, MEDIA_TYPE}
    words = {row[1] for row in violations if row[2] == IN_SCHEME}
    assert words <= {"CSV", "JSON", "TXT", "PY", "ZIP"}
    of_media_types = [row for row in violations if row[2] == MEDIA_TYPE]
    assert len(of_media_types) == 2 * distributions(files)
    assert len(violations) <= 4 * distributions(files)


def distributions(files: list[Path]) -> int:
    """How many files the datasets have."""
    kind = URIRef(term("dcat:Distribution"))
    return sum(len(set(Graph().parse(file).subjects(RDF.type, kind))) for file in files)


def test_with_a_loader_formats_and_media_types_are_complained_of(
    ckan: Instance, tmp_path: Path
) -> None:
    _, prefix = publish(ckan, tmp_path, "city", "auto")
    complained_of(served(ckan, "city", prefix, tmp_path))


def test_with_a_loader_formats_may_be_for_harvesters(ckan: Instance, tmp_path: Path) -> None:
    """The loader reads none of them, and the tool fills the tables itself."""
    root, prefix = publish(ckan, tmp_path, "city", "iri")
    assert {row[2] for row in judged(served(ckan, "city", prefix, tmp_path))} == {MEDIA_TYPE}
    stranger = ckan.api(None, "city")
    shown = stranger.call("package_show", {"id": f"{prefix}-votes"})
    (table,) = (item for item in shown["resources"] if item["resource_name"] == "votes")
    assert stranger.call("datastore_search", {"resource_id": table["id"]})["total"] == 12
    assert table["hash"] == table["sha256"]
    publisher = ckan.open(open_workspace(root))
    assert isinstance(publisher.portal, Ckan)
    assert all(check.passed for check in publisher.verify())


def test_the_score_is_what_the_portal_deserves(ckan: Instance, plain: tuple[Path, str]) -> None:
    """Every address is asked; the media types, and the zip of the bundle, cost points."""
    root, _ = plain
    plan, _ = release(root, TUESDAY, ckan.open)
    workspace = open_workspace(root)
    portal = ckan.open(workspace).portal
    portal.shown()
    shown = portal.metadata(plan.release)
    assert shown.formats == "label"
    statuses = ask_addresses(shown.catalog, http_status, quiet)
    seen = harvested(shown, workspace, portal.address, statuses)
    assert {finding.code for finding in seen.findings} == {"DIV908", "DIV910"}
    assert seen.points >= 360
    statuses = {**statuses, next(iter(statuses)): http_status(f"{portal.address}nowhere")}
    seen = harvested(shown, workspace, portal.address, statuses)
    assert {finding.code for finding in seen.findings} == {"DIV908", "DIV909", "DIV910"}


def test_what_is_said_no_more_is_taken_away(ckan: Instance, plain: tuple[Path, str]) -> None:
    """Last of those that use this publication."""
    root, prefix = plain
    path = root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub("municipality_key.*\n", "", text), encoding="utf-8")
    plan, _ = release(root, TUESDAY, ckan.open)
    assert {item.action for item in plan.datasets} == {"update"}
    shown = ckan.api(None).call("package_show", {"id": prefix})
    extras = {extra["key"]: extra["value"] for extra in shown["extras"]}
    assert "spatial_uri" not in extras
    assert extras["modified"] == "2026-11-24T09:00:00Z"
    assert extras["issued"] == "2026-11-23T09:00:00Z"
    assert json.loads(extras["theme"])
