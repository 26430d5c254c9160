"""The commands that publish and look at what is published."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.i18n import Message

from .shared import clock
from .shared.checked import checked_records, context_of, report_findings, write_build
from .shared.console import ask, language, progress_bar, say, show_checks, style, tell
from .shared.opening import open_here, workspace_argument
from .shared.portals import portal_option, publisher_to
from .shared.translated import command, format_option, language_option, option

if TYPE_CHECKING:
    from div_opendata.assemble.gate.private import Private
    from div_opendata.publish.plan import Plan
    from div_opendata.publish.publisher import Publisher
    from div_opendata.standard.records import Records

_NOTHING = Message("Nothing has changed: the portal already shows these records.")


@contextmanager
def planned(publisher: Publisher, records: Records) -> Iterator[Plan]:
    """What publishing these records would do, with nothing written in build/."""
    from div_opendata.assemble.packages import write_packages

    with tempfile.TemporaryDirectory() as build, tempfile.TemporaryDirectory() as release:
        write_packages(records, publisher.workspace, Path(build))
        yield publisher.plan(Path(build), clock.now(), Path(release))


def show_plan(
    plan: Plan, publisher: Publisher, output: str, *, applied: bool = False, err: bool = False
) -> None:
    """Print a plan."""
    from div_opendata.report.plans import plan_text

    if output == "json":
        document = plan.as_json(publisher.portal, applied=applied)
        say(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        say(plan_text(plan, publisher.portal, language(), style), err=err)


@command()
@workspace_argument
@portal_option
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@format_option("text", "json")
@language_option
def publish(workspace: Path, portal: str | None, dry_run: bool, yes: bool, output: str) -> None:
    """Check, assemble and publish: shows the plan, asks, applies it and verifies every byte."""
    opened = open_here(workspace)
    publisher = publisher_to(opened, portal)
    records = checked_records(opened, output)
    if dry_run:
        with planned(publisher, records) as plan:
            _judge_release(publisher, records, plan, output)
            show_plan(plan, publisher, output)
        return
    with opened.exclusively(), publisher.portal.exclusively():
        write_build(records, opened, output)
        _publish(publisher, records, yes=yes, output=output)


def _judge_release(publisher: Publisher, records: Records, plan: Plan, output: str) -> None:
    """Compare with the last release, and search all that would be shown for what must not be;
    with errors their report, and the end of the run."""
    from div_opendata.assemble.gate.judge import judge_bytes
    from div_opendata.assemble.gate.private import read_private
    from div_opendata.assemble.metadata.div9xx_settings import judge_settings
    from div_opendata.assemble.metadata.harvested import judge_release as judge_metadata
    from div_opendata.base.finding import errors
    from div_opendata.check.placeholders import judge_placeholders
    from div_opendata.check.rules import compare_with_release
    from div_opendata.check.rules.facts import Facts
    from div_opendata.workspace.settings import LOOPBACK

    workspace, folder = publisher.workspace, plan.release.folder
    private = read_private(workspace)
    context = context_of(workspace, private)
    released, unknown = publisher.released(plan)
    if unknown:
        tell(
            Message(
                "What was published of these tables is neither kept here nor on the portal as it"
                " was, so that nobody can tell what has changed in them: {tables}.",
                tables=[workspace.standard.tables[name].title for name in unknown],
            )
        )
    facts = Facts(records, context.today, context.time_zone, released, context.consents)
    findings = compare_with_release(facts)
    findings += judge_bytes(
        folder, workspace, records=records, private=private, shown=publisher.portal.name
    )
    told = publisher.portal.metadata(plan.release)
    findings += judge_metadata(told)
    if urlsplit(publisher.portal.address).hostname not in LOOPBACK:
        findings += [
            replace(finding, severity="error") for finding in judge_placeholders(workspace, records)
        ]
    if errors(findings):
        report_findings(sorted(findings, key=lambda finding: finding.sort_key()), records, output)
        raise SystemExit(1)
    _tell_of_search(plan, private, records)
    if plan.changes and output == "text":
        folder_portal = told.formats is None
        for hindrance in judge_settings(workspace, publisher.portal.address, folder=folder_portal):
            tell(hindrance.message)


def _tell_of_search(plan: Plan, private: Private, records: Records) -> None:
    """Tell aloud that no name is searched for, where something would be published."""
    from div_opendata.assemble.gate.searched import nobody_searched

    if plan.changes and (unknown := nobody_searched(private, records)):
        tell(unknown)


def _publish(publisher: Publisher, records: Records, *, yes: bool, output: str) -> None:
    """Plan, ask, apply and verify what is in build/."""
    with publisher.draft() as folder:
        plan = publisher.plan(publisher.workspace.build, clock.now(), folder)
        _judge_release(publisher, records, plan, output)
        if not plan.changes:
            publisher.remember(plan)
            show_plan(plan, publisher, output)
            if output == "text":
                say(_NOTHING)
            return
        if output == "text" or (not yes and sys.stderr.isatty()):
            show_plan(plan, publisher, "text", err=output == "json")
        _refuse_blocked(plan)
        ask(Message("Publish this? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = publisher.apply(plan, progress)
        if checks and (output == "text" or not all(check.passed for check in checks)):
            show_checks(checks, output)
        if not all(check.passed for check in checks):
            raise SystemExit(1)
        if output == "json":
            show_plan(plan, publisher, output, applied=True)
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


@command()
@workspace_argument
@portal_option
@format_option("text", "json")
@language_option
def status(workspace: Path, portal: str | None, output: str) -> None:
    """Show how the records here differ from what the portal shows."""
    from div_opendata.assemble.gate.private import read_private

    opened = open_here(workspace)
    publisher = publisher_to(opened, portal)
    records = checked_records(opened, output)
    with planned(publisher, records) as plan:
        show_plan(plan, publisher, output)
        _tell_of_search(plan, read_private(opened), records)
        if begun := publisher.portal.begun():
            tell(begun)
        if output == "text" and not plan.changes:
            say(_NOTHING)


@command()
@workspace_argument
@portal_option
@format_option("text", "json")
@language_option
def verify(workspace: Path, portal: str | None, output: str) -> None:
    """Compare what readers of the portal get with what was published, byte by byte."""
    publisher = publisher_to(open_here(workspace), portal)
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


@command()
@workspace_argument
@option("--port", type=click.IntRange(0, 65535), default=8000, help="Port on this computer.")
@language_option
def preview(workspace: Path, port: int) -> None:
    """Show the pages as they will look, at an address that only this computer reaches."""
    from div_opendata.publish.preview import serve

    opened = open_here(workspace)
    records = checked_records(opened)

    def announce(address: str) -> None:
        say(Message("The pages are at {address} until you press Ctrl+C.", address=address))

    serve(opened, records, clock.now(), port, announce)
