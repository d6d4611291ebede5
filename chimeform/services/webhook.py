"""The border to webhooks: one message, posted to an address that is a secret.

A message is tried again where that can help. It may arrive twice when an answer is lost: a notice too many is better
than none. The address stands in no error: whoever reads it could post there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ServiceError, ServiceFault
from .loopback import is_here

if TYPE_CHECKING:
    from urllib3 import PoolManager

ATTEMPTS = 4
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_INTERVAL = 1.0
"""Seconds between two messages: a room of Amazon Chime takes one a second from each webhook [guide: webhook errors]."""
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_REASONS = {
    400: "it does not accept the message; in Amazon Chime, @All and @Present work in rooms of up to 50 members",
    403: "the address is not that of a webhook",
    404: "the webhook was deleted, or its address was made anew",
    413: "it does not take messages of this size",
    429: "too many messages go there",
}


class Webhooks:
    """Posts messages, never faster than rooms take them. Pauses and the clock come in."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._posted: dict[str, float] = {}
        self._pool: PoolManager | None = None

    def post(self, address: str, body: bytes, *, name: str) -> None:
        """Post one message; `name` is what people are told instead of the address. Raises `ServiceError`."""
        if not is_address(address):
            raise ServiceError(
                f"what {name} holds is not the address of a webhook",
                operation="PostNotice",
                fault=ServiceFault.INVALID,
                why="an address begins with https://, so that nobody on the way can read it; it is not shown here",
                do="copy the address again from where the webhook was made",
                code="CF-NTF-002",
            )
        pause = _FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            status, reason, asked = self._attempt(address, body)
            if 200 <= status < 300:
                return
            is_passing = status in (0, 429) or status >= 500
            if not is_passing or attempt == ATTEMPTS:
                raise _not_taken(name, status, reason, attempt)
            self._sleep(min(max(pause, asked), _LONGEST_PAUSE))
            pause *= 2

    def _attempt(self, address: str, body: bytes) -> tuple[int, str, float]:
        """Status (0: no answer), why, and for how many seconds it asks to be left alone."""
        import urllib3.exceptions as failures

        self._keep_interval(address)
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "chimeform"}
        try:
            answer = self._connections().request(
                "POST", address, body=body, headers=headers, retries=False, redirect=False
            )
        except (failures.HTTPError, OSError) as error:
            # its text holds the address, so only its name goes on from here
            return 0, f"there was no answer ({type(error).__name__})", 0.0
        finally:
            self._posted[address] = self._monotonic()
        reason = _REASONS.get(answer.status, f"it answered with HTTP status {answer.status}")
        return answer.status, reason, _seconds(answer.headers)

    def _keep_interval(self, address: str) -> None:
        if address in self._posted:
            left = self._posted[address] + _INTERVAL - self._monotonic()
            if left > 0:
                self._sleep(left)

    def _connections(self) -> PoolManager:
        import urllib3

        if self._pool is None:
            self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS))
        return self._pool


def is_address(text: str) -> bool:
    """Whether a message may be sent there: over TLS, or to this very machine."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or not text.isprintable() or " " in text:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_here(host))


def _seconds(headers: Mapping[str, Any]) -> float:
    asked = str(headers.get("retry-after", ""))
    return float(asked) if asked.isdigit() else 0.0


def _not_taken(name: str, status: int, reason: str, attempts: int) -> ServiceError:
    times = f" after {attempts} attempts" if attempts > 1 else ""
    return ServiceError(
        f"the webhook in {name} did not take the notice{times}: {reason}",
        operation="PostNotice",
        fault=ServiceFault.UNREACHABLE if not status else ServiceFault.INVALID,
        service_code=str(status) if status else "",
        why="a notice is told beside the run and never fails it",
        do="check the webhook where it was made, and that its address is the one that is kept there",
        code="CF-NTF-001",
    )
