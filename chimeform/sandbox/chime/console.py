"""What people do to the service other than by its API: the console's actions, invitees, the carrier.

Each function is one action of the control surface. They raise ApiError as operations do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from chimeform.sandbox.chime import accounts as account_family
from chimeform.sandbox.chime import domains, inventory, orders, registration, scim
from chimeform.sandbox.chime import users as user_family
from chimeform.sandbox.chime.world import (
    accounts,
    bad_request,
    bots,
    changed,
    find_account,
    rooms,
    users,
)
from chimeform.sandbox.chime.world import domains as claims
from chimeform.sandbox.chime.world import orders as order_table
from chimeform.sandbox.context import Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record


def create_account(ctx: Context, name: str) -> dict[str, Any]:
    """A new Team account; its name is what the API would take for one [botocore AccountName]."""
    if not name.strip() or len(name) > 100:
        raise bad_request("an account needs a name of at most 100 characters")
    return describe(ctx, account_family.create_account(ctx, {"Name": name})["Account"]["AccountId"])


def invite(ctx: Context, account_id: str, emails: Sequence[str]) -> dict[str, Any]:
    """Invite people to a Team account; each address has its own result, as in the API."""
    if wrong := [email for email in emails if "@" not in email[1:-1]]:
        raise bad_request(f"'{wrong[0]}' is not an e-mail address")
    return user_family.invite_users(ctx, {"AccountId": account_id, "UserEmailList": list(emails)})


def claim_domain(ctx: Context, account_id: str, domain: str, *, verified: bool = True) -> dict[str, Any]:
    """Claim a domain, or verify it when it is claimed already; answers with the account's summary."""
    domains.claim(ctx, account_id, domain, verified=verified)
    return describe(ctx, account_id)


def release_domain(ctx: Context, account_id: str, domain: str) -> dict[str, Any]:
    domains.release(ctx, account_id, domain)
    return describe(ctx, account_id)


def connect_directory(ctx: Context, account_id: str, directory_id: str) -> dict[str, Any]:
    domains.connect_directory(ctx, account_id, directory_id)
    return describe(ctx, account_id)


def configure_okta(ctx: Context, account_id: str, issuer: str, client_id: str) -> dict[str, Any]:
    domains.configure_okta(ctx, account_id, issuer, client_id)
    return describe(ctx, account_id)


def add_group(ctx: Context, account_id: str, name: str, license: str) -> dict[str, Any]:  # noqa: A002 - as on the wire
    """Map a group; on an account that groups are pushed to, one that has arrived."""
    scim.check_group(ctx, account_id, name)
    domains.add_group(ctx, account_id, name, license)
    scim.settle_group(ctx, account_id, name)
    return describe(ctx, account_id)


def remove_group(ctx: Context, account_id: str, name: str) -> dict[str, Any]:
    domains.remove_group(ctx, account_id, name)
    scim.settle_group(ctx, account_id, name)
    return describe(ctx, account_id)


def set_meetings(
    ctx: Context, account_id: str, *, regions: Sequence[str] | None = None, slack_sign_in: bool | None = None
) -> dict[str, Any]:
    """Meeting Regions and sign-in through Slack; what is None stays. No list of Regions means all of them."""
    record = find_account(ctx, account_id)
    sent: Record = {}
    if regions is not None:
        sent["Regions"] = list(regions)
    if slack_sign_in is not None:
        sent["SlackSignIn"] = slack_sign_in
    accounts(ctx).put(account_id, {**record, "Meetings": {**record["Meetings"], **sent}})
    return describe(ctx, account_id)


def set_supported_licenses(ctx: Context, account_id: str, licenses: Sequence[str]) -> dict[str, Any]:
    """What AWS changes for an account: Plus and ProTrial are values of old accounts [botocore License]."""
    record = find_account(ctx, account_id)
    if not licenses or set(licenses) - {"Basic", "Plus", "Pro", "ProTrial"}:
        raise bad_request("licences are Basic, Plus, Pro and ProTrial")
    accounts(ctx).put(account_id, changed(record, "Account", SupportedLicenses=list(licenses)))
    return describe(ctx, account_id)


def accept(ctx: Context, email: str) -> dict[str, Any]:
    """An invited person accepts; answers with the user."""
    return {"User": registration.accept(ctx, email)}


def register(ctx: Context, email: str, groups: Sequence[str] | None = None) -> dict[str, Any]:
    """A person signs up; answers with the user, or with none where no account has claimed the domain."""
    return {"User": registration.register(ctx, email, groups)}


def list_people(ctx: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """Users and invitations of all accounts, or of those that `account`, `status` and `email` (a part of it) name.

    `status` is the console's (`Released` is one), or `Invited` for an open invitation. Pages as in the API.
    """
    account, status, part = (params.get(name) for name in ("account", "status", "email"))
    found = users(ctx).values() if account is None else users(ctx).by("account", account)
    if status is not None:
        found = tuple(record for record in found if status in (_status(record), _invitation(record)))
    if part is not None:
        found = tuple(record for record in found if part.lower() in record["User"].get("PrimaryEmail", "").lower())
    chosen, token = page(found, dict(params), 50, key=lambda record: str(record["User"]["UserId"]))
    return {"People": [_describe_person(ctx, record) for record in chosen], "Total": len(found), "NextToken": token}


def list_orders(ctx: Context) -> dict[str, Any]:
    """Phone number orders, newest first, each with the statuses that the carrier can give it (`Outcomes`)."""
    inventory.settle(ctx)
    return {
        "Orders": [
            {**record["PhoneNumberOrder"], "OnHold": record["OnHold"], "Outcomes": list(orders.list_outcomes(record))}
            for record in reversed(order_table(ctx).values())
        ]
    }


def set_order_status(ctx: Context, order_id: str, status: str) -> dict[str, Any]:
    orders.set_order_status(ctx, order_id, status)
    return {"PhoneNumberOrder": orders.find_order(ctx, order_id)["PhoneNumberOrder"]}


def summary(ctx: Context) -> dict[str, Any]:
    """What the console shows of all accounts, and its list of disabled ones."""
    disabled = [
        {**{name: record["Account"][name] for name in ("AccountId", "Name")}, "DeletedOn": record["DeletedOn"]}
        for record in account_family.list_deleted(ctx)
    ]
    shown = [describe(ctx, account_id) for account_id in accounts(ctx)]
    return {"Accounts": shown, "DisabledAccounts": disabled}


def describe(ctx: Context, account_id: str) -> dict[str, Any]:
    """One account as the console shows it: with what no operation of the API tells."""
    record = find_account(ctx, account_id)
    account = record["Account"]
    return {
        **{name: account[name] for name in ("AccountId", "Name", "AccountType", "DefaultLicense", "SupportedLicenses")},
        "Domains": [
            {
                "Domain": claim["Domain"],
                "Status": "Verified" if claim["Verified"] else "Pending verification",
                "TxtRecord": _txt_record(account_id, claim["Domain"]),
            }
            for claim in claims(ctx).by("account", account_id)
        ],
        "DirectoryId": record.get("DirectoryId"),
        "Okta": record.get("Okta"),
        **scim.list_keys(ctx, account_id),
        "Groups": [{"Name": name, "License": granted} for name, granted in record["Groups"].items()],
        "Meetings": record["Meetings"],
        "Users": _count_statuses(ctx, account_id),
        "Rooms": len(rooms(ctx).by("account", account_id)),
        "Bots": len(bots(ctx).by("account", account_id)),
    }


def _txt_record(account_id: str, domain: str) -> dict[str, str]:
    """What the console says to publish. How the service makes name and value is not documented; these are ours."""
    return {
        "Name": f"_amazonchime.{domain}",
        "Value": f"amazonchime={sha256(f'{account_id}/{domain}'.encode()).hexdigest()[:32]}",
    }


def _describe_person(ctx: Context, record: Record) -> dict[str, Any]:
    user = record["User"]
    names = ("UserId", "AccountId", "PrimaryEmail", "DisplayName", "UserType", "LicenseType", "InvitedOn")
    return {
        **{name: user.get(name) for name in (*names, "RegisteredOn", "UserInvitationStatus")},
        "AccountName": find_account(ctx, user["AccountId"])["Account"]["Name"],
        "Status": _status(record),
        "IsInvited": _invitation(record) is not None,
    }


def _status(record: Record) -> str:
    """The console's status of a user, which knows Released where the API has only Suspended."""
    status: str = "Released" if record["Released"] else record["User"]["UserRegistrationStatus"]
    return status


def _invitation(record: Record) -> str | None:
    return "Invited" if registration.is_invited(record) else None


def _count_statuses(ctx: Context, account_id: str) -> dict[str, int]:
    """Users by the console's status."""
    counts: dict[str, int] = {}
    for record in users(ctx).by("account", account_id):
        counts[_status(record)] = counts.get(_status(record), 0) + 1
    return counts
