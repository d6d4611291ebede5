"""Phone numbers that belong to Voice Connectors or to groups of them: how they come to them and leave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..address import Address
from ..live import Values
from .hooks import Broken, Consequence, Transition
from .operations import ID, Batch, Call, IdOfReferred, listed_errors
from .voice_objects import SERVICE

_TRUNKS = ("connector", "group")
_LARGEST_BATCH = 50


def trunk(name: str) -> Callable[[Any], str | None]:
    """What the service says that the number belongs to [botocore PhoneNumberAssociation]."""
    return lambda associations: next((one["Value"] for one in associations if one["Name"] == name), None)


def _leaves(name: str) -> Callable[[Values, Values], bool]:
    """A number belongs to one thing at a time, so that it leaves the old one before it comes to the new one."""
    return lambda before, after: bool(before.get(name)) and any(before.get(one) != after.get(one) for one in _TRUNKS)


def _trunk_call(operation: str, member: str, field: str, **rest: Any) -> Call:
    """Numbers of one connector or group travel together. None is ever taken from where somebody else put it
    (`ForceAssociate`)."""
    return Call(
        operation,
        service=SERVICE,
        sends={member: IdOfReferred(field, before="clears" in rest)},
        batch=Batch(
            "E164PhoneNumbers",
            item=ID,
            size=_LARGEST_BATCH,
            failures=listed_errors("PhoneNumberErrors", "PhoneNumberId"),
        ),
        **rest,
    )


LEAVE_TRUNKS = (
    _trunk_call(
        "DisassociatePhoneNumbersFromVoiceConnector",
        "VoiceConnectorId",
        "connector",
        clears=_TRUNKS,
        when=_leaves("connector"),
    ),
    _trunk_call(
        "DisassociatePhoneNumbersFromVoiceConnectorGroup",
        "VoiceConnectorGroupId",
        "group",
        clears=_TRUNKS,
        when=_leaves("group"),
    ),
)
JOIN_TRUNKS = (
    _trunk_call("AssociatePhoneNumbersWithVoiceConnector", "VoiceConnectorId", "connector", sets=("connector",)),
    _trunk_call("AssociatePhoneNumbersWithVoiceConnectorGroup", "VoiceConnectorGroupId", "group", sets=("group",)),
)


def trunk_rules(address: Address, product: str, values: Values) -> Iterable[Broken]:
    """What the files alone can break."""
    trunks = [name for name in _TRUNKS if values.get(name)]
    if trunks and product != "voice-connector":
        yield Broken(
            "CF-NUM-040",
            f"{address}.{trunks[0]}: only a number of the product voice-connector can have one",
            why="numbers of people belong to people, and those of SIP media applications to SIP rules",
            do=f"write 'product: voice-connector', or remove {trunks[0]!r}",
            field=trunks[0],
        )
    if len(trunks) > 1:
        yield Broken(
            "CF-NUM-041",
            f"{address}: it has a Voice Connector and a group",
            why="a number belongs to one of them, and a group has its connectors already",
            do="remove one of the two lines",
            field="connector",
        )


def trunk_effects(transition: Transition) -> Iterable[Consequence]:
    """What it means for callers that a number leaves a connector or a group."""
    old = next((one for name in _TRUNKS if (one := transition.before.get(name))), None)
    if old and transition.action == "update" and any(transition.changes(name) for name in _TRUNKS):
        yield Consequence(
            "number-moves",
            "caution",
            f"calls to it no longer go to {old}",
            "developer guide: Managing phone number inventory",
        )
