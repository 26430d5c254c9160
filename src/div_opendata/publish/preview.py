"""The pages as they will look, on loopback: nothing is published and nothing stays behind."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.packages import write_packages
from div_opendata.base.disk import open_file
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.base.progress import quiet
from div_opendata.workspace.settings import FolderPortal, Workspace

from .portal.open import open_portal
from .publisher import Publisher

if TYPE_CHECKING:
    import datetime as dt
    from email.message import Message as Headers
    from io import BufferedReader

    from div_opendata.standard.records import Records

LOOPBACK = "127.0.0.1"
_NAMES = {LOOPBACK, "localhost"}
_DEFAULT_PORT = 80
"""Of HTTP: browsers leave it out."""
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,1000})-(\d{0,1000})\s*", re.ASCII | re.IGNORECASE)
"""One range of bytes. Several are answered by the whole file, as RFC 9110 allows."""


class Server(ThreadingHTTPServer):
    """Serves a folder on loopback, at a free port where `port` is 0."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__((LOOPBACK, port), partial(_Handler, directory=folder))
        self.hosts = {f"{name}:{self.server_port}" for name in _NAMES}
        """What a browser says that it asks when it asks this computer."""
        if self.server_port == _DEFAULT_PORT:
            self.hosts |= _NAMES

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone; all else is a bug."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    """Serves files as any web server does, to whoever asks by a name of this computer: a page of
    somebody else can let its own name lead here, and would read what is not published yet (DNS
    rebinding). Folders are not listed, and what begins with a dot is not there."""

    server: Server

    def send_head(self) -> Any:
        """Answer what is asked for, as far as its head."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        name = self.translate_path(self.path)
        path = Path(name)
        if any(part.startswith(".") for part in path.relative_to(self.directory).parts):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        try:
            file = Path(f"{name}index.html") if name.endswith("/") else path
            if not file.is_file():
                return super().send_head()
        except (OSError, ValueError):  # too long, a NUL, or no text: no file has such a name
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return self._send_file(file)

    def _send_file(self, path: Path) -> Any:
        """Answer with a file, a part of it, or that the reader has it already."""
        stream = open_file(path)
        status = os.fstat(stream.fileno())
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        code = _precondition(self.headers, tag, int(status.st_mtime))
        part = range(status.st_size if code == HTTPStatus.OK else 0)
        if code == HTTPStatus.OK and self.command == "GET":
            code, part = _part(self.headers, tag, int(status.st_mtime), status.st_size)
        self.send_response(code)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", self.date_time_string(int(status.st_mtime)))
        if code == HTTPStatus.PARTIAL_CONTENT:
            where = f"bytes {part.start}-{part.stop - 1}/{status.st_size}"
            self.send_header("Content-Range", where)
        elif code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self.send_header("Content-Range", f"bytes */{status.st_size}")
        if code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            self.send_header("Content-Type", self.guess_type(path))
        if code != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if code in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            return _Part(stream, part)
        stream.close()
        return None

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - the base's name
        """Answer that there is no page."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: there would be a line for each request."""


class _Part:
    """A part of a file, to be read as a file is."""

    def __init__(self, stream: BufferedReader, part: range) -> None:
        stream.seek(part.start)
        self._stream = stream
        self._left = len(part)

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        chunk = self._stream.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _precondition(headers: Headers, tag: str, modified: int) -> HTTPStatus:
    """What the conditions of a request lead to, in the order of RFC 9110, section 13.2.2."""
    if "If-Match" in headers:
        failed = not _names(headers, "If-Match", tag)
    else:
        since = _seconds(headers.get("If-Unmodified-Since"))
        failed = since is not None and modified > since
    if failed:
        return HTTPStatus.PRECONDITION_FAILED
    if "If-None-Match" in headers:
        known = _names(headers, "If-None-Match", tag)
    else:
        since = _seconds(headers.get("If-Modified-Since"))
        known = since is not None and modified <= since
    return HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK


def _part(headers: Headers, tag: str, modified: int, size: int) -> tuple[HTTPStatus, range]:
    """The bytes that a request is for (RFC 9110, section 14): all, where it names no one range or
    has the beginning of another file."""
    whole = HTTPStatus.OK, range(size)
    asked = _RANGE.fullmatch(", ".join(headers.get_all("Range", [])))
    condition = headers.get("If-Range", tag).strip()
    if asked is None or (condition != tag and _seconds(condition) != modified):
        return whole
    first, last = asked.groups()
    if not (first or last) or (first and last and int(first) > int(last)):
        return whole  # no range at all
    if first:
        part = range(int(first), min(int(last) + 1, size) if last else size)
    else:
        part = range(max(size - int(last), 0), size)
    if part.start >= size:
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, range(0)
    return HTTPStatus.PARTIAL_CONTENT, part


def _names(headers: Headers, name: str, tag: str) -> bool:
    """Whether a list of entity tags has one."""
    listed = ", ".join(headers.get_all(name, [])).split(",")
    # RFC 9110: a weak tag is as good here, and not where bytes are put together
    tags = {text.strip().removeprefix("W/" if name == "If-None-Match" else "") for text in listed}
    return bool(tags & {tag, "*"})


def _seconds(date: str | None) -> int | None:
    """A date of HTTP as seconds since 1970; None where it is none."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) if date else None
    except (ValueError, OverflowError):
        return None


def serve(
    workspace: Workspace,
    records: Records,
    now: dt.datetime,
    port: int,
    announce: Callable[[str], None],
) -> None:
    """Serve the portal that publishing these records would make, until interrupted.

    `port` 0 takes a free one; `announce` is told the address. Raises Problem where the port is
    taken.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            server = Server(folder / "portal", port)
        except OSError as error:
            raise Problem(
                Message("The port {port} is in use.", port=port),
                Message("Choose another one: --port 8001"),
            ) from error
        with server:
            address = f"http://{LOOPBACK}:{server.server_port}/"
            _publish(workspace, records, now, folder, address)
            announce(address)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                return


def _publish(
    workspace: Workspace, records: Records, now: dt.datetime, folder: Path, address: str
) -> None:
    """Publish to a folder that lasts as long as the preview."""
    portal = FolderPortal(path=str(folder / "portal"), base_url=address)
    configuration = replace(workspace.configuration, portals={"preview": portal})
    previewed = replace(workspace, configuration=configuration)
    publisher = Publisher(previewed, open_portal(previewed, None))
    for part in ("build", "release"):
        (folder / part).mkdir()
    write_packages(records, workspace, folder / "build")
    with publisher.portal.exclusively():
        plan = publisher.plan(folder / "build", now, folder / "release")
        # not publisher.apply: nothing is to be kept as the last release
        publisher.portal.apply(plan.release, quiet)
