"""What of the configuration is in the way of those who harvest a portal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Message
from div_opendata.workspace.settings import CONFIGURATION, LOOPBACK

from .vocabulary import CONTRIBUTORS

if TYPE_CHECKING:
    from div_opendata.workspace.settings import Workspace


@code("DIV905", "warning")
def unreachable_portal(place: Place, address: str) -> Finding:
    """The portal's address is one that only this computer knows.

    Why: The catalogue names every file by its whole address. Harvesters would ask their own
    computer for it.

    Do: Write the address under which the folder will be served, as base_url of the portal. For a
    preview nothing is to be done.

    Wrong: base_url = "http://127.0.0.1:8000/"

    Right: base_url = "https://offene-daten.stadt.example/"
    """
    return Finding(
        Message("Nobody else can reach {address}.", address=address),
        Message("Write the public address as base_url, unless this is only a preview."),
        place,
    )


@code("DIV906", "warning")
def missing_imprint(place: Place) -> Finding:
    """The pages have no imprint.

    Why: Pages of a city need one, and it tells portals' staff who is responsible.

    Do: Write the addresses of imprint, privacy notice and accessibility statement into [site].

    Wrong: no imprint_url

    Right: imprint_url = "https://www.stadt.example/impressum"
    """
    return Finding(
        Message("There is no imprint_url in [site]."),
        Message("Add the address of the city's imprint before the portal is public."),
        place,
    )


@code("DIV907", "warning")
def several_contributors(place: Place) -> Finding:
    """More than one portal is named that hands the metadata on.

    Why: GovData files a dataset under the portal that delivers it. With two, the dataset is
    delivered twice or under the wrong one.

    Do: Leave the one portal in contributor_ids that harvests this one on its way to GovData.

    Wrong: two addresses in contributor_ids

    Right: contributor_ids = ["http://dcat-ap.de/def/contributors/openNRW"]
    """
    return Finding(
        Message("contributor_ids names more than one portal."),
        Message("Leave only the one that hands the metadata on to GovData."),
        place,
    )


@code("DIV910", "warning")
def missing_contributor(place: Place) -> Finding:
    """No portal is named that hands the metadata on.

    Why: The conventions of DCAT-AP.de (no. 12) ask that each dataset that is delivered directly to
    GovData names who delivers it, as dcatde:contributorID.

    Do: If GovData itself harvests this portal, ask its office for an ID, info@govdata.de, and write
    it into contributor_ids. If another portal hands the metadata on, it has to add its own, which
    stands in GovData's list, http://dcat-ap.de/def/contributors/; write it down here only if that
    portal asks for it.

    Wrong: no contributor_ids, and GovData harvests this portal

    Right: contributor_ids = ["http://dcat-ap.de/def/contributors/openNRW"]
    """
    return Finding(
        Message("There are no contributor_ids: who delivers the metadata to GovData is not said."),
        Message(
            "If GovData harvests this portal itself, ask info@govdata.de for an ID; the list is"
            " {address}. If another portal does, it adds its own.",
            address=CONTRIBUTORS,
        ),
        place,
    )


def judge_settings(workspace: Workspace, address: str, *, folder: bool) -> Iterator[Finding]:
    """What of the configuration is in harvesters' way; `address` is the portal's."""
    configuration = workspace.configuration
    place = Place(file=CONFIGURATION)
    if folder and urlsplit(address).hostname in LOOPBACK:
        yield unreachable_portal(place, address)
    if folder and not configuration.site.imprint_url:
        yield missing_imprint(place)
    if len(configuration.release.contributor_ids) > 1:
        yield several_contributors(place)


def judge_delivery(workspace: Workspace) -> Iterator[Finding]:
    """What GovData asks for of those who deliver to it. Whether this portal does, only the office
    knows: so `publish` does not tell of it each time."""
    if not workspace.configuration.release.contributor_ids:
        yield missing_contributor(Place(file=CONFIGURATION))
