"""The pages as they will look, on loopback: nothing is published and nothing stays behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

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


class _Handler(SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


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
        handler = partial(_Handler, directory=folder / "portal")
        try:
            server = ThreadingHTTPServer((LOOPBACK, port), handler)
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
