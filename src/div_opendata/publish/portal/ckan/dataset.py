"""A dataset as CKAN has it: what of it is ours, and how it follows from a release. Which key says
what is in assemble/metadata/properties.py.

Ours are the keys that `wanted` returns, the tags and extras among them by their names, and the
resources that carry our ids. All else belongs to the people and extensions of the portal and stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
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
from div_opendata.standard.descriptor import CODES, is_file_name

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
_UNNAMED = "file"
_VERSION = 5
"""Of the UUIDs that `resource_id` gives."""
DICTIONARY = "dictionary_sha256"
"""The key of a resource that says which fields its table in the DataStore was given."""


@dataclass(frozen=True)
class Wanted:
    """A dataset as it shall be: its own keys, and for each file its resource and its table. A key
    or an extra that it shall not have is there and empty; `groups` are the configured ones."""

    name: str
    facts: Facts
    groups: tuple[str, ...]
    tags: tuple[str, ...]
    extras: Mapping[str, str]
    resources: Mapping[str, Facts]
    files: Mapping[str, ReleaseFile]
    tables: Mapping[str, Table]
    around: Around


def dataset_name(settings: CkanPortal, dataset: str) -> str:
    """The name of a dataset on the portal: the prefix in place of `div`."""
    return settings.prefix + dataset.removeprefix("div")


def is_table(package: Package, name: str) -> bool:
    """Whether a file of a package has a table in the DataStore: its tables and its codes. The
    bundle's are those of the other datasets."""
    return not package.bundle and (name in package.tables or name == CODES)


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
        if is_table(dataset.package, file.name)
    }
    facts = with_files(dataset_facts(descriptor, dataset.package), dataset, address)
    keys, tags, extras = _parts(descriptor, dataset.package, around)
    return Wanted(
        dataset_name(settings, dataset.package.dataset),
        keys,
        settings.groups,
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


def sparing(target: Wanted, former: Mapping[str, Any], seen: Facts | None) -> Wanted:
    """A dataset as it shall be, without what is empty in it and would only take away what others
    have set. What publishing itself has said and says no more, `former`, is taken away."""
    now = of_dataset(seen) if seen else {}
    own = {key for key, value in former.items() if value and now.get(key) == value}

    def spared(prefix: str, values: Mapping[str, Any]) -> Facts:
        return {key: value for key, value in values.items() if value or f"{prefix}{key}" in own}

    resources = {
        name: {key: value for key, value in resource.items() if value}
        for name, resource in target.resources.items()
    }
    return replace(
        target,
        facts=spared("", target.facts),
        extras=spared("extras.", target.extras),
        resources=resources,
    )


def of_dataset(package: Mapping[str, Any]) -> Facts:
    """The keys of a dataset, its extras among them as `extras.` and their names."""
    extras = {f"extras.{key}": value for key, value in extras_of(package).items()}
    return {**package, **extras}


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


def groups_of(package: Mapping[str, Any]) -> set[str]:
    """The names of the groups that a dataset is in."""
    return {group["name"] for group in package.get("groups", ())}


def tags_of(package: Mapping[str, Any]) -> set[str]:
    """A dataset's tags."""
    return {tag["name"] for tag in package.get("tags", ())}


def own_resources(package: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Facts]:
    """Our resources in a dataset of ours, by file: those that this made, the oldest where there are
    several, else those that say which file they are. `ids` are the ids that they get here."""
    found = {}
    for name, identity in ids.items():
        if made := made_resources(package, name, identity):
            found[name] = made[0]
        elif said := [item for item in package["resources"] if item.get(FILE_KEY) == name]:
            found[name] = said[0]
    return found


def made_resources(package: Mapping[str, Any], name: str, identity: str) -> list[Facts]:
    """The resources of a dataset of ours that this made for a file, the oldest first: that with its
    id, and those with an id that was made from another address of the portal. CKAN itself makes ids
    of another kind (UUIDv4)."""
    made = [
        resource
        for resource in package["resources"]
        if resource["id"] == identity or (_is_made(resource["id"]) and _file(resource) == name)
    ]
    return sorted(made, key=lambda resource: resource.get("created") or "")


def _is_made(identity: str) -> bool:
    try:
        return uuid.UUID(identity).version == _VERSION
    except ValueError:
        return False


def _file(resource: Mapping[str, Any]) -> str:
    """Which file a resource says that it is, else its address."""
    return resource.get(FILE_KEY) or PurePosixPath(file_of(resource)).stem


def file_of(resource: Mapping[str, Any]) -> str:
    """The name of a resource's file, as its address ends, if files can have such a name."""
    name = (resource.get("url") or "").rpartition("/")[2]
    return name if is_file_name(name) else _UNNAMED


def ours(package: Mapping[str, Any], target: Wanted, ids: Mapping[str, str]) -> Facts:
    """What of a dataset of the portal is ours, with the same keys as `target_facts`."""
    extras, tags = extras_of(package), tags_of(package)
    resources = own_resources(package, ids)
    facts: Facts = {key: package.get(key) or "" for key in target.facts}
    facts["groups"] = sorted(groups_of(package) & set(target.groups))
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
    facts["groups"] = sorted(target.groups)
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
