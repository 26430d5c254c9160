"""Checking: each record against its schema, then the records against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..progress import Progress, quiet

if TYPE_CHECKING:
    from ..finding import Finding
    from ..records import Records


def check(records: Records, progress: Progress = quiet) -> list[Finding]:
    """Everything that is wrong with the records, what reading found included, sorted by place.

    Marks the fields found wrong in each record's `broken`.
    """
    from .records import check_records
    from .references import check_references

    found = list(records.findings)
    for done, (name, table) in enumerate(records.tables.items()):
        progress(name, done, len(records.tables))
        found.extend(check_records(table))
    progress("", len(records.tables), len(records.tables))
    found.extend(check_references(records.tables))
    return sorted(found, key=lambda finding: finding.sort_key())
