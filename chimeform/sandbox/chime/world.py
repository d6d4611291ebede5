"""The service's tables, identifiers and the errors that all families share.

A record keeps the object in its wire form under the shape's name (`record["User"]`), so that a listing hands out what
is stored without building anything; what only the service itself knows stands beside it. Records are never changed in
place: `changed` gives the copy that is put back.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from chimeform.sandbox.clock import format_timestamp, parse_timestamp
from chimeform.sandbox.context import ApiError, Context, Table
from chimeform.sandbox.store import Record

TEAM = "Team"
LWA = "EnterpriseLWA"
DIRECTORY = "EnterpriseDirectory"
OIDC = "EnterpriseOIDC"

WIDEST_PAGE = 99
"""Page size of the lists for which the model names a maximum of 99 and no default: all that the service would give."""


def bad_request(detail: str) -> ApiError:
    return ApiError("BadRequestException", f"Service received a bad request: {detail}")


def not_found(kind: str, identifier: str) -> ApiError:
    return ApiError("NotFoundException", f"Unable to find the requested identifier: {kind} {identifier}")


def forbidden(detail: str) -> ApiError:
    return ApiError("ForbiddenException", detail)


def conflict(detail: str) -> ApiError:
    return ApiError("ConflictException", f"Request could not be completed due to a conflict: {detail}")


def over_limit(detail: str) -> ApiError:
    return ApiError("ResourceLimitExceededException", detail)


def unprocessable(detail: str) -> ApiError:
    return ApiError("UnprocessableEntityException", detail)


SHORT_CODES = {
    "BadRequestException": "BadRequest",
    "NotFoundException": "NotFound",
    "ForbiddenException": "Forbidden",
    "ConflictException": "Conflict",
    "ResourceLimitExceededException": "ResourceLimitExceeded",
}
"""The error of a single call as the `ErrorCode` of an item of a batch [botocore ErrorCode]."""


def item_error(member: str, identifier: str, error: ApiError) -> dict[str, str]:
    """An entry of a batch's error list for the item that a single call would have refused with `error`."""
    code = error.code or SHORT_CODES[error.shape]
    return {member: identifier, "ErrorCode": code, "ErrorMessage": error.message}


def new_guid(ctx: Context) -> str:
    """A GUID from the sandbox's own randomness: the same seed gives the same identifiers."""
    return str(uuid.UUID(int=ctx.random.getrandbits(128), version=4))


def new_pin(ctx: Context) -> str:
    """A personal meeting PIN: ten digits [guide: Change PIN]."""
    return str(ctx.random.randrange(1_000_000_000, 10_000_000_000))


def stamp(ctx: Context) -> str:
    return format_timestamp(ctx.clock.now())


def passed(ctx: Context, since: str, period: timedelta) -> bool:
    """Whether `period` has gone by on the service's clock since the time stamp."""
    return ctx.clock.now() >= parse_timestamp(since) + period


def changed(record: Record, shape: str, **members: Any) -> Record:
    """The record with members of its wire form replaced; a member set to None is taken out."""
    wire = {**record[shape], **members}
    return {**record, shape: {name: value for name, value in wire.items() if value is not None}}


def accounts(ctx: Context) -> Table:
    return ctx.tables["accounts"]


def deleted_accounts(ctx: Context) -> Table:
    """The Disabled accounts list of the console: what DeleteAccount took away, for 90 days."""
    return ctx.tables["deleted_accounts"]


def domains(ctx: Context) -> Table:
    """Claims by domain name: a domain belongs to one account at most."""
    table = ctx.tables["domains"]
    table.index("account", _account_of_claim)
    return table


def users(ctx: Context) -> Table:
    table = ctx.tables["users"]
    table.index("account", _account_of_user)
    table.index("email", _email_of_user)
    table.index("account_email", _account_and_email)
    table.index("account_type", _account_and_type)
    table.index("lasting", _lasting_account)
    return table


def rooms(ctx: Context) -> Table:
    table = ctx.tables["rooms"]
    table.index("account", _account_of_room)
    table.index("token", _token_of_room)
    return table


def memberships(ctx: Context) -> Table:
    """Keyed by `membership_key`."""
    table = ctx.tables["memberships"]
    table.index("room", _room_of_membership)
    table.index("member", _member_of_membership)
    return table


def membership_key(room_id: str, member_id: str) -> str:
    return f"{room_id}/{member_id}"


def bots(ctx: Context) -> Table:
    table = ctx.tables["bots"]
    table.index("account", _account_of_bot)
    return table


def numbers(ctx: Context) -> Table:
    """The AWS account's phone inventory by E.164 number."""
    table = ctx.tables["numbers"]
    table.index("waits_for", _what_number_waits_for)
    table.index("counts_for", _what_number_counts_for)
    return table


def orders(ctx: Context) -> Table:
    table = ctx.tables["orders"]
    table.index("status", _status_of_order)
    return table


def aws_settings(ctx: Context) -> Table:
    """Settings of the AWS account: one record a family."""
    return ctx.tables["aws_settings"]


def find_account(ctx: Context, account_id: str) -> Record:
    record = accounts(ctx).get(account_id)
    if record is None:
        raise not_found("account", account_id)
    return record


def account_type(record: Record) -> str:
    kind: str = record["Account"]["AccountType"]
    return kind


def find_enterprise(ctx: Context, account_id: str, wanted: str) -> Record:
    """The account, if its type allows `wanted`; chat rooms, bots, retention and redaction are for Enterprise accounts.

    [guide: Choosing a Team or Enterprise account]
    """
    record = find_account(ctx, account_id)
    if account_type(record) == TEAM:
        raise forbidden(f"{wanted} needs an Enterprise account; account {account_id} is a Team account")
    return record


def find_user(ctx: Context, account_id: str, user_id: str) -> Record:
    find_account(ctx, account_id)
    record = users(ctx).get(user_id)
    if record is None or record["User"]["AccountId"] != account_id:
        raise not_found("user", user_id)
    return record


def find_bot(ctx: Context, account_id: str, bot_id: str) -> Record:
    find_account(ctx, account_id)
    record = bots(ctx).get(bot_id)
    if record is None or record["AccountId"] != account_id:
        raise not_found("bot", bot_id)
    return record


def check_license(account: Record, license_type: str) -> None:
    """A licence must be one that the account supports [botocore UpdateUser]."""
    supported = account["Account"]["SupportedLicenses"]
    if license_type not in supported:
        raise bad_request(f"licence {license_type} is not supported by the account ({', '.join(supported)})")


def _account_of_claim(record: Record) -> str:
    account_id: str = record["AccountId"]
    return account_id


def _account_of_user(record: Record) -> str:
    account_id: str = record["User"]["AccountId"]
    return account_id


def _email_of_user(record: Record) -> str | None:
    email = record["User"].get("PrimaryEmail")
    return None if email is None else email.lower()


def _account_and_email(record: Record) -> tuple[str, str] | None:
    email = _email_of_user(record)
    return None if email is None else (record["User"]["AccountId"], email)


def _account_and_type(record: Record) -> tuple[str, str]:
    return record["User"]["AccountId"], record["User"]["UserType"]


def _lasting_account(record: Record) -> str | None:
    """Users that stand in the way of deleting a Team account: all but the suspended."""
    user = record["User"]
    return None if user["UserRegistrationStatus"] == "Suspended" else user["AccountId"]


def _account_of_room(record: Record) -> str:
    account_id: str = record["Room"]["AccountId"]
    return account_id


def _token_of_room(record: Record) -> tuple[str, str] | None:
    token = record["ClientRequestToken"]
    return None if token is None else (record["Room"]["AccountId"], token)


def _room_of_membership(record: Record) -> str:
    room_id: str = record["RoomId"]
    return room_id


def _member_of_membership(record: Record) -> str:
    member_id: str = record["MemberId"]
    return member_id


def _account_of_bot(record: Record) -> str:
    account_id: str = record["AccountId"]
    return account_id


def _what_number_waits_for(record: Record) -> str | None:
    number = record["PhoneNumber"]
    waits = number["Status"] == "DeleteInProgress" or number["CallingNameStatus"] == "UpdateInProgress"
    return "clock" if waits else None


def _what_number_counts_for(record: Record) -> str | None:
    # A queued number does not count, or else restoring one could never exceed the quota as the service says it may.
    status = record["PhoneNumber"]["Status"]
    return None if status in ("DeleteInProgress", "AcquireFailed") else "quota"


def _status_of_order(record: Record) -> str:
    status: str = record["PhoneNumberOrder"]["Status"]
    return status
