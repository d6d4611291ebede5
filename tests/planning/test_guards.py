"""Refusals: who says no, to what, and what the way out is."""

from __future__ import annotations

from typing import Any

from chimeform.language.guardrails import Guardrails
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


def test_kinds_have_limits_of_their_own() -> None:
    def limits(**by_kind: dict[str, int]) -> Guardrails:
        return Guardrails.model_validate({"max_deletes": 10, "by_kind": by_kind})

    plan = two_leave(limits(user={"max_deletes": 1}))
    assert codes(plan) == ["CF-GRD-003"]
    assert "2 resources of the kind user" in plan.refusals[0].summary
    assert plan.refusals[0].waive == "max_deletes.user"
    # both people are all people, but only two of three resources
    assert codes(two_leave(limits(user={"max_delete_percent": 70}))) == ["CF-GRD-004"]
    assert codes(two_leave(limits(bot={"max_deletes": 0, "max_delete_percent": 0}))) == []


def renamed(**freeze: Any) -> Plan:
    """An account gets another name, and a person arrives, at noon of 2026-03-01, a Sunday."""
    return plan_of(
        desired(
            {ACCOUNT: {"name": "New"}, JANE: {}},
            guardrails=Guardrails.model_validate({"freeze": [{"why": "closing of the books", **freeze}]}),
        ),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: TEAM, JANE: None}),
    )


def test_a_freeze_refuses_what_would_be_done_and_names_its_end() -> None:
    plan = renamed(weekdays=["sunday"], zone="Europe/Berlin")
    assert codes(plan) == ["CF-GRD-007"]
    assert plan.refusals[0].summary == f"changes are frozen until 2026-03-02 00:00 Europe/Berlin: {ACCOUNT} and 1 more"
    assert plan.refusals[0].why == "closing of the books"
    assert plan.refusals[0].waive == "freeze"
    assert plan.steps, "the plan shows everything all the same"
    assert codes(renamed(weekdays=["monday"])) == []


def test_a_freeze_lets_through_what_it_allows() -> None:
    assert JANE in renamed(weekdays=["sunday"], allow=["update"]).refusals[0].summary
    assert codes(renamed(weekdays=["sunday"], allow=["create", "update"])) == []


def test_a_freeze_does_not_hold_up_the_record() -> None:
    plan = plan_of(
        desired(
            {ACCOUNT: {"name": "Acme"}},
            guardrails=Guardrails.model_validate({"freeze": [{"why": "x", "weekdays": ["sunday"]}]}),
        ),
        recorded({JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: TEAM, JANE: None}),
    )
    assert [change.action.value for change in plan.changes] == ["adopt", "forget"]
    assert codes(plan) == []


def found(name: str, ownership: str, **options: Any) -> Plan:
    """An account that somebody made is found by its name."""
    record = options.pop("record", {})
    return plan_of(
        desired({ACCOUNT: {"name": name}}, guardrails=Guardrails.model_validate({"ownership": ownership}), **options),
        recorded({ACCOUNT: record} if record else {}),
        live({ACCOUNT: {"id": "id-acme", **TEAM}}),
    )


def test_what_only_a_name_makes_ours_is_taken_over_as_the_workspace_says() -> None:
    assert codes(found("Acme", "adopt-all")) == []
    assert codes(found("New", "adopt-all")) == []
    assert codes(found("Acme", "adopt-if-free")) == []
    assert codes(found("New", "adopt-if-free")) == ["CF-GRD-008"]
    plan = found("Acme", "must-match")
    assert codes(plan) == ["CF-GRD-008"]
    assert plan.refusals[0].do.startswith(f"if it is yours: import: [{{to: {ACCOUNT}, id: id-acme}}]")
    assert plan.refusals[0].waive is None


def test_an_import_or_a_record_makes_it_ours() -> None:
    assert codes(found("New", "must-match", imports=[(ACCOUNT, "id-acme")])) == []
    assert codes(found("New", "must-match", record={"name": "Acme"})) == []
    # an invitation has no id yet
    assert codes(found("New", "must-match", record={"name": "Acme", "id": None})) == []


def test_another_object_in_the_place_of_ours_is_not_ours() -> None:
    other = {"name": "Acme", "id": "id-of-before"}
    assert codes(found("New", "must-match", record=other)) == ["CF-GRD-008"]
    # as declared, so that only the record would change
    assert codes(found("Acme", "must-match", record=other)) == ["CF-GRD-008"]
    assert codes(found("Acme", "adopt-if-free", record=other)) == []


def test_a_claim_on_a_whole_collection_does_not_reach_what_nobody_knows() -> None:
    def claimed(ownership: str) -> Plan:
        return plan_of(
            desired(
                {ACCOUNT: {"name": "Acme", "authoritative": ["users"]}},
                guardrails=Guardrails.model_validate({"ownership": ownership}),
            ),
            recorded({ACCOUNT: {"name": "Acme"}}),
            live({ACCOUNT: TEAM}, unmanaged={OMAR: person("omar@acme.example")}),
        )

    assert codes(claimed("adopt-all")) == []
    for ownership in ("must-match", "adopt-if-free"):
        plan = claimed(ownership)
        assert codes(plan) == ["CF-GRD-008"]
        assert "take 'users' out of 'authoritative'" in plan.refusals[0].do


def test_settings_belong_to_what_contains_them_and_people_of_an_enterprise_account_come_by_themselves() -> None:
    plan = plan_of(
        desired(
            {ACCOUNT: {"name": "Acme"}, f"{ACCOUNT}.retention": {"rooms": "2 years"}, JANE: {"license": "basic"}},
            guardrails=Guardrails(ownership="must-match"),
        ),
        recorded({ACCOUNT: {"name": "Acme"}}),
        live({ACCOUNT: ENTERPRISE, f"{ACCOUNT}.retention": {"rooms": 365}, JANE: person("jane@acme.example")}),
    )
    assert codes(plan) == []
    assert plan.steps
