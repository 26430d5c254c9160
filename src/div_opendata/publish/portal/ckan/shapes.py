"""What CKAN's answers must look like, as far as they are read: by the action that was called.

A shape is a type; a tuple of shapes, any of which will do; a list with the shape of each of its
items; or a dict with the shapes of its keys. A key that ends with `?` may be missing, and one that
is itself a type stands for all that are not named. What is not read may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Any

_NOTHING = type(None)
_TEXT = (str, _NOTHING)
_CELL = (str, int, float, _NOTHING)

_RESOURCE: Shape = {
    "id": str,
    "url?": _TEXT,
    "last_modified?": _TEXT,
    "sha256?": _TEXT,
    "resource_name?": _TEXT,
    "created?": _TEXT,
}
_PACKAGE: Shape = {
    "id": str,
    "name": str,
    "state": str,
    "private": bool,
    "version": _TEXT,
    "metadata_modified": str,
    "resources": [{**_RESOURCE, "last_modified": _TEXT}],
    "license_id?": _TEXT,
    "license_title?": _TEXT,
    "license_url?": _TEXT,
    "groups?": [{"name": str}],
    "tags?": [{"name": str}],
    "organization?": ({"name": str}, _NOTHING),
    "extras?": [{"key": str, "value": object}],
}
_VIEW: Shape = {"resource_id": str, "view_type": str}
_RECORDED: Shape = {"resources?": [_RESOURCE]}

SHAPES: Mapping[str, Shape] = {
    "status_show": {"ckan_version": str, "extensions": [str], "site_url?": _TEXT},
    "package_show": _PACKAGE,
    "package_create": _PACKAGE,
    "package_revise": {"package": _PACKAGE},
    "package_activity_list": [{"data?": ({"package?": (_RECORDED, _NOTHING)}, _NOTHING)}],
    "license_list": [{"id": str, "title?": _TEXT, "url?": _TEXT}],
    "package_create_default_resource_views": [_VIEW],
    "resource_view_list": [_VIEW],
    "resource_show": {"package_id": str},
    "organization_list_for_user": [{"name": str}],
    "group_list_authz": [{"name": str}],
    "datastore_search": {
        "fields": [{"id": str, "type": str, "info?": ({str: object}, _NOTHING)}],
        "records": [{"_id": int, str: _CELL}],
        "total?": int,
        "limit": int,
    },
    "xloader_status": {"status?": _TEXT},
}

SHOWN = SHAPES.keys() - {"datastore_search", "xloader_status", "package_activity_list"}
"""The actions of whose results something may be printed. xloader's has the token of the loader,
which may be ours, too."""


def misfit(value: Any, shape: Shape, place: str = "result") -> str | None:
    """Where a value has not the shape that it should have: the place of the first such; else
    None."""
    if isinstance(shape, tuple):
        return None if any(misfit(value, one) is None for one in shape) else place
    if isinstance(shape, type):
        return None if isinstance(value, shape) else place
    if not isinstance(value, type(shape)):
        return place
    if isinstance(shape, list):
        parts = [(item, shape[0], f"{place}[{number}]") for number, item in enumerate(value)]
        return next((found for part in parts if (found := misfit(*part))), None)
    return _in_keys(value, shape, place)


def _in_keys(value: Mapping[str, Any], shape: Mapping[Any, Shape], place: str) -> str | None:
    named = {key.removesuffix("?") for key in shape if isinstance(key, str)}
    for key, one in shape.items():
        if not isinstance(key, str):
            keys = [other for other in value if other not in named]
        elif key.endswith("?"):
            keys = [name] if (name := key[:-1]) in value else []
        elif key in value:
            keys = [key]
        else:
            return f"{place}.{key}"
        for name in keys:
            if found := misfit(value[name], one, f"{place}.{name}" if name in named else place):
                return found
    return None
