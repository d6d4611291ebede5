"""How fast to call and how many at once, found out by asking: both shrink on throttling and grow back.

The service publishes no rate for its administration API. The bucket starts at the rate the workspace allows; when the
service says "throttled", it goes down to half of what was sent in the last second, and grows back by a quarter with
every second without a complaint. Calls that were on their way together are throttled together: that is one complaint
and not eight.

The window holds the calls that are on their way at once. It begins small and doubles with each round of answers as
long as it is full, is halved with a complaint, and grows by one a round from there: additive increase, multiplicative
decrease.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MOST_AT_ONCE = 32
"""More gain nothing: what a call costs this machine outweighs what the service takes to answer it."""
_FIRST_AT_ONCE = 8
UNHURRIED = 20.0
"""Calls a second that no service is hurt by: who complains at a lower rate is slowed down step by step."""
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
        self._left: deque[float] = deque(maxlen=int(rate) + 1)
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
            self._left.append(self._seen + wait)
        if wait > 0:
            self._sleep(wait)
        return self._slowdowns

    def throttled(self, ticket: int | None = None) -> None:
        """The service complained: half the speed that it was called at, and nothing saved up.

        With the `ticket` of a call that left before the last slowdown it is no news, and changes nothing.
        """
        with self._lock:
            if ticket is not None and ticket < self._slowdowns:
                self._calm_since = self._monotonic()
                return
            self._slowdowns += 1
            self._refill()
            speed = min(self._rate, max(UNHURRIED, self._sent_lately()))
            self._rate = max(_SLOWEST, speed / 2)
            self._tokens = min(self._tokens, 0.0)
            self._calm_since = self._monotonic()

    def _sent_lately(self) -> int:
        """Calls of the last second, without those that are still waiting for their moment."""
        return sum(self._seen - 1.0 < moment <= self._seen for moment in self._left)

    def _refill(self) -> None:
        now = self._monotonic()
        self._tokens = min(self._rate, self._at_once, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        calm = now - self._calm_since
        if self._rate < self._most and calm >= 1.0:
            self._rate = min(self._most, self._rate * _GROWTH ** min(calm, 60.0))
            self._calm_since = now


class Window:
    """How many calls are on their way at once; at most `most`. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(min(most, _FIRST_AT_ONCE))
        self._doubles = True
        self._due = 0
        self._on_their_way = 0
        self._shrunk = 0
        self._free = threading.Condition()

    @property
    def size(self) -> int:
        return int(self._size)

    def enter(self) -> int:
        """Wait until there is room. Returns a ticket for `throttled`: how often the window had shrunk by then."""
        with self._free:
            self._free.wait_for(lambda: self._on_their_way < self.size)
            self._on_their_way += 1
            if self._on_their_way >= self.size:
                # all of these calls vote for more room with their answers, which may all come back at once
                self._due = self.size
            return self._shrunk

    def leave(self) -> None:
        """One call is back, whatever was answered."""
        with self._free:
            self._on_their_way -= 1
            self._free.notify_all()

    def served(self) -> None:
        """The service did what a call asked for. Only a window that was full grows: nobody needs more than they use."""
        with self._free:
            if self._due > 0:
                self._due -= 1
                self._size = min(float(self._most), self._size + (1.0 if self._doubles else 1.0 / self._size))
                self._free.notify_all()

    def throttled(self, ticket: int | None = None) -> None:
        """The service complained: half the room. No news with the `ticket` of a call from before the last time."""
        with self._free:
            if ticket is not None and ticket < self._shrunk:
                return
            self._shrunk += 1
            self._doubles = False
            self._due = 0
            self._size = max(1.0, self._size / 2)
