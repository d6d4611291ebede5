"""How long the log lines of Voice Connectors are kept: the real engine, and CloudWatch Logs behind the same port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.plan import Cause
from chimeform.services.aws import AwsServices
from chimeform.services.log_groups import LogGroupServices
from chimeform.services.routing import RoutedServices
from tests.engine.counted import Counted
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess

REGION = "eu-west-1"
RETENTION = "voice_connectors.main.logging.retention"
SIP, MEDIA = "/aws/ChimeVoiceConnectorSipMessages", "/aws/ChimeVoiceConnectorLogs"


@dataclass
class Overruled(Counted):
    """Counted, and with an account policy of CloudWatch Logs, which moto has not."""

    overruled_by: str | None = None

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = super().call(service, operation, request)
        if self.overruled_by and operation == "DescribeLogGroups":
            policy = {"retentionInDays": 7, "retentionPolicyName": self.overruled_by}
            return {**answer, "logGroups": [{**group, **policy} for group in answer["logGroups"]]}
        return answer


@pytest.fixture
def counted(engine: Engine, services: AwsServices) -> Overruled:
    counted = Overruled(services)
    engine.services = RoutedServices(counted, {"log-groups": LogGroupServices(counted)})
    return counted


class Logs:
    """CloudWatch Logs as everybody but the engine sees it."""

    def __init__(self, sandbox: SandboxProcess, region: str = REGION) -> None:
        self.api = sandbox.client("logs", region=region)

    def kept(self) -> dict[str, int | None]:
        groups = self.api.describe_log_groups(logGroupNamePrefix="/aws/Chime")["logGroups"]
        return {group["logGroupName"]: group.get("retentionInDays") for group in groups}


@pytest.fixture
def logs(sandbox: SandboxProcess) -> Logs:
    return Logs(sandbox)


def declare(engine: Engine, retention: Mapping[str, str] | None, **others: Any) -> None:
    block = {"sip": True, "media_metrics": True, **({"retention": retention} if retention is not None else {})}
    main = {"region": REGION, "logging": block}
    engine.write({"voice_connectors": {"main": main, **others}})


def consequences(engine: Engine) -> dict[str, str]:
    plan = engine.plan()
    return {one.name: one.text for change in plan.changes for one in change.consequences}


def test_periods_are_set_before_the_first_line_and_lifted_with_their_block(
    engine: Engine, voice: VoiceStage, logs: Logs
) -> None:
    declare(engine, {"sip": "30 days", "media_metrics": "2 years"})
    applied = engine.applied()
    operations = [step.operation for step in applied.plan.steps]
    assert operations.count("PutRetentionPolicy") == 2
    assert not any(one.name == "log-deletion" for change in applied.plan.changes for one in change.consequences)
    own = voice.connector_id()
    assert logs.kept() == {f"{SIP}/{own}": 30, f"{MEDIA}/{own}": 731}

    declare(engine, {"sip": "60 days"})
    told = consequences(engine)
    assert told.keys() == {"logs-kept"}, "a longer period deletes nothing"
    assert f"{MEDIA}/{own}" in told["logs-kept"]
    engine.applied()
    assert logs.kept() == {f"{SIP}/{own}": 60, f"{MEDIA}/{own}": None}

    declare(engine, None)
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["DeleteRetentionPolicy"], "only of what has a period"
    assert logs.kept() == {f"{SIP}/{own}": None, f"{MEDIA}/{own}": None}, "the groups and their lines stay"


def test_a_shorter_period_or_the_first_one_deletes_lines_and_needs_consent(
    engine: Engine, voice: VoiceStage, logs: Logs
) -> None:
    declare(engine, None)
    engine.applied()
    own = voice.connector_id()
    logs.api.create_log_group(logGroupName=f"{SIP}/{own}")
    declare(engine, {"sip": "90 days", "media_metrics": "90 days"})
    assert consequences(engine) == {
        "log-deletion": f"lines in {SIP}/{own} that are older than 90 days are deleted for good, mostly within 72 hours"
    }, "there is nothing yet in the other group"
    assert [one.guard for one in engine.plan(accepted=()).refusals] == ["consent"]
    engine.applied()
    assert consequences(engine) == {}

    declare(engine, {"sip": "1 year", "media_metrics": "1 day"})
    assert f"{MEDIA}/{own} that are older than 1 day" in consequences(engine)["log-deletion"]


def test_what_somebody_changed_there_is_drift_and_is_put_right(engine: Engine, voice: VoiceStage, logs: Logs) -> None:
    declare(engine, {"sip": "30 days"})
    engine.applied()
    group = f"{SIP}/{voice.connector_id('main')}"
    logs.api.put_retention_policy(logGroupName=group, retentionInDays=400)
    (change,) = engine.plan().changes
    assert [(one.name, one.before, one.after, one.cause) for one in change.fields] == [("sip", 400, 30, Cause.THEIRS)]
    engine.applied()
    assert logs.kept()[group] == 30

    logs.api.delete_log_group(logGroupName=group)
    assert engine.applied().actions() == {RETENTION: "update"}
    assert logs.kept()[group] == 30


def test_a_lost_ledger_changes_nothing(engine: Engine) -> None:
    declare(engine, {"sip": "30 days"})
    engine.applied()
    engine.ledger_path.unlink()
    applied = engine.applied()
    assert applied.plan.steps == ()
    assert applied.actions()[RETENTION] == "adopt"


def test_destroying_lifts_the_periods_and_says_what_remains(engine: Engine, voice: VoiceStage, logs: Logs) -> None:
    declare(engine, {"sip": "30 days"})
    engine.applied()
    own = voice.connector_id()
    applied = engine.applied(purpose="destroy")
    told = {one.name: one.text for change in applied.plan.changes for one in change.consequences}
    assert f"{SIP}/{own}" in told["logs-kept"]
    assert f"{SIP}/{own} and {MEDIA}/{own}" in told["logs-remain"]
    assert logs.kept() == {f"{SIP}/{own}": None}
    order = [step.operation for step in applied.plan.steps]
    assert order.index("DeleteRetentionPolicy") < order.index("DeleteVoiceConnector")


def test_a_connector_that_is_made_again_has_new_groups(engine: Engine, voice: VoiceStage, logs: Logs) -> None:
    declare(engine, {"sip": "30 days"})
    engine.applied()
    before = voice.connector_id()
    engine.passes(120)  # what was made a moment ago is only waited for
    voice.client(REGION).delete_voice_connector(VoiceConnectorId=before)
    engine.applied()
    after = voice.connector_id()
    assert before != after
    assert logs.kept() == {f"{SIP}/{before}": 30, f"{SIP}/{after}": 30}


def test_one_listing_serves_all_connectors_of_a_region(
    engine: Engine, counted: Overruled, sandbox: SandboxProcess
) -> None:
    sandbox.post("settings", {"voice_connector_quota": 100})
    logging = {"sip": True, "retention": {"sip": "30 days", "media_metrics": "7 days"}}
    many = {f"c{number:02}": {"region": REGION, "logging": logging} for number in range(40)}
    engine.write({"voice_connectors": {**many, "frankfurt": {"region": "eu-central-1", "logging": logging}}})
    engine.applied()
    counted.sent.clear()
    assert engine.plan().is_empty
    listings = {where: count for where, count in counted.sent.items() if where[1] == "DescribeLogGroups"}
    assert listings == {
        ("logs@eu-west-1", "DescribeLogGroups"): 2,  # eighty groups, fifty in a page
        ("logs@eu-central-1", "DescribeLogGroups"): 1,
    }


def test_who_may_not_list_the_groups_knows_nothing_of_them(engine: Engine, counted: Overruled) -> None:
    other: dict[str, Any] = {"logging": {"sip": True, "retention": {"sip": "30 days"}}}
    declare(engine, {"sip": "30 days"}, other=other)
    engine.applied()
    denied = Denied(counted)
    engine.services = RoutedServices(denied, {"log-groups": LogGroupServices(denied)})
    other["logging"]["retention"] = {"sip": "60 days"}
    declare(engine, None, other=other)
    plan = engine.plan()
    assert [one.address for one in plan.unread] == [RETENTION]
    assert [step.address for step in plan.steps] == ["voice_connectors.other.logging.retention"]


class Denied(Counted):
    """AWS that lets nobody list log groups in one Region."""

    def __init__(self, counted: Overruled) -> None:
        super().__init__(counted.aws)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if (service, operation) == (f"logs@{REGION}", "DescribeLogGroups"):
            raise ServiceError(f"{operation}: no", operation=operation, fault=ServiceFault.DENIED, code="CF-AWS-403")
        return super().call(service, operation, request)


def test_a_policy_of_the_whole_account_is_told_and_not_fought_with(
    engine: Engine, counted: Overruled, logs: Logs
) -> None:
    declare(engine, {"sip": "30 days"})
    engine.applied()
    counted.overruled_by = "everything-a-week"
    plan = engine.plan()
    assert plan.is_empty
    (warning,) = plan.warnings
    assert warning.code == "CF-LOG-002"
    assert "keeps these lines for 7 days" in warning.summary
    declare(engine, {"sip": "14 days"})
    assert consequences(engine) == {}, "the account's policy goes on deciding what is deleted"
    engine.applied()
    counted.overruled_by = None
    assert set(logs.kept().values()) == {14}


def test_a_period_alone_waits_for_the_connector_that_has_it(engine: Engine, voice: VoiceStage, logs: Logs) -> None:
    """Nothing is logged, so that the setting in between takes no call."""
    engine.write({"voice_connectors": {"main": {"region": REGION, "logging": {"retention": {"sip": "30 days"}}}}})
    applied = engine.applied(targets=(RETENTION,))
    assert [step.operation for step in applied.plan.steps] == ["CreateVoiceConnector", "PutRetentionPolicy"]
    first = voice.connector_id()
    assert logs.kept() == {f"{SIP}/{first}": 30}

    engine.applied()
    engine.passes(120)
    voice.client(REGION).delete_voice_connector(VoiceConnectorId=first)
    engine.applied(targets=(RETENTION,))
    assert logs.kept() == {f"{SIP}/{first}": 30, f"{SIP}/{voice.connector_id('main')}": 30}
