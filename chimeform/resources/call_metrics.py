"""What CloudWatch is told of the calls of a Voice Connector, and how alarms are written [domain page, section 23.3]."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .markers import Shown
from .values import fault

NAMESPACE = "AWS/ChimeVoiceConnector"
CallMetric = Literal[
    "InboundCallAttempts",
    "InboundCallFailures",
    "InboundCallsAnswered",
    "InboundCallsActive",
    "OutboundCallAttempts",
    "OutboundCallFailures",
    "OutboundCallsAnswered",
    "OutboundCallsActive",
    "Throttles",
    "Sip1xxCodes",
    "Sip2xxCodes",
    "Sip3xxCodes",
    "Sip4xxCodes",
    "Sip5xxCodes",
    "Sip6xxCodes",
    "CustomerToVcRtpPackets",
    "CustomerToVcRtpBytes",
    "CustomerToVcRtcpPackets",
    "CustomerToVcRtcpBytes",
    "CustomerToVcPacketsLost",
    "CustomerToVcJitter",
    "VcToCustomerRtpPackets",
    "VcToCustomerRtpBytes",
    "VcToCustomerRtcpPackets",
    "VcToCustomerRtcpBytes",
    "VcToCustomerPacketsLost",
    "VcToCustomerJitter",
    "RemoteToVcRtpPackets",
    "RemoteToVcRtpBytes",
    "RemoteToVcRtcpPackets",
    "RemoteToVcRtcpBytes",
    "RemoteToVcPacketsLost",
    "RemoteToVcJitter",
    "VcToRemoteRtpPackets",
    "VcToRemoteRtpBytes",
    "VcToRemoteRtcpPackets",
    "VcToRemoteRtcpBytes",
    "VcToRemotePacketsLost",
    "VcToRemoteJitter",
    "RTTBetweenVcAndCustomer",
    "RTTBetweenVcAndRemote",
    "MOSBetweenVcAndCustomer",
    "MOSBetweenVcAndRemote",
]
_MEASURED = re.compile(r"(RTT|MOS)|Jitter$")


def usual_statistic(metric: str) -> str:
    """Counts are added up; round trips, jitter (microseconds) and scores (1.0 to 4.4) are averaged."""
    return "average" if _MEASURED.search(metric) else "sum"


Statistic = Annotated[
    str,
    Field(
        pattern=(
            r"^(sum|average|minimum|maximum|sample-count|IQM|p100"
            r"|(p|tm|tc|ts|wm)\d{1,2}(\.\d{1,10})?|(PR|TC|TM|TS|WM)\([^()]{1,50}\))$"
        ),
        examples=["sum", "p99"],
    ),
]
"""A plain statistic, or one of CloudWatch's extended ones in its own spelling [botocore PutMetricAlarm]."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_PERIOD = re.compile(r"(\d{1,6})\s*(second|minute|hour|day)s?\Z", re.ASCII)
_SHORT = (10, 20, 30)
_DAY, _WEEK = 86_400, 604_800


def _seconds(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    found = _PERIOD.match(value.strip().lower()) if isinstance(value, str) else None
    if not found:
        raise fault(
            "CF-ALM-001",
            f"{value!r} is not a period",
            why="the period of an alarm is a whole number and a unit",
            do="write it like '1 minute', '5 minutes' or '1 hour'",
        )
    seconds = int(found[1]) * _SECONDS[found[2]]
    if seconds not in _SHORT and (seconds == 0 or seconds % 60):
        raise fault(
            "CF-ALM-001",
            f"{value!r} is no period of CloudWatch",
            why="it looks every 10, 20 or 30 seconds, or after whole minutes [botocore PutMetricAlarm]",
            do="write whole minutes",
        )
    return seconds


def seconds_text(seconds: int) -> str:
    """The period as it may be written in the files."""
    unit, size = next((unit, size) for unit, size in reversed(_SECONDS.items()) if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def longest_look(period: int) -> int:
    """For how many seconds back an alarm with this period may look [botocore PutMetricAlarm]."""
    return _DAY if period < _SECONDS["hour"] else _WEEK


AlarmPeriod = Annotated[
    int,
    BeforeValidator(_seconds),
    Shown(seconds_text, in_files=True),
    Field(
        json_schema_extra={
            "type": "string",
            "pattern": r"^\d+\s*(second|minute|hour|day)s?$",
            "examples": ["5 minutes"],
        }
    ),
]
