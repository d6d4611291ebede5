"""Pacing against a service with a rate of its own, in virtual time: it is met, and complaints stay few."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.services.calls import Calls


class Limited:
    """A service that takes `rate` calls a second, a second's worth at once, and complains about every further one."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.now = 0.0
        self.tokens = rate
        self.filled = 0.0
        self.complaints = 0

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.now += 0.01
        self.tokens = min(self.rate, self.tokens + (self.now - self.filled) * self.rate)
        self.filled = self.now
        if self.tokens < 1:
            self.complaints += 1
            raise ServiceError("no", operation=operation, fault=ServiceFault.THROTTLED)
        self.tokens -= 1
        return {}

    def time(self) -> datetime:
        return datetime(2027, 1, 31, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("allowed", "served"), [(20, 25), (20, 10), (20, 3), (100, 10), (1000, 10), (1000, 80)])
def test_a_service_with_a_lower_rate_is_met_with_few_complaints(allowed: float, served: float) -> None:
    service = Limited(served)
    calls = Calls(service, rate=allowed, monotonic=lambda: service.now, sleep=service.sleep, jitter=lambda: 0.5)
    for _ in range(600):
        calls.write("chime", "UpdateUser", {})
    assert calls.counts == {"UpdateUser": 600 + service.complaints}
    assert service.complaints <= (0 if allowed <= served else 600 * 0.1)
    assert service.now <= 2 * 600 / served
