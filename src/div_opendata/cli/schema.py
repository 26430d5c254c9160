"""The commands that hand out the standard."""

from __future__ import annotations

import json
from pathlib import Path

import click

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message

from .shared.console import language, say, style
from .shared.translated import Group, format_option, language_option


@click.group(cls=Group)
@language_option
def schema() -> None:
    """List, show and export tables, fields, code lists and templates."""


@schema.command("list")
@format_option("text", "json")
@language_option
def list_tables(output: str) -> None:
    """List the tables with the data package that each belongs to."""
    from div_opendata.report.standard import columns
    from div_opendata.standard.packages import load_standard

    standard = load_standard()
    tables = {
        package.name: [standard.tables[name] for name in package.tables]
        for package in standard.packages.values()
        if not package.bundle
    }
    if output == "json":
        names = {package: [table.name for table in group] for package, group in tables.items()}
        say(json.dumps({"version": 1, "packages": names}, indent=2))
        return
    for package, group in tables.items():
        say(style(package, "place"))
        say(columns([(f"  {table.name}", table.title) for table in group], language()))


@schema.command("show")
@click.argument("table")
@format_option("text", "json")
@language_option
def show_table(table: str, output: str) -> None:
    """Show the fields of a TABLE; with --format json its JSON Schema."""
    from div_opendata.report.standard import table_text
    from div_opendata.standard.codelists import fold
    from div_opendata.standard.packages import load_standard

    tables = load_standard().tables
    found = next((item for item in tables.values() if fold(table) in item.spellings()), None)
    if found is None:
        raise UsageProblem(
            Message("There is no table {table}.", table=table),
            Message("`div-opendata schema list` lists all tables."),
        )
    if output == "json":
        say(json.dumps(found.schema, ensure_ascii=False, indent=2))
    else:
        say(table_text(found, language(), style))


@schema.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@language_option
def export(folder: Path) -> None:
    """Write schemas, code lists, descriptors and empty tables into a new or empty FOLDER."""
    from div_opendata.workspace.export import export_standard

    for path in export_standard(folder):
        say(f"  {path}")
