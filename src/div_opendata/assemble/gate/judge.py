"""Go through a folder of finished files and judge each by its kind.

It is done over the packages that `assemble` wrote, and once more over a release with the pages of a
portal. Nothing unknown passes: a file is judged by its name, a column, a property of a descriptor
and every value of a table that is no free text by the public schemas, and what is copied from the
standard must be as it is there. Then every byte is searched for what private/ holds, and free text
for contact data.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from pathlib import Path

from div_opendata.base.disk import TEXT_LIMIT, read_file, read_text
from div_opendata.base.files import tree
from div_opendata.base.finding import Finding, Place, errors
from div_opendata.base.i18n import Message
from div_opendata.standard.records import Records
from div_opendata.workspace.settings import CONFIGURATION, Workspace

from ..release import BUNDLE_ZIP
from .ballots import judge_ballots
from .div7xx_bytes import leak, unknown_content
from .files import File, FileKind, file_kind
from .kinds.archive import judge_archive
from .kinds.catalogues import judge_catalogue, judge_data
from .kinds.copies import judge_codes, judge_copy, judge_pool
from .kinds.derived import Derived
from .kinds.descriptors import judge_descriptor, judge_versions
from .kinds.pages import Pages
from .kinds.tables import Tables
from .known import Known
from .leaks import Leaks
from .left_out import judge_left_out
from .made import Made
from .private import Private, read_private
from .search import Needles


def judge_bytes(
    folder: Path,
    workspace: Workspace,
    *,
    records: Records | None = None,
    private: Private | None = None,
    shown: str = "build",
    whole: bool = False,
) -> list[Finding]:
    """What must not be published of the files in `folder`: a build, or a release with its pages.

    `records` let findings point to the office's cells, and what is in them and in no file, because
    something else is wrong with it, is judged, too. `private` is read from the workspace unless
    given. `shown` is what the folder is called in places. What is wrong with the private files
    themselves is found, too: what cannot be read cannot be searched for. Where the folder has the
    `whole` of the records and no error is found, an accepted false alarm that is not found any more
    is a warning. Sorted by place.
    """
    private = private or read_private(workspace)
    settings = read_text(workspace.root / CONFIGURATION, TEXT_LIMIT, workspace.root)
    mailbox = workspace.configuration.publisher.mailbox
    leaks = Leaks(Needles(private), private.accepted, settings, mailbox, Made(folder))
    known = Known(workspace.standard)
    derived = Derived(folder, workspace, leaks)
    listed = [*private.findings, *_walk(folder, shown, records, leaks, known, derived)]
    if records:
        listed += [*judge_left_out(records, leaks), *judge_ballots(records, leaks)]
    found = list({(f.code, f.place, f.message.text("en")): f for f in listed}.values())
    if whole and not errors(found):
        codelists = workspace.standard.codelists.values()
        codes = (code for codelist in codelists for code in codelist.codes.values())
        found += leaks.idle(text for code in codes for text in code.description.both())
    return sorted(found, key=lambda finding: finding.sort_key())


def _walk(
    folder: Path,
    shown: str,
    records: Records | None,
    leaks: Leaks,
    known: Known,
    derived: Derived,
) -> Iterator[Finding]:
    """Everything found in a folder, file by file."""
    judges = _judges(folder, records, leaks, known, derived)
    for name in tree(folder):
        path, place = folder / name, _place(name, shown, leaks)
        for secret in leaks.needles.search(name):
            yield leak(secret, place)
        kind = file_kind(name, known.standard)
        if kind is None:
            what = Message("This file is none that is published: {name}", name=place.file)
            yield unknown_content(place, what)
        if path.name == BUNDLE_ZIP:
            yield from judge_archive(path, folder, place, leaks, known.standard)
            continue
        text = yield from _text(path, place)
        if kind is None:
            yield from leaks.anything(text, place)
        else:
            yield from judges[kind](File(name, place, text))


def _judges(
    folder: Path, records: Records | None, leaks: Leaks, known: Known, derived: Derived
) -> Mapping[FileKind, Callable[[File], Iterator[Finding]]]:
    """How a file with a text is judged, by its kind."""
    return {
        "table": Tables(known.standard, records, leaks).judge,
        "codes": partial(judge_codes, leaks=leaks, known=known),
        "pool": partial(judge_pool, leaks=leaks),
        "copy": partial(judge_copy, leaks=leaks),
        **dict.fromkeys(("readme", "citation"), derived.judge),
        "descriptor": partial(judge_descriptor, leaks=leaks, known=known),
        "versions": partial(judge_versions, leaks=leaks),
        "catalogue": partial(judge_catalogue, leaks=leaks, known=known),
        "data": partial(judge_data, leaks=leaks, known=known),
        "page": Pages(folder, leaks, known).judge,
    }


def _place(name: str, shown: str, leaks: Leaks) -> Place:
    """The place of a file; a name that is private is left out of it."""
    while name and leaks.needles.search(name):
        name = name.rpartition("/")[0]
    return Place(file=f"{shown}/{name}".rstrip("/"))


def _text(path: Path, place: Place) -> Generator[Finding, None, str]:
    """The text of a file; one that is not in UTF-8 is searched as well as may be."""
    content = read_file(path)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        yield unknown_content(place, Message("This file is not in UTF-8."))
        return content.decode("utf-8", errors="replace")
