"""Answers of web servers, none of which has to be what it should: each has a limit of size and of
time as a whole.

requests knows a limit for the pause between two bytes alone, unpacks whatever it is given, and
reads the pages of redirects to their end. Every request goes through a `Session` of this module,
and every answer through `pieces` or `body`.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter

SLOWEST = 100_000
"""Bytes in a second: a tenth of what the slowest line of an office carries. An answer has the time
that it may be silent, and a second more for each of these that was of use: what is only in its
way, headers, trailers and empty pieces, earns nothing."""
_PIECE = 1 << 16  # bytes read at a time; with each the time grows
SLOWEST_UP = 10_000
"""Bytes in a second of what is sent: the way up is slower, and a portal may have to think."""
REDIRECTS = 10  # that are followed; browsers give up after twenty


class AnswerError(Exception):
    """An answer is none that anybody waits for to its end."""


class TooLongError(AnswerError):
    """It is larger, when it is unpacked, than what is asked for can be."""


class TooSlowError(TimeoutError, AnswerError):
    """It has begun and comes to no end."""


class Session(requests.Session):
    """A session whose answers take no longer than they may."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = REDIRECTS
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())


class _Adapter(HTTPAdapter):
    """How requests are sent: by connections that watch the time."""

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        """The connections to a host, or to the proxy before it."""
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        pool.ConnectionCls = _watching(pool.ConnectionCls)
        return pool

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request. The page of a redirect, which requests would read, is thrown away."""
        answer = super().send(*arguments, **options)
        if answer.is_redirect:
            answer.raw.close()
            answer.raw = io.BytesIO()
        return answer


@cache
def _watching(connection: type) -> type:
    """A kind of connection, with answers that watch the time."""
    if issubclass(vars(connection).get("response_class", object), _Answer):
        return connection
    return type(connection.__name__, (connection,), {"response_class": _Answer})


class _Answer(http.client.HTTPResponse):
    """An answer that has, from its first line to its last byte, the time that its connection may be
    silent, and more for what has come."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.watch = _Watch(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self.watch)


class _Watch(io.RawIOBase):
    """What comes from a socket, as long as it may."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket) -> None:
        self._stream = stream
        self._socket = sock
        self._patience = sock.gettimeout()
        self._begun = time.monotonic()
        self._begun_to_come = False
        self.useful = 0
        """Bytes that have come and were of use."""

    def readable(self) -> bool:
        """It can be read, and nothing else."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there. Raises TooSlowError when the time is over."""
        if self._patience is None:
            return self._stream.readinto(buffer)
        end = self._begun + self._patience + self.useful / SLOWEST
        left = end - time.monotonic()
        if left <= 0 and self._begun_to_come:
            raise TooSlowError
        self._socket.settimeout(min(max(left, 0.001), self._patience))
        try:
            count = self._stream.readinto(buffer)
        except TimeoutError:
            if self._begun_to_come and left < self._patience:
                raise TooSlowError from None
            raise
        self._begun_to_come = True
        return count

    def close(self) -> None:
        """Close the stream too."""
        self._stream.close()
        super().close()


class Sending:
    """Watches how fast a request is taken: it has the time that its answer may be silent, and a
    second more for each SLOWEST_UP bytes. Between two pieces a connection watches by itself."""

    def __init__(self, patience: float) -> None:
        self._end = time.monotonic() + patience

    def watch(self, sent: int) -> None:
        """Look at the time when so many bytes have been sent. Raises TooSlowError."""
        if time.monotonic() > self._end + sent / SLOWEST_UP:
            raise TooSlowError


def pieces(answer: requests.Response, limit: int) -> Iterator[bytes]:
    """An answer's bytes, unpacked, piece by piece. Raises TooLongError where there are more."""
    size = 0
    watch = getattr(getattr(answer.raw, "_original_response", None), "watch", None)
    answer.raw.decode_content = True  # a server may compress of its own accord
    while piece := answer.raw.read(_PIECE):
        size += len(piece)
        if size > limit:
            raise TooLongError
        if watch:
            watch.useful = size
        yield piece


def body(answer: requests.Response, limit: int) -> bytes:
    """All of an answer. Raises TooLongError where it is longer than `limit`."""
    return b"".join(pieces(answer, limit))
