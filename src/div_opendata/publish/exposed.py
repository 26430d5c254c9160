"""What earlier versions on a portal have that is withheld now: the counts of a vote that was
published as open."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.assemble.gate.div7xx_bytes import counts_in_versions
from div_opendata.standard.tables import key_text
from div_opendata.workspace.settings import FolderPortal

from .portal.folder.versions import Versions

if TYPE_CHECKING:
    from div_opendata.base.finding import Finding
    from div_opendata.standard.records import Records, Table
    from div_opendata.workspace.settings import Workspace


def counts_on_portals(workspace: Workspace, records: Records) -> Iterator[Finding]:
    """The secret ballots whose counts stand in versions that a folder portal keeps.

    A CKAN keeps no earlier versions; what it shows now is replaced when the change is published.
    """
    for name, portal in workspace.configuration.portals.items():
        if isinstance(portal, FolderPortal):
            versions = Versions(workspace.root / portal.path)
            for table in records.tables.values():
                if "withheld" in table.schema.schema:
                    yield from _of_table(table, versions, name)


def _of_table(table: Table, versions: Versions, portal: str) -> Iterator[Finding]:
    schema = table.schema
    withheld = {
        key_text(key): record
        for record in table.records
        if schema.withheld(record.values) and (key := schema.key_of(record.values))
    }
    files: dict[str, list[str]] = defaultdict(list)
    for file, content in versions.contents(f"{schema.name}.csv") if withheld else ():
        for row in csv.DictReader(io.StringIO(content.decode("utf-8", "replace"), newline="")):
            vote = "/".join(row.get(field) or "" for field in schema.primary_key)
            if vote in withheld and any(map(row.get, schema.withheld(withheld[vote].values))):
                files[vote].append(file)
    for vote, found in files.items():
        when = next(iter(schema.schema["withheld"]["when"]))
        place = table.place(withheld[vote], when)
        yield counts_in_versions(place, vote, portal, found, schema.name)
