"""A release as it is cited: the text on the pages, what reference managers read, the README."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rdflib import Literal, URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.catalogue import page_metadata
from div_opendata.assemble.metadata.citation import CITATION_LINKS, Citation, citation_of
from div_opendata.assemble.readme import README
from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import json_bytes, read_json
from div_opendata.base.i18n import Label
from support.catalogues import PUBLIC, Example, described, named, planned
from support.workspaces import CONFIGURATION, MakeWorkspace

ZIP = f"{PUBLIC}div-1.0.0.zip"
DOI = "10.12345/div_1"
BERLIN = ZoneInfo("Europe/Berlin")


def cited(city: Example, publisher: str = "Stadt Musterstadt", title: str = "Alles") -> Citation:
    """The release of the example, with a DOI, under other names."""
    bundle = city.catalog.datasets[-1]
    named = replace(bundle.publisher, name=publisher)
    texts = Label(de=title, en=title)
    return citation_of(replace(bundle, publisher=named, title=texts, doi=DOI), PUBLIC, BERLIN)


def bibtex(text: str) -> dict[str, str]:
    """The fields of the one entry, by a reader that counts braces as BibTeX does."""
    assert re.match(r"@misc\{[a-z0-9.-]+,\n", text)
    depth = 0
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
    return dict(re.findall(r"^  (\w+) = \{(.*)\},$", text, re.MULTILINE))


def ris(text: str) -> dict[str, str]:
    """The tags of the one reference."""
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert (lines[0], lines[-1]) == ("TY  - DATA", "ER  - ")
    return dict(line.split("  - ", 1) for line in lines[:-1])


def test_every_form_says_the_same(city: Example) -> None:
    titles = {
        "cite": "D.I.V. und Innovationszirkel: alle Tabellen",
        "cite.en": "D.I.V. and innovation circles: all tables",
    }
    for name, title in titles.items():
        read = {e: (city.folder / f"{name}.{e}").read_bytes().decode() for e in ("bib", "ris")}
        (item,) = json.loads((city.folder / f"{name}.json").read_bytes())
        assert bibtex(read["bib"]) == {
            "author": "{Stadt Musterstadt}",
            "title": f"{{{title}}}",
            "year": "2026",
            "date": "2026-11-23",
            "version": "1.0.0",
            "publisher": "{Stadt Musterstadt}",
            "url": ZIP,
        }
        assert ris(read["ris"]) == {
            "TY": "DATA",
            "AU": "Stadt Musterstadt",
            "TI": title,
            "PY": "2026",
            "DA": "2026/11/23/",
            "ET": "1.0.0",
            "PB": "Stadt Musterstadt",
            "UR": ZIP,
        }
        assert item == {
            "id": "stadt-musterstadt-div-1.0.0",
            "type": "dataset",
            "title": title,
            "author": [{"literal": "Stadt Musterstadt"}],
            "issued": {"date-parts": [[2026, 11, 23]]},
            "version": "1.0.0",
            "publisher": "Stadt Musterstadt",
            "language": "de",
            "URL": ZIP,
        }


def test_special_characters_are_escaped_as_each_form_asks(city: Example) -> None:
    citation = cited(city, "Köln & Co_50%, {Amt #1}", "A\\B ~ C^2\n$5 <b>")
    files = {name: content.decode() for name, content in citation.files().items()}
    fields = bibtex(files["cite.bib"])
    assert fields["author"] == r"{Köln \& Co\_50\%, \textbraceleft{}Amt \#1\textbraceright{}}"
    assert fields["title"] == r"{A\textbackslash{}B \textasciitilde{} C\textasciicircum{}2 \$5 <b>}"
    assert (fields["doi"], fields["url"]) == (DOI, ZIP)  # verbatim
    assert files["cite.bib"].startswith("@misc{koln-co-50-amt-1-div-1.0.0,\n")
    tags = ris(files["cite.ris"])
    assert tags["AU"] == "Köln & Co_50% – {Amt #1}"  # a comma would begin a first name
    assert tags["TI"] == "A\\B ~ C^2 $5 <b>"
    assert tags["DO"] == DOI
    (item,) = json.loads(files["cite.json"])
    assert item["author"] == [{"literal": "Köln & Co_50%, {Amt #1}"}]
    assert item["DOI"] == DOI


def test_datacite_has_all_that_it_asks_for(city: Example) -> None:
    """The mandatory properties of its schema 4, and a DOI only where there is one."""
    document = json.loads((city.folder / "datacite.json").read_bytes())
    assert "doi" not in document
    assert document["schemaVersion"] == "http://datacite.org/schema/kernel-4"
    assert [creator["name"] for creator in document["creators"]] == ["Stadt Musterstadt"]
    assert [title["lang"] for title in document["titles"]] == ["de", "en"]
    assert document["publisher"] == {"name": "Stadt Musterstadt"}
    assert document["publicationYear"] == "2026"
    assert document["types"]["resourceTypeGeneral"] == "Dataset"
    assert (document["version"], document["url"]) == ("1.0.0", f"{PUBLIC}div/")
    assert ZIP in [item["alternateIdentifier"] for item in document["alternateIdentifiers"]]
    assert json.loads(cited(city).files()["datacite.json"])["doi"] == DOI


def test_the_date_is_that_of_the_city(city: Example) -> None:
    bundle = replace(city.catalog.datasets[-1], modified="2026-12-31T23:30:00Z")
    assert str(citation_of(bundle, PUBLIC, BERLIN).date) == "2027-01-01"


def test_pages_of_what_is_cited_tell_reference_managers(city: Example) -> None:
    for path in city.folder.glob("**/*.html"):
        text = path.read_text(encoding="utf-8")
        tags = dict(re.findall(r'<meta name="(citation_\w+)" content="(.*)">', text))
        language = "en" if ".en." in path.name else "de"
        if path.parent.name not in {city.folder.name, "div"}:
            assert tags == {}, path
            continue
        assert unescape(tags.pop("citation_title")) == city.catalog.datasets[-1].title.text(
            language  # type: ignore[arg-type]
        )
        assert tags == {
            "citation_author": "Stadt Musterstadt",
            "citation_publisher": "Stadt Musterstadt",
            "citation_publication_date": "2026/11/23",
            "citation_language": "de",
            "citation_public_url": ZIP,
        }
        if path.parent == city.folder:
            for form, file in CITATION_LINKS[language].items():  # type: ignore[index]
                assert f'<a href="{file}" download>{form}</a>' in text


def test_the_bundle_has_a_readme(city: Example) -> None:
    """What, licence, citing and reading, in both languages; nothing of when or where."""
    with zipfile.ZipFile(io.BytesIO((city.folder / "div.zip").read_bytes())) as archive:
        text = archive.read(README).decode()
    german, english = text.split("\n\n\n")
    for part, words in {
        german: ("Lizenz", "Zitierweise", "Namensnennung: Stadt Musterstadt", "Lesen"),
        english: ("Licence", "How to cite", "Attribution: Stadt Musterstadt", "How to read"),
    }.items():
        assert all(word in part for word in words)
        assert "http://dcat-ap.de/def/licenses/cc-by/4.0" in part
        assert "header = true" in part
    descriptor = read_json(city.folder / "div/datapackage.json")
    paths = [item["path"] for item in descriptor["resources"]]
    assert re.findall(r"^(\S+): ", german, re.MULTILINE)[: len(paths)] == [
        *paths[:-1],
        "datapackage.json",
    ]
    assert paths[-1] == README
    assert not any(word in text for word in ("1.0.0", "2026-11-23", PUBLIC))


def test_a_doi_is_said_wherever_the_bundle_is_named(city: Example, tmp_path: Path) -> None:
    """In its descriptor, and so in its stamp; nowhere in what is said of a single package."""
    release = replace(city.workspace.configuration.release, doi=DOI)
    configuration = replace(city.workspace.configuration, release=release)
    workspace = replace(city.workspace, configuration=configuration)
    catalog = described(planned(workspace, tmp_path), workspace)
    assert [dataset.doi for dataset in catalog.datasets] == [""] * 8 + [DOI]
    address = f"https://doi.org/{DOI}"
    *packages, bundle = catalog.datasets
    said = json.loads(page_metadata(catalog, bundle.name, "de"))
    assert said["identifier"] == [bundle.identifier, address]
    assert said["sameAs"] == [address]
    for package in packages:
        alone = json.loads(page_metadata(catalog, package.name, "de"))
        assert alone["identifier"] == [package.identifier]
        assert "sameAs" not in alone
    graph = graphs.build(catalog)
    identified = list(graph.subject_objects(named("adms:identifier")))
    assert identified == [(URIRef(bundle.iri), URIRef(address))]
    notation = Literal(address, datatype=named("xsd:anyURI"))
    assert list(graph.objects(URIRef(address), named("skos:notation"))) == [notation]
    folder = tmp_path / "release"
    for name in ("index.html", "index.en.html"):
        page = (folder / name).read_text(encoding="utf-8")
        assert f"{address} – {ZIP}" in page
        assert f'<meta name="citation_doi" content="{DOI}">' in page
    assert f"{address} – ADDRESS" in (folder / "div" / README).read_text(encoding="utf-8")
    assert (folder / "datacite.json").read_bytes() == json_bytes(
        {**json.loads((folder / "datacite.json").read_bytes()), "doi": DOI}
    )


@pytest.mark.parametrize("doi", [f"https://doi.org/{DOI}", "10.1/x", "10.12345/", "10.12345/a b"])
def test_what_is_no_doi_is_refused(doi: str, make_workspace: MakeWorkspace) -> None:
    settings = CONFIGURATION.replace("[release]\n", f'[release]\ndoi = "{doi}"\n')
    with pytest.raises(UsageProblem, match="doi"):
        make_workspace({"div-opendata.toml": settings})
