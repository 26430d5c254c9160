"""Checking: each record against its schema, the records against each other, then the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.base.progress import Progress, quiet

if TYPE_CHECKING:
    from div_opendata.base.finding import Finding
    from div_opendata.standard.records import Records

    from .rules.facts import Context


def check(
    records: Records, progress: Progress = quiet, context: Context | None = None
) -> list[Finding]:
    """Everything that is wrong with the records, what reading found included, sorted by place.

    The rules of the process, and what is far from today, are judged where `context` says what they
    need. Marks the fields found
    wrong in each record's `broken`.
    """
    from .records import check_records
    from .references import check_named_fields, check_references

    found = [*records.findings, *check_named_fields(records.tables)]
    for done, (name, table) in enumerate(records.tables.items()):
        progress(name, done, len(records.tables))
        found.extend(check_records(table))
    progress("", len(records.tables), len(records.tables))
    found.extend(check_references(records.tables))
    if context:
        from div_opendata.base.finding import errors

        from .rules import judge
        from .rules.facts import Facts
        from .years import check_years

        facts = Facts(records, context.today, context.time_zone, context.released, context.consents)
        found.extend(judge(facts, sound=not errors(found)))
        found.extend(check_years(records.tables, context.today, found))
    return sorted(found, key=lambda finding: finding.sort_key())
