"""Somebody's place in a chat room: a person, or a bot of the account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..address import Address
from ..live import Values
from .base import (
    ACCOUNT,
    ID,
    PARENT,
    Api,
    Batch,
    Broken,
    Call,
    Consequence,
    Declared,
    FromKey,
    HandedOver,
    Listing,
    NamedId,
    NaturalKey,
    Of,
    Ref,
    Resource,
    Transition,
    Wire,
    listed_errors,
)
from .values import fault

_LARGEST_BATCH = 50
_MEMBER = re.compile(r"bots\.\S+|[^@\s]+@[^@\s]+\.[^@\s]+")
_ROLES = {"administrator": "Administrator", "member": "Member"}


def _is_member(value: str) -> str:
    if not _MEMBER.fullmatch(value):
        raise fault(
            "CF-ROM-010",
            f"{value!r} is neither a person nor a bot",
            why="the members of a room are people, by their addresses, and bots of the same account",
            do="write an address such as jane@acme.example, or a bot such as bots.helpdesk",
        )
    return value


def _people_and_bots(membership: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Webhooks are listed as members too; they belong to the room's administrators, and no operation makes them."""
    if membership.get("Member", {}).get("MemberType") != "Webhook":
        yield membership


def is_bot(who: str) -> bool:
    return who.startswith("bots.")


class RoomMember(Resource, kind="room_member", path="accounts.*.rooms.*.members.*"):
    """A member of a chat room. People can be administrators; bots are always plain members.

    Somebody who has not joined the account yet is waited for [guide: Chat rooms; Integrating chatbots].
    """

    who: Annotated[
        str,
        AfterValidator(_is_member),
        FromKey(),
        Wire("Member.Email"),
        NaturalKey(fold=True),
        Ref("user", optional=True, sought=True, others={"bots": "bot"}),
        Field(description="The address of a person in the account, or `bots.NAME` for a bot of the account."),
    ]
    role: Annotated[
        Literal["administrator", "member"],
        Wire("Role", of=str.lower, to=_ROLES.__getitem__),
        HandedOver("administrator"),
        Field(description="Administrators invite others, and look after bots and webhooks."),
    ] = "member"

    shorthand = "role"
    retire_means = "no longer in the room"
    api = Api(
        service="chime",
        listing=(
            Listing(
                "ListRoomMemberships",
                items="RoomMemberships",
                sends={"AccountId": ACCOUNT, "RoomId": PARENT},
                page_size=99,
                expand=_people_and_bots,
            ),
        ),
        id="Member.MemberId",
        same_id_as="who",
        ends_with_container=True,
        facts={"type": "Member.MemberType", "name": "Member.FullName"},
        create=Call(
            "BatchCreateRoomMembership",
            sends={"AccountId": ACCOUNT, "RoomId": PARENT},
            sets=("who", "role"),
            batch=Batch(
                "MembershipItemList",
                item={"MemberId": NamedId("who"), "Role": Of("role")},
                key="MemberId",
                size=_LARGEST_BATCH,
                failures=listed_errors("Errors", "MemberId"),
            ),
        ),
        updates=(
            Call(
                "UpdateRoomMembership",
                sends={"AccountId": ACCOUNT, "RoomId": PARENT, "MemberId": ID, "Role": Of("role")},
                sets=("role",),
            ),
        ),
        retire=(
            Call(
                "DeleteRoomMembership",
                sends={"AccountId": ACCOUNT, "RoomId": PARENT, "MemberId": ID},
                clears=("who", "role"),
            ),
        ),
        others=(
            Call(
                "CreateRoomMembership",
                sends={"AccountId": ACCOUNT, "RoomId": PARENT, "MemberId": NamedId("who"), "Role": Of("role")},
                sets=("who", "role"),
            ),
        ),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, RoomMember)
        if is_bot(spec.who):
            yield from _bot_rules(address, spec, declared)

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        address = transition.address
        if transition.action == "create" and is_bot(address.name):
            bots = transition.whole.of_kind("bot", Address(address.parts[:2]))
            then = next((values for other, _, values in bots if other == _bot_of(address)), None)
            if then is not None and (lack := _lack(then)):
                yield _cannot_be_added(address, _bot_of(address), lack)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire" and transition.before.get("role") == "administrator":
            yield Consequence("no-administrator", "notice", "no longer looks after the room", "guide: Chat rooms")


def _bot_of(address: Address) -> Address:
    return Address((*address.parts[:2], *address.name.split(".", 1)))


def _bot_rules(address: Address, spec: RoomMember, declared: Declared) -> Iterable[Broken]:
    """[guide: Integrating chatbots; Using chatbots]"""
    name = _bot_of(address)
    bot = declared.spec(name)
    if spec.role == "administrator":
        yield Broken(
            "CF-ROM-011",
            f"{address}.role: a bot cannot be an administrator of a room",
            why="bots are plain members, and their role cannot be changed [botocore chime UpdateRoomMembership]",
            do="write 'member'",
            field="role",
        )
    if bot is not None and (lack := _lack(bot.values())):
        # one that is in the room already may stay there
        yield replace(_cannot_be_added(address, name, lack), other=name, is_warning=True)


def _lack(bot: Values) -> str:
    if bot.get("disabled"):
        return "is disabled"
    return "" if bot.get("events") else "has no 'events'"


def _cannot_be_added(address: Address, bot: Address, lack: str) -> Broken:
    return Broken(
        "CF-ROM-012",
        f"{address}: {bot} {lack}, and cannot be added to a room",
        why="the service adds only bots that are enabled and have an endpoint [guide: Integrating chatbots]",
        do="give the bot 'events' and do not disable it, or leave it out of the room",
    )
