"""Rooms and memberships, and redaction."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import Stage, control_refusal, refusal


@pytest.fixture
def account(stage: Stage) -> str:
    return stage.enterprise()


@pytest.fixture
def room(stage: Stage, account: str) -> str:
    return make_room(stage, account)


def make_room(stage: Stage, account: str, name: str = "incidents") -> str:
    room_id: str = stage.api.create_room(AccountId=account, Name=name)["Room"]["RoomId"]
    return room_id


def make_bot(stage: Stage, account: str, *, endpoint: bool = True) -> str:
    bot_id: str = stage.api.create_bot(AccountId=account, DisplayName="desk")["Bot"]["BotId"]
    if endpoint:
        stage.api.put_events_configuration(
            AccountId=account, BotId=bot_id, OutboundEventsHTTPSEndpoint="https://bot.acme.example/chime"
        )
    return bot_id


def members(stage: Stage, account: str, room: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = stage.api.list_room_memberships(AccountId=account, RoomId=room)["RoomMemberships"]
    return listed


def test_a_room_says_who_made_it(stage: Stage, account: str):
    made = stage.api.create_room(AccountId=account, Name="incidents")["Room"]
    assert made["CreatedBy"] == "arn:aws:iam::111122223333:user/test"
    assert (made["Name"], made["AccountId"]) == ("incidents", account)
    assert stage.api.get_room(AccountId=account, RoomId=made["RoomId"])["Room"] == made


def test_rooms_need_an_enterprise_account(stage: Stage):
    team = stage.team()
    assert refusal(stage.api.create_room, AccountId=team, Name="incidents") == "ForbiddenException"
    assert stage.api.list_rooms(AccountId=team)["Rooms"] == []


def test_the_same_token_gives_the_same_room(stage: Stage, account: str):
    create = stage.api.create_room
    first = create(AccountId=account, Name="incidents", ClientRequestToken="token-1")["Room"]
    again = create(AccountId=account, Name="incidents", ClientRequestToken="token-1")["Room"]
    other = create(AccountId=account, Name="incidents", ClientRequestToken="token-2")["Room"]
    assert first == again
    assert other["RoomId"] != first["RoomId"]


def test_room_names_are_not_unique(stage: Stage, account: str):
    assert make_room(stage, account) != make_room(stage, account)


def test_a_room_is_renamed(stage: Stage, account: str, room: str):
    stage.api.update_room(AccountId=account, RoomId=room, Name="outages")
    assert stage.api.get_room(AccountId=account, RoomId=room)["Room"]["Name"] == "outages"
    stage.api.update_room(AccountId=account, RoomId=room)
    assert stage.api.get_room(AccountId=account, RoomId=room)["Room"]["Name"] == "outages"


def test_a_room_of_another_account_is_not_found(stage: Stage, room: str):
    other = stage.enterprise("other.example")
    for call in (stage.api.get_room, stage.api.delete_room, stage.api.list_room_memberships):
        assert refusal(call, AccountId=other, RoomId=room) == "NotFoundException"


def test_a_member_is_plain_unless_said_otherwise(stage: Stage, account: str, room: str):
    user = stage.member(account)
    made = stage.api.create_room_membership(AccountId=account, RoomId=room, MemberId=user)["RoomMembership"]
    assert made["Role"] == "Member"
    assert made["InvitedBy"] == "arn:aws:iam::111122223333:user/test"
    assert made["Member"] == {
        "MemberId": user,
        "MemberType": "User",
        "Email": "jane@acme.example",
        "FullName": "Jane",
        "AccountId": account,
    }
    assert members(stage, account, room) == [made]


def test_nobody_is_a_member_twice(stage: Stage, account: str, room: str):
    params = {"AccountId": account, "RoomId": room, "MemberId": stage.member(account)}
    stage.api.create_room_membership(**params)
    assert refusal(stage.api.create_room_membership, **params) == "ConflictException"


def test_roles_of_users_change(stage: Stage, account: str, room: str):
    params = {"AccountId": account, "RoomId": room, "MemberId": stage.member(account)}
    stage.api.create_room_membership(**params)
    stage.api.update_room_membership(**params, Role="Administrator")
    assert [entry["Role"] for entry in members(stage, account, room)] == ["Administrator"]


def test_only_members_can_be_updated_and_removed(stage: Stage, account: str, room: str):
    params = {"AccountId": account, "RoomId": room, "MemberId": stage.member(account)}
    assert refusal(stage.api.delete_room_membership, **params) == "NotFoundException"
    assert refusal(stage.api.update_room_membership, **params, Role="Member") == "NotFoundException"
    stage.api.create_room_membership(**params)
    assert stage.api.delete_room_membership(**params)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert members(stage, account, room) == []


def test_a_batch_names_the_members_that_failed(stage: Stage, account: str, room: str):
    jane, omar = stage.member(account, "jane@acme.example"), stage.member(account, "omar@acme.example")
    stage.api.create_room_membership(AccountId=account, RoomId=room, MemberId=jane)
    items = [{"MemberId": jane}, {"MemberId": "nobody"}, {"MemberId": omar, "Role": "Administrator"}]
    answer = stage.api.batch_create_room_membership(AccountId=account, RoomId=room, MembershipItemList=items)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    errors = [(error["MemberId"], error["ErrorCode"]) for error in answer["Errors"]]
    assert errors == [(jane, "Conflict"), ("nobody", "NotFound")]
    roles = {entry["Member"]["MemberId"]: entry["Role"] for entry in members(stage, account, room)}
    assert roles == {jane: "Member", omar: "Administrator"}


def test_a_batch_has_at_most_fifty_members(stage: Stage, account: str, room: str):
    items = [{"MemberId": f"user-{n}"} for n in range(51)]
    call = stage.api.batch_create_room_membership
    assert refusal(call, AccountId=account, RoomId=room, MembershipItemList=items) == "BadRequestException"


def test_a_bot_is_only_ever_a_plain_member(stage: Stage, account: str, room: str):
    params = {"AccountId": account, "RoomId": room, "MemberId": make_bot(stage, account)}
    assert refusal(stage.api.create_room_membership, **params, Role="Administrator") == "BadRequestException"
    made = stage.api.create_room_membership(**params)["RoomMembership"]
    assert (made["Member"]["MemberType"], made["Role"]) == ("Bot", "Member")
    assert made["Member"]["Email"] == "desk-chimebot@acme.example"
    assert refusal(stage.api.update_room_membership, **params, Role="Administrator") == "BadRequestException"


def test_a_bot_without_an_endpoint_does_not_get_into_a_room(stage: Stage, account: str, room: str):
    params = {"AccountId": account, "RoomId": room, "MemberId": make_bot(stage, account, endpoint=False)}
    assert refusal(stage.api.create_room_membership, **params) == "BadRequestException"


def test_a_disabled_bot_can_leave_a_room_but_not_get_into_one(stage: Stage, account: str, room: str):
    bot = make_bot(stage, account)
    params = {"AccountId": account, "RoomId": room, "MemberId": bot}
    stage.api.create_room_membership(**params)
    stage.api.update_bot(AccountId=account, BotId=bot, Disabled=True)
    stage.api.delete_room_membership(**params)
    assert refusal(stage.api.create_room_membership, **params) == "BadRequestException"


def test_a_bot_serves_rooms_of_its_own_account_only(stage: Stage, room: str, account: str):
    stranger = make_bot(stage, stage.enterprise("other.example"))
    params = {"AccountId": account, "RoomId": room, "MemberId": stranger}
    assert refusal(stage.api.create_room_membership, **params) == "NotFoundException"


def test_rooms_of_one_member(stage: Stage, account: str):
    user = stage.member(account)
    inside, outside = make_room(stage, account, "inside"), make_room(stage, account, "outside")
    stage.api.create_room_membership(AccountId=account, RoomId=inside, MemberId=user)
    listed = stage.api.list_rooms(AccountId=account, MemberId=user)["Rooms"]
    assert [entry["RoomId"] for entry in listed] == [inside]
    everything = stage.api.list_rooms(AccountId=account)["Rooms"]
    assert [entry["RoomId"] for entry in everything] == [inside, outside]


def test_memberships_go_with_the_room(stage: Stage, account: str, room: str):
    user = stage.member(account)
    stage.api.create_room_membership(AccountId=account, RoomId=room, MemberId=user)
    assert stage.api.delete_room(AccountId=account, RoomId=room)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(stage.api.get_room, AccountId=account, RoomId=room) == "NotFoundException"
    assert stage.api.list_rooms(AccountId=account, MemberId=user)["Rooms"] == []


def test_an_account_has_at_most_1500_rooms(stage: Stage, account: str):
    first = make_room(stage, account)
    stage.sandbox.post("seed", {"rooms": 1498})
    make_room(stage, account)
    assert refusal(stage.api.create_room, AccountId=account, Name="one more") == "ResourceLimitExceededException"
    stage.api.delete_room(AccountId=account, RoomId=first)
    make_room(stage, account)


def test_a_room_has_at_most_1000_members(stage: Stage, account: str, room: str):
    stage.sandbox.post("seed", {"users": 1001})
    pages = stage.api.get_paginator("list_users").paginate(AccountId=account)
    users = [user["UserId"] for page in pages for user in page["Users"]]
    errors = []
    for start in range(0, 1001, 50):
        items = [{"MemberId": user} for user in users[start : start + 50]]
        answer = stage.api.batch_create_room_membership(AccountId=account, RoomId=room, MembershipItemList=items)
        errors += [(error["MemberId"], error["ErrorCode"]) for error in answer["Errors"]]
    assert errors == [(users[-1], "ResourceLimitExceeded")]


def test_a_profile_is_in_at_most_1000_rooms(stage: Stage, account: str):
    user, room = stage.member(account), ""
    stage.sandbox.post("seed", {"rooms": 1000})
    more: dict[str, Any] | None = {}
    while more is not None:
        page = stage.api.list_rooms(AccountId=account, **more)
        for room in (one["RoomId"] for one in page["Rooms"]):
            stage.api.create_room_membership(AccountId=account, RoomId=room, MemberId=user)
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    params = {"AccountId": account, "RoomId": make_room(stage, account), "MemberId": user}
    assert refusal(stage.api.create_room_membership, **params) == "ResourceLimitExceededException"
    stage.api.delete_room(AccountId=account, RoomId=room)
    stage.api.create_room_membership(**params)


def test_any_message_of_a_room_of_the_account_is_redacted(stage: Stage, account: str, room: str):
    redact = stage.api.redact_room_message
    assert redact(AccountId=account, RoomId=room, MessageId="m-1")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refusal(redact, AccountId=account, RoomId="nowhere", MessageId="m-1") == "NotFoundException"
    params = {"AccountId": account, "ConversationId": "c-1", "MessageId": "m-1"}
    assert stage.api.redact_conversation_message(**params)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_redaction_needs_an_enterprise_account(stage: Stage):
    team = stage.team()
    assert refusal(stage.api.redact_room_message, AccountId=team, RoomId="r", MessageId="m") == "ForbiddenException"
    params = {"AccountId": team, "ConversationId": "c", "MessageId": "m"}
    assert refusal(stage.api.redact_conversation_message, **params) == "ForbiddenException"


# ---------------------------------------------------------------- webhooks: made in the client, listed by the API


def make_webhook(stage: Stage, room: str, name: str = "Monitor") -> str:
    made = stage.sandbox.post(f"client/rooms/{room}/webhooks", {"name": name})
    webhook_id: str = made["RoomMembership"]["Member"]["MemberId"]
    return webhook_id


def test_a_webhook_is_listed_among_the_members(stage: Stage, account: str, room: str):
    webhook = make_webhook(stage, room)
    (listed,) = members(stage, account, room)
    assert listed["Member"] == {
        "MemberId": webhook,
        "MemberType": "Webhook",
        "FullName": "Monitor (Webhook)",
        "AccountId": account,
    }
    assert listed["Role"] == "Member"
    stage.sandbox.delete(f"client/rooms/{room}/webhooks/{webhook}")
    assert members(stage, account, room) == []


def test_no_operation_changes_a_webhook(stage: Stage, account: str, room: str):
    member = {"AccountId": account, "RoomId": room, "MemberId": make_webhook(stage, room)}
    assert refusal(stage.api.delete_room_membership, **member) == "BadRequestException"
    assert refusal(stage.api.update_room_membership, Role="Administrator", **member) == "BadRequestException"
    assert refusal(stage.api.create_room_membership, **member) == "NotFoundException"


def test_a_room_has_ten_webhooks_at_most(stage: Stage, room: str):
    for number in range(10):
        make_webhook(stage, room, f"Monitor {number}")
    more = f"client/rooms/{room}/webhooks"
    assert control_refusal(stage.sandbox.post, more, {"name": "one more"}) == "ResourceLimitExceeded"


def test_a_webhook_needs_a_room_and_a_name(stage: Stage, room: str):
    webhooks = f"client/rooms/{room}/webhooks"
    assert control_refusal(stage.sandbox.post, webhooks, {"name": " "}) == "BadRequest"
    assert control_refusal(stage.sandbox.post, "client/rooms/none/webhooks", {"name": "Monitor"}) == "NotFound"
    assert control_refusal(stage.sandbox.delete, f"{webhooks}/none") == "NotFound"
