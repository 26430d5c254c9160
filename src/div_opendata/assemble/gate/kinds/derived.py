"""Files that say nothing but what the bundle's descriptor says, which is judged by itself: its
README, and the citations of a portal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from div_opendata.base.files import DESCRIPTOR, read_json
from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.workspace.settings import FolderPortal, Workspace

from ...metadata.citation import citation_of
from ...metadata.facts import dataset_facts
from ...readme import README, readme
from ..div7xx_bytes import unknown_content
from ..files import File
from ..leaks import Leaks


@dataclass(frozen=True)
class Derived:
    """What the bundle in a folder makes of its descriptor."""

    folder: Path
    workspace: Workspace
    leaks: Leaks

    def judge(self, file: File) -> Iterator[Finding]:
        """One file: it is as it is made, for one of the addresses of the workspace's portals."""
        if file.text.encode() not in [made.get(file.name) for made in self._made]:
            what = Message("This file says something else than the descriptor of the bundle.")
            yield unknown_content(file.place, what)
            yield from self.leaks.anything(file.text, file.place)

    @cached_property
    def _made(self) -> list[Mapping[str, bytes]]:
        """The files, by name: of each address, and none where the descriptor is damaged."""
        bundle = next(p for p in self.workspace.standard.packages.values() if p.bundle)
        made: list[Mapping[str, bytes]] = []
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            descriptor: Any = read_json(self.folder / bundle.name / DESCRIPTOR)
            made.append({f"{bundle.name}/{README}": readme(descriptor, self.workspace.license)})
            facts = dataset_facts(descriptor, bundle)
            for portal in self.workspace.configuration.portals.values():
                if isinstance(portal, FolderPortal):
                    zone = self.workspace.time_zone
                    made.append(citation_of(facts, portal.base_url, zone).files())
        return made
