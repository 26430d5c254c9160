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

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .check.findings import idle_acceptance
from .contact import KINDS, Kind, contacts
from .descriptor import CODES, package_descriptor
from .files import DESCRIPTOR, VERSIONS, tree
from .finding import Finding, Place, code, errors, shortened
from .i18n import LOCALE, Label, Message
from .private import Private, read_private
from .release import BUNDLE_ZIP
from .schema import ID_PATTERN, Field, Package, TableSchema, key_text, source
from .search import Needles, Secret, decoded, folded, has, page_text, words
from .workspace import CONFIGURATION

if TYPE_CHECKING:
    from .records import Record, Records, Table
    from .schema import Standard
    from .workspace import Workspace

_HERE = Path(__file__).parent
CHECKER = "check_lottery.py"
"""The stand-alone checker that goes with a package of lotteries."""
BUILD_MARK = ".div-opendata-build"


# --- findings -------------------------------------------------------------------------------------


@code("DIV701")
def unknown_content(place: Place, what: Message) -> Finding:
    """Something that no public schema knows would be published.

    Why: Only what the schemas of public tables describe may leave the house. Whatever else is in a
    finished package, nobody has decided that it may be public.

    Do: Remove what is unknown from the records or from the portal's folder. If you have changed
    nothing by hand, this is a mistake of div-opendata: please report it.

    Wrong: a column telephone in the finished seats.csv

    Right: the columns of the table as the data dictionary has them
    """
    return Finding(
        what,
        Message(
            "Remove it. If nobody has put it there by hand, this is a mistake of div-opendata:"
            " please report this message."
        ),
        place,
    )


@code("DIV704")
def secret_counts(place: Place, heading: Label) -> Finding:
    """Counts or the casting vote of a secret ballot would be published.

    Why: With fifteen members, the counts of a secret ballot often tell how somebody voted. The
    office keeps them; only eligible members, quorum and result are published.

    Do: Nothing in the records: they may have the counts. div-opendata leaves them out; that it did
    not is a mistake of it, please report it.

    Wrong: 8 votes in favour, in the published row of a secret ballot

    Right: empty cells there
    """
    return Finding(
        Message("“{heading}” of a secret ballot would be published.", heading=heading),
        Message("Please report this: div-opendata should have left it out."),
        place,
    )


_KIND_NAMES: Mapping[Kind, Message] = {
    "email": Message("an e-mail address"),
    "phone": Message("a telephone number"),
    "iban": Message("a bank account"),
    "address": Message("a street with its number"),
    "salutation": Message("somebody's name"),
}


@code("DIV705")
def contact_data(place: Place, kind: Message, passage: str, digest: str | None) -> Finding:
    """A free text seems to have contact data or a salutation with a name.

    Why: Published data are copied and stay for ever. Who can be reached how, or who said what,
    must not be among them. E-mail addresses, telephone numbers, bank accounts, streets with a
    house number (but for the location of a session) and “Herr” or “Frau” with a name are looked
    for; of an office, too: it may be reached by what the portal says of it.

    Do: Take it out of the text. If it is no contact data of anybody, accept it: a row with its
    hash and the reason in the table of accepted false alarms, in the folder private.

    Wrong: Questions to Frau Beispiel, 030 23125-123

    Right: Questions to the office that is in charge
    """
    remedy = Message(
        "Take it out of the text. If it is no contact data, enter this hash with the reason in"
        " private/accepted: {digest}",
        digest=digest or "",
    )
    private = Message(
        "Take it out of the text, with what is private beside it: only then it can be shown here."
    )
    return Finding(
        Message("This looks like {kind}: “{passage}”", kind=kind, passage=passage),
        remedy if digest else private,
        place,
    )


@code("DIV706")
def private_data(place: Place, what: Message) -> Finding:
    """Something that the folder private holds would be published.

    Why: Who sits in a circle or has applied is not published, and whoever knows a ticket knows
    which place it got. Full names and tickets are errors; a surname alone, which may be a word or
    somebody else's, and a chosen word beside its ticket's leaf are warnings. What was found is not
    shown, only where it stands in the folder private.

    Do: Take it out of the text. This cannot be accepted as a false alarm; where a surname alone is
    meant as a word, the warning may stay.

    Wrong: a summary with the name of a member of the circle

    Right: the same summary without it
    """
    return Finding(what, Message("Take it out. It is not shown here because it is private."), place)


_MESSAGES: Mapping[str, Callable[[Secret], Message]] = {
    "name": lambda s: Message(
        "A full name from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "surname": lambda s: Message(
        "A surname from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "ticket": lambda s: Message(
        "A ticket from {file}, row {row}, would be published.", file=s.file, row=s.row
    ),
    "word": lambda s: Message(
        "The word chosen with a ticket in {file}, row {row}, would be published beside its leaf.",
        file=s.file,
        row=s.row,
    ),
}
_WARNED = {"surname", "word"}


# --- what may be there ----------------------------------------------------------------------------

_TEXTS: Mapping[str, Any] = {"title": None, "description": None}
_TRANSLATED: Mapping[str, Any] = {**_TEXTS, "translations": {"en": _TEXTS}}
_SCHEMA: Mapping[str, Any] = {
    "$schema": None,
    "fields": [
        {
            "name": None,
            "type": None,
            "format": None,
            "example": None,
            **_TRANSLATED,
            "categories": [{"value": None, "label": None}],
            "constraints": {
                "required": None,
                "pattern": None,
                "minimum": None,
                "maximum": None,
                "maxLength": None,
                "enum": [None],
            },
        }
    ],
    "primaryKey": [None],
    "uniqueKeys": [[None]],
    "foreignKeys": [{"fields": [None], "reference": {"resource": None, "fields": [None]}}],
    "missingValues": [None],
}
_RESOURCE: Mapping[str, Any] = {
    "name": None,
    "type": None,
    "path": None,
    "format": None,
    "mediatype": None,
    "encoding": None,
    "conformsTo": None,
    "bytes": None,
    "hash": None,
    "rows": None,
    **_TRANSLATED,
    "schema": _SCHEMA,
}
_PROPERTIES: Mapping[str, Any] = {
    "$schema": None,
    "name": None,
    "id": None,
    "version": None,
    "created": None,
    **_TRANSLATED,
    "keywords": [None],
    "licenses": [{"name": None, "path": None, "title": None}],
    "attribution": None,
    "contributors": [{"title": None, "path": None, "email": None, "roles": [None]}],
    "sources": [{"title": None, "path": None}],
    "resources": [_RESOURCE],
}
"""The properties of a descriptor as a release has it: None is a value, a list has any number of
what it shows."""
_VERSIONS: Mapping[str, Any] = {
    "versions": [{"version": None, "file": None, "sha256": None, "withdrawn": None}]
}

_FORMS: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"-?[0-9]+"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "datetime": re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
    ),
    "month": re.compile(r"[0-9]{4}-[0-9]{2}"),
}
_LEAVES = re.compile(rb"(?:[0-9a-f]{64}\n)*")
_POOL = re.compile(rf"pool-({ID_PATTERN.strip('^$')})\.txt")
_PAGES = {"index.html", "index.en.html"}
_UNSAID = {"hash", "bytes", "created", "version", "id", "email", "path", "$schema", "name"}
"""Properties that are no free text; `email` is the functional mailbox, `path` an address."""


def is_free_text(item: Field) -> bool:
    """Whether people write into a field what they like."""
    return item.kind == "text" and "pattern" not in item.schema


def _form(item: Field) -> Callable[[str], object]:
    """What a value of a field that is no free text must be."""
    if item.codelist:
        return item.codelist.codes.__contains__
    if "pattern" in item.schema:
        return re.compile(item.schema["pattern"]).fullmatch
    return _FORMS[item.kind].fullmatch


def finding_hash(table: str, record: str, field: str, passage: str) -> str:
    """The hash by which a finding of DIV705 is accepted (see the head of this module)."""
    return hashlib.sha256(f"DIV705|{table}|{record}|{field}|{passage}".encode()).hexdigest()


# --- the gate -------------------------------------------------------------------------------------


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
    gate = _Gate(folder, workspace, records, private or read_private(workspace), shown)
    found = gate.judge()
    if whole and not errors(found):
        found += gate.idle()
    return sorted(found, key=lambda finding: finding.sort_key())


class _Gate:
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
        if file in _PAGES and folder in {"", *self._standard.packages}:
            return self._judge_page
        if not folder:
            return {
                BUNDLE_ZIP: self._judge_unknown,
                VERSIONS: self._judge_versions,
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
        if "lottery_tickets" in package.tables and _POOL.fullmatch(file):
            return self._judge_pool
        if "lottery_tickets" in package.tables and file == CHECKER:
            return self._judge_copy
        table, dot, ending = file.partition(".")
        return self._judge_table if (table in package.tables and dot + ending == ".csv") else None

    # --- what is searched for

    def leak(self, secret: Secret, place: Place) -> Finding:
        """The finding of something private at a place."""
        finding = private_data(replace(place, value=None), _MESSAGES[secret.kind](secret))
        return replace(finding, severity="warning") if secret.kind in _WARNED else finding

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
        grave = any(secret.kind not in _WARNED for secret in secrets)
        for contact in contacts(text, kinds):
            if contact.text == self._workspace.configuration.publisher.mailbox:
                continue  # the portal names it for everybody
            here = replace(place, value=None) if hidden else place
            kind = _KIND_NAMES[contact.kind]
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
        elif file == CHECKER:
            expected = (_HERE / "lottery" / CHECKER).read_bytes()
        else:
            expected = (_HERE / "site" / file).read_bytes()
        if text.encode().replace(b"\r\n", b"\n") != expected.replace(b"\r\n", b"\n"):
            yield unknown_content(place, Message("This file is not as it comes with div-opendata."))
            yield from self._judge_unknown(name, place, text)

    def _judge_pool(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        if not _LEAVES.fullmatch(text.encode("utf-8", "replace")):
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
        for row, cells in _csv_rows(text):
            here = replace(place, row=row, table=CODES)
            if tuple(cells) not in known:
                yield unknown_content(here, Message("No code list has this row."))
            for cell in cells:  # also of a list of the city's own
                yield from self.contacts(cell, here)
        for secret in self.needles.search(text):
            if secret.kind != "surname" or secret in self._uncommon(text):
                yield self.leak(secret, place)

    def _judge_page(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        read = page_text(text)
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
                if passage not in self._said:
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
        return frozenset(
            text for document in self._descriptors.values() for _, text in _strings(document)
        )

    @cached_property
    def _said(self) -> str:
        """The same as one text: what looks like contact data in it is none."""
        return "\n".join(sorted(self._said_texts))

    def _judge_versions(self, name: str, place: Place, text: str) -> Iterator[Finding]:  # noqa: ARG002
        document = yield from self._parse(text, place)
        yield from self._unknown_properties(document, _VERSIONS, place)
        yield from self._leaks(text, place)
        yield from self._texts((value for _, value in _strings(document)), place)

    def _judge_descriptor(self, name: str, place: Place, text: str) -> Iterator[Finding]:
        package = self._standard.packages[name.partition("/")[0]]
        document = yield from self._parse(text, place)
        yield from self._unknown_properties(document, _PROPERTIES, place)
        if not isinstance(document, dict):
            return
        standard = self._descriptors[package.name]
        known = {resource["name"]: resource for resource in standard["resources"]}
        own = list(_strings(_otherwise(document, standard)))
        resources = document.get("resources")
        for resource in resources if isinstance(resources, list) else []:
            if isinstance(resource, dict):
                yield from self._judge_resource(resource, package, place)
                own += _strings(_otherwise(resource, known.get(resource.get("name"), {})))
        free = [value for key, value in own if key not in _UNSAID]
        yield from self._texts(free, place)
        others = [value for key, value in own if key in _UNSAID]
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
        for path in _beyond(document, known, ""):
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
        rows = list(_csv_rows(text))
        if not rows:
            yield unknown_content(place, Message("This table has no headings."))
            return
        heads = rows[0][1]
        judged = _TableJudge(self, schema, replace(place, table=schema.name), heads, rows[1:])
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


class _TableJudge:
    """One table of a finished package."""

    def __init__(
        self,
        gate: _Gate,
        schema: TableSchema,
        place: Place,
        heads: list[str],
        rows: list[tuple[int, list[str]]],
    ) -> None:
        self._gate = gate
        self._schema = schema
        self._place = place
        self._heads = heads
        self._rows = rows
        self._fields = [
            schema.fields.get(head) if heads.index(head) == number else None
            for number, head in enumerate(heads)
        ]

    def judge(self, secrets: set[Secret]) -> Iterator[Finding]:
        """Everything found in it; `secrets` are what its whole text has."""
        yield from self._beyond_schema()
        yield from self._secret_counts()
        private_cells: set[tuple[int, int]] = set()
        if secrets:
            yield from self._private(secrets, private_cells)
            yield from self._words_beside()
        for column, cell, numbers in self._values():
            yield from self._judge_value(column, cell, numbers, private_cells)

    def _beyond_schema(self) -> Iterator[Finding]:
        for number, item in enumerate(self._fields):
            if item is None:
                name = self._gate.safe(self._heads[number])
                yield unknown_content(
                    replace(self._place, row=1, column=number + 1),
                    Message("The table has an unknown column: {name}", name=name),
                )
        for number, (_, row) in enumerate(self._rows):
            if len(row) != len(self._heads):
                what = Message("This row has other cells than the table has columns.")
                yield unknown_content(self._at(number, None), what)

    def _private(self, secrets: set[Secret], cells: set[tuple[int, int]]) -> Iterator[Finding]:
        """Where the private values stand that the text has; their rows and columns go to `cells`.

        A surname that is a code, or a heading, is none.
        """
        located: set[Secret] = set()
        for column, cell, numbers in self._values():
            item = self._fields[column] if column < len(self._fields) else None
            for secret in self._gate.needles.search(cell):
                if secret.kind == "surname" and item and item.codelist:
                    continue
                located.add(secret)
                for number in numbers:
                    cells.add((number, column))
                    yield self._gate.leak(secret, self._at(number, column))
        for secret in secrets - located:
            if secret.kind not in _WARNED:
                yield self._gate.leak(secret, self._place)

    def _values(self) -> Iterator[tuple[int, str, list[int]]]:
        """Each distinct value of each column, with the numbers of its rows."""
        width = max([len(self._heads), *(len(row) for _, row in self._rows)])
        for column in range(width):
            where: dict[str, list[int]] = defaultdict(list)
            for number, (_, row) in enumerate(self._rows):
                if column < len(row) and row[column]:
                    where[row[column]].append(number)
            for cell, numbers in where.items():
                yield column, cell, numbers

    def _judge_value(
        self, column: int, cell: str, numbers: list[int], private: set[tuple[int, int]]
    ) -> Iterator[Finding]:
        gate = self._gate
        item = self._fields[column] if column < len(self._fields) else None
        kinds: tuple[Kind, ...] = KINDS
        if item and not is_free_text(item):
            if not self._forms[column](cell):
                for number in numbers:
                    what = Message("“{heading}” cannot have this value.", heading=item.title)
                    yield unknown_content(self._at(number, column), what)
            elif item.schema.get("format") == "uri":
                cell, kinds = decoded(cell), ("email",)
            else:
                return
        elif item and item.name == "location":
            kinds = tuple(kind for kind in KINDS if kind != "address")
        if contacts(cell, kinds):
            for number in numbers:
                hidden = (number, column) in private
                yield from gate.contacts(
                    cell, self._at(number, column, shown=not hidden), kinds, hidden=hidden
                )

    @cached_property
    def _forms(self) -> Mapping[int, Callable[[str], object]]:
        return {
            number: _form(item)
            for number, item in enumerate(self._fields)
            if item and not is_free_text(item)
        }

    def _secret_counts(self) -> Iterator[Finding]:
        """Fields that the schema withholds of a row with its other values."""
        if "withheld" not in self._schema.schema:
            return
        for number, (_, row) in enumerate(self._rows):
            values = dict(zip(self._heads, row, strict=False))
            for name in sorted(self._schema.withheld(values)):
                if values.get(name):
                    here = self._at(number, self._heads.index(name))
                    yield secret_counts(here, self._schema.fields[name].title)

    def _words_beside(self) -> Iterator[Finding]:
        """Chosen words in free text, or in an unknown column, of the row with their leaf."""
        leaves = self._gate.needles.leaves
        free = [
            number for number, item in enumerate(self._fields) if item is None or is_free_text(item)
        ]
        if not free:
            return
        for number, (_, row) in enumerate(self._rows):
            for cell in row:
                if cell not in leaves:
                    continue
                chosen, secret = leaves[cell]
                for column in free:
                    if column < len(row) and has(chosen, words(folded(row[column]))):
                        yield self._gate.leak(secret, self._at(number, column))

    def _at(self, number: int, column: int | None, *, shown: bool = False) -> Place:
        """The cell of the office's records that a cell came from, else its own place."""
        line, row = self._rows[number]
        item = None if column is None or column >= len(self._fields) else self._fields[column]
        values = dict(zip(self._heads, row, strict=False))
        key = [values.get(name, "") for name in self._schema.primary_key]
        found = self._of_office.get("/".join(key)) if all(key) else None
        if found and item:
            table, record = found
            place = table.place(record, item.name)
            place = replace(place, record=self._gate.safe(place.record or ""))
            return place if shown else replace(place, value=None)
        return replace(
            self._place,
            row=line,
            column=None if column is None else column + 1,
            field=item.name if item else None,
            record=self._gate.safe("/".join(key)) if all(key) else None,
        )

    @cached_property
    def _of_office(self) -> Mapping[str, tuple[Table, Record]]:
        """The office's records by their keys as text."""
        records = self._gate.records
        table = records.tables.get(self._schema.name) if records else None
        if table is None or table.file is None:
            return {}
        return {
            key_text(key): (table, record)
            for record in table.records
            if (key := table.schema.key_of(record.values))
        }


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _beyond(document: Any, known: Any, path: str) -> Iterator[str]:
    """The paths of what a document has and the form that is known does not."""
    if isinstance(document, dict) and isinstance(known, Mapping):
        for key, value in document.items():
            here = f"{path}.{key}" if path else key
            if key in known:
                yield from _beyond(value, known[key], here)
            else:
                yield here
    elif isinstance(document, list) and isinstance(known, list):
        for number, value in enumerate(document):
            yield from _beyond(value, known[0], f"{path}[{number}]")
    elif isinstance(document, dict | list) or known is not None:
        yield path or "–"


def _otherwise(document: Mapping[str, Any], standard: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, but for the resources, that are not as the standard has them."""
    return {
        key: value
        for key, value in document.items()
        if key != "resources" and standard.get(key) != value
    }


def _strings(document: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with the property that it is, or is listed in."""
    if isinstance(document, str):
        yield key, document
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from _strings(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from _strings(value, key)
