"""The portal of a workspace, of whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from div_opendata.base.i18n import Message

from .protocol import Portal, Tell

if TYPE_CHECKING:
    import datetime as dt

    from div_opendata.workspace.settings import Workspace


def open_portal(
    workspace: Workspace,
    name: str | None,
    environment: Mapping[str, str] | None = None,
    now: dt.datetime | None = None,
    tell: Tell = lambda _message: None,
) -> Portal:
    """The portal of that name, or the first of the configuration.

    `environment` may have its token and override its address, `now` tells whether the token has
    run out. Raises UsageProblem where there is no portal of that name.
    """
    from div_opendata.base.errors import UsageProblem
    from div_opendata.workspace.settings import CkanPortal

    portals = workspace.configuration.portals
    if name is None:
        name = next(iter(portals))
    if name not in portals:
        raise UsageProblem(
            Message("There is no portal {name} in the configuration.", name=name),
            Message("Known values: {known}.", known=list(portals)),
        )
    if isinstance(portals[name], CkanPortal):
        from .ckan.portal import open_ckan

        return open_ckan(workspace, name, environment or {}, now, tell)
    from .folder.portal import Folder

    return Folder(name, workspace)
