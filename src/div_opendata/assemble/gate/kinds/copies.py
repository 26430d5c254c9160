"""Files with nothing of their own: what comes with div-opendata, codes of the lists, leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from div_opendata.base.disk import read_file
from div_opendata.base.files import BUILD_MARK
from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.lottery import CHECKER
from div_opendata.standard.descriptor import CODES
from div_opendata.standard.packages import source

from ..div7xx_bytes import leak, unknown_content
from ..files import File, csv_rows
from ..known import SITE, Known
from ..leaks import Leaks

_LEAVES = re.compile(rb"(?:[0-9a-f]{64}\n)*")


def judge_copy(file: File, leaks: Leaks) -> Iterator[Finding]:
    """A file that is the same for all cities."""
    name = file.name.rpartition("/")[2]
    if file.name.startswith("schemas/"):
        expected = read_file(source("schemas") / name)
    elif name == BUILD_MARK:
        expected = b""
    elif name == CHECKER.name:
        expected = read_file(CHECKER)
    else:
        expected = read_file(SITE / name)
    # a checkout on Windows may have CRLF
    if file.text.encode().replace(b"\r\n", b"\n") != expected.replace(b"\r\n", b"\n"):
        what = Message("This file is not as it comes with div-opendata.")
        yield unknown_content(file.place, what)
        yield from leaks.anything(file.text, file.place)


def judge_pool(file: File, leaks: Leaks) -> Iterator[Finding]:
    """The leaves of a lottery's tickets."""
    if not _LEAVES.fullmatch(file.text.encode("utf-8", "replace")):
        yield unknown_content(file.place, Message("This pool has more in it than leaves."))
        yield from leaks.contacts(file.text, file.place)
    yield from leaks.private(file.text, file.place)


def judge_codes(file: File, leaks: Leaks, known: Known) -> Iterator[Finding]:
    """The codes of a package's lists."""
    package = known.standard.packages[file.name.partition("/")[0]]
    rows = {("list", "code", "de", "en")} | {
        (codelist.name, entry.code, *entry.label.both())
        for codelist in known.standard.codelists_of(package)
        for entry in codelist.codes.values()
    }
    for row, cells in csv_rows(file.text):
        here = replace(file.place, row=row, table=CODES)
        if tuple(cells) not in rows:
            yield unknown_content(here, Message("No code list has this row."))
        for cell in cells:  # also of a list of the city's own
            yield from leaks.contacts(cell, here)
    for secret in leaks.needles.search(file.text):
        if secret.kind != "surname" or secret in leaks.needles.search(known.uncommon(file.text)):
            yield leak(secret, file.place)
