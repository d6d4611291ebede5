"""What holds for people: how they join an account, and what a change means for them.

A shared device is no person: its profile is made at once, and accepts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..address import Address
from ..live import Observed, Values
from .enterprise import is_team
from .hooks import Consequence, GateRule, Scope, Transition

TYPES = {"PrivateUser": "person", "SharedDevice": "shared-device"}
WIRE_TYPES = {ours: wire for wire, ours in TYPES.items()}


def is_device(values: Values) -> bool:
    return values.get("type") == "shared-device"


def has_to_accept(observed: Observed | None, scope: Scope) -> bool:
    if not is_team(scope) or (observed is not None and is_device(observed.values)):
        return False
    return observed is None or (
        observed.facts.get("registration") == "Unregistered" and observed.facts.get("invitation") != "Accepted"
    )


def _has_to_register(observed: Observed | None, scope: Scope) -> bool:
    return observed is None and not is_team(scope)


ACCEPTED = GateRule(
    name="accepted",
    who="invitee",
    title="the person accepts the invitation",
    closed=has_to_accept,
    # accepting ends the trial and gives the account's default licence, so an earlier change would be lost
    holds=("BatchUpdateUser", "AssociatePhoneNumberWithUser"),
    holds_dependents=True,
    steps=("the person opens the invitation e-mail and chooses to accept it",),
    source="guide: Adding users",
    overdue_after_days=14,
)

REGISTERED = GateRule(
    name="registered",
    who="invitee",
    title="the person registers",
    closed=_has_to_register,
    holds=("*",),
    holds_dependents=True,
    steps=("the person signs in to Amazon Chime with this address; its domain must be claimed by the account",),
    source="guide: Adding users",
    overdue_after_days=14,
)


def meaning(transition: Transition) -> Iterable[Consequence]:
    """What becomes of the person: the account, the licence, the number."""
    scope = transition.scope
    if transition.moves_to:
        there = Address(transition.moves_to.parts[:2])
        number = " and number" if transition.before.get("phone") else ""
        yield Consequence(
            "migration",
            "caution",
            f"leaves this account, with its licence{number}, after joining {there}",
            "guide: Migrating users",
        )
    elif transition.action == "retire" or (transition.changes("suspended") and transition.after.get("suspended")):
        if is_team(scope):
            yield Consequence(
                "removal",
                "caution",
                "leaves the account and keeps a free profile; coming back takes a new invitation",
                "guide: Managing user access",
            )
        else:
            yield Consequence(
                "suspension", "caution", "is signed out at once and cannot sign in", "guide: Managing user access"
            )
    elif transition.before.get("license") == "pro" and transition.after.get("license") == "basic":
        yield Consequence("no-hosting", "caution", "can no longer host meetings", "guide: Managing user permissions")
    if transition.action != "retire" and transition.changes("phone"):
        yield from _of_number(transition)


def _of_number(transition: Transition) -> Iterable[Consequence]:
    source = "guide: Assigning Business Calling numbers"
    yield Consequence("sign-in-again", "notice", "has to sign out and in again", source)
    settings = [after for _, _, after in transition.whole.of_kind("telephony", transition.address)]
    if transition.after.get("phone") and not any(any((after or {}).values()) for after in settings):
        yield Consequence(
            "dead-number",
            "notice",
            "the number is dead until calls or messages are allowed, and 'telephony' allows nothing",
            source,
        )
