"""Numbers, groups and connectors together: who belongs to whom, and in which order everything comes and goes."""

from __future__ import annotations

from typing import Any

from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox.voice_stage import LOCAL, OTHER, THIRD, VoiceStage

NUMBER = f'phone_numbers["{LOCAL}"]'
FRANKFURT = {"region": "eu-central-1"}


def trunk(**fields: Any) -> dict[str, Any]:
    return {"product": "voice-connector", **fields}


def fail_over(*connectors: str, **fields: Any) -> dict[str, Any]:
    members = [{"connector": name, "priority": at} for at, name in enumerate(connectors, 1)]
    return {"connectors": members, **fields}


def holders(stage: Stage) -> dict[str, list[str]]:
    return {number: [one["Name"] for one in live["Associations"]] for number, live in stage.numbers().items()}


def workspace(numbers: dict[str, Any], **groups: Any) -> dict[str, Any]:
    blocks: dict[str, Any] = {"voice_connectors": {"frankfurt": FRANKFURT, "dublin": {"region": "eu-west-1"}}}
    return {**blocks, "phone_numbers": numbers, "voice_connector_groups": groups}


def test_numbers_move_between_connectors_and_groups_and_everything_goes_in_order(engine: Engine, stage: Stage) -> None:
    engine.write(
        workspace(
            {LOCAL: trunk(connector="frankfurt"), OTHER: trunk(group="main"), THIRD: trunk(connector="frankfurt")},
            main=fail_over("frankfurt", "dublin"),
        )
    )
    applied = engine.applied()
    assert applied.writes()["AssociatePhoneNumbersWithVoiceConnector"] == 1, "numbers of one connector travel together"
    assert holders(stage) == {
        LOCAL: ["VoiceConnectorId"],
        OTHER: ["VoiceConnectorGroupId"],
        THIRD: ["VoiceConnectorId"],
    }

    engine.write(
        workspace(
            {LOCAL: trunk(group="main"), OTHER: trunk(connector="dublin"), THIRD: trunk()},
            main=fail_over("frankfurt", "dublin"),
        )
    )
    engine.applied()
    assert holders(stage) == {LOCAL: ["VoiceConnectorGroupId"], OTHER: ["VoiceConnectorId"], THIRD: []}

    applied = engine.applied(purpose="destroy")
    order = [step.operation for step in applied.plan.steps]
    emptied, deleted = order.index("UpdateVoiceConnectorGroup"), order.index("DeleteVoiceConnectorGroup")
    assert order.index("DisassociatePhoneNumbersFromVoiceConnectorGroup") < emptied < deleted
    assert emptied < order.index("DeleteVoiceConnector")


def test_a_new_name_never_empties_a_group(engine: Engine, voice: VoiceStage) -> None:
    engine.write(workspace({}, main=fail_over("frankfurt", "dublin")))
    engine.applied()
    engine.write(workspace({}, main=fail_over("frankfurt", "dublin", name="Fail-over")))
    assert engine.applied().writes() == {"UpdateVoiceConnectorGroup": 1}
    (group,) = voice.api.list_voice_connector_groups()["VoiceConnectorGroups"]
    assert (group["Name"], len(group["VoiceConnectorItems"])) == ("Fail-over", 2)


def test_the_order_among_equals_means_nothing(engine: Engine, voice: VoiceStage) -> None:
    members = [{"connector": name, "priority": 1} for name in ("frankfurt", "dublin")]
    engine.write(workspace({}, main={"connectors": members}))
    engine.applied()
    (group,) = voice.api.list_voice_connector_groups()["VoiceConnectorGroups"]
    reversed_items = group["VoiceConnectorItems"][::-1]
    voice.api.update_voice_connector_group(
        VoiceConnectorGroupId=group["VoiceConnectorGroupId"], Name=group["Name"], VoiceConnectorItems=reversed_items
    )
    assert engine.plan().changes == ()
    reversed_items[0]["Priority"] = 2
    voice.api.update_voice_connector_group(
        VoiceConnectorGroupId=group["VoiceConnectorGroupId"], Name=group["Name"], VoiceConnectorItems=reversed_items
    )
    assert len(engine.plan().changes) == 1


def test_a_connector_leaves_its_group_before_it_is_deleted(engine: Engine, voice: VoiceStage) -> None:
    engine.write(workspace({}, main=fail_over("frankfurt", "dublin")))
    engine.applied()
    left = {"voice_connectors": {"frankfurt": FRANKFURT}, "voice_connector_groups": {"main": fail_over("frankfurt")}}
    engine.write(left)
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["UpdateVoiceConnectorGroup", "DeleteVoiceConnector"]


def test_what_somebody_else_still_uses_is_not_deleted(engine: Engine, voice: VoiceStage, stage: Stage) -> None:
    engine.write({"voice_connectors": {"main": {}}})
    engine.applied()
    (found,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    group_id = voice.group(found["VoiceConnectorId"])
    engine.write({})
    plan = engine.plan()
    assert [(one.code, one.address) for one in plan.refusals] == [("CF-REF-011", "voice_connectors.main")]
    assert group_id in plan.refusals[0].summary

    voice.api.update_voice_connector_group(VoiceConnectorGroupId=group_id, Name="x", VoiceConnectorItems=[])
    voice.api.delete_voice_connector_group(VoiceConnectorGroupId=group_id)
    assert engine.applied().writes() == {"DeleteVoiceConnector": 1}


def test_who_uses_what_goes_has_to_be_readable(engine: Engine, voice: VoiceStage) -> None:
    engine.write({"voice_connectors": {"main": {}}})
    engine.applied()
    engine.write({})
    denied = {"operation": "ListVoiceConnectorGroups", "kind": "error", "error": "ForbiddenException"}
    voice.sandbox.add_faults(denied)
    assert [one.address for one in engine.plan().unread] == ["voice_connector_groups"]
    voice.sandbox.delete("faults")
    assert engine.plan().unread == ()


def test_a_number_that_somebody_put_elsewhere_is_seen_and_brought_back(engine: Engine, voice: VoiceStage) -> None:
    blocks = {"voice_connectors": {"frankfurt": FRANKFURT}, "phone_numbers": {LOCAL: trunk(connector="frankfurt")}}
    engine.write(blocks)
    engine.applied()
    voice.api.associate_phone_numbers_with_voice_connector(
        VoiceConnectorId=voice.connector("theirs"), E164PhoneNumbers=[LOCAL], ForceAssociate=True
    )
    drifted = {one.address: [field.name for field in one.fields] for one in engine.drift().objects}
    assert drifted == {NUMBER: ["connector"]}
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == [
        "DisassociatePhoneNumbersFromVoiceConnector",
        "AssociatePhoneNumbersWithVoiceConnector",
    ]
