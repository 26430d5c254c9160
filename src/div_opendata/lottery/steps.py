"""What is done with a lottery: freeze, draw, void, replace, record that the register is destroyed.

Each step changes the rows of the books and writes nothing; it refuses with a UsageProblem what no
rule could repair afterwards. What `Books.judge` finds then is shown, and its errors stop the
command (cli/lottery/). The moment of each step is an argument.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from div_opendata import __version__
from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message
from div_opendata.base.stamps import last_of, refuse_before
from div_opendata.standard import draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from div_opendata.base.finding import Finding
    from div_opendata.base.i18n import Label

    from .announcement import Announcement
    from .books import Books, Row
    from .register import Entry

_STAMPS = ("frozen_at", "drawn_at")
_LATER = frozenset({"DIV503"})
"""What a draw cannot keep yet: the session is not marked as held as long as it lasts."""


def moment(now: dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as the records write it: ISO 8601 to the second, with the offset of `zone`."""
    return now.astimezone(zone).isoformat(timespec="seconds")


def refuse_backward(books: Books, now: dt.datetime) -> None:
    """Raise Problem where a stamp of now would be before the last one of any lottery."""
    stamps = (row[key] for row in books.rows["lotteries"] for key in _STAMPS if key in row)
    refuse_before(now, last_of(stamps), books.workspace.time_zone)


def prepare(books: Books, lottery: str, call_id: str, now: dt.datetime) -> int | None:
    """How many qualified applications the call counts, if it says so; None where it does not.

    Raises UsageProblem where no tickets can be given: the ID is taken, applications may still
    come, or all can be seated.
    """
    if any(row["id"] == lottery for row in books.rows["lotteries"]):
        raise UsageProblem(
            Message("The ID {lottery} is taken.", lottery=lottery),
            Message("A new lottery needs an ID of its own; a void one keeps its."),
        )
    call = books.office("calls", call_id)
    deadline = dt.date.fromisoformat(call["application_deadline"])
    if now.astimezone(books.workspace.time_zone).date() <= deadline:
        raise UsageProblem(
            Message("Applications are possible until the end of {date}.", date=deadline),
            Message("Tickets are given when the deadline has passed."),
        )
    qualified: int | None = call.get("applications_qualified")
    if qualified is not None:
        refuse_needless(call, qualified)
        _refuse_too_many(qualified)
    return qualified


def _refuse_too_many(tickets: int) -> None:
    if not 0 < tickets <= draw.MOST_TICKETS:
        raise UsageProblem(
            Message("There would be {number} tickets.", number=tickets),
            Message("Between 1 and {most} can be drawn from.", most=draw.MOST_TICKETS),
        )


def refuse_needless(call: Mapping[str, Any], applications: int) -> None:
    """Raise UsageProblem where all can be seated: so many as the call counts qualified
    applications, or, where it does not, as many as there are tickets."""
    qualified = call.get("applications_qualified", applications)
    if qualified <= call["seats_offered"]:
        raise UsageProblem(
            Message(
                "{qualified} qualified applications for {seats} places: nothing is to be drawn.",
                qualified=qualified,
                seats=call["seats_offered"],
            ),
            Message(
                "All are seated: enter the appointment “Seated without a draw” for their seats."
            ),
        )


def freeze(
    books: Books,
    lottery: str,
    entries: Sequence[Entry],
    announced: Announcement,
    skips: Mapping[int, str],
    now: dt.datetime,
) -> Row:
    """Close the pool: its leaves, skips and sources are recorded and never change again.

    `skips` are reasons by the number of the application. Returns the lottery's new row. Raises
    UsageProblem where it is frozen already, a source is not in the future or none is drawn in the
    session, or a number is unknown, Problem where the clock is before the last stamp.
    """
    refuse_backward(books, now)
    if any(row["id"] == lottery for row in books.rows["lotteries"]):
        raise UsageProblem(
            Message("The pool of {lottery} is frozen already.", lottery=lottery),
            Message("A pool is never changed. If it is wrong, declare the lottery void."),
        )
    _refuse_too_many(len(entries))
    _refuse_sources(books, announced, now)
    _refuse_skips(entries, skips)
    call = books.office("calls", entries[0].call)
    refuse_needless(call, len(entries))
    frozen_at = moment(now, books.workspace.time_zone)
    reasons = {entry.leaf: skips.get(entry.number) for entry in entries}
    row: Row = {
        "id": lottery,
        "call_id": entries[0].call,
        **announced.general,
        "algorithm": "rfc3797",
        "status": "frozen",
        "pool_size": len(entries),
        "draw_count": call["seats_offered"],
        "pool_sha256": draw.pool_sha256(reasons),
        "frozen_at": frozen_at,
        "entropy_bits": draw.entropy_bits(map(draw.Range.of, announced.sources)),
        "tool_version": __version__,
    }
    books.rows["lotteries"].append(row)
    for position, source in enumerate(announced.sources, 1):
        announced_at = {"announced_at": frozen_at}
        books.rows["seed_sources"].append(
            {"lottery_id": lottery, "position": position, **source, **announced_at}
        )
    for position, leaf in enumerate(sorted(reasons), 1):
        ticket: Row = {"lottery_id": lottery, "position": position, "leaf": leaf}
        if reason := reasons[leaf]:
            ticket["skip_reason"] = reason
        books.rows["lottery_tickets"].append(ticket)
    return row


def _refuse_sources(books: Books, announced: Announcement, now: dt.datetime) -> None:
    for source in announced.sources:
        if (time := _scheduled(books, source)) <= now:
            raise UsageProblem(
                Message(
                    "The source “{name}” is not in the future: {time}.",
                    name=source["name"],
                    time=time,
                ),
                Message("Announce one whose numbers nobody can know yet."),
            )
    if not any(source["in_session"] for source in announced.sources):
        raise UsageProblem(
            Message("No source is drawn in the session."),
            Message("Add one before everybody's eyes: dice or an urn."),
        )


def _scheduled(books: Books, source: Mapping[str, Any]) -> dt.datetime:
    """When the numbers of a source become known, by the city's clocks."""
    time = dt.datetime.fromisoformat(source["scheduled_at"])
    return time.astimezone(books.workspace.time_zone)


def _refuse_skips(entries: Sequence[Entry], skips: Mapping[int, str]) -> None:
    unknown = sorted(skips.keys() - {entry.number for entry in entries})
    if unknown:
        raise UsageProblem(
            Message("There is no application {numbers} in the register.", numbers=unknown),
            Message("Give the number that the register has in its first column."),
        )


def undrawn(books: Books, lottery: str, now: dt.datetime) -> list[Row]:
    """The sources of a lottery that can be drawn now.

    Raises UsageProblem where it has been drawn or declared void, or a source is not known yet,
    Problem where the clock is before the last stamp.
    """
    row = books.lottery(lottery)
    if row["status"] != "frozen":
        raise UsageProblem(
            Message(
                "The lottery {lottery} is not to be drawn: {status}.",
                lottery=lottery,
                status=_status(books, row),
            ),
            Message(
                "A draw is never repeated. If something went wrong, declare it void with a reason"
                " and freeze a new one: div-opendata lottery void"
            ),
        )
    refuse_backward(books, now)
    sources = books.of("seed_sources", lottery)
    for source in sources:
        if (time := _scheduled(books, source)) > now:
            raise UsageProblem(
                Message(
                    "The source “{name}” was announced for {time}.",
                    name=source["name"],
                    time=time,
                ),
                Message("Draw when all numbers are known."),
            )
    return sources


def _status(books: Books, row: Row) -> Label:
    return books.workspace.standard.tables["lotteries"].fields["status"].code_label(row["status"])


def numbers_of(source: Mapping[str, Any], text: str) -> list[int]:
    """The numbers of a source as somebody types them.

    Blanks, commas, semicolons and plus signs are taken for separators. Of a round of drand the
    whole randomness (64 hex digits) is understood, too. Raises UsageProblem where the source cannot
    have yielded them.
    """
    if source["kind"] == "drand":
        try:
            return [draw.drand_number(text.strip())]
        except ValueError:
            pass  # then it is a number, or nothing that is known
    parts = text.translate(str.maketrans(",;+", "   ")).split()
    values = [int(part) for part in parts] if all(map(draw.is_number, parts)) else []
    span = draw.Range.of(source)
    if not span.holds(values):
        raise UsageProblem(
            Message(
                "“{name}” does not yield “{text}”: {numbers} numbers from {lowest} to {highest}.",
                name=source["name"],
                text=text[:100],
                numbers=span.numbers,
                lowest=span.lowest,
                highest=span.highest,
            )
            if span.with_replacement
            else Message(
                "“{name}” does not yield “{text}”: {numbers} different numbers from {lowest} to"
                " {highest}.",
                name=source["name"],
                text=text[:100],
                numbers=span.numbers,
                lowest=span.lowest,
                highest=span.highest,
            ),
            Message("Type the numbers as they were drawn, with blanks between them."),
        )
    return values


def carry_out(
    books: Books,
    lottery: str,
    values: Sequence[Sequence[int]],
    witnesses: int,
    now: dt.datetime,
    evidence_url: str | None = None,
) -> Row:
    """Draw: the ranking of the whole pool from the numbers of all sources, in their order.

    Returns the lottery's row. Raises UsageProblem as `undrawn` does, or where the address of the
    evidence cannot be one.
    """
    sources = undrawn(books, lottery, now)
    row = books.lottery(lottery)
    for source, numbers in zip(sources, values, strict=True):
        source["values"] = " ".join(map(str, numbers))
    row["seed_key"] = draw.seed_key(values)
    row["status"] = "drawn"
    row["drawn_at"] = moment(now, books.workspace.time_zone)
    row["witness_count"] = witnesses
    if evidence_url and (evidence := books.typed("lotteries", "evidence_url", evidence_url)):
        row["evidence_url"] = evidence
    tickets = books.of("lottery_tickets", lottery)
    skipped = [ticket["position"] for ticket in tickets if ticket.get("skip_reason")]
    ranked = draw.ranking(row["seed_key"], len(tickets))
    outcome = draw.outcomes(ranked, skipped, row["draw_count"])
    for rank, position in enumerate(ranked, 1):
        tickets[position - 1] |= {"rank": rank, "outcome": outcome[position]}
    return row


def declare_void(books: Books, lottery: str, reason: str) -> None:
    """Declare a lottery void; it stays published with its reason.

    Raises UsageProblem where it is void already or there is no reason that can be read.
    """
    row = books.lottery(lottery)
    if row["status"] == "void":
        raise UsageProblem(
            Message("The lottery {lottery} is void already.", lottery=lottery),
            Message("A new one of the same call may follow: div-opendata lottery tickets"),
        )
    void_reason = books.typed("lotteries", "void_reason", reason)
    if void_reason is None:
        raise UsageProblem(
            Message("There is no reason."),
            Message("Say in a sentence why; it is published. Name nobody."),
        )
    row["status"] = "void"
    row["void_reason"] = void_reason


def replace(books: Books, lottery: str, reason: str) -> Row:
    """Let the next of the reserve list move up; the ticket that does.

    Raises UsageProblem where nothing has been drawn, or the reserve list is at its end.
    """
    row = books.lottery(lottery)
    if row["status"] != "drawn":
        raise UsageProblem(
            Message(
                "The lottery {lottery} has no reserve list: {status}.",
                lottery=lottery,
                status=_status(books, row),
            ),
            Message("Only a lottery that was drawn has one."),
        )
    used = books.of("replacements", lottery)
    tickets = books.of("lottery_tickets", lottery)
    reserve = {ticket["rank"]: ticket for ticket in tickets if ticket.get("outcome") == "reserve"}
    last = max((item["rank"] for item in used if item["rank"] in reserve), default=0)
    waiting = [reserve[rank] for rank in sorted(reserve) if rank > last]
    if not waiting:
        raise UsageProblem(
            Message("The reserve list of {lottery} is at its end.", lottery=lottery),
            Message("The place stays free, or a new call is published."),
        )
    following: Row = {
        "lottery_id": lottery,
        "number": len(used) + 1,
        "rank": waiting[0]["rank"],
        "reason": reason,
    }
    books.rows["replacements"].append(following)
    return waiting[0]


def destructible(books: Books, lottery: str, *, known: bool) -> bool:
    """Whether the lottery has a row in which the destruction of its register is recorded.

    `known` says whether there is a register. Raises UsageProblem where it is needed for the draw
    to come, or there is nothing to do.
    """
    row = next((row for row in books.rows["lotteries"] if row["id"] == lottery), None)
    if row is not None and row["status"] == "frozen":
        raise UsageProblem(
            Message("The lottery {lottery} has not been drawn.", lottery=lottery),
            Message("Its register is still needed. Draw it, or declare it void first."),
        )
    if not known and (row is None or "register_destroyed_on" in row):
        raise UsageProblem(
            Message("There is no register of the lottery {lottery}.", lottery=lottery),
            Message("Nothing is left to be destroyed."),
        )
    return row is not None


def record_destruction(books: Books, lottery: str, today: dt.date) -> None:
    """Record the day on which the register was destroyed; the first day stays."""
    books.lottery(lottery).setdefault("register_destroyed_on", today.isoformat())


def refused(found: Sequence[Finding], *, drawing: bool = False) -> list[Finding]:
    """The findings that stop a step. In a draw the session is not held yet, but being held."""
    return [
        finding
        for finding in found
        if finding.severity == "error" and not (drawing and finding.code in _LATER)
    ]
