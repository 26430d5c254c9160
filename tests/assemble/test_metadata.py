"""Metadata: one mapping, the same graph in three syntaxes, and what a harvester would not take."""

from __future__ import annotations

import datetime as dt
import functools
import html
import http.server
import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, Graph, Literal, URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.catalogue import FILES, catalogue_files, page_metadata
from div_opendata.assemble.metadata.facts import CatalogFacts, Shown, dataset_facts
from div_opendata.assemble.metadata.harvested import harvested, judge_release
from div_opendata.assemble.metadata.judge import judge, judge_settings, names_of
from div_opendata.assemble.metadata.properties import EXTRAS, PROPERTIES, ckan_says
from div_opendata.assemble.metadata.score import INDICATORS, TOTAL, score, total
from div_opendata.assemble.metadata.vocabulary import PREFIXES, file_format, iri, mailto, term
from div_opendata.assemble.packages import write_packages
from div_opendata.assemble.release import Release
from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import MANUALS, Finding
from div_opendata.base.language import Language
from div_opendata.base.progress import quiet
from div_opendata.publish.portal.ckan.dataset import own_update, wanted
from div_opendata.publish.portal.folder.portal import Folder
from div_opendata.publish.portal.reach import http_status
from div_opendata.publish.publisher import Publisher
from div_opendata.report.manuals import manuals
from div_opendata.workspace.settings import (
    CkanPortal,
    FolderPortal,
    Workspace,
    _configuration,
    licenses,
    open_workspace,
)
from support.shapes import shapes
from support.workspaces import EXAMPLES, RECORDS, MakeWorkspace, examine, run, tree_bytes

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
PUBLIC = "https://offene-daten.probe.example/"
DATASETS = {"musterstadt": 9, "bielefeld": 5}


def planned(workspace: Workspace, folder: Path, base_url: str = PUBLIC) -> Release:
    """A release of a workspace's records as a folder portal at `base_url` gets it."""
    portal = FolderPortal(path=str(folder / "portal"), base_url=base_url)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    opened = Workspace(folder / "workspace", configuration)
    records, _ = examine(workspace)
    for name in ("build", "release"):
        (folder / name).mkdir(parents=True)
    write_packages(records, opened, folder / "build")
    publisher = Publisher(opened, Folder("folder", opened))
    return publisher.plan(folder / "build", MONDAY, folder / "release").release


def described(release: Release, workspace: Workspace, base_url: str = PUBLIC) -> CatalogFacts:
    portal = FolderPortal(path="portal", base_url=base_url)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    return (
        Folder("folder", replace(workspace, configuration=configuration)).metadata(release).catalog
    )


class Example:
    """An example's release, with its catalogue."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.workspace = open_workspace(EXAMPLES / name)
        self.release = planned(self.workspace, folder)
        self.folder = self.release.folder
        self.catalog = described(self.release, self.workspace)
        self.graph = graphs.build(self.catalog)
        self.names = names_of(self.catalog)


@pytest.fixture(scope="module", params=sorted(DATASETS))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    return Example(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return Example("musterstadt", tmp_path_factory.mktemp("city"))


def named(name: str) -> URIRef:
    return URIRef(term(name))


# --- the mapping ----------------------------------------------------------------------------------


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


@pytest.mark.parametrize("value", ["2023-02-31", "2023-13", "23"])
def test_a_day_that_is_none_is_refused(value: str, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / "div-opendata.toml"
    text = path.read_text().replace("[release]\n", f'[release]\nperiod_start = "{value}"\n')
    path.write_text(text)
    with pytest.raises(UsageProblem, match="period_start"):
        open_workspace(workspace.root)


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
    ("key", "value"),
    [
        ("municipality_key", "05711000"),
        ("language", "en"),
        ("contributor_ids", ("http://dcat-ap.de/def/contributors/openNRW",)),
        ("attribution", "Stadt Anderswo"),
    ],
)
def test_modified_changes_exactly_when_metadata_do(
    key: str, value: Any, city: Example, tmp_path: Path
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
    }


def test_a_descriptor_from_before_says_what_it_can(city: Example) -> None:
    dataset = city.release.datasets[0]
    old = {
        key: dataset.descriptor[key] for key in dataset.descriptor if key not in {"dcat", "issued"}
    }
    facts = dataset_facts(old, dataset.package)
    assert (facts.title.de, facts.themes, facts.issued) == ("D.I.V.-Sitzungen", (), "")


# --- files ----------------------------------------------------------------------------------------


def test_the_three_syntaxes_are_one_graph(made: Example) -> None:
    for ending in graphs.SYNTAXES:
        content = (made.folder / f"catalog.{ending}").read_bytes()
        assert set(graphs.read(content, ending)) == set(made.graph)
        assert graphs.is_plain(content, ending)
        assert b"_:" not in content


SCRIPT = """
import sys, tempfile
from pathlib import Path
from test_metadata import Example
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


def test_no_text_ends_the_script(city: Example) -> None:
    evil = "</script><script>alert(1)</script><!--&amp;"
    first = replace(city.catalog.datasets[0], attribution=evil)
    text = page_metadata(replace(city.catalog, datasets=(first,)), first.name, "de")
    assert "<" not in text
    assert json.loads(text)["creditText"] == evil


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


# --- any configuration ----------------------------------------------------------------------------

TRICKY = "\n\t\"'\\<>&{}äöüßÄÖÜéﬁ \u00a0\u2028\u200b\u202e\u2066\u2069\u061c\ufeff٣𝕏🙂ab#@;,|^`%"
TEXTS = st.text(
    st.one_of(
        st.sampled_from(TRICKY),
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=30,
)
PATHS = st.text(st.sampled_from('abzäß/?#=&%<>"{}|^`\\~-._😀'), max_size=20)
URLS = st.builds("https://{}.example/{}".format, st.sampled_from(["a", "stadt", "ö"]), PATHS)
DAYS = st.dates().map(dt.date.isoformat)
MAILBOXES = st.builds(
    "{}@{}.example".format,
    st.text(st.sampled_from("abäß.+%<>\"{}|^`\\'#"), min_size=1, max_size=10),
    st.sampled_from(["stadt", "größe"]),
)


def optional(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


CONFIGURATIONS = st.builds(
    lambda publisher, kind, release, extra: {
        "publisher": {**publisher, **kind},
        "release": {**release, **extra},
        "portals": {"folder": {"kind": "folder", "path": "portal", "base_url": "http://[::1]/"}},
    },
    st.fixed_dictionaries({"name": TEXTS, "uri": URLS, "contact": TEXTS, "mailbox": MAILBOXES}),
    optional(type=st.sampled_from(["LocalAuthority", "Academia-ScientificOrganisation"])),
    st.fixed_dictionaries({"license": st.sampled_from([*licenses()]), "attribution": TEXTS}),
    optional(
        municipality_key=st.from_regex(r"[0-9]{8}", fullmatch=True),
        language=st.sampled_from(["de", "en"]),
        uri_base=URLS.map(lambda url: f"{url.translate(dict.fromkeys(map(ord, '?#')))}/"),
        contributor_ids=st.lists(
            st.from_regex(
                r"http://dcat-ap\.de/def/contributors/[A-Za-z0-9_-]{1,9}", fullmatch=True
            ),
            unique=True,
            max_size=3,
        ),
        period_start=st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4])),
        notice=st.fixed_dictionaries({"de": TEXTS, "en": TEXTS}),
        sources=st.lists(st.fixed_dictionaries({"title": TEXTS, "path": URLS}), max_size=2),
    ),
)


@settings(max_examples=40)
@given(document=CONFIGURATIONS)
def test_any_configuration_gives_a_graph_that_parses_back(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same facts in all three syntaxes, whatever people write."""
    configuration = _configuration(document)
    folder = tmp_path_factory.mktemp("any")
    source = open_workspace(EXAMPLES / "bielefeld")
    workspace = replace(source, configuration=configuration)
    workspace.__dict__["standard"] = source.standard
    catalog = described(planned(workspace, folder), workspace)
    graph = graphs.build(catalog)
    for ending in graphs.SYNTAXES:
        content = graphs.serialize(graph, ending)
        found = graphs.read(content, ending)
        assert set(found) == set(graph), ending
        assert graphs.is_plain(content, ending)
        for dataset in catalog.datasets:
            subject = URIRef(dataset.iri)
            (publisher,) = found.objects(subject, named("dcterms:publisher"))
            name = Literal(document["publisher"]["name"])
            assert found.value(publisher, named("foaf:name")) == name
            titles = {str(title) for title in found.objects(subject, named("dcterms:title"))}
            assert titles == {*dataset.title.both()}
            if notice := document["release"].get("notice"):
                for text in found.objects(subject, named("dcterms:description")):
                    assert isinstance(text, Literal)
                    assert str(text).endswith(notice[str(text.language)])
            for file in dataset.distributions:
                said = found.value(URIRef(file.iri), named("dcatde:licenseAttributionByText"))
                assert said == Literal(document["release"]["attribution"])
    assert [f.code for f in judge(graph, names_of(catalog)) if f.code != "DIV904"] == []
    for page in ("", *(dataset.name for dataset in catalog.datasets)):
        assert json.loads(page_metadata(catalog, page, "de"))["license"] == workspace.license.url
    assert json.loads(catalogue_files(catalog)["data.json"])["@id"] == catalog.iri


@pytest.mark.parametrize("text", ["a\x00", "a\x1b[31m", "\r", "\ufffe", ""])
def test_texts_that_xml_cannot_have_are_refused(text: str) -> None:
    document = {
        "publisher": {"name": text, "uri": "https://a.example/", "contact": "a", "mailbox": "a@b"},
        "release": {"license": "cc-by/4.0", "attribution": "a"},
        "portals": {"folder": {"kind": "folder", "path": "p", "base_url": "http://localhost/"}},
    }
    with pytest.raises(UsageProblem):
        _configuration(document)


@given(st.text())
def test_any_text_becomes_an_iri(text: str) -> None:
    assert not re.search(r'[\x00-\x20<>"{}|\\^`]', iri(text))
    assert iri(iri(text)) == iri(text)
    assert not re.search(
        r'[\x00-\x20<>"{}|\\^`]', mailto("".join(text.split()).encode("utf-8", "ignore").decode())
    )


# --- findings -------------------------------------------------------------------------------------


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


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
        release = replace(city.workspace.configuration.release, contributor_ids=given_)
        configuration = replace(city.workspace.configuration, release=release)
        assert found(replace(city.workspace, configuration=configuration), PUBLIC) == expected


def test_publish_refuses_what_would_not_be_harvested(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / "div-opendata.toml"
    path.write_text(path.read_text().replace('attribution = "Stadt Probe"', 'attribution = " "'))
    for command in ("publish", "metadata"):
        done = run(command, workspace.root, *(["--yes"] if command == "publish" else []))
        assert done.returncode == 1, done.stdout + done.stderr
        assert "DIV904" in done.stdout
    assert not (workspace.root / "portal" / "index.html").exists()


def test_dead_addresses_are_found(city: Example) -> None:
    statuses: dict[str, int | None] = {
        file.address: 200 for item in city.catalog.datasets for file in item.distributions
    }
    gone, *_, silent = statuses
    statuses |= {gone: 404, silent: None}
    seen = harvested(Shown(city.catalog), city.workspace, PUBLIC, statuses)
    assert codes(list(seen.findings)) == ["DIV909", "DIV909"]
    assert {gone, silent} == {f.message.values["address"] for f in seen.findings}
    assert seen.points < TOTAL


def test_verify_asks_for_the_addresses_of_a_public_folder(
    make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    workspace = make_workspace(RECORDS)
    portal = FolderPortal(path=str(tmp_path / "portal"), base_url=PUBLIC)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    opened = replace(workspace, configuration=configuration)
    asked: list[str] = []

    def ask(address: str) -> int | None:
        asked.append(address)
        return None if address.endswith("sessions.csv") else 200

    publisher = Publisher(opened, Folder("folder", opened, ask))
    (tmp_path / "build").mkdir()
    write_packages(examine(opened)[0], opened, tmp_path / "build")
    with publisher.portal.exclusively(), publisher.draft() as folder:
        publisher.apply(publisher.plan(tmp_path / "build", MONDAY, folder), quiet)
    checks = publisher.verify()
    failed = [check.name for check in checks if not check.passed]
    assert failed == [f"{PUBLIC}sessions/sessions.csv"]
    assert {f"{PUBLIC}{name}" for name in (*FILES, "div.zip")} <= set(asked)
    assert len(asked) == len(set(asked))


# --- points ---------------------------------------------------------------------------------------


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
    assert lacking == {"non-proprietary": ("div",), "machine-readable": ("div",)}


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
    assert {finding["code"] for finding in document["findings"]} <= {"DIV905", "DIV906"}
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


# --- CKAN -----------------------------------------------------------------------------------------

SETTINGS = CkanPortal(url="https://ckan.example/", organization="stadt")


def address(package: str, path: str) -> str:
    return f"https://ckan.example/dataset/{package}/{path}"


def test_ckan_gets_what_the_table_says(city: Example) -> None:
    target = wanted(city.release.datasets[0], SETTINGS, address, formats="iri", loads=False)
    assert set(target.extras) == set(EXTRAS)
    assert target.facts["title"] == "D.I.V.-Sitzungen"
    assert target.extras["uri"] == target.extras["identifier"]
    assert target.extras["identifier"].startswith("urn:uuid:")
    assert json.loads(target.extras["theme"])[0].endswith("/GOVE")
    assert target.extras["contact_email"] == "digitalisierung@musterstadt.example"
    assert target.extras["temporal_start"] == "2024-03-13"
    assert target.extras["contributorID"] == ""
    assert all(isinstance(value, str) for value in target.extras.values())
    table = target.resources["sessions"]
    assert table["format"].endswith("/file-type/CSV")
    assert table["mimetype"] == "https://www.iana.org/assignments/media-types/text/csv"
    assert table["access_url"] == table["download_url"] == address("sessions", "sessions.csv")
    assert table["license"] == str(BY)
    assert table["rights"] == "Stadt Musterstadt"
    assert (table["hash"], table["hash_algorithm"][-6:]) == (table["sha256"], "sha256")


@pytest.mark.parametrize(("formats", "loads"), [("label", True), ("label", False), ("iri", False)])
def test_formats_and_fingerprints_by_portal(formats: Any, loads: bool, city: Example) -> None:
    """A loader reads “CSV” and writes its MD5; what it does not read has ours."""
    for dataset in city.release.datasets:
        target = wanted(dataset, SETTINGS, address, formats=formats, loads=loads)
        for file in dataset.files:
            resource = target.resources[file.name]
            known = file_format(file.path)
            assert resource["format"] == (known.label if formats == "label" else known.iri)
            if loads and file.path.endswith(".csv"):
                assert "hash" not in resource
                assert resource["hash_algorithm"].endswith("_md5")
            else:
                assert resource["hash"] == file.sha256
                assert resource["hash_algorithm"].endswith("_sha256")


def test_extras_that_are_ours_no_more_are_taken_away(city: Example) -> None:
    target = wanted(city.release.datasets[0], SETTINGS, address, formats="iri", loads=False)
    there = {"extras": [{"key": "contributorID", "value": "[x]"}, {"key": "thema", "value": "y"}]}
    keys = {extra["key"]: extra["value"] for extra in own_update(there, target, ())["extras"]}
    assert "contributorID" not in keys
    assert keys["thema"] == "y"
    assert "" not in keys.values()


def test_tags_are_such_as_a_portal_takes() -> None:
    """A harvesting CKAN refuses a whole dataset for one tag of other letters."""
    for package in open_workspace(EXAMPLES / "bielefeld").standard.packages.values():
        for word in [*package.keywords["de"], *package.keywords["en"]]:
            assert re.fullmatch(r"[\w .-]{2,100}", word), word


def test_what_ckan_says_is_judged_too(city: Example) -> None:
    for formats, expected in (("iri", set()), ("label", {"DIV908"})):
        shown = Shown(city.catalog, formats)  # type: ignore[arg-type]
        assert set(codes(judge_release(shown))) == expected
        seen = harvested(shown, city.workspace, "https://ckan.example/")
        unsaid = {line.term for thing in seen.things for line in thing.lines if not line.said}
        assert unsaid == {
            *("dcat:inSeries", "dcat:landingPage", "dcatap:availability"),
            *("dcatde:politicalGeocodingLevelURI", "dcatde:contributorID"),
        }
        files = [file for thing in seen.things for file in thing.files]
        unsaid = {line.term for file in files for line in file.lines if not line.said}
        assert unsaid == {
            "dcatde:licenseAttributionByText",
            *("dcterms:format/rdfs:label", "dcterms:format/rdf:type"),
        }
        by_name = {result.indicator.name: result for result in seen.results}
        assert by_name["DCAT-AP"].points == (0 if formats == "label" else 30)


def test_what_makes_a_node_for_its_parts_is_said() -> None:
    lines = {line.term: line for line in PROPERTIES["dataset"] if line.term}
    assert ckan_says("dataset", lines["dcterms:temporal"])
    assert not ckan_says("dataset", lines["dcat:landingPage"])


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["http://a..b/x", f"http://{'a' * 64}.example/", "http://ö..de/"]
)
def test_a_host_that_cannot_be_one_does_not_answer(address: str) -> None:
    assert http_status(address) is None


def asking(workspace: Workspace, answers: Mapping[str, int | None]) -> tuple[Folder, list[str]]:
    """A folder portal at a public address, and what of it is asked for; 200 unless said."""
    portal = FolderPortal(path="portal", base_url=PUBLIC)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    asked: list[str] = []

    def ask(address: str) -> int | None:
        asked.append(address.removeprefix(PUBLIC))
        return answers.get(asked[-1], 200)

    return Folder("folder", replace(workspace, configuration=configuration), ask), asked


def test_nothing_is_asked_of_a_portal_that_was_never_published(workspace: Workspace) -> None:
    portal, asked = asking(workspace, {})
    assert (list(portal.audit(quiet)), asked) == ([], [])


def test_every_address_of_the_catalogue_is_asked(city: Example, tmp_path: Path) -> None:
    workspace = replace(city.workspace, root=tmp_path)
    portal, asked = asking(workspace, {"votes/votes.csv": 404})
    with portal.exclusively():
        portal.apply(city.release, quiet)
    wrong = [check.name for check in portal.audit(quiet) if not check.passed]
    assert wrong == [f"{PUBLIC}votes/votes.csv"]
    said = {str(node) for triple in city.graph for node in triple}
    ours = {name.removeprefix(PUBLIC) for name in said if name.startswith(PUBLIC)}
    assert ours <= set(asked)
    silent, asked = asking(workspace, {"": None})
    assert [check.passed for check in silent.audit(quiet)] == [False]
    assert asked == [""]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "Stadt"),
        ("mailbox", "mailto:amt@stadt.example"),
        ("mailbox", "amt?cc=x@stadt.example"),
        ("uri_base", "https://stadt.example/#/"),
        ("base_url", "https://stadt.example/?seite=/"),
    ],
)
def test_settings_that_would_give_wrong_metadata_are_refused(
    key: str, value: str, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^{key} = .*$", text, re.MULTILINE)
    line = f'{key} = "{value}"'
    if found:
        text = text.replace(found.group(), line)
    else:
        part = "[publisher]" if key == "type" else "[release]"
        text = text.replace(f"{part}\n", f"{part}\n{line}\n")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem, match=key):
        open_workspace(workspace.root)
