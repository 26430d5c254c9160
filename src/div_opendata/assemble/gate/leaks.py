"""What leaks by a text: it is searched for what private/ holds and for contact data, and what is
found is said of a place, unless the office has accepted it as a false alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from div_opendata.base.finding import Finding, Place, shortened
from div_opendata.base.i18n import Message
from div_opendata.check.div2xx_references import idle_acceptance
from div_opendata.workspace.settings import CONFIGURATION

from .contact import KINDS, Kind, contacts
from .div7xx_bytes import (
    KIND_NAMES,
    WARNED,
    contact_data,
    counts_in_text,
    finding_hash,
    leak,
    perhaps_a_name,
)
from .made import Made
from .persons import people
from .search import Needles, Secret

Key = tuple[str, str, str]
"""Where something can be accepted: table, record and field, empty outside of tables."""


@dataclass(frozen=True)
class Leaks:
    """What is searched for in one run: the same in every file."""

    needles: Needles
    accepted: Mapping[str, Place]
    """Where each accepted false alarm stands, by its hash."""
    settings: str
    """The text of the office's configuration, which may be the source of what is found."""
    mailbox: str
    """The functional mailbox, which the portal names for everybody."""
    made: Made
    """What div-opendata has computed of the files that are judged."""
    met: set[str] = field(default_factory=set)
    """The hashes of the accepted false alarms that were found."""

    def anything(self, text: str, place: Place) -> Iterator[Finding]:
        """All there is in a text of which nothing is known."""
        yield from self.private(text, place)
        yield from self.contacts(text, place)

    def private(self, text: str, place: Place) -> Iterator[Finding]:
        """What private/ holds, in a text."""
        for secret in self.needles.search(text):
            yield self.leak(secret, text, place)

    def private_beside(self, text: str, told: set[Secret], place: Place) -> Iterator[Finding]:
        """What private/ holds, in a file whose free texts are searched by themselves and `told`."""
        for secret in self.needles.search(text) - told:
            if secret.kind != "surname":  # the standard's own words are nobody's surname
                yield leak(secret, place)

    def leak(self, secret: Secret, text: str, place: Place) -> Finding:
        """Something private that was found in a text; a person can be accepted."""
        person = secret.kind == "person"
        digest = self._digest_of_people(text, _key(place)) if person else None
        finding = leak(secret, place, digest)
        return self._accept(finding, digest) if digest and digest in self.accepted else finding

    def _digest_of_people(self, text: str, key: Key) -> str | None:
        """The hash by which the persons in a text can be accepted there, if they can."""
        rest = self.needles.without_names(text)
        return None if rest is None else finding_hash(*key, rest, code="DIV706")

    def accepted_people(self, text: str, key: Key) -> set[str]:
        """The passages of a text that name a person, where they have been accepted there."""
        return self.needles.people(text) if self._people_accepted(text, key) else set()

    def _people_accepted(self, text: str, key: Key) -> bool:
        return bool(self.accepted) and self._digest_of_people(text, key) in self.accepted

    def names(self, text: str, place: Place) -> Iterator[Finding]:
        """Names of people of whom nothing is known, in a text with nothing private."""
        for passage in people(text):
            digest = finding_hash(*_key(place), passage, code="DIV711")
            finding = perhaps_a_name(place, passage, digest)
            yield self._accept(finding, digest) if digest in self.accepted else finding

    def counts(self, text: str, spans: Sequence[tuple[int, int]], place: Place) -> Finding:
        """Counts of a secret ballot at places of a text; not shown, for reports are passed on."""
        parts, last = [], 0
        for start, end in spans:
            parts.append(text[last:start])
            last = end
        digest = finding_hash(*_key(place), "…".join([*parts, text[last:]]), code="DIV709")
        finding = counts_in_text(replace(place, value=None), digest)
        return self._accept(finding, digest) if digest in self.accepted else finding

    def contacts(
        self, text: str, place: Place, kinds: tuple[Kind, ...] = KINDS, *, hidden: bool = False
    ) -> Iterator[Finding]:
        """Contact data in a text; `hidden` where the text has something private in it, too.

        A passage with something private in it is neither shown nor can it be accepted: its hash
        would let people try names.
        """
        key = _key(place)
        secrets = self.needles.search(text) if hidden else set()
        kinds_of = {secret.kind for secret in secrets}
        if "person" in kinds_of and self._people_accepted(text, key):
            kinds_of.remove("person")
        grave = not kinds_of <= WARNED
        for contact in contacts(text, kinds) and contacts(self.made.left_out(text), kinds):
            if contact.text == self.mailbox:
                continue
            here = replace(place, value=None) if hidden else place
            kind = KIND_NAMES[contact.kind]
            if grave or (hidden and self.needles.search(contact.text)):
                yield contact_data(here, kind, "…", None)
                continue
            digest = finding_hash(*key, contact.text)
            finding = contact_data(here, kind, contact.text, digest)
            yield self._accept(finding, digest) if digest in self.accepted else finding

    def _accept(self, finding: Finding, digest: str) -> Finding:
        self.met.add(digest)
        message = Message("{message} It is accepted as a false alarm.", message=finding.message)
        remedy = Message("Nothing is to be done.")
        return replace(finding, message=message, remedy=remedy, severity="note")

    def own_texts(self, texts: Iterable[str], place: Place) -> Iterator[Finding]:
        """Texts of a descriptor or page that the standard does not have: the configuration's."""
        for text in texts:
            own = Place(file=CONFIGURATION) if text in self.settings else place
            secrets = self.needles.search(text)
            yield from (self.leak(secret, text, own) for secret in secrets)
            yield from () if secrets else self.names(text, own)
            for finding in self.contacts(text, own, hidden=bool(secrets)):
                known = str(finding.message.values.get("passage")) in self.settings
                yield replace(finding, place=Place(file=CONFIGURATION)) if known else finding

    def safe(self, name: str) -> str:
        """A name as a message shows it, unless it is private."""
        return "…" if self.needles.search(name) else shortened(name)

    def idle(self, texts: Iterable[str]) -> Iterator[Finding]:
        """Accepted false alarms that nothing gives any more, once all is searched.

        Pages, which may not be made yet, have theirs from the settings and from these `texts`.
        """
        idle = self.accepted.keys() - self.met
        if idle:
            found = (item for text in (self.settings, *texts) for item in contacts(text))
            idle -= {finding_hash("", "", "", item.text) for item in found}
        for digest in idle:
            yield idle_acceptance(self.accepted[digest])


def _key(place: Place) -> Key:
    return place.table or "", place.record or "", place.field or ""
