"""The commands of the lottery, from the tickets to the destruction of the register.

Tickets, words and names come from files, prompts or standard input, never from arguments, which
others can see; none is printed. The clock is read here alone (`_now`).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base.errors import UsageProblem
from .base.finding import shortened
from .base.i18n import Message
from .console import (
    Group,
    ask,
    format_option,
    language,
    language_option,
    open_here,
    option,
    say,
    show_checks,
    style,
    tell,
    workspace_argument,
)

if TYPE_CHECKING:
    from .lottery.books import Books, Row
    from .lottery.register import Application, Register
    from .workspace.settings import Workspace

_lottery = click.argument("lottery")
_one = option("--lottery", help="Only this lottery, by its ID; by default all.")
_yes = option("--yes", is_flag=True, help="Do not ask.")
_source = click.argument("source", default=".")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _today(workspace: Workspace) -> dt.date:
    return _now().astimezone(workspace.time_zone).date()


@click.group(cls=Group)
@language_option
def lottery() -> None:
    """Draw lots so that anybody can run the draw again and nobody learns who applied.

    The way of a lottery: tickets → freeze → publish → draw → publish → check, verify → destroy.
    """


# --- before the draw ------------------------------------------------------------------------------


@lottery.command()
@_lottery
@workspace_argument
@option("--call", required=True, help="ID of the call whose places are drawn.")
@option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="CSV with the qualified applications: columns application and, if wanted, word.",
)
@option("--keep-until", required=True, help="Day until which the register is kept: 2027-06-30.")
@option("--where", help="Address at which applicants will find the pool.")
@language_option
def tickets(
    lottery: str, workspace: Path, call: str, file: Path | None, keep_until: str, where: str | None
) -> None:
    """Give each qualified application a ticket: writes the private register and the slips.

    LOTTERY is the ID of the new lottery. Without --from there are as many tickets as the call
    counts qualified applications. Run again, it writes slips that are missing.
    """
    from .lottery import steps
    from .lottery.books import open_books
    from .lottery.register import Register, make_entries, pool_address

    opened = open_here(workspace)
    register = Register(opened, _checked_id(lottery))
    address = where or pool_address(opened)
    if address is None:
        raise UsageProblem(
            Message("No portal of the configuration can be reached by applicants."),
            Message("Say where the pool will be: --where https://…"),
        )
    day = _date(keep_until, opened)
    with opened.exclusively():
        register.guard()
        books = open_books(opened)
        qualified = steps.prepare(books, lottery, call, _now())
        if register.exists():
            entries = register.entries()
            if all(register.slip(entry).is_file() for entry in entries):
                raise UsageProblem(
                    Message("The register of {lottery} exists.", lottery=lottery),
                    Message(
                        "Its tickets are not given again. For a new lottery take another ID, or"
                        " destroy the register first."
                    ),
                )
        else:
            applications = _applications(file, qualified)
            entries = make_entries(lottery, call, applications, day)
            steps.refuse_needless(books.office("calls", call), len(entries))
            register.write(entries)
        register.write_slips(entries, address, opened.configuration.publisher.name)
    say(
        Message(
            "{number} tickets: the register is {register}, the slips are in {slips}.",
            number=len(entries),
            register=register.path,
            slips=register.slips,
        )
    )
    say(
        Message(
            "Both are private. Hand each applicant their slip, then: div-opendata lottery freeze"
        )
    )


def _checked_id(lottery: str) -> str:
    """The ID of a new lottery, which also becomes the name of files."""
    import re

    from .standard.tables import ID_PATTERN

    if not re.fullmatch(ID_PATTERN, lottery):
        raise UsageProblem(
            Message("{id} cannot be the ID of a lottery.", id=lottery),
            Message(
                "An ID is words and numbers in lower case with hyphens, such as lottery-2026-1."
            ),
        )
    return lottery


def _applications(file: Path | None, qualified: int | None) -> list[Application]:
    from .lottery.register import Application, read_applications, refuse_versioned

    if file is not None:
        refuse_versioned(file)
        applications = read_applications(file)
        if qualified is not None and len(applications) != qualified:
            raise UsageProblem(
                Message(
                    "{file} has {number} applications; the call counts {qualified} qualified ones.",
                    file=file,
                    number=len(applications),
                    qualified=qualified,
                ),
                Message("Every qualified application gets a ticket: correct the one or the other."),
            )
        return applications
    if qualified is None:
        raise UsageProblem(
            Message("Nobody knows how many tickets are to be given."),
            Message("Enter the qualified applications of the call, or give a file by --from."),
        )
    return [Application() for _ in range(qualified)]


def _date(text: str, workspace: Workspace) -> dt.date:
    """A day that has not passed, as people write it."""
    from .read.values import understand

    field = workspace.standard.tables["lotteries"].fields["register_destroyed_on"]
    value = understand(field, text, workspace.time_zone)
    try:
        day = dt.date.fromisoformat(str(value))
    except ValueError:
        day = dt.date.min
    if day < _today(workspace):
        raise UsageProblem(
            Message("{text} is no date, or one that has passed.", text=text),
            Message("Write it as 2027-06-30 or 30.06.2027."),
        )
    return day


@lottery.command()
@click.argument("lottery", required=False)
@workspace_argument
@option(
    "--announcement",
    type=click.Path(path_type=Path),
    help="TOML file with session, dates and sources of randomness.",
)
@option(
    "--skip",
    "skips",
    multiple=True,
    help="NUMBER=REASON: pass over the application with this number in the register; the reason is"
    " ineligible, duplicate or withdrawn_before_draw.",
)
@option("--example", is_flag=True, help="Print an announcement to begin with.")
@_yes
@language_option
def freeze(
    lottery: str | None,
    workspace: Path,
    announcement: Path | None,
    skips: Sequence[str],
    example: bool,
    yes: bool,
) -> None:
    """Close the pool: writes its leaves, its SHA-256 and the sources of randomness.

    After that nothing of it changes: tickets that are to be passed over are named now or never.
    Publish it before the time that the announcement says.
    """
    from .lottery import announcement as announcing
    from .lottery import steps
    from .lottery.books import open_books
    from .lottery.register import Register

    if example:
        say(announcing.example().rstrip())
        return
    if lottery is None or announcement is None:
        raise UsageProblem(
            Message("A lottery and its announcement are needed."),
            Message("div-opendata lottery freeze LOTTERY --announcement FILE"),
        )
    opened = open_here(workspace)
    announced = announcing.read_announcement(announcement, opened)
    with opened.exclusively():
        books = open_books(opened)
        entries = Register(opened, _checked_id(lottery)).entries()
        reasons = _skips(skips)
        row = steps.freeze(books, lottery, entries, announced, reasons, _now())
        _settle(books, lottery)
        ask(
            Message(
                "Freeze the pool of {lottery} with {tickets} tickets, {skipped} of them skipped?"
                " (yes/no)",
                lottery=lottery,
                tickets=row["pool_size"],
                skipped=len(reasons),
            ),
            yes=yes,
        )
        books.save()
    say(
        Message(
            "Frozen: {tickets} tickets for {places} places. SHA-256 of the pool:",
            tickets=row["pool_size"],
            places=row["draw_count"],
        )
    )
    say(style(row["pool_sha256"], "place"))
    say(
        Message(
            "Publish until {due}: div-opendata publish. Print the SHA-256 elsewhere, too, such as"
            " in the official gazette.",
            due=dt.datetime.fromisoformat(row["publication_due"]),
        )
    )


def _skips(texts: Sequence[str]) -> dict[int, str]:
    from .standard.packages import load_standard

    codelist = load_standard().codelists["skip_reason"]
    skips: dict[int, str] = {}
    for text in texts:
        head, _, reason = text.partition("=")
        number = _whole_number(head.strip())
        code = codelist.spellings.get(reason.strip().casefold())
        if number is None or code is None:
            raise UsageProblem(
                Message("--skip {text} is not understood.", text=shortened(text)),
                Message("Write NUMBER=REASON; reasons: {known}.", known=list(codelist.codes)),
            )
        if number in skips:
            raise UsageProblem(
                Message("Application {number} is to be skipped twice.", number=number),
                Message("Give each number once, with its one reason."),
            )
        skips[number] = code
    return skips


def _whole_number(text: str) -> int | None:
    """A number without sign; None where it is not one, or longer than any that is needed."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None


_LONGEST = 1000  # digits


def _settle(books: Books, lottery: str, *, drawing: bool = False) -> None:
    """Show what the rules say of a lottery as it would be written; its errors end the run."""
    from . import report
    from .lottery import steps

    found = books.judge(lottery, _today(books.workspace))
    if found:
        say(report.findings_text(found, books.records, language(), style), err=True)
    if steps.refused(found, drawing=drawing):
        say(style(Message("Nothing was changed.").text(language()), "error"), err=True)
        raise SystemExit(1)


@lottery.command()
@_lottery
@workspace_argument
@option("--reason", required=True, help="Why, in a sentence; it is published. Name nobody.")
@_yes
@language_option
def void(lottery: str, workspace: Path, reason: str, yes: bool) -> None:
    """Declare a lottery void, with the reason; it stays published, and a new one may follow."""
    from .lottery import steps
    from .lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        steps.declare_void(books, lottery, reason)
        ask(Message("Declare {lottery} void for good? (yes/no)", lottery=lottery), yes=yes)
        books.save()
    say(
        Message(
            "{lottery} is void. Publish it; a new lottery of the same call may follow.",
            lottery=lottery,
        )
    )


# --- the draw and after it ------------------------------------------------------------------------


@lottery.command()
@_lottery
@workspace_argument
@option(
    "--source",
    "sources",
    multiple=True,
    help="Numbers of a source, such as “4 1 6”, once for each in their order; else they are asked.",
)
@option("--witnesses", type=click.IntRange(min=0), help="How many people witnessed the draw.")
@option("--evidence-url", help="Where the SHA-256 of the pool was published elsewhere.")
@_yes
@language_option
def draw(
    lottery: str,
    workspace: Path,
    sources: Sequence[str],
    witnesses: int | None,
    evidence_url: str | None,
    yes: bool,
) -> None:
    """Draw the lots in the session: asks for the numbers of each source, shows them and ranks all.

    A draw is never repeated. Of a drand round the whole randomness may be typed, too.
    """
    from .lottery import steps
    from .lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        announced = steps.undrawn(books, lottery, _now())
        values = _values(announced, sources)
        if witnesses is None:
            _refuse_unattended()
            question = Message("How many people witness the draw?").text(language())
            witnesses = click.prompt(question, type=click.IntRange(min=0), err=True)
        row = steps.carry_out(books, lottery, values, witnesses, _now(), evidence_url)
        _settle(books, lottery, drawing=True)
        for source, numbers in zip(announced, values, strict=True):
            say(f"  {source['name']}: {' '.join(map(str, sorted(numbers)))}", err=True)
        say(Message("Key of the draw: {key}", key=row["seed_key"]), err=True)
        ask(Message("Are all numbers right? The draw is final. (yes/no)"), yes=yes)
        books.save()
    _show_ranking(books, row)


def _values(announced: Sequence[Row], given: Sequence[str]) -> list[list[int]]:
    """The numbers of each source, asked for until they are possible."""
    from .lottery.steps import numbers_of

    if given:
        if len(given) != len(announced):
            raise UsageProblem(
                Message(
                    "{given} sources were given; announced are {announced}.",
                    given=len(given),
                    announced=len(announced),
                ),
                Message("Give --source once for each, in the order announced."),
            )
        return [numbers_of(*pair) for pair in zip(announced, given, strict=True)]
    _refuse_unattended()
    values: list[list[int]] = []
    while len(values) < len(announced):
        source = announced[len(values)]
        question = Message("Numbers of “{name}”", name=source["name"]).text(language())
        try:
            values.append(numbers_of(source, click.prompt(question, err=True)))
        except UsageProblem as problem:
            say(style(problem.text(language()), "error"), err=True)
    return values


def _refuse_unattended() -> None:
    if not sys.stdin.isatty():
        raise UsageProblem(
            Message("Nobody can be asked here."),
            Message("Give --source for each source, --witnesses and --yes."),
        )


def _show_ranking(books: Books, row: Row) -> None:
    """The places and the beginning of the reserve list, by position and leaf."""
    labels = books.workspace.standard.codelists["ticket_outcome"].codes
    tickets = sorted(books.of("lottery_tickets", row["id"]), key=lambda item: item["rank"])
    shown = [item for item in tickets if item["outcome"] != "reserve"]
    shown += [item for item in tickets if item["outcome"] == "reserve"][: row["draw_count"]]
    say(Message("Rank, position in the pool, leaf, outcome:"))
    for item in sorted(shown, key=lambda item: item["rank"]):
        label = labels[item["outcome"]].label.text(language())
        say(f"  {item['rank']:>5}  {item['position']:>5}  {item['leaf']}  {label}")
    say(
        Message(
            "All {number} ranks are in the table of tickets. Publish them: div-opendata publish",
            number=len(tickets),
        )
    )


@lottery.command()
@_lottery
@workspace_argument
@option(
    "--reason",
    required=True,
    type=click.Choice(["declined", "left", "ineligible"]),
    help="Why a place became free.",
)
@_yes
@language_option
def replace(lottery: str, workspace: Path, reason: str, yes: bool) -> None:
    """Let the next of the reserve list move up, with the reason why a place became free."""
    from .lottery import steps
    from .lottery.books import open_books
    from .lottery.register import Register

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        ticket = steps.replace(books, lottery, reason)
        _settle(books, lottery, drawing=True)
        ask(Message("Let rank {rank} move up? (yes/no)", rank=ticket["rank"]), yes=yes)
        books.save()
    say(
        Message(
            "Rank {rank} moves up: position {position}, leaf {leaf}.",
            rank=ticket["rank"],
            position=ticket["position"],
            leaf=ticket["leaf"],
        )
    )
    register = Register(opened, lottery)
    if register.exists():
        for entry in register.entries():
            if entry.leaf == ticket["leaf"]:
                say(Message("Number in the register: {number}.", number=entry.number))


# --- what anybody can do --------------------------------------------------------------------------


@lottery.command()
@_source
@_one
@language_option
def check(source: str, lottery: str | None) -> None:
    """Tell an applicant whether their ticket is in the pool, and which rank it got.

    SOURCE is the published data package “lottery”: a folder, a zip or a web address. Ticket and
    word are asked for, or read from standard input, a line each.
    """
    from .lottery import verify as verifying
    from .lottery.register import typed_ticket

    published = verifying.load(source)
    if sys.stdin.isatty():
        ticket = click.prompt(Message("Ticket").text(language()), err=True)
        question = Message("Your word (empty if you chose none)").text(language())
        word = click.prompt(question, default="", show_default=False, err=True)
    else:
        ticket, word = [*_typed_lines(), "", ""][:2]
    found = verifying.find_ticket(published, typed_ticket(ticket), word, lottery)
    if not found:
        say(
            Message(
                "There is no ticket with this word in the pool. Look whether both are typed as on"
                " the slip; if so, object to the city before the objection period ends."
            )
        )
        raise SystemExit(1)
    for item in found:
        say(
            Message(
                "The ticket is in the pool of {lottery}, position {position}, leaf {leaf}.",
                lottery=item.lottery,
                position=item.position,
                leaf=item.leaf,
            )
        )
        _show_fate(item)


def _typed_lines() -> list[str]:
    """The lines of standard input, as they were typed whatever the console takes them for."""
    from .lottery.register import typed_text

    stream = getattr(sys.stdin, "buffer", None)
    return (sys.stdin.read() if stream is None else typed_text(stream.read())).splitlines()


def _show_fate(item: Any) -> None:
    if item.skip_reason:
        say(Message("It is skipped: {reason}.", reason=_label("skip_reason", item.skip_reason)))
    if item.rank:
        outcome = _label("ticket_outcome", item.outcome)
        say(Message("Rank {rank}: {outcome}.", rank=item.rank, outcome=outcome))
    else:
        say(Message("The lots have not been drawn yet."))


def _label(codelist: str, code: str) -> object:
    """The label of a code that a stranger's file has, where it is one."""
    from .standard.packages import load_standard

    known = load_standard().codelists[codelist].codes.get(code)
    return known.label if known else code or "–"


@lottery.command()
@_source
@_one
@format_option("text", "json")
@language_option
def verify(source: str, lottery: str | None, output: str) -> None:
    """Run the published lotteries again, step by step: what was published, what comes out.

    SOURCE is the published data package “lottery”: a folder, a zip or a web address, of which the
    files are downloaded first. Nothing private is needed.
    """
    from . import report
    from .lottery import verify as verifying

    checks = verifying.verify(verifying.load(source), lottery)
    if output == "text":
        say(report.steps_text(checks, language(), style))
    show_checks(checks, output)
    if not all(item.passed for item in checks):
        raise SystemExit(1)


@lottery.command()
@option(
    "--tickets",
    "number",
    required=True,
    type=click.IntRange(1, 1 << 16),
    help="How many tickets there are.",
)
@option("--source", "sources", multiple=True, required=True, help="Numbers of a source: “4 1 6”.")
@format_option("text", "json")
@language_option
def rank(number: int, sources: Sequence[str], output: str) -> None:
    """Try the bare algorithm of RFC 3797: the ranking of so many tickets by these numbers."""
    from .standard import draw as drawing

    key = drawing.seed_key([_integers(text) for text in sources])
    ranking = drawing.ranking(key, number)
    if output == "json":
        say(json.dumps({"version": 1, "key": key, "ranking": ranking}))
        return
    say(Message("Key of the draw: {key}", key=key))
    say(Message("Positions in the order of their ranks:"))
    say(" ".join(map(str, ranking)))


def _integers(text: str) -> list[int]:
    found = [_whole_number(part) for part in text.split()]
    numbers = [number for number in found if number is not None]
    if not numbers or len(numbers) < len(found):
        raise UsageProblem(
            Message("--source {text} is not understood.", text=shortened(text)),
            Message("Write whole numbers with blanks between them: --source “4 1 6”."),
        )
    return numbers


# --- the end --------------------------------------------------------------------------------------


@lottery.command()
@_lottery
@workspace_argument
@language_option
def forget(lottery: str, workspace: Path) -> None:
    """Remove one person's entry from the register, by their ticket, which is asked for.

    What is published stays: nobody can tell from a leaf who applied.
    """
    from .lottery.register import typed_ticket

    opened = open_here(workspace)
    with opened.exclusively():
        register = _register(opened, lottery)
        if sys.stdin.isatty():
            ticket = click.prompt(Message("Ticket").text(language()), err=True)
        else:
            ticket = [*_typed_lines(), ""][0]
        if not register.forget(typed_ticket(ticket)):
            raise UsageProblem(
                Message("This ticket is not in the register of {lottery}.", lottery=lottery),
                Message("Look whether it is typed as on the slip. Nothing was changed."),
            )
    say(Message("The entry and its slip are removed. What you keep elsewhere is not."))


def _register(workspace: Workspace, lottery: str) -> Register:
    from .lottery.register import Register

    return Register(workspace, _checked_id(lottery))


@lottery.command()
@_lottery
@workspace_argument
@_yes
@language_option
def destroy(lottery: str, workspace: Path, yes: bool) -> None:
    """Destroy the register and all slips, and record the day; run again, it completes that."""
    from .lottery import steps
    from .lottery.books import open_books

    opened = open_here(workspace)
    with opened.exclusively():
        books = open_books(opened)
        register = _register(opened, lottery)
        frozen = steps.destructible(books, lottery, known=register.exists())
        ask(
            Message("Destroy the register of {lottery} for good? (yes/no)", lottery=lottery),
            yes=yes,
        )
        removed = register.destroy()
        if frozen:
            steps.record_destruction(books, lottery, _today(opened))
            books.save()
    for path in removed:
        say(Message("destroyed: {file}", file=path))
    tell(
        Message(
            "Destroy your own copies, too: the file of applications, letters, printed slips,"
            " backups."
        )
    )
