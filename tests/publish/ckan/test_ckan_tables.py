"""The tables of the DataStore: never empty in public, right after whatever happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from div_opendata.base.i18n import Message
from div_opendata.publish.portal.ckan.steps import tail
from support.ckan import (
    Facts,
    addresses,
    check_sessions,
    make_place,
    name_of,
    publish,
    rebuild,
    resource,
    table_rows,
)
from support.places import MONDAY, TUESDAY, CkanPlace, actions, versions
from support.real_ckan import Instance
from support.workspaces import MakeWorkspace

EMPTIED_BY_LOADER = {0}
"""xloader itself empties a table for a moment, for each new file: it commits its TRUNCATE before
its COPY."""


@contextmanager
def watched(place: CkanPlace, identity: str) -> Iterator[list[int]]:
    """The number of rows that a stranger finds in a table, again and again.

    Without the total: it comes from a second connection in CKAN 2.12, and a loader that comes in
    between makes both wait for ever.
    """
    stranger = place.instance.api(None, place.site)
    query = {"resource_id": identity, "include_total": False}
    found: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            found.append(len(stranger.call("datastore_search", query)["records"]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def test_a_changed_schema_never_empties_a_public_table(either: CkanPlace) -> None:
    """Another dictionary, another type, a new column, one that is gone: at every moment there are
    rows, and in the end they are right."""
    either.release()
    before = addresses(either)
    identity = resource(either, "sessions", "sessions")["id"]

    def field(schema: Facts, name: str) -> Facts:
        found: Facts = next(item for item in schema["fields"] if item["name"] == name)
        return found

    def dictionary(schema: Facts, _rows: list[list[str]]) -> None:
        field(schema, "name")["description"] = "Ganz anders beschrieben."
        field(schema, "name")["translations"]["en"]["description"] = "Described anew."

    def kind(schema: Facts, _rows: list[list[str]]) -> None:
        field(schema, "participant_count")["type"] = "string"

    def new(schema: Facts, rows: list[list[str]]) -> None:
        schema["fields"].insert(2, {**field(schema, "name"), "name": "subtitle"})
        for number, row in enumerate(rows):
            row.insert(2, str(number) if number else "subtitle")

    def gone(schema: Facts, rows: list[list[str]]) -> None:
        place = [item["name"] for item in schema["fields"]].index("location")
        del schema["fields"][place]
        for row in rows:
            del row[place]

    for change in (dictionary, kind, new, gone):
        rebuild(either, change)
        with watched(either, identity) as rows:
            plan, _ = publish(either)
        assert actions(plan)["sessions"] == "update"
        loaded = either.site == "city" and change in {new, gone}
        assert set(rows) - (EMPTIED_BY_LOADER if loaded else set()) == {2}, change.__name__
        check_sessions(either)
        assert addresses(either) == before
        assert either.failed() == set()


def test_rows_of_a_public_table_change_without_emptying_it(either: CkanPlace) -> None:
    """A row is changed, one is new, one is gone; blanks around a text and its lines stay."""
    either.release()
    identity = resource(either, "sessions", "sessions")["id"]
    names = {"session-2026-1": "  mit Rand\t ", "session-2026-3": "zwei\nZeilen"}

    def change(_schema: Facts, rows: list[list[str]]) -> None:
        rows[2][0] = "session-2026-3"
        for row in rows[1:]:
            row[1] = names[row[0]]

    rebuild(either, change)
    with watched(either, identity) as rows:
        publish(either)
    assert set(rows) - (EMPTIED_BY_LOADER if either.site == "city" else set()) <= {2, 3}
    check_sessions(either)
    found = {row["id"]: row["name"] for row in table_rows(either.stranger, identity)}
    assert found == names


def test_a_table_that_somebody_deleted_comes_back(either: CkanPlace) -> None:
    either.release()
    identity = resource(either, "sessions", "sessions")["id"]
    colleague = either.instance.api("colleague")
    colleague.call("datastore_delete", {"resource_id": identity, "force": True})
    assert {name for name in either.failed() if "DataStore" in name} != set()
    plan, _ = either.release(TUESDAY)
    assert [change.name for change in plan.stale] == [
        f"{name_of(either, 'sessions')}: DataStore sessions"
    ]
    assert set(versions(plan).values()) == {"1.0.0"}
    check_sessions(either)
    assert either.failed() == set()


def test_a_table_that_somebody_changed_is_found_and_mended(place: CkanPlace) -> None:
    place.release()
    identity = resource(place, "sessions", "sessions")["id"]
    filters = {"id": "session-2026-2"}
    place.instance.api("colleague").call(
        "datastore_delete", {"resource_id": identity, "force": True, "filters": filters}
    )
    assert place.failed() == {"sessions/sessions (DataStore, rows)"}
    place.release(TUESDAY)
    check_sessions(place)
    assert place.failed() == set()


def test_a_loader_that_stands_still_stops_nothing(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are published, somebody is told, `verify` tells too, and later all is well."""
    monkeypatch.setattr(tail, "LOADER_LOOKS", 3)
    place = make_place(ckan, make_workspace, "city")
    told: list[Message] = []
    ckan.stop("worker")
    try:
        place.release(MONDAY, ckan.open(place.workspace, tell=told.append))
        texts = [message.text("en") for message in told]
        assert [text for text in texts if "has not loaded" in text] == texts
        assert [text for text in texts if "sessions" in text and name_of(place, "sessions") in text]
        assert place.seen() == place.expected()
        assert place.failed() == {
            *("sessions/sessions (DataStore, rows)", "visions/visions (DataStore, rows)"),
        }
    finally:
        ckan.start("worker")
    deadline = time.monotonic() + 60
    while place.failed() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert place.failed() == set()
    check_sessions(place)
