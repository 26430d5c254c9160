"""The archive that a workbook is: its parts by name, and guards against what fills the memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath, split
from typing import IO

from div_opendata.base.finding import shortened
from div_opendata.base.i18n import Message

from .outline import Attributes, Damaged, Outline

# Uncompressed bytes. A workbook of 100,000 rows has some 100 MB of sheets, 15 MB of shared texts.
TOTAL_LIMIT = 600_000_000
STYLES_LIMIT = 60_000_000  # 65,000 styles and their names
PART_LIMIT = 20_000_000  # every other part, but for sheets, which are streamed, and pictures
RATIO_LIMIT = 150  # of those above PART_LIMIT: real sheets compress to a tenth or a fiftieth
CHUNK = 1 << 20

_LARGE = ("xl/worksheets/", "xl/media/")  # pictures are never read
_OLE = b"\xd0\xcf\x11\xe0"  # encrypted workbooks and the old .xls
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships "

TOO_LARGE = Message("unpacked, it is far larger than a workbook of records can be")


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part says of another, or of an address outside: its kind (`worksheet`) and target."""

    kind: str
    target: str
    external: bool


class Archive:
    """The parts of a workbook. Case does not tell names of parts apart.

    Raises Damaged where it is none, has a part twice, or would fill the memory; so do all methods.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        if stream.read(len(_OLE)) == _OLE:
            raise Damaged(Message("it is protected by a password, or an old .xls"))
        try:
            self._zip = zipfile.ZipFile(stream)
            parts = [part for part in self._zip.infolist() if not part.is_dir()]
        except Exception as error:
            # zipfile lets whatever a damaged file leads to pass: BadZipFile, struct.error, …
            raise Damaged from error
        if sum(part.file_size for part in parts) > TOTAL_LIMIT:
            raise Damaged(TOO_LARGE)
        if bomb := next(filter(_is_bomb, parts), None):
            reason = Message(
                "unpacked, its part {part} is far larger than in a workbook of records",
                part=shortened(bomb.filename),
            )
            raise Damaged(reason)
        self._parts = {_folded(part.filename): part for part in parts}
        if len(self._parts) < len(parts):
            raise Damaged(Message("it has the same part twice"))

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self._parts

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part; no more than the archive declares."""
        archive = self._zip
        try:
            with archive.open(self._parts[_folded(name)]) as part:
                while chunk := part.read(CHUNK):
                    yield chunk
        except (Damaged, GeneratorExit):
            raise
        except Exception as error:
            # zlib.error, EOFError, NotImplementedError, …
            raise Damaged from error

    def relations(self, name: str) -> Mapping[str, Relation]:
        """What the part `name` says of others, by id; the empty name is the whole workbook."""
        folder, file = split(name)
        part = join(folder, "_rels", f"{file}.rels")
        if part not in self:
            return {}
        relations: dict[str, Relation] = {}

        def relation(attributes: Attributes) -> None:
            try:
                key, kind, target = (attributes[key] for key in ("Id", "Type", "Target"))
            except KeyError:
                raise Damaged from None
            if key in relations:
                raise Damaged
            external = attributes.get("TargetMode") == "External"
            if not external:
                target = normpath(join("/", dirname(name), target)).lstrip("/")
            relations[key] = Relation(kind.rpartition("/")[2], target, external)

        root, child = _RELATIONS + "Relationships", _RELATIONS + "Relationship"
        Outline({"": {root}, root: {child}}, {child: relation}).read(self.chunks(part))
        return relations

    def related(self, name: str, kind: str) -> str | None:
        """The one part of a kind that `name` leads to."""
        targets = [
            relation.target
            for relation in self.relations(name).values()
            if relation.kind == kind and not relation.external
        ]
        if len(targets) > 1 or not all(target in self for target in targets):
            raise Damaged
        return targets[0] if targets else None


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    """Whether a part is too large; of none is more read than the size that the archive declares."""
    name = _folded(part.filename)
    if name.startswith(_LARGE):
        return part.file_size > max(PART_LIMIT, RATIO_LIMIT * part.compress_size)
    return part.file_size > (STYLES_LIMIT if name.endswith("styles.xml") else PART_LIMIT)
