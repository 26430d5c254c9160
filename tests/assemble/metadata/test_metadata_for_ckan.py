"""What a CKAN gets of the metadata, and what it then says of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from div_opendata.assemble.metadata.facts import Shown
from div_opendata.assemble.metadata.harvested import harvested, judge_release
from div_opendata.assemble.metadata.properties import EXTRAS, PROPERTIES, ckan_says
from div_opendata.assemble.metadata.vocabulary import file_format
from div_opendata.publish.portal.ckan.dataset import (
    described_facts,
    own_update,
    target_facts,
    wanted,
)
from div_opendata.publish.portal.ckan.visitors import Around
from div_opendata.workspace.settings import CkanPortal, open_workspace
from support.catalogues import Example
from support.workspaces import EXAMPLES, TOP, codes

SETTINGS = CkanPortal(url="https://ckan.example/", organization="stadt")


def address(package: str, path: str) -> str:
    return f"https://ckan.example/dataset/{package}/{path}"


def test_ckan_gets_what_the_table_says(city: Example) -> None:
    target = wanted(
        city.release.datasets[0], SETTINGS, address, Around(), formats="iri", loads=False
    )
    assert set(target.extras) == set(EXTRAS)
    assert target.facts["title"] == "D.I.V.-Sitzungen"
    assert target.extras["uri"] == target.extras["identifier"]
    assert target.extras["identifier"].startswith("urn:uuid:")
    assert json.loads(target.extras["theme"])[0].endswith("/GOVE")
    assert target.facts["maintainer_email"] == "digitalisierung@musterstadt.example"
    assert target.extras["temporal_start"] == "2024-03-13"
    assert target.extras["contributorID"] == ""
    assert all(isinstance(value, str) for value in target.extras.values())
    table = target.resources["sessions"]
    assert table["format"].endswith("/file-type/CSV")
    assert table["mimetype"] == "text/csv; charset=utf-8"
    assert table["access_url"] == table["download_url"] == address("sessions", "sessions.csv")
    assert table["license"] == "http://dcat-ap.de/def/licenses/cc-by/4.0"
    assert table["rights"] == "Stadt Musterstadt"
    assert (table["hash"], table["hash_algorithm"][-6:]) == (table["sha256"], "sha256")


@pytest.mark.parametrize(("formats", "loads"), [("label", True), ("label", False), ("iri", False)])
def test_formats_and_fingerprints_by_portal(formats: Any, loads: bool, city: Example) -> None:
    """A loader reads “CSV” and writes its MD5; what it does not read has ours."""
    for dataset in city.release.datasets:
        target = wanted(dataset, SETTINGS, address, Around(), formats=formats, loads=loads)
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
    target = wanted(
        city.release.datasets[0], SETTINGS, address, Around(), formats="iri", loads=False
    )
    there = {"extras": [{"key": key, "value": "[x]"} for key in ("contributorID", "thema")]}
    keys = {extra["key"]: extra["value"] for extra in own_update(there, target, ())["extras"]}
    assert "contributorID" not in keys
    assert keys["thema"] == "[x]"
    assert "" not in keys.values()


def test_the_page_of_the_bundle_says_what_is_in_the_zip(city: Example) -> None:
    """In German, with the English titles; the pages of the others show their files."""
    for dataset in city.release.datasets:
        target = wanted(dataset, SETTINGS, address, Around(), formats="iri", loads=False)
        notes, _, contents = target.facts["notes"].partition("\n\n**Tabellen in div.zip:**\n\n")
        assert notes == dataset.descriptor["description"]
        tables = [item for item in dataset.descriptor["resources"] if "conformsTo" in item]
        assert contents.splitlines() == [
            f"- `{item['path']}`: {item['title']} ({item['translations']['en']['title']})"
            for item in tables
            if dataset.package.bundle
        ]
        facts = described_facts(dataset.descriptor, dataset.package)
        assert facts.items() <= target_facts(target).items()
    assert len(contents.splitlines()) == 18
    assert "- `priorities.csv`: " in contents


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_extras_that_nobody_can_read_may_be_hidden(language: str, city: Example) -> None:
    """By a line for CKAN's configuration in the guide: addresses, codes, lists, spellings."""
    values = wanted(
        city.release.datasets[0], SETTINGS, address, Around(), formats="iri", loads=False
    ).extras
    lists = {line.ckan[len("extras.") : -2] for line in PROPERTIES["dataset"] if "[]" in line.ckan}
    raw = [key for key in EXTRAS if key in lists or values[key].startswith(("http", "urn:"))]
    raw.append("without_umlauts")  # what is for the search alone
    guide = (TOP / f"docs/portal-admins.{language}.md").read_text(encoding="utf-8")
    assert re.findall("^package_hide_extras = (.*)$", guide, re.MULTILINE) == [" ".join(raw)]
    assert {*EXTRAS} - {*raw} == {
        *("issued", "modified", "publisher_name", "temporal_start", "temporal_end"),
        *("spatial_text", "attribution"),
    }


def test_words_with_umlauts_are_there_without_them(city: Example) -> None:
    """Nouns and keywords, each once; CKAN itself takes ss for ß, and English words have none."""
    found = {
        dataset.package.name: wanted(
            dataset, SETTINGS, address, Around(), formats="iri", loads=False
        ).extras["without_umlauts"]
        for dataset in city.release.datasets
    }
    assert found["lottery"] == (
        "Buergerbeteiligung, Plaetze, Buergerinnen, Buerger, Buergerrat, Nachrueckungen"
    )
    assert found["visions"] == "Buergerbeteiligung, Kuehle, Arbeitsauftraege"
    assert not re.search("[äöüÄÖÜ]", "".join(found.values()))


def test_tags_are_such_as_a_portal_takes() -> None:
    """A harvesting CKAN refuses a whole dataset for one tag of other letters."""
    for package in open_workspace(EXAMPLES / "bielefeld").standard.packages.values():
        for word in [*package.keywords["de"], *package.keywords["en"]]:
            assert re.fullmatch(r"[\w .-]{2,100}", word), word


def test_what_ckan_says_is_judged_too(city: Example) -> None:
    for formats in ("iri", "label"):
        shown = Shown(city.catalog, formats)
        assert codes(judge_release(shown)) == ["DIV908"] * len(city.catalog.datasets)
        seen = harvested(shown, city.workspace, "https://ckan.example/")
        unsaid = {line.term for thing in seen.things for line in thing.lines if not line.said}
        assert unsaid == {
            *("adms:identifier", "adms:identifier/skos:notation"),
            *("dcat:inSeries", "dcatap:availability"),
            *("dcat:previousVersion", "adms:versionNotes"),
            *("dcatde:politicalGeocodingLevelURI", "dcatde:contributorID"),
        }
        files = [file for thing in seen.things for file in thing.files]
        unsaid = {line.term for file in files for line in file.lines if not line.said}
        assert unsaid == {
            *("dcatde:licenseAttributionByText", "dcterms:license/dcterms:title"),
            *("dcterms:format/rdfs:label", "dcterms:format/rdf:type"),
        }
        by_name = {result.indicator.name: result for result in seen.results}
        assert by_name["DCAT-AP"].points == 0


def test_what_makes_a_node_for_its_parts_is_said() -> None:
    lines = {line.term: line for line in PROPERTIES["dataset"] if line.term}
    assert ckan_says("dataset", lines["dcterms:temporal"])
    assert ckan_says("dataset", lines["dcat:landingPage"])
    assert not ckan_says("dataset", lines["dcat:inSeries"])
