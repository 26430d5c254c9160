"""The commands of the lottery, from the tickets to the destruction of the register.

Tickets, words and names come from files, prompts or standard input, never from arguments, which
others can see; none is printed.
"""

from __future__ import annotations

import click

from ..shared.translated import Group, language_option
from .checking import check, rank, verify
from .draw import draw, replace
from .freeze import freeze, void
from .register import destroy, forget
from .tickets import tickets


@click.group(cls=Group)
@language_option
def lottery() -> None:
    """Draw lots so that anybody can run the draw again and nobody learns who applied.

    The way of a lottery: tickets → freeze → publish → draw → publish → check, verify → destroy.
    """


for _command in (tickets, freeze, void, draw, replace, check, verify, rank, forget, destroy):
    lottery.add_command(_command)
