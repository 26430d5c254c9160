"""What others have put into our datasets on a CKAN: files, links, and the tables made of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from div_opendata.base.disk import FILE_LIMIT

from ..protocol import Other
from . import datastore
from .dataset import Facts
from .readers import read_whole
from .site import Site
from .state import State


def others(site: Site) -> Iterator[Other]:
    """The resources of our datasets that are not ours. A link to one of ours has what that has."""
    states = [state for state in site.states.values() if state.seen and not state.reason]
    own = {
        resource["id"]
        for state in states
        for resource in (*state.resources.values(), *(item for _, item in state.doubles))
    }
    for state in states:
        for resource in state.facts["resources"]:
            url = resource.get("url") or ""
            if resource["id"] not in own and not any(identity in url for identity in own):
                yield _other(site, state, resource, url)


def _other(site: Site, state: State, resource: Facts, url: str) -> Other:
    page = f"{site.page(state.current)}/resource/{resource['id']}"
    upload = resource.get("url_type") == "upload"
    address = _on_portal(site, url)
    if address is None and upload:
        address = f"{page}/download/{quote(url.rpartition('/')[2])}"
    private = upload and state.facts["private"]
    return Other(
        state.name,
        str(resource.get("name") or resource["id"]),
        page if address else url,
        partial(read_whole, site, address, FILE_LIMIT, private=private) if address else None,
        partial(_rows, site, state, resource),
    )


def _on_portal(site: Site, url: str) -> str | None:
    """The address of something on the portal, as it is asked here; None of what is elsewhere."""
    named = url.partition("://")[2]
    for base in (site.own_address, site.address):
        start = base.partition("://")[2]
        if named.lower().startswith(start.lower()):
            return f"{site.address}{named[len(start) :]}"
    return None


def _rows(site: Site, state: State, resource: Facts) -> Iterator[tuple[object, ...]]:
    """The rows of its table in the DataStore, where there is one. Raises Problem."""
    if not site.has_tables or not resource.get("datastore_active"):
        return
    with site.account.explaining(state.name):
        columns = datastore.describe(site.api, resource["id"]).types
        for _, row in datastore.rows_of(site.api, resource["id"], columns) if columns else ():
            yield row
