"""Service-linked roles of Amazon Chime: the real engine, and IAM behind the same port."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest

from chimeform.errors import InvalidWorkspace
from chimeform.services.aws import AwsServices
from chimeform.services.routing import RoutedServices
from chimeform.services.service_linked_roles import ServiceLinkedRoleServices
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess

VOICE = "AWSServiceRoleForAmazonChimeVoiceConnector"
STREAMING = {"data_retention_hours": 0, "notify": ["eventbridge"]}
ON = {"DataRetentionInHours": 0, "Disabled": False}


@pytest.fixture
def iam(sandbox: SandboxProcess) -> Any:
    return sandbox.client("iam")


def names(iam: Any) -> set[str]:
    return {role["RoleName"] for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]}


def declare(engine: Engine, roles: dict[str, bool] | None, **connectors: Any) -> None:
    settings = {"settings": {"service_linked_roles": roles}} if roles else {}
    engine.write({"voice_connectors": connectors, **settings} if connectors else settings or {"values": {"a": 1}})


def test_a_role_is_there_or_not_as_the_files_say_and_others_are_left_alone(engine: Engine, iam: Any) -> None:
    iam.create_service_linked_role(AWSServiceName="mediapipelines.chime.amazonaws.com")
    declare(engine, {"voice_connector": True, "transcription": True})
    engine.applied()
    pipelines, transcription = (f"AWSServiceRoleForAmazonChime{one}" for one in ("SDKMediaPipelines", "Transcription"))
    assert names(iam) == {VOICE, transcription, pipelines}
    role = iam.get_role(RoleName=VOICE)["Role"]
    assert role["Path"] == "/aws-service-role/voiceconnector.chime.amazonaws.com/"

    declare(engine, {"transcription": False})
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["DeleteServiceLinkedRole"]
    assert {one.name for change in applied.plan.changes for one in change.consequences} == {"role-deletion"}
    assert names(iam) == {VOICE, pipelines}

    declare(engine, None)
    engine.applied()
    assert names(iam) == {VOICE, pipelines}, "without its block nobody's role is deleted"


def test_a_role_that_streaming_has_made_is_taken_over_without_a_call(engine: Engine, iam: Any) -> None:
    iam.create_service_linked_role(AWSServiceName="voiceconnector.chime.amazonaws.com")
    declare(engine, {"voice_connector": True})
    assert engine.plan().steps == ()


def test_the_role_is_there_before_anything_streams(engine: Engine, iam: Any) -> None:
    declare(engine, {"voice_connector": True}, main={"streaming": STREAMING})
    steps = {step.operation: step for step in engine.plan().steps}
    role = steps["CreateServiceLinkedRole"].id
    assert role in steps["PutVoiceConnectorStreamingConfiguration"].after
    assert role not in steps["CreateVoiceConnector"].after
    engine.applied()
    engine.applied(purpose="destroy", accepted=("*",))
    assert names(iam) == {VOICE}


def test_a_role_that_streaming_needs_cannot_be_declared_away(engine: Engine) -> None:
    declare(engine, {"voice_connector": False}, main={"streaming": STREAMING})
    with pytest.raises(InvalidWorkspace) as caught:
        engine.plan()
    assert [one.code for one in caught.value.diagnostics] == ["CF-SLR-001"]
    declare(engine, {"voice_connector": False}, main={"streaming": {**STREAMING, "disabled": True}})
    engine.plan()


def test_what_streams_and_no_file_names_is_told_when_the_role_is_to_go(
    engine: Engine, iam: Any, sandbox: SandboxProcess
) -> None:
    voice = VoiceStage(sandbox)
    connector = voice.connector()
    arn = voice.api.get_voice_connector(VoiceConnectorId=connector)["VoiceConnector"]["VoiceConnectorArn"]
    voice.api.put_voice_connector_streaming_configuration(VoiceConnectorId=connector, StreamingConfiguration=ON)
    assert names(iam) == {VOICE}, "the first start has made it"
    declare(engine, {"voice_connector": False})
    (failure,) = engine.applied(ends="failed", is_settled=False).failures().values()
    assert failure.code == "CF-SLR-002"
    assert arn in failure.summary
    assert names(iam) == {VOICE}
    voice.api.delete_voice_connector_streaming_configuration(VoiceConnectorId=connector)
    engine.applied()
    assert names(iam) == set()


def test_a_deletion_is_waited_for_and_gone_on_with_by_the_next_run(
    engine: Engine, iam: Any, sandbox: SandboxProcess, services: AwsServices
) -> None:
    waits = ServiceLinkedRoleServices(services, sleep=sandbox.advance)
    engine.services = RoutedServices(services, {"service-linked-roles": waits})
    declare(engine, {"transcription": True})
    engine.applied()
    sandbox.post("settings", {"role_deletion_seconds": 20})
    declare(engine, {"transcription": False})
    engine.applied()
    assert names(iam) == set()

    sandbox.post("settings", {"role_deletion_seconds": 100})
    declare(engine, {"transcription": True})
    engine.applied()
    declare(engine, {"transcription": False})
    (failure,) = engine.applied(ends="failed", is_settled=False).failures().values()
    assert failure.code == "CF-SLR-003"
    engine.applied()
    assert names(iam) == set(), "the second run has joined the deletion of the first one"


def test_a_deletion_is_one_task_that_takes_its_time(iam: Any, sandbox: SandboxProcess) -> None:
    iam.create_service_linked_role(AWSServiceName="chime.amazonaws.com")
    sandbox.post("settings", {"role_deletion_seconds": 30})
    first, second = (
        iam.delete_service_linked_role(RoleName="AWSServiceRoleForAmazonChime")["DeletionTaskId"] for _ in range(2)
    )
    assert first == second
    assert first.startswith("task/aws-service-role/chime.amazonaws.com/AWSServiceRoleForAmazonChime/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=first)["Status"] == "IN_PROGRESS"
    sandbox.advance(30)
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=first)["Status"] == "SUCCEEDED"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_service_linked_role(RoleName="AWSServiceRoleForAmazonChime")


def test_the_sandbox_has_one_of_each_by_its_own_name(iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="chime.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAmazonChime"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        iam.create_service_linked_role(AWSServiceName="chime.amazonaws.com")
    assert caught.value.response["Error"]["Code"] == "InvalidInput"
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert names(iam) == set()
