"""Lists of people as the console gives them for download: everybody, page by page, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .address import Address
from .app import App
from .export.naming import keys_of
from .resources import kinds
from .survey import check_account

COLUMNS = (
    *("account", "account_id", "user_id", "email", "display_name", "license", "user_type"),
    *("registration_status", "invitation_status", "invited_on", "registered_on", "phone_number"),
)
"""What the service tells of somebody [botocore chime User], but the PIN, which is a credential."""
_MEMBERS = {
    "user_id": "UserId",
    "email": "PrimaryEmail",
    "display_name": "DisplayName",
    "license": "LicenseType",
    "user_type": "UserType",
    "registration_status": "UserRegistrationStatus",
    "invitation_status": "UserInvitationStatus",
    "invited_on": "InvitedOn",
    "registered_on": "RegisteredOn",
    "phone_number": "PrimaryProvisionedNumber",
}
_PAGE = 200
Person = Mapping[str, str]


def list_people(app: App) -> Iterator[Person]:
    """The people of all accounts of the AWS account, or of those that are selected. Never holds more than a page.

    Inside a workspace, its `aws` settings say where to look. Raises `ServiceError` for the first page that fails.
    """
    desired, calls = app.connect()
    check_account(desired, calls)
    selection = app.request.selection
    kind = kinds()["account"]
    accounts = list(calls.pages("chime", "ListAccounts", {"MaxResults": _PAGE}, "Accounts"))
    for account, key in zip(accounts, keys_of(kind, [kind.read(one) for one in accounts]), strict=True):
        address = Address(("accounts", str(key)))
        if selection.may_hold(address):
            request = {"AccountId": account["AccountId"], "MaxResults": _PAGE}
            for user in calls.pages("chime", "ListUsers", request, "Users"):
                if selection.may_hold(address.child("users", str(user.get("PrimaryEmail") or user["UserId"]))):
                    yield _person(account, user)


def _person(account: Mapping[str, Any], user: Mapping[str, Any]) -> Person:
    told = {name: _text(user.get(member)) for name, member in _MEMBERS.items()}
    told["phone_number"] = unquote(told["phone_number"])
    return {"account": account["Name"], "account_id": account["AccountId"], **told}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
