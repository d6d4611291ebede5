"""The one phone inventory as the voice service sees it: numbers, associations, orders, ports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import DAY, Stage, control_refusal, refusal
from tests.sandbox.voice_stage import LOCAL, OTHER, THIRD, VoiceStage
from tests.sandbox_process import SandboxProcess

LONDON = "+442025550100"


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)


def errors(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["PhoneNumberId"], error["ErrorCode"]) for error in answer["PhoneNumberErrors"]]


def test_both_services_show_the_same_number_each_in_its_own_way(voice: VoiceStage, stage: Stage):
    order_id = voice.buy(LOCAL)
    here, there = voice.number(LOCAL), stage.number(LOCAL)
    assert here["OrderId"] == order_id
    assert {name: value for name, value in here.items() if name != "OrderId"} == there


def test_business_calling_numbers_are_invisible(voice: VoiceStage, stage: Stage):
    order_id = stage.buy(LOCAL)
    voice.buy(OTHER)
    assert [number["E164PhoneNumber"] for number in voice.api.list_phone_numbers()["PhoneNumbers"]] == [OTHER]
    assert order_id not in [
        order["PhoneNumberOrderId"] for order in voice.api.list_phone_number_orders()["PhoneNumberOrders"]
    ]
    assert refusal(voice.api.get_phone_number_order, PhoneNumberOrderId=order_id) == "NotFoundException"
    for call in (voice.api.get_phone_number, voice.api.delete_phone_number, voice.api.restore_phone_number):
        assert refusal(call, PhoneNumberId=LOCAL) == "NotFoundException"
    assert errors(voice.api.batch_delete_phone_number(PhoneNumberIds=[LOCAL, OTHER])) == [(LOCAL, "NotFound")]
    assert refusal(voice.api.list_phone_numbers, ProductType="BusinessCalling") == "BadRequestException"
    assert refusal(voice.api.update_phone_number, PhoneNumberId=LOCAL, Name="x") == "NotFoundException"


def test_a_number_that_becomes_one_of_business_calling_disappears(voice: VoiceStage, stage: Stage):
    voice.buy(LOCAL)
    stage.api.update_phone_number(PhoneNumberId=LOCAL, ProductType="BusinessCalling")
    assert refusal(voice.api.get_phone_number, PhoneNumberId=LOCAL) == "NotFoundException"


def test_an_order_names_its_numbers_and_is_new(voice: VoiceStage):
    order = voice.api.create_phone_number_order(
        ProductType="VoiceConnector", E164PhoneNumbers=[LOCAL, OTHER], Name="Head office"
    )["PhoneNumberOrder"]
    assert (order["OrderType"], order["Status"]) == ("New", "Processing")
    assert "FocDate" not in order
    voice.sandbox.advance(10)
    assert [voice.number(number)["Name"] for number in (LOCAL, OTHER)] == ["Head office"] * 2


def test_pages_have_a_hundred_numbers(voice: VoiceStage):
    voice.sandbox.post("seed", {"voice_phone_numbers": 130})
    first = voice.api.list_phone_numbers()
    assert len(first["PhoneNumbers"]) == 100
    assert len(voice.api.list_phone_numbers(NextToken=first["NextToken"])["PhoneNumbers"]) == 30
    assert refusal(voice.api.list_phone_numbers, MaxResults=101) == "BadRequestException"


@pytest.mark.parametrize("attributes", [
    {"Name": "a", "CallingName": "Acme"}, {"Name": "a", "ProductType": "VoiceConnector"},
    {"ProductType": "VoiceConnector", "CallingName": "Acme"}, {"Name": "a b!"}, {"Name": "x" * 257},
    {"CallingName": "A"},
    {"ProductType": "BusinessCalling"},
])  # fmt: skip
def test_updates_that_are_refused(voice: VoiceStage, attributes: dict[str, str]):
    voice.buy(LOCAL)
    assert refusal(voice.api.update_phone_number, PhoneNumberId=LOCAL, **attributes) == "BadRequestException"
    items = [{"PhoneNumberId": LOCAL, **attributes}]
    if set(attributes.values()) & {"a b!", "x" * 257, "A", "BusinessCalling"}:
        assert (
            refusal(voice.api.batch_update_phone_number, UpdatePhoneNumberRequestItems=items) == "BadRequestException"
        )
    else:
        answer = voice.api.batch_update_phone_number(UpdatePhoneNumberRequestItems=items)
        assert errors(answer) == [(LOCAL, "BadRequest")]


def test_one_attribute_changes_at_a_time_and_an_empty_name_clears(voice: VoiceStage, stage: Stage):
    voice.buy(LOCAL)
    assert voice.api.update_phone_number(PhoneNumberId=LOCAL, Name="desk 1")["PhoneNumber"]["Name"] == "desk 1"
    assert "Name" not in stage.number(LOCAL)
    voice.api.update_phone_number(PhoneNumberId=LOCAL, CallingName="Acme")
    assert refusal(voice.api.update_phone_number, PhoneNumberId=LOCAL, CallingName="New") == "ConflictException"
    voice.api.update_phone_number(PhoneNumberId=LOCAL, Name="")
    number = voice.number(LOCAL)
    assert (number.get("Name"), number["CallingNameStatus"]) == (None, "UpdateInProgress")


def test_a_batch_takes_each_number_once(voice: VoiceStage):
    voice.buy(LOCAL)
    twice = [{"PhoneNumberId": LOCAL, "Name": "a"}, {"PhoneNumberId": LOCAL.replace("+", "%2B"), "Name": "b"}]
    assert refusal(voice.api.batch_update_phone_number, UpdatePhoneNumberRequestItems=twice) == "BadRequestException"


def test_numbers_of_a_connector(voice: VoiceStage, stage: Stage):
    connector_id = voice.connector()
    voice.buy(LOCAL, OTHER)
    associate = voice.api.associate_phone_numbers_with_voice_connector
    assert errors(associate(VoiceConnectorId=connector_id, E164PhoneNumbers=[LOCAL, "12065550101"])) == []
    assert voice.holders(LOCAL) == voice.holders(OTHER) == [("VoiceConnectorId", connector_id)]
    assert stage.number(LOCAL)["Associations"][0]["Name"] == "VoiceConnectorId"
    assert voice.number(LOCAL)["Status"] == "Assigned"
    found = voice.api.list_phone_numbers(FilterName="VoiceConnectorId", FilterValue=connector_id)["PhoneNumbers"]
    assert [number["E164PhoneNumber"] for number in found] == [LOCAL, OTHER]
    assert errors(associate(VoiceConnectorId=connector_id, E164PhoneNumbers=[LOCAL])) == []
    disassociate = voice.api.disassociate_phone_numbers_from_voice_connector
    assert errors(disassociate(VoiceConnectorId=connector_id, E164PhoneNumbers=[LOCAL, THIRD])) == [(THIRD, "NotFound")]
    assert (voice.holders(LOCAL), voice.number(LOCAL)["Status"]) == ([], "Unassigned")


def test_a_number_moves_only_by_force(voice: VoiceStage):
    first, second = voice.connector(), voice.connector()
    group_id = voice.group()
    voice.buy(LOCAL)
    associate = voice.api.associate_phone_numbers_with_voice_connector
    associate(VoiceConnectorId=first, E164PhoneNumbers=[LOCAL])
    taken = [(LOCAL, "PhoneNumberAssociationsExist")]
    assert errors(associate(VoiceConnectorId=second, E164PhoneNumbers=[LOCAL])) == taken
    assert errors(associate(VoiceConnectorId=second, E164PhoneNumbers=[LOCAL], ForceAssociate=False)) == taken
    disassociate = voice.api.disassociate_phone_numbers_from_voice_connector
    disassociate(VoiceConnectorId=second, E164PhoneNumbers=[LOCAL])
    assert voice.holders(LOCAL) == [("VoiceConnectorId", first)]
    assert errors(associate(VoiceConnectorId=second, E164PhoneNumbers=[LOCAL], ForceAssociate=True)) == []
    assert voice.holders(LOCAL) == [("VoiceConnectorId", second)]
    voice.api.associate_phone_numbers_with_voice_connector_group(
        VoiceConnectorGroupId=group_id, E164PhoneNumbers=[LOCAL], ForceAssociate=True
    )
    assert voice.holders(LOCAL) == [("VoiceConnectorGroupId", group_id)]


def test_numbers_that_a_connector_cannot_have(voice: VoiceStage, stage: Stage):
    connector_id = voice.connector()
    stage.buy("+12065550110")
    voice.buy(OTHER, product="SipMediaApplicationDialIn")
    voice.buy(THIRD)
    voice.api.delete_phone_number(PhoneNumberId=THIRD)
    wanted = [LOCAL, "+12065550110", OTHER, THIRD]
    answer = voice.api.associate_phone_numbers_with_voice_connector(
        VoiceConnectorId=connector_id, E164PhoneNumbers=wanted, ForceAssociate=True
    )
    codes = ["NotFound", "NotFound", "BadRequest", "BadRequest"]
    assert errors(answer) == list(zip(wanted, codes, strict=True))
    associate = voice.api.associate_phone_numbers_with_voice_connector
    assert refusal(associate, VoiceConnectorId="0" * 22, E164PhoneNumbers=[LOCAL]) == "NotFoundException"


@pytest.mark.parametrize(("holder", "code"), [
    ("connector", "PhoneNumberAssociationsExist"), ("group", "VoiceConnectorGroupAssociationsExist"),
])  # fmt: skip
def test_an_associated_number_is_not_deleted(voice: VoiceStage, holder: str, code: str):
    voice.buy(LOCAL)
    numbers = {"E164PhoneNumbers": [LOCAL]}
    if holder == "group":
        voice.api.associate_phone_numbers_with_voice_connector_group(VoiceConnectorGroupId=voice.group(), **numbers)
    else:
        voice.api.associate_phone_numbers_with_voice_connector(VoiceConnectorId=voice.connector(), **numbers)
    assert refusal(voice.api.delete_phone_number, PhoneNumberId=LOCAL) == "BadRequestException"
    assert errors(voice.api.batch_delete_phone_number(PhoneNumberIds=[LOCAL])) == [(LOCAL, code)]
    update = voice.api.update_phone_number
    assert refusal(update, PhoneNumberId=LOCAL, ProductType="SipMediaApplicationDialIn") == "BadRequestException"


def test_the_deletion_queue(voice: VoiceStage):
    voice.buy(LOCAL)
    voice.api.delete_phone_number(PhoneNumberId=LOCAL)
    queued = voice.api.list_phone_numbers(Status="DeleteInProgress")["PhoneNumbers"]
    assert [number["E164PhoneNumber"] for number in queued] == [LOCAL]
    assert voice.api.restore_phone_number(PhoneNumberId=LOCAL)["PhoneNumber"]["Status"] == "Unassigned"
    voice.api.delete_phone_number(PhoneNumberId=LOCAL)
    voice.sandbox.advance(7 * DAY)
    assert refusal(voice.api.get_phone_number, PhoneNumberId=LOCAL) == "NotFoundException"


def test_products_of_places(voice: VoiceStage):
    create = voice.api.create_phone_number_order
    assert refusal(create, ProductType="VoiceConnector", E164PhoneNumbers=[LONDON]) == "BadRequestException"
    voice.buy(LONDON, product="SipMediaApplicationDialIn")
    voice.buy("+18445550100")
    countries = voice.api.list_supported_phone_number_countries(ProductType="VoiceConnector")["PhoneNumberCountries"]
    assert [country["CountryCode"] for country in countries] == ["PR", "US"]
    assert (
        refusal(voice.api.list_supported_phone_number_countries, ProductType="BusinessCalling") == "BadRequestException"
    )


def test_a_port_goes_its_way_and_ends_in_the_inventory(voice: VoiceStage, stage: Stage):
    port = voice.sandbox.post("carrier/orders", {"numbers": [LOCAL], "product_type": "VoiceConnector"})[
        "PhoneNumberOrder"
    ]
    order_id = port["PhoneNumberOrderId"]

    def look() -> tuple[str, str]:
        order = voice.api.get_phone_number_order(PhoneNumberOrderId=order_id)["PhoneNumberOrder"]
        assert order["OrderType"] == "Porting"
        return order["Status"], voice.number(LOCAL)["Status"]

    assert look() == ("Submitted", "PortinInProgress")
    for status in ("PendingDocuments", "ChangeRequested", "Exception", "FOC"):
        voice.sandbox.post(f"carrier/orders/{order_id}", {"status": status})
        voice.sandbox.advance(DAY)
        assert look() == (status, "PortinInProgress")
    # The other service has no words for ports.
    assert stage.api.get_phone_number_order(PhoneNumberOrderId=order_id)["PhoneNumberOrder"]["Status"] == "Processing"
    assert stage.number(LOCAL)["Status"] == "AcquireInProgress"
    voice.sandbox.post(f"carrier/orders/{order_id}", {"status": "Successful"})
    assert look() == ("Successful", "Unassigned")
    assert control_refusal(voice.sandbox.post, f"carrier/orders/{order_id}", {"status": "FOC"}) == "BadRequest"


def test_foc_has_a_date(voice: VoiceStage):
    order = voice.api.create_phone_number_order(ProductType="VoiceConnector", E164PhoneNumbers=[LOCAL])
    path = f"carrier/orders/{order['PhoneNumberOrder']['PhoneNumberOrderId']}"
    for wrong in ({"status": "FOC", "foc_date": "soon"}, {"status": "Submitted", "foc_date": "2030-01-31"}):
        assert control_refusal(voice.sandbox.post, path, wrong) == "BadRequest"
    answer = voice.sandbox.post(path, {"status": "FOC", "foc_date": "2030-01-31"})
    assert answer["PhoneNumberOrder"]["FocDate"] == "2030-01-31"
    assert voice.sandbox.post(path, {"status": "FOC"})["PhoneNumberOrder"]["FocDate"][:2] == "20"
    (shown,) = voice.api.list_phone_number_orders()["PhoneNumberOrders"]
    assert (shown["OrderType"], shown["Status"]) == ("Porting", "FOC")
    (listed,) = voice.sandbox.get("carrier/orders")["Orders"]
    assert "Cancelled" in listed["Outcomes"] and listed["Status"] == "FOC"


def test_a_port_is_cancelled(voice: VoiceStage):
    port = voice.sandbox.post("carrier/orders", {"numbers": [LOCAL]})["PhoneNumberOrder"]
    path = f"carrier/orders/{port['PhoneNumberOrderId']}"
    voice.sandbox.post(path, {"status": "CancelRequested"})
    assert voice.number(LOCAL)["Status"] == "PortinCancelRequested"
    voice.sandbox.post(path, {"status": "Cancelled"})
    assert voice.number(LOCAL)["Status"] == "Cancelled"
    order = voice.api.get_phone_number_order(PhoneNumberOrderId=port["PhoneNumberOrderId"])["PhoneNumberOrder"]
    assert order["Status"] == "Cancelled"


@pytest.mark.parametrize("body", [
    {"numbers": []}, {"numbers": [7]}, {"numbers": [LOCAL], "product_type": "Fax"}, {"numbers": [LONDON]}, {},
])  # fmt: skip
def test_ports_that_cannot_be_opened(voice: VoiceStage, body: dict[str, Any]):
    assert control_refusal(voice.sandbox.post, "carrier/orders", body) == "BadRequest"


def test_settings_are_those_of_both_services(voice: VoiceStage, stage: Stage):
    stage.api.update_global_settings(BusinessCalling={"CdrBucket": "business"}, VoiceConnector={"CdrBucket": "first"})
    settings = voice.api.get_global_settings()
    assert settings["VoiceConnector"] == {"CdrBucket": "first"}
    assert "BusinessCalling" not in settings
    voice.api.update_global_settings(VoiceConnector={})
    there = stage.api.get_global_settings()
    assert (there["VoiceConnector"], there["BusinessCalling"]) == ({}, {"CdrBucket": "business"})
    voice.api.update_phone_number_settings(CallingName="Acme")
    assert stage.api.get_phone_number_settings()["CallingName"] == "Acme"
    assert refusal(stage.api.update_phone_number_settings, CallingName="New") == "BadRequestException"
