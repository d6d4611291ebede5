"""A set of voices that speaker search knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import ID, Api, Call, Consequence, Detail, Fixed, Listing, Made, Of, Resets, Resource, Transition, Wire
from .voice_objects import APPEARS_WITHIN, CHANGE_TAGS, PAGE, READ_TAGS, SERVICE, Region, Tags, VoiceName

_ENCRYPTION = "ServerSideEncryptionConfiguration"
_ABOUT = "developer guide: Using voice analytics"


class VoiceProfileDomain(Resource, kind="voice_profile_domain", path="voice_profile_domains.*"):
    """A voice profile domain: voice prints of people, encrypted with a key of your own."""

    name: VoiceName
    region: Region = "us-east-1"
    description: Annotated[
        str | None,
        Wire("Description", of=lambda text: text or None),
        Resets(None),
        Field(max_length=1024, description="What it is for, up to 1,024 characters."),
    ] = None
    kms_key: Annotated[
        str,
        Field(pattern=r"^arn:aws[\w-]*:kms:\S+$", description="The ARN of a symmetric KMS key in the same Region."),
        Wire(f"{_ENCRYPTION}.KmsKeyArn"),
        Fixed("no operation encrypts what is there with another key [botocore UpdateVoiceProfileDomain]"),
    ]
    tags: Annotated[Tags | None, Resets(None), Field(description="All tags that it is to have.")] = None

    alike = ("name", "region")
    retire_means = "deleted with all its voice profiles"
    api = Api(
        service=SERVICE,
        is_regional=True,
        appears_within=APPEARS_WITHIN,
        listing=(Listing("ListVoiceProfileDomains", items="VoiceProfileDomains", page_size=PAGE),),
        details=(
            # the list has no key, and the key never changes
            Detail(
                "GetVoiceProfileDomain",
                sends={"VoiceProfileDomainId": ID},
                fields=("kms_key",),
                member="VoiceProfileDomain",
                once=True,
            ),
            READ_TAGS,
        ),
        id="VoiceProfileDomainId",
        facts={"arn": "VoiceProfileDomainArn", "created": "CreatedTimestamp"},
        create=Call(
            "CreateVoiceProfileDomain",
            sends={
                "Name": Of("name"),
                "Description": Of("description"),
                _ENCRYPTION: {"KmsKeyArn": Of("kms_key")},
                "Tags": Of("tags"),
            },
            sets=("name", "region", "description", "kms_key", "tags"),
            id_in="VoiceProfileDomain.VoiceProfileDomainId",
        ),
        updates=(
            Call(
                "UpdateVoiceProfileDomain",
                sends={
                    "VoiceProfileDomainId": ID,
                    "Name": Of("name"),
                    "Description": Made(lambda values: values.get("description") or ""),
                },
                sets=("name", "description"),
                clears=("description",),
            ),
            *CHANGE_TAGS,
        ),
        retire=(Call("DeleteVoiceProfileDomain", sends={"VoiceProfileDomainId": ID}),),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence("voice-profiles-deleted", "irreversible", "all voice profiles in it are deleted", _ABOUT)
