"""Chime accounts, their settings and their sign-in delegate groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime import bots, departures, domains, rooms
from chimeform.sandbox.chime.world import (
    LWA,
    TEAM,
    account_type,
    accounts,
    bad_request,
    changed,
    check_license,
    deleted_accounts,
    find_account,
    forbidden,
    new_guid,
    passed,
    stamp,
    unprocessable,
    users,
)
from chimeform.sandbox.chime.world import domains as claims
from chimeform.sandbox.context import Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

KEPT_AFTER_DELETION = timedelta(days=90)
"""How long a deleted account stays in the Disabled accounts list [guide: Deleting your account]."""


def create_account(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Every new account is a Team account; nothing makes its name unique [botocore CreateAccount]."""
    account = {
        "AwsAccountId": ctx.account_id,
        "AccountId": new_guid(ctx),
        "Name": params["Name"],
        "AccountType": TEAM,
        "CreatedTimestamp": stamp(ctx),
        "DefaultLicense": "Pro",
        "SupportedLicenses": ["Basic", "Pro"],
        "AccountStatus": "Active",
        "SigninDelegateGroups": [],
    }
    record = {
        "Account": account,
        "Settings": {"DisableRemoteControl": False, "EnableDialOut": False},
        "Retention": {},
        "Groups": {},
        "Meetings": {},
    }
    accounts(ctx).put(str(account["AccountId"]), record)
    return {"Account": account}


def get_account(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"Account": find_account(ctx, params["AccountId"])["Account"]}


def list_accounts(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """`Name` is a prefix; `UserEmail` gives the one account that the user belongs to [botocore ListAccounts]."""
    found: tuple[Record, ...] | list[Record] = accounts(ctx).values()
    if email := params.get("UserEmail"):
        homes = [record for record in users(ctx).by("email", email.lower()) if not record["Released"]]
        # Where she is a member goes before where she is only invited.
        homes.sort(key=lambda record: record["User"]["UserRegistrationStatus"] == "Unregistered")
        found = [find_account(ctx, user["User"]["AccountId"]) for user in homes[:1]]
    if prefix := params.get("Name"):
        found = [record for record in found if record["Account"]["Name"].startswith(prefix)]
    chosen, token = page(found, params, key=_account_id)
    return {"Accounts": [record["Account"] for record in chosen], "NextToken": token}


def update_account(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Name and default licence; a call with neither is legal and changes nothing."""
    record = find_account(ctx, params["AccountId"])
    if license_type := params.get("DefaultLicense"):
        check_license(record, license_type)
    wanted = {name: params[name] for name in ("Name", "DefaultLicense") if params.get(name) is not None}
    accounts(ctx).put(params["AccountId"], changed(record, "Account", **wanted))
    return get_account(ctx, params)


def delete_account(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A Team account must have no users left, an Enterprise account no claimed domains [botocore DeleteAccount].

    The pages name neither rooms nor bots as an obstacle; they go with the account, as all user data does.
    """
    record = find_account(ctx, params["AccountId"])
    account_id = params["AccountId"]
    claimed = domains.list_claimed(ctx, account_id)
    if claimed:
        raise unprocessable(f"release the claimed domains of the account first: {', '.join(claimed)}")
    if account_type(record) == TEAM and users(ctx).by("lasting", account_id):
        raise unprocessable("remove all users of the Team account first")
    _empty(ctx, account_id)
    accounts(ctx).remove(account_id)
    deleted_accounts(ctx).put(account_id, {**record, "DeletedOn": stamp(ctx)})
    return {}


def list_deleted(ctx: Context) -> list[Record]:
    """Accounts of the Disabled accounts list; those older than 90 days are forgotten for good."""
    for account_id, record in deleted_accounts(ctx).items():
        if passed(ctx, record["DeletedOn"], KEPT_AFTER_DELETION):
            deleted_accounts(ctx).remove(account_id)
    return list(deleted_accounts(ctx).values())


def get_account_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"AccountSettings": find_account(ctx, params["AccountId"])["Settings"]}


def update_account_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Members that are sent replace the stored ones, the others stay [awscli: update-account-settings]."""
    record = find_account(ctx, params["AccountId"])
    sent = {name: value for name, value in params["AccountSettings"].items() if value is not None}
    accounts(ctx).put(params["AccountId"], {**record, "Settings": {**record["Settings"], **sent}})
    return {}


def associate_signin_delegate_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Adds to the groups that are there; one that is there already stays once. Takes objects."""
    record = _find_delegating(ctx, params["AccountId"])
    names = [group.get("GroupName") for group in params["SigninDelegateGroups"]]
    if not all(names):
        raise bad_request("every sign-in delegate group needs a GroupName")
    kept = [group["GroupName"] for group in record["Account"]["SigninDelegateGroups"]]
    _put_groups(ctx, record, list(dict.fromkeys([*kept, *names])))
    return {}


def disassociate_signin_delegate_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Takes names, not objects. A name that is not associated is no error: the pages do not say that it is."""
    record = _find_delegating(ctx, params["AccountId"])
    kept = [group["GroupName"] for group in record["Account"]["SigninDelegateGroups"]]
    _put_groups(ctx, record, [name for name in kept if name not in params["GroupNames"]])
    return {}


def _put_groups(ctx: Context, record: Record, names: list[str]) -> None:
    groups = [{"GroupName": name} for name in names]
    accounts(ctx).put(record["Account"]["AccountId"], changed(record, "Account", SigninDelegateGroups=groups))


def _find_delegating(ctx: Context, account_id: str) -> Record:
    """Delegate groups are directory groups. Whether Okta accounts have them is not documented: they are let through."""
    record = find_account(ctx, account_id)
    if account_type(record) in (TEAM, LWA):
        raise forbidden("sign-in delegate groups need an account that is connected to a directory")
    return record


def _empty(ctx: Context, account_id: str) -> None:
    for user in users(ctx).by("account", account_id):
        departures.remove_user(ctx, user)
    rooms.remove_rooms(ctx, account_id)
    bots.remove_bots(ctx, account_id)
    for claim in claims(ctx).by("account", account_id):
        claims(ctx).remove(claim["Domain"])


def _account_id(record: Record) -> str:
    account_id: str = record["Account"]["AccountId"]
    return account_id
