"""Speaking with a CKAN portal: ckanapi, with its request function mended.

ckanapi knows no time limit, reads whole files into memory and makes one string of every answer that
it does not know. Here a request has limits, files are streamed, a redirect is never followed with
a token in hand, and an answer is one of three:

- the result;
- a `Refusal`: the portal has said no, and nothing has changed but perhaps files;
- `Trouble`: nobody knows whether anything was done (no answer, a 5xx, a proxy's page).

What no repetition can mend (a redirect, a certificate, no CKAN at all) is a Problem at once.

Reading is repeated after `Trouble`, a bounded number of times, no sooner than the portal asks for
(Retry-After, RFC 9110). Writing is never repeated blindly: first somebody looks (`Api.write`).
"""

from __future__ import annotations

import email.utils
import json
import math
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import ckanapi
import requests
from ckanapi.errors import CKANAPIError
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor
from urllib3.exceptions import HTTPError, NameResolutionError

from div_opendata import __version__
from div_opendata.base.errors import Problem
from div_opendata.base.files import CHUNK
from div_opendata.base.i18n import Message

if TYPE_CHECKING:
    from div_opendata.workspace.tokens import Token

T = TypeVar("T")

USER_AGENT = f"div-opendata/{__version__}"
PAUSES = (1.0, 2.0, 5.0, 10.0)  # seconds before each repetition
LONGEST_PAUSE = 300.0  # seconds; a portal that asks for more is left alone
PATIENCE = 60.0  # seconds without a byte, of an answer for which the portal has nothing to do
_REDIRECTS = {301, 302, 303, 307, 308}
_LATER = {408, 425, 429}
_NOT_IMPLEMENTED = 501  # what a server of mere files answers to a POST

_TRY_LATER = Message(
    "Try again later: div-opendata looks at the portal first and goes on where it stopped. If it"
    " lasts, tell those who run the portal."
)
_LOOK_AT_URL = Message(
    "Look whether url in the configuration is the portal's address, and whether it lets programs in"
    " from here."
)
_AT_HOME = Message(
    "Look whether this computer is in the network, and whether url in the configuration is the"
    " portal's address. Otherwise try again later."
)


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """The portal has said no."""

    def __init__(self, status: int, kind: str, details: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {kind}")
        self.status = status
        self.kind = kind
        self.details = details

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
        return self.status == 413 or "upload" in _keys(self.details)

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


@dataclass(frozen=True)
class Upload:
    """A file to send: under which key, with which name, from where."""

    key: str
    path: Path
    mediatype: str = "application/octet-stream"
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", self.path.stat().st_size)


Sent = Callable[[int], None]
"""Told how many bytes of a request have been sent."""


class _Session(requests.Session):
    """A session in which a secret never goes where it was not meant to, and nobody is recognised
    by a cookie: what strangers see is looked at with it, too."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = lambda request: request  # else a .netrc takes the token's place
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.headers["User-Agent"] = USER_AGENT

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """After a redirect: without what requests would find in a .netrc for the new host."""
        old, new = response.request.url, prepared_request.url
        if self.should_strip_auth(old, new):  # type: ignore[no-untyped-call] # not in the stubs
            prepared_request.headers.pop("Authorization", None)


class _Remote(ckanapi.RemoteCKAN):  # type: ignore[misc] # ckanapi ships no types
    """ckanapi's client with a request function that streams, gives up, and tells answers apart."""

    base_url = "api/3/action/"

    def _request_fn(
        self,
        url: str,
        data: Any,
        headers: dict[str, str],
        files: Any,
        requests_kwargs: dict[str, Any],
    ) -> tuple[int, str]:
        sent: Sent = requests_kwargs.pop("sent")
        with ExitStack() as stack:
            if files:
                parts = [(key.decode(), value.decode()) for key, value in data.items()]
                for upload in files:
                    stream = stack.enter_context(upload.path.open("rb"))
                    parts.append((upload.key, (upload.path.name, stream, upload.mediatype)))
                encoder = MultipartEncoder(parts)
                data = MultipartEncoderMonitor(encoder, lambda monitor: sent(monitor.bytes_read))
                headers["Content-Type"] = data.content_type
            with _troubles(url):
                answer = self.session.post(
                    url, data=data, headers=headers, allow_redirects=False, **requests_kwargs
                )
        _judge(answer)
        return answer.status_code, answer.text


class Api:
    """A portal's action API, and its files."""

    def __init__(
        self,
        address: str,
        token: Token | None,
        timeouts: tuple[float, float] = (10.0, 600.0),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address.rstrip("/") + "/"
        self.token = token
        self._timeouts = timeouts
        self._wait = wait
        self.session = _Session()
        try:
            self._remote = _Remote(
                self.address,
                apikey=token.reveal() if token else None,
                user_agent=USER_AGENT,
                session=self.session,
            )
            del self._remote.action  # refers back to it, which would keep connections open
        except ValueError:  # brackets that are not those of an IPv6 address
            raise _no_address(address) from None

    def call(
        self,
        action: str,
        data: Mapping[str, Any],
        uploads: tuple[Upload, ...] = (),
        sent: Sent = lambda _bytes: None,
    ) -> Any:
        """Call an action once. Raises Refusal, Trouble and Problem."""
        return self._call(action, data, self._timeouts, uploads, sent)

    def _call(
        self,
        action: str,
        data: Mapping[str, Any],
        timeouts: tuple[float, float],
        uploads: tuple[Upload, ...] = (),
        sent: Sent = lambda _bytes: None,
    ) -> Any:
        form = {key: json.dumps(value) for key, value in data.items()} if uploads else dict(data)
        try:
            return self._remote.call_action(
                action,
                form,
                files=uploads,
                requests_kwargs={"timeout": timeouts, "sent": sent},
            )
        except Refusal as refusal:
            raise self._refusal(refusal.status, refusal.kind, refusal.details) from None
        except ckanapi.NotFound as error:
            raise self._refusal(404, "not found", str(error)) from None
        except ckanapi.NotAuthorized as error:
            raise self._refusal(403, "not authorized", error.extra_msg) from None
        except ckanapi.ValidationError as error:
            raise self._refusal(409, "not accepted", error.error_dict) from None
        except (CKANAPIError, ckanapi.ServerIncompatibleError) as error:
            raise self._refusal(400, "error", type(error).__name__) from None

    def _refusal(self, status: int, kind: str, said: Any) -> Refusal:
        """A refusal with what the portal has said, which may repeat the token."""
        details = said if isinstance(said, dict) else {"message": str(said)}
        if self.token:
            text = json.dumps(details, ensure_ascii=False)
            details = json.loads(text.replace(self.token.reveal(), "…"))
        return Refusal(status, kind, details)

    def read(self, action: str, data: Mapping[str, Any]) -> Any:
        """Call an action that only reads, again after `Trouble`. Raises Refusal and Problem."""
        return self.persist(lambda: self._call(action, data, self._brief), lambda: None)

    @property
    def _brief(self) -> tuple[float, float]:
        """The time limits of what only reads: the portal has nothing to do but to answer."""
        connecting, reading = self._timeouts
        return connecting, min(reading, PATIENCE)

    def write(
        self,
        action: str,
        data: Mapping[str, Any],
        look: Callable[[], Any],
        uploads: tuple[Upload, ...] = (),
        sent: Sent = lambda _bytes: None,
    ) -> Any:
        """Call an action that changes something.

        After `Trouble` `look` is asked what has become of it: it returns the result where the
        portal has carried it out, None where it may be sent again as it was. Raises Refusal, and
        Problem when the portal keeps being in trouble.
        """
        return self.persist(lambda: self.call(action, data, uploads, sent), look)

    def persist(self, attempt: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Attempt something until it is done, with pauses, and a look after each `Trouble`."""
        for pause in self._pauses():
            try:
                return attempt()
            except Trouble as trouble:
                pause(trouble)
                if (found := look()) is not None:
                    return found
        raise AssertionError  # the last pause raises

    def _pauses(self) -> Iterator[Callable[[Trouble], None]]:
        """What to do after each trouble: wait, and at last give up."""

        def waiting(seconds: float) -> Callable[[Trouble], None]:
            def pause(trouble: Trouble) -> None:
                asked = trouble.retry_after or 0.0
                if asked > LONGEST_PAUSE:
                    raise self.given_up(trouble)
                self._wait(max(seconds, asked))

            return pause

        def give_up(trouble: Trouble) -> None:
            raise self.given_up(trouble)

        yield from map(waiting, PAUSES)
        yield give_up

    def given_up(self, trouble: Trouble) -> Problem:
        """What to say when the portal stays in trouble."""
        asked = trouble.retry_after or 0.0
        if LONGEST_PAUSE < asked < math.inf:
            remedy = Message(
                "The portal asks to wait: try again in {minutes} minutes.",
                minutes=math.ceil(asked / 60),
            )
        else:
            remedy = trouble.remedy
        return Problem(
            Message("{portal}: {reason}.", portal=self.address, reason=trouble.reason), remedy
        )

    def download(self, url: str, *, private: bool = False) -> Iterator[bytes]:
        """The bytes behind an address of the portal, as a reader gets them.

        The token is sent only for a private dataset, and only to the portal itself. Raises
        FileNotFoundError where there is nothing, and Trouble.
        """
        headers = {}
        if private and self.token and _origin(url) == _origin(self.address):
            headers["Authorization"] = self.token.reveal()
        with (
            _troubles(url),
            self.session.get(url, headers=headers, stream=True, timeout=self._brief) as answer,
        ):
            if answer.status_code in {401, 403, 404, 410}:
                raise FileNotFoundError(url)
            _judge_file(answer)
            answer.raw.decode_content = (
                True  # a server may add gzip, or what compresses, of its own
            )
            while chunk := answer.raw.read(CHUNK):
                yield chunk

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._wait(seconds)


_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class _troubles:  # noqa: N801 - used as a context
    """Turns what requests raises into `Trouble`, or a Problem where repeating is no use."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, _NO_ADDRESS):
            raise _no_address(self.url) from None
        if isinstance(error, requests.exceptions.SSLError):
            raise self._untrusted(error) from None
        if isinstance(error, requests.exceptions.Timeout):
            raise Trouble(Message("the portal does not answer")) from None
        if isinstance(error, FileNotFoundError):
            return
        if isinstance(error, requests.exceptions.RequestException | HTTPError | OSError):
            causes = list(_causes(error))
            if any(isinstance(cause, NameResolutionError) for cause in causes):
                raise Trouble(Message("this name is not known here"), None, _AT_HOME) from None
            if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
                raise Trouble(Message("nobody answers there"), None, _AT_HOME) from None
            raise Trouble(Message("the connection broke off")) from None

    def _untrusted(self, error: requests.exceptions.SSLError) -> Exception:
        """What to say where a connection could not be secured."""
        if not any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            return Trouble(Message("no secure connection comes about"), None, _AT_HOME)
        return Problem(
            Message("The certificate of {portal} is not valid here.", portal=_host(self.url)),
            Message(
                "Nothing was sent. Ask those who run the portal; behind a proxy of the city ask"
                " for its certificate and set REQUESTS_CA_BUNDLE."
            ),
        )


def _no_address(url: str) -> Problem:
    return Problem(
        Message("{url} is not a web address.", url=url), Message('Write it as "https://…/".')
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it was made of: libraries wrap them as arguments, reasons, causes."""
    left, seen = [error], set()
    while left:
        cause = left.pop()
        if id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            inner = (
                *cause.args,
                getattr(cause, "reason", None),
                cause.__cause__,
                cause.__context__,
            )
            left += [item for item in inner if isinstance(item, BaseException)]


def _judge(answer: requests.Response) -> None:
    """Raise where the answer to a call is none of CKAN's: a redirect, a proxy's page, a server in
    trouble, another program."""
    _judge_status(answer)
    status = answer.status_code
    if status == 413:
        raise Refusal(status, "too large", {})
    document = _document(answer)
    if isinstance(document, dict) and {"success", "result"} <= document.keys():
        return
    if isinstance(document, dict) and isinstance(document.get("error"), dict | str):
        return
    if isinstance(document, str) and status == 400:
        raise Refusal(status, "bad request", {"message": document})  # CKAN: no such action
    if status >= 400 or document is not None:
        raise Problem(
            Message("{portal} does not answer like a CKAN portal.", portal=_origin(answer.url)),
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


def _judge_file(answer: requests.Response) -> None:
    """Raise where an answer is not a file."""
    if answer.status_code == 500:
        raise Unreadable(_reason(500), _retry_after(answer.headers))
    _judge_status(answer)
    if not answer.ok:
        raise Trouble(_reason(answer.status_code))


def _judge_status(answer: requests.Response) -> None:
    status = answer.status_code
    if status in _REDIRECTS:
        target = urljoin(answer.url, answer.headers.get("Location", ""))
        raise Problem(
            Message(
                "{portal} sends its callers on to {target}.",
                portal=_origin(answer.url),
                target=target.partition("?")[0],
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
    """Seconds to wait, of a header that has seconds or a date; a date by the portal's own clock."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    try:
        now = email.utils.parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        now = time.time()
    return max(0.0, until - now)


def _document(answer: requests.Response) -> Any:
    """What an answer says in JSON; None where it is something else."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def _leaves(value: Any) -> Iterator[str]:
    """All texts in what the portal says."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key != "__type":
                yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _keys(item)


def _origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
