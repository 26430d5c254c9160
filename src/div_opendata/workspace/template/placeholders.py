"""What a new workspace and the announcement of a lottery have in the place of the office's own.

The templates themselves say it: whatever they give a key is made up, unless the key is named here
as one whose value may stay. The workbook of a new workspace has no records, and so no placeholder.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from .texts import text_file

if TYPE_CHECKING:
    from ..settings import Configuration

TEMPLATE = "div-opendata.toml"
ANNOUNCEMENT = "lottery.toml"

_MAY_STAY = {
    *("publisher.type", "release.license", "release.language", "release.time_zone"),
    *("release.contributor_ids", "release.period_start", "release.notice.de", "release.notice.en"),
    *("portals.preview.kind", "portals.preview.path", "portals.preview.base_url"),
    *("portals.city.kind", "portals.city.prefix", "portals.city.formats"),
    "portals.city.token_file",
}
"""Keys of the template whose value is no city's: a choice, or an example of a sentence."""

_SWITCHED_OFF = re.compile(r"(?m)^# (?=\[|[a-z_]+ = )")
"""What begins a line of the template that is a setting, switched off."""


def placeholders(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """The keys of a configuration that still have what the template gave them, each with its value;
    also whatever names the template's city."""
    made_up, city = _made_up()
    for key, value in _flat(asdict(configuration)):
        if value and (value in made_up.get(_last(key), ()) or city in value.casefold()):
            yield key, value


def is_unfilled(locator: str) -> bool:
    """Whether the place of a source's numbers still has what the announcement's example has in it
    for the number of a round."""
    return _round() in re.split(r"\W+", locator)


@cache
def _made_up() -> tuple[Mapping[str, set[str]], str]:
    """What the template's keys are given, by their last part, and the name of its city."""
    text = _SWITCHED_OFF.sub("", text_file(TEMPLATE).decode())
    made_up: dict[str, set[str]] = {}
    document = tomllib.loads(text)
    for key, value in _flat(document):
        if key not in _MAY_STAY:
            made_up.setdefault(_last(key), set()).add(value)
    return made_up, document["publisher"]["name"].split()[-1].casefold()


@cache
def _round() -> str:
    """What stands for the round of a public source in the example of an announcement."""
    sources = tomllib.loads(text_file(ANNOUNCEMENT).decode())["sources"]
    return str(sources[-1]["locator"].rpartition("/")[2])


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with its key; items of a list have that of the list."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(item, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item, key)
