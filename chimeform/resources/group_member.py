"""Somebody's membership in a group of Okta or of the directory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ..address import Address
from ..live import Values
from .base import ID, PARENT, Api, Call, Consequence, FromKey, NaturalKey, Of, Resource, Scope, Transition, Wire
from .by_hand import ByHand
from .licences import effects, told
from .okta_objects import ORG
from .provider import by_directory, by_okta
from .values import Email


class GroupMember(Resource, kind="group_member", path="accounts.*.identity.groups.*.members.*"):
    """A person in a group. In Okta chimeform puts people into groups and takes them out; it never makes them.

    A directory's groups are filled by the directory's people, and chimeform sees when they have done it.
    """

    email: Annotated[
        Email,
        FromKey(),
        Wire("Key"),
        NaturalKey(fold=True),
        Field(description="The person's login in Okta, or her primary address in the directory."),
    ]

    keys_alone = True
    is_relocatable = True
    retire_means = "no longer in the group"
    by_hand = (
        ByHand(
            "joined",
            "{email} is in the group {name}",
            brings="existence",
            where=by_directory,
            is_seen=True,
            steps=("put {email} into the group {name} of the directory",),
            source="guide: Connecting to Active Directory",
            seen_by="the directory",
        ),
        ByHand(
            "left",
            "{email} is in the group {name} no more",
            brings="end",
            where=by_directory,
            is_seen=True,
            steps=("take {email} out of the group {name} of the directory",),
            source="guide: Connecting to Active Directory",
            seen_by="the directory",
        ),
    )
    api = Api(
        service="okta",
        is_apart=True,
        held_in="members",
        id="Id",
        create=Call(
            "OktaAssignUserToGroup",
            sends={"Org": ORG, "GroupId": PARENT, "Login": Of("email")},
            sets=("email",),
            id_in="UserId",
        ),
        retire=(
            Call(
                "OktaUnassignUserFromGroup",
                sends={"Org": ORG, "GroupId": PARENT, "UserId": ID},
                where=by_okta,
            ),
        ),
    )

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        return by_okta(scope)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        person = transition.address.name.casefold()
        effect = effects(Address(transition.address.parts[:3]), transition.whole).get(person)
        yield from told({transition.address.name: effect} if effect else {})
