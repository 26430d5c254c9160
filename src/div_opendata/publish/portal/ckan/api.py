"""Speaking with a CKAN portal: calls that read, calls that change something, and files.

Reading is repeated after `Trouble`, a bounded number of times, no sooner than the portal asks for
(Retry-After, RFC 9110). Writing is never repeated blindly: first somebody looks (`Api.write`).
How a request is sent is in transport.py, what its answer means in answers.py.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import ckanapi
from ckanapi.errors import CKANAPIError

from div_opendata.base import web
from div_opendata.base.disk import FILE_LIMIT
from div_opendata.base.errors import Problem
from div_opendata.base.i18n import Message
from div_opendata.workspace.tokens import Token

from .answers import Refusal, Trouble, judge_file, odd, origin, without
from .shapes import SHAPES, misfit
from .transport import USER_AGENT, Remote, Sent, Session, Upload, no_address, troubles

T = TypeVar("T")

PAUSES = (1.0, 2.0, 5.0, 10.0)  # seconds before each repetition
LONGEST_PAUSE = 300.0  # seconds; a portal that asks for more is left alone
PATIENCE = 60.0  # seconds without a byte, of an answer for which the portal has nothing to do


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
        self.wait = wait
        """Lets seconds pass."""
        self.session = Session()
        try:
            self._remote = Remote(
                self.address,
                apikey=token.reveal() if token else None,
                user_agent=USER_AGENT,
                session=self.session,
            )
            self._remote.token = token
            del self._remote.action  # refers back to it, which would keep connections open
        except ValueError:  # brackets that are not those of an IPv6 address
            raise no_address(address) from None

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
            result = self._remote.call_action(
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
        if place := misfit(result, SHAPES.get(action, object)):
            raise odd(self.action(action), Message("{place} is not what it should be", place=place))
        return result

    def action(self, name: str) -> str:
        """The address of an action."""
        return f"{self.address}{Remote.base_url}{name}"

    def _refusal(self, status: int, kind: str, said: Any) -> Refusal:
        """A refusal with what the portal has said, which may repeat the token."""
        details = said if isinstance(said, dict) else {"message": str(said)}
        return Refusal(status, kind, without(self.token, details))

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
    ) -> Any:
        """Call an action that changes something.

        After `Trouble` `look` is asked what has become of it: it returns the result where the
        portal has carried it out, None where it may be sent again as it was. Raises Refusal, and
        Problem when the portal keeps being in trouble.
        """
        return self.persist(lambda: self.call(action, data, uploads), look)

    def persist(self, attempt: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Attempt something until it is done, with pauses, and a look after each `Trouble`."""
        for seconds in (*PAUSES, None):
            try:
                return attempt()
            except Trouble as trouble:
                asked = trouble.retry_after or 0.0
                if seconds is None or asked > LONGEST_PAUSE:
                    raise self._given_up(trouble) from trouble
                self.wait(max(seconds, asked))
                if (found := look()) is not None:
                    return found
        raise AssertionError  # the last trouble raises

    def _given_up(self, trouble: Trouble) -> Problem:
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

    def download(
        self, url: str, *, private: bool = False, limit: int = FILE_LIMIT
    ) -> Iterator[bytes]:
        """The bytes behind an address of the portal, as a reader gets them.

        The token is sent only for a private dataset, and only to the portal itself. Raises
        FileNotFoundError where there is nothing, Trouble, and Problem where there are more bytes
        than `limit`.
        """
        headers = {}
        if private and self.token and origin(url) == origin(self.address):
            headers["Authorization"] = self.token.reveal()
        with (
            troubles(url),
            self.session.get(url, headers=headers, stream=True, timeout=self._brief) as answer,
        ):
            if answer.status_code in {401, 403, 404, 410}:
                raise FileNotFoundError(url)
            judge_file(answer)
            yield from web.pieces(answer, limit)
