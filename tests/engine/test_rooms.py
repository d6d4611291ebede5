"""Chat rooms end to end: made once, filled in batches, and never without an administrator on the way."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.address import Address
from chimeform.plan import Action, Plan
from chimeform.planned import RefusedPlan
from chimeform.waiving import Waiving
from tests import workspaces
from tests.engine.engine import Applied, Engine
from tests.engine.stage import Stage

PEOPLE = [f"user{place}@corp.example" for place in range(3)]
JANE, OMAR, LIN = PEOPLE
ROOM = "accounts.corp.rooms.incidents"
BOTS = {"helpdesk": workspaces.bot("HelpDesk", events={"https": "https://bot.corp.example/chime"})}


def corp(rooms: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"accounts": {"corp": {"name": "Corp", "rooms": rooms, **fields}}}


def in_room(members: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return corp({"incidents": {"members": members, **fields}}, bots=BOTS)


class Rooms:
    """The rooms of the account as the service has them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def account(self) -> str:
        return self._stage.account_id("Corp")

    def names(self) -> list[str]:
        return sorted(one["Name"] for one in self._stage.chime.list_rooms(AccountId=self.account)["Rooms"])

    def id(self, name: str = "incidents") -> str:
        rooms = self._stage.chime.list_rooms(AccountId=self.account)["Rooms"]
        (found,) = [one["RoomId"] for one in rooms if one["Name"] == name]
        return str(found)

    def members(self, name: str = "incidents") -> dict[str, str]:
        listed = self._stage.chime.list_room_memberships(AccountId=self.account, RoomId=self.id(name))
        return {one["Member"]["Email"]: one["Role"] for one in listed["RoomMemberships"]}

    def add(self, email: str, role: str = "Member") -> None:
        user = self._stage.users("Corp")[email]["UserId"]
        self._stage.chime.create_room_membership(AccountId=self.account, RoomId=self.id(), MemberId=user, Role=role)


@pytest.fixture
def rooms(stage: Stage) -> Rooms:
    stage.corp()
    return Rooms(stage)


def order_of(plan: Plan, *calls: str) -> list[str]:
    return [step.call for step in plan.steps if step.call in calls]


def test_a_room_is_made_and_filled_with_people_and_a_bot_of_the_same_apply(engine: Engine, rooms: Rooms):
    engine.write(in_room({JANE: "administrator", OMAR: {}, "bots.helpdesk": "member"}))
    applied = engine.applied()
    assert applied.writes() == {
        "CreateBot": 1,
        "PutEventsConfiguration": 1,
        "CreateRoom": 1,
        "BatchCreateRoomMembership": 1,
    }
    assert rooms.members() == {JANE: "Administrator", OMAR: "Member", "HelpDesk-chimebot@corp.example": "Member"}


def test_a_bot_gets_its_endpoint_before_it_is_added(engine: Engine, rooms: Rooms):
    engine.write(in_room({"bots.helpdesk": "member"}))
    assert order_of(engine.applied().plan, "PutEventsConfiguration", "BatchCreateRoomMembership") == [
        "PutEventsConfiguration",
        "BatchCreateRoomMembership",
    ]


def test_people_whom_no_file_names_are_found_and_stay_out_of_the_reports(engine: Engine, rooms: Rooms):
    engine.write(corp({"incidents": {"members": {JANE: "administrator"}}}))
    applied = engine.applied()
    assert [str(one.address) for one in applied.planned.live.unmanaged] == []
    assert rooms.members() == {JANE: "Administrator"}


def test_somebody_who_is_not_in_the_account_is_waited_for(engine: Engine, rooms: Rooms):
    engine.write(corp({"incidents": {"members": {JANE: "administrator", "new@corp.example": "member"}}}))
    applied = engine.applied()
    (gate,) = applied.plan.gates
    assert (gate.address, gate.who) == ('accounts.corp.users["new@corp.example"]', "invitee")
    assert gate.holds == (f'{ROOM}.members["new@corp.example"]',)
    assert rooms.members() == {JANE: "Administrator"}

    engine.sandbox.post("people/register", {"email": "new@corp.example"})
    engine.applied()
    assert rooms.members()["new@corp.example"] == "Member"


def test_roles_are_changed_and_nobody_else_is_touched(engine: Engine, rooms: Rooms):
    engine.write(in_room({JANE: "administrator", OMAR: "member"}))
    engine.applied()
    rooms.add(LIN)
    engine.write(in_room({JANE: "administrator", OMAR: "administrator"}))
    applied = engine.applied()
    assert applied.writes() == {"UpdateRoomMembership": 1}
    assert rooms.members()[LIN] == "Member"
    assert [str(one.address) for one in applied.planned.live.unmanaged] == [f'{ROOM}.members["{LIN}"]']


def test_whom_no_file_names_leaves_a_room_that_is_authoritative(engine: Engine, rooms: Rooms):
    engine.write(in_room({JANE: "administrator"}, authoritative=["members"]))
    engine.applied()
    rooms.add(LIN)
    assert engine.applied().writes() == {"DeleteRoomMembership": 1}
    assert rooms.members() == {JANE: "Administrator"}


def test_the_next_administrator_comes_before_the_last_one_goes(engine: Engine, rooms: Rooms):
    engine.write(in_room({JANE: "administrator", OMAR: "member"}))
    engine.applied()
    engine.write(in_room({OMAR: "administrator", LIN: "administrator"}))
    plan = engine.applied().plan
    (leaving,) = [step for step in plan.steps if step.operation == "DeleteRoomMembership"]
    assert {before.rpartition("#")[2] for before in leaving.after} == {
        "UpdateRoomMembership",
        "BatchCreateRoomMembership",
    }
    assert rooms.members() == {OMAR: "Administrator", LIN: "Administrator"}


def test_a_thousand_members_are_twenty_calls(engine: Engine, stage: Stage):
    people = [f"user{place}@corp.example" for place in range(1000)]
    stage.enterprise("Corp", "corp.example")
    for email in people:
        engine.sandbox.post("people/register", {"email": email})
    engine.write(corp({"all": {"members": dict.fromkeys(people, "member")}}))
    assert engine.applied().writes() == {"CreateRoom": 1, "BatchCreateRoomMembership": 20}


def test_a_room_that_is_removed_takes_its_members_along_in_one_call(engine: Engine, rooms: Rooms):
    engine.write(corp({"incidents": {"members": {JANE: "administrator", OMAR: "member"}}, "news": {}}))
    engine.applied()
    engine.write(corp({"news": {}}))
    with pytest.raises(RefusedPlan) as caught:
        engine.applied(accepted=())
    assert "room-deletion" in str(caught.value.planned.plan.refusals[0].do)
    applied = engine.applied()
    assert applied.writes() == {"DeleteRoom": 1}
    assert rooms.names() == ["news"]
    assert not [one for one in engine.recorded().resources if one.is_within(Address.parse(ROOM))]


def test_rooms_that_no_file_names_go_where_the_account_is_authoritative(engine: Engine, rooms: Rooms, stage: Stage):
    stage.chime.create_room(AccountId=rooms.account, Name="by hand")
    engine.write(corp({"incidents": {}}))
    engine.applied()
    assert rooms.names() == ["by hand", "incidents"]
    engine.write(corp({"incidents": {}}, authoritative=["rooms"]))
    engine.applied()
    assert rooms.names() == ["incidents"]


def test_two_rooms_of_one_name_are_nobodys_until_somebody_says_which(engine: Engine, rooms: Rooms, stage: Stage):
    ids = [stage.chime.create_room(AccountId=rooms.account, Name="incidents")["Room"]["RoomId"] for _ in range(2)]
    engine.write(corp({"incidents": {}}))
    (unread,) = engine.plan().unread
    assert all(one in unread.reason for one in ids)
    engine.write({**corp({"incidents": {}}), "import": [{"to": ROOM, "id": ids[1]}]})
    engine.applied()
    assert engine.recorded().resources[Address.parse(ROOM)].id == ids[1]


def test_a_room_whose_answer_was_lost_is_made_once(engine: Engine, rooms: Rooms):
    engine.sandbox.post("faults", [{"operation": "CreateRoom", "kind": "drop_response", "times": 1}])
    engine.write(corp({"incidents": {}}))
    engine.applied()
    assert rooms.names() == ["incidents"]


def test_a_token_belongs_to_one_intent(engine: Engine, rooms: Rooms):
    """Sent again it is the same; a room that is made anew after its deletion has another one."""
    engine.sandbox.post("faults", [{"operation": "CreateRoom", "kind": "throttle", "times": 2}])
    engine.write(corp({"incidents": {}}))
    engine.applied()
    assert rooms.names() == ["incidents"]
    engine.write(corp({}))
    engine.applied()
    assert rooms.names() == []
    engine.write(corp({"incidents": {}}))
    engine.applied()
    assert rooms.names() == ["incidents"], "the service gives back the room that a token made before"


def test_one_member_who_fails_does_not_keep_the_others_out(engine: Engine, rooms: Rooms):
    engine.sandbox.post(
        "faults",
        [
            {
                "operation": "BatchCreateRoomMembership",
                "kind": "partial",
                "rate": 0.5,
                "code": "ServiceFailure",
                "times": 1,
            }
        ],
    )
    people = workspaces.people(20, "corp.example")
    for email in people:
        engine.sandbox.post("people/register", {"email": email})
    engine.write(corp({"incidents": {"members": dict.fromkeys(people, "member")}}))
    applied: Applied = engine.applied(ends="failed", is_settled=False)
    assert 0 < len(applied.summary.failed) < len(people)
    engine.sandbox.control("DELETE", "faults")
    engine.applied()
    assert rooms.members() == dict.fromkeys(people, "Member")


def test_members_are_left_alone_if_nobody_can_tell_who_is_in_the_account(engine: Engine, rooms: Rooms):
    engine.write(corp({"incidents": {}}))
    engine.applied()
    engine.sandbox.post(
        "faults", [{"operation": "ListUsers", "kind": "error", "error": "ForbiddenException", "times": 50}]
    )
    engine.write(corp({"incidents": {"members": {JANE: "member"}}}))
    plan = engine.plan()
    assert [one.address for one in plan.unread] == [f'{ROOM}.members["{JANE}"]']
    assert [one for one in plan.changes if one.action is not Action.WAIT] == []


def test_a_team_account_has_no_rooms_until_it_is_an_enterprise_account(engine: Engine, stage: Stage):
    engine.write(corp({"incidents": {"members": {JANE: "administrator"}}}))
    assert engine.applied().writes() == {"CreateAccount": 1}
    stage.claim(stage.account_id("Corp"), "corp.example")
    engine.sandbox.post("people/register", {"email": JANE})
    engine.applied()
    assert Rooms(stage).members() == {JANE: "Administrator"}


def test_a_member_who_was_removed_by_hand_is_drift_and_comes_back(engine: Engine, rooms: Rooms, stage: Stage):
    engine.write(in_room({JANE: "administrator", OMAR: "member"}))
    engine.applied()
    user = stage.users("Corp")[OMAR]["UserId"]
    stage.chime.delete_room_membership(AccountId=rooms.account, RoomId=rooms.id(), MemberId=user)
    (gone,) = engine.drift().objects
    assert gone.address == f'{ROOM}.members["{OMAR}"]'
    engine.applied()
    assert rooms.members()[OMAR] == "Member"


def guarded(members: dict[str, Any], least: int = 1) -> dict[str, Any]:
    return {**in_room(members), "guardrails": {"min_room_administrators": least}}


def refused(engine: Engine) -> list[str]:
    return [one.code for one in engine.plan().refusals]


def test_a_room_keeps_its_last_administrators_if_the_workspace_says_so(engine: Engine, rooms: Rooms):
    engine.write(guarded({JANE: "administrator", OMAR: "member"}))
    engine.applied()
    engine.write(guarded({OMAR: "member"}))
    assert refused(engine) == ["CF-GRD-010"]
    engine.write(guarded({JANE: "member", OMAR: "member"}))
    assert refused(engine) == ["CF-GRD-010"]
    engine.write(guarded({OMAR: "administrator"}))
    engine.applied()
    assert rooms.members() == {OMAR: "Administrator"}


def test_administrators_whom_no_file_names_count(engine: Engine, rooms: Rooms):
    engine.write(guarded({JANE: "administrator"}))
    engine.applied()
    rooms.add(LIN, role="Administrator")
    engine.write(guarded({OMAR: "member"}))
    assert refused(engine) == []


def test_a_room_with_too_few_may_be_changed_as_long_as_none_is_taken_away(engine: Engine, rooms: Rooms):
    engine.write(in_room({JANE: "administrator"}))
    engine.applied()
    engine.write(guarded({JANE: "administrator", OMAR: "member"}, least=2))
    assert refused(engine) == []
    engine.write({**corp({"empty": {"members": {JANE: "member"}}}), "guardrails": {"min_room_administrators": 1}})
    assert "CF-GRD-010" in refused(engine), "a new room has to have enough from the beginning"


def test_the_guard_can_be_waived_with_a_reason(engine: Engine, rooms: Rooms):
    engine.write(guarded({JANE: "administrator"}))
    engine.applied()
    engine.write(guarded({JANE: "member"}))
    (refusal,) = engine.plan().refusals
    assert refusal.waive == "min_room_administrators"
    applied = engine.applied(waiving=Waiving((refusal.waive,), "CHG1"))
    assert applied.plan.refusals == (refusal,), "it is told all the same"
    assert [(one.rule, one.reason) for one in engine.history()[0].waivers] == [(refusal.waive, "CHG1")]
    assert rooms.members() == {JANE: "Member"}


def test_a_disabled_bot_stays_in_a_room_and_is_added_to_none(engine: Engine, rooms: Rooms):
    engine.write(in_room({"bots.helpdesk": "member"}))
    engine.applied()
    disabled = {"helpdesk": {**BOTS["helpdesk"], "disabled": True}}
    members: dict[str, Any] = {"members": {"bots.helpdesk": "member"}}
    engine.write(corp({"incidents": members}, bots=disabled))
    assert engine.applied().writes() == {"UpdateBot": 1}
    engine.write(corp({"incidents": members, "news": members}, bots=disabled))
    assert refused(engine) == ["CF-ROM-012"]
