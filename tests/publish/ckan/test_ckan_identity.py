"""Whose a dataset is: it is found under another name, in others' groups, with its files and keys
taken away, and by another address of the portal. Nothing of ours is ever there twice."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.dataset import resource_id
from div_opendata.publish.publisher import Publisher
from div_opendata.publish.withdraw import carry_out
from div_opendata.publish.withdrawal import Request, find
from div_opendata.workspace.settings import Workspace, open_workspace
from support.ckan import (
    Facts,
    addresses,
    dataset,
    make_place,
    name_of,
    named,
    publish_again,
    resource,
)
from support.places import TUESDAY, CkanPlace
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace

pytestmark = [pytest.mark.ckan, pytest.mark.slow]


@pytest.fixture(params=["2.12", "2.11"])
def released(request: pytest.FixtureRequest, make_workspace: MakeWorkspace) -> CkanPlace:
    """Published for the first time, to both versions of CKAN, without a loader."""
    instance: Instance = request.getfixturevalue("ckan" if request.param == "2.12" else "ckan211")
    place = make_place(instance, make_workspace)
    place.release()
    return place


def group(place: CkanPlace, name: str, *members: str) -> str:
    """A group of the portal, with people in it."""
    admin = place.instance.api("admin")
    made = f"{place.prefix}-{name}"
    admin.call("group_create", {"name": made})
    for person in members:
        admin.call("group_member_create", {"id": made, "username": person, "role": "member"})
    return made


def put_into(place: CkanPlace, group: str, *packages: str) -> None:
    for package in packages:
        member = {"id": group, "object": name_of(place, package), "object_type": "package"}
        place.instance.api("admin").call("member_create", {**member, "capacity": "public"})


def groups(place: CkanPlace, package: str) -> set[str]:
    return {item["name"] for item in dataset(place, package)["groups"]}


def configure(place: CkanPlace, text: str) -> None:
    """Add a line to the portal in the configuration, which stands last in it."""
    with (place.root / "div-opendata.toml").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def elsewhere(place: CkanPlace) -> None:
    """The portal gets another address."""
    path = place.root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    assert "//127.0.0.1" in text
    path.write_text(text.replace("//127.0.0.1", "//localhost"), encoding="utf-8")


def forget(place: CkanPlace) -> None:
    """Another computer: nothing is known here of what was published."""
    (place.workspace.internal / "portals/city/ids.json").unlink()


def withdraw(place: CkanPlace, publisher: Publisher | None = None) -> None:
    """Withdraw the sessions: nobody gets a row any more, and all else is verified."""
    publisher = publisher or place.publisher()
    withdrawal = find(publisher, Request(resource="sessions"))
    checks = carry_out(publisher, withdrawal, TUESDAY, "test", lambda *_: None)
    assert [check.name for check in checks if not check.passed] == []
    table = resource(place, "sessions", "sessions")
    assert len(place.stranger.session.get(table["url"]).content.splitlines()) == 1
    query = {"resource_id": table["id"], "limit": 0}
    assert place.stranger.call("datastore_search", query)["total"] == 0


def stored(place: CkanPlace, identity: str) -> Path:
    """Where the portal keeps a resource's file."""
    return place.instance.storage / "resources" / identity[:3] / identity[3:6] / identity[6:]


def stale(plan: Plan) -> dict[str, tuple[str, str]]:
    return {change.name: (change.old, change.new) for change in plan.stale}


def test_a_group_of_others_stops_nothing(released: CkanPlace) -> None:
    """`group`: datasets stay in the groups of others, and in those of the account."""
    ours, theirs = group(released, "ours", "office"), group(released, "theirs")
    put_into(released, ours, "sessions")
    put_into(released, theirs, "sessions", "")
    before = addresses(released)
    released.edit("sessions", ",held,42", ",held,43")
    released.release(TUESDAY)
    assert released.seen() == released.expected()
    withdraw(released)
    assert groups(released, "sessions") == {ours, theirs}
    assert groups(released, "") == {theirs}
    assert groups(released, "visions") == set()
    assert addresses(released) == before


def test_a_hidden_dataset_in_a_group_of_others_is_emptied(place: CkanPlace) -> None:
    place.release()
    put_into(place, theirs := group(place, "theirs"), "sessions")
    change = {"id": dataset(place, "sessions")["id"], "private": True}
    place.instance.api("admin").call("package_patch", change)
    publisher = place.publisher()
    withdrawal = find(publisher, Request(resource="sessions"))
    assert list(withdrawal.earlier) == ["sessions/sessions.csv"]
    carry_out(publisher, withdrawal, TUESDAY, "test", lambda *_: None)
    hidden = dataset(place, "sessions", "office")
    file = stored(place, named(hidden)["sessions"]["id"])
    assert file.read_bytes() == b""
    assert {item["name"] for item in hidden["groups"]} == {theirs}


def test_configured_groups(place: CkanPlace) -> None:
    """They are set, put back, and kept; one that the account may not use is said with what to do,
    before anything is made."""
    name = group(place, "wanted")
    configure(place, f'groups = ["{name}"]')
    with pytest.raises(Problem, match=f"The account is no member of {name}") as caught:
        place.release()
    assert "take the group out of groups in the configuration" in caught.value.text("en")
    assert place.state() == []
    admin = place.instance.api("admin")
    member = {"id": name, "username": "office", "role": "member"}
    admin.call("group_member_create", member)
    place.release()
    assert {frozenset(groups(place, package)) for package in ("sessions", "visions", "")} == {
        frozenset({name})
    }
    out = {"id": name, "object": name_of(place, "sessions"), "object_type": "package"}
    admin.call("member_delete", out)
    plan, _ = place.release(TUESDAY)
    assert stale(plan) == {f"{name_of(place, 'sessions')}: groups": ("", name)}
    assert groups(place, "sessions") == {name}
    assert not publish_again(place)
    admin.call("member_delete", out)
    admin.call("group_member_delete", {"id": name, "username": "office"})
    told: list[Message] = []

    def opened(workspace: Workspace) -> Publisher:
        return place.instance.open(workspace, tell=told.append)

    withdraw(place, opened(open_workspace(place.root)))
    assert [f"no member of {name}" in message.text("en") for message in told] == [True]
    assert groups(place, "") == {name}


@pytest.mark.parametrize("known", [True, False])
def test_a_renamed_dataset_gets_its_name_back(place: CkanPlace, known: bool) -> None:
    """`rename`: known by the ids that are kept here, on another computer by a file's."""
    place.release()
    before, name = addresses(place), name_of(place, "sessions")
    rename = {"id": name, "name": f"{place.prefix}-umbenannt"}
    place.instance.api("colleague").call("package_patch", rename)
    if not known:
        forget(place)
    assert place.failed() == {f"{name}: name"}
    if known:
        plan, _ = place.release(TUESDAY)
        assert stale(plan) == {f"{name}: name": (rename["name"], name)}
    else:
        withdraw(place)
    assert addresses(place) == before
    assert place.failed() == set()
    assert place.seen() == place.expected()


def test_a_renamed_dataset_whose_name_is_taken(released: CkanPlace) -> None:
    """`rename`: it goes on under the name that it has, in all that readers are told, too."""
    name, other = name_of(released, "sessions"), f"{released.prefix}-umbenannt"
    before = addresses(released)
    colleague = released.instance.api("colleague")
    colleague.call("package_patch", {"id": name, "name": other})
    made = {"name": name, "owner_org": released.instance.organization, "title": "Meins"}
    theirs = colleague.call("package_create", made)
    told: list[Message] = []
    publisher = released.instance.open(open_workspace(released.root), tell=told.append)
    released.edit("sessions", ",held,42", ",held,43")
    released.release(TUESDAY, publisher)
    assert [f"{name} is called {other} now" in message.text("en") for message in told] == [True]
    here: Facts = dataset(released, other.removeprefix(f"{released.prefix}-"))
    assert (here["name"], {item["id"] for item in here["resources"]}) == (
        other,
        {identity for identity, _ in before[here["id"]].values()},
    )
    described = next(r["url"] for r in here["resources"] if r["resource_name"] == "datapackage")
    for entry in released.stranger.session.get(described).json()["resources"]:
        assert f"/dataset/{other}/" in entry["path"]
        assert released.stranger.session.get(entry["path"]).status_code == 200
    assert dataset(released, "sessions") == theirs
    assert released.failed() == set()


def test_a_renamed_dataset_that_nothing_tells(place: CkanPlace) -> None:
    """`rename`, on another computer, and the file is gone by which it would be known: the others
    are there and cannot be made again. It is said where, and what to do helps."""
    place.release()
    before, name = addresses(place), name_of(place, "sessions")
    described = resource(place, "sessions", "datapackage")["id"]
    colleague, other = place.instance.api("colleague"), f"{place.prefix}-umbenannt"
    colleague.call("package_patch", {"id": name, "name": other})
    colleague.call("resource_delete", {"id": described})
    forget(place)
    with pytest.raises(Problem) as refused:
        place.release(TUESDAY)
    url = f"{place.instance.plain.rstrip('/')}/dataset/{other}"
    assert refused.value.message.text("en") == f"{name}: its files are in the dataset {url}."
    with pytest.raises(Refusal) as missing:
        place.instance.api("admin").read("package_show", {"id": name})
    assert missing.value.missing
    colleague.call("package_patch", {"id": other, "name": name})
    place.release(TUESDAY)
    assert addresses(place) == before
    assert place.failed() == set()


def test_another_prefix_makes_no_second_dataset(place: CkanPlace) -> None:
    place.release()
    before = place.state()
    path = place.root / "div-opendata.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'prefix = "{place.prefix}"', 'prefix = "anders"'), "utf-8")
    told: list[Message] = []
    publisher = place.instance.open(open_workspace(place.root), tell=told.append)
    plan, _ = place.release(TUESDAY, publisher)
    assert not plan.changes
    assert place.state() == before
    assert len([m for m in told if "Put prefix back as it was" in m.text("en")]) == 3


@pytest.mark.parametrize("known", [True, False])
def test_another_address_and_a_saved_form(place: CkanPlace, known: bool) -> None:
    """`moved`: the form has taken the key that says which file it is, and the address of the portal
    would give another id."""
    place.release()
    before, table = addresses(place), resource(place, "sessions", "sessions")
    form = {key: table[key] for key in ("id", "name", "format", "url")}
    place.instance.api("colleague").call("resource_update", {**form, "description": "Von Hand"})
    elsewhere(place)
    if not known:
        forget(place)
    place.release(TUESDAY)
    assert addresses(place) == before
    assert place.seen() == place.expected()
    assert place.failed() == set()


def second(place: CkanPlace, content: Path) -> Facts:
    """A second resource, as an earlier version made it after `moved`: by another address, with the
    keys that the first has lost."""
    table = resource(place, "sessions", "sessions")
    form = {key: table[key] for key in ("id", "name", "format", "url")}
    api = place.instance.api("office")
    api.call("resource_update", form)
    address = place.instance.url().replace("127.0.0.1", "localhost") + "/"
    made = resource_id(place.workspace, address, name_of(place, "sessions"), "sessions")
    assert uuid.UUID(made).version == 5
    kept = {key: table[key] for key in ("name", "format", "resource_name", "sha256")}
    answer = api.session.post(
        api.action("resource_create"),
        data={**kept, "id": made, "package_id": table["package_id"]},
        files={"upload": ("sessions.csv", content.read_bytes())},
        headers={"Authorization": place.instance.tokens["office"]},
    )
    found: Facts = answer.json()["result"]
    return found


def test_a_second_resource_of_ours_goes(place: CkanPlace, tmp_path: Path) -> None:
    """`moved`, as an earlier version left it: readers get both, and the first has a leak."""
    place.release()
    before = addresses(place)
    kept = tmp_path / "sessions.csv"
    kept.write_bytes(place.path("sessions/sessions.csv").read_bytes())
    double = second(place, kept)
    elsewhere(place)
    forget(place)
    name = name_of(place, "sessions")
    assert f"{name}: second sessions.csv" in place.failed()
    file = stored(place, double["id"])
    assert file.read_bytes() == kept.read_bytes()
    withdraw(place)
    assert addresses(place) == before
    assert not file.exists() or file.read_bytes() == b""
    assert place.stranger.session.get(double["url"]).status_code == 404
    assert place.failed() == set()


def test_a_dataset_that_a_script_has_emptied(place: CkanPlace) -> None:
    """Nothing in it says that it is ours any more, but its id is known."""
    place.release()
    before = addresses(place)
    found = dataset(place, "sessions")
    bare = {key: found[key] for key in ("id", "name", "title", "owner_org")}
    empty = {**bare, "resources": [], "extras": [{"key": "thema", "value": "Verwaltung"}]}
    place.instance.api("colleague").call("package_update", empty)
    left = dataset(place, "sessions")
    assert (left["resources"], left["extras"]) == ([], empty["extras"])
    place.release(TUESDAY)
    assert addresses(place) == before
    assert place.seen() == place.expected()
    assert place.failed() == set()


CONTRIBUTOR = "http://dcat-ap.de/def/contributors/musterstadt"


def extras(place: CkanPlace, package: str) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in dataset(place, package)["extras"]}


def test_what_others_set_stays_where_ours_is_empty(place: CkanPlace) -> None:
    """`contributor`, and every key of ours that has no value; what was ours goes with its value."""
    place.release()
    colleague = place.instance.api("colleague")
    theirs = {"contributorID": f'["{CONTRIBUTOR}"]', "spatial_text": "Musterstadt"}
    found = dataset(place, "sessions")
    more = [{"key": key, "value": value} for key, value in theirs.items()]
    colleague.call("package_patch", {"id": found["id"], "extras": [*found["extras"], *more]})
    codes = resource(place, "sessions", "codes")
    assert not codes.get("conforms_to")
    colleague.call("resource_patch", {"id": codes["id"], "conforms_to": "https://norm.example/"})
    assert not publish_again(place)
    place.edit("sessions", ",held,42", ",held,43")
    place.release(TUESDAY)
    assert theirs.items() <= extras(place, "sessions").items()
    assert resource(place, "sessions", "codes")["conforms_to"] == "https://norm.example/"
    assert not publish_again(place)
