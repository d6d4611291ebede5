"""Where call detail records are delivered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Api, Call, Detail, Of, Resource, Wire


class CallDetailRecords(Resource, kind="call_detail_records", path="settings.call_detail_records"):
    """Delivery of Business Calling records to an S3 bucket [guide: Configuring call detail records]."""

    bucket: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            description="An existing bucket; it must not be encrypted with a customer key.",
        ),
        Wire("BusinessCalling.CdrBucket"),
    ]

    retire_means = "turned off"
    api = Api(
        service="chime",
        details=(Detail("GetGlobalSettings", sends={}, fields=("bucket",)),),
        updates=(
            Call("UpdateGlobalSettings", sends={"BusinessCalling": {"CdrBucket": Of("bucket")}}, sets=("bucket",)),
        ),
        # an empty block turns the delivery off [botocore chime UpdateGlobalSettings]
        retire=(Call("UpdateGlobalSettings", sends={"BusinessCalling": {}}, clears=("bucket",), label="off"),),
    )
