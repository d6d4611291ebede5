"""What the other AWS services refuse and moto lets through, where somebody would otherwise be told that it works."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Correction:
    """A refusal in the service's words; which form it takes is a matter of the protocol."""

    code: str
    message: str


# [botocore logs Days]
_PERIODS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def correction_of(service: str, operation: str, body: bytes) -> Correction | None:
    """The refusal of a request that moto would take; None for all others, also for a body that is no JSON."""
    check = _CHECKS.get((service, operation))
    try:
        request = json.loads(body) if check else None
    except ValueError:
        return None
    return check(request) if check and isinstance(request, dict) else None


def _retention(request: Mapping[str, Any]) -> Correction | None:
    days = request.get("retentionInDays")
    if days in _PERIODS:
        return None
    periods = ", ".join(map(str, _PERIODS))
    return Correction("InvalidParameterException", f"{days} days is no period of retention; valid ones are {periods}")


def _alarm(request: Mapping[str, Any]) -> Correction | None:
    """[botocore PutMetricAlarm]"""
    if not request.get("MetricName"):
        return None  # an alarm on an expression
    if ("Statistic" in request) is ("ExtendedStatistic" in request):
        return Correction("ValidationError", "Exactly one of Statistic and ExtendedStatistic has to be given")
    period, times = request.get("Period", 0), request.get("EvaluationPeriods", 1)
    if period not in (10, 20, 30) and (period == 0 or period % 60):
        return Correction("ValidationError", f"The period {period} is neither 10, 20, 30 nor a multiple of 60 seconds")
    if period * times > (86_400 if period < 3_600 else 604_800):
        return Correction("ValidationError", f"{times} periods of {period} seconds are too long for an alarm")
    return None


_CHECKS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Correction | None]] = {
    ("logs", "PutRetentionPolicy"): _retention,
    ("monitoring", "PutMetricAlarm"): _alarm,
}
