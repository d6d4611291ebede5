"""What an identity provider pushes to an account: people, groups and who is in them, with an access key of the account.

[guide: Connecting to Okta SSO] Chosen where the guide is silent: a pushed person is Registered at once, or Suspended
while none of her groups is mapped to a licence; somebody whom the account knows already is taken over as she is; and
only an account whose Okta keys are set takes people, those of its claimed domains.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from chimeform.sandbox.chime import departures, domains, registration
from chimeform.sandbox.chime.world import (
    OIDC,
    account_type,
    accounts,
    changed,
    find_enterprise,
    new_guid,
    not_found,
    passed,
    stamp,
    users,
)
from chimeform.sandbox.chime.world import find_account as find_account_record
from chimeform.sandbox.context import Context, Table
from chimeform.sandbox.store import Record


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def create_key(ctx: Context, account_id: str) -> dict[str, Any]:
    """A new access key; its text is in this answer and nowhere else. Only an Enterprise account has the page for it."""
    find_enterprise(ctx, account_id, "an access key")
    key = f"{ctx.random.getrandbits(256):064x}"
    record = {"KeyId": new_guid(ctx), "AccountId": account_id, "CreatedOn": stamp(ctx), "IsUsed": False}
    access_keys(ctx).put(str(record["KeyId"]), {**record, "Digest": digest_of(key)})
    return {"AccessKey": {**_show_key(record), "Key": key}}


def list_keys(ctx: Context, account_id: str) -> dict[str, Any]:
    find_account_record(ctx, account_id)
    return {"AccessKeys": [_show_key(record) for record in access_keys(ctx).by("account", account_id)]}


def delete_key(ctx: Context, account_id: str, key_id: str) -> dict[str, Any]:
    record = access_keys(ctx).get(key_id)
    if record is None or record["AccountId"] != account_id:
        raise not_found("access key", key_id)
    access_keys(ctx).remove(key_id)
    return list_keys(ctx, account_id)


def find_account(ctx: Context, digest: str) -> str | None:
    """The account whose key has that digest; None for a key that nobody has, or that was deleted."""
    for record in access_keys(ctx).by("digest", digest):
        if record["AccountId"] in accounts(ctx):
            if not record["IsUsed"]:
                access_keys(ctx).put(record["KeyId"], {**record, "IsUsed": True})
            account_id: str = record["AccountId"]
            return account_id
    return None


def has_user(ctx: Context, account_id: str, user_id: str) -> bool:
    record = users(ctx).get(user_id)
    return record is not None and record["User"]["AccountId"] == account_id


def put_user(ctx: Context, account_id: str, user_id: str | None, email: str, display_name: str | None) -> str | None:
    """Create or update a person; her identifier, or None when the account does not take her."""
    account = accounts(ctx).get(account_id)
    if account is None or account_type(account) != OIDC or domains.find_owner(ctx, email) != account_id:
        return None
    if user_id is None:
        user_id = registration.enrol(ctx, account_id, email)
    record = users(ctx).get(user_id)
    assert record is not None
    wanted = {"PrimaryEmail": email, "DisplayName": display_name or record["User"].get("DisplayName")}
    if any(record["User"].get(name) != value for name, value in wanted.items()):
        users(ctx).put(user_id, changed(record, "User", **wanted))
    return user_id


def remove_user(ctx: Context, account_id: str, user_id: str) -> None:
    for member in members(ctx).by("user", user_id):
        members(ctx).remove(_member_key(account_id, member["Name"], user_id))
    if has_user(ctx, account_id, user_id):
        record = users(ctx).get(user_id)
        assert record is not None
        departures.remove_user(ctx, record)


def put_group(ctx: Context, account_id: str, name: str) -> None:
    if (key := f"{account_id}/{name}") not in groups(ctx):
        groups(ctx).put(key, {"AccountId": account_id, "Name": name, "CreatedOn": stamp(ctx)})


def remove_group(ctx: Context, account_id: str, name: str) -> None:
    """The group goes with its members; what it was mapped to stays in the console, and gives nobody a licence."""
    left = [member["UserId"] for member in members(ctx).by("group", (account_id, name))]
    for user_id in left:
        members(ctx).remove(_member_key(account_id, name, user_id))
    groups(ctx).remove(f"{account_id}/{name}")
    for user_id in left:
        settle_user(ctx, account_id, user_id)


def put_member(ctx: Context, account_id: str, name: str, user_id: str, *, is_in: bool) -> None:
    key = _member_key(account_id, name, user_id)
    if is_in and key not in members(ctx):
        members(ctx).put(key, {"AccountId": account_id, "Name": name, "UserId": user_id})
    elif not is_in:
        members(ctx).remove(key)


def check_group(ctx: Context, account_id: str, name: str) -> None:
    """NotFoundException for a group that has not arrived yet, or never will, on an account that groups are pushed to.

    An account that no provisioning has used a key of takes any name: then nothing here knows its groups.
    """
    if not any(record["IsUsed"] for record in access_keys(ctx).by("account", account_id)):
        return
    group = groups(ctx).get(f"{account_id}/{name}")
    if group is None or not passed(ctx, group["CreatedOn"], timedelta(seconds=ctx.settings.scim_seconds)):
        raise not_found("group", name)


def settle_group(ctx: Context, account_id: str, name: str) -> None:
    """The licence that a group is mapped to has changed."""
    settle_users(ctx, account_id, [member["UserId"] for member in members(ctx).by("group", (account_id, name))])


def settle_users(ctx: Context, account_id: str, user_ids: Iterable[str]) -> None:
    for user_id in user_ids:
        settle_user(ctx, account_id, user_id)


def settle_user(ctx: Context, account_id: str, user_id: str) -> None:
    """Give a pushed person the licence of her groups: Pro if any says so; without any she cannot sign in."""
    record = users(ctx).get(user_id)
    if record is None:
        return
    mapped = find_account_record(ctx, account_id)["Groups"]
    licenses = {mapped[member["Name"]] for member in members(ctx).by("user", user_id) if member["Name"] in mapped}
    if licenses:
        license_type = "Pro" if "Pro" in licenses else "Basic"
        wanted = {"UserRegistrationStatus": "Registered", "LicenseType": license_type}
    else:
        wanted = {"UserRegistrationStatus": "Suspended"}
    if any(record["User"].get(name) != value for name, value in wanted.items()):
        users(ctx).put(user_id, {**changed(record, "User", **wanted), "Released": False})


def access_keys(ctx: Context) -> Table:
    table = ctx.tables["access_keys"]
    table.index("account", _account)
    table.index("digest", _digest)
    return table


def groups(ctx: Context) -> Table:
    """Pushed groups, keyed `account/name`."""
    return ctx.tables["scim_groups"]


def members(ctx: Context) -> Table:
    table = ctx.tables["scim_members"]
    table.index("group", _group)
    table.index("user", _user)
    return table


def _member_key(account_id: str, name: str, user_id: str) -> str:
    return f"{account_id}/{user_id}/{name}"


def _show_key(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in ("KeyId", "CreatedOn")}


def _account(record: Record) -> str:
    account_id: str = record["AccountId"]
    return account_id


def _digest(record: Record) -> str:
    digest: str = record["Digest"]
    return digest


def _group(record: Record) -> tuple[str, str]:
    return record["AccountId"], record["Name"]


def _user(record: Record) -> str:
    user_id: str = record["UserId"]
    return user_id
