"""A program that answers calls: a Lambda function behind the public telephone network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from ..address import Address
from .base import ID, Api, Broken, Call, Consequence, Declared, Detail, Listing, Of, Resets, Resource, Transition, Wire
from .voice_objects import APPEARS_WITHIN, CHANGE_TAGS, PAGE, READ_TAGS, SERVICE, Region, Tags, VoiceName

_LOGGING = "SipMediaApplicationLoggingConfiguration"
_MESSAGES = "EnableSipMediaApplicationMessageLogs"
_ABOUT = "developer guide: Managing SIP media applications"


def _function_of(endpoints: list[Mapping[str, Any]]) -> str | None:
    """An application has exactly one endpoint [botocore SipMediaApplicationEndpointList]."""
    return endpoints[0].get("LambdaArn") if endpoints else None


class SipMediaApplication(Resource, kind="sip_media_application", path="sip_media_applications.*"):
    """A SIP media application: calls that SIP rules lead to it are answered by its Lambda function.

    It can be deleted only when no rule leads to it any more.
    """

    name: VoiceName
    region: Region = "us-east-1"
    function: Annotated[
        str,
        Field(
            pattern=r"^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:\S+$",
            description="The ARN of the Lambda function, or of a version or an alias, in the same Region.",
        ),
        Wire("Endpoints", of=_function_of, to=lambda arn: [{"LambdaArn": arn}]),
    ]
    logging: Annotated[
        bool,
        Wire(f"{_LOGGING}.{_MESSAGES}"),
        Field(description="Log the messages to and from the function in CloudWatch."),
    ] = False
    tags: Annotated[Tags | None, Resets(None), Field(description="All tags that it is to have.")] = None

    alike = ("name", "region")
    api = Api(
        service=SERVICE,
        is_regional=True,
        appears_within=APPEARS_WITHIN,
        listing=(Listing("ListSipMediaApplications", items="SipMediaApplications", page_size=PAGE),),
        details=(
            Detail(
                "GetSipMediaApplicationLoggingConfiguration",
                sends={"SipMediaApplicationId": ID},
                fields=("logging",),
                member=_LOGGING,
                into=_LOGGING,
                absent_is_empty=True,
            ),
            READ_TAGS,
        ),
        id="SipMediaApplicationId",
        facts={"arn": "SipMediaApplicationArn", "created": "CreatedTimestamp"},
        create=Call(
            "CreateSipMediaApplication",
            sends={
                "Name": Of("name"),
                "AwsRegion": Of("region"),
                "Endpoints": Of("function"),
                "Tags": Of("tags"),
            },
            sets=("name", "region", "function", "tags"),
            id_in="SipMediaApplication.SipMediaApplicationId",
        ),
        updates=(
            Call(
                "UpdateSipMediaApplication",
                sends={"SipMediaApplicationId": ID, "Name": Of("name"), "Endpoints": Of("function")},
                sets=("name", "function"),
            ),
            Call(
                "PutSipMediaApplicationLoggingConfiguration",
                sends={"SipMediaApplicationId": ID, _LOGGING: {_MESSAGES: Of("logging")}},
                sets=("logging",),
            ),
            *CHANGE_TAGS,
        ),
        retire=(Call("DeleteSipMediaApplication", sends={"SipMediaApplicationId": ID}),),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, SipMediaApplication)
        region = spec.function.split(":")[3]
        if region != spec.region:
            yield Broken(
                "CF-SMA-001",
                f"{address}.function: the function is in {region} and the application in {spec.region}",
                why="an application calls a function of its own Region only [botocore CreateSipMediaApplication]",
                do=f"write 'region: {region}', or name a function in {spec.region}",
                field="function",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence("application-deletion", "caution", "calls that it answers end", _ABOUT)
        elif transition.action == "update" and transition.changes("function"):
            yield Consequence("other-function", "caution", "new calls are answered by the other function", _ABOUT)
