"""The command line: arguments in, text out, exit status.

Only this folder imports click, asks, prints, and reads the environment and the clock. Everything
heavy is imported inside the command that needs it, so that `--help` is quick.

Exit status: 0 fine, 1 findings of severity error or a failed verification, 2 wrong usage or nothing
to work on, 3 a portal or the environment, 130 interrupted.
"""

from __future__ import annotations

import gettext
import io
import os
import sys
from collections.abc import Sequence

import click

from div_opendata import __version__
from div_opendata.base.disk import disk_problem
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import DOMAIN, LOCALE, Message

from .lottery import lottery
from .metadata import metadata
from .publishing import preview, publish, status, verify
from .records import assemble, explain, new, validate
from .schema import schema
from .shared.console import language, say, style
from .shared.translated import Group, Option, language_option
from .withdrawing import withdraw


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


for _command in (
    *(new, validate, explain, assemble, publish, status, verify),
    *(metadata, withdraw, preview, schema, lottery),
):
    cli.add_command(_command)


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
        refused = disk_problem(error)
        if refused is None:
            raise
        return _fail(refused)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
