"""A person in an account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal
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
    Credential,
    Declared,
    Fixed,
    FromKey,
    Listing,
    Made,
    NaturalKey,
    Objection,
    Of,
    OneOff,
    Ref,
    Resets,
    Resource,
    Scope,
    Transition,
    Wire,
    listed_errors,
    statuses,
)
from .directory_decides import contradicted, decided
from .enterprise import has_directory, is_team
from .people import ACCEPTED, REGISTERED, TYPES, WIRE_TYPES, has_to_accept, is_device, meaning
from .values import Email, FromPool, License, Phone, license_of, license_to


def _is_suspended(status: str) -> bool:
    return status == "Suspended"


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


def _has_not_joined(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    if observed.facts.get("registration") != "Unregistered":
        return None
    return Objection(
        "CF-DO-004",
        "has not joined yet",
        "PINs and devices come with joining",
        "wait until the invitation is accepted; 'chimeform do resend-invitation' sends it once more",
    )


def _is_not_invited(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    if not is_team(scope):
        return Objection(
            "CF-DO-005",
            "is in an Enterprise account",
            "people register there by themselves, and nobody is invited [guide: Adding users]",
            "ask the person to sign in with this address",
        )
    if observed.facts.get("invitation") == "Pending":
        return None
    return Objection(
        "CF-DO-005", "has no invitation that is pending", "who is in the account needs none", "nothing has to be done"
    )


_ONE_OFFS = (
    OneOff(
        "reset-pin",
        title="give people a new personal meeting PIN",
        done="has a new PIN",
        call=Call("ResetPersonalPIN", sends={"AccountId": PARENT, "UserId": ID}),
        source="guide: Changing personal meeting PINs",
        consequence=Consequence(
            "new-pin",
            "caution",
            "every meeting that was scheduled with the old PIN has to be updated by its organiser",
            "guide: Changing personal meeting PINs",
        ),
        objects=_has_not_joined,
        credential=Credential("pin", "User.PersonalPIN"),
        if_lost="look at the person's PIN in Amazon Chime; running it again makes yet another one",
    ),
    OneOff(
        "logout",
        title="sign people out of all their devices",
        done="is signed out",
        call=Call("LogoutUser", sends={"AccountId": PARENT, "UserId": ID}),
        source="guide: Log out multiple users",
        consequence=Consequence(
            "signed-out",
            "caution",
            "is signed out of every device at once, also in the middle of a meeting, and may sign in again",
            "guide: Managing user access",
        ),
        objects=_has_not_joined,
        is_repeatable=True,
    ),
    OneOff(
        "resend-invitation",
        title="invite people of a Team account again whose invitation is pending",
        done="is invited again",
        call=Call(
            "InviteUsers",
            sends={"AccountId": PARENT},
            batch=Batch(
                "UserEmailList",
                item=Made(lambda values: values["email"]),
                size=50,
                failures=statuses("Invites", "EmailAddress", "Failed"),
            ),
        ),
        source="guide: Adding users",
        consequence=Consequence("another-e-mail", "notice", "gets another e-mail", "guide: Adding users"),
        objects=_is_not_invited,
        if_lost="ask one of them whether the e-mail came; running it again may send a second one",
    ),
)


class User(Resource, kind="user", path="accounts.*.users.*"):
    """A person, known by an e-mail address; or the profile of a shared device.

    In a Team account people are invited and become members when they accept. In an Enterprise account they become
    members by registering with an address of a claimed domain; nobody can do it for them
    [guide: Managing user permissions and access]. A shared device, such as a screen in a meeting room, is neither
    invited nor does it register: its profile is made at once, with the licence `pro`.
    """

    email: Annotated[
        Email,
        FromKey(),
        Wire("PrimaryEmail"),
        NaturalKey(fold=True),
        Field(description="The address that the person signs in with."),
    ]
    type: Annotated[
        Literal["person", "shared-device"] | None,
        Wire("UserType", of=lambda wire: TYPES.get(wire, wire), to=WIRE_TYPES.__getitem__),
        Fixed("no operation makes a device of a person or a person of a device; the console can, under Users"),
        Field(description="`shared-device` for the profile of a device in a room. Not written: a person."),
    ] = None
    license: Annotated[
        License | None,
        Wire("LicenseType", of=license_of, to=license_to),
        Field(description="`pro` people can host meetings. Not written: the account's default, or what it is."),
    ] = None
    phone: Annotated[
        Phone | None,
        Wire("PrimaryProvisionedNumber", of=unquote),
        Ref("phone_number", exclusive=True),
        Resets(None),
        Field(
            description="The person's Business Calling number, declared under `phone_numbers`; "
            "or `{pool: NAME}` for one of `phone_pools`."
        ),
    ] = None
    suspended: Annotated[
        bool,
        Wire("UserRegistrationStatus", of=_is_suspended),
        Field(description="Keep the person signed out. Only Enterprise accounts can suspend."),
    ] = False

    is_relocatable = True
    one_offs = _ONE_OFFS
    retire_means = "removed from a Team account, suspended in an Enterprise account"
    gates = (ACCEPTED, REGISTERED)
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
        other_creates=(
            Call(
                "CreateUser",
                sends={"AccountId": PARENT, "Email": Of("email"), "UserType": Of("type")},
                sets=("email", "type"),
                means={"license": "pro"},
                when=lambda before, after: is_device(after),
                id_in="User.UserId",
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
        """The guide has shared devices in accounts with a directory; that others refuse them is not documented."""
        return is_team(scope) or is_device(wanted)

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        """Without the licence where a directory gives it, or accepting an invitation will. A person is no type."""
        is_given = has_directory(scope) or has_to_accept(observed, scope)
        unsaid = {*(("license",) if is_given else ()), *(() if is_device(observed.values) else ("type",))}
        return {name: value for name, value in observed.values.items() if name not in unsaid}

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        if has_to_accept(observed, scope):
            failed = observed.facts.get("invitation") == "Failed"
            yield "the invitation failed" if failed else "has not accepted the invitation yet"
        elif observed.facts.get("registration") == "Unregistered":
            yield "has not registered yet"

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, User)
        yield from contradicted(address, spec.license, declared, is_suspended=spec.suspended)
        account = declared.spec(Address(address.parts[:2]))
        if spec.suspended and getattr(account, "type", None) == "team":
            yield _cannot_suspend(address)
        if spec.phone:
            pool = spec.phone.pool if isinstance(spec.phone, FromPool) else None
            held = Address(("phone_pools", pool)) if pool else Address(("phone_numbers", str(spec.phone)))
            found = declared.spec(held)
            if found is not None and getattr(found, "product", None) != "business-calling":
                what = "a pool of Business Calling numbers" if pool else "a Business Calling number"
                yield Broken(
                    "CF-USR-004",
                    f"{address}.phone: {held.name} is not {what}",
                    why="people call with Business Calling numbers only [guide: Managing phone numbers]",
                    do=f"write 'product: business-calling' for the {'pool' if pool else 'number'}, or choose another",
                    field="phone",
                    other=held,
                )

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        scope = transition.scope
        if has_directory(scope):
            yield from decided(transition, is_device=is_device({**transition.before, **transition.after}))
        elif is_team(scope) and isinstance(spec, User) and spec.suspended:
            yield _cannot_suspend(transition.address)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        return meaning(transition)


def _cannot_suspend(address: Address) -> Broken:
    return Broken(
        "CF-USR-003",
        f"{address}.suspended: a Team account cannot suspend people",
        why="suspending somebody in a Team account removes them from it",
        do="remove the person from the files instead",
        field="suspended",
    )
