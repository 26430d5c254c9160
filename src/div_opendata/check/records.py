"""Each record against its table's JSON Schema.

jsonschema is the judge. To be quick with many rows it is asked once for each distinct value of a
field, and once for each distinct combination of the fields that a condition (`allOf`) speaks of;
a test shows that this finds the same as judging whole records. Its errors are said in the words
of the office (div1xx_values.py); a field that reading already complained of is not judged again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from div_opendata.base.i18n import Message
from div_opendata.standard.codelists import CodeList
from div_opendata.standard.records import Record, Table
from div_opendata.standard.tables import ID_PATTERN, Field, TableSchema, Value, value_text
from div_opendata.standard.words import is_not_known

from . import div1xx_values as findings
from .addresses import mistake_in
from .near import Suggestions

if TYPE_CHECKING:
    from div_opendata.base.finding import Finding, Place

FORMATS = FormatChecker(formats=())  # none of its own: which there are depends on what is installed
_REMEMBERED = 10_000  # distinct values of a field whose judgement is kept

_NOT_KNOWN = "notKnown"  # a judgement of our own, beside those of JSON Schema

_YEARS = range(1900, 2201)  # any other is a slip, and at the ends of time no offset can be reckoned
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}"
)


@FORMATS.checks("date", ValueError)
def _is_date(value: object) -> bool:
    """A date of the calendar, YYYY-MM-DD (RFC 3339), of a year that it can be."""
    return not isinstance(value, str) or bool(
        _DATE.fullmatch(value) and dt.date.fromisoformat(value).year in _YEARS
    )


@FORMATS.checks("date-time", ValueError)
def _is_datetime(value: object) -> bool:
    """A date and time with offset (RFC 3339), of a year that it can be."""
    return not isinstance(value, str) or bool(
        _DATETIME.fullmatch(value) and dt.datetime.fromisoformat(value).year in _YEARS
    )


@FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    """An address that everybody can open."""
    return not isinstance(value, str) or mistake_in(value) is None


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What jsonschema found in one field; `rule` is the if/then that asks for it."""

    field: str
    error: ValidationError | None = None
    rule: Mapping[str, Any] | None = None

    @property
    def missing(self) -> bool:
        """Whether there is no value where one is required."""
        return self.error is None or self.error.validator == "required"


def wrong_value(schema: TableSchema, field: str, value: Value) -> Finding | None:
    """What the schema finds wrong in a value, wherever it is to be written."""
    record = Record({field: value}, 0)
    for mistake in _judge(schema).wrong_values(record):
        return _finding(Table(schema), record, mistake, Suggestions())
    return None


def check_records(table: Table) -> Iterator[Finding]:
    """What the schema of `table` finds wrong in its records, one finding a field.

    Fields found wrong become part of the record's `broken`, and so do fields that the schema
    requires and that are not there, whoever has told of them: a record without any is sound. A
    column that is not there is told of once, not row by row.
    """
    judge = _judge(table.schema)
    suggestions = Suggestions()
    told: set[str] = set()
    for record in table.records:
        mistakes: dict[str, _Mistake] = {}
        for mistake in judge.mistakes(record):
            mistakes.setdefault(mistake.field, mistake)
        for name in [name for name, wrong in mistakes.items() if _may_be_a_name(table, wrong)]:
            del mistakes[name]
        for mistake in mistakes.values():
            if mistake.missing and mistake.field not in table.columns:
                # reading has told of a required column; one required here is told of here
                if mistake.rule is None or mistake.field in told:
                    continue
                told.add(mistake.field)
            yield _finding(table, record, mistake, suggestions)
        record.broken |= mistakes.keys()
        yield from _out_of_order(table, record)


def _may_be_a_name(table: Table, mistake: _Mistake) -> bool:
    """Whether something that is no ID stands where a record is referred to: which one may be meant
    is known where references are checked. Those of private tables are not."""
    return (
        table.schema.public
        and mistake.field in table.schema.references
        and isinstance(mistake.error, ValidationError)
        and mistake.error.validator == "pattern"
    )


class _Judge:
    """jsonschema for one table, asked field by field and condition by condition."""

    def __init__(self, schema: TableSchema) -> None:
        self._required = tuple(name for name, field in schema.fields.items() if field.required)
        self._fields = {name: _judgement(field) for name, field in schema.fields.items()}
        self._lists = {
            name: field.codelist.codes
            for name, field in schema.fields.items()
            if field.codelist and field.open_list
        }
        self._rules = [_rule_judgement(rule) for rule in schema.schema.get("allOf", ())]

    def mistakes(self, record: Record) -> Iterator[_Mistake]:
        """What is wrong with a record, the likeliest cause first."""
        for name in self._required:
            if name not in record.values and name not in record.broken:
                yield _Mistake(name)
        yield from self.wrong_values(record)
        yield from self.broken_rules(record)

    def wrong_values(self, record: Record) -> Iterator[_Mistake]:
        """The values that are wrong by themselves."""
        for name, value in record.values.items():
            if name in record.broken:
                continue
            if errors := self._fields[name](value):
                yield _Mistake(name, errors[0])
            elif name in self._lists and value not in self._lists[name]:
                judged = _NOT_KNOWN if is_not_known(str(value)) else "enum"
                yield _Mistake(name, ValidationError("not in the city's list", validator=judged))

    def broken_rules(self, record: Record) -> Iterator[_Mistake]:
        """The fields that are wrong because of what others say."""
        values = record.values
        for rule, fields, judgement in self._rules:
            if record.broken.isdisjoint(fields):
                present = tuple((name, values[name]) for name in fields if name in values)
                for error in judgement(present):
                    for name in _fields_of(error):
                        yield _Mistake(name, error, rule)


@cache
def _judge(schema: TableSchema) -> _Judge:
    return _Judge(schema)


def _judgement(field: Field) -> Callable[[Value], list[ValidationError]]:
    """The judgement of a field's values; a word for “not known” is none, where it is no code."""
    validator = Draft202012Validator(field.schema, format_checker=FORMATS)

    @lru_cache(_REMEMBERED, typed=True)  # else 1 and True are one key
    def judge(value: Value) -> list[ValidationError]:
        errors = sorted(
            validator.iter_errors(value), key=lambda error: error.validator != "maxLength"
        )
        if (errors or field.free_text) and isinstance(value, str) and is_not_known(value):
            return [ValidationError("not known", validator=_NOT_KNOWN)]
        return errors

    return judge


def _rule_judgement(
    rule: Mapping[str, Any],
) -> tuple[
    Mapping[str, Any],
    tuple[str, ...],
    Callable[[tuple[tuple[str, Value], ...]], list[ValidationError]],
]:
    """An if/then, the fields that it speaks of, and its judgement of pairs of field and value."""
    fields = {
        name
        for part in (rule["if"], rule["then"])
        for name in (*part.get("properties", ()), *part.get("required", ()))
    }
    validator = Draft202012Validator(rule, format_checker=FORMATS)

    @lru_cache(_REMEMBERED)
    def judge(present: tuple[tuple[str, Value], ...]) -> list[ValidationError]:
        return list(validator.iter_errors(dict(present)))

    return rule, tuple(sorted(fields)), judge


def _fields_of(error: Any) -> list[str]:
    if error.validator == "required":
        return [name for name in error.validator_value if name not in error.instance]
    return [str(error.absolute_path[0])]


def _out_of_order(table: Table, record: Record) -> Iterator[Finding]:
    """Pairs of fields whose second value comes before the first."""
    for earlier, later in table.schema.ordered:
        values = [record.values.get(earlier), record.values.get(later)]
        if None in values or record.broken & {earlier, later}:
            continue
        if _comparable(values[1]) < _comparable(values[0]):
            record.broken.add(later)
            yield findings.wrong_order(
                table.place(record, later),
                table.schema.fields[later],
                table.schema.fields[earlier],
                record.values,
            )


def _comparable(value: Value | None) -> Any:
    """Times with offset as instants; dates, months and numbers compare as they are."""
    if isinstance(value, str) and "T" in value:
        return dt.datetime.fromisoformat(value)
    return value


def _finding(table: Table, record: Record, mistake: _Mistake, suggestions: Suggestions) -> Finding:
    """Jsonschema's error in the words of the office."""
    field = table.schema.fields[mistake.field]
    place = table.place(record, mistake.field)
    error: Any = mistake.error
    if error is None:
        return findings.missing_value(place, field.title, field.description)
    if mistake.rule is not None:
        condition = _condition_text(table.schema, mistake.rule["if"])
        if error.validator == "required":
            column = mistake.field in table.columns
            return findings.missing_here(place, field.title, condition, column=column)
        value, expected = _label(field, error.instance), _label(field, error.validator_value)
        return findings.contradiction(place, value, field.title, condition, expected)
    if error.validator in {"minimum", "maximum"}:
        lowest, highest = field.schema["minimum"], field.schema["maximum"]
        return findings.out_of_range(place, field.title, lowest, highest)
    if error.validator == "maxLength":
        length = len(value_text(record.values[mistake.field]))
        return findings.text_too_long(place, field.title, length, error.validator_value)
    if error.validator == _NOT_KNOWN:
        return findings.not_known(place, field.title, needed=_is_needed(table, record, field))
    if field.codelist is not None:
        return _unknown_code(place, field, field.codelist, suggestions)
    return _BY_KIND.get(field.kind, _wrong_form)(place, field)


def _is_needed(table: Table, record: Record, field: Field) -> bool:
    """Whether a record must have a field, always or because of what its other cells say."""
    others = {name: value for name, value in record.values.items() if name != field.name}
    without = Record(others, record.row, record.broken)
    return field.required or any(
        mistake.field == field.name for mistake in _judge(table.schema).broken_rules(without)
    )


def _unknown_code(place: Place, field: Field, codes: CodeList, suggestions: Suggestions) -> Finding:
    near = suggestions.code(field.name, place.value or "", codes)
    label = codes.codes[near].label if near else None
    labels = [code.label for code in codes.codes.values()]
    file = f"codelists/{codes.name}.csv" if field.open_list else ""
    return findings.unknown_code(place, field.title, label, labels, file)


def _wrong_form(place: Place, field: Field) -> Finding:
    example = value_text(field.schema["examples"][0])
    if field.schema.get("pattern") == ID_PATTERN:
        return findings.malformed_id(place, example)
    if field.address and (mistake := mistake_in(place.value or "")):
        return findings.wrong_form(place, field.title, *mistake)
    remedy = Message(
        "{description} Example: {example}", description=field.description, example=example
    )
    return findings.wrong_form(place, field.title, None, remedy)


_BY_KIND: dict[str, Callable[[Place, Field], Finding]] = {
    "integer": lambda place, field: findings.not_a_number(place, field.title, field.example),
    "boolean": lambda place, field: findings.not_yes_or_no(place, field.title),
    "date": lambda place, field: findings.not_a_date(place, field.title, field.example),
    "datetime": lambda place, field: findings.not_a_time(place, field.title, field.example),
}


def _condition_text(schema: TableSchema, condition: Mapping[str, Any]) -> Message:
    """An `if` in words: “State” is “Held”, and so on."""
    parts = [
        Message(
            "“{heading}” is {values}",
            heading=schema.fields[name].title,
            values=_alternatives(
                [
                    _label(schema.fields[name], value)
                    for value in expected.get("enum", [expected.get("const")])
                ]
            ),
        )
        for name, expected in condition["properties"].items()
    ]
    return reduce(lambda one, other: Message("{one} and {other}", one=one, other=other), parts)


def _alternatives(values: list[Message]) -> Message:
    return reduce(lambda one, other: Message("{one} or {other}", one=one, other=other), values)


def _label(field: Field, value: Value) -> Message:
    label = field.codelist.codes[str(value)].label if field.codelist else value_text(value)
    return Message("“{value}”", value=label)
