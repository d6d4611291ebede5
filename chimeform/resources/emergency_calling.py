"""Where a Voice Connector takes emergency calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..address import Address
from .base import Api, Broken, Call, Consequence, Declared, Of, Resource, Shown, Transition, Wire
from .emergency_address import VALIDATE_ADDRESS
from .values import E164
from .voice_objects import CONNECTOR, SERVICE, read_part

_ABOUT = "developer guide: Setting up emergency calling"


class EmergencyNumber(BaseModel):
    """A number for emergency calls, bought from somebody who routes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: Annotated[E164, Field(description="The number that the emergency calls of the country go to.")]
    country: Annotated[Literal["US"], Field(description="The country of the callers; so far the United States.")] = "US"
    test_number: Annotated[E164 | None, Field(description="A number to try it out with.")] = None


def _in_order(numbers: tuple[EmergencyNumber, ...]) -> tuple[EmergencyNumber, ...]:
    return tuple(sorted(numbers, key=lambda one: (one.country, one.number)))


def _numbers_of(wire: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for one in wire:
        test = {"test_number": one["TestPhoneNumber"]} if one.get("TestPhoneNumber") else {}
        found.append({"number": one["EmergencyPhoneNumber"], "country": one["CallingCountry"], **test})
    return sorted(found, key=lambda one: (one["country"], one["number"]))


def _numbers_to(numbers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sent = []
    for one in numbers:
        test = {"TestPhoneNumber": one["test_number"]} if one.get("test_number") else {}
        sent.append({"EmergencyPhoneNumber": one["number"], "CallingCountry": one["country"], **test})
    return sent


class EmergencyCalling(Resource, kind="emergency_calling", path="voice_connectors.*.emergency_calling"):
    """Emergency calls of a Voice Connector. It stands on termination and origination: those come first and go last."""

    numbers: Annotated[
        tuple[EmergencyNumber, ...],
        AfterValidator(_in_order),
        Wire("DNIS", of=_numbers_of, to=_numbers_to),
        Shown(lambda numbers: ", ".join(one["number"] for one in numbers)),
        Field(strict=False, min_length=1, description="Numbers of a third party that routes emergency calls."),
    ]

    one_offs = (VALIDATE_ADDRESS,)
    retire_means = "deleted: emergency calls are not routed"
    api = Api(
        service=SERVICE,
        stands_on=("termination", "origination"),
        details=(
            read_part("GetVoiceConnectorEmergencyCallingConfiguration", "EmergencyCallingConfiguration", "numbers"),
        ),
        updates=(
            Call(
                "PutVoiceConnectorEmergencyCallingConfiguration",
                sends={**CONNECTOR, "EmergencyCallingConfiguration": {"DNIS": Of("numbers")}},
                sets=("numbers",),
                whole=True,
            ),
        ),
        retire=(Call("DeleteVoiceConnectorEmergencyCallingConfiguration", sends=CONNECTOR, clears=("numbers",)),),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        connector = Address(address.parts[:2])
        missing = next((one for one in cls.api.stands_on if declared.spec(connector.child(one)) is None), None)
        if missing:
            yield Broken(
                "CF-VCN-004",
                f"{address}: the Voice Connector has no {missing}",
                why="emergency calling needs termination and origination [botocore "
                "PutVoiceConnectorEmergencyCallingConfiguration]",
                do=f"declare {missing!r} beside it, or remove the block",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence("no-emergency-calls", "destructive", "emergency calls reach nobody", _ABOUT)
        elif transition.before.get("numbers"):
            yield Consequence("emergency-calls-rerouted", "caution", "emergency calls go to other numbers", _ABOUT)
