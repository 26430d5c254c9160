"""A release: what a portal is to show, as files on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from div_opendata.base.i18n import Label
from div_opendata.standard.descriptor import Descriptor
from div_opendata.standard.packages import Package

BUNDLE_ZIP = "div.zip"


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a dataset: its resource's name, its file name, where its bytes are."""

    name: str
    path: str
    source: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """A package as it is released: its stamped descriptor and its files, the descriptor last."""

    package: Package
    descriptor: Descriptor
    files: tuple[ReleaseFile, ...]


@dataclass(frozen=True)
class Release:
    """What a portal is to show: every dataset, in the order of publishing, and the folder with
    all their files (`<package>/…`, div.zip)."""

    folder: Path
    datasets: tuple[Dataset, ...]

    @property
    def bundle(self) -> Dataset:
        """The bundle with all tables."""
        return self.datasets[-1]


def archived(version: str) -> str:
    """The file name under which a version of the bundle stays."""
    return f"div-{version}.zip"


def number(version: str) -> tuple[int, int, int]:
    """A version as numbers, to compare: MAJOR, MINOR, PATCH."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def changes(former: str, version: str) -> Label:
    """What the number of a version says of the changes since a former one (docs/interface.md)."""
    (standard, rows, _), (new_standard, new_rows, _) = number(former), number(version)
    if new_standard != standard:
        return Label(
            f"Seit Version {former} gilt eine neue Fassung des Standards.",
            f"Since version {former} there is a new edition of the standard.",
        )
    if new_rows != rows:
        return Label(
            f"Seit Version {former} kamen Zeilen hinzu oder fielen weg.",
            f"Since version {former} rows were added or removed.",
        )
    return Label(
        f"Seit Version {former} haben sich Werte oder Texte geändert; keine Zeile kam hinzu oder"
        " fiel weg.",
        f"Since version {former} values or texts have changed; no row was added or removed.",
    )
