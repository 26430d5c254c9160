"""Tables and their fields, as their schemas in schemas/ have them.

The keywords of our own are described in schemas/metaschema.json; everything here is a view of those
files.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

from div_opendata.base.i18n import Label

from .codelists import CodeList, fold

Kind = Literal["text", "code", "integer", "boolean", "date", "datetime", "month"]
Value = str | int | bool
"""A value of a record as its JSON Schema sees it: dates and times are text in ISO 8601."""

_KIND_OF_FORMAT: dict[str, Kind] = {"date": "date", "date-time": "datetime", "year-month": "month"}
_BETWEEN = re.compile(r"[,;\n]")  # fields that are named in one cell
_AND = {"und", "and", "&"}
YES, NO = Label(de="ja", en="yes"), Label(de="nein", en="no")
ID_PATTERN = "^[a-z]+(-[a-z0-9]+)+$"
"""The form of IDs, as the schemas have it."""


def label_of(schema: Mapping[str, Any], key: str) -> Label:
    """A text of a schema, in both languages."""
    return Label(de=schema["translations"]["de"][key], en=schema[key])


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
        return label_of(self.schema, "title")

    @cached_property
    def description(self) -> Label:
        """What to type."""
        return label_of(self.schema, "description")

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
    def percent(self) -> bool:
        """Whether the number counts percent: what a cell shows as “40 %” is 40."""
        return self.schema.get("unit") == "percent"

    @property
    def open_list(self) -> bool:
        """Whether a city may replace the field's code list."""
        return bool(self.schema.get("openCodelist"))

    @cached_property
    def free_text(self) -> bool:
        """Whether the field takes a text of any form."""
        return self.kind == "text" and "pattern" not in self.schema

    @cached_property
    def address(self) -> bool:
        """Whether the field takes a web address."""
        return self.schema.get("format") == "uri"

    @cached_property
    def example(self) -> object:
        """Its first example as messages take it, in a form in which it can be typed."""
        value: Value = self.schema["examples"][0]
        if self.codelist:
            codes = self.codelist.codes  # of a city's own list it may be none
            return codes.get(str(value), next(iter(codes.values()))).label
        return Label("ja", "yes") if self.kind == "boolean" else self.readable(value)

    def readable(self, value: Value) -> object:
        """A valid value as messages take it: a date or time as one."""
        match self.kind:
            case "date":
                return dt.date.fromisoformat(str(value))
            case "datetime":
                return dt.datetime.fromisoformat(str(value))
            case _:
                return value

    def shown(self, text: str) -> object:
        """A value as a published CSV has it, as messages take it: a code or yes and no in words, a
        date or time as one."""
        if self.codelist:
            return self.codelist.codes[text].label if text in self.codelist.codes else text
        if self.kind == "boolean":
            return {"true": YES, "false": NO}.get(text, text)
        try:
            return self.readable(text)
        except ValueError:  # nothing, or what somebody wrote before
            return text

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


@dataclass(frozen=True)
class Happening:
    """Fields that say when something happened, in the rows in which `when` has these values;
    `period` tells whether the period of a package covers it."""

    fields: tuple[str, ...]
    when: Mapping[str, Value]
    period: bool

    def dates(self, values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        """The fields with their dates, times or months in a record with these values."""
        if all(values.get(name) == value for name, value in self.when.items()):
            yield from ((name, values[name]) for name in self.fields if name in values)


@dataclass(frozen=True, eq=False)
class TableSchema:
    """A table: its JSON Schema, and our own keywords in it as attributes."""

    name: str
    schema: Mapping[str, Any]
    fields: Mapping[str, Field]

    @cached_property
    def title(self) -> Label:
        """The name of its sheet."""
        return label_of(self.schema, "title")

    @cached_property
    def description(self) -> Label:
        """What a row of it is."""
        return label_of(self.schema, "description")

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
    def required(self) -> frozenset[str]:
        """The fields that every row needs."""
        return frozenset(name for name, field in self.fields.items() if field.required)

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

    @cached_property
    def references(self) -> frozenset[str]:
        """The fields that name a record, of one table or of any."""
        named = {key.fields[-1] for key in self.foreign_keys}
        return frozenset(named | {*(self.record_reference or ())[1:]})

    @cached_property
    def key_example(self) -> str:
        """The primary key of the example that its fields make together."""
        return key_text(tuple(self.fields[name].schema["examples"][0] for name in self.primary_key))

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

    @cached_property
    def happenings(self) -> tuple[Happening, ...]:
        """Which dates and times say when something happened, as opposed to plans and deadlines."""
        return tuple(
            Happening(tuple(entry["fields"]), entry.get("when", {}), entry.get("period", True))
            for entry in self.schema.get("happened", ())
        )

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

    def named_fields(self, text: str) -> tuple[list[str], list[str]]:
        """The names of the fields that a text lists by name or heading, in either language, with
        spaces, commas or “and” between them; then what names none."""
        known = {tuple(heading.split()): name for heading, name in self.headings.items()}
        longest = max(map(len, known))
        names: list[str] = []
        unknown: list[str] = []
        for part in _BETWEEN.split(text):
            words, lost = part.split(), []
            while words:
                lengths = range(min(longest, len(words)), 0, -1)
                folded = tuple(map(fold, words))
                length = next((n for n in lengths if folded[:n] in known), 0)
                if length:
                    names.append(known[folded[:length]])
                elif folded[0] not in _AND:
                    lost.append(words[0])
                words = words[length or 1 :]
            if lost:
                unknown.append(" ".join(lost))
        return list(dict.fromkeys(names)), unknown

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
