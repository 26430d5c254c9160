"""The journal of a publication: every step is written ahead, and flushed to the disk.

A run that dies leaves it behind; the next one reads which files of which dataset may be other ones
than the portal says, and looks. The hashes of all that was ever sent are kept, because what is
withdrawn is withdrawn in every version. It holds names, ids and hashes, never content.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from div_opendata.base.disk import TABLE_LIMIT, read_file, writing
from div_opendata.base.files import json_bytes, read_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BEGUN = "begun"
SETTLED = "settled"
"""Files and tables are known again, new or old; where it says which of both (`known`), these."""


@dataclass(frozen=True)
class Journal:
    """The steps of a publication that is not finished."""

    path: Path

    def note(self, step: str, dataset: str = "", **facts: Any) -> None:
        """Write a step down before it is taken."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"step": step, "dataset": dataset, **facts})
        with writing(self.path, "ab") as stream:
            stream.write(f"\n{line}\n".encode())  # the line before may have been cut off
            stream.flush()
            os.fsync(stream.fileno())

    def steps(self) -> list[dict[str, Any]]:
        """What is written; a line that was cut off was not yet acted upon."""
        if not self.path.is_file():
            return []
        steps = []
        for line in read_file(self.path, TABLE_LIMIT).split(b"\n"):
            try:
                step = json.loads(line)
            except ValueError:
                continue
            if isinstance(step, dict) and isinstance(step.get("dataset"), str):
                steps.append(step)
        return steps

    def doubts(self, what: Literal["files", "tables"]) -> Mapping[str, set[str]]:
        """The files or tables that may be other ones than the portal says, by dataset."""
        doubts: dict[str, set[str]] = {}
        for step in self.steps():
            if step["step"] == SETTLED:
                if what in step.get("known", [what]):
                    doubts.pop(step["dataset"], None)
            elif step.get(what):
                doubts.setdefault(step["dataset"], set()).update(step[what])
        return doubts

    def sent(self) -> Mapping[str, Mapping[str, list[str]]]:
        """The SHA-256 of all that was ever sent, by dataset and file."""
        sent: dict[str, dict[str, list[str]]] = read_json(self._kept) if self._kept.exists() else {}
        for step in self.steps():
            if isinstance(files := step.get("files"), dict):
                for name, digest in files.items():
                    known = sent.setdefault(step["dataset"], {}).setdefault(name, [])
                    known += [digest] if digest not in known else []
        return sent

    @property
    def _kept(self) -> Path:
        return self.path.with_name("sent.json")

    def close(self) -> None:
        """Forget the steps: the publication is finished."""
        if self.path.exists():
            write_whole(self._kept, json_bytes(self.sent()))
            self.path.unlink()
