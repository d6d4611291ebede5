"""Settings of the AWS account: the default calling name, and where call detail records go."""

from __future__ import annotations

from typing import Any

from tests.sandbox.stage import DAY, Stage, refusal


def read(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = stage.api.get_phone_number_settings()
    del answer["ResponseMetadata"]
    return answer


def read_global(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = stage.api.get_global_settings()
    del answer["ResponseMetadata"]
    return answer


def test_there_is_no_default_calling_name_at_first(stage: Stage):
    assert read(stage) == {}


def test_the_default_calling_name_changes_once_in_seven_days(stage: Stage):
    stage.api.update_phone_number_settings(CallingName="Acme")
    first = read(stage)
    assert first["CallingName"] == "Acme"
    stage.sandbox.advance(7 * DAY - 60)
    for name in ("Acme West", "Acme", ""):
        assert refusal(stage.api.update_phone_number_settings, CallingName=name) == "BadRequestException"
    assert read(stage) == first
    stage.sandbox.advance(60)
    stage.api.update_phone_number_settings(CallingName="Acme West")
    second = read(stage)
    assert second["CallingName"] == "Acme West"
    assert (second["CallingNameUpdatedTimestamp"] - first["CallingNameUpdatedTimestamp"]).days == 7


def test_a_refused_name_does_not_start_the_seven_days(stage: Stage):
    for name in ("A", "Acme & Sons", "x" * 16):
        assert refusal(stage.api.update_phone_number_settings, CallingName=name) == "BadRequestException"
    stage.api.update_phone_number_settings(CallingName="x" * 15)


def test_global_settings_are_empty_at_first(stage: Stage):
    assert read_global(stage) == {"BusinessCalling": {}, "VoiceConnector": {}}


def test_global_settings_merge_by_block_and_an_empty_block_clears(stage: Stage):
    stage.api.update_global_settings(BusinessCalling={"CdrBucket": "acme-cdr"})
    stage.api.update_global_settings(VoiceConnector={"CdrBucket": "acme-sip-cdr"})
    both = {"BusinessCalling": {"CdrBucket": "acme-cdr"}, "VoiceConnector": {"CdrBucket": "acme-sip-cdr"}}
    assert read_global(stage) == both
    answer = stage.api.update_global_settings(BusinessCalling={})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert read_global(stage) == {**both, "BusinessCalling": {}}
