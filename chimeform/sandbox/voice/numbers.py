"""The voice service's view of the AWS account's phone inventory.

It is the same inventory as the `chime` service's. What differs: Business Calling numbers are invisible here, a number
has a name and tells its order, a page has up to 100, and there are statuses of numbers that are being ported in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from chimeform.sandbox.chime import inventory, numbering
from chimeform.sandbox.chime import numbers as shared
from chimeform.sandbox.chime.world import bad_request, item_error, not_found, numbers, orders
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.world import PAGE

_PORTED_AS = {
    "CancelRequested": "PortinCancelRequested",
    "Cancelled": "Cancelled",
}
_ATTRIBUTES = ("ProductType", "CallingName", "Name")


def find_visible(
    ctx: Context, identifier: str, find: Callable[[Context, str], Record] = inventory.find_number
) -> Record:
    """The number, if this service knows its product type; NotFoundException otherwise."""
    record = find(ctx, identifier)
    if not is_visible(record["PhoneNumber"]):
        raise not_found("phone number", identifier)
    return record


def is_visible(wire: dict[str, Any]) -> bool:
    """Whether a number or an order is of a product that this service knows."""
    return bool(wire["ProductType"] != numbering.BUSINESS_CALLING)


def get_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"PhoneNumber": _show(ctx, find_visible(ctx, params["PhoneNumberId"]))}


def list_phone_numbers(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Numbers by status, product type and association; queued and failed ones are listed too."""
    inventory.settle(ctx)
    found = [record for record in numbers(ctx).values() if is_visible(record["PhoneNumber"])]
    if product := params.get("ProductType"):
        found = [record for record in found if record["PhoneNumber"]["ProductType"] == product]
    if name := params.get("FilterName"):
        found = [record for record in found if _has_association(record, name, params.get("FilterValue"))]
    if status := params.get("Status"):
        found = [record for record in found if _status(ctx, record) == status]
    chosen, token = page(found, params, PAGE, key=lambda record: str(record["PhoneNumber"]["E164PhoneNumber"]))
    return {"PhoneNumbers": [_show(ctx, record) for record in chosen], "NextToken": token}


def update_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """One attribute a call: product type, calling name or name [botocore UpdatePhoneNumber]."""
    return {"PhoneNumber": _show(ctx, _update(ctx, params))}


def batch_update_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    items = params["UpdatePhoneNumberRequestItems"]
    _check_batch(items)
    times = Counter(inventory.normalise(item["PhoneNumberId"]) for item in items)
    if repeated := [number for number, count in times.items() if count > 1]:
        raise bad_request(f"phone number {repeated[0]} comes twice")
    errors = []
    for item in items:
        try:
            _update(ctx, item)
        except ApiError as error:
            errors.append(item_error("PhoneNumberId", item["PhoneNumberId"], error))
    return {"PhoneNumberErrors": errors}


def delete_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Move a number that is not associated to the deletion queue for seven days [botocore DeletePhoneNumber]."""
    find_visible(ctx, params["PhoneNumberId"])
    return shared.delete_phone_number(ctx, params)


def batch_delete_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    _check_batch(params["PhoneNumberIds"])
    errors = []
    for identifier in params["PhoneNumberIds"]:
        try:
            record = find_visible(ctx, identifier)
            _check_group(record)
            errors += shared.batch_delete_phone_number(ctx, {"PhoneNumberIds": [identifier]})["PhoneNumberErrors"]
        except ApiError as error:
            errors.append(item_error("PhoneNumberId", identifier, error))
    return {"PhoneNumberErrors": errors}


def restore_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find_visible(ctx, params["PhoneNumberId"])
    shared.restore_phone_number(ctx, params)
    return get_phone_number(ctx, params)


def _update(ctx: Context, params: dict[str, Any]) -> Record:
    if sum(name in params for name in _ATTRIBUTES) > 1:
        raise bad_request(f"update one of {', '.join(_ATTRIBUTES)} at a time")
    record = find_visible(ctx, params["PhoneNumberId"], inventory.find_held)
    if "Name" in params:
        return inventory.put_number(ctx, record, Name=params["Name"] or None)
    shared.update_phone_number(ctx, params)
    return find_visible(ctx, params["PhoneNumberId"])


def _show(ctx: Context, record: Record) -> dict[str, Any]:
    return {**record["PhoneNumber"], "OrderId": record["OrderId"], "Status": _status(ctx, record)}


def _status(ctx: Context, record: Record) -> str:
    status: str = record["PhoneNumber"]["Status"]
    order = orders(ctx).get(record["OrderId"])
    if order is None or "Porting" not in order or status not in ("AcquireInProgress", "AcquireFailed"):
        return status
    ported = _PORTED_AS.get(order["Porting"]["Status"])
    return ported or ("PortinInProgress" if status == "AcquireInProgress" else status)


def _has_association(record: Record, name: str, value: str | None) -> bool:
    """Without a FilterValue, any association of that name counts: what a lone name means is not documented."""
    associations = record["PhoneNumber"]["Associations"]
    return any(entry["Name"] == name and value in (None, entry["Value"]) for entry in associations)


def _check_batch(items: list[Any]) -> None:
    if len(items) > shared.BATCH:
        raise bad_request(f"at most {shared.BATCH} phone numbers a call")


def _check_group(record: Record) -> None:
    for entry in record["PhoneNumber"]["Associations"]:
        if entry["Name"] == "VoiceConnectorGroupId":
            text = f"phone number {record['PhoneNumber']['E164PhoneNumber']} is associated with a Voice Connector group"
            raise ApiError("BadRequestException", text, code="VoiceConnectorGroupAssociationsExist")
