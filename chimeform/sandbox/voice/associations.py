"""Phone numbers of connectors and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimeform.sandbox.chime import inventory, numbering
from chimeform.sandbox.chime.world import bad_request, item_error, stamp
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.numbers import find_visible
from chimeform.sandbox.voice.world import CONNECTOR, GROUP, find


def associate_with_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return _associate(ctx, params, "VoiceConnectorId")


def associate_with_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, GROUP, params["VoiceConnectorGroupId"])
    return _associate(ctx, params, "VoiceConnectorGroupId")


def disassociate_from_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return _disassociate(ctx, params, "VoiceConnectorId")


def disassociate_from_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, GROUP, params["VoiceConnectorGroupId"])
    return _disassociate(ctx, params, "VoiceConnectorGroupId")


def hold(ctx: Context, record: Record, name: str, value: str) -> None:
    """Associate the number with one thing, and with nothing else."""
    associations = [{"Name": name, "Value": value, "AssociatedTimestamp": stamp(ctx)}]
    inventory.put_number(ctx, record, Status="Assigned", Associations=associations)


def is_held_by(record: Record, name: str, value: str) -> bool:
    return any(entry["Name"] == name and entry["Value"] == value for entry in record["PhoneNumber"]["Associations"])


def check_free(record: Record) -> None:
    """Refuse a number that is associated, or that is on its way out of the inventory or into it."""
    number = record["PhoneNumber"]
    if number["Associations"]:
        entry = number["Associations"][0]
        text = f"phone number {number['E164PhoneNumber']} is associated with {entry['Name']} {entry['Value']}"
        raise ApiError("BadRequestException", text, code="PhoneNumberAssociationsExist")
    if number["Status"] != "Unassigned":
        raise bad_request(f"phone number {number['E164PhoneNumber']} is not free ({number['Status']})")


def _associate(ctx: Context, params: dict[str, Any], name: str) -> dict[str, Any]:
    """Numbers that are associated elsewhere are moved only with ForceAssociate [botocore]."""
    is_forced = params.get("ForceAssociate", False)

    def associate(number: str) -> None:
        record = find_visible(ctx, number, inventory.find_held)
        if record["PhoneNumber"]["ProductType"] != numbering.VOICE_CONNECTOR:
            raise bad_request(f"the number must have the product type {numbering.VOICE_CONNECTOR}")
        if is_held_by(record, name, params[name]):
            return
        if not (is_forced and record["PhoneNumber"]["Associations"]):
            check_free(record)
        hold(ctx, record, name, params[name])

    return _each(params["E164PhoneNumbers"], associate)


def _disassociate(ctx: Context, params: dict[str, Any], name: str) -> dict[str, Any]:
    """A number that is not associated with it stays as it is: no error is documented."""

    def disassociate(number: str) -> None:
        record = find_visible(ctx, number)
        if is_held_by(record, name, params[name]):
            inventory.unassign(ctx, record["PhoneNumber"]["E164PhoneNumber"])

    return _each(params["E164PhoneNumbers"], disassociate)


def _each(numbers: list[str], do: Callable[[str], None]) -> dict[str, Any]:
    errors = []
    for number in numbers:
        try:
            do(number)
        except ApiError as error:
            errors.append(item_error("PhoneNumberId", number, error))
    return {"PhoneNumberErrors": errors}
