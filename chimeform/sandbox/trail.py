"""What CloudTrail remembers: the raw facts of calls and console moves, of which the newest stay.

Reads never push out writes, which are what people ask for. A restart and a reset forget all of them.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimeform.sandbox.access import Caller, RoleSession
    from chimeform.sandbox.wire import Endpoint

_MOST_WRITES = 50_000
_MOST_READS = 20_000
_MOST_BYTES = 64_000_000
"""Of bodies: with the counts they keep what is remembered below some 100 MB, whatever is sent."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class ApiCall:
    """One call as it came in, and what became of it: `settle` says that, when it is over."""

    endpoint: Endpoint
    caller: Caller
    request_id: str
    agent: bytes
    address: str
    labels: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes
    at: datetime = _LONG_AGO
    error: str | None = None
    """The shape of a refusal."""
    answer: bytes = b""
    """Of a write or a refusal; what a read answered is no part of its event."""
    sequence: int = 0

    def settle(self, at: datetime, answer: bytes, error: str | None) -> None:
        self.at, self.error = at, error
        if error is not None or not self.endpoint.is_read:
            self.answer = answer

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def is_read(self) -> bool:
        return self.endpoint.is_read

    @property
    def region(self) -> str:
        """`chime` is one service for all Regions [botocore chime endpoint rules]; the voice service has its own."""
        return self.caller.region if self.endpoint.service != "chime" else "us-east-1"

    @property
    def size(self) -> int:
        return len(self.body) + len(self.answer)


@dataclass(slots=True, eq=False)
class Move:
    """What somebody did at the console: members of request and response as the event shows them."""

    at: datetime
    name: str
    person: str | None
    """An IAM user; None is the root user."""
    request_id: str
    agent: bytes
    address: str
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None
    error: str | None = None
    message: str = ""
    is_read: bool = False
    region: str = "us-east-1"
    sequence: int = 0

    @property
    def size(self) -> int:
        return 0


Fact = ApiCall | Move


@dataclass
class Trail:
    """What is remembered, and who is behind an access key of temporary credentials."""

    account_id: str
    find_session: Callable[[str], RoleSession | None]
    _writes: deque[Fact] = field(default_factory=deque)
    _reads: deque[Fact] = field(default_factory=deque)
    _bytes: int = 0
    _count: int = 0
    _looked: dict[str, deque[datetime]] = field(default_factory=dict)
    _delivered: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, fact: Fact) -> None:
        self._count += 1
        fact.sequence = self._count
        if fact.is_read:
            kept, most = self._reads, _MOST_READS
        else:
            kept, most = self._writes, _MOST_WRITES
        kept.append(fact)
        self._bytes += fact.size
        if len(kept) > most:
            self._bytes -= kept.popleft().size
        while self._bytes > _MOST_BYTES:
            self._bytes -= (self._reads or self._writes).popleft().size

    def newest_first(self) -> Iterator[Fact]:
        return heapq.merge(reversed(self._writes), reversed(self._reads), key=lambda fact: -fact.sequence)

    def take_undelivered(self, bucket: str, prefix: str) -> list[Fact]:
        """What happened since the last delivery to that place, oldest first."""
        last = self._delivered.get((bucket, prefix), 0)
        fresh = [fact for fact in self.newest_first() if fact.sequence > last]
        self._delivered[bucket, prefix] = self._count
        return fresh[::-1]

    def has_time(self, region: str, now: datetime, quota: int | None) -> bool:
        """Count a look-up; False when the second before `now` had `quota` of them in that Region already."""
        if quota is None:
            return True
        recent = self._looked.setdefault(region, deque())
        while recent and (now - recent[0]).total_seconds() >= 1:
            recent.popleft()
        if len(recent) >= quota:
            return False
        recent.append(now)
        return True

    def clear(self) -> None:
        self._writes.clear()
        self._reads.clear()
        self._looked.clear()
        self._delivered.clear()
        self._bytes = 0
