"""What a preview answers: its pages to a browser on this computer, and nothing else to anybody."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from div_opendata.publish.preview import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Serves a folder such as a portal is."""
    folder = tmp_path / "portal"
    for name in (".releases/1/index.html", ".releases/1/schemas/a.json", ".lock"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"<html>")
    (folder / "index.html").symlink_to(".releases/1/index.html")
    (folder / "schemas").symlink_to(".releases/1/schemas")
    (tmp_path / "secret.csv").write_bytes(b"secret")
    with Server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", *hosts: str) -> tuple[int, bytes]:
    """Status and body of an answer; by default the host is as a browser says it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for host in hosts or (f"127.0.0.1:{server.server_port}",):
        connection.putheader("Host", host.format(port=server.server_port))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}"])
@pytest.mark.parametrize("path", ["/", "/index.html", "/?x=1", "/%69ndex.html", "//index.html"])
def test_pages_are_served_to_this_computer(server: Server, path: str, host: str) -> None:
    assert ask(server, path, "GET", host) == (200, b"<html>")
    assert ask(server, path, "HEAD", host) == (200, b"")


@pytest.mark.parametrize(
    "hosts",
    [
        ("rebound.example:{port}",),
        ("rebound.example",),
        ("127.0.0.1",),
        ("localhost:1",),
        ("127.0.0.1:{port}.rebound.example",),
        ("",),
        ("127.0.0.1:{port}", "rebound.example"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_name_is_refused(server: Server, method: str, hosts: tuple[str, ...]) -> None:
    """A page whose name leads to this computer would read what is not published yet."""
    status, body = ask(server, "/", method, *hosts)
    assert status == 421
    assert b"<html>" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/.releases/",
        "/.releases/1/index.html",
        "/%2ereleases/1/index.html",
        "/schemas/%2e%2e/.releases/",
        "/.lock",
        "/schemas/",
        "/../secret.csv",
        "/%2e%2e/secret.csv",
        "/..%2fsecret.csv",
        "/schemas/../../secret.csv",
        "/%00",
        "/index.html%00",
        "/schemas/%00/",
        "/%ed%a0%80",
        "/%ff",
        "/" + "a" * 300,
        "/" + "a/" * 5000,
        "/index.html/",
        "http://rebound.example/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_else_is_there(
    server: Server, method: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, body = ask(server, path, method)
    assert status == 404
    assert b"<html>" not in body
    assert b"secret" not in body
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "X"])
def test_other_methods_are_not_known(server: Server, method: str) -> None:
    assert ask(server, "/", method)[0] == 501


def test_a_browser_that_goes_leaves_no_traceback(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "portal" / "large.csv").write_bytes(bytes(20_000_000))
    for request in (
        b"GET /large.csv HTTP/1.0\r\nHost: localhost:%d\r\n\r\n" % server.server_port,
        b"GET / HTTP/1.0\r\n\r\n",
        b"\0\xff\r\n\r\n",
        b"GET",
    ):
        with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
            connection.sendall(request)
            connection.recv(1) if b"\r\n" in request else None
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert ask(server, "/")[0] == 200
    assert capfd.readouterr().err == ""


def headers(
    server: Server, path: str, method: str = "GET", **asked: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer to a request with other headers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    names = {name.replace("_", "-"): value for name, value in asked.items()}
    connection.request(method, path, headers=names)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), body


@pytest.fixture
def table(tmp_path: Path, server: Server) -> str:  # noqa: ARG001 - its folder
    """A file of ten bytes with a known time."""
    path = tmp_path / "portal" / "votes.csv"
    path.write_bytes(b"0123456789")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (tmp_path / "portal" / "empty.csv").write_bytes(b"")
    return "/votes.csv"


THEN = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE, AFTER = "Tue, 14 Nov 2023 22:13:19 GMT", "Tue, 14 Nov 2023 22:13:21 GMT"


@pytest.mark.parametrize(
    ("asked", "where", "body"),
    [
        ("bytes=0-3", "bytes 0-3/10", b"0123"),
        ("bytes=4-", "bytes 4-9/10", b"456789"),
        ("bytes=-3", "bytes 7-9/10", b"789"),
        ("bytes=-99", "bytes 0-9/10", b"0123456789"),
        ("bytes=8-99", "bytes 8-9/10", b"89"),
        ("Bytes = 9-9", "bytes 9-9/10", b"9"),
    ],
)
def test_a_range_is_answered_by_a_part(
    server: Server, table: str, asked: str, where: str, body: bytes
) -> None:
    """Readers of Parquet, zip and CSV over HTTP ask so."""
    status, answer, got = headers(server, table, Range=asked)
    assert (status, answer["Content-Range"], got) == (206, where, body)
    assert answer["Content-Length"] == str(len(body))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0", f"bytes={9**900}-"])
def test_a_range_beyond_the_end_is_refused(server: Server, table: str, asked: str) -> None:
    status, answer, body = headers(server, table, Range=asked)
    assert (status, answer["Content-Range"], body) == (416, "bytes */10", b"")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=3-1", "bytes=-", "lines=0-1", "bytes=x-", "bytes=²-"]
)
def test_what_is_no_one_range_gets_the_whole(server: Server, table: str, asked: str) -> None:
    status, answer, body = headers(server, table, Range=asked)
    assert (status, body) == (200, b"0123456789")
    assert "Content-Range" not in answer


def test_a_file_says_what_a_web_server_says(server: Server, table: str) -> None:
    for method in ("GET", "HEAD"):
        status, answer, _ = headers(server, table, method)
        assert status == 200
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Content-Length"] == "10"
        assert answer["Last-Modified"] == THEN
        assert answer["ETag"].strip('"')
    assert headers(server, table, "HEAD", Range="bytes=0-1")[0] == 200
    assert headers(server, "/empty.csv", Range="bytes=0-")[0] == 416
    assert headers(server, "/empty.csv")[::2] == (200, b"")


def test_what_a_reader_has_is_not_sent_again(server: Server, table: str) -> None:
    tag = headers(server, table)[1]["ETag"]
    for status, asked in [
        (304, {"If_None_Match": tag}),
        (304, {"If_None_Match": f'"x", W/{tag}'}),
        (304, {"If_None_Match": "*"}),
        (200, {"If_None_Match": '"x"'}),
        (200, {"If_None_Match": '"x"', "If_Modified_Since": AFTER}),
        (304, {"If_Modified_Since": THEN}),
        (304, {"If_Modified_Since": AFTER}),
        (304, {"If_Modified_Since": AFTER, "Range": "bytes=0-1"}),
        (200, {"If_Modified_Since": BEFORE}),
        (200, {"If_Modified_Since": "yesterday"}),
        (412, {"If_Match": '"x"'}),
        (412, {"If_Match": f"W/{tag}"}),
        (200, {"If_Match": tag, "If_Unmodified_Since": BEFORE}),
        (412, {"If_Unmodified_Since": BEFORE}),
        (206, {"Range": "bytes=0-1", "If_Range": tag}),
        (206, {"Range": "bytes=0-1", "If_Range": THEN}),
        (200, {"Range": "bytes=0-1", "If_Range": f"W/{tag}"}),
        (200, {"Range": "bytes=0-1", "If_Range": AFTER}),
    ]:
        got, answer, body = headers(server, table, **asked)
        assert (got, answer["ETag"]) == (status, tag), asked
        assert len(body) == {200: 10, 206: 2}.get(status, 0), asked


def test_a_part_is_for_this_computer_alone(server: Server, table: str) -> None:
    status, _, body = headers(server, table, Host="rebound.example", Range="bytes=0-1")
    assert status == 421
    assert b"01" not in body
    assert headers(server, "/.lock", Range="bytes=0-1")[0] == 404
