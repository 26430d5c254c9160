"""What is no data's fault: a wrong call or a broken environment, each with its remedy.

Invalid data is never raised: it is a list of findings (base/finding.py). A bug is a traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .i18n import Message
    from .language import Language


class Problem(Exception):  # noqa: N818 - its subclasses say what kind
    """A portal or the environment does not allow what was asked (exit status 3)."""

    status = 3

    def __init__(self, message: Message, remedy: Message) -> None:
        super().__init__(message.text("en"))
        self.message = message
        self.remedy = remedy

    def text(self, language: Language) -> str:
        """What is wrong and what to do about it."""
        return f"{self.message.text(language)}\n{self.remedy.text(language)}"


class UsageProblem(Problem):
    """The call or the configuration is wrong, or there is nothing to work on (exit status 2)."""

    status = 2
