"""A file of any size goes up, and is read back, in little memory.

Run as a program this publishes a workspace, one of whose files is large, in a process of its own
and prints what it took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from div_opendata.assemble import packages as assembling
from div_opendata.assemble.packages import assemble
from div_opendata.assemble.release import Dataset, Release
from div_opendata.base.files import sha256
from div_opendata.publish.portal.ckan.api import Api
from div_opendata.publish.portal.ckan.portal import Ckan
from div_opendata.publish.publisher import Publisher
from div_opendata.workspace.settings import open_workspace
from div_opendata.workspace.tokens import Token
from support.places import MONDAY
from support.real_ckan import Instance
from support.workspaces import TOP, MakeWorkspace, ckan_files, examine

SIZE = 1 << 30
LIMIT = 64_000_000
LARGE = "div.zip"


def test_a_large_upload_needs_little_memory(
    ckan: Instance,
    make_workspace: MakeWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assembling, "judge_packages", lambda *_: ())
    prefix = ckan.prefix()
    workspace = make_workspace(ckan_files(ckan, prefix=prefix))
    assert assemble(examine(workspace)[0], workspace) == []
    large = tmp_path / "large.zip"
    with large.open("wb") as stream:
        stream.truncate(SIZE - 1)  # a hole: it takes no room
        stream.seek(0, os.SEEK_END)
        stream.write(b"\n")
    try:
        done = subprocess.run(
            [sys.executable, __file__, workspace.root, ckan.plain, large],
            env={
                **os.environ,
                "TOKEN": ckan.tokens["office"],
                "PYTHONPATH": str(TOP / "tests"),
            },
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert done.returncode == 0
        took = json.loads(done.stdout)

        assert took["verified"][LARGE] == sha256(large)
        assert took["peak"] - took["before"] < LIMIT
        shown = ckan.api(None).read("package_show", {"id": prefix})
        (zipped,) = (item for item in shown["resources"] if item["resource_name"] == "div")
        assert zipped["size"] == SIZE
    finally:
        for path in (ckan.storage / "resources").rglob("*"):
            if path.is_file() and path.stat().st_size >= SIZE:
                path.unlink()


def publish(root: Path, address: str, large: Path) -> dict[str, object]:
    """Publish a workspace with another file in place of one; what was verified, and the memory
    that was in use before and at the peak."""
    workspace = open_workspace(root)
    api = Api(address, Token(os.environ["TOKEN"]))
    portal = Ckan("city", workspace, api)
    with tempfile.TemporaryDirectory() as folder:
        plan = Publisher(workspace, portal).plan(workspace.build, MONDAY, Path(folder))
        digest = sha256(large)
        datasets = tuple(_with(dataset, large, digest) for dataset in plan.release.datasets)
        before = _memory("VmRSS")
        checks = portal.apply(Release(plan.release.folder, datasets), lambda *_: None)
    verified = {check.name: check.found for check in checks if check.passed}
    return {"before": before, "peak": _memory("VmHWM"), "verified": verified}


def _with(dataset: Dataset, large: Path, digest: str) -> Dataset:
    files = tuple(
        replace(file, source=large, bytes=SIZE, sha256=digest) if file.path == LARGE else file
        for file in dataset.files
    )
    return replace(dataset, files=files)


def _memory(what: str) -> int:
    """Bytes that this program has in use, now (VmRSS) or at its peak (VmHWM). `ru_maxrss` would
    not do: it begins with the memory of the process that started this one."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (found,) = (line.split()[1] for line in lines if line.startswith(f"{what}:"))
    return int(found) * 1024


if __name__ == "__main__":
    root, address, large = sys.argv[1:]
    json.dump(publish(Path(root), address, Path(large)), sys.stdout)
