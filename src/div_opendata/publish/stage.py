"""The files of a release: copied from the build, zipped, and none that was withdrawn."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from div_opendata.assemble.release import BUNDLE_ZIP, Dataset, ReleaseFile
from div_opendata.base.disk import CHUNK, copy_file, open_file, write_file, writing
from div_opendata.base.errors import Problem
from div_opendata.base.files import DESCRIPTOR, json_bytes, sha256
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import Descriptor
from div_opendata.standard.packages import Package


def stage(build: Path, folder: Path, package: Package, descriptor: Descriptor) -> Dataset:
    """Write a dataset's files as the portal will show them into the release's folder."""
    home = folder / package.name
    home.mkdir()
    paths = [resource["path"] for resource in descriptor["resources"]]
    for resource in descriptor["resources"]:
        path = home / resource["path"]
        copy_file(build / package.name / path.name, path)
        if f"sha256:{sha256(path)}" != resource["hash"]:
            raise Problem(
                Message(
                    "{file} is not as it was assembled.", file=build / package.name / path.name
                ),
                Message("Nothing was published. Assemble again: div-opendata assemble"),
            )
    write_file(home / DESCRIPTOR, json_bytes(descriptor))
    if package.bundle:
        write_zip(home, [DESCRIPTOR, *paths], folder / BUNDLE_ZIP)
        sources = {package.name: folder / BUNDLE_ZIP}
    else:
        sources = {
            resource["name"]: home / resource["path"] for resource in descriptor["resources"]
        }
    sources["datapackage"] = home / DESCRIPTOR
    files = tuple(
        ReleaseFile(name, path.name, path, path.stat().st_size, sha256(path))
        for name, path in sources.items()
    )
    return Dataset(package, descriptor, files)


def write_zip(folder: Path, names: Iterable[str], target: Path) -> None:
    """Zip files of a folder: stored, not deflated (compressors differ), with a fixed time."""
    with (
        writing(target) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name in names:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # else it tells on which system it was made
            entry.file_size = (folder / name).stat().st_size
            with open_file(folder / name) as source, archive.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, CHUNK)


def refuse_withdrawn(dataset: Dataset, taken_back: Mapping[str, dt.date]) -> None:
    """Raise Problem where a file's bytes were withdrawn: nothing may bring them back."""
    described = {
        resource["path"]: resource["hash"].removeprefix("sha256:")
        for resource in dataset.descriptor["resources"]
    }
    for path, digest in (described | {file.path: file.sha256 for file in dataset.files}).items():
        if date := taken_back.get(digest):
            raise Problem(
                Message(
                    "{file} is as it was when it was withdrawn on {date}.",
                    file=f"{dataset.package.name}/{path}",
                    date=date,
                ),
                Message(
                    "Nothing was published. Take what had to go out of the records; then publish."
                ),
            )
