"""The files of a folder: of which kind each is, told by its name. What is of no kind is unknown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from div_opendata.base.files import BUILD_MARK, DESCRIPTOR, VERSIONS
from div_opendata.base.finding import Place
from div_opendata.lottery import CHECKER
from div_opendata.standard.descriptor import CODES
from div_opendata.standard.packages import Standard
from div_opendata.standard.tables import ID_PATTERN

from ..metadata import citation
from ..metadata.catalogue import DATA_JSON, FILES
from ..readme import README
from ..release import BUNDLE_ZIP

FileKind = Literal[
    "table",
    "codes",
    "pool",
    "copy",
    "descriptor",
    "readme",
    "versions",
    "catalogue",
    "citation",
    "data",
    "page",
    "zip",
]
_PAGES = {"index.html", "index.en.html"}
_POOL = re.compile(rf"pool-({ID_PATTERN.strip('^$')})\.txt")
_OF_THE_PORTAL: dict[str, FileKind] = {
    BUNDLE_ZIP: "zip",
    VERSIONS: "versions",
    **dict.fromkeys(FILES, "catalogue"),
    **dict.fromkeys(citation.FILES, "citation"),
    DATA_JSON: "data",
    BUILD_MARK: "copy",
    "style.css": "copy",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is judged: its name in the folder, where findings say that it is, its text."""

    name: str
    place: Place
    text: str


def file_kind(name: str, standard: Standard) -> FileKind | None:
    """Of which kind a file is by its name in the folder; None where no such file is published."""
    folder, _, file = name.rpartition("/")
    if file in _PAGES and folder in {"", *standard.packages}:
        return "page"
    if not folder:
        return _OF_THE_PORTAL.get(file)
    if folder == "schemas":
        return "copy" if file in {f"{t.name}.schema.json" for t in standard.public} else None
    if folder not in standard.packages:
        return None
    tables = standard.packages[folder].tables
    if file == README and standard.packages[folder].bundle:
        return "readme"
    if file == DESCRIPTOR:
        return "descriptor"
    if file == f"{CODES}.csv":
        return "codes"
    if "lottery_tickets" in tables and _POOL.fullmatch(file):
        return "pool"
    if "lottery_tickets" in tables and file == CHECKER.name:
        return "copy"
    table, dot, ending = file.partition(".")
    return "table" if table in tables and dot + ending == ".csv" else None


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1
