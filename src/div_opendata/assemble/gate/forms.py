"""What may be in the finished files: names, properties and the forms of values, and how their texts
are found. None stands for a value, a list has any number of what it shows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from div_opendata.standard.tables import ID_PATTERN, Field

from ..metadata import catalogue

_TEXTS: Mapping[str, Any] = {"title": None, "description": None}
_TRANSLATED: Mapping[str, Any] = {**_TEXTS, "translations": {"en": _TEXTS}}
_SCHEMA: Mapping[str, Any] = {
    "$schema": None,
    "fields": [
        {
            "name": None,
            "type": None,
            "format": None,
            "example": None,
            **_TRANSLATED,
            "categories": [{"value": None, "label": None}],
            "constraints": {
                "required": None,
                "pattern": None,
                "minimum": None,
                "maximum": None,
                "maxLength": None,
                "enum": [None],
            },
        }
    ],
    "primaryKey": [None],
    "uniqueKeys": [[None]],
    "foreignKeys": [{"fields": [None], "reference": {"resource": None, "fields": [None]}}],
    "missingValues": [None],
}
_RESOURCE: Mapping[str, Any] = {
    "name": None,
    "type": None,
    "path": None,
    "format": None,
    "mediatype": None,
    "encoding": None,
    "conformsTo": None,
    "bytes": None,
    "hash": None,
    "rows": None,
    **_TRANSLATED,
    "schema": _SCHEMA,
}
_DCAT: Mapping[str, Any] = {
    "uri": None,
    "series": None,
    "publisherType": None,
    "themes": [None],
    "language": None,
    "frequency": None,
    "availability": None,
    "municipality": None,
    "temporal": {"start": None, "end": None},
    "contributorIDs": [None],
}
PROPERTIES: Mapping[str, Any] = {
    "$schema": None,
    "name": None,
    "id": None,
    "version": None,
    "created": None,
    "issued": None,
    **_TRANSLATED,
    "keywords": [None],
    "licenses": [{"name": None, "path": None, "title": None}],
    "attribution": None,
    "contributors": [{"title": None, "path": None, "email": None, "roles": [None]}],
    "sources": [{"title": None, "path": None}],
    "dcat": _DCAT,
    "resources": [_RESOURCE],
}
"""The properties of a descriptor as a release has it: None is a value, a list has any number of
what it shows."""
VERSIONS_FORM: Mapping[str, Any] = {
    "versions": [{"version": None, "file": None, "sha256": None, "withdrawn": None}]
}

_FORMS: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"-?[0-9]+"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "datetime": re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
    ),
    "month": re.compile(r"[0-9]{4}-[0-9]{2}"),
}
LEAVES = re.compile(rb"(?:[0-9a-f]{64}\n)*")
POOL = re.compile(rf"pool-({ID_PATTERN.strip('^$')})\.txt")
PAGES = {"index.html", "index.en.html"}
SCRIPT = re.compile(r'<script type="application/ld\+json">\n(.*?)\n</script>', re.DOTALL)
"""What a page says of itself for machines: data, no program."""
UNSAID = {
    "hash",
    "bytes",
    "created",
    "issued",
    "version",
    "id",
    "email",
    "path",
    "$schema",
    "name",
}
UNSAID |= {*_DCAT, "start", "end"}
"""Properties that are no free text; `email` is the functional mailbox, `path` an address."""


def is_free_text(item: Field) -> bool:
    """Whether people write into a field what they like."""
    return item.kind == "text" and "pattern" not in item.schema


def value_form(item: Field) -> Callable[[str], object]:
    """What a value of a field that is no free text must be."""
    if item.codelist:
        return item.codelist.codes.__contains__
    if "pattern" in item.schema:
        return re.compile(item.schema["pattern"]).fullmatch
    return _FORMS[item.kind].fullmatch


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def beyond(document: Any, known: Any, path: str) -> Iterator[str]:
    """The paths of what a document has and the form that is known does not."""
    if isinstance(document, dict) and isinstance(known, Mapping):
        for key, value in document.items():
            here = f"{path}.{key}" if path else key
            if key in known:
                yield from beyond(value, known[key], here)
            else:
                yield here
    elif isinstance(document, list) and isinstance(known, list):
        for number, value in enumerate(document):
            yield from beyond(value, known[0], f"{path}[{number}]")
    elif isinstance(document, dict | list) or known is not None:
        yield path or "–"


def otherwise(document: Mapping[str, Any], standard: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, but for the resources, that are not as the standard has them."""
    return {
        key: value
        for key, value in document.items()
        if key != "resources" and standard.get(key) != value
    }


def free_texts(document: Any) -> list[str]:
    """The words of data.json, or of what a page says of itself for machines."""
    texts = (value for key, value in strings(document) if key in catalogue.FREE_TEXTS)
    return list(dict.fromkeys(texts))


def strings(document: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with the property that it is, or is listed in."""
    if isinstance(document, str):
        yield key, document
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from strings(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from strings(value, key)
