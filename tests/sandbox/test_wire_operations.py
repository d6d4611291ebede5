"""All operations of the service model, each really called: on a full world they succeed as the model says, on an empty
one they fail as the model says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest
from botocore import xform_name
from botocore.loaders import Loader

from tests.sandbox.bodies import bodies, check_body
from tests.sandbox_process import SandboxProcess

MODEL = Loader().load_service_model("chime", "service-2")
OPERATIONS = sorted(MODEL["operations"])
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:bot"


class World:
    """An Enterprise account with two users, two rooms, a member, a bot, numbers and an order; ids by name."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        client = self.client = sandbox.client()
        sandbox.post("settings", {"order_seconds": 0})
        sandbox.post("seed", {"accounts": 1, "users": 3, "bots": 1, "rooms": 1, "phone_numbers": 3})
        self.account: str = client.list_accounts()["Accounts"][0]["AccountId"]
        users = client.list_users(AccountId=self.account)["Users"]
        self.user, self.other, self.third = (user["UserId"] for user in users)
        self.bot: str = client.list_bots(AccountId=self.account)["Bots"][0]["BotId"]
        self.room: str = client.list_rooms(AccountId=self.account)["Rooms"][0]["RoomId"]
        numbers = client.list_phone_numbers()["PhoneNumbers"]
        self.number, self.queued, self.assigned = (number["PhoneNumberId"] for number in numbers)
        self.order: str = client.list_phone_number_orders()["PhoneNumberOrders"][0]["PhoneNumberOrderId"]
        self.free: str = client.search_available_phone_numbers(AreaCode="415")["E164PhoneNumbers"][0]
        self.team: str = client.create_account(Name="Team")["Account"]["AccountId"]
        self.directory: str = client.create_account(Name="Directory")["Account"]["AccountId"]
        sandbox.post(f"console/accounts/{self.directory}/domains", {"domain": "dir.example"})
        sandbox.post(f"console/accounts/{self.directory}/directory", {"directory_id": "d-1234567890"})
        client.put_events_configuration(AccountId=self.account, BotId=self.bot, LambdaFunctionArn=LAMBDA)
        client.create_room_membership(AccountId=self.account, RoomId=self.room, MemberId=self.user)
        client.delete_phone_number(PhoneNumberId=self.queued)
        client.associate_phone_number_with_user(
            AccountId=self.account, UserId=self.other, E164PhoneNumber=self.assigned.replace("%2B", "+")
        )
        self.a = {"AccountId": self.account}
        self.u = {**self.a, "UserId": self.user}
        self.r = {**self.a, "RoomId": self.room}
        self.b = {**self.a, "BotId": self.bot}


TELEPHONY = {"InboundCalling": True, "OutboundCalling": True, "SMS": False}

CALLS: dict[str, Callable[[World], dict[str, Any]]] = {
    "AssociatePhoneNumberWithUser": lambda w: {**w.u, "E164PhoneNumber": w.number.replace("%2B", "+")},
    "AssociateSigninDelegateGroupsWithAccount": lambda w: {
        "AccountId": w.directory,
        "SigninDelegateGroups": [{"GroupName": "it"}],
    },
    "BatchCreateRoomMembership": lambda w: {**w.r, "MembershipItemList": [{"MemberId": w.other, "Role": "Member"}]},
    "BatchDeletePhoneNumber": lambda w: {"PhoneNumberIds": [w.number]},
    "BatchSuspendUser": lambda w: {**w.a, "UserIdList": [w.user]},
    "BatchUnsuspendUser": lambda w: {**w.a, "UserIdList": [w.user]},
    "BatchUpdatePhoneNumber": lambda w: {
        "UpdatePhoneNumberRequestItems": [{"PhoneNumberId": w.number, "CallingName": "Acme"}]
    },
    "BatchUpdateUser": lambda w: {**w.a, "UpdateUserRequestItems": [{"UserId": w.user, "LicenseType": "Basic"}]},
    "CreateAccount": lambda w: {"Name": "Acme"},
    "CreateBot": lambda w: {**w.a, "DisplayName": "helper"},
    "CreateMeetingDialOut": lambda w: {
        "MeetingId": w.order,
        "FromPhoneNumber": "+12065550100",
        "ToPhoneNumber": "+12065550101",
        "JoinToken": "abcd",
    },
    "CreatePhoneNumberOrder": lambda w: {"ProductType": "BusinessCalling", "E164PhoneNumbers": [w.free]},
    "CreateRoom": lambda w: {**w.a, "Name": "Lobby"},
    "CreateRoomMembership": lambda w: {**w.r, "MemberId": w.other, "Role": "Administrator"},
    "CreateUser": lambda w: {**w.a, "Username": "kiosk", "UserType": "SharedDevice"},
    "DeleteAccount": lambda w: {"AccountId": w.team},
    "DeleteEventsConfiguration": lambda w: w.b,
    "DeletePhoneNumber": lambda w: {"PhoneNumberId": w.number},
    "DeleteRoom": lambda w: w.r,
    "DeleteRoomMembership": lambda w: {**w.r, "MemberId": w.user},
    "DisassociatePhoneNumberFromUser": lambda w: {**w.a, "UserId": w.other},
    "DisassociateSigninDelegateGroupsFromAccount": lambda w: {"AccountId": w.directory, "GroupNames": ["it"]},
    "GetAccount": lambda w: w.a,
    "GetAccountSettings": lambda w: w.a,
    "GetBot": lambda w: w.b,
    "GetEventsConfiguration": lambda w: w.b,
    "GetGlobalSettings": lambda w: {},
    "GetPhoneNumber": lambda w: {"PhoneNumberId": w.number},
    "GetPhoneNumberOrder": lambda w: {"PhoneNumberOrderId": w.order},
    "GetPhoneNumberSettings": lambda w: {},
    "GetRetentionSettings": lambda w: w.a,
    "GetRoom": lambda w: w.r,
    "GetUser": lambda w: w.u,
    "GetUserSettings": lambda w: w.u,
    "InviteUsers": lambda w: {"AccountId": w.team, "UserEmailList": ["ann@free.example"]},
    "ListAccounts": lambda w: {"Name": "Acme"},
    "ListBots": lambda w: w.a,
    "ListPhoneNumberOrders": lambda w: {},
    "ListPhoneNumbers": lambda w: {"ProductType": "BusinessCalling"},
    "ListRoomMemberships": lambda w: w.r,
    "ListRooms": lambda w: {**w.a, "MemberId": w.user},
    "ListSupportedPhoneNumberCountries": lambda w: {"ProductType": "BusinessCalling"},
    "ListUsers": lambda w: {**w.a, "UserType": "PrivateUser"},
    "LogoutUser": lambda w: w.u,
    "PutEventsConfiguration": lambda w: {**w.b, "LambdaFunctionArn": LAMBDA},
    "PutRetentionSettings": lambda w: {
        **w.a,
        "RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": 30}, "ConversationRetentionSettings": {}},
    },
    "RedactConversationMessage": lambda w: {**w.a, "ConversationId": "c", "MessageId": "m"},
    "RedactRoomMessage": lambda w: {**w.r, "MessageId": "m"},
    "RegenerateSecurityToken": lambda w: w.b,
    "ResetPersonalPIN": lambda w: w.u,
    "RestorePhoneNumber": lambda w: {"PhoneNumberId": w.queued},
    "SearchAvailablePhoneNumbers": lambda w: {"AreaCode": "206", "MaxResults": 500},
    "UpdateAccount": lambda w: {**w.a, "Name": "New", "DefaultLicense": "Basic"},
    "UpdateAccountSettings": lambda w: {**w.a, "AccountSettings": {"EnableDialOut": True}},
    "UpdateBot": lambda w: {**w.b, "Disabled": True},
    "UpdateGlobalSettings": lambda w: {"BusinessCalling": {"CdrBucket": "records"}},
    "UpdatePhoneNumber": lambda w: {"PhoneNumberId": w.number, "ProductType": "VoiceConnector"},
    "UpdatePhoneNumberSettings": lambda w: {"CallingName": "Acme"},
    "UpdateRoom": lambda w: {**w.r, "Name": "Hall"},
    "UpdateRoomMembership": lambda w: {**w.r, "MemberId": w.user, "Role": "Administrator"},
    "UpdateUser": lambda w: {**w.u, "LicenseType": "Basic"},
    "UpdateUserSettings": lambda w: {**w.u, "UserSettings": {"Telephony": TELEPHONY}},
}


def test_every_operation_of_the_model_has_a_call_here() -> None:
    assert sorted(CALLS) == OPERATIONS
    assert len(OPERATIONS) >= 62


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_succeeds_with_the_status_and_the_members_of_the_model(
    sandbox: SandboxProcess, operation: str
) -> None:
    world = World(sandbox)
    params = CALLS[operation](world)
    with bodies(world.client) as received:
        answer = getattr(world.client, xform_name(operation))(**params)
    spec = MODEL["operations"][operation]
    status = spec["http"].get("responseCode", 200)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == status
    output = spec.get("output", {}).get("shape")
    (body,) = received
    check_body(MODEL, output, body)
    declared = MODEL["shapes"][output]["members"] if output else {}
    errors = [entry for name, value in answer.items() if name.endswith("Errors") for entry in value]
    assert errors == []
    if declared and status != 204 and operation != "GetPhoneNumberSettings":
        assert answer, f"{operation} answered with none of {', '.join(declared)}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_on_an_empty_world_an_operation_succeeds_or_fails_as_the_model_says(
    sandbox: SandboxProcess, operation: str
) -> None:
    spec = MODEL["operations"][operation]
    params = _least(spec["input"]["shape"]) if "input" in spec else {}
    try:
        getattr(sandbox.client(), xform_name(operation))(**params)
    except botocore.exceptions.ClientError as error:
        # The model lets an unknown bot be deleted from with any error but NotFound, which is what every sibling says.
        known = {item["shape"] for item in spec["errors"]} | {"NotFoundException"}
        assert error.response["Error"]["Code"] in known, error
    assert sandbox.calls()[operation] == 1


def _least(shape_name: str) -> Any:
    """The smallest input that the model allows."""
    shape = MODEL["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        return {name: _least(shape["members"][name]["shape"]) for name in shape.get("required", ())}
    if kind == "list":
        return [_least(shape["member"]["shape"])]
    if kind == "boolean":
        return True
    if kind == "integer":
        return shape.get("min", 1)
    if "enum" in shape:
        return shape["enum"][0]
    samples = {
        "E164PhoneNumber": "+12065550100",
        "EmailAddress": "ann@acme.example",
        "GuidString": "00000000-0000-4000-8000-000000000000",
        "JoinTokenString": "abcd",
    }
    return samples.get(shape_name, "x" * max(shape.get("min", 1), 2))
