"""What nobody can hurry: invitations, orders, cool-downs, and an account that becomes an Enterprise account."""

from __future__ import annotations

from typing import Any

from chimeform.drift import Standing
from chimeform.events import GateOpened
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

DAY = 86_400


def test_an_order_that_takes_its_time_is_waited_for_and_never_repeated(engine: Engine, stage: Stage):
    stage.settings(order_seconds=1000)
    number = workspaces.NUMBERS[0]
    stage.enterprise("Corp", "corp.example", ["user0@corp.example"])
    engine.write(
        {
            "accounts": {"corp": {"name": "Corp", "users": {"user0@corp.example": {"phone": number}}}},
            "phone_numbers": {number: workspaces.number(calling_name="Acme Sales")},
        }
    )
    applied = engine.applied()
    assert applied.writes() == {"CreatePhoneNumberOrder": 1}
    assert [gate.who for gate in applied.summary.gates] == ["service"]
    since = next(iter(engine.recorded().gates.values())).since
    assert engine.applied().writes() == {}
    assert next(iter(engine.recorded().gates.values())).since == since, "it remembers since when"
    engine.sandbox.advance(1001)
    assert engine.applied().writes() == {"AssociatePhoneNumberWithUser": 1, "BatchUpdatePhoneNumber": 1}
    assert engine.recorded().gates == {}


def test_a_run_that_waits_goes_on_as_soon_as_the_gate_opens(engine: Engine, stage: Stage):
    stage.settings(order_seconds=1000)
    number = workspaces.NUMBERS[0]
    engine.write({"phone_numbers": {number: workspaces.number(calling_name="Acme Sales")}})

    def hurry(event: Any) -> None:
        if event.kind == "waiting":
            engine.sandbox.advance(1001)

    applied = engine.applied(on=hurry, wait_seconds=5)
    assert applied.writes() == {"CreatePhoneNumberOrder": 1, "BatchUpdatePhoneNumber": 1}
    assert [event.gate for event in applied.events if isinstance(event, GateOpened)] == [
        f'phone_numbers["{number}"]~ordered'
    ]


def test_an_order_that_fails_after_it_was_accepted_is_told(engine: Engine, stage: Stage):
    """The number is somebody else's: nothing is held for us, and the plan says so instead of calling it drift."""
    stage.settings(order_seconds=1000)
    number = workspaces.NUMBERS[0]
    engine.write({"phone_numbers": {number: workspaces.number()}})
    engine.applied()
    (order,) = stage.chime.list_phone_number_orders()["PhoneNumberOrders"]
    engine.sandbox.post(f"carrier/orders/{order['PhoneNumberOrderId']}", {"status": "Failed"})
    (told,) = engine.plan().unread
    assert (told.address, told.code) == (f'phone_numbers["{number}"]', "CF-NUM-022")
    assert engine.applied(is_settled=False).writes() == {}, "it would fail again"


def test_a_person_who_accepts_gets_what_was_planned(engine: Engine, stage: Stage):
    emails = workspaces.people(3)
    users = {email: {"license": "basic"} for email in emails}
    engine.write({"accounts": {"branch": {"name": "Branch", "users": users}}})
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "InviteUsers": 1}
    assert {gate.who for gate in applied.summary.gates} == {"invitee"}
    stage.accept(*emails[:2])
    assert engine.applied().writes() == {"BatchUpdateUser": 1}
    stage.accept(emails[2])
    assert engine.applied().writes() == {"BatchUpdateUser": 1}


def test_an_account_that_becomes_an_enterprise_account_gets_the_rest(engine: Engine, stage: Stage):
    emails = workspaces.people(2)
    engine.write(
        {
            "accounts": {
                "acme": {
                    "name": "Acme",
                    "users": {email: {"license": "basic"} for email in emails},
                    "bots": {"helpdesk": workspaces.bot("HelpDesk", "acme.example")},
                    "retention": {"rooms": "1 year"},
                }
            }
        }
    )
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "InviteUsers": 1}
    assert {gate.who for gate in applied.summary.gates} == {"invitee", "operator"}
    stage.claim(stage.account_id("Acme"), "acme.example")
    applied = engine.applied()
    assert applied.writes() == {"BatchUpdateUser": 1, "CreateBot": 1, "PutRetentionSettings": 1}
    assert applied.summary.gates == ()


def test_an_account_that_becomes_an_enterprise_account_during_an_apply(engine: Engine, stage: Stage):
    """Its people can no longer be invited: that is what the run says, and the next plan knows."""
    account = stage.chime.create_account(Name="Acme")["Account"]["AccountId"]
    engine.write(
        {
            "accounts": {
                "acme": {
                    "name": "Acme",
                    "retention": {"rooms": "1 year"},
                    "users": {email: {} for email in workspaces.people(2)},
                }
            }
        }
    )

    def claim(event: Any) -> None:
        if event.kind == "run_started":
            stage.claim(account, "acme.example")

    applied = engine.applied(ends="failed", on=claim)
    assert {failure.operation for failure in applied.failures().values()} == {"InviteUsers"}
    applied = engine.applied()
    assert applied.writes() == {"PutRetentionSettings": 1}
    assert {gate.who for gate in applied.summary.gates} == {"invitee"}


def test_an_invitation_waits_from_the_apply_on_that_sent_it(engine: Engine, stage: Stage):
    """Also where nothing is to be done afterwards, so that no step stands behind it."""
    emails = workspaces.people(2)
    engine.write({"accounts": {"branch": workspaces.team("Branch", emails)}})
    assert engine.applied().summary.gates == ()
    waits = {f'accounts.branch.users["{email}"]~accepted' for email in emails}
    assert engine.recorded().gates.keys() == waits
    assert {one.gate.id: one.standing for one in engine.drift().gates} == dict.fromkeys(waits, Standing.WAITING)
    engine.sandbox.advance(15 * DAY)
    late = engine.drift()
    assert {one.gate.id: one.standing for one in late.gates} == dict.fromkeys(waits, Standing.OVERDUE)
    assert not late.is_empty
    stage.accept(*emails)
    assert engine.drift().gates == ()
    engine.applied()
    assert engine.recorded().gates == {}


def test_an_apply_of_a_part_forgets_no_wait_of_the_rest(engine: Engine, stage: Stage):
    accounts = {name: {"name": name, "retention": {"rooms": "1 year"}} for name in ("acme", "beta")}
    engine.write({"accounts": accounts})
    engine.applied()
    before = engine.recorded().gates
    assert before.keys() == {"accounts.acme~enterprise", "accounts.beta~enterprise"}
    engine.applied(targets=("accounts.acme",))
    assert engine.recorded().gates == before, "it remembers since when"
    engine.sandbox.post("iam", {"deny": ["chime:ListAccounts"]})
    engine.applied(is_settled=False)
    assert engine.recorded().gates == before, "what cannot be seen has not opened"


def test_the_default_calling_name_waits_for_its_seven_days(engine: Engine, stage: Stage):
    engine.write({"settings": {"calling_name": "Acme"}})
    engine.applied()
    engine.write({"settings": {"calling_name": "Acme Two"}})
    assert engine.drift().gates == (), "a cool-down after a change of ours is no gate that has closed again"
    applied = engine.applied()
    assert applied.writes() == {}
    (gate,) = applied.summary.gates
    assert gate.who == "clock"
    assert gate.opens_at
    engine.sandbox.advance(7 * DAY + 60)
    assert engine.applied().writes() == {"UpdatePhoneNumberSettings": 1}


def test_a_number_that_comes_back_within_seven_days_is_restored_and_later_ordered_again(engine: Engine, stage: Stage):
    number = workspaces.NUMBERS[0]
    blocks = {"phone_numbers": {number: workspaces.number()}}
    engine.write(blocks)
    engine.applied()
    for days, operation in ((6, "RestorePhoneNumber"), (8, "CreatePhoneNumberOrder")):
        engine.write({})
        assert engine.applied().writes() == {"BatchDeletePhoneNumber": 1}
        engine.sandbox.advance(days * DAY)
        engine.write(blocks)
        assert engine.applied().writes() == {operation: 1}
