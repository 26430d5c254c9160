"""One publication to a CKAN portal: each dataset is brought into the state that is wanted.

CREATE (private, with resource stubs), TABLES (DataStore), UPLOAD (one package_revise with all
changed files, which fails if somebody was faster), VERIFY (every changed file is read back), for
each dataset in turn; then TAIL (views, the loader's work); then RELEASE: what was new becomes
public when all of it is verified.

CKAN overwrites a file before it commits, and has no transaction over several datasets. So each
resource carries its `sha256`, the journal says which files are in doubt, and the next run looks at
the portal before it does anything.
"""

from __future__ import annotations

import copy
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from div_opendata.assemble.release import Release
from div_opendata.base.errors import Problem
from div_opendata.base.files import sha256
from div_opendata.base.i18n import Message
from div_opendata.base.progress import Progress
from div_opendata.base.verification import Check
from div_opendata.workspace.withdrawn import file_has_any, withdrawn

from . import datastore
from .answers import Refusal, Trouble
from .dataset import (
    DICTIONARY,
    UNFINISHED,
    Facts,
    Wanted,
    mediatype,
    ours,
    own_resources,
    own_update,
    tags_of,
    target_facts,
)
from .journal import BEGUN, SETTLED
from .site import Overtaken, Site, State, file_name
from .transport import Upload

BATCH = 64 << 20
"""Bytes of files that go up in one request; a larger file goes alone."""
LOOKS = 3
"""How often a file is read again that is not as it was sent: a cache may be in between."""
LOADER_LOOKS = 300
"""How often the loader's work is looked at, a second apart."""
LOADER_ASKS = 10
"""After how many looks the loader is asked whether it has given up."""


class Publication:
    """A release on its way to the portal. `doubts` and `tables` are the files and the tables, by
    dataset, that were found not to be as the portal says."""

    def __init__(
        self,
        site: Site,
        doubts: Mapping[str, set[str]],
        tables: Mapping[str, set[str]],
        progress: Progress,
    ) -> None:
        self._site = site
        self._doubts = doubts
        self._tables = tables
        self._progress = progress
        self._looks = LOADER_LOOKS

    def apply(self, release: Release) -> list[Check]:
        """Bring every dataset into the state that is wanted, in the release's order; what is new
        becomes public when all of it is verified."""
        day = {"date": self._site.now.date().isoformat()} if self._site.now else {}
        self._site.journal.note(BEGUN, **day)
        pairs = [self._site.wanted(dataset) for dataset in release.datasets]
        work = [pair for pair in pairs if not self._is_done(*pair)]
        meter = _Meter(self._progress, sum(self._bytes_to_send(*pair) for pair in work))
        checks: list[Check] = []
        sent: dict[str, list[str]] = {}
        for state, target in work:
            names = sent[state.name] = self._bring(state, target, meter)
            checks += self._verify(state, target, names)
            if not all(check.passed for check in checks):
                return checks
        for state, target in work:
            self._tail(state, target, sent[state.name])
        for state, target in work:
            if state.facts["private"]:
                self._release(state, target)
        return checks

    def _is_done(self, state: State, target: Wanted) -> bool:
        return (
            state.public
            and ours(state.facts, target, state.ids) == target_facts(target)
            and not self._doubts.get(state.name)
            and not self._tables.get(state.name)
            and not any(self._site.tables_gone(state, target))
        )

    def _to_send(self, state: State, target: Wanted) -> list[str]:
        """The files that the portal does not have as they shall be, the descriptor last."""
        resources = own_resources(state.seen, state.ids) if state.seen else {}
        doubts = self._doubts.get(state.name, set())
        if state.seen and state.seen["private"]:
            doubts = doubts | set(self._site.journal.doubts("files").get(state.name, ()))
        return [
            name
            for name, file in target.files.items()
            if name in doubts or resources.get(name, {}).get("sha256") != file.sha256
        ]

    def _bytes_to_send(self, state: State, target: Wanted) -> int:
        return sum(target.files[name].bytes for name in self._to_send(state, target))

    def _bring(self, state: State, target: Wanted, meter: _Meter) -> list[str]:
        """CREATE, TABLES and UPLOAD; the files that were sent."""
        if state.seen is None:
            self._create(state, target)
        self._extend(state, target)
        names = self._to_send(state, target)
        state.former = copy.deepcopy(state.facts)
        try:
            if self._set_up_tables(state, target, names) and not state.lock.get("version"):
                state.take(self._site.existing(state))
            self._upload(state, target, names, meter)
        except Refusal as refusal:
            left = self._undo(state, target, names)
            raise self._site.refused(refusal, state.name, left) from None
        except Overtaken:
            self._give_back(state, target, names)
            raise
        return names

    def _create(self, state: State, target: Wanted) -> None:
        """Make the dataset, private, with a stub for each file, which has its id for ever."""
        state.new = True
        stubs = [self._stub(state, target, name) for name in target.resources]
        data = {
            "name": state.name,
            "owner_org": self._site.settings.organization,
            "private": True,
            **own_update({}, target, ()),
            "version": UNFINISHED,
            "resources": stubs,
        }
        self._site.journal.note("create", state.name)
        unclear = False

        def look() -> Facts | None:
            nonlocal unclear
            unclear = True
            return self._site.show(state.name)

        try:
            seen = self._site.api.write("package_create", data, look)
        except Refusal as refusal:
            seen = self._site.show(state.name) if unclear and "name" in refusal.details else None
            if seen is None:
                if "name" in refusal.details:
                    raise self._site.overtaken(state) from None
                raise self._site.refused(refusal, state.name) from None
        if {stub["id"] for stub in stubs} != {item["id"] for item in seen["resources"]}:
            raise self._site.overtaken(state)
        state.take(seen)
        state.lock = {"version": UNFINISHED, "private": True}  # tables change metadata_modified

    def _stub(self, state: State, target: Wanted, name: str) -> Facts:
        """A resource without a file: a loader reads only what is uploaded to a resource."""
        texts = target.resources[name]
        unknown = {"sha256", "hash", DICTIONARY}
        known = {key: value for key, value in texts.items() if key not in unknown}
        return {"id": state.ids[name], **known}

    def _extend(self, state: State, target: Wanted) -> None:
        """Make stubs for files that the dataset does not have yet, and put them in order."""
        there = own_resources(state.facts, state.ids)
        stubs = [self._stub(state, target, name) for name in target.resources if name not in there]
        if not stubs:
            return
        state.new = True
        self._site.journal.note("extend", state.name)
        try:
            self._revise(
                state,
                lambda _seen: {"update__resources__extend": stubs},
                lambda seen: own_resources(seen, state.ids).keys() >= target.resources.keys(),
            )
            order = [state.identity(name) for name in target.resources]
            self._site.api.write(
                "package_resource_reorder",
                {"id": state.facts["id"], "order": order},
                look=lambda: None,
            )
        except Refusal as refusal:
            raise self._site.refused(refusal, state.name) from None
        state.take(self._site.existing(state))

    # --- TABLES -----------------------------------------------------------------------------------

    def _set_up_tables(self, state: State, target: Wanted, names: list[str]) -> bool:
        """Give each new or changed table its columns and, where no loader does, its rows; whether
        the dataset has changed by that."""
        if "datastore" not in self._site.extensions:
            return False
        resources = own_resources(state.facts, state.ids)
        changed = False
        for name, table in target.tables.items():
            resource, file = resources[name], target.files[name]
            exists = bool(resource.get("datastore_active"))
            fits = exists and resource.get(DICTIONARY) == table.digest
            wrong = not fits or name in self._tables.get(state.name, ())
            loaded = self._site.loads and name in names and not _is_empty(table, file.source)
            if wrong or name in names:
                self._site.journal.note("table", state.name, tables=[name])
            if wrong:
                datastore.set_up(self._site.api, resource["id"], table, exists=exists)
                changed = True
            if (wrong and exists) or ((wrong or name in names) and not loaded):
                datastore.fill(self._site.api, resource["id"], table, file.source)
        return changed

    # --- UPLOAD -----------------------------------------------------------------------------------

    def _upload(self, state: State, target: Wanted, names: list[str], meter: _Meter) -> None:
        """Send files, and with the last of them everything that is said of the dataset."""
        *early, last = _batches(names, target)
        hashes = {name: target.files[name].sha256 for name in names}
        self._site.journal.note(
            "upload", state.name, files=hashes, seen=state.facts["metadata_modified"]
        )
        for batch in early:
            self._send(state, target, batch, meter, lambda _seen: {})
        former = self._former_tags(state)

        def facts(seen: Facts) -> Facts:
            return {
                "filter": ["-tags", "-extras"],
                "update": own_update(seen, target, former),
                **{
                    f"update__resources__{state.identity(name)}": resource
                    for name, resource in target.resources.items()
                },
            }

        self._send(state, target, last, meter, facts)

    def _former_tags(self, state: State) -> set[str]:
        """Tags that the last release had: they were ours and may go."""
        return set(state.descriptor["keywords"]) if state.descriptor else set()

    def _send(
        self,
        state: State,
        target: Wanted,
        batch: list[str],
        meter: _Meter,
        facts: Callable[[Facts], Facts],
    ) -> None:
        files = {name: target.files[name] for name in batch}
        uploads = tuple(
            Upload(f"update__resources__{state.identity(name)}__upload", f.source, mediatype(f))
            for name, f in files.items()
        )

        def change(seen: Facts) -> Facts:
            hashes = {
                f"update__resources__{state.identity(name)}": {"sha256": file.sha256}
                for name, file in files.items()
            }
            return {**hashes, **facts(seen)}

        def done(seen: Facts) -> bool:
            if facts(seen):
                return ours(seen, target, state.ids) == target_facts(target)
            there = own_resources(seen, state.ids)
            return all(there[name].get("sha256") == file.sha256 for name, file in files.items())

        with meter.sending(state.name, sum(file.bytes for file in files.values())) as sent:
            self._revise(state, change, done, uploads, sent)

    def _revise(
        self,
        state: State,
        change: Callable[[Facts], Facts],
        done: Callable[[Facts], bool],
        uploads: tuple[Upload, ...] = (),
        sent: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        """Change a dataset if it still is as it was seen. Where it is not, look: what others have
        changed stays, and only if they have changed what is ours they win. Raises Refusal."""
        before = self._own(state, state.facts)

        def attempt() -> Facts:
            match = {"id": state.facts["id"], **state.lock}
            data = {"match": match, **change(state.facts)}
            try:
                answer = self._site.api.call("package_revise", data, uploads, sent)
            except Refusal as refusal:
                if not refusal.overtaken:
                    raise
                raise Trouble(Message("others keep changing the dataset")) from None
            return dict(answer["package"])

        def look() -> Facts | None:
            seen = self._site.existing(state)
            if done(seen):
                return seen
            if self._own(state, seen) != before:
                raise self._site.overtaken(state)
            state.take(seen)
            return None

        state.take(self._site.api.persist(attempt, look))

    def _own(self, state: State, seen: Facts) -> Facts:
        """Our files in a dataset, and what only publishing changes: who changed it was faster."""
        resources = own_resources(seen, state.ids)
        return {
            "private": seen["private"],
            "state": seen["state"],
            **{key: seen.get(key) for key in ("title", "notes", "version", "license_id")},
            **{name: item.get("sha256") for name, item in resources.items()},
        }

    def _undo(self, state: State, target: Wanted, names: list[str]) -> list[str]:
        """Bring back the last release's bytes after a refusal; the files that could not be.

        CKAN writes files before it commits: those before the one that it refused are new ones,
        under the old description. What was never public stays private and is left.
        """
        former = state.former
        if former["private"]:
            return []
        resources = own_resources(former, state.ids)
        taken_back = withdrawn(self._site.workspace)
        bring_back, left = {}, []
        for name in names:
            file = target.files[name]
            old = resources.get(name, {}).get("sha256")
            if old is None or self._site.found(state, name, file.path) == old:
                continue
            kept = self._site.kept(state, name, file.path)
            if kept.is_file() and sha256(kept) == old and not file_has_any(kept, taken_back):
                bring_back[name] = kept
            else:
                left.append(file.path)
        if bring_back:
            try:
                self._send_back(state, target, bring_back)
            except Refusal:
                left += [target.files[name].path for name in bring_back]
        try:
            self._fill_back(state, target, names)
        except Refusal:  # what the portal refuses to change it has not changed either
            left += [target.files[name].path for name in names if name in target.tables]
        if not left:
            self._site.journal.note(SETTLED, state.name)
        return left

    def _send_back(self, state: State, target: Wanted, files: Mapping[str, Path]) -> None:
        """Send the last release's files, with what was said of the dataset then."""
        former = state.former
        resources = own_resources(former, state.ids)
        uploads = tuple(
            Upload(f"update__resources__{state.identity(name)}__upload", path)
            for name, path in files.items()
        )
        facts = {
            f"update__resources__{state.identity(name)}": {
                key: resources[name].get(key, "") for key in target.resources[name]
            }
            for name in resources.keys() & target.resources.keys()
        }
        extras = {"extras": former.get("extras", [])}
        tags = {"tags": [{"name": tag} for tag in sorted(tags_of(former))]}
        update = {key: former.get(key, "") for key in target.facts} | extras | tags
        state.take(self._site.existing(state))
        self._revise(
            state,
            lambda _seen: {"filter": ["-tags", "-extras"], "update": update, **facts},
            lambda _seen: False,
            uploads,
        )

    def _fill_back(self, state: State, target: Wanted, names: list[str]) -> None:
        """Give tables that have the new rows already the last release's."""
        if "datastore" not in self._site.extensions or state.descriptor is None:
            return
        described = {resource["name"]: resource for resource in state.descriptor["resources"]}
        taken_back = withdrawn(self._site.workspace)
        for name in target.tables.keys() & described.keys() & set(names):
            kept = self._site.kept(state, name, target.files[name].path)
            digest = sha256(kept) if kept.is_file() else ""
            if f"sha256:{digest}" == described[name]["hash"] and digest not in taken_back:
                table = datastore.table_of(described[name])
                datastore.set_up(self._site.api, state.identity(name), table, exists=True)
                datastore.fill(self._site.api, state.identity(name), table, kept)

    def _give_back(self, state: State, target: Wanted, names: list[str]) -> None:
        """Give tables that have our rows already those of the files that the portal shows, where
        somebody else was faster; what cannot be done now is in the journal."""
        if "datastore" not in self._site.extensions:
            return
        state.take(self._site.existing(state))
        descriptor = self._site.descriptor(state) or {"resources": ()}
        described = {resource["name"]: resource for resource in descriptor["resources"]}
        taken_back = withdrawn(self._site.workspace)
        with (
            suppress(Refusal, FileNotFoundError, ValueError),
            tempfile.TemporaryDirectory() as folder,
        ):
            for name in target.tables.keys() & described.keys() & set(names):
                path = Path(folder) / f"{name}.csv"
                with path.open("wb") as stream:
                    stream.writelines(self._site.download(state, name, described[name]["path"]))
                if sha256(path) not in taken_back:
                    table = datastore.table_of(described[name])
                    datastore.set_up(self._site.api, state.identity(name), table, exists=True)
                    datastore.fill(self._site.api, state.identity(name), table, path)

    # --- VERIFY and RELEASE -----------------------------------------------------------------------

    def _verify(self, state: State, target: Wanted, names: list[str]) -> list[Check]:
        """Read back what was sent; all of it before it becomes public for the first time. Where
        it is not what was sent, the last release's bytes are brought back."""
        verified = list(target.files) if state.facts["private"] else names
        self._site.journal.note("verify", state.name)
        checks = []
        for name in verified:
            file = target.files[name]
            found = ""
            for look in range(LOOKS):
                found = self._site.found(state, name, file.path)
                if found == file.sha256:
                    break
                self._site.api.wait(float(look + 1))
            checks.append(Check(file_name(state, name, file.path), file.sha256, found))
        if all(check.passed for check in checks):
            self._site.journal.note(SETTLED, state.name)
        else:
            wrong = {name: target.files[name].sha256 for name in verified}
            self._site.journal.note("upload", state.name, files=wrong)
            self._undo(state, target, names)
        return checks

    def _release(self, state: State, target: Wanted) -> None:
        """Make public what was verified, if it still is that."""
        self._site.journal.note("release", state.name)
        hashes = {
            f"match__resources__{state.identity(name)}__sha256": file.sha256
            for name, file in target.files.items()
        }
        state.lock = {"private": True}
        try:
            self._revise(
                state,
                lambda _seen: {**hashes, "update": {"private": False}},
                lambda seen: not seen["private"],
            )
        except Refusal as refusal:
            raise self._site.refused(refusal, state.name) from None

    # --- TAIL -------------------------------------------------------------------------------------

    def _tail(self, state: State, target: Wanted, names: list[str]) -> None:
        """Views for new resources, and the loader's work: what is wrong here is told, and nothing
        stops for it."""
        try:
            if state.new or state.facts["private"]:  # a run that died may not have come to it
                self._site.api.write(
                    "package_create_default_resource_views",
                    {"package": state.facts, "create_datastore_views": True},
                    look=lambda: None,
                )
            loading = [name for name in names if target.files[name].path.endswith(".csv")]
            if self._site.loads and "datastore" in self._site.extensions and loading:
                self._await_loader(state, target, loading)
        except (Refusal, Problem) as error:
            reason = error.message if isinstance(error, Problem) else error.text()
            self._site.tell(
                Message(
                    "{dataset} is published; its tables on the portal may not be: {reason}",
                    dataset=state.name,
                    reason=reason,
                )
            )

    def _await_loader(self, state: State, target: Wanted, names: list[str]) -> None:
        """Wait until the loader has read the files: it says so by their MD5 as `hash`.

        This comes before RELEASE, for the loader writes a dataset back as it was when it began to
        read, private or not; and it takes the codes too, which are no table of ours.
        """
        waiting = {
            name: _md5(target.files[name].source)
            for name in names
            if name not in target.tables
            or not _is_empty(target.tables[name], target.files[name].source)
        }
        failed: set[str] = set()
        for look in range(self._looks):
            self._progress(f"{state.name}: DataStore", look, self._looks)
            state.take(self._site.existing(state))
            resources = own_resources(state.facts, state.ids)
            waiting = {n: md5 for n, md5 in waiting.items() if resources[n].get("hash") != md5}
            if look % LOADER_ASKS == LOADER_ASKS - 1:
                failed |= {name for name in waiting if self._has_failed(state.identity(name))}
            if not waiting.keys() - failed:
                break
            self._site.api.wait(1.0)
        self._progress("", self._looks, self._looks)
        if waiting.keys() - failed:
            self._looks = 1  # what keeps one dataset waiting so long keeps the others too
        if waiting:
            self._site.tell(
                Message(
                    "{dataset}: the portal has not loaded {tables}. `verify` tells whether it has;"
                    " if it lasts, tell those who run the portal.",
                    dataset=state.name,
                    tables=sorted(waiting),
                )
            )
        loaded = sorted((target.tables.keys() & set(names)) - waiting.keys())
        for check in self._site.table_checks(state, target, loaded):
            if not check.passed:
                self._site.tell(
                    Message(
                        "{name}: expected {expected}, found {found}",
                        name=check.name,
                        expected=check.expected,
                        found=check.found,
                    )
                )

    def _has_failed(self, identity: str) -> bool:
        """Whether the loader has given up a resource."""
        try:
            status = self._site.api.read("xloader_status", {"resource_id": identity})
        except Refusal:
            return False
        return bool(status.get("status") == "error")


class _Meter:
    """Bytes that were sent, of all that will be."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    @contextmanager
    def sending(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        """Tell of a request's bytes; what is sent again does not count twice."""

        def sent(count: int) -> None:
            self._progress(name, self._done + min(count, size), self._total)

        yield sent
        self._done += size


def _batches(names: list[str], target: Wanted) -> list[list[str]]:
    """Files that go up together, the descriptor in the last batch."""
    batches: list[list[str]] = [[]]
    room = BATCH
    for name in names:
        size = target.files[name].bytes
        if batches[-1] and size > room:
            batches.append([])
            room = BATCH
        batches[-1].append(name)
        room -= size
    return batches


def _is_empty(table: datastore.Table, path: Path) -> bool:
    return next(table.rows(path), None) is None


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
