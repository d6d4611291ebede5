"""A person in an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import Field

from ..address import Address
from ..live import Observed, Values
from .base import (
    ID,
    PARENT,
    Api,
    Batch,
    Broken,
    Call,
    Consequence,
    ConsoleEvent,
    Declared,
    FromKey,
    GateRule,
    Listing,
    NaturalKey,
    Of,
    Ref,
    Resets,
    Resource,
    Scope,
    Transition,
    Wire,
    listed_errors,
    statuses,
)
from .enterprise import has_directory, is_team
from .values import E164, Email, License, license_of, license_to


def _is_suspended(status: str) -> bool:
    return status == "Suspended"


def _has_to_accept(observed: Observed | None, scope: Scope) -> bool:
    if not is_team(scope):
        return False
    return observed is None or (
        observed.facts.get("registration") == "Unregistered" and observed.facts.get("invitation") != "Accepted"
    )


def _has_to_register(observed: Observed | None, scope: Scope) -> bool:
    return observed is None and not is_team(scope)


def _on(field: str, wanted: bool) -> Any:
    def changes(before: Values, after: Values) -> bool:
        return bool(after.get(field)) is wanted and bool(before.get(field)) is not wanted

    return changes


def _by_user(operation: str, **rest: Any) -> Call:
    return Call(
        operation,
        sends={"AccountId": PARENT},
        batch=Batch("UserIdList", item=ID, size=50, failures=listed_errors("UserErrors", "UserId")),
        **rest,
    )


class User(Resource, kind="user", path="accounts.*.users.*"):
    """A person, known by an e-mail address.

    In a Team account people are invited and become members when they accept. In an Enterprise account they become
    members by registering with an address of a claimed domain; nobody can do it for them
    [guide: Managing user permissions and access].
    """

    email: Annotated[
        Email,
        FromKey(),
        Wire("PrimaryEmail"),
        NaturalKey(fold=True),
        Field(description="The address that the person signs in with."),
    ]
    license: Annotated[
        License | None,
        Wire("LicenseType", of=license_of, to=license_to),
        Field(description="`pro` people can host meetings. Not written: the account's default, or what it is."),
    ] = None
    phone: Annotated[
        E164 | None,
        Wire("PrimaryProvisionedNumber", of=unquote),
        Ref("phone_number", exclusive=True),
        Resets(None),
        Field(description="The person's Business Calling number, declared under `phone_numbers`."),
    ] = None
    suspended: Annotated[
        bool,
        Wire("UserRegistrationStatus", of=_is_suspended),
        Field(description="Keep the person signed out. Only Enterprise accounts can suspend."),
    ] = False

    retire_means = "removed from a Team account, suspended in an Enterprise account"
    gates = (
        GateRule(
            name="accepted",
            who="invitee",
            title="the person accepts the invitation",
            closed=_has_to_accept,
            # accepting ends the trial and gives the account's default licence, so an earlier change would be lost
            holds=("BatchUpdateUser", "AssociatePhoneNumberWithUser"),
            steps=("the person opens the invitation e-mail and chooses to accept it",),
            source="guide: Adding users",
            holds_dependents=True,
            overdue_after_days=14,
        ),
        GateRule(
            name="registered",
            who="invitee",
            title="the person registers",
            closed=_has_to_register,
            holds=("*",),
            steps=("the person signs in to Amazon Chime with this address; its domain must be claimed by the account",),
            source="guide: Adding users",
            holds_dependents=True,
            overdue_after_days=14,
        ),
    )
    api = Api(
        service="chime",
        listing=(Listing("ListUsers", items="Users", sends={"AccountId": PARENT}, page_size=200),),
        id="UserId",
        facts={"registration": "UserRegistrationStatus", "invitation": "UserInvitationStatus"},
        fresh={"registration": "Unregistered", "invitation": "Pending"},
        create=Call(
            "InviteUsers",
            sends={"AccountId": PARENT},
            sets=("email",),
            batch=Batch(
                "UserEmailList",
                item=Of("email"),
                size=50,
                failures=statuses("Invites", "EmailAddress", "Failed"),
            ),
        ),
        updates=(
            Call(
                "BatchUpdateUser",
                sends={"AccountId": PARENT},
                sets=("license",),
                batch=Batch(
                    "UpdateUserRequestItems",
                    item={"UserId": ID, "LicenseType": Of("license")},
                    key="UserId",
                    size=20,
                    failures=listed_errors("UserErrors", "UserId"),
                ),
            ),
            Call(
                "DisassociatePhoneNumberFromUser",
                sends={"AccountId": PARENT, "UserId": ID},
                clears=("phone",),
            ),
            Call(
                "AssociatePhoneNumberWithUser",
                sends={"AccountId": PARENT, "UserId": ID, "E164PhoneNumber": Of("phone")},
                sets=("phone",),
            ),
            _by_user("BatchSuspendUser", sets=("suspended",), means={"suspended": True}, when=_on("suspended", True)),
        ),
        retire=(
            Call(
                "DisassociatePhoneNumberFromUser",
                sends={"AccountId": PARENT, "UserId": ID},
                clears=("phone",),
                when=lambda before, after: bool(before.get("phone")),
            ),
            _by_user("BatchSuspendUser", sets=("suspended",), means={"suspended": True}),
        ),
        restore=_by_user("BatchUnsuspendUser", sets=("suspended",), means={"suspended": False}),
        others=(
            Call(
                "UpdateUser",
                sends={"AccountId": PARENT, "UserId": ID, "LicenseType": Of("license")},
                sets=("license",),
            ),
        ),
        console=(
            ConsoleEvent("UpdateUserLicenses", sets=("license",)),
            ConsoleEvent("SuspendUsers", means={"suspended": True}),
            ConsoleEvent("ActivateUsers", means={"suspended": False}),
        ),
    )

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return observed.values.get("suspended") is True

    @classmethod
    def born_with(cls, scope: Scope) -> Values:
        """People get the account's default licence; a new account gives `pro`."""
        given = scope.parent.values.get("default_license") if scope.parent else None
        return {**super().born_with(scope), "license": given or "pro"}

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        return is_team(scope)

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        """Without the licence where a directory gives it, or where accepting the invitation will."""
        is_given = has_directory(scope) or _has_to_accept(observed, scope)
        return {name: value for name, value in observed.values.items() if name != "license" or not is_given}

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        if _has_to_accept(observed, scope):
            failed = observed.facts.get("invitation") == "Failed"
            yield "the invitation failed" if failed else "has not accepted the invitation yet"
        elif observed.facts.get("registration") == "Unregistered":
            yield "has not registered yet"

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, User)
        account = declared.spec(Address(address.parts[:2]))
        if spec.suspended and getattr(account, "type", None) == "team":
            yield _cannot_suspend(address)
        if spec.phone:
            number = declared.spec(Address(("phone_numbers", spec.phone)))
            if number is not None and getattr(number, "product", None) != "business-calling":
                yield Broken(
                    "CF-USR-004",
                    f"{address}.phone: {spec.phone} is not a Business Calling number",
                    why="people call with Business Calling numbers only [guide: Managing phone numbers]",
                    do="write 'product: business-calling' for the number, or choose another one",
                    field="phone",
                    other=Address(("phone_numbers", spec.phone)),
                )

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        address, scope = transition.address, transition.scope
        if has_directory(scope):
            if transition.action in ("retire", "restore") or transition.changes("suspended"):
                release = f"removed: [{{address: '{address}', destroy: false}}]"
                yield _directory_decides(address, "who may sign in", f"change it there, and release it here: {release}")
            elif transition.changes("license") and transition.after.get("license"):
                yield _directory_decides(
                    address, "the licence", "move the person to a group of the other licence there"
                )
        elif is_team(scope) and isinstance(spec, User) and spec.suspended:
            yield _cannot_suspend(address)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        scope = transition.scope
        if transition.action == "retire" or (transition.changes("suspended") and transition.after.get("suspended")):
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
            yield Consequence(
                "no-hosting", "caution", "can no longer host meetings", "guide: Managing user permissions"
            )
        if transition.action != "retire" and transition.changes("phone"):
            yield Consequence(
                "sign-in-again",
                "notice",
                "has to sign out and in again; calling and SMS of a new number are off at first",
                "guide: Assigning Business Calling numbers",
            )


def _cannot_suspend(address: Address) -> Broken:
    return Broken(
        "CF-USR-003",
        f"{address}.suspended: a Team account cannot suspend people",
        why="suspending somebody in a Team account removes them from it",
        do="remove the person from the files instead",
        field="suspended",
    )


def _directory_decides(address: Address, what: str, do: str) -> Broken:
    return Broken(
        "CF-USR-005",
        f"{address}: the directory decides {what}",
        why="users and licences of this account follow the groups of Active Directory or Okta",
        do=do,
    )
