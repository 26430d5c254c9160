"""The catalogue of a portal: as RDF, and as data.json for those who read nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message

from ...metadata.catalogue import DATA_FORM, FREE_TEXTS
from ..div7xx_bytes import unknown_content, unknown_property
from ..documents import judge_document, strings
from ..files import File
from ..folding import decoded
from ..known import Known
from ..leaks import Leaks


def judge_data(file: File, leaks: Leaks, known: Known) -> Iterator[Finding]:
    """data.json."""
    document = yield from judge_document(file.text, DATA_FORM, file.place, leaks)
    texts = list(strings(document))
    said = dict.fromkeys(value for key, value in texts if key in FREE_TEXTS)
    others = [value for key, value in texts if key not in FREE_TEXTS]
    yield from _judge_words(file, said, others, leaks, known)


def judge_catalogue(file: File, leaks: Leaks, known: Known) -> Iterator[Finding]:
    """The catalogue as RDF: only terms of the mapping, and nothing beside the graph."""
    from rdflib import Literal

    from ...metadata import graph

    text, place = file.text, file.place
    ending, content = file.name.rpartition(".")[2], text.encode("utf-8", "replace")
    try:
        found = graph.read(content, ending)
    except ValueError:
        yield unknown_content(place, Message("This file is no catalogue."))
        yield from leaks.anything(text, place)
        return
    if not graph.is_plain(content, ending, found):
        yield unknown_content(place, Message("This file has more in it than a catalogue."))
        yield from leaks.contacts(text, place, ("email",))
    terms = graph.terms()
    said: set[str] = set()
    others: set[str] = set()
    for subject, predicate, value in found:
        typed = str(value) if str(predicate) == graph.TYPE else None
        for used in {str(predicate), typed} - terms - {None}:
            yield unknown_property(place, leaks.safe(str(used)))
        words = isinstance(value, Literal) and value.datatype is None
        (said if words else others).add(str(value))
        others.add(str(subject))
    yield from _judge_words(file, sorted(said), sorted(others), leaks, known)


def _judge_words(
    file: File, said: Iterable[str], others: Iterable[str], leaks: Leaks, known: Known
) -> Iterator[Finding]:
    """The words in a catalogue, and what is no word in it: addresses, codes, times."""
    own = [words for words in said if words not in known.texts]
    yield from leaks.own_texts(own, file.place)
    for value in others:
        yield from leaks.contacts(decoded(value), file.place, ("email",))
    told = {secret for words in own for secret in leaks.needles.search(words)}
    yield from leaks.private_beside(file.text, told, file.place)
