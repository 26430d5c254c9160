"""What commands do with records: examine them, report, stop at errors, write what is without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from . import clock
from .console import language, progress_bar, say, style

if TYPE_CHECKING:
    from div_opendata.assemble.gate.private import Private
    from div_opendata.base.finding import Finding
    from div_opendata.check.rules.facts import Context
    from div_opendata.standard.records import Records
    from div_opendata.workspace.settings import Workspace


class Examined(NamedTuple):
    """Records, what is wrong with them, and what is private beside them."""

    records: Records
    findings: list[Finding]
    private: Private


def examine(workspace: Workspace) -> Examined:
    """Read and check. Raises UsageProblem where there is nothing to work on."""
    from div_opendata.assemble.gate.private import read_private
    from div_opendata.assemble.packages import judge_records
    from div_opendata.check import check
    from div_opendata.check.placeholders import judge_placeholders
    from div_opendata.publish.exposed import counts_on_portals
    from div_opendata.read import read

    records = read(workspace)
    private = read_private(workspace)
    with progress_bar() as progress:
        findings = check(records, progress, context_of(workspace, private))
    findings += judge_records(records, workspace, private=private)
    if not findings and not any(table.records for table in records.tables.values()):
        raise UsageProblem(
            Message("There are no records in {folder}.", folder=workspace.root),
            Message(
                "Fill in the sheets of records.xlsx, or put CSV files into the folder records."
            ),
        )
    findings += judge_placeholders(workspace, records)
    findings += counts_on_portals(workspace, records)
    findings.sort(key=lambda finding: finding.sort_key())
    return Examined(records, findings, private)


def context_of(workspace: Workspace, private: Private) -> Context:
    """What the rules need besides the records."""
    from div_opendata.check.rules.facts import Context

    today = clock.today(workspace.time_zone)
    return Context(today, workspace.time_zone, consents=private.consents)


def report_findings(
    findings: Sequence[Finding], records: Records, output: str, root: str = "", *, err: bool = False
) -> None:
    """Print findings; `root` is the workspace as it was named, for the annotations of GitHub."""
    from div_opendata.report.findings import findings_github, findings_json, findings_text

    if output == "json":
        say(findings_json(findings, records))
    elif output == "github":
        say(findings_github(findings, records, language(), root))
    else:
        say(findings_text(findings, records, language(), style), err=err)


def warn(findings: Sequence[Finding], records: Records) -> None:
    """Tell of warnings. What was excused is shown by `validate`."""
    if any(finding.severity == "warning" for finding in findings):
        report_findings(findings, records, "text", err=True)


def checked_records(workspace: Workspace, output: str = "text") -> Records:
    """Records without errors; with errors their report, and the end of the run."""
    from div_opendata.base.finding import errors

    records, findings, _ = examine(workspace)
    if errors(findings):
        report_findings(findings, records, output)
        raise SystemExit(1)
    warn(findings, records)
    return records


def write_build(records: Records, workspace: Workspace, output: str) -> None:
    """Write the packages into build/; with errors their report, and the end of the run.

    The caller holds the workspace. Warnings go to standard error: standard output has one document.
    """
    from div_opendata.assemble.packages import assemble as write
    from div_opendata.base.finding import errors

    with progress_bar() as progress:
        findings = write(records, workspace, progress)
    if errors(findings):
        report_findings(findings, records, output)
        raise SystemExit(1)
    warn(findings, records)
