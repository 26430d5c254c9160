"""The standard as Python: tables, fields, code lists and packages, read from schemas/.

schemas/ is the only source of fields, types, labels, codes and of what is public. Its own
keywords are described in schemas/metaschema.json; everything here is a view of those files.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from .base.i18n import Label
from .base.language import Language

Kind = Literal["text", "code", "integer", "boolean", "date", "datetime", "month"]
Value = str | int | bool
"""A value of a record as its JSON Schema sees it: dates and times are text in ISO 8601."""

_KIND_OF_FORMAT: dict[str, Kind] = {"date": "date", "date-time": "datetime", "year-month": "month"}
ID_PATTERN = "^[a-z]+(-[a-z0-9]+)+$"
"""The form of IDs, as the schemas have it."""
CODE_PATTERN = "^[a-z]+(_[a-z0-9]+)*$"
"""The form of codes in open lists, as the schemas have it."""
_OFFICIAL_CODE_PATTERN = "^[a-z0-9]+(_[a-z0-9]+)*$"  # rfc3797
TABLE_LIST = "table"
"""The one code list without a file: the names of the public tables, derived from their schemas."""


def source(folder: Literal["schemas", "datapackages"]) -> Path:
    """Where a top-level folder of the project is: in the wheel, or beside src/ in a checkout."""
    packaged = Path(__file__).parent / folder
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / folder


def _label(schema: Mapping[str, Any], key: str) -> Label:
    return Label(de=schema["translations"]["de"][key], en=schema[key])


@dataclass(frozen=True, eq=False)
class Code:
    """One code of a list, with its label and description."""

    code: str
    label: Label
    description: Label


@dataclass(frozen=True, eq=False)
class CodeList:
    """A list of codes, by code, in the order of its file."""

    name: str
    codes: Mapping[str, Code]

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """What people may type (code, German or English label, case folded) → code."""
        spellings: dict[str, str] = {}
        for code in self.codes.values():
            for spelling in (code.code, *code.label.both()):
                spellings[fold(spelling)] = code.code
        return spellings


def fold(text: str) -> str:
    """Text as headings and labels are compared: case and surrounding or double space ignored."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, eq=False)
class Field:
    """A field of a table."""

    name: str
    schema: Mapping[str, Any]
    required: bool
    codelist: CodeList | None

    @cached_property
    def title(self) -> Label:
        """What the column is headed with."""
        return _label(self.schema, "title")

    @cached_property
    def description(self) -> Label:
        """What to type."""
        return _label(self.schema, "description")

    @cached_property
    def kind(self) -> Kind:
        """How a cell of the field is understood."""
        if self.codelist:
            return "code"
        kind = self.schema["type"]
        if kind != "string":
            return cast("Kind", kind)
        return _KIND_OF_FORMAT.get(self.schema.get("format", ""), "text")

    @property
    def multiline(self) -> bool:
        """Whether line breaks are allowed."""
        return bool(self.schema.get("multiline"))

    @property
    def open_list(self) -> bool:
        """Whether a city may replace the field's code list."""
        return bool(self.schema.get("openCodelist"))

    def readable(self, value: Value) -> object:
        """A valid value as messages take it: a date or time as one."""
        match self.kind:
            case "date":
                return dt.date.fromisoformat(str(value))
            case "datetime":
                return dt.datetime.fromisoformat(str(value))
            case _:
                return value

    def code_label(self, code: str) -> Label:
        """What a code of the field's list is called. Raises LookupError where it has none such."""
        if self.codelist is None:
            raise LookupError(self.name)
        return self.codelist.codes[code].label


@dataclass(frozen=True, eq=False)
class ForeignKey:
    """Fields whose values are the primary key of another table."""

    fields: tuple[str, ...]
    table: str


@dataclass(frozen=True, eq=False)
class TableSchema:
    """A table: its JSON Schema, and our own keywords in it as attributes."""

    name: str
    schema: Mapping[str, Any]
    fields: Mapping[str, Field]

    @cached_property
    def title(self) -> Label:
        """The name of its sheet."""
        return _label(self.schema, "title")

    @cached_property
    def description(self) -> Label:
        """What a row of it is."""
        return _label(self.schema, "description")

    @property
    def public(self) -> bool:
        """Whether the table may be published; private tables live in the folder private/."""
        return bool(self.schema["public"])

    @property
    def for_people(self) -> bool:
        """Whether the office fills the table in (else the lottery commands do)."""
        return bool(self.schema["maintainedBy"] == "office")

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The fields that identify a row."""
        return tuple(self.schema["primaryKey"])

    @cached_property
    def unique_keys(self) -> tuple[tuple[str, ...], ...]:
        """Further combinations of fields that no two rows share."""
        return tuple(tuple(key) for key in self.schema.get("uniqueKeys", ()))

    @cached_property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """References to other tables."""
        return tuple(
            ForeignKey(tuple(key["fields"]), key["table"])
            for key in self.schema.get("foreignKeys", ())
        )

    @property
    def record_reference(self) -> tuple[str, str] | None:
        """The fields that name a table and a record of it, if the table has such a reference."""
        keyword = self.schema.get("recordReference")
        return (keyword["table"], keyword["record"]) if keyword else None

    @property
    def changed_fields(self) -> str | None:
        """The field that lists field names of the table that the record reference names."""
        return cast("str | None", self.schema.get("recordReference", {}).get("fields"))

    @property
    def ordered(self) -> list[list[str]]:
        """Pairs of fields of which the second is not before the first."""
        return cast("list[list[str]]", self.schema.get("ordered", []))

    def withheld(self, values: Mapping[str, Value]) -> frozenset[str]:
        """The fields of a record with these values that are never published."""
        keyword = self.schema.get("withheld")
        if not keyword or any(values.get(f) != v for f, v in keyword["when"].items()):
            return frozenset()
        return frozenset(keyword["fields"])

    def happened(self, values: Mapping[str, Value]) -> Iterator[Value]:
        """The dates and times of a record with these values at which something happened, as
        opposed to plans and deadlines."""
        for entry in self.schema.get("happened", ()):
            if all(values.get(f) == v for f, v in entry.get("when", {}).items()):
                yield from (values[name] for name in entry["fields"] if name in values)

    def key_of(self, values: Mapping[str, Value]) -> tuple[Value, ...] | None:
        """The primary key in these values, None where a part of it is missing."""
        return key_of(values, self.primary_key)

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """What a column may be headed with, folded → the name of its field."""
        return {
            fold(spelling): field.name
            for field in self.fields.values()
            for spelling in (field.name, *field.title.both())
        }

    def spellings(self) -> set[str]:
        """What people may call the table's sheet or file, folded."""
        return {fold(self.name), *map(fold, self.title.both())}


def key_of(values: Mapping[str, Value], fields: tuple[str, ...]) -> tuple[Value, ...] | None:
    """The values of `fields`, None where one of them is missing."""
    try:
        return tuple([values[name] for name in fields])
    except KeyError:
        return None


def key_text(key: tuple[Value, ...]) -> str:
    """A key as `record_id` fields and reports write it: `lottery-2025-1/3`."""
    return "/".join(map(value_text, key))


def value_text(value: Value | None) -> str:
    """A value as a published CSV writes it: `true`, `false`, empty where there is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


@dataclass(frozen=True, eq=False)
class Package:
    """A data package: its name, texts and tables. The bundle has the tables of all others.

    `themes` are codes of the EU's data themes.
    """

    name: str
    title: Label
    description: Label
    keywords: Mapping[Language, list[str]]
    themes: tuple[str, ...]
    tables: tuple[str, ...]
    bundle: bool = False

    @property
    def dataset(self) -> str:
        """The name of its dataset on a portal, and of its descriptor."""
        return self.name if self.bundle else f"div-{self.name}"


@dataclass(frozen=True, eq=False)
class Texts:
    """What something is called and how it is described."""

    title: Label
    description: Label


@dataclass(frozen=True, eq=False)
class Standard:
    """All tables, code lists and packages.

    `catalog` and `series` are what a portal's catalogue, and all datasets together, are called;
    `frequency` and `availability` are codes of the EU's authority tables.
    """

    tables: Mapping[str, TableSchema]
    codelists: Mapping[str, CodeList]
    packages: Mapping[str, Package]
    version: str
    catalog: Texts
    series: Texts
    frequency: str
    availability: str

    @cached_property
    def public(self) -> tuple[TableSchema, ...]:
        """The public tables in the order of their packages."""
        return tuple(
            self.tables[name]
            for package in self.packages.values()
            if not package.bundle
            for name in package.tables
        )

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """What people may call a sheet or file, folded → the name of its table."""
        return {
            spelling: table.name for table in self.tables.values() for spelling in table.spellings()
        }

    def package_of(self, table: str) -> Package:
        """The package (not the bundle) that a public table belongs to."""
        return next(p for p in self.packages.values() if not p.bundle and table in p.tables)

    def codelists_of(self, package: Package) -> list[CodeList]:
        """The code lists that a package's tables use, by name."""
        used = {
            field.codelist.name: field.codelist
            for table in package.tables
            for field in self.tables[table].fields.values()
            if field.codelist
        }
        return [used[name] for name in sorted(used)]


def load_codelist(path: Path, pattern: str = CODE_PATTERN) -> CodeList:
    """Read a code list (UTF-8 CSV: code, de, en, description_de, description_en).

    Raises ValueError, which says why, when it is not one. A city's own list goes where the
    standard's would: into cells, drop-downs and published tables, so it has to be as sound.
    """
    codes: dict[str, Code] = {}
    spellings: dict[str, int] = {}
    for line, row in _codelist_rows(path):
        code = Code(
            row["code"],
            Label(row["de"], row["en"]),
            Label(row.get("description_de") or "", row.get("description_en") or ""),
        )
        if reason := _mistake_in(code, pattern):
            raise ValueError(f"line {line}: {reason}")
        for spelling in {fold(text) for text in (code.code, *code.label.both())}:
            if other := spellings.get(spelling):
                raise ValueError(f"line {line}: the code or a label is also in line {other}")
            spellings[spelling] = line
        codes[code.code] = code
    if not codes:
        raise ValueError("it has no codes")
    return CodeList(path.stem, codes)


def _codelist_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a code list, each with the line on which it ends."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = ";" if ";" in file.readline() else ","  # Excel's CSV has the semicolon
        file.seek(0)
        reader = csv.DictReader(file, strict=True, delimiter=delimiter)
        try:
            if missing := [n for n in ("code", "de", "en") if n not in (reader.fieldnames or ())]:
                raise ValueError(f"columns are missing: {', '.join(missing)}")
            for row in reader:
                yield reader.line_num, row
        except csv.Error as error:
            raise ValueError(f"after line {reader.line_num}: {error}") from error


def _mistake_in(code: Code, pattern: str) -> str | None:
    """What is wrong with a code or its labels."""
    labels = code.label.both()
    if not (code.code and all(labels)):
        return "code, de or en is empty"
    if not re.fullmatch(pattern, code.code):
        return f"a code does not match {pattern}"
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for label in labels for letter in label):
        return "a label has a control character"
    if any(label != label.strip() for label in labels):
        return "a label has a space before or after it"
    if any(label.startswith(("=", "+", "-", "@")) for label in labels):
        return "a label begins with = + - or @, which a spreadsheet would run as a formula"
    return None


def load_standard(replaced: Mapping[str, CodeList] | None = None) -> Standard:
    """Read schemas/. `replaced` are a city's own versions of open code lists."""
    folder = source("schemas")
    packages = json.loads((folder / "packages.json").read_bytes())
    schemas = {
        name: json.loads((folder / f"{name}.schema.json").read_bytes())
        for name in [
            *(table for package in packages["packages"] for table in package["tables"]),
            *packages["private"],
        ]
    }
    codelists = {
        path.stem: load_codelist(path, _OFFICIAL_CODE_PATTERN)
        for path in sorted((folder / "codelists").glob("*.csv"))
    }
    codelists.update(replaced or {})
    codelists[TABLE_LIST] = CodeList(
        TABLE_LIST,
        {
            name: Code(name, _label(schema, "title"), _label(schema, "description"))
            for name, schema in schemas.items()
            if schema["public"]
        },
    )
    return Standard(
        tables={name: _table(name, schema, codelists) for name, schema in schemas.items()},
        codelists=codelists,
        packages=_packages(packages),
        version=packages["version"],
        catalog=_said(packages["catalog"]),
        series=_said(packages["series"]),
        frequency=packages["frequency"],
        availability=packages["availability"],
    )


def _table(name: str, schema: Mapping[str, Any], codelists: Mapping[str, CodeList]) -> TableSchema:
    fields = {
        field: Field(
            field,
            properties,
            field in schema["required"],
            codelists[properties["codelist"]] if "codelist" in properties else None,
        )
        for field, properties in schema["properties"].items()
    }
    return TableSchema(name, schema, fields)


def _said(entry: Mapping[str, Any]) -> Texts:
    return Texts(Label(**entry["title"]), Label(**entry["description"]))


def _packages(source: Mapping[str, Any]) -> dict[str, Package]:
    packages = [
        Package(
            entry["name"],
            Label(**entry["title"]),
            Label(**entry["description"]),
            entry["keywords"],
            tuple(entry["themes"]),
            tuple(entry["tables"]),
        )
        for entry in source["packages"]
    ]
    bundle = source["bundle"]
    packages.append(
        Package(
            bundle["name"],
            Label(**bundle["title"]),
            Label(**bundle["description"]),
            bundle["keywords"],
            tuple(bundle["themes"]),
            tuple(table for package in packages for table in package.tables),
            bundle=True,
        )
    )
    return {package.name: package for package in packages}
