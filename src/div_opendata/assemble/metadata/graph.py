"""A catalogue as RDF. No node is blank and everything is added in the order of its IRIs, so that
the same facts give the same bytes on every machine. Only a dataset's files have an order of their
own, the table first: portals that harvest show them as they come."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.plugins.serializers.turtle import TurtleSerializer

from div_opendata.base.files import DESCRIPTOR

from .properties import KINDS, PROPERTIES, Entity, Iri, Property, Text, Typed, Value, ckan_says
from .vocabulary import NAMES, PREFIXES, term

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

_NAMED_BY: Mapping[str, str] = {
    "skos:Concept": "skos:prefLabel",
    "skos:ConceptScheme": "dcterms:title",
}
"""What DCAT-AP asks of terms of a list and of lists; a CKAN types and names none of them."""
_FILES = URIRef(term("dcat:distribution"))
Triple = tuple["Node", "Node", "Node"]
Place = tuple[int, str]
_LAST: Place = (4, "")


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
    triples = list(triples)
    places = _places(triples)
    for triple in sorted(triples, key=lambda t: (*t[:2], _place(places, t), t[2])):
        graph.add(triple)
    return graph


def _places(triples: Iterable[Triple]) -> Mapping[str, Place]:
    """Where a file stands among those of its dataset: the table that the package is called by,
    other tables, what else there is, the descriptor."""
    tables, addresses = set(), {}
    for subject, name, value in triples:
        if name == _term("dcterms:conformsTo"):
            tables.add(subject)
        elif name == _term("dcat:downloadURL"):
            addresses[subject] = str(value)
    places = {}
    for file, address in addresses.items():
        *_, folder, path = address.split("/")
        own = path.partition(".")[0] == folder
        group = 3 if path == DESCRIPTOR else 2 if file not in tables else 0 if own else 1
        places[str(file)] = (group, address)
    return places


def _place(places: Mapping[str, Place], triple: Triple) -> Place:
    """The place of a value: that of a file among its dataset's; all else keeps its own order."""
    return places.get(str(triple[2]), _LAST) if triple[1] == _FILES else _LAST


class _Turtle(TurtleSerializer):
    """Turtle with the files of a dataset in their order: rdflib sorts values by their IRIs."""

    def __init__(self, graph: Graph, places: Mapping[str, Place]) -> None:
        super().__init__(graph)
        self._places = places

    def sortProperties(self, properties: Any) -> Any:  # noqa: N802 - the base's name
        """Sort the values of each property, and return the properties."""
        names = super().sortProperties(properties)
        properties.get(_FILES, []).sort(key=lambda file: self._places.get(str(file), _LAST))
        return names


def serialize(graph: Graph, ending: str) -> bytes:
    """The graph in the syntax of files with this ending (`SYNTAXES`), as UTF-8."""
    places = _places(graph)
    if ending == "ttl":
        stream = io.BytesIO()
        _Turtle(graph, places).serialize(stream)
        text = stream.getvalue().decode()
    elif ending == "rdf":
        text = _with_sorted_prefixes(graph.serialize(format=SYNTAXES[ending]))
    else:
        context = dict(sorted(PREFIXES.items()))
        text = graph.serialize(format=SYNTAXES[ending], context=context)
        text = json.dumps(_sorted(json.loads(text), places), ensure_ascii=False, indent=2)
    return f"{text.rstrip()}\n".encode()


def _with_sorted_prefixes(text: str) -> str:
    """RDF/XML with its prefixes in order: rdflib writes them as they come out of a set."""
    head, begin, rest = text.partition("<rdf:RDF\n")
    prefixes, end, body = rest.partition("\n>\n")
    return f"{head}{begin}{chr(10).join(sorted(prefixes.splitlines()))}{end}{body}"


def _sorted(document: Any, places: Mapping[str, Place]) -> Any:
    """JSON-LD in order: its lists are sets, and come out of one."""
    if isinstance(document, dict):
        ordered = {key: _sorted(document[key], places) for key in sorted(document)}
        files = ordered.get("dcat:distribution")
        if isinstance(files, list):
            files.sort(key=lambda file: places.get(file["@id"], _LAST))
        return ordered
    if isinstance(document, list):
        return sorted((_sorted(item, places) for item in document), key=json.dumps)
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
        values = line.values(facts)
        for value in _as_ckan_says(line, values, facts, formats) if formats else values:
            if path not in nodes:
                continue  # what it would be said of is not there
            target = node(value)
            yield nodes[path], _term(name), target
            if isinstance(target, URIRef):
                nodes[line.term] = target
                if isinstance(value, Iri) and value.kind:
                    yield from _typed(target, value, named=formats is None)


def _typed(target: Node, value: Iri, *, named: bool) -> Iterator[Triple]:
    """The class of a node, with the name that such a node must have."""
    yield target, RDF.type, _term(value.kind)
    if named and value.kind in _NAMED_BY:
        for language, text in NAMES.get(value.text, {}).items():
            yield target, _term(_NAMED_BY[value.kind]), Literal(text, lang=language)


def _as_ckan_says(
    line: Property, values: Iterable[Value], facts: Any, formats: Formats
) -> Iterator[Value]:
    """The values of a property as they are on a CKAN: without languages, in German, formats as
    people read them where that is asked for, and media types as the header of a download."""
    for value in values:
        if isinstance(value, Text) and value.language:
            if value.language == "de" or line.ckan == "tags":
                yield Text(value.text)
        elif line.ckan == "mimetype":
            yield Text(line.to_ckan(value.text))
        elif line.ckan == "format" and formats == "label":
            yield Text(facts.format.label)
        else:
            yield value


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
