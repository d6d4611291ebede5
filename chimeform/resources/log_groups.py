"""The two log groups of a Voice Connector, and the periods for which CloudWatch Logs keeps what is in one.

[domain page, section 23.4; botocore logs Days]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from .markers import Shown
from .values import AS_PERIOD, DAYS_OF, fault, is_period, written_period

EVERY_GROUP = "/aws/ChimeVoiceConnector"
"""What the names of all of them begin with, so that one listing has those of a whole Region."""
_PLACES: Mapping[str, str] = {
    "sip": "/aws/ChimeVoiceConnectorSipMessages/",
    "media_metrics": "/aws/ChimeVoiceConnectorLogs/",
}
LOGS = tuple(_PLACES)
"""What a connector can log, as `logging` calls it."""
PERIODS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Days [botocore logs Days]; there are no others."""

# Long ones are periods of the calendar, as the CloudWatch console calls them: two years are never 730 days.
_YEARS = {2: 731, 3: 1096, 5: 1827, 6: 2192, 7: 2557, 8: 2922, 9: 3288, 10: 3653}
_CALENDAR = {(13, "month"): 400, (18, "month"): 545, **{(years, "year"): days for years, days in _YEARS.items()}}
_NAMES = {365: "1 year", **{days: f"{number} {unit}s" for (number, unit), days in _CALENDAR.items()}}


def group_name(log: str, connector: str | None) -> str:
    """The group of one log of a Voice Connector, which has the connector's id in its name, as far as there is one."""
    return f"{_PLACES[log]}{connector or 'ID'}"


def _days(value: Any) -> Any:
    if not is_period(value):
        return value
    number, unit = written_period(value)
    if unit == "month" and number % 12 == 0:
        number, unit = number // 12, "year"
    days = _CALENDAR.get((number, unit), number * DAYS_OF[unit])
    if days not in PERIODS:
        raise fault(
            "CF-LOG-001",
            f"{value!r} is no period of CloudWatch Logs",
            why="it keeps log lines for certain numbers of days only [botocore logs Days]",
            do=f"write {_nearest(days)}, or remove the line to keep them for ever",
        )
    return days


def _nearest(days: int) -> str:
    shorter = [period_text(one) for one in PERIODS if one < days][-1:]
    longer = [period_text(one) for one in PERIODS if one > days][:1]
    return " or ".join(f"'{one}'" for one in (*shorter, *longer))


def period_text(days: int) -> str:
    """The period as it may be written in the files."""
    return _NAMES.get(days, f"{days} day{'' if days == 1 else 's'}")


LogPeriod = Annotated[int, BeforeValidator(_days), Shown(period_text, in_files=True), AS_PERIOD]
