"""Privacy as a gate: the finished bytes are searched, whatever was meant to be written.

It runs over the packages that `assemble` wrote, and once more over a release with the pages of a
portal. Nothing unknown passes: a file is judged by its name, a column, a property of a descriptor
and every value of a table that is no free text by the public schemas, and what is copied from the
standard must be as it is there. Then every byte is searched for what private/ holds, and free text
for contact data.

A finding points to the cell of the office's records that the text came from, else to the file. A
value from private/ is never shown.

The hash by which the office accepts a false alarm of DIV705 is the SHA-256, in lower-case hex, of
the UTF-8 text `DIV705|<table>|<record>|<field>|<passage>`: the passage as the finding quotes it.
Outside of tables, in descriptors and pages, table, record and field are empty.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from div_opendata.base.files import BUILD_MARK, DESCRIPTOR, VERSIONS, tree
from div_opendata.base.finding import Finding, Place, errors, shortened
from div_opendata.base.i18n import LOCALE, Message
from div_opendata.check.findings import idle_acceptance
from div_opendata.lottery import CHECKER
from div_opendata.standard.descriptor import CODES, package_descriptor
from div_opendata.standard.packages import Package, source
from div_opendata.workspace.settings import CONFIGURATION

from ..metadata import catalogue
from ..metadata.facts import OWN_TEXTS
from ..release import BUNDLE_ZIP
from ..site import QUOTED
from .contact import KINDS, Kind, contacts
from .findings import (
    KIND_NAMES,
    MESSAGES,
    WARNED,
    contact_data,
    finding_hash,
    private_data,
    unknown_content,
)
from .folding import decoded, folded, page_text, words
from .forms import (
    LEAVES,
    PAGES,
    POOL,
    PROPERTIES,
    SCRIPT,
    UNSAID,
    VERSIONS_FORM,
    beyond,
    csv_rows,
    free_texts,
    otherwise,
    strings,
)
from .private import Private, read_private
from .search import Needles, Secret
from .tables import TableJudge

if TYPE_CHECKING:
    from div_opendata.standard.packages import Standard
    from div_opendata.standard.records import Records
    from div_opendata.workspace.settings import Workspace

_HERE = Path(__file__).parents[1]


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

    `records` let findings point to the office's cells. `private` is read from the workspace unless
    given. `shown` is what the folder is called in places. What is wrong with the private files
    themselves is found, too: what cannot be read cannot be searched for. Where the folder has the
    `whole` of the records and no error is found, an accepted false alarm that is not found any more
    is a warning. Sorted by place.
    """
    gate = Gate(folder, workspace, records, private or read_private(workspace), shown)
    found = gate.judge()
    if whole and not errors(found):
        found += gate.idle()
    return sorted(found, key=lambda finding: finding.sort_key())


class Gate:
    """One run over a folder."""

    def __init__(
        self,
        folder: Path,
        workspace: Workspace,
        records: Records | None,
        private: Private,
        shown: str,
    ) -> None:
        self._folder = folder
        self._workspace = workspace
        self.records = records
        self._private = private
        self.needles = Needles(private)
        self._shown = shown
        self._judged: set[tuple[str, bytes]] = set()
        self._used: set[str] = set()
        self._settings = (workspace.root / CONFIGURATION).read_text(encoding="utf-8-sig")

    @property
    def _standard(self) -> Standard:
        return self._workspace.standard

    def judge(self) -> list[Finding]:
        """Everything found, each once."""
        found = list(self._private.findings)
        for name in tree(self._folder):
            found += self._judge_file(name)
        unique = {(f.code, f.place, f.message.text("en")): f for f in found}
        return list(unique.values())

    def idle(self) -> Iterator[Finding]:
        """Accepted false alarms that nothing gives any more; after `judge`.

        What only the pages show, which are not made yet, is looked for where they have it from.
        """
        idle = self._private.accepted.keys() - self._used
        if not idle:
            return
        codes = (c for listed in self._standard.codelists.values() for c in listed.codes.values())
        texts = [self._settings, *(text for c in codes for text in c.description.both())]
        idle -= {finding_hash("", "", "", found.text) for t in texts for found in contacts(t)}
        for digest in idle:
            yield idle_acceptance(self._private.accepted[digest])

    def _judge_file(self, name: str) -> Iterator[Finding]:
        path = self._folder / name
        place = self._place(name)
        for secret in self.needles.search(name):
            yield self.leak(secret, place)
        judge = self._judge_of(name)
        if judge is None:
            what = Message("This file is none that is published: {name}", name=place.file)
            yield unknown_content(place, what)
            judge = self._judge_unknown
        if path.name == BUNDLE_ZIP:
            yield from self._judge_zip(path, place)
            return
        content = path.read_bytes()
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            yield unknown_content(place, Message("This file is not in UTF-8."))
            text = content.decode("utf-8", errors="replace")
        yield from judge(name, place, text)

    def _place(self, name: str) -> Place:
        """The place of a file; a name that is private is left out of it."""
        while name and self.needles.search(name):
            name = name.rpartition("/")[0]
        return Place(file=f"{self._shown}/{name}".rstrip("/"))

    def _judge_of(self, name: str) -> Callable[[str, Place, str], Iterator[Finding]] | None:
        """How a file is judged; None where no such file is published."""
        folder, _, file = name.rpartition("/")
        if file in PAGES and folder in {"", *self._standard.packages}:
            return self._judge_page
        if not folder:
            return {
                BUNDLE_ZIP: self._judge_unknown,
                VERSIONS: self._judge_versions,
                **dict.fromkeys(catalogue.FILES, self._judge_catalogue),
                catalogue.DATA_JSON: self._judge_data,
                BUILD_MARK: self._judge_copy,
                "style.css": self._judge_copy,
            }.get(file)
        if folder == "schemas":
            public = {f"{table.name}.schema.json" for table in self._standard.public}
            return self._judge_copy if file in public else None
        if folder not in self._standard.packages:
            return None
        package = self._standard.packages[folder]
        if file == DESCRIPTOR:
            return self._judge_descriptor
        if file == f"{CODES}.csv":
            return self._judge_codes
        if "lottery_tickets" in package.tables and POOL.fullmatch(file):
            return self._judge_pool
        if "lottery_tickets" in package.tables and file == CHECKER.name:
            return self._judge_copy
        table, dot, ending = file.partition(".")
        return self._judge_table if (table in package.tables and dot + ending == ".csv") else None

    # --- what is searched for

    def leak(self, secret: Secret, place: Place) -> Finding:
        """The finding of something private at a place."""
        finding = private_data(replace(place, value=None), MESSAGES[secret.kind](secret))
        return replace(finding, severity="warning") if secret.kind in WARNED else finding

    def _leaks(self, text: str, place: Place) -> Iterator[Finding]:
        for secret in self.needles.search(text):
            yield self.leak(secret, place)

    def contacts(
        self, text: str, place: Place, kinds: tuple[Kind, ...] = KINDS, *, hidden: bool = False
    ) -> Iterator[Finding]:
        """Contact data in a text; `hidden` where the text has something private in it, too.

        A passage with something private in it is neither shown nor can it be accepted: its hash
        would let people try names.
        """
        key = (place.table or "", place.record or "", place.field or "")
        secrets = self.needles.search(text) if hidden else set()
        grave = any(secret.kind not in WARNED for secret in secrets)
        for contact in contacts(text, kinds):
            if contact.text == self._workspace.configuration.publisher.mailbox:
                continue  # the portal names it for everybody
            here = replace(place, value=None) if hidden else place
            kind = KIND_NAMES[contact.kind]
            if grave or (hidden and self.needles.search(contact.text)):
                yield contact_data(here, kind, "…", None)
                continue
            digest = finding_hash(*key, contact.text)
            finding = contact_data(here, kind, contact.text, digest)
            if digest in self._private.accepted:
                self._used.add(digest)
                finding = replace(
                    finding,
                    message=Message(
                        "{message} It is accepted as a false alarm.", message=finding.message
                    ),
                    remedy=Message("Nothing is to be done."),
                    severity="note",
                )
            yield finding

    def _texts(self, texts: Iterable[str], place: Place) -> Iterator[Finding]:
        """Texts of a descriptor or page that the standard does not have: the configuration's."""
        for text in texts:
            own = Place(file=CONFIGURATION) if text in self._settings else place
            secrets = self.needles.search(text)
            yield from (self.leak(secret, own) for secret in secrets)
            for finding in self.contacts(text, own, hidden=bool(secrets)):
                known = str(finding.message.values.get("passage")) in self._settings
                yield replace(finding, place=Place(file=CONFIGURATION)) if known else finding

    # --- files

    def _judge_unknown(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        yield from self._leaks(text, place)
        yield from self.contacts(text, place)

    def _judge_copy(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        """A file that is the same for all cities."""
        file = name.rpartition("/")[2]
        if name.startswith("schemas/"):
            expected = (source("schemas") / file).read_bytes()
        elif file == BUILD_MARK:
            expected = b""
        elif file == CHECKER.name:
            expected = CHECKER.read_bytes()
        else:
            expected = (_HERE / "site" / file).read_bytes()
        if text.encode().replace(b"\r\n", b"\n") != expected.replace(b"\r\n", b"\n"):
            yield unknown_content(place, Message("This file is not as it comes with div-opendata."))
            yield from self._judge_unknown(name, place, text)

    def _judge_pool(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        if not LEAVES.fullmatch(text.encode("utf-8", "replace")):
            yield unknown_content(place, Message("This pool has more in it than leaves."))
            yield from self.contacts(text, place)
        yield from self._leaks(text, place)

    def _judge_codes(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        package = self._standard.packages[name.partition("/")[0]]
        known = {("list", "code", "de", "en")} | {
            (codelist.name, entry.code, *entry.label.both())
            for codelist in self._standard.codelists_of(package)
            for entry in codelist.codes.values()
        }
        for row, cells in csv_rows(text):
            here = replace(place, row=row, table=CODES)
            if tuple(cells) not in known:
                yield unknown_content(here, Message("No code list has this row."))
            for cell in cells:  # also of a list of the city's own
                yield from self.contacts(cell, here)
        for secret in self.needles.search(text):
            if secret.kind != "surname" or secret in self._uncommon(text):
                yield self.leak(secret, place)

    def _judge_page(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        found = SCRIPT.search(text)
        read = page_text(text[: found.start()] + text[found.end() :] if found else text)
        if "<script" in (text[: found.start()] + text[found.end() :] if found else text):
            yield unknown_content(place, Message("This page has a program in it."))
        if found:
            document = yield from self._parse(found.group(1), place)
            yield from self._unknown_properties(document, catalogue.PAGE_FORM, place)
            read = "\n".join([read, *free_texts(document)])
        for secret in self.needles.search(text) | self.needles.search(read):
            # tags are no text, and the words of every page no surname
            if secret.kind == "surname" and secret not in self._uncommon(read):
                continue
            yield self.leak(secret, place)
        hidden = bool(self.needles.search(read))
        for part in {read, decoded(text)}:
            kinds: tuple[Kind, ...] = KINDS if part == read else ("email", "iban")
            for finding in self.contacts(part, place, kinds, hidden=hidden):
                passage = str(finding.message.values.get("passage", ""))
                if passage not in self._said and passage not in self._quoted:
                    yield finding

    def _uncommon(self, text: str) -> set[Secret]:
        """What is found in a page by words that are not of all pages."""
        kept = [word for word in words(folded(text)) if word not in self._vocabulary]
        return self.needles.search(" ".join(kept))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """The words of the standard's own texts and of the pages' templates, in both languages."""
        texts = [*self._said_texts]
        texts += [path.read_text(encoding="utf-8") for path in (_HERE / "site").rglob("*.html")]
        texts += [path.read_bytes().decode("utf-8", "replace") for path in LOCALE.rglob("*.mo")]
        return frozenset(word for text in texts for word in words(folded(text)))

    @cached_property
    def _descriptors(self) -> Mapping[str, Mapping[str, Any]]:
        """What the standard itself says of each package: its texts are nobody's."""
        return {
            package.name: package_descriptor(package, self._standard)
            for package in self._standard.packages.values()
        }

    @cached_property
    def _said_texts(self) -> frozenset[str]:
        """Every text of it."""
        described = (t for document in self._descriptors.values() for _, t in strings(document))
        labels = [*OWN_TEXTS.values()]
        labels += [
            (t.title, t.description) for t in (self._standard.catalog, self._standard.series)
        ]
        return frozenset(described) | {
            text for pair in labels for label in pair for text in label.both()
        }

    @cached_property
    def _said(self) -> str:
        """The same as one text: what looks like contact data in it is none."""
        return "\n".join(sorted(self._said_texts))

    @cached_property
    def _quoted(self) -> frozenset[str]:
        """The passages that were accepted in a cell which pages quote."""
        return frozenset(
            contact.text
            for key, cell in self._quoted_cells()
            for contact in contacts(cell)
            if finding_hash(*key, contact.text) in self._private.accepted
        )

    def _quoted_cells(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        """Each cell that pages may quote, with its table, record and field."""
        for package in self._standard.packages.values():
            for name in {*QUOTED} & {*package.tables} if not package.bundle else ():
                path = self._folder / package.name / f"{name}.csv"
                rows = list(csv_rows(path.read_text("utf-8", "replace"))) if path.is_file() else []
                for _, row in rows[1:]:
                    values = dict(zip(rows[0][1], row, strict=False))
                    parts = [
                        values.get(field, "") for field in self._standard.tables[name].primary_key
                    ]
                    for field, cell in values.items():
                        yield (name, "/".join(parts), field), cell

    def _judge_data(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        """The catalogue for portals that read nothing but data.json."""
        document = yield from self._parse(text, place)
        yield from self._unknown_properties(document, catalogue.DATA_FORM, place)
        others = [value for key, value in strings(document) if key not in catalogue.FREE_TEXTS]
        yield from self._judge_said(text, free_texts(document), others, place)

    def _judge_catalogue(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        """The catalogue as RDF: only terms of the mapping, and nothing beside the graph."""
        from rdflib import Literal

        from ..metadata import graph

        ending, content = name.rpartition(".")[2], text.encode("utf-8", "replace")
        try:
            plain, found = graph.is_plain(content, ending), graph.read(content, ending)
        except ValueError:
            yield unknown_content(place, Message("This file is no catalogue."))
            yield from self._judge_unknown(name, place, text)
            return
        if not plain:
            yield unknown_content(place, Message("This file has more in it than a catalogue."))
            yield from self.contacts(text, place, ("email",))
        known = graph.terms()
        said: set[str] = set()
        others: set[str] = set()
        for subject, predicate, value in found:
            typed = str(value) if str(predicate) == graph.TYPE else None
            for used in {str(predicate), typed} - known - {None}:
                yield unknown_content(
                    place, Message("This property is unknown: {name}", name=self.safe(str(used)))
                )
            words = isinstance(value, Literal) and value.datatype is None
            (said if words else others).add(str(value))
            others.add(str(subject))
        yield from self._judge_said(text, sorted(said), sorted(others), place)

    def _judge_said(
        self, text: str, said: Iterable[str], others: Iterable[str], place: Place
    ) -> Iterator[Finding]:
        """A catalogue's file with the words in it, and what is no word: addresses, codes, times."""
        said = list(said)
        known = self._said_texts
        yield from self._texts((words for words in said if words not in known), place)
        for value in others:
            yield from self.contacts(decoded(value), place, ("email",))
        told = {secret for words in said if words not in known for secret in self._uncommon(words)}
        for secret in self.needles.search(text) - told:
            if secret.kind != "surname":  # the standard's own words are nobody's surname
                yield self.leak(secret, place)

    def _judge_versions(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        document = yield from self._parse(text, place)
        yield from self._unknown_properties(document, VERSIONS_FORM, place)
        yield from self._leaks(text, place)
        yield from self._texts((value for _, value in strings(document)), place)

    def _judge_descriptor(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        package = self._standard.packages[name.partition("/")[0]]
        document = yield from self._parse(text, place)
        yield from self._unknown_properties(document, PROPERTIES, place)
        if not isinstance(document, dict):
            return
        standard = self._descriptors[package.name]
        known = {resource["name"]: resource for resource in standard["resources"]}
        own = list(strings(otherwise(document, standard)))
        resources = document.get("resources")
        for resource in resources if isinstance(resources, list) else []:
            if isinstance(resource, dict):
                yield from self._judge_resource(resource, package, place)
                own += strings(otherwise(resource, known.get(resource.get("name"), {})))
        free = [value for key, value in own if key not in UNSAID]
        yield from self._texts(free, place)
        others = [value for key, value in own if key in UNSAID]
        for value in others:
            yield from self.contacts(value, place, ("email",))
        told = {secret for value in free for secret in self.needles.search(value)}
        for secret in self.needles.search(text) - told:
            if secret.kind != "surname":  # the standard's own words are nobody's surname
                yield self.leak(secret, place)

    def _judge_resource(
        self, resource: Mapping[str, Any], package: Package, place: Place
    ) -> Iterator[Finding]:
        """A resource that the package does not have, or a field that its table does not have."""
        name, path = str(resource.get("name")), str(resource.get("path"))
        table = self._standard.tables.get(name) if name in package.tables else None
        judged = self._judge_of(f"{package.name}/{path}")
        if judged is None or (table is None) != (judged != self._judge_table):
            yield unknown_content(
                place,
                Message("The descriptor has an unknown resource: {name}", name=self.safe(name)),
            )
        schema = resource.get("schema")
        fields = schema.get("fields") if isinstance(schema, dict) else None
        known = table.fields if table else {"list", "code", "de", "en"} if name == CODES else ()
        for item in fields if isinstance(fields, list) else ():
            field = item.get("name") if isinstance(item, dict) else item
            if field not in known:
                yield unknown_content(
                    replace(place, table=name if table else None),
                    Message(
                        "The descriptor has an unknown field: {name}", name=self.safe(str(field))
                    ),
                )

    def _parse(self, text: str, place: Place) -> Iterator[Finding] | Any:
        """A JSON document; a key twice hides the first of the two from every reader."""
        twice: list[str] = []

        def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
            made = dict(items)
            if len(made) < len(items):
                keys = [key for key, _ in items]
                twice.extend({key for key in keys if keys.count(key) > 1})
            return made

        try:
            document = json.loads(text, object_pairs_hook=pairs)
        except (ValueError, RecursionError):
            yield unknown_content(place, Message("This file is no JSON."))
            yield from self.contacts(text, place)
            return None
        for key in sorted(set(twice)):
            yield unknown_content(
                place, Message("The property {name} is there twice.", name=self.safe(key))
            )
        return document

    def _unknown_properties(
        self, document: Any, known: Mapping[str, Any], place: Place
    ) -> Iterator[Finding]:
        for path in beyond(document, known, ""):
            yield unknown_content(
                place, Message("This property is unknown: {name}", name=self.safe(path))
            )

    def safe(self, name: str) -> str:
        """A name as a message shows it, unless it is private."""
        return "…" if self.needles.search(name) else shortened(name)

    # --- tables

    def _judge_table(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        """A table, once: the bundle has the same bytes as the package."""
        schema = self._standard.tables[name.rpartition("/")[2].partition(".")[0]]
        digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        if (schema.name, digest) in self._judged:
            return
        self._judged.add((schema.name, digest))
        rows = list(csv_rows(text))
        if not rows:
            yield unknown_content(place, Message("This table has no headings."))
            return
        heads = rows[0][1]
        judged = TableJudge(self, schema, replace(place, table=schema.name), heads, rows[1:])
        yield from judged.judge(self.needles.search(text))

    # --- the bundle's zip

    def _judge_zip(self, path: Path, place: Place) -> Iterator[Finding]:
        """A stored zip of the bundle's files and of nothing else."""
        bundle = next(p.name for p in self._standard.packages.values() if p.bundle)
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                plain = not archive.comment
                size = 22
                for entry in entries:
                    size += 30 + 46 + 2 * len(entry.filename.encode()) + entry.compress_size
                    plain = plain and not (entry.comment or entry.extra)
                    file = self._folder / bundle / entry.filename
                    known = self._judge_of(f"{bundle}/{entry.filename}")
                    if (
                        known is None
                        or not file.is_file()
                        or archive.read(entry) != file.read_bytes()
                    ):
                        yield unknown_content(
                            place,
                            Message(
                                "The archive has a file that the bundle does not have: {name}",
                                name=self.safe(entry.filename),
                            ),
                        )
                        text = archive.read(entry).decode("utf-8", "replace")
                        yield from self._leaks(text, place)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
            plain, size = False, 0
        if not plain or size != path.stat().st_size:
            yield unknown_content(place, Message("The archive has more in it than files."))
            yield from self._leaks(path.read_bytes().decode("utf-8", "replace"), place)
