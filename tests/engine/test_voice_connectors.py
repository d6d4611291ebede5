"""Voice Connectors end to end: made, changed and deleted in the Regions where they live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.services.aws import Services
from tests.engine.engine import Engine
from tests.sandbox.voice_stage import VoiceStage

FRANKFURT = "voice_connectors.frankfurt"


@dataclass
class Addressed:
    """Services that remember where each call went."""

    services: Services
    calls: list[tuple[str, str]] = field(default_factory=list)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append((operation, service))
        return self.services.call(service, operation, request)

    def time(self) -> datetime:
        return self.services.time()

    def where(self, operation: str) -> list[str]:
        return sorted(service for name, service in self.calls if name == operation)


@pytest.fixture
def addressed(engine: Engine) -> Addressed:
    found = Addressed(engine.services)
    engine.services = found
    return found


def connectors(**blocks: Any) -> dict[str, Any]:
    return {"voice_connectors": blocks}


def live(voice: VoiceStage) -> dict[str, dict[str, Any]]:
    return {one["Name"]: one for one in voice.api.list_voice_connectors()["VoiceConnectors"]}


def test_connectors_of_three_regions_are_told_and_asked_where_they_live(
    engine: Engine, voice: VoiceStage, addressed: Addressed
) -> None:
    engine.write(
        connectors(
            frankfurt={"region": "eu-central-1", "tags": {"team": "telephony"}},
            tokyo={"name": "Tokyo 1", "region": "ap-northeast-1", "network_type": "dual-stack"},
            virginia={"require_encryption": False},
        )
    )
    engine.applied()

    assert addressed.where("CreateVoiceConnector") == [
        "chime-sdk-voice@ap-northeast-1",
        "chime-sdk-voice@eu-central-1",
        "chime-sdk-voice@us-east-1",
    ]
    assert set(addressed.where("ListTagsForResource")) == {"chime-sdk-voice@eu-central-1"}
    found = live(voice)
    assert {name: one["AwsRegion"] for name, one in found.items()} == {
        "frankfurt": "eu-central-1",
        "Tokyo 1": "ap-northeast-1",
        "virginia": "us-east-1",
    }
    assert found["frankfurt"]["RequireEncryption"] is True, "nobody said otherwise"
    assert found["Tokyo 1"]["NetworkType"] == "DUAL_STACK"


def test_a_new_name_keeps_the_encryption_that_nobody_declared(engine: Engine, voice: VoiceStage) -> None:
    voice.connector("trunk", is_encrypted=False)
    engine.write(connectors(main={"name": "trunk"}))
    assert engine.applied().actions() == {"voice_connectors.main": "adopt"}

    engine.write(connectors(main={"name": "Main trunk"}))
    assert engine.applied().writes() == {"UpdateVoiceConnector": 1}
    assert live(voice)["Main trunk"]["RequireEncryption"] is False


def test_tags_are_added_changed_and_taken_away(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connectors(main={"tags": {"team": "telephony", "stage": "lab"}}))
    engine.applied()
    engine.write(connectors(main={"tags": {"team": "voice", "owner": "jane"}}))
    assert engine.applied().writes() == {"TagResource": 1, "UntagResource": 1}
    arn = live(voice)["main"]["VoiceConnectorArn"]
    tags = voice.api.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "voice", "owner": "jane"}

    engine.write(connectors(main={}))
    assert engine.applied().writes() == {"UntagResource": 1}, "what was declared and is dropped goes"


def test_a_connector_that_does_not_show_yet_is_not_made_twice(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connectors(frankfurt={"region": "eu-central-1"}))
    engine.applied()
    voice.sandbox.add_faults({"operation": "ListVoiceConnectors", "kind": "stale"})

    plan = engine.plan()
    assert [(one.address, one.code) for one in plan.unread] == [(FRANKFURT, "CF-OBS-006")]
    assert plan.steps == ()

    voice.sandbox.delete("faults")
    engine.check_settled()


def test_nor_where_this_machines_clock_is_slow(engine: Engine, voice: VoiceStage) -> None:
    """The ledger has this machine's times: they are held against its own clock and not against the service's."""
    voice.sandbox.advance(300)
    engine.write(connectors(frankfurt={"region": "eu-central-1"}))
    engine.applied()
    voice.sandbox.add_faults({"operation": "ListVoiceConnectors", "kind": "stale"})

    plan = engine.plan()
    assert ([one.code for one in plan.unread], plan.steps) == (["CF-OBS-006"], ())


def test_a_create_whose_answer_was_lost_is_found_and_not_repeated(engine: Engine, voice: VoiceStage) -> None:
    voice.sandbox.add_faults({"operation": "CreateVoiceConnector", "kind": "drop_response", "times": 1})
    engine.write(connectors(frankfurt={"region": "eu-central-1"}))
    applied = engine.applied()
    assert applied.looks() == {f"{FRANKFURT}#CreateVoiceConnector": True}
    assert len(live(voice)) == 1


def test_a_region_that_does_not_answer_leaves_the_others_alone(engine: Engine, addressed: Addressed) -> None:
    engine.write(connectors(frankfurt={"region": "eu-central-1"}, main={}))
    engine.applied()
    engine.write(connectors(frankfurt={"region": "eu-central-1"}, main={"name": "Main"}))
    plan = engine.app(Denied(addressed.services)).plan().plan
    assert [one.address for one in plan.unread] == [FRANKFURT]
    assert [change.address for change in plan.changes] == ["voice_connectors.main"]


class Denied(Addressed):
    """Services that allow nothing at one address."""

    address = "chime-sdk-voice@eu-central-1"

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if service == self.address:
            raise ServiceError(f"{operation}: no", operation=operation, fault=ServiceFault.DENIED, code="CF-AWS-403")
        return super().call(service, operation, request)


def test_another_region_is_refused(engine: Engine) -> None:
    engine.write(connectors(frankfurt={"region": "eu-central-1"}))
    engine.applied()
    engine.write(connectors(frankfurt={"region": "eu-west-1"}))
    plan = engine.plan()
    assert [refusal.guard for refusal in plan.refusals] == ["fixed"]


def test_deleting_needs_consent_and_says_what_is_lost(engine: Engine, voice: VoiceStage) -> None:
    engine.write(connectors(frankfurt={"region": "eu-central-1"}, main={}))
    engine.applied()
    engine.write(connectors(main={}))
    plan = engine.plan(accepted=())
    assert [refusal.guard for refusal in plan.refusals] == ["consent"]
    assert engine.applied().writes() == {"DeleteVoiceConnector": 1}
    assert [change.action for change in engine.plan().changes] == []
    assert set(live(voice)) == {"main"}
    engine.applied(purpose="destroy")
    assert live(voice) == {}
