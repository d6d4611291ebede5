"""What a plan does for a given world: actions, causes, calls, order, gates. Pure, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.live import Ambiguous, Unknown
from chimeform.plan import Action, Cause, Plan

from .building import (
    ACCOUNT,
    BOT,
    ENTERPRISE,
    JANE,
    NUMBER,
    OMAR,
    OTHER,
    TEAM,
    desired,
    live,
    number,
    person,
    plan_of,
    recorded,
)


def actions(plan: Plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.changes}


def operations(plan: Plan, address: str) -> list[str]:
    return [step.operation for step in plan.steps if step.address == address]


def position(plan: Plan, address: str, operation: str) -> int:
    return next(i for i, step in enumerate(plan.steps) if (step.address, step.operation) == (address, operation))


# ---------------------------------------------------------------- causes


@pytest.mark.parametrize(
    ("was", "want", "now", "cause"),
    [
        ("pro", "basic", "pro", Cause.OURS),
        ("pro", "pro", "basic", Cause.THEIRS),
        (None, "basic", "pro", Cause.OURS),
        ("plus", "basic", "pro", Cause.CONFLICT),
    ],
)
def test_a_field_that_differs_has_a_cause(was: str | None, want: str, now: str, cause: Cause) -> None:
    record = recorded({ACCOUNT: {"name": "Acme", **({"default_license": was} if was else {})}})
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme", "default_license": want}}),
        record,
        live({ACCOUNT: {**TEAM, "default_license": now}}),
    )
    (change,) = plan.changes
    assert [(one.name, one.before, one.after, one.cause) for one in change.fields] == [
        ("default_license", now, want, cause)
    ]


def test_changed_alike_here_and_there_needs_no_call_and_the_record_catches_up() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme", "default_license": "basic"}}),
        recorded({ACCOUNT: {"name": "Acme", "default_license": "pro"}}),
        live({ACCOUNT: {**TEAM, "default_license": "basic"}}),
    )
    assert plan.is_empty
    assert not plan.steps
    assert plan.catch_up[0].values == {"name": "Acme", "default_license": "basic"}


def test_what_no_file_names_is_left_as_it_is() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}),
        recorded({ACCOUNT: {"name": "Acme", "default_license": "pro"}}),
        live({ACCOUNT: {**TEAM, "default_license": "basic"}}),
    )
    assert plan.is_empty


def test_a_dropped_retention_period_is_turned_off_and_the_other_one_is_sent_along() -> None:
    retention = f"{ACCOUNT}.retention"
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, retention: {"rooms": "1 year"}}),
        recorded({ACCOUNT: {"name": "Acme"}, retention: {"id": None, "rooms": 365, "conversations": 90}}),
        live({ACCOUNT: ENTERPRISE, retention: {"rooms": 365, "conversations": 90}}),
    )
    (step,) = plan.steps
    assert step.request["RetentionSettings"] == {
        "RoomRetentionSettings": {"RetentionDays": 365},
        "ConversationRetentionSettings": {},
    }


def test_an_ignored_field_is_neither_changed_nor_sent() -> None:
    lifecycle = {"ignore": ["default_license"]}
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme Inc", "default_license": "pro", "lifecycle": lifecycle}}),
        recorded({ACCOUNT: {"name": "Acme", "default_license": "pro"}}),
        live({ACCOUNT: {**TEAM, "default_license": "basic"}}),
    )
    (step,) = plan.steps
    assert step.request == {"AccountId": "id-acme", "Name": "Acme Inc"}


# ---------------------------------------------------------------- unknown is not absent


def test_what_could_not_be_read_leads_to_no_change() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {}}),
        recorded({ACCOUNT: {"name": "Acme"}, OMAR: {"email": "omar@acme.example"}}),
        live({ACCOUNT: TEAM, JANE: Unknown("ListUsers: denied"), OMAR: Unknown("ListUsers: denied")}),
    )
    assert {one.address for one in plan.unread} == {JANE, OMAR}
    assert not plan.steps
    assert not plan.changes


def test_two_candidates_are_a_question_for_a_person() -> None:
    plan = plan_of(desired({ACCOUNT: {"name": "Acme"}}), recorded({}), live({ACCOUNT: Ambiguous(("a1", "a2"))}))
    assert not plan.changes
    assert "a1, a2" in plan.unread[0].reason


# ---------------------------------------------------------------- people


def test_a_team_account_invites_and_what_follows_waits_for_the_person() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {"license": "basic"}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: TEAM, JANE: None}),
    )
    invite, licence = plan.steps
    assert (invite.operation, invite.gates) == ("InviteUsers", ())
    assert (licence.operation, licence.gates) == ("BatchUpdateUser", (f"{JANE}~accepted",))
    assert plan.writes == {"InviteUsers": 1}


def test_an_enterprise_account_cannot_invite_and_the_person_has_to_register() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: ENTERPRISE, JANE: None}),
    )
    assert actions(plan) == {JANE: Action.WAIT}
    assert not plan.steps
    assert plan.gates[0].name == "registered"
    assert plan.is_empty


@pytest.mark.parametrize(("account", "consequence"), [(TEAM, "removal"), (ENTERPRISE, "suspension")])
def test_leaving_the_files_means_removal_or_suspension(account: dict[str, Any], consequence: str) -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: account, JANE: person("jane@acme.example", id="u1")}),
    )
    (change,) = plan.changes
    assert change.action is Action.RETIRE
    assert [one.name for one in change.consequences] == [consequence]
    assert [(step.operation, step.item) for step in plan.steps] == [("BatchSuspendUser", "u1")]


def test_a_suspended_person_who_is_declared_comes_back() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: ENTERPRISE, JANE: person("jane@acme.example", suspended=True, facts={})}),
    )
    assert actions(plan)[JANE] is Action.RESTORE
    assert operations(plan, JANE) == ["BatchUnsuspendUser"]


def test_a_declared_suspension_is_kept() -> None:
    world = {ACCOUNT: ENTERPRISE, JANE: person("jane@acme.example", suspended=True, facts={})}
    record = recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example", "suspended": True}})
    assert plan_of(desired({ACCOUNT: {"name": "Acme"}, JANE: {"suspended": True}}), record, live(world)).is_empty


def test_licences_of_a_directory_account_are_refused() -> None:
    directory = {**ENTERPRISE, "facts": {"type": "EnterpriseDirectory"}}
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {"license": "basic"}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: directory, JANE: person("jane@acme.example")}),
    )
    (refusal,) = plan.refusals
    assert refusal.code == "CF-USR-005"
    assert "declare it under accounts.acme.identity.groups" in refusal.do


def test_a_refused_licence_and_a_refused_removal_name_the_groups_that_decide() -> None:
    directory = {**ENTERPRISE, "facts": {"type": "EnterpriseDirectory"}}
    identity = "accounts.acme.identity"
    pro, basic = (f'{identity}.groups["Chime {name}"]' for name in ("Pro", "Basic"))
    members = {"facts": {"members": [{"Key": "omar@acme.example"}]}}
    plan = plan_of(
        desired(
            {
                ACCOUNT: {"name": "Acme"},
                identity: {"directory": {"id": "d-1234567890"}},
                pro: {"license": "pro"},
                basic: {"license": "basic"},
                JANE: {"license": "basic"},
            }
        ),
        recorded({ACCOUNT: {"name": "Acme"}, OMAR: {"email": "omar@acme.example"}}),
        live(
            {
                ACCOUNT: directory,
                identity: {},
                pro: {"name": "Chime Pro", "license": "pro", **members},
                basic: {"name": "Chime Basic", "license": "basic", "facts": {}},
                JANE: person("jane@acme.example"),
                OMAR: person("omar@acme.example"),
            }
        ),
    )
    found = {refusal.address: refusal.do for refusal in plan.refusals if refusal.code == "CF-USR-005"}
    assert "move the person to the group 'Chime Basic'" in found[JANE]
    assert "change it in the group 'Chime Pro', and release it here" in found[OMAR]


# ---------------------------------------------------------------- numbers


def two_people(jane: str | None, omar: str | None) -> dict[str, Any]:
    return {
        ACCOUNT: {"name": "Acme"},
        JANE: {"phone": jane} if jane else {},
        OMAR: {"phone": omar} if omar else {},
        NUMBER: {"product": "business-calling"},
        OTHER: {"product": "business-calling"},
    }


def two_phones(jane: str | None, omar: str | None) -> tuple[Any, Any]:
    people = {JANE: ("jane@acme.example", jane), OMAR: ("omar@acme.example", omar)}
    world = {ACCOUNT: TEAM, NUMBER: number("+12065550100"), OTHER: number("+12065550101")}
    record: dict[str, Any] = {
        ACCOUNT: {"name": "Acme"},
        NUMBER: {"id": "+12065550100", "number": "+12065550100", "product": "business-calling"},
        OTHER: {"id": "+12065550101", "number": "+12065550101", "product": "business-calling"},
    }
    for address, (email, phone) in people.items():
        world[address] = person(email, **({"phone": phone} if phone else {}))
        record[address] = {"email": email, "suspended": False, **({"phone": phone} if phone else {})}
    return recorded(record), live(world)


def test_a_number_is_released_before_the_next_person_takes_it() -> None:
    plan = plan_of(desired(two_people(None, "+12065550100")), *two_phones("+12065550100", None))
    assert position(plan, JANE, "DisassociatePhoneNumberFromUser") < position(
        plan, OMAR, "AssociatePhoneNumberWithUser"
    )
    take = next(step for step in plan.steps if step.operation == "AssociatePhoneNumberWithUser")
    assert f"{JANE}#DisassociatePhoneNumberFromUser" in take.after


def test_two_people_can_swap_their_numbers() -> None:
    plan = plan_of(desired(two_people("+12065550101", "+12065550100")), *two_phones("+12065550100", "+12065550101"))
    last_release = max(position(plan, who, "DisassociatePhoneNumberFromUser") for who in (JANE, OMAR))
    first_take = min(position(plan, who, "AssociatePhoneNumberWithUser") for who in (JANE, OMAR))
    assert last_release < first_take
    assert not plan.refusals


def test_a_number_that_somebody_else_holds_is_not_taken_away() -> None:
    record, world = two_phones(None, None)
    ann = 'accounts.acme.users["ann@acme.example"]'
    held = live(
        {str(address): reading for address, reading in world.readings.items()},
        unmanaged={ann: person("ann@acme.example", phone="+12065550100")},
    )
    plan = plan_of(desired(two_people("+12065550100", None)), record, held)
    (refusal,) = plan.refusals
    assert refusal.code == "CF-REF-010"
    assert "ann@acme.example" in refusal.summary


def test_a_number_is_unassigned_before_it_is_given_back() -> None:
    wanted = two_people(None, None)
    del wanted[NUMBER]
    plan = plan_of(desired(wanted), *two_phones("+12065550100", None), accepted=("number-release",))
    assert position(plan, JANE, "DisassociatePhoneNumberFromUser") < position(plan, NUMBER, "BatchDeletePhoneNumber")
    assert not plan.refusals


def test_a_number_in_the_deletion_queue_is_restored_and_not_ordered_again() -> None:
    queued = number("+12065550100", facts={"status": "DeleteInProgress"})
    plan = plan_of(
        desired({NUMBER: {"product": "business-calling", "calling_name": "Sales"}}),
        recorded({}),
        live({NUMBER: queued}),
    )
    assert operations(plan, NUMBER) == ["RestorePhoneNumber", "BatchUpdatePhoneNumber"]
    assert plan.steps[1].after == (plan.steps[0].id,)


def test_a_calling_name_that_is_on_its_way_is_no_drift() -> None:
    pending = number("+12065550100", facts={"status": "Unassigned", "calling_name_status": "UpdateInProgress"})
    record = recorded(
        {
            NUMBER: {
                "id": "+12065550100",
                "number": "+12065550100",
                "product": "business-calling",
                "calling_name": "Sales",
            }
        }
    )
    wanted = desired({NUMBER: {"product": "business-calling", "calling_name": "Sales"}})
    plan = plan_of(wanted, record, live({NUMBER: pending}))
    assert not plan.changes
    assert [gate.name for gate in plan.gates] == ["calling-name"]


def test_each_item_of_a_number_update_has_one_attribute() -> None:
    plan = plan_of(
        desired({NUMBER: {"product": "voice-connector", "calling_name": "Sales"}}),
        recorded({}),
        live({NUMBER: number("+12065550100")}),
    )
    assert [sorted(step.item) for step in plan.steps] == [
        ["CallingName", "PhoneNumberId"],
        ["PhoneNumberId", "ProductType"],
    ] or [sorted(step.item) for step in plan.steps] == [
        ["PhoneNumberId", "ProductType"],
        ["CallingName", "PhoneNumberId"],
    ]
    assert plan.steps[1].after == (plan.steps[0].id,)


# ---------------------------------------------------------------- order, gates, selection


def test_everything_new_comes_after_its_account_and_refers_to_its_future_id() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {}, f"{ACCOUNT}.meetings": {"call_me": True}}),
        recorded({}),
        live({ACCOUNT: None, JANE: None, f"{ACCOUNT}.meetings": None}),
    )
    assert [step.operation for step in plan.steps] == ["CreateAccount", "UpdateAccountSettings", "InviteUsers"]
    for step in plan.steps[1:]:
        assert plan.steps[0].id in step.after
        assert step.request["AccountId"] == {"$id": ACCOUNT}


def test_bots_and_retention_wait_once_for_the_account_to_become_enterprise() -> None:
    resources = {
        ACCOUNT: {"name": "Acme"},
        BOT: {"display_name": "HelpDesk", "domain": "acme.example"},
        f"{ACCOUNT}.retention": {"rooms": "90 days"},
    }
    plan = plan_of(desired(resources), recorded({ACCOUNT: {"name": "Acme"}}),
                   live({ACCOUNT: TEAM, BOT: None, f"{ACCOUNT}.retention": None}))  # fmt: skip
    (gate,) = plan.gates
    assert gate.address == ACCOUNT
    assert gate.holds == (BOT, f"{ACCOUNT}.retention")
    assert plan.is_empty
    assert not plan.refusals


def test_retiring_goes_from_the_inside_out() -> None:
    plan = plan_of(
        desired({}),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: TEAM, JANE: person("jane@acme.example")}),
        accepted=("*",),
    )
    assert [step.operation for step in plan.steps] == ["BatchSuspendUser", "DeleteAccount"]
    assert plan.steps[1].after == (plan.steps[0].id,)


def test_an_account_with_people_nobody_named_is_not_deleted() -> None:
    plan = plan_of(
        desired({}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: TEAM}, unmanaged={JANE: person("jane@acme.example")}),
        accepted=("*",),
    )
    assert [refusal.code for refusal in plan.refusals] == ["CF-ACC-002"]


def test_only_an_authoritative_collection_retires_what_nobody_named() -> None:
    world = live({ACCOUNT: TEAM}, unmanaged={JANE: person("jane@acme.example")})
    record = recorded({ACCOUNT: {"name": "Acme"}})
    plain = plan_of(desired({ACCOUNT: {"name": "Acme"}}), record, world)
    assert plain.is_empty
    assert [one.address for one in plain.unmanaged] == [JANE]
    claimed = plan_of(desired({ACCOUNT: {"name": "Acme", "authoritative": ["users"]}}), record, world)
    assert actions(claimed) == {JANE: Action.RETIRE}


def test_a_target_brings_what_it_needs_and_leaves_the_rest() -> None:
    wanted = desired({ACCOUNT: {"name": "Acme"}, JANE: {"phone": "+12065550100"}, OMAR: {},
                      NUMBER: {"product": "business-calling"}})  # fmt: skip
    nothing = live({ACCOUNT: None, JANE: None, OMAR: None, NUMBER: None})
    plan = plan_of(wanted, recorded({}), nothing, targets=('accounts.*.users["jane*"]',))
    assert set(actions(plan)) == {ACCOUNT, JANE, NUMBER}
    assert plan.left_out == (OMAR,)


def test_an_exclusion_takes_what_depends_on_it_along() -> None:
    wanted = desired({ACCOUNT: {"name": "Acme"}, JANE: {}, NUMBER: {"product": "business-calling"}})
    nothing = live({ACCOUNT: None, JANE: None, NUMBER: None})
    plan = plan_of(wanted, recorded({}), nothing, excludes=(ACCOUNT,))
    assert set(actions(plan)) == {NUMBER}
    assert set(plan.left_out) == {ACCOUNT, JANE}


def test_an_exclusion_takes_along_what_refers_to_it() -> None:
    wanted = desired(
        {ACCOUNT: {"name": "Acme"}, JANE: {"phone": "+12065550100"}, NUMBER: {"product": "business-calling"}}
    )
    plan = plan_of(wanted, recorded({}), live({ACCOUNT: None, JANE: None, NUMBER: None}), excludes=(NUMBER,))
    assert set(actions(plan)) == {ACCOUNT}
    assert set(plan.left_out) == {JANE, NUMBER}


def test_a_move_keeps_the_object_and_all_that_it_contains() -> None:
    new, inside = "accounts.corp", 'accounts.corp.users["jane@acme.example"]'
    plan = plan_of(
        desired({new: {"name": "Acme"}, inside: {}}, moved=[(ACCOUNT, new)]),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example", "suspended": False}}),
        live({new: {**TEAM, "id": "id-acme"}, inside: person("jane@acme.example")}),
    )
    assert actions(plan) == {new: Action.ADOPT, inside: Action.ADOPT}
    assert {change.moved_from for change in plan.changes} == {ACCOUNT, JANE}
    assert not plan.steps


def test_an_expired_resource_is_retired() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {"lifecycle": {"expires": "2026-03-01"}}}),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: TEAM, JANE: person("jane@acme.example")}),
    )
    (change,) = plan.changes
    assert (change.action, change.reason) == (Action.RETIRE, "has expired")


def test_the_estimate_fills_batches() -> None:
    people: dict[str, dict[str, Any]] = {f'accounts.acme.users["p{i}@acme.example"]': {} for i in range(120)}
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}, **people}),
        recorded({}),
        live({ACCOUNT: None, **dict.fromkeys(people)}),
    )
    assert plan.writes == {"CreateAccount": 1, "InviteUsers": 3}


# ---------------------------------------------------------------- effects, which a lost answer is looked up by


def test_every_step_says_what_is_true_once_it_has_worked() -> None:
    wanted = two_people("+12065550101", None)
    plan = plan_of(desired(wanted), *two_phones("+12065550100", None))
    effects = {step.operation: step.effect.values for step in plan.steps}
    assert effects == {
        "DisassociatePhoneNumberFromUser": {"phone": None},
        "AssociatePhoneNumberWithUser": {"phone": "+12065550101"},
    }


def test_retiring_somebody_first_takes_the_number_and_then_the_person() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example", "phone": "+12065550100"}}),
        live({ACCOUNT: TEAM, JANE: person("jane@acme.example", phone="+12065550100")}),
    )
    assert [(step.operation, step.effect.exists, step.effect.values) for step in plan.steps] == [
        ("DisassociatePhoneNumberFromUser", True, {"phone": None}),
        ("BatchSuspendUser", False, {}),
    ]


def test_turning_a_setting_off_can_be_looked_up() -> None:
    retention = f"{ACCOUNT}.retention"
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}),
        recorded({ACCOUNT: {"name": "Acme"}, retention: {"rooms": 365}}),
        live({ACCOUNT: ENTERPRISE, retention: {"rooms": 365, "conversations": 90}}),
    )
    (step,) = plan.steps
    assert (step.effect.exists, step.effect.values) == (True, {"rooms": None, "conversations": None})


# ---------------------------------------------------------------- what retiring waits for


def test_an_enterprise_account_is_deleted_once_its_domains_are_released() -> None:
    record = recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}})
    plan = plan_of(desired({}), record, live({ACCOUNT: ENTERPRISE, JANE: person("jane@acme.example")}))
    assert actions(plan) == {ACCOUNT: Action.WAIT, JANE: Action.RETIRE}
    (gate,) = plan.gates
    assert (gate.who, gate.name, gate.holds) == ("operator", "released", (ACCOUNT,))
    assert plan.writes == {"BatchSuspendUser": 1}
    assert not plan.calendar, "nothing of the account ends before it is deleted"


def test_nobody_waits_for_the_release_of_domains_as_long_as_the_account_stays() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}), recorded({ACCOUNT: {"name": "Acme"}}), live({ACCOUNT: ENTERPRISE})
    )
    assert not plan.gates


def test_a_number_that_is_still_being_ordered_cannot_be_given_back_yet() -> None:
    record = recorded({NUMBER: {"id": "+12065550100", "number": "+12065550100", "product": "business-calling"}})
    coming = number("+12065550100", facts={"status": "AcquireInProgress"})
    plan = plan_of(desired({}), record, live({NUMBER: coming}))
    assert actions(plan) == {NUMBER: Action.WAIT}
    assert [gate.name for gate in plan.gates] == ["ordered"]
    assert plan.is_empty
