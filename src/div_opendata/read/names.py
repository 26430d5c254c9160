"""Fields that a record names: as the office calls its columns, or as the standard calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from div_opendata.standard.records import Table


def understand_names(tables: Mapping[str, Table]) -> None:
    """Put the standard's names where records name fields of a table by their headings.

    What names no field stays as it is, for the check to tell.
    """
    for table in tables.values():
        reference, changed = table.schema.record_reference, table.schema.changed_fields
        if reference is None or changed is None:
            continue
        for record in table.records:
            target, text = record.values.get(reference[0]), record.values.get(changed)
            if isinstance(target, str) and target in tables and isinstance(text, str):
                names, unknown = tables[target].schema.named_fields(text)
                if names and not unknown:
                    record.values[changed] = " ".join(names)
