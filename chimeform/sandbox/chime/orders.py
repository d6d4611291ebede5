"""Searching the pool of phone numbers and ordering from it."""

from __future__ import annotations

from itertools import islice
from typing import Any

from chimeform.sandbox.chime import inventory, numbering
from chimeform.sandbox.chime.world import WIDEST_PAGE, bad_request, new_guid, not_found, numbers, orders, stamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

OFFERED = 1000
"""How many numbers a search has to offer, over all its pages; as numbers are bought, the next ones come up."""


def search_available_phone_numbers(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Numbers that can be ordered [botocore SearchAvailablePhoneNumbers].

    In the US at least one of area code, city, state and toll-free prefix, and no city without its state. Elsewhere the
    number type, which is required, and nothing else. A country that sells none has nothing to offer.
    """
    inventory.settle(ctx)
    taken = set(numbers(ctx)) | set(ctx.settings.unavailable_numbers)
    stock = ctx.settings.numbers_per_series
    pool = (number for series in _search(params) for number in islice(series.numbers(), stock) if number not in taken)
    chosen, token = page(list(islice(pool, OFFERED)), params, key=str)
    return {"E164PhoneNumbers": list(chosen), "NextToken": token}


def create_phone_number_order(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Order numbers. There is no idempotency token: the same call again is another order.

    A number that is held already, by us or by somebody else, fails in the order, not the call.
    """
    inventory.settle(ctx)
    wanted = list(dict.fromkeys(inventory.normalise(number) for number in params["E164PhoneNumbers"]))
    if not wanted:
        raise bad_request("an order needs a phone number")
    for number in wanted:
        if objection := numbering.find_product_objection(numbering.locate(number), params["ProductType"]):
            raise bad_request(f"{number}: {objection}")
    free = [number for number in wanted if _can_acquire(ctx, number)]
    inventory.check_quota(ctx, len(free))
    order = _new_order(ctx, params["ProductType"], wanted)
    order_id = order["PhoneNumberOrder"]["PhoneNumberOrderId"]
    orders(ctx).put(order_id, order)
    for number in free:
        numbers(ctx).put(number, inventory.new_record(ctx, number, params["ProductType"], order_id))
    return {"PhoneNumberOrder": order["PhoneNumberOrder"]}


def get_phone_number_order(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"PhoneNumberOrder": find_order(ctx, params["PhoneNumberOrderId"])["PhoneNumberOrder"]}


def list_phone_number_orders(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    inventory.settle(ctx)
    chosen, token = page(orders(ctx).values(), params, WIDEST_PAGE, key=_order_id)
    return {"PhoneNumberOrders": [record["PhoneNumberOrder"] for record in chosen], "NextToken": token}


def list_supported_phone_number_countries(_ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Countries and number types for a product [guide: Country requirements for phone numbers], and the US."""
    found = numbering.list_countries(params["ProductType"])
    return {
        "PhoneNumberCountries": [
            {"CountryCode": code, "SupportedPhoneNumberTypes": list(types)} for code, types in found
        ]
    }


def find_order(ctx: Context, order_id: str) -> Record:
    inventory.settle(ctx)
    record = orders(ctx).get(order_id)
    if record is None:
        raise not_found("phone number order", order_id)
    return record


def list_outcomes(order: Record) -> dict[str, frozenset[str]]:
    """The statuses that the carrier can give an order now, each with the numbers that the order then fails to get.

    Processing keeps an open order open until told otherwise; Partial loses its last number.
    """
    wire = order["PhoneNumberOrder"]
    ordered = [item["E164PhoneNumber"] for item in wire["OrderedPhoneNumbers"]]
    if wire["Status"] != "Processing":
        return {}
    partial = {"Partial": frozenset(ordered[-1:])} if len(ordered) > 1 else {}
    return {"Processing": frozenset(), "Successful": frozenset(), **partial, "Failed": frozenset(ordered)}


def set_order_status(ctx: Context, order_id: str, status: str) -> None:
    """What the carrier decides about an order, whatever the time: every status that this API knows."""
    record = find_order(ctx, order_id)
    wire = record["PhoneNumberOrder"]
    if status not in ("Processing", "Successful", "Partial", "Failed"):
        raise bad_request(
            f"'{status}' is no order status; an order is Processing, Successful, Partial or Failed, a port also "
            "Submitted, PendingDocuments, ChangeRequested, Exception, FOC, CancelRequested or Cancelled"
        )
    if wire["Status"] != "Processing":
        raise bad_request(f"the order is finished ({wire['Status']})")
    failing = list_outcomes(record).get(status)
    if failing is None:
        raise bad_request("an order for one number cannot be Partial")
    if status == "Processing":
        orders(ctx).put(order_id, {**record, "OnHold": True})
        return
    inventory.settle_order(ctx, record, due_on=stamp(ctx), failing=failing)


def _search(params: dict[str, Any]) -> tuple[numbering.Series, ...]:
    local = {name: params.get(name) for name in ("AreaCode", "City", "State", "TollFreePrefix")}
    given = [name for name, value in local.items() if value is not None]
    kind = params.get("PhoneNumberType")
    country = params.get("Country") or "US"
    if country != "US":
        if given:
            raise bad_request(f"{given[0]} applies to the US only")
        if kind is None:
            raise bad_request("PhoneNumberType is required outside the US")
        return numbering.search_abroad(country, kind)
    if not given:
        raise bad_request("give at least one of AreaCode, City, State and TollFreePrefix")
    if local["City"] is not None and local["State"] is None:
        raise bad_request("City needs State")
    if kind is not None and (kind == "TollFree") != (local["TollFreePrefix"] is not None):
        return ()
    return numbering.search_us(local["AreaCode"], local["City"], local["State"], local["TollFreePrefix"])


def _can_acquire(ctx: Context, number: str) -> bool:
    """Whether the order may put its mark on the number; one that an earlier order failed to get can be tried again."""
    record = numbers(ctx).get(number)
    return record is None or record["PhoneNumber"]["Status"] == "AcquireFailed"


def _new_order(ctx: Context, product: str, wanted: list[str]) -> Record:
    now = stamp(ctx)
    wire = {
        "PhoneNumberOrderId": new_guid(ctx),
        "ProductType": product,
        "Status": "Processing",
        "OrderedPhoneNumbers": [{"E164PhoneNumber": number, "Status": "Processing"} for number in wanted],
        "CreatedTimestamp": now,
        "UpdatedTimestamp": now,
    }
    return {"PhoneNumberOrder": wire, "OnHold": False}


def _order_id(record: Record) -> str:
    order_id: str = record["PhoneNumberOrder"]["PhoneNumberOrderId"]
    return order_id
