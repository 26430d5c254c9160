"""Whatever answers in a portal's place is bounded, and understood or refused: exit status 3, with
the address of what was called; nothing of it steers the terminal, and no token is shown.

A small server answers as nobody should; time limits are short, so that nothing has to be waited
for.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from div_opendata.base.errors import Problem
from div_opendata.cli import main as cli
from div_opendata.lottery import verify
from div_opendata.publish.portal import reach
from div_opendata.publish.portal.ckan import datastore, transport
from div_opendata.publish.portal.ckan import portal as ckan_module
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.shapes import SHAPES, misfit
from div_opendata.workspace.tokens import Token
from support.web import Answer, Asked, refusal, serving, success
from support.workspaces import ABOUT, RECORDS, TOP, MakeWorkspace

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJUT0tFTlNFQ1JFVCJ9.SECRETSIGNATURE-0123456789abcdef"
STATUS = {"ckan_version": "2.12.0", "extensions": [], "site_url": "http://127.0.0.1/"}
DATASET: dict[str, Any] = {
    "id": "x",
    "name": "div",
    "state": "active",
    "private": False,
    "version": "1.0.0",
    "metadata_modified": "2026",
    "resources": [],
}
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Run = Callable[[str, Answer], str]


@pytest.fixture
def run(
    make_workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Ask for the status of a portal that gives this answer to this action, which ends with 3: the
    message and its remedy."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", TOKEN)
    patient = partial(Api, timeouts=(2.0, 0.5), wait=lambda _: None)
    monkeypatch.setattr(ckan_module, "Api", patient)

    def call(action: str, answer: Answer) -> str:
        def given(asked: Asked) -> Answer:
            other = success(STATUS) if asked.action == "status_show" else refusal(404, "Not Found")
            return answer if asked.action == action else other

        with serving(given) as server:
            portal = f'kind = "ckan"\nurl = "{server.address}"\norganization = "amt"\n'
            toml = f"{ABOUT}[portals.city]\n{portal}"
            workspace = make_workspace({**RECORDS, "div-opendata.toml": toml})
            status = cli.run(["status", str(workspace.root)])
            out, err = capsys.readouterr()
        assert (status, out) == (3, ""), out
        assert len(err.splitlines()) == 2, err
        assert not STEERING.search(err)
        assert "SECRET" not in re.sub(r"\W", "", err)
        return err

    return call


# --- shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "result", "place"),
    [
        ("status_show", [1], "result"),
        ("status_show", {**STATUS, "ckan_version": {"a": 1}}, "result.ckan_version"),
        ("status_show", {**STATUS, "extensions": 5}, "result.extensions"),
        ("status_show", {**STATUS, "extensions": None}, "result.extensions"),
        ("status_show", {**STATUS, "extensions": [["a"]]}, "result.extensions[0]"),
        ("package_show", None, "result"),
        ("package_show", 5, "result"),
        ("package_show", "text", "result"),
        ("package_show", [{"id": 1}], "result"),
        ("package_show", {}, "result.id"),
        ("package_show", {**DATASET, "private": "no"}, "result.private"),
        ("package_show", {**DATASET, "version": []}, "result.version"),
        ("package_show", {**DATASET, "resources": None}, "result.resources"),
        ("package_show", {**DATASET, "resources": [5]}, "result.resources[0]"),
        ("package_show", {**DATASET, "resources": [{"id": 5}]}, "result.resources[0].id"),
        ("package_show", {**DATASET, "tags": [5]}, "result.tags[0]"),
        ("package_show", {**DATASET, "extras": [{"k": 1}]}, "result.extras[0].key"),
    ],
)
def test_data_of_another_shape(run: Run, action: str, result: Any, place: str) -> None:
    err = run(action, success(result))
    assert f"/api/3/action/{action} does not answer as a CKAN does: {place} is not" in err
    assert "Look whether url" in err


@pytest.mark.parametrize(
    "body",
    [
        '{"success": true, "result": ' + "[" * 60 + "]" * 60 + "}",
        '{"success": true, "result": "\\ud800"}',
        '{"success": true, "error": {"name": ["odd"]}}',
        '{"success": false, "error": null}',
        '{"success": true, "result": {"version": ' + "9" * 5000 + "}}",
    ],
    ids=["deep", "half-letter", "both", "no-error", "number"],
)
def test_data_that_nobody_means(run: Run, body: str) -> None:
    run("package_show", Answer(200, body))


@pytest.mark.parametrize("action", ["package_create", "package_revise", "package_show"])
def test_nothing_after_a_write(action: str) -> None:
    with serving(lambda _: success(None)) as server, pytest.raises(Problem) as raised:
        Api(server.address, Token(TOKEN)).write(action, {}, look=lambda: None)
    assert f"{server.address}api/3/action/{action} " in raised.value.text("en")
    assert len(server.asked) == 1


def test_every_call_has_a_shape_or_is_not_read() -> None:
    unread = {
        *("am_following_group", "package_create_default_resource_views", "resource_view_create"),
        *("datastore_create", "datastore_upsert", "datastore_delete", "package_resource_reorder"),
    }
    folder = TOP / "src/div_opendata/publish/portal/ckan"
    called = {
        name
        for path in folder.rglob("*.py")
        for name in re.findall(
            r'(?:\.(?:read|write|call)|_write)\(\s*(?:api,\s*)?"(\w+)"', path.read_text("utf-8")
        )
    }
    assert called == SHAPES.keys() | unread


def test_a_shape_tells_the_first_place() -> None:
    shape = {"a": [{"b": (int, None.__class__)}], "c?": str, int: str}
    assert misfit({"a": [{"b": 1}, {"b": None}], 7: "x"}, shape) is None
    assert misfit({"a": [{"b": 1}, {}]}, shape) == "result.a[1].b"
    assert misfit({"a": [], "c": 3}, shape) == "result.c"
    assert misfit({"a": [], 7: 8}, shape) == "result"


# --- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "\x1b]0;owned\x07\x1b[2J\x1b[31mgone\r\nPublished",
        "a\x9b31mb",
        "a\u202eb\u2066c\u2028d",
        "\x7f",
    ],
)
def test_what_steers_a_terminal(run: Run, said: str) -> None:
    run("package_show", refusal(409, "Validation", name=[said]))
    run(
        "package_show",
        Answer(302, "", {"Location": f"http://x/{said.encode('ascii', 'ignore')!r}"}),
    )


@pytest.mark.parametrize(
    "said",
    [
        TOKEN,
        f"{TOKEN[:40]} {TOKEN[40:]}",
        " ".join(TOKEN),
        TOKEN.replace("S", "\x1b[31mS"),
        TOKEN.upper(),
        TOKEN[-12:],
        [TOKEN[:30], TOKEN[30:]],
    ],
    ids=["whole", "blank", "blanks", "escapes", "capitals", "end", "parts"],
)
def test_a_token_that_is_repeated(run: Run, said: str | list[str]) -> None:
    """However it is written: the letters and digits tell."""
    parts = said if isinstance(said, list) else [said]
    err = run("package_show", refusal(409, "Validation", name=["bad token", *parts]))
    assert "the portal refuses this: …" in err
    err = run("package_show", success({**DATASET, "title": " ".join(parts)}))
    assert "it repeats the token" in err
    err = run("package_show", Answer(307, "", {"Location": f"https://x/{parts[0].encode()!r}"}))
    assert "sends its callers on to" in err


def test_a_token_where_it_belongs() -> None:
    """ckanext-xloader tells with which token it reads: that of its own, or the very same. Only
    signatures tell tokens of a portal apart."""
    loader = f"{TOKEN.rpartition('.')[0]}.BELONGS-TO-THE-LOADER"
    for used in (loader, TOKEN):
        told = {"status": "error", "task_info": {"api_key": used}}
        with serving(lambda _, told=told: success(told)) as server:  # type: ignore[misc]
            assert Api(server.address, Token(TOKEN)).read("xloader_status", {}) == told
    assert not Token(TOKEN).is_in(loader)


# --- size and time --------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is quickly reached."""
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 1 << 20)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b" " * (2 << 20), {}),
        (gzip.compress(b" " * (200 << 20)), {"Content-Encoding": "gzip"}),
        (gzip.compress(gzip.compress(b" " * (200 << 20))), {"Content-Encoding": "gzip, gzip"}),
    ],
    ids=["plain", "gzip", "twice"],
)
@pytest.mark.usefixtures("small")
def test_an_answer_that_is_too_long(run: Run, body: bytes, headers: dict[str, str]) -> None:
    err = run("package_show", Answer(200, body, headers))
    assert "/package_show does not answer as a CKAN does: it is larger" in err


@pytest.mark.usefixtures("small")
def test_the_page_of_a_redirect_is_not_read(run: Run) -> None:
    headers = {"Content-Encoding": "gzip", "Location": "https://portal.example/"}
    begun = time.monotonic()
    err = run("package_show", Answer(302, gzip.compress(b" " * (500 << 20), 1), headers))
    assert "sends its callers on to https://portal.example/" in err
    assert time.monotonic() - begun < 10


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends a drop again and again until its caller is gone: its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    try:
                        caller.sendall(head)
                        while True:
                            caller.sendall(drop)
                            time.sleep(0.001)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", b" "),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n" * 100),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000000\r\n\r\n",
            gzip.compress(b"") * 100,
        ),
    ],
    ids=["body", "continue", "header", "trailer", "nothing"],
)
def test_an_answer_that_comes_to_no_end(
    head: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every way that asks: a call, a download, a look whether somebody is there, a lottery."""
    monkeypatch.setattr(reach, "TIMEOUT", 0.3)
    monkeypatch.setattr(verify, "TIMEOUT", (2, 0.3))
    begun = time.monotonic()
    with dripping(head, drop) as address:
        api = Api(address, None, (2.0, 0.3), wait=lambda _: None)
        for ask in (
            lambda: api.read("package_show", {}),
            lambda: list(api.download(f"{address}x")),
            lambda: verify.load(address),
        ):
            with pytest.raises(Problem) as raised:
                ask()
            assert address in raised.value.text("en")
        if not head or not head.endswith(b"\n"):
            assert reach.http_status(address) is None
    assert time.monotonic() - begun < 8


def test_an_answer_that_takes_its_time() -> None:
    """Longer than it may be silent, but it comes: what is long may take long."""
    row = b"x" * 65_536

    def answer() -> Iterator[bytes]:
        for _ in range(4):
            time.sleep(0.15)
            yield row

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n")
                for piece in answer():
                    caller.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        api = Api(f"http://127.0.0.1:{listening.getsockname()[1]}/", None, (2.0, 0.4))
        assert b"".join(api.download(f"{api.address}x")) == row * 4
        thread.join()


# --- lists without an end -------------------------------------------------------------------------


def page_of(asked: Asked, rows: int, limit: int) -> Answer:
    data = asked.data
    records = [{"_id": data["offset"] + number, "a": "x"} for number in range(rows)]
    return success({"fields": [], "records": records, "limit": limit})


def test_a_table_that_comes_to_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datastore, "MOST_ROWS", 20)
    with serving(lambda asked: page_of(asked, 5, 5)) as server, pytest.raises(Problem) as raised:
        list(datastore.rows_of(Api(server.address, None), "x", ["a"]))
    assert "comes to no end" in raised.value.text("en")
    assert len(server.asked) == 5
    with serving(lambda asked: page_of(asked, 0, 0)) as server:
        assert list(datastore.rows_of(Api(server.address, None), "x", ["a"])) == []


def test_rows_that_are_too_long_come_in_smaller_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 5_000)
    whole = [{"_id": number, "a": "x" * 900} for number in range(7)]

    def answer(asked: Asked) -> Answer:
        offset, limit = asked.data["offset"], asked.data["limit"]
        some = whole[offset : offset + limit]
        return success({"fields": [], "records": some, "limit": limit})

    monkeypatch.setattr(datastore, "PAGE", 16)
    with serving(answer) as server:
        rows = list(datastore.rows_of(Api(server.address, None), "x", ["a"]))
    assert [number for number, _ in rows] == list(range(7))
    assert [json.loads(asked.body)["limit"] for asked in server.asked] == [16, 4, 4]
