"""A Voice Connector: the SIP trunk between a phone system and the public network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from .base import ID, Api, Call, Consequence, Fixed, Listing, Made, Of, Resets, Resource, Transition, Wire
from .proxy_session import PROXY_SESSIONS
from .voice_objects import APPEARS_WITHIN, CHANGE_TAGS, PAGE, READ_TAGS, SERVICE, Region, Tags, VoiceName, encryption_of

_NETWORKS = {"IPV4_ONLY": "ipv4-only", "DUAL_STACK": "dual-stack"}
_WIRE_NETWORKS = {ours: wire for wire, ours in _NETWORKS.items()}
_INTEGRATIONS = {"CONNECT_CALL_TRANSFER_CONNECTOR": "call-transfer", "CONNECT_ANALYTICS_CONNECTOR": "analytics"}
_WIRE_INTEGRATIONS = {ours: wire for wire, ours in _INTEGRATIONS.items()}
_ABOUT = "developer guide: Managing Amazon Chime Voice Connectors"


class VoiceConnector(Resource, kind="voice_connector", path="voice_connectors.*"):
    """A Voice Connector. Termination, origination and the rest of its settings stand below it.

    It can be deleted only when no phone number and no group belongs to it any more.
    """

    name: VoiceName
    region: Region = "us-east-1"
    require_encryption: Annotated[
        bool | None,
        Wire("RequireEncryption"),
        Field(description="TLS and SRTP only. Not written: on for a new one, and else left as it is."),
    ] = None
    network_type: Annotated[
        Literal["ipv4-only", "dual-stack"] | None,
        Wire("NetworkType", of=lambda wire: _NETWORKS.get(wire, wire), to=_WIRE_NETWORKS.__getitem__),
        Fixed("no operation changes the network of a Voice Connector [botocore UpdateVoiceConnector]"),
        Field(description="IPv4, or IPv4 and IPv6."),
    ] = None
    integration: Annotated[
        Literal["call-transfer", "analytics"] | None,
        Wire("IntegrationType", of=lambda wire: _INTEGRATIONS.get(wire, wire), to=_WIRE_INTEGRATIONS.__getitem__),
        Fixed("no operation changes what a Voice Connector is made for [botocore UpdateVoiceConnector]"),
        Field(description="Made for Amazon Connect: to transfer calls, or to analyse them."),
    ] = None
    tags: Annotated[Tags | None, Resets(None), Field(description="All tags that it is to have.")] = None

    alike = ("name", "region")
    one_offs = PROXY_SESSIONS
    retire_means = "deleted, and its host name with it"
    api = Api(
        service=SERVICE,
        is_regional=True,
        appears_within=APPEARS_WITHIN,
        listing=(Listing("ListVoiceConnectors", items="VoiceConnectors", page_size=PAGE),),
        details=(READ_TAGS,),
        id="VoiceConnectorId",
        facts={"arn": "VoiceConnectorArn", "host": "OutboundHostName", "created": "CreatedTimestamp"},
        create=Call(
            "CreateVoiceConnector",
            sends={
                "Name": Of("name"),
                "AwsRegion": Of("region"),
                "RequireEncryption": Made(encryption_of),
                "NetworkType": Of("network_type"),
                "IntegrationType": Of("integration"),
                "Tags": Of("tags"),
            },
            sets=("name", "region", "require_encryption", "network_type", "integration", "tags"),
            id_in="VoiceConnector.VoiceConnectorId",
        ),
        updates=(
            # both members are required, so that what no file names is sent as it is
            Call(
                "UpdateVoiceConnector",
                sends={
                    "VoiceConnectorId": ID,
                    "Name": Made(lambda values: values.get("name")),
                    "RequireEncryption": Made(encryption_of),
                },
                sets=("name", "require_encryption"),
                whole=True,
            ),
            *CHANGE_TAGS,
        ),
        retire=(Call("DeleteVoiceConnector", sends={"VoiceConnectorId": ID}),),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence(
                "connector-deletion",
                "irreversible",
                "calls through it end, and a new one will have another host name",
                _ABOUT,
            )
            if left := [one.name for one in transition.remaining if one.parts[-2] == "alarms"]:
                yield Consequence(
                    "alarms-left",
                    "notice",
                    f"alarms that no file names stay in CloudWatch and watch nothing any more: {', '.join(left)}",
                    "CloudWatch API reference: PutMetricAlarm",
                )
        elif transition.action == "update" and transition.changes("require_encryption"):
            if transition.after.get("require_encryption"):
                yield Consequence(
                    "encryption-required",
                    "caution",
                    "phone systems that do not speak TLS and SRTP can no longer call out through it",
                    _ABOUT,
                )
            else:
                yield Consequence("encryption-optional", "caution", "calls through it may travel unencrypted", _ABOUT)
