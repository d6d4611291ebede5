"""A person's word, end to end: asked for once, remembered, and asked for anew when the files change."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.address import Address
from chimeform.errors import Refused, StalePlan
from tests.engine.engine import Engine
from tests.engine.stage import Stage

MEETINGS = Address.parse("accounts.corp.meetings")


def corp(**meetings: Any) -> dict[str, Any]:
    return {"accounts": {"corp": {"name": "Corp", "meetings": meetings}}}


def confirm(engine: Engine, *names: str) -> None:
    app = engine.app()
    planned = app.plan()
    app.confirm(planned, [gate for gate in planned.plan.gates if gate.name in names])


def test_console_settings_are_asked_for_once(engine: Engine, stage: Stage):
    engine.write(corp(call_me=True, regions=["us-east-1", "eu-west-1"], slack_sign_in=False))
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "UpdateAccountSettings": 1}
    assert {gate.name for gate in applied.summary.gates} == {"regions", "slack_sign_in"}
    since = {gate.id: gate.since for gate in engine.recorded().gates.values()}
    assert engine.applied().writes() == {}
    assert {gate.id: gate.since for gate in engine.recorded().gates.values()} == since, "it remembers since when"

    account = stage.account_id("Corp")
    engine.sandbox.put(f"console/accounts/{account}/meetings", {"regions": ["us-east-1", "eu-west-1"]})
    confirm(engine, "regions")
    record = engine.recorded().resources[MEETINGS]
    assert record.values["regions"] == ["eu-west-1", "us-east-1"]
    assert "slack_sign_in" not in record.values, "what nobody confirmed is not known"
    assert record.confirmed["regions"].who == "jane"
    assert [gate.name for gate in engine.plan().gates] == ["slack_sign_in"]
    last = engine.history()[0]
    assert (last.operation, last.result, last.counts) == ("confirm", "done", {"confirmed": 1})

    confirm(engine, "slack_sign_in")
    assert engine.applied().summary.gates == ()
    assert engine.recorded().gates == {}

    engine.write(corp(call_me=False, regions="all", slack_sign_in=False))
    again = engine.applied()
    assert again.writes() == {"UpdateAccountSettings": 1}
    assert [gate.name for gate in again.summary.gates] == ["regions"]
    assert engine.recorded().resources[MEETINGS].confirmed.keys() == {"regions", "slack_sign_in"}
    confirm(engine, "regions")
    assert engine.plan().gates == ()


def test_a_setting_that_left_the_files_is_forgotten_and_asked_for_when_it_comes_back(engine: Engine):
    engine.write(corp(call_me=True, regions="all"))
    engine.applied()
    confirm(engine, "regions")
    engine.write(corp(call_me=True))
    engine.applied()
    record = engine.recorded().resources[MEETINGS]
    assert (record.values, record.confirmed) == ({"call_me": True}, {})  # and nothing of Regions
    engine.write(corp(call_me=True, regions="all"))
    assert [gate.name for gate in engine.plan().gates] == ["regions"]


def test_nothing_is_confirmed_before_there_is_an_account(engine: Engine):
    engine.write(corp(regions="all"))
    with pytest.raises(Refused) as refused:
        confirm(engine, "regions")
    assert refused.value.code == "CF-CNF-001"
    assert engine.recorded().resources == {}


def test_a_confirmation_counts_for_the_record_that_it_was_given_on(engine: Engine):
    engine.write(corp(regions="all"))
    engine.applied()
    app = engine.app()
    planned = app.plan()
    confirm(engine, "regions")
    with pytest.raises(StalePlan):
        app.confirm(planned, planned.plan.gates)


def test_what_is_outside_of_the_service_is_confirmed_too(engine: Engine):
    """The Slack workspace and the Outlook add-in, of which no operation knows anything."""
    outside = {"slack": {"workspace": "acme.slack.com"}, "outlook": {"add_in": True}}
    engine.write({"accounts": {"corp": {"name": "Corp", **outside}}})
    assert {gate.id for gate in engine.applied().summary.gates} == {
        "accounts.corp.outlook~deployed",
        "accounts.corp.slack~workspace",
    }
    confirm(engine, "deployed", "workspace")
    assert engine.plan().gates == ()
    outside["outlook"] = {"add_in": False}
    engine.write({"accounts": {"corp": {"name": "Corp", **outside}}})
    assert [gate.name for gate in engine.plan().gates] == ["withdrawn"]
    confirm(engine, "withdrawn")
    assert engine.recorded().resources[Address.parse("accounts.corp.outlook")].confirmed.keys() == {"withdrawn"}
    assert engine.applied().summary.gates == ()
    engine.write({"accounts": {"corp": {"name": "Corp"}}})
    assert engine.applied().writes() == {}
    assert engine.recorded().resources.keys() == {Address.parse("accounts.corp")}
