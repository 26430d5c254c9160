"""Releases of the examples with their catalogues, as a folder portal has them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from rdflib import URIRef

from div_opendata.assemble.metadata import graph as graphs
from div_opendata.assemble.metadata.div9xx_harvest import names_of
from div_opendata.assemble.metadata.facts import CatalogFacts
from div_opendata.assemble.metadata.vocabulary import term
from div_opendata.assemble.packages import write_packages
from div_opendata.assemble.release import Release
from div_opendata.publish.portal.folder.portal import Folder
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import FolderPortal, Workspace, open_workspace
from support.workspaces import EXAMPLES, examine

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
PUBLIC = "https://offene-daten.probe.example/"
DATASETS = {"musterstadt": 9, "bielefeld": 5}


def planned(workspace: Workspace, folder: Path, base_url: str = PUBLIC) -> Release:
    """A release of a workspace's records as a folder portal at `base_url` gets it."""
    portal = FolderPortal(path=str(folder / "portal"), base_url=base_url)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    opened = Workspace(folder / "workspace", configuration)
    records, _ = examine(workspace)
    for name in ("build", "release"):
        (folder / name).mkdir(parents=True)
    write_packages(records, opened, folder / "build")
    publisher = Publisher(opened, Folder("folder", opened))
    return publisher.plan(folder / "build", MONDAY, folder / "release").release


def described(release: Release, workspace: Workspace, base_url: str = PUBLIC) -> CatalogFacts:
    portal = FolderPortal(path="portal", base_url=base_url)
    configuration = replace(workspace.configuration, portals={"folder": portal})
    return (
        Folder("folder", replace(workspace, configuration=configuration)).metadata(release).catalog
    )


class Example:
    """An example's release, with its catalogue."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.workspace = open_workspace(EXAMPLES / name)
        self.release = planned(self.workspace, folder)
        self.folder = self.release.folder
        self.catalog = described(self.release, self.workspace)
        self.graph = graphs.build(self.catalog)
        self.names = names_of(self.catalog)


def named(name: str) -> URIRef:
    return URIRef(term(name))
