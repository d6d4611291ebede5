"""SIP media applications and the rules that lead calls to them, end to end."""

from __future__ import annotations

from typing import Any

from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox.voice_stage import LOCAL, OTHER, VoiceStage, function_in

DIAL_IN = {"product": "sip-media-application"}


def application(region: str = "us-east-1", **fields: Any) -> dict[str, Any]:
    return {"region": region, "function": function_in(region), **fields}


def to(*names: str) -> list[dict[str, Any]]:
    return [{"application": name, "priority": at} for at, name in enumerate(names, 1)]


def workspace(trigger: Any, targets: Any, **rules: Any) -> dict[str, Any]:
    return {
        "voice_connectors": {"main": {}},
        "phone_numbers": {LOCAL: DIAL_IN, OTHER: DIAL_IN},
        "sip_media_applications": {"ivr": application(logging=True), "spare": application("us-west-2")},
        "sip_rules": {"reception": {"trigger": trigger, "targets": targets}, **rules},
    }


def live_rules(voice: VoiceStage) -> dict[str, dict[str, Any]]:
    return {one["Name"]: one for one in voice.api.list_sip_rules()["SipRules"]}


def test_rules_lead_to_applications_of_two_regions_and_go_first(engine: Engine, voice: VoiceStage) -> None:
    outbound = {"trigger": {"connector": "main"}, "targets": to("ivr")}
    engine.write(workspace({"number": LOCAL}, to("ivr", "spare"), outbound=outbound))
    engine.applied()
    rules = live_rules(voice)
    assert [one["AwsRegion"] for one in rules["reception"]["TargetApplications"]] == ["us-east-1", "us-west-2"]
    (connector,) = voice.api.list_voice_connectors()["VoiceConnectors"]
    assert rules["outbound"]["TriggerValue"] == connector["OutboundHostName"]

    applied = engine.applied(purpose="destroy")
    order = [step.operation for step in applied.plan.steps]
    last_rule = max(place for place, name in enumerate(order) if name == "DeleteSipRule")
    assert order.index("UpdateSipRule") < order.index("DeleteSipRule")
    assert last_rule < order.index("DeleteSipMediaApplication")
    released = next(place for place, step in enumerate(applied.plan.steps) if LOCAL in step.address)
    assert order.index("DeleteSipRule") < released
    assert live_rules(voice) == {}


def test_targets_and_switches_are_changed_in_place(engine: Engine, voice: VoiceStage) -> None:
    engine.write(workspace({"number": LOCAL}, to("ivr")))
    engine.applied()
    before = live_rules(voice)["reception"]["SipRuleId"]
    engine.write(workspace({"number": LOCAL}, to("spare", "ivr")))
    assert engine.applied().writes() == {"UpdateSipRule": 1}
    assert live_rules(voice)["reception"]["SipRuleId"] == before


def test_the_order_among_equal_targets_means_nothing(engine: Engine, voice: VoiceStage) -> None:
    targets = [{"application": name, "priority": 1} for name in ("spare", "ivr")]
    engine.write(workspace({"number": LOCAL}, targets))
    engine.applied()
    rule = live_rules(voice)["reception"]
    voice.api.update_sip_rule(
        SipRuleId=rule["SipRuleId"], Name=rule["Name"], TargetApplications=rule["TargetApplications"][::-1]
    )
    assert engine.plan().changes == ()


def test_a_rule_whose_trigger_changes_is_made_again(engine: Engine, voice: VoiceStage, stage: Stage) -> None:
    engine.write(workspace({"number": LOCAL}, to("ivr")))
    engine.applied()
    before = live_rules(voice)["reception"]["SipRuleId"]
    engine.write(workspace({"number": OTHER}, to("ivr")))
    applied = engine.applied()
    assert [step.operation for step in applied.plan.steps] == ["UpdateSipRule", "DeleteSipRule", "CreateSipRule"]
    (change,) = applied.plan.changes
    assert [one.name for one in change.consequences] == ["rule-replaced"]
    rule = live_rules(voice)["reception"]
    assert (rule["TriggerValue"], rule["SipRuleId"] == before) == (OTHER, False)


def test_two_rules_exchange_their_numbers(engine: Engine, voice: VoiceStage) -> None:
    second = {"trigger": {"number": OTHER}, "targets": to("spare")}
    engine.write(workspace({"number": LOCAL}, to("ivr"), second=second))
    engine.applied()
    engine.write(workspace({"number": OTHER}, to("ivr"), second={**second, "trigger": {"number": LOCAL}}))
    engine.applied()
    assert {name: one["TriggerValue"] for name, one in live_rules(voice).items()} == {
        "reception": OTHER,
        "second": LOCAL,
    }


def test_a_lost_answer_while_a_rule_is_replaced(engine: Engine, voice: VoiceStage) -> None:
    engine.write(workspace({"number": LOCAL}, to("ivr")))
    engine.applied()
    for operation in ("DeleteSipRule", "CreateSipRule"):
        voice.sandbox.add_faults({"operation": operation, "kind": "drop_response", "times": 1})
    engine.write(workspace({"number": OTHER}, to("ivr")))
    applied = engine.applied()
    assert set(applied.looks().values()) == {True}
    assert len(live_rules(voice)) == 1


def test_a_number_and_an_application_of_somebody_elses_rule_stay(engine: Engine, voice: VoiceStage) -> None:
    blocks: dict[str, Any] = workspace({"number": LOCAL}, to("ivr"))
    del blocks["sip_rules"]
    engine.write(blocks)
    engine.applied()
    (ivr,) = [
        one["SipMediaApplicationId"]
        for one in voice.api.list_sip_media_applications()["SipMediaApplications"]
        if one["Name"] == "ivr"
    ]
    rule_id = voice.rule(LOCAL, ivr)
    engine.write(
        {**blocks, "phone_numbers": {OTHER: DIAL_IN}, "sip_media_applications": {"spare": application("us-west-2")}}
    )
    refused = {one.address: one.summary for one in engine.plan().refusals}
    assert refused.keys() == {f'phone_numbers["{LOCAL}"]', "sip_media_applications.ivr"}
    assert all(rule_id in summary for summary in refused.values())


def test_a_number_of_somebody_elses_rule_stays_also_where_there_are_pools(engine: Engine, voice: VoiceStage) -> None:
    blocks: dict[str, Any] = workspace({"number": LOCAL}, to("ivr"))
    del blocks["sip_rules"]
    blocks["phone_pools"] = {"lobby": {"product": "sip-media-application", "search": {"area_code": "206"}, "count": 1}}
    engine.write(blocks)
    engine.applied()
    listed = voice.api.list_sip_media_applications()["SipMediaApplications"]
    ivr = next(one["SipMediaApplicationId"] for one in listed if one["Name"] == "ivr")
    rule_id = voice.rule(LOCAL, ivr)
    plan = engine.plan()
    assert plan.is_empty
    engine.write({**blocks, "phone_numbers": {OTHER: DIAL_IN}})
    (refusal,) = engine.plan().refusals
    assert (refusal.code, refusal.address) == ("CF-REF-010", f'phone_numbers["{LOCAL}"]')
    assert rule_id in refusal.summary
