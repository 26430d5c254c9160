"""What a harvester would not take is a finding (DIV9xx), and publishing stops."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from rdflib import XSD, Graph, Literal, URIRef

from div_opendata.assemble.metadata.div9xx_harvest import judge
from div_opendata.assemble.metadata.div9xx_settings import judge_delivery, judge_settings
from div_opendata.assemble.metadata.facts import CatalogFacts, Shown
from div_opendata.assemble.metadata.harvested import harvested
from div_opendata.base.finding import MANUALS
from div_opendata.cli import main as cli
from div_opendata.report.manuals import manuals
from div_opendata.workspace.forms import FORMS
from div_opendata.workspace.settings import Workspace, open_workspace
from support.catalogues import PUBLIC, Example, named
from support.workspaces import EXAMPLES, RECORDS, MakeWorkspace, codes


def test_the_examples_have_no_finding(made: Example) -> None:
    assert judge(made.graph, made.names) == []


Break = Callable[[Graph, CatalogFacts], None]


def without(name: str, level: str = "dataset") -> Break:
    def change(graph: Graph, catalog: CatalogFacts) -> None:
        graph.remove((subject_of(catalog, level), named(name), None))

    return change


def instead(name: str, *values: Any, level: str = "distribution") -> Break:
    def change(graph: Graph, catalog: CatalogFacts) -> None:
        subject = subject_of(catalog, level)
        graph.remove((subject, named(name), None))
        for value in values:
            graph.add((subject, named(name), value))

    return change


def subject_of(catalog: CatalogFacts, level: str) -> URIRef:
    dataset = catalog.datasets[1]
    file = dataset.distributions[0]
    return URIRef(
        {
            "catalog": catalog.iri,
            "series": catalog.series.iri,
            "dataset": dataset.iri,
            "distribution": file.iri,
            "publisher": dataset.publisher.iri,
            "contact": dataset.contact.iri,
        }[level]
    )


def checksum_without_algorithm(graph: Graph, catalog: CatalogFacts) -> None:
    checksum = graph.value(subject_of(catalog, "distribution"), named("spdx:checksum"))
    graph.remove((checksum, named("spdx:algorithm"), None))


def nothing_is_said_of_rights(graph: Graph, catalog: CatalogFacts) -> None:
    for name in ("dcterms:rights", "dcatde:licenseAttributionByText"):
        without(name, "distribution")(graph, catalog)


BY = URIRef("http://dcat-ap.de/def/licenses/cc-by/4.0")
DL = URIRef("http://dcat-ap.de/def/licenses/dl-by-de/2.0")
STABLE = URIRef("http://publications.europa.eu/resource/authority/planned-availability/STABLE")
FREE = URIRef("http://publications.europa.eu/resource/authority/planned-availability/AVAILABLE")
MISTAKES: Mapping[str, tuple[str, Break]] = {
    "no title": ("DIV901", without("dcterms:title")),
    "blank title": ("DIV901", instead("dcterms:title", Literal(" "), level="dataset")),
    "no description": ("DIV901", without("dcterms:description")),
    "no publisher": ("DIV901", without("dcterms:publisher")),
    "publisher without name": ("DIV901", without("foaf:name", "publisher")),
    "no address": ("DIV901", without("dcat:accessURL", "distribution")),
    "licence at the dataset alone": ("DIV901", without("dcterms:license", "distribution")),
    "series without publisher": ("DIV901", without("dcterms:publisher", "series")),
    "catalogue without description": ("DIV901", without("dcterms:description", "catalog")),
    "checksum without algorithm": ("DIV901", checksum_without_algorithm),
    "two licences": ("DIV902", instead("dcterms:license", BY, DL)),
    "availability twice": ("DIV902", instead("dcatap:availability", STABLE, FREE)),
    "availability of the dataset twice": (
        "DIV902",
        instead("dcatap:availability", STABLE, FREE, level="dataset"),
    ),
    "licence with a slash": ("DIV903", instead("dcterms:license", URIRef(f"{BY}/"))),
    "licence with _": ("DIV903", instead("dcterms:license", URIRef(BY.replace("4.0", "4_0")))),
    "licence as a word": ("DIV903", instead("dcterms:license", Literal("cc-by"))),
    "media type as a word": ("DIV903", instead("dcat:mediaType", Literal("text/csv"))),
    "format of no list": ("DIV903", instead("dcterms:format", URIRef("https://x.example/CSV"))),
    "identifier of the web": (
        "DIV903",
        instead("dcterms:identifier", Literal("https://a.example/1"), level="dataset"),
    ),
    "time without type": (
        "DIV903",
        instead("dcterms:modified", Literal("2026-11-23T09:00:00"), level="dataset"),
    ),
    "publisher as a word": (
        "DIV903",
        instead("dcterms:publisher", Literal("Stadt"), level="dataset"),
    ),
    "mailbox as a word": (
        "DIV903",
        instead("vcard:hasEmail", Literal("a@b.example"), level="contact"),
    ),
    "mailbox without mailto": (
        "DIV903",
        instead("vcard:hasEmail", URIRef("urn:a@b.example"), level="contact"),
    ),
    "size as a decimal": ("DIV903", instead("dcat:byteSize", Literal("1", datatype=XSD.decimal))),
    "theme of no list": (
        "DIV903",
        instead("dcat:theme", URIRef("https://x.example/GOVE"), level="dataset"),
    ),
    "contributor of no list": (
        "DIV903",
        instead("dcatde:contributorID", URIRef("https://x.example/1"), level="dataset"),
    ),
    "licence that asks for a name": ("DIV904", nothing_is_said_of_rights),
    "format as a word": ("DIV908", instead("dcterms:format", Literal("CSV"))),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_without_the_shapes(mistake: str, city: Example) -> None:
    expected, change = MISTAKES[mistake]
    graph = Graph()
    for triple in city.graph:
        graph.add(triple)
    change(graph, city.catalog)
    found = judge(graph, city.names)
    assert expected in codes(found)
    assert set(codes(found)) <= {expected, "DIV901"}
    for finding in found:
        for language in ("de", "en"):
            assert "{" not in finding.message.text(language)


def test_a_date_that_is_none(city: Example) -> None:
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # it tells of this on its own
    graph = Graph()
    for triple in city.graph:
        graph.add(triple)
    wrong = Literal("2026-13-45T99:00:00", datatype=XSD.dateTime)
    instead("dcterms:modified", wrong, level="dataset")(graph, city.catalog)
    logging.getLogger("rdflib.term").setLevel(logging.NOTSET)
    assert codes(judge(graph, city.names)) == ["DIV903"]


def test_every_code_is_tried() -> None:
    tried = {code for code, _ in MISTAKES.values()} | {"DIV905", "DIV906", "DIV907", "DIV909"}
    tried |= {"DIV910"}
    assert tried == {code for code in manuals() if code > "DIV900"}
    assert all(MANUALS[code].severity in {"error", "warning"} for code in tried)


def test_the_portals_address_and_imprint(city: Example) -> None:
    def found(workspace: Workspace, address: str, *, folder: bool = True) -> list[str]:
        return codes(list(judge_settings(workspace, address, folder=folder)))

    bare = open_workspace(EXAMPLES / "bielefeld")
    assert found(bare, "http://127.0.0.1:8000/") == ["DIV905", "DIV906"]
    assert found(city.workspace, "http://127.0.0.1:8000/") == ["DIV905"]
    assert found(city.workspace, PUBLIC) == []
    assert found(bare, "http://127.0.0.1:5050/", folder=False) == []
    two = ("http://dcat-ap.de/def/contributors/a", "http://dcat-ap.de/def/contributors/b")
    for given_, expected in ((two, ["DIV907"]), (two[:1], []), ((), [])):
        assert found(with_contributors(city.workspace, given_), PUBLIC) == expected


def with_contributors(workspace: Workspace, ids: tuple[str, ...]) -> Workspace:
    release = replace(workspace.configuration.release, contributor_ids=ids)
    return replace(workspace, configuration=replace(workspace.configuration, release=release))


def test_metadata_without_a_contributor_say_where_to_get_one(city: Example) -> None:
    """Who gives it, and where the list is. Of publishing it is no hindrance."""
    one = with_contributors(city.workspace, ("http://dcat-ap.de/def/contributors/openNRW",))
    assert list(judge_delivery(one)) == []
    assert codes(list(harvested(Shown(city.catalog), one, PUBLIC).findings)) == []
    seen = harvested(Shown(city.catalog), with_contributors(city.workspace, ()), PUBLIC)
    (finding,) = seen.findings
    assert (finding.code, finding.severity) == ("DIV910", "warning")
    for language in ("de", "en"):
        remedy = finding.remedy.text(language)
        assert "info@govdata.de" in remedy
        assert "http://dcat-ap.de/def/contributors/" in remedy


def test_publish_refuses_what_would_not_be_harvested(
    make_workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a blank attribution the configuration itself tells; here nobody has looked at it."""
    monkeypatch.setitem(FORMS, "visible", lambda _: True)
    workspace = make_workspace(RECORDS)
    path = workspace.root / "div-opendata.toml"
    path.write_text(path.read_text().replace('attribution = "Stadt Probe"', 'attribution = " "'))
    for command in (["publish", "--yes"], ["metadata"]):
        assert cli.run([*command, str(workspace.root)]) == 1
        assert "DIV904" in capsys.readouterr().out
    assert not (workspace.root / "portal" / "index.html").exists()
