"""Names of people of whom nothing is known: told by a first name, or by words such as “Idee von”.

A list of first names (first_names.txt, which says where it is from) finds “Thomas Brinkmann”, not
“Brinkmann”. What a street, a square or an institution is called is nobody's name there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from div_opendata.base.disk import read_text

from .folding import folded

NAMED_AFTER = re.compile(
    r"(?:straße|strasse|str|platz|weg|schule|haus|halle|preis|stiftung|brücke|park|saal|kolleg"
    r"|gymnasium|allee|ring|studie|programm|professur|universität|hochschule|institut|museum"
    r"|theater|bibliothek|zentrum|heim|klinik|kirche|denkmal|ufer|gasse|siedlung|verein)e?n?s?$",
    re.IGNORECASE,
)
"""Words of what is called after people."""
_WORD = r"[A-ZÄÖÜÇĐĞİÉÈŁŚŞŠŻŽČĆ](?:[^\W\d_]+(?:['’-][^\W\d_]+)*|\.)"
_PARTICLE = r"(?:(?:von|van|zu|de|del|di|da|al|el|ter)\s(?:der\s|den\s|dem\s|la\s)?)?"
_RUN = re.compile(rf"(?<![\w-]){_WORD}(?:\s{_PARTICLE}{_WORD})+")
"""Words with capitals one behind the other, among them initials."""
_WITH_PARTICLE = re.compile(rf"{_PARTICLE}(?P<word>{_WORD})")
_NO_SURNAME = re.compile(
    r".*(?:ung|heit|keit|schaft|ion|tät|tum|ismus|nis)(?:e?[ns]|en|se|sen)?|.*(?:innen|woche|monat)"
    r"|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|frühjahr|herbst"
    r"|der|die|das|den|dem|des|eine?|und|oder|in|im|am|an|auf|bei|mit|für|zu|ist|hat|wird"
    r"|gmbh|ag|kg|cup|open|best|city",
    re.IGNORECASE,
)
"""What stands behind a first name and is no surname: nouns by their form, times, small words."""
_FOR_A_PERSON = (
    r"\b(?P<person>Ansprech(?:partner(?:[:*]?in)?|person)|Kontaktperson|Sachbearbeiter(?:[:*]?in)?"
    r"|Moderator(?:[:*]?in)?|Autor(?:[:*]?in)?|gez\.|vertreten durch|(?:unterzeichnet|geleitet"
    r"|moderiert|eingereicht|vorgestellt|vorgetragen|gestellt) von)(?:\s(?:ist|war))?:?\s*"
)
_FOR_A_TEXT = (
    r"\b(?:(?:Idee|Vorschlag|Antrag|Hinweis|Anregung|Beitrag|Foto|Text|Bericht|Zitat)\s(?:von|durch)"
    r"|Idee|Foto|Text|Kontakt|Leitung|Moderation|Protokoll|Redaktion):?\s*"
)
_CUES = re.compile(f"{_FOR_A_PERSON}|{_FOR_A_TEXT}")
_CUE = re.compile(f"(?:{_FOR_A_PERSON}|{_FOR_A_TEXT})$")
"""Words before a name; behind those for a `person` stands one whatever the list has."""
_NO_FIRST = re.compile(
    r"(?:die|der|das|stadt|amt|büro|land|kreis|team|verein|universität|hochschule|projekt|frau|herrn?)"
    r"|(?:fach|bürger|innovations|öffentlich|extern|städtisch|abteilung|referat|dezernat)\w*"
    r"|\w*(?:amt|büro|stelle|werke|rat|schule|haus)",
    re.IGNORECASE,
)
_BEFORE = 60  # letters in which words before a name are looked for


@cache
def first_names() -> Mapping[str, bool]:
    """The first names, folded, and whether each is a name alone, not an ordinary word as well."""
    lines = read_text(Path(__file__).with_name("first_names.txt")).splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    return {folded(name.rstrip("*")): not name.endswith("*") for name in names}


def is_first_name(word: str) -> bool:
    """Whether a word is a first name, of whose parts each is one: Karl-Heinz."""
    return all(folded(part) in first_names() for part in word.split("-"))


def people(text: str) -> list[str]:
    """What looks like first name and surname of somebody, in its order, each passage once."""
    text = unicodedata.normalize("NFC", text)
    has_cues = _CUES.search(text) is not None
    found: dict[str, None] = {}
    for run in _RUN.finditer(text):
        words = list(_WITH_PARTICLE.finditer(run[0]))
        for number, word in enumerate(words[:-1]):
            start = run.start() + word.start("word")
            cue = _CUE.search(text, max(0, start - _BEFORE), start) if has_cues else None
            if _begins(word["word"], cue):
                if passage := _passage(run[0], words[number:]):
                    found[" ".join(passage.split())] = None
                break
    return list(found)


def _begins(word: str, cue: re.Match[str] | None) -> bool:
    """Whether a word may be the first name that somebody's name begins with."""
    if is_first_name(word):
        return bool(cue) or all(first_names()[folded(part)] for part in word.split("-"))
    return bool(cue and cue["person"] and not word.endswith(".") and not _NO_FIRST.fullmatch(word))


def _passage(run: str, words: Sequence[re.Match[str]]) -> str | None:
    """The name from its first word on, unless something is called after it or it is no name."""
    last = next(
        (
            number
            for number, word in enumerate(words[1:], 1)
            if not word["word"].endswith(".") and not is_first_name(word["word"])
        ),
        len(words) - 1,
    )
    surname = words[last]["word"]
    behind = words[last + 1]["word"] if last + 1 < len(words) else ""
    if surname.endswith(".") or _NO_SURNAME.fullmatch(surname):
        return None
    if NAMED_AFTER.search(surname) or NAMED_AFTER.search(behind):
        return None
    return run[words[0].start("word") : words[last].end()]
