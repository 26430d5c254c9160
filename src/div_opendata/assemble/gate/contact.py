"""Contact data in German and English free text: e-mail, phone, IBAN, address, salutation.

Patterns, not a language model: they find forms, never a name that stands alone. They are tuned for
the prose of administrations, which is full of numbers and streets; tests/data/free_text.csv is the
corpus of right and wrong sentences, and `scripts/bench` prints recall and false alarms.

Not found, because nothing tells them from other words: a name without salutation, “Familie” with a
name, a house number behind a name that is no street's by its form (“Im Winkel 4”) unless a
postcode or a word such as “Anschrift” stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["email", "phone", "iban", "address", "salutation"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Contact:
    """A passage that looks like contact data; `text` is NFKC with every dash as a hyphen."""

    kind: Kind
    text: str


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASH = re.compile("[\u2010-\u2015\u2212]")


def contacts(text: str, kinds: tuple[Kind, ...] = KINDS) -> list[Contact]:
    """What looks like contact data in a text, in its order, each passage once."""
    if not _MAYBE.search(text):
        return []
    if not text.isascii():
        text = _DASH.sub("-", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    found = {
        (start, kind, passage): None for kind in kinds for start, passage in _FINDERS[kind](text)
    }
    return list(
        dict.fromkeys(
            Contact(kind, " ".join(passage.split())) for _, kind, passage in sorted(found)
        )
    )


# --- e-mail ---------------------------------------------------------------------------------------

_LOCAL = r"(?<![\w.+%&-])[\w.+%&-]{1,64}"
_ENDING = r"(?!(?:png|jpe?g|svg|gif|webp)\b)[^\W\d_]{2,}"
_EMAIL = re.compile(
    rf"{_LOCAL}\s?@\s?(?:[\w-]+\.)+{_ENDING}"
    # name (at) city (dot) example, name[at]city.example
    rf"|{_LOCAL}\s?[\[({{<]\s?(?:at|ät|@)\s?[\])}}>]\s?[\w-]+"
    r"(?:(?:\s?[\[({<]\s?(?:dot|punkt|\.)\s?[\])}>]\s?|\.)[\w-]+)+"
    # name at city dot example
    rf"|{_LOCAL} (?:at|ät) [\w-]+(?: (?:dot|punkt) [\w-]+)*"
    r" (?:dot|punkt) (?:de|com|org|net|eu|info|city|example)\b",
    re.IGNORECASE,
)


def _emails(text: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found[0]) for found in _EMAIL.finditer(text))


# --- phone ----------------------------------------------------------------------------------------

_DATES = re.compile(
    r"\b[0-3]?\d\.\s?[01]?\d\.\s?(?:\d{4}|\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b"
    r"|\b\d{1,2}[.:]\d{2}(?:\s?-\s?\d{1,2}[.:]\d{2})?(?=\s?(?:Uhr|h\b))|\b\d{1,2}:\d{2}\b"
)
_NUMBERS = re.compile(
    r"(?<![\w,§/-])(?<!\d[.:])(?:\(?\+|\()?\d(?:[\s()/.-]{0,3}\d){2,24}(?![\w%€])"
)
_PHONE_WORD = re.compile(
    r"(?:\b(?:unter der nummer|tel|telefon|telefonisch|telefonnummer|telefax|fon|phone|call|fax"
    r"|faxnummer|mobil|mobiltelefon|mobilnummer|mobile|handy|handynummer|rufnummer|ruf|durchwahl|hotline|whatsapp"
    r"|signal|nebenstelle|apparat|app|dw|t|f|m)\b|[☎☏📞✆])"
    r"(?:[\s:.,/-]|\b(?:erreichbar|auch|gern|unter|der|die|dem|des|bei|ist|lautet|nummer|nr|no"
    r"|number|at|on|unser\w*|bürger\w*|büro\w*|amt\w*|rathaus\w*|sekretariat\w*|oder|und|or)\b)*$",
    re.IGNORECASE,
)
_LETTER_ALONE = re.compile(r"\b[TFM][\s:.]*$", re.IGNORECASE)
_OTHER_NUMBER = re.compile(
    r"(?:\b(?:drucksachen?|drs|ds|vorlagen?|az|aktenzeichen|gz|geschäftszeichen|zeichen|beschluss"
    r"|antrag|nr|nummern?|no|isbn|issn|ags|\w*schlüssel|kennziffer|plz|postleitzahl(?:en)?|seiten?"
    r"|s|din|iso|en|norm|konto|kontonummer|inventar\w*|\w*zeichen|rechnung|vergabe\w*|lose?"
    r"|version|ziffer|flurstücke?|flur|haushaltsstelle|produkt\w*|hrb|linien?|raum|zimmer|büro"
    r"|objekt|\w*plan|doi|id|code|stand|artikel|art|bis|von|ticket|auftrag|zähler\w*|modell)\b|§)"
    r"(?:[\s:.#-]|\b(?:nr|nummer|no)\b)*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s?(?:mal\b|anrufe|anrufen|gespräche|stück|euro|eur\b|€|%|prozent|personen|menschen|uhr|h\b"
    r"|km|m\b|m²|qm|meter|minuten|stunden|tage|jahre|einwohner|teilnehm|stimmen|geräte|exemplare"
    r"|haushalte|calls|people|times|hours|users)",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)\d\d(?:\s?[-/]\s?(?:(?:19|20)?\d\d))?")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:\.\d{3})+")
_INTERNATIONAL = re.compile(r"\(?(?:\+\s?|00\s?)[1-9]")
_NATIONAL = re.compile(
    r"\(?(0[1-9]\d{1,4})\)?[\s/-]{1,3}(?:\(0\)\s?)?([1-9][\d\s/-]*)"  # 0521 51-0, 0521/51-0
    r"|\((0[1-9][\d ]{1,5})\)[\s/-]{0,3}([1-9][\d\s/-]*)"  # (05 21) 51-0
    r"|(0[1-9] \d\d) ?[/-] ?([1-9][\d\s/-]*)"  # 05 21 / 51 23 45
)
_SERVICE = {"110", "112", "115", "116117", "116116"}
"""Numbers of nobody in particular, of which prose speaks: police, fire, authorities, doctors."""
_EXTENSION = re.compile(
    r"\b(?:durchwahl|nebenstelle|apparat|app\.|dw\.?)"
    r"(?:\s(?:des|der|im|ist|lautet|\w*büros?|\w*amte?s?))*[\s:]*-?\s?\d{2,5}\b(?!\.?\d)",
    re.IGNORECASE,
)
_AREA, _WHOLE = 4, 7  # least digits of a number that is called by its name, and of any other
_LONGEST = 15  # digits, E.164


def _phones(text: str) -> Iterator[tuple[int, str]]:
    masked = _DATES.sub(_blank, text)
    for start, iban in _ibans(text):
        masked = masked[:start] + ";" * len(iban) + masked[start + len(iban) :]
    for found in _NUMBERS.finditer(masked):
        # letters in which a word before a number says what it is
        before = masked[max(0, found.start() - 60) : found.start()]
        if _is_phone(found[0].strip(), before, masked[found.end() : found.end() + 20]):
            yield found.start(), found[0]
    for found in _EXTENSION.finditer(masked):
        if not _YEARS.search(found[0]):
            yield found.start(), found[0]


def _blank(found: re.Match[str]) -> str:
    return ";" * len(found[0])


def _is_phone(number: str, before: str, after: str) -> bool:
    digits = re.sub(r"\D", "", number)
    if digits in _SERVICE or len(digits) > _LONGEST or _COUNTED.match(after):
        return False
    if _PHONE_WORD.search(before):
        if _YEARS.fullmatch(number) or _THOUSANDS.fullmatch(number):
            return False
        if _LETTER_ALONE.search(before):  # T 0521 51-0, but not the paragraph M 1234
            return digits.startswith("0") and len(digits) >= _WHOLE
        return len(digits) >= _AREA or "-" in number
    if _OTHER_NUMBER.search(before):
        return False
    if _INTERNATIONAL.match(number):
        return len(digits) > _WHOLE and not _THOUSANDS.fullmatch(number)
    if found := _NATIONAL.fullmatch(number):
        subscriber = next(part for part in found.groups()[1::2] if part)
        return len(digits) >= _WHOLE and not _YEARS.fullmatch(subscriber.strip())
    return bool(re.fullmatch(r"0[1-9]\d{7,12}", number))


# --- IBAN -----------------------------------------------------------------------------------------

_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[\s-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22"
        " IT27 LI21 LT20 LU20 LV21 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 TR26 UA29",
    )
}
"""Characters of an IBAN by country (ISO 13616)."""
_UNBROKEN = re.compile(r"[0-9a-zA-Z]{35}")
"""More letters and digits without a break than any IBAN has."""


def _ibans(text: str) -> Iterator[tuple[int, str]]:
    for found in _IBAN.finditer(text):
        letters = re.sub(r"[\s-]", "", found[0]).upper()
        length = _IBAN_LENGTHS.get(letters[:2], 0)
        if length and len(letters) >= length and _checks(letters[:length]):
            if _UNBROKEN.match(text, found.start()):
                continue  # a hash, of which this is only the beginning
            yield found.start(), _first_letters(found[0], length)


def _checks(iban: str) -> bool:
    """The checksum of ISO 7064 (mod 97-10)."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def _first_letters(passage: str, count: int) -> str:
    """The beginning of a passage with so many letters and digits."""
    for end, letter in enumerate(passage, 1):
        count -= letter.isalnum()
        if count == 0:
            return passage[:end]
    return passage


# --- street with number ---------------------------------------------------------------------------

_NUMBER = r"\d{1,3}(?:\s?[a-hA-H](?![\w]))?(?:\s?[-/+]\s?\d{1,3}\s?[a-h]?\b)?(?![\w%€])(?![.,:]\d)"
_UPPER = r"(?-i:[A-ZÄÖÜ])"
_STREET = re.compile(
    # Hauptstraße 5, Bahnhofstr. 5, Detmolder Straße 5
    rf"\b(?:[\w-]{{2,40}}(?:straße|strasse|str\.?)|{_UPPER}[\w-]{{2,40}} (?:straße|strasse|str\.))"
    rf"\s?(?:nr\.?\s?|nummer\s)?(?P<a>{_NUMBER})"
    # Straße des Friedens 5
    rf"|\b(?-i:Straße|Platz|Allee) (?:der|des|von) (?:\w+\.? )?{_UPPER}[\w-]+ (?P<b>{_NUMBER})"
    # Niederwall 5, Jahnplatz 5, Neuer Weg 5
    rf"|\b{_UPPER}(?:[\w-]{{2,40}}(?:weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg"
    r"|pfad|wall|markt|promenade)|[\w-]{1,40} (?-i:Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee"
    rf"|Wall|Markt)) (?:nr\.?\s?)?(?P<c>{_NUMBER})"
    # Main Street is behind its number
    r"|(?<![\w.,/-])\d{1,4}[a-d]?,? (?-i:(?:[A-Z][a-z]+ ){1,3}(?:Street|Road|Avenue|Lane|Square))\b"
    # whatever the name, with a postcode behind it
    rf"|\b{_UPPER}\w+(?: [\w.-]+)? {_NUMBER}\s?[,/\n;-]\s?(?:D-?\s?)?\d{{5}} {_UPPER}[a-zäöüß]+"
    # or a word that says it
    r"|\b(?:anschrift|adresse|wohnhaft|wohnt|wohnen|wohnung|lives|address)(?::| in| im| an| am| at"
    rf"| auf| is| ist| lautet)*(?: (?:der|dem|den|the))?,? {_UPPER}[\w-]+(?: {_UPPER}?[\w-]+)?"
    rf" (?P<d>{_NUMBER})",
    re.IGNORECASE,
)
_NO_STREET = re.compile(
    r"(?:bundes|landes|kreis|staats|gemeinde|land|fahrrad|einkaufs|spiel|bau|sitz|steh|start"
    r"|stell|park|arbeits|studien|ausbildungs|lern|liege|zelt|camping|warte|kita|garten|pflege"
    r"|listen|rang|tabellen|schul|sport|lager|speicher|teilnahme|kreuzungs"
    r"|bolz|treff|tausch)(?:straße|str\.|platz)\b"
    r"|(?:rad|wander|rund|reit|schul|arbeits|lösungs|fuß|geh|mittel|rettungs|lehr|verbindungs"
    r"|feld|wirtschafts|projekt|entwicklungs|irr|um|aus|bürger|übertragungs|kommunikations)weg\b"
    r"|(?:bahn|bus|an|ab|auf|ein|aus|um)steig\b|(?:lehr|entwicklungs|trampel|lern|transformations"
    r"|kennt)pfad\b|firewall\b|(?:arbeits|wochen|weihnachts|floh|super|wohnungs|binnen|super"
    r"|bau|job)markt\b|sackgasse\b|(?:schlüssel|sitz|bewerbungs|versuchs|verb|gering|hering"
    r"|schul|boxen|außen|innen|jury)ring\b"
    # the second word is a rank or a way, no name: Der Weg 2, Zweiter Platz 3
    r"|^(?:der|die|das|den|dem|ein|eine|einen|einem|dieser|diesen|jeder|jeden|kein|unser|unseren"
    r"|ihr|mein|sein|auf|vom|zum|am|im|zur|und|oder|mit|für|ohne|erster?|zweiter?|dritter?"
    r"|vierter?|fünfter?|letzter?|nächster?|pro|je|sowie|per|via|option|variante) "
    r"(?:weg|platz|allee|gasse|ring|damm|ufer|chaussee|wall|markt|straße|strasse|str\.)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\.\s+(?:bauabschnitt|abschnitt|ba\b|phase|teil|stufe|etage|sitzung|platz|woche|klasse"
    r"|quartal|halbjahr|fassung|runde|treffen|workshop|dialog|termin|ausgabe|jahr|mal\b|stock|og\b"
    r"|lesung|änderung|entwurf|jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*$|\s*[,.;:)\]!?/|\n\"”“»-]|\s+(?:in|im|und|oder|statt|sowie|ist|sind|war|wird|werden|wurde|wurden"
    r"|findet|fand|an|am|bei|zu|zur|zum|mit|von|vom|bis|auf|ab|ein|eine|geöffnet|gegenüber|nahe"
    r"|durch|für|hat|hinter|neben|vor|steht|liegt|befindet|erreichbar|bleibt|soll|kann|is|was|and"
    r"|by|near|to|\d{5})\b|\s+\("
    # a verb, behind which no noun follows as behind an adjective: lehnt ab, but geplante Bäume
    r"|\s+[a-zäöüß]+t(?:e|en)?(?:\s+[a-zäöüß]|\s*[,.;:!?]|\s*$)|(?<=\d[a-h])\s",
)
"""What may follow a house number; behind a mere count stand an adjective or a noun."""


def _addresses(text: str) -> Iterator[tuple[int, str]]:
    for found in _STREET.finditer(text):
        if found.lastgroup is None:
            if not found[0][0].isdigit() or not _YEARS.match(found[0]):
                yield found.start(), found[0]
            continue
        end = found.end(found.lastgroup)
        if found.lastgroup == "d" or (
            not _NO_STREET.search(found[0])
            and not _ORDINAL.match(text, end)
            and _GOES_ON.match(text, end)
        ):
            yield found.start(), found[0]


# --- salutation with a name -----------------------------------------------------------------------

_TITLES = (
    r"(?:(?:Prof|Dr|Mag|Dipl\.?-?\s?\w+|Ing|med|jur|phil|rer|nat|pol|habil|dent|h\.\s?c|PD)"
    r"(?:\.-?\s?|\s))*"
)
_PARTICLES = (
    r"(?:(?:von|van|zu)\s(?:der\s|den\s|dem\s)?|(?:de|del|della|di|da|dos|al|el|ter|la)\s){0,2}"
)
_NAME = r"[^\W\d_](?:['’-]?[^\W\d_])+"
_FUNCTION = (
    r"(?:(?:(?:Ober|Bezirks|Alt)?[Bb]ürgermeister|(?:Vize|Bundes|Landtags|Regierungs)?[Pp]räsident"
    r"|(?:Bundes)?[Kk]anzler|Minister(?:präsident)?|Staatssekretär|(?:Stadt)?[Dd]irektor"
    r"|(?:Bau|Sozial|Kultur)?[Dd]ezernent|Amtsleiter|Abteilungsleiter|Referent|Professor|Moderator"
    r"|Sprecher|Kämmerer)(?:in|s)?|Vorsitzender?n?|Beigeordneter?|Stadt(?:rat|rätin|verordneter?)"
    r"|Rats(?:herr|frau)|Land(?:rat|rätin)|Abgeordneter?|Kolleg(?:e|in)|Doktor)\b"
)
_SALUTATION = re.compile(
    r"\b(?:(?P<frau>Frau|FRAU)|Herrn?|HERRN?|Hr\.|Fr\.(?=\s(?:Dr|Prof))|Eheleuten?|Mrs?\b\.?|Ms\b\.?"
    rf"|Mx\b\.?)(?:\s?[/*]\s?(?:Frau|Herrn?))?\s+{_TITLES}(?:{_FUNCTION}(?:\s+|$))?{_TITLES}"
    rf"(?:[^\W\d_]\.\s?){{0,2}}{_PARTICLES}(?P<name>{_NAME})"
    rf"|\b(?:Prof|Dr)\b\.?\s?{_TITLES}{_PARTICLES}(?P<doctor>{_NAME})"
)
_A_WOMAN = re.compile(
    r"(?:\b(?:eine|einer|jede|jeder|keine|keiner|diese|dieser|als|pro|je|die|welche|meine|seine"
    r"|junge|jungen|alte|moderne|erste|zweite|Mann (?:und|oder|zu)|wenn)\s+|Mann\s?/\s?)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:nach|vor)?name|beruf|mann|holle|welt|stand|format|familie|kind|person|kollegin|kollege"
    r"|doktor|und|im|am|der|die|das|in|für|mit|oder|als|sein|ist|hat|wird|herr|frau|innen|politik"
    r"|wirtschaft|arbeit|karriere|gesundheit|leben|gesellschaft|technik|oetker",
    re.IGNORECASE,
)
"""Words behind a salutation or title that are no name: phrases, and a company of Bielefeld."""
_NAMED_AFTER = re.compile(
    r"(?:straße|strasse|str|platz|weg|schule|haus|halle|preis|stiftung|brücke|park|saal|kolleg"
    r"|gymnasium|allee|ring|studie|programm|professur)$",
    re.IGNORECASE,
)


def _salutations(text: str) -> Iterator[tuple[int, str]]:
    for found in _SALUTATION.finditer(text):
        name = found["name"] or found["doctor"]
        if not name[0].isupper() or _NO_NAME.fullmatch(name) or _NAMED_AFTER.search(name):
            continue
        if re.fullmatch(_FUNCTION, name):
            continue
        if found["frau"] and _A_WOMAN.search(text[max(0, found.start() - 20) : found.start()]):
            continue
        yield found.start(), found[0]


_FINDERS = {
    "email": _emails,
    "phone": _phones,
    "iban": _ibans,
    "address": _addresses,
    "salutation": _salutations,
}
_MAYBE = re.compile(
    r"[@＠\d]|frau|herr|\b(?:at|ät|hr|fr|eheleuten?|mrs?|ms|mx|dr|prof)\b",
    re.IGNORECASE,
)
"""What every passage that is found has somewhere: most texts have none of it."""
