"""A disk that takes no more: the file is named, with a remedy, and nothing is a traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import RECORDS, MakeWorkspace, tree_bytes


def limited(size: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line where no file may be larger than `size` bytes: a write fails as on a disk
    that is full, and like there the system names no file."""
    return subprocess.run(
        [sys.executable, "-m", "div_opendata", *map(str, arguments), "--lang", "en"],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


@pytest.mark.parametrize("size", [10, 500, 5_000, 100_000])
@pytest.mark.parametrize("command", ["validate", "assemble", "publish", "new", "schema"])
def test_a_disk_that_is_full_names_the_file(
    make_workspace: MakeWorkspace, tmp_path: Path, command: str, size: int
) -> None:
    root = make_workspace(RECORDS).root
    before = tree_bytes(root)
    others: dict[str, list[str | Path]] = {
        "new": ["new", tmp_path / "city"],
        "schema": ["schema", "export", tmp_path / "standard"],
        "publish": ["publish", root, "--yes"],
    }
    done = limited(size, *others.get(command, [command, root]))
    # after our message Python tells of a generator of openpyxl's that could not write its end
    told = done.stderr.partition("Exception ignored in")[0]
    assert "Traceback" not in told
    if done.returncode == 0:  # all of its files were smaller
        assert size == 100_000
        return
    assert done.returncode == 3
    said = told.splitlines()[-2:]
    assert said[0].startswith(("/", "The workspace /"))
    assert said[0].endswith("the file would be larger than the disk allows.")
    assert said[1]
    after = tree_bytes(root)
    assert {name: after[name] for name in before} == before
    assert not (root / "portal" / "index.html").exists()
    assert not (tmp_path / "city").exists()
