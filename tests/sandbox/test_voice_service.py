"""What holds for the voice service as a whole: its address, Regions, tags, voice profiles, lag, seeds and counts."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from functools import partial
from typing import Any

import pytest

from tests.sandbox.stage import Stage, refusal
from tests.sandbox.voice_stage import KEY, LOCAL, VoiceStage
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)


def refuse_raw(voice: VoiceStage, method: str, path: str) -> tuple[int, str, str]:
    """Status, shape in the header and short code in the body, which boto3 does not show of this service."""
    scope = "AWS4-HMAC-SHA256 Credential=test/20300101/eu-west-1/chime/aws4_request, SignedHeaders=host, Signature=0"
    url = f"{voice.sandbox.url}/chime-sdk-voice{path}"
    request = urllib.request.Request(url, headers={"Authorization": scope}, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as error:
        body = json.loads(error.read())
    assert body["Message"]
    return error.code, error.headers["x-amzn-ErrorType"], body["Code"]


def test_an_error_has_its_short_code_in_the_body_and_its_shape_in_the_header(voice: VoiceStage):
    missing = refuse_raw(voice, "GET", f"/voice-connectors/{'0' * 22}")
    assert missing == (404, "NotFoundException", "NotFound")


def test_without_its_path_the_voice_service_is_refused_as_on_the_old_endpoint(voice: VoiceStage):
    wrong = voice.sandbox.client("chime-sdk-voice")
    assert refusal(wrong.list_voice_connectors) == "ForbiddenException"
    # Sixteen operations cannot be told apart; the other service answers them.
    assert wrong.list_phone_numbers()["PhoneNumbers"] == []


def test_what_holds_a_connector_or_a_group_is_told_by_its_own_code(voice: VoiceStage):
    numbered, grouped = voice.connector(), voice.connector()
    group_id = voice.group(grouped)
    voice.buy(LOCAL)
    voice.api.associate_phone_numbers_with_voice_connector(VoiceConnectorId=numbered, E164PhoneNumbers=[LOCAL])
    for path, code in [
        (f"/voice-connectors/{numbered}", "PhoneNumberAssociationsExist"),
        (f"/voice-connectors/{grouped}", "VoiceConnectorGroupAssociationsExist"),
        (f"/voice-connector-groups/{group_id}", "VoiceConnectorGroupAssociationsExist"),
    ]:
        assert refuse_raw(voice, "DELETE", path) == (409, "ConflictException", code)


@pytest.mark.parametrize("kind", ["connector", "application", "domain", "group"])
def test_tags_by_arn(voice: VoiceStage, kind: str):
    created = {
        "connector": lambda: voice.api.get_voice_connector(VoiceConnectorId=voice.connector()),
        "application": lambda: voice.api.get_sip_media_application(SipMediaApplicationId=voice.application()),
        "domain": lambda: voice.api.get_voice_profile_domain(VoiceProfileDomainId=voice.domain()),
        "group": lambda: voice.api.get_voice_connector_group(VoiceConnectorGroupId=voice.group()),
    }[kind]()
    created.pop("ResponseMetadata")
    (thing,) = created.values()
    arn = next(value for name, value in thing.items() if name.endswith("Arn"))

    def tags() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in voice.api.list_tags_for_resource(ResourceARN=arn)["Tags"]}

    assert tags() == {}
    voice.api.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "cost", "Value": ""}])
    voice.api.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "b"}])
    voice.api.untag_resource(ResourceARN=arn, TagKeys=["cost", "nothing"])
    assert tags() == {"team": "b"}
    many = [{"Key": str(at), "Value": ""} for at in range(50)]
    assert refusal(voice.api.tag_resource, ResourceARN=arn, Tags=many) == "ResourceLimitExceededException"
    assert tags() == {"team": "b"}
    gone = arn.rpartition("/")[0] + "/" + "0" * 22
    assert refusal(voice.api.list_tags_for_resource, ResourceARN=gone) == "NotFoundException"


def test_tags_come_with_the_object(voice: VoiceStage):
    tags = [{"Key": "team", "Value": "voice"}]
    connector_id = voice.connector(Tags=tags)
    arn = voice.api.get_voice_connector(VoiceConnectorId=connector_id)["VoiceConnector"]["VoiceConnectorArn"]
    assert voice.api.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags


@pytest.mark.parametrize("arn", [
    "arn:aws:chime:us-east-1:111122223333:meeting/1", "arn:aws:s3:::bucket", "arn:aws:chime::111122223333:vc",
])  # fmt: skip
def test_an_arn_of_something_else_is_an_invalid_resource(voice: VoiceStage, arn: str):
    assert refusal(voice.api.list_tags_for_resource, ResourceARN=arn) == "BadRequestException"


def test_a_profile_domain_lives_in_the_region_that_was_asked(voice: VoiceStage):
    west = voice.client("us-west-2")
    made = west.create_voice_profile_domain(Name="west", ServerSideEncryptionConfiguration={"KmsKeyArn": KEY})
    domain = made["VoiceProfileDomain"]
    domain_id = domain["VoiceProfileDomainId"]
    assert domain["VoiceProfileDomainArn"] == f"arn:aws:chime:us-west-2:111122223333:voice-profile-domain/{domain_id}"
    assert [item["Name"] for item in west.list_voice_profile_domains()["VoiceProfileDomains"]] == ["west"]
    assert voice.api.list_voice_profile_domains()["VoiceProfileDomains"] == []
    assert refusal(voice.api.get_voice_profile_domain, VoiceProfileDomainId=domain_id) == "NotFoundException"


def test_a_token_makes_one_domain(voice: VoiceStage):
    first = voice.domain(ClientRequestToken="abc")
    assert voice.domain(ClientRequestToken="abc") == first
    params = {"Name": "other", "ServerSideEncryptionConfiguration": {"KmsKeyArn": KEY}, "ClientRequestToken": "abc"}
    assert refusal(voice.api.create_voice_profile_domain, **params) == "ConflictException"
    assert voice.domain() != voice.domain()


@pytest.mark.parametrize("wrong", [
    {"Name": "a/b"}, {"Description": "x" * 1025},
    {"ServerSideEncryptionConfiguration": {"KmsKeyArn": "arn:aws:s3:::bucket"}},
])  # fmt: skip
def test_domains_that_are_refused(voice: VoiceStage, wrong: dict[str, Any]):
    params = {"Name": "callers", "ServerSideEncryptionConfiguration": {"KmsKeyArn": KEY}, **wrong}
    assert refusal(voice.api.create_voice_profile_domain, **params) == "BadRequestException"


def test_profiles_go_with_their_domain(voice: VoiceStage):
    connector_id, domain_id = voice.connector(), voice.domain()
    task_id = voice.search(connector_id, domain_id)
    profile = voice.api.create_voice_profile(SpeakerSearchTaskId=task_id)["VoiceProfile"]
    profile_id = profile["VoiceProfileId"]
    listed = voice.api.list_voice_profiles(VoiceProfileDomainId=domain_id)["VoiceProfiles"]
    assert [item["VoiceProfileId"] for item in listed] == [profile_id]
    voice.sandbox.advance(1)
    renewed = voice.api.update_voice_profile(VoiceProfileId=profile_id, SpeakerSearchTaskId=task_id)["VoiceProfile"]
    assert renewed["ExpirationTimestamp"] > profile["ExpirationTimestamp"]
    voice.api.delete_voice_profile_domain(VoiceProfileDomainId=domain_id)
    assert refusal(voice.api.get_voice_profile, VoiceProfileId=profile_id) == "NotFoundException"
    assert refusal(voice.api.list_voice_profiles, VoiceProfileDomainId=domain_id) == "NotFoundException"


def test_quotas_of_domains_and_profiles(voice: VoiceStage):
    voice.sandbox.post("settings", {"voice_profile_domain_quota": 1, "voice_profile_quota": 1})
    task_id = voice.search(voice.connector(), voice.domain())
    encryption = {"ServerSideEncryptionConfiguration": {"KmsKeyArn": KEY}}
    assert refusal(voice.api.create_voice_profile_domain, Name="x", **encryption) == "ResourceLimitExceededException"
    voice.client("us-west-2").create_voice_profile_domain(Name="x", **encryption)
    voice.api.create_voice_profile(SpeakerSearchTaskId=task_id)
    create = voice.api.create_voice_profile
    assert refusal(create, SpeakerSearchTaskId=task_id) == "ResourceLimitExceededException"


def test_a_search_succeeds_after_a_while_unless_it_is_stopped(voice: VoiceStage):
    connector_id, domain_id = voice.connector(), voice.domain()
    task_id = voice.search(connector_id, domain_id, ClientRequestToken="t", CallLeg="Callee")
    assert voice.search(connector_id, domain_id, ClientRequestToken="t", CallLeg="Callee") == task_id
    stopped = voice.search(connector_id, domain_id)
    voice.api.stop_speaker_search_task(VoiceConnectorId=connector_id, SpeakerSearchTaskId=stopped)

    def look(task: str) -> dict[str, Any]:
        found: dict[str, Any] = voice.api.get_speaker_search_task(
            VoiceConnectorId=connector_id, SpeakerSearchTaskId=task
        )["SpeakerSearchTask"]
        return found

    task = look(task_id)
    assert (task["SpeakerSearchTaskStatus"], task["CallDetails"]["IsCaller"]) == ("IN_PROGRESS", False)
    voice.sandbox.advance(10)
    assert look(task_id)["SpeakerSearchTaskStatus"] == "SUCCEEDED"
    assert look(stopped)["SpeakerSearchTaskStatus"] == "STOPPED"


@pytest.mark.parametrize(("change", "result"), [
    ({}, 0), ({"PostalCode": "97201-1234"}, 0), ({"State": "or"}, 1), ({"City": " Portland  "}, 1),
    ({"Country": "CA"}, 2),
    ({"PostalCode": "972"}, 2), ({"State": "ZZ"}, 2),
])  # fmt: skip
def test_emergency_addresses(voice: VoiceStage, change: dict[str, str], result: int):
    address = {"StreetNumber": "200", "StreetInfo": "8th Avenue", "City": "Portland", "State": "OR", "Country": "US"}
    answer = voice.api.validate_e911_address(
        AwsAccountId="111122223333", **{**address, "PostalCode": "97201", **change}
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["ValidationResult"] == result
    assert ("AddressExternalId" in answer) == (result < 2)
    if result < 2:
        assert (answer["Address"]["city"], answer["Address"]["state"]) == ("Portland", "OR")
    assert answer["CandidateAddressList"] == []


@pytest.mark.parametrize("written", ["972011234", "97201 1234"])
def test_an_emergency_address_that_is_nearly_right_has_a_candidate(voice: VoiceStage, written: str):
    address = {"StreetNumber": "200", "StreetInfo": "8th Avenue", "City": "Portland", "State": "OR", "Country": "US"}
    ask = partial(voice.api.validate_e911_address, AwsAccountId="111122223333", **address)
    answer = ask(PostalCode=written)
    assert (answer["ValidationResult"], "Address" in answer) == (2, False)
    (candidate,) = answer["CandidateAddressList"]
    assert (candidate["streetInfo"], candidate["postalCode"], candidate["postalCodePlus4"]) == (
        "8th Avenue", "97201", "1234",
    )  # fmt: skip
    assert ask(PostalCode=f"{candidate['postalCode']}-{candidate['postalCodePlus4']}")["ValidationResult"] == 0


def test_a_lagging_service_does_not_see_what_is_fresh(voice: VoiceStage):
    old = voice.connector("old")
    voice.sandbox.advance(60)
    voice.sandbox.post("settings", {"consistency_seconds": 20})
    fresh = voice.connector("fresh")
    assert refusal(voice.api.get_voice_connector, VoiceConnectorId=fresh) == "NotFoundException"
    assert [item["Name"] for item in voice.api.list_voice_connectors()["VoiceConnectors"]] == ["old"]
    voice.api.update_voice_connector(VoiceConnectorId=old, Name="old", RequireEncryption=True)
    voice.sandbox.advance(20)
    assert voice.api.get_voice_connector(VoiceConnectorId=fresh)["VoiceConnector"]["Name"] == "fresh"
    assert len(voice.api.list_voice_connectors()["VoiceConnectors"]) == 2


def test_a_stale_fault_hits_as_many_calls_as_it_says(voice: VoiceStage):
    connector_id = voice.connector()
    voice.sandbox.add_faults({"operation": "GetVoiceConnector", "kind": "stale", "times": 2})
    for _ in range(2):
        assert refusal(voice.api.get_voice_connector, VoiceConnectorId=connector_id) == "NotFoundException"
    assert len(voice.api.list_voice_connectors()["VoiceConnectors"]) == 1
    voice.api.get_voice_connector(VoiceConnectorId=connector_id)
    voice.sandbox.add_faults({"operation": "*", "kind": "stale"})
    assert voice.api.list_voice_connectors()["VoiceConnectors"] == []
    voice.sandbox.advance(60)
    assert len(voice.api.list_voice_connectors()["VoiceConnectors"]) == 1


def test_settings_that_were_just_written_are_read_late(voice: VoiceStage):
    voice.sandbox.post("settings", {"consistency_seconds": 10})
    voice.api.update_global_settings(VoiceConnector={"CdrBucket": "records"})
    assert "VoiceConnector" not in voice.api.get_global_settings()
    voice.sandbox.advance(10)
    assert voice.api.get_global_settings()["VoiceConnector"] == {"CdrBucket": "records"}


def test_a_lag_is_a_number_of_seconds(voice: VoiceStage):
    from tests.sandbox_process import ControlError

    with pytest.raises(ControlError):
        voice.sandbox.post("settings", {"consistency_seconds": -1})


def test_part_of_an_association_fails_on_order(voice: VoiceStage):
    connector_id = voice.connector()
    voice.buy(LOCAL)
    operation = "AssociatePhoneNumbersWithVoiceConnector"
    voice.sandbox.add_faults({"operation": operation, "kind": "partial", "times": 1})
    numbers = {"VoiceConnectorId": connector_id, "E164PhoneNumbers": [LOCAL]}
    (error,) = voice.api.associate_phone_numbers_with_voice_connector(**numbers)["PhoneNumberErrors"]
    assert (error["PhoneNumberId"], error["ErrorCode"]) == (LOCAL, "Throttled")
    assert voice.holders(LOCAL) == []
    assert voice.api.associate_phone_numbers_with_voice_connector(**numbers)["PhoneNumberErrors"] == []


def test_calls_of_both_services_are_counted_together_and_told_apart_in_the_log(voice: VoiceStage, stage: Stage):
    voice.api.list_phone_numbers()
    stage.api.list_phone_numbers()
    voice.api.list_voice_connectors()
    assert voice.sandbox.calls() == {"ListPhoneNumbers": 2, "ListVoiceConnectors": 1}
    services = [(call["service"], call["operation"]) for call in voice.sandbox.log()]
    assert services == [
        ("chime-sdk-voice", "ListPhoneNumbers"), ("chime", "ListPhoneNumbers"),
        ("chime-sdk-voice", "ListVoiceConnectors"),
    ]  # fmt: skip


def test_seeding_thousands_ignores_quotas(voice: VoiceStage):
    voice.sandbox.post("settings", {"voice_connector_quota": 3, "voice_profile_domain_quota": 3})
    asked = {"voice_connectors": 3_000, "voice_connector_groups": 5, "sip_media_applications": 40}
    asked |= {"voice_profile_domains": 1_000, "voice_phone_numbers": 20}
    assert voice.sandbox.post("seed", asked) == asked
    names = set()
    token: dict[str, str] = {}
    while True:
        found = voice.api.list_voice_connectors(**token)
        names |= {item["Name"] for item in found["VoiceConnectors"]}
        if "NextToken" not in found:
            break
        token = {"NextToken": found["NextToken"]}
    assert len(names) == 3_000
    assert voice.number("+13035550100")["Status"] == "Unassigned"
    assert len(voice.api.list_voice_connector_groups()["VoiceConnectorGroups"]) == 5


def test_a_restart_keeps_the_voice_service(tmp_path: Any):
    data = ("--data-file", str(tmp_path / "world.db"))
    with SandboxProcess.start(*data) as sandbox:
        before = VoiceStage(sandbox)
        connector_id, domain_id = before.connector(), before.domain()
        before.buy(LOCAL)
        numbers = {"VoiceConnectorId": connector_id, "E164PhoneNumbers": [LOCAL]}
        before.api.associate_phone_numbers_with_voice_connector(**numbers)
    with SandboxProcess.start(*data) as sandbox:
        after = VoiceStage(sandbox)
        assert after.holders(LOCAL) == [("VoiceConnectorId", connector_id)]
        assert refusal(after.api.delete_voice_connector, VoiceConnectorId=connector_id) == "ConflictException"
        listed = after.api.list_voice_profile_domains()["VoiceProfileDomains"]
        assert [item["VoiceProfileDomainId"] for item in listed] == [domain_id]
