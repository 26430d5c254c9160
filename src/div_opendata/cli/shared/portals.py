"""The portal that a command is called for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import clock
from .console import tell
from .translated import option

if TYPE_CHECKING:
    from div_opendata.publish.publisher import Publisher
    from div_opendata.workspace.settings import Workspace

portal_option = option("--to", "portal", help="Portal of the configuration; by default the first.")


def publisher_to(workspace: Workspace, name: str | None) -> Publisher:
    """What publishes to the portal of that name, with its token from the environment."""
    from div_opendata.publish.portal.open import open_portal
    from div_opendata.publish.publisher import Publisher

    portal = open_portal(workspace, name, os.environ, clock.now(), tell)
    return Publisher(workspace, portal)
