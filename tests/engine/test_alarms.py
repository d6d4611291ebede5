"""Alarms on the calls of Voice Connectors: the real engine, and CloudWatch behind the same port."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from chimeform.errors import InvalidWorkspace
from chimeform.export.blocks import blocks_of
from chimeform.services.alarms import AlarmServices
from chimeform.services.aws import AwsServices
from chimeform.services.routing import RoutedServices
from tests.engine.counted import Counted
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess

REGION = "eu-central-1"
TOPIC, OTHER_TOPIC = f"arn:aws:sns:{REGION}:111122223333:telephony", f"arn:aws:sns:{REGION}:111122223333:night"
FAILED = {"metric": "InboundCallFailures", "threshold": 5, "notify": [TOPIC]}


@pytest.fixture
def counted(engine: Engine, services: AwsServices) -> Counted:
    counted = Counted(services)
    engine.services = RoutedServices(counted, {"alarms": AlarmServices(counted)})
    return counted


class CloudWatch:
    """CloudWatch as everybody but the engine sees it."""

    def __init__(self, sandbox: SandboxProcess, region: str = REGION) -> None:
        self.api = sandbox.client("cloudwatch", region=region)

    def alarms(self) -> dict[str, Any]:
        return {one["AlarmName"]: one for one in self.api.describe_alarms()["MetricAlarms"]}

    def by_hand(self, name: str, connector: str, **others: Any) -> None:
        dimensions = [{"Name": "VoiceConnectorId", "Value": connector}, {"Name": "Region", "Value": REGION}]
        usual = {
            "Namespace": "AWS/ChimeVoiceConnector",
            "MetricName": "InboundCallFailures",
            "Dimensions": dimensions,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        }
        given = {**usual, **others}
        self.api.put_metric_alarm(AlarmName=name, **{key: value for key, value in given.items() if value is not None})


@pytest.fixture
def cloudwatch(sandbox: SandboxProcess) -> CloudWatch:
    return CloudWatch(sandbox)


def declare(engine: Engine, alarms: Mapping[str, Any] | None, **others: Any) -> None:
    main = {"region": REGION, **({"alarms": alarms} if alarms is not None else {})}
    engine.write({"voice_connectors": {"main": main, **others}})


def operations(engine: Engine) -> list[str]:
    return [step.operation for step in engine.plan().steps]


def test_an_alarm_is_made_changed_renamed_and_deleted_with_its_block(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    quality = {
        "metric": "MOSBetweenVcAndCustomer",
        "threshold": 3.5,
        "comparison": "below",
        "statistic": "p10",
        "period": "1 minute",
        "evaluation_periods": 5,
        "datapoints": 3,
        "missing_data": "not-breaching",
        "description": "Calls sound bad.",
        "notify": [TOPIC, OTHER_TOPIC],
        "notify_ok": [OTHER_TOPIC],
    }
    declare(engine, {"failed": FAILED, "quality": quality})
    engine.applied()
    assert operations(engine) == []
    found = cloudwatch.alarms()
    assert found.keys() == {"main-failed", "main-quality"}
    dimensions = {one["Name"]: one["Value"] for one in found["main-failed"]["Dimensions"]}
    assert dimensions == {"VoiceConnectorId": voice.connector_id(), "Region": REGION}
    failed = found["main-failed"]
    assert (failed["Namespace"], failed["MetricName"]) == ("AWS/ChimeVoiceConnector", "InboundCallFailures")
    assert (failed["Statistic"], failed["Period"], failed["ComparisonOperator"]) == (
        "Sum",
        300,
        "GreaterThanOrEqualToThreshold",
    )
    assert (found["main-quality"]["ExtendedStatistic"], found["main-quality"]["Threshold"]) == ("p10", 3.5)
    assert found["main-quality"]["TreatMissingData"] == "notBreaching"
    assert found["main-quality"]["AlarmActions"] == sorted([TOPIC, OTHER_TOPIC])

    declare(engine, {"failed": {**FAILED, "threshold": 9, "name": "Calls fail"}, "quality": quality})
    assert operations(engine) == ["PutAlarm"]
    engine.applied()
    assert operations(engine) == []
    assert cloudwatch.alarms().keys() == {"Calls fail", "main-quality"}, "the old name is gone"
    assert cloudwatch.alarms()["Calls fail"]["Threshold"] == 9

    declare(engine, None)
    assert operations(engine) == ["DeleteAlarms", "DeleteAlarms"]
    engine.applied()
    assert cloudwatch.alarms() == {}


def test_what_somebody_changed_in_cloudwatch_is_seen_and_put_right_and_the_rest_is_kept(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    cloudwatch.by_hand(
        "main-failed",
        voice.connector_id(),
        Threshold=50,
        Unit="Count",
        OKActions=[OTHER_TOPIC],
        AlarmActions=[TOPIC],
    )
    (change,) = engine.plan().changes
    assert [(one.name, one.before, one.after) for one in change.fields] == [("threshold", 50.0, 5.0)]
    engine.applied()
    now = cloudwatch.alarms()["main-failed"]
    assert (now["Threshold"], now["OKActions"], now["Unit"]) == (5.0, [OTHER_TOPIC], "Count")

    cloudwatch.api.delete_alarms(AlarmNames=["main-failed"])
    assert operations(engine) == ["CreateAlarm"]


def test_an_alarm_goes_with_its_connector_and_with_everything(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED}, other={"region": REGION, "alarms": {"failed": FAILED}})
    engine.applied()
    cloudwatch.by_hand("somebody's", voice.connector_id())
    assert len(cloudwatch.alarms()) == 3
    declare(engine, {"failed": FAILED})
    engine.applied(accepted=("*",))
    assert cloudwatch.alarms().keys() == {"main-failed", "somebody's"}
    engine.applied(purpose="destroy", accepted=("*",))
    assert cloudwatch.alarms().keys() == {"somebody's"}
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []


def test_an_alarm_goes_also_where_its_connector_is_gone_already(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED}, other={"region": "us-west-2"})
    engine.applied()
    engine.passes(120)
    voice.api.delete_voice_connector(VoiceConnectorId=voice.connector_id())
    engine.write({"voice_connectors": {"other": {"region": "us-west-2"}}})
    applied = engine.applied()
    assert applied.actions() == {"voice_connectors.main": "forget", "voice_connectors.main.alarms.failed": "retire"}
    assert cloudwatch.alarms() == {}


def test_a_plan_tells_which_alarms_a_connector_leaves_behind(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED}, other={"region": REGION})
    engine.applied()
    cloudwatch.by_hand("somebody's", voice.connector_id())
    engine.write({"voice_connectors": {"other": {"region": REGION}}})
    told = {one.name: one.text for change in engine.plan().changes for one in change.consequences}
    assert "somebody's" in told["alarms-left"]
    assert "main-failed" not in told["alarms-left"]
    engine.applied(accepted=("*",))
    assert cloudwatch.alarms().keys() == {"somebody's"}


def test_a_connector_that_is_made_again_gets_its_alarms_back(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    engine.passes(120)
    before = voice.connector_id()
    voice.api.delete_voice_connector(VoiceConnectorId=before)
    assert operations(engine) == ["CreateVoiceConnector", "PutAlarm"]
    engine.applied()
    assert operations(engine) == []
    (alarm,) = cloudwatch.alarms().values()
    assert voice.connector_id() != before
    assert {"Name": "VoiceConnectorId", "Value": voice.connector_id()} in alarm["Dimensions"]


def test_an_alarm_of_the_same_name_that_watches_something_else_is_never_replaced(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    cloudwatch.by_hand("main-failed", "x", Namespace="AWS/Billing", MetricName="Charges", Dimensions=[])
    declare(engine, {"failed": FAILED})
    ended = engine.applied(ends="failed")
    (why,) = ended.summary.failed.values()
    assert "main-failed" in why
    assert "AWS/Billing Charges" in why
    assert cloudwatch.alarms()["main-failed"]["Namespace"] == "AWS/Billing"
    declare(engine, {"failed": {**FAILED, "name": "Calls fail"}})
    engine.applied()
    assert cloudwatch.alarms().keys() == {"main-failed", "Calls fail"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"a": "X", "b": "Y"}, {"a": "Y", "b": "X"}),
        ({"a": "X", "b": "Y"}, {"a": "Y", "b": "Z"}),
        ({"a": "Y", "b": "Z"}, {"a": "X", "b": "Y"}),
        ({"a": "X"}, {"b": "X"}),
        ({"a": "X", "b": "Y"}, {"b": "X"}),
    ],
)
def test_names_that_change_hands_lose_no_alarm(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch, first: dict[str, str], second: dict[str, str]
) -> None:
    thresholds = {"a": 1, "b": 2}

    def named(names: Mapping[str, str]) -> dict[str, Any]:
        return {key: {**FAILED, "threshold": thresholds[key], "name": name} for key, name in names.items()}

    declare(engine, named(first))
    engine.applied()
    declare(engine, named(second))
    engine.applied()
    found = {name: one["Threshold"] for name, one in cloudwatch.alarms().items()}
    assert found == {name: thresholds[key] for key, name in second.items()}


def test_a_new_name_that_was_put_before_the_run_ended_is_no_other_alarm(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    engine.sandbox.post("iam", {"policy": allowing_all_but("cloudwatch:DeleteAlarms")})
    declare(engine, {"failed": {**FAILED, "threshold": 9, "name": "Calls fail"}})
    engine.applied(ends="failed")
    assert cloudwatch.alarms().keys() == {"main-failed", "Calls fail"}
    engine.sandbox.delete("iam")
    engine.applied()
    assert cloudwatch.alarms().keys() == {"Calls fail"}


def allowing_all_but(action: str) -> dict[str, Any]:
    statements = [
        {"Effect": effect, "Action": named, "Resource": "*"} for effect, named in (("Allow", "*"), ("Deny", action))
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def test_a_new_name_is_not_taken_from_an_alarm_that_nobody_declares(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    cloudwatch.by_hand("Calls fail", voice.connector_id(), Threshold=77)
    declare(engine, {"failed": {**FAILED, "name": "Calls fail"}})
    assert [one.code for one in engine.plan().refusals] == ["CF-ALM-005"]
    cloudwatch.api.delete_alarms(AlarmNames=["Calls fail"])
    engine.applied()
    assert cloudwatch.alarms().keys() == {"Calls fail"}


def test_without_its_ledger_an_alarm_is_found_by_its_name(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    engine.ledger_path.unlink()
    assert operations(engine) == []


def test_what_is_live_is_written_as_it_would_be_declared(
    engine: Engine, voice: VoiceStage, cloudwatch: CloudWatch
) -> None:
    declare(engine, {"failed": FAILED})
    engine.applied()
    cloudwatch.by_hand(
        "Too few answers",
        voice.connector_id(),
        ExtendedStatistic="p90",
        Statistic=None,
        TreatMissingData="ignore",
    )
    cloudwatch.by_hand("bill", "x", Namespace="AWS/Billing", MetricName="Charges", Dimensions=[])
    organisation, _ = engine.app().discover()
    found = {one.observed.id: dict(one.observed.values) for one in organisation.found if one.kind.kind == "alarm"}
    assert found.keys() == {"main-failed", "Too few answers"}
    told = found["Too few answers"]
    assert (told["statistic"], told["comparison"], told["missing_data"]) == ("p90", "at-least", "ignore")
    blocks = {one.address.name: one.fields for one in blocks_of(organisation) if one.kind.kind == "alarm"}
    assert "name" in blocks["too-few-answers"]


def test_one_listing_a_region_serves_all_connectors(engine: Engine, counted: Counted) -> None:
    connectors = {
        f"c{number}": {"region": REGION, "alarms": {"failed": FAILED, "busy": {**FAILED, "metric": "Throttles"}}}
        for number in range(120)
    }
    engine.write({"voice_connectors": connectors})
    engine.applied()
    counted.sent.clear()
    assert operations(engine) == []
    # 240 alarms: moto has them all on one page, whatever is asked for
    assert counted.sent[f"cloudwatch@{REGION}", "DescribeAlarms"] == 1
    counted.sent.clear()
    engine.write({"voice_connectors": {name: {"region": REGION} for name in connectors}})
    engine.applied()
    assert counted.sent[f"cloudwatch@{REGION}", "DeleteAlarms"] == 3
    # with every look at everything, one; and one for each call, because this program has made the alarms itself
    assert counted.sent[f"cloudwatch@{REGION}", "DescribeAlarms"] <= 8


@pytest.mark.parametrize(
    ("alarm", "code"),
    [
        ({"period": "5 parsecs"}, "CF-ALM-001"),
        ({"period": "90 seconds"}, "CF-ALM-001"),
        ({"period": "1 hour", "evaluation_periods": 169}, "CF-ALM-002"),
        ({"period": "30 minutes", "evaluation_periods": 49}, "CF-ALM-002"),
        ({"evaluation_periods": 2, "datapoints": 3}, "CF-ALM-002"),
    ],
)
def test_what_cloudwatch_cannot_do_is_an_error_of_the_files(engine: Engine, alarm: dict[str, Any], code: str) -> None:
    declare(engine, {"failed": {**FAILED, **alarm}})
    with pytest.raises(InvalidWorkspace) as caught:
        engine.plan()
    assert [one.code for one in caught.value.diagnostics] == [code]


def test_thousands_of_alarms_are_checked_at_once(engine: Engine) -> None:
    alarms = dict.fromkeys(("failed", "busy", "bad"), FAILED)
    engine.write({"voice_connectors": {f"c{number}": {"alarms": alarms} for number in range(600)}})
    begun = time.monotonic()
    engine.app().load()
    assert time.monotonic() - begun < 5, "each alarm is held against a list of names, and not against every other one"


def test_two_alarms_of_one_region_have_two_names(engine: Engine) -> None:
    same = {"failed": {**FAILED, "name": "Calls fail"}}
    declare(engine, same, other={"region": "us-west-2", "alarms": same})
    engine.plan()
    declare(engine, same, other={"region": REGION, "alarms": same})
    with pytest.raises(InvalidWorkspace) as caught:
        engine.plan()
    assert [one.code for one in caught.value.diagnostics] == ["CF-ALM-004"]
