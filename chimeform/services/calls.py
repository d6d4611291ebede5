"""Calls with manners: paced, retried by the class of the error, counted.

read    throttled, failing or unanswered: again, with growing pauses
write   throttled or never sent: again. Answer lost: never repeated here; whoever asked has to look first
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from .aws import Services
from .pacing import MOST_AT_ONCE, UNHURRIED, Bucket, Window

_ATTEMPTS = {
    # at most ten seconds apart: a service that says "not now" is asked for some minutes before a call fails
    ServiceFault.THROTTLED: 40,
    ServiceFault.UNREACHABLE: 4,
    ServiceFault.SERVICE: 5,
    ServiceFault.UNKNOWN_OUTCOME: 5,
}
_MOST = {"cloudtrail": 2.0}
"""Calls a second of services that publish a rate [botocore cloudtrail LookupEvents]; they are sent one by one."""
_OUTSIDE = frozenset({"directory", "dns", "okta"})
"""What is not AWS serves a whole company beside us, and is never called faster than no service is hurt by."""
_LEAST = {"s3": 1000.0}
"""Likewise, of a service that takes far more than a workspace asks of Amazon Chime [S3: 5,500 reads a second]."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0


def _unheard(operation: str) -> None:
    """For callers who do not follow throttling."""
    del operation


def _never() -> bool:
    """For runs that nobody can stop."""
    return False


class Calls:
    """The calls of one run. Safe to use from several threads. Once `stopped` says so, nothing is tried again."""

    def __init__(
        self,
        services: Services,
        *,
        rate: float,
        parallelism: int = MOST_AT_ONCE,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        stopped: Callable[[], bool] = _never,
        jitter: Callable[[], float] = random.random,
        on_throttle: Callable[[str], None] = _unheard,
    ) -> None:
        self._services = services
        self._sleep = sleep
        self._stopped = stopped
        self._jitter = jitter
        self._on_throttle = on_throttle
        self._rate, self._monotonic = rate, monotonic
        self.parallelism = parallelism
        self._window = Window(parallelism)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._counting = threading.Lock()
        self._counts: dict[str, int] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """Calls sent so far by operation, retries included."""
        with self._counting:
            return dict(self._counts)

    @property
    def room(self) -> int:
        """How many calls may be on their way now: what was found out so far, and never more than `parallelism`."""
        return self._window.size

    def time(self) -> datetime:
        return self._services.time()

    def read(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._retrying("read", service, operation, request, tuple(_ATTEMPTS))

    def write(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises a `ServiceError` of fault `unknown outcome` where the effect may or may not have happened."""
        retried = (ServiceFault.THROTTLED, ServiceFault.UNREACHABLE)
        try:
            return self._retrying("write", service, operation, request, retried)
        except ServiceError as error:
            if error.fault is ServiceFault.SERVICE:
                # a failing service may have done the work before it failed
                error.fault = ServiceFault.UNKNOWN_OUTCOME
            raise

    def pages(
        self, service: str, operation: str, request: Mapping[str, Any], items: str
    ) -> Iterator[Mapping[str, Any]]:
        """Every item of a paged listing. Tokens are opaque, and a page may be empty without being the last."""
        token: str | None = None
        while True:
            page = self.read(service, operation, {**request, **({"NextToken": token} if token else {})})
            yield from page.get(items, ())
            token = page.get("NextToken")
            if not token:
                return

    def _retrying(
        self, bucket: str, service: str, operation: str, request: Mapping[str, Any], faults: tuple[ServiceFault, ...]
    ) -> Mapping[str, Any]:
        attempt = 0
        while True:
            attempt += 1
            ticket = self._bucket(service, bucket).take()
            self._count(operation)
            entered = self._window.enter()
            try:
                answer = self._services.call(service, operation, request)
                self._window.served()
                return answer
            except ServiceError as error:
                if error.fault is ServiceFault.THROTTLED:
                    self._window.throttled(entered)
                    self._bucket(service, bucket).throttled(ticket)
                    self._on_throttle(operation)
                if error.fault not in faults or attempt >= _ATTEMPTS[error.fault] or self._stopped():
                    raise
                pause = error.retry_after
            finally:
                self._window.leave()
            self.pause(attempt, pause)

    def pause(self, attempt: int, at_least: float = 0.0) -> None:
        """Wait before the next attempt, longer each time, and as long as the service said."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * (0.5 + self._jitter() / 2)
        self._sleep(max(pause, at_least))

    def _bucket(self, service: str, name: str) -> Bucket:
        """Each service counts for itself, and reads and writes apart."""
        with self._counting:
            if (service, name) not in self._buckets:
                most = _MOST.get(service)
                rate = max(self._rate, _LEAST.get(service, 0.0))
                rate = min(rate, UNHURRIED) if service in _OUTSIDE else rate
                self._buckets[service, name] = Bucket(
                    rate if most is None else min(rate, most),
                    at_once=None if most is None else 1.0,
                    monotonic=self._monotonic,
                    sleep=self._sleep,
                )
            return self._buckets[service, name]

    def note_throttled(self, service: str, operation: str) -> None:
        """The service had no time for a part of a write that it took: the next ones are sent more slowly."""
        self._window.throttled()
        self._bucket(service, "write").throttled()
        self._on_throttle(operation)

    def _count(self, operation: str) -> None:
        with self._counting:
            self._counts[operation] = self._counts.get(operation, 0) + 1
