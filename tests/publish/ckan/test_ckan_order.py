"""In which order a CKAN is changed, and that ids and addresses stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from div_opendata.assemble.packages import assemble
from div_opendata.base.files import sha256
from div_opendata.publish.portal.ckan.steps import upload
from support.ckan import (
    addresses,
    api_of,
    dataset,
    name_of,
    named,
    publish,
    publish_again,
    released,
    write_descriptor,
)
from support.places import MONDAY, TUESDAY, CkanPlace, actions
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace, ckan_files, examine


def test_nothing_is_public_before_all_of_it_is_verified(
    place: CkanPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then it becomes public in the order of publishing; nothing is sent any more."""
    publisher = place.publisher()
    api = api_of(publisher)
    seen: list[list[str]] = []
    complete: list[dict[str, bytes]] = []
    original = api.call

    def call(action: str, data: Mapping[str, Any], uploads: Any = (), *rest: Any) -> Any:
        assert not uploads or seen in ([], [[]])
        answer = original(action, data, uploads, *rest)
        names = [name for name in place.stranger.call("package_list", {}) if place._is_mine(name)]
        if not seen or seen[-1] != names:
            seen.append(names)
        if names:
            complete.append(place.seen())
        return answer

    monkeypatch.setattr(api, "call", call)
    place.release(MONDAY, publisher)
    sessions, visions, bundle = (name_of(place, package) for package in ("sessions", "visions", ""))
    assert seen == [
        *([], [sessions], sorted([sessions, visions]), sorted([sessions, visions, bundle])),
    ]
    expected = place.expected()
    for files in complete:
        assert files == {name: expected[name] for name in files}
    assert place.seen() == expected


def test_files_go_up_in_batches_and_the_descriptor_last(
    place: CkanPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "BATCH", 1)
    publisher = place.publisher()
    api = api_of(publisher)
    sent: list[list[str]] = []
    original = api.call

    def call(action: str, data: Mapping[str, Any], uploads: Any = (), *rest: Any) -> Any:
        if action == "package_revise":
            sent.append([upload.path.name for upload in uploads])
        return original(action, data, uploads, *rest)

    monkeypatch.setattr(api, "call", call)
    place.release(MONDAY, publisher)
    assert sent == [
        *(["sessions.csv"], ["priorities.csv"], ["codes.csv"], ["datapackage.json"]),
        *(["visions.csv"], ["codes.csv"], ["datapackage.json"]),
        *(["div.zip"], ["datapackage.json"]),
        *([], [], []),  # public
    ]
    assert place.seen() == place.expected()
    assert place.failed() == set()


def test_a_new_file_is_put_in_its_place_and_one_that_is_gone_stays(place: CkanPlace) -> None:
    place.release()
    before = dataset(place, "sessions")
    home = place.workspace.build / "sessions"
    descriptor = json.loads((home / "datapackage.json").read_bytes())
    text = b"1\n2\n"
    (home / "pool-x.txt").write_bytes(text)
    extra = {
        "name": "pool-x",
        "path": "pool-x.txt",
        "title": "Lose",
        "description": "Die Lose.",
        "format": "txt",
        "mediatype": "text/plain",
        "bytes": len(text),
        "hash": f"sha256:{sha256(home / 'pool-x.txt')}",
    }
    descriptor["resources"].insert(2, extra)
    write_descriptor(home, descriptor)
    plan, _ = publish(place)
    assert plan.datasets[0].resources["pool-x"] == "create"
    after = dataset(place, "sessions")
    assert [item["resource_name"] for item in after["resources"]] == [
        *("sessions", "priorities", "pool-x", "codes", "datapackage"),
    ]
    assert place.seen()["sessions/pool-x.txt"] == text
    ids = {name: item["id"] for name, item in named(before).items()}
    assert {name: item["id"] for name, item in named(after).items()}.items() >= ids.items()
    assert not publish_again(place)

    descriptor["resources"].remove(extra)
    write_descriptor(home, descriptor)
    (home / "pool-x.txt").unlink()
    publish(place)
    assert place.seen()["sessions/pool-x.txt"] == text
    assert place.failed() == set()
    assert not publish_again(place)


def test_ids_and_addresses_stay(place: CkanPlace) -> None:
    place.release()
    before = addresses(place)
    for old, new in ((",held,42", ",held,43"), ("2026-2,", "2026-3,"), (",held,43", ",held,44")):
        place.edit("sessions", old, new)
        place.release(TUESDAY)
        assert addresses(place) == before


def test_a_second_portal_has_ids_of_its_own(ckan: Instance, make_workspace: MakeWorkspace) -> None:
    """The identifiers are the same on both."""
    prefixes = [ckan.prefix(), ckan.prefix()]
    files = dict(ckan_files(ckan, prefix=prefixes[0]))
    second = ckan.portal(prefixes[1], "city", "second")
    files["div-opendata.toml"] = f"{files['div-opendata.toml']!s}{second}"
    workspace = make_workspace(files)
    records, _ = examine(workspace)
    assemble(records, workspace)
    places = []
    for prefix, site, portal in zip(prefixes, ("plain", "city"), ("city", "second"), strict=True):
        place = CkanPlace(workspace, ckan, prefix, site)  # type: ignore[arg-type]
        publish(place, ckan.open(workspace, name=portal))
        places.append(place)
    ids = [{r[0] for item in addresses(place).values() for r in item.values()} for place in places]
    assert len(ids[0]) == len(ids[1]) == 9
    assert not ids[0] & ids[1]
    identifiers = [
        {extra["value"] for item in place._datasets() for extra in item["extras"]}
        for place in places
    ]
    assert identifiers[0] == identifiers[1]
    assert released(places[0]) == released(places[1])


def test_the_ids_of_the_portal_count(place: CkanPlace) -> None:
    """They are made once: under another address of the portal they stay."""
    place.release()
    before = addresses(place)
    path = place.root / "div-opendata.toml"
    text = path.read_text()
    assert "http://127.0.0.1:" in text
    path.write_text(text.replace("http://127.0.0.1:", "http://localhost:"))
    place.edit("sessions", ",held,42", ",held,43")
    plan, _ = place.release(TUESDAY)
    assert {name for name, done in actions(plan).items() if done == "update"} == {"sessions", "div"}
    assert addresses(place) == before
    assert place.seen() == place.expected()
    assert place.failed() == set()
    assert not publish_again(place)
