"""What the catalogue says of a release, by the one mapping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, XSD, Literal, URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.div9xx_harvest import names_of
from div_opendata.assemble.metadata.facts import dataset_facts
from div_opendata.assemble.metadata.properties import PROPERTIES
from div_opendata.assemble.metadata.vocabulary import PREFIXES
from div_opendata.assemble.packages import write_packages
from support.catalogues import DATASETS, PUBLIC, Example, described, named, planned
from support.workspaces import RECORDS, MakeWorkspace, examine, tree_bytes


def test_keywords_that_differ_in_case_only_are_one(made: Example) -> None:
    for subject in made.graph.subjects(RDF.type, named("dcat:Dataset")):
        words = [str(word) for word in made.graph.objects(subject, named("dcat:keyword"))]
        assert len({word.casefold() for word in words}) == len(words) > 1


def test_every_term_is_there_once_for_a_thing_and_known() -> None:
    for lines in PROPERTIES.values():
        terms = [line.term for line in lines if line.term]
        assert len(terms) == len(set(terms))
        for path in terms:
            assert all(name.partition(":")[0] in PREFIXES for name in path.split("/"))
            assert path.rpartition("/")[0] in {"", *terms}
        keys = [line.ckan for line in lines if line.ckan]
        assert len(keys) == len(set(keys))


def test_what_is_mandatory_is_known() -> None:
    """By DCAT-AP.de 3.0: else the tool's own checks would not ask for it."""
    told = {"dcterms:title", "dcterms:description", "dcterms:publisher"}
    told |= {"dcterms:publisher/foaf:name"}
    mandatory = {
        entity: {line.term for line in lines if line.obligation == "mandatory"}
        for entity, lines in PROPERTIES.items()
    }
    assert mandatory == {
        "catalog": told,
        "series": told - {"dcterms:publisher/foaf:name"},
        "dataset": told,
        "distribution": {"dcat:accessURL", "dcterms:license"},
    }


@pytest.mark.parametrize(
    "name",
    [
        *("owl:versionInfo", "dcatde:originator", "dcatde:maintainer", "dcterms:hasVersion"),
        *("dcatde:geocodingDescription", "dcatde:legalBasis", "dcatde:qualityProcessURI"),
        "dcatde:politicalGeocodingURI",
    ],
)
def test_what_is_deprecated_is_not_said(name: str) -> None:
    assert all(line.term != name for lines in PROPERTIES.values() for line in lines)


def test_a_license_has_the_one_name_by_which_ckan_finds_it(made: Example) -> None:
    """In any language. A label beside it would be taken for the licence of the files, in place of
    its address."""
    chosen = set(made.graph.objects(None, named("dcterms:license")))
    assert chosen == {URIRef(made.workspace.license.url)}
    said = {(name, value) for one in chosen for name, value in made.graph.predicate_objects(one)}
    assert said == {
        (RDF.type, named("dcterms:LicenseDocument")),
        (named("dcterms:title"), Literal(made.workspace.license.catalog_title)),
    }


def test_all_datasets_and_files_are_in_the_catalogue(made: Example) -> None:
    datasets = set(made.graph.subjects(RDF.type, named("dcat:Dataset")))
    assert len(datasets) == DATASETS[made.name]
    (catalog,) = made.graph.subjects(RDF.type, named("dcat:Catalog"))
    assert set(made.graph.objects(catalog, named("dcat:dataset"))) == datasets
    for dataset in made.release.datasets:
        subject = URIRef(made.workspace.identifier(dataset.package.name))
        addresses = {
            str(made.graph.value(file, named("dcat:downloadURL")))
            for file in made.graph.objects(subject, named("dcat:distribution"))
        }
        folder = "" if dataset.package.bundle else f"{dataset.package.name}/"
        assert len(addresses) == len(dataset.files)
        for address in addresses:
            assert (made.folder / address.removeprefix(PUBLIC)).is_file(), address
            assert address.startswith(PUBLIC + folder)
        modified = made.graph.value(subject, named("dcterms:modified"))
        assert modified == Literal(dataset.descriptor["created"], datatype=XSD.dateTime)


def test_sizes_and_fingerprints_are_those_of_the_bytes(city: Example) -> None:
    for dataset in city.catalog.datasets:
        for file in dataset.distributions:
            path = city.folder / file.address.removeprefix(PUBLIC)
            size = city.graph.value(URIRef(file.iri), named("dcat:byteSize"))
            assert size == Literal(path.stat().st_size, datatype=XSD.nonNegativeInteger)
            (checksum,) = city.graph.objects(URIRef(file.iri), named("spdx:checksum"))
            value = city.graph.value(checksum, named("spdx:checksumValue"))
            assert value is not None
            assert str(value).lower() == file.sha256


def test_formats_have_a_name_for_harvesting_ckans(made: Example) -> None:
    """They show the IRI of a format unless its first type is dcterms:IMT and it has a label."""
    for ending in ("ttl", "rdf"):
        graph = graphs.read((made.folder / f"catalog.{ending}").read_bytes(), ending)
        for node in set(graph.objects(None, named("dcterms:format"))):
            assert graph.value(node, RDF.type) == named("dcterms:IMT")
            assert list(graph.objects(node, named("rdfs:label"))) == [
                Literal(str(node).rpartition("/")[2])
            ]


def test_the_period_is_what_happened(city: Example) -> None:
    """Sessions that were held, and not the one in December that is planned."""
    periods = {item.name: (item.start, item.end) for item in city.catalog.datasets}
    assert periods["div-sessions"] == ("2024-03-13", "2026-06-10")
    assert periods["div"][0] <= min(start for start, _ in periods.values() if start)
    assert periods["div"][1] == max(end for _, end in periods.values())


def test_where_no_date_says_when_it_begins_the_office_does(made: Example, tmp_path: Path) -> None:
    release = replace(made.workspace.configuration.release, period_start="2019-07")
    configuration = replace(made.workspace.configuration, release=release)
    workspace = replace(made.workspace, configuration=configuration)
    catalog = described(planned(workspace, tmp_path), workspace)
    before = {item.name: item for item in made.catalog.datasets}
    for item in catalog.datasets:
        dated = before[item.name].end
        assert (item.start, item.end) == (
            (before[item.name].start, dated) if dated else ("2019-07", "")
        )
    said = {str(day) for day in graphs.build(catalog).objects(None, named("dcat:startDate"))}
    assert ("2019-07" in said) == (made.name == "bielefeld")


def test_permanent_addresses_of_the_city_name_its_datasets(
    make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    workspace = make_workspace(RECORDS)
    settings_ = replace(workspace.configuration.release, uri_base="https://daten.probe.example/id/")
    workspace = replace(
        workspace, configuration=replace(workspace.configuration, release=settings_)
    )
    catalog = described(planned(workspace, tmp_path), workspace)
    assert catalog.iri == "https://daten.probe.example/id/catalog"
    assert [item.iri.rpartition("/")[2] for item in catalog.datasets] == [
        "div-sessions",
        "div-visions",
        "div",
    ]
    assert all(item.identifier.startswith("urn:uuid:") for item in catalog.datasets)
    named_ = {str(node) for triple in graphs.build(catalog) for node in triple}
    assert max(name.count("#") for name in named_ if name.startswith("http")) == 1  # RFC 3987


def test_a_portal_that_moves_keeps_every_name(city: Example) -> None:
    moved = described(city.release, city.workspace, "https://woanders.example/daten/")
    assert names_of(moved) == city.names
    assert moved.datasets[0].page != city.catalog.datasets[0].page


@pytest.mark.parametrize(
    ("key", "value", "more"),
    [
        ("municipality_key", "05711000", set()),
        ("language", "en", set()),
        ("contributor_ids", ("http://dcat-ap.de/def/contributors/openNRW",), set()),
        ("attribution", "Stadt Anderswo", {"div/README.txt"}),
    ],
)
def test_modified_changes_exactly_when_metadata_do(
    key: str, value: Any, more: set[str], city: Example, tmp_path: Path
) -> None:
    """Each setting that is said in the catalogue is in the descriptor, and so in its stamp."""
    settings_: Any = replace(city.workspace.configuration.release, **{key: value})
    changed = replace(
        city.workspace, configuration=replace(city.workspace.configuration, release=settings_)
    )
    for name, workspace in {"same": city.workspace, "other": changed}.items():
        (tmp_path / name).mkdir()
        write_packages(examine(workspace)[0], workspace, tmp_path / name)
    old, new = (tree_bytes(tmp_path / name) for name in ("same", "other"))
    assert {name for name in old if old[name] != new[name]} == {
        f"{package}/datapackage.json" for package in city.workspace.standard.packages
    } | more


def test_a_descriptor_from_before_says_what_it_can(city: Example) -> None:
    dataset = city.release.datasets[0]
    old = {
        key: dataset.descriptor[key] for key in dataset.descriptor if key not in {"dcat", "issued"}
    }
    facts = dataset_facts(old, dataset.package)
    assert (facts.title.de, facts.themes, facts.issued) == ("D.I.V.-Sitzungen", (), "")
