"""A workspace: a folder with div-opendata.toml, the office's records, and what the tool keeps.

Reading the configuration is strict: an unknown key is a mistake with a suggestion, so that no
setting is silently without effect.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import tomllib
import uuid
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from div_opendata.base.disk import TEXT_LIMIT, UnfitFileError, read_file, read_text, reason_of
from div_opendata.base.errors import UsageProblem
from div_opendata.base.files import exclusive
from div_opendata.base.finding import shortened
from div_opendata.base.i18n import Label, Message
from div_opendata.standard.codelists import CodeList, load_codelist
from div_opendata.standard.packages import Standard, load_standard, source

from .forms import FORMS
from .near import meant_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager


CONFIGURATION = "div-opendata.toml"
WORKBOOK = "records.xlsx"
PRIVATE = "private"
"""The folder of a workspace of which nothing is ever published."""
CODELISTS = "codelists"
"""The folder of a workspace with the city's own code lists."""
TABLE_FILES = (".xlsx", ".xls", ".xlsm", ".ods", ".csv")
"""What the names of files end with that may hold a table."""
_OF_A_SYSTEM = re.compile(r"[.~].*|thumbs\.db|desktop\.ini", re.IGNORECASE)
RESERVED = (PRIVATE, "records", CODELISTS, ".div-opendata", "build")
"""Folders of a workspace in which no portal may lie."""
_LINE_LIMIT = 10_000  # characters; a key of many more parts takes tomllib minutes
_NO_DISK = ("/proc", "/sys")
"""Folders in which the system shows itself: nothing can be kept there."""
LOOPBACK = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - nothing is bound to it


@dataclass(frozen=True)
class Office:
    """Who publishes: an office, never a person."""

    name: str
    uri: str
    contact: str
    mailbox: str
    type: str = "LocalAuthority"


@dataclass(frozen=True)
class Source:
    """Where the facts come from: published as `sources` of every package."""

    title: str
    path: str


@dataclass(frozen=True)
class License:
    """An open licence of dcat-ap.de/def/licenses (schemas/licenses.csv)."""

    code: str
    name: str
    title: Label
    catalog_title: str
    """The name in CKAN's own list, by which its harvester finds it there; where that has none, in
    dcat-ap.de's."""
    catalog_id: str
    """Its id in CKAN's own list; empty where that has none."""
    url: str
    attribution: bool
    """Whether who uses the data has to name whom they are from."""


@dataclass(frozen=True)
class ReleaseSettings:
    """What is said of every release. `period_start` is a year, a month or a day (ISO 8601);
    `keywords` are those of a package that are not the standard's."""

    license: str
    attribution: str
    municipality_key: str = ""
    language: str = "de"
    time_zone: str = "Europe/Berlin"
    uri_base: str = ""
    contributor_ids: tuple[str, ...] = ()
    period_start: str = ""
    doi: str = ""
    notice: Label | None = None
    keywords: Mapping[str, list[str]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Site:
    """Links in the footer of every page."""

    imprint_url: str = ""
    privacy_url: str = ""
    accessibility_url: str = ""


@dataclass(frozen=True)
class FolderPortal:
    """A portal that is a folder, for any web server to serve."""

    path: str
    base_url: str
    kind: str = "folder"


@dataclass(frozen=True)
class CkanPortal:
    """A CKAN portal, and the organisation there that the datasets belong to, with the groups that
    they are put into. `formats` says how a resource's format is written: as people and loaders read
    it, or as harvesters do; `auto` is the former word for `label`. `pages` is where the pages of a
    folder are that explain the tables."""

    url: str
    organization: str
    prefix: str = "div"
    token_file: str = ""
    pages: str = ""
    formats: Literal["label", "iri", "auto"] = "label"
    groups: tuple[str, ...] = ()
    kind: str = "ckan"


PortalSettings = FolderPortal | CkanPortal
_KINDS: dict[str, type[PortalSettings]] = {"folder": FolderPortal, "ckan": CkanPortal}


@dataclass(frozen=True)
class Configuration:
    """div-opendata.toml."""

    publisher: Office
    release: ReleaseSettings
    portals: Mapping[str, PortalSettings]
    site: Site = field(default_factory=Site)


@dataclass(frozen=True)
class Workspace:
    """A folder that an office works in."""

    root: Path
    configuration: Configuration

    @property
    def workbook(self) -> Path:
        """The workbook with a sheet a table, if there is one."""
        return self.root / WORKBOOK

    @property
    def records(self) -> Path:
        """The folder with a CSV a table, if there is one."""
        return self.root / "records"

    @property
    def build(self) -> Path:
        """Where `assemble` writes."""
        return self.root / "build"

    @property
    def internal(self) -> Path:
        """What the tool keeps for itself."""
        return self.root / ".div-opendata"

    def exclusively(self) -> AbstractContextManager[None]:
        """Hold the workspace for one run; raises Problem where another run holds it."""
        return exclusive(self.internal / "lock")

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """Of times without offset."""
        return ZoneInfo(self.configuration.release.time_zone)

    @cached_property
    def license(self) -> License:
        """The licence of everything published."""
        return licenses()[self.configuration.release.license]

    @cached_property
    def standard(self) -> Standard:
        """The standard, with the city's own versions of open code lists from codelists/."""
        return load_standard(self._own_codelists())

    def _own_codelists(self) -> dict[str, CodeList]:
        folder = self.root / CODELISTS
        if not folder.is_dir():
            return {}
        standard = load_standard()
        replaceable = sorted(
            {
                field.codelist.name
                for table in standard.public
                for field in table.fields.values()
                if field.codelist and field.open_list
            }
        )
        replaced = {}
        for path in sorted(folder.iterdir()):
            if is_left_aside(path.name) or path.suffix.casefold() not in TABLE_FILES:
                continue
            if path.name not in {f"{name}.csv" for name in replaceable}:
                raise UsageProblem(
                    Message("The code list {file} cannot be replaced.", file=path.name),
                    Message(
                        "Remove it from the folder codelists. A city may replace: {lists}.",
                        lists=[f"{name}.csv" for name in replaceable],
                    ),
                )
            try:
                replaced[path.stem] = load_codelist(path, within=self.root)
            except UnfitFileError as error:
                raise UsageProblem(
                    Message("{file}: {reason}.", file=path, reason=error.reason),
                    Message("Copy the code list itself into the folder codelists."),
                ) from error
            except (ValueError, OSError) as error:
                raise UsageProblem(
                    Message("The code list {file} cannot be read.", file=path.name),
                    Message(
                        "It is a CSV file in UTF-8 with the columns code, de, en,"
                        " description_de and description_en, none of the first three empty"
                        " ({reason}).",
                        reason=error,
                    ),
                ) from error
        return replaced

    def identifier(self, package: str) -> str:
        """The package's `urn:uuid:` (UUIDv5, RFC 9562), the same on every portal for ever; so
        have `catalog` and `series` theirs."""
        namespace = uuid.uuid5(uuid.NAMESPACE_URL, self.configuration.publisher.uri)
        return uuid.uuid5(namespace, package).urn


def is_of_a_system(name: str) -> bool:
    """Whether a file is a system's or a program's, such as the lock of an open workbook (~)."""
    return _OF_A_SYSTEM.fullmatch(name) is not None


def is_left_aside(name: str) -> bool:
    """Whether a file is none of the records: the office's own (_) or a system's."""
    return name.startswith("_") or is_of_a_system(name)


def licenses() -> dict[str, License]:
    """The licences that can be configured, by code."""
    text = read_text(source("schemas") / "licenses.csv")
    return {
        row["code"]: License(
            row["code"],
            row["name"],
            Label(row["title_de"], row["title_en"]),
            row["title_catalog"],
            row["id_catalog"],
            row["url"],
            row["attribution"] == "true",
        )
        for row in csv.DictReader(io.StringIO(text, newline=""))
    }


def open_workspace(root: Path) -> Workspace:
    """Open the workspace in the folder `root`.

    Raises UsageProblem where there is none or its configuration is wrong.
    """
    try:
        text = read_text(root / CONFIGURATION, TEXT_LIMIT, root)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageProblem(
            Message("There is no workspace in {folder}.", folder=root),
            meant_by(root, CONFIGURATION)
            or Message(
                "Name the folder that has the file {file}, or make a workspace:"
                " div-opendata new FOLDER",
                file=CONFIGURATION,
            ),
        ) from error
    except OSError as error:
        raise UsageProblem(
            Message("{file}: {reason}.", file=root / CONFIGURATION, reason=reason_of(error)),
            Message("Put the configuration itself there, a file of text that you may read."),
        ) from error
    except UnicodeDecodeError as error:
        raise _unreadable(error) from error
    if any(len(line) > _LINE_LIMIT for line in text.splitlines()):
        raise _mistake(
            Message("a line has more than {limit} characters", limit=_LINE_LIMIT),
            Message("Write each setting on a line of its own."),
        )
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # what is no TOML, or absurd
        raise _unreadable(error) from error
    configuration = _configuration(document)
    for name, portal in configuration.portals.items():
        if isinstance(portal, FolderPortal):
            _check_path(name, portal, root.resolve())
    return Workspace(root, configuration)


def _configuration(document: Mapping[str, Any]) -> Configuration:
    wrong = sorted(  # a misspelt key first: the right one is missing because of it
        _validator().iter_errors(document),
        key=lambda error: (error.validator != "additionalProperties", error.json_path),
    )
    if wrong:
        raise _problem_of(wrong[0])
    release = dict(document["release"])
    if "notice" in release:
        release["notice"] = Label(**release["notice"])
    release["sources"] = tuple(Source(**item) for item in release.get("sources", ()))
    release["contributor_ids"] = tuple(release.get("contributor_ids", ()))
    configuration = Configuration(
        Office(**document["publisher"]),
        ReleaseSettings(**release),
        {name: _portal(portal) for name, portal in document["portals"].items()},
        Site(**document.get("site", {})),
    )
    _check_release(configuration.release)
    for portal in configuration.portals.values():
        if isinstance(portal, FolderPortal):
            _check_links(portal, configuration.site)
    return configuration


def _portal(document: Mapping[str, Any]) -> PortalSettings:
    lists = {key: tuple(value) for key, value in document.items() if isinstance(value, list)}
    return _KINDS[document["kind"]](**{**document, **lists})


def _validator() -> Any:
    """Judges a configuration by its schema."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

    def pattern(_: object, wanted: str, text: object, __: object) -> Iterator[ValidationError]:
        # by $ JSON Schema means the very end, Python also the place before a last line break
        if isinstance(text, str) and not re.search(re.sub(r"\$$", r"\\Z", wanted), text):
            yield ValidationError(f"no match of {wanted}")

    checker = FormatChecker(formats=())
    for name, is_one in FORMS.items():
        checker.checks(name)(
            lambda value, is_one=is_one: not isinstance(value, str) or is_one(value)
        )
    schema = json.loads(read_file(source("schemas") / "configuration.json"))
    judge: Any = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
    return judge(schema, format_checker=checker)


def _check_release(release: ReleaseSettings) -> None:
    known = licenses()
    if release.license not in known:
        raise _unknown("release.license", release.license, list(known))
    _check_period(release.period_start)
    try:
        ZoneInfo(release.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _mistake(
            Message(
                "{key} is not a time zone: {value}",
                key="release.time_zone",
                value=shortened(release.time_zone),
            ),
            Message('Write it as in the list of IANA, for example "Europe/Berlin".'),
        ) from error


def _check_period(start: str) -> None:
    """Refuse a day that is in no calendar, which the schema cannot say."""
    try:
        dt.date.fromisoformat(f"{start}-01-01"[: len("2026-11-23")] if start else "2026-01-01")
    except ValueError as error:
        raise _mistake(
            Message("{key} is no date: {value}", key="release.period_start", value=start),
            Message('Write a year, a month or a day, for example "2023" or "2023-09-14".'),
        ) from error


def _check_path(name: str, portal: FolderPortal, root: Path) -> None:
    """A portal's folder is never one that holds records or secrets, nor around or inside it."""
    path = Path(portal.path)
    key = f"portals.{name}.path"
    if not path.is_absolute() and ".." in path.parts:
        raise _mistake(
            Message("{key} leads out of the workspace", key=key),
            Message("Write a folder inside the workspace, or the whole path from / or the drive."),
        )
    try:
        portal_path = (root / path).resolve()
    except RuntimeError as error:  # what pathlib says of a loop
        raise _mistake(
            Message("{key} is a link that leads nowhere: {value}", key=key, value=portal.path),
            Message("Write a folder of its own, for example portal."),
        ) from error
    if any(map(portal_path.is_relative_to, _NO_DISK)):
        raise _mistake(
            Message("{key} is no folder of a disk: {value}", key=key, value=portal.path),
            Message("Write a folder of its own, for example portal."),
        )
    reserved = [root / folder for folder in RESERVED]
    if root.is_relative_to(portal_path) or any(map(portal_path.is_relative_to, reserved)):
        raise _mistake(
            Message(
                "{key} is a folder of the workspace itself: {value}", key=key, value=portal.path
            ),
            Message("Write a folder of its own, for example portal."),
        )


def _check_links(portal: FolderPortal, site: Site) -> None:
    """A portal that others can reach has what the law wants in the footer of its pages."""
    if urlsplit(portal.base_url).hostname not in LOOPBACK:
        for link in fields(Site):
            if not getattr(site, link.name):
                raise _missing(f"site.{link.name}")


def _problem_of(error: Any) -> UsageProblem:
    """What jsonschema found wrong in the configuration, in an office's words."""
    path = [str(part) for part in error.absolute_path]
    key = ".".join(path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return _missing(".".join([*path, missing]))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(name for name in error.instance if name not in known)
        return _unknown(".".join([*path, unknown]), unknown, known)
    if error.validator == "enum":
        return _unknown(key, str(error.instance), error.validator_value)
    if isinstance(error.instance, str) and error.instance != error.instance.strip() != "":
        return _mistake(
            Message("{key} begins or ends with a blank", key=key),
            Message('Write it without: "{value}"', value=shortened(error.instance.strip())),
        )
    description = error.schema.get("description", "")
    return _mistake(
        Message(
            "{key} is not as it should be: {value}", key=key, value=shortened(str(error.instance))
        ),
        Message("What is expected: {description}", description=Message(description))
        if description
        else Message("What is expected: {description}", description=error.validator_value),
    )


def _mistake(what: Message, remedy: Message) -> UsageProblem:
    return UsageProblem(
        Message("{file} has a mistake: {what}.", file=CONFIGURATION, what=what), remedy
    )


def _unreadable(reason: Exception) -> UsageProblem:
    return _mistake(
        Message("it cannot be read"),
        Message("Open it in a text editor, mend it and save it as UTF-8: {reason}", reason=reason),
    )


def _missing(key: str) -> UsageProblem:
    return _mistake(
        Message("{key} is missing", key=key),
        Message("Add it; `div-opendata new FOLDER` makes a configuration to look at."),
    )


def _unknown(key: str, value: str, known: list[str]) -> UsageProblem:
    key, value = shortened(key), shortened(value)
    near = get_close_matches(value, known, 1)
    return _mistake(
        Message("{key}: {value} is not known", key=key, value=value),
        Message("Did you mean {near}?", near=near[0])
        if near
        else Message("Known values: {known}.", known=known),
    )
