"""Commands and options whose help is a message id, like all other texts."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from div_opendata.base.language import LANGUAGES, Language

F = TypeVar("F", bound=Callable[..., Any])


def _speak(_ctx: click.Context, _param: click.Parameter, value: Language | None) -> None:
    """Let everything that follows be said in the language of --lang, click's own texts too."""
    if value:
        # where gettext, and so click itself, looks for it
        os.environ["LANGUAGE"] = value


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


def command(**attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """`click.command` with a help that is translated."""
    return click.command(cls=Command, **attributes)


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


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format` with these formats, the first of them by default."""
    return option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        help="How to report: text for people, json for programs.",
    )
