"""What others have put into our datasets on a CKAN is looked at, named, and not touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from div_opendata.base.disk import writing
from div_opendata.publish.portal.ckan.transport import Upload
from support.places import CkanPlace
from support.real_ckan import Instance
from support.withdrawing import FILE, Div, leak, on_ckan
from support.workspaces import MakeWorkspace

pytestmark = [pytest.mark.slow, pytest.mark.ckan]


@pytest.fixture(params=["2.12", "2.11"])
def place(
    request: pytest.FixtureRequest, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> CkanPlace:
    """A CKAN without a loader, of both versions."""
    instance: Instance = request.getfixturevalue("ckan211" if request.param == "2.11" else "ckan")
    return on_ckan(instance, "plain", make_workspace, monkeypatch)


def add(place: CkanPlace, folder: Path, name: str, content: bytes = b"", **facts: str) -> str:
    """A colleague's resource in the dataset of the visions: its id."""
    dataset, api = f"{place.prefix}-visions", place.instance.api("colleague")
    made = api.call("resource_create", {"package_id": dataset, "name": name, "url": "x", **facts})
    if content:
        with writing(folder / f"{name}.csv") as stream:
            stream.write(content)
        upload = Upload(f"update__resources__{made['id']}__upload", folder / f"{name}.csv")
        api.call("package_revise", {"match": {"name": dataset}}, (upload,))
    return str(made["id"])


def test_copies_of_others(place: CkanPlace, name: str, div: Div, tmp_path: Path) -> None:
    """`copy` of the faults: an editor's own copy of a file, as it is or in another shape; what is
    none, and what leads elsewhere."""
    leak(place, name)
    place.release()
    leaked = place.seen()[FILE]
    own = next(r for r, path in place._resources() if path == FILE)
    turned = f"text;id\nAlle zehn Minuten, auch abends, sagt {name}.;vision-bus\n".encode()
    ids = {
        "Kopie": add(place, tmp_path, "Kopie", leaked, format="CSV"),
        "Auszug": add(place, tmp_path, "Auszug", turned),
        "Karte": add(place, tmp_path, "Karte", b"id,ort\nvision-bus,Jahnplatz\n"),
        "Verweis": add(place, tmp_path, "Verweis", url=own["url"]),
        "Anderswo": add(place, tmp_path, "Anderswo", url="https://elsewhere.example/x.csv"),
        "Tabelle": add(place, tmp_path, "Tabelle", b"leer\n"),
    }
    kopie = place.stranger.read("package_show", {"id": f"{place.prefix}-visions"})
    kept = next(r for r in kopie["resources"] if r["id"] == ids["Kopie"])
    ids["Hierher"] = add(place, tmp_path, "Hierher", url=kept["url"])
    rows: dict[str, Any] = {
        "resource_id": ids["Tabelle"],
        "force": True,
        "fields": [{"id": "kennung", "type": "text"}, {"id": "text", "type": "text"}],
        "records": [
            {"kennung": "vision-bus", "text": f"Alle zehn Minuten, auch abends, sagt {name}."}
        ],
    }
    place.instance.api("colleague").call("datastore_create", rows)
    home = f"{place.instance.url()}/dataset/{place.prefix}-visions/resource/"
    named = {what for what in ids if what not in {"Karte", "Verweis"}}

    status, plan, _ = div("withdraw", place.root, "--resource", "visions", "--dry-run")
    assert status == 0
    assert {what for what in ids if f"“{what}”" in plan} == named
    status, out, err = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert status == 1
    assert "Not all of it is gone" in err
    assert "Verified: " in out
    told = [line for line in out.partition("[ ]")[2].splitlines() if "“" in line]
    assert len(told) == len(named)
    for what in named - {"Anderswo"}:
        (line,) = (one for one in told if f"“{what}”" in one)
        assert "has what was withdrawn" in line
        assert f"{home}{ids[what]}" in line
    assert "a link that leads elsewhere: https://elsewhere.example/x.csv" in out
    assert place.stranger.session.get(kept["url"]).content == leaked
    assert place.failed() == set()

    api = place.instance.api("colleague")
    api.call("resource_delete", {"id": ids["Tabelle"]})
    status, out, err = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert (status, "Not all" in err) == (1, True)  # known again by their bytes
    assert {what for what in ids if f"“{what}”" in out} == named - {"Tabelle"}
    for what in ("Kopie", "Auszug", "Hierher"):
        api.call("resource_delete", {"id": ids[what]})
    status, out, err = div("withdraw", place.root, "--resource", "visions", "--yes")
    assert (status, "Not all" in err) == (0, False)
    assert "“Anderswo” is a link" in out
