"""What a text promises that the tool does not do."""

from __future__ import annotations

import re

from div_opendata.cli.main import cli
from div_opendata.report.manuals import manuals


def promised(text: str) -> set[str]:
    """What a text says the tool does: its commands that do not exist, and rules unknown to it."""
    named = set(re.findall(r"div-opendata ([a-z]+)", text))
    return (named - set(cli.commands)) | (set(re.findall(r"DIV[0-9]{3}", text)) - {*manuals()})
