"""A descriptor with addresses leads back to the one that was released, to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from div_opendata.base.files import json_bytes
from div_opendata.publish.portal.linked import linked, unlinked
from support.workspaces import EXAMPLES

GOLDEN = sorted((EXAMPLES.parent / "datapackages").glob("*/datapackage.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_a_linked_descriptor_is_found_again(path: Path) -> None:
    descriptor = json.loads(path.read_bytes())
    for entry in descriptor["resources"]:
        entry |= {"bytes": 1, "hash": "sha256:0"}
    first, *_ = descriptor["resources"]
    address = f"https://ckan.example/{first['path']}"
    shown = linked(descriptor, {first["name"]: address}, "https://x/div.zip")
    assert shown["resources"][0]["path"] == address
    for entry, was in zip(shown["resources"][1:], descriptor["resources"][1:], strict=True):
        assert (entry["path"], entry["innerpath"]) == ("https://x/div.zip", was["path"])
        assert not {"bytes", "hash"} & set(entry)
    assert json_bytes(unlinked(shown)) == json_bytes(descriptor)
    assert json_bytes(unlinked(descriptor)) == json_bytes(descriptor)
