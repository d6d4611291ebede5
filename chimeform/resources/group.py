"""A group of Okta or of the directory, and the licence that Amazon Chime gives to its members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from ..address import Address
from ..live import Observed, Reading, Values
from .base import (
    ID,
    Api,
    Around,
    Broken,
    Call,
    Consequence,
    Detail,
    Find,
    FromKey,
    GateRule,
    Local,
    Made,
    NaturalKey,
    Of,
    Resource,
    Scope,
    Sight,
    Transition,
    Wire,
)
from .by_hand import CONSOLE, ByHand, ConsoleOnly
from .licences import effects, members_of, shown_license, told
from .okta_objects import ORG
from .provider import by_directory, by_okta, strangers
from .values import License

_NAME = Made(lambda values: values["name"])
_DIRECTORY = Around("directory")
_PAGE = f"open {CONSOLE} and choose Accounts, then {{account}}, then Directory groups, or Identity, Active directory"


def _has_strangers(observed: Observed | None, scope: Scope) -> bool:
    return observed is not None and bool(observed.facts.get("strangers"))


class Group(Resource, kind="group", path="accounts.*.identity.groups.*"):
    """A group whose members may sign in, and their licence. Somebody in several groups gets `pro` if any gives it.

    The console maps groups to licences by their exact names, and nothing else does. In Okta chimeform makes the group
    where it is missing; in a directory the group belongs to the directory's people, and organisational units are none
    [guide: Connecting to Active Directory; Connecting to Okta SSO].
    """

    name: Annotated[
        str,
        Field(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$", description="The exact name of the group."),
        FromKey(),
        Wire("Name"),
        NaturalKey(),
    ]
    license: Annotated[
        License, ConsoleOnly(), Field(description="The licence that the members get. It is what they cost.")
    ]
    authoritative: Annotated[
        tuple[Literal["members"], ...],
        Local(),
        Field(strict=False, description="With `members`: whoever is in the group and in no file leaves it."),
    ] = ()

    tells = ("strangers",)
    retire_means = "no longer mapped to a licence; the group itself stays"
    gates = (
        GateRule(
            name="addresses",
            who="operator",
            title="every address of the people in {name} is of a claimed domain",
            closed=_has_strangers,
            holds=(),
            steps=(
                "these cannot sign in with these addresses, and are sent to Login with Amazon: {strangers}",
                "claim the domain and declare it under 'domains', or change the addresses in the directory",
            ),
            source="guide: Configuring multiple email addresses",
            seen_by="the directory, and the domains in the files",
        ),
    )
    by_hand = (
        ByHand(
            "exists",
            "the directory has a group {name}",
            brings="existence",
            where=by_directory,
            is_seen=True,
            steps=(
                "look for it in the directory: the name must be exactly the group's, and a unit is no group",
                "correct the name in the files, or make the group {name}; the directory has {near}",
            ),
            source="guide: Connecting to your Active Directory in Amazon Chime",
            seen_by="the directory",
        ),
        ByHand(
            "mapped",
            "the group {name} gives the licence {license}",
            sets=("license",),
            seen_by="the licences of its people",
            may_be_told=True,
            steps=(
                "see that the account is connected",
                _PAGE,
                "choose Add a new group, type {name} exactly, and choose {license}",
                "save it; if the group is not found, it is still on its way: wait a few minutes and try again",
            ),
            source="guide: Connecting to Okta SSO",
            events=("AddOrUpdateGroups",),
        ),
        ByHand(
            "unmapped",
            "the group {name} gives no licence any more",
            brings="end",
            when=lambda before, after: bool(before.get("license")),
            steps=(
                _PAGE,
                "choose {name}, then remove it",
            ),
            source="guide: Connecting to your Active Directory in Amazon Chime",
            events=("DeleteGroups",),
        ),
    )
    api = Api(
        service="okta",
        is_apart=True,
        find=(
            Find("OktaFindGroup", "Groups", sends={"Org": ORG, "Id": ID, "Name": _NAME}, where=by_okta),
            Find(
                "FindGroup",
                "Groups",
                service="directory",
                sends={"Directory": _DIRECTORY, "Name": _NAME},
                near="Near",
                where=by_directory,
            ),
        ),
        details=(
            Detail(
                "OktaListGroupMembers",
                sends={"Org": ORG, "GroupId": ID},
                fields=("license",),
                items="Members",
                where=by_okta,
            ),
            Detail(
                "ListGroupMembers",
                service="directory",
                sends={"Directory": _DIRECTORY, "Name": _NAME},
                fields=("license",),
                items="Members",
                where=by_directory,
            ),
        ),
        id="Id",
        facts={"members": "Members", "is_unit": "IsUnit"},
        create=Call("OktaAddGroup", sends={"Org": ORG, "Name": Of("name")}, sets=("name",), id_in="Group.Id"),
        updates=(
            Call(
                "OktaReplaceGroup",
                sends={"Org": ORG, "GroupId": ID, "Name": Of("name")},
                sets=("name",),
                where=by_okta,
            ),
        ),
    )

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        return by_okta(scope)

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return cls.is_taken_away(observed.confirmed)

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """What the licences of people tell of the mapping, and whose addresses lead elsewhere."""
        facts = {
            **seen.facts,
            "strangers": "" if by_okta(sight.scope) else strangers(seen, sight),
        }
        # what was seen or confirmed once holds until something else shows
        shown = shown_license(seen, sight) or sight.known.get("license")
        return replace(seen, facts=facts, values={**seen.values, **({"license": shown} if shown else {})})

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        if transition.observed is not None and transition.observed.facts.get("is_unit"):
            yield Broken(
                "CF-IDN-007",
                f"{transition.address}: the directory has an organisational unit of this name, and no group",
                why="Amazon Chime maps groups to licences, and no organisational units",
                do="make a group of the people in it, and name that",
            )
        elif by_directory(transition.scope) and transition.changes("name") and transition.action == "update":
            spelling = transition.before["name"]
            yield Broken(
                "CF-IDN-009",
                f"{transition.address}: the directory writes the name of the group {spelling!r}",
                why="the console of Amazon Chime wants the exact name [guide: Connecting to Active Directory]",
                do=f"write {spelling!r} in the files",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        """Told at the group for everybody whose own membership stays as it is."""
        identity = Address(transition.address.parts[:3])
        staying = members_of(transition.observed)
        moving = {
            person.name.casefold()
            for person, now, then in transition.whole.of_kind("group_member", transition.address)
            if (now is None) != (then is None)
        }
        found = effects(identity, transition.whole)
        yield from told({person: found[person] for person in sorted(staying - moving) if person in found})
