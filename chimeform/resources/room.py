"""A chat room of an Enterprise account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from ..address import Address
from .base import (
    ID,
    PARENT,
    TOKEN,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    KeyByDefault,
    Listing,
    Local,
    NaturalKey,
    Of,
    Resource,
    Transition,
    Wire,
)
from .enterprise import ENTERPRISE_GATE, is_enterprise, needs_enterprise

MOST_ROOMS = 1500
MOST_MEMBERS = 1000
"""Rooms of an account, and memberships of a room [gr: Endpoints and quotas]."""


class Room(Resource, kind="room", path="accounts.*.rooms.*"):
    """A chat room. Only Enterprise accounts have rooms that an administrator can make and remove.

    Nothing in Amazon Chime makes names unique, so that a room without a known id is recognised only as long as no
    other has its name [guide: Chat rooms; botocore chime CreateRoom].
    """

    name: Annotated[
        str,
        KeyByDefault(),
        Wire("Name"),
        NaturalKey(),
        Field(pattern=r"\S", description="What people see. Not written: the key."),
    ]
    authoritative: Annotated[
        tuple[Literal["members"], ...],
        Local(),
        Field(strict=False, description="With `members`: people and bots who are in the room and in no file leave it."),
    ] = ()

    retire_means = "deleted with everything that was written in it"
    gates = (ENTERPRISE_GATE,)
    api = Api(
        service="chime",
        listing=(Listing("ListRooms", items="Rooms", sends={"AccountId": PARENT}, page_size=99),),
        id="RoomId",
        readable=is_enterprise,
        create=Call(
            "CreateRoom",
            sends={"AccountId": PARENT, "Name": Of("name"), "ClientRequestToken": TOKEN},
            sets=("name",),
            id_in="Room.RoomId",
        ),
        updates=(Call("UpdateRoom", sends={"AccountId": PARENT, "RoomId": ID, "Name": Of("name")}, sets=("name",)),),
        retire=(Call("DeleteRoom", sends={"AccountId": PARENT, "RoomId": ID}),),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        yield from needs_enterprise("CF-ROM-001", "chat rooms", address, declared)
        account = Address(address.parts[:2])
        siblings = declared.of_kind(cls.kind, within=account)
        if address == next(iter(siblings))[0]:
            yield from _together(account, siblings)
        members = sum(1 for _ in declared.of_kind("room_member", within=address))
        if members > MOST_MEMBERS:
            yield Broken(
                "CF-ROM-013",
                f"{address}.members: a room has at most {MOST_MEMBERS} members, and these are {members}",
                why="it is a quota of the service [AWS General Reference]",
                do="split the room, or ask AWS for a higher quota",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence(
                "room-deletion",
                "irreversible",
                "everything that was written in it is deleted for good, for everybody in it",
                "botocore chime DeleteRoom",
            )


def _together(account: Address, rooms: Iterable[tuple[Address, Resource]]) -> Iterable[Broken]:
    """What the rooms of an account must not be together."""
    first: dict[object, Address] = {}
    count = 0
    for address, spec in rooms:
        count += 1
        other = first.setdefault(Room.natural_key(spec.values()), address)
        if other != address:
            yield Broken(
                "CF-ROM-002",
                f"{address}: {other} has the same name",
                why="without its id a room is recognised by its name, and the two could not be told apart",
                do="give one of them another name",
                other=address,
            )
    if count > MOST_ROOMS:
        yield Broken(
            "CF-ROM-003",
            f"{account}.rooms: an account has at most {MOST_ROOMS} rooms, and these are {count}",
            why="it is a quota of the service [AWS General Reference]",
            do="remove some, or ask AWS for a higher quota",
        )
