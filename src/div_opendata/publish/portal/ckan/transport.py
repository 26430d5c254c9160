"""How a request gets to a CKAN: ckanapi, with its request function mended, and what stops it there.

ckanapi knows no limits, reads whole files into memory and makes one string of every answer that it
does not know. Here a request and its answer have limits (base/web.py), files are streamed, and a
redirect is never followed with a token in hand.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ckanapi
import requests
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor
from urllib3.exceptions import HTTPError, NameResolutionError

from div_opendata import __version__
from div_opendata.base import web
from div_opendata.base.disk import open_file
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.workspace.tokens import Token

from .answers import TooLong, Trouble, judge, odd

USER_AGENT = f"div-opendata/{__version__}"
ANSWER_LIMIT = 64 << 20
"""Bytes of an answer to a call. CKAN has some 2 kB to say of a resource, so 2 MB of a dataset with
a thousand; most is a page of rows: 2 kB for each of the 32,000 (of larger ones smaller pages are
asked for)."""
_AT_HOME = Message(
    "Look whether this computer is in the network, and whether url in the configuration is the"
    " portal's address. Otherwise try again later."
)


@dataclass(frozen=True)
class Upload:
    """A file to send: under which key, from where."""

    key: str
    path: Path
    mediatype: str = "application/octet-stream"


Sent = Callable[[int], None]
"""Told how many bytes of a request have been sent."""


class Session(web.Session):
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


class Remote(ckanapi.RemoteCKAN):  # type: ignore[misc] # ckanapi ships no types
    """ckanapi's client with a request function that streams, gives up, and tells answers apart."""

    base_url = "api/3/action/"
    token: Token | None = None

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
                    stream = stack.enter_context(open_file(upload.path))
                    parts.append((upload.key, (upload.path.name, stream, upload.mediatype)))
                sending = web.Sending(requests_kwargs["timeout"][1])

                def taken(monitor: MultipartEncoderMonitor) -> None:
                    sending.watch(monitor.bytes_read)
                    sent(monitor.bytes_read)

                data = MultipartEncoderMonitor(MultipartEncoder(parts), taken)
                headers["Content-Type"] = data.content_type
            options = {"allow_redirects": False, "stream": True, **requests_kwargs}
            with (
                troubles(url),
                self.session.post(url, data=data, headers=headers, **options) as answer,
            ):
                content = web.body(answer, ANSWER_LIMIT)
        judge(answer, content, self.token)
        return answer.status_code, content.decode()


_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


@contextmanager
def troubles(url: str) -> Iterator[None]:
    """Turns what requests raises into `Trouble`, or a Problem where repeating is no use."""
    try:
        yield
    except web.TooLongError:
        raise TooLong(url) from None
    except _NO_ADDRESS:
        raise no_address(url) from None
    except requests.exceptions.SSLError as error:
        raise _untrusted(url, error) from None
    except FileNotFoundError:  # no trouble, though an OSError, but the answer of a download
        raise
    # a ValueError is what requests says of a redirect to what is no address
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
        causes = list(_causes(error))
        if any(isinstance(cause, web.TooSlowError) for cause in causes):
            raise odd(
                url, Message("it goes on so slowly that its end cannot be waited for")
            ) from None
        if isinstance(error, requests.exceptions.Timeout):
            raise Trouble(Message("the portal does not answer")) from None
        if any(isinstance(cause, NameResolutionError) for cause in causes):
            raise Trouble(Message("this name is not known here"), None, _AT_HOME) from None
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            raise Trouble(Message("nobody answers there"), None, _AT_HOME) from None
        raise Trouble(Message("the connection broke off")) from None


def _untrusted(url: str, error: requests.exceptions.SSLError) -> Exception:
    """What to say where a connection could not be secured."""
    if not any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return Trouble(Message("no secure connection comes about"), None, _AT_HOME)
    return Problem(
        Message(
            "The certificate of {portal} is not valid here.", portal=urlsplit(url).hostname or url
        ),
        Message(
            "Nothing was sent. Ask those who run the portal; behind a proxy of the city ask"
            " for its certificate and set REQUESTS_CA_BUNDLE."
        ),
    )


def no_address(url: str) -> Problem:
    """What to say of what is no address."""
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
