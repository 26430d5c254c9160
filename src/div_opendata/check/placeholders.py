"""What the templates gave an office to begin with, and was never replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Message
from div_opendata.workspace.settings import CONFIGURATION
from div_opendata.workspace.template.placeholders import is_unfilled, placeholders

if TYPE_CHECKING:
    from div_opendata.standard.records import Records
    from div_opendata.workspace.settings import Workspace


@code("DIV030", "warning")
def placeholder(place: Place, key: object, value: str) -> Finding:
    """A value of the template was not replaced by the office's own.

    Why: A new workspace and the example of an announcement have a made-up city in them, so that
    every line shows what belongs there. Published, it would be the city's name, key and mailbox,
    and the names of its datasets for ever.

    Do: Write the office's own value. A portal with a loopback address may show it, as a trial:
    `publish` refuses every other one, and so do `lottery tickets` and `lottery freeze`.

    Wrong: name = "Stadt Beispielstadt"

    Right: name = "Stadt Bielefeld"
    """
    return Finding(
        Message("{key} still has what the template gave: “{value}”.", key=key, value=value),
        Message("Write your own value there before anything is published."),
        place,
    )


def judge_placeholders(workspace: Workspace, records: Records) -> Iterator[Finding]:
    """What of the configuration and of the announced sources still is the template's."""
    for key, value in placeholders(workspace.configuration):
        yield placeholder(Place(file=CONFIGURATION, value=value), key, value)
    table = records.tables["seed_sources"]
    for record in table.records:
        locator = str(record.values.get("locator", ""))
        if is_unfilled(locator):
            place = table.place(record, "locator")
            yield placeholder(place, table.schema.fields["locator"].title, locator)


def refuse_placeholders(workspace: Workspace) -> None:
    """Raise UsageProblem where the configuration still has values of the template: what is given to
    applicants or frozen stays as it is."""
    for key, value in placeholders(workspace.configuration):
        raise UsageProblem(
            placeholder(Place(), key, value).message,
            Message(
                "Nothing was done. Write your own values into {file}; `div-opendata validate` names"
                " all that are left.",
                file=CONFIGURATION,
            ),
        )
