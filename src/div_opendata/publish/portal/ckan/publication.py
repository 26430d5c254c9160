"""One publication to a CKAN portal: each dataset is brought into the state that is wanted.

CREATE (private, with resource stubs), TABLES (DataStore), UPLOAD (one package_revise with all
changed files, which fails if somebody was faster), VERIFY (every changed file is read back), for
each dataset in turn; then TAIL (views, the loader's work); then RELEASE: what was new becomes
public when all of it is verified. Each step is a module of steps/ (docs/decisions/ckan-order.md).

CKAN overwrites a file before it commits, and has no transaction over several datasets. So each
resource carries its `sha256`, the journal says which files are in doubt, and the next run looks at
the portal before it does anything.
"""

from __future__ import annotations

import copy

from div_opendata.assemble.release import Release
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check

from .answers import Refusal
from .dataset import Wanted, groups_of, ours, target_facts
from .journal import BEGUN
from .readers import tables_gone
from .site import Site
from .state import Overtaken, State
from .steps.create import create, extend
from .steps.doubles import remove_doubles
from .steps.make_public import make_public
from .steps.tables import set_up_tables
from .steps.tail import Tail
from .steps.undo import give_back_tables, undo
from .steps.upload import Meter, to_send, upload
from .steps.verify import verify


def publish(site: Site, release: Release, progress: Progress) -> list[Check]:
    """Bring every dataset into the state that is wanted, in the release's order; what is new
    becomes public when all of it is verified."""
    day = {"date": site.now.date().isoformat()} if site.now else {}
    site.journal.note(BEGUN, **day)
    pairs = [site.wanted(dataset) for dataset in release.datasets]
    work = [pair for pair in pairs if not _is_done(site, *pair)]
    _check_groups(site, work)
    size = sum(
        target.files[name].bytes for state, target in work for name in to_send(site, state, target)
    )
    meter = Meter(progress, size)
    checks: list[Check] = []
    sent: dict[str, list[str]] = {}
    for state, target in work:
        names = sent[state.name] = _bring(site, state, target, meter)
        checks += verify(site, state, target, names)
        if not all(check.passed for check in checks):
            return checks
        remove_doubles(site, state)
    tail = Tail(site, progress)
    for state, target in work:
        checks += tail.finish(state, target, sent[state.name])
    for state, target in work:
        if state.facts["private"]:
            make_public(site, state, target)
    return checks


def _check_groups(site: Site, work: list[tuple[State, Wanted]]) -> None:
    """Raise Problem where the account may not use a group that is configured, before a dataset is
    made; tell it where datasets are there: what they show is put right without."""
    lacking = [
        set(target.groups) - (groups_of(state.seen) if state.seen else set())
        for state, target in work
    ]
    if not any(lacking) or not (outside := set().union(*lacking) - site.account.groups):
        return
    problem = site.account.outside(outside)
    if any(state.seen is None for state, _ in work):
        raise problem
    site.tell(Message("{problem} {remedy}", problem=problem.message, remedy=problem.remedy))


def _is_done(site: Site, state: State, target: Wanted) -> bool:
    return (
        state.public
        and ours(state.facts, target, state.ids) == target_facts(target)
        and not state.doubts
        and not state.wrong_tables
        and not state.doubles
        and not tables_gone(site, state, target)
    )


def _bring(site: Site, state: State, target: Wanted, meter: Meter) -> list[str]:
    """CREATE, TABLES and UPLOAD; the files that were sent."""
    if state.seen is None:
        create(site, state, target)
    extend(site, state, target)
    names = to_send(site, state, target)
    state.former = copy.deepcopy(state.facts)
    try:
        if set_up_tables(site, state, target, names) and not state.lock.get("version"):
            state.take(site.existing(state))
        upload(site, state, target, names, meter)
    except Refusal as refusal:
        left = undo(site, state, target, names)
        raise site.account.refused(refusal, state.name, left) from None
    except Overtaken:
        give_back_tables(site, state, target, names)
        raise
    return names
