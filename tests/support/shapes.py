"""The official shapes of DCAT-AP.de."""

from __future__ import annotations

import os
from pathlib import Path

from support.workspaces import TOP


def shapes() -> Path | None:
    """Where the official shapes are, with check.py that runs them."""
    named_ = os.environ.get("DIV_OPENDATA_SHAPES")
    folder = Path(named_) if named_ else TOP.parent / "shared" / "dcat-ap-de"
    return folder if (folder / "check.py").is_file() else None


def violations_of_dcat_ap(folder: Path, catalogue: Path) -> list[str]:
    """What the shapes of DCAT-AP alone, without those of DCAT-AP.de, find wrong in a catalogue by
    itself: as a harvester sees it that has loaded no list of terms."""
    from pyshacl import validate
    from rdflib import Graph, Namespace

    (semic,) = folder.glob("semic-*.ttl")
    _, report, _ = validate(Graph().parse(catalogue), shacl_graph=Graph().parse(semic))
    sh = Namespace("http://www.w3.org/ns/shacl#")
    return [
        f"{report.value(found, sh.focusNode)} {report.value(found, sh.resultMessage)}"
        for found in report.subjects(sh.resultSeverity, sh.Violation)
    ]
