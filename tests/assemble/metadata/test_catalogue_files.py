"""The files of the catalogue: one graph in three syntaxes, data.json, and what pages say."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from rdflib import RDF, Literal, URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.catalogue import FILES, page_metadata
from div_opendata.assemble.metadata.vocabulary import (
    AUTHORITY,
    NAMES,
    PUBLISHER_TYPE,
    THEMES,
    term,
)
from div_opendata.base.language import Language
from support.catalogues import DATASETS, PUBLIC, Example, named
from support.shapes import shapes, violations_of_dcat_ap
from support.workspaces import TOP, tree_bytes


def test_the_three_syntaxes_are_one_graph(made: Example) -> None:
    for ending in graphs.SYNTAXES:
        content = (made.folder / f"catalog.{ending}").read_bytes()
        found = graphs.read(content, ending)
        assert set(found) == set(made.graph)
        assert graphs.is_plain(content, ending, found)
        assert b"_:" not in content


def test_the_files_of_a_dataset_begin_with_its_table(made: Example) -> None:
    """Portals that harvest show files in the order in which the catalogue has them."""
    for ending in graphs.SYNTAXES:
        graph = graphs.read((made.folder / f"catalog.{ending}").read_bytes(), ending)
        for dataset in graph.subjects(RDF.type, URIRef(term("dcat:Dataset"))):
            found = [
                str(graph.value(file, URIRef(term("dcat:downloadURL"))))
                for file in graph.objects(dataset, URIRef(term("dcat:distribution")))
            ]
            *_, folder, first = found[0].split("/")
            assert first in {f"{folder}.csv", "div.zip"} or "conformsTo" in described(
                made, folder, first
            ), (ending, found)
            assert [name.endswith("/datapackage.json") for name in found].index(True) == (
                len(found) - 1
            )


def described(made: Example, folder: str, path: str) -> dict[str, Any]:
    """What the descriptor says of a file."""
    descriptor = json.loads((made.folder / folder / "datapackage.json").read_bytes())
    found: list[dict[str, Any]] = [r for r in descriptor["resources"] if r["path"] == path]
    return found[0]


SCRIPT = """
import sys, tempfile
from pathlib import Path
from support.catalogues import Example
with tempfile.TemporaryDirectory() as folder:
    made = Example("bielefeld", Path(folder))
    for name in ("catalog.ttl", "catalog.jsonld", "catalog.rdf", "data.json", "div/index.html"):
        sys.stdout.buffer.write((made.folder / name).read_bytes())
"""


def test_the_same_bytes_on_every_run_and_machine() -> None:
    outputs = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 100_000


def test_data_json_has_what_project_open_data_asks_for(made: Example) -> None:
    document = json.loads((made.folder / "data.json").read_bytes())
    assert document["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    assert len(document["dataset"]) == DATASETS[made.name]
    needed = {"title", "description", "keyword", "modified", "publisher", "contactPoint"}
    needed |= {"identifier", "accessLevel", "distribution"}
    for dataset in document["dataset"]:
        assert needed <= {key for key in dataset if dataset[key]}
        assert dataset["contactPoint"]["hasEmail"].startswith("mailto:")
        for file in dataset["distribution"]:
            assert (made.folder / file["downloadURL"].removeprefix(PUBLIC)).is_file()
            assert "/" in file["mediaType"]


def scripts(page: str) -> list[dict[str, Any]]:
    return [
        json.loads(found)
        for found in re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL
        )
    ]


def test_every_page_says_what_it_is(made: Example) -> None:
    kinds = {}
    for name, content in tree_bytes(made.folder).items():
        if not name.endswith(".html"):
            continue
        page = content.decode()
        (document,) = scripts(page)
        kinds[name] = document["@type"]
        root = "../" if "/" in name else ""
        for file in FILES:
            assert f'href="{root}{file}"' in page
        if document["@type"] == "Dataset":
            language: Language = "en" if ".en." in name else "de"
            dataset = next(d for d in made.catalog.datasets if d.iri == document["@id"])
            assert document["name"] == dataset.title.text(language)
            assert f"<h1>{html.escape(document['name'])}</h1>" in page
            assert len(document["distribution"]) == len(dataset.distributions)
    assert kinds["index.html"] == kinds["index.en.html"] == "DataCatalog"
    assert {kind for name, kind in kinds.items() if "/" in name} == {"Dataset"}


def test_pages_say_what_belongs_to_what_and_what_is_measured(made: Example) -> None:
    """By schema.org: parts, columns, sources; of each only what a descriptor says."""
    *packages, bundle = made.catalog.datasets
    said = {
        d.name: json.loads(page_metadata(made.catalog, d.name, "en")) for d in (*packages, bundle)
    }
    whole = said[bundle.name]
    assert [part["@id"] for part in whole["hasPart"]] == [package.iri for package in packages]
    assert not whole.keys() & {"isPartOf", "variableMeasured", "sameAs"}
    for dataset, item in zip(packages, made.release.datasets, strict=False):
        document = said[dataset.name]
        assert document["isPartOf"]["@id"] == bundle.iri
        assert not document.keys() & {"hasPart", "sameAs"}
        columns = {
            f"{resource['name']}.{field['name']}": (words["title"], words["description"])
            for resource in item.descriptor["resources"]
            if resource["name"] in item.package.tables
            for field in resource["schema"]["fields"]
            for words in [field["translations"]["en"]]
        }
        assert columns == {
            measured["propertyID"]: (measured["name"], measured["description"])
            for measured in document["variableMeasured"]
        }
    for document in said.values():
        assert document.get("citation", []) == [
            {"@type": "CreativeWork", "name": source.title, "url": source.path}
            for source in made.workspace.configuration.release.sources
        ]


def test_no_text_ends_the_script(city: Example) -> None:
    evil = "</script><script>alert(1)</script><!--&amp;"
    first = replace(city.catalog.datasets[0], attribution=evil)
    text = page_metadata(replace(city.catalog, datasets=(first,)), first.name, "de")
    assert "<" not in text
    assert json.loads(text)["creditText"] == evil


def test_harvesters_need_no_lists_of_terms(made: Example) -> None:
    """What is typed as a term or a list has the name that the list gives it."""
    for kind, name in (("skos:Concept", "skos:prefLabel"), ("skos:ConceptScheme", "dcterms:title")):
        typed = set(made.graph.subjects(RDF.type, URIRef(term(kind))))
        assert typed
        for thing in typed:
            found = [v for v in made.graph.objects(thing, named(name)) if isinstance(v, Literal)]
            names = {value.language: str(value) for value in found}
            assert names == NAMES[str(thing)]
    folder = shapes()
    if folder is None:
        pytest.skip("no shapes in ../shared/dcat-ap-de or DIV_OPENDATA_SHAPES")
    assert violations_of_dcat_ap(folder, made.folder / "catalog.ttl") == []


def test_every_term_that_may_be_typed_has_a_name(city: Example) -> None:
    schema = json.loads((TOP / "schemas/configuration.json").read_bytes())
    types = schema["properties"]["publisher"]["properties"]["type"]["enum"]
    standard = city.workspace.standard
    needed = {f"{PUBLISHER_TYPE}{kind}" for kind in types} | {THEMES}
    needed |= {f"{THEMES}/{code}" for p in standard.packages.values() for code in p.themes}
    needed.add(f"{AUTHORITY}planned-availability/{standard.availability}")
    assert set(NAMES) == needed


def test_the_official_shapes_find_nothing(made: Example) -> None:
    folder = shapes()
    if folder is None:
        pytest.skip(
            "no shapes in ../shared/dcat-ap-de or DIV_OPENDATA_SHAPES; the official ones:"
            " https://github.com/GovDataOfficial/DCAT-AP.de-SHACL-Validation"
        )
    files = [made.folder / f"catalog.{ending}" for ending in graphs.SYNTAXES]
    done = subprocess.run(
        [sys.executable, folder / "check.py", *files], capture_output=True, encoding="utf-8"
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(files), done.stdout + done.stderr
    assert all("0 violations, 0 warnings" in line for line in lines), done.stdout
    assert done.returncode == 0
