"""Years so far away that they are more likely a slip: planned in 2062."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import div1xx_values as findings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

    from div_opendata.base.finding import Finding
    from div_opendata.standard.records import Table

FIRST_YEAR = 2000  # no record of this process is older
YEARS_AHEAD = 10  # nobody plans a session, a deadline or a term of office that long before
_WITH_A_YEAR = {"date", "datetime", "month"}


def check_years(
    tables: Mapping[str, Table], today: dt.date, found: Collection[Finding]
) -> Iterator[Finding]:
    """Dates, times and months far from `today` that nothing else is `found` of.

    The year that a vision looks forward to is a number, not a date: it is rightly far.
    """
    cells = {(f.place.table, f.place.row, f.place.field) for f in found}
    last = today.year + YEARS_AHEAD
    for table in tables.values():
        names = [f.name for f in table.schema.fields.values() if f.kind in _WITH_A_YEAR]
        for record in table.records:
            for name in names:
                value = record.values.get(name)
                if (
                    value is not None
                    and name not in record.broken
                    and not FIRST_YEAR <= int(str(value)[:4]) <= last
                    and (table.schema.name, record.row, name) not in cells
                ):
                    place, field = table.place(record, name), table.schema.fields[name]
                    yield findings.far_year(place, field, value, FIRST_YEAR, last)
