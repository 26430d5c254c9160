"""What may be in the finished files: the properties of a descriptor, and the forms of values.

Of properties None stands for a value, and a list has any number of what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from div_opendata.standard.tables import Field

_TEXTS: Mapping[str, Any] = {"title": None, "description": None}
_TRANSLATED: Mapping[str, Any] = {**_TEXTS, "translations": {"en": _TEXTS}}
_CATEGORIES: Mapping[str, Any] = {"categories": [{"value": None, "label": None}]}
_FIELD: Mapping[str, Any] = {
    **dict.fromkeys(("name", "type", "format", "example", "codelist")),
    **_TEXTS,
    **_CATEGORIES,
    "translations": {"en": {**_TEXTS, **_CATEGORIES}},
    "constraints": {
        **dict.fromkeys(("required", "pattern", "minimum", "maximum", "maxLength")),
        "enum": [None],
    },
}
_SCHEMA: Mapping[str, Any] = {
    "$schema": None,
    "fields": [_FIELD],
    "primaryKey": [None],
    "uniqueKeys": [[None]],
    "foreignKeys": [{"fields": [None], "reference": {"resource": None, "fields": [None]}}],
    "missingValues": [None],
}
_RESOURCE: Mapping[str, Any] = {
    **dict.fromkeys(("name", "type", "path", "format", "mediatype", "encoding")),
    **dict.fromkeys(("conformsTo", "bytes", "hash", "rows")),
    **_TRANSLATED,
    "schema": _SCHEMA,
}
_DCAT: Mapping[str, Any] = {
    **dict.fromkeys(("uri", "series", "publisherType", "language", "frequency", "availability")),
    "themes": [None],
    "municipality": None,
    "temporal": {"start": None, "end": None},
    "contributorIDs": [None],
    "doi": None,
}
PROPERTIES: Mapping[str, Any] = {
    **dict.fromkeys(("$schema", "name", "id", "version", "created", "issued", "attribution")),
    **_TRANSLATED,
    "keywords": [None],
    "licenses": [{"name": None, "path": None, "title": None}],
    "contributors": [{"title": None, "path": None, "email": None, "roles": [None]}],
    "sources": [{"title": None, "path": None}],
    "dcat": _DCAT,
    "resources": [_RESOURCE],
}
"""The properties of a descriptor as a release has it."""
UNSAID = {"hash", "bytes", "created", "issued", "version", "id", "email", "path", "$schema", "name"}
UNSAID |= {*_DCAT, "start", "end"}
"""Properties that are no free text; `email` is the functional mailbox, `path` an address."""
VERSIONS_FORM: Mapping[str, Any] = {
    "versions": [dict.fromkeys(("version", "created", "file", "sha256", "withdrawn"))]
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
