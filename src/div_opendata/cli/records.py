"""The commands for records: a new workspace, validating, explaining, assembling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from .shared import clock
from .shared.checked import checked_records, examine, report_findings, write_build
from .shared.console import language, say, style, tell
from .shared.opening import open_here, workspace_argument
from .shared.translated import command, format_option, language_option, option

if TYPE_CHECKING:
    from div_opendata.workspace.settings import Workspace

    from .shared.checked import Examined


def remind(workspace: Workspace, examined: Examined) -> None:
    """Tell of the registers of lotteries that should have been destroyed, and, where records are
    sound and could be published, for how many names and tickets they are searched."""
    from div_opendata.assemble.gate.searched import searched
    from div_opendata.base.finding import errors
    from div_opendata.lottery.register import overdue

    for overdue_register in overdue(workspace, clock.today(workspace.time_zone)):
        tell(overdue_register)
    if not errors(examined.findings):
        for message in searched(examined.private, examined.records):
            tell(message)


@command()
@click.argument("folder", type=click.Path(path_type=Path))
@language_option
def new(folder: Path) -> None:
    """Make a workspace: configuration, workbook and private folder, in a new or empty FOLDER."""
    from div_opendata.workspace.template.new_workspace import new_workspace

    for path in new_workspace(folder):
        say(f"  {path}")
    say(
        Message(
            "The workspace is ready. Adapt div-opendata.toml, fill in records.xlsx, then:"
            " div-opendata validate {folder}",
            folder=folder,
        )
    )


@command()
@workspace_argument
@format_option("text", "json", "github")
@option("--strict", is_flag=True, help="Let warnings count as errors in the exit status.")
@language_option
def validate(workspace: Path, output: str, strict: bool) -> None:
    """Check the records and say what is wrong, by file, sheet and cell."""
    from div_opendata.base.finding import errors

    opened = open_here(workspace)
    examined = examine(opened)
    findings = examined.findings
    report_findings(findings, examined.records, output, workspace.as_posix())
    if output == "text":
        remind(opened, examined)
    warned = any(finding.severity == "warning" for finding in findings)
    if errors(findings) or (strict and warned):
        raise SystemExit(1)


@command()
@click.argument("code", required=False)
@language_option
def explain(code: str | None) -> None:
    """Explain the CODE of a finding: why, what to do, wrong and right; without it, list all."""
    from div_opendata.report.manuals import manual_text, manuals

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


@command()
@workspace_argument
@language_option
def assemble(workspace: Path) -> None:
    """Write the data packages into build/, if the records have no errors."""
    opened = open_here(workspace)
    records = checked_records(opened)
    with opened.exclusively():
        write_build(records, opened, "text")
    say(
        Message(
            "{packages} packages with {records} records are in {folder}.",
            packages=len(opened.standard.packages),
            records=sum(len(table.records) for table in records.tables.values()),
            folder=opened.build,
        )
    )
