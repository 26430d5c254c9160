"""Whatever answers in a portal's place is bounded, and understood or refused: exit status 3, with
the address of what was called; nothing of it steers the terminal, and no token is shown.

A small server answers as nobody should; time limits are short, so that nothing has to be waited
for.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from div_opendata.base import web
from div_opendata.base.errors import Problem
from div_opendata.cli import main as cli
from div_opendata.lottery import verify
from div_opendata.publish.portal import reach
from div_opendata.publish.portal.ckan import datastore, transport
from div_opendata.publish.portal.ckan import portal as ckan_module
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.shapes import SHAPES, misfit
from div_opendata.publish.portal.ckan.transport import Upload
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

Run = Callable[[str, Answer | None], str]


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

    def call(action: str, answer: Answer | None) -> str:
        def given(asked: Asked) -> Answer | None:
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
        *("am_following_group", "resource_view_create", "resource_delete"),
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


# --- each of the ways in which a server was tried -------------------------------------------------

NAMED = {"__type": "Validation Error"}


def said(error: Any, status: int = 409, **more: Any) -> Answer:
    return Answer(status, json.dumps({"success": False, "error": error, **more}))


def later(seconds: str, status: int = 503) -> Answer:
    return Answer(status, "slow", {"Retry-After": seconds})


EVIL: dict[str, tuple[str, Answer | None]] = {
    "html": ("package_show", Answer(200, "<html>hello</html>")),
    "status_html": ("status_show", Answer(200, "<html>hello</html>")),
    "list": ("package_show", Answer(200, "[1,2,3]")),
    "null": ("package_show", success(None)),
    "number": ("package_show", success(5)),
    "string": ("package_show", success("text")),
    "listresult": ("package_show", success([{"id": 1}])),
    "emptydict": ("package_show", success({})),
    "partial": ("package_show", success({**DATASET, "version": 1})),
    "resnull": ("package_show", success({**DATASET, "resources": None})),
    "extras": ("package_show", success({**DATASET, "extras": [{"k": 1}], "tags": [5]})),
    "cookie": ("package_show", Answer(200, success(None).body, {"Set-Cookie": "session=evil"})),
    "status_list": ("status_show", success([1])),
    "status_deep": (
        "status_show",
        Answer(200, '{"success":true,"result":' + "[" * 100_000 + "]" * 100_000 + "}"),
    ),
    "status_version": ("status_show", success({"ckan_version": {"a": 1}, "extensions": 5})),
    "status_ext": ("status_show", success({"ckan_version": "2.12", "extensions": 5})),
    "status_ext_none": ("status_show", success({"ckan_version": "2.12", "extensions": None})),
    "err_str": ("package_show", said("boom")),
    "err_none": ("package_show", said(None, 200)),
    "err_nested": ("package_show", said({**NAMED, "x": [[[{"y": ["z" * 10_000]}]]]})),
    "err_type": ("package_show", said({"__type": ["a"], "message": 5})),
    "err_echo409": ("package_show", said({**NAMED, "name": [f"token {TOKEN} bad", TOKEN]})),
    "err_echo400": ("package_show", Answer(400, json.dumps(f"Bad request: {TOKEN} "))),
    "err_echo_b64": ("package_show", said({**NAMED, "name": [f"{TOKEN[:40]} {TOKEN[40:]}"]})),
    "escape": (
        "package_show",
        said({**NAMED, "name": ["\x1b]0;owned\x07\x1b[2J\x1b[31mgone\r\nOK"]}),
    ),
    "redirect_esc": ("package_show", Answer(302, "", {"Location": "http://x/\x1b[31m"})),
    **{
        f"redirect{code}": ("package_show", Answer(code, "", {"Location": "http://127.0.0.1:9/"}))
        for code in (301, 302, 307, 308)
    },
    "retry_huge": ("package_show", later("99999999", 429)),
    "retry_neg": ("package_show", later("-5")),
    "retry_inf": ("package_show", later("9" * 400)),
    "retry_inf5000": ("package_show", later("9" * 5000)),
    "retry_date": ("package_show", later("Fri, 31 Dec 9999 23:59:59 GMT")),
    "retry_date_naive": ("package_show", later("Fri, 31 Dec 2026 23:59:59 -0000")),
    "reset": ("package_show", None),
    "badjson": ("package_show", Answer(200, '{"success": true, "result": NaN, "x": 1e999}')),
    "bigint": (
        "package_show",
        Answer(200, '{"success": true, "result": {"version": ' + "9" * 5000 + "}}"),
    ),
    "utf16": ("package_show", Answer(200, str(success({}).body).encode("utf-16"))),
    "surrogate": (
        "package_show",
        Answer(409, '{"success": false, "error": {"__type": "x", "name": ["\\ud800 \\udfff"]}}'),
    ),
}
"""The modes of a server that was tried by hand, by their names there; the others are below."""


@pytest.mark.parametrize(("action", "answer"), EVIL.values(), ids=EVIL)
def test_a_server_that_answers_what_it_likes(run: Run, action: str, answer: Answer | None) -> None:
    run(action, answer)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff garbage\r\n\r\n" * 10,
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
    ],
    ids=["garbage", "longhead", "manyheads"],
)
def test_what_is_no_answer(sent: bytes) -> None:
    with dripping(sent, b"\r\n") as address, pytest.raises(Problem) as raised:
        Api(address, None, (2.0, 0.5), wait=lambda _: None).read("package_show", {})
    assert address in raised.value.text("en")


@pytest.mark.parametrize("error", ["", TOKEN], ids=["notfound", "err_echo"])
def test_a_portal_that_has_nothing(
    error: str,
    make_workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is there, or nothing may be seen, and that repeats the token."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("DIV_OPENDATA_TOKEN_CITY", TOKEN)

    def given(asked: Asked) -> Answer:
        if asked.action == "status_show":
            return success(STATUS)
        return refusal(403, "Authorization", message=error) if error else refusal(404, "Not Found")

    with serving(given) as server:
        portal = f'kind = "ckan"\nurl = "{server.address}"\norganization = "amt"\n'
        workspace = make_workspace(
            {**RECORDS, "div-opendata.toml": f"{ABOUT}[portals.city]\n{portal}"}
        )
        assert cli.run(["status", str(workspace.root)]) == 0
        out, err = capsys.readouterr()
    assert ("blocked" if error else "new") in out
    assert "SECRET" not in re.sub(r"\W", "", out + err)


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
        *(base64.b64encode(f"{before}{TOKEN}&".encode()).decode() for before in ("", "a", "ab")),
        base64.urlsafe_b64encode(TOKEN.rpartition(".")[2].encode()).decode().rstrip("="),
        "".join(f"%{ord(letter):02x}" for letter in TOKEN),
        TOKEN.encode().hex(),
    ],
    ids=[
        *("whole", "blank", "blanks", "escapes", "capitals", "end", "parts"),
        *("base64", "base64-1", "base64-2", "base64-url", "percent", "hexadecimal"),
    ],
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
    ids=["huge", "gzip", "gzip-twice"],
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
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000),  # there is never nothing to read
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: a\r\n" * 100),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000000\r\n\r\n",
            gzip.compress(b"") * 100,
        ),
    ],
    ids=["drip", "hundred", "flood", "header", "trailer", "nothing"],
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


def test_an_upload_that_is_taken_too_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece goes, and the whole would take for ever."""
    monkeypatch.setattr(web, "SLOWEST_UP", 1 << 30)
    (tmp_path / "large").write_bytes(bytes(40 << 20))
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller, suppress(OSError):
                while caller.recv(65_536):
                    time.sleep(0.01)

        threading.Thread(target=serve, daemon=True).start()
        api = Api(f"http://127.0.0.1:{listening.getsockname()[1]}/", None, (2.0, 0.3))
        begun = time.monotonic()
        with pytest.raises(Problem) as raised:
            api.call("package_revise", {}, (Upload("upload", tmp_path / "large"),))
    assert "its end cannot be waited for" in raised.value.text("en")
    assert time.monotonic() - begun < 5


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
