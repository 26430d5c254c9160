"""What the visitors of a portal find beside a dataset: pages, links, and the licence in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from div_opendata.assemble.metadata.facts import DatasetFacts
from div_opendata.publish.portal.ckan.visitors import Around, license_id, links, pages_of
from div_opendata.workspace.settings import CkanPortal, FolderPortal, Workspace, licenses
from support.ckan import dataset, make_place, named
from support.places import TUESDAY, CkanPlace
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace

OF_CKAN: list[Mapping[str, Any]] = [
    {"id": "notspecified", "title": "Lizenz nicht angegeben"},
    {
        "id": "cc-by",
        "title": "Creative Commons Attribution",
        "url": "http://www.opendefinition.org/x",
    },
    {"id": "odc-by", "title": "Open Data Commons Attribution License", "url": None},
]
OF_A_CITY = [
    *OF_CKAN,
    {"id": "by4", "title": "CC BY", "url": "https://dcat-ap.de/def/licenses/cc-by/4.0/"},
    {"id": "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "title": "Datenlizenz"},
]
OURS = [{"id": item.name, "title": "x", "url": item.url} for item in licenses().values()]


def licensed(code: str) -> DatasetFacts:
    """The facts of a dataset, as far as they name its licence."""
    item = licenses()[code]
    facts = object.__new__(DatasetFacts)
    for key, value in {
        "license_name": item.name,
        "license": item.url,
        "license_title": item.catalog_title,
    }.items():
        object.__setattr__(facts, key, value)
    return facts


@pytest.mark.parametrize(
    ("code", "listed", "found"),
    [
        ("cc-by/4.0", OF_CKAN, "cc-by"),
        ("cc-by/4.0", OF_A_CITY, "by4"),
        ("cc-by/4.0", [*OF_A_CITY, *OURS], "CC-BY-4.0"),
        ("odby", OF_CKAN, "odc-by"),
        ("dl-by-de/2.0", OF_CKAN, "DL-DE-BY-2.0"),
        ("dl-by-de/2.0", OF_A_CITY, "http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
        ("dl-zero-de/2.0", OF_A_CITY, "DL-DE-ZERO-2.0"),
    ],
)
def test_a_licence_is_found_in_the_portals_list(
    code: str, listed: list[Mapping[str, Any]], found: str
) -> None:
    """By id, then by address, then by name; where it is not there, it has its own name."""
    assert license_id(licensed(code), None, lambda: listed) == found


def test_the_list_is_asked_for_only_where_the_licence_is_not_known() -> None:
    asked = []

    def listed() -> list[Mapping[str, Any]]:
        asked.append(1)
        return [*OF_CKAN]

    facts = licensed("cc-by/4.0")
    title = "Creative Commons Attribution"
    known = {"license_id": "cc-by", "license_title": title, "isopen": True}
    assert license_id(facts, known, listed) == "cc-by"
    assert not asked
    for other in (
        {**known, "isopen": False},
        {**known, "license_id": "other-open", "license_title": "Andere (Offen)"},
        {},
    ):
        assert license_id(facts, other, listed) == "cc-by"
    assert len(asked) == 3


def test_pages_are_those_that_strangers_can_open(workspace: Workspace) -> None:
    """An address of one's own computer is worse than none."""
    ckan = CkanPortal(url="https://ckan.example/", organization="stadt")
    here = FolderPortal("portal", "http://127.0.0.1:8000/")
    there = FolderPortal("www", "https://div.example/")

    def found(settings: CkanPortal, **portals: FolderPortal | CkanPortal) -> str:
        return pages_of(replace(workspace.configuration, portals=portals), settings)

    assert found(ckan, city=ckan) == ""
    assert found(ckan, preview=here, city=ckan) == ""
    assert found(ckan, preview=here, city=ckan, www=there) == "https://div.example/"
    named = replace(ckan, pages="https://seiten.example/div/")
    assert found(named, www=there) == "https://seiten.example/div/"


def test_links_are_markdown_below_the_description() -> None:
    file_page: Callable[[str], str] = "https://ckan.example/{}".format
    found = links("https://ckan.example/div", "", file_page, ["lotteries.csv", "check_lottery.py"])
    assert Around(links=found).below("Losverfahren.") == (
        "Losverfahren.\n\n**Zum Weiterlesen:**\n\n"
        "- [Alle Tabellen in einem Datenpaket](https://ckan.example/div)\n"
        "- [Was die Spalten und Codes bedeuten](https://ckan.example/datapackage)\n"
        "- [Die Auslosung selbst nachrechnen](https://ckan.example/check_lottery)"
    )
    of_the_bundle = links("", "https://div.example/div/", file_page, ["div.zip"])
    assert of_the_bundle == {"Was die Spalten und Codes bedeuten": "https://div.example/div/"}
    assert Around().below("Losverfahren.") == "Losverfahren."


@pytest.fixture(params=["2.12", "2.11"])
def visited(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> CkanPlace:
    """To be published to both versions of CKAN, without a loader."""
    version = "ckan" if request.param == "2.12" else "ckan211"
    instance: Instance = request.getfixturevalue(version)
    return make_place(instance, make_workspace)


@pytest.mark.ckan
def test_a_dataset_is_made_for_visitors(visited: CkanPlace) -> None:
    """faults.sh labels, mimetype: formats in words, also for the filter, and headers that browsers
    know; the licence known as open; a view of what is a text; an address that leads to the pages,
    and where there are none, somebody else's stays."""
    visited.release()
    shown = dataset(visited, "sessions")
    assert {r["format"] for r in shown["resources"]} == {"CSV", "JSON"}
    filtered = {"fq": f"res_format:CSV AND name:{visited.prefix}*", "rows": 0}
    assert visited.stranger.read("package_search", filtered)["count"] == 2
    for name, header in {
        "sessions": "text/csv; charset=utf-8",
        "datapackage": "application/json",
    }.items():
        answer = visited.stranger.session.get(named(shown)[name]["url"])
        assert answer.headers["Content-Type"] == header
    assert (shown["license_id"], shown["isopen"]) == ("cc-by", True)
    views = {
        name: [
            view["view_type"]
            for view in visited.stranger.read("resource_view_list", {"id": resource["id"]})
        ]
        for name, resource in named(shown).items()
    }
    assert views["datapackage"] == ["text_view"]
    assert "text_view" not in {kind for name in ("sessions", "codes") for kind in views[name]}
    assert not shown["url"]

    theirs = {"id": shown["id"], "url": "https://stadt.example/div"}
    visited.instance.api("colleague").call("package_patch", theirs)
    plan, _ = visited.release(TUESDAY)
    assert not plan.changes
    path = visited.root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}pages = "https://seiten.example/div/"\n', encoding="utf-8")
    visited.release(TUESDAY)
    shown = dataset(visited, "sessions")
    assert shown["url"] == "https://seiten.example/div/sessions/"
    assert f"]({shown['url']})" in shown["notes"]
    turtle = visited.stranger.session.get(f"{visited.stranger.address}dataset/{shown['id']}.ttl")
    assert f"dcat:landingPage <{shown['url']}>" in turtle.text
