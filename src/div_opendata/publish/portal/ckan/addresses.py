"""The descriptors of a release with the addresses of their files on the portal.

They are those that catalogues are told, made with what the portal says of itself, whatever it was
asked by. The bundle's tables are files of the other datasets; what is in none of these is in its
zip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from div_opendata.assemble.release import BUNDLE_ZIP, Dataset, Release
from div_opendata.base.disk import write_file
from div_opendata.base.files import DESCRIPTOR, copy_whole, json_bytes, sha256

from ..linked import linked
from .site import Site


def with_addresses(site: Site, release: Release) -> Release:
    """A release with descriptors that name their files by their addresses."""
    datasets = (_with_addresses(site, release, dataset) for dataset in release.datasets)
    return replace(release, datasets=tuple(datasets))


def _with_addresses(site: Site, release: Release, dataset: Dataset) -> Dataset:
    own = site.addresses(dataset)
    if dataset.package.bundle:
        document = linked(
            dataset.descriptor, _elsewhere(site, release, dataset), own("", BUNDLE_ZIP)
        )
    else:
        addresses = {file.name: own("", file.path) for file in dataset.files}
        document = linked(dataset.descriptor, addresses)
    path = site.drafts / dataset.package.name / DESCRIPTOR
    path.parent.mkdir(exist_ok=True)
    write_file(path, json_bytes(document))
    files = tuple(
        replace(file, source=path, bytes=path.stat().st_size, sha256=sha256(path))
        if file.path == DESCRIPTOR
        else file
        for file in dataset.files
    )
    return replace(dataset, files=files)


def _elsewhere(site: Site, release: Release, bundle: Dataset) -> Mapping[str, str]:
    """The addresses of the bundle's files that other datasets have, byte by byte."""
    hashes = {entry["name"]: entry["hash"] for entry in bundle.descriptor["resources"]}
    return {
        entry["name"]: site.addresses(dataset)("", entry["path"])
        for dataset in release.datasets
        if not dataset.package.bundle
        for entry in dataset.descriptor["resources"]
        if hashes.get(entry["name"]) == entry["hash"]
    }


def keep_descriptors(site: Site) -> None:
    """Keep the descriptors that the portal shows now, as they were sent."""
    for path in site.drafts.glob(f"*/{DESCRIPTOR}"):
        target = site.sent / path.relative_to(site.drafts)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_whole(path, target)
