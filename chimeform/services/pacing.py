"""How fast to call: a token bucket for each class of operation, shrinking on throttling and growing back.

The service publishes no rate for its administration API. The bucket starts at the rate the workspace allows, halves it
when the service says "throttled", and grows back by a quarter with every second without a complaint. Calls that
were on their way together are throttled together: that is one complaint and not eight.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_SLOWEST = 0.5
_GROWTH = 1.25


class Bucket:
    """Tokens of one class. `rate` is calls a second; up to one second's worth may be spent at once, or `at_once`."""

    def __init__(
        self,
        rate: float,
        *,
        at_once: float | None = None,
        monotonic: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._most = rate
        self._rate = rate
        self._at_once = rate if at_once is None else at_once
        self._tokens = self._at_once
        self._monotonic = monotonic
        self._sleep = sleep
        self._seen = monotonic()
        self._calm_since = self._seen
        self._slowdowns = 0
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        return self._rate

    def take(self) -> int:
        """Wait for the next token. Callers queue fairly because each one reserves its own moment.

        Returns a ticket for `throttled`: how often the speed had been halved when the call left.
        """
        with self._lock:
            self._refill()
            self._tokens -= 1
            wait = -self._tokens / self._rate if self._tokens < 0 else 0.0
        if wait > 0:
            self._sleep(wait)
        return self._slowdowns

    def throttled(self, ticket: int | None = None) -> None:
        """The service complained: half the speed, and nothing saved up.

        With the `ticket` of a call that left before the last slowdown it is no news, and changes nothing.
        """
        with self._lock:
            if ticket is not None and ticket < self._slowdowns:
                self._calm_since = self._monotonic()
                return
            self._slowdowns += 1
            self._refill()
            self._rate = max(_SLOWEST, self._rate / 2)
            self._tokens = min(self._tokens, 0.0)
            self._calm_since = self._monotonic()

    def _refill(self) -> None:
        now = self._monotonic()
        self._tokens = min(self._rate, self._at_once, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        calm = now - self._calm_since
        if self._rate < self._most and calm >= 1.0:
            self._rate = min(self._most, self._rate * _GROWTH ** min(calm, 60.0))
            self._calm_since = now
