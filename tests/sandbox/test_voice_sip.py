"""SIP media applications, SIP rules, calls and proxy sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.stage import refusal
from tests.sandbox.voice_stage import LOCAL, OTHER, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess

DIAL_IN = "SipMediaApplicationDialIn"
PEOPLE = ["+13035550150", "+13035550151"]
PROXY = {"DefaultSessionExpiryMinutes": 60, "PhoneNumberPoolCountries": ["US", "CA"]}


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)


def proxied(voice: VoiceStage, **more: Any) -> str:
    connector_id = voice.connector()
    voice.api.put_voice_connector_proxy(VoiceConnectorId=connector_id, **PROXY, **more)
    return connector_id


def open_session(voice: VoiceStage, connector_id: str, **more: Any) -> dict[str, Any]:
    session: dict[str, Any] = voice.api.create_proxy_session(
        VoiceConnectorId=connector_id, ParticipantPhoneNumbers=PEOPLE, Capabilities=["Voice"], **more
    )["ProxySession"]
    return session


@pytest.mark.parametrize("wrong", [
    {"AwsRegion": "eu-west-1"}, {"Endpoints": [{}]}, {"Endpoints": [{"LambdaArn": "arn:aws:s3:::bucket"}]},
    {"Endpoints": [{"LambdaArn": function_in("us-east-1")}] * 2}, {"Name": "ivr!"},
])  # fmt: skip
def test_applications_that_are_refused(voice: VoiceStage, wrong: dict[str, Any]):
    right = {"AwsRegion": "us-east-1", "Name": "ivr", "Endpoints": [{"LambdaArn": function_in("us-east-1")}]}
    assert refusal(voice.api.create_sip_media_application, **{**right, **wrong}) == "BadRequestException"


@pytest.mark.parametrize("suffix", ["", ":$LATEST", ":live", ":7"])
def test_an_endpoint_is_a_function_a_version_or_an_alias(voice: VoiceStage, suffix: str):
    endpoints = [{"LambdaArn": function_in("eu-west-1") + suffix}]
    made = voice.api.create_sip_media_application(AwsRegion="eu-west-1", Name="ivr", Endpoints=endpoints)
    application = made["SipMediaApplication"]
    arn = f"arn:aws:chime:eu-west-1:111122223333:sma/{application['SipMediaApplicationId']}"
    assert (application["Endpoints"], application["SipMediaApplicationArn"]) == (endpoints, arn)


def test_an_application_keeps_what_an_update_does_not_name(voice: VoiceStage):
    application = {"SipMediaApplicationId": voice.application()}
    update = voice.api.update_sip_media_application
    assert update(**application, Name="menu")["SipMediaApplication"]["Endpoints"] == [
        {"LambdaArn": function_in("us-east-1")}
    ]
    new = [{"LambdaArn": function_in("us-east-1") + ":live"}]
    after = update(**application, Endpoints=new)["SipMediaApplication"]
    assert (after["Name"], after["Endpoints"]) == ("menu", new)
    elsewhere = [{"LambdaArn": function_in("us-west-2")}]
    assert refusal(update, **application, Endpoints=elsewhere) == "BadRequestException"


def test_the_quota_of_applications_is_one_of_each_region(voice: VoiceStage):
    voice.sandbox.post("settings", {"sip_media_application_quota": 1})
    voice.application()
    endpoints = [{"LambdaArn": function_in("us-east-1")}]
    create = voice.api.create_sip_media_application
    assert refusal(create, AwsRegion="us-east-1", Name="x", Endpoints=endpoints) == "ResourceLimitExceededException"
    voice.application("us-west-2")


def test_message_logs_are_off_until_they_are_switched_on(voice: VoiceStage):
    application = {"SipMediaApplicationId": voice.application()}
    get = voice.api.get_sip_media_application_logging_configuration
    member, logs = "SipMediaApplicationLoggingConfiguration", "EnableSipMediaApplicationMessageLogs"
    assert get(**application)[member] == {logs: False}
    put = voice.api.put_sip_media_application_logging_configuration
    put(**application, **{member: {logs: True}})
    assert get(**application)[member] == {logs: True}
    put(**application)
    assert get(**application)[member] == {logs: True}


def test_alexa_skills_are_gone(voice: VoiceStage):
    application = {"SipMediaApplicationId": voice.application()}
    assert refusal(voice.api.get_sip_media_application_alexa_skill_configuration, **application) == "GoneException"
    assert refusal(voice.api.put_sip_media_application_alexa_skill_configuration, **application) == "GoneException"


def test_an_application_that_a_rule_targets_is_not_deleted(voice: VoiceStage):
    application_id = voice.application()
    rule_id = voice.rule(voice.host(voice.connector()), application_id, disabled=True)
    delete = voice.api.delete_sip_media_application
    assert refusal(delete, SipMediaApplicationId=application_id) == "ConflictException"
    voice.api.delete_sip_rule(SipRuleId=rule_id)
    delete(SipMediaApplicationId=application_id)
    assert refusal(voice.api.get_sip_media_application, SipMediaApplicationId=application_id) == "NotFoundException"


def test_a_rule_takes_its_number_and_gives_it_back(voice: VoiceStage):
    voice.buy(LOCAL, product=DIAL_IN)
    rule_id = voice.rule(LOCAL, voice.application())
    assert voice.holders(LOCAL) == [("SipRuleId", rule_id)]
    assert voice.number(LOCAL)["Status"] == "Assigned"
    assert refusal(voice.api.delete_phone_number, PhoneNumberId=LOCAL) == "BadRequestException"
    assert refusal(voice.api.delete_sip_rule, SipRuleId=rule_id) == "ConflictException"
    update = voice.api.update_sip_rule(SipRuleId=rule_id, Name="rule", Disabled=True)
    assert update["ResponseMetadata"]["HTTPStatusCode"] == 202
    voice.api.delete_sip_rule(SipRuleId=rule_id)
    assert voice.holders(LOCAL) == []
    voice.api.delete_phone_number(PhoneNumberId=LOCAL)


def test_triggers_that_are_refused(voice: VoiceStage):
    application_id = voice.application()
    voice.buy(LOCAL, product=DIAL_IN)
    voice.buy(OTHER)
    voice.rule(LOCAL, application_id)
    targets = [{"SipMediaApplicationId": application_id, "Priority": 1}]
    for kind, value, shape in [
        ("ToPhoneNumber", LOCAL, "ConflictException"),
        ("ToPhoneNumber", OTHER, "BadRequestException"),
        ("ToPhoneNumber", "+12065550109", "BadRequestException"),
        ("ToPhoneNumber", "office", "BadRequestException"),
        ("RequestUriHostname", f"{'a' * 22}.voiceconnector.chime.aws", "BadRequestException"),
        ("Tone", LOCAL, "BadRequestException"),
    ]:
        params = {"Name": "rule", "TriggerType": kind, "TriggerValue": value, "TargetApplications": targets}
        assert refusal(voice.api.create_sip_rule, **params) == shape, value


@pytest.mark.parametrize("targets", [
    [], [{"SipMediaApplicationId": "unknown", "Priority": 1}], [{"Priority": 1}], ["first", "first"], ["first", "same"],
    [{"SipMediaApplicationId": "first", "AwsRegion": "eu-west-1"}], [{"SipMediaApplicationId": "first"}] * 26,
])  # fmt: skip
def test_targets_that_are_refused(voice: VoiceStage, targets: list[Any]):
    known = {"first": voice.application(), "same": voice.application(name="same")}
    read = [{"SipMediaApplicationId": target} if isinstance(target, str) else target for target in targets]
    for target in read:
        if target.get("SipMediaApplicationId") in known:
            target["SipMediaApplicationId"] = known[target["SipMediaApplicationId"]]
    host = voice.host(voice.connector())
    params = {"Name": "rule", "TriggerType": "RequestUriHostname", "TriggerValue": host, "TargetApplications": read}
    if not targets:
        with pytest.raises(Exception, match="TargetApplications"):  # the client checks the least length itself
            voice.api.create_sip_rule(**params)
        return
    assert refusal(voice.api.create_sip_rule, **params) == "BadRequestException"


def test_a_rule_keeps_its_trigger_and_names_the_regions_of_its_targets(voice: VoiceStage):
    east, west = voice.application(), voice.application("us-west-2")
    host = voice.host(voice.connector())
    rule_id = voice.rule(host, east)
    targets = [{"SipMediaApplicationId": west, "Priority": 1}, {"SipMediaApplicationId": east, "Priority": 2}]
    voice.api.update_sip_rule(SipRuleId=rule_id, Name="new", TargetApplications=targets)
    rule = voice.api.get_sip_rule(SipRuleId=rule_id)["SipRule"]
    assert (rule["Name"], rule["TriggerValue"], rule["Disabled"]) == ("new", host, False)
    assert [target["AwsRegion"] for target in rule["TargetApplications"]] == ["us-west-2", "us-east-1"]
    voice.rule(host, east)
    assert len(voice.api.list_sip_rules()["SipRules"]) == 2
    found = voice.api.list_sip_rules(SipMediaApplicationId=west)["SipRules"]
    assert [item["SipRuleId"] for item in found] == [rule_id]


def test_the_lists_have_paginators(voice: VoiceStage):
    voice.sandbox.post("seed", {"sip_media_applications": 130})
    pages = list(voice.api.get_paginator("list_sip_media_applications").paginate())
    assert [len(found["SipMediaApplications"]) for found in pages] == [100, 30]
    assert [found["SipRules"] for found in voice.api.get_paginator("list_sip_rules").paginate()] == [[]]


def test_a_call_comes_from_an_own_number(voice: VoiceStage):
    application = {"SipMediaApplicationId": voice.application()}
    call = voice.api.create_sip_media_application_call
    ends = {"FromPhoneNumber": LOCAL, "ToPhoneNumber": PEOPLE[0]}
    assert refusal(call, **application, **ends) == "BadRequestException"
    voice.buy(LOCAL, product=DIAL_IN)
    transaction = call(**application, **ends)["SipMediaApplicationCall"]["TransactionId"]
    update = voice.api.update_sip_media_application_call
    answer = update(**application, TransactionId=transaction, Arguments={"a": "b"})
    assert answer["SipMediaApplicationCall"]["TransactionId"] == transaction
    assert refusal(update, **application, TransactionId="x", Arguments={}) == "NotFoundException"
    many = {str(at): "" for at in range(21)}
    assert refusal(call, **application, **ends, ArgumentsMap=many) == "BadRequestException"


def test_the_countries_of_a_proxy_come_back_under_another_name(voice: VoiceStage):
    connector = {"VoiceConnectorId": voice.connector()}
    assert refusal(voice.api.get_voice_connector_proxy, **connector) == "NotFoundException"
    put = voice.api.put_voice_connector_proxy(**connector, **PROXY, FallBackPhoneNumber=LOCAL)["Proxy"]
    assert put == voice.api.get_voice_connector_proxy(**connector)["Proxy"] == {
        "DefaultSessionExpiryMinutes": 60, "PhoneNumberCountries": ["US", "CA"], "FallBackPhoneNumber": LOCAL,
        "Disabled": False,
    }  # fmt: skip
    voice.api.delete_voice_connector_proxy(**connector)
    assert refusal(voice.api.get_voice_connector_proxy, **connector) == "NotFoundException"
    unknown = {**PROXY, "PhoneNumberPoolCountries": ["usa"]}
    assert refusal(voice.api.put_voice_connector_proxy, **connector, **unknown) == "BadRequestException"


def test_a_session_needs_a_proxy_that_is_enabled(voice: VoiceStage):
    params = {"ParticipantPhoneNumbers": PEOPLE, "Capabilities": ["Voice"]}
    create = voice.api.create_proxy_session
    assert refusal(create, VoiceConnectorId=voice.connector(), **params) == "BadRequestException"
    assert refusal(create, VoiceConnectorId=proxied(voice, Disabled=True), **params) == "BadRequestException"
    three = {**params, "ParticipantPhoneNumbers": [*PEOPLE, LOCAL]}
    assert refusal(create, VoiceConnectorId=proxied(voice), **three) == "BadRequestException"


@pytest.mark.parametrize("wrong", [
    {"Name": "x" * 31}, {"Name": "Ann & Bob"}, {"Capabilities": ["Fax"]}, {"NumberSelectionBehavior": "Sticky"},
    {"ParticipantPhoneNumbers": ["call me", LOCAL]}, {"GeoMatchLevel": "City"},
    {"GeoMatchParams": {"Country": "us", "AreaCode": "303"}}, {"GeoMatchParams": {"Country": "US", "AreaCode": "30"}},
])  # fmt: skip
def test_sessions_that_are_refused(voice: VoiceStage, wrong: dict[str, Any]):
    params = {"ParticipantPhoneNumbers": PEOPLE, "Capabilities": ["Voice"], **wrong}
    create = voice.api.create_proxy_session
    assert refusal(create, VoiceConnectorId=proxied(voice), **params) == "BadRequestException"


def test_a_session_runs_for_its_minutes(voice: VoiceStage):
    connector_id = proxied(voice)
    session = open_session(voice, connector_id, Name="Ann and Bob")
    where = {"VoiceConnectorId": connector_id, "ProxySessionId": session["ProxySessionId"]}
    assert (session["Status"], session["ExpiryMinutes"]) == ("Open", 60)
    assert [person["PhoneNumber"] for person in session["Participants"]] == PEOPLE
    update = voice.api.update_proxy_session(**where, Capabilities=["Voice", "SMS"], ExpiryMinutes=5)
    assert update["ResponseMetadata"]["HTTPStatusCode"] == 201
    voice.sandbox.advance(299)
    assert voice.api.get_proxy_session(**where)["ProxySession"]["Status"] == "Open"
    voice.sandbox.advance(200)
    closed = voice.api.get_proxy_session(**where)["ProxySession"]
    assert closed["Status"] == "Closed"
    assert closed["EndedTimestamp"] - closed["UpdatedTimestamp"] == timedelta(minutes=5), "whoever looks when"


def test_sessions_are_listed_by_status(voice: VoiceStage):
    connector_id = proxied(voice)
    first, second = (open_session(voice, connector_id)["ProxySessionId"] for _ in range(2))
    voice.api.delete_proxy_session(VoiceConnectorId=connector_id, ProxySessionId=first)

    def found(**more: str) -> list[str]:
        sessions = voice.api.list_proxy_sessions(VoiceConnectorId=connector_id, **more)["ProxySessions"]
        return [session["ProxySessionId"] for session in sessions]

    assert (found(), found(Status="Open"), found(Status="Closed")) == ([first, second], [second], [first])
    other = {"VoiceConnectorId": proxied(voice), "ProxySessionId": second}
    assert refusal(voice.api.get_proxy_session, **other) == "NotFoundException"
