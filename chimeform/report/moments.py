"""Moments and spans of time as people read them. Everything is in UTC, and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def date_time(moment: datetime | str) -> str:
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def date_only(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def span(length: timedelta) -> str:
    """The length in its largest unit, rounded down: `3 days`, `2 hours`, `less than a minute`."""
    seconds = int(abs(length.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a minute"
