"""The manuals of all codes, and one as text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from div_opendata.base.finding import MANUALS
from div_opendata.base.i18n import Message

from .findings import SEVERITIES
from .style import Style, plain

if TYPE_CHECKING:
    from div_opendata.base.finding import Manual
    from div_opendata.base.language import Language

_MODULES = (
    "read.div0xx_files",
    "read.div0xx_cells",
    "check.placeholders",
    "check.div1xx_values",
    "check.div2xx_references",
    "assemble.packages",
    "assemble.gate.div7xx_bytes",
    "assemble.gate.div7xx_private",
    "check.rules",
    "assemble.metadata.div9xx_harvest",
    "assemble.metadata.div9xx_settings",
)
"""The modules whose functions have codes."""


def manuals() -> dict[str, Manual]:
    """Every code's manual, by code. Importing a module of findings registers its codes."""
    for module in _MODULES:
        import_module(f"div_opendata.{module}")
    return dict(sorted(MANUALS.items()))


def manual_text(manual: Manual, language: Language, style: Style = plain) -> str:
    """What `explain` prints of a code."""
    severity = SEVERITIES[manual.severity].text(language)
    sections = [
        (Message("Why"), manual.part("why", language)),
        (Message("The city's own words"), manual.city),
        (Message("What to do"), manual.part("do", language)),
        (Message("Wrong"), manual.part("wrong", language)),
        (Message("Right"), manual.part("right", language)),
    ]
    lines = [style(f"{manual.code} ({severity}): {manual.part('title', language)}", "place")]
    for head, text in sections:
        if text:
            lines += ["", f"{head.text(language)}:", f"  {text}"]
    if manual.excusable:
        excusable = Message("A row in the table of deviations excuses it, with a reason.")
        lines += ["", excusable.text(language)]
    return "\n".join(lines)
