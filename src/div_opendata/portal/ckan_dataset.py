"""A dataset as CKAN has it: what of it is ours, and how it follows from a release.

Ours are the keys that `wanted` returns, the tags and extras among them by their names, and the
resources that carry our ids. All else belongs to the people and extensions of the portal and stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..files import DESCRIPTOR
from ..release import BUNDLE_ZIP
from .datastore import Table, table_of

if TYPE_CHECKING:
    from ..descriptor import Descriptor
    from ..release import Dataset, ReleaseFile
    from ..workspace import CkanPortal, Workspace

Facts = dict[str, Any]

UNFINISHED = "0.0.0"
"""The version of a dataset that was created and never uploaded to."""
FILE_KEY = "resource_name"
"""The key of a resource that says which file it is, should its id be another one."""
DICTIONARY = "dictionary_sha256"
"""The key of a resource that says which fields its table in the DataStore was given."""

_FORMATS = {".csv": ("CSV", "text/csv"), ".txt": ("TXT", "text/plain")}
_FORMATS |= {".py": ("PY", "text/x-python")}
_FORMATS |= {".json": ("JSON", "application/json"), ".zip": ("ZIP", "application/zip")}

_OWN_TEXTS: Mapping[str, Mapping[str, str]] = {
    BUNDLE_ZIP: {
        "title": "Alle Tabellen",
        "description": "Das ganze Datenpaket mit allen Tabellen in einer Datei: entpackt oder, so"
        " wie es ist, mit frictionless zu öffnen.",
    },
    DESCRIPTOR: {
        "title": "Beschreibung des Datenpakets",
        "description": "Data Package (frictionless): alle Dateien mit Spalten, Typen, Codes und"
        " SHA-256, für Programme.",
    },
}
"""Title and description of what no descriptor describes: the bundle's zip and the descriptor."""


@dataclass(frozen=True)
class Wanted:
    """A dataset as it shall be: its own keys, and for each file its resource and its table."""

    name: str
    facts: Facts
    tags: tuple[str, ...]
    extras: Mapping[str, str]
    resources: Mapping[str, Facts]
    files: Mapping[str, ReleaseFile]
    tables: Mapping[str, Table]


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


def wanted(dataset: Dataset, workspace: Workspace, settings: CkanPortal) -> Wanted:
    """What the portal shall have of a released dataset."""
    descriptor = dataset.descriptor
    described = {resource["name"]: resource for resource in descriptor["resources"]}
    tables = {
        file.name: table_of(described[file.name])
        for file in dataset.files
        if file.name in dataset.package.tables and not dataset.package.bundle
    }
    return Wanted(
        dataset_name(settings, dataset.package.dataset),
        _facts(descriptor, workspace),
        _tags(descriptor),
        _extras(descriptor),
        {
            file.name: _resource(file, described.get(file.name) or _OWN_TEXTS[file.path], workspace)
            | ({DICTIONARY: tables[file.name].digest} if file.name in tables else {})
            for file in dataset.files
        },
        {file.name: file for file in dataset.files},
        tables,
    )


def _facts(descriptor: Descriptor, workspace: Workspace) -> Facts:
    publisher = workspace.configuration.publisher
    return {
        "title": descriptor["title"],
        "notes": descriptor["description"],
        "version": descriptor["version"],
        "author": publisher.name,
        "maintainer": publisher.contact,
        "maintainer_email": publisher.mailbox,
        "license_id": descriptor["licenses"][0]["name"],
    }


def _tags(descriptor: Descriptor) -> tuple[str, ...]:
    return tuple(dict.fromkeys(descriptor["keywords"]))


def _extras(descriptor: Descriptor) -> Mapping[str, str]:
    return {
        "identifier": descriptor["id"],
        "modified": descriptor["created"],
        "attribution": descriptor["attribution"],
    }


def _resource(file: ReleaseFile, texts: Mapping[str, Any], workspace: Workspace) -> Facts:
    return {
        FILE_KEY: file.name,
        "name": texts["title"],
        "description": texts["description"],
        "format": _FORMATS[file.source.suffix][0],
        "license": workspace.license.url,
        "sha256": file.sha256,
    }


def mediatype(file: ReleaseFile) -> str:
    """The media type that a file is sent with."""
    return _FORMATS[file.source.suffix][1]


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
        facts |= {f"{name}.{key}": resource.get(key, "") for key in wanted_resource}
    return facts


def dataset_facts(descriptor: Descriptor, workspace: Workspace) -> Facts:
    """What `ours` gives of a dataset itself where it is as its descriptor makes it."""
    return _joined(_facts(descriptor, workspace), _tags(descriptor), _extras(descriptor))


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
    extras = {**extras_of(package), **target.extras}
    return {
        **target.facts,
        "tags": [{"name": tag} for tag in dict.fromkeys([*target.tags, *tags])],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
    }
