"""The service's clock: real time plus an offset that the control surface can move forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _read_system_clock() -> datetime:
    return datetime.now(UTC)


class Clock:
    """UTC time as the sandbox sees it.

    `source` gives real time; `offset` (seconds, never negative) is added to it. The offset is part of the world: it is
    kept in the data file, so that a seven-day wait that was skipped stays skipped after a restart.
    """

    def __init__(self, source: Callable[[], datetime] = _read_system_clock, offset: float = 0.0) -> None:
        self._source = source
        self.offset = offset

    def now(self) -> datetime:
        """Aware UTC time with millisecond precision, the precision that the wire format carries."""
        moment = self._source()
        if self.offset:
            moment += timedelta(seconds=self.offset)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative number: the service's time never runs backwards."""
        if not 0 <= seconds < 10_000_000_000:
            raise ValueError("the clock only moves forward, by a finite number of seconds")
        self.offset += seconds


def format_timestamp(moment: datetime) -> str:
    """ISO-8601 in UTC with milliseconds and `Z`: the form that every SDK accepts, and the form to store in records."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_timestamp(text: str) -> datetime:
    """The moment that `format_timestamp` wrote. Raises ValueError for anything that is no ISO-8601 time."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
