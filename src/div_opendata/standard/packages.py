"""The standard as a whole: every table, code list and package, read from schemas/.

schemas/ is the only source of fields, types, labels, codes and of what is public.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from div_opendata.base.disk import read_file
from div_opendata.base.i18n import Label
from div_opendata.base.language import Language

from .codelists import OFFICIAL_CODE_PATTERN, TABLE_LIST, Code, CodeList, load_codelist
from .tables import Field, TableSchema, label_of


def source(folder: Literal["schemas", "datapackages"]) -> Path:
    """Where a top-level folder of the project is: in the wheel, or beside src/ in a checkout."""
    packaged = Path(__file__).parents[1] / folder
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / folder


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


def load_standard(replaced: Mapping[str, CodeList] | None = None) -> Standard:
    """Read schemas/. `replaced` are a city's own versions of open code lists."""
    folder = source("schemas")
    packages = json.loads(read_file(folder / "packages.json"))
    schemas = {
        name: json.loads(read_file(folder / f"{name}.schema.json"))
        for name in [
            *(table for package in packages["packages"] for table in package["tables"]),
            *packages["private"],
        ]
    }
    codelists = {
        path.stem: load_codelist(path, OFFICIAL_CODE_PATTERN)
        for path in sorted((folder / "codelists").glob("*.csv"))
    }
    codelists.update(replaced or {})
    codelists[TABLE_LIST] = CodeList(
        TABLE_LIST,
        {
            name: Code(name, label_of(schema, "title"), label_of(schema, "description"))
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
