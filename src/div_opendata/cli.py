"""The command line: arguments in, text out, exit status.

Only console.py, cli_lottery.py and this module import click, print, or read the clock and the
environment. Everything heavy is imported inside the command that needs it, so that `--help` is
quick.

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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import __version__
from .base.errors import Problem, UsageProblem
from .base.i18n import DOMAIN, LOCALE, Message
from .cli_lottery import lottery
from .console import (
    Group,
    Option,
    ask,
    format_option,
    language,
    language_option,
    open_here,
    option,
    progress_bar,
    say,
    show_checks,
    style,
    tell,
    workspace_argument,
)

if TYPE_CHECKING:
    from .assemble.gate.private import Private
    from .base.finding import Finding
    from .check.rules.facts import Context
    from .publish.plan import Plan, Publisher
    from .standard.records import Records
    from .workspace.settings import Workspace

_ENVIRONMENT = {
    *(errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EIO),
}
"""What a disk refuses, and a person can change."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_portal = option("--to", "portal", help="Portal of the configuration; by default the first.")
_NOTHING = Message("Nothing has changed: the portal already shows these records.")


# --- what several commands do ---------------------------------------------------------------------


def _examine(workspace: Workspace) -> tuple[Records, list[Finding]]:
    """Read and check. Raises UsageProblem where there is nothing to work on."""
    from .assemble.gate.private import read_private
    from .assemble.packages import judge_records
    from .check import check
    from .read import read

    records = read(workspace)
    private = read_private(workspace)
    with progress_bar() as progress:
        findings = check(records, progress, _context(workspace, private))
    findings += judge_records(records, workspace, private=private)
    findings.sort(key=lambda finding: finding.sort_key())
    if not findings and not any(table.records for table in records.tables.values()):
        raise UsageProblem(
            Message("There are no records in {folder}.", folder=workspace.root),
            Message(
                "Fill in the sheets of records.xlsx, or put CSV files into the folder records."
            ),
        )
    return records, findings


def _context(workspace: Workspace, private: Private) -> Context:
    """What the rules need besides the records."""
    from .check.rules.facts import Context

    today = dt.datetime.now(workspace.time_zone).date()
    return Context(today, workspace.time_zone, consents=private.consents)


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


def _write_build(records: Records, workspace: Workspace, output: str) -> None:
    """Write the packages into build/; with errors their report, and the end of the run.

    The caller holds the workspace. Warnings go to standard error: standard output has one document.
    """
    from .assemble.packages import assemble as write
    from .base.finding import errors

    with progress_bar() as progress:
        findings = write(records, workspace, progress)
    if errors(findings):
        _report(findings, records, output)
        raise SystemExit(1)
    _warn(findings, records)


def _warn(findings: Sequence[Finding], records: Records) -> None:
    """Tell of warnings. What was excused is shown by `validate`."""
    if any(finding.severity == "warning" for finding in findings):
        _report(findings, records, "text", err=True)


def _checked(workspace: Workspace, output: str = "text") -> Records:
    """Records without errors; with errors their report, and the end of the run."""
    from .base.finding import errors

    records, findings = _examine(workspace)
    if errors(findings):
        _report(findings, records, output)
        raise SystemExit(1)
    _warn(findings, records)
    return records


def _remind(workspace: Workspace, *, sound: bool) -> None:
    """Tell of the registers of lotteries that should have been destroyed, and, where records are
    `sound` and could be published, of a missing folder private/."""
    from .assemble.gate.private import reminder
    from .lottery.register import overdue

    for overdue_register in overdue(workspace, dt.datetime.now(workspace.time_zone).date()):
        tell(overdue_register)
    if sound and (missing := reminder(workspace)):
        tell(missing)


def _publisher(workspace: Workspace, name: str | None) -> Publisher:
    from .publish.plan import Publisher
    from .publish.portal.open import open_portal

    portal = open_portal(workspace, name, os.environ, dt.datetime.now(dt.UTC), tell)
    return Publisher(workspace, portal)


@contextmanager
def _planned(publisher: Publisher, records: Records) -> Iterator[Plan]:
    """What publishing these records would do, with nothing written in build/."""
    from .assemble.packages import write_packages

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


# --- commands -------------------------------------------------------------------------------------


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    __version__, prog_name="div-opendata", cls=Option, help="Show the version and exit."
)
@language_option
def cli() -> None:
    """Publish the record of D.I.V. and Innovationszirkel as open data.

    The way of the data: workspace → read → check → assemble → publish → verify. WORKSPACE is a
    folder with div-opendata.toml, by default the current one.
    """


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@language_option
def new(folder: Path) -> None:
    """Make a workspace: configuration, workbook and private folder, in a new or empty FOLDER."""
    from .workspace.template.new import new_workspace

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
@workspace_argument
@format_option("text", "json", "github")
@option("--strict", is_flag=True, help="Let warnings count as errors in the exit status.")
@language_option
def validate(workspace: Path, output: str, strict: bool) -> None:
    """Check the records and say what is wrong, by file, sheet and cell."""
    from .base.finding import errors

    opened = open_here(workspace)
    records, findings = _examine(opened)
    _report(findings, records, output, workspace.as_posix())
    if output == "text":
        _remind(opened, sound=not errors(findings))
    warned = any(finding.severity == "warning" for finding in findings)
    if errors(findings) or (strict and warned):
        raise SystemExit(1)


@cli.command()
@click.argument("code", required=False)
@language_option
def explain(code: str | None) -> None:
    """Explain the CODE of a finding: why, what to do, wrong and right; without it, list all."""
    from .base.finding import manuals
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
@workspace_argument
@language_option
def assemble(workspace: Path) -> None:
    """Write the data packages into build/, if the records have no errors."""
    opened = open_here(workspace)
    records = _checked(opened)
    with opened.exclusively():
        _write_build(records, opened, "text")
    say(
        Message(
            "{packages} packages with {records} records are in {folder}.",
            packages=len(opened.standard.packages),
            records=sum(len(table.records) for table in records.tables.values()),
            folder=opened.build,
        )
    )


@cli.command()
@workspace_argument
@_portal
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@format_option("text", "json")
@language_option
def publish(workspace: Path, portal: str | None, dry_run: bool, yes: bool, output: str) -> None:
    """Check, assemble and publish: shows the plan, asks, applies it and verifies every byte."""
    opened = open_here(workspace)
    publisher = _publisher(opened, portal)
    records = _checked(opened, output)
    if dry_run:
        with _planned(publisher, records) as plan:
            _judge_release(publisher, records, plan, output)
            _show_plan(plan, publisher, output)
        return
    with opened.exclusively(), publisher.portal.exclusively():
        _write_build(records, opened, output)
        _publish(publisher, records, yes=yes, output=output)


def _judge_release(publisher: Publisher, records: Records, plan: Plan, output: str) -> None:
    """Compare with the last release, and search all that would be shown for what must not be;
    with errors their report, and the end of the run."""
    from .assemble.gate import judge_bytes
    from .assemble.gate.private import read_private
    from .assemble.metadata.harvested import judge_release as judge_metadata
    from .assemble.metadata.judge import judge_settings
    from .base.finding import errors
    from .check.rules import compare_with_release
    from .check.rules.facts import Facts

    workspace, folder = publisher.workspace, plan.release.folder
    private = read_private(workspace)
    context = _context(workspace, private)
    released, unknown = publisher.released(plan)
    if unknown:
        tell(
            Message(
                "What was published of these tables is neither kept here nor on the portal as it"
                " was, so that nobody can tell what has changed in them: {tables}.",
                tables=unknown,
            )
        )
    facts = Facts(records, context.today, context.time_zone, released, context.consents)
    findings = compare_with_release(facts)
    findings += judge_bytes(
        folder, workspace, records=records, private=private, shown=publisher.portal.name
    )
    told = publisher.portal.metadata(plan.release)
    findings += judge_metadata(told)
    if errors(findings):
        _report(sorted(findings, key=lambda finding: finding.sort_key()), records, output)
        raise SystemExit(1)
    if plan.changes and output == "text":
        folder_portal = told.formats is None
        for hindrance in judge_settings(workspace, publisher.portal.address, folder=folder_portal):
            tell(hindrance.message)


def _publish(publisher: Publisher, records: Records, *, yes: bool, output: str) -> None:
    """Plan, ask, apply and verify what is in build/."""
    with publisher.draft() as folder:
        plan = publisher.plan(publisher.workspace.build, dt.datetime.now(dt.UTC), folder)
        _judge_release(publisher, records, plan, output)
        if not plan.changes:
            publisher.remember(plan)
            _show_plan(plan, publisher, output)
            if output == "text":
                say(_NOTHING)
            return
        if output == "text" or (not yes and sys.stderr.isatty()):
            _show_plan(plan, publisher, "text", err=output == "json")
        _refuse_blocked(plan)
        ask(Message("Publish this? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = publisher.apply(plan, progress)
        if checks and (output == "text" or not all(check.passed for check in checks)):
            show_checks(checks, output)
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


@cli.command()
@workspace_argument
@_portal
@format_option("text", "json")
@language_option
def status(workspace: Path, portal: str | None, output: str) -> None:
    """Show how the records here differ from what the portal shows."""
    opened = open_here(workspace)
    publisher = _publisher(opened, portal)
    with _planned(publisher, _checked(opened, output)) as plan:
        _show_plan(plan, publisher, output)
        if begun := publisher.portal.begun():
            tell(begun)
        if output == "text" and not plan.changes:
            say(_NOTHING)


@cli.command()
@workspace_argument
@_portal
@format_option("text", "json")
@language_option
def verify(workspace: Path, portal: str | None, output: str) -> None:
    """Compare what readers of the portal get with what was published, byte by byte."""
    publisher = _publisher(open_here(workspace), portal)
    with progress_bar() as progress:
        checks = publisher.verify(progress)
    if not checks:
        raise UsageProblem(
            Message("Nothing has been published to {portal} yet.", portal=publisher.portal.name),
            Message("Publish first: div-opendata publish"),
        )
    show_checks(checks, output)
    if publisher.behind:
        say(Message("Somebody has published from elsewhere since the last time here."), err=True)
    if not all(check.passed for check in checks):
        raise SystemExit(1)


@cli.command()
@workspace_argument
@_portal
@option("--online", is_flag=True, help="Ask every address whether it answers.")
@format_option("text", "json")
@language_option
def metadata(workspace: Path, portal: str | None, online: bool, output: str) -> None:
    """Show and check what a harvester will see of these records, and count its quality."""
    from .assemble.metadata.harvested import ask_addresses, harvested
    from .base.finding import errors
    from .publish.portal.reach import http_status
    from .report import metadata_text

    opened = open_here(workspace)
    publisher = _publisher(opened, portal)
    records = _checked(opened, output)
    with _planned(publisher, records) as plan:
        shown = publisher.portal.metadata(plan.release)
        with progress_bar() as progress:
            statuses = ask_addresses(shown.catalog, http_status, progress) if online else None
        seen = harvested(shown, opened, publisher.portal.address, statuses)
    if output == "json":
        say(json.dumps(seen.as_json(publisher.portal.name), ensure_ascii=False, indent=2))
    else:
        say(metadata_text(seen, publisher.portal, records, language(), style))
    if errors(seen.findings):
        raise SystemExit(1)


@cli.command()
@workspace_argument
@_portal
@option("--resource", help="Table, or PACKAGE/FILE: every version of it that was ever published.")
@option("--earlier", is_flag=True, help="With --resource: spare what is shown now.")
@option("--sha256", "digest", help="Exactly these bytes, by their SHA-256.")
@option("--reason", default="", help="Why, for the list of what was withdrawn; name nobody.")
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@language_option
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
    from .publish import withdraw as withdrawing
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
    opened = open_here(workspace)
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
        ask(Message("Withdraw this for good? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = withdrawing.carry_out(publisher, withdrawal, now, reason, progress)
    show_checks(checks, "text")
    say(Message("What could not be reached, and somebody must see to:"))
    for item in withdrawing.checklist(publisher, request):
        say(f"  [ ] {item.text(language())}")
    if not all(check.passed for check in checks):
        raise SystemExit(1)


@cli.command()
@workspace_argument
@option("--port", type=click.IntRange(0, 65535), default=8000, help="Port on this computer.")
@language_option
def preview(workspace: Path, port: int) -> None:
    """Show the pages as they will look, at an address that only this computer reaches."""
    from .publish.preview import serve

    opened = open_here(workspace)
    records = _checked(opened)

    def announce(address: str) -> None:
        say(Message("The pages are at {address} until you press Ctrl+C.", address=address))

    serve(opened, records, dt.datetime.now(dt.UTC), port, announce)


cli.add_command(lottery)


# --- the standard ---------------------------------------------------------------------------------


@cli.group(cls=Group)
@language_option
def schema() -> None:
    """List, show and export tables, fields, code lists and templates."""


@schema.command("list")
@format_option("text", "json")
@language_option
def list_tables(output: str) -> None:
    """List the tables with the data package that each belongs to."""
    from . import report
    from .standard.packages import load_standard

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
@format_option("text", "json")
@language_option
def show_table(table: str, output: str) -> None:
    """Show the fields of a TABLE; with --format json its JSON Schema."""
    from . import report
    from .standard.codelists import fold
    from .standard.packages import load_standard

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
@language_option
def export(folder: Path) -> None:
    """Write schemas, code lists, descriptors and empty tables into a new or empty FOLDER."""
    from .workspace.export import export_standard

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
