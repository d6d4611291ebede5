"""Which calls a Voice Connector takes from a phone system out to the public network."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from .base import Api, Call, Consequence, Of, Resets, Resource, Shown, Transition, Wire
from .values import E164, IN_NO_ORDER, fault
from .voice_objects import CONNECTOR, SERVICE, Country, is_private, read_part

_SMALLEST_PREFIX = 27
_MOST_CALLS = 256
_ABOUT = "developer guide: Editing Amazon Chime Voice Connector settings"


def _address_range(text: str) -> str:
    """A range that the service takes [Terraform, CDK]. Of IPv6 nothing is documented."""
    try:
        block = ip_network(text, strict=True) if "/" in text else None
    except ValueError:
        block = None
    if block is None:
        raise fault(
            "CF-VCN-001",
            f"{text!r} is not a range of addresses",
            why="phone systems are recognised by the addresses that they call from",
            do="write it as 203.0.113.0/27, beginning with its first address",
        )
    if isinstance(block, IPv4Network) and (is_private(block) or block.prefixlen < _SMALLEST_PREFIX):
        raise fault(
            "CF-VCN-001",
            f"{text} is {'a private range' if is_private(block) else 'too large'}",
            why="the service takes public ranges of /27 to /32, which have at most 32 addresses",
            do="write the public addresses that the phone system calls from",
        )
    return text


AddressRange = Annotated[str, AfterValidator(_address_range)]
_SENDS = {
    "CallingRegions": Of("calling_regions"),
    "CidrAllowedList": Of("cidrs"),
    "CpsLimit": Of("calls_per_second"),
    "DefaultPhoneNumber": Of("default_number"),
    "Disabled": Of("disabled"),
}


class Termination(Resource, kind="termination", path="voice_connectors.*.termination"):
    """Calls from the phone system out to the public network: from which addresses, to which countries, how many."""

    calling_regions: Annotated[
        tuple[Country, ...],
        IN_NO_ORDER,
        Wire("CallingRegions", of=sorted),
        Shown(", ".join),
        Field(strict=False, min_length=1, description="The countries that may be called."),
    ]
    cidrs: Annotated[
        tuple[AddressRange, ...],
        IN_NO_ORDER,
        Wire("CidrAllowedList", of=sorted),
        Shown(", ".join),
        Field(strict=False, description="Addresses that calls may come from: public ranges of /27 to /32."),
    ] = ()
    calls_per_second: Annotated[
        int | None,
        Wire("CpsLimit"),
        Field(ge=1, le=_MOST_CALLS, description="New calls a second at most, up to the quota of the AWS account."),
    ] = None
    default_number: Annotated[
        E164 | None,
        Wire("DefaultPhoneNumber", of=lambda number: number or None),
        Resets(None),
        Field(description="The number that callees see where the phone system sends none."),
    ] = None
    disabled: Annotated[bool, Wire("Disabled"), Field(description="Take no calls out.")] = False

    retire_means = "deleted: no calls go out"
    api = Api(
        service=SERVICE,
        details=(
            read_part(
                "GetVoiceConnectorTermination",
                "Termination",
                *("calling_regions", "cidrs", "calls_per_second", "default_number", "disabled"),
            ),
        ),
        updates=(
            Call(
                "PutVoiceConnectorTermination",
                sends={**CONNECTOR, "Termination": _SENDS},
                sets=("calling_regions", "cidrs", "calls_per_second", "default_number", "disabled"),
                clears=("default_number",),
                whole=True,
            ),
        ),
        retire=(
            Call(
                "DeleteVoiceConnectorTermination",
                sends=CONNECTOR,
                clears=("calling_regions", "cidrs", "calls_per_second", "default_number", "disabled"),
            ),
        ),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        before, after = transition.before, transition.after
        if transition.action == "retire" or (after.get("disabled") and not before.get("disabled")):
            yield Consequence("no-calls-out", "caution", "nobody can call out through the Voice Connector", _ABOUT)
            return
        if gone := sorted({*before.get("cidrs", ())} - {*after.get("cidrs", ())}):
            yield Consequence("addresses-refused", "caution", f"calls from {', '.join(gone)} are refused", _ABOUT)
        if gone := sorted({*before.get("calling_regions", ())} - {*after.get("calling_regions", ())}):
            yield Consequence("countries-refused", "caution", f"calls to {', '.join(gone)} are refused", _ABOUT)
