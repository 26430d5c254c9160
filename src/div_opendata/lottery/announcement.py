"""What is announced with the pool: session, dates and sources of randomness, from a small file.

The file is TOML: the fields of the tables `lotteries` and `seed_sources` by their names, each
source under `[[sources]]`. What follows from the kind of a source need not be said. Dates and times
are understood as in the records.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from div_opendata.base.disk import TEXT_LIMIT, read_text, reason_of
from div_opendata.base.errors import UsageProblem
from div_opendata.base.finding import shortened
from div_opendata.base.i18n import Message
from div_opendata.check.records import wrong_value
from div_opendata.read.values import understand
from div_opendata.standard import draw
from div_opendata.standard.tables import TableSchema, Value
from div_opendata.workspace.template.placeholders import ANNOUNCEMENT, is_unfilled
from div_opendata.workspace.template.texts import text_file

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from div_opendata.workspace.settings import Workspace

DEFAULTS: Mapping[str, Mapping[str, Value]] = {
    "lotto_6aus49": {
        "numbers": 6,
        "lowest": 1,
        "highest": 49,
        "with_replacement": False,
        "in_session": False,
    },
    "dice": {"lowest": 1, "highest": 6, "with_replacement": True, "in_session": True},
    "urn": {"lowest": 1, "with_replacement": False, "in_session": True},
    "drand": {
        "numbers": 1,
        "lowest": 0,
        "with_replacement": True,
        "in_session": False,
    },
}
"""What follows from the kind of a source; the highest number of a drand round stands nowhere."""

_GENERAL = ("session_id", "publication_due", "objection_hours", "evidence_url")
_GENERAL_REQUIRED = ("session_id", "publication_due", "objection_hours")
_OF_A_SOURCE = (
    *("name", "kind", "numbers", "lowest", "highest", "with_replacement", "in_session"),
    *("scheduled_at", "locator"),
)
_SOURCE_REQUIRED = frozenset(_OF_A_SOURCE) - {"locator"}


@dataclass(frozen=True)
class Announcement:
    """What is announced: fields of the lottery's row, and the sources in the order of the key."""

    general: Mapping[str, Value]
    sources: tuple[Mapping[str, Value], ...] = field(default=())


def read_announcement(path: Path, workspace: Workspace) -> Announcement:
    """Read an announcement. Raises UsageProblem, which names the key, where it has a mistake."""
    try:
        document = tomllib.loads(read_text(path, TEXT_LIMIT))
    except OSError as error:
        raise UsageProblem(
            Message("{file} cannot be read: {reason}", file=path, reason=reason_of(error)), _EXAMPLE
        ) from error
    except (ValueError, RecursionError) as error:
        raise _mistake(path, Message("it is no TOML ({reason})", reason=error)) from error
    return announcement(document, workspace, path)


def announcement(document: Mapping[str, Any], workspace: Workspace, path: Path) -> Announcement:
    """The announcement in a document of the file at `path`. Raises UsageProblem as above."""
    tables = workspace.standard.tables
    sources = document.get("sources")
    if not isinstance(sources, list) or not all(isinstance(item, dict) for item in sources):
        raise _mistake(path, Message("there are no [[sources]]"))
    rest = {key: value for key, value in document.items() if key != "sources"}
    general = _values(path, "", rest, tables["lotteries"], _GENERAL, workspace)
    _require(path, "", general, _GENERAL_REQUIRED)
    found = []
    for number, item in enumerate(sources, 1):
        where = f"sources {number}: "
        values = _values(path, where, item, tables["seed_sources"], _OF_A_SOURCE, workspace)
        values = {**DEFAULTS.get(str(values.get("kind")), {}), **values}
        is_drand = values.get("kind") == "drand"
        needed = _SOURCE_REQUIRED if values.get("in_session") else frozenset(_OF_A_SOURCE)
        _require(path, where, values, needed - {"highest"} if is_drand else needed)
        if is_unfilled(str(values.get("locator", ""))):
            raise _mistake(
                path,
                Message(
                    "{key} still has what the example has: “{value}”",
                    key=f"{where}locator",
                    value=values["locator"],
                ),
                Message("Write the number of the round there; it is known beforehand."),
            )
        if draw.Range.of(values).size < 1:
            raise _mistake(path, _not_as_it_should_be(f"{where}highest", values["highest"]))
        found.append(values)
    return Announcement(general, tuple(found))


def _values(
    path: Path,
    where: str,
    given: Mapping[str, Any],
    table: TableSchema,
    known: Collection[str],
    workspace: Workspace,
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, cell in given.items():
        if key not in known:
            near = get_close_matches(key, known, 1)
            reason = (
                Message("{key} is not known; did you mean {near}?", key=where + key, near=near[0])
                if near
                else Message("{key} is not known", key=where + key)
            )
            raise _mistake(path, reason)
        value = _understood(table, key, cell, workspace)
        if value is None:
            raise _mistake(path, _not_as_it_should_be(where + key, cell))
        values[key] = value
    return values


def _not_as_it_should_be(key: str, value: object) -> Message:
    return Message("{key} is not as it should be: {value}", key=key, value=shortened(str(value)))


def _understood(table: TableSchema, key: str, cell: Any, workspace: Workspace) -> Value | None:
    """The value of a key, None where it is not one. Only text is to be understood: TOML has its own
    numbers, truth values and times."""
    if isinstance(cell, dt.datetime):  # which always has a time of day: its midnight is one
        cell = cell.isoformat(timespec="seconds") + ("" if cell.tzinfo else " Uhr")
    zone = workspace.time_zone
    value = cell if isinstance(cell, int) else understand(table.fields[key], str(cell), zone)
    if value is None or callable(value) or wrong_value(table, key, value):
        return None
    return value


def _require(path: Path, where: str, values: Mapping[str, Value], needed: Collection[str]) -> None:
    for key in sorted(needed):
        if key not in values:
            raise _mistake(path, Message("{key} is missing", key=where + key))


def example() -> str:
    """An announcement to begin with."""
    return text_file(ANNOUNCEMENT).decode()


_EXAMPLE = Message("`div-opendata lottery freeze --example` prints one to begin with.")


def _mistake(path: Path, what: Message, remedy: Message = _EXAMPLE) -> UsageProblem:
    return UsageProblem(Message("{file} has a mistake: {what}.", file=path.name, what=what), remedy)
