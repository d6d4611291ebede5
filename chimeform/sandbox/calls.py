"""The API calls that were received: how many of which, and the latest in order."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chimeform.sandbox.clock import format_timestamp

_KEPT = 200_000


@dataclass(slots=True)
class Call:
    """One received call; `status` stays None when no answer was sent (a dropped response)."""

    service: str
    operation: str
    request_id: str
    at: datetime
    status: int | None = None


class CallLog:
    """Calls since the last reset. The counts are complete; the list keeps the last 200,000."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._calls: deque[Call] = deque(maxlen=_KEPT)

    def note(self, call: Call) -> Call:
        self._counts[call.operation] += 1
        self._calls.append(call)
        return call

    def clear(self) -> None:
        self._counts.clear()
        self._calls.clear()

    def counts(self) -> dict[str, int]:
        return dict(sorted(self._counts.items()))

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                "operation": call.operation,
                "status": call.status,
                "request_id": call.request_id,
                "at": format_timestamp(call.at),
                "service": call.service,
            }
            for call in self._calls
        ]
