"""The standard as files, for those who want to build on it: schemas, descriptors, empty tables."""

from __future__ import annotations

from pathlib import Path

from div_opendata.base.files import mirror, refuse_occupied, write_csv
from div_opendata.standard.packages import load_standard, source

from .settings import WORKBOOK
from .template.workbook import write_workbook


def export_standard(folder: Path) -> list[Path]:
    """Write the standard into a new or empty folder and return the folders made.

    Raises UsageProblem where the folder is not empty.
    """
    refuse_occupied(folder)
    standard = load_standard()
    schemas, descriptors, templates = (
        folder / name for name in ("schemas", "datapackages", "templates")
    )
    mirror(source("schemas"), schemas)
    mirror(source("datapackages"), descriptors)
    (templates / "records").mkdir(parents=True)
    write_workbook(templates / WORKBOOK, standard)
    for table in standard.public:
        write_csv(templates / "records" / f"{table.name}.csv", [table.fields])
    return [schemas, descriptors, templates]
