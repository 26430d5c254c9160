"""What a CKAN shows of a dataset, and a small workspace that publishes there."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from div_opendata.base.files import json_bytes, sha256
from div_opendata.base.verification import Check
from div_opendata.publish.plan import Plan
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.portal.linked import unlinked
from div_opendata.publish.publisher import Publisher
from support.places import TUESDAY, CkanPlace
from support.real_ckan import Instance, Person, Site
from support.workspaces import RECORDS, Files, MakeWorkspace, ckan_files

Facts = dict[str, Any]


def show(api: Api, name: str) -> Facts:
    """A dataset as the account sees it."""
    found: Facts = api.call("package_show", {"id": name})
    return found


def named(dataset: Facts) -> dict[str, Facts]:
    """Our resources of a dataset by the file that each is."""
    resources = dataset["resources"]
    return {item["resource_name"]: item for item in resources if "resource_name" in item}


def expected_value(text: str, kind: str) -> object:
    """What the DataStore must answer for a cell of the CSV, by the type in the descriptor."""
    if not text:
        return None
    if kind == "integer":
        return int(text)
    return text == "true" if kind == "boolean" else text


def csv_rows(path: Path, fields: list[Facts]) -> list[Facts]:
    kinds = {field["name"]: field["type"] for field in fields}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return [{n: expected_value(v, kinds[n]) for n, v in row.items()} for row in rows]


def table_rows(api: Api, identity: str) -> list[Facts]:
    """The rows of a table in the DataStore, in the order of the file."""
    query = {"resource_id": identity, "limit": 32_000}
    found = api.call("datastore_search", query)["records"]
    rows = [{name: row[name] for name in row if name != "_id"} for row in found]
    return sorted(rows, key=lambda row: [str(row[name]) for name in row])


def in_order(rows: list[Facts]) -> list[Facts]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in row])


def column_type(field: Facts) -> str:
    """The type that PostgreSQL has for a field; date-times keep their offset as text."""
    return {"integer": "int8", "date": "date", "boolean": "bool"}.get(field["type"], "text")


def check_table(api: Api, resource: Facts, described: Facts, path: Path) -> None:
    """A table of the DataStore against its CSV and its schema."""
    fields = described["schema"]["fields"]
    answer = api.call("datastore_search", {"resource_id": resource["id"], "limit": 0})
    columns = [column for column in answer["fields"] if column["id"] != "_id"]
    assert [(column["id"], column["type"]) for column in columns] == [
        (field["name"], column_type(field)) for field in fields
    ]
    for column, field in zip(columns, fields, strict=True):
        english = field["translations"]["en"]
        assert column["info"]["label"] == field["title"]
        for text in (field["description"], english["title"], english["description"]):
            assert text in column["info"]["notes"]
    rows = csv_rows(path, fields)
    assert answer["total"] == len(rows) == described.get("rows", len(rows))
    assert table_rows(api, resource["id"]) == in_order(rows)
    assert resource["datastore_active"] is True


def released(place: CkanPlace) -> dict[str, bytes]:
    """What strangers get, with descriptors as they were released: without addresses."""
    return {
        name: json_bytes(unlinked(json.loads(content))) if name.endswith(".json") else content
        for name, content in place.seen().items()
    }


def check_tables(api: Api, datasets: Mapping[str, Facts], last: Path) -> int:
    """All tables of all datasets; how many there are."""
    checked = 0
    for package, dataset in datasets.items():
        resources = named(dataset)
        descriptor = json.loads((last / (package or "div") / "datapackage.json").read_bytes())
        for described in descriptor["resources"]:
            name = described["name"]
            if package and described["format"] == "csv":
                path = last / package / described["path"]
                check_table(api, resources[name], described, path)
                checked += 1
        for name in {"datapackage", "div"} & resources.keys():
            assert not resources[name].get("datastore_active")
    return checked


def make_place(
    ckan: Instance, make_workspace: MakeWorkspace, site: Site = "plain", files: Files = RECORDS
) -> CkanPlace:
    prefix = ckan.prefix()
    workspace = make_workspace(ckan_files(ckan, files, prefix, site))
    return CkanPlace(workspace, ckan, prefix, site)


def api_of(publisher: Publisher) -> Api:
    assert isinstance(publisher.portal, Ckan)
    return publisher.portal._site.api


def publish(
    place: CkanPlace, publisher: Publisher | None = None, now: dt.datetime = TUESDAY
) -> tuple[Plan, list[Check]]:
    """Publish what is in build/ as it is."""
    publisher = publisher or place.publisher()
    with publisher.portal.exclusively(), publisher.draft() as folder:
        plan = publisher.plan(place.workspace.build, now, folder)
        checks = publisher.apply(plan, lambda *_: None)
    assert all(check.passed for check in checks)
    return plan, checks


def name_of(place: CkanPlace, package: str) -> str:
    return f"{place.prefix}-{package}" if package else place.prefix


def dataset(place: CkanPlace, package: str, who: Person | None = None) -> Facts:
    return show(place.instance.api(who), name_of(place, package))


def resource(place: CkanPlace, package: str, name: str) -> Facts:
    return named(dataset(place, package))[name]


def described(place: CkanPlace, package: str, name: str) -> Facts:
    """A resource in the descriptor that the portal shows."""
    descriptor = json.loads(place.seen()[f"{package}/datapackage.json"])
    found: Facts = next(r for r in descriptor["resources"] if r["name"] == name)
    return found


def check_sessions(place: CkanPlace) -> None:
    """The table of the sessions against what is in build/."""
    path = place.workspace.build / "sessions/sessions.csv"
    facts = resource(place, "sessions", "sessions")
    check_table(place.stranger, facts, described(place, "sessions", "sessions"), path)


def rebuild(
    place: CkanPlace, change: Callable[[Facts, list[list[str]]], None], table: str = "sessions"
) -> None:
    """Change the schema and the rows of a table in build/, as a newer standard would."""
    home = place.workspace.build / "sessions"
    descriptor = json.loads((home / "datapackage.json").read_bytes())
    entry = next(item for item in descriptor["resources"] if item["name"] == table)
    path = home / entry["path"]
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    change(entry["schema"], rows)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    entry |= {"bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}"}
    entry["rows"] = len(rows) - 1
    write_descriptor(home, descriptor)


def write_descriptor(home: Path, descriptor: Facts) -> None:
    text = json.dumps(descriptor, ensure_ascii=False, indent=2)
    (home / "datapackage.json").write_text(f"{text}\n", encoding="utf-8")


def publish_again(place: CkanPlace) -> bool:
    """Whether there is anything to do for what is in build/."""
    publisher = place.publisher()
    with publisher.draft() as folder:
        return publisher.plan(place.workspace.build, TUESDAY, folder).changes


def addresses(place: CkanPlace) -> dict[str, dict[str, tuple[str, str]]]:
    """Id and address of every resource of ours, by the id of its dataset."""
    return {
        item["id"]: {name: (r["id"], r["url"]) for name, r in named(item).items()}
        for item in place._datasets()
    }
