"""The standard as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Translatable

from .style import Style, plain

if TYPE_CHECKING:
    from div_opendata.base.language import Language
    from div_opendata.standard.tables import TableSchema


def columns(pairs: Iterable[tuple[str, Translatable]], language: Language) -> str:
    """Names and what they mean, in two columns."""
    items = list(pairs)
    width = max((len(name) for name, _ in items), default=0)
    return "\n".join(f"{name:<{width}}  {label.text(language)}" for name, label in items)


def table_text(table: TableSchema, language: Language, style: Style = plain) -> str:
    """A table and its fields, as `schema show` prints them."""
    lines = [
        style(f"{table.name} · {table.title.text(language)}", "place"),
        table.description.text(language),
    ]
    for field in table.fields.values():
        mark = " *" if field.required else ""
        lines += ["", f"{style(field.name + mark, 'good')}  {field.title.text(language)}"]
        lines.append(f"    {field.description.text(language)}")
        if field.codelist:
            codes = [(f"    {code.code}", code.label) for code in field.codelist.codes.values()]
            lines.append(columns(codes, language))
    return "\n".join(lines)
