"""Alarms of CloudWatch on the calls of Voice Connectors, in the Region that the service's name says.

`DescribeAlarms` `{}` answers `{"Of": {connector id: [alarm]}}` with every alarm of the Region that watches one metric
of one Voice Connector, whosever it is: one listing for all that are declared. Alarms on anything else are left alone.

`CreateAlarm` and `PutAlarm` take an alarm in the same form, `PutAlarm` with the name `Was` that it had before. What
CloudWatch replaces as a whole is read right before it is written: what the form does not know stays as it is, and what
watches something else stays altogether.

`DeleteAlarms` `{"Alarms": [{"Name", "Changed"}]}` takes alarms away as they were when they were read. Two blocks may
exchange their names in one run, or one may take the name of another that goes: whoever gives a name up leaves the alarm
alone that stands under it by then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..regions import in_region, service_and_region
from ..resources.call_metrics import NAMESPACE
from .aws import Services

Alarm = Mapping[str, Any]
Place = tuple[str, str]
"""CloudWatch in a Region, and the name of an alarm there."""

_PAGE = 100
_STATISTICS = {
    "sum": "Sum",
    "average": "Average",
    "minimum": "Minimum",
    "maximum": "Maximum",
    "sample-count": "SampleCount",
}
_PLAIN = {wire: ours for ours, wire in _STATISTICS.items()}
_COMPARISONS = {
    "above": "GreaterThanThreshold",
    "at-least": "GreaterThanOrEqualToThreshold",
    "below": "LessThanThreshold",
    "at-most": "LessThanOrEqualToThreshold",
}
_DIRECTIONS = {wire: ours for ours, wire in _COMPARISONS.items()}
_MISSING = {"breaching": "breaching", "not-breaching": "notBreaching", "ignore": "ignore", "missing": "missing"}
_WORDS = {wire: ours for ours, wire in _MISSING.items()}
_SAME = {
    "Name": "AlarmName",
    "Metric": "MetricName",
    "Period": "Period",
    "EvaluationPeriods": "EvaluationPeriods",
    "Datapoints": "DatapointsToAlarm",
    "Threshold": "Threshold",
    "Description": "AlarmDescription",
    "Enabled": "ActionsEnabled",
    "Notify": "AlarmActions",
    "NotifyOk": "OKActions",
    "NotifyNoData": "InsufficientDataActions",
}
"""Members that differ in their names only."""
_KEPT = (
    *("Unit", "EvaluateLowSampleCountPercentile"),
    *("EvaluationWindow", "WarmUpConfiguration", "ActionConfiguration"),
)
"""What else an alarm on one metric may have; its tags stay by themselves [botocore PutMetricAlarm]."""


class AlarmServices:
    """The border's own operations. Safe to use from several threads."""

    def __init__(self, aws: Services) -> None:
        self._aws = aws
        self._giving_up = threading.Lock()
        self._written: dict[Place, bool] = {}
        """Alarms that were written here; False as long as the answer is awaited."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name, region = service_and_region(service)
        cloudwatch = in_region("cloudwatch", region)
        if operation == "DescribeAlarms":
            return {"Of": self._by_connector(cloudwatch)}
        if operation in ("CreateAlarm", "PutAlarm"):
            return self._put(cloudwatch, request, str(region))
        if operation == "DeleteAlarms":
            self._give_up(cloudwatch, {one["Name"]: one["Changed"] for one in request["Alarms"]})
            return {}
        raise ValueError(f"{name} has no operation {operation}")

    def time(self) -> datetime:
        return self._aws.time()

    # -- reading

    def _by_connector(self, cloudwatch: str) -> Mapping[str, list[Alarm]]:
        found: dict[str, list[Alarm]] = {}
        for wire in self._alarms(cloudwatch):
            if connector := _watched(wire):
                found.setdefault(connector, []).append({**_told(wire), "Connector": connector})
        return found

    def _alarms(self, cloudwatch: str) -> Iterator[Mapping[str, Any]]:
        request: dict[str, Any] = {"AlarmTypes": ["MetricAlarm"], "MaxRecords": _PAGE}
        while True:
            page = self._aws.call(cloudwatch, "DescribeAlarms", request)
            yield from page.get("MetricAlarms", ())
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]

    def _named(self, cloudwatch: str, name: str) -> Mapping[str, Any] | None:
        """The alarm of this name, of whatever type."""
        return self._all_named(cloudwatch, [name]).get(name)

    def _all_named(self, cloudwatch: str, names: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Likewise, of up to a hundred names."""
        types = ["MetricAlarm", "CompositeAlarm"]
        request = {"AlarmNames": names, "AlarmTypes": types, "MaxRecords": _PAGE}
        page = self._aws.call(cloudwatch, "DescribeAlarms", request)
        return {one["AlarmName"]: one for type_ in types for one in page.get(f"{type_}s", ())}

    # -- writing

    def _check_free(self, there: Mapping[str, Any], alarm: Alarm, region: str) -> None:
        """Only an alarm on this Voice Connector, or on one that nobody has any more, may be replaced."""
        other = _watched(there)
        if other == alarm["Connector"] or (other and self._is_gone(other, region)):
            return
        raise ServiceError(
            f"PutMetricAlarm: there is an alarm {alarm['Name']!r} in {region} already, and it watches {_words(there)}",
            operation="PutMetricAlarm",
            fault=ServiceFault.CONFLICT,
            why="CloudWatch would put the new alarm in its place",
            do="write another 'name' into the block of the alarm",
            code="CF-ALM-003",
        )

    def _is_gone(self, connector: str, region: str) -> bool:
        voice, request = in_region("chime-sdk-voice", region), {"MaxResults": _PAGE}
        while True:
            page = self._aws.call(voice, "ListVoiceConnectors", request)
            if any(one["VoiceConnectorId"] == connector for one in page.get("VoiceConnectors", ())):
                return False
            if not page.get("NextToken"):
                return True
            request = {"MaxResults": _PAGE, "NextToken": page["NextToken"]}

    def _put(self, cloudwatch: str, alarm: Alarm, region: str) -> Mapping[str, Any]:
        was = alarm.get("Was", alarm["Name"])
        before = self._named(cloudwatch, was) or {}
        for there in (before, before if was == alarm["Name"] else self._named(cloudwatch, alarm["Name"])):
            if there:
                self._check_free(there, alarm, region)
        kept = {name: before[name] for name in _KEPT if name in before}
        self._write(cloudwatch, {**kept, **_sent(alarm, region)})
        if was != alarm["Name"]:
            # an alarm is known by its name, so that a new name is a new alarm, which watches before the old one ends
            self._give_up(cloudwatch, {was: alarm["Changed"]})
        return {"Name": alarm["Name"]}

    def _write(self, cloudwatch: str, wire: Mapping[str, Any]) -> None:
        place = (cloudwatch, wire["AlarmName"])
        with self._giving_up:
            self._written[place] = False
        self._aws.call(cloudwatch, "PutMetricAlarm", wire)
        self._written[place] = True

    def _give_up(self, cloudwatch: str, names: Mapping[str, str]) -> None:
        """Delete these alarms, by name as they were when they were read; not what somebody else in this run has put, or
        is putting, in their places."""
        with self._giving_up:
            written = [name for name in names if (cloudwatch, name) in self._written]
            done = [name for name in written if self._written[cloudwatch, name]]
            there = self._all_named(cloudwatch, done) if done else {}
            anothers = {name for name in written if name not in there or _changed(there[name]) != names[name]}
            if gone := [name for name in names if name not in anothers]:
                self._aws.call(cloudwatch, "DeleteAlarms", {"AlarmNames": gone})


def _watched(wire: Mapping[str, Any]) -> str | None:
    """The Voice Connector whose metric the alarm watches; None if it watches anything else, or several things."""
    dimensions = {one["Name"]: one["Value"] for one in wire.get("Dimensions", ())}
    is_ours = wire.get("Namespace") == NAMESPACE and dimensions.keys() == {"VoiceConnectorId", "Region"}
    return str(dimensions["VoiceConnectorId"]) if is_ours and wire.get("ComparisonOperator") in _DIRECTIONS else None


def _told(wire: Mapping[str, Any]) -> Alarm:
    told = {ours: wire.get(theirs) for ours, theirs in _SAME.items()}
    statistic = _PLAIN.get(str(wire.get("Statistic")), wire.get("ExtendedStatistic"))
    missing = _WORDS.get(wire.get("TreatMissingData", "missing"))
    told |= {"Statistic": statistic, "Comparison": _DIRECTIONS[wire["ComparisonOperator"]], "MissingData": missing}
    told["Changed"] = _changed(wire)
    return {name: value for name, value in told.items() if value is not None}


def _changed(wire: Mapping[str, Any]) -> str:
    """When its configuration was changed last."""
    return str(wire["AlarmConfigurationUpdatedTimestamp"].isoformat())


def _sent(alarm: Alarm, region: str) -> dict[str, Any]:
    statistic = alarm["Statistic"]
    is_plain = statistic in _STATISTICS
    request = {theirs: alarm.get(ours) for ours, theirs in _SAME.items()}
    request |= {
        "Namespace": NAMESPACE,
        "Dimensions": [
            {"Name": "VoiceConnectorId", "Value": alarm["Connector"]},
            {"Name": "Region", "Value": region},
        ],
        "Statistic" if is_plain else "ExtendedStatistic": _STATISTICS.get(statistic, statistic),
        "ComparisonOperator": _COMPARISONS[alarm["Comparison"]],
        "TreatMissingData": _MISSING[alarm.get("MissingData", "missing")],
    }
    return {name: value for name, value in request.items() if value is not None}


def _words(wire: Mapping[str, Any]) -> str:
    if connector := _watched(wire):
        return f"the Voice Connector {connector}"
    return f"{wire['Namespace']} {wire.get('MetricName', '')}".strip() if wire.get("Namespace") else "something else"
