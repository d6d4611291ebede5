"""Meeting policies of an account."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import PARENT, Api, Call, Detail, Of, Resource, ServerDefault, Wire


def _inverted(value: bool) -> bool:
    return not value


class Meetings(Resource, kind="meetings", path="accounts.*.meetings"):
    """What people may do in meetings [guide: Meeting policy settings].

    A setting that is not written is left as it is, also when the whole block is removed.
    """

    screen_sharing_control: Annotated[
        bool | None,
        # the API says "disable", the console and people say "enable"
        Wire("AccountSettings.DisableRemoteControl", of=_inverted, to=_inverted),
        ServerDefault(True),
        Field(description="People may share control of their screen."),
    ] = None
    call_me: Annotated[
        bool | None,
        Wire("AccountSettings.EnableDialOut"),
        ServerDefault(False),
        Field(description="People may have the meeting call their phone."),
    ] = None

    retire_means = "left as they are"
    api = Api(
        service="chime",
        details=(
            Detail("GetAccountSettings", sends={"AccountId": PARENT}, fields=("screen_sharing_control", "call_me")),
        ),
        updates=(
            Call(
                "UpdateAccountSettings",
                sends={
                    "AccountId": PARENT,
                    "AccountSettings": {
                        "DisableRemoteControl": Of("screen_sharing_control"),
                        "EnableDialOut": Of("call_me"),
                    },
                },
                sets=("screen_sharing_control", "call_me"),
            ),
        ),
    )
