"""A real CKAN, started by scripts/ckan, and publishing to it without waiting."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.portal.protocol import Tell
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import CkanPortal, Workspace
from div_opendata.workspace.tokens import Token

SCRIPT = Path(__file__).parents[2] / "scripts" / "ckan"

Person = Literal["admin", "office", "colleague", "visitor"]
Site = Literal["city", "plain"]
Part = Literal["solr", "worker", "city", "plain", "redis"]

_numbers = itertools.count(1)


def no_wait(_seconds: float) -> None:
    """For `Api`: no time passes before a repetition."""


def short_wait(seconds: float) -> None:
    """For `Api`, where the portal's loader has to be waited for."""
    time.sleep(min(seconds, 0.1))


@dataclass(frozen=True)
class Instance:
    """A CKAN that runs: `city` loads what is uploaded into its DataStore, `plain` is the same
    portal without a loader. `office` and `colleague` are editors of the organisation, `visitor` has
    an account and no rights. `harvesters` are the addresses of the portals that harvest, by the way
    in which they do, where it was started with them."""

    city: str
    plain: str
    organization: str
    tokens: Mapping[str, str]
    storage: Path
    logs: Path
    folder: Path
    name: str
    version: str
    harvesters: Mapping[str, str]

    def url(self, site: Site = "plain") -> str:
        """The address of a site."""
        return self.city if site == "city" else self.plain

    def prefix(self) -> str:
        """A prefix of datasets that no other test has."""
        return f"t{next(_numbers)}"

    def portal(self, prefix: str, site: Site = "plain", name: str = "city") -> str:
        """The portal, for div-opendata.toml."""
        return (
            f'[portals.{name}]\nkind = "ckan"\nurl = "{self.url(site)}"\n'
            f'organization = "{self.organization}"\nprefix = "{prefix}"\n'
        )

    def api(
        self,
        who: Person | None = "office",
        site: Site = "plain",
        wait: Callable[[float], None] = no_wait,
    ) -> Api:
        """The portal's API, for one of its people or (None) for a stranger."""
        token = Token(self.tokens[who]) if who else None
        return Api(self.url(site), token, timeouts=(10.0, 120.0), wait=wait)

    def open(
        self,
        workspace: Workspace,
        who: Person | None = "office",
        tell: Tell = lambda _message: None,
        name: str | None = None,
    ) -> Publisher:
        """A publisher to a portal (by default the first) of a workspace's configuration."""
        portals = workspace.configuration.portals
        name = name or next(iter(portals))
        url = cast("CkanPortal", portals[name]).url
        loads = url.rstrip("/") == self.city.rstrip("/")
        token = Token(self.tokens[who]) if who else None
        wait = short_wait if loads else no_wait
        api = Api(url, token, timeouts=(10.0, 120.0), wait=wait)
        return Publisher(workspace, Ckan(name, workspace, api, tell))

    def stop(self, part: Part) -> None:
        """Stop a part of it."""
        _call("stop-part", part, *self._options)

    def start(self, part: Part) -> None:
        """Start a part of it again."""
        _call("start-part", part, *self._options)

    @property
    def _options(self) -> tuple[str, ...]:
        return ("--instance", self.name, "--ckan", self.version)


@contextmanager
def running(version: str = "2.12", *, harvesters: bool = False) -> Iterator[Instance]:
    """A CKAN of one's own, and three that harvest where they are wanted; it goes when this process
    does."""
    name = f"test{os.getpid()}{'harvest' if harvesters else ''}"
    options = ("--instance", name, "--ckan", version)
    more = ("--while", str(os.getpid()), *(["--with-harvester"] if harvesters else []))
    try:
        document: dict[str, Any] = json.loads(_call("up", *options, *more, "--json"))
        yield Instance(
            document["city"],
            document["plain"],
            document["organization"],
            {
                who: Path(path).read_text("utf-8").strip()
                for who, path in document["tokens"].items()
            },
            Path(document["storage"]),
            Path(document["logs"]),
            Path(document["folder"]),
            name,
            version,
            {
                key.removeprefix("harvester-"): value
                for key, value in document.items()
                if key.startswith("harvester-")
            },
        )
    finally:
        _call("down", *options)


def _call(*arguments: str) -> str:
    """Run scripts/ckan; what it prints."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"scripts/ckan {arguments[0]}:\n{done.stdout}{done.stderr}"
    return done.stdout
