"""A descriptor as a CKAN shows it: each file by its address there.

Beside a descriptor a CKAN answers any file name with the descriptor itself, so a program that
follows a path reads rubbish and does not notice (docs/decisions/ckan-descriptors.md). What of the
bundle no dataset has as a file of its own is named as a member of its zip, as frictionless reads
such: the zip's address and, as `innerpath`, the name in it. The size and the hash are then the
member's, and are called so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from div_opendata.standard.descriptor import Descriptor

_OF_A_MEMBER = {"bytes": "innerbytes", "hash": "innerhash"}
_OF_THE_FILE = {inner: name for name, inner in _OF_A_MEMBER.items()}
_MEMBER = ("compression", "innerpath")


def linked(descriptor: Descriptor, addresses: Mapping[str, str], archive: str = "") -> Descriptor:
    """A descriptor with the addresses of its resources, by their names; those that have none lie in
    the zip at `archive`."""
    return {
        **descriptor,
        "resources": [
            {**entry, "path": addresses[entry["name"]]}
            if entry["name"] in addresses
            else _member(entry, archive)
            for entry in descriptor["resources"]
        ],
    }


def unlinked(document: Descriptor) -> Descriptor:
    """The descriptor that `linked` was given: as it was released, whatever portal shows it."""
    return {**document, "resources": [_own(entry) for entry in document["resources"]]}


def _member(entry: Mapping[str, Any], archive: str) -> Descriptor:
    named = {_OF_A_MEMBER.get(key, key): value for key, value in entry.items()}
    return {**named, "path": archive, "compression": "zip", "innerpath": entry["path"]}


def _own(entry: Mapping[str, Any]) -> Descriptor:
    own = {_OF_THE_FILE.get(key, key): entry[key] for key in entry if key not in _MEMBER}
    return {**own, "path": entry.get("innerpath") or str(entry["path"]).rpartition("/")[2]}
