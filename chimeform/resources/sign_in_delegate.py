"""A group of the directory whose members may sign in on shared devices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ..address import Address
from ..live import Observed
from .base import (
    ACCOUNT,
    Api,
    Batch,
    Broken,
    Call,
    Consequence,
    Declared,
    FromKey,
    GateRule,
    Listing,
    NaturalKey,
    Of,
    Resource,
    Scope,
    Transition,
    Wire,
    all_or_none,
)
from .provider import CONNECTING, by_okta, is_connected

_AT_ONCE = 50
"""No page says how many names one call takes; other lists of the service take so many."""

_SOURCE = "guide: Preparing for Dolby set-up"


def _is_unconnected(observed: Observed | None, scope: Scope) -> bool:
    return not by_okta(scope) and not is_connected(scope)


def _is_unconnected_to_okta(observed: Observed | None, scope: Scope) -> bool:
    return by_okta(scope) and not is_connected(scope)


class SignInDelegate(Resource, kind="sign_in_delegate", path="accounts.*.identity.sign_in_delegates.*"):
    """A sign-in delegate group: its members may set up shared room devices with credentials of their own.

    They need a licence as well, which some mapped group gives them. Accounts with a directory have such groups; of
    those with Okta no page says it [guide: Preparing for Dolby set-up; botocore chime SigninDelegateGroup].
    """

    name: Annotated[
        str,
        Field(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$", description="The exact name of the group."),
        FromKey(),
        Wire("GroupName"),
        NaturalKey(),
    ]

    keys_alone = True
    retire_means = "no delegate group any more; the group itself stays"
    gates = (
        GateRule(
            name="connected",
            who="operator",
            title="the directory {directory_id} is connected",
            closed=_is_unconnected,
            holds=("*",),
            at_parent=True,
            steps=CONNECTING,
            source="guide: Connecting to your Active Directory in Amazon Chime",
            seen_by="the account's type",
            overdue_after_days=7,
        ),
        GateRule(
            name="connected_to_okta",
            who="operator",
            title="Okta is connected",
            closed=_is_unconnected_to_okta,
            holds=("*",),
            at_parent=True,
            steps=("give Amazon Chime the keys of Okta; 'chimeform pending' has the steps under 'sign_in'",),
            source="guide: Connecting to Okta SSO",
            seen_by="the account's type",
            overdue_after_days=7,
        ),
    )
    api = Api(
        service="chime",
        listing=(Listing("GetAccount", items="Account.SigninDelegateGroups", sends={"AccountId": ACCOUNT}),),
        # one call takes objects and the other takes names, and both leave groups alone that they do not name
        create=Call(
            "AssociateSigninDelegateGroupsWithAccount",
            sends={"AccountId": ACCOUNT},
            sets=("name",),
            batch=Batch(
                "SigninDelegateGroups",
                item={"GroupName": Of("name")},
                key="GroupName",
                size=_AT_ONCE,
                failures=all_or_none,
            ),
        ),
        retire=(
            Call(
                "DisassociateSigninDelegateGroupsFromAccount",
                sends={"AccountId": ACCOUNT},
                batch=Batch("GroupNames", item=Of("name"), size=_AT_ONCE, failures=all_or_none),
            ),
        ),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        """What the files show of the group: where they name groups with licences, a delegate group is among them."""
        groups = [group for group, _ in declared.of_kind("group", within=Address(address.parts[:3]))]
        if groups and address.name not in {group.name for group in groups}:
            yield Broken(
                "CF-IDN-010",
                f"{address}: no group of this name has a licence in the files",
                why="the members of a delegate group can sign in only with a licence, which a mapped group gives them "
                f"[{_SOURCE}]",
                do=f"declare {address.name!r} under 'groups' too, or see that its members are in one of those",
                is_warning=True,
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "retire":
            yield Consequence(
                "no-delegate",
                "notice",
                "its members can no longer set up shared devices with their own sign-in",
                _SOURCE,
            )
