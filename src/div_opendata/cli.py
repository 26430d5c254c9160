"""The command line: arguments in, text out, exit status.

The only module that imports click, prints, or reads the clock and the environment. Everything
heavy is imported inside the command that needs it, so that `--help` is quick.

Exit status: 0 fine, 1 findings of severity error or a failed verification, 2 wrong usage or nothing
to work on, 3 a portal or the environment, 130 interrupted.
"""

from __future__ import annotations

import datetime as dt
import errno
import gettext
import io
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import __version__
from .errors import Problem, UsageProblem
from .i18n import DOMAIN, LANGUAGES, LOCALE, Language, Message

if TYPE_CHECKING:
    from .finding import Finding
    from .portal import Check
    from .progress import Progress
    from .publish import Plan, Publisher
    from .records import Records
    from .report import Role
    from .workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])

_COLOURS: Mapping[Role, Mapping[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
}


_ENVIRONMENT = {
    *(errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EIO),
}
"""What a disk refuses, and a person can change."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
PATIENCE = 1.0  # seconds that work may take without a progress bar
_NOTHING = Message("Nothing has changed: the portal already shows these records.")


# --- the person who calls -------------------------------------------------------------------------


def environment_language(environment: Mapping[str, str]) -> Language:
    """English where the environment says so, else German."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "en" if value.startswith("en") else "de"
    return "de"


def language() -> Language:
    """The language of the person who called: --lang, else the environment."""
    return environment_language(os.environ)


def _speak(_ctx: click.Context, _param: click.Parameter, value: Language | None) -> None:
    """Let everything that follows be said in the language of --lang, click's own texts too."""
    if value:
        os.environ["LANGUAGE"] = value


def say(text: Message | str, *, err: bool = False) -> None:
    """Print a text in the person's language."""
    click.echo(text if isinstance(text, str) else text.text(language()), err=err)


def style(text: str, role: Role) -> str:
    """Give a text its colour; click takes it off again where no terminal reads it."""
    return text if "NO_COLOR" in os.environ else click.style(text, **_COLOURS[role])


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal and the work takes more than a moment."""
    bar: Any = None
    begun = time.monotonic()
    with ExitStack() as stack:

        def show(name: str, done: int, total: int) -> None:
            nonlocal bar
            if bar is None and time.monotonic() > begun + PATIENCE and sys.stderr.isatty():
                shown = click.progressbar(
                    length=total, file=sys.stderr, item_show_func=lambda item: item
                )
                bar = stack.enter_context(shown)
            if bar is not None:
                bar.length = total
                bar.update(done - bar.pos, name)

        yield show


# --- commands whose help is translated ------------------------------------------------------------


def _translated(text: str | None) -> str:
    """A help text, paragraph by paragraph; each is a message id."""
    paragraphs = (text or "").split("\n\n")
    return "\n\n".join(gettext.gettext(" ".join(part.split())) for part in paragraphs if part)


class Option(click.Option):
    """An option whose help is a message id."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's line in the help, translated."""
        english = self.help
        self.help = _translated(english)
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = english


class Command(click.Command):
    """A command whose help is a message id."""

    def format_help_text(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, translated."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_translated(self.help))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's option, whose text was made before --lang was read."""
        help_option = super().get_help_option(ctx)
        if help_option:
            help_option.help = gettext.gettext("Show this message and exit.")
        return help_option

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's signature
        """The first sentence of the help, translated."""
        return _translated(self.help).partition("\n")[0].rstrip(".")


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """`click.option` with a help that is translated."""
    return click.option(*names, cls=Option, **attributes)


_lang = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help="Language of the texts; by default that of the environment, else German.",
)
_workspace = click.argument("workspace", type=click.Path(path_type=Path), default=Path())
_portal = option("--to", "portal", help="Portal of the configuration; by default the first.")


def _format(*formats: str) -> Callable[[F], F]:
    return option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        help="How to report: text for people, json for programs.",
    )


# --- what several commands do ---------------------------------------------------------------------


def _open(path: Path) -> Workspace:
    from .workspace import open_workspace

    return open_workspace(path)


def _examine(workspace: Workspace) -> tuple[Records, list[Finding]]:
    """Read and check. Raises UsageProblem where there is nothing to work on."""
    from .check import check
    from .read import read

    records = read(workspace)
    with progress_bar() as progress:
        findings = check(records, progress)
    if not findings and not any(table.records for table in records.tables.values()):
        raise UsageProblem(
            Message("There are no records in {folder}.", folder=workspace.root),
            Message(
                "Fill in the sheets of records.xlsx, or put CSV files into the folder records."
            ),
        )
    return records, findings


def _report(
    findings: Sequence[Finding], records: Records, output: str, root: str = "", *, err: bool = False
) -> None:
    """Print findings; `root` is the workspace as it was named, for the annotations of GitHub."""
    from . import report

    if output == "json":
        say(report.findings_json(findings, records))
    elif output == "github":
        say(report.findings_github(findings, language(), root))
    else:
        say(report.findings_text(findings, records, language(), style), err=err)


def _checked(workspace: Workspace, output: str = "text") -> Records:
    """Records without errors; with errors their report, and the end of the run."""
    from .finding import errors

    records, findings = _examine(workspace)
    if errors(findings):
        _report(findings, records, output)
        raise SystemExit(1)
    if findings:
        _report(findings, records, "text", err=True)
    return records


def _publisher(workspace: Workspace, name: str | None) -> Publisher:
    from .portal import open_portal
    from .publish import Publisher

    portal = open_portal(workspace, name, os.environ, dt.datetime.now(dt.UTC), _tell)
    return Publisher(workspace, portal)


def _tell(message: Message) -> None:
    """Say what nothing stops for."""
    say(style(message.text(language()), "warning"), err=True)


@contextmanager
def _planned(publisher: Publisher, records: Records) -> Iterator[Plan]:
    """What publishing these records would do, with nothing written in build/."""
    from .assemble import write_packages

    with tempfile.TemporaryDirectory() as build, tempfile.TemporaryDirectory() as release:
        write_packages(records, publisher.workspace, Path(build))
        yield publisher.plan(Path(build), dt.datetime.now(dt.UTC), Path(release))


def _show_plan(
    plan: Plan, publisher: Publisher, output: str, *, applied: bool = False, err: bool = False
) -> None:
    from .report import plan_text

    if output == "json":
        document = plan.as_json(publisher.portal, applied=applied)
        say(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        say(plan_text(plan, publisher.portal, language(), style), err=err)


def _show_checks(checks: Sequence[Check], output: str) -> None:
    from . import report

    say(
        report.checks_json(checks)
        if output == "json"
        else report.checks_text(checks, language(), style)
    )


# --- commands -------------------------------------------------------------------------------------


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    __version__, prog_name="div-opendata", cls=Option, help="Show the version and exit."
)
@_lang
def cli() -> None:
    """Publish the record of D.I.V. and Innovationszirkel as open data.

    The way of the data: workspace → read → check → assemble → publish → verify. WORKSPACE is a
    folder with div-opendata.toml, by default the current one.
    """


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_lang
def new(folder: Path) -> None:
    """Make a workspace: configuration, workbook and private folder, in a new or empty FOLDER."""
    from .template import new_workspace

    for path in new_workspace(folder):
        say(f"  {path}")
    say(
        Message(
            "The workspace is ready. Adapt div-opendata.toml, fill in records.xlsx, then:"
            " div-opendata validate {folder}",
            folder=folder,
        )
    )


@cli.command()
@_workspace
@_format("text", "json", "github")
@option("--strict", is_flag=True, help="Let warnings count as errors in the exit status.")
@_lang
def validate(workspace: Path, output: str, strict: bool) -> None:
    """Check the records and say what is wrong, by file, sheet and cell."""
    from .finding import errors

    records, findings = _examine(_open(workspace))
    _report(findings, records, output, workspace.as_posix())
    warned = any(finding.severity == "warning" for finding in findings)
    if errors(findings) or (strict and warned):
        raise SystemExit(1)


@cli.command()
@click.argument("code", required=False)
@_lang
def explain(code: str | None) -> None:
    """Explain the CODE of a finding: why, what to do, wrong and right; without it, list all."""
    from .finding import manuals
    from .report import manual_text

    known = manuals()
    if code is None:
        for number, manual in known.items():
            say(f"{number}  {manual.part('title', language())}")
    elif code.upper() in known:
        say(manual_text(known[code.upper()], language(), style))
    else:
        raise UsageProblem(
            Message("There is no finding {code}.", code=code),
            Message("`div-opendata explain` lists all codes."),
        )


@cli.command()
@_workspace
@_lang
def assemble(workspace: Path) -> None:
    """Write the data packages into build/, if the records have no errors."""
    from .assemble import assemble as write

    opened = _open(workspace)
    records = _checked(opened)
    with opened.exclusively(), progress_bar() as progress:
        findings = write(records, opened, progress)
    if findings:
        _report(findings, records, "text")
        raise SystemExit(1)
    say(
        Message(
            "{packages} packages with {records} records are in {folder}.",
            packages=len(opened.standard.packages),
            records=sum(len(table.records) for table in records.tables.values()),
            folder=opened.build,
        )
    )


@cli.command()
@_workspace
@_portal
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@_format("text", "json")
@_lang
def publish(workspace: Path, portal: str | None, dry_run: bool, yes: bool, output: str) -> None:
    """Check, assemble and publish: shows the plan, asks, applies it and verifies every byte."""
    opened = _open(workspace)
    publisher = _publisher(opened, portal)
    records = _checked(opened, output)
    if dry_run:
        with _planned(publisher, records) as plan:
            _show_plan(plan, publisher, output)
        return
    from .assemble import assemble as write

    with opened.exclusively(), publisher.portal.exclusively():
        with progress_bar() as progress:
            findings = write(records, opened, progress)
        if findings:
            _report(findings, records, output)
            raise SystemExit(1)
        _publish(publisher, yes=yes, output=output)


def _publish(publisher: Publisher, *, yes: bool, output: str) -> None:
    """Plan, ask, apply and verify what is in build/."""
    with publisher.draft() as folder:
        plan = publisher.plan(publisher.workspace.build, dt.datetime.now(dt.UTC), folder)
        if not plan.changes:
            publisher.remember(plan)
            _show_plan(plan, publisher, output)
            if output == "text":
                say(_NOTHING)
            return
        if output == "text" or (not yes and sys.stderr.isatty()):
            _show_plan(plan, publisher, "text", err=output == "json")
        _refuse_blocked(plan)
        _ask(Message("Publish this? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = publisher.apply(plan, progress)
        if checks and (output == "text" or not all(check.passed for check in checks)):
            _show_checks(checks, output)
        if not all(check.passed for check in checks):
            raise SystemExit(1)
        if output == "json":
            _show_plan(plan, publisher, output, applied=True)
        else:
            say(Message("Published: {address}", address=publisher.portal.address))
            for item in plan.datasets:
                if item.action != "same":
                    say(f"  {publisher.portal.url(item.dataset.package.name, '')}")


def _refuse_blocked(plan: Plan) -> None:
    """Stop where a dataset cannot be published: the others would refer to nothing."""
    if plan.blocked:
        raise Problem(
            Message(
                "Blocked: {datasets}.",
                datasets=[item.dataset.package.dataset for item in plan.blocked],
            ),
            Message("Nothing was published. The plan says what to do; then publish again."),
        )


def _ask(question: Message, *, yes: bool) -> None:
    from .schema import fold

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem(
            Message("Nobody can be asked here."),
            Message("Nothing was done. Look at the plan and add --yes."),
        )
    answer = click.prompt(question.text(language()), err=True)
    if fold(answer) not in {"j", "ja", "y", "yes"}:
        say(Message("Nothing was done."), err=True)
        raise SystemExit(0)


@cli.command()
@_workspace
@_portal
@_format("text", "json")
@_lang
def status(workspace: Path, portal: str | None, output: str) -> None:
    """Show how the records here differ from what the portal shows."""
    opened = _open(workspace)
    publisher = _publisher(opened, portal)
    with _planned(publisher, _checked(opened, output)) as plan:
        _show_plan(plan, publisher, output)
        if begun := publisher.portal.begun():
            _tell(begun)
        if output == "text" and not plan.changes:
            say(_NOTHING)


@cli.command()
@_workspace
@_portal
@_format("text", "json")
@_lang
def verify(workspace: Path, portal: str | None, output: str) -> None:
    """Compare what readers of the portal get with what was published, byte by byte."""
    publisher = _publisher(_open(workspace), portal)
    with progress_bar() as progress:
        checks = publisher.verify(progress)
    if not checks:
        raise UsageProblem(
            Message("Nothing has been published to {portal} yet.", portal=publisher.portal.name),
            Message("Publish first: div-opendata publish"),
        )
    _show_checks(checks, output)
    if publisher.behind:
        say(Message("Somebody has published from elsewhere since the last time here."), err=True)
    if not all(check.passed for check in checks):
        raise SystemExit(1)


@cli.command()
@_workspace
@_portal
@option("--resource", help="Table, or PACKAGE/FILE: every version of it that was ever published.")
@option("--earlier", is_flag=True, help="With --resource: spare what is shown now.")
@option("--sha256", "digest", help="Exactly these bytes, by their SHA-256.")
@option("--reason", default="", help="Why, for the list of what was withdrawn; name nobody.")
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@_lang
def withdraw(
    workspace: Path,
    portal: str | None,
    resource: str | None,
    earlier: bool,
    digest: str | None,
    reason: str,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take leaked bytes back from a portal, for good: empties the file, its table and the bundle,
    removes earlier versions, and keeps them from coming back.

    Then correct the records and publish. What cannot be reached is listed at the end.
    """
    from . import withdraw as withdrawing
    from .report import withdrawal_text

    if bool(resource) == bool(digest) or (digest and not _SHA256.fullmatch(digest)):
        raise UsageProblem(
            Message("It must be said what to withdraw."),
            Message("Give either --resource, or --sha256 with 64 digits 0-9 and a-f."),
        )
    if earlier and not resource:
        raise UsageProblem(
            Message("--earlier needs --resource."),
            Message("Name the table whose earlier versions have to go, or leave --earlier out."),
        )
    request = withdrawing.Request(resource or "", digest or "", earlier)
    opened = _open(workspace)
    publisher = _publisher(opened, portal)
    now = dt.datetime.now(dt.UTC)
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(opened.exclusively())
            held.enter_context(publisher.portal.exclusively())
        withdrawal = withdrawing.find(publisher, request)
        say(withdrawal_text(withdrawal, publisher.portal, language(), style))
        if dry_run:
            return
        _ask(Message("Withdraw this for good? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = withdrawing.carry_out(publisher, withdrawal, now, reason, progress)
    _show_checks(checks, "text")
    say(Message("What could not be reached, and somebody must see to:"))
    for item in withdrawing.checklist(publisher, request):
        say(f"  [ ] {item.text(language())}")
    if not all(check.passed for check in checks):
        raise SystemExit(1)


@cli.command()
@_workspace
@option("--port", type=click.IntRange(0, 65535), default=8000, help="Port on this computer.")
@_lang
def preview(workspace: Path, port: int) -> None:
    """Show the pages as they will look, at an address that only this computer reaches."""
    from .preview import serve

    opened = _open(workspace)
    records = _checked(opened)

    def announce(address: str) -> None:
        say(Message("The pages are at {address} until you press Ctrl+C.", address=address))

    serve(opened, records, dt.datetime.now(dt.UTC), port, announce)


# --- the standard ---------------------------------------------------------------------------------


@cli.group(cls=Group)
@_lang
def schema() -> None:
    """List, show and export tables, fields, code lists and templates."""


@schema.command("list")
@_format("text", "json")
@_lang
def list_tables(output: str) -> None:
    """List the tables with the data package that each belongs to."""
    from . import report
    from .schema import load_standard

    standard = load_standard()
    tables = {
        package.name: [standard.tables[name] for name in package.tables]
        for package in standard.packages.values()
        if not package.bundle
    }
    if output == "json":
        names = {package: [table.name for table in group] for package, group in tables.items()}
        say(json.dumps({"version": 1, "packages": names}, indent=2))
        return
    for package, group in tables.items():
        say(style(package, "place"))
        say(report.columns([(f"  {table.name}", table.title) for table in group], language()))


@schema.command("show")
@click.argument("table")
@_format("text", "json")
@_lang
def show_table(table: str, output: str) -> None:
    """Show the fields of a TABLE; with --format json its JSON Schema."""
    from . import report
    from .schema import fold, load_standard

    tables = load_standard().tables
    found = next((item for item in tables.values() if fold(table) in item.spellings()), None)
    if found is None:
        raise UsageProblem(
            Message("There is no table {table}.", table=table),
            Message("`div-opendata schema list` lists all tables."),
        )
    if output == "json":
        say(json.dumps(found.schema, ensure_ascii=False, indent=2))
    else:
        say(report.table_text(found, language(), style))


@schema.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@_lang
def export(folder: Path) -> None:
    """Write schemas, code lists, descriptors and empty tables into a new or empty FOLDER."""
    from .export import export_standard

    for path in export_standard(folder):
        say(f"  {path}")


def _fail(problem: Problem) -> int:
    say(style(problem.text(language()), "error"), err=True)
    return problem.status


def main() -> None:
    """Run the command line; the only place that ends the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # else a Windows pipe has letters of its own
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="backslashreplace"
            )
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; a bug stays a traceback."""
    try:
        cli.main(arguments, prog_name="div-opendata", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say(Message("Interrupted."), err=True)
        return 130
    except Problem as problem:
        return _fail(problem)
    except OSError as error:
        if error.errno not in _ENVIRONMENT:
            raise
        return _fail(
            Problem(
                Message("{file}: {reason}", file=error.filename or "–", reason=error.strerror),
                Message(
                    "Look at what is in its place, at the rights and the room on the disk; then try"
                    " again."
                ),
            )
        )
    except SystemExit as end:
        return int(end.code or 0)
    return 0
