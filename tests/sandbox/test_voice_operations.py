"""All operations of chime-sdk-voice, each really called: on a full world they succeed as the model says, on an empty
one they fail as the model says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from tests.sandbox.bodies import bodies, check_body
from tests.sandbox.voice_stage import EMERGENCY, KEY, ORIGINATION, TERMINATION, VoiceStage, function_in
from tests.sandbox_process import SandboxProcess

MODEL = Loader().load_service_model("chime-sdk-voice", "service-2")
OPERATIONS = sorted(MODEL["operations"])
GONE = ("GetSipMediaApplicationAlexaSkillConfiguration", "PutSipMediaApplicationAlexaSkillConfiguration")
FREE, HELD, QUEUED, DIAL_IN, RULED = (f"+1206555010{at}" for at in range(5))
STREAMING = {"DataRetentionInHours": 1, "Disabled": False}
LOGS = {"EnableSIPLogs": True, "EnableMediaMetricLogs": True}
PROXY = {"DefaultSessionExpiryMinutes": 60, "PhoneNumberPoolCountries": ["US"]}


class World(VoiceStage):
    """A connector with everything that it can have, a spare one, groups, rules, a profile in its domain, numbers."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox)
        sandbox.post("settings", {"order_seconds": 0})
        self.spare, self.full = self.connector("spare"), self.connector("full")
        self.spare_group, self.full_group = self.group(name="spare"), self.group(self.full)
        self.order = self.buy(FREE, HELD, QUEUED)
        self.buy(DIAL_IN, RULED, product="SipMediaApplicationDialIn")
        self.v, self.g = {"VoiceConnectorId": self.full}, {"VoiceConnectorGroupId": self.full_group}
        self._configure()
        self.spare_application, app = self.application(name="spare"), self.application()
        self.s = {"SipMediaApplicationId": app}
        self.r = {"SipRuleId": self.rule(RULED, app, disabled=True)}
        call = self.api.create_sip_media_application_call(
            **self.s, FromPhoneNumber=DIAL_IN, ToPhoneNumber="+13035550150"
        )
        self.transaction = call["SipMediaApplicationCall"]["TransactionId"]
        self.d = {"VoiceProfileDomainId": self.domain()}
        self.task = self.search(self.full, self.d["VoiceProfileDomainId"])
        profile = self.api.create_voice_profile(SpeakerSearchTaskId=self.task)["VoiceProfile"]
        self.p = {"VoiceProfileId": profile["VoiceProfileId"]}
        tone = self.api.start_voice_tone_analysis_task(**self.v, TransactionId="t-1", LanguageCode="en-US")
        self.tone = tone["VoiceToneAnalysisTask"]["VoiceToneAnalysisTaskId"]
        self.arn = self.api.get_voice_connector(**self.v)["VoiceConnector"]["VoiceConnectorArn"]

    def _configure(self) -> None:
        api = self.api
        api.put_voice_connector_termination(**self.v, Termination=TERMINATION)
        api.put_voice_connector_origination(**self.v, Origination=ORIGINATION)
        credentials = [{"Username": "ann", "Password": "p"}]
        api.put_voice_connector_termination_credentials(**self.v, Credentials=credentials)
        api.put_voice_connector_streaming_configuration(**self.v, StreamingConfiguration=STREAMING)
        api.put_voice_connector_proxy(**self.v, **PROXY)
        api.put_voice_connector_external_systems_configuration(**self.v, SessionBorderControllerTypes=["RIBBON_SBC"])
        api.put_voice_connector_emergency_calling_configuration(**self.v, EmergencyCallingConfiguration=EMERGENCY)
        self.sandbox.post(f"equipment/{self.full}/options", {"source": "203.0.113.9"})
        api.associate_phone_numbers_with_voice_connector(**self.v, E164PhoneNumbers=[HELD])
        api.delete_phone_number(PhoneNumberId=QUEUED)
        people = ["+13035550150", "+13035550151"]
        session = api.create_proxy_session(**self.v, ParticipantPhoneNumbers=people, Capabilities=["Voice"])
        self.session = {**self.v, "ProxySessionId": session["ProxySession"]["ProxySessionId"]}

    def without_emergency_calling(self) -> dict[str, Any]:
        self.api.delete_voice_connector_emergency_calling_configuration(**self.v)
        return self.v


CALLS: dict[str, Callable[[World], dict[str, Any]]] = {
    "AssociatePhoneNumbersWithVoiceConnector": lambda w: {**w.v, "E164PhoneNumbers": [FREE]},
    "AssociatePhoneNumbersWithVoiceConnectorGroup": lambda w: {**w.g, "E164PhoneNumbers": [FREE]},
    "BatchDeletePhoneNumber": lambda w: {"PhoneNumberIds": [FREE]},
    "BatchUpdatePhoneNumber": lambda w: {"UpdatePhoneNumberRequestItems": [{"PhoneNumberId": FREE, "Name": "desk"}]},
    "CreatePhoneNumberOrder": lambda w: {"ProductType": "VoiceConnector", "E164PhoneNumbers": ["+14155550100"]},
    "CreateProxySession": lambda w: {
        **w.v,
        "ParticipantPhoneNumbers": ["+13035550150", "+13035550151"],
        "Capabilities": ["Voice", "SMS"],
        "GeoMatchLevel": "AreaCode",
        "GeoMatchParams": {"Country": "US", "AreaCode": "303"},
    },
    "CreateSipMediaApplication": lambda w: {
        "AwsRegion": "us-east-1", "Name": "new", "Endpoints": [{"LambdaArn": function_in("us-east-1")}],
    },
    "CreateSipMediaApplicationCall": lambda w: {**w.s, "FromPhoneNumber": DIAL_IN, "ToPhoneNumber": "+13035550150"},
    "CreateSipRule": lambda w: {
        "Name": "new", "TriggerType": "ToPhoneNumber", "TriggerValue": DIAL_IN,
        "TargetApplications": [{**w.s, "Priority": 1}],
    },
    "CreateVoiceConnector": lambda w: {"Name": "new", "RequireEncryption": True},
    "CreateVoiceConnectorGroup": lambda w: {"Name": "new", "VoiceConnectorItems": [{**w.v, "Priority": 1}]},
    "CreateVoiceProfile": lambda w: {"SpeakerSearchTaskId": w.task},
    "CreateVoiceProfileDomain": lambda w: {"Name": "new", "ServerSideEncryptionConfiguration": {"KmsKeyArn": KEY}},
    "DeletePhoneNumber": lambda w: {"PhoneNumberId": FREE},
    "DeleteProxySession": lambda w: w.session,
    "DeleteSipMediaApplication": lambda w: {"SipMediaApplicationId": w.spare_application},
    "DeleteSipRule": lambda w: w.r,
    "DeleteVoiceConnector": lambda w: {"VoiceConnectorId": w.spare},
    "DeleteVoiceConnectorEmergencyCallingConfiguration": lambda w: w.v,
    "DeleteVoiceConnectorExternalSystemsConfiguration": lambda w: w.v,
    "DeleteVoiceConnectorGroup": lambda w: {"VoiceConnectorGroupId": w.spare_group},
    "DeleteVoiceConnectorOrigination": World.without_emergency_calling,
    "DeleteVoiceConnectorProxy": lambda w: w.v,
    "DeleteVoiceConnectorStreamingConfiguration": lambda w: w.v,
    "DeleteVoiceConnectorTermination": World.without_emergency_calling,
    "DeleteVoiceConnectorTerminationCredentials": lambda w: {**w.v, "Usernames": ["ann"]},
    "DeleteVoiceProfile": lambda w: w.p,
    "DeleteVoiceProfileDomain": lambda w: w.d,
    "DisassociatePhoneNumbersFromVoiceConnector": lambda w: {**w.v, "E164PhoneNumbers": [HELD]},
    "DisassociatePhoneNumbersFromVoiceConnectorGroup": lambda w: {**w.g, "E164PhoneNumbers": [FREE]},
    "GetGlobalSettings": lambda w: {},
    "GetPhoneNumber": lambda w: {"PhoneNumberId": FREE},
    "GetPhoneNumberOrder": lambda w: {"PhoneNumberOrderId": w.order},
    "GetPhoneNumberSettings": lambda w: {},
    "GetProxySession": lambda w: w.session,
    "GetSipMediaApplication": lambda w: w.s,
    "GetSipMediaApplicationAlexaSkillConfiguration": lambda w: w.s,
    "GetSipMediaApplicationLoggingConfiguration": lambda w: w.s,
    "GetSipRule": lambda w: w.r,
    "GetSpeakerSearchTask": lambda w: {**w.v, "SpeakerSearchTaskId": w.task},
    "GetVoiceConnector": lambda w: w.v,
    "GetVoiceConnectorEmergencyCallingConfiguration": lambda w: w.v,
    "GetVoiceConnectorExternalSystemsConfiguration": lambda w: w.v,
    "GetVoiceConnectorGroup": lambda w: w.g,
    "GetVoiceConnectorLoggingConfiguration": lambda w: w.v,
    "GetVoiceConnectorOrigination": lambda w: w.v,
    "GetVoiceConnectorProxy": lambda w: w.v,
    "GetVoiceConnectorStreamingConfiguration": lambda w: w.v,
    "GetVoiceConnectorTermination": lambda w: w.v,
    "GetVoiceConnectorTerminationHealth": lambda w: w.v,
    "GetVoiceProfile": lambda w: w.p,
    "GetVoiceProfileDomain": lambda w: w.d,
    "GetVoiceToneAnalysisTask": lambda w: {**w.v, "VoiceToneAnalysisTaskId": w.tone, "IsCaller": False},
    "ListAvailableVoiceConnectorRegions": lambda w: {},
    "ListPhoneNumberOrders": lambda w: {},
    "ListPhoneNumbers": lambda w: {"ProductType": "VoiceConnector"},
    "ListProxySessions": lambda w: {**w.v, "Status": "Open"},
    "ListSipMediaApplications": lambda w: {},
    "ListSipRules": lambda w: w.s,
    "ListSupportedPhoneNumberCountries": lambda w: {"ProductType": "VoiceConnector"},
    "ListTagsForResource": lambda w: {"ResourceARN": w.arn},
    "ListVoiceConnectorGroups": lambda w: {},
    "ListVoiceConnectorTerminationCredentials": lambda w: w.v,
    "ListVoiceConnectors": lambda w: {},
    "ListVoiceProfileDomains": lambda w: {},
    "ListVoiceProfiles": lambda w: w.d,
    "PutSipMediaApplicationAlexaSkillConfiguration": lambda w: w.s,
    "PutSipMediaApplicationLoggingConfiguration": lambda w: {
        **w.s, "SipMediaApplicationLoggingConfiguration": {"EnableSipMediaApplicationMessageLogs": True},
    },
    "PutVoiceConnectorEmergencyCallingConfiguration": lambda w: {**w.v, "EmergencyCallingConfiguration": EMERGENCY},
    "PutVoiceConnectorExternalSystemsConfiguration": lambda w: {**w.v, "SessionBorderControllerTypes": ["AVAYA_SBCE"]},
    "PutVoiceConnectorLoggingConfiguration": lambda w: {**w.v, "LoggingConfiguration": LOGS},
    "PutVoiceConnectorOrigination": lambda w: {**w.v, "Origination": ORIGINATION},
    "PutVoiceConnectorProxy": lambda w: {**w.v, **PROXY},
    "PutVoiceConnectorStreamingConfiguration": lambda w: {**w.v, "StreamingConfiguration": STREAMING},
    "PutVoiceConnectorTermination": lambda w: {**w.v, "Termination": TERMINATION},
    "PutVoiceConnectorTerminationCredentials": lambda w: {
        **w.v, "Credentials": [{"Username": "bob", "Password": "p"}],
    },
    "RestorePhoneNumber": lambda w: {"PhoneNumberId": QUEUED},
    "SearchAvailablePhoneNumbers": lambda w: {"AreaCode": "206", "MaxResults": 500},
    "StartSpeakerSearchTask": lambda w: {**w.v, **w.d, "TransactionId": "t-2"},
    "StartVoiceToneAnalysisTask": lambda w: {**w.v, "TransactionId": "t-2", "LanguageCode": "en-US"},
    "StopSpeakerSearchTask": lambda w: {**w.v, "SpeakerSearchTaskId": w.task},
    "StopVoiceToneAnalysisTask": lambda w: {**w.v, "VoiceToneAnalysisTaskId": w.tone},
    "TagResource": lambda w: {"ResourceARN": w.arn, "Tags": [{"Key": "team", "Value": "voice"}]},
    "UntagResource": lambda w: {"ResourceARN": w.arn, "TagKeys": ["team"]},
    "UpdateGlobalSettings": lambda w: {"VoiceConnector": {"CdrBucket": "records"}},
    "UpdatePhoneNumber": lambda w: {"PhoneNumberId": FREE, "ProductType": "SipMediaApplicationDialIn"},
    "UpdatePhoneNumberSettings": lambda w: {"CallingName": "Acme"},
    "UpdateProxySession": lambda w: {**w.session, "Capabilities": ["SMS"]},
    "UpdateSipMediaApplication": lambda w: {**w.s, "Name": "new"},
    "UpdateSipMediaApplicationCall": lambda w: {**w.s, "TransactionId": w.transaction, "Arguments": {"a": "b"}},
    "UpdateSipRule": lambda w: {**w.r, "Name": "new", "TargetApplications": [{**w.s, "Priority": 2}]},
    "UpdateVoiceConnector": lambda w: {**w.v, "Name": "new", "RequireEncryption": True},
    "UpdateVoiceConnectorGroup": lambda w: {**w.g, "Name": "new", "VoiceConnectorItems": []},
    "UpdateVoiceProfile": lambda w: {**w.p, "SpeakerSearchTaskId": w.task},
    "UpdateVoiceProfileDomain": lambda w: {**w.d, "Name": "new", "Description": ""},
    "ValidateE911Address": lambda w: {
        "AwsAccountId": "111122223333", "StreetNumber": "200", "StreetInfo": "8th Avenue", "City": "Portland",
        "State": "OR", "Country": "US", "PostalCode": "97201",
    },
}  # fmt: skip


def test_every_operation_of_the_model_has_a_call_here() -> None:
    assert sorted(CALLS) == OPERATIONS
    assert len(OPERATIONS) >= 96


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_succeeds_with_the_status_and_the_members_of_the_model(
    sandbox: SandboxProcess, operation: str
) -> None:
    world = World(sandbox)
    call, params = getattr(world.api, xform_name(operation)), CALLS[operation](world)
    if operation in GONE:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            call(**params)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
        return
    with bodies(world.api) as received:
        answer = call(**params)
    spec = MODEL["operations"][operation]
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == spec["http"].get("responseCode", 200)
    output = spec.get("output", {}).get("shape")
    (body,) = received
    check_body(MODEL, output, body)
    declared = MODEL["shapes"][output]["members"] if output else {}
    assert [entry for name, value in answer.items() if name.endswith("Errors") for entry in value] == []
    if declared and operation != "GetPhoneNumberSettings":
        assert answer, f"{operation} answered with none of {', '.join(declared)}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_on_an_empty_world_an_operation_succeeds_or_fails_as_the_model_says(
    sandbox: SandboxProcess, operation: str
) -> None:
    spec = MODEL["operations"][operation]
    params = _least(spec["input"]["shape"]) if "input" in spec else {}
    try:
        getattr(VoiceStage(sandbox).api, xform_name(operation))(**params)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in {item["shape"] for item in spec["errors"]}, error
    assert sandbox.calls()[operation] == 1


def _least(shape_name: str) -> Any:
    """The smallest input that the model allows."""
    shape = MODEL["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        return {name: _least(shape["members"][name]["shape"]) for name in shape.get("required", ())}
    if kind == "list":
        return [_least(shape["member"]["shape"])] * shape.get("min", 1)
    if kind == "map":
        return {}
    if kind == "boolean":
        return True
    if kind == "integer":
        return shape.get("min", 1)
    if "enum" in shape:
        return shape["enum"][0]
    samples = {
        "Alpha2CountryCode": "US",
        "Arn": "arn:aws:chime:us-east-1:111122223333:vc/" + "0" * 22,
        "Country": "US",
        "E164PhoneNumber": "+12065550100",
        "GuidString": "00000000-0000-4000-8000-000000000000",
        "VoiceConnectorId": "0" * 22,
    }
    return samples.get(shape_name, "x" * max(shape.get("min", 1), 2))
