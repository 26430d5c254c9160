"""What a setting must be that no pattern can say: addresses, mailboxes, paths.

They are formats of schemas/configuration.json, judged by the JSON Schema of the configuration, so
that what is wrong is found at its key. Each says whether a text is one.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import urlsplit

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?", re.IGNORECASE)
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z])", re.IGNORECASE)
_LOCAL = re.compile("[A-Za-z0-9À-ɏ_+-]+(?:[.][A-Za-z0-9À-ɏ_+-]+)*")
NOT_IN_ADDRESSES = '"<>\\^`{|}'
"""Signs that no address has (RFC 3987); catalogues in RDF could not be written with them."""
_NO_ADDRESS = re.compile(rf"[\s\x00-\x20\x7f{re.escape(NOT_IN_ADDRESSES)}]")
_LOCAL_LENGTH, _NAME_LENGTH = 64, 253  # characters before @; of a domain (RFC 5321)
_PART_LENGTH = 255  # bytes of a file's name on all usual disks


def is_web_address(text: str) -> bool:
    """Whether a text is an address that begins with http:// or https://, with a host that there can
    be and a port that is a number."""
    host = host_of(text)
    if _NO_ADDRESS.search(text) or not text.startswith(("http://", "https://")) or not host:
        return False
    # what stands in brackets has been judged
    return ":" in host or bool(_HOST.fullmatch(_ascii(host)))


def host_of(address: str) -> str:
    """The host of a web address; empty where there is none, or its port is no number."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # both raise ValueError
    except ValueError:
        return ""
    return host or ""


def is_mailbox(text: str) -> bool:
    """Whether a text is an e-mail address as frictionless and catalogues take it: plain letters,
    and a domain with a dot."""
    local, _, domain = text.rpartition("@")
    return bool(
        len(local) <= _LOCAL_LENGTH
        and _LOCAL.fullmatch(local)
        and _DOMAIN.fullmatch(_ascii(domain))
    )


def is_path(text: str) -> bool:
    """Whether a text can be the path of a file or folder: no control characters, no name longer
    than disks have."""
    if not text.isprintable():
        return False
    return all(len(part.encode()) <= _PART_LENGTH for part in PurePath(text).parts)


def is_visible(text: str) -> bool:
    """Whether there is anything to be seen in a text."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def _ascii(host: str) -> str:
    """A host as the network writes it; empty where it cannot be one."""
    try:
        plain = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return plain if len(plain) <= _NAME_LENGTH else ""


FORMS = {
    "web-address": is_web_address,
    "mailbox": is_mailbox,
    "path": is_path,
    "visible": is_visible,
}
"""The formats of schemas/configuration.json, by name."""
