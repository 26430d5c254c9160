"""A part's XML, walked along an outline: what that does not name is skipped, with all in it.

So what Excel does not show is not read: extensions (`extLst`), elements of other programs, and of
`mc:AlternateContent` every branch but the one that Excel takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate

from div_opendata.base.i18n import Message

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
"""What the names of elements begin with, as the parser joins namespace and name."""

_STRICT = "http://purl.oclc.org/ooxml/"
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006 "
_ALTERNATIVES = _COMPATIBILITY + "AlternateContent"
_CHOICE, _FALLBACK = _COMPATIBILITY + "Choice", _COMPATIBILITY + "Fallback"
_MICROSOFT = "http://schemas.microsoft.com/office/"
_UNDERSTOOD = {
    SPREADSHEET.strip(),
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    *(
        _MICROSOFT + name
        for name in (
            "drawing/2010/main",
            "excel/2006/main",
            "spreadsheetml/2009/9/ac",
            "spreadsheetml/2009/9/main",
            "spreadsheetml/2010/11/ac",
            "spreadsheetml/2010/11/main",
            "spreadsheetml/2014/revision",
            "spreadsheetml/2015/02/main",
            "spreadsheetml/2015/revision2",
            "spreadsheetml/2016/revision3",
            "spreadsheetml/2016/revision6",
            "spreadsheetml/2016/revision10",
        )
    ),
}
"""Namespaces that every Excel in use knows (x14, x14ac, x15, xr …): a choice that requires others
is not taken."""

_ENCODINGS = {None, "utf-8", "utf-16", "us-ascii", "ascii"}  # that a part may have

Attributes = dict[str, str]


class Damaged(Exception):  # noqa: N818 - not an error: it ends one file, not the run
    """A workbook is no workbook, damaged, or can be read in two ways; `reason` says which."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__()
        self.reason = reason or Message("it is not an Excel workbook, or damaged")


class _Alternatives:
    """An open `mc:AlternateContent`: what its branches may hold, and whether one was taken."""

    __slots__ = ("allowed", "taken")

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = allowed
        self.taken = False


class Outline:
    """Which elements of a part are read, and what is done with them.

    `children` has the elements that each may contain, the root under the empty name. `begin` is
    called with the attributes of an element, `end` with the text in it.
    """

    def __init__(
        self,
        children: Mapping[str, Collection[str]],
        begin: Mapping[str, Callable[[Attributes], None]],
        end: Mapping[str, Callable[[str], None]] | None = None,
    ) -> None:
        self._children = children
        self._begin = begin
        self._end = end or {}
        self._open: list[Collection[str] | _Alternatives] = [children[""]]
        self._skipped = 0  # elements that are open within the skipped one, itself included
        self._text: list[str] = []
        self._prefixes: dict[str, list[str]] = {}
        self._parser = self._new_parser()

    def walk(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Read a part, with a pause after each chunk. Raises Damaged."""
        for chunk in chunks:
            self._parse(chunk)
            yield
        self._parse(b"", last=True)
        yield

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read a part as a whole. Raises Damaged."""
        for _ in self.walk(chunks):
            pass

    def _new_parser(self) -> XMLParserType:
        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _refuse  # entities could expand to billions of letters
        parser.StartNamespaceDeclHandler = self._begin_prefix
        parser.EndNamespaceDeclHandler = self._end_prefix
        self._resume(parser)
        return parser

    def _resume(self, parser: XMLParserType) -> None:
        parser.StartElementHandler = self._begin_element
        parser.EndElementHandler = self._end_element
        parser.CharacterDataHandler = self._text.append

    def _parse(self, chunk: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(chunk, last)
        except ExpatError as error:
            raise Damaged from error

    def _begin_element(self, name: str, attributes: Attributes) -> None:
        allowed = self._open[-1]
        if isinstance(allowed, _Alternatives):
            self._begin_branch(allowed, name, attributes)
        elif name in allowed:
            self._open.append(self._children.get(name, ()))
            self._text.clear()
            if begin := self._begin.get(name):
                begin(attributes)
        elif len(self._open) == 1:
            raise Damaged(_saved_as_strict() if name.startswith(_STRICT) else None)
        elif name == _ALTERNATIVES:
            self._open.append(_Alternatives(allowed))
        else:
            self._skip()

    def _end_element(self, name: str) -> None:
        self._open.pop()
        if end := self._end.get(name):
            end("".join(self._text))

    def _begin_branch(self, branches: _Alternatives, name: str, attributes: Attributes) -> None:
        wanted = (name == _CHOICE and self._understands(attributes.get("Requires", ""))) or (
            name == _FALLBACK
        )
        if not wanted or branches.taken:
            self._skip()
            return
        branches.taken = True
        self._open.append(branches.allowed)

    def _understands(self, prefixes: str) -> bool:
        try:
            required = {self._prefixes[prefix][-1] for prefix in prefixes.split()}
        except (KeyError, IndexError):
            raise Damaged from None
        return required <= _UNDERSTOOD

    def _begin_prefix(self, prefix: str | None, namespace: str) -> None:
        self._prefixes.setdefault(prefix or "", []).append(namespace)

    def _end_prefix(self, prefix: str | None) -> None:
        self._prefixes[prefix or ""].pop()

    def _skip(self) -> None:
        """Read on behind the element that has begun."""
        self._skipped = 1
        self._parser.StartElementHandler = self._begin_skipped
        self._parser.EndElementHandler = self._end_skipped
        self._parser.CharacterDataHandler = None

    def _begin_skipped(self, _name: str, _attributes: Attributes) -> None:
        self._skipped += 1

    def _end_skipped(self, _name: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._resume(self._parser)


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if (encoding.lower() if encoding else None) not in _ENCODINGS:
        raise Damaged


def _refuse(*_declaration: object) -> None:
    raise Damaged


def _saved_as_strict() -> Message:
    return Message("it is saved as “Strict Open XML”; save it as an ordinary workbook")
