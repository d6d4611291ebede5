"""Claimed e-mail domains and what an account becomes through them. None of this has a public API.

[guide: Claiming a domain; Connecting to Active Directory; Connecting to Okta SSO; Deleting your account]
"""

from __future__ import annotations

from chimeform.sandbox.chime import departures
from chimeform.sandbox.chime.world import (
    DIRECTORY,
    LWA,
    OIDC,
    TEAM,
    account_type,
    accounts,
    bad_request,
    changed,
    conflict,
    domains,
    find_account,
    forbidden,
    not_found,
    stamp,
    users,
)
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def find_owner(ctx: Context, email: str) -> str | None:
    """The account that has claimed the address's own domain: a subdomain has to be claimed separately."""
    claim = domains(ctx).get(domain_of(email))
    owner: str | None = claim["AccountId"] if claim is not None and claim["Verified"] else None
    return owner


def list_claimed(ctx: Context, account_id: str) -> list[str]:
    """Verified domains of an account, oldest claim first."""
    return [claim["Domain"] for claim in domains(ctx).by("account", account_id) if claim["Verified"]]


def claim(ctx: Context, account_id: str, domain: str, *, verified: bool) -> None:
    """Claim a domain, or verify one that is claimed already. The first verified one makes an account Enterprise.

    Raises ApiError: NotFound for an unknown account, Conflict for a domain of another account.
    """
    record = find_account(ctx, account_id)
    name = domain.strip().lower()
    if not name or "@" in name or " " in name:
        raise bad_request(f"'{domain}' is not a domain name")
    held = domains(ctx).get(name)
    if held is not None and held["AccountId"] != account_id:
        raise conflict(f"domain {name} is claimed by another account")
    was_verified = held is not None and held["Verified"]
    claimed_on = held["ClaimedOn"] if held is not None else stamp(ctx)
    domains(ctx).put(
        name,
        {"Domain": name, "AccountId": account_id, "Verified": verified or was_verified, "ClaimedOn": claimed_on},
    )
    # Whether the type changes at the claim or at its verification is not documented; the sandbox takes the latter.
    if verified and account_type(record) == TEAM:
        accounts(ctx).put(account_id, changed(record, "Account", AccountType=LWA))


def release(ctx: Context, account_id: str, domain: str) -> None:
    """Remove a domain, with what that does to its users [guide: Deleting your account].

    The last domain gone, an account without directory and without Okta is a Team account again: undocumented, chosen.
    """
    record = find_account(ctx, account_id)
    name = domain.strip().lower()
    held = domains(ctx).get(name)
    if held is None or held["AccountId"] != account_id:
        raise not_found("domain", name)
    domains(ctx).remove(name)
    if not held["Verified"]:
        return
    for user in users(ctx).by("account", account_id):
        if domain_of(user["User"].get("PrimaryEmail", "")) == name:
            _release_user(ctx, record, user)
    if account_type(record) == LWA and not list_claimed(ctx, account_id):
        accounts(ctx).put(account_id, changed(record, "Account", AccountType=TEAM))


def _release_user(ctx: Context, account: Record, user: Record) -> None:
    """On a directory or Okta account the profile is deleted; otherwise the user shows as suspended.

    The console tells Released (was registered, may open a new account with the address) from Suspended (may not); the
    API has only Suspended.
    """
    if account_type(account) in (DIRECTORY, OIDC):
        departures.remove_user(ctx, user)
        return
    departures.leave_rooms(ctx, user["User"]["UserId"])
    if user["User"]["UserRegistrationStatus"] != "Suspended":
        released = changed(user, "User", UserRegistrationStatus="Suspended")
        users(ctx).put(user["User"]["UserId"], {**released, "Released": True})


def connect_directory(ctx: Context, account_id: str, directory_id: str) -> None:
    """Connect a directory; the account must have a claimed domain [guide: Connecting to Active Directory]."""
    record = find_claiming(ctx, account_id, "a directory")
    if not directory_id.strip():
        raise bad_request("a connection needs the ID of a directory")
    connected = changed(record, "Account", AccountType=DIRECTORY)
    accounts(ctx).put(account_id, {**connected, "DirectoryId": directory_id})


def configure_okta(ctx: Context, account_id: str, issuer: str, client_id: str) -> None:
    """Set the incoming keys of Okta; only an Enterprise account has them. The secret is not kept."""
    record = find_claiming(ctx, account_id, "Okta single sign-on")
    if not issuer.strip() or not client_id.strip():
        raise bad_request("the incoming keys are an issuer URI and a client ID")
    configured = changed(record, "Account", AccountType=OIDC)
    accounts(ctx).put(account_id, {**configured, "Okta": {"Issuer": issuer, "ClientId": client_id}})


def add_group(ctx: Context, account_id: str, name: str, license_type: str) -> None:
    """Map a directory or push group to a licence; mapping it again changes the licence."""
    record = find_account(ctx, account_id)
    if account_type(record) not in (DIRECTORY, OIDC):
        raise forbidden("groups are mapped only on accounts that are connected to a directory or to Okta")
    if not name.strip() or license_type not in ("Basic", "Pro"):
        raise bad_request("a group needs a name and the licence Basic or Pro")
    accounts(ctx).put(account_id, {**record, "Groups": {**record["Groups"], name: license_type}})


def remove_group(ctx: Context, account_id: str, name: str) -> None:
    """Map a group no longer. What its members lose, and when, is not documented: who is registered stays as she is."""
    record = find_account(ctx, account_id)
    if name not in record["Groups"]:
        raise not_found("group", name)
    accounts(ctx).put(
        account_id, {**record, "Groups": {group: kept for group, kept in record["Groups"].items() if group != name}}
    )


def find_claiming(ctx: Context, account_id: str, wanted: str) -> Record:
    """The account, if a claimed domain has made it Enterprise, which `wanted` needs."""
    record = find_account(ctx, account_id)
    if account_type(record) == TEAM:
        raise forbidden(f"{wanted} needs an Enterprise account: claim and verify a domain first")
    return record
