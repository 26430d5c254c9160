"""What is around a dataset on its portal, for the people who visit it: where its tables are
explained, what else there is to read, and by which id the portal's own list knows its licence.

No descriptor says it. The links stand below the description, in Markdown, which is a list of texts
with their addresses where nobody makes a page of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from div_opendata.base.i18n import Message
from div_opendata.lottery import CHECKER
from div_opendata.workspace.settings import LOOPBACK, FolderPortal, licenses

if TYPE_CHECKING:
    from div_opendata.assemble.metadata.facts import DatasetFacts
    from div_opendata.workspace.settings import CkanPortal, Configuration

Entry = Mapping[str, Any]
"""A licence of the portal's list."""

TEXT_VIEW = "text_view"
TEXTS = (".txt", ".py", ".json")
"""What the names of files end with that such a view shows."""


def _own_name(facts: DatasetFacts) -> str:
    return facts.license_name


@dataclass(frozen=True)
class Around:
    """What is around a dataset: `page` explains its tables, empty where nothing does; `links` are
    addresses by their texts; `license_id` is what the portal calls the licence of its facts."""

    page: str = ""
    links: Mapping[str, str] | None = None
    license_id: Callable[[DatasetFacts], str] = _own_name

    def below(self, description: str) -> str:
        """A description with the links below it, in Markdown."""
        lines = [f"- [{text}]({address})" for text, address in (self.links or {}).items()]
        more = Message("Read on").text("de")
        return "\n".join([f"{description}\n\n**{more}:**\n", *lines]) if lines else description


def pages_of(configuration: Configuration, settings: CkanPortal) -> str:
    """Where the pages are that explain the tables: those that the portal's settings name, else the
    first folder that strangers can open. An address of one's own computer is no link."""
    folders = (p.base_url for p in configuration.portals.values() if isinstance(p, FolderPortal))
    known = (address for address in folders if urlsplit(address).hostname not in LOOPBACK)
    return settings.pages or next(known, "")


def links(
    bundle: str, page: str, file_page: Callable[[str], str], paths: Iterable[str]
) -> dict[str, str]:
    """What a dataset with these files links. `bundle` is the page of the bundle, empty on that
    itself; `page` what explains its tables, empty where only the descriptor does."""
    found = {}
    if bundle:
        found[Message("All tables in one data package").text("de")] = bundle
    explained = page or file_page("datapackage")
    found[Message("What the columns and codes mean").text("de")] = explained
    if CHECKER.name in paths:
        found[Message("Run the lottery again yourself").text("de")] = file_page(CHECKER.stem)
    return found


def license_id(
    facts: DatasetFacts, seen: Mapping[str, Any] | None, listed: Callable[[], list[Entry]]
) -> str:
    """What the portal calls a licence: as the dataset has it, where that is known there as open,
    else by its list; where that does not have it, its own name."""
    known = seen or {}
    if known.get("isopen"):
        there = {key: known.get(f"license_{key}") for key in ("id", "title", "url")}
        if any(fits(there) for fits in _signs(facts)):
            return str(there["id"])
    entries = listed()
    return next(
        (str(entry["id"]) for fits in _signs(facts) for entry in entries if fits(entry)),
        facts.license_name,
    )


def _signs(facts: DatasetFacts) -> Iterator[Callable[[Entry], bool]]:
    """By what an entry is known to be a licence, the surest first: its own id, its address, a name
    that it has also without a version."""
    of_dcat = next((one for one in licenses().values() if one.url == facts.license), None)
    names = {facts.license_name.casefold()}
    address = _bare(facts.license)
    titles = {facts.license_title.casefold()}
    if of_dcat:
        names.add(of_dcat.code)
        titles |= {title.casefold() for title in of_dcat.title.both()} | {of_dcat.catalog_id}
    titles.discard("")
    yield lambda entry: str(entry["id"]).casefold() in names
    yield lambda entry: address in {_bare(str(entry["id"])), _bare(str(entry.get("url") or ""))}
    yield (
        lambda entry: (
            not titles.isdisjoint({str(entry["id"]), str(entry.get("title") or "").casefold()})
        )
    )


def _bare(address: str) -> str:
    """An address as it is compared: http or https, with or without a slash at its end."""
    return address.rpartition("://")[2].rstrip("/").casefold()
