"""Searching and ordering phone numbers, and what the carrier does to orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import DAY, Stage, control_refusal, refusal

LOCAL, OTHER = "+12065550100", "+12065550101"


def search(stage: Stage, **filters: Any) -> list[str]:
    found: list[str] = stage.api.search_available_phone_numbers(**{"MaxResults": 5, **filters})["E164PhoneNumbers"]
    return found


def statuses(stage: Stage, order_id: str) -> tuple[str, list[str]]:
    order = stage.api.get_phone_number_order(PhoneNumberOrderId=order_id)["PhoneNumberOrder"]
    return order["Status"], [number["Status"] for number in order["OrderedPhoneNumbers"]]


def order(stage: Stage, *numbers: str, product: str = "BusinessCalling") -> str:
    answer = stage.api.create_phone_number_order(ProductType=product, E164PhoneNumbers=list(numbers))
    order_id: str = answer["PhoneNumberOrder"]["PhoneNumberOrderId"]
    return order_id


@pytest.mark.parametrize(("filters", "prefix"), [
    ({"AreaCode": "206"}, "+1206"),
    ({"City": "Seattle", "State": "WA"}, "+1206"),
    ({"State": "VT"}, "+1802"),
    ({"AreaCode": "509", "State": "WA"}, "+1509"),
    ({"TollFreePrefix": "844"}, "+1844"),
    ({"TollFreePrefix": "844", "PhoneNumberType": "TollFree"}, "+1844"),
    ({"AreaCode": "206", "Country": "US", "PhoneNumberType": "Local"}, "+1206"),
    ({"Country": "GB", "PhoneNumberType": "Local"}, "+4420"),
    ({"Country": "DE", "PhoneNumberType": "TollFree"}, "+49800"),
    ({"Country": "PR", "PhoneNumberType": "Local"}, "+1787"),
])  # fmt: skip
def test_a_search_finds_numbers_of_the_place(stage: Stage, filters: dict[str, str], prefix: str):
    found = search(stage, **filters)
    assert len(set(found)) == 5
    assert all(number.startswith(prefix) for number in found)
    assert search(stage, **filters) == found


@pytest.mark.parametrize("filters", [
    {"TollFreePrefix": "800"},  # accepted, and there are none left
    {"AreaCode": "206", "State": "TX"},
    {"AreaCode": "999"},
    {"State": "ZZ"},
    {"AreaCode": "206", "PhoneNumberType": "TollFree"},
    {"AreaCode": "206", "TollFreePrefix": "844"},
    {"Country": "KR", "PhoneNumberType": "Local"},
    {"Country": "NG", "PhoneNumberType": "TollFree"},
    {"Country": "FR", "PhoneNumberType": "Local"},
])  # fmt: skip
def test_a_search_that_finds_nothing(stage: Stage, filters: dict[str, str]):
    assert search(stage, **filters) == []


@pytest.mark.parametrize("filters", [
    {},
    {"Country": "US"},
    {"PhoneNumberType": "Local"},
    {"City": "Seattle"},
    {"City": "Seattle", "AreaCode": "206"},
    {"TollFreePrefix": "899"},
    {"Country": "GB"},
    {"Country": "GB", "AreaCode": "206", "PhoneNumberType": "Local"},
    {"AreaCode": "206", "MaxResults": 501},
])  # fmt: skip
def test_searches_that_are_refused(stage: Stage, filters: dict[str, Any]):
    assert refusal(stage.api.search_available_phone_numbers, **filters) == "BadRequestException"


def test_the_stock_of_an_area_code_can_be_small(stage: Stage):
    stage.sandbox.post("settings", {"numbers_per_series": 2, "order_seconds": 0})
    assert search(stage, AreaCode="206") == [LOCAL, OTHER]
    order(stage, LOCAL)
    assert search(stage, AreaCode="206") == [OTHER]


def test_a_page_of_a_search_has_up_to_five_hundred_numbers(stage: Stage):
    first = stage.api.search_available_phone_numbers(AreaCode="206", MaxResults=500)
    params = {"AreaCode": "206", "MaxResults": 500, "NextToken": first["NextToken"]}
    second = stage.api.search_available_phone_numbers(**params)
    assert "NextToken" not in second
    assert len(set(first["E164PhoneNumbers"] + second["E164PhoneNumbers"])) == 1000


def test_numbers_that_are_held_are_not_offered(stage: Stage):
    ours, theirs, free = search(stage, AreaCode="206")[:3]
    order(stage, ours)
    stage.sandbox.post("settings", {"unavailable_numbers": [theirs]})
    offered = search(stage, AreaCode="206")
    assert offered[0] == free
    assert len(offered) == 5


def test_an_order_is_processed_and_then_successful(stage: Stage):
    answer = stage.api.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=[LOCAL, OTHER])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    made = answer["PhoneNumberOrder"]
    assert made["Status"] == "Processing"
    assert [number["Status"] for number in made["OrderedPhoneNumbers"]] == ["Processing", "Processing"]
    assert stage.number(LOCAL)["Status"] == "AcquireInProgress"
    stage.sandbox.advance(10)
    assert statuses(stage, made["PhoneNumberOrderId"]) == ("Successful", ["Acquired", "Acquired"])
    assert (stage.number(LOCAL)["Status"], stage.number(LOCAL)["ProductType"]) == ("Unassigned", "BusinessCalling")


def test_how_long_an_order_takes_is_a_setting(stage: Stage):
    stage.sandbox.post("settings", {"order_seconds": 3600})
    slow = order(stage, LOCAL)
    stage.sandbox.advance(3500)
    assert statuses(stage, slow)[0] == "Processing"
    stage.sandbox.post("settings", {"order_seconds": 0})
    assert statuses(stage, slow)[0] == "Successful"
    assert statuses(stage, order(stage, OTHER))[0] == "Successful"


def test_an_order_is_partial_when_it_gets_only_some(stage: Stage):
    stage.sandbox.post("settings", {"unavailable_numbers": [OTHER]})
    order_id = stage.buy(LOCAL, OTHER)
    assert statuses(stage, order_id) == ("Partial", ["Acquired", "Failed"])
    assert (stage.number(LOCAL)["Status"], stage.number(OTHER)["Status"]) == ("Unassigned", "AcquireFailed")


def test_an_order_fails_when_it_gets_none(stage: Stage):
    stage.sandbox.post("settings", {"unavailable_numbers": [LOCAL, OTHER]})
    assert statuses(stage, stage.buy(LOCAL, OTHER)) == ("Failed", ["Failed", "Failed"])


def test_a_number_that_was_not_acquired_can_be_ordered_again_or_forgotten(stage: Stage):
    stage.sandbox.post("settings", {"unavailable_numbers": [LOCAL, OTHER]})
    stage.buy(LOCAL, OTHER)
    stage.api.delete_phone_number(PhoneNumberId=OTHER)
    assert refusal(stage.api.get_phone_number, PhoneNumberId=OTHER) == "NotFoundException"
    stage.sandbox.post("settings", {"unavailable_numbers": []})
    assert statuses(stage, stage.buy(LOCAL))[0] == "Successful"
    assert stage.number(LOCAL)["Status"] == "Unassigned"


def test_an_order_repeated_is_another_order_and_gets_nothing(stage: Stage):
    first, second = order(stage, LOCAL), order(stage, LOCAL)
    assert first != second
    stage.sandbox.advance(10)
    assert (statuses(stage, first)[0], statuses(stage, second)[0]) == ("Successful", "Failed")
    assert stage.number(LOCAL)["Status"] == "Unassigned"


def test_a_queued_number_cannot_be_ordered_before_it_is_gone(stage: Stage):
    stage.buy(LOCAL)
    stage.api.delete_phone_number(PhoneNumberId=LOCAL)
    assert statuses(stage, stage.buy(LOCAL))[0] == "Failed"
    assert stage.number(LOCAL)["Status"] == "DeleteInProgress"
    stage.sandbox.advance(7 * DAY)
    assert statuses(stage, stage.buy(LOCAL))[0] == "Successful"


@pytest.mark.parametrize(("number", "product", "is_taken"), [
    ("+12065550100", "BusinessCalling", True),
    ("+17875550100", "BusinessCalling", True),
    ("+18335550100", "BusinessCalling", False),
    ("+442055501000", "BusinessCalling", False),
    ("+14165550100", "BusinessCalling", False),
    ("+12065550100", "VoiceConnector", True),
    ("+17875550100", "VoiceConnector", True),
    ("+18335550100", "VoiceConnector", True),
    ("+442055501000", "VoiceConnector", False),
    ("+12065550100", "SipMediaApplicationDialIn", True),
    ("+18335550100", "SipMediaApplicationDialIn", True),
    ("+442055501000", "SipMediaApplicationDialIn", True),
    ("+14165550100", "SipMediaApplicationDialIn", True),
])  # fmt: skip
def test_which_numbers_a_product_takes(stage: Stage, number: str, product: str, is_taken: bool):
    params: dict[str, Any] = {"ProductType": product, "E164PhoneNumbers": [number]}
    if is_taken:
        assert statuses(stage, stage.buy(number, product=product))[0] == "Successful"
    else:
        assert refusal(stage.api.create_phone_number_order, **params) == "BadRequestException"
        assert stage.api.list_phone_number_orders()["PhoneNumberOrders"] == []


@pytest.mark.parametrize("number", ["+33155501000", "+82255501000"])
def test_an_order_for_what_a_country_does_not_sell_fails(stage: Stage, number: str):
    assert statuses(stage, stage.buy(number, product="SipMediaApplicationDialIn"))[0] == "Failed"


def test_the_quota_of_numbers_is_a_setting(stage: Stage):
    stage.sandbox.post("settings", {"phone_number_quota": 2})
    stage.buy(LOCAL)
    params: dict[str, Any] = {"ProductType": "BusinessCalling", "E164PhoneNumbers": [OTHER, "+12065550102"]}
    assert refusal(stage.api.create_phone_number_order, **params) == "ResourceLimitExceededException"
    stage.buy(OTHER)
    stage.sandbox.post("settings", {"phone_number_quota": None})
    assert statuses(stage, stage.buy("+12065550102"))[0] == "Successful"


def test_numbers_in_progress_cannot_be_worked_with(stage: Stage):
    account = stage.team()
    owner = {"AccountId": account, "UserId": stage.member(account)}
    order(stage, LOCAL)
    associate = stage.api.associate_phone_number_with_user
    assert refusal(associate, **owner, E164PhoneNumber=LOCAL) == "BadRequestException"
    assert refusal(stage.api.update_phone_number, PhoneNumberId=LOCAL, CallingName="Sales") == "BadRequestException"
    assert refusal(stage.api.delete_phone_number, PhoneNumberId=LOCAL) == "BadRequestException"


def test_orders_are_listed_and_found(stage: Stage):
    made = [order(stage, f"+120655501{n:02d}") for n in range(3)]
    page = stage.api.list_phone_number_orders(MaxResults=2)
    rest = stage.api.list_phone_number_orders(NextToken=page["NextToken"])
    listed = page["PhoneNumberOrders"] + rest["PhoneNumberOrders"]
    assert [entry["PhoneNumberOrderId"] for entry in listed] == made
    missing = "0b1d2c3e-1111-4222-8333-123456789012"
    assert refusal(stage.api.get_phone_number_order, PhoneNumberOrderId=missing) == "NotFoundException"


@pytest.mark.parametrize(("status", "numbers"), [
    ("Successful", ["Acquired", "Acquired"]),
    ("Partial", ["Acquired", "Failed"]),
    ("Failed", ["Failed", "Failed"]),
])  # fmt: skip
def test_the_carrier_decides_on_an_order(stage: Stage, status: str, numbers: list[str]):
    order_id = order(stage, LOCAL, OTHER)
    stage.sandbox.post(f"carrier/orders/{order_id}", {"status": status})
    assert statuses(stage, order_id) == (status, numbers)
    again = {"status": "Successful"}
    assert control_refusal(stage.sandbox.post, f"carrier/orders/{order_id}", again) == "BadRequest"


def test_the_carrier_keeps_an_order_waiting(stage: Stage):
    order_id = order(stage, LOCAL)
    stage.sandbox.post(f"carrier/orders/{order_id}", {"status": "Processing"})
    stage.sandbox.advance(DAY)
    assert statuses(stage, order_id)[0] == "Processing"
    stage.sandbox.post(f"carrier/orders/{order_id}", {"status": "Successful"})
    assert statuses(stage, order_id)[0] == "Successful"


def test_the_carrier_knows_only_statuses_of_orders(stage: Stage):
    path = f"carrier/orders/{order(stage, LOCAL)}"
    for status in ("foc", "Partial"):  # of one number there is no part
        assert control_refusal(stage.sandbox.post, path, {"status": status}) == "BadRequest"


def test_countries_of_each_product(stage: Stage):
    def countries(product: str) -> dict[str, list[str]]:
        answer = stage.api.list_supported_phone_number_countries(ProductType=product)
        return {entry["CountryCode"]: entry["SupportedPhoneNumberTypes"] for entry in answer["PhoneNumberCountries"]}

    both = ["Local", "TollFree"]
    assert countries("BusinessCalling") == {"PR": ["Local"], "US": ["Local"]}
    assert countries("VoiceConnector") == {"PR": both, "US": both}
    abroad = dict.fromkeys(["AT", "AU", "CA", "CH", "DE", "DK", "FI", "GB", "IE", "IT", "NZ", "SE", "US"], both)
    assert countries("SipMediaApplicationDialIn") == {**abroad, "KR": ["TollFree"], "NG": ["Local"]}
