"""Counts of a secret ballot in words: texts that belong to its vote are searched for its numbers.

The counts are left out of the table; a conflict, a correction's reason or the summary of a result
may say them all the same. Only numbers of the vote itself are found, and only beside words of
voting: others are no secret.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from div_opendata.base.finding import Finding
from div_opendata.standard.records import Record, Records
from div_opendata.standard.tables import Value, key_text

from .forms import is_free_text
from .leaks import Leaks

_NEAR = 4  # words between a number and a word of voting, at most
_SMALL = (
    ("null", "keine", "keiner", "keinen", "keinem", "ohne", "niemand", "zero", "nobody"),
    ("ein", "eine", "einer", "einem", "einen", "one"),
    ("zwei", "two"), ("drei", "three"), ("vier", "four"), ("fünf", "five"), ("sechs", "six"),
    ("sieben", "seven"), ("acht", "eight"), ("neun", "nine"), ("zehn", "ten"), ("elf", "eleven"),
    ("zwölf", "twelve"), ("dreizehn", "thirteen"), ("vierzehn", "fourteen"),
    ("fünfzehn", "fifteen"),
)  # fmt: skip
_NUMBERS = {word: number for number, words in enumerate(_SMALL) for word in words}
_VOTING = re.compile(
    r"(?:(?:ja|nein|gegen|für)?stimm(?:e|en|enverhältnis|enzahl|enzahlen)|(?:ge)?stimmt|stimmten|stimmte"
    r"|(?:ab|zu|über)gestimmt|zustimm\w+|votum|votiert\w*|voten|enthaltung\w*|enthielt\w*|enthalten"
    r"|dafür|dagegen|befürwort\w*|ungültig\w*|ja|nein|angenommen|abgelehnt"
    r"|votes?|voted|favou?r|against|abstentions?|abstain\w*|ballots?|yes|carried|rejected)"
)
_COUNTED = re.compile(r"(?:ja|nein|gegen|für)?stimmen?|enthaltung(?:en)?|ungültige[nr]?|votes?")
"""What is counted: directly behind “keine” or “eine”, which are no numbers before other words."""
_UNANIMOUS = re.compile(r"einstimmig\w*|unanimous(?:ly)?")
_BETWEEN = re.compile(r"\s*(?::|zu|to|gegen)\s*")
_WORD = re.compile(r"\d+|[^\W\d_]+(?:-[^\W\d_]+)*")
_NO_COUNT = re.compile(
    r"\b\d{1,2}\.\s?(?:\d{1,2}\.(?:\s?\d{2,4})?|(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*)"
    r"|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[:.]\d{2}(?=\s?(?:Uhr|h\b))|\b\d+/\d+\b|\b\d+\s?%|\b\d+[.,]\d+"
    r"|§\s?\d+"
)
"""Dates, times, fractions, percent and paragraphs."""
_SENTENCE = re.compile(r"[.;!?](?:\s|$)")

Keys = set[tuple[str, str]]


def judge_ballots(records: Records, leaks: Leaks) -> Iterator[Finding]:
    """The withheld counts of each secret ballot, in the texts that belong to it."""
    secret = _withheld(records)
    for name, table in records.tables.items() if secret else ():
        free = [item for item in table.schema.fields.values() if is_free_text(item)]
        for record in table.records:
            numbers = secret.get((name, _key(name, record, records)), frozenset())
            for item in free if numbers else ():
                text = str(record.values.get(item.name) or "")
                if spans := counts(text, numbers):
                    place = table.place(record, item.name)
                    place = replace(place, record=leaks.safe(place.record or ""))
                    yield leaks.counts(text, spans, place)


def counts(text: str, numbers: frozenset[int]) -> list[tuple[int, int]]:
    """Where a text says one of these numbers beside a word of voting."""
    masked = _NO_COUNT.sub(lambda found: "~" * len(found[0]), text)
    words = list(_WORD.finditer(masked))
    said = [word[0].casefold() for word in words]
    values = [_value(said, number) for number in range(len(words))]
    voting = [_VOTING.fullmatch(word.replace("-", "")) is not None for word in said]
    found = []
    for number, word in enumerate(words):
        if (_UNANIMOUS.fullmatch(said[number]) and 0 in numbers) or (
            values[number] in numbers
            and (
                _is_beside(masked, words, number, voting)
                or _is_ratio(masked, words, number, values)
            )
        ):
            found.append(word.span())
    return found


def _value(said: list[str], number: int) -> int | None:
    """The number that a word is; “keine” and “eine” only before what is counted."""
    word = said[number]
    value = int(word) if word.isdecimal() and len(word) < 4 else _NUMBERS.get(word)
    if value in {0, 1} and not word.isdecimal() and word not in {"null", "zero", "one"}:
        behind = [other.replace("-", "") for other in said[number + 1 : number + 3]]
        return value if any(map(_COUNTED.fullmatch, behind)) else None
    return value


def _is_beside(text: str, words: list[re.Match[str]], number: int, voting: list[bool]) -> bool:
    """Whether a word of voting stands near a word, in the same sentence."""
    first, last = max(0, number - _NEAR), min(len(words), number + _NEAR + 1)
    for other in range(first, last):
        if voting[other]:
            start, end = sorted((number, other))
            if not _SENTENCE.search(text[words[start].end() : words[end].start()]):
                return True
    return False


def _is_ratio(text: str, words: list[re.Match[str]], number: int, values: list[int | None]) -> bool:
    """Whether a number is one of two as in “8 zu 5”."""
    for first in (number, number - 1, number - 2):
        for second in (first + 1, first + 2):
            there = first >= 0 and second < len(words) and number in {first, second}
            if there and values[first] is not None and values[second] is not None:
                between = text[words[first].end() : words[second].start()]
                if _BETWEEN.fullmatch(between):
                    return True
    return False


def _withheld(records: Records) -> Mapping[tuple[str, str], frozenset[int]]:
    """The numbers that no text of a record may say, by table and key."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for name, table in records.tables.items():
        for record in table.records if "withheld" in table.schema.schema else ():
            values = record.values
            numbers = {
                value
                for field in table.schema.withheld(values)
                if isinstance(value := values.get(field), int) and not isinstance(value, bool)
            }
            for key in _belonging(name, record, records) if numbers else ():
                found[key] |= numbers
    return {key: frozenset(numbers) for key, numbers in found.items()}


def _belonging(name: str, vote: Record, records: Records) -> Keys:
    """The records whose texts belong to a vote: itself, its circle and order, their results with
    what became of them, and what was said of any of these. The circle's other votes do not: open
    ones have counts of their own, which are the same now and then."""
    circle, order = vote.values.get("circle_id"), vote.values.get("order_id")
    keys: Keys = {(name, _key(name, vote, records))}
    keys |= {("circles", str(circle))} if circle else set()
    keys |= {("orders", str(order))} if order else set()
    keys |= _where(records, "results", "circle_id", {circle})
    keys |= _where(records, "results", "order_id", {order})
    results = {key for table, key in keys if table == "results"}
    keys |= _where(records, "follow_ups", "result_id", results)
    said: Keys = set()
    for notes in ("corrections", "deviations"):
        for record in records.tables[notes].records if notes in records.tables else ():
            if (record.values.get("table"), record.values.get("record_id")) in keys:
                said.add((notes, _key(notes, record, records)))
    return keys | said


def _where(records: Records, name: str, field: str, values: Container[Value | None]) -> Keys:
    """The records of a table that refer to one of some others."""
    table = records.tables.get(name)
    return {
        (name, _key(name, record, records))
        for record in (table.records if table else ())
        if record.values.get(field) is not None and record.values[field] in values
    }


def _key(name: str, record: Record, records: Records) -> str:
    key = records.tables[name].schema.key_of(record.values)
    return key_text(key) if key else ""
