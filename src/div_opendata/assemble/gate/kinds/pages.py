"""The pages of a portal: no program, and no contact data but what tables have accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from div_opendata.base.disk import read_file
from div_opendata.base.files import DESCRIPTOR, read_json
from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ...metadata.catalogue import FREE_TEXTS, PAGE_FORM
from ...site import QUOTED
from ..contact import KINDS, Kind, contacts
from ..div7xx_bytes import finding_hash, leak, unknown_content
from ..documents import judge_document, strings
from ..files import File, csv_rows
from ..folding import decoded, page_text
from ..known import Known
from ..leaks import Key, Leaks

_SCRIPT = re.compile(r'<script type="application/ld\+json">\n(.*?)\n</script>', re.DOTALL)
"""What a page says of itself for machines: data, no program."""


@dataclass(frozen=True)
class Pages:
    """The pages of the release in a folder, whose tables they quote."""

    folder: Path
    leaks: Leaks
    known: Known

    def judge(self, file: File) -> Iterator[Finding]:
        """One page."""
        leaks, known, text, place = self.leaks, self.known, file.text, file.place
        script = _SCRIPT.search(text)
        markup = text[: script.start()] + text[script.end() :] if script else text
        read = page_text(markup)
        if "<script" in markup:
            yield unknown_content(place, Message("This page has a program in it."))
        if script:
            document = yield from judge_document(script.group(1), PAGE_FORM, place, leaks)
            said = (value for key, value in strings(document) if key in FREE_TEXTS)
            read = "\n".join([read, *dict.fromkeys(said)])
        found = leaks.needles.search(read)
        for secret in leaks.needles.search(text) | found:
            # tags are no text, and the words of every page no surname
            common = secret.kind == "surname" and secret not in leaks.needles.search(
                known.uncommon(read)
            )
            if not common and not (secret.kind == "person" and self._is_accepted(text, read)):
                yield leak(secret, place)
        # tags are full of numbers: in these only forms that nothing else has
        parts: dict[str, tuple[Kind, ...]] = {decoded(text): ("email", "iban"), read: KINDS}
        for part, kinds in parts.items():
            for finding in leaks.contacts(part, place, kinds, hidden=bool(found)):
                passage = str(finding.message.values.get("passage", ""))
                if not known.says(passage) and passage not in self._quoted:
                    yield finding

    @cached_property
    def _quoted(self) -> frozenset[str]:
        """The passages that were accepted in a cell which pages quote."""
        return frozenset(
            contact.text
            for key, cell in self._quoted_cells()
            for contact in contacts(cell)
            if finding_hash(*key, contact.text) in self.leaks.accepted
        )

    def _is_accepted(self, *texts: str) -> bool:
        """Whether every person that is named has been accepted where the page has it from."""
        return all(self.leaks.needles.people(text) <= self._people for text in texts)

    @cached_property
    def _people(self) -> frozenset[str]:
        """The passages by which a person is named in a text that pages quote, accepted there."""
        texts = list(self._quoted_cells())
        texts += [(("", "", ""), text) for text in self._own_texts()]
        return frozenset(
            passage for key, text in texts for passage in self.leaks.accepted_people(text, key)
        )

    def _own_texts(self) -> Iterator[str]:
        """The texts of the configuration, which descriptors have."""
        for package in self.known.standard.packages.values():
            path = self.folder / package.name / DESCRIPTOR
            yield from (text for _, text in strings(read_json(path) if path.is_file() else {}))

    def _quoted_cells(self) -> Iterator[tuple[Key, str]]:
        """Each cell that pages may quote, with its table, record and field."""
        standard = self.known.standard
        for package in standard.packages.values():
            for name in {*QUOTED} & {*package.tables} if not package.bundle else ():
                path = self.folder / package.name / f"{name}.csv"
                text = read_file(path).decode("utf-8", "replace") if path.is_file() else ""
                rows = list(csv_rows(text))
                for _, row in rows[1:]:
                    values = dict(zip(rows[0][1], row, strict=False))
                    parts = [values.get(field, "") for field in standard.tables[name].primary_key]
                    for field, cell in values.items():
                        yield (name, "/".join(parts), field), cell
