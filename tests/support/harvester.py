"""Portals that harvest others, run by ckanext-harvest, and what is between them and those."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests

Facts = dict[str, Any]

HARVEST_SECONDS = 180
IDLE_SECONDS = 5
FORWARD_SECONDS = 120
TURTLE = {"rdf_format": "text/turtle"}


class Harvester:
    """A portal that harvests from one source, as its administrators use it."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._authorization = {"Authorization": token}
        self._source = ""

    def ask(self, action: str, *, stranger: bool = False, **data: object) -> Any:
        """What an action of the portal answers."""
        headers = {} if stranger else self._authorization
        url = f"{self._address}/api/3/action/{action}"
        answer = requests.post(url, json=data, headers=headers, timeout=HARVEST_SECONDS)
        assert answer.status_code == 200, f"{action}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()["result"]

    def page(self, path: str) -> str:
        """A page as a visitor gets it."""
        answer = requests.get(f"{self._address}/{path}", timeout=HARVEST_SECONDS)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def add(self, kind: str, address: str, organization: str) -> None:
        """Add the source: a kind of ckanext-harvest (`ckan`, `dcat_rdf`) and where it is."""
        source = self.ask(
            "harvest_source_create",
            name="musterstadt",
            title="Stadt Musterstadt",
            url=address,
            source_type=kind,
            owner_org=organization,
            frequency="MANUAL",
            config=json.dumps(TURTLE) if kind == "dcat_rdf" else "",
        )
        self._source = source["id"]

    def begin(self) -> str:
        """Begin to harvest; the id of the job."""
        job: str = self.ask("harvest_job_create", source_id=self._source, run=True)["id"]
        return job

    def end(self, job: str) -> list[str]:
        """Wait until the consumers have done a job, and close it; what went wrong.

        Closing is for a regular task, which also puts into the queue what is not in it: of a
        catalogue whose second page did not come, what was on the first. While all goes on it waits,
        or it would do so with what is on its way there.
        """
        began = seen = time.monotonic()
        left = None
        while (shown := self.ask("harvest_job_show", id=job))["status"] != "Finished":
            now = time.monotonic()
            assert now < began + HARVEST_SECONDS, f"{self._address} still harvests: {shown}"
            if left != (left := (shown["gather_finished"], shown["stats"].get("null"))):
                seen = now
            if left[0] and (not left[1] or now > seen + IDLE_SECONDS):
                self.ask("harvest_jobs_run", source_id=self._source)
                seen = now
            time.sleep(0.2)
        report = self.ask("harvest_job_report", id=job)
        of_objects = [each for item in report["object_errors"].values() for each in item["errors"]]
        return [each["message"] for each in (*report["gather_errors"], *of_objects)]

    def datasets(self, words: str = "*:*") -> list[Facts]:
        """The datasets that a stranger finds."""
        query = {"q": words, "fq": "dataset_type:dataset", "rows": 1000}
        found: list[Facts] = self.ask("package_search", stranger=True, **query)["results"]
        return found


class Folder:
    """Any web server, here Python's, that serves a folder; it can vanish and return."""

    def __init__(self, folder: Path) -> None:
        self._handler = partial(_Files, directory=str(folder))
        self._held = socket.socket()  # holds the port while nobody listens
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self._server: ThreadingHTTPServer | None = None
        self.address = f"http://127.0.0.1:{self._held.getsockname()[1]}/"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._held.close()

    def start(self) -> None:
        """Serve."""
        self._server = ThreadingHTTPServer(self._held.getsockname(), self._handler)
        serve = partial(self._server.serve_forever, poll_interval=0.01)
        threading.Thread(target=serve, daemon=True).start()

    def stop(self) -> None:
        """Refuse all connections."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class Front:
    """Stands before a portal, at `address`, so that a test can act between two requests of a
    harvester: `answered` is called with the number of each that the portal has answered, before the
    harvester has the answer. Where the portal does not answer, nor does this."""

    def __init__(self, address: str, origin: str) -> None:
        self.address = address
        self.answered: Callable[[int], None] = lambda _number: None
        self._origin = urlsplit(origin).netloc
        self._count = 0

    def watch(self, answered: Callable[[int], None]) -> None:
        """Count from 1 on, and call this."""
        self.answered, self._count = answered, 0

    def forward(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Status, type and content of what the portal answers."""
        portal = http.client.HTTPConnection(self._origin, timeout=FORWARD_SECONDS)
        portal.request(method, path)
        answer = portal.getresponse()
        found = answer.status, answer.headers.get("Content-Type", ""), answer.read()
        portal.close()
        self._count += 1
        self.answered(self._count)
        return found


@contextmanager
def front(origin: str) -> Iterator[Front]:
    """A front of a portal."""

    class Handler(BaseHTTPRequestHandler):
        """Forwards one request."""

        def do_GET(self) -> None:
            """Or any other."""
            self.close_connection = True
            with suppress(OSError, http.client.HTTPException):
                status, kind, content = before.forward(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - so it is called there

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        before = Front(f"http://127.0.0.1:{server.server_port}", origin)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield before
        finally:
            server.shutdown()
            thread.join()
