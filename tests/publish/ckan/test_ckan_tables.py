"""The tables of the DataStore: never empty in public, right after whatever happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from div_opendata.assemble.packages import assemble
from div_opendata.base.i18n import Message
from div_opendata.publish.portal.ckan import datastore
from div_opendata.publish.portal.ckan.steps import tail
from div_opendata.publish.withdrawal import Request
from support.ckan import (
    Facts,
    addresses,
    check_sessions,
    make_place,
    name_of,
    publish,
    publish_again,
    rebuild,
    resource,
    table_rows,
)
from support.places import MONDAY, TUESDAY, CkanPlace, actions, versions
from support.real_ckan import Instance
from support.withdrawing import correct, leak, withdraw
from support.workspaces import MakeWorkspace, examine

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
    assert place.failed() == {
        "sessions/sessions (DataStore, rows)",
        "sessions/sessions (DataStore, rows as in the file)",
    }
    place.release(TUESDAY)
    check_sessions(place)
    assert place.failed() == set()


def test_a_value_that_somebody_changed_is_found_and_mended(place: CkanPlace) -> None:
    """`verify` finds it by itself; a run that has another reason to look does so too."""
    place.release()
    identity = resource(place, "sessions", "sessions")["id"]
    colleague = place.instance.api("colleague")
    row = {"id": "session-2026-2", "name": "Ganz anders"}
    change = {"resource_id": identity, "force": True, "method": "update", "records": [row]}
    stale = [f"{name_of(place, 'sessions')}: DataStore sessions"]
    colleague.call("datastore_upsert", change)
    assert place.failed() == {"sessions/sessions (DataStore, rows as in the file)"}
    plan, _ = place.release(TUESDAY)
    assert [change.name for change in plan.stale] == stale
    check_sessions(place)
    assert place.failed() == set()
    colleague.call("datastore_upsert", change)
    colleague.call(
        "package_patch", {"id": name_of(place, "sessions"), "url": "https://amt.example/"}
    )
    plan, _ = place.release(TUESDAY)
    assert [change.name for change in plan.stale] == stale
    check_sessions(place)
    assert not publish_again(place)


def test_a_label_that_somebody_changed(either: CkanPlace) -> None:
    """The fault `dictionary`: CKAN's form takes the types away with it, and a loader that finds
    none drops the table."""
    either.release()
    name_column = "Bezeichnung"
    identity = resource(either, "sessions", "sessions")["id"]
    colleague = either.instance.api("colleague")
    answer = colleague.call("datastore_search", {"resource_id": identity, "limit": 0})
    fields = [field for field in answer["fields"] if field["id"] != "_id"]
    for field in fields:
        field["info"] = {**field["info"], "type_override": ""}
    fields[1]["info"]["label"] = name_column
    colleague.call("datastore_create", {"resource_id": identity, "force": True, "fields": fields})
    assert either.failed() == {"sessions/sessions (DataStore, dictionary)"}
    (either.workspace.internal / "portals/city/journal.jsonl").unlink()  # as if nobody had looked
    either.edit("sessions", ",held,42", ",held,43")
    with watched(either, identity) as rows:
        either.release(TUESDAY)
    assert set(rows) - (EMPTIED_BY_LOADER if either.site == "city" else set()) == {2}
    check_sessions(either)
    assert either.failed() == set()
    assert not publish_again(either)


@pytest.mark.parametrize("name", ["sessions", "codes"])
def test_a_resource_that_is_put_back_has_its_table(either: CkanPlace, name: str) -> None:
    """The faults `hash` and `codes`: a loader that knows the file leaves the new table empty."""
    either.release()
    before = resource(either, "sessions", name)
    rows = table_rows(either.stranger, before["id"])
    assert rows
    either.instance.api("colleague").call("resource_delete", {"id": before["id"]})
    either.release(TUESDAY)
    assert resource(either, "sessions", name)["id"] == before["id"]
    assert table_rows(either.stranger, before["id"]) == rows
    assert either.failed() == set()
    assert not publish_again(either)


@pytest.fixture
def still(
    ckan: Instance, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CkanPlace]:
    """A portal whose loader has stopped, and is waited for a moment only."""
    monkeypatch.setattr(tail, "LOADER_LOOKS", 3)
    ckan.stop("worker")
    try:
        yield make_place(ckan, make_workspace, "city")
    finally:
        ckan.start("worker")


def test_a_loader_that_stands_still(still: CkanPlace) -> None:
    """The fault `worker`: tables are filled in its place, so that nothing is shown that was
    corrected; they are looked at once more, also when the loader has lost its queue."""
    told: list[Message] = []
    leak(still, "Quastelhuber")
    still.release(MONDAY, still.instance.open(still.workspace, tell=told.append))
    texts = [message.text("en") for message in told]
    assert [text for text in texts if "has not loaded" in text] == texts
    assert [text for text in texts if "sessions" in text and name_of(still, "sessions") in text]
    assert still.failed() == set()
    check_sessions(still)
    identity = resource(still, "visions", "visions")["id"]
    assert "Quastelhuber" in str(table_rows(still.stranger, identity))
    correct(still)
    still.release(TUESDAY)
    assert "Quastelhuber" not in str(table_rows(still.stranger, identity))
    found = still.stranger.call("datastore_search", {"resource_id": identity, "q": "Quastelhuber"})
    assert found["total"] == 0
    assert still.failed() == set()
    journal = still.workspace.internal / "portals/city/journal.jsonl"
    assert "unconfirmed" in journal.read_text()
    assert still.publisher().portal.begun() is None
    still.instance.api("admin").call("job_clear", {})
    still.instance.start("worker")
    publisher = still.publisher()
    with publisher.draft() as folder:
        plan = publisher.plan(still.workspace.build, TUESDAY, folder)
        assert not plan.changes
        publisher.remember(plan)
    assert not journal.exists()
    assert "Quastelhuber" not in str(table_rows(still.stranger, identity))
    assert still.failed() == set()


def test_a_table_that_cannot_be_filled_fails(
    still: CkanPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with a check that has failed, and the next one goes on."""
    with monkeypatch.context() as patch:
        patch.setattr(datastore, "fill", lambda *_: None)
        publisher = still.publisher()
        records, _ = examine(still.workspace)
        assemble(records, still.workspace)
        with publisher.draft() as folder:
            plan = publisher.plan(still.workspace.build, MONDAY, folder)
            failed = {c.name for c in publisher.apply(plan, lambda *_: None) if not c.passed}
    assert {name for name in failed if "rows" in name} == failed
    assert {name.partition(" ")[0] for name in failed} == {
        *("sessions/sessions", "sessions/codes", "visions/visions", "visions/codes"),
    }
    assert still.seen().keys() >= {"sessions/sessions.csv", "div.zip"}
    plan, _ = still.release(MONDAY)
    assert {change.name.partition(": ")[2] for change in plan.stale} == {
        *("DataStore sessions", "DataStore codes", "DataStore visions"),
    }
    assert still.failed() == set()


def test_a_loader_that_comes_late_spoils_nothing(still: CkanPlace) -> None:
    """It loads the file that is there by then, over what was filled in its place."""
    still.release()
    still.instance.start("worker")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not resource(still, "visions", "visions").get("hash"):
        time.sleep(0.2)
    assert resource(still, "visions", "visions").get("hash")
    check_sessions(still)
    still.release(TUESDAY)
    assert not publish_again(still)
    assert still.failed() == set()


def test_what_is_withdrawn_goes_from_a_table_that_others_have_changed(either: CkanPlace) -> None:
    """The records are corrected and published, and the old value is in the table again, without a
    trace but itself."""
    leak(either, "Quastelhuber")
    either.release(MONDAY)
    identity = resource(either, "visions", "visions")["id"]
    colleague = either.instance.api("colleague")
    (row,) = colleague.call("datastore_search", {"resource_id": identity})["records"]
    correct(either)
    either.release(TUESDAY)
    change = {"resource_id": identity, "force": True, "method": "upsert"}
    del row["_id"]
    colleague.call("datastore_upsert", {**change, "records": [row]})
    assert "Quastelhuber" in str(table_rows(either.stranger, identity))
    withdraw(either, Request("visions", earlier=True))
    (row,) = table_rows(either.stranger, identity)
    assert "neun" in row["description"]
    found = either.stranger.call("datastore_search", {"resource_id": identity, "q": "Quastelhuber"})
    assert found["total"] == 0
    assert either.failed() == set()
