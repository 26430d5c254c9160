"""Documents in JSON: nothing in them may be hidden, and of no property may nobody know.

A form is a document in which None stands for a value and a list has any number of what it shows.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from div_opendata.base.finding import Finding, Place
from div_opendata.base.i18n import Message

from .div7xx_bytes import unknown_content, unknown_property
from .leaks import Leaks


def judge_document(
    text: str, form: Mapping[str, Any], place: Place, leaks: Leaks
) -> Generator[Finding, None, Any]:
    """What is wrong with a document by itself; returns it, None where it is no JSON, or no object.

    A key twice hides the first of the two from every reader.
    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            keys = [key for key, _ in items]
            twice.extend({key for key in keys if keys.count(key) > 1})
        return made

    try:
        document = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        yield unknown_content(place, Message("This file is no JSON with properties."))
        yield from leaks.anything(text, place)
        return None
    for key in sorted(set(twice)):
        what = Message("The property {name} is there twice.", name=leaks.safe(key))
        yield unknown_content(place, what)
    for path in _beyond(document, form, ""):
        yield unknown_property(place, leaks.safe(path))
    return document


def _beyond(document: Any, form: Any, path: str) -> Iterator[str]:
    """The paths of what a document has and its form does not."""
    if isinstance(document, dict) and isinstance(form, Mapping):
        for key, value in document.items():
            here = f"{path}.{key}" if path else key
            if key in form:
                yield from _beyond(value, form[key], here)
            else:
                yield here
    elif isinstance(document, list) and isinstance(form, list):
        for number, value in enumerate(document):
            yield from _beyond(value, form[0], f"{path}[{number}]")
    elif isinstance(document, dict | list) or form is not None:
        yield path


def strings(document: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with the property that it is, or is listed in."""
    if isinstance(document, str):
        yield key, document
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from strings(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from strings(value, key)
