"""DIV5xx: the call, the lottery that follows it, and what anybody can compute anew.

A lottery that is void stays published, and so does its pool: its hash, key, ranking and outcomes
are still judged. What it broke otherwise is why it is void, and not reported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from ..base.finding import Finding
from ..base.i18n import Message
from ..standard import draw
from ..standard.draw import TABLES
from .facts import start_of
from .rule import rule

if TYPE_CHECKING:
    from .facts import Facts, Row

FEWEST_SOURCES = 2
LONG_AGO = dt.timedelta(days=365)  # since a deadline: the D.I.V. meets at least twice a year
_STEERABLE = {"dice", "urn", "other"}


def _lotteries(facts: Facts) -> Iterator[Row]:
    """The lotteries that count."""
    return (row for row in facts.rows("lotteries") if row["status"] != "void")


def _computable(facts: Facts) -> Iterator[Row]:
    """The lotteries of which everything can be computed anew, void ones included."""
    return (row for row in facts.rows("lotteries") if row["algorithm"] == "rfc3797")


def _of(facts: Facts, table: str, lottery: Row) -> list[Row]:
    """The rows of a lottery in their order."""
    rows = facts.where(table, "lottery_id", lottery["id"])
    return sorted(rows, key=lambda row: int(row[TABLES[table]]))


def _values(source: Row) -> list[int]:
    """The numbers of a source. One that is too long for any source becomes one that none has."""
    parts = [part.lstrip("0") or "0" for part in (source["values"] or "").split()]
    return [int(part) if len(part) <= draw.MOST_DIGITS else 1 << 64 for part in parts]


def _key(facts: Facts, lottery: Row) -> str:
    return draw.seed_key(map(_values, _of(facts, "seed_sources", lottery)))


def _pool(facts: Facts, lottery: Row) -> Sequence[Row] | None:
    """The tickets of a lottery in the order of their positions, which count from 1.

    None where tickets may be missing: DIV505 or another finding says so.
    """
    tickets = _of(facts, "lottery_tickets", lottery)
    positions = [ticket["position"] for ticket in tickets]
    if not facts.whole("lottery_tickets") or positions != list(range(1, len(tickets) + 1)):
        return None
    return tickets


def _computed(facts: Facts, lottery: Row, pool: Sequence[Row]) -> Sequence[int] | None:
    """The positions by rank, computed anew; None where the key is missing or wrong (DIV506)."""
    key = lottery["seed_key"]
    known = lottery["algorithm"] == "rfc3797" and facts.whole("seed_sources")
    if not key or not known or len(pool) > draw.MOST_TICKETS or key != _key(facts, lottery):
        return None
    return _ranking(key, len(pool))


@lru_cache(maxsize=8)
def _ranking(key: str, size: int) -> tuple[int, ...]:
    """Three rules ask for the same."""
    return tuple(draw.ranking(key, size))


def _recorded(pool: Sequence[Row]) -> Sequence[int] | None:
    """The positions by the ranks that the tickets have; None where these are no ranking."""
    by_rank = {ticket["rank"]: int(ticket["position"]) for ticket in pool}
    if by_rank.keys() != set(range(1, len(pool) + 1)):
        return None
    return [by_rank[rank] for rank in range(1, len(pool) + 1)]


def _outcomes(lottery: Row, pool: Sequence[Row], ranked: Sequence[int]) -> dict[int, draw.Outcome]:
    """The outcomes by position. A ticket whose outcome says that it was skipped was: whether it had
    a reason is a question of its own, and the others need not suffer."""
    skipped = [
        ticket["position"]
        for ticket in pool
        if (ticket["outcome"] == "skipped" if ticket["outcome"] else ticket["skip_reason"])
    ]
    return draw.outcomes(ranked, skipped, lottery["draw_count"])


@rule("DIV501", excusable=True)
def call_after_its_deadline(facts: Facts) -> Iterator[Finding]:
    """A call was published after its deadline.

    Why: Nobody could apply any more. The deadline is the end of its day; a call published on that
    day is not reported.

    City: fünf interessierten Personen, die sich auf eine öffentliche Ausschreibung zur Mitarbeit im
    Innovationszirkel beworben haben

    Do: Correct the date that is wrong.

    Wrong: published on 19 August, deadline on 17 August

    Right: published on 23 June, deadline on 17 August
    """
    for call in facts.rows("calls"):
        published, deadline = call.time("published_at"), call.date("application_deadline")
        if published and deadline and facts.day(published) > deadline:
            yield Finding(
                Message(
                    "The call “{name}” was published after its deadline, {deadline}.",
                    name=call["name"],
                    deadline=deadline,
                ),
                Message("Correct the deadline or the time of publication."),
                call.at("published_at"),
            )


@rule("DIV502", excusable=True)
def pool_is_not_the_qualified(facts: Facts) -> Iterator[Finding]:
    """The pool has more or fewer tickets than there were qualified applications.

    Why: Every qualified application has one ticket, and nothing else has: otherwise somebody was
    left out, or somebody is in it who never applied. A ticket that is skipped counts, because its
    application was qualified when the tickets were given.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Count the qualified applications again. If the pool is wrong, declare the lottery void
    before the draw and freeze a new one.

    Wrong: 40 qualified applications and a pool of 39

    Right: 40 qualified applications and a pool of 40
    """
    for lottery in _lotteries(facts):
        call = facts.get("calls", lottery["call_id"])
        qualified = call["applications_qualified"] if call else None
        if call is not None and qualified is not None and qualified != lottery["pool_size"]:
            yield Finding(
                Message(
                    "The pool has {pool} tickets; the call “{call}” had {qualified} qualified"
                    " applications.",
                    pool=lottery["pool_size"],
                    call=call["name"],
                    qualified=qualified,
                ),
                Message(
                    "Correct the number of the call, or declare the lottery void and freeze a new"
                    " one."
                ),
                lottery.at("pool_size"),
            )


@rule("DIV503", excusable=True)
def not_drawn_in_a_session(facts: Facts) -> Iterator[Finding]:
    """The lots were not drawn during a held session of the D.I.V.

    Why: The draw belongs before the eyes of the D.I.V. A drawn lottery has to name its session; the
    time of the draw is compared with its beginning and its end, or, where the end is not known,
    with the end of that day. A call without a lottery that counts is reported a year after its
    deadline, because the D.I.V. has met since, unless no more qualified than there are places or
    all were seated.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Mark the session as held, or correct session or time.

    Wrong: drawn at 20:10 in a session from 17:00 to 19:30

    Right: drawn at 18:40 in a session from 17:00 to 19:30
    """
    for lottery in _lotteries(facts):
        if lottery["status"] != "drawn":
            continue
        session = facts.get("sessions", lottery["session_id"])
        if session is None:
            if lottery["session_id"] is None:
                yield Finding(
                    Message("The lottery {lottery} was drawn in no session.", lottery=lottery.key),
                    Message("Enter the session in which the lots were drawn."),
                    lottery.at("session_id"),
                )
        elif session["state"] != "held":
            yield Finding(
                Message(
                    "The lottery {lottery} was drawn in “{session}”, which was not held.",
                    lottery=lottery.key,
                    session=session["name"],
                ),
                Message("Mark the session as held, or correct it here."),
                lottery.at("session_id"),
            )
        elif (drawn := lottery.time("drawn_at")) and not _during(facts, drawn, session):
            yield Finding(
                Message(
                    "The lottery {lottery} was drawn at {time}, not during “{session}”.",
                    lottery=lottery.key,
                    time=drawn.astimezone(facts.time_zone),
                    session=session["name"],
                ),
                Message("Correct the time here, or beginning and end of the session."),
                lottery.at("drawn_at"),
            )

    yield from _never_drawn(facts)


def _never_drawn(facts: Facts) -> Iterator[Finding]:
    """The calls of long ago without a lottery that counts."""
    if not facts.whole("lotteries"):
        return
    for call in facts.rows("calls"):
        deadline = call.date("application_deadline")
        lotteries = facts.where("lotteries", "call_id", call["id"])
        seats = facts.where("seats", "circle_id", call["circle_id"])
        if (
            deadline
            and facts.today - deadline > LONG_AGO
            and _more_qualified(call) is not False
            and all(lottery["status"] == "void" for lottery in lotteries)
            and not any(seat["appointment"] == "all_seated" for seat in seats)
        ):
            yield Finding(
                Message("No lottery is known for the call “{name}”.", name=call["name"]),
                Message("Enter the lottery, or give the reason as a deviation."),
                call.at("id"),
            )


def _during(facts: Facts, moment: dt.datetime, session: Row) -> bool:
    start, end = start_of(session), session.time("end")
    return start <= moment and (moment <= end if end else facts.day(moment) == facts.day(start))


@rule("DIV504", excusable=True)
def events_out_of_order(facts: Facts) -> Iterator[Finding]:
    """The events of a lottery are not in the order that makes it one that can be trusted.

    Why: The pool is closed after the deadline and public by the time announced; by then all sources
    are named, and no number becomes known before the time for objections has passed. Otherwise
    somebody could choose the pool or the sources to suit the outcome. The deadline is the end of
    its day.

    Do: Correct the time that is wrong. If it was so, give the reason as a deviation or declare the
    lottery void.

    Wrong: pool public by 20 November 12:00, 168 hours for objections, lotto on 25 November

    Right: pool public by 20 November 12:00, 168 hours for objections, dice on 8 December
    """
    for lottery in _lotteries(facts):
        call = facts.get("calls", lottery["call_id"])
        deadline = call.date("application_deadline") if call else None
        frozen, due = lottery.time("frozen_at"), lottery.time("publication_due")
        if frozen and deadline and facts.day(frozen) <= deadline:
            yield Finding(
                Message(
                    "The pool of {lottery} was frozen before the deadline, {deadline}, had passed.",
                    lottery=lottery.key,
                    deadline=deadline,
                ),
                _MEND_TIME,
                lottery.at("frozen_at"),
            )
        if frozen and due and due < frozen:
            yield Finding(
                Message(
                    "The pool of {lottery} was to be public before it was frozen.",
                    lottery=lottery.key,
                ),
                _MEND_TIME,
                lottery.at("publication_due"),
            )
        yield from _sources_out_of_order(facts, lottery, due)


_MEND_TIME = Message("Correct the time; if it was so, give the reason as a deviation.")


def _sources_out_of_order(facts: Facts, lottery: Row, due: dt.datetime | None) -> Iterator[Finding]:
    hours = lottery["objection_hours"]
    drawn = lottery.time("drawn_at")
    early = []
    for source in _of(facts, "seed_sources", lottery):
        announced, scheduled = source.time("announced_at"), source.time("scheduled_at")
        if due and announced and announced > due:
            yield Finding(
                Message(
                    "The source “{name}” was announced after the pool was public.",
                    name=source["name"],
                ),
                _MEND_TIME,
                source.at("announced_at"),
            )
        if due and hours is not None and scheduled and scheduled - due < _hours(hours):
            yield Finding(
                Message(
                    "The source “{name}” is known before the {hours} hours for objections have"
                    " passed.",
                    name=source["name"],
                    hours=hours,
                ),
                _MEND_TIME,
                source.at("scheduled_at"),
            )
        if drawn and scheduled and scheduled > drawn:
            early.append(source)
    if early:
        yield Finding(
            Message(
                "The lottery {lottery} was drawn before these sources were known: {names}.",
                lottery=lottery.key,
                names=[source["name"] for source in early],
            ),
            _MEND_TIME,
            lottery.at("drawn_at"),
        )


def _hours(number: int) -> dt.timedelta:
    """So many hours; at most a century, which is longer than any objection."""
    return dt.timedelta(hours=min(number, 876_000))


@rule("DIV505")
def pool_changed(facts: Facts) -> Iterator[Finding]:
    """The tickets are not those of the pool that was frozen.

    Why: The SHA-256 of the pool was published before any random number was known. If it does not
    fit the leaves, a ticket was added, removed or changed. The leaves stand in byte order, their
    positions are counted from 1, and there are as many as the lottery says. A void lottery is
    judged, too.

    Do: Put the tickets back as they were frozen. If the frozen pool was wrong, declare the lottery
    void.

    Wrong: a leaf that was changed by hand

    Right: the leaves as `lottery freeze` has written them
    """
    for lottery in _computable(facts):
        if not facts.whole("lottery_tickets"):
            return
        tickets = _of(facts, "lottery_tickets", lottery)
        leaves = [ticket["leaf"] for ticket in tickets]
        digest = draw.pool_sha256(leaves)
        if digest != lottery["pool_sha256"]:
            yield Finding(
                Message(
                    "The leaves of {lottery} have another SHA-256 than its pool: {digest}.",
                    lottery=lottery.key,
                    digest=digest,
                ),
                Message("Put the tickets back as they were frozen."),
                lottery.at("pool_sha256"),
            )
        elif len(leaves) != lottery["pool_size"]:
            yield Finding(
                Message(
                    "The lottery {lottery} has {tickets} tickets, not {size}.",
                    lottery=lottery.key,
                    tickets=len(leaves),
                    size=lottery["pool_size"],
                ),
                Message("Correct the number."),
                lottery.at("pool_size"),
            )
        else:
            yield from _misplaced(lottery, tickets)


def _misplaced(lottery: Row, tickets: Sequence[Row]) -> Iterator[Finding]:
    """The first ticket that is not in its place."""
    leaves = [ticket["leaf"] for ticket in tickets]
    for number, (ticket, leaf) in enumerate(zip(tickets, sorted(leaves), strict=True), 1):
        twice = number > 1 and leaves[number - 2] == leaf
        if ticket["position"] != number or ticket["leaf"] != leaf or twice:
            yield Finding(
                Message(
                    "The tickets of {lottery} are not in the byte order of their leaves, each"
                    " once.",
                    lottery=lottery.key,
                ),
                Message("Put the tickets back as they were frozen."),
                ticket.at("position"),
            )
            return


@rule("DIV506")
def wrong_key(facts: Facts) -> Iterator[Finding]:
    """The numbers of the sources are not possible, or do not give the key of the draw.

    Why: The numbers are the draw's only input. Each source yields as many as was announced, within
    its range, and none twice where nothing is put back; written by RFC 3797 they are the key. A
    drawn lottery has the numbers of all its sources.

    Do: Compare the numbers with the minutes and the published draws, and correct what was mistyped.
    If the draw was made with wrong numbers, it is void.

    Wrong: six numbers of lotto with 50 among them

    Right: six different numbers from 1 to 49
    """
    if not facts.whole("seed_sources"):
        return
    for lottery in _computable(facts):
        possible = True
        for source in _of(facts, "seed_sources", lottery):
            for finding in _impossible(lottery, source):
                possible = False
                yield finding
        key = _key(facts, lottery) if possible else None
        if lottery["seed_key"] and key is not None and key != lottery["seed_key"]:
            yield Finding(
                Message(
                    "The sources of {lottery} give another key: {key}.",
                    lottery=lottery.key,
                    key=key,
                ),
                Message("Compare the numbers with the minutes and correct what was mistyped."),
                lottery.at("seed_key"),
            )


def _impossible(lottery: Row, source: Row) -> Iterator[Finding]:
    span, values = draw.Range.of(source), _values(source)
    names = {"name": source["name"], "numbers": span.numbers}
    if not values:
        if not lottery["seed_key"]:
            return
        message = Message("The numbers of “{name}” are missing.", name=source["name"])
    elif span.holds(values):
        return
    elif len(values) != span.numbers:
        message = Message(
            "“{name}” has {found} numbers; announced were {numbers}.", found=len(values), **names
        )
    elif not all(span.lowest <= value <= span.highest for value in values):
        message = Message(
            "“{name}” has a number outside {lowest} to {highest}.",
            name=source["name"],
            lowest=span.lowest,
            highest=span.highest,
        )
    else:
        message = Message("“{name}” has a number twice.", name=source["name"])
    yield Finding(message, Message("Enter the numbers as they were drawn."), source.at("values"))


@rule("DIV507")
def wrong_ranking(facts: Facts) -> Iterator[Finding]:
    """The ranks are not those that the key gives.

    Why: Anybody can compute the ranking from the key by RFC 3797. It is judged where the key fits
    the sources (else DIV506 comes first); a lottery that was not drawn has no ranks.

    Do: Put the ranks back as `lottery draw` has written them.

    Wrong: the ranks of two tickets exchanged

    Right: the ranks as the key gives them
    """
    for lottery in _computable(facts):
        pool = _pool(facts, lottery)
        if pool is None:
            continue
        if lottery["seed_key"]:
            ranked = _computed(facts, lottery, pool)
            if ranked is None:
                continue
        else:
            ranked = ()
        ranks = {position: rank for rank, position in enumerate(ranked, 1)}
        wrong = [ticket for ticket in pool if ticket["rank"] != ranks.get(ticket["position"])]
        if wrong:
            yield Finding(
                Message(
                    "{lottery}: {number} tickets have another rank than the key gives, the first in"
                    " position {position}.",
                    lottery=lottery.key,
                    number=len(wrong),
                    position=wrong[0]["position"],
                ),
                Message("Put the ranks back as they were drawn."),
                wrong[0].at("rank"),
            )


@rule("DIV508")
def too_little_entropy(facts: Facts) -> Iterator[Finding]:
    """The sources are fewer than two, or not unpredictable enough for the pool.

    Why: There are C(pool, places) ways to choose. Sources that have fewer outcomes make some of
    them impossible, and one source alone can fail or be steered. What counts is the likeliest
    outcome of each source (min-entropy): numbers are taken sorted, so that with dice the mixed
    throws are likelier than six sixes. The entropy that the lottery states is compared, too.

    Do: Before the draw, declare the lottery void and freeze a new one with more sources or numbers.

    Wrong: one throw of three dice for five of 40

    Right: ten throws of a die and a round of drand
    """
    for lottery in _lotteries(facts):
        if lottery["algorithm"] != "rfc3797" or not facts.whole("seed_sources"):
            continue
        sources = _of(facts, "seed_sources", lottery)
        spans = list(map(draw.Range.of, sources))
        bits = draw.entropy_bits(spans)
        needed = f"{draw.bits_needed(lottery['pool_size'], lottery['draw_count']):.1f}"
        if len(sources) < FEWEST_SOURCES:
            message = Message(
                "Sources of {lottery}: {number}. At least two are needed.",
                lottery=lottery.key,
                number=len(sources),
            )
        elif not draw.suffices(spans, lottery["pool_size"], lottery["draw_count"]):
            message = Message(
                "The sources of {lottery} have {bits} bits of entropy; {places} of {pool} tickets"
                " need {needed}.",
                lottery=lottery.key,
                bits=bits,
                places=lottery["draw_count"],
                pool=lottery["pool_size"],
                needed=needed,
            )
        elif bits != lottery["entropy_bits"]:
            message = Message(
                "The sources of {lottery} have {bits} bits of entropy, not {stated}.",
                lottery=lottery.key,
                bits=bits,
                stated=lottery["entropy_bits"],
            )
        else:
            continue
        yield Finding(
            message,
            Message("Announce more sources or numbers in a new lottery, or correct the entropy."),
            lottery.at("entropy_bits"),
        )


@rule("DIV509", excusable=True)
def needless_draw(facts: Facts) -> Iterator[Finding]:
    """Lots are drawn although all could be seated, or all are seated although more qualified.

    Why: Where no more qualified than there are places, all of them are seated and nothing is drawn.
    Where more qualified, the lot decides. Where the call does not count them, the tickets in the
    pool do. A seat is judged where every call of its circle says how many qualified and all of them
    had more than places.

    City: Aus allen eingegangenen qualifizierten Bewerbungen, werden die zuletzt genannten Fünf im
    D.I.V. ausgelost.

    Do: Correct the number of qualified applications, or the appointment of the seats.

    Wrong: five places, five qualified applications and a lottery

    Right: five places, five qualified applications, and the appointment “Seated without a draw”
    """
    for lottery in _lotteries(facts):
        call = facts.get("calls", lottery["call_id"])
        if call is None:
            continue
        qualified, seats = call["applications_qualified"], call["seats_offered"]
        if qualified is None:
            qualified, seats = lottery["pool_size"], lottery["draw_count"]
        if qualified <= seats:
            yield Finding(
                Message(
                    "The lottery {lottery} is needless: {qualified} qualified for {seats} places.",
                    lottery=lottery.key,
                    qualified=qualified,
                    seats=seats,
                ),
                Message("Declare it void and seat all, or correct the number of the call."),
                lottery.at("status"),
            )
    for circle in facts.rows("circles"):
        calls = facts.where("calls", "circle_id", circle["id"])
        if not calls or not all(_more_qualified(call) for call in calls):
            continue
        for seat in facts.where("seats", "circle_id", circle["id"]):
            if seat["appointment"] == "all_seated":
                yield Finding(
                    Message(
                        "Seat {number} of “{circle}” is marked “Seated without a draw”, but more"
                        " qualified than there were places.",
                        number=seat["seat_number"],
                        circle=circle["name"],
                    ),
                    Message("Correct the appointment of the seat or the number of the call."),
                    seat.at("appointment"),
                )


def _more_qualified(call: Row) -> bool | None:
    """Whether more qualified than there were places; None where nobody knows."""
    qualified: int | None = call["applications_qualified"]
    return None if qualified is None else qualified > int(call["seats_offered"])


@rule("DIV510")
def wrong_outcome(facts: Facts) -> Iterator[Finding]:
    """A ticket has another outcome than its rank gives.

    Why: Drawn are the first ranks, as many as there are places; skipped tickets keep their rank and
    are passed over, the others are the reserve. A ticket is skipped exactly if it has a reason for
    it. The rank is the one computed anew, where that is possible (else DIV507 would be said twice),
    and for another method the one that the ticket has.

    Do: Put the outcomes back as `lottery draw` has written them.

    Wrong: a ticket of rank 6 that is drawn, of five places

    Right: a ticket of rank 6 on the reserve list, of five places
    """
    for lottery in facts.rows("lotteries"):
        pool = _pool(facts, lottery)
        if pool is None:
            continue
        ranked = _computed(facts, lottery, pool) or _recorded(pool)
        expected = _outcomes(lottery, pool, ranked) if ranked else {}
        for ticket in pool:
            outcome: str | None = ticket["outcome"]
            due: str | None = expected.get(ticket["position"])
            if not ranked and lottery["status"] != "frozen":
                due = outcome  # nothing to go by but the reasons
            if ticket["skip_reason"] and outcome:
                due = "skipped"
            elif outcome == "skipped":
                due = None
            if outcome != due:
                yield Finding(
                    _outcome_message(ticket, lottery, due),
                    Message("Put outcome and reason back as they were drawn."),
                    ticket.at("outcome"),
                )


def _outcome_message(ticket: Row, lottery: Row, due: str | None) -> Message:
    if ticket["outcome"] == "skipped":
        return Message(
            "Position {position} of {lottery} is skipped without a reason.",
            position=ticket["position"],
            lottery=lottery.key,
        )
    label = ticket.table.schema.fields["outcome"].code_label
    return Message(
        "Position {position} of {lottery} has the outcome “{outcome}” instead of “{due}”.",
        position=ticket["position"],
        lottery=lottery.key,
        outcome=label(ticket["outcome"]) if ticket["outcome"] else "–",
        due=label(due) if due else "–",
    )


@rule("DIV511", excusable=True)
def wrong_replacement(facts: Facts) -> Iterator[Finding]:
    """A replacement is not the next of the reserve list.

    Why: The reserve list was drawn like the places, and its order is nobody's choice. Replacements
    are numbered from 1, and each has the rank that follows on the list; after one that has not, the
    next is compared with the rank after the highest so far. Without a ranking nothing is judged.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Correct rank and number; if somebody was passed over, give the reason as a deviation.

    Wrong: rank 8 moves up, and rank 7 was never asked

    Right: rank 7 moves up, then rank 8
    """
    if not facts.whole("replacements"):
        return
    for lottery in _lotteries(facts):
        pool = _pool(facts, lottery)
        moved = _of(facts, "replacements", lottery)
        if pool is None or not moved:
            continue
        ranked = _computed(facts, lottery, pool) or _recorded(pool)
        if not ranked:
            continue
        outcomes = _outcomes(lottery, pool, ranked)
        ranks = {position: rank for rank, position in enumerate(ranked, 1)}
        reserve = draw.reserve(outcomes, ranks)
        following = dict(pairwise([0, *reserve]))
        last = 0
        for number, row in enumerate(moved, 1):
            expected = following.get(last)
            if row["number"] != number or row["rank"] != expected:
                field = "number" if row["rank"] == expected else "rank"
                yield Finding(
                    Message(
                        "Replacement {number} of {lottery} has rank {rank}; the next was"
                        " {expected}.",
                        number=row["number"],
                        lottery=lottery.key,
                        rank=row["rank"],
                        expected=expected or "–",
                    ),
                    Message("Let the next of the reserve list move up, numbered in order."),
                    row.at(field),
                )
            last = max(last, row["rank"]) if row["rank"] in following.values() else last


@rule("DIV512", excusable=True)
def lottery_does_not_fit_its_call(facts: Facts) -> Iterator[Finding]:
    """A lottery draws another number of places than its call offers, is the second, or void without
    a reason.

    Why: A call has one lottery, for all of its places. If it went wrong, it is declared void with
    the reason, and another one follows; the void one stays published.

    City: werden die zuletzt genannten Fünf im D.I.V. ausgelost

    Do: Correct the number of places, or declare the other lottery void and say why.

    Wrong: two lotteries of a call that both count

    Right: a void lottery with its reason, and one that counts
    """
    for lottery in facts.rows("lotteries"):
        if lottery["status"] == "void":
            if not lottery["void_reason"]:
                yield Finding(
                    Message("The lottery {lottery} is void without a reason.", lottery=lottery.key),
                    Message("Say why; the reason is published."),
                    lottery.at("void_reason"),
                )
            continue
        call = facts.get("calls", lottery["call_id"])
        if call and call["seats_offered"] != lottery["draw_count"]:
            yield Finding(
                Message(
                    "The lottery {lottery} draws {number} places; the call “{call}” offers"
                    " {seats}.",
                    lottery=lottery.key,
                    number=lottery["draw_count"],
                    call=call["name"],
                    seats=call["seats_offered"],
                ),
                Message("Correct the number here or in the call."),
                lottery.at("draw_count"),
            )
    yield from _second_lotteries(facts)


def _second_lotteries(facts: Facts) -> Iterator[Finding]:
    """The lotteries of a call that are not void, but for the first that was frozen."""
    first: dict[str, Row] = {}
    for lottery in sorted(_lotteries(facts), key=lambda row: (row["frozen_at"] or "", row.number)):
        other = first.setdefault(lottery["call_id"], lottery)
        if other is not lottery:
            yield Finding(
                Message(
                    "The call {call} has two lotteries that count: {other} and {lottery}.",
                    call=lottery["call_id"],
                    other=other.key,
                    lottery=lottery.key,
                ),
                Message("Declare one of them void, with its reason."),
                lottery.at("status"),
            )


@rule("DIV513", "warning")
def last_source_can_be_steered(facts: Facts) -> Iterator[Finding]:
    """The source that is known last could be steered.

    Why: Whoever throws the last dice knows all other numbers and what each throw would bring. A
    public source that nobody in the session controls, known after them, leaves nothing to choose.
    Sources that become known at the same time are all the last.

    Do: Announce a public source after it: a round of drand some minutes later, in the session.

    Wrong: lotto on Saturday, dice in the session on Tuesday

    Right: dice at 18:30, a round of drand at 18:45
    """
    if not facts.whole("seed_sources"):
        return
    for lottery in _lotteries(facts):
        sources = _of(facts, "seed_sources", lottery)
        if not sources or lottery["algorithm"] != "rfc3797":
            continue
        last = max(filter(None, (source.time("scheduled_at") for source in sources)))
        for source in sources:
            if source.time("scheduled_at") == last and source["kind"] in _STEERABLE:
                yield Finding(
                    Message(
                        "“{name}” is the last source of {lottery} to be known, and could be"
                        " steered.",
                        name=source["name"],
                        lottery=lottery.key,
                    ),
                    Message(
                        "Announce a public one after it: a round of drand some minutes later, in"
                        " the session."
                    ),
                    source.at("kind"),
                )


@rule("DIV514", "warning")
def nobody_can_check(facts: Facts) -> Iterator[Finding]:
    """The lottery was drawn by a method that nobody can check.

    Why: A draw from a hat has to be believed. One by RFC 3797 can be run again by everybody.

    Do: Draw the next lottery by `lottery freeze` and `lottery draw`.

    Wrong: method “other”

    Right: method “RFC 3797”
    """
    for lottery in _lotteries(facts):
        if lottery["algorithm"] == "other":
            yield Finding(
                Message("Nobody can check the draw of {lottery}.", lottery=lottery.key),
                Message("Draw the next one by RFC 3797: div-opendata lottery"),
                lottery.at("algorithm"),
            )


RULES = (
    call_after_its_deadline,
    pool_is_not_the_qualified,
    not_drawn_in_a_session,
    events_out_of_order,
    pool_changed,
    wrong_key,
    wrong_ranking,
    too_little_entropy,
    needless_draw,
    wrong_outcome,
    wrong_replacement,
    lottery_does_not_fit_its_call,
    last_source_can_be_steered,
    nobody_can_check,
)
