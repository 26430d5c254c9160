"""What a CKAN's answer means: the result, or one of these.

- `Refusal`: the portal has said no, and nothing has changed but perhaps files;
- `Trouble`: nobody knows whether anything was done (no answer, a 5xx, a proxy's page);
- a Problem: what no repetition can mend (a redirect, a certificate, no CKAN at all).
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.workspace.tokens import Token

from .shapes import SHOWN

_REDIRECTS = {301, 302, 303, 307, 308}
_LATER = {408, 425, 429}  # a no for now: it was not carried out, or nobody knows
_NOT_IMPLEMENTED = 501  # what a server of mere files answers to a POST
_DEPTH = 50  # of lists and objects in each other; CKAN's have some ten
_HIDDEN = "…"
"""In the place of what repeats the token."""

_TRY_LATER = Message(
    "Try again later: div-opendata looks at the portal first and goes on where it stopped. If it"
    " lasts, tell those who run the portal."
)
_LOOK_AT_URL = Message(
    "Look whether url in the configuration is the portal's address, and whether it lets programs in"
    " from here."
)


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """The portal has said no."""

    def __init__(self, status: int, kind: str, details: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.details = details
        self.files: Mapping[str, int] = {}
        """The files that were sent with what is refused, and the bytes of each."""

    @property
    def missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == 404

    @property
    def forbidden(self) -> bool:
        """Whether the account, or a stranger, may not."""
        return self.status in {401, 403}

    @property
    def too_large(self) -> bool:
        """Whether a file is larger than the portal, or a server before it, takes."""
        return self.status == 413 or "upload" in texts(self.details)

    @property
    def overtaken(self) -> bool:
        """Whether the dataset is no longer as it was when it was looked at."""
        return "match" in self.details

    def text(self) -> str:
        """What the portal says, on one line and not too long."""
        texts = [text for text in _leaves(self.details) if text]
        return " ".join(" ".join(texts).split())[:300] or self.kind


class Trouble(Exception):  # noqa: N818 - an answer, not a failure
    """Nobody knows whether the request was carried out; the remedy is for when it stays so."""

    def __init__(
        self, reason: Message, retry_after: float | None = None, remedy: Message = _TRY_LATER
    ) -> None:
        super().__init__(reason.text("en"))
        self.reason = reason
        self.retry_after = retry_after
        self.remedy = remedy


class Unreadable(Trouble):
    """The portal has failed over one file: that is how CKAN answers where its storage has none."""


class TooLong(Problem):
    """An answer is larger than any of CKAN's to what was asked."""

    def __init__(self, url: str) -> None:
        problem = odd(url, Message("it is larger than what was asked for can be"))
        super().__init__(problem.message, problem.remedy)


def odd(url: str, reason: Message | str) -> Problem:
    """What to say of an answer that no CKAN gives: to which call, and what is odd."""
    return Problem(
        Message(
            "{address} does not answer as a CKAN does: {reason}.",
            address=url.partition("?")[0],
            reason=reason,
        ),
        _LOOK_AT_URL,
    )


def judge(answer: requests.Response, content: bytes, token: Token | None = None) -> None:
    """Raise where the answer to a call is none of CKAN's: a redirect, a proxy's page, a server in
    trouble, another program."""
    _judge_status(answer, token)
    status = answer.status_code
    if status == 413:
        raise Refusal(status, "too large", {})
    document = _document(answer.url, content)
    if isinstance(document, dict) and document.get("success") and "result" in document:
        shown = answer.url.rpartition("/")[2] in SHOWN
        if shown and token and token.is_in(" ".join(texts(document))):
            raise odd(answer.url, Message("it repeats the token"))
        return
    if (
        isinstance(document, dict)
        and not document.get("success")
        and isinstance(document.get("error"), dict | str)
    ):
        return
    if isinstance(document, str) and status == 400:
        raise Refusal(status, "bad request", {"message": document})  # CKAN: no such action
    if status >= 400 or document is not None:
        raise Problem(
            Message("{portal} does not answer like a CKAN portal.", portal=origin(answer.url)),
            _LOOK_AT_URL,
        )
    raise Trouble(
        Message("the answer is a web page instead of data"),
        None,
        Message(
            "Either the portal is being maintained, then try again later. Or url in the"
            " configuration is not its address."
        ),
    )


def judge_file(answer: requests.Response) -> None:
    """Raise where an answer is not a file."""
    if answer.status_code == 500:
        raise Unreadable(_reason(500), _retry_after(answer.headers))
    _judge_status(answer)
    if not answer.ok:
        raise Trouble(_reason(answer.status_code))


def _judge_status(answer: requests.Response, token: Token | None = None) -> None:
    status = answer.status_code
    if status in _REDIRECTS:
        target = answer.headers.get("Location", "")
        try:
            target = urljoin(answer.url, target).partition("?")[0]
        except ValueError:  # what urllib says of an address that is none
            target = ""
        raise Problem(
            Message(
                "{portal} sends its callers on to {target}.",
                portal=origin(answer.url),
                target=_HIDDEN if token and token.is_in(target) else target,
            ),
            Message(
                "Nothing was sent there. If that is the portal's new address, write it as url into"
                " the configuration."
            ),
        )
    if status in _LATER or (status >= 500 and status != _NOT_IMPLEMENTED):
        raise Trouble(_reason(status), _retry_after(answer.headers))


def _reason(status: int) -> Message:
    if status == 429:
        return Message("the portal asks for fewer requests (429)")
    if status == 503:
        return Message("the portal is being maintained or overloaded (503)")
    return Message("the portal, or a server before it, is in trouble ({status})", status=status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, of a header that has seconds or a date; a date by the portal's own clock,
    None where that is not known."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
        now = email.utils.parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, until - now)


def _document(url: str, content: bytes) -> Any:
    """What an answer says in JSON; None where it is something else. Raises Problem where it is
    JSON that no CKAN says."""
    try:
        document = json.loads(content.decode())  # else it would also read UTF-16
    except (ValueError, RecursionError):
        return None
    try:
        for text in texts(document):
            if not text.isascii():
                text.encode()
    except (RecursionError, UnicodeEncodeError):
        reason = Message("its data are nested too deeply, or have half letters")
        raise odd(url, reason) from None
    return document


def texts(document: Any) -> Iterator[str]:
    """All texts in what the portal says, keys too, in their order. Raises RecursionError where it
    is deeper than anybody means it."""
    left = [(document, 0)]
    while left:
        value, depth = left.pop()
        if depth > _DEPTH:
            raise RecursionError
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            for key, item in reversed(list(value.items())):
                left += [(item, depth + 1), (key, depth + 1)]
        elif isinstance(value, list):
            left += [(item, depth + 1) for item in reversed(value)]


def _leaves(value: Any) -> Iterator[str]:
    """All that is said in a refusal."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key != "__type":
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)


def without(token: Token | None, details: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a refusal says, without what it says where it repeats the token."""
    if token and token.is_in(" ".join(texts(dict(details)))):
        return {"message": _HIDDEN, **dict.fromkeys(details.keys() - {"message"}, "")}
    return details


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
