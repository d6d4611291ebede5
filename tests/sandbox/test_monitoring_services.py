"""The services that watch over Voice Connectors, behind the same port: as boto3 sends it, and with their own errors."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import SandboxProcess

GROUP = "/aws/ChimeVoiceConnectorLogs/abcdef1ghij2klmno3pqr4"


def refused(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_log_groups_have_periods_and_are_listed_in_pages_of_their_region(sandbox: SandboxProcess) -> None:
    logs = sandbox.client("logs", region="eu-central-1")
    assert refused(logs.put_retention_policy, logGroupName=GROUP, retentionInDays=30) == (
        "ResourceNotFoundException",
        400,
    )
    assert refused(logs.delete_retention_policy, logGroupName=GROUP) == ("ResourceNotFoundException", 400)
    logs.create_log_group(logGroupName=GROUP)
    assert refused(logs.create_log_group, logGroupName=GROUP) == ("ResourceAlreadyExistsException", 400)
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    (found,) = logs.describe_log_groups(logGroupNamePrefix="/aws/Chime")["logGroups"]
    assert found["retentionInDays"] == 30
    logs.delete_retention_policy(logGroupName=GROUP)
    (found,) = logs.describe_log_groups(logGroupNamePrefix="/aws/Chime")["logGroups"]
    assert "retentionInDays" not in found

    for number in range(60):
        logs.create_log_group(logGroupName=f"{GROUP}{number:02}")
    first = logs.describe_log_groups(logGroupNamePrefix=GROUP, limit=50)
    assert len(first["logGroups"]) == 50
    second = logs.describe_log_groups(logGroupNamePrefix=GROUP, limit=50, nextToken=first["nextToken"])
    assert (len(second["logGroups"]), second.get("nextToken")) == (11, None)
    assert sandbox.client("logs", region="us-west-2").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize("days", [0, 2, 730, 4000])
def test_a_period_that_cloudwatch_does_not_have_is_refused(sandbox: SandboxProcess, days: int) -> None:
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    assert refused(logs.put_retention_policy, logGroupName=GROUP, retentionInDays=days) == (
        "InvalidParameterException",
        400,
    )


WATCHED = {
    "AlarmName": "Calls fail",
    "Namespace": "AWS/ChimeVoiceConnector",
    "MetricName": "InboundCallFailures",
    "Dimensions": [{"Name": "VoiceConnectorId", "Value": "abcdef1ghij2klmno3pqr4"}],
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_alarms_are_there_in_their_region_and_deleted_whatever_else_is_named(sandbox: SandboxProcess) -> None:
    cloudwatch = sandbox.client("cloudwatch", region="eu-central-1")
    cloudwatch.put_metric_alarm(**WATCHED, Statistic="Sum", Period=60)
    (found,) = cloudwatch.describe_alarms(AlarmNames=["Calls fail"])["MetricAlarms"]
    assert {name: found[name] for name in WATCHED} == WATCHED
    assert sandbox.client("cloudwatch", region="us-west-2").describe_alarms()["MetricAlarms"] == []
    cloudwatch.delete_alarms(AlarmNames=["nobody's", "Calls fail"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    "others",
    [
        {"Period": 60},
        {"Period": 60, "Statistic": "Sum", "ExtendedStatistic": "p99"},
        {"Period": 45, "Statistic": "Sum"},
        {"Period": 60, "EvaluationPeriods": 1441, "Statistic": "Sum"},
        {"Period": 3600, "EvaluationPeriods": 169, "Statistic": "Sum"},
    ],
)
def test_an_alarm_that_cloudwatch_does_not_take_is_refused(sandbox: SandboxProcess, others: dict[str, Any]) -> None:
    cloudwatch = sandbox.client("cloudwatch")
    assert refused(cloudwatch.put_metric_alarm, **{**WATCHED, **others})[0] == "ValidationError"
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
