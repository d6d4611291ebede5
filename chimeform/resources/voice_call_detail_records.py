"""Where call detail records of Voice Connectors are delivered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Api, Call, Detail, Of, Resource, Wire
from .voice_objects import SERVICE


class VoiceCallDetailRecords(Resource, kind="voice_call_detail_records", path="settings.voice_call_detail_records"):
    """Delivery of the records of Voice Connectors and SIP media applications to an S3 bucket.

    It holds for the whole AWS account.
    """

    bucket: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            description="An existing bucket; it must not be encrypted with a customer key.",
        ),
        Wire("VoiceConnector.CdrBucket"),
    ]

    retire_means = "turned off"
    api = Api(
        service=SERVICE,
        details=(Detail("GetGlobalSettings", sends={}, fields=("bucket",)),),
        updates=(
            Call("UpdateGlobalSettings", sends={"VoiceConnector": {"CdrBucket": Of("bucket")}}, sets=("bucket",)),
        ),
        # an empty block turns the delivery off [botocore chime-sdk-voice UpdateGlobalSettings]
        retire=(Call("UpdateGlobalSettings", sends={"VoiceConnector": {}}, clears=("bucket",), label="off"),),
    )
