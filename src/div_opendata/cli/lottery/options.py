"""Arguments and answers that commands of the lottery share."""

from __future__ import annotations

import sys

import click

from ..shared.translated import option

lottery_argument = click.argument("lottery")
one_option = option("--lottery", help="Only this lottery, by its ID; by default all.")
yes_option = option("--yes", is_flag=True, help="Do not ask.")
source_argument = click.argument("source", default=".")


def typed_lines() -> list[str]:
    """The lines of standard input, as they were typed whatever the console takes them for."""
    from div_opendata.lottery.register import typed_text

    stream = getattr(sys.stdin, "buffer", None)
    return (sys.stdin.read() if stream is None else typed_text(stream.read())).splitlines()
