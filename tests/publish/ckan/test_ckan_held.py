"""What editors and other programs do with our datasets on a CKAN, one thing at a time: at the next
publication everything that is ours is as it was released, with the same ids and addresses, and
what is theirs is as they have left it.
"""

from __future__ import annotations

from functools import partial

import pytest

from div_opendata.base.errors import Problem
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.api import Api
from support.ckan import (
    Facts,
    addresses,
    check_sessions,
    dataset,
    make_place,
    name_of,
    named,
    publish_again,
    resource,
)
from support.places import TUESDAY, CkanPlace, versions
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace


@pytest.fixture(params=["2.12", "2.11"])
def released(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> CkanPlace:
    """Published for the first time, to both versions of CKAN, without a loader."""
    instance: Instance = request.getfixturevalue("ckan" if request.param == "2.12" else "ckan211")
    place = make_place(instance, make_workspace)
    place.release()
    return place


pytestmark = [pytest.mark.ckan, pytest.mark.slow]


def colleague(place: CkanPlace) -> Api:
    """Another editor of the organisation."""
    return place.instance.api("colleague")


def views(place: CkanPlace, name: str) -> list[tuple[str, str]]:
    """The kinds and titles of the views of the table in a dataset."""
    identity = resource(place, name, name)["id"]
    found = place.stranger.read("resource_view_list", {"id": identity})
    return [(view["view_type"], view["title"]) for view in found]


def put_right(place: CkanPlace) -> Plan:
    """Publish the same once more: nothing of it is a new version, and all is there again."""
    plan, _ = place.release(TUESDAY)
    assert set(versions(plan).values()) == {"1.0.0"}
    check_whole(place)
    return plan


def check_whole(place: CkanPlace) -> None:
    """Readers get what was released, and nothing is left to do."""
    assert place.seen() == place.expected()
    check_sessions(place)
    assert place.failed() == set()
    assert not publish_again(place)


def test_a_patch_with_nothing_but_ids(released: CkanPlace) -> None:
    """CKAN takes the files' names away with all else: they are downloaded as `___`."""
    before, seen_before = addresses(released), views(released, "sessions")
    ids = [{"id": item["id"]} for item in dataset(released, "sessions")["resources"]]
    change = {"id": name_of(released, "sessions"), "resources": ids}
    colleague(released).call("package_patch", change)
    assert put_right(released).changes
    assert addresses(released) == before
    assert views(released, "sessions") == seen_before


def test_an_update_without_the_resources(released: CkanPlace) -> None:
    """CKAN 2.11 takes them for deleted."""
    before = addresses(released)
    found = dataset(released, "sessions", "colleague")
    del found["resources"]
    colleague(released).call("package_update", {**found, "title": "Anders"})
    assert put_right(released).changes
    assert addresses(released) == before


def test_an_update_with_what_was_there_before(released: CkanPlace) -> None:
    """A program that has read the dataset before a publication writes it back afterwards."""
    before = addresses(released)
    old = dataset(released, "sessions", "colleague")
    released.edit("sessions", ",held,42", ",held,43")
    released.release(TUESDAY)
    new = released.seen()
    colleague(released).call("package_update", old)
    assert {name: new[name] for name in new} == released.seen()
    plan, _ = released.release(TUESDAY)
    assert plan.changes
    assert versions(plan)["sessions"] == "1.0.1"
    check_whole(released)
    assert addresses(released) == before


def test_a_dataset_that_was_purged_is_made_again(released: CkanPlace) -> None:
    """With the same ids of its files, which nobody but an admin could do for the dataset's."""
    before = {name: item["id"] for name, item in named(dataset(released, "sessions")).items()}
    name = name_of(released, "sessions")
    released.instance.api("admin").call("dataset_purge", {"id": name})
    released.release(TUESDAY)
    check_whole(released)
    after = named(dataset(released, "sessions"))
    assert {name: item["id"] for name, item in after.items()} == before


def add_file(place: CkanPlace) -> Facts:
    """Somebody uploads a file of their own into our dataset."""
    api = colleague(place)
    done = api.session.post(
        f"{api.action('resource_create')}",
        data={"package_id": name_of(place, "sessions"), "name": "Plakat", "format": "PDF"},
        files={"upload": ("plakat.pdf", b"%PDF-1.4 Kommt alle!")},
        headers={"Authorization": place.instance.tokens["colleague"]},
        timeout=60,
    )
    found: Facts = done.json()["result"]
    return found


def test_what_is_theirs_stays(released: CkanPlace) -> None:
    """A file, the order of the files, a tag, the address, an extra, a key of a resource; views."""
    api, name = colleague(released), name_of(released, "sessions")
    theirs = add_file(released)
    table = resource(released, "sessions", "sessions")
    order = [item["id"] for item in dataset(released, "sessions")["resources"]][::-1]
    api.call("package_resource_reorder", {"id": name, "order": order})
    change = {
        "match": {"name": name},
        "update__tags__extend": [{"name": "eigenes"}],
        "update__extras__extend": [{"key": "thema", "value": "Verwaltung"}],
        "update": {"url": "https://statistik.example/"},
        f"update__resources__{table['id']}": {"ampel": "grün"},
    }
    api.call("package_revise", change)
    view = api.read("resource_view_list", {"id": table["id"]})[0]
    api.call("resource_view_update", {**view, "title": "Alle Sitzungen"})
    more = {"resource_id": table["id"], "view_type": view["view_type"], "title": "Noch eine"}
    api.call("resource_view_create", more)
    before = views(released, "sessions")
    assert not publish_again(released)
    released.edit("sessions", ",held,42", ",held,43")
    released.release(TUESDAY)
    check_whole(released)
    found = dataset(released, "sessions")
    assert [item["id"] for item in found["resources"]] == order
    kept = next(item for item in found["resources"] if item["id"] == theirs["id"])
    assert released.stranger.session.get(kept["url"]).content == b"%PDF-1.4 Kommt alle!"
    assert "eigenes" in {tag["name"] for tag in found["tags"]}
    assert {"key": "thema", "value": "Verwaltung"} in found["extras"]
    assert found["url"] == "https://statistik.example/"
    assert resource(released, "sessions", "sessions")["ampel"] == "grün"
    assert views(released, "sessions") == before


def test_views_that_were_deleted(either: CkanPlace) -> None:
    """A loader makes the first one again when it loads a changed file; nobody else does."""
    either.release()
    api, table = colleague(either), resource(either, "sessions", "sessions")
    before = api.read("resource_view_list", {"id": table["id"]})
    for item in before:
        api.call("resource_view_delete", {"id": item["id"]})
    assert not publish_again(either)
    either.edit("sessions", ",held,42", ",held,43")
    either.release(TUESDAY)
    check_whole(either)
    kinds = [item["view_type"] for item in before] if either.site == "city" else []
    assert [kind for kind, _ in views(either, "sessions")] == kinds


def test_what_was_made_private_comes_back_with_what_is_theirs(released: CkanPlace) -> None:
    add_file(released)
    before = addresses(released)
    api, match = colleague(released), {"name": name_of(released, "sessions")}
    api.call("package_revise", {"match": match, "update": {"private": True}})
    with pytest.raises(Refusal):
        dataset(released, "sessions")
    assert put_right(released).changes
    assert addresses(released) == before
    assert "Plakat" in {item["name"] for item in dataset(released, "sessions")["resources"]}


def test_another_organisation_gets_the_dataset(released: CkanPlace) -> None:
    """The account may not change it any more; nothing is lost, and back all is well."""
    admin, name = released.instance.api("admin"), name_of(released, "sessions")
    other = f"amt-{released.prefix}"
    admin.call("organization_create", {"name": other, "title": "Amt für Statistik"})
    move = partial(_move, admin, name)
    before = released.seen()
    move(other)
    assert released.seen() == before
    released.edit("sessions", ",held,42", ",held,43")
    with pytest.raises(Problem) as caught:
        released.release(TUESDAY)
    said, ours = caught.value.text("en"), released.instance.organization
    assert f"{name} belongs to the organisation {other} now, not to {ours}." in said
    assert f"ask for the role of an editor of {other}" in said
    assert released.seen() == before
    move(released.instance.organization)
    plan, _ = released.release(TUESDAY)
    assert versions(plan)["sessions"] == "1.0.1"
    check_whole(released)


def _move(admin: Api, name: str, organization: str) -> None:
    """As the form of the dataset does it."""
    admin.call("package_patch", {"id": name, "owner_org": organization})
