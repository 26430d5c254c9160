"""Assembling: checked tables → data packages on disk, the same bytes for the same records.

Only tables and fields of public schemas are written, in the order of their schemas, sorted by
primary key, and nothing that depends on when, where or from which kind of file. At the end the
privacy gate searches what was written (gate/), and frictionless validates it, as a researcher
would; what they find stops the release.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from div_opendata.base.disk import copy_file, write_file
from div_opendata.base.errors import Problem
from div_opendata.base.files import (
    BUILD_MARK,
    DESCRIPTOR,
    draft,
    is_foreign,
    json_bytes,
    keep,
    sha256,
    write_csv,
)
from div_opendata.base.finding import Finding, Place, code, errors
from div_opendata.base.i18n import Message
from div_opendata.base.language import LANGUAGES
from div_opendata.base.progress import Progress, quiet
from div_opendata.lottery import CHECKER
from div_opendata.standard.codelists import CodeList
from div_opendata.standard.descriptor import (
    CODES,
    Descriptor,
    checker_resource,
    file_resource,
    package_descriptor,
    pool_texts,
)
from div_opendata.standard.draw import pool_bytes
from div_opendata.standard.packages import Package
from div_opendata.standard.tables import Value, value_text

from .gate.judge import judge_bytes
from .metadata.facts import stated
from .readme import README, readme, readme_resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from div_opendata.standard.records import Record, Records, Table
    from div_opendata.workspace.settings import ReleaseSettings, Workspace

    from .gate.private import Private


@code("DIV209")
def invalid_package(place: Place, tool_says: str) -> Finding:
    """The finished package does not pass frictionless.

    Why: Researchers open the packages with frictionless; what it rejects would not be read.

    Do: Look at the table that it names. If its records are right, this is a mistake of
    div-opendata: please report it with the message.

    Wrong: a package of which frictionless says that a row is invalid

    Right: a package that `frictionless validate` finds valid
    """
    return Finding(
        Message(
            "frictionless, the tool of researchers, rejects the package: {reason}", reason=tool_says
        ),
        Message(
            "Look at the table that it names. If its records are right, please report this message."
        ),
        place,
    )


def assemble(records: Records, workspace: Workspace, progress: Progress = quiet) -> list[Finding]:
    """Write all packages into build/ and return what the privacy gate and frictionless find.

    If there is an error among it, or the run dies, build/ stays as it was; warnings and notes do
    not stop it. The caller holds the workspace (`Workspace.exclusively`). Raises Problem where
    build/ is not ours.
    """
    _refuse_foreign(workspace)
    builds = workspace.internal / "builds"
    with draft(builds) as folder:
        (folder / BUILD_MARK).touch()
        write_packages(records, workspace, folder)
        found = judge_bytes(folder, workspace, records=records)
        if not errors(found):  # frictionless quotes values, which may be private
            found += judge_packages(folder, workspace, progress)
        if not errors(found):
            keep(folder, workspace.build, builds)
    return found


def _refuse_foreign(workspace: Workspace) -> None:
    build = workspace.build
    if not build.is_symlink() and is_foreign(build, BUILD_MARK):
        raise Problem(
            Message("{folder} has other files in it.", folder=build),
            Message("Move them elsewhere: the data packages are written there."),
        )


def judge_records(
    records: Records, workspace: Workspace, *, private: Private | None = None
) -> list[Finding]:
    """What the privacy gate would find in the packages of these records; nothing stays behind.

    Rows that have findings of their own are in no package; their cells are judged as they are.
    """
    from div_opendata.standard.records import Records as Sound

    tables = {
        name: replace(table, records=list(table.sound)) for name, table in records.tables.items()
    }
    whole = all(
        table.complete and len(table.records) == len(records.tables[name].records)
        for name, table in tables.items()
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # the bundle would say the same again; the whole build is judged before it is published
        write_packages(Sound(tables, []), workspace, folder, bundle=False)
        return judge_bytes(folder, workspace, records=records, private=private, whole=whole)


def write_packages(
    records: Records, workspace: Workspace, folder: Path, *, bundle: bool = True
) -> None:
    """Write every package, the bundle included unless left out, into a folder of its own below
    `folder`."""
    for package in workspace.standard.packages.values():
        if package.bundle and not bundle:
            continue
        (folder / package.name).mkdir(parents=True)
        if package.bundle:
            for part in (p for p in workspace.standard.packages.values() if not p.bundle):
                _copy_tables(folder / part.name, folder / package.name)
        else:
            for name in package.tables:
                write_table(records.tables[name], folder / package.name / f"{name}.csv")
        _write_codes(workspace.standard.codelists_of(package), folder / package.name)
        pools = list(_pools(records)) if "lottery_tickets" in package.tables else []
        for lottery, leaves in pools:
            write_file(folder / package.name / f"pool-{lottery}.txt", leaves)
        if pools:
            copy_file(CHECKER, folder / package.name / CHECKER.name)
        descriptor = _descriptor(package, workspace, [lottery for lottery, _ in pools])
        descriptor["dcat"] = stated(package, workspace, records)
        descriptor["resources"] = descriptor.pop("resources")  # the longest comes last
        if package.bundle:
            write_file(folder / package.name / README, readme(descriptor, workspace.license))
        _measure(descriptor, folder / package.name, records)
        write_file(folder / package.name / DESCRIPTOR, json_bytes(descriptor))


def _copy_tables(source: Path, target: Path) -> None:
    for path in sorted(source.glob("*.csv")):
        copy_file(path, target / path.name)


def write_table(table: Table, path: Path) -> None:
    """Write a table as CSV with a header; an empty cell is a missing value."""
    write_csv(path, _rows(table))


def _rows(table: Table) -> Iterator[Iterable[str]]:
    fields = tuple(table.schema.fields)
    yield fields
    for record in sorted(table.records, key=lambda r: _sort_key(table, r)):
        withheld = table.schema.withheld(record.values)
        yield ["" if name in withheld else value_text(record.values.get(name)) for name in fields]


def _sort_key(table: Table, record: Record) -> tuple[Value, ...]:
    return tuple(record.values[name] for name in table.schema.primary_key)


def _write_codes(codelists: Iterable[CodeList], folder: Path) -> None:
    rows = [
        [codelist.name, entry.code, *entry.label.both()]
        for codelist in codelists
        for entry in sorted(codelist.codes.values(), key=lambda entry: entry.code)
    ]
    write_csv(folder / f"{CODES}.csv", [["list", "code", "de", "en"], *rows])


def _pools(records: Records) -> Iterator[tuple[str, bytes]]:
    """Each lottery with tickets, and its pool file."""
    leaves: dict[str, list[str]] = {}
    for record in records.tables["lottery_tickets"].records:
        leaves.setdefault(str(record.values["lottery_id"]), []).append(str(record.values["leaf"]))
    for lottery in sorted(leaves):
        yield lottery, pool_bytes(leaves[lottery])


def _descriptor(package: Package, workspace: Workspace, pools: Sequence[str]) -> Descriptor:
    """The package's descriptor with what the configuration says."""
    configuration = workspace.configuration
    publisher, release = configuration.publisher, configuration.release
    descriptor = package_descriptor(package, workspace.standard)
    descriptor["resources"] += [
        file_resource(f"pool-{lottery}", f"pool-{lottery}.txt", pool_texts(lottery))
        for lottery in pools
    ]
    if pools:
        descriptor["resources"].append(checker_resource(CHECKER.name))
    if package.bundle:
        descriptor["resources"].append(readme_resource())
    if release.notice:
        english = descriptor["translations"]["en"]
        descriptor["description"] += f" {release.notice.de}"
        english["description"] += f" {release.notice.en}"
    descriptor["keywords"] = _keywords(package, release)
    resources = descriptor.pop("resources")
    sources = [{"title": item.title, "path": item.path} for item in release.sources]
    return {
        **descriptor,
        "id": workspace.identifier(package.name),
        "licenses": [
            {
                "name": workspace.license.name,
                "path": workspace.license.url,
                "title": workspace.license.title.text("de" if release.language == "de" else "en"),
            }
        ],
        "attribution": release.attribution,
        "contributors": [
            {"title": publisher.name, "path": publisher.uri, "roles": ["publisher"]},
            {"title": publisher.contact, "email": publisher.mailbox, "roles": ["contact"]},
        ],
        "sources": sources or [{"title": publisher.name, "path": publisher.uri}],
        "resources": resources,
    }


def _keywords(package: Package, release: ReleaseSettings) -> list[str]:
    """A package's keywords, those in the language of the records first, the city's own among them;
    the bundle has those of all others."""
    lists = release.keywords.values() if package.bundle else [release.keywords.get(package.name)]
    own = [word for words in lists for word in words or ()]
    both = sorted(LANGUAGES, key=lambda language: language != release.language)
    words = [package.keywords[both[0]], own, *(package.keywords[one] for one in both[1:])]
    return list(dict.fromkeys(word for some in words for word in some))


def _measure(descriptor: Descriptor, folder: Path, records: Records) -> None:
    """Add bytes, hash and number of rows to each resource."""
    for resource in descriptor["resources"]:
        path = folder / resource["path"]
        resource["bytes"] = path.stat().st_size
        resource["hash"] = f"sha256:{sha256(path)}"
        if table := records.tables.get(resource["name"]):
            resource["rows"] = len(table.records)


def judge_packages(
    folder: Path, workspace: Workspace, progress: Progress = quiet
) -> Iterator[Finding]:
    """What frictionless finds wrong with the packages in `folder`."""
    from frictionless import FrictionlessException
    from frictionless import Package as Frictionless

    packages = workspace.standard.packages.values()
    for done, package in enumerate(packages):
        progress(package.name, done, len(packages))
        shown = Place(file=f"build/{package.name}/{DESCRIPTOR}")
        try:
            report = Frictionless(str(folder / package.name / DESCRIPTOR)).validate()
        except FrictionlessException as refused:  # it does not even take the descriptor
            yield from (invalid_package(shown, reason.message) for reason in refused.to_errors())
            continue
        for task in report.tasks:
            for error in task.errors:
                place = Place(file=f"build/{package.name}/{task.name}.csv", table=task.name)
                yield invalid_package(place, error.message)
        for error in report.errors:
            yield invalid_package(shown, error.message)
    progress("", len(packages), len(packages))
