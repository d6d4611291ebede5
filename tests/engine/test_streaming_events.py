"""Who is told what happens to streams: the real engine, with EventBridge and the targets behind the same port."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.plan import Cause
from chimeform.services.aws import AwsServices, Services
from chimeform.services.event_rules import EventRuleServices
from chimeform.services.event_targets import EventTargetServices
from chimeform.services.routing import RoutedServices
from tests.engine.counted import Counted
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess

REGION = "eu-west-1"
EVENTS = "voice_connectors.main.streaming.events"
TOPIC, QUEUE, OTHER = (f"arn:aws:{name}" for name in (
    f"sns:{REGION}:111122223333:streams", f"sqs:{REGION}:111122223333:streams", f"sqs:{REGION}:111122223333:other"
))  # fmt: skip
FUNCTION = f"arn:aws:lambda:{REGION}:111122223333:function:streams"
ORDERED = f"arn:aws:sqs:{REGION}:111122223333:streams.fifo"
LETS_IN = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}


class EventBridge:
    """EventBridge and what it tells, as everybody but the engine sees them."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.api = self.client("events")

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, region=REGION)

    def names(self) -> list[str]:
        return sorted(rule["Name"] for rule in self.api.list_rules()["Rules"])

    def rule(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.describe_rule(Name=name)
        return {**found, "EventPattern": json.loads(found["EventPattern"])}

    def targets(self, name: str) -> dict[str, dict[str, Any]]:
        listed = self.api.list_targets_by_rule(Rule=name)["Targets"]
        assert len({one["Arn"] for one in listed}) == len(listed), "nobody is told twice"
        return {one["Arn"]: one for one in listed}

    # -- targets

    def topic(self, *statements: Mapping[str, Any]) -> None:
        sns = self.client("sns")
        sns.create_topic(Name="streams")
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
            sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy)

    def queue(self, *statements: Mapping[str, Any]) -> None:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="streams")["QueueUrl"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def function(self) -> None:
        role = self.client("iam").create_role(RoleName="streams", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("streams.py", "")
        self.client("lambda").create_function(
            FunctionName="streams",
            Runtime="python3.12",
            Role=role,
            Handler="streams.tell",
            Code={"ZipFile": code.getvalue()},
        )


@pytest.fixture
def bridge(sandbox: SandboxProcess) -> EventBridge:
    return EventBridge(sandbox)


def declare(engine: Engine, events: Mapping[str, Any] | None, **others: Any) -> None:
    streaming = {"data_retention_hours": 0, "notify": ["eventbridge"], **({"events": events} if events else {})}
    engine.write({"voice_connectors": {"main": {"region": REGION, "streaming": streaming, **others}}})


def own_rule(voice: VoiceStage) -> str:
    (found,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    return f"chimeform-streaming-{found['VoiceConnectorId']}"


def pattern(voice: VoiceStage, *statuses: str) -> dict[str, Any]:
    detail = {"voiceConnectorId": [own_rule(voice).rpartition("-")[2]]}
    return {
        "source": ["aws.chime"],
        "detail-type": ["Chime VoiceConnector Streaming Status"],
        "detail": {**detail, **({"streamingStatus": [*statuses]} if statuses else {})},
    }


def operations(applied: Any) -> list[str]:
    return [step.operation for step in applied.plan.steps if step.address == EVENTS]


def test_a_rule_lives_beside_its_connector_and_goes_with_its_block(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    declare(engine, {"targets": [TOPIC, QUEUE], "description": "who streams"})
    assert operations(engine.applied()) == ["PutRule", "PutTargets"]
    name = own_rule(voice)
    rule = bridge.rule(name)
    assert rule["EventPattern"] == pattern(voice), "all statuses, also those of some day"
    assert (rule["State"], rule["Description"]) == ("ENABLED", "who streams")
    assert bridge.targets(name).keys() == {TOPIC, QUEUE}

    declare(engine, {"targets": [QUEUE, FUNCTION], "statuses": ["failed", "started"], "enabled": False})
    assert operations(engine.applied()) == ["PutRule", "PutTargets"]
    rule = bridge.rule(name)
    assert rule["EventPattern"] == pattern(voice, "STARTED", "FAILED")
    assert (rule["State"], rule.get("Description")) == ("DISABLED", None)
    assert bridge.targets(name).keys() == {QUEUE, FUNCTION}

    declare(engine, None)
    applied = engine.applied()
    assert operations(applied) == ["DeleteRule"]
    assert bridge.names() == []


def test_destroying_takes_the_rule_away_before_the_connector(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    declare(engine, {"targets": [TOPIC]})
    engine.applied()
    applied = engine.applied(purpose="destroy")
    order = [step.operation for step in applied.plan.steps]
    assert order.index("DeleteRule") < order.index("DeleteVoiceConnector")
    assert {one.name for change in applied.plan.changes for one in change.consequences} >= {"nobody-told"}
    assert bridge.names() == []


def test_what_somebody_changed_at_the_rule_is_told_and_put_right(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    name = own_rule(voice)
    theirs = json.dumps({"source": ["aws.chime"]})
    bridge.api.put_rule(Name=name, EventPattern=theirs, RoleArn="arn:aws:iam::111122223333:role/events")
    there = bridge.targets(name)[QUEUE]
    dead_letters = {"DeadLetterConfig": {"Arn": OTHER}}
    bridge.api.put_targets(Rule=name, Targets=[{**there, **dead_letters}, {"Id": "theirs", "Arn": TOPIC}])

    (change,) = engine.plan().changes
    assert [(one.name, one.before, one.cause) for one in change.fields] == [
        ("statuses", {"pattern": theirs}, Cause.THEIRS),
        ("targets", [TOPIC, QUEUE], Cause.THEIRS),
    ]
    engine.applied()
    rule = bridge.rule(name)
    assert rule["EventPattern"] == pattern(voice)
    assert rule["RoleArn"] == "arn:aws:iam::111122223333:role/events", "what no file can name stays"
    assert bridge.targets(name) == {QUEUE: {**there, **dead_letters}}

    bridge.api.put_targets(Rule=name, Targets=[{"Id": "again", "Arn": QUEUE}])
    assert operations(engine.applied()) == ["PutTargets"]
    assert bridge.targets(name).keys() == {QUEUE}


@pytest.mark.parametrize(
    "theirs",
    [
        {"detail": {"voiceConnectorId": ["somebody-else"]}},
        {"detail": {"voiceConnectorId": [{"prefix": ""}]}},
        {"detail": {"streamingStatus": [{"exists": True}]}},
        {"detail": {"streamingStatus": ["STARTED", "ENDED", "UPDATED", "FAILED", "PAUSED"]}},
        {"detail": {"callId": [{"exists": True}]}},
        {"resources": [{"prefix": "arn"}]},
        {"source": ["aws.chime", "acme"]},
    ],
)
def test_every_other_pattern_is_seen(
    engine: Engine, voice: VoiceStage, bridge: EventBridge, theirs: dict[str, Any]
) -> None:
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    ours = pattern(voice)
    detail = {**ours["detail"], **theirs.pop("detail", {})}
    bridge.api.put_rule(Name=own_rule(voice), EventPattern=json.dumps({**ours, **theirs, "detail": detail}))
    (change,) = engine.plan().changes
    assert [one.name for one in change.fields] == ["statuses"]
    engine.applied()
    assert bridge.rule(own_rule(voice))["EventPattern"] == ours


def test_a_rule_is_found_again_without_a_ledger(engine: Engine, bridge: EventBridge) -> None:
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    names = bridge.names()
    engine.ledger_path.unlink()
    applied = engine.applied()
    assert applied.plan.steps == ()
    assert bridge.names() == names


def test_a_rule_with_another_name_takes_the_place_of_the_one_before(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    declare(engine, {"targets": [QUEUE], "name": "streams"})
    applied = engine.applied()
    assert operations(applied) == ["PutRule", "PutTargets", "DeleteRule"]
    assert bridge.names() == ["streams"]
    declare(engine, {"targets": [QUEUE], "name": "calls"})
    engine.applied()
    assert bridge.names() == ["calls"]
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    assert bridge.names() == [own_rule(voice)]
    assert bridge.targets(own_rule(voice)).keys() == {QUEUE}


def test_a_rule_that_could_not_be_taken_away_is_not_forgotten(
    engine: Engine, voice: VoiceStage, bridge: EventBridge, services: AwsServices
) -> None:
    declare(engine, {"targets": [QUEUE]})
    engine.applied()
    before = own_rule(voice)
    beside = {"event-rules": EventRuleServices(Denying(services, "DeleteRule"))}
    whole, engine.services = engine.services, RoutedServices(engine.services, beside)
    declare(engine, {"targets": [QUEUE], "name": "streams"})
    engine.applied(ends="failed")
    assert bridge.names() == [before, "streams"]
    engine.services = whole
    engine.applied()
    assert bridge.names() == ["streams"]


def test_a_connector_that_is_made_again_is_who_the_rule_is_about(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    declare(engine, {"targets": [QUEUE], "name": "streams"})
    engine.applied()
    before = pattern(voice)
    engine.passes(120)  # what was made a moment ago is only waited for
    gone = before["detail"]["voiceConnectorId"][0]
    voice.client(REGION).delete_voice_connector_streaming_configuration(VoiceConnectorId=gone)
    voice.client(REGION).delete_voice_connector(VoiceConnectorId=gone)
    engine.applied()
    assert bridge.rule("streams")["EventPattern"] == pattern(voice) != before


def test_events_in_a_fifo_queue_have_a_message_group(engine: Engine, voice: VoiceStage, bridge: EventBridge) -> None:
    declare(engine, {"targets": [ORDERED, TOPIC], "message_group": "streams"})
    engine.applied()
    targets = bridge.targets(own_rule(voice))
    assert targets[ORDERED]["SqsParameters"] == {"MessageGroupId": "streams"}
    assert "SqsParameters" not in targets[TOPIC]
    declare(engine, {"targets": [ORDERED, TOPIC], "message_group": "calls"})
    assert operations(engine.applied()) == ["PutTargets"]
    assert bridge.targets(own_rule(voice))[ORDERED]["SqsParameters"] == {"MessageGroupId": "calls"}


class Refusing:
    """AWS that does not take some targets, and says so in an answer of status 200."""

    def __init__(self, aws: Services, *refused: str) -> None:
        self.aws, self.refused = aws, refused

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation != "PutTargets":
            return self.aws.call(service, operation, request)
        taken = [one for one in request["Targets"] if one["Arn"] not in self.refused]
        failed = [
            {"TargetId": one["Id"], "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "not now"}
            for one in request["Targets"]
            if one["Arn"] in self.refused
        ]
        answer = self.aws.call(service, operation, {**request, "Targets": taken})
        return {**answer, "FailedEntryCount": len(failed), "FailedEntries": failed}

    def time(self) -> datetime:
        return self.aws.time()


def test_a_target_that_is_refused_inside_a_success_is_told_and_the_others_are_in_place(
    engine: Engine, voice: VoiceStage, bridge: EventBridge, services: AwsServices
) -> None:
    beside = {"event-rules": EventRuleServices(Refusing(services, TOPIC))}
    whole, engine.services = engine.services, RoutedServices(engine.services, beside)
    declare(engine, {"targets": [TOPIC, QUEUE]})
    (failure,) = engine.applied(ends="failed").failures().values()
    assert failure.code == "CF-EVT-007"
    assert f"1 of 2 targets were refused: {TOPIC}: not now (ConcurrentModificationException)" in failure.summary
    assert bridge.targets(own_rule(voice)).keys() == {QUEUE}
    engine.services = whole
    assert operations(engine.applied()) == ["PutTargets"]
    assert bridge.targets(own_rule(voice)).keys() == {TOPIC, QUEUE}


# ---------------------------------------------------------------- whether targets let EventBridge in


def warned(engine: Engine, *targets: str) -> dict[str, str]:
    declare(engine, {"targets": [*targets]})
    return {one.code: one.do for one in engine.plan().warnings}


def test_targets_that_are_not_there_are_told_before_anything_is_made(engine: Engine) -> None:
    declare(engine, {"targets": [TOPIC, QUEUE, FUNCTION]})
    found = engine.plan().warnings
    assert {one.code for one in found} == {"CF-EVT-006"}
    assert {arn for arn in (TOPIC, QUEUE, FUNCTION) for one in found if arn in one.summary} == {TOPIC, QUEUE, FUNCTION}


def test_a_target_that_does_not_let_eventbridge_in_is_told_with_what_to_add(
    engine: Engine, voice: VoiceStage, bridge: EventBridge
) -> None:
    bridge.topic()
    bridge.queue({"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE})
    bridge.function()
    declare(engine, {"targets": [TOPIC, QUEUE, FUNCTION]})
    assert {one.code for one in engine.applied().plan.warnings} == {"CF-EVT-005"}
    found = engine.plan().warnings
    assert len(found) == 3

    rule = f"arn:aws:events:{REGION}:111122223333:rule/{own_rule(voice)}"
    added = [json.loads(one.do.partition(": ")[2]) for one in found if "add this statement" in one.do]
    assert {one["Resource"]: (one["Action"], one["Condition"]["ArnEquals"]["aws:SourceArn"]) for one in added} == {
        TOPIC: ("sns:Publish", rule),
        QUEUE: ("sqs:SendMessage", rule),
    }
    (command,) = [one.do for one in found if "add-permission" in one.do]
    assert command.endswith(f"--principal events.amazonaws.com --source-arn {rule}")

    # just what was said
    bridge.topic(*(one for one in added if one["Resource"] == TOPIC))
    bridge.queue(*(one for one in added if one["Resource"] == QUEUE))
    bridge.client("lambda").add_permission(
        FunctionName=FUNCTION,
        StatementId="chimeform-events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    assert engine.plan().warnings == ()


@pytest.mark.parametrize(
    "statement",
    [
        {**LETS_IN, "Action": "sqs:*"},
        {**LETS_IN, "Action": ["SQS:sendmessage"], "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*"}}},
        {**LETS_IN, "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}, "Action": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage"},
        {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sqs:SendMessage"},
        {**LETS_IN, "NotAction": "sqs:DeleteQueue"},
    ],
)
def test_what_may_let_it_in_is_no_reason_to_warn(
    engine: Engine, bridge: EventBridge, statement: dict[str, Any]
) -> None:
    bridge.queue({**statement, "Resource": QUEUE})
    assert warned(engine, QUEUE) == {}


@pytest.mark.parametrize(
    "statement",
    [
        {**LETS_IN, "Action": "sqs:ReceiveMessage"},
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sqs:*"},
        {**LETS_IN, "Effect": "Deny", "Action": "sqs:SendMessage"},
    ],
)
def test_what_lets_in_somebody_else_is_told(engine: Engine, bridge: EventBridge, statement: dict[str, Any]) -> None:
    bridge.queue({**statement, "Resource": QUEUE})
    assert warned(engine, QUEUE).keys() == {"CF-EVT-005"}


class Denying(Refusing):
    """AWS that allows nobody some operations."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation in self.refused:
            raise ServiceError(f"{operation}: no", operation=operation, fault=ServiceFault.DENIED, code="CF-AWS-403")
        return self.aws.call(service, operation, request)


def test_nothing_is_said_of_what_nobody_may_look_at(engine: Engine, bridge: EventBridge, services: AwsServices) -> None:
    bridge.topic()
    bridge.queue()
    bridge.function()
    assert warned(engine, TOPIC, QUEUE, FUNCTION).keys() == {"CF-EVT-005"}
    aws = Denying(services, "GetTopicAttributes", "GetQueueAttributes", "GetPolicy")
    engine.services = RoutedServices(engine.services, {"event-targets": EventTargetServices(aws)})
    plan = engine.plan()
    assert (plan.warnings, plan.unread) == ((), ())


def test_a_rule_takes_two_reads_and_each_target_its_own(
    engine: Engine, bridge: EventBridge, services: AwsServices
) -> None:
    bridge.topic()
    bridge.queue()
    declare(engine, {"targets": [TOPIC, QUEUE]})
    engine.applied()
    aws = Counted(services)
    beside: dict[str, Services] = {"event-rules": EventRuleServices(aws), "event-targets": EventTargetServices(aws)}
    engine.services = RoutedServices(engine.services, beside)
    assert engine.plan().is_empty
    assert aws.sent == {
        (f"events@{REGION}", "DescribeRule"): 1,
        (f"events@{REGION}", "ListTargetsByRule"): 1,
        (f"sns@{REGION}", "GetTopicAttributes"): 1,
        (f"sqs@{REGION}", "GetQueueUrl"): 1,
        (f"sqs@{REGION}", "GetQueueAttributes"): 1,
    }


def test_another_accounts_queue_that_does_not_show_may_be_there(engine: Engine) -> None:
    theirs = QUEUE.replace("111122223333", "999988887777")
    assert warned(engine, theirs) == {}
