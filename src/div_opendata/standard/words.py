"""Words that say nothing: what people write where they know nothing, and spreadsheets where they
failed."""

from __future__ import annotations

import re

from .codelists import fold

_NOT_KNOWN = {
    fold(word)
    for word in """
    NA; N/A; #N/A N/A; n.a.; n. a.; n/v; n.v.; n. v.; null; (null); none; nil; NaN; <NA>; undefined
    k. A.; k.A.; kA; k. Ang.; keine Angabe; keine Angaben; ohne Angabe; ohne Angaben; o. A.; o.A.
    unbekannt; nicht bekannt; noch nicht bekannt; noch unbekannt; unklar; noch unklar; noch offen
    nicht erfasst; nicht ermittelt; fehlt; fehlt noch; folgt; folgt noch; wird nachgereicht
    nicht zutreffend; trifft nicht zu; entfällt; nicht vorhanden; liegt nicht vor
    unknown; not known; not yet known; not available; not specified; not applicable; no answer
    missing; to follow; tbd; t.b.d.; to be determined; tba; t.b.a.; to be announced; tbc
    """.replace("\n", ";").split(";")
    if fold(word)
}
_LONGEST = max(map(len, _NOT_KNOWN))
_NO_WORD = re.compile(r"[-–—−_./\\*?!…·]+")

_ERROR = re.compile(
    r"#(?:NV|N/A|BEZUG!|REF!|WERT!|VALUE!|NAME\?|DIV/0!|ZAHL!|NUM!|NULL!|ÜBERLAUF!|SPILL!|KALK!|CALC!"
    r"|FELD!|FIELD!|BLOCKIERT!|BLOCKED!|UNBEKANNT!|UNKNOWN!|VERBINDEN!|CONNECT!|BESCHÄFTIGT!|BUSY!"
    r"|DATEN_ABRUFEN|GETTING_DATA|PYTHON!|EXTERN!|EXTERNAL!|FEHLER!|ERROR!|MACRO\?)"
    r"|(?:Err|Fehler):[0-9]{3}",
    re.IGNORECASE,
)
_TOO_NARROW = re.compile(r"#{3,}")


def is_not_known(text: str) -> bool:
    """Whether a whole cell only says that there is nothing to say: “k. A.”, “–”, “?”, NULL."""
    if len(text) > _LONGEST:
        return False
    return fold(text) in _NOT_KNOWN or _NO_WORD.fullmatch(text.replace(" ", "")) is not None


def is_error(text: str) -> bool:
    """Whether a whole cell is what a spreadsheet writes where it could not compute: `#NV`."""
    return text[:1] in "#EeFf" and _ERROR.fullmatch(text) is not None


def is_too_narrow(text: str) -> bool:
    """Whether a whole cell is what a spreadsheet shows where a column is too narrow: `########`."""
    return _TOO_NARROW.fullmatch(text) is not None
