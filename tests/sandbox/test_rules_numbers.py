"""The phone inventory: identifiers, assignment, updates, calling names, the deletion queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.sandbox.stage import DAY, Stage, refusal

LOCAL, OTHER, TOLL_FREE = "+12065550100", "+12065550101", "+18335550100"


def give(stage: Stage, account: str, user: str, number: str) -> None:
    stage.api.associate_phone_number_with_user(AccountId=account, UserId=user, E164PhoneNumber=number)


@pytest.fixture
def owner(stage: Stage) -> dict[str, str]:
    """A user who can be given numbers."""
    account = stage.team()
    return {"AccountId": account, "UserId": stage.member(account)}


def test_a_number_is_known_by_each_form_of_its_identifier(stage: Stage):
    stage.buy(LOCAL)
    found = stage.number("+12065550100")
    assert found["PhoneNumberId"] == "%2B12065550100"
    assert found["E164PhoneNumber"] == "+12065550100"
    assert stage.number("%2B12065550100") == found
    stage.api.update_phone_number(PhoneNumberId="%2B12065550100", CallingName="Sales")
    items = [{"PhoneNumberId": "%2B12065550100", "ProductType": "VoiceConnector"}]
    assert stage.api.batch_update_phone_number(UpdatePhoneNumberRequestItems=items)["PhoneNumberErrors"] == []
    found = stage.number("+12065550100")
    assert (found["CallingName"], found["ProductType"]) == ("Sales", "VoiceConnector")
    assert stage.api.batch_delete_phone_number(PhoneNumberIds=["%2B12065550100"])["PhoneNumberErrors"] == []
    assert stage.api.restore_phone_number(PhoneNumberId="%2B12065550100")["PhoneNumber"]["Status"] == "Unassigned"


def test_what_a_number_says_about_itself(stage: Stage):
    stage.buy(LOCAL)
    stage.buy(TOLL_FREE, product="VoiceConnector")
    stage.buy("+442055501000", product="SipMediaApplicationDialIn")
    told = {
        number["E164PhoneNumber"]: (number["Country"], number["Type"], number["Status"], number["CallingNameStatus"])
        for number in stage.api.list_phone_numbers()["PhoneNumbers"]
    }
    assert told == {
        LOCAL: ("US", "Local", "Unassigned", "Unassigned"),
        TOLL_FREE: ("US", "TollFree", "Unassigned", "Unassigned"),
        "+442055501000": ("GB", "Local", "Unassigned", "Unassigned"),
    }


def test_an_assigned_number_names_account_and_user(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    number = stage.number(LOCAL)
    assert number["Status"] == "Assigned"
    told = {entry["Name"]: entry["Value"] for entry in number["Associations"]}
    assert told == owner
    assert stage.user(*owner.values())["PrimaryProvisionedNumber"] == LOCAL


def test_permissions_are_off_once_a_number_is_assigned(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    on = {"Telephony": {"InboundCalling": True, "OutboundCalling": True, "SMS": True}}
    stage.api.update_user_settings(**owner, UserSettings=on)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    settings = stage.api.get_user_settings(**owner)["UserSettings"]["Telephony"]
    assert settings == {"InboundCalling": False, "OutboundCalling": False, "SMS": False}
    stage.api.update_user_settings(**owner, UserSettings=on)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    assert stage.api.get_user_settings(**owner)["UserSettings"] == on


def test_only_business_calling_numbers_go_to_users(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL, product="VoiceConnector")
    call = stage.api.associate_phone_number_with_user
    assert refusal(call, **owner, E164PhoneNumber=LOCAL) == "BadRequestException"
    assert refusal(call, **owner, E164PhoneNumber=OTHER) == "NotFoundException"


def test_a_number_goes_to_one_user(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    other = stage.member(owner["AccountId"], "omar@home.example")
    call = stage.api.associate_phone_number_with_user
    params = {"AccountId": owner["AccountId"], "UserId": other, "E164PhoneNumber": LOCAL}
    assert refusal(call, **params) == "BadRequestException"


def test_a_second_number_takes_the_place_of_the_first(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL, OTHER)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    give(stage, owner["AccountId"], owner["UserId"], OTHER)
    assert stage.user(*owner.values())["PrimaryProvisionedNumber"] == OTHER
    assert (stage.number(LOCAL)["Status"], stage.number(LOCAL)["Associations"]) == ("Unassigned", [])


def test_disassociating_takes_the_primary_number_away(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    for _ in range(2):
        stage.api.disassociate_phone_number_from_user(**owner)
    assert "PrimaryProvisionedNumber" not in stage.user(*owner.values())
    assert (stage.number(LOCAL)["Status"], stage.number(LOCAL)["Associations"]) == ("Unassigned", [])


def test_numbers_are_filtered(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL, OTHER)
    stage.buy(TOLL_FREE, product="VoiceConnector")
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    stage.api.delete_phone_number(PhoneNumberId=OTHER)

    def listed(**filters: str) -> list[str]:
        return [number["E164PhoneNumber"] for number in stage.api.list_phone_numbers(**filters)["PhoneNumbers"]]

    assert listed() == [LOCAL, OTHER, TOLL_FREE]
    assert listed(Status="Assigned") == [LOCAL]
    assert listed(Status="DeleteInProgress") == [OTHER]
    assert listed(ProductType="VoiceConnector") == [TOLL_FREE]
    assert listed(FilterName="UserId", FilterValue=owner["UserId"]) == [LOCAL]
    assert listed(FilterName="AccountId", FilterValue=owner["AccountId"]) == [LOCAL]
    assert listed(FilterName="UserId", FilterValue="nobody") == []
    assert listed(FilterName="UserId", FilterValue=owner["UserId"], Status="Unassigned") == []


def test_numbers_are_paged(stage: Stage):
    bought = [f"+1206555{serial:04d}" for serial in range(100, 220)]
    stage.buy(*bought)
    first = stage.api.list_phone_numbers(MaxResults=50)
    second = stage.api.list_phone_numbers(MaxResults=70, NextToken=first["NextToken"])
    assert [number["E164PhoneNumber"] for number in first["PhoneNumbers"] + second["PhoneNumbers"]] == bought
    assert "NextToken" not in second
    assert refusal(stage.api.list_phone_numbers, MaxResults=100) == "BadRequestException"


def test_one_attribute_is_updated_at_a_time(stage: Stage):
    stage.buy(LOCAL)
    both: dict[str, Any] = {"PhoneNumberId": LOCAL, "ProductType": "VoiceConnector", "CallingName": "Sales"}
    before = stage.number(LOCAL)
    assert refusal(stage.api.update_phone_number, **both) == "BadRequestException"
    (error,) = stage.api.batch_update_phone_number(UpdatePhoneNumberRequestItems=[both])["PhoneNumberErrors"]
    assert error["ErrorCode"] == "BadRequest"
    assert stage.number(LOCAL) == before


def test_the_product_type_of_an_assigned_number_stays(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    params = {"PhoneNumberId": LOCAL, "ProductType": "VoiceConnector"}
    assert refusal(stage.api.update_phone_number, **params) == "BadRequestException"
    stage.api.disassociate_phone_number_from_user(**owner)
    assert stage.api.update_phone_number(**params)["PhoneNumber"]["ProductType"] == "VoiceConnector"


@pytest.mark.parametrize(("number", "bought_for", "product"), [
    (TOLL_FREE, "VoiceConnector", "BusinessCalling"),
    ("+442055501000", "SipMediaApplicationDialIn", "BusinessCalling"),
    ("+442055501000", "SipMediaApplicationDialIn", "VoiceConnector"),
])  # fmt: skip
def test_product_types_that_a_number_cannot_change_to(stage: Stage, number: str, bought_for: str, product: str):
    stage.buy(number, product=bought_for)
    params = {"PhoneNumberId": number, "ProductType": product}
    assert refusal(stage.api.update_phone_number, **params) == "BadRequestException"


def test_a_calling_name_takes_its_time(stage: Stage):
    stage.buy(LOCAL)
    stage.sandbox.post("settings", {"calling_name_seconds": 3600})
    updated = stage.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="Acme Sales")["PhoneNumber"]
    assert (updated["CallingName"], updated["CallingNameStatus"]) == ("Acme Sales", "UpdateInProgress")
    stage.sandbox.advance(3500)
    assert stage.number(LOCAL)["CallingNameStatus"] == "UpdateInProgress"
    stage.sandbox.advance(100)
    assert stage.number(LOCAL)["CallingNameStatus"] == "UpdateSucceeded"


def test_a_calling_name_that_carriers_do_not_take_fails_in_the_end(stage: Stage):
    stage.buy(LOCAL)
    stage.sandbox.post("settings", {"calling_name_seconds": 0})
    stage.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="Acme Sales")
    assert stage.number(LOCAL)["CallingNameStatus"] == "UpdateSucceeded"
    stage.sandbox.post("settings", {"refused_calling_names": ["Acme Help"]})
    stage.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="Acme Help")
    found = stage.number(LOCAL)
    assert (found["CallingName"], found["CallingNameStatus"]) == ("Acme Sales", "UpdateFailed")


def test_a_pending_calling_name_must_finish_first(stage: Stage):
    stage.buy(LOCAL)
    params = {"PhoneNumberId": LOCAL, "CallingName": "Acme Sales"}
    stage.api.update_phone_number(**params)
    assert refusal(stage.api.update_phone_number, **params) == "ConflictException"
    (error,) = stage.api.batch_update_phone_number(UpdatePhoneNumberRequestItems=[params])["PhoneNumberErrors"]
    assert (error["PhoneNumberId"], error["ErrorCode"]) == (LOCAL, "Conflict")
    stage.api.update_phone_number(PhoneNumberId=LOCAL, ProductType="VoiceConnector")
    stage.sandbox.advance(3600)
    stage.api.update_phone_number(**params)


def test_an_empty_calling_name_clears(stage: Stage):
    stage.buy(LOCAL)
    stage.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="Acme Sales")
    stage.sandbox.advance(3600)
    stage.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="")
    assert stage.number(LOCAL)["CallingNameStatus"] == "UpdateInProgress"
    stage.sandbox.advance(3600)
    cleared = stage.number(LOCAL)
    assert cleared["CallingNameStatus"] == "Unassigned"
    assert "CallingName" not in cleared


@pytest.mark.parametrize("name", ["A", "x" * 16, "Acme-Sales", "Café"])
def test_calling_names_that_are_not_allowed(stage: Stage, name: str):
    stage.buy(LOCAL)
    params = {"PhoneNumberId": LOCAL, "CallingName": name}
    assert refusal(stage.api.update_phone_number, **params) == "BadRequestException"


def test_an_assigned_number_is_not_deleted(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL, OTHER)
    give(stage, owner["AccountId"], owner["UserId"], LOCAL)
    assert refusal(stage.api.delete_phone_number, PhoneNumberId=LOCAL) == "BadRequestException"
    answer = stage.api.batch_delete_phone_number(PhoneNumberIds=[LOCAL, OTHER, "+12065559999"])
    errors = [(error["PhoneNumberId"], error["ErrorCode"]) for error in answer["PhoneNumberErrors"]]
    assert errors == [(LOCAL, "PhoneNumberAssociationsExist"), ("+12065559999", "NotFound")]
    assert stage.number(LOCAL)["Status"] == "Assigned"
    assert stage.number(OTHER)["Status"] == "DeleteInProgress"


def test_a_deleted_number_waits_seven_days_in_the_queue(stage: Stage):
    stage.buy(LOCAL)
    assert stage.api.delete_phone_number(PhoneNumberId=LOCAL)["ResponseMetadata"]["HTTPStatusCode"] == 204
    queued = stage.number(LOCAL)
    assert queued["Status"] == "DeleteInProgress"
    assert isinstance(queued["DeletionTimestamp"], datetime)
    stage.sandbox.advance(7 * DAY - 60)
    assert stage.number(LOCAL)["DeletionTimestamp"] == queued["DeletionTimestamp"]
    stage.sandbox.advance(60)
    assert refusal(stage.api.get_phone_number, PhoneNumberId=LOCAL) == "NotFoundException"
    assert stage.api.list_phone_numbers()["PhoneNumbers"] == []


def test_deleting_again_does_not_prolong_the_queue(stage: Stage):
    stage.buy(LOCAL)
    stage.api.delete_phone_number(PhoneNumberId=LOCAL)
    stage.sandbox.advance(6 * DAY)
    stage.api.delete_phone_number(PhoneNumberId=LOCAL)
    stage.sandbox.advance(DAY)
    assert refusal(stage.api.restore_phone_number, PhoneNumberId=LOCAL) == "NotFoundException"


def test_a_restored_number_is_in_the_inventory_again(stage: Stage, owner: dict[str, str]):
    stage.buy(LOCAL)
    stage.api.delete_phone_number(PhoneNumberId=LOCAL)
    call = stage.api.associate_phone_number_with_user
    assert refusal(call, **owner, E164PhoneNumber=LOCAL) == "BadRequestException"
    restored = stage.api.restore_phone_number(PhoneNumberId=LOCAL)["PhoneNumber"]
    assert restored["Status"] == "Unassigned"
    assert "DeletionTimestamp" not in restored
    stage.sandbox.advance(8 * DAY)
    assert stage.number(LOCAL)["Status"] == "Unassigned"


def test_a_restore_keeps_to_the_quota(stage: Stage):
    stage.sandbox.post("settings", {"phone_number_quota": 1})
    stage.buy(LOCAL)
    stage.api.delete_phone_number(PhoneNumberId=LOCAL)
    stage.buy(OTHER)
    assert refusal(stage.api.restore_phone_number, PhoneNumberId=LOCAL) == "ResourceLimitExceededException"


def test_number_batches_have_at_most_fifty_numbers(stage: Stage):
    numbers = [f"+1206555{serial:04d}" for serial in range(51)]
    assert refusal(stage.api.batch_delete_phone_number, PhoneNumberIds=numbers) == "BadRequestException"
    items = [{"PhoneNumberId": number, "CallingName": "Sales"} for number in numbers]
    call = stage.api.batch_update_phone_number
    assert refusal(call, UpdatePhoneNumberRequestItems=items) == "BadRequestException"
    assert len(call(UpdatePhoneNumberRequestItems=items[:50])["PhoneNumberErrors"]) == 50
