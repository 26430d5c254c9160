"""Fields that a record names: as the office calls its columns, or as the standard calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from div_opendata.standard.records import listing_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from div_opendata.standard.records import Table


def understand_names(tables: Mapping[str, Table]) -> None:
    """Put the standard's names where records name fields of a table by their headings.

    What names no field stays as it is, for the check to tell.
    """
    for _, record, field, text, schema in listing_fields(tables):
        names, unknown = schema.named_fields(text) if schema else ([], [])
        if names and not unknown:
            record.values[field] = " ".join(names)
