"""A publication to a CKAN that is killed at any step: nothing half is seen, and the next one
finishes or undoes what was begun.

The run dies for real (`os._exit`, so that nothing is tidied up) at each of its notes in the journal
and at what it does last: before, while and after it writes.
"""

from __future__ import annotations

import itertools
import json
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from div_opendata.publish import publisher as publishing
from div_opendata.publish.portal.ckan.journal import SETTLED, Journal
from div_opendata.publish.portal.ckan.portal import Ckan
from support.real_ckan import Instance
from support.story import DAY, ONE, Builds, Ends, Story, before_and_after, heal, published, small

AT_ONCE = 3
DIED = 99
STEPS = [(Journal, "note"), (publishing, "keep"), (Journal, "close")]
"""What a run writes on this computer, and what comes between is done on the portal."""


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    return before_and_after(tmp_path_factory.mktemp("workspaces"))


@pytest.fixture(scope="module")
def ends(ckan: Instance, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return published(ckan, builds, tmp_path_factory.mktemp("calm"))


@dataclass(frozen=True)
class Death:
    """When a run dies: at which step, and before, while or after it writes."""

    step: int
    moment: str


class Killed:
    """A publication in a process of its own that dies."""

    def __init__(self, story: Story, build: Path, death: Death) -> None:
        self.story = story
        self.death = death
        self._planned = story.root / "planned"
        self._pid = os.fork()
        if self._pid == 0:
            self._run(build)

    def _run(self, build: Path) -> None:
        status = 1
        try:
            for owner, name in STEPS:
                setattr(owner, name, self._fatal(getattr(owner, name)))
            self.story.publish(build, self._note_plan)
            status = 0
        except BaseException:
            traceback.print_exc()  # the parent shows it with the failure
        finally:
            os._exit(status)

    def _note_plan(self) -> None:
        reader = self.story.reader
        self._planned.write_bytes(pickle.dumps((reader.wanted, reader.allowed)))

    def _fatal(self, original: Callable[..., object]) -> Callable[..., object]:
        """A step that kills the run when its time has come."""

        def step(*arguments: Any, **options: Any) -> object:
            self._taken += 1
            if self._taken != self.death.step:
                return original(*arguments, **options)
            journal = self.story.journal
            length = journal.stat().st_size if journal.exists() else 0
            if self.death.moment != "before":
                original(*arguments, **options)
            if self.death.moment == "torn" and journal.exists():
                os.truncate(journal, (length + journal.stat().st_size) // 2)
            os._exit(DIED)

        return step

    _taken = 0

    def died(self) -> bool:
        """Whether it did, once it has ended; what it had planned is known then."""
        _, waited = os.waitpid(self._pid, 0)
        status = os.waitstatus_to_exitcode(waited)
        assert status in {0, DIED}, self.death
        self.story.now += DAY
        reader = self.story.reader
        reader.wanted, reader.allowed = pickle.loads(self._planned.read_bytes())
        return status == DIED


def deaths(moments: tuple[str, ...]) -> Iterator[list[Death]]:
    """Some at a time, without end."""
    steps = (Death(step, moment) for step in itertools.count(1) for moment in moments)
    while True:
        yield list(itertools.islice(steps, AT_ONCE))


def side_by_side(check: Callable[[Story, Death], None], killed: list[Killed]) -> None:
    """Look at some killed runs at a time, and let each city publish again."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {one.death: pool.submit(check, one.story, one.death) for one in killed}
    failures = {death: future.exception() for death, future in futures.items()}
    found = [
        f"{death}:\n{''.join(traceback.format_exception(error))}"
        for death, error in failures.items()
        if error
    ]
    assert not found, "\n".join(found)


def begun(story: Story) -> bool:
    """Whether the tool knows that a publication was not finished."""
    portal = Ckan("city", small(story.root, story.tables), story.ckan.api("office"))
    return portal.begun() is not None


def test_first_publication(ckan: Instance, tmp_path: Path) -> None:
    """Nothing of it is seen before all of it is there."""
    builds = before_and_after(tmp_path / "workspaces", ONE)
    (tmp_path / "calm").mkdir()
    ends = published(ckan, builds, tmp_path / "calm", ONE)

    def check(story: Story, death: Death) -> None:
        seen = story.reader.look()
        if any(seen.values()):
            story.reader.is_whole()
        there = story.reader.ids(office=True)
        if death.step > 1:
            assert begun(story) == story.journal.exists()
        heal(story, builds["before"], ends.states["before"], there)
        assert not begun(story)

    counted = 0
    for some in deaths(("torn", "after")):
        killed = [
            Killed(Story(ckan, tmp_path, tables=ONE), builds["before"], death) for death in some
        ]
        died = [one for one in killed if one.died()]
        side_by_side(check, died)
        counted += len(died)
        if len(died) < len(killed):
            break
    assert counted >= 2 * 14


def test_update(ckan: Instance, builds: Builds, ends: Ends, tmp_path: Path) -> None:
    """Each file is the old or the new one. Then the same is published, or what was there before."""
    cities = [Story(ckan, tmp_path) for _ in range(AT_ONCE)]
    for story in cities:
        story.calm(builds["before"])
        story.reader.rows = ends.rows
    ids = [story.reader.ids() for story in cities]
    shown = ["before"] * AT_ONCE
    counted = 0
    for some in deaths(("torn", "before", "after", "after, then back")):
        killed = []
        for number, death in enumerate(some):
            story = cities[number]
            story.reader.settle()
            other = "after" if shown[number] == "before" else "before"
            killed.append(Killed(story, builds[other], death))
            if "back" not in death.moment:
                shown[number] = other
        died = [one for one in killed if one.died()]

        def check(story: Story, _death: Death) -> None:
            number = cities.index(story)
            assert all(story.reader.look().values())
            name = shown[number]
            heal(story, builds[name], ends.states[name], ids[number])

        side_by_side(check, died)
        counted += len(died)
        if len(died) < len(killed):
            break
    assert counted >= 4 * 10


def test_a_line_that_was_cut_off_was_not_acted_upon(tmp_path: Path) -> None:
    """Nor does it spoil the next one."""
    journal = Journal(tmp_path / "home" / "journal.jsonl")
    assert journal.steps() == []
    journal.note("begun", date="2026-11-23")
    journal.note("upload", "div-votes", files={"votes": "0" * 64}, seen="…")
    whole = journal.steps()
    assert [step["step"] for step in whole] == ["begun", "upload"]
    content = journal.path.read_bytes()
    for length in range(len(content)):
        journal.path.write_bytes(content[:length])
        assert journal.steps() in (whole[:0], whole[:1], whole)
        journal.note(SETTLED, "div-votes")
        assert journal.steps()[-1] == {"step": SETTLED, "dataset": "div-votes"}
        assert journal.steps()[:-1] in (whole[:0], whole[:1], whole)


def test_what_is_no_step_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.path.write_bytes(b'\xff\n[]\n{"step": 1}\n{"step": "begun", "dataset": 2}\nnull\n')
    assert journal.steps() == []
    assert journal.doubts("files") == {}


def test_doubts_last_until_they_are_settled(tmp_path: Path) -> None:
    """Files and tables of each dataset; what was sent is known for ever."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.note("table", "a", tables=["x"])
    journal.note("upload", "a", files={"x": "1", "y": "2"})
    journal.note("upload", "b", files={"z": "3"})
    journal.note("upload", "a", files={"x": "4"})
    assert journal.doubts("files") == {"a": {"x", "y"}, "b": {"z"}}
    assert journal.doubts("tables") == {"a": {"x"}}
    journal.note(SETTLED, "a")
    assert journal.doubts("files") == {"b": {"z"}}
    assert journal.doubts("tables") == {}
    journal.close()
    assert journal.steps() == []
    assert journal.sent() == {"a": {"x": ["1", "4"], "y": ["2"]}, "b": {"z": ["3"]}}
    journal.close()
    assert json.loads(json.dumps(journal.sent()))["a"]["x"] == ["1", "4"]
