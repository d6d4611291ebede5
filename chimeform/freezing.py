"""Whether a freeze window holds at a moment, and until when. Pure: the moment comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .language.guardrails import WEEKDAYS, Freeze


@dataclass(frozen=True)
class Frozen:
    """`until` is the first moment at which the window no longer holds; None for one that holds every day."""

    until: datetime | None


def frozen(window: Freeze, at: datetime) -> Frozen | None:
    """None if the window does not hold at `at`. Days that follow each other are one time, with one end."""
    end = _end(window, at)
    if end is None:
        return None
    for _ in WEEKDAYS:
        later = _end(window, end)
        if later is None:
            return Frozen(end)
        end = later
    return Frozen(season[1] if (season := window.season()) else None)


def _end(window: Freeze, at: datetime) -> datetime | None:
    """The end of the season, or of the day's part of it, in which `at` lies."""
    season = window.season()
    if season is not None and not season[0] <= at < season[1]:
        return None
    if season is not None and not (window.weekdays or window.hours):
        return season[1]
    today = at.astimezone(ZoneInfo(window.zone)).date()
    # the hours of yesterday may go on into today
    parts = [part for back in (1, 0) if (part := window.day(today - timedelta(days=back)))]
    ends = [end for begin, end in parts if begin <= at < end]
    if not ends:
        return None
    return min(max(ends), season[1]) if season is not None else max(ends)
