"""DIV5xx: lotteries. What breaks a rule gives exactly its finding, what just does not, none.

Every fixture is the complete example with a few cells or rows changed, as in the other families;
here a row is found by values of its own, since most have no id.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from div_opendata.base.finding import Finding
from div_opendata.check.rules.div5xx_lottery import RULES
from div_opendata.standard import draw
from support.codes import CODES
from support.edits import EXAMPLE, HEADINGS, Edit, Tables, add, changed, copy, put
from support.rules import each_code, severities
from support.workspaces import MakeWorkspace, examine

DRAWN, FROZEN = "lottery-wegeinformation-2024", "lottery-kuehle-orte-2026"
CALL = "call-kuehle-orte-2026"
DICE, DRAND, LOTTO = "dice", "drand", "lotto_6aus49"

Where = tuple[str, str, dict[str, str]]
"""A cell: its table and field, and values by which its row is found after the change."""


def rows(tables: Tables, table: str, **values: str) -> list[dict[str, str]]:
    return [row for row in tables[table] if all(row[k] == v for k, v in values.items())]


def put_in(table: str, where: dict[str, str], /, **values: str) -> Edit:
    """Change cells of the one row with these values."""

    def edit(tables: Tables) -> None:
        (row,) = rows(tables, table, **where)
        assert any(row[name] != value for name, value in values.items())
        row.update(values)

    return edit


def source(lottery: str, kind: str, /, **values: str) -> Edit:
    """Change a source of randomness."""
    return put_in("seed_sources", {"lottery_id": lottery, "kind": kind}, **values)


def ticket(position: str, **values: str) -> Edit:
    """Change a ticket of the lottery that was drawn."""
    return put_in("lottery_tickets", {"lottery_id": DRAWN, "position": position}, **values)


def without(table: str, **where: str) -> Edit:
    """Take rows out."""

    def edit(tables: Tables) -> None:
        gone = rows(tables, table, **where)
        assert gone
        tables[table] = [row for row in tables[table] if row not in gone]

    return edit


def exchange_ranks(one: str, other: str) -> Edit:
    """Exchange the ranks of two tickets."""

    def edit(tables: Tables) -> None:
        (a,), (b,) = (
            rows(tables, "lottery_tickets", lottery_id=DRAWN, rank=r) for r in (one, other)
        )
        a["rank"], b["rank"] = other, one

    return edit


def first_of_two(one: str, other: str) -> Where:
    """Of two tickets, found by their ranks, the one that comes first in the pool."""
    found = [rows(EXAMPLE, "lottery_tickets", lottery_id=DRAWN, rank=r)[0] for r in (one, other)]
    position = min((row["position"] for row in found), key=int)
    return at_ticket("rank", position=position)


def pool_of(number: int) -> Edit:
    """Freeze only so many tickets, and say so everywhere."""

    def edit(tables: Tables) -> None:
        for row in rows(tables, "lottery_tickets", lottery_id=FROZEN):
            if int(row["position"]) > number:
                tables["lottery_tickets"].remove(row)
        leaves = [row["leaf"] for row in rows(tables, "lottery_tickets", lottery_id=FROZEN)]
        put("lotteries", FROZEN, pool_size=str(number), pool_sha256=draw.pool_sha256(leaves))(
            tables
        )
        put("calls", CALL, applications_qualified=str(number))(tables)

    return edit


def clone(name: str) -> Edit:
    """A second lottery of the same call, with everything that the first has."""

    def edit(tables: Tables) -> None:
        for table in ("seed_sources", "lottery_tickets"):
            for row in rows(tables, table, lottery_id=FROZEN):
                tables[table].append({**row, "lottery_id": name})
        (row,) = rows(tables, "lotteries", id=FROZEN)
        tables["lotteries"].append({**row, "id": name, "frozen_at": "2026-11-17T10:00:00+01:00"})

    return edit


def void(name: str, reason: str = "Ein Los fehlte im Lostopf.") -> Edit:
    """Declare a lottery void."""
    return put("lotteries", name, status="void", void_reason=reason)


def ranked(rank: str, **values: str) -> Edit:
    """Change the ticket with that rank."""
    return put_in("lottery_tickets", {"lottery_id": DRAWN, "rank": rank}, **values)


def exchange_positions(one: str, other: str) -> Edit:
    """Exchange the positions of two tickets of the frozen pool."""

    def edit(tables: Tables) -> None:
        (a,) = rows(tables, "lottery_tickets", lottery_id=FROZEN, position=one)
        (b,) = rows(tables, "lottery_tickets", lottery_id=FROZEN, position=other)
        a["position"], b["position"] = other, one

    return edit


def urns(highest: str, bits: str = "22") -> list[Edit]:
    """Sources with so many outcomes in all; C(60, 5) = 5,461,512 have to be possible."""
    numbers = {"lowest": "1", "numbers": "1", "with_replacement": "false"}
    return [
        without("seed_sources", lottery_id=FROZEN, kind=LOTTO),
        source(FROZEN, DICE, kind="urn", highest=highest, **numbers),
        source(FROZEN, DRAND, highest="1", **numbers),
        put("lotteries", FROZEN, entropy_bits=bits),
    ]


@dataclass(frozen=True)
class Case:
    """Changes that give one finding, its cell, and changes that just do not give it."""

    code: str
    wrong: list[Edit]
    at: Where
    right: list[Edit]


def lottery(field: str, name: str = DRAWN) -> Where:
    return "lotteries", field, {"id": name}


def of_source(field: str, lottery: str, kind: str) -> Where:
    return "seed_sources", field, {"lottery_id": lottery, "kind": kind}


def at_ticket(field: str, **where: str) -> Where:
    return "lottery_tickets", field, {"lottery_id": DRAWN, **where}


def at_frozen(field: str, **where: str) -> Where:
    return "lottery_tickets", field, {"lottery_id": FROZEN, **where}


def times(lottery: str, **values: str) -> list[Edit]:
    return [put("lotteries", lottery, **values)]


EARLIER = [source(DRAWN, kind, announced_at="2024-11-01T10:00:00+01:00") for kind in (DICE, DRAND)]
"""So that only one event is out of order."""

CASES = {
    "call on the day after its deadline": Case(
        "DIV501",
        [put("calls", CALL, published_at="2026-08-15T00:00:00+02:00")],
        ("calls", "published_at", {"id": CALL}),
        [put("calls", CALL, published_at="2026-08-14T23:59:59+02:00")],
    ),
    "one qualified more": Case(
        "DIV502",
        [put("calls", CALL, applications_qualified="61")],
        lottery("pool_size", FROZEN),
        [put("calls", CALL, applications_qualified="")],
    ),
    "drawn in no session": Case(
        "DIV503", times(DRAWN, session_id=""), lottery("session_id"), times(FROZEN, session_id="")
    ),
    "drawn in a session that was cancelled": Case(
        "DIV503",
        times(DRAWN, session_id="session-2026-3"),
        lottery("session_id"),
        times(FROZEN, session_id="session-2026-3"),
    ),
    "drawn a second after the end": Case(
        "DIV503",
        times(DRAWN, drawn_at="2024-11-26T19:30:01+01:00"),
        lottery("drawn_at"),
        times(DRAWN, drawn_at="2024-11-26T19:30:00+01:00"),
    ),
    "drawn on the day after, with no end known": Case(
        "DIV503",
        [
            put("sessions", "session-2024-3", end=""),
            *times(DRAWN, drawn_at="2024-11-27T00:00:00+01:00"),
        ],
        lottery("drawn_at"),
        [
            put("sessions", "session-2024-3", end=""),
            *times(DRAWN, drawn_at="2024-11-26T23:59:59+01:00"),
        ],
    ),
    "a year after the deadline": Case(
        "DIV503",
        [copy("calls", CALL, id="call-neu", published_at="", application_deadline="2025-11-22")],
        ("calls", "id", {"id": "call-neu"}),
        [copy("calls", CALL, id="call-neu", published_at="", application_deadline="2025-11-23")],
    ),
    "a year after the deadline, although all could be seated": Case(
        "DIV503",
        [
            copy("calls", CALL, id="call-neu", published_at="", application_deadline="2025-11-22"),
            put("calls", "call-neu", applications_qualified="6"),
        ],
        ("calls", "id", {"id": "call-neu"}),
        [
            copy("calls", CALL, id="call-neu", published_at="", application_deadline="2025-11-22"),
            put("calls", "call-neu", applications_qualified="5"),
        ],
    ),
    "frozen on the day of the deadline": Case(
        "DIV504",
        times(DRAWN, frozen_at="2024-10-18T23:59:59+02:00"),
        lottery("frozen_at"),
        times(DRAWN, frozen_at="2024-10-19T00:00:00+02:00"),
    ),
    "public before it was frozen": Case(
        "DIV504",
        [*EARLIER, *times(DRAWN, publication_due="2024-11-04T09:59:59+01:00")],
        lottery("publication_due"),
        [*EARLIER, *times(DRAWN, publication_due="2024-11-04T10:00:00+01:00")],
    ),
    "source announced after the pool": Case(
        "DIV504",
        [source(DRAWN, DICE, announced_at="2024-11-08T12:00:01+01:00")],
        of_source("announced_at", DRAWN, DICE),
        [source(DRAWN, DICE, announced_at="2024-11-08T12:00:00+01:00")],
    ),
    "source within the objection period": Case(
        "DIV504",
        [source(FROZEN, LOTTO, scheduled_at="2026-11-27T11:59:59+01:00")],
        of_source("scheduled_at", FROZEN, LOTTO),
        [source(FROZEN, LOTTO, scheduled_at="2026-11-27T12:00:00+01:00")],
    ),
    "drawn before a source was known": Case(
        "DIV504",
        times(DRAWN, drawn_at="2024-11-26T18:29:59+01:00"),
        lottery("drawn_at"),
        times(DRAWN, drawn_at="2024-11-26T18:30:00+01:00"),
    ),
    "one digit of a leaf": Case(
        "DIV505",
        [ticket("20", leaf="5" * 64)],
        lottery("pool_sha256"),
        [],
    ),
    "one digit of the hash": Case(
        "DIV505", times(FROZEN, pool_sha256="0" * 64), lottery("pool_sha256", FROZEN), []
    ),
    "a hash also of a void lottery": Case(
        "DIV505",
        [
            clone("lottery-neu"),
            void("lottery-neu"),
            put("lotteries", "lottery-neu", pool_sha256="0" * 64),
        ],
        lottery("pool_sha256", "lottery-neu"),
        [clone("lottery-neu"), void("lottery-neu")],
    ),
    "size of the pool": Case(
        "DIV505",
        [put("calls", CALL, applications_qualified=""), *times(FROZEN, pool_size="61")],
        lottery("pool_size", FROZEN),
        [put("calls", CALL, applications_qualified="")],
    ),
    "positions exchanged": Case(
        "DIV505",
        [exchange_positions("3", "4")],
        at_frozen("position", position="3"),
        [],
    ),
    "another number of the dice": Case(
        "DIV506",
        [source(DRAWN, DICE, values="4 1 6 3 3 5 2 6 1 4")],
        lottery("seed_key"),
        [source(DRAWN, DICE, values="6 6 5 4 3 3 3 2 1 1")],
    ),
    "a number outside": Case(
        "DIV506",
        [source(FROZEN, LOTTO, values="1 2 3 4 5 50")],
        of_source("values", FROZEN, LOTTO),
        [source(FROZEN, LOTTO, values="1 2 3 4 5 49")],
    ),
    "a number longer than any": Case(
        "DIV506",
        [source(DRAWN, DRAND, values="9" * 5000)],
        of_source("values", DRAWN, DRAND),
        [],
    ),
    "a number too few": Case(
        "DIV506",
        [source(DRAWN, DICE, values="4 1 6 3 3 5 2 6 1")],
        of_source("values", DRAWN, DICE),
        [],
    ),
    "a number twice without replacement": Case(
        "DIV506",
        [source(FROZEN, LOTTO, values="1 2 3 4 5 5")],
        of_source("values", FROZEN, LOTTO),
        [source(FROZEN, LOTTO, values="1 2 3 4 5 6")],
    ),
    "no numbers although drawn": Case(
        "DIV506", [source(DRAWN, DRAND, values="")], of_source("values", DRAWN, DRAND), []
    ),
    "two ranks exchanged": Case(
        "DIV507", [exchange_ranks("20", "21")], first_of_two("20", "21"), []
    ),
    "a rank before the draw": Case(
        "DIV507",
        [put_in("lottery_tickets", {"lottery_id": FROZEN, "position": "7"}, rank="1")],
        at_frozen("rank", position="7"),
        [],
    ),
    "one source only": Case(
        "DIV508",
        [
            without("seed_sources", lottery_id=FROZEN, kind=LOTTO),
            without("seed_sources", lottery_id=FROZEN, kind=DICE),
            *times(FROZEN, entropy_bits="64"),
        ],
        lottery("entropy_bits", FROZEN),
        [
            without("seed_sources", lottery_id=FROZEN, kind=LOTTO),
            *times(FROZEN, entropy_bits="72"),
        ],
    ),
    "one outcome too few": Case(
        "DIV508", urns("5461511"), lottery("entropy_bits", FROZEN), urns("5461512")
    ),
    "entropy overstated": Case(
        "DIV508", times(FROZEN, entropy_bits="96"), lottery("entropy_bits", FROZEN), []
    ),
    "as many places as qualified": Case(
        "DIV509", [pool_of(5)], lottery("status", FROZEN), [pool_of(6)]
    ),
    "as many places as tickets, where the call does not count": Case(
        "DIV509",
        [pool_of(5), put("calls", CALL, applications_qualified="")],
        lottery("status", FROZEN),
        [pool_of(6), put("calls", CALL, applications_qualified="")],
    ),
    "all seated although more qualified": Case(
        "DIV509",
        [put("seats", "seat-kuehle-orte-11", appointment="all_seated")],
        ("seats", "appointment", {"id": "seat-kuehle-orte-11"}),
        [
            put("seats", "seat-kuehle-orte-11", appointment="all_seated"),
            put("calls", CALL, applications_qualified=""),
        ],
    ),
    "a reserve that is drawn": Case(
        "DIV510",
        [ranked("20", outcome="drawn")],
        at_ticket("outcome", rank="20"),
        [],
    ),
    "skipped without a reason": Case(
        "DIV510",
        [put_in("lottery_tickets", {"lottery_id": DRAWN, "outcome": "skipped"}, skip_reason="")],
        at_ticket("outcome", outcome="skipped"),
        [],
    ),
    "a reason although drawn": Case(
        "DIV510", [ranked("1", skip_reason="duplicate")], at_ticket("outcome", rank="1"), []
    ),
    "an outcome before the draw": Case(
        "DIV510",
        [put_in("lottery_tickets", {"lottery_id": FROZEN, "position": "7"}, outcome="drawn")],
        at_frozen("outcome", position="7"),
        [],
    ),
    "one of the reserve list passed over": Case(
        "DIV511",
        [add("replacements", lottery_id=DRAWN, number="2", rank="9", reason="left")],
        ("replacements", "rank", {"number": "2"}),
        [add("replacements", lottery_id=DRAWN, number="2", rank="8", reason="left")],
    ),
    "a replacement with the wrong number": Case(
        "DIV511",
        [add("replacements", lottery_id=DRAWN, number="3", rank="8", reason="left")],
        ("replacements", "number", {"number": "3"}),
        [],
    ),
    "fewer places than offered": Case(
        "DIV512", times(FROZEN, draw_count="4"), lottery("draw_count", FROZEN), []
    ),
    "two lotteries of a call": Case(
        "DIV512",
        [clone("lottery-neu")],
        lottery("status", "lottery-neu"),
        [clone("lottery-neu"), void("lottery-neu")],
    ),
    "void without a reason": Case(
        "DIV512",
        [clone("lottery-neu"), void("lottery-neu", "")],
        lottery("void_reason", "lottery-neu"),
        [clone("lottery-neu"), void("lottery-neu")],
    ),
    "dice together with the public source": Case(
        "DIV513",
        [source(FROZEN, DRAND, scheduled_at="2026-12-08T18:30:00+01:00")],
        of_source("kind", FROZEN, DICE),
        [source(FROZEN, DRAND, scheduled_at="2026-12-08T18:30:01+01:00")],
    ),
    "another method": Case(
        "DIV514", times(FROZEN, algorithm="other"), lottery("algorithm", FROZEN), []
    ),
}


def cell_of(tables: Tables, at: Where) -> tuple[str, str]:
    """File and cell, as a spreadsheet names it; no row here has two lines."""
    table, field, where = at
    (number,) = (
        n
        for n, row in enumerate(tables[table], 2)
        if all(row[key] == value for key, value in where.items())
    )
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[HEADINGS[table].index(field)]
    return f"records/{table}.csv", f"{letter}{number}"


def departures(make_workspace: MakeWorkspace, edits: list[Edit]) -> tuple[Tables, list[Finding]]:
    tables, files = changed(*edits)
    _, found = examine(make_workspace(files), rules=True)
    return tables, [finding for finding in found if finding.severity != "note"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_wrong_gives_exactly_its_finding(case: Case, make_workspace: MakeWorkspace) -> None:
    tables, findings = departures(make_workspace, case.wrong)
    assert [(f.code, f.place.file, f.place.cell) for f in findings] == [
        (case.code, *cell_of(tables, case.at))
    ], [f.message.text("en") for f in findings]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_just_keeps_the_rule_gives_none(case: Case, make_workspace: MakeWorkspace) -> None:
    _, findings = departures(make_workspace, case.right)
    assert findings == [], [f.message.text("en") for f in findings]


def test_without_a_ranking_no_replacement_is_judged(make_workspace: MakeWorkspace) -> None:
    """Of another method the city may publish nothing but who moved up."""
    edits = [
        put("lotteries", DRAWN, algorithm="other"),
        without("lottery_tickets", lottery_id=DRAWN),
    ]
    _, findings = departures(make_workspace, edits)
    assert {f.code for f in findings} == {"DIV514"}


def test_every_rule_has_a_case() -> None:
    assert {case.code for case in CASES.values()} == {rule.code for rule in RULES}
    assert {rule.code for rule in RULES} == {f"DIV{number}" for number in range(501, 515)}


@each_code("DIV5")
def test_a_code_has_its_fixture(code: str) -> None:
    """One for each severity that it can have."""
    assert severities(code, [case.code for case in CASES.values()]) == set(CODES[code].severities)


def test_findings_are_said_in_both_languages(make_workspace: MakeWorkspace) -> None:
    """With every placeholder filled; the records concerned are named."""
    for case in CASES.values():
        _, findings = departures(make_workspace, case.wrong)
        for finding in findings:
            for text in (
                *finding.message.languages().values(),
                *finding.remedy.languages().values(),
            ):
                assert "{" not in text


def test_a_void_lottery_is_not_judged_for_what_made_it_void(make_workspace: MakeWorkspace) -> None:
    edits = [
        *(
            source(FROZEN, kind, scheduled_at="2026-11-01T10:00:00+01:00")
            for kind in (LOTTO, DRAND)
        ),
        *times(FROZEN, draw_count="4", entropy_bits="7"),
        put("calls", CALL, applications_qualified="61"),
    ]
    _, findings = departures(make_workspace, edits)
    assert {f.code for f in findings} == {"DIV502", "DIV504", "DIV508", "DIV512", "DIV513"}
    _, findings = departures(make_workspace, [*edits, void(FROZEN)])
    assert [f.code for f in findings if f.code.startswith("DIV5")] == []


def test_with_tickets_missing_nothing_is_computed(make_workspace: MakeWorkspace) -> None:
    """A row that is not valid is somebody else's finding; what hangs on it waits."""
    _, findings = departures(make_workspace, [ticket("20", leaf="no leaf")])
    assert [f.code for f in findings] == ["DIV109"]
