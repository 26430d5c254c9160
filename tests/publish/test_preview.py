"""What a preview answers: its pages to a browser on this computer, and nothing else to anybody."""

from __future__ import annotations

import http.client
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
