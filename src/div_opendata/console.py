"""What the modules of commands share: how the command line speaks, asks and explains itself.

Only this module, cli.py and cli_lottery.py import click, print, or read the clock and the
environment. The texts of help are message ids like all others.
"""

from __future__ import annotations

import gettext
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .base.errors import UsageProblem
from .base.i18n import Message
from .base.language import LANGUAGES, Language

if TYPE_CHECKING:
    from .base.progress import Progress
    from .base.verification import Check
    from .report import Role
    from .workspace.settings import Workspace

F = TypeVar("F", bound=Callable[..., Any])

_COLOURS: Mapping[Role, Mapping[str, Any]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
}

PATIENCE = 1.0  # seconds that work may take without a progress bar


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


language_option = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help="Language of the texts; by default that of the environment, else German.",
)
workspace_argument = click.argument("workspace", type=click.Path(path_type=Path), default=Path())


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format` with these formats, the first of them by default."""
    return option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        help="How to report: text for people, json for programs.",
    )


# --- what several commands do ---------------------------------------------------------------------


def open_here(path: Path) -> Workspace:
    """Open a workspace; what a lottery command that died has begun is completed first."""
    from .lottery import books
    from .workspace.settings import open_workspace

    workspace = open_workspace(path)
    if books.is_pending(workspace):
        with workspace.exclusively():
            books.recover(workspace)
    return workspace


def tell(message: Message) -> None:
    """Say what nothing stops for."""
    say(style(message.text(language()), "warning"), err=True)


def show_checks(checks: Sequence[Check], output: str) -> None:
    """Print a verification."""
    from . import report

    say(
        report.checks_json(checks)
        if output == "json"
        else report.checks_text(checks, language(), style)
    )


def ask(question: Message, *, yes: bool) -> None:
    """Ask a question of yes or no; another answer than yes ends the run with status 0.

    Raises UsageProblem where nobody can be asked.
    """
    from .standard.codelists import fold

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
