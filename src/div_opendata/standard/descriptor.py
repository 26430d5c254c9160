"""Data Package v2 descriptors with Table Schemas, derived from schemas/.

https://datapackage.org/standard/data-package/ and /table-schema/. German texts are the main ones,
English ones stand in `translations`, and the name of a column's code list, by which `codes.csv` is
joined, in `codelist` (extensions that tools ignore). A foreign key into another
package is a key only in the bundle; in a single package it is said in words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from div_opendata.base.i18n import Label, Message
from div_opendata.base.language import Language

from .codelists import CodeList
from .packages import Package, Standard
from .tables import Field, TableSchema, value_text

Descriptor = dict[str, Any]

VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
"""The form of a release's version."""
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")

CODES = "codes"
"""The resource with the codes that a package uses."""

_TYPES = {"text": "string", "code": "string", "month": "yearmonth"}
_CONSTRAINTS = ("pattern", "minimum", "maximum", "enum", "maxLength")


def package_descriptor(package: Package, standard: Standard) -> Descriptor:
    """The descriptor of a package without what depends on its records."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": package.dataset,
        **_texts(package.title, package.description),
        "keywords": list(dict.fromkeys([*package.keywords["de"], *package.keywords["en"]])),
        "resources": [
            *(_table_resource(standard.tables[name], package, standard) for name in package.tables),
            _codes_resource(),
        ],
    }


def is_file_name(text: str) -> bool:
    """Whether a text can be the name of a published file."""
    return bool(_FILE.fullmatch(text))


def is_stamped(document: Any) -> bool:
    """Whether a document of a portal has the form of a released descriptor.

    Raises KeyError, TypeError or ValueError where it has not even that.
    """
    return (
        bool(VERSION.fullmatch(document["version"]))
        and dt.datetime.fromisoformat(document["created"]).tzinfo is not None
        and all(
            is_file_name(resource["path"])
            and isinstance(resource["name"], str)
            and isinstance(resource["hash"], str)
            and isinstance(resource.get("rows", 0), int)
            for resource in document["resources"]
        )
    )


def file_resource(
    name: str, path: str, texts: Descriptor, mediatype: str = "text/plain"
) -> Descriptor:
    """A resource that is a text file, no table."""
    return {
        "name": name,
        "path": path,
        **texts,
        "format": path.rpartition(".")[2],
        "mediatype": mediatype,
        "encoding": "utf-8",
    }


def pool_texts(lottery: str) -> Descriptor:
    """Title and description of a lottery's pool file."""
    return _texts(
        _both(Message("Pool of the lottery {lottery}", lottery=lottery)),
        _both(
            Message(
                "The leaves of all tickets in byte order, each closed by a line feed. The SHA-256"
                " of this file is the pool_sha256 of the lottery."
            )
        ),
    )


def checker_resource(path: str) -> Descriptor:
    """The program with which anybody can run the lotteries of a package again."""
    texts = _texts(
        _both(Message("Program to check the draw")),
        _both(
            Message(
                "Runs the lotteries of this package again, step by step, with nothing but Python 3:"
                " python3 check_lottery.py FOLDER"
            )
        ),
    )
    return file_resource("check_lottery", path, texts, "text/x-python")


def _both(message: Message) -> Label:
    return Label(de=message.text("de"), en=message.text("en"))


def _texts(title: Label, description: Label) -> Descriptor:
    return {
        "title": title.de,
        "description": description.de,
        "translations": {"en": {"title": title.en, "description": description.en}},
    }


def _csv_resource(name: str, title: Label, description: Label, schema: Descriptor) -> Descriptor:
    return {
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        **_texts(title, description),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            **schema,
            "missingValues": [""],
        },
    }


def _table_resource(table: TableSchema, package: Package, standard: Standard) -> Descriptor:
    inside = [key for key in table.foreign_keys if key.table in package.tables]
    outside = {
        key.fields[-1]: key.table for key in table.foreign_keys if key.table not in package.tables
    }
    schema: Descriptor = {
        "fields": [
            _field(field, standard, outside.get(field.name)) for field in table.fields.values()
        ],
        "primaryKey": list(table.primary_key),
    }
    if table.unique_keys:
        schema["uniqueKeys"] = [list(key) for key in table.unique_keys]
    if inside:
        schema["foreignKeys"] = [
            {
                "fields": list(key.fields),
                "reference": {
                    # the one form that all readers know (docs/researchers.en.md)
                    "resource": "" if key.table == table.name else key.table,
                    "fields": list(standard.tables[key.table].primary_key),
                },
            }
            for key in inside
        ]
    resource = _csv_resource(table.name, table.title, table.description, schema)
    return {**resource, "conformsTo": table.schema["$id"]}


def _field(field: Field, standard: Standard, refers_to: str | None) -> Descriptor:
    description = field.description
    if refers_to:
        words = _both(
            Message(
                "Refers to the table “{table}” ({name}) of the data package {package}.",
                table=standard.tables[refers_to].title,
                name=refers_to,
                package=standard.package_of(refers_to).dataset,
            )
        )
        description = Label(f"{description.de} {words.de}", f"{description.en} {words.en}")
    descriptor: Descriptor = {
        "name": field.name,
        "type": _TYPES.get(field.kind, field.kind),
        **_texts(field.title, description),
        "example": value_text(field.schema["examples"][0]),
    }
    if field.schema.get("format") == "uri":
        descriptor["format"] = "uri"
    if field.codelist:
        descriptor["codelist"] = field.codelist.name
        descriptor["categories"] = _categories(field.codelist, "de")
        descriptor["translations"]["en"]["categories"] = _categories(field.codelist, "en")
    if constraints := _constraints(field):
        descriptor["constraints"] = constraints
    return descriptor


def _categories(codelist: CodeList, language: Language) -> list[Descriptor]:
    return [
        {"value": code.code, "label": code.label.text(language)} for code in codelist.codes.values()
    ]


def _constraints(field: Field) -> Mapping[str, Any]:
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    for name in _CONSTRAINTS:
        if name in field.schema and not (field.kind == "month" and name == "pattern"):
            constraints[name] = field.schema[name]
    if field.codelist and field.open_list:
        constraints.pop("pattern", None)
        constraints["enum"] = list(field.codelist.codes)
    return constraints


def _codes_resource() -> Descriptor:
    fields = {
        "list": (Label("Liste", "List"), Label("Name der Codeliste.", "Name of the code list.")),
        "code": (Label("Code", "Code"), Label("Wie er in den Daten steht.", "As in the data.")),
        "de": (Label("Deutsch", "German"), Label("Deutsche Bezeichnung.", "German label.")),
        "en": (Label("Englisch", "English"), Label("Englische Bezeichnung.", "English label.")),
    }
    schema = {
        "fields": [
            {
                "name": name,
                "type": "string",
                **_texts(*texts),
                "constraints": {"required": True},
            }
            for name, texts in fields.items()
        ],
        "primaryKey": ["list", "code"],
    }
    return _csv_resource(
        CODES,
        Label("Codes", "Codes"),
        Label(
            "Alle Codes der Tabellen dieses Pakets mit ihren Bezeichnungen.",
            "All codes of this package's tables with their labels.",
        ),
        schema,
    )
