"""Whatever an office configures: its metadata parse back, or it is refused."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Literal, URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.catalogue import catalogue_files, page_metadata
from div_opendata.assemble.metadata.div9xx_harvest import judge, names_of
from div_opendata.assemble.metadata.vocabulary import iri, mailto
from div_opendata.base.errors import UsageProblem
from div_opendata.workspace.forms import is_mailbox, is_visible, is_web_address
from div_opendata.workspace.settings import _configuration, licenses, open_workspace
from support.catalogues import described, named, planned
from support.workspaces import EXAMPLES, RECORDS, MakeWorkspace

# --- any configuration ----------------------------------------------------------------------------

TRICKY = "\n\t\"'\\<>&{}äöüßÄÖÜéﬁ \u00a0\u2028\u200b\u202e\u2066\u2069\u061c\ufeff٣𝕏🙂ab#@;,|^`%"
TEXTS = st.text(
    st.one_of(
        st.sampled_from(TRICKY),
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=30,
).filter(is_visible)
URLS = st.builds(
    "https://{}.example/{}".format,
    st.sampled_from(["a", "stadt", "ö"]),
    st.text(st.sampled_from("abzäß/?#=&%~-._😀"), max_size=20),
).filter(is_web_address)
DAYS = st.dates().map(dt.date.isoformat)
MAILBOXES = st.builds(
    "{}@{}.example".format,
    st.text(st.sampled_from("ab.+%'#"), min_size=1, max_size=10),
    st.sampled_from(["stadt", "größe"]),
).filter(is_mailbox)


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


@pytest.mark.slow
@settings(max_examples=15)
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
        assert graphs.is_plain(content, ending, found)
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


@given(st.text())
def test_any_text_becomes_an_iri(text: str) -> None:
    assert not re.search(r'[\x00-\x20<>"{}|\\^`]', iri(text))
    assert iri(iri(text)) == iri(text)
    assert not re.search(
        r'[\x00-\x20<>"{}|\\^`]', mailto("".join(text.split()).encode("utf-8", "ignore").decode())
    )


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\x00", "a\x1b[31m", "\r", "\ufffe", ""])
def test_texts_that_xml_cannot_have_are_refused(text: str) -> None:
    document = {
        "publisher": {"name": text, "uri": "https://a.example/", "contact": "a", "mailbox": "a@b"},
        "release": {"license": "cc-by/4.0", "attribution": "a"},
        "portals": {"folder": {"kind": "folder", "path": "p", "base_url": "http://localhost/"}},
    }
    with pytest.raises(UsageProblem):
        _configuration(document)


@pytest.mark.parametrize("value", ["2023-02-31", "2023-13", "23"])
def test_a_day_that_is_none_is_refused(value: str, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(RECORDS)
    path = workspace.root / "div-opendata.toml"
    text = path.read_text().replace("[release]\n", f'[release]\nperiod_start = "{value}"\n')
    path.write_text(text)
    with pytest.raises(UsageProblem, match="period_start"):
        open_workspace(workspace.root)


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
