"""Service-linked roles of Amazon Chime: the real engine, and IAM behind the same port."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest

from chimeform.errors import InvalidWorkspace
from tests.engine.engine import Engine
from tests.sandbox_process import SandboxProcess

VOICE = "AWSServiceRoleForAmazonChimeVoiceConnector"
STREAMING = {"data_retention_hours": 0, "notify": ["eventbridge"]}


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


def test_the_sandbox_has_one_of_each_by_its_own_name(iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="chime.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAmazonChime"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        iam.create_service_linked_role(AWSServiceName="chime.amazonaws.com")
    assert caught.value.response["Error"]["Code"] == "InvalidInput"
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert names(iam) == set()
