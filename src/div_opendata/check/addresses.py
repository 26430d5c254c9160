"""Web addresses that everybody can open, and what is wrong with one that nobody can."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

from div_opendata.base.i18n import Message
from div_opendata.read.raw import linked_address
from div_opendata.workspace.forms import NOT_IN_ADDRESSES, host_of

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_AROUND = "<>()[]{}\"'„“”‚‘’»«›‹,;"
_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?", re.IGNORECASE)
_OF_A_NETWORK = {"localhost", "local", "internal", "intern", "intranet", "lan", "home", "arpa"}
"""Last parts of names that only the own computer or network knows."""

Mistake = tuple[Message, Message]
"""What is wrong, and what to do."""


def mistake_in(address: str) -> Mistake | None:
    """What is wrong with a web address; None where everybody can open it."""
    if len(address.split()) != 1:
        return _with_spaces(address)
    if not _SCHEME.match(address):
        return _without_scheme(address)
    if forbidden := sorted(set(NOT_IN_ADDRESSES) & set(address)):
        return _with_forbidden(address, forbidden)
    return _wrong_host(address)


def _with_spaces(address: str) -> Mistake:
    if link := linked_address(address):
        return _formula(link)
    if not _SCHEME.match(address):
        return _a_word()
    if len(_SCHEME.findall(address)) > 1:
        return Message("it is more than one address"), Message("Keep one of them.")
    encoded = "%20".join(address.split())
    if mistake_in(encoded):
        return Message("it has a space"), Message("Write the address alone, without spaces.")
    return (
        Message("it has a space"),
        Message("Write %20 for each space that belongs to the address: {address}", address=encoded),
    )


def _without_scheme(address: str) -> Mistake:
    if link := linked_address(address):
        return _formula(link)
    for guess in (address.strip(_AROUND), f"https://{address.strip(_AROUND)}"):
        if _SCHEME.match(guess) and "." in guess and "@" not in guess and not mistake_in(guess):
            return (
                Message("its beginning, https://, is missing")
                if guess.startswith("https://" + address[:1])
                else Message("something stands before it or behind it"),
                Message("Did you mean {near}?", near=guess),
            )
    if other := _OTHER_SCHEME.match(address):
        return (
            Message("it begins with {scheme}", scheme=other[0]),
            Message(
                "Write an address that everybody can open in a browser: it begins with https:// or"
                " http://."
            ),
        )
    return _a_word()


def _formula(address: str) -> Mistake:
    return (
        Message("it is a formula"),
        Message("Write the address alone: {address}", address=address),
    )


def _a_word() -> Mistake:
    return (
        Message("it is no web address"),
        Message(
            "Write the address itself. If it lies behind the words as a link: open the link, copy"
            " the address from the browser and put it into the cell instead."
        ),
    )


def _with_forbidden(address: str, forbidden: list[str]) -> Mistake:
    reason = Message("no address contains {characters}", characters=" ".join(forbidden))
    plain = address.strip(_AROUND)
    if plain != address and not mistake_in(plain):
        return reason, Message("Did you mean {near}?", near=plain)
    encoded = "".join(quote(letter) if letter in NOT_IN_ADDRESSES else letter for letter in address)
    if mistake_in(encoded):
        return reason, Message("Open the page and copy its address from the browser.")
    return (
        reason,
        Message(
            "If it belongs to the address, write it as browsers do: {address}", address=encoded
        ),
    )


def _wrong_host(address: str) -> Mistake | None:
    host = host_of(address)
    if not host:
        return (
            Message("the name of a computer, or its port, is missing or wrong"),
            Message("Open the page and copy its address from the browser."),
        )
    if "@" in urlsplit(address).netloc:
        return (
            Message("it has a user name or a password before the @"),
            Message("Write the address without them."),
        )
    if _is_public(host):
        return None
    return (
        Message("“{host}” is not known in the public internet", host=host),
        Message("Write the address under which everybody can open the page."),
    )


def _is_public(host: str) -> bool:
    """Whether a host may be reached from everywhere, by its name or number."""
    if ":" in host or host[-1].isdecimal():
        try:
            return ipaddress.ip_address(host).is_global
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return (
        len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and labels[-1] not in _OF_A_NETWORK
    )
