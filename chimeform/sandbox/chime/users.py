"""Users of an account: invitations, licences, suspension, shared devices, telephony settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimeform.sandbox.chime import departures, domains
from chimeform.sandbox.chime.world import (
    DIRECTORY,
    LWA,
    OIDC,
    TEAM,
    account_type,
    bad_request,
    changed,
    check_license,
    conflict,
    find_account,
    find_user,
    forbidden,
    item_error,
    new_guid,
    new_pin,
    stamp,
    users,
)
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

NO_ALEXA = {"IsAlexaForBusinessEnabled": False, "AlexaForBusinessRoomArn": "null"}
"""What registered users carry: the ARN is the text "null" in the shipped examples [awscli: list-users]."""


def new_record(user: dict[str, Any]) -> Record:
    """A user's record around its wire form.

    `LicenseChosen`: an administrator set the licence before the user had registered. `Released`: the console's status
    after the domain was released, for which the API has no value.
    """
    telephony = {"InboundCalling": False, "OutboundCalling": False, "SMS": False}
    return {"User": user, "Telephony": telephony, "LicenseChosen": False, "Released": False}


def invite_users(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Invite addresses to a Team account; each has its own result [botocore InviteUsers]."""
    account = find_account(ctx, params["AccountId"])
    if account_type(account) != TEAM:
        raise forbidden("only Team accounts can invite users")
    invites = []
    for email in params["UserEmailList"]:
        owner = domains.find_owner(ctx, email)
        sent = owner in (None, params["AccountId"])
        if sent:
            _invite(ctx, account, email, params.get("UserType") or "PrivateUser")
        invites.append(
            {
                "InviteId": new_guid(ctx),
                "Status": "Pending" if sent else "Failed",
                "EmailAddress": email,
                "EmailStatus": "Sent" if sent else "NotSent",
            }
        )
    return {"Invites": invites}


def list_users(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Users in the order in which they came, by address and type if asked."""
    account_id = params["AccountId"]
    find_account(ctx, account_id)
    table, kind = users(ctx), params.get("UserType")
    found: Any
    if email := params.get("UserEmail"):
        found = [
            record
            for record in table.by("account_email", (account_id, email.lower()))
            if kind in (None, record["User"]["UserType"])
        ]
    elif kind:
        found = table.by("account_type", (account_id, kind))
    else:
        found = table.by("account", account_id)
    chosen, token = page(found, params, key=_user_id)
    return {"Users": [record["User"] for record in chosen], "NextToken": token}


def get_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"User": find_user(ctx, params["AccountId"], params["UserId"])["User"]}


def create_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Create the profile of a shared device, registered at once with the licence Pro.

    People are invited or register themselves: a PrivateUser, the default, is refused. The guide shows shared devices
    on directory accounts; that other types refuse them is not documented, so they do not.
    """
    find_account(ctx, params["AccountId"])
    if params.get("UserType") != "SharedDevice":
        raise bad_request("only users of the type SharedDevice can be created")
    email = params.get("Email")
    if email and users(ctx).by("account_email", (params["AccountId"], email.lower())):
        raise conflict(f"the account has a user {email}")
    user = {
        "UserId": new_guid(ctx),
        "AccountId": params["AccountId"],
        "PrimaryEmail": email,
        "DisplayName": params.get("Username") or (email.partition("@")[0] if email else None),
        "LicenseType": "Pro",
        "UserType": "SharedDevice",
        "UserRegistrationStatus": "Registered",
        "RegisteredOn": stamp(ctx),
        "AlexaForBusinessMetadata": NO_ALEXA,
        "PersonalPIN": new_pin(ctx),
    }
    record = changed(new_record(user), "User")
    users(ctx).put(record["User"]["UserId"], record)
    return {"User": record["User"]}


def update_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Only LicenseType takes effect, and the answer carries only the UserId [awscli: update-user]."""
    account = find_account(ctx, params["AccountId"])
    _check_own_licenses(account, [params])
    _set_license(ctx, account, params)
    return {"User": {"UserId": params["UserId"]}}


def batch_update_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    account = find_account(ctx, params["AccountId"])
    items = params["UpdateUserRequestItems"]
    _check_own_licenses(account, items)
    return {"UserErrors": _each(items, lambda item: _set_license(ctx, account, item), lambda item: item["UserId"])}


def batch_suspend_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Team: the user leaves the account. EnterpriseLWA: the user is blocked.

    On directory and Okta accounts the identity provider blocks people; the sandbox refuses the whole call there.
    """
    account = find_account(ctx, params["AccountId"])
    kind = account_type(account)
    if kind in (DIRECTORY, OIDC):
        raise forbidden(f"users of an {kind} account are suspended at its identity provider")

    def suspend(user_id: str) -> None:
        record = find_user(ctx, params["AccountId"], user_id)
        if kind == TEAM:
            departures.remove_user(ctx, record)
        else:
            users(ctx).put(user_id, changed(record, "User", UserRegistrationStatus="Suspended"))

    return {"UserErrors": _each(params["UserIdList"], suspend, str)}


def batch_unsuspend_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """EnterpriseLWA only; users who are not suspended are ignored [botocore BatchUnsuspendUser]."""
    account = find_account(ctx, params["AccountId"])
    if account_type(account) != LWA:
        raise forbidden("only users of EnterpriseLWA accounts can be unsuspended")

    def unsuspend(user_id: str) -> None:
        record = find_user(ctx, params["AccountId"], user_id)
        if record["User"]["UserRegistrationStatus"] != "Suspended" or record["Released"]:
            return
        # Somebody who was suspended before ever registering has nothing to return to but the invitation.
        status = "Registered" if "RegisteredOn" in record["User"] else "Unregistered"
        users(ctx).put(user_id, changed(record, "User", UserRegistrationStatus=status))

    return {"UserErrors": _each(params["UserIdList"], unsuspend, str)}


def logout_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Sign the user out of all devices. Nothing that the API shows changes."""
    find_user(ctx, params["AccountId"], params["UserId"])
    return {}


def reset_personal_pin(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A new PIN. Somebody who has not registered has none to reset and stays without: no refusal is documented."""
    record = find_user(ctx, params["AccountId"], params["UserId"])
    if "PersonalPIN" in record["User"]:
        pin = new_pin(ctx)
        while pin == record["User"]["PersonalPIN"]:
            pin = new_pin(ctx)
        record = changed(record, "User", PersonalPIN=pin)
        users(ctx).put(params["UserId"], record)
    return {"User": record["User"]}


def get_user_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"UserSettings": {"Telephony": find_user(ctx, params["AccountId"], params["UserId"])["Telephony"]}}


def update_user_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replaces all three permissions: the model requires every one of them."""
    record = find_user(ctx, params["AccountId"], params["UserId"])
    users(ctx).put(params["UserId"], {**record, "Telephony": dict(params["UserSettings"]["Telephony"])})
    return {}


def _invite(ctx: Context, account: Record, email: str, user_type: str) -> None:
    """One record an address: inviting a member again sends another e-mail and changes nothing else."""
    account_id = account["Account"]["AccountId"]
    known = users(ctx).by("account_email", (account_id, email.lower()))
    if not known:
        user = {
            "UserId": new_guid(ctx),
            "AccountId": account_id,
            "PrimaryEmail": email,
            "LicenseType": account["Account"]["DefaultLicense"],
            "UserType": user_type,
            "UserRegistrationStatus": "Unregistered",
            "UserInvitationStatus": "Pending",
            "InvitedOn": stamp(ctx),
        }
        users(ctx).put(str(user["UserId"]), new_record(user))
    elif known[0]["User"]["UserRegistrationStatus"] != "Registered":
        # Also somebody whom the release of a domain left suspended in what is now a Team account.
        again = changed(
            known[0],
            "User",
            UserRegistrationStatus="Unregistered",
            UserInvitationStatus="Pending",
            InvitedOn=stamp(ctx),
        )
        users(ctx).put(known[0]["User"]["UserId"], {**again, "Released": False})


def _check_own_licenses(account: Record, items: list[dict[str, Any]]) -> None:
    """On directory and Okta accounts licences follow groups; the sandbox refuses to write them there."""
    kind = account_type(account)
    if kind in (DIRECTORY, OIDC) and any(item.get("LicenseType") for item in items):
        raise forbidden(f"licences of an {kind} account follow its directory groups")


def _set_license(ctx: Context, account: Record, item: dict[str, Any]) -> None:
    record = find_user(ctx, account["Account"]["AccountId"], item["UserId"])
    if license_type := item.get("LicenseType"):
        check_license(account, license_type)
        after = changed(record, "User", LicenseType=license_type)
        # A licence given to somebody who is invited holds when the invitation is accepted: the pages do not say.
        users(ctx).put(item["UserId"], {**after, "LicenseChosen": True})


def _each(items: list[Any], do: Callable[[Any], None], name_of: Callable[[Any], str]) -> list[dict[str, str]]:
    errors = []
    for item in items:
        try:
            do(item)
        except ApiError as error:
            errors.append(item_error("UserId", name_of(item), error))
    return errors


def _user_id(record: Record) -> str:
    user_id: str = record["User"]["UserId"]
    return user_id
