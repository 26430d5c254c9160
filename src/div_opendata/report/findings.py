"""Findings as text for people, and as JSON and annotations of GitHub for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from div_opendata.base.finding import errors
from div_opendata.base.i18n import Message

from .grouping import Group, column_title, sections
from .style import Style, plain

if TYPE_CHECKING:
    from div_opendata.assemble.metadata.score import Dimension
    from div_opendata.base.finding import Finding
    from div_opendata.base.language import Language
    from div_opendata.standard.records import Records

SAME_SHOWN = 10  # findings of one code in one column that the text shows before it counts them
SEVERITIES: dict[str, Message] = {
    "error": Message("error"),
    "warning": Message("warning"),
    "note": Message("note"),
}


def findings_json(findings: Sequence[Finding], records: Records) -> str:
    """All findings as one JSON document (docs/interface.md)."""
    return json.dumps(
        {
            "version": 1,
            "tables": {
                name: len(table.records) for name, table in records.tables.items() if table.file
            },
            "errors": errors(findings),
            "warnings": sum(finding.severity == "warning" for finding in findings),
            "findings": [finding.as_json() for finding in findings],
        },
        ensure_ascii=False,
        indent=2,
    )


def findings_text(
    findings: Sequence[Finding], records: Records, language: Language, style: Style = plain
) -> str:
    """All findings as people go through them (grouping.py), and a summary."""
    lines: list[str] = []
    for section in sections(findings, records):
        lines += [style(_heading(section.file, section.sheet, records, language), "place")]
        lines += [*_sheet_lines(section.groups, records, language, style), ""]
    return "\n".join([*lines, _summary(findings, records, language, style)])


def _heading(file: str | None, sheet: str | None, records: Records, language: Language) -> str:
    titles = [
        table.schema.title.text(language)
        for table in records.tables.values()
        if table.file == file and table.sheet == sheet
    ]
    parts = [file or ".", *([sheet] if sheet else titles)]
    return " · ".join(parts)


def _sheet_lines(
    groups: Sequence[Group], records: Records, language: Language, style: Style
) -> Iterator[str]:
    shown: Counter[tuple[str, int | None]] = Counter()
    left: dict[tuple[str, int | None], list[Finding]] = {}
    for group in groups:
        finding = group.first
        alike = (finding.code, finding.place.column)
        shown[alike] += 1
        if shown[alike] > SAME_SHOWN:
            left.setdefault(alike, []).extend(group.findings)
            continue
        severity = SEVERITIES[finding.severity].text(language)
        head = style(f"{severity} {finding.code}", finding.severity)
        yield f"  {group.cells or '–':<6} {head}  {_message(group, language)}"
        yield f"         → {finding.remedy.text(language)}"
    for (code, column), findings in left.items():
        number = len(findings)
        if column is None:
            more = Message("… and {number} more findings {code}.", number=number, code=code)
        else:
            more = Message(
                "… and {number} more findings {code} in the column “{heading}”.",
                number=number,
                code=code,
                heading=column_title(findings[0], records),
            )
        yield f"         {more.text(language)}"


def _message(group: Group, language: Language) -> str:
    """What a group says; where it quotes a value, in how many other cells others are as wrong."""
    text = group.first.message.text(language)
    others = len(group.findings) - 1
    if any(finding.message.text(language) != text for finding in group.findings):
        text += " " + Message("Likewise in other cells: {number}.", number=others).text(language)
    return text


def _summary(
    findings: Sequence[Finding], records: Records, language: Language, style: Style
) -> str:
    tables = [table for table in records.tables.values() if table.file]
    wrong = errors(findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    counts = Message(
        "Tables: {tables}. Records: {records}. Errors: {errors}. Warnings: {warnings}.",
        tables=len(tables),
        records=sum(len(table.records) for table in tables),
        errors=wrong,
        warnings=warnings,
    )
    text = counts.text(language)
    if excused := sum(finding.severity == "note" for finding in findings):
        text += " " + Message("Excused or accepted: {number}.", number=excused).text(language)
    return style(text, "error" if wrong else "warning" if warnings else "good")


def findings_github(
    findings: Sequence[Finding], records: Records, language: Language, root: str = ""
) -> str:
    """Findings as workflow commands: GitHub shows them beside the lines of the files, a group of
    equal ones at its first.

    GitHub counts paths from the top of the repository: `root` is the workspace's path there.
    """
    return "\n".join(
        _command(group, language, root)
        for section in sections(findings, records)
        for group in section.groups
    )


def _command(group: Group, language: Language, root: str) -> str:
    finding = group.first
    place = finding.place
    kind = "notice" if finding.severity == "note" else finding.severity
    where = f"{group.cells}: " if len(group.findings) > 1 else ""
    return (
        f"::{kind} file={_property(_path(root, place.file))}"
        f",line={place.row or 1},col={place.column or 1},title={finding.code}::"
        + _data(f"{where}{_message(group, language)} {finding.remedy.text(language)}")
    )


def _path(root: str, file: str | None) -> str:
    return PurePosixPath(root, file).as_posix() if file else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


DIMENSIONS: dict[Dimension, Message] = {
    "findability": Message("Findability"),
    "accessibility": Message("Access to the data"),
    "interoperability": Message("Interoperability"),
    "reusability": Message("Reusability"),
    "contextuality": Message("Context"),
}
