"""The first of the README's two commands, as a newcomer has it: a fresh clone, an empty home.

The second is what runs this test.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.workspaces import TOP, tree_bytes

pytestmark = pytest.mark.slow


def assert_it_ends_with_three_things(printed: str, clone: Path) -> None:
    """Each command says how it ended, in a line or two; then what there is to look at."""
    done, _, shown = printed.partition("three things to look at:\n")
    assert done.count("\n$ div-opendata ") == 8
    assert len(done.splitlines()) <= 8 * 4 + 3
    assert re.findall(r"^(\d)\. ", shown, re.MULTILINE) == ["1", "2", "3"]
    commands = re.findall(r"^   (\.venv/bin/div-opendata) (\w+) (\S+)$", shown, re.MULTILINE)
    assert [command for _, command, _ in commands] == ["preview", "validate"]
    for tool, _, workspace in commands:
        assert (clone / tool).is_file()
        assert (clone / workspace / "div-opendata.toml").is_file()


def assert_the_first_example_works(clone: Path) -> None:
    """The commands of the README's first example, as they are typed, say what stands there."""
    text = (clone / "README.md").read_text(encoding="utf-8")
    example = text.partition("```console\n")[2].partition("```")[0].splitlines()
    typed = [line.removeprefix("$ ") for line in example if line.startswith("$ ")]
    assert typed[-1].startswith("div-opendata new ")
    path = os.pathsep.join(["/usr/bin", "/bin"])  # without the environment of these tests
    done = subprocess.run(
        ["bash", "-ec", "\n".join(typed)],
        cwd=clone,
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [line for line in example if not line.startswith("$ ")]


@pytest.mark.skipif(not (TOP / ".git").exists(), reason="no checkout: there is nothing to clone")
def test_demo_in_a_fresh_clone(tmp_path: Path) -> None:
    """It publishes both examples and verifies them; a second time nothing has changed."""
    clone, home = tmp_path / "a clone", tmp_path / "home"
    subprocess.run(["git", "clone", "--quiet", TOP, clone], check=True)
    changed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TOP,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, changed.split("\0")):  # what is not committed yet is tried too
        if (TOP / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, clone / name)
    home.mkdir()

    def demo() -> str:
        done = subprocess.run(
            ["./scripts/demo"],
            cwd=clone,
            env={**os.environ, "HOME": str(home), "LANGUAGE": "en"},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = demo()
    assert_it_ends_with_three_things(first, clone)
    assert_the_first_example_works(clone)
    portals = [clone / "examples" / city / "portal" for city in ("bielefeld", "musterstadt")]
    shown = [tree_bytes(portal) for portal in portals]
    assert all("index.html" in files and "div.zip" in files for files in shown)
    assert first.count("Published: ") == 2
    assert all((portal / "index.html").as_uri() in first for portal in portals)
    assert demo().count("Nothing has changed") == 2
    assert [tree_bytes(portal) for portal in portals] == shown
