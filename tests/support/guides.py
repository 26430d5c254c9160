"""Guides are programs: their blocks of Python, run from top to bottom as a reader would."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.web import Answer, Asked

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SAID = re.compile(r"^(?:print\(.*\)  )?# (.*)$", re.MULTILINE)
"""What a guide says that is printed: behind a call, or in a line below it."""
REST = "…"


def serve(folder: Path) -> Any:
    """Answers as a web server does that serves a folder."""

    def answer(asked: Asked) -> Answer:
        path = folder / asked.path.lstrip("/")
        return Answer(200, path.read_bytes()) if path.is_file() else Answer(404)

    return answer


def run_guide(guide: Path, replaced: Mapping[str, str]) -> None:
    """Run all blocks of a guide in one namespace; each must print what the guide says, and nothing
    else. `replaced` are the names that are others here: addresses, datasets."""
    text = guide.read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    namespace: dict[str, Any] = {}
    for code, shown in _blocks(text):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, str(guide), "exec"), namespace)
        printed = output.getvalue()
        if shown:
            assert printed.rstrip() == shown.rstrip(), code
        else:
            _compare(printed.splitlines(), _SAID.findall(code), code)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each block of Python, and what the block of text behind it shows."""
    found = [match.groups() for match in _BLOCK.finditer(text)]
    assert found
    for (kind, code), (after, shown) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind == "python":
            yield code, shown if after == "text" else ""


def _compare(printed: list[str], said: list[str], code: str) -> None:
    """A line that is said may have a colon and an explanation; REST stands for other lines."""
    lines = [part.strip(" ,") for line in said for part in line.split(REST)]
    lines = [line for line in lines if line]
    if not any(REST in line for line in said):
        assert len(printed) == len(lines), (printed, code)
        pairs = zip(printed, lines, strict=True)
        assert [(p, s) for p, s in pairs if s != p and not s.startswith(f"{p}: ")] == [], code
    else:
        assert [line for line in lines if line not in printed] == [], (printed, code)
