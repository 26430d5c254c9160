"""A dataset as CKAN has it: what of it is ours, and how it follows from a release. Which key says
what is in assemble/metadata/properties.py.

Ours are the keys that `wanted` returns, the tags and extras among them by their names, and the
resources that carry our ids. All else belongs to the people and extensions of the portal and stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from div_opendata.assemble.metadata.facts import (
    Address,
    DistributionFacts,
    dataset_facts,
    described_texts,
    with_files,
)
from div_opendata.assemble.metadata.properties import EXTRAS, ckan_values
from div_opendata.assemble.metadata.vocabulary import CHECKSUM, file_format
from div_opendata.assemble.release import BUNDLE_ZIP

from .datastore import Table, table_of
from .visitors import Around

if TYPE_CHECKING:
    from div_opendata.assemble.metadata.facts import Formats
    from div_opendata.assemble.release import Dataset, ReleaseFile
    from div_opendata.standard.descriptor import Descriptor
    from div_opendata.standard.packages import Package
    from div_opendata.workspace.settings import CkanPortal, Workspace

Facts = dict[str, Any]

UNFINISHED = "0.0.0"
"""The version of a dataset that was created and never uploaded to."""
FILE_KEY = "resource_name"
"""The key of a resource that says which file it is, should its id be another one."""
DICTIONARY = "dictionary_sha256"
"""The key of a resource that says which fields its table in the DataStore was given."""


@dataclass(frozen=True)
class Wanted:
    """A dataset as it shall be: its own keys, and for each file its resource and its table. A key
    or an extra that it shall not have is there and empty."""

    name: str
    facts: Facts
    tags: tuple[str, ...]
    extras: Mapping[str, str]
    resources: Mapping[str, Facts]
    files: Mapping[str, ReleaseFile]
    tables: Mapping[str, Table]
    around: Around


def dataset_name(settings: CkanPortal, dataset: str) -> str:
    """The name of a dataset on the portal: the prefix in place of `div`."""
    return settings.prefix + dataset.removeprefix("div")


def resource_id(workspace: Workspace, address: str, dataset: str, resource: str) -> str:
    """The id that a resource gets when it is created: UUIDv5 (RFC 9562) of publisher, portal,
    dataset and resource."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, workspace.configuration.publisher.uri)
    for part in (address, dataset, resource):
        identity = uuid.uuid5(identity, part)
    return str(identity)


def wanted(
    dataset: Dataset,
    settings: CkanPortal,
    address: Address,
    around: Around,
    *,
    formats: Formats,
    loads: bool,
) -> Wanted:
    """What the portal shall have of a released dataset. `address` is that of a file as the portal
    itself gives it; `loads` whether a loader reads the tables."""
    descriptor = dataset.descriptor
    described = {resource["name"]: resource for resource in descriptor["resources"]}
    tables = {
        file.name: table_of(described[file.name])
        for file in dataset.files
        if file.name in dataset.package.tables and not dataset.package.bundle
    }
    facts = with_files(dataset_facts(descriptor, dataset.package), dataset, address)
    keys, tags, extras = _parts(descriptor, dataset.package, around)
    return Wanted(
        dataset_name(settings, dataset.package.dataset),
        keys,
        tags,
        extras,
        {
            file.name: _resource(file, formats, loads=loads)
            | ({DICTIONARY: tables[file.name].digest} if file.name in tables else {})
            for file in facts.distributions
        },
        {file.name: file for file in dataset.files},
        tables,
        around,
    )


def _parts(
    descriptor: Descriptor, package: Package, around: Around
) -> tuple[Facts, tuple[str, ...], Mapping[str, str]]:
    """A dataset's own keys, tags and extras. Where it has no page, the address that somebody else
    has given it may stay."""
    facts = replace(dataset_facts(descriptor, package), page=around.page)
    values = ckan_values("dataset", replace(facts, license_name=around.license_id(facts)))
    if not around.page:
        del values["url"]
    if package.bundle:
        values["notes"] += _contents(descriptor, package)
    values["notes"] = around.below(values["notes"])
    tags = tuple(values.pop("tags"))
    extras = {key: values.pop(f"extras.{key}") for key in EXTRAS}
    return values, tags, extras


def _contents(descriptor: Descriptor, package: Package) -> str:
    """The tables in the bundle's zip, in Markdown, for its page shows the zip alone. Each has its
    German title, as the text before the list is German, and its English one."""
    titles = {
        entry["path"]: described_texts(entry)[0]
        for entry in descriptor["resources"]
        if entry["name"] in package.tables
    }
    lines = [f"- `{path}`: {title.de} ({title.en})" for path, title in titles.items()]
    return "\n".join([f"\n\n**Tabellen in {BUNDLE_ZIP}:**\n", *lines])


def _resource(file: DistributionFacts, formats: Formats, *, loads: bool) -> Facts:
    """A resource. A loader writes the MD5 of what it reads into `hash`, which is then its own."""
    resource = {
        FILE_KEY: file.name,
        "sha256": file.sha256,
        **ckan_values("distribution", file),
    }
    if formats == "label":
        resource["format"] = file.format.label
    if loads and file.path.endswith(".csv"):
        del resource["hash"]
        resource["hash_algorithm"] = f"{CHECKSUM}md5"
    return resource


def mediatype(file: ReleaseFile) -> str:
    """The media type that a file is sent with."""
    known = file_format(file.path)
    return known.upload or known.mediatype


def is_ours(package: Mapping[str, Any], identifier: str, ids: Iterable[str]) -> bool:
    """Whether a dataset of the portal is ours: by its identifier, or by a resource of ours."""
    known = set(ids)
    return extras_of(package).get("identifier") == identifier or any(
        resource["id"] in known for resource in package["resources"]
    )


def extras_of(package: Mapping[str, Any]) -> dict[str, str]:
    """A dataset's extras."""
    return {extra["key"]: extra["value"] for extra in package.get("extras", ())}


def tags_of(package: Mapping[str, Any]) -> set[str]:
    """A dataset's tags."""
    return {tag["name"] for tag in package.get("tags", ())}


def own_resources(package: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Facts]:
    """Our resources in a dataset of the portal, by file: those with our ids, else those that say
    which file they are. `ids` are the ids that they were created with."""
    by_id = {resource["id"]: resource for resource in package["resources"]}
    by_key: dict[str, Facts] = {}
    for resource in package["resources"]:
        by_key.setdefault(resource.get(FILE_KEY, ""), resource)
    return {
        name: resource
        for name, identity in ids.items()
        if (resource := by_id.get(identity) or by_key.get(name))
    }


def ours(package: Mapping[str, Any], target: Wanted, ids: Mapping[str, str]) -> Facts:
    """What of a dataset of the portal is ours, with the same keys as `target_facts`."""
    extras, tags = extras_of(package), tags_of(package)
    resources = own_resources(package, ids)
    facts: Facts = {key: package.get(key) or "" for key in target.facts}
    facts["tags"] = sorted(tags & set(target.tags))
    facts |= {f"extras.{key}": extras.get(key, "") for key in target.extras}
    for name, wanted_resource in target.resources.items():
        resource = resources.get(name, {})
        facts |= {f"{name}.{key}": resource.get(key) or "" for key in wanted_resource}
    return facts


def described_facts(
    descriptor: Descriptor, package: Package, around: Around | None = None
) -> Facts:
    """What `ours` gives of a dataset itself where it is as its descriptor makes it."""
    return _joined(*_parts(descriptor, package, around or Around()))


def _joined(facts: Facts, tags: Iterable[str], extras: Mapping[str, str]) -> Facts:
    return {
        **facts,
        "tags": sorted(tags),
        **{f"extras.{key}": value for key, value in extras.items()},
    }


def target_facts(target: Wanted) -> Facts:
    """What `ours` gives where all is as it shall be."""
    facts = _joined(target.facts, target.tags, target.extras)
    for name, resource in target.resources.items():
        facts |= {f"{name}.{key}": value for key, value in resource.items()}
    return facts


def own_update(package: Mapping[str, Any], target: Wanted, former: Iterable[str]) -> Facts:
    """The dataset's own keys for `package_revise`, together with the tags and extras of others,
    which `filter` takes away first. `former` are the tags that were ours and may go."""
    tags = [tag for tag in sorted(tags_of(package)) if tag not in former]
    extras = {key: value for key, value in {**extras_of(package), **target.extras}.items() if value}
    return {
        **target.facts,
        "tags": [{"name": tag} for tag in dict.fromkeys([*target.tags, *tags])],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
    }
