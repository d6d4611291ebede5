"""Phone numbers of the inventory: reading, updating, deleting, restoring, and giving them to users."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime import inventory, numbering
from chimeform.sandbox.chime.world import (
    WIDEST_PAGE,
    bad_request,
    changed,
    conflict,
    find_user,
    item_error,
    numbers,
    stamp,
    users,
)
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

BATCH = 50
"""Numbers per batch call: the model has no maximum, the texts of the IAM actions have."""


def get_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"PhoneNumber": inventory.find_number(ctx, params["PhoneNumberId"])["PhoneNumber"]}


def list_phone_numbers(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Numbers by status, product type and association; queued and failed ones are listed too."""
    inventory.settle(ctx)
    found: Any = numbers(ctx).values()
    for member in ("Status", "ProductType"):
        if wanted := params.get(member):
            found = [record for record in found if record["PhoneNumber"][member] == wanted]
    if name := params.get("FilterName"):
        found = [record for record in found if _has_association(record, name, params.get("FilterValue"))]
    chosen, token = page(found, params, WIDEST_PAGE, key=_e164)
    return {"PhoneNumbers": [record["PhoneNumber"] for record in chosen], "NextToken": token}


def update_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """One attribute a call: product type or calling name [botocore UpdatePhoneNumber]."""
    return {"PhoneNumber": _update(ctx, params)["PhoneNumber"]}


def batch_update_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    items = params["UpdatePhoneNumberRequestItems"]
    _check_batch(items)
    return {"PhoneNumberErrors": _each(items, lambda item: _update(ctx, item), lambda item: item["PhoneNumberId"])}


def delete_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Move an unassigned number to the deletion queue for seven days [guide: Deleting phone numbers]."""
    try:
        _delete(ctx, params["PhoneNumberId"])
    except _StillAssociated as error:
        raise bad_request(error.message) from error
    return {}


def batch_delete_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    _check_batch(params["PhoneNumberIds"])
    return {"PhoneNumberErrors": _each(params["PhoneNumberIds"], lambda number: _delete(ctx, number), str)}


def restore_phone_number(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Bring a number back from the deletion queue. One that is not queued stays as it is: no refusal is documented."""
    record = inventory.find_number(ctx, params["PhoneNumberId"])
    if record["PhoneNumber"]["Status"] == "DeleteInProgress":
        inventory.check_quota(ctx, 1)
        record = inventory.put_number(ctx, record, Status="Unassigned", DeletionTimestamp=None)
    return {"PhoneNumber": record["PhoneNumber"]}


def associate_phone_number_with_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Give an unassigned Business Calling number to a user.

    A user has one primary number. What happens to an earlier one is not documented; the sandbox puts it back into the
    inventory. Giving a user the number that it has already changes nothing.
    """
    user = find_user(ctx, params["AccountId"], params["UserId"])
    record = inventory.find_held(ctx, params["E164PhoneNumber"])
    number = record["PhoneNumber"]
    if user["User"].get("PrimaryProvisionedNumber") == number["E164PhoneNumber"]:
        return {}
    if number["ProductType"] != numbering.BUSINESS_CALLING:
        raise bad_request(f"a user's number must have the product type {numbering.BUSINESS_CALLING}")
    if number["Associations"] or number["Status"] != "Unassigned":
        raise bad_request(f"phone number {number['E164PhoneNumber']} is not free ({number['Status']})")
    if before := user["User"].get("PrimaryProvisionedNumber"):
        inventory.unassign(ctx, before)
    inventory.assign(ctx, record, user)
    return {}


def disassociate_phone_number_from_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take the user's primary number away; no number is passed. A user without one is no error: none is documented."""
    user = find_user(ctx, params["AccountId"], params["UserId"])
    inventory.settle(ctx)
    if number := user["User"].get("PrimaryProvisionedNumber"):
        inventory.unassign(ctx, number)
        users(ctx).put(params["UserId"], changed(user, "User", PrimaryProvisionedNumber=None))
    return {}


class _StillAssociated(ApiError):
    """A number that must be taken from its user first; only batches can say so with a code of its own."""

    def __init__(self, number: str) -> None:
        text = f"phone number {number} is associated; disassociate it first"
        super().__init__("BadRequestException", text, code="PhoneNumberAssociationsExist")


def _delete(ctx: Context, identifier: str) -> None:
    record = inventory.find_number(ctx, identifier)
    number = record["PhoneNumber"]
    if number["Associations"]:
        raise _StillAssociated(number["E164PhoneNumber"])
    if number["Status"] == "AcquireInProgress":
        raise bad_request(f"phone number {identifier} is still being acquired")
    if number["Status"] == "AcquireFailed":
        # Never ours, so nothing that could be restored.
        numbers(ctx).remove(number["E164PhoneNumber"])
    elif number["Status"] != "DeleteInProgress":
        inventory.put_number(ctx, record, Status="DeleteInProgress", DeletionTimestamp=stamp(ctx))


def _update(ctx: Context, params: dict[str, Any]) -> Record:
    product, calling_name = params.get("ProductType"), params.get("CallingName")
    if product is not None and calling_name is not None:
        raise bad_request("update the product type or the calling name, not both")
    record = inventory.find_held(ctx, params["PhoneNumberId"])
    if product is not None:
        return _update_product(ctx, record, product)
    if calling_name is not None:
        return _update_calling_name(ctx, record, calling_name)
    return record


def _update_product(ctx: Context, record: Record, product: str) -> Record:
    number = record["PhoneNumber"]
    if product == number["ProductType"]:
        return record
    if number["Associations"]:
        raise bad_request("the product type of an assigned number cannot change")
    objection = numbering.find_product_objection(numbering.locate(number["E164PhoneNumber"]), product)
    if objection:
        raise bad_request(objection)
    return inventory.put_number(ctx, record, ProductType=product)


def _update_calling_name(ctx: Context, record: Record, name: str) -> Record:
    """A pending update must finish before the next one; an empty name clears [botocore UpdatePhoneNumber]."""
    if record["PhoneNumber"]["CallingNameStatus"] == "UpdateInProgress":
        raise conflict("an update of the calling name is in progress")
    since = {**record, "CallingNameSince": stamp(ctx), "CallingNameBefore": record["PhoneNumber"].get("CallingName")}
    return inventory.put_number(ctx, since, CallingName=name or None, CallingNameStatus="UpdateInProgress")


def _has_association(record: Record, name: str, value: str | None) -> bool:
    """Without a FilterValue, any association of that name counts: what a lone name means is not documented."""
    associations = record["PhoneNumber"]["Associations"]
    return any(entry["Name"] == name and value in (None, entry["Value"]) for entry in associations)


def _check_batch(items: list[Any]) -> None:
    if len(items) > BATCH:
        raise bad_request(f"at most {BATCH} phone numbers a call")


def _each(items: list[Any], do: Any, name_of: Any) -> list[dict[str, str]]:
    errors = []
    for item in items:
        try:
            do(item)
        except ApiError as error:
            errors.append(item_error("PhoneNumberId", name_of(item), error))
    return errors


def _e164(record: Record) -> str:
    number: str = record["PhoneNumber"]["E164PhoneNumber"]
    return number
