"""Voice Connectors, what they are told, and their groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stage import control_refusal, refusal
from tests.sandbox.voice_stage import EMERGENCY, LOCAL, ORIGINATION, TERMINATION, VoiceStage, make_client
from tests.sandbox_process import SandboxProcess

REGIONS = [
    *("us-east-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2"),
    *("ap-northeast-2", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2"),
]


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)


def code_of(call: Callable[..., Any], **params: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], caught.value.response["Error"]["Code"]


def test_a_connector_names_its_host_its_region_and_its_arn(voice: VoiceStage):
    made = voice.api.create_voice_connector(Name="Head office_1.a-b", RequireEncryption=True, AwsRegion="eu-west-1")
    connector = made["VoiceConnector"]
    connector_id = connector["VoiceConnectorId"]
    assert len(connector_id) == 22 and connector_id.isalnum() and connector_id == connector_id.lower()
    assert connector["OutboundHostName"] == f"{connector_id}.voiceconnector.chime.aws"
    assert connector["VoiceConnectorArn"] == f"arn:aws:chime:eu-west-1:111122223333:vc/{connector_id}"
    assert (connector["AwsRegion"], connector["RequireEncryption"]) == ("eu-west-1", True)
    assert voice.api.get_voice_connector(VoiceConnectorId=connector_id)["VoiceConnector"] == connector


def test_a_connector_without_a_region_is_in_us_east_1_whoever_is_asked(voice: VoiceStage):
    made = voice.client("eu-west-1").create_voice_connector(Name="trunk", RequireEncryption=False)["VoiceConnector"]
    assert made["AwsRegion"] == "us-east-1"
    everywhere = [
        voice.client(region).list_voice_connectors()["VoiceConnectors"] for region in ("us-east-1", "eu-west-1")
    ]
    assert everywhere == [[made], [made]]


def test_the_regions(voice: VoiceStage):
    assert voice.api.list_available_voice_connector_regions()["VoiceConnectorRegions"] == REGIONS


@pytest.mark.parametrize("wrong", [
    {"Name": "tr@nk"}, {"Name": "x" * 257}, {"AwsRegion": "sa-east-1"}, {"NetworkType": "IPV6"},
    {"IntegrationType": "OTHER"}, {"Tags": [{"Key": str(at), "Value": ""} for at in range(51)]},
])  # fmt: skip
def test_connectors_that_are_refused(voice: VoiceStage, wrong: dict[str, Any]):
    params = {"Name": "trunk", "RequireEncryption": True, **wrong}
    assert refusal(voice.api.create_voice_connector, **params) == "BadRequestException"


def test_what_a_connector_is_made_with_and_what_changes(voice: VoiceStage):
    connector_id = voice.connector(
        NetworkType="DUAL_STACK", IntegrationType="CONNECT_ANALYTICS_CONNECTOR", is_encrypted=True
    )
    voice.sandbox.advance(5)
    after = voice.api.update_voice_connector(VoiceConnectorId=connector_id, Name="new", RequireEncryption=False)
    connector = after["VoiceConnector"]
    assert (connector["Name"], connector["RequireEncryption"]) == ("new", False)
    assert (connector["NetworkType"], connector["IntegrationType"]) == ("DUAL_STACK", "CONNECT_ANALYTICS_CONNECTOR")
    assert connector["UpdatedTimestamp"] > connector["CreatedTimestamp"]


def test_connectors_come_in_pages_of_a_hundred(voice: VoiceStage):
    voice.sandbox.post("seed", {"voice_connectors": 130})
    first = voice.api.list_voice_connectors()
    rest = voice.api.list_voice_connectors(NextToken=first["NextToken"])
    assert (len(first["VoiceConnectors"]), len(rest["VoiceConnectors"])) == (100, 30)
    assert "NextToken" not in rest
    assert refusal(voice.api.list_voice_connectors, MaxResults=101) == "BadRequestException"


def test_the_quota_of_connectors_is_one_of_each_region(voice: VoiceStage):
    voice.sandbox.post("settings", {"voice_connector_quota": 1})
    voice.connector()
    assert refusal(voice.api.create_voice_connector, Name="x", RequireEncryption=True) == (
        "ResourceLimitExceededException"
    )
    voice.connector(AwsRegion="eu-west-1")


def test_a_connector_with_numbers_cannot_be_deleted(voice: VoiceStage):
    connector_id = voice.connector()
    voice.buy(LOCAL)
    numbers = {"VoiceConnectorId": connector_id, "E164PhoneNumbers": [LOCAL]}
    voice.api.associate_phone_numbers_with_voice_connector(**numbers)
    assert code_of(voice.api.delete_voice_connector, VoiceConnectorId=connector_id) == (409, "ConflictException")
    voice.api.disassociate_phone_numbers_from_voice_connector(**numbers)
    voice.api.delete_voice_connector(VoiceConnectorId=connector_id)
    assert code_of(voice.api.get_voice_connector, VoiceConnectorId=connector_id) == (404, "NotFoundException")


def test_a_connector_in_a_group_cannot_be_deleted(voice: VoiceStage):
    connector_id = voice.connector()
    group_id = voice.group(connector_id)
    assert refusal(voice.api.delete_voice_connector, VoiceConnectorId=connector_id) == "ConflictException"
    voice.api.update_voice_connector_group(VoiceConnectorGroupId=group_id, Name="g", VoiceConnectorItems=[])
    voice.api.delete_voice_connector(VoiceConnectorId=connector_id)


@pytest.mark.parametrize("wrong", [
    {"CallingRegions": []}, {"CallingRegions": ["usa"]}, {"CidrAllowedList": ["198.51.100.0/26"]},
    {"CidrAllowedList": ["10.0.0.0/28"]}, {"CidrAllowedList": ["172.31.0.0/30"]},
    {"CidrAllowedList": ["192.168.1.1/32"]},
    {"CidrAllowedList": ["198.51.100.1"]}, {"CidrAllowedList": ["office"]}, {"CpsLimit": 257},
    {"DefaultPhoneNumber": "office"},
])  # fmt: skip
def test_terminations_that_are_refused(voice: VoiceStage, wrong: dict[str, Any]):
    params = {"VoiceConnectorId": voice.connector(), "Termination": {**TERMINATION, **wrong}}
    assert refusal(voice.api.put_voice_connector_termination, **params) == "BadRequestException"


def test_a_termination_is_replaced_as_a_whole(voice: VoiceStage):
    connector_id = voice.connector()
    full = {**TERMINATION, "CpsLimit": 7, "DefaultPhoneNumber": LOCAL, "Disabled": True}
    put = voice.api.put_voice_connector_termination
    assert put(VoiceConnectorId=connector_id, Termination=full)["Termination"] == full
    put(VoiceConnectorId=connector_id, Termination={"CallingRegions": ["CA"]})
    assert voice.api.get_voice_connector_termination(VoiceConnectorId=connector_id)["Termination"] == {
        "CallingRegions": ["CA"], "CidrAllowedList": [], "CpsLimit": 1, "Disabled": False,
    }  # fmt: skip


def test_the_documented_quota_of_calls_per_second(voice: VoiceStage):
    voice.sandbox.post("settings", {"calls_per_second_quota": 1})
    connector_id = voice.connector()
    put = voice.api.put_voice_connector_termination
    assert (
        refusal(put, VoiceConnectorId=connector_id, Termination={**TERMINATION, "CpsLimit": 2}) == "BadRequestException"
    )


def test_credentials_are_added_replaced_and_told_by_name_only(voice: VoiceStage):
    connector_id = voice.connector()

    def put(*names: str) -> None:
        credentials = [{"Username": name, "Password": "secret-word"} for name in names]
        voice.api.put_voice_connector_termination_credentials(VoiceConnectorId=connector_id, Credentials=credentials)

    def names() -> list[str]:
        answer = voice.api.list_voice_connector_termination_credentials(VoiceConnectorId=connector_id)
        return list(answer["Usernames"])

    put("ann", "bob")
    put("bob", "eve")
    assert names() == ["ann", "bob", "eve"]
    delete = voice.api.delete_voice_connector_termination_credentials
    delete(VoiceConnectorId=connector_id, Usernames=["ann", "nobody"])
    assert names() == ["bob", "eve"]
    delete(VoiceConnectorId=connector_id, Usernames=["bob", "eve"])
    listing = voice.api.list_voice_connector_termination_credentials
    assert refusal(listing, VoiceConnectorId=connector_id) == "NotFoundException"


def test_passwords_are_kept_nowhere(tmp_path: Any):
    with SandboxProcess.start("--data-file", str(tmp_path / "world.db")) as sandbox:
        voice = VoiceStage(sandbox)
        voice.api.put_voice_connector_termination_credentials(
            VoiceConnectorId=voice.connector(), Credentials=[{"Username": "ann", "Password": "secret-word"}]
        )
        raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ann" in raw
    assert b"secret-word" not in raw


@pytest.mark.parametrize("credentials", [
    [{"Password": "p"}], [{"Username": "", "Password": "p"}], [{"Username": "änn", "Password": "p"}],
    [{"Username": "ann", "Password": "pässword"}], [{"Username": str(at), "Password": "p"} for at in range(11)],
])  # fmt: skip
def test_credentials_that_are_refused(voice: VoiceStage, credentials: list[dict[str, str]]):
    put = voice.api.put_voice_connector_termination_credentials
    assert refusal(put, VoiceConnectorId=voice.connector(), Credentials=credentials) == "BadRequestException"


@pytest.mark.parametrize("origination", [
    {}, {"Routes": []}, {"Routes": [{}]}, {"Routes": [{"Host": "localhost"}]}, {"Routes": [{"Host": "10.1.2.3"}]},
    {"Routes": [{"Host": "sip_proxy.example"}]}, {"Routes": [{"Host": "a.example", "Protocol": "SCTP"}]},
    {"Routes": [{"Host": "a.example", "Port": 65536}]}, {"Routes": [{"Host": "a.example", "Priority": 101}]},
    {"Routes": [{"Host": "a.example", "Weight": 101}]}, {"Routes": [{"Host": "a.example"}] * 21},
])  # fmt: skip
def test_originations_that_are_refused(voice: VoiceStage, origination: dict[str, Any]):
    put = voice.api.put_voice_connector_origination
    assert refusal(put, VoiceConnectorId=voice.connector(), Origination=origination) == "BadRequestException"


def test_an_origination_fills_in_the_port_and_keeps_the_order(voice: VoiceStage):
    connector_id = voice.connector()
    routes: list[dict[str, Any]] = [
        {"Host": "b.acme.example", "Protocol": "UDP"},
        {"Host": "203.0.113.7", "Port": 0, "Protocol": "TCP"},
    ] * 10
    put = voice.api.put_voice_connector_origination
    stored = put(VoiceConnectorId=connector_id, Origination={"Routes": routes})["Origination"]
    assert stored == {"Routes": [{"Port": 5060, **route} for route in routes], "Disabled": False}
    assert voice.api.get_voice_connector_origination(VoiceConnectorId=connector_id)["Origination"] == stored
    put(VoiceConnectorId=connector_id, Origination={"Disabled": True})
    after = voice.api.get_voice_connector_origination(VoiceConnectorId=connector_id)["Origination"]
    assert after == {"Routes": [], "Disabled": True}


def test_with_encryption_routes_are_tcp(voice: VoiceStage):
    connector_id = voice.connector(is_encrypted=True)
    put = voice.api.put_voice_connector_origination
    udp = {"Routes": [{"Host": "a.example", "Protocol": "UDP"}]}
    assert refusal(put, VoiceConnectorId=connector_id, Origination=udp) == "BadRequestException"
    stored = put(VoiceConnectorId=connector_id, Origination={"Routes": [{"Host": "a.example"}]})["Origination"]
    assert stored["Routes"][0]["Protocol"] == "TCP"


SUB_RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "termination": ("Termination", TERMINATION),
    "origination": ("Origination", ORIGINATION),
    "streaming_configuration": (
        "StreamingConfiguration",
        {
            "DataRetentionInHours": 24,
            "Disabled": False,
            "StreamingNotificationTargets": [{"NotificationTarget": "EventBridge"}, {"NotificationTarget": "SQS"}],
            "MediaInsightsConfiguration": {"Disabled": False, "ConfigurationArn": "arn:aws:chime:us-east-1:1:x/y"},
        },
    ),
}


def holds(answered: Any, sent: Any) -> bool:
    """Whether everything that was sent is in the answer, whatever the service has added."""
    if isinstance(sent, dict):
        return all(name in answered and holds(answered[name], value) for name, value in sent.items())
    if isinstance(sent, list):
        return len(answered) == len(sent) and all(map(holds, answered, sent))
    return bool(answered == sent)


@pytest.mark.parametrize("name", SUB_RESOURCES)
def test_a_sub_resource_is_not_found_until_it_is_put_and_after_it_is_deleted(voice: VoiceStage, name: str):
    member, value = SUB_RESOURCES[name]
    connector = {"VoiceConnectorId": voice.connector()}
    get, put, delete = (getattr(voice.api, f"{verb}_voice_connector_{name}") for verb in ("get", "put", "delete"))
    assert refusal(get, **connector) == "NotFoundException"
    answered = put(**connector, **{member: value})[member]
    assert answered == get(**connector)[member]
    assert holds(answered, value), "the service adds what was left out, and gives back what was sent"
    delete(**connector)
    assert refusal(get, **connector) == "NotFoundException"
    delete(**connector)
    assert refusal(get, VoiceConnectorId="0" * 22) == "NotFoundException"


@pytest.mark.parametrize("streaming", [
    {"DataRetentionInHours": 1, "Disabled": False, "StreamingNotificationTargets": []},
    {"DataRetentionInHours": 1, "Disabled": False, "StreamingNotificationTargets": [{"NotificationTarget": "SNS"}] * 4},
    {"DataRetentionInHours": 1, "Disabled": False, "StreamingNotificationTargets": [{"NotificationTarget": "SMS"}]},
])  # fmt: skip
def test_streaming_that_is_refused(voice: VoiceStage, streaming: dict[str, Any]):
    connector = {"VoiceConnectorId": voice.connector()}
    client = make_client(voice.sandbox.url, "us-east-1", is_checking=False)
    put = client.put_voice_connector_streaming_configuration
    assert refusal(put, **connector, StreamingConfiguration=streaming) == "BadRequestException"
    assert refusal(voice.api.get_voice_connector_streaming_configuration, **connector) == "NotFoundException"


def test_logging_is_off_and_cannot_be_deleted(voice: VoiceStage):
    connector = {"VoiceConnectorId": voice.connector()}
    get = voice.api.get_voice_connector_logging_configuration
    off = {"EnableSIPLogs": False, "EnableMediaMetricLogs": False}
    assert get(**connector)["LoggingConfiguration"] == off
    put = voice.api.put_voice_connector_logging_configuration
    put(**connector, LoggingConfiguration={"EnableSIPLogs": True})
    assert get(**connector)["LoggingConfiguration"] == {**off, "EnableSIPLogs": True}
    put(**connector, LoggingConfiguration=off)
    assert get(**connector)["LoggingConfiguration"] == off


def test_emergency_calling_needs_both_directions_first_and_goes_before_them(voice: VoiceStage):
    connector = {"VoiceConnectorId": voice.connector()}
    put = voice.api.put_voice_connector_emergency_calling_configuration
    for prepare in (
        lambda: None,
        lambda: voice.api.put_voice_connector_termination(**connector, Termination=TERMINATION),
    ):
        prepare()
        assert refusal(put, **connector, EmergencyCallingConfiguration=EMERGENCY) == "BadRequestException"
    voice.api.put_voice_connector_origination(**connector, Origination=ORIGINATION)
    assert put(**connector, EmergencyCallingConfiguration=EMERGENCY)["EmergencyCallingConfiguration"] == EMERGENCY
    for blocked in (voice.api.delete_voice_connector_termination, voice.api.delete_voice_connector_origination):
        assert refusal(blocked, **connector) == "BadRequestException"
    voice.api.delete_voice_connector_emergency_calling_configuration(**connector)
    voice.api.delete_voice_connector_termination(**connector)
    voice.api.delete_voice_connector_origination(**connector)


def test_emergency_calling_is_for_the_us(voice: VoiceStage):
    connector = {"VoiceConnectorId": voice.connector()}
    voice.api.put_voice_connector_termination(**connector, Termination=TERMINATION)
    voice.api.put_voice_connector_origination(**connector, Origination=ORIGINATION)
    canada = {"DNIS": [{"EmergencyPhoneNumber": "+13035550911", "CallingCountry": "CA"}]}
    put = voice.api.put_voice_connector_emergency_calling_configuration
    assert refusal(put, **connector, EmergencyCallingConfiguration=canada) == "BadRequestException"


def test_external_systems_are_replaced_as_a_whole(voice: VoiceStage):
    connector = {"VoiceConnectorId": voice.connector()}
    get = voice.api.get_voice_connector_external_systems_configuration
    put = voice.api.put_voice_connector_external_systems_configuration
    delete = voice.api.delete_voice_connector_external_systems_configuration
    assert refusal(get, **connector) == "NotFoundException"
    put(**connector, SessionBorderControllerTypes=["AVAYA_SBCE"])
    put(**connector, ContactCenterSystemTypes=["AVAYA_AURA_CONTACT_CENTER"])
    assert get(**connector)["ExternalSystemsConfiguration"] == {
        "SessionBorderControllerTypes": [], "ContactCenterSystemTypes": ["AVAYA_AURA_CONTACT_CENTER"],
    }  # fmt: skip
    delete(**connector)
    delete(**connector)
    assert refusal(put, **connector, SessionBorderControllerTypes=["ACME"]) == "BadRequestException"


def test_health_is_the_last_sip_options(voice: VoiceStage):
    connector_id = voice.connector()
    get = voice.api.get_voice_connector_termination_health
    assert refusal(get, VoiceConnectorId=connector_id) == "NotFoundException"
    voice.sandbox.post(f"equipment/{connector_id}/options", {"source": "203.0.113.9"})
    health = get(VoiceConnectorId=connector_id)["TerminationHealth"]
    assert health["Source"] == "203.0.113.9"
    assert health["Timestamp"].tzinfo is not None
    post = voice.sandbox.post
    assert control_refusal(post, f"equipment/{connector_id}/options", {"source": "office"}) == "BadRequest"
    assert control_refusal(post, f"equipment/{'0' * 22}/options", {"source": "203.0.113.9"}) == "NotFound"


def test_a_deleted_connector_takes_all_that_it_had_along(voice: VoiceStage):
    connector_id = voice.connector()
    voice.api.put_voice_connector_termination(VoiceConnectorId=connector_id, Termination=TERMINATION)
    voice.api.delete_voice_connector(VoiceConnectorId=connector_id)
    get = voice.api.get_voice_connector_termination
    assert refusal(get, VoiceConnectorId=connector_id) == "NotFoundException"


def test_a_group_spans_regions_and_keeps_priorities(voice: VoiceStage):
    first, second = voice.connector(), voice.connector(AwsRegion="us-west-2")
    group_id = voice.group(first, second)
    get = voice.api.get_voice_connector_group
    items = get(VoiceConnectorGroupId=group_id)["VoiceConnectorGroup"]["VoiceConnectorItems"]
    expected = [{"VoiceConnectorId": first, "Priority": 1}, {"VoiceConnectorId": second, "Priority": 2}]
    assert items == expected
    renamed = voice.api.update_voice_connector_group(
        VoiceConnectorGroupId=group_id, Name="new", VoiceConnectorItems=expected[:1]
    )
    assert renamed["ResponseMetadata"]["HTTPStatusCode"] == 202
    group = get(VoiceConnectorGroupId=group_id)["VoiceConnectorGroup"]
    assert (group["Name"], group["VoiceConnectorItems"]) == ("new", expected[:1])


def test_groups_that_are_refused(voice: VoiceStage):
    create = voice.api.create_voice_connector_group
    four = [{"VoiceConnectorId": voice.connector(), "Priority": 1} for _ in range(4)]
    assert refusal(create, Name="g", VoiceConnectorItems=four) == "BadRequestException"
    assert refusal(create, Name="g", VoiceConnectorItems=[{"VoiceConnectorId": "0" * 22}]) == "NotFoundException"
    late = [{"VoiceConnectorId": four[0]["VoiceConnectorId"], "Priority": 100}]
    assert refusal(create, Name="g", VoiceConnectorItems=late) == "BadRequestException"
    update = voice.api.update_voice_connector_group
    params = {"VoiceConnectorGroupId": voice.group(), "Name": "g", "VoiceConnectorItems": four}
    assert refusal(update, **params) == "BadRequestException"


def test_there_are_three_groups(voice: VoiceStage):
    for _ in range(3):
        voice.group()
    assert refusal(voice.api.create_voice_connector_group, Name="g") == "ResourceLimitExceededException"
    voice.sandbox.post("settings", {"voice_connector_group_quota": 4})
    voice.group()


def test_a_group_is_deleted_when_it_has_neither_items_nor_numbers(voice: VoiceStage):
    group_id = voice.group(voice.connector())
    voice.buy(LOCAL)
    delete = voice.api.delete_voice_connector_group
    assert refusal(delete, VoiceConnectorGroupId=group_id) == "ConflictException"
    voice.api.update_voice_connector_group(VoiceConnectorGroupId=group_id, Name="g", VoiceConnectorItems=[])
    numbers = {"VoiceConnectorGroupId": group_id, "E164PhoneNumbers": [LOCAL]}
    voice.api.associate_phone_numbers_with_voice_connector_group(**numbers)
    assert refusal(delete, VoiceConnectorGroupId=group_id) == "ConflictException"
    voice.api.disassociate_phone_numbers_from_voice_connector_group(**numbers)
    delete(VoiceConnectorGroupId=group_id)
    assert refusal(voice.api.get_voice_connector_group, VoiceConnectorGroupId=group_id) == "NotFoundException"
