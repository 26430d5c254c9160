"""A small web server for tests: it answers as it is told and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request: headers by their names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def action(self) -> str:
        """The action of CKAN's API that is called."""
        return self.path.rpartition("/")[2]

    @property
    def data(self) -> dict[str, Any]:
        """What is asked in JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Answer:
    """An answer."""

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def success(result: Any) -> Answer:
    """What CKAN answers when an action has been carried out."""
    return Answer(200, json.dumps({"success": True, "result": result}))


def refusal(status: int, kind: str, **error: Any) -> Answer:
    """What CKAN answers when an action is refused."""
    return Answer(
        status, json.dumps({"success": False, "error": {"__type": f"{kind} Error", **error}})
    )


def page(status: int = 200, **headers: str) -> Answer:
    """What a proxy answers in the portal's place."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    html = "<!doctype html><title>Wartung</title><p>Wir sind bald zurück."
    return Answer(status, html, {"Content-Type": "text/html", **named})


@dataclass
class Server:
    """A server that runs: its address, and what it was asked."""

    address: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def actions(self) -> list[str]:
        """The actions that were called, in their order."""
        return [asked.action for asked in self.asked]


@contextmanager
def serving(answer: Callable[[Asked], Answer | None], tls: Path | None = None) -> Iterator[Server]:
    """Serve on a port of one's own; None is the end of the connection without an answer. `tls` is
    a file with certificate and key."""
    server = Server("")

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def answer(self) -> None:
            """Whatever the method."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            server.asked.append(asked)
            given = answer(asked)
            self.close_connection = True
            if given is None:
                return
            content = given.body.encode() if isinstance(given.body, str) else given.body
            self.send_response(given.status)
            for name, value in {"Content-Length": str(len(content)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Quiet(ThreadingHTTPServer):
        """A server that keeps to itself what goes wrong with a caller."""

        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Nothing: callers break off, or do not trust the certificate."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            http.socket = context.wrap_socket(http.socket, server_side=True)
        server.address = f"http{'s' if tls else ''}://127.0.0.1:{http.server_port}/"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
