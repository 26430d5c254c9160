"""Whatever goes wrong between the tool and a CKAN: nothing half is ever seen, and the next
publication ends where one without trouble would have.

Every request of a first publication and of an update is struck, and a reader without an account
looks whenever the portal has carried out a change, before the tool knows. Faults of the same effect
take turns where a case costs much: a reset connection, a 502 and silence all mean that nobody knows
whether anything was done, and are handled as one.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from div_opendata.base.errors import Problem
from support.faults import (
    DONE,
    DONE_LATE,
    NOT_DONE,
    PATIENCE,
    RETRY_AFTER,
    Answer,
    Fault,
    Proxy,
    Request,
)
from support.real_ckan import Instance
from support.story import (
    ONE,
    READING,
    Builds,
    Ends,
    Story,
    assembled,
    before_and_after,
    heal,
    published,
    rest,
)
from support.workspaces import RECORDS

WORKERS = 3
VIEWS = {"package_create_default_resource_views", "resource_view_create"}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    return before_and_after(tmp_path_factory.mktemp("workspaces"))


@pytest.fixture(scope="module")
def ends(ckan: Instance, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return published(ckan, builds, tmp_path_factory.mktemp("calm"))


@dataclass(frozen=True)
class Case:
    """One fault at one request, or at all from there on; afterwards the same is published again,
    or what was there before."""

    fault: Fault
    number: int
    lasting: bool = False
    back: bool = False

    def __str__(self) -> str:
        after = " and all after" if self.lasting else ""
        return f"{self.fault.name} at {self.number}{after}{', then back' if self.back else ''}"


def cases(actions: Sequence[str], *, every: bool) -> list[Case]:
    """All that can go wrong with a publication of these requests.

    Faults that are the same to tool and portal take turns, unless `every` one is asked for: those
    after which nothing has happened, those after which it has, and those after which it will; for
    a request that only reads these are all the same. There, but for `every`, one that passes takes
    turns with the 413, which ends the run as a portal does that is gone for good; so they do for a
    request that was made for another dataset before, but for package_revise: no two of these do
    the same.
    """
    found = []
    made: set[str] = set()
    passing = (*NOT_DONE, *DONE, *DONE_LATE)
    lasting = (*NOT_DONE, Fault.TOO_LARGE, *DONE)
    for number, action in enumerate(actions, 1):
        again = action in made and action != "package_revise"
        made.add(action)
        if action in READING and every:
            faults = {in_turn(passing, 2 * number), in_turn(passing, 2 * number + 1)}
            faults |= {Fault.TOO_LARGE} | ({Fault.CUT_ANSWER} if action == "file" else set())
        elif action in READING or (again and not every):
            faults = {in_turn(passing, number // 2) if number % 2 else Fault.TOO_LARGE}
        elif every:
            faults = {*passing, Fault.TOO_LARGE}
        else:
            faults = {in_turn(kind, number) for kind in (NOT_DONE, DONE, DONE_LATE)}
            faults |= {Fault.TOO_LARGE}
        found += [Case(fault, number) for fault in Fault if fault in faults]
        if every or action not in READING:
            found.append(Case(in_turn(lasting, number), number, lasting=True))
    return found


def in_turn(faults: Sequence[Fault], number: int) -> Fault:
    """One of the faults for each number."""
    return faults[number % len(faults)]


def strike(story: Story, proxy: Proxy, case: Case, build: Path, clean: int) -> Problem | None:
    """A publication in which something goes wrong: it goes on where that passes, and ends with one
    sentence where it lasts; after a bounded number of requests and pauses."""
    proxy.reset()
    proxy.strike(case.fault, case.number, lasting=case.lasting)
    problem = None
    try:
        _, checks = story.publish(build)
        assert all(check.passed for check in checks)
    except Problem as raised:
        problem = raised
        assert sentence(problem)
    story.reader.agree(proxy)
    struck = [request for request in proxy.requests if request.fault]
    assert struck[0].number == case.number
    if case.lasting:
        assert len(proxy.requests) - case.number <= 60
        assert len(proxy.waits) <= 60
    else:
        assert len(struck) == 1
        assert len(proxy.requests) <= clean + 5
        assert len(proxy.waits) <= 3
        if case.fault is not Fault.TOO_LARGE:
            assert problem is None
            asked = [RETRY_AFTER[n] for n in RETRY_AFTER if str(n) in case.fault.name]
            assert proxy.waits[0] == (asked or [1.0])[0]
    return problem


def all_pass(cases: Sequence[Case], worker: Callable[[Iterator[Case]], None]) -> None:
    """Try all cases, some at a time: each worker takes one after the other. A worker that fails is
    replaced."""
    left = iter(cases)
    lock = threading.Lock()
    taken: list[Case] = []
    failures: list[str] = []

    def work() -> None:
        mine: list[Case] = []

        def following() -> Iterator[Case]:
            while True:
                with lock:
                    case = next(left, None)
                if case is None:
                    return
                taken.append(case)
                mine.append(case)
                yield case

        while True:
            try:
                worker(following())
            except Exception:
                failures.append(f"{mine[-1]}:\n{traceback.format_exc()}")
            else:
                return

    with ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(work) for _ in range(WORKERS)]:
            future.result()
    text = "\n".join(failures)
    assert not failures, f"{len(failures)} of {len(cases)} fail:\n\n{text}"
    assert len(taken) == len(cases)


def test_every_fault_is_met() -> None:
    """Whatever takes turns has its turn, with requests that read and with those that change."""
    reads = cases(["file"] * 10, every=True)
    assert {case.fault for case in reads} == set(Fault)
    changes = cases(["package_revise"] * 16, every=False)
    assert {case.fault for case in changes} == set(Fault)
    every = cases(["package_revise"], every=True)
    assert {case.fault for case in every} == set(Fault)


def test_first_publication(ckan: Instance, tmp_path: Path) -> None:
    """Nothing of it is seen before all of it is verified. Views that the portal refuses to make are
    told of, and nothing stops for them: they are its own."""
    builds = before_and_after(tmp_path / "workspaces", ONE)
    (tmp_path / "calm").mkdir()
    ends = published(ckan, builds, tmp_path / "calm", ONE)

    def worker(queue: Iterator[Case]) -> None:
        with Proxy(ckan.plain) as proxy:
            for case in queue:
                story = Story(ckan, tmp_path, proxy, tables=ONE)
                before = builds["before"], ends.states["before"]
                if strike(story, proxy, case, builds["before"], len(ends.first)):
                    story.reader.look()
                    heal(story, *before, story.reader.ids(office=True))
                    continue
                refused = proxy.requests[case.number - 1].action if story.told else ""
                assert refused in {"", *VIEWS}
                assert bool(refused) == (
                    case.fault is Fault.TOO_LARGE and ends.first[case.number - 1] in VIEWS
                )
                rest(story, *before, {}, views=not refused)

    all_pass(cases(ends.first, every=False), worker)


def test_update(ckan: Instance, builds: Builds, ends: Ends, tmp_path: Path) -> None:
    """Each file is wholly the old or the new one. The cell is changed back and forth."""

    def worker(queue: Iterator[Case]) -> None:
        with Proxy(ckan.plain) as proxy:
            story = Story(ckan, tmp_path, proxy)
            story.calm(builds["before"])
            story.reader.rows = ends.rows
            ids = story.reader.ids()
            old, new = "before", "after"
            for case in queue:
                story.reader.settle()
                problem = strike(story, proxy, case, builds[new], len(ends.update))
                if problem:
                    story.reader.look()
                if not case.back:
                    old, new = new, old
                if problem:
                    heal(story, builds[old], ends.states[old], ids)
                else:
                    rest(story, builds[old], ends.states[old], ids)

    found = cases(ends.update, every=True)
    back = [replace(case, back=True) for case in found if case.lasting]
    all_pass(found + back, worker)


def update(story: Story, builds: Builds, ends: Ends) -> dict[str, str]:
    """Publish for the first time, and be about to update; the ids."""
    story.calm(builds["before"])
    story.reader.settle()
    story.reader.rows = ends.rows
    return story.reader.ids()


def sentence(problem: Problem) -> str:
    """What is wrong, which is one sentence, and there is a remedy."""
    text = problem.message.text("en")
    assert text.endswith(".")
    assert "\n" not in text
    assert problem.remedy.text("en").endswith(".")
    return text


def test_the_search_is_down(ckan: Instance, builds: Builds, ends: Ends, tmp_path: Path) -> None:
    """CKAN has then overwritten the files, and taken back what is said of them."""
    known = Story(ckan, tmp_path)
    ids = update(known, builds, ends)
    new = Story(ckan, tmp_path)
    ckan.stop("solr")
    try:
        for story, build in ((known, "after"), (new, "before")):
            with pytest.raises(Problem) as raised:
                story.publish(builds[build])
            assert "trouble" in sentence(raised.value)
        assert all(known.reader.look().values())
        assert not any(new.reader.look().values())
    finally:
        ckan.start("solr")
    heal(known, builds["after"], ends.states["after"], ids)
    heal(new, builds["before"], ends.states["before"], new.reader.ids(office=True))


@pytest.fixture
def narrow(ckan: Instance) -> Iterator[str]:
    """The portal by a site of its own, started as the others are, that takes no file of more than
    1 MB."""
    pid = json.loads((ckan.folder / "state.json").read_text("utf-8"))["plain"][0]
    *program, ini, _ = null_separated(f"/proc/{pid}/cmdline")
    environment = dict(pair.split("=", 1) for pair in null_separated(f"/proc/{pid}/environ"))
    settings = Path(ini).read_text("utf-8")
    limit = "ckan.max_resource_size = "
    assert f"{limit}2048\n" in settings
    own = ckan.folder / "narrow.ini"
    own.write_text(settings.replace(f"{limit}2048\n", f"{limit}1\n"), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    with (ckan.logs / "narrow.log").open("wb") as log:
        command = [*program, str(own), str(port)]
        site = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ckan.folder)
    try:
        while not is_up(url):
            assert site.poll() is None
            time.sleep(0.2)
        yield url
    finally:
        site.terminate()
        site.wait()


def null_separated(path: str) -> list[str]:
    return [item.decode() for item in Path(path).read_bytes().split(b"\0")[:-1]]


def is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}api/3/action/status_show", timeout=PATIENCE).ok
    except requests.ConnectionError:
        return False


def test_a_second_file_is_too_large(ckan: Instance, narrow: str, tmp_path: Path) -> None:
    """CKAN has then overwritten the first: the last release's is brought back."""
    tables = {"sessions": ("sessions", "priorities")}
    head = "id,session_id,rank,topic,action_field\n"
    row = "priority-{0},session-2026-1,{0},{1},mobility\n"
    few = head + row.format(1, "Radwege")
    many = few + "".join(row.format(number, "ä" * 300) for number in range(2, 2002))
    sessions = str(RECORDS["records/sessions.csv"])
    before = {"records/sessions.csv": sessions, "records/priorities.csv": few}
    after = {
        "records/sessions.csv": sessions.replace(",held,42", ",held,43"),
        "records/priorities.csv": many,
    }
    old = assembled(tmp_path / "before", before, tables)
    new = assembled(tmp_path / "after", after, tables)
    story = Story(ckan, tmp_path, address=narrow, tables=tables)
    story.calm(old)
    end, ids = story.reader.end()
    story.reader.settle()
    with pytest.raises(Problem) as raised:
        story.publish(new)
    assert "more than the portal takes" in sentence(raised.value)
    assert all(story.reader.look().values())
    story.reader.go_back()
    assert story.reader.end() == (end, ids)
    rest(story, old, end, ids)
    story.address = ckan.plain
    story.calm(new)
    assert story.reader.end()[1] == ids


@pytest.mark.parametrize("first", [True, False])
def test_readers_get_something_else(
    ckan: Instance, builds: Builds, ends: Ends, tmp_path: Path, *, first: bool
) -> None:
    """What a cache or a broken disk makes of a file is noticed before it is relied upon: a first
    publication stays private, after an update the last release's bytes come back."""
    with Proxy(ckan.plain) as proxy:
        story = Story(ckan, tmp_path, proxy)
        ids = {} if first else update(story, builds, ends)
        proxy.reset()

        def answer(request: Request, forward: Callable[[], Answer]) -> Answer:
            found = forward()
            if request.action == "file" and request.path.endswith("sessions.csv"):
                return replace(found, body=found.body.replace(b"held", b"hold"))
            return found

        proxy.answer = answer
        build, end = ("before" if first else "after"), ends.states
        _, checks = story.publish(builds[build])
        proxy.answer = None
        story.reader.agree(proxy)
        assert [c.name for c in checks if not c.passed] == ["sessions/sessions.csv"]
        seen = story.reader.look()
        if first:
            assert not any(seen.values())
            ids = story.reader.ids(office=True)
        else:
            story.reader.go_back()
            assert story.reader.end()[0] == end["before"]
        heal(story, builds[build], end[build], ids)
