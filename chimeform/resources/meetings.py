"""Meeting policies of an account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import PARENT, Api, Call, Detail, Of, Resource, ServerDefault, Shown, Wire
from .by_hand import CONSOLE, ByHand, ConsoleOnly
from .values import IN_NO_ORDER


def _inverted(value: bool) -> bool:
    return not value


Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


def _regions_text(value: list[str] | tuple[str, ...] | str) -> str:
    return "all available Regions" if isinstance(value, str) else ", ".join(value)


_OPEN = f"open {CONSOLE} and choose Accounts, then {{account}}"


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
    regions: Annotated[
        # which Regions there are changes with time, so only the form is checked
        Annotated[tuple[Region, ...], Field(strict=False, min_length=1), IN_NO_ORDER] | Literal["all"] | None,
        ConsoleOnly(),
        Shown(_regions_text),
        Field(description="The Regions in which meetings may be processed, or `all`."),
    ] = None
    slack_sign_in: Annotated[
        bool | None, ConsoleOnly(), Field(description="People may sign in through the Amazon Chime app for Slack.")
    ] = None

    retire_means = "left as they are"
    by_hand = (
        ByHand(
            "regions",
            "the meeting Regions are chosen",
            sets=("regions",),
            steps=(
                _OPEN,
                "choose Settings, Meetings, Regions",
                "choose {regions}, and no other",
                "save the change",
            ),
            source="guide: Choosing meeting Regions",
        ),
        ByHand(
            "slack_sign_in",
            "the sign-in through Slack is set",
            sets=("slack_sign_in",),
            steps=(
                _OPEN,
                "choose Settings, Meetings",
                "under application access, set the sign-in through the Slack app to {slack_sign_in}",
                "save the change",
            ),
            source="guide: Associating Slack workspaces",
        ),
    )
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
