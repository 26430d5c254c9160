"""Names, tickets and words of private/, found however they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from div_opendata.assemble.gate.names import readings
from div_opendata.assemble.gate.private import Private, Ticket
from div_opendata.assemble.gate.search import CHUNK, Needles
from support.private import TICKET

PEOPLE = (
    ("Jürgen von der Groß-Müller", 2),
    ("Prof. Dr. Erika Maria Beispiel", 3),
    ("Schön, Anna", 4),
    ("Łukasz Çelik", 5),
)


@dataclass(frozen=True)
class _Listed(Private):
    people: Sequence[tuple[str, int]] = PEOPLE

    @property
    def names(self) -> Iterator[tuple[str, str, int]]:
        return ((name, "private/holders.csv", row) for name, row in self.people)


NEEDLES = Needles(
    _Listed(
        tickets=(
            Ticket("private/register-a-1.csv", 2, TICKET, "Sonne", "0f" * 32, ""),
            Ticket("private/register-a-1.csv", 3, "MOND-17", "", "1e" * 32, ""),
        )
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jürgen von der Groß-Müller", {("name", 2)}),
        ("JUERGEN VON DER GROSS-MUELLER", {("name", 2)}),
        ("jurgen von der gross muller", {("name", 2)}),
        ("Ju\u0308rgen Groß\u2011Mu\u0308ller", {("name", 2)}),
        ("Jürgen\n   von der\tGroß-Müller", {("name", 2)}),
        ("Groß-Müller, Jürgen", {("name", 2)}),
        ("Jürgen Groß-Müllers Vorschlag", {("name", 2)}),
        ("die Groß-Müller", {("surname", 2)}),
        ("Großmüller", {("surname", 2)}),
        ("Erika Beispiel", {("name", 3)}),
        ("ErikaBeispiel", {("name", 3)}),
        ("erika_beispiel", {("name", 3)}),
        ("Erika&nbsp;Beispiel", {("name", 3)}),
        ("Erika &#66;eispiel", {("name", 3)}),
        ("\\u0045rika\\nBeispiel", {("name", 3)}),
        ("Erika%20Beispiel", {("name", 3)}),
        ("&amp;#69;rika Beispiel", {("name", 3)}),
        ("Eri\u00adka Bei\u200bspiel", {("name", 3)}),
        ("Erika Bei-\nspiel", {("name", 3)}),
        ("Ｅｒｉｋａ Ｂｅｉｓｐｉｅｌ", {("name", 3)}),
        ("\U0001d404\U0001d42b\U0001d422\U0001d424\U0001d41a Beispiel", {("name", 3)}),
        ("zum Beispiel", {("surname", 3)}),
        ("Anna Schön", {("name", 4)}),
        ("Anna Schoen", {("name", 4)}),
        ("Lukasz Celik", {("name", 5)}),
        (TICKET, {("ticket", 2)}),
        (TICKET.lower().replace("-", " "), {("ticket", 2)}),
        (f"x{TICKET.replace('-', '')}y", {("ticket", 2)}),
        ("7QK2-M4XR-9TOV-3HGB-WE5D", {("ticket", 2)}),
        ("7QK2M4 XR9T\n0V3HGBWE5D", {("ticket", 2)}),
        ("Mond-17", {("ticket", 3)}),
        (f"{'0f' * 32},SONNE", {("word", 2)}),
        (f"{'0f' * 32}\n(Sonne)", {("word", 2)}),
        # not quite
        ("Jürgen von der Post", set()),
        ("Erika und ein Beispielhaus", set()),
        ("Beispiele, Beispielhaft", set()),
        ("Das ist schon so, Anna", set()),
        ("schon", set()),
        (TICKET[:-1] + "E", set()),
        (TICKET[1:], set()),
        ("Die Sonne scheint", set()),
        (f"{'0f' * 32}\n\n\nSonne", set()),
        (f"{'0f' * 31}00 Sonne", set()),
    ],
)
def test_private_values_are_found_however_they_are_written(
    text: str, expected: set[tuple[str, int]]
) -> None:
    assert {(secret.kind, secret.row) for secret in NEEDLES.search(text)} == expected


def kinds(name: str, text: str) -> set[str]:
    """As what a name in private/ is found in a text."""
    return {secret.kind for secret in Needles(_Listed(people=((name, 2),))).search(text)}


def of_register(application: str) -> Private:
    """A register with one application."""
    return Private(tickets=(Ticket("private/register-a-1.csv", 2, TICKET, "", "", application),))


SPELLINGS = [
    "Erika Muster",
    "Muster, Erika",
    "Erika Muster <erika.muster@web.example>",
    "Erika Muster erika.muster@web.example",
    "erika.muster@web.example, Erika Muster",
    "Erika Muster 3",
    "7 Erika Muster",
    "Muster, Erika 3",
    "Erika Muster jun.",
    "Erika Muster Jr",
    "Erika Muster, sen.",
    "Muster jun., Erika",
    "Erika Muster M.A.",
    "Erika Muster M. A.",
    "Erika Muster MA",
    "Erika Muster, LL.M.",
    "Muster, Erika, M.Sc.",
    "Erika Muster - SPD",
    "Erika Muster \u2013 SPD",
    "Erika Muster (SPD)",
    "Erika Muster/Max Beispiel",
    "Max Beispiel / Erika Muster",
    "Max Beispiel; Erika Muster",
    "Muster, Erika | Beispiel, Max",
    "Max Beispiel, Erika Muster",
    "Dr. Muster, Erika",
    "Frau Muster, Erika",
    "Muster, Dr. phil. Erika",
    "Prof.Dr.Erika Muster",
    "Dr. h. c. Erika Muster",
    "Erika Muster, Dr.",
    "Erika Muster, Dr. rer. nat.",
    "Erika Muster, Sozialamt",
    "Sozialamt, Erika Muster",
    "Erika Muster, Amt für Soziales",
    "Erika Muster, 33602 Bielefeld",
    "Erika Muster, Am Markt 3, 33602 Bielefeld",
    "Erika Muster, Tel. 0521 512345",
    "Erika Muster Tel. 0521 512345",
    "Erika Muster, geb. Schulz",
    "Erika Muster geborene Schulz",
    "Muster, geb. Schulz, Erika",
    "Bewerbung 12 von Erika Muster",
    "Bewerbung vom 12. August 2026, Erika Muster",
    "Bewerbung Nr. 12 (Erika Muster)",
    "Erika Muster\nSozialamt",
    "Application no. 12: Erika Muster",
    "Erika Muster-Schulz",
    "Muster-Schulz, Erika",
]


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("text", ["Frau Erika Muster war da", "MUSTER, ERIKA"])
def test_a_full_name_is_found_whatever_else_its_cell_says(name: str, text: str) -> None:
    assert kinds(name, text) == {"name"}
    assert {secret.kind for secret in Needles(of_register(name)).search(text)} == {"name"}


@pytest.mark.parametrize("name", [name for name in SPELLINGS if name != "Sozialamt, Erika Muster"])
def test_a_surname_alone_stays_a_warning(name: str) -> None:
    text = "das Muster-Schulz-Haus" if "Muster-Schulz" in name else "das Muster"
    assert kinds(name, text) == {"surname"}


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize(
    "text",
    [
        "Max Muster-Meier und Erika",  # somebody else
        "Schulz von der SPD, Amt für Soziales",
        "Am Markt 3 in 33602 Bielefeld",
        "web.example, Tel. 0521 512345, Bewerbung Nr. 12",
        "Dr. phil. M.A. LL.M. jun. sen.",
    ],
)
def test_what_else_a_cell_says_is_nobody(name: str, text: str) -> None:
    assert "name" not in kinds(name, text)
    assert kinds(name, text) <= ({"surname"} if "Muster" in text else set())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Anna Müller-Schulz", "Anna Müller", {"name"}),
        ("Anna Müller-Schulz", "Anna Mueller-Schulz", {"name"}),
        ("Anna Müller-Schulz", "Anna Muller", {"name"}),
        ("Anna Müller-Schulz", "Müller, Anna", {"name"}),
        ("Anna Müller-Schulz", "Herr Müller", set()),
        ("Anna Müller-Schulz", "Anna, Schulz", set()),
        ("Karim al-Amin", "Karim al Dente", set()),
        ("am Ende, Karl", "Karl am Ende", {"name"}),
        ("am Ende, Karl", "am Ende", {"surname"}),
        ("von der Groß, Jürgen", "von der Groß", {"surname"}),
        ("Bewerbung 3: von der Groß, Jürgen", "Jürgen von der Groß", {"name"}),
        ("Bewerbung 3 von Groß, Jürgen", "Jürgen Groß", {"name"}),
        ("Le, Minh", "Minh Le", {"name"}),
        ("Muster, Anna Maria", "Maria", set()),
        ("Garcia Lopez, Ana", "Ana Lopez", {"name"}),
        ("Wei Ma", "Wei Ma", {"name"}),
        ("Phil Muster", "Phil Muster", {"name"}),
        # broken at the end of a line, before whatever letter
        ("Jan Dvořáčekný", "Jan Dvořá-\nčekný", {"name"}),
        ("Jan Dvořáčekný", "Jan DVOŘÁ-\nČEKNÝ", {"name"}),
        ("Jan Dvořáčekný", "Jan Dvo\u00ad\r\nřáčekný", {"name"}),
        ("Jan Dvořáčekný", "Jan Dvořá- \n  c\u030cekný", {"name"}),
        ("Anna Müller-Schulz", "Anna Müller-\nSchulz", {"name"}),
        # with an ending
        ("Aro Krönkemöller", "die Krönkemöllersche Idee", {"surname"}),
        ("Aro Krönkemöller", "Aro Krönkemöllersche Ideen", {"name"}),
        ("Aro Krönkemöller", "nach Krönkemöllerschem Muster", {"surname"}),
        ("Aro Krönkemöller", "das Krönkemöller'sche Haus", {"surname"}),
        ("Aro Krönkemöller", "Krönkemöllers Idee", {"surname"}),
        ("Aro Krönkemöller", "Krönkemöllerweg, Krönkemöllerei", set()),
        ("Ida Men", "Deutsche Menschen", set()),
        ("Ida Ti", "Tische", set()),
        # initial and surname in one word
        ("Aro Krönkemöller", "akroenkemoeller", {"person"}),
        ("Aro Krönkemöller", "AKrönkemöllers Seite", {"person"}),
        ("Aro Krönkemöller", "bkroenkemoeller", set()),
        ("Bea Rand", "Brand im Wald", {"surname"}),
        ("Karl Uhr", "Kuhr", set()),
        ("Mu\u0308ller, Anna", "Anna Muller", {"name"}),
    ],
)
def test_readings_of_a_name(name: str, text: str, expected: set[str]) -> None:
    assert kinds(name, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # an initial or any first name before the surname
        ("E. Beispiel war da", "person"),
        ("E.Beispiel", "person"),
        ("E Beispiel", "person"),
        ("K. Beispiel", "person"),
        ("E. M. Beispiel", "person"),
        ("E.-M. Beispiel", "person"),
        ("Ch. Beispiel", "person"),
        ("e.beispiel", "person"),
        ("e_beispiel", "person"),
        ("Beispiel, E.", "person"),
        ("Beispiel E.", "person"),
        ("E. von Beispiel", "person"),
        ("Erika M. Beispiel", "person"),
        ("Erika Sabine Beispiel", "person"),
        ("Max Beispiel", "person"),
        ("Karl-Heinz Beispiel", "person"),
        ("Max\nBeispiel", "person"),
        ("Max von der Beispiel", "person"),
        ("max.beispiel", "person"),
        ("Erika und Max Beispiel", "person"),
        ("Erika u. Xaverio Beispiel", "person"),
        ("Erika & Xaverio Beispiel", "person"),
        ("Erika/Xaverio Beispiel", "person"),
        ("i. A. Beispiel", "person"),
        # but no abbreviation, and no word
        ("z. B. Beispiel", "surname"),
        ("z.B. Beispiel", "surname"),
        ("i. d. R. Beispiel", "surname"),
        ("u. a. Beispiel", "surname"),
        ("d. h. Beispiel", "surname"),
        ("St. Beispiel", "surname"),
        ("Dr. Beispiel", "surname"),
        ("zum Beispiel", "surname"),
        ("zum Beispiel, a. a. O.", "surname"),
        ("Punkt 3. Beispiel", "surname"),
        ("Kunst und Beispiel", "surname"),
        ("Das sagt Max. Beispiel folgt", "surname"),
        ("Mit Max, Beispiel und Plan", "surname"),
        ("Max Beispiel-Müller", "surname"),
        ("½ E. Beispiel", "person"),
        ("x\u0301y E. Beispiel", "person"),
        # called after somebody
        ("Max-Beispiel-Straße 3", "surname"),
        ("Max Beispiel Straße", "surname"),
        ("M.-Beispiel-Platz", "surname"),
        ("Erika-Beispiel-Gesamtschule", "surname"),
        ("die Erika-Beispiel-Stiftung", "surname"),
        ("Erika Beispiel Straße", "name"),
        # a full name, and words that look like one
        ("Erika Beispiel", "name"),
        ("Beispiel, Erika", "name"),
        ("ERIKA BEISPIEL", "name"),
        ("erika.beispiel", "name"),
        ("Erika, Beispiel", "person"),
        ("mit Erika. Beispiel und Plan", "person"),
        ("mit Beispiel. Erika kommt", "person"),
    ],
)
def test_who_is_meant_by_a_surname(text: str, expected: str) -> None:
    assert kinds("Erika Beispiel", text) == {expected}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("August Sommer", "Im August, Sommer wie selten", "person"),
        ("August Sommer", "Im August Sommer", "name"),
        ("E. Beispiel", "E. Beispiel war da", "name"),
        ("Erika M. Beispiel", "Erika M. Beispiel", "name"),
    ],
)
def test_a_full_name_is_one_across_no_pause(name: str, text: str, expected: str) -> None:
    assert kinds(name, text) == {expected}


def test_what_is_left_of_a_text_without_its_names() -> None:
    """By its hash nobody can try names."""
    needles = Needles(_Listed())
    assert needles.without_names("Im Mai, E. Beispiel wie selten") == "Im Mai, … wie selten"
    assert needles.without_names("Max Beispiel und Beispiele, A. Schön, Schön") == (
        "… und Beispiele, …, …"
    )
    assert needles.without_names("zum Beispiel") is None
    assert needles.without_names("x\u0301y E. Beispiel") is None
    assert needles.without_names("E. &#66;eispiel") is None


@pytest.mark.parametrize(
    "reference",
    [
        "Bewerbung Nr. 12",
        "Bewerbung Nr.12, Antrag 3",
        "Bewerbung vom 12. August 2026",
        "Bewerbung vom 12. August 2026, Nr. 3",
        "Online-Bewerbung Nr. 12",
        "Antrag A 12",
        "Az. 50.1/2026",
        "Aktenzeichen WB-12",
        "Application No 12",
        "lfd. Nr. 3",
        "12, 13",
        "Nr. 7 <bewerbung@web.example>",
        "erika.muster@web.example",
        " - ",
        "",
    ],
)
def test_a_reference_is_nobody(reference: str) -> None:
    text = "Bewerbung Nr. 12, Antrag A, Online, August, WB, No, Az, Aktenzeichen, Application, 3, 7"
    assert readings(reference) == [] or reference == "Antrag A 12"
    assert kinds(reference, text) == set()
    assert Needles(of_register(reference)).search(text) == set()


@given(st.text(alphabet="ab ÄßMA.,;/|-()<>@'7", max_size=60))
def test_any_cell_is_read(name: str) -> None:
    for reading in readings(name):
        assert reading.surname
    assert "name" not in kinds(name, "zz")


@given(st.text(alphabet="abc äß.,\n-", max_size=300), st.text(alphabet="xyz \n", max_size=300))
def test_a_name_or_ticket_is_found_in_the_middle_of_anything(before: str, behind: str) -> None:
    kinds = {s.kind for s in NEEDLES.search(f"{before} Erika Beispiel {behind} {TICKET}{behind}")}
    assert {"name", "ticket"} <= kinds


@pytest.mark.parametrize("plant", ["Erika\nBeispiel", TICKET])
@pytest.mark.parametrize("shift", range(-30, 30, 7))
def test_nothing_is_lost_where_a_long_text_is_cut(plant: str, shift: int) -> None:
    filling = "Ein Satz von vielen.\n"
    text = filling * (CHUNK // len(filling) + 2)
    cut = CHUNK + shift
    (secret,) = NEEDLES.search(f"{text[:cut]}\n{plant}\n{text[cut:]}")
    assert secret.kind in {"name", "ticket"}


def test_nobody_is_shown() -> None:
    """Not even by a programmer who prints what holds the values."""
    for secret in NEEDLES.search(f"Erika Beispiel {TICKET}"):
        assert "Beispiel" not in repr(secret)
        assert TICKET not in repr(secret)
