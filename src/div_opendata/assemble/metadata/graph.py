"""A catalogue as RDF. No node is blank and everything is added in the order of its IRIs, so that
the same facts give the same bytes on every machine."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rdflib import RDF, Graph, Literal, URIRef

from .properties import KINDS, PROPERTIES, Entity, Iri, Text, Typed, Value, ckan_says
from .vocabulary import PREFIXES, term

if TYPE_CHECKING:
    from rdflib.term import Node

    from .facts import CatalogFacts, Formats

SYNTAXES: Mapping[str, str] = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "pretty-xml"}
"""The syntaxes of a catalogue's files, by the end of their names, as rdflib calls them."""

CLASSES: Mapping[Entity, str] = {
    "catalog": "dcat:Catalog",
    "series": "dcat:DatasetSeries",
    "dataset": "dcat:Dataset",
    "distribution": "dcat:Distribution",
}

XML = "http://www.w3.org/XML/1998/namespace"
"""The namespace of `xml:lang`."""
TYPE = str(RDF.type)
"""The property that says what something is."""

Triple = tuple["Node", "Node", "Node"]


def build(catalog: CatalogFacts, formats: Formats | None = None) -> Graph:
    """The graph of a catalogue with its series, datasets and their files.

    With `formats`, what a CKAN with ckanext-dcat says of the datasets: only what has a key there,
    in German alone; its catalogue is its own, and a series it does not know.
    """
    triples: set[Triple] = set()
    if formats is None:
        triples |= {*_triples("catalog", catalog), *_triples("series", catalog.series)}
    for dataset in catalog.datasets:
        triples.update(_triples("dataset", dataset, formats))
        if formats is None:
            triples.add((URIRef(catalog.iri), _term("dcat:dataset"), URIRef(dataset.iri)))
        for distribution in dataset.distributions:
            triples.update(_triples("distribution", distribution, formats))
            triples.add((URIRef(dataset.iri), _term("dcat:distribution"), URIRef(distribution.iri)))
    return _graph(triples)


def _graph(triples: Iterable[Triple]) -> Graph:
    graph = Graph("SimpleMemory", bind_namespaces="none")  # whose order is not that of a set
    for prefix, namespace in {**PREFIXES, "xml": XML}.items():
        graph.bind(prefix, namespace)
    for triple in sorted(triples):
        graph.add(triple)
    return graph


def serialize(graph: Graph, ending: str) -> bytes:
    """The graph in the syntax of files with this ending (`SYNTAXES`), as UTF-8."""
    options: dict[str, Any] = {}
    if ending == "jsonld":
        options = {"context": dict(sorted(PREFIXES.items()))}
    text = graph.serialize(format=SYNTAXES[ending], **options)
    if ending == "rdf":
        text = _with_sorted_prefixes(text)
    elif ending == "jsonld":
        text = json.dumps(_sorted(json.loads(text)), ensure_ascii=False, indent=2)
    return f"{text.rstrip()}\n".encode()


def _with_sorted_prefixes(text: str) -> str:
    """RDF/XML with its prefixes in order: rdflib writes them as they come out of a set."""
    head, begin, rest = text.partition("<rdf:RDF\n")
    prefixes, end, body = rest.partition("\n>\n")
    return f"{head}{begin}{chr(10).join(sorted(prefixes.splitlines()))}{end}{body}"


def _sorted(document: Any) -> Any:
    """JSON-LD in order: its lists are sets, and come out of one."""
    if isinstance(document, dict):
        return {key: _sorted(document[key]) for key in sorted(document)}
    if isinstance(document, list):
        return sorted(map(_sorted, document), key=json.dumps)
    return document


def read(content: bytes, ending: str) -> Graph:
    """A catalogue's file as a graph. Raises ValueError where it cannot be read."""
    try:
        with warnings.catch_warnings():  # its JSON-LD uses what it warns of
            warnings.simplefilter("ignore", DeprecationWarning)
            return Graph().parse(data=content, format=SYNTAXES[ending].removeprefix("pretty-"))
    except Exception as error:  # every parser of rdflib's raises what it likes
        raise ValueError(str(error)) from error


def terms() -> frozenset[str]:
    """The IRIs of every property and class that a catalogue may use."""
    names = {"rdf:type", "dcat:dataset", "dcat:distribution", *CLASSES.values(), *KINDS}
    for lines in PROPERTIES.values():
        names |= {line.term.rpartition("/")[2] for line in lines if line.term}
    return frozenset(map(term, names))


def is_plain(content: bytes, ending: str, found: Graph) -> bool:
    """Whether a file has the graph `found` in it and nothing else: no comment, no other order."""
    return serialize(_graph(found), ending) == content


def _triples(entity: Entity, facts: Any, formats: Formats | None = None) -> Iterator[Triple]:
    """What the mapping says of one thing."""
    nodes = {"": URIRef(facts.iri)}
    yield nodes[""], RDF.type, _term(CLASSES[entity])
    for line in PROPERTIES[entity]:
        if not line.term or (formats and not ckan_says(entity, line)):
            continue
        path, _, name = line.term.rpartition("/")
        for value in line.values(facts):
            if formats and isinstance(value, Text) and value.language:
                if value.language != "de" and line.ckan != "tags":
                    continue
                value = Text(value.text)  # noqa: PLW2901 - CKAN has no languages
            if formats == "label" and line.ckan == "format":
                value = Text(facts.format.label)  # noqa: PLW2901 - what people read
            if path not in nodes:
                continue  # what it would be said of is not there
            target = node(value)
            yield nodes[path], _term(name), target
            if isinstance(target, URIRef):
                nodes[line.term] = target
                if isinstance(value, Iri) and value.kind:
                    yield target, RDF.type, _term(value.kind)


def follow(graph: Graph, subject: Node, path: str) -> list[Node]:
    """The values of a property of something, each step of its path followed, in order: first those
    without a language."""
    subjects = [subject]
    for name in path.split("/"):
        subjects = [
            value
            for subject in subjects
            for value in sorted(graph.objects(subject, _term(name)), key=_order)
        ]
    return subjects


def _order(value: Node) -> tuple[str, str]:
    language = value.language if isinstance(value, Literal) else None
    return language or "", str(value)


def node(value: Value) -> URIRef | Literal:
    """A value as RDF."""
    match value:
        case Iri(text):
            return URIRef(text)
        case Typed(text, datatype):
            return Literal(text, datatype=_term(datatype))
        case Text(text, language):
            return Literal(text, lang=language)


def _term(name: str) -> URIRef:
    return URIRef(term(name))
