"""The pages as they will look, on loopback: nothing is published and nothing stays behind."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.packages import write_packages
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.base.progress import quiet
from div_opendata.workspace.settings import FolderPortal, Workspace

from .portal.open import open_portal
from .publisher import Publisher

if TYPE_CHECKING:
    import datetime as dt

    from div_opendata.standard.records import Records

LOOPBACK = "127.0.0.1"
_NAMES = {LOOPBACK, "localhost"}
_DEFAULT_PORT = 80
"""Of HTTP: browsers leave it out."""


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
        path = Path(self.translate_path(self.path))
        if any(part.startswith(".") for part in path.relative_to(self.directory).parts):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        try:
            return super().send_head()
        except ValueError:  # a NUL, or what is no text: no file has such a name
            self.send_error(HTTPStatus.NOT_FOUND)
            return None

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - the base's name
        """Answer that there is no page."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: there would be a line for each request."""


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
