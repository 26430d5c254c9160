"""What editors, admins and other programs do with a dataset of ours on a CKAN."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from div_opendata.publish.portal.ckan.answers import Refusal
from div_opendata.publish.portal.ckan.api import Api
from support.ckan import Facts, show
from support.places import CkanPlace


@dataclass
class Others:
    """Whoever else works on a portal, and what they have made there.

    Each deed finds a dataset and its table by their ids, whatever they are named.
    """

    place: CkanPlace
    ids: dict[str, str]
    """Of our datasets."""
    tables: dict[str, str]
    """The ids of the resource with the table of each dataset."""
    theirs: set[str] = field(default_factory=set)
    """The ids of resources that they have made."""
    old: dict[str, Facts] = field(default_factory=dict)
    """The datasets as they have read them once."""

    @property
    def colleague(self) -> Api:
        """An editor of the organisation."""
        return self.place.instance.api("colleague", self.place.site)

    @property
    def admin(self) -> Api:
        """Somebody who runs the portal."""
        return self.place.instance.api("admin", self.place.site)

    def found(self, package: str) -> Facts:
        """A dataset as an editor sees it."""
        return show(self.colleague, self.ids[package])

    def table(self, package: str) -> Facts | None:
        """The resource with the table of a dataset, where it is there."""
        resources = self.found(package)["resources"]
        return next((item for item in resources if item["id"] == self.tables[package]), None)


Deed = Callable[[Others, str], object]


def renames_title(others: Others, package: str) -> None:
    """A title that somebody likes better."""
    others.colleague.call("package_patch", {"id": others.ids[package], "title": "Schöner"})


def saves_form(others: Others, package: str) -> None:
    """The form of a resource, which drops the keys that it does not know."""
    if table := others.table(package):
        form = {key: table[key] for key in ("id", "name", "format", "url")}
        others.colleague.call("resource_update", {**form, "description": "Von Hand"})


def patches_ids(others: Others, package: str) -> None:
    """A program that sends nothing of the resources but their ids."""
    ids = [{"id": item["id"]} for item in others.found(package)["resources"]]
    others.colleague.call("package_patch", {"id": others.ids[package], "resources": ids})


def reads(others: Others, package: str) -> None:
    """A program keeps what it has read."""
    others.old[package] = others.found(package)


def writes_back(others: Others, package: str) -> None:
    """And writes it back later."""
    if package in others.old:
        others.colleague.call("package_update", others.old[package])


def renames(others: Others, package: str) -> None:
    """Another name, and with it another address."""
    name = f"{others.place.prefix}-neu-{package}"
    others.colleague.call("package_patch", {"id": others.ids[package], "name": name})


def hides(others: Others, package: str) -> None:
    """Nobody but the organisation sees it."""
    others.colleague.call("package_patch", {"id": others.ids[package], "private": True})


def throws_away(others: Others, package: str) -> None:
    """Into the trash."""
    others.colleague.call("package_delete", {"id": others.ids[package]})


def groups(others: Others, package: str) -> None:
    """Into a group that the office's account is no member of."""
    name = f"gruppe-{others.place.prefix}"
    with suppress(Refusal):  # it is there
        others.admin.call("group_create", {"name": name})
    member = {"id": name, "object": others.ids[package], "object_type": "package"}
    others.admin.call("member_create", {**member, "capacity": "public"})


def explains_column(others: Others, package: str) -> None:
    """Another label in the data dictionary; the types that the loader goes by are lost with it."""
    if (table := others.table(package)) and table["datastore_active"]:
        answer = others.colleague.call("datastore_search", {"resource_id": table["id"], "limit": 0})
        fields: list[dict[str, Any]] = [
            {"id": item["id"], "type": item["type"], "info": {"label": "Spalte"}}
            for item in answer["fields"]
            if item["id"] != "_id"
        ]
        change = {"resource_id": table["id"], "force": True, "fields": fields}
        others.colleague.call("datastore_create", change)


def deletes_rows(others: Others, package: str) -> None:
    """All rows of the table."""
    if (table := others.table(package)) and table["datastore_active"]:
        change = {"resource_id": table["id"], "force": True, "filters": {}}
        others.colleague.call("datastore_records_delete", change)


def deletes_resource(others: Others, package: str) -> None:
    """The resource of the table."""
    if table := others.table(package):
        others.colleague.call("resource_delete", {"id": table["id"]})


def copies(others: Others, package: str) -> None:
    """The table once more, as a file of their own."""
    if table := others.table(package):
        content = others.place.stranger.session.get(table["url"], timeout=60)
        if content.ok:
            api = others.colleague
            made = api.session.post(
                api.action("resource_create"),
                data={"package_id": others.ids[package], "name": "Kopie", "format": "CSV"},
                files={"upload": ("kopie.csv", content.content)},
                headers={"Authorization": others.place.instance.tokens["colleague"]},
                timeout=60,
            )
            others.theirs.add(made.json()["result"]["id"])


def turns_round(others: Others, package: str) -> None:
    """The order of the files."""
    order = [item["id"] for item in others.found(package)["resources"]][::-1]
    change = {"id": others.ids[package], "order": order}
    others.colleague.call("package_resource_reorder", change)


def adds(others: Others, package: str) -> None:
    """A tag and an extra."""
    change = {
        "match": {"id": others.ids[package]},
        "update__tags__extend": [{"name": "eigenes"}],
        "update__extras__extend": [{"key": "thema", "value": "Verwaltung"}],
    }
    try:
        others.colleague.call("package_revise", change)
    except Refusal as refusal:  # the extra is there, or the group is none of theirs
        if not refusal.forbidden and refusal.status != 409:
            raise


DEEDS: tuple[Deed, ...] = (
    *(renames_title, saves_form, patches_ids, reads, writes_back, renames, hides, throws_away),
    *(groups, explains_column, deletes_rows, deletes_resource, copies, turns_round, adds),
)
