"""The points of a release, and the command that shows them."""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph

from div_opendata.assemble.metadata.facts import CatalogFacts
from div_opendata.assemble.metadata.score import INDICATORS, TOTAL, score, total
from support.catalogues import DATASETS, Example, named
from support.workspaces import run


def test_the_indicators_are_those_of_the_method() -> None:
    points: dict[str, int] = {}
    for indicator in INDICATORS:
        points[indicator.dimension] = points.get(indicator.dimension, 0) + indicator.points
    assert points == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert sum(points.values()) == TOTAL


def answered(catalog: CatalogFacts) -> dict[str, int | None]:
    return {file.address: 200 for item in catalog.datasets for file in item.distributions}


def test_both_examples_are_excellent(made: Example) -> None:
    results = score(made.graph, made.catalog, (), answered(made.catalog))
    assert total(results) >= 395
    assert all(result.measured for result in results)
    lacking = {r.indicator.name: r.lacking for r in results if r.points < r.indicator.points}
    assert lacking == {"machine-readable": ("div",)}  # a zip is on one list, not on the other


LOST = {
    "keyword": ("dcat:keyword", 30),
    "theme": ("dcat:theme", 30),
    "spatial": ("dcterms:spatial", 20),
    "temporal": ("dcterms:temporal", 20),
    "accessURL status": ("dcat:accessURL", 50),
    "downloadURL": ("dcat:downloadURL", 20),
    "format": ("dcterms:format", 20),
    "mediaType": ("dcat:mediaType", 10),
    "license": ("dcterms:license", 20),
    "accessRights": ("dcterms:accessRights", 10),
    "contactPoint": ("dcat:contactPoint", 20),
    "publisher": ("dcterms:publisher", 10),
    "rights": ("dcterms:rights", 5),
    "byteSize": ("dcat:byteSize", 5),
    "issued": ("dcterms:issued", 5),
    "modified": ("dcterms:modified", 5),
}


@pytest.mark.parametrize("name", LOST)
def test_no_indicator_is_claimed_that_is_not_there(name: str, city: Example) -> None:
    path, points = LOST[name]
    graph = Graph()
    for triple in city.graph:
        if triple[1] != named(path):
            graph.add(triple)
    results = {r.indicator.name: r for r in score(graph, city.catalog, (), answered(city.catalog))}
    assert results[name].points == 0
    assert results[name].indicator.points == points
    assert len(results[name].lacking) == 9


def test_addresses_that_nobody_asked_give_no_points(city: Example) -> None:
    results = {r.indicator.name: r for r in score(city.graph, city.catalog, (), None)}
    for name in ("accessURL status", "downloadURL status"):
        assert (results[name].points, results[name].measured) == (0, False)
    wrong = {r.indicator.name: r for r in score(city.graph, city.catalog, ["div-votes"], None)}
    assert wrong["DCAT-AP"].lacking == ("div-votes",)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A web server for the folder `portal`, as a city's would be."""
    handler = functools.partial(_Quiet, directory=tmp_path / "portal")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_command_shows_checks_and_counts(example: Path, tmp_path: Path, served: str) -> None:
    path = example / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('path = "portal"', f'path = "{tmp_path / "portal"}"')
    path.write_text(text.replace("http://127.0.0.1:8000/", served), encoding="utf-8")
    done = run("publish", example, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("metadata", example, "--online", "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["version"] == 1
    assert document["score"]["points"] >= 395
    assert document["score"]["asked"] is True
    assert document["errors"] == 0
    assert {finding["code"] for finding in document["findings"]} <= {"DIV905", "DIV906", "DIV910"}
    assert len(document["datasets"]) == DATASETS[example.name]
    for dataset in document["datasets"]:
        assert len(dataset["properties"]["dcterms:title"]) == 2
        assert dataset["unsaid"] == []
        assert dataset["distributions"]
    for language, word in (("de", "Punkte"), ("en", "points")):
        done = run("--lang", language, "metadata", example)
        assert done.returncode == 0
        assert word in done.stdout
        assert "dcat:theme" in done.stdout
        assert re.search(r"10[.,]0 / 10 .*\(.*dcat-ap\.de", done.stdout)
