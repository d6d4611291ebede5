"""The services that watch over Voice Connectors, behind the same port: as boto3 sends it, and with their own errors."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import SandboxProcess

REGION = "eu-central-1"
GROUP = "/aws/ChimeVoiceConnectorLogs/abcdef1ghij2klmno3pqr4"


def refused(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_log_groups_have_periods_and_are_listed_in_pages_of_their_region(sandbox: SandboxProcess) -> None:
    logs = sandbox.client("logs", region=REGION)
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


PATTERN = json.dumps({"source": ["aws.chime"], "detail": {"voiceConnectorId": ["abcdef1ghij2klmno3pqr4"]}})


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:111122223333:{name}"


def test_a_rule_of_eventbridge_is_replaced_as_a_whole_and_goes_after_its_targets(sandbox: SandboxProcess) -> None:
    events = sandbox.client("events", region=REGION)
    absent = ("ResourceNotFoundException", 400)
    assert refused(events.describe_rule, Name="streams") == absent
    assert refused(events.list_targets_by_rule, Rule="streams") == absent
    assert refused(events.put_targets, Rule="streams", Targets=[{"Id": "a", "Arn": arn("sns", "t")}]) == absent
    assert refused(events.put_rule, Name="streams", EventPattern="{") == ("InvalidEventPatternException", 400)
    role = "arn:aws:iam::111122223333:role/events"
    made = events.put_rule(Name="streams", EventPattern=PATTERN, State="DISABLED", Description="d", RoleArn=role)
    assert made["RuleArn"] == arn("events", "rule/streams")
    events.put_rule(Name="streams", EventPattern=PATTERN)
    rule = events.describe_rule(Name="streams")
    assert (rule["State"], rule.get("Description"), rule.get("RoleArn")) == ("ENABLED", None, None)

    ordered = {"Id": "b", "Arn": arn("sqs", "q.fifo"), "SqsParameters": {"MessageGroupId": "g"}}
    put = events.put_targets(Rule="streams", Targets=[{"Id": "a", "Arn": arn("sns", "t")}, ordered])
    assert (put["FailedEntryCount"], put["FailedEntries"]) == (0, [])
    first = events.list_targets_by_rule(Rule="streams", Limit=1)
    second = events.list_targets_by_rule(Rule="streams", Limit=1, NextToken=first["NextToken"])
    assert [*first["Targets"], *second["Targets"]] == [{"Id": "a", "Arn": arn("sns", "t")}, ordered]
    assert refused(events.delete_rule, Name="streams") == ("ValidationException", 400)
    assert events.remove_targets(Rule="streams", Ids=["a", "b"])["FailedEntryCount"] == 0
    events.delete_rule(Name="streams")
    events.delete_rule(Name="streams")
    assert events.list_rules()["Rules"] == []


def test_a_topic_and_a_queue_show_their_policies(sandbox: SandboxProcess) -> None:
    sns, sqs = sandbox.client("sns", region=REGION), sandbox.client("sqs", region=REGION)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert refused(sns.get_topic_attributes, TopicArn=arn("sns", "t")) == ("NotFound", 404)
    sns.create_topic(Name="t")
    born = json.loads(sns.get_topic_attributes(TopicArn=arn("sns", "t"))["Attributes"]["Policy"])
    assert [one["Condition"] for one in born["Statement"]] == [{"StringEquals": {"AWS:SourceOwner": "111122223333"}}]
    sns.set_topic_attributes(TopicArn=arn("sns", "t"), AttributeName="Policy", AttributeValue=json.dumps(policy))
    assert json.loads(sns.get_topic_attributes(TopicArn=arn("sns", "t"))["Attributes"]["Policy"]) == policy

    absent = ("AWS.SimpleQueueService.NonExistentQueue", 400)
    assert refused(sqs.get_queue_url, QueueName="q", QueueOwnerAWSAccountId="111122223333") == absent
    sqs.create_queue(QueueName="q")
    url = sqs.get_queue_url(QueueName="q", QueueOwnerAWSAccountId="111122223333")["QueueUrl"]
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(found) == policy


def test_a_function_shows_its_policy_by_its_arn(sandbox: SandboxProcess) -> None:
    functions, name = sandbox.client("lambda", region=REGION), arn("lambda", "function:f")
    absent = ("ResourceNotFoundException", 404)
    assert refused(functions.get_function_configuration, FunctionName=name) == absent
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("f.py", "")
    role = sandbox.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = {"FunctionName": "f", "Runtime": "python3.12", "Role": role, "Handler": "f.f"}
    functions.create_function(**made, Code={"ZipFile": code.getvalue()})
    assert refused(functions.get_policy, FunctionName=name) == absent, "there is none yet"
    assert functions.get_function_configuration(FunctionName=name)["FunctionArn"] == name
    may = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    functions.add_permission(FunctionName=name, StatementId="s", **may, SourceArn=arn("events", "rule/streams"))
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}


RULE, TOPIC, QUEUE = arn("events", "rule/r"), arn("sns", "t"), arn("sqs", "q")
FUNCTION = arn("lambda", "function:f")
EVERY_GROUP = arn("logs", "log-group::log-stream:")


@pytest.mark.parametrize(
    ("service", "method", "params", "action", "resource"),
    [
        ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws"}, "DescribeLogGroups", EVERY_GROUP),
        ("logs", "create_log_group", {"logGroupName": "/a"}, "CreateLogGroup", arn("logs", "log-group:/a")),
        ("events", "describe_rule", {"Name": "r"}, "DescribeRule", RULE),
        ("events", "list_targets_by_rule", {"Rule": "r"}, "ListTargetsByRule", RULE),
        ("events", "put_rule", {"Name": "r", "EventPattern": PATTERN}, "PutRule", RULE),
        ("events", "remove_targets", {"Rule": "r", "Ids": ["a"]}, "RemoveTargets", RULE),
        ("events", "delete_rule", {"Name": "r"}, "DeleteRule", RULE),
        ("sns", "get_topic_attributes", {"TopicArn": TOPIC}, "GetTopicAttributes", TOPIC),
        ("sqs", "get_queue_url", {"QueueName": "q"}, "GetQueueUrl", QUEUE),
        ("sqs", "get_queue_attributes", {"QueueUrl": "http://sandbox/111122223333/q"}, "GetQueueAttributes", QUEUE),
        ("lambda", "get_policy", {"FunctionName": FUNCTION}, "GetPolicy", FUNCTION),
        ("lambda", "get_policy", {"FunctionName": f"{FUNCTION}:live"}, "GetPolicy", FUNCTION),
        ("lambda", "get_function_configuration", {"FunctionName": "f"}, "GetFunctionConfiguration", FUNCTION),
    ],
)
def test_what_a_request_needs_is_asked_of_iam(
    sandbox: SandboxProcess, service: str, method: str, params: dict[str, Any], action: str, resource: str
) -> None:
    """By each protocol's own refusal, and not once just that action on just that resource is allowed."""
    call = getattr(sandbox.client(service, region=REGION), method)
    statement = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
    sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": [statement]}})
    code, status = refused(call, **params)
    assert code in ("AccessDenied", "AccessDeniedException")
    assert status in (400, 403)
    statement = {"Effect": "Allow", "Action": f"{service}:{action}", "Resource": resource}
    sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": [statement]}})
    try:
        call(**params)
    except botocore.exceptions.ClientError as error:
        assert "AccessDenied" not in error.response["Error"]["Code"]
    sandbox.delete("iam")
