"""The sandbox as the voice tests speak of it: unmodified botocore for chime-sdk-voice, in any Region."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.sandbox_process import SandboxProcess

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LOCAL, OTHER, THIRD = "+12065550100", "+12065550101", "+12065550102"
TERMINATION = {"CallingRegions": ["US"], "CidrAllowedList": ["198.51.100.0/28"]}
ORIGINATION = {"Routes": [{"Host": "203.0.113.7", "Protocol": "TCP", "Priority": 1, "Weight": 5}]}
EMERGENCY = {"DNIS": [{"EmergencyPhoneNumber": "+13035550911", "CallingCountry": "US"}]}


class VoiceStage:
    """One sandbox with short words for what most tests need first; `api` is the client of us-east-1."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.api = self.client()

    def client(self, region: str = "us-east-1") -> Any:
        return make_client(self.sandbox.url, region)

    def connector(self, name: str = "trunk", *, is_encrypted: bool = False, **more: Any) -> str:
        made = self.api.create_voice_connector(Name=name, RequireEncryption=is_encrypted, **more)
        connector_id: str = made["VoiceConnector"]["VoiceConnectorId"]
        return connector_id

    def connector_id(self, name: str = "main") -> str:
        """Of the connector that somebody else has made."""
        found = {one["Name"]: one["VoiceConnectorId"] for one in self.api.list_voice_connectors()["VoiceConnectors"]}
        return str(found[name])

    def group(self, *connectors: str, name: str = "fail-over") -> str:
        items = [{"VoiceConnectorId": connector, "Priority": at} for at, connector in enumerate(connectors, 1)]
        made = self.api.create_voice_connector_group(Name=name, VoiceConnectorItems=items)
        group_id: str = made["VoiceConnectorGroup"]["VoiceConnectorGroupId"]
        return group_id

    def application(self, region: str = "us-east-1", name: str = "ivr") -> str:
        endpoints = [{"LambdaArn": function_in(region)}]
        made = self.api.create_sip_media_application(AwsRegion=region, Name=name, Endpoints=endpoints)
        application_id: str = made["SipMediaApplication"]["SipMediaApplicationId"]
        return application_id

    def rule(self, trigger: str, *applications: str, disabled: bool = False) -> str:
        made = self.api.create_sip_rule(
            Name="rule",
            TriggerType="ToPhoneNumber" if trigger.startswith("+") else "RequestUriHostname",
            TriggerValue=trigger,
            Disabled=disabled,
            TargetApplications=[
                {"SipMediaApplicationId": application, "Priority": at} for at, application in enumerate(applications, 1)
            ],
        )
        rule_id: str = made["SipRule"]["SipRuleId"]
        return rule_id

    def domain(self, name: str = "callers", **more: Any) -> str:
        made = self.api.create_voice_profile_domain(
            Name=name, ServerSideEncryptionConfiguration={"KmsKeyArn": KEY}, **more
        )
        domain_id: str = made["VoiceProfileDomain"]["VoiceProfileDomainId"]
        return domain_id

    def search(self, connector_id: str, domain_id: str, **more: Any) -> str:
        made = self.api.start_speaker_search_task(
            VoiceConnectorId=connector_id, VoiceProfileDomainId=domain_id, TransactionId="t-1", **more
        )
        task_id: str = made["SpeakerSearchTask"]["SpeakerSearchTaskId"]
        return task_id

    def host(self, connector_id: str) -> str:
        connector = self.api.get_voice_connector(VoiceConnectorId=connector_id)["VoiceConnector"]
        return str(connector["OutboundHostName"])

    def buy(self, *numbers: str, product: str = "VoiceConnector") -> str:
        """Order numbers and let the order finish; the order's identifier."""
        order = self.api.create_phone_number_order(ProductType=product, E164PhoneNumbers=list(numbers))
        self.sandbox.advance(10)
        return str(order["PhoneNumberOrder"]["PhoneNumberOrderId"])

    def number(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get_phone_number(PhoneNumberId=number)["PhoneNumber"]
        return found

    def holders(self, number: str) -> list[tuple[str, str]]:
        return [(entry["Name"], entry["Value"]) for entry in self.number(number)["Associations"]]


def function_in(region: str) -> str:
    return f"arn:aws:lambda:{region}:111122223333:function:ivr"


@cache
def make_client(url: str, region: str, *, is_checking: bool = True) -> Any:
    """One that is not checking sends what the model forbids, as other clients may."""
    # Making a client reads the whole service model: one for all tests of a sandbox.
    import boto3
    from botocore.config import Config

    return boto3.client(
        "chime-sdk-voice",
        endpoint_url=f"{url}/chime-sdk-voice",
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=is_checking),
    )
