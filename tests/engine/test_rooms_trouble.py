"""Rooms when something goes wrong, and with what others have in them: no second room, nobody lost, nobody removed."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine
from tests.engine.stage import Stage

PEOPLE = [f"user{place}@corp.example" for place in range(3)]
JANE, OMAR, LIN = PEOPLE
ROOM = "accounts.corp.rooms.incidents"
HELPDESK = "HelpDesk-chimebot@corp.example"
BOT = workspaces.bot("HelpDesk", events={"https": "https://bot.corp.example/chime"})


def corp(members: dict[str, Any], **room: Any) -> dict[str, Any]:
    rooms = {"incidents": {"members": members, **room}}
    return {"accounts": {"corp": {"name": "Corp", "bots": {"helpdesk": BOT}, "rooms": rooms}}}


EVERYBODY = corp({JANE: "administrator", OMAR: "member", "bots.helpdesk": "member"})
ROLES = {JANE: "Administrator", OMAR: "Member", HELPDESK: "Member"}


class Rooms:
    """The rooms of the account as the service has them."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._chime = stage, stage.chime
        self.account = stage.corp()

    def ids(self) -> list[str]:
        return [one["RoomId"] for one in self._chime.list_rooms(AccountId=self.account)["Rooms"]]

    @property
    def id(self) -> str:
        (found,) = self.ids()
        return str(found)

    def members(self) -> dict[str, str]:
        """Roles by e-mail address, or by name."""
        listed = self._chime.list_room_memberships(AccountId=self.account, RoomId=self.id)["RoomMemberships"]
        return {one["Member"].get("Email", one["Member"]["FullName"]): one["Role"] for one in listed}

    def user(self, email: str) -> str:
        return str(self._stage.users("Corp")[email]["UserId"])

    def bot(self) -> str:
        (bot,) = self._stage.bots("Corp")
        return str(bot["BotId"])

    def add(self, member: str, role: str = "Member") -> None:
        self._chime.create_room_membership(AccountId=self.account, RoomId=self.id, MemberId=member, Role=role)

    def delete(self) -> None:
        self._chime.delete_room(AccountId=self.account, RoomId=self.id)

    def tokens(self) -> list[str]:
        """Under which tokens rooms were asked for, the first one first; CloudTrail has them."""
        asked = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateRoom"}]}
        events = self._stage.sandbox.client("cloudtrail").lookup_events(**asked)["Events"]
        requests = (json.loads(event["CloudTrailEvent"])["requestParameters"] for event in reversed(events))
        return [str(request["clientRequestToken"]) for request in requests]


@pytest.fixture
def rooms(stage: Stage) -> Rooms:
    return Rooms(stage)


# ---------------------------------------------------------------- killed


def deaths(engine: Engine, stage: Stage, applier: Applier) -> Iterator[tuple[int, str]]:
    """The same first apply, killed at each moment that matters in turn."""
    number, moments = 0, [""]
    while number < len(moments):
        engine.sandbox.reset()
        stage.corp()
        shutil.rmtree(engine.ledger_path.parent, ignore_errors=True)
        dies = {"dies_at": number} if number else {}
        ended = applier.apply(engine.root, parallelism=1, **dies)
        if number:
            assert ended["signal"] == signal.SIGKILL, (number, ended)
            yield number, moments[number - 1]
        else:
            moments = [*ended["moments"], ""]
        number += 1


def test_an_apply_killed_at_any_moment_makes_one_room_with_everybody_in_it_once(
    engine: Engine, stage: Stage, applier: Applier
):
    engine.write(EVERYBODY)
    moments = []
    for number, moment in deaths(engine, stage, applier):
        moments.append(moment)
        ended = applier.apply(engine.root)
        assert not ended["error"], (number, moment, ended)
        assert ended["failed"] == ended["not_reached"] == {}, (number, moment, ended)
        account = stage.account_id("Corp")
        (room,) = stage.chime.list_rooms(AccountId=account)["Rooms"]
        listed = stage.chime.list_room_memberships(AccountId=account, RoomId=room["RoomId"])["RoomMemberships"]
        assert {one["Member"]["Email"]: one["Role"] for one in listed} == ROLES, (number, moment)
        assert engine.recorded().open_intents == (), (number, moment)
    assert {"intent CreateRoom", "answer CreateRoom", "answer BatchCreateRoomMembership"} <= set(moments)
    engine.check_settled()


def test_what_was_killed_is_sent_under_the_same_token_until_it_is_there(engine: Engine, rooms: Rooms, applier: Applier):
    """A room may come into being later than anybody has looked: however many runs are killed, there is one intent."""
    engine.write({"accounts": {"corp": {"name": "Corp", "rooms": {"incidents": {}}}}})
    for times in (1, 2):
        for moment in itertools.count(3):
            killed = applier.apply(engine.root, parallelism=1, dies_at=moment)
            assert killed["signal"] == signal.SIGKILL
            if len(rooms.tokens()) == times:
                break  # its answer had just come
        rooms.delete()  # as if the service had not shown it yet
    assert not applier.apply(engine.root)["error"]
    assert len(rooms.ids()) == 1
    first, *later = rooms.tokens()
    assert later == [first, first]

    rooms.delete()
    engine.applied()
    assert rooms.tokens()[-1] != first, "a room that is made anew is another one"


# ---------------------------------------------------------------- lost answers


LOST: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("CreateRoom", {}, EVERYBODY),
    ("BatchCreateRoomMembership", corp({JANE: "administrator"}), EVERYBODY),
    ("UpdateRoomMembership", EVERYBODY, corp({JANE: "administrator", OMAR: "administrator", "bots.helpdesk": {}})),
    ("DeleteRoomMembership", EVERYBODY, corp({JANE: "administrator"})),
    ("UpdateRoom", EVERYBODY, corp({JANE: "administrator", OMAR: "member", "bots.helpdesk": {}}, name="Outages")),
    ("DeleteRoom", EVERYBODY, {"accounts": {"corp": {"name": "Corp", "bots": {"helpdesk": BOT}}}}),
)


@pytest.mark.parametrize(("operation", "before", "after"), LOST, ids=[operation for operation, *_ in LOST])
def test_a_lost_answer_is_looked_up_and_nothing_is_done_twice(
    engine: Engine, rooms: Rooms, operation: str, before: dict[str, Any], after: dict[str, Any]
):
    if before:
        engine.write(before)
        engine.applied()
    engine.write(after)
    engine.sandbox.add_faults({"operation": operation, "kind": "drop_response", "times": 1})
    applied = engine.applied()
    leaving = 2 if operation == "DeleteRoomMembership" else 1
    assert applied.writes()[operation] == leaving
    assert any(step.rpartition("#")[2] == operation and found for step, found in applied.looks().items())
    assert len(rooms.ids()) == (0 if operation == "DeleteRoom" else 1)


def test_of_two_attempts_under_one_token_there_is_one_room(engine: Engine, rooms: Rooms):
    """Nobody can look, so that the step is left open; the next run finds the room and makes no other."""
    engine.write({"accounts": {"corp": {"name": "Corp", "rooms": {"incidents": {}}}}})
    engine.plan()

    def deny(event: Any) -> None:
        if event.kind == "call_started":
            engine.sandbox.post("iam", {"deny": ["chime:ListRooms"]})

    engine.sandbox.add_faults({"operation": "CreateRoom", "kind": "drop_response", "times": 1})
    applied = engine.applied(ends="failed", on=deny)
    assert [one.operation for one in engine.recorded().open_intents] == ["CreateRoom"]
    assert set(applied.failures()) == {ROOM}
    engine.sandbox.delete("iam")
    assert engine.applied().writes() == {}
    assert len(rooms.ids()) == 1


# ---------------------------------------------------------------- what others have in a room


def test_webhooks_are_nobodys_business(engine: Engine, rooms: Rooms):
    """They stand among the members, and are neither told nor taken away, whatever the files claim."""
    engine.write(corp({JANE: "administrator"}, authoritative=["members"]))
    engine.applied()
    engine.sandbox.post(f"client/rooms/{rooms.id}/webhooks", {"name": "Monitor"})
    rooms.add(rooms.user(LIN))
    applied = engine.applied()
    assert applied.writes() == {"DeleteRoomMembership": 1}
    assert applied.plan.unmanaged == ()
    assert rooms.members() == {JANE: "Administrator", "Monitor (Webhook)": "Member"}
    assert engine.drift().objects == ()


def test_a_bot_that_somebody_added_is_called_as_the_files_call_it(engine: Engine, rooms: Rooms):
    engine.write(corp({JANE: "administrator"}))
    engine.applied()
    rooms.add(rooms.bot())
    (unmanaged,) = engine.plan().unmanaged
    assert unmanaged.address == f'{ROOM}.members["bots.helpdesk"]'
    engine.write(corp({JANE: "administrator", "bots.helpdesk": "member"}))
    assert engine.applied().actions() == {f'{ROOM}.members["bots.helpdesk"]': "adopt"}
    engine.write(corp({JANE: "administrator"}, authoritative=["members"]))
    assert engine.applied().writes() == {"DeleteRoomMembership": 1}


# ---------------------------------------------------------------- who is looked for, and who is waited for


def test_where_everybody_is_in_the_room_nobody_is_looked_for(engine: Engine, rooms: Rooms):
    engine.write(EVERYBODY)
    assert engine.applied().plan.reads["ListUsers"] == 1
    assert engine.plan().reads == {
        "ListAccounts": 1,
        "ListBots": 1,
        "GetEventsConfiguration": 1,
        "ListRooms": 1,
        "ListRoomMemberships": 1,
    }


def test_people_are_found_in_whatever_letters_the_files_write_them(engine: Engine, rooms: Rooms, stage: Stage):
    blocks = corp({JANE.upper(): "administrator", "Omar@Corp.example": "member"})
    blocks["accounts"]["corp"]["users"] = {JANE: {}}
    engine.sandbox.post("people/register", {"email": "omar@corp.example"})
    engine.write(blocks)
    assert engine.applied().plan.gates == ()
    assert rooms.members() == {JANE: "Administrator", "omar@corp.example": "Member"}


def test_an_apply_that_waits_sees_somebody_join(engine: Engine, rooms: Rooms):
    engine.write(corp({JANE: "administrator", "new@corp.example": "member"}))
    engine.applied()

    def join(event: Any) -> None:
        if event.kind == "waiting":
            engine.sandbox.post("people/register", {"email": "new@corp.example"})

    assert engine.applied(on=join, wait_seconds=20).writes() == {"BatchCreateRoomMembership": 1}
    assert rooms.members()["new@corp.example"] == "Member"


def test_the_last_administrator_waits_for_the_next_one_and_no_other_does(engine: Engine, rooms: Rooms):
    engine.write(corp({JANE: "administrator", OMAR: "administrator"}))
    engine.applied()
    engine.write(corp({JANE: "administrator", "new@corp.example": "administrator"}))
    assert engine.applied().writes() == {"DeleteRoomMembership": 1}, "Jane stays"
    engine.write(corp({"new@corp.example": "administrator"}))
    assert engine.applied().writes() == {}
    assert rooms.members() == {JANE: "Administrator"}
    engine.write(corp({"new@corp.example": "administrator", LIN: "administrator"}))
    assert engine.applied().writes() == {"BatchCreateRoomMembership": 1, "DeleteRoomMembership": 1}
    assert rooms.members() == {LIN: "Administrator"}


# ---------------------------------------------------------------- what ends


def test_a_member_who_is_protected_keeps_the_room(engine: Engine, rooms: Rooms):
    protected = {"role": "administrator", "lifecycle": {"prevent_destroy": True}}
    engine.write(corp({JANE: protected, OMAR: "member"}))
    engine.applied()
    engine.write({"accounts": {"corp": {"name": "Corp", "bots": {"helpdesk": BOT}}}})
    refused = [(one.code, one.address) for one in engine.plan().refusals]
    assert ("CF-GRD-001", f'{ROOM}.members["{JANE}"]') in refused


def test_a_room_that_has_expired_is_deleted_with_its_members_and_stays_away(engine: Engine, rooms: Rooms):
    engine.write(EVERYBODY)
    engine.applied()
    engine.write(corp({JANE: "administrator", OMAR: "member"}, lifecycle={"expires": "2020-01-31"}))
    assert engine.applied().writes() == {"DeleteRoom": 1}
    assert rooms.ids() == []
    assert {one.kind for one in engine.recorded().resources.values()} == {"account", "bot"}


# ---------------------------------------------------------------- who did it


def test_who_changed_a_role_added_somebody_and_took_somebody_out_is_told(engine: Engine, rooms: Rooms, stage: Stage):
    engine.write(corp({JANE: "administrator", OMAR: "member", LIN: "member"}, authoritative=["members"]))
    engine.applied()
    mary = engine.sandbox.client(access_key="mary")
    place = {"AccountId": rooms.account, "RoomId": rooms.id}
    mary.update_room_membership(**place, MemberId=rooms.user(OMAR), Role="Administrator")
    mary.delete_room_membership(**place, MemberId=rooms.user(LIN))
    engine.sandbox.post("people/register", {"email": "new@corp.example"})
    items = [{"MemberId": rooms.user("new@corp.example")}]
    mary.batch_create_room_membership(**place, MembershipItemList=items)
    _, drift = engine.app().drift(authors=True)
    told = {}
    for one in drift.objects:
        found = next((each.attribution for each in one.fields if each.attribution), one.attribution)
        told[one.address.partition("members")[2]] = (found.who, found.event) if found else None
    assert told == {
        f'["{OMAR}"]': ("mary", "UpdateRoomMembership"),
        f'["{LIN}"]': ("mary", "DeleteRoomMembership"),
        '["new@corp.example"]': ("mary", "BatchCreateRoomMembership"),
    }
