"""A portal's token: from the environment, a file or the keyring, and never shown.

Never an argument, because those are seen by every user of the machine; never in the configuration,
because that is kept with the records and shown to others.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import os
import re
import stat
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from div_opendata.base.disk import TEXT_LIMIT, read_text, reason_of
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BETWEEN = re.compile(r"[\W_]+")
_PART = 8  # letters and digits that are enough to say that a text has a token; fewer are anywhere

SERVICE = "div-opendata"
"""The name under which the keyring has tokens; the user name there is the portal's name."""


class Token:
    """A secret that shows itself to nobody but `reveal`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "Token(…)"

    def reveal(self) -> str:
        """The secret, for the header of a request."""
        return self._secret

    def is_in(self, text: str) -> bool:
        """Whether a text repeats it or a part of it, with whatever in between: by its letters and
        digits, also in Base64, in hexadecimal, or as addresses write it. Of a JWT only the
        signature counts, if it is long enough: the rest is much the same in all of a portal."""
        own = self._secret.rpartition(".")[2]
        if len(own) < _PART:
            own = self._secret
        found = {_plain(text), _plain(unquote_plus(text))}
        return any(part in one for form in _forms(own) for part in _parts(form) for one in found)

    def expires(self) -> dt.datetime | None:
        """When it runs out: CKAN's tokens are JWT (RFC 7519), `exp` where they have an end.

        The signature is not checked: only the portal can.
        """
        try:
            payload = self._secret.split(".")[1]
            padded = payload + "=" * (-len(payload) % 4)
            claims = json.loads(base64.urlsafe_b64decode(padded))
            return dt.datetime.fromtimestamp(int(claims["exp"]), dt.UTC)
        except (
            IndexError,
            KeyError,
            TypeError,
            ValueError,
            RecursionError,
            OverflowError,
            OSError,
            binascii.Error,
        ):
            return None


def _plain(text: str) -> str:
    """The letters and digits of a text."""
    return _BETWEEN.sub("", text).casefold()


def _forms(secret: str) -> Iterator[str]:
    """A secret, and how others may write it; in Base64 that depends on how much comes before."""
    yield _plain(secret)
    content = secret.encode()
    yield content.hex()
    for before, mixed in enumerate((0, 2, 3)):  # what stands in both is at the edges
        yield _plain(base64.b64encode(bytes(before) + content).decode()[mixed:-4])


def _parts(form: str) -> Iterator[str]:
    for start in range(len(form) - _PART + 1):
        yield form[start : start + _PART]


def variable(kind: str, portal: str) -> str:
    """The environment variable of a portal: DIV_OPENDATA_TOKEN_CITY, DIV_OPENDATA_URL_CITY."""
    return f"DIV_OPENDATA_{kind}_{portal.upper().replace('-', '_')}"


def find_token(portal: str, file: Path | None, environment: Mapping[str, str]) -> Token | None:
    """The token of a portal; None where there is none.

    Raises Problem where the file cannot be used or what was found cannot be a token.
    """
    name = variable("TOKEN", portal)
    if secret := environment.get(name, "").strip():
        return _token(secret, name)
    if file is not None:
        return _token(_read(file), str(file))
    secret = _from_keyring(portal)
    return _token(secret, Message("the keyring")) if secret else None


def _token(secret: str, where: str | Message) -> Token:
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Problem(
            Message("What {where} has is not a token.", where=where),
            Message(
                "Make a token on the portal (your account, API tokens) and put it there alone, on"
                " one line."
            ),
        )
    return Token(secret)


def _read(file: Path) -> str:
    """The token in a file that nobody else may read."""
    try:
        mode = file.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Problem(
                Message("Others can read the token in {file}.", file=file),
                Message("Allow only yourself to read it: chmod 600 {file}", file=file),
            )
        return read_text(file, TEXT_LIMIT).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(
            Message("The token file {file} cannot be read.", file=file),
            Message(
                "Save the token there, or take token_file out of the configuration ({reason}).",
                reason=reason_of(error) if isinstance(error, OSError) else "UTF-8",
            ),
        ) from error


def _from_keyring(portal: str) -> str:
    """The token that the system's keyring has, where keyring (an optional extra) is installed.

    Raises Problem where there is a keyring that does not open.
    """
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        return ""
    try:
        return (keyring.get_password(SERVICE, portal) or "").strip()
    except NoKeyringError:
        return ""
    except KeyringError as error:
        raise Problem(
            Message("The keyring does not open ({reason}).", reason=type(error).__name__),
            Message(
                "Unlock it, or put the token into the environment variable {variable}.",
                variable=variable("TOKEN", portal),
            ),
        ) from error
