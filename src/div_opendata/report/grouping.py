"""Findings as people go through them: sheet by sheet, causes first, equal ones together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, column_letters, errors, shortened
from div_opendata.base.i18n import Message

if TYPE_CHECKING:
    from div_opendata.base.i18n import Translatable
    from div_opendata.standard.records import Records

_RANGES_SHOWN = 6  # of the places of a group


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one column that say the same, but for the value that each quotes."""

    findings: Sequence[Finding]

    @property
    def first(self) -> Finding:
        """The one in the uppermost row."""
        return self.findings[0]

    @property
    def cells(self) -> str:
        """Where they are: `A2:A9, A12`, rows without columns as `2:9`; empty for a whole file."""
        letters = column_letters(self.first.place.column or 0)
        rows = sorted({finding.place.row for finding in self.findings if finding.place.row})
        spans: list[list[int]] = []
        for row in rows:
            if spans and row == spans[-1][1] + 1:
                spans[-1][1] = row
            else:
                spans.append([row, row])
        texts = [
            f"{letters}{first}" if first == last else f"{letters}{first}:{letters}{last}"
            for first, last in spans
        ]
        more = ["…"] if len(texts) > _RANGES_SHOWN else []
        return ", ".join([*texts[:_RANGES_SHOWN], *more])


@dataclass(frozen=True, slots=True)
class Section:
    """What is found in a sheet or file."""

    file: str | None
    sheet: str | None
    groups: Sequence[Group]


def sections(findings: Sequence[Finding], records: Records) -> list[Section]:
    """All findings, in the order of the workbook's sheets.

    What is no table comes first where it has errors, because tables may be missing for it; then the
    tables as the workbook has them, in which nearly each refers to those before it; in the end what
    is no table and has no error, such as the template's values in a configuration. In a sheet
    what cannot be read comes before wrong values, references and rules, which follow from one
    another.
    """
    numbers = {name: number for number, name in enumerate(records.tables)}
    here: dict[tuple[str | None, str | None], int] = {
        (table.file, table.sheet): numbers[name]
        for name, table in records.tables.items()
        if table.file
    }
    by_place: dict[tuple[str | None, str | None], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.sort_key()):
        place = finding.place
        by_place.setdefault((place.file, place.sheet), []).append(finding)

    def number(key: tuple[str | None, str | None]) -> tuple[int, str, str]:
        found = by_place[key]
        elsewhere = -1 if errors(found) else len(numbers)
        table = numbers.get(found[0].place.table or "", elsewhere)
        return here.get(key, table), key[0] or "", key[1] or ""

    return [Section(*key, _groups(by_place[key])) for key in sorted(by_place, key=number)]


def _groups(findings: Sequence[Finding]) -> list[Group]:
    """The findings of a sheet: by what they depend on, then from top to bottom."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        place = finding.place
        key = (
            finding.code,
            finding.severity,
            place.column,
            _without_value(finding.message, place.value),
            _without_value(finding.remedy, place.value),
        )
        alike.setdefault(key, []).append(finding)
    # a dictionary keeps the order of the rows; DIV0xx come before DIV1xx, and so on
    return [Group(found) for found in sorted(alike.values(), key=lambda found: found[0].code[3:4])]


def _without_value(message: Message, value: str | None) -> str:
    """A text without the value that it quotes."""
    quoted = set() if value is None else {value, shortened(value)}
    kept = {
        name: "…" if isinstance(item, str) and item in quoted else item
        for name, item in message.values.items()
    }
    return Message(message.id, **kept).text("en")


def column_title(finding: Finding, records: Records) -> Translatable | str:
    """What the column of a finding is headed with; its letters where nothing heads it."""
    place = finding.place
    table = records.tables.get(place.table or "")
    item = table.schema.fields.get(place.field or "") if table else None
    return item.title if item else column_letters(place.column or 0)
