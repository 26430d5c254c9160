"""Views: how the portal shows tables and texts on its pages."""

from __future__ import annotations

from pathlib import PurePath

from ..dataset import Facts, Wanted
from ..site import Site
from ..state import State
from ..visitors import TEXT_VIEW, TEXTS


def make_views(site: Site, state: State, target: Wanted) -> None:
    """Have views made for new resources. Raises Refusal and Problem."""
    views: list[Facts] = []
    if state.made or state.facts["private"]:  # a run that died may not have come to it
        views = site.api.write(
            "package_create_default_resource_views",
            {"package": state.facts, "create_datastore_views": True},
            look=lambda: None,
        )
    if TEXT_VIEW in site.extensions:
        _show_texts(site, state, target, views)


def _show_texts(site: Site, state: State, target: Wanted, views: list[Facts]) -> None:
    """Have a view made for each new file of text: by default the portal does so for tables alone.
    `views` are those that it has just made."""
    have = {view["resource_id"] for view in views if view["view_type"] == TEXT_VIEW}
    new = target.files if state.facts["private"] else state.made
    for name in new:
        identity = state.identity(name)
        if PurePath(target.files[name].path).suffix not in TEXTS or identity in have:
            continue

        def shown(identity: str = identity) -> bool | None:
            views = site.api.read("resource_view_list", {"id": identity})
            return any(view["view_type"] == TEXT_VIEW for view in views) or None

        if name in state.made or not shown():
            view = {"resource_id": identity, "view_type": TEXT_VIEW, "title": "Text"}
            site.api.write("resource_view_create", view, look=shown)
