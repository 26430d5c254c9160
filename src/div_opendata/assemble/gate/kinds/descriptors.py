"""A package's descriptor, and the portal's list of versions.

What the descriptor has from the standard is nobody's; the rest is the configuration's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.descriptor import CODES
from div_opendata.standard.packages import Package, Standard

from ..div7xx_bytes import unknown_content
from ..documents import judge_document, strings
from ..files import File, file_kind
from ..forms import PROPERTIES, UNSAID, VERSIONS_FORM
from ..known import Known
from ..leaks import Leaks


def judge_versions(file: File, leaks: Leaks) -> Iterator[Finding]:
    """The list of all versions on a portal."""
    document = yield from judge_document(file.text, VERSIONS_FORM, file.place, leaks)
    yield from leaks.private(file.text, file.place)
    yield from leaks.own_texts((value for _, value in strings(document)), file.place)


def judge_descriptor(file: File, leaks: Leaks, known: Known) -> Iterator[Finding]:
    """The descriptor of a package."""
    text, place = file.text, file.place
    package = known.standard.packages[file.name.partition("/")[0]]
    document = yield from judge_document(text, PROPERTIES, place, leaks)
    if not isinstance(document, dict):
        return
    expected = known.descriptors[package.name]
    expected_resources = {resource["name"]: resource for resource in expected["resources"]}
    own = list(strings(_otherwise(document, expected)))
    resources = document.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict):
            yield from _judge_resource(resource, package, known.standard, place, leaks)
            own += strings(_otherwise(resource, expected_resources.get(resource.get("name"), {})))
    free = [value for key, value in own if key not in UNSAID]
    yield from leaks.own_texts(free, place)
    for value in (value for key, value in own if key in UNSAID):
        yield from leaks.contacts(value, place, ("email",))
    told = {secret for value in free for secret in leaks.needles.search(value)}
    yield from leaks.private_beside(text, told, place)


def _otherwise(document: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, but for the resources, that are not as the standard has them."""
    return {
        key: value
        for key, value in document.items()
        if key != "resources" and expected.get(key) != value
    }


def _judge_resource(
    resource: Mapping[str, Any], package: Package, standard: Standard, place: Place, leaks: Leaks
) -> Iterator[Finding]:
    """A resource that the package does not have, or a field that its table does not have."""
    name = str(resource.get("name"))
    table = standard.tables.get(name) if name in package.tables else None
    kind = file_kind(f"{package.name}/{resource.get('path')}", standard)
    if kind is None or (table is None) != (kind != "table"):
        what = Message("The descriptor has an unknown resource: {name}", name=leaks.safe(name))
        yield unknown_content(place, what)
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    known = table.fields if table else {"list", "code", "de", "en"} if name == CODES else ()
    for item in fields if isinstance(fields, list) else ():
        field = item.get("name") if isinstance(item, dict) else item
        if field not in known:
            shown = leaks.safe(str(field))
            what = Message("The descriptor has an unknown field: {name}", name=shown)
            yield unknown_content(replace(place, table=name if table else None), what)
