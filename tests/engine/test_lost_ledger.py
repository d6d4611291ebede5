"""A lost ledger is an inconvenience: live objects are found again by their natural keys."""

from __future__ import annotations

import copy
import shutil
from typing import Any

import pytest

from chimeform.planned import RefusedPlan
from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def test_everything_is_adopted_and_nothing_is_written(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    known = engine.recorded().resources
    engine.ledger_path.unlink()
    applied = engine.applied()
    assert set(applied.actions().values()) == {"adopt"}
    assert applied.actions().keys() == {str(address) for address in known}
    assert applied.writes() == {}
    found = engine.recorded().resources
    assert {address: one.values for address, one in found.items()} == {
        address: one.values for address, one in known.items()
    }


def test_what_was_protected_is_protected_again(engine: Engine, stage: Stage):
    blocks: dict[str, Any] = {"accounts": {"branch": {"name": "Branch", "lifecycle": {"prevent_destroy": True}}}}
    engine.write(blocks)
    engine.applied()
    engine.ledger_path.unlink()
    engine.applied()
    engine.write({})
    assert [refusal.code for refusal in engine.plan().refusals] == ["CF-GRD-001"]


def test_two_live_accounts_of_one_name_are_a_question_for_a_person(engine: Engine, stage: Stage):
    corp = stage.corp()
    blocks = workspaces.company()
    engine.write(blocks)
    engine.applied()
    twin = stage.chime.create_account(Name="Corp")["Account"]["AccountId"]
    engine.ledger_path.unlink()
    applied = engine.applied(is_settled=False)
    unread = {one.address: one for one in applied.plan.unread}
    assert unread["accounts.corp"].code == "CF-OBS-002"
    for account in (corp, twin):
        assert account in unread["accounts.corp"].reason
    assert "import" in unread["accounts.corp"].do
    assert {
        address for address in map(str, engine.app().load().declarations) if address.startswith("accounts.corp")
    } <= (unread.keys())
    assert applied.writes() == {}
    resolved = copy.deepcopy(blocks) | {"import": [{"to": "accounts.corp", "id": corp}]}
    engine.write(resolved)
    applied = engine.applied()
    assert set(applied.actions().values()) == {"adopt"}
    assert applied.writes() == {}
    assert engine.recorded().resources.keys() == engine.app().load().declarations.keys()


def test_an_import_of_an_id_that_does_not_exist_decides_nothing(engine: Engine, stage: Stage):
    engine.write({"accounts": {"corp": {"name": "Corp"}}, "import": [{"to": "accounts.corp", "id": "0" * 36}]})
    plan = engine.plan()
    assert [(one.address, one.code) for one in plan.unread] == [("accounts.corp", "CF-OBS-004")]
    assert plan.steps == ()


def killed_after(engine: Engine, applier: Applier, answer: str) -> None:
    """Apply in a process that dies when it has the answer to an operation, which it has not recorded yet."""
    copied = engine.root.with_name("rehearsal")
    shutil.copytree(engine.root, copied, ignore=shutil.ignore_patterns(".chimeform"))
    moments = applier.apply(copied, parallelism=1)["moments"]
    engine.sandbox.reset()
    Stage(engine.sandbox).settings(order_seconds=0, calling_name_seconds=0)
    killed = applier.apply(engine.root, parallelism=1, dies_at=moments.index(f"answer {answer}") + 1)
    assert killed["error"] == "killed"


def test_what_a_killed_run_made_is_not_forgotten_with_its_block(engine: Engine, stage: Stage, applier: Applier):
    """Made, then killed before it could be recorded, then removed from the files: the journal still knows it."""
    number = workspaces.NUMBERS[0]
    engine.write({"phone_numbers": {number: workspaces.number()}})
    killed_after(engine, applier, "CreatePhoneNumberOrder")
    assert [one.operation for one in engine.recorded().open_intents] == ["CreatePhoneNumberOrder"]
    assert number in stage.numbers()
    engine.write({})
    plan = engine.plan()
    assert [(change.action.value, change.address) for change in plan.changes] == [
        ("retire", f'phone_numbers["{number}"]')
    ]
    with pytest.raises(RefusedPlan):
        engine.app(accepted=()).apply()
    assert engine.recorded().open_intents == (), "the intent is settled, and the number is remembered all the same"
    engine.applied()
    assert stage.numbers()[number]["Status"] == "DeleteInProgress"
    assert engine.recorded().resources == {}


def test_what_a_killed_run_made_belongs_to_the_block_that_names_it_now(engine: Engine, stage: Stage, applier: Applier):
    """The block got another key in between: by its natural key it is the same account, and nothing is retired."""
    engine.write({"accounts": {"branch": {"name": "Branch"}}})
    killed_after(engine, applier, "CreateAccount")
    engine.write({"accounts": {"zweig": {"name": "Branch"}}})
    applied = engine.applied()
    assert applied.actions() == {"accounts.zweig": "adopt"}
    assert applied.writes() == {}
    assert [str(address) for address in engine.recorded().resources] == ["accounts.zweig"]


def test_what_a_killed_run_did_not_make_is_forgotten(engine: Engine, stage: Stage, applier: Applier):
    engine.write({"accounts": {"branch": {"name": "Branch"}}})
    killed_after(engine, applier, "CreateAccount")
    account = stage.account_id("Branch")
    stage.chime.delete_account(AccountId=account)
    engine.write({})
    assert engine.plan().changes == ()
    engine.applied()
    assert engine.recorded().open_intents == ()
