"""Phone number orders as the voice service tells them, and porting orders, which it alone can tell.

A port has no operation: support opens it and the carrier decides. In the shared tables it is an open order that time
does not finish; what the `chime` service shows of it is the nearest that its own statuses have.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime import inventory
from chimeform.sandbox.chime import orders as shared
from chimeform.sandbox.chime.world import bad_request, changed, not_found, numbers, orders, stamp
from chimeform.sandbox.clock import format_timestamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.numbers import is_visible
from chimeform.sandbox.voice.world import PAGE

PORTING = ("Submitted", "PendingDocuments", "ChangeRequested", "Exception", "FOC", "CancelRequested", "Cancelled")
"""Statuses that only a port has, beside Successful at its end [domain page, section 18.3]."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?", re.ASCII)
_DAYS_TO_FOC = 7


def create_phone_number_order(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Order numbers, each of which gets the name that is sent."""
    made = shared.create_phone_number_order(ctx, params)["PhoneNumberOrder"]
    if name := params.get("Name"):
        for item in made["OrderedPhoneNumbers"]:
            record = numbers(ctx).get(item["E164PhoneNumber"])
            if record is not None and record["OrderId"] == made["PhoneNumberOrderId"]:
                numbers(ctx).put(item["E164PhoneNumber"], changed(record, "PhoneNumber", Name=name))
    return {"PhoneNumberOrder": show(shared.find_order(ctx, made["PhoneNumberOrderId"]))}


def get_phone_number_order(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = shared.find_order(ctx, params["PhoneNumberOrderId"])
    if not is_visible(record["PhoneNumberOrder"]):
        raise not_found("phone number order", params["PhoneNumberOrderId"])
    return {"PhoneNumberOrder": show(record)}


def list_phone_number_orders(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    inventory.settle(ctx)
    found = [record for record in orders(ctx).values() if is_visible(record["PhoneNumberOrder"])]
    chosen, token = page(found, params, PAGE, key=lambda record: str(record["PhoneNumberOrder"]["PhoneNumberOrderId"]))
    return {"PhoneNumberOrders": [show(record) for record in chosen], "NextToken": token}


def show(record: Record) -> dict[str, Any]:
    """The order with what only this service tells of it."""
    porting = record.get("Porting")
    wire: dict[str, Any] = {**record["PhoneNumberOrder"], "OrderType": "Porting" if porting else "New"}
    if porting:
        wire["FocDate"] = porting.get("FocDate")
        if wire["Status"] == "Processing" or porting["Status"] == "Cancelled":
            wire["Status"] = porting["Status"]
    return wire


def open_port(ctx: Context, product: str, wanted: list[str]) -> Record:
    """What support does when it takes a port: the numbers are in the inventory, on their way in."""
    made = shared.create_phone_number_order(ctx, {"ProductType": product, "E164PhoneNumbers": wanted})
    order_id = made["PhoneNumberOrder"]["PhoneNumberOrderId"]
    # time does not finish a port, also where orders are finished at once
    orders(ctx).put(order_id, {**(orders(ctx).get(order_id) or {}), "OnHold": True})
    return set_porting_status(ctx, order_id, "Submitted")


def provision(ctx: Context, product: str, wanted: list[str]) -> Record:
    """What support does with numbers that no operation orders: they are there, by an order that is finished."""
    made = shared.create_phone_number_order(ctx, {"ProductType": product, "E164PhoneNumbers": wanted})
    order_id = made["PhoneNumberOrder"]["PhoneNumberOrderId"]
    inventory.settle_order(ctx, orders(ctx).get(order_id) or {}, due_on=stamp(ctx))
    return shared.find_order(ctx, order_id)


def set_porting_status(ctx: Context, order_id: str, status: str, foc_date: str | None = None) -> Record:
    """What the losing carrier and support do to a port; an open order becomes one by it.

    `foc_date` goes with FOC, an ISO date, by default a week ahead. Cancelled ends the port; Successful, which every
    order has, ends it with the numbers in the inventory.
    """
    record = shared.find_order(ctx, order_id)
    if record["PhoneNumberOrder"]["Status"] != "Processing":
        raise bad_request(f"the order is finished ({show(record)['Status']})")
    if foc_date is not None and (status != "FOC" or not _DATE.fullmatch(foc_date)):
        raise bad_request("foc_date is an ISO date and goes with the status FOC")
    porting = {**record.get("Porting", {}), "Status": status}
    if status == "FOC":
        porting["FocDate"] = foc_date or format_timestamp(ctx.clock.now() + timedelta(days=_DAYS_TO_FOC))
    after = changed(record, "PhoneNumberOrder", UpdatedTimestamp=stamp(ctx))
    orders(ctx).put(order_id, {**after, "OnHold": True, "Porting": porting})
    if status == "Cancelled":
        shared.set_order_status(ctx, order_id, "Failed")
    return shared.find_order(ctx, order_id)
