"""The person who calls: their language, what is said to them, shown and asked."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import UNPRINTABLE, Message
from div_opendata.base.language import Language

if TYPE_CHECKING:
    from div_opendata.base.progress import Progress
    from div_opendata.base.verification import Check
    from div_opendata.report.style import Role

_COLOURS: Mapping[Role, Mapping[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
}
_FOREIGN = re.compile(rf"(?!\x1b\[[\d;]*m)(?![\n\t])[{UNPRINTABLE}]")
PATIENCE = 1.0  # seconds that work may take without a progress bar


def environment_language(environment: Mapping[str, str]) -> Language:
    """English where the environment says so, else German."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "en" if value.startswith("en") else "de"
    return "de"


def language() -> Language:
    """The language of the person who called: --lang, else the environment."""
    return environment_language(os.environ)


def say(text: Message | str, *, err: bool = False) -> None:
    """Print a text in the person's language, without what only a terminal understands but for
    colours: much of it was written by others."""
    shown = text if isinstance(text, str) else text.text(language())
    click.echo(_FOREIGN.sub("\ufffd", shown), err=err)


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


def tell(message: Message) -> None:
    """Say what nothing stops for."""
    say(style(message.text(language()), "warning"), err=True)


def show_checks(checks: Sequence[Check], output: str) -> None:
    """Print a verification."""
    from div_opendata.report.verifications import checks_json, checks_text

    say(checks_json(checks) if output == "json" else checks_text(checks, language(), style))


def ask(question: Message, *, yes: bool) -> None:
    """Ask a question of yes or no; another answer than yes ends the run with status 0.

    Raises UsageProblem where nobody can be asked.
    """
    from div_opendata.standard.codelists import fold

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem(
            Message("Nobody can be asked here."),
            Message("Nothing was done. If what is shown is right, add --yes."),
        )
    answer = click.prompt(question.text(language()), err=True)
    if fold(answer) not in {"j", "ja", "y", "yes"}:
        say(Message("Nothing was done."), err=True)
        raise SystemExit(0)
