"""Whether an address answers, as harvesters and data.europa.eu look at it."""

from __future__ import annotations

TIMEOUT = 10.0  # seconds until an address counts as dead
_REFUSED = {403, 405, 501}  # what servers say that know no HEAD


def http_status(address: str) -> int | None:
    """The HTTP status of an address, redirects followed; its content is not read."""
    import requests

    from div_opendata.base.web import Session

    try:
        with Session() as session:
            answer = session.head(address, timeout=TIMEOUT, allow_redirects=True, stream=True)
            if answer.status_code in _REFUSED:
                answer = session.get(address, timeout=TIMEOUT, stream=True)
            return answer.status_code
    except (requests.RequestException, ValueError):  # a host that cannot be one is the latter
        return None
