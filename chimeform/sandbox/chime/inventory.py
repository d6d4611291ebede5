"""The phone inventory of the AWS account: records, assignment, and what time does to numbers and orders.

Nothing runs in the background. Every operation that reads numbers or orders settles first what has become due: orders
finish, calling names take effect, the deletion queue empties.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime import numbering
from chimeform.sandbox.chime.world import (
    bad_request,
    changed,
    not_found,
    numbers,
    orders,
    over_limit,
    stamp,
    users,
)
from chimeform.sandbox.clock import format_timestamp, parse_timestamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record

DELETION_QUEUE = timedelta(days=7)
"""How long a deleted number can be restored [guide: Deleting phone numbers]."""


def normalise(identifier: str) -> str:
    """The E.164 number with its plus sign, from any form that the API takes: `+1…`, `%2B1…`, `1…`."""
    if identifier[:3] in ("%2B", "%2b"):
        identifier = identifier[3:]
    return "+" + identifier.removeprefix("+")


def new_record(ctx: Context, number: str, product: str, order_id: str) -> Record:
    """A number that an order is trying to get."""
    place = numbering.locate(number)
    # Which numbers can carry messages is not documented beyond "calls and SMS for Chime users": local ones of the US.
    texts = place == numbering.Place("US", "Local")
    capabilities = {"InboundCall": True, "OutboundCall": True}
    capabilities |= dict.fromkeys(("InboundSMS", "OutboundSMS", "InboundMMS", "OutboundMMS"), texts)
    now = stamp(ctx)
    wire: dict[str, Any] = {
        "PhoneNumberId": number.replace("+", "%2B"),
        "E164PhoneNumber": number,
        "Country": place.country if place else None,
        "Type": place.type if place else None,
        "ProductType": product,
        "Status": "AcquireInProgress",
        "Capabilities": capabilities,
        "Associations": [],
        "CallingNameStatus": "Unassigned",
        "CreatedTimestamp": now,
        "UpdatedTimestamp": now,
    }
    return changed(
        {"PhoneNumber": wire, "OrderId": order_id, "CallingNameSince": None, "CallingNameBefore": None}, "PhoneNumber"
    )


def find_number(ctx: Context, identifier: str) -> Record:
    """The number in the inventory, whichever form of its identifier was sent."""
    settle(ctx)
    record = numbers(ctx).get(normalise(identifier))
    if record is None:
        raise not_found("phone number", identifier)
    return record


def find_held(ctx: Context, identifier: str) -> Record:
    """A number that can be worked with: one whose order is not finished, or failed, is not in our hands yet."""
    record = find_number(ctx, identifier)
    if (status := record["PhoneNumber"]["Status"]) in ("AcquireInProgress", "AcquireFailed"):
        raise bad_request(f"phone number {identifier} is not acquired ({status})")
    return record


def put_number(ctx: Context, record: Record, **members: Any) -> Record:
    """Store the record with changed members and a new UpdatedTimestamp."""
    after = changed(record, "PhoneNumber", **members, UpdatedTimestamp=stamp(ctx))
    numbers(ctx).put(after["PhoneNumber"]["E164PhoneNumber"], after)
    return after


def check_quota(ctx: Context, added: int) -> None:
    """Provisioned numbers per AWS account; without a limit unless the settings name one [gr: Endpoints and quotas]."""
    quota = ctx.settings.phone_number_quota
    if quota is not None and len(numbers(ctx).by("counts_for", "quota")) + added > quota:
        raise over_limit(f"the AWS account may hold {quota} phone numbers")


def assign(ctx: Context, record: Record, user: Record) -> None:
    """Give the number to the user; calling and SMS permissions start switched off [guide: Assigning phone numbers]."""
    account_id, user_id = user["User"]["AccountId"], user["User"]["UserId"]
    now = stamp(ctx)
    associations = [
        {"Name": "AccountId", "Value": account_id, "AssociatedTimestamp": now},
        {"Name": "UserId", "Value": user_id, "AssociatedTimestamp": now},
    ]
    put_number(ctx, record, Status="Assigned", Associations=associations)
    after = changed(user, "User", PrimaryProvisionedNumber=record["PhoneNumber"]["E164PhoneNumber"])
    users(ctx).put(user_id, {**after, "Telephony": dict.fromkeys(after["Telephony"], False)})


def unassign(ctx: Context, number: str) -> None:
    """Take the number back into the inventory; the caller sees to the user's record."""
    record = numbers(ctx).get(number)
    if record is not None:
        put_number(ctx, record, Status="Unassigned", Associations=[])


def settle(ctx: Context) -> None:
    """Let everything happen that is due by the service's clock."""
    for order in orders(ctx).by("status", "Processing"):
        due = parse_timestamp(order["PhoneNumberOrder"]["CreatedTimestamp"])
        due += timedelta(seconds=ctx.settings.order_seconds)
        if not order["OnHold"] and ctx.clock.now() >= due:
            settle_order(ctx, order, due_on=format_timestamp(due))
    # time stamps of one form sort like the moments that they name, and thousands of numbers may wait
    gone_since = format_timestamp(ctx.clock.now() - DELETION_QUEUE)
    shown_since = format_timestamp(ctx.clock.now() - timedelta(seconds=ctx.settings.calling_name_seconds))
    for record in numbers(ctx).by("waits_for", "clock"):
        _settle_number(ctx, record, gone_since, shown_since)


def settle_order(ctx: Context, order: Record, *, due_on: str, failing: frozenset[str] | None = None) -> None:
    """Finish an order: Successful when it got every number, Failed when none, Partial otherwise.

    `failing` says which numbers it does not get; by default those that somebody holds, ourselves included, and those
    of countries and types that are not sold.
    """
    wire = order["PhoneNumberOrder"]
    order_id = wire["PhoneNumberOrderId"]
    ordered = []
    for item in wire["OrderedPhoneNumbers"]:
        number = item["E164PhoneNumber"]
        record = numbers(ctx).get(number)
        ours = record is not None and record["OrderId"] == order_id
        failed = not ours or (_is_unavailable(ctx, number) if failing is None else number in failing)
        if record is not None and ours:
            status = "AcquireFailed" if failed else "Unassigned"
            numbers(ctx).put(number, changed(record, "PhoneNumber", Status=status, UpdatedTimestamp=due_on))
        ordered.append({"E164PhoneNumber": number, "Status": "Failed" if failed else "Acquired"})
    outcomes = {item["Status"] for item in ordered}
    status = "Partial" if len(outcomes) > 1 else "Successful" if outcomes == {"Acquired"} else "Failed"
    after = changed(order, "PhoneNumberOrder", Status=status, OrderedPhoneNumbers=ordered, UpdatedTimestamp=due_on)
    orders(ctx).put(order_id, {**after, "OnHold": False})


def _is_unavailable(ctx: Context, number: str) -> bool:
    place = numbering.locate(number)
    return number in ctx.settings.unavailable_numbers or place is None or not numbering.is_sold(place)


def _settle_number(ctx: Context, record: Record, gone_since: str, shown_since: str) -> None:
    wire = record["PhoneNumber"]
    number = wire["E164PhoneNumber"]
    if wire["Status"] == "DeleteInProgress" and wire["DeletionTimestamp"] <= gone_since:
        numbers(ctx).remove(number)
        return
    if wire["CallingNameStatus"] == "UpdateInProgress" and record["CallingNameSince"] <= shown_since:
        # A cleared name falls back to the default name: the number has none of its own any more.
        shown = {"CallingNameStatus": "UpdateSucceeded" if "CallingName" in wire else "Unassigned"}
        if wire.get("CallingName") in ctx.settings.refused_calling_names:
            # What a number shows then is not documented: the sandbox keeps the name that callers saw before.
            shown = {"CallingNameStatus": "UpdateFailed", "CallingName": record["CallingNameBefore"]}
        numbers(ctx).put(number, changed(record, "PhoneNumber", **shown))
