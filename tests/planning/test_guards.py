"""Refusals: who says no, to what, and what the way out is."""

from __future__ import annotations

from typing import Any

from chimeform.language.desired import Guardrails
from chimeform.plan import Plan

from .building import (
    ACCOUNT,
    BOT,
    ENTERPRISE,
    JANE,
    NUMBER,
    OMAR,
    TEAM,
    desired,
    live,
    number,
    person,
    plan_of,
    recorded,
)

RECORD = {"id": "+12065550100", "number": "+12065550100", "product": "business-calling"}


def codes(plan: Plan) -> list[str]:
    return [refusal.code for refusal in plan.refusals]


def retire_number(**options: Any) -> Plan:
    resources = options.pop("resources", {})
    extra = {name: options.pop(name) for name in ("removed", "guardrails") if name in options}
    record = recorded({NUMBER: RECORD}, protected=options.pop("protected", ()))
    return plan_of(desired(resources, **extra), record, live({NUMBER: number("+12065550100")}), **options)


def test_protection_outlives_the_block() -> None:
    plan = retire_number(protected=[NUMBER], accepted=("*",))
    assert codes(plan) == ["CF-GRD-001"]
    assert NUMBER in plan.refusals[0].do


def test_removed_releases_the_protection_by_name() -> None:
    assert codes(retire_number(protected=[NUMBER], removed=[(NUMBER, True)], accepted=("*",))) == []


def test_removed_without_destroy_forgets_and_touches_nothing() -> None:
    plan = retire_number(protected=[NUMBER], removed=[(NUMBER, False)])
    assert [change.action.value for change in plan.changes] == ["forget"]
    assert not plan.steps


def test_a_destructive_change_needs_consent_by_name() -> None:
    assert codes(retire_number()) == ["CF-GRD-005"]
    assert codes(retire_number(accepted=("chat-*",))) == ["CF-GRD-005"]
    assert codes(retire_number(accepted=("number-release",))) == []
    assert codes(retire_number(accepted=("number-*",))) == []


def test_consent_can_stand_in_the_file() -> None:
    resources: dict[str, Any] = {ACCOUNT: {"name": "Acme"}, f"{ACCOUNT}.retention": {"rooms": "30 days"}}
    record = recorded({ACCOUNT: {"name": "Acme"}})
    world = live({ACCOUNT: ENTERPRISE, f"{ACCOUNT}.retention": {}})
    assert codes(plan_of(desired(resources), record, world)) == ["CF-GRD-005"]
    resources[f"{ACCOUNT}.retention"] = {"rooms": "30 days", "lifecycle": {"accept": ["chat-deletion"]}}
    assert codes(plan_of(desired(resources), record, world)) == []


def test_keeping_messages_longer_needs_no_consent() -> None:
    resources = {ACCOUNT: {"name": "Acme"}, f"{ACCOUNT}.retention": {"rooms": "2 years"}}
    record = recorded({ACCOUNT: {"name": "Acme"}, f"{ACCOUNT}.retention": {"rooms": 365}})
    plan = plan_of(desired(resources), record, live({ACCOUNT: ENTERPRISE, f"{ACCOUNT}.retention": {"rooms": 365}}))
    assert codes(plan) == []
    assert plan.steps


def test_a_bot_keeps_its_name() -> None:
    resources = {ACCOUNT: {"name": "Acme"}, BOT: {"display_name": "Help", "domain": "acme.example"}}
    bot = {"display_name": "HelpDesk", "domain": "acme.example", "disabled": False}
    plan = plan_of(
        desired(resources), recorded({ACCOUNT: {"name": "Acme"}, BOT: bot}), live({ACCOUNT: ENTERPRISE, BOT: bot})
    )
    assert codes(plan) == ["CF-GRD-002"]
    assert not [step for step in plan.steps if step.operation == "CreateBot"]


def two_leave(guardrails: Guardrails) -> Plan:
    names = {JANE: "jane@acme.example", OMAR: "omar@acme.example"}
    return plan_of(
        desired({ACCOUNT: {"name": "Acme"}}, guardrails=guardrails),
        recorded({ACCOUNT: {"name": "Acme"}, **{address: {"email": email} for address, email in names.items()}}),
        live({ACCOUNT: TEAM, **{address: person(email) for address, email in names.items()}}),
    )


def test_the_number_and_the_share_of_retirements_are_limited() -> None:
    assert codes(two_leave(Guardrails(max_deletes=1))) == ["CF-GRD-003"]
    assert codes(two_leave(Guardrails(max_deletes=2))) == []
    assert codes(two_leave(Guardrails(max_delete_percent=50))) == ["CF-GRD-004"]
    assert codes(two_leave(Guardrails(max_delete_percent=70))) == []


def test_exactly_the_allowed_share_may_be_retired() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "Acme"}}, guardrails=Guardrails(max_delete_percent=50)),
        recorded({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: TEAM, JANE: person("jane@acme.example")}),
    )
    assert codes(plan) == []


def test_a_team_account_cannot_suspend_and_an_expected_type_is_checked() -> None:
    plan = plan_of(
        desired({ACCOUNT: {"name": "New", "type": "team"}, JANE: {"suspended": True}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: TEAM, JANE: person("jane@acme.example")}),
    )
    assert codes(plan) == ["CF-USR-003"]
    plan = plan_of(
        desired({ACCOUNT: {"name": "New", "type": "team"}}),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: ENTERPRISE}),
    )
    assert codes(plan) == ["CF-ACC-001"]
