"""Calls between two people who do not learn one another's number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from .base import Api, Call, Consequence, Of, Resets, Resource, Shown, Transition, Wire
from .values import E164, IN_NO_ORDER
from .voice_objects import CONNECTOR, SERVICE, Country, read_part

_FIELDS = ("countries", "session_expiry_minutes", "fallback_number", "disabled")
_ABOUT = "guide: Proxy phone sessions"


class Proxy(Resource, kind="proxy", path="voice_connectors.*.proxy"):
    """Proxy phone sessions of a Voice Connector: how long they last, and of which countries their numbers are.

    Sessions are opened with `chimeform do create-proxy-session`. AWS has announced that it ends its support for them on
    7 April 2026 [API reference: PutVoiceConnectorProxy].
    """

    countries: Annotated[
        tuple[Country, ...],
        IN_NO_ORDER,
        # written as PhoneNumberPoolCountries and read as PhoneNumberCountries [botocore Proxy]
        Wire("PhoneNumberCountries", of=sorted),
        Shown(", ".join),
        Field(strict=False, min_length=1, max_length=100, description="The countries of the numbers in between."),
    ]
    session_expiry_minutes: Annotated[
        int, Wire("DefaultSessionExpiryMinutes"), Field(ge=1, description="How long a session lasts by default.")
    ]
    fallback_number: Annotated[
        E164 | None,
        Wire("FallBackPhoneNumber", of=lambda number: number or None),
        Resets(None),
        Field(description="The number that gets calls when a session has ended."),
    ] = None
    disabled: Annotated[bool, Wire("Disabled"), Field(description="Open no sessions.")] = False

    retire_means = "deleted: no sessions are opened"
    api = Api(
        service=SERVICE,
        details=(read_part("GetVoiceConnectorProxy", "Proxy", *_FIELDS),),
        updates=(
            Call(
                "PutVoiceConnectorProxy",
                sends={
                    **CONNECTOR,
                    "PhoneNumberPoolCountries": Of("countries"),
                    "DefaultSessionExpiryMinutes": Of("session_expiry_minutes"),
                    "FallBackPhoneNumber": Of("fallback_number"),
                    "Disabled": Of("disabled"),
                },
                sets=_FIELDS,
                clears=("fallback_number",),
                whole=True,
            ),
        ),
        retire=(Call("DeleteVoiceConnectorProxy", sends=CONNECTOR, clears=_FIELDS),),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        is_off = transition.action == "retire" or transition.after.get("disabled")
        if is_off and transition.before and not transition.before.get("disabled"):
            yield Consequence("no-proxy-sessions", "caution", "no new proxy sessions can be opened", _ABOUT)
