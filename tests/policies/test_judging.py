"""What rules refuse, what they warn of, and that none of them passes because nobody could ask it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from chimeform.language import load
from chimeform.language.desired import Desired
from chimeform.plan import Plan
from tests.planning.building import (
    ACCOUNT,
    BOT,
    ENTERPRISE,
    JANE,
    OMAR,
    TEAM,
    desired,
    live,
    person,
    plan_of,
    recorded,
)

HEAD = "chimeform: 1\nworkspace: acme\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "chimeform.yaml").write_text(HEAD)
    return tmp_path


def with_rules(root: Path, rules: str, wanted: Desired, **options: Any) -> Desired:
    """`wanted` under the rules that stand in policies/own.yaml."""
    (root / "policies" / "own.yaml").write_text(rules)
    loaded = load(root, **options)
    return replace(wanted, policies=loaded.policies, values=loaded.values, environment=loaded.environment)


def people_plan(root: Path, rules: str, **options: Any) -> Plan:
    """Jane gets another licence, Omar leaves, the account is renamed."""
    wanted = desired({ACCOUNT: {"name": "New"}, JANE: {"license": "basic"}})
    record = {ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}, OMAR: {"email": "omar@acme.example"}}
    world = {ACCOUNT: TEAM, JANE: person("jane@acme.example"), OMAR: person("omar@acme.example")}
    return plan_of(with_rules(root, rules, wanted, **options), recorded(record), live(world))


def refused(plan: Plan) -> list[tuple[str | None, str | None]]:
    return [(refusal.waive, refusal.address) for refusal in plan.refusals]


def rules(**fields: Any) -> str:
    """One rule that says no to everything, unless `fields` say otherwise."""
    return yaml.safe_dump({"rules": {"no": {"rule": "false", "message": "no", **fields}}})


def test_a_rule_is_asked_for_every_change_and_names_itself(workspace: Path) -> None:
    fields = {"rule": "change.kind != 'user'", "message": "not {{ change.name }}", "why": "they stay", "do": "ask"}
    plan = people_plan(workspace, rules(**fields))
    assert sorted(refused(plan)) == [("own.no", JANE), ("own.no", OMAR)]
    (jane,) = [one for one in plan.refusals if one.address == JANE]
    assert (jane.guard, jane.code) == ("policy", "CF-POL-001")
    assert jane.summary == f"{JANE}: not jane@acme.example"
    assert jane.why == "the rule own.no (policies/own.yaml:2) says so: they stay"
    assert jane.do == "ask"


@pytest.mark.parametrize(
    ("match", "addresses"),
    [
        ({}, {ACCOUNT, JANE, OMAR}),
        ({"kinds": ["account"]}, {ACCOUNT}),
        ({"actions": ["retire"]}, {OMAR}),
        ({"actions": ["retire", "update"], "kinds": ["user"]}, {JANE, OMAR}),
        ({"fields": ["license", "name"]}, {ACCOUNT, JANE}),
        ({"addresses": ["accounts.*.users"]}, {JANE, OMAR}),
        ({"addresses": ['accounts.acme.users["omar*"]', "phone_numbers"]}, {OMAR}),
        ({"kinds": ["bot"]}, set()),
    ],
)
def test_what_a_rule_looks_at(workspace: Path, match: Mapping[str, Any], addresses: set[str]) -> None:
    assert {address for _, address in refused(people_plan(workspace, rules(match=match)))} == addresses


def test_a_rule_over_the_plan_is_asked_once_with_all_that_match(workspace: Path) -> None:
    text = rules(
        over="plan",
        match={"kinds": ["user"]},
        rule="changes.size() < 2 || plan.counts.create > 0",
        message="{{ changes.size() }} of {{ plan.total }}: {{ changes.map(one, one.name) }}",
    )
    (refusal,) = people_plan(workspace, text).refusals
    assert refusal.address is None
    assert refusal.summary == "2 of 3: jane@acme.example, omar@acme.example"


def test_a_warning_is_shown_and_refuses_nothing(workspace: Path) -> None:
    plan = people_plan(workspace, rules(severity="warning", match={"kinds": ["account"]}))
    assert plan.refusals == ()
    assert [(one.waive, one.address) for one in plan.warnings] == [("own.no", ACCOUNT)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"rule": "change.fields.nickname.after == 'x'"}, 'Key not found in map : "nickname"'),
        ({"rule": "change.fields"}, "it gives"),
        ({"rule": "change.name < 3"}, "No matching overloads found"),
        ({"message": "{{ change.nickname }}"}, 'Key not found in map : "nickname"'),
        ({"rule": "settings.most > 3"}, 'Key not found in map : "most"'),
        # the budget: a rule that looks at too much ends, and does not pass
        (
            {"rule": "'x'.size() == 1 && [1,2,3,4,5,6,7,8,9,0].all(a, [1,2,3,4,5,6,7,8,9,0].all(b, "
             "[1,2,3,4,5,6,7,8,9,0].all(c, [1,2,3,4,5,6,7,8,9,0].all(d, [1,2].all(e, a + b + c + d + e >= 0)))))"},
            "Iteration budget exceeded",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_rule_that_cannot_be_evaluated_refuses(
    workspace: Path, fields: Mapping[str, Any], reason: str, severity: str
) -> None:
    plan = people_plan(workspace, rules(severity=severity, match={"kinds": ["account"]}, **fields))
    (refusal,) = plan.refusals
    assert refusal.code == "CF-POL-002"
    assert refusal.summary.startswith(f"{ACCOUNT}: the rule own.no cannot be evaluated: {reason}")
    assert refusal.do == "correct it: policies/own.yaml:2"
    assert plan.warnings == ()


EXCEPTION = {"addresses": ["accounts.acme.users"], "reason": "a project", "until": "2026-03-01"}


def test_an_exception_takes_addresses_out_of_sight_until_its_day_is_over(workspace: Path) -> None:
    assert refused(people_plan(workspace, rules(exceptions=[EXCEPTION]))) == [("own.no", ACCOUNT)]
    ended = people_plan(workspace, rules(exceptions=[{**EXCEPTION, "until": "2026-02-28"}]))
    assert {address for _, address in refused(ended)} == {ACCOUNT, JANE, OMAR}
    why = {refusal.address: refusal.why for refusal in ended.refusals}
    assert why[JANE].endswith("says so; its exception for this address ended with 2026-02-28")
    assert why[ACCOUNT].endswith("says so")


def test_a_rule_over_the_plan_does_not_see_what_is_excepted(workspace: Path) -> None:
    plan = people_plan(workspace, rules(over="plan", message="{{ changes.size() }}", exceptions=[EXCEPTION]))
    assert plan.refusals[0].summary == "1"


SEEN = [
    """change.address == 'accounts.acme.users["jane@acme.example"]'""",
    "change.name == 'jane@acme.example'",
    "change.within == 'accounts.acme'",
    "change.kind == 'user'",
    "change.action == 'update'",
    "!change.waits",
    "change.exists",
    "!change.protected",
    "change.consequences.all(one, one.severity != 'irreversible')",
    "change.fields.license.before == 'pro'",
    "change.fields.license.after == 'basic'",
    "change.fields.license.cause == 'edited here'",
    "change.before.license == 'pro'",
    "change.after.license == 'basic'",
    "change.after.email == 'jane@acme.example'",
    "plan.workspace == 'acme'",
    "plan.purpose == 'apply'",
    "plan.aws_account == null",
    "plan.counts.retire == 1",
    "plan.counts.create == 0",
    "plan.total == 3",
    "env == 'prod'",
    "values.ticket == 'CHG1'",
    "values.area == 'here'",
    "settings.most == 3",
    "now == timestamp('2026-03-01T12:00:00Z')",
    "now.getDayOfWeek('Europe/Berlin') == 0",
    "declared.account.exists(one, one.address == 'accounts.acme' && one.values.name == 'New')",
    "host('https://user:word@Bot.Acme.Example:8443/x') == 'bot.acme.example'",
    "host('nothing') == ''",
]


@pytest.mark.parametrize("seen", SEEN)
def test_what_a_rule_can_see(workspace: Path, seen: str) -> None:
    """Its opposite refuses once: a rule that nobody asks would let both pass."""
    (workspace / "chimeform.yaml").write_text(
        HEAD + "values: {area: there}\nenvironments: {prod: {values: {area: here}}}\n"
    )

    def refusals_of(rule: str) -> list[tuple[str, str | None]]:
        own = {
            "rule": rule,
            "match": {"addresses": ['accounts.acme.users["jane*"]']},
            "declared": ["account"],
            "message": "{{ values.ticket }}",
        }
        text = yaml.safe_dump({"settings": {"most": 3}, "rules": {"sees": own}})
        plan = people_plan(workspace, text, environment="prod", variables={"ticket": "CHG1"})
        return [(one.code, one.address) for one in plan.refusals]

    assert refusals_of(seen) == []
    assert refusals_of(f"!({seen})") == [("CF-POL-001", JANE)]


def test_what_stands_behind_a_gate_is_what_it_will_be(workspace: Path) -> None:
    wanted = desired({ACCOUNT: {"name": "Acme"}, BOT: {"display_name": "Help", "domain": "acme.example"}})
    text = rules(rule="!(change.action == 'create' && change.waits)", match={"kinds": ["bot"]})
    plan = plan_of(
        with_rules(workspace, text, wanted), recorded({ACCOUNT: {"name": "Acme"}}), live({ACCOUNT: TEAM, BOT: None})
    )
    assert refused(plan) == [("own.no", BOT)]
    world = live({ACCOUNT: ENTERPRISE, BOT: None})
    assert refused(plan_of(with_rules(workspace, text, wanted), recorded({ACCOUNT: {"name": "Acme"}}), world)) == []


def test_what_is_retired_has_no_values_after(workspace: Path) -> None:
    text = rules(rule="change.after.size() > 0 && change.before.email != ''", match={"kinds": ["user"]})
    assert refused(people_plan(workspace, text)) == [("own.no", OMAR)]


def test_values_that_rules_name_are_part_of_what_a_plan_was_made_from(workspace: Path) -> None:
    def digest(text: str, **variables: str) -> str:
        (workspace / "policies" / "own.yaml").write_text(text)
        found = load(workspace, variables=variables)
        assert found.warnings == (), "the variable is used"
        return found.digests["(variables)"]

    named = rules(rule="has(values.ticket)")
    assert digest(named, ticket="CHG1") != digest(named, ticket="CHG2")
    looked_up = rules(rule="'ticket' in values")
    assert digest(looked_up, ticket="CHG1") != digest(looked_up)


def test_policy_files_are_part_of_what_a_plan_was_made_from(workspace: Path) -> None:
    (workspace / "chimeform.yaml").write_text(HEAD + "policies: {use: [chimeform/bots]}\n")
    (workspace / "policies" / "own.yaml").write_text(rules())
    assert {"policies/own.yaml", "(chimeform/bots)"} <= load(workspace).digests.keys()


def test_what_a_message_makes_of_a_map_is_sorted(workspace: Path) -> None:
    """The library gives the keys of a map in another order in each process."""
    names = [f"n{number:02}" for number in range(40)]
    (workspace / "chimeform.yaml").write_text(HEAD + f"values: {{{', '.join(f'{name}: x' for name in names)}}}\n")
    text = rules(over="plan", message="{{ values.map(name, name) }}")
    assert people_plan(workspace, text).refusals[0].summary == ", ".join(names)


MAKE_PLAN = """
import sys
from pathlib import Path
from tests.policies.test_judging import people_plan, rules
text = rules(message="{{ change }} {{ change.before.map(key, key) }}")
print(people_plan(Path(sys.argv[1]), text).to_json())
"""


def test_the_same_inputs_give_the_same_plan_in_every_process(workspace: Path) -> None:
    """The library's own mappings have another order in each process."""

    def plan() -> str:
        command = [sys.executable, "-c", MAKE_PLAN, str(workspace)]
        return subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True).stdout

    assert plan() == plan()
