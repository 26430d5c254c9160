"""A proxy between the tool and a portal in which, at one request or from one on, things go wrong.

Everything is as real as on a network: connections are refused or cut, answers come from "a server
before the portal", the client's patience runs out. Only time is not: how long the client waits for
an answer is short exactly where none will come, and its pauses are recorded instead of made.

What the portal does for a request is finished before the next request reaches it, so that a run is
the same every time.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

PATIENCE = 120.0  # seconds that the client waits for an answer
SHORT = 0.2  # the same where none will come
RETRY_AFTER = {429: 7.0, 503: 11.0}  # seconds
_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_PAGE = b"<!DOCTYPE html>\n<html><body><h1>%d</h1><p>Something is wrong.</p></body></html>\n"


class Fault(Enum):
    """What goes wrong with a request."""

    REFUSED = "the connection is refused"
    CLOSED = "the connection is closed before the request is read"
    CUT_BEFORE = "the connection is cut, and the portal has not got the request"
    CUT_REQUEST = "the portal gets half of the request, then the connection is cut"
    SILENT_BEFORE = "no answer comes, and the portal has not got the request"
    STATUS_429 = "a page with 429 and Retry-After"
    STATUS_500 = "a page with 500"
    STATUS_502 = "a page with 502"
    STATUS_503 = "a page with 503 and Retry-After"
    STATUS_504 = "a page with 504"
    PAGE = "a page with 200"
    TOO_LARGE = "a page with 413"
    CUT_AFTER = "the portal acts, and the connection is cut before it answers"
    CUT_ANSWER = "the portal acts, and half of its answer comes"
    SILENT_AFTER = "the portal acts, and no answer comes"
    STATUS_502_AFTER = "the portal acts, and a page with 502 comes"
    STATUS_504_AFTER = "the portal acts, and a page with 504 comes"
    LATE = "no answer comes; the portal acts after the next request"
    LATER = "no answer comes; the portal acts after the next two requests"


NOT_DONE = (
    Fault.REFUSED,
    Fault.CLOSED,
    Fault.CUT_BEFORE,
    Fault.CUT_REQUEST,
    Fault.SILENT_BEFORE,
    Fault.STATUS_429,
    Fault.STATUS_500,
    Fault.STATUS_502,
    Fault.STATUS_503,
    Fault.STATUS_504,
    Fault.PAGE,
)
"""Nothing has happened on the portal, and the client cannot know."""
DONE = (
    Fault.CUT_AFTER,
    Fault.CUT_ANSWER,
    Fault.SILENT_AFTER,
    Fault.STATUS_502_AFTER,
    Fault.STATUS_504_AFTER,
)
"""It has happened on the portal, and the client cannot know."""
DONE_LATE = (Fault.LATE, Fault.LATER)
"""It has not happened yet when the client looks."""

_SILENT = {Fault.SILENT_BEFORE, Fault.SILENT_AFTER, *DONE_LATE}
_STATUS = {
    Fault.STATUS_429: 429,
    Fault.STATUS_500: 500,
    Fault.STATUS_502: 502,
    Fault.STATUS_503: 503,
    Fault.STATUS_504: 504,
    Fault.PAGE: 200,
    Fault.TOO_LARGE: 413,
    Fault.STATUS_502_AFTER: 502,
    Fault.STATUS_504_AFTER: 504,
}


@dataclass(frozen=True)
class Answer:
    """An answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Request:
    """A request of the client, and what became of it."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None
    answer: Answer | None = None
    """The portal's answer, where it has got the request."""
    delivered: bool = False
    """Whether that is what the client got."""

    @property
    def action(self) -> str:
        """The action of the API that it calls, or `file`."""
        return self.path.rpartition("/")[2] if self.path.startswith("/api/") else "file"

    @property
    def uploads(self) -> set[str]:
        """The ids of the resources that it has files for."""
        found = re.findall(rb'name="update__resources__([0-9a-f-]{36})__upload"', self.body)
        return {identity.decode() for identity in found}

    @property
    def done(self) -> bool:
        """Whether the portal has carried it out."""
        return self.answer is not None and self.answer.status == 200

    @property
    def content(self) -> str | None:
        """The SHA-256 of the file that the client got."""
        if self.action == "file" and self.done and self.delivered and self.answer:
            return hashlib.sha256(self.answer.body).hexdigest()
        return None


class Proxy:
    """Stands before a portal. Requests are numbered from 1 on; `strike` says at which one what
    goes wrong; `answer`, if set, answers in the portal's place, which it can call; `watch` is
    called whenever the portal has carried out a request, before the client knows."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._origin = cast("str", parts.hostname), cast("int", parts.port)
        self._held = socket.socket()  # holds the port while connections to it are refused
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.address = f"http://127.0.0.1:{self._held.getsockname()[1]}/"
        self.timeouts = _Patience(self)
        self.watch: Callable[[Request], None] = lambda _request: None
        self.answer: Callable[[Request, Callable[[], Answer]], Answer] | None = None
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._refuse()
        self._held.close()

    def reset(self) -> None:
        """Forget what was, and let everything go well."""
        self.requests: list[Request] = []
        self.waits: list[float] = []
        self.errors: list[BaseException] = []
        self._fault: Fault | None = None
        self._first = 0
        self._lasting = False
        self._late: list[tuple[int, Request]] = []
        self._accept()

    def strike(self, fault: Fault, number: int, *, lasting: bool = False) -> None:
        """Let this go wrong with a request, or with all from there on."""
        self._fault, self._first, self._lasting = fault, number, lasting
        if self._next_fault() is Fault.REFUSED:
            self._refuse()

    def wait(self, seconds: float) -> None:
        """The client's pauses."""
        self.waits.append(seconds)
        if self._server is None:
            self._record("?", "/refused").fault = Fault.REFUSED
            if self._next_fault() is not Fault.REFUSED:
                self._accept()

    def finish(self) -> None:
        """Let the portal do what it has not got yet, once the client has gone."""
        with self._lock:
            self._do_late(None)

    # --- one request after the other --------------------------------------------------------------

    def _fault_of(self, number: int) -> Fault | None:
        struck = number >= self._first if self._lasting else number == self._first
        return self._fault if struck else None

    def _next_fault(self) -> Fault | None:
        return self._fault_of(len(self.requests) + 1)

    def patience(self) -> float:
        """How long the client waits for the answer to its next request."""
        return SHORT if self._next_fault() in _SILENT else PATIENCE

    def _record(self, method: str, path: str) -> Request:
        request = Request(len(self.requests) + 1, method, path)
        self.requests.append(request)
        return request

    def serve(self, connection: _Connection) -> None:
        """Meet one request."""
        with self._lock:
            fault = self._next_fault()
            request = self._record(connection.command, connection.path)
            request.fault = fault
            if fault is Fault.CLOSED:
                connection.hang_up()
                return
            request.headers = dict(connection.headers.items())
            request.body = connection.rfile.read(int(request.headers.get("Content-Length", 0)))
            answer = self._meet(request)
            self._do_late(request)
            if self._next_fault() is Fault.REFUSED:
                self._refuse()
                connection.close_connection = True
        if fault in _SILENT:
            connection.rfile.read(1)  # until the client has lost its patience
        if answer is None:
            connection.hang_up()
        else:
            connection.send(answer, cut=fault is Fault.CUT_ANSWER)

    def _meet(self, request: Request) -> Answer | None:
        """What the client gets, if anything."""
        fault = request.fault
        if fault in DONE_LATE:
            after = 1 if fault is Fault.LATE else 2
            self._late.append((request.number + after, request))
            return None
        if fault is Fault.CUT_REQUEST:
            self._forward_half(request)
        elif fault is None or fault in DONE:
            answer = self._do(request)
            if fault is None:
                request.delivered = answer is request.answer
            if fault is None or fault is Fault.CUT_ANSWER:
                return answer
        if status := _STATUS.get(fault) if fault else None:
            page = _PAGE % status
            headers = {"Content-Type": "text/html; charset=utf-8"}
            if status in RETRY_AFTER:
                headers["Retry-After"] = str(int(RETRY_AFTER[status]))
            return Answer(status, headers, page)
        return None

    def _do(self, request: Request) -> Answer:
        """Let the portal carry a request out."""
        if self.answer is None:
            answer = self._forward(request)
        else:
            answer = self.answer(request, lambda: self._forward(request))
        try:
            self.watch(request)
        except BaseException as error:  # the test asks for them
            self.errors.append(error)
        return answer

    def _do_late(self, now: Request | None) -> None:
        """What the portal gets after this request."""
        for due, request in list(self._late):
            if now is None or due <= now.number:
                self._late.remove((due, request))
                self._do(request)

    def _forward(self, request: Request) -> Answer:
        portal = http.client.HTTPConnection(*self._origin, timeout=PATIENCE)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {*_CONNECTION, "host"}
        }
        portal.request(request.method, request.path, request.body or None, headers)
        got = portal.getresponse()
        request.answer = Answer(got.status, dict(got.getheaders()), got.read())
        portal.close()
        return request.answer

    def _forward_half(self, request: Request) -> None:
        half = request.body[: len(request.body) // 2]
        head = f"{request.method} {request.path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in request.headers.items()
        )
        with socket.create_connection(self._origin) as portal:
            portal.sendall(head.encode() + (b"\r\n" if half else b"") + half)

    # --- connections ------------------------------------------------------------------------------

    def _accept(self) -> None:
        if self._server is None:
            self._server = _Server(self._held.getsockname(), _Connection)
            self._server.proxy = self
            serve = self._server.serve_forever
            threading.Thread(target=serve, args=(0.005,), daemon=True).start()

    def _refuse(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Patience(tuple[float, float]):
    """Limits for connecting and reading as requests takes them; it unpacks them anew for each
    request."""

    def __new__(cls, _proxy: Proxy) -> Self:
        return super().__new__(cls, (10.0, PATIENCE))

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def __iter__(self) -> Iterator[float]:
        return iter((10.0, self._proxy.patience()))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, *_: object) -> None:
        """A client that has gone is no error, all else is the test's to know."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.proxy.errors.append(error)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Any request."""
        cast("_Server", self.server).proxy.serve(self)

    do_POST = do_GET  # noqa: N815 - so it is called there

    def log_message(self, *_: object) -> None:
        """Nothing is logged: the proxy has it."""

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def send(self, answer: Answer, *, cut: bool) -> None:
        """Answer, or half of it."""
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        if cut:
            self.hang_up()
