"""Voice Connectors that stand in for one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from .base import ID, Api, Call, Consequence, Listing, Made, Of, Ref, Resource, Shown, Transition, Wire
from .values import fault
from .voice_objects import APPEARS_WITHIN, PAGE, SERVICE, VoiceName

MOST_CONNECTORS = 3
"""In one group [botocore VoiceConnectorItemList]."""
_DISTRIBUTIONS = {"PriorityWeightedDistribution": "priority", "LoadBalancedDistribution": "load"}
_WIRE_DISTRIBUTIONS = {ours: wire for wire, ours in _DISTRIBUTIONS.items()}
_CONNECTOR = Ref("voice_connector", at="connector", by_id=True, ranked_by="priority")
_ABOUT = "developer guide: Managing Amazon Chime Voice Connector groups"


class Member(BaseModel):
    """A Voice Connector in a group."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    connector: Annotated[str, Field(min_length=1, description="The key of a Voice Connector, of any Region.")]
    priority: Annotated[int, Field(ge=1, le=99, description="1 gets the calls; the next one gets them if it fails.")]


def _in_order(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """The priorities say everything, and each connector has one."""
    names = [member.connector for member in members]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise fault(
            "CF-VCG-001",
            f"{twice!r} is in the group twice",
            why="a Voice Connector has one priority in a group",
            do="remove one of the two",
        )
    return tuple(_CONNECTOR.in_order(members))


def _members_of(wire: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"connector": item["VoiceConnectorId"], "priority": item["Priority"]} for item in wire]


def _members_to(members: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"VoiceConnectorId": member["connector"], "Priority": member["priority"]} for member in members]


def _text(members: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{member['connector']} ({member['priority']})" for member in members) or "(none)"


class VoiceConnectorGroup(Resource, kind="voice_connector_group", path="voice_connector_groups.*"):
    """Voice Connectors, of one Region or of several, that take calls in one after the other when one fails.

    The service replaces all members with every change, so all are sent with every change.
    """

    name: VoiceName
    connectors: Annotated[
        tuple[Member, ...],
        AfterValidator(_in_order),
        Wire("VoiceConnectorItems", of=_members_of, to=_members_to),
        _CONNECTOR,
        Shown(_text),
        Field(strict=False, max_length=MOST_CONNECTORS, description="The Voice Connectors, the first one first."),
    ] = ()

    distribution: Annotated[
        Literal["priority", "load"] | None,
        Wire(
            "CallDistributionType", of=lambda wire: _DISTRIBUTIONS.get(wire, wire), to=_WIRE_DISTRIBUTIONS.__getitem__
        ),
        Field(description="Calls go by priority, or are shared out by load. Not written: as it is there."),
    ] = None

    alike = ("name",)
    retire_means = "emptied and deleted"
    api = Api(
        service=SERVICE,
        appears_within=APPEARS_WITHIN,
        listing=(Listing("ListVoiceConnectorGroups", items="VoiceConnectorGroups", page_size=PAGE),),
        id="VoiceConnectorGroupId",
        facts={"created": "CreatedTimestamp"},
        create=Call(
            "CreateVoiceConnectorGroup",
            sends={
                "Name": Of("name"),
                "VoiceConnectorItems": Of("connectors"),
                "CallDistributionType": Of("distribution"),
            },
            sets=("name", "connectors", "distribution"),
            id_in="VoiceConnectorGroup.VoiceConnectorGroupId",
        ),
        updates=(
            Call(
                "UpdateVoiceConnectorGroup",
                sends={
                    "VoiceConnectorGroupId": ID,
                    "Name": Of("name"),
                    "VoiceConnectorItems": Of("connectors"),
                    "CallDistributionType": Of("distribution"),
                },
                sets=("name", "connectors", "distribution"),
                clears=("connectors",),
                whole=True,
            ),
        ),
        # a group can be deleted only when nothing is in it [botocore DeleteVoiceConnectorGroup]
        retire=(
            Call(
                "UpdateVoiceConnectorGroup",
                label="empty",
                sends={
                    "VoiceConnectorGroupId": ID,
                    "Name": Made(lambda values: values.get("name")),
                    "VoiceConnectorItems": [],
                },
                clears=("connectors",),
                when=lambda before, after: bool(before.get("connectors")),
            ),
            Call("DeleteVoiceConnectorGroup", sends={"VoiceConnectorGroupId": ID}),
        ),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence("no-fail-over", "caution", "calls to its numbers reach nobody", _ABOUT)
        elif transition.action == "update" and transition.changes("connectors"):
            yield Consequence(
                "fail-over-order",
                "caution",
                f"new calls go to {_text(transition.after.get('connectors', ()))}",
                _ABOUT,
            )
