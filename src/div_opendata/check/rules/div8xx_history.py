"""DIV8xx: the records against the last release. They are judged where something is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message
from div_opendata.standard.tables import key_text, value_text

from .rule import rule

if TYPE_CHECKING:
    from div_opendata.standard.records import Table

    from .facts import Facts, Row

FROZEN: Mapping[str, tuple[str, ...]] = {
    "lotteries": (
        "call_id",
        "algorithm",
        "pool_size",
        "draw_count",
        "pool_sha256",
        "frozen_at",
        "publication_due",
        "objection_hours",
    ),
    "lottery_tickets": ("leaf", "skip_reason"),
    "seed_sources": (
        "name",
        "kind",
        "numbers",
        "lowest",
        "highest",
        "with_replacement",
        "in_session",
        "announced_at",
        "scheduled_at",
        "locator",
    ),
}
"""What is fixed once a lottery is published, also when it is empty."""

DECIDED: Mapping[str, tuple[str, ...]] = {
    "lotteries": ("seed_key", "drawn_at"),
    "lottery_tickets": ("rank", "outcome"),
    "seed_sources": ("values",),
    "replacements": ("rank", "reason"),
    "votes": (
        "mode",
        "requirement",
        "eligible",
        "yes",
        "no",
        "abstain",
        "invalid",
        "not_cast",
        "casting_vote",
        "quorum_met",
        "result",
    ),
}
"""What may be filled in later, and once it is there changes only with a correction."""


@rule("DIV801")
def vanished(facts: Facts) -> Iterator[Finding]:
    """A row that was published is gone.

    Why: Others have quoted it and refer to it by its ID. A row may change, but it stays; whoever
    loads the data every year would not know whether it was deleted or lost.

    Do: Put the row back. If it was wrong, correct it and say so in the table of corrections; if it
    must not be read any longer, use div-opendata withdraw.

    Wrong: session-2025-1 was published and is no longer in the table

    Right: session-2025-1 is still there, with the state “cancelled”
    """
    for name, rows in facts.released.items():
        table = facts.tables[name]
        keys = (table.schema.key_of(record.values) for record in table.records)
        known = {key_text(key) for key in keys if key is not None}
        if not table.complete:
            continue
        for key in rows:
            if key not in known:
                yield Finding(
                    Message(
                        "“{key}” was published and is no longer in the table “{table}”.",
                        key=key,
                        table=table.schema.title,
                    ),
                    Message("Put the row back; what was wrong in it can be corrected."),
                    _place(table, key),
                )


@rule("DIV802")
def changed_after_freeze(facts: Facts) -> Iterator[Finding]:
    """The pool, the announced sources or a final state of a published lottery have changed.

    Why: A draw can be trusted because nobody could change the pool when the numbers were known, nor
    choose between draws: a lottery that is void stays void, and one that was drawn is never only
    frozen again. This holds from the first publication on, and no correction can allow it.

    Do: Put back what was published. A lottery with a mistake is made void, with the reason, and a
    new one is frozen.

    Wrong: another leaf at position 7 of a pool that is published

    Right: the lottery is void, and lottery-2026-2 has the right pool
    """
    fixed = [item for name in FROZEN for item in _differences(facts, name, FROZEN[name])]
    for row, field, old, new in [*fixed, *_revived(facts)]:
        yield Finding(
            Message(
                "“{field}” of {key} was published as “{old}” and is now “{new}”.",
                **_change(row, field, old, new),
            ),
            Message("Put it back. A wrong lottery is made void, and a new one is frozen."),
            row.at(field),
        )
    for name in ("lottery_tickets", "seed_sources"):
        published = {key.partition("/")[0] for key in facts.released.get(name, {})}
        for row in facts.rows(name):
            if row["lottery_id"] in published and row.key not in facts.released[name]:
                yield Finding(
                    Message("{key} was added to a published lottery.", key=row.key),
                    Message("Take it out. A wrong lottery is made void, and a new one is frozen."),
                    row.at("position"),
                )


def _revived(facts: Facts) -> Iterator[tuple[Row, str, str, str]]:
    """The lotteries whose state has gone back: from void, or from drawn to frozen."""
    for item in _differences(facts, "lotteries", ("status",)):
        _, _, old, new = item
        if old == "void" or (old, new) == ("drawn", "frozen"):
            yield item


@rule("DIV803")
def changed_without_correction(facts: Facts) -> Iterator[Finding]:
    """A published draw, count or result of a vote has changed, and no correction says so.

    Why: Everybody may be mistaken, and a published decision may be corrected; but then the data
    say what was changed and why. The correction must be new since the last release and name the
    table, the record and the field.

    Do: Add a row to the table of corrections, or put back what was published.

    Wrong: 9 votes in favour where 8 were published, and no new correction

    Right: 9 votes in favour, and a correction of vote-2026-1 that names this field, with the reason
    """
    allowed = {
        (row["table"], row["record_id"], field)
        for row in facts.rows("corrections")
        if row.key not in facts.released.get("corrections", {})
        for field in row["fields"].split()
    }
    for name, fields in DECIDED.items():
        for row, field, old, new in _differences(facts, name, fields):
            if old and (name, row.key, field) not in allowed:
                yield Finding(
                    Message(
                        "“{field}” of {key} was published as “{old}” and is now “{new}”, without a"
                        " correction.",
                        **_change(row, field, old, new),
                    ),
                    Message(
                        "Put it back, or add a row to the corrections: table “{table}”, record"
                        " {key}, field “{field}”.",
                        table=row.table.schema.title,
                        key=row.key,
                        field=row.table.schema.fields[field].title,
                    ),
                    row.at(field),
                )


def _differences(
    facts: Facts, table: str, fields: tuple[str, ...]
) -> Iterator[tuple[Row, str, str, str]]:
    """Each published row and field with another value than now: as they are published."""
    released = facts.released.get(table, {})
    for row in facts.rows(table) if released else ():
        before = released.get(row.key)
        if before is None:
            continue
        withheld = row.table.schema.withheld(row.record.values)
        for field in fields:
            new = "" if field in withheld else value_text(row[field])
            if field in before and before[field] != new:
                yield row, field, before[field], new


def _change(row: Row, field: str, old: str, new: str) -> dict[str, object]:
    """A changed field in words."""
    item = row.table.schema.fields[field]
    return {
        "field": item.title,
        "key": row.key,
        "old": item.shown(old) or "–",
        "new": item.shown(new) or "–",
    }


def _place(table: Table, key: str) -> Place:
    return Place(file=table.file, sheet=table.sheet, table=table.schema.name, record=key)


RULES = (vanished, changed_after_freeze, changed_without_correction)
