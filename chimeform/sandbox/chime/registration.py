"""What people do: accept an invitation, sign up.

[guide: Adding users; Managing user access; Pro trials]
"""

from __future__ import annotations

from collections.abc import Sequence

from chimeform.sandbox.chime import departures, domains
from chimeform.sandbox.chime.users import NO_ALEXA, new_record
from chimeform.sandbox.chime.world import (
    DIRECTORY,
    OIDC,
    account_type,
    bad_request,
    changed,
    find_account,
    forbidden,
    new_guid,
    new_pin,
    not_found,
    stamp,
    users,
)
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record


def accept(ctx: Context, email: str) -> Record:
    """The invited person accepts the newest open invitation, and leaves the account that she was in.

    The licence becomes the account's default, unless an administrator chose one while the invitation was open. Returns
    the user in wire form. Raises ApiError: NotFound without an invitation, Forbidden when another account has claimed
    the domain in the meantime.
    """
    open_ones = [record for record in users(ctx).by("email", email.lower()) if is_invited(record)]
    if not open_ones:
        raise not_found("open invitation of", email)
    invited = max(open_ones, key=lambda record: record["User"]["InvitedOn"])
    account_id = invited["User"]["AccountId"]
    owner = domains.find_owner(ctx, email)
    if owner not in (None, account_id):
        raise forbidden(f"the domain of {email} is claimed by another account")
    _leave_other_accounts(ctx, email, account_id)
    return _admit(ctx, invited, _license_of(find_account(ctx, account_id), invited, None), accepted=True)


def is_invited(record: Record) -> bool:
    """Whether the user's invitation can still be accepted."""
    user = record["User"]
    return (user.get("UserInvitationStatus"), user["UserRegistrationStatus"]) == ("Pending", "Unregistered")


def register(ctx: Context, email: str, groups: Sequence[str] | None = None) -> Record | None:
    """A person signs up; with an address of a claimed domain she becomes a member of that account.

    `groups` are the directory groups that she is in, by default every group that the account maps. Returns the user in
    wire form, as she is if she is registered already; None when nobody has claimed the domain: she has a free profile,
    which no account shows. Raises ApiError: BadRequest for what is no address, Forbidden for the suspended and for
    members of no mapped group.
    """
    if "@" not in email[1:-1]:
        raise bad_request(f"'{email}' is not an e-mail address")
    owner = domains.find_owner(ctx, email)
    if owner is None:
        return None
    account = find_account(ctx, owner)
    known = users(ctx).by("account_email", (owner, email.lower()))
    record = known[0] if known else _new_member(ctx, owner, email)
    status = record["User"]["UserRegistrationStatus"]
    if status == "Registered":
        user: Record = record["User"]
        return user
    if status == "Suspended" and not record["Released"]:
        raise forbidden(f"{email} is suspended and cannot sign in")
    license_type = _license_of(account, record, groups)
    _leave_other_accounts(ctx, email, owner)
    accepted = record["User"].get("UserInvitationStatus") is not None
    return _admit(ctx, {**record, "Released": False}, license_type, accepted=accepted)


def enrol(ctx: Context, account_id: str, email: str) -> str:
    """An identity provider makes somebody a member of the account; her identifier.

    She leaves the account that she was in. A member stays who she is; a new one has no licence yet.
    """
    known = users(ctx).by("account_email", (account_id, email.lower()))
    record = known[0] if known else _new_member(ctx, account_id, email)
    user_id: str = record["User"]["UserId"]
    _leave_other_accounts(ctx, email, account_id)
    if record["User"]["UserRegistrationStatus"] != "Registered":
        accepted = record["User"].get("UserInvitationStatus") is not None
        _admit(ctx, {**record, "Released": False}, record["User"].get("LicenseType"), accepted=accepted)
    return user_id


def _license_of(account: Record, record: Record, groups: Sequence[str] | None) -> str:
    """Where groups decide: Pro for a member of any Pro group, Basic for one of Basic groups only; or else the default.

    A licence that an administrator gave to an open invitation goes before the default.
    """
    if account_type(account) not in (DIRECTORY, OIDC):
        chosen = record["LicenseChosen"] and record["User"]["UserRegistrationStatus"] == "Unregistered"
        license_type: str = record["User"]["LicenseType"] if chosen else account["Account"]["DefaultLicense"]
        return license_type
    mapped = account["Groups"]
    licenses = {mapped[name] for name in (mapped if groups is None else groups) if name in mapped}
    if not licenses:
        raise forbidden("a member of no mapped group cannot sign in")
    return "Pro" if "Pro" in licenses else "Basic"


def _leave_other_accounts(ctx: Context, email: str, account_id: str) -> None:
    """A person is in one account [botocore ListAccounts]: whoever joins another leaves the first, unless the settings
    of the sandbox have it otherwise. Open invitations elsewhere stay open."""
    if not ctx.settings.joining_leaves:
        return
    for record in users(ctx).by("email", email.lower()):
        user = record["User"]
        if user["AccountId"] != account_id and user["UserRegistrationStatus"] == "Registered":
            departures.remove_user(ctx, record)


def _new_member(ctx: Context, account_id: str, email: str) -> Record:
    return new_record(
        {
            "UserId": new_guid(ctx),
            "AccountId": account_id,
            "PrimaryEmail": email,
            "UserType": "PrivateUser",
            "UserRegistrationStatus": "Unregistered",
        }
    )


def _admit(ctx: Context, record: Record, license_type: str | None, *, accepted: bool) -> Record:
    local = record["User"]["PrimaryEmail"].partition("@")[0]
    admitted = changed(
        record,
        "User",
        DisplayName=" ".join(part.capitalize() for part in local.replace("_", ".").split(".") if part) or local,
        LicenseType=license_type,
        UserRegistrationStatus="Registered",
        UserInvitationStatus="Accepted" if accepted else None,
        RegisteredOn=stamp(ctx),
        AlexaForBusinessMetadata=NO_ALEXA,
        PersonalPIN=new_pin(ctx),
    )
    users(ctx).put(admitted["User"]["UserId"], admitted)
    user: Record = admitted["User"]
    return user
