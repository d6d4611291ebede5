"""The keys of call detail records [domain page, section 19], and which of them have to be listed for a period.

    Amazon-Chime-Business-Calling-CDRs/json/{awsAccountId}/{yyyy}/{mm}/{dd}/…
    Amazon-Chime-Voice-Connector-CDRs/json/{voiceConnectorId}/{yyyy}/{mm}/{dd}/…
    Amazon-Chime-Voice-Connector-SDRs/json/{voiceConnectorId}/{yyyy}/{mm}/{dd}/…

Whether the day is that of the beginning or of the end of a call is not documented. So the day after a period is listed
too, and the record itself says when the call began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

BUSINESS, VOICE = "business-calling", "voice-connector"
FOLDERS = {
    BUSINESS: ("Amazon-Chime-Business-Calling-CDRs/json/",),
    VOICE: ("Amazon-Chime-Voice-Connector-CDRs/json/", "Amazon-Chime-Voice-Connector-SDRs/json/"),
}
_DAY = re.compile(r"(Amazon-Chime-[A-Za-z-]+/json/)[^/]+/(\d{4})/(\d{2})/(\d{2})/[^/]+\Z")


@dataclass(frozen=True)
class Period:
    """Whole days in UTC, the last one included; None is open."""

    first: date | None = None
    last: date | None = None

    def has(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    @property
    def of_keys(self) -> Period:
        """The days in whose folders the calls of this period may be."""
        may_grow = self.last is not None and self.last < date.max
        return Period(self.first, self.last + timedelta(days=1)) if self.last and may_grow else self


def day_of(key: str) -> tuple[str, date] | None:
    """The folder of the kind and the day of a key; None for what is no record."""
    found = _DAY.search(key)
    if found is None:
        return None
    try:
        return found[1], date(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def year_of(folder: str) -> int | None:
    """The year that the last part of a folder is."""
    name = folder.rstrip("/").rpartition("/")[2]
    return int(name) if re.fullmatch(r"[1-9]\d{3}", name) else None


def folders_of(first: date, last: date) -> Iterator[str]:
    """The fewest folders that have all days from the first to the last and no other: years, months and days."""
    day = first
    while day <= last:
        year_end, month_end = date(day.year, 12, 31), _month_end(day)
        if (day.month, day.day) == (1, 1) and year_end <= last:
            yield f"{day:%Y}/"
            end = year_end
        elif day.day == 1 and month_end <= last:
            yield f"{day:%Y/%m}/"
            end = month_end
        else:
            yield f"{day:%Y/%m/%d}/"
            end = day
        if end == date.max:
            return
        day = end + timedelta(days=1)


def _month_end(day: date) -> date:
    return date(day.year, 12, 31) if day.month == 12 else date(day.year, day.month + 1, 1) - timedelta(days=1)
