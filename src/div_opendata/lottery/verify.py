"""What a stranger does with a published lottery: run it again, and look a ticket up.

Everything comes from the package alone: the tables lotteries, seed_sources, lottery_tickets and
replacements, and the pool files. It may be a folder (a data package, a portal, a workspace with
build/), a zip of one, or an address, from which these files are downloaded first. `expected` in a
check is what was published, `found` what was computed anew.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from div_opendata.base.disk import open_file, read_file
from div_opendata.base.errors import Problem, UsageProblem
from div_opendata.base.files import DESCRIPTOR
from div_opendata.base.i18n import Message
from div_opendata.base.verification import Check
from div_opendata.standard import draw
from div_opendata.standard.draw import TABLES
from div_opendata.standard.tables import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests

FILE_LIMIT = 100_000_000  # bytes of a file that is read
TIMEOUT = (10, 60)  # seconds to connect, and for an answer, which has more the longer it is
_WITHIN = ("", "lottery", "build/lottery")
"""Where the package may be in a folder: itself, in a portal or a bundle, in a workspace."""
_DATASET = re.compile(r"(?P<portal>.*)/dataset/(?P<name>[^/]+)/?$")
_SAID = 300  # characters of what is said of an error, which may be the server's
_NONE = "–"

Line = Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """The published lotteries: the rows of each table as text, and the pool file of each."""

    tables: Mapping[str, Sequence[Line]]
    pools: Mapping[str, bytes]

    def of(self, table: str, lottery: str) -> list[Line]:
        """The rows of a lottery in their order."""
        rows = (row for row in self.tables[table] if row["lottery_id"] == lottery)
        return sorted(rows, key=lambda row: _integer(row[TABLES[table]]))


@dataclass(frozen=True)
class Ticket:
    """What became of a ticket; `rank` and `outcome` are empty before the draw."""

    lottery: str
    leaf: str
    position: int
    rank: str
    outcome: str
    skip_reason: str


# --- getting the package --------------------------------------------------------------------------


def load(source: str) -> Published:
    """The lotteries of a package at a path or an http(s) address.

    Raises UsageProblem where there are none, Problem where the address does not give them.
    """
    if re.match(r"https?://", source):
        return _parsed(_from_web(source), source)
    path = Path(source)
    if path.name == DESCRIPTOR:
        path = path.parent
    if path.is_file():
        with open_file(path) as stream:
            if zipfile.is_zipfile(stream):
                return _from_zip(stream, source)
    return _parsed(_from_folder(path), source)


Fetch = Callable[[str], bytes | None]
"""The bytes of a file of the package by its name; None where it has no such file."""


def _parsed(fetch: Fetch, source: str) -> Published:
    tables: dict[str, list[Line]] = {}
    for name in TABLES:
        content = fetch(f"{name}.csv")
        if content is None:
            raise UsageProblem(
                Message("{file} is not in {source}.", file=f"{name}.csv", source=source),
                Message(
                    "Give the data package “lottery”, as a folder, a zip or a web address; or a"
                    " folder into which its files were downloaded."
                ),
            )
        tables[name] = _rows(content, f"{name}.csv")
    pools = {}
    for row in tables["lotteries"]:
        lottery = row["id"]
        if re.fullmatch(ID_PATTERN, lottery):  # else it would be no name of a file
            content = fetch(f"pool-{lottery}.txt")
            if content is not None:
                pools[lottery] = content
    return Published(tables, pools)


_COLUMNS = {
    "lotteries": ("id", "algorithm", "status", "pool_size", "draw_count", "pool_sha256"),
    "seed_sources": ("lottery_id", "position", "name", "values"),
    "lottery_tickets": ("lottery_id", "position", "leaf", "skip_reason", "rank", "outcome"),
    "replacements": ("lottery_id", "number", "rank"),
}


def _rows(content: bytes, name: str) -> list[Line]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows: list[Line] = [
            {key: value for key, value in row.items() if key is not None and value is not None}
            for row in reader
        ]
        missing = set(_COLUMNS[name.removesuffix(".csv")]) - set(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(name, error) from error
    wanted = len(reader.fieldnames or ())
    if missing or any(len(row) != wanted for row in rows):
        raise _unreadable(name, ", ".join(sorted(missing)) or "CSV")
    return rows


def _unreadable(name: str, reason: object) -> UsageProblem:
    return UsageProblem(
        Message("{file} cannot be read: {reason}", file=name, reason=reason),
        Message("Download it again; it is published as UTF-8 with commas."),
    )


def _from_folder(folder: Path) -> Fetch:
    home = next((folder / w for w in _WITHIN if (folder / w / "lotteries.csv").is_file()), folder)

    def fetch(name: str) -> bytes | None:
        path = home / name
        if not path.is_file():
            return None
        if path.stat().st_size > FILE_LIMIT:
            raise _too_large(name)
        return read_file(path, FILE_LIMIT)

    return fetch


def _from_zip(stream: IO[bytes], source: str) -> Published:
    from div_opendata.base.zips import DamagedZip, open_zip

    try:
        with open_zip(stream) as archive:
            return _parsed(_members(archive), source)
    except DamagedZip:
        raise UsageProblem(
            Message("{file} is a damaged zip.", file=source), Message("Download it again.")
        ) from None


def _members(archive: zipfile.ZipFile) -> Fetch:
    names = archive.namelist()
    prefix = next(
        (n.removesuffix("lotteries.csv") for n in names if n.endswith("lotteries.csv")), ""
    )

    def fetch(name: str) -> bytes | None:
        if prefix + name not in names:
            return None
        if archive.getinfo(prefix + name).file_size > FILE_LIMIT:
            raise _too_large(name)
        return archive.read(prefix + name)

    return fetch


def _from_web(address: str) -> Fetch:
    """The files that a descriptor or a CKAN dataset at its page lists, else those in a folder."""
    from div_opendata.base.web import Session

    session = Session()
    files: dict[str, str] | None = None
    base = ""
    if match := _DATASET.fullmatch(address.partition("?")[0]):
        name = quote(unquote(match["name"]), safe="")
        asked = f"{match['portal']}/api/3/action/package_show?id={name}"
        files = _listed(session, asked, lambda told: told["result"]["resources"], "url")
    elif address.partition("?")[0].endswith(f"/{DESCRIPTOR}"):
        files = _listed(session, address, lambda told: told["resources"], "path")
    else:
        base = address if address.endswith("/") else f"{address}/"
        if _download(session, urljoin(base, "lotteries.csv")) is None:
            base = urljoin(base, "lottery/")

    def fetch(name: str) -> bytes | None:
        url = urljoin(base, name) if files is None else files.get(name)
        return _download(session, url) if url else None

    return fetch


def _listed(
    session: requests.Session, asked: str, resources: Callable[[Any], Any], key: str
) -> dict[str, str]:
    """The addresses of files by their names, as a descriptor or a dataset lists them.

    They may be on any host: a portal is asked by another name than it gives itself, or keeps its
    files elsewhere, and a redirect could lead there just so. Such a host learns no more than of a
    link that somebody opens; what it answers is read as a table or a pool, up to the limit. But
    they are addresses of the web, never files of this machine.
    """
    try:
        told = resources(json.loads(_download(session, asked) or b""))
        urls = [urljoin(asked, item[key]) for item in told if key in item]
        parts = {url: urlsplit(url) for url in urls}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_package(asked) from error
    return {
        part.path.rpartition("/")[2]: url
        for url, part in parts.items()
        if part.scheme in {"http", "https"}
    }


def _download(session: requests.Session, url: str) -> bytes | None:
    """The bytes at an address; None where there is nothing."""
    import requests
    from urllib3.exceptions import HTTPError

    from div_opendata.base.web import TooLongError, body

    try:
        with session.get(url, timeout=TIMEOUT, stream=True) as answer:
            if answer.status_code in {404, 410}:
                return None
            answer.raise_for_status()
            return body(answer, FILE_LIMIT)
    except TooLongError:
        raise _too_large(url) from None
    # a ValueError is what requests says of a redirect to what is no address
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise Problem(
            Message("{address} cannot be read: {reason}", address=url, reason=str(error)[:_SAID]),
            Message(
                "Look at the address and the network; or download the files and give a folder."
            ),
        ) from error


def _no_package(address: str) -> Problem:
    return Problem(
        Message("There is no data package at {address}.", address=address),
        Message("Give the address of the data package “lottery”, or a folder with its files."),
    )


def _too_large(name: str) -> UsageProblem:
    return UsageProblem(
        Message("{file} is larger than {limit} bytes.", file=name, limit=FILE_LIMIT),
        Message("No lottery is that large; look at what it is."),
    )


# --- running it again -----------------------------------------------------------------------------


def verify(published: Published, lottery: str | None = None) -> list[Check]:
    """Every step of the lotteries (or of one) again: what was published against what comes out.

    Raises UsageProblem where there is none of that ID, or none that can be verified.
    """
    known = [row["id"] for row in published.tables["lotteries"]]
    if not known:
        raise UsageProblem(
            Message("No lottery has been published there."),
            Message("Look again when the city has published the pool of one."),
        )
    if lottery not in {None, *known}:
        raise UsageProblem(
            Message("There is no lottery {lottery}.", lottery=lottery),
            Message("Known lotteries: {known}.", known=known),
        )
    rows = [row for row in published.tables["lotteries"] if lottery in {None, row["id"]}]
    checks = [
        Check(f"{row['id']}: {check.name}", check.expected, check.found)
        for row in rows
        if row["algorithm"] == "rfc3797"
        for check in _steps(published, row)
    ]
    if not checks:
        raise UsageProblem(
            Message("Nobody can verify this lottery: it was not drawn by RFC 3797."),
            Message("Ask the city how it was drawn."),
        )
    return checks


def _steps(published: Published, row: Line) -> Iterator[Check]:
    """One lottery, as far as it has got. A void one is verified, too: it stays published."""
    lottery = row["id"]
    tickets = published.of("lottery_tickets", lottery)
    leaves = [ticket["leaf"] for ticket in tickets]
    pool = published.pools.get(lottery)
    found = hashlib.sha256(pool).hexdigest() if pool is not None else _NONE
    yield Check("pool file", row["pool_sha256"], found)
    listed = "".join(f"{leaf}\n" for leaf in leaves).encode("utf-8", "surrogatepass")
    yield Check("leaves", row["pool_sha256"], hashlib.sha256(listed).hexdigest())
    yield Check("pool size", row["pool_size"], str(len(leaves)))
    in_order = leaves == sorted(set(leaves)) and [t["position"] for t in tickets] == [
        str(number) for number in range(1, len(tickets) + 1)
    ]
    yield Check("byte order", "1, 2, 3 …", "1, 2, 3 …" if in_order else _NONE)
    sources = published.of("seed_sources", lottery)
    yield from _entropy_steps(sources, row, len(tickets))
    moved = [item["rank"] for item in published.of("replacements", lottery)]
    told = any(ticket["rank"] or ticket["outcome"] for ticket in tickets)
    if row.get("seed_key") or row["status"] == "drawn" or told or moved:
        values = [_numbers(source["values"]) for source in sources]
        key = draw.seed_key([drawn or [] for drawn in values])
        yield from _source_steps(sources, values)
        yield Check("key", row.get("seed_key", ""), key or _NONE)
        yield from _draw_steps(row, row.get("seed_key") or key, tickets, moved)


def _entropy_steps(sources: Sequence[Line], row: Line, tickets: int) -> Iterator[Check]:
    spans = [_range(source) for source in sources]
    known = [span for span in spans if span is not None]
    bits = str(draw.entropy_bits(known)) if len(known) == len(spans) else _NONE
    yield Check("entropy in bits", row.get("entropy_bits", ""), bits)
    # of more, the binomial would take for ever; their ranking fails all the same
    pool = min(tickets, draw.MOST_TICKETS)
    enough = len(known) > 1 and draw.suffices(known, pool, _places(row))
    needed = f"≥ {draw.bits_needed(pool, _places(row)):.1f}"
    yield Check("entropy suffices", needed, needed if enough else bits)


def _source_steps(sources: Sequence[Line], values: Sequence[list[int] | None]) -> Iterator[Check]:
    for source, drawn in zip(sources, values, strict=True):
        span = _range(source)
        possible = span is not None and drawn is not None and span.holds(drawn)
        yield Check(
            f"source {source['position']}",
            source["values"],
            source["values"] if possible else _NONE,
        )


def _draw_steps(
    row: Line, key: str, tickets: Sequence[Line], moved: Sequence[str]
) -> Iterator[Check]:
    """The ranking by the published key: a wrong key is its own step's failure. Where none is
    published it is that of the sources."""
    expected = [ticket["rank"] or _NONE for ticket in tickets]
    if len(tickets) > draw.MOST_TICKETS:  # which nobody can rank
        yield Check("ranking", " ".join(expected), _NONE)
        return
    # a published key may be anything: a wrong one fails as a key, not as a crash
    ranked = draw.ranking(key.encode("ascii", "replace").decode(), len(tickets))
    ranks = {position: rank for rank, position in enumerate(ranked, 1)}
    found = [str(ranks[position]) for position in range(1, len(tickets) + 1)]
    yield Check("ranking", " ".join(expected), " ".join(found))
    skipped = [number for number, ticket in enumerate(tickets, 1) if ticket["skip_reason"]]
    outcomes = draw.outcomes(ranked, skipped, _places(row))
    expected = [ticket["outcome"] or _NONE for ticket in tickets]
    found = [outcomes[position] for position in range(1, len(tickets) + 1)]
    yield Check("outcome", " ".join(expected), " ".join(found))
    following = draw.reserve(outcomes, ranks)[: len(moved)]
    yield Check("replacements", " ".join(moved), " ".join(map(str, following)))


def _integer(text: str) -> int:
    return int(text) if draw.is_number(text) else 0


def _places(row: Line) -> int:
    return _integer(row["draw_count"])


def _numbers(text: str) -> list[int] | None:
    parts = text.split(" ")
    return [int(part) for part in parts] if all(map(draw.is_number, parts)) else None


def _range(source: Mapping[str, Any]) -> draw.Range | None:
    numbers, lowest, highest = (
        _integer(source.get(name, "")) for name in ("numbers", "lowest", "highest")
    )
    if source.get("kind") == "drand" and not source.get("highest"):
        highest = draw.DRAND_HIGHEST
    if numbers < 1 or highest < lowest:
        return None
    return draw.Range(numbers, lowest, highest, source.get("with_replacement") == "true")


# --- looking a ticket up --------------------------------------------------------------------------


def find_ticket(
    published: Published, ticket: str, word: str, lottery: str | None = None
) -> list[Ticket]:
    """Where a ticket with its word is in the pools, and what became of it."""
    found = []
    for row in published.tables["lotteries"]:
        leaf = draw.leaf(row["id"], ticket, word)
        for item in published.of("lottery_tickets", row["id"]):
            if item["leaf"] == leaf and lottery in {None, row["id"]}:
                position = _integer(item["position"])
                fate = (item["rank"], item["outcome"], item["skip_reason"])
                found.append(Ticket(row["id"], leaf, position, *fate))
    return found
