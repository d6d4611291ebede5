"""What a person may do with a phone number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import (
    ACCOUNT,
    PARENT,
    Api,
    Call,
    Consequence,
    Detail,
    Made,
    Resource,
    Scope,
    ServerDefault,
    Transition,
    Wire,
)


def _switch(name: str) -> Made:
    """The service takes all three or none, so what no file names is sent as it is live."""
    return Made(lambda values: bool(values.get(name)))


def _has_registered(scope: Scope) -> bool:
    """Of a person who has not, the service shows no more than the address and the licence [guide: Adding users]."""
    return scope.parent is not None and scope.parent.facts.get("registration") != "Unregistered"


class Telephony(Resource, kind="telephony", path="accounts.*.users.*.telephony"):
    """What a person may do with a phone number: calls and text messages.

    Everything is off after a number was assigned, and a number on which everything is off is dead. A setting that is
    not written is left as it is, also when the whole block is removed [guide: Assigning Business Calling numbers].
    """

    inbound: Annotated[
        bool | None,
        Wire("UserSettings.Telephony.InboundCalling"),
        ServerDefault(False),
        Field(description="The person can be called."),
    ] = None
    outbound: Annotated[
        bool | None,
        Wire("UserSettings.Telephony.OutboundCalling"),
        ServerDefault(False),
        Field(description="The person can call."),
    ] = None
    sms: Annotated[
        bool | None,
        Wire("UserSettings.Telephony.SMS"),
        ServerDefault(False),
        Field(description="The person can send and receive text messages."),
    ] = None

    reset_by = "phone"
    retire_means = "left as they are"
    api = Api(
        service="chime",
        readable=_has_registered,
        details=(
            Detail(
                "GetUserSettings",
                sends={"AccountId": ACCOUNT, "UserId": PARENT},
                fields=("inbound", "outbound", "sms"),
            ),
        ),
        updates=(
            Call(
                "UpdateUserSettings",
                sends={
                    "AccountId": ACCOUNT,
                    "UserId": PARENT,
                    "UserSettings": {
                        "Telephony": {
                            "InboundCalling": _switch("inbound"),
                            "OutboundCalling": _switch("outbound"),
                            "SMS": _switch("sms"),
                        }
                    },
                },
                sets=("inbound", "outbound", "sms"),
                after=("AssociatePhoneNumberWithUser",),
            ),
        ),
    )

    @classmethod
    def is_worth_reading(cls, scope: Scope) -> bool:
        """It takes a call for each person, and means something only to those who have a number."""
        return scope.parent is not None and bool(scope.parent.values.get("phone"))

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "update":
            yield Consequence(
                "sign-in-again",
                "notice",
                "works once she has signed out and in again",
                "guide: Assigning Business Calling numbers",
            )
