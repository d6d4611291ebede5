"""`chimeform policy`, and what plans and applies say of rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimeform.cli.plan import REFUSED
from tests.cli.program import Program
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden" / "policy"
SCHEMAS = Path(__file__).parents[2] / "schemas"

WORKSPACE = """
chimeform: 1
workspace: acme
policies:
  use: [chimeform/licences]
  settings: {chimeform/licences: {most: 2}}
accounts:
  acme:
    name: Acme Corporation
    users:
      jane@acme.example: {license: pro}
      omar@acme.example: {license: basic}
"""
PEOPLE = """
about: Who may have what.
rules:
  pro:
    match: {kinds: [user], actions: [create, update]}
    rule: change.after.license != 'pro' || has(values.change)
    message: "{{ change.name }} would get a Pro licence without a change number"
    why: Pro is paid for by the day
    do: run again with --var change=NUMBER
    exceptions:
      - {addresses: ['accounts.acme.users["ceo*"]'], reason: always, until: 2999-12-31}
  names:
    match: {kinds: [account]}
    severity: warning
    rule: change.after.name.startsWith('Lab')
    message: "{{ change.after.name }} is no laboratory"
"""
CASES = """
cases:
  a Pro licence needs a change number:
    changes:
      - {address: 'accounts.acme.users["a@acme.example"]', action: create, fields: {license: {after: pro}}}
    refused: [{rule: people.pro, address: 'accounts.acme.users["a@acme.example"]'}]
  a change number is enough:
    changes:
      - {address: 'accounts.acme.users["a@acme.example"]', action: create, fields: {license: {after: pro}}}
    values: {change: CHG1}
  an account that is no laboratory:
    changes: [{address: accounts.acme, action: create, fields: {name: {after: Acme}}}]
    warned: [people.names]
"""


@pytest.fixture
def ruled(chimeform: Program) -> Program:
    chimeform.write("chimeform.yaml", WORKSPACE)
    chimeform.write("policies/people.yaml", PEOPLE)
    return chimeform


def test_a_plan_shows_what_rules_refuse_and_what_they_warn_of(ruled: Program) -> None:
    ran = ruled("plan")
    assert ran.code == REFUSED
    check_golden(GOLDEN / "plan.txt", ran.out)


def test_the_way_out_that_the_rule_names_is_one(ruled: Program) -> None:
    ran = ruled("plan", "--var", "change=CHG1")
    assert ran.code == 0, ran.all
    assert "warning[CF-POL-001]: accounts.acme: Acme Corporation is no laboratory" in ran.out
    assert "used by no template" not in ran.all


def test_a_rule_is_waived_by_its_name(ruled: Program) -> None:
    assert ruled("apply", "-y").code == REFUSED
    ran = ruled("apply", "-y", "--waive", "people.pro", "--reason", "agreed by phone")
    assert ran.code == 0, ran.all
    assert "waived people.pro: agreed by phone" in ruled("state", "history").out


def test_a_saved_plan_is_stale_when_a_rule_changes(ruled: Program) -> None:
    assert ruled("plan", "--var", "change=CHG1", "--out", "plan.json").code == 0
    without = ruled("apply", "plan.json")
    assert without.code == REFUSED
    assert "(variables) is another one now" in without.err
    ruled.write("policies/people.yaml", PEOPLE.replace("by the day", "by the month"))
    ran = ruled("apply", "plan.json", "--var", "change=CHG1")
    assert ran.code == REFUSED
    assert "the saved plan is stale: policies/people.yaml is another one now" in ran.err
    ruled.write("policies/people.yaml", PEOPLE)
    assert ruled("apply", "plan.json", "--var", "change=CHG1").code == 0


def test_listing(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    offline.write("policies/people.yaml", PEOPLE)
    check_golden(GOLDEN / "list.txt", offline("policy", "list").out)
    listed = offline("policy", "list", "--format", "json").json()
    assert [one["name"] for one in listed["sets"]] == ["people", "chimeform/licences"]
    assert listed["sets"][1]["settings"] == {"most": 2}
    assert "chimeform/bots" in listed["shipped"]


def test_testing(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    offline.write("policies/people.yaml", PEOPLE)
    assert "No cases" in offline("policy", "test").out
    offline.write("policies/tests/people.yaml", CASES)
    ran = offline("policy", "test")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "test.txt", ran.out)
    # the rule is broken, and the case says so
    offline.write("policies/people.yaml", PEOPLE.replace("has(values.change)", "true").replace("'Lab'", "'Acme'"))
    ran = offline("policy", "test")
    assert ran.code == 1
    check_golden(GOLDEN / "test-failed.txt", ran.out)
    entries = offline("policy", "test", "--format", "json").json()
    assert [one["ok"] for one in entries["cases"]] == [False, True, False]
    assert entries["untested"] == ["people.names", "people.pro"]


def test_a_rule_that_fails_meets_no_expectation(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    offline.write("policies/people.yaml", PEOPLE.replace("change.after.license", "change.after.licence"))
    offline.write("policies/tests/people.yaml", CASES)
    ran = offline("policy", "test")
    assert ran.code == 1
    assert "says nothing: people.pro at" in ran.out
    assert 'people.pro cannot be evaluated: Key not found in map : "licence"' in ran.out


def test_a_saved_plan_can_be_a_case(ruled: Program) -> None:
    ruled.write("policies/tests/first.json", "")
    assert ruled("plan", "--out", "policies/tests/first.json").code == REFUSED
    ruled.write("policies/tests/saved.yaml", "cases: {first: {plan: first.json, warned: [people.names]}}\n")
    ran = ruled("policy", "test")
    assert ran.code == 1
    assert "not expected: people.pro: accounts.acme" in ran.out
    case = "cases: {first: {plan: first.json, warned: [people.names], refused: [people.pro]}}\n"
    ruled.write("policies/tests/saved.yaml", case)
    assert ruled("policy", "test").code == 0


def test_what_is_wrong_with_a_case_is_told_at_its_place(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    offline.write("policies/people.yaml", PEOPLE)
    offline.write(
        "policies/tests/people.yaml",
        "cases:\n  one:\n    changes: [{address: accounts.acme.nothing, action: create}]\n"
        "    refused: [people.pros, {rule: other.rule, address: accounts.acme}]\n"
        "  two: {plan: no.json, declared: {here: {}}}\n",
    )
    offline.write("policies/tests/shape.yaml", "cases:\n  three: {change: []}\n")
    ran = offline("policy", "test")
    assert ran.code == 1
    check_golden(GOLDEN / "bad-cases.txt", ran.err)


def test_files_are_described_by_their_schemas(offline: Program) -> None:
    import jsonschema
    import yaml

    for text, name in ((PEOPLE, "policy"), (CASES, "policy-test")):
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
        document = json.loads(json.dumps(yaml.safe_load(text), default=str))
        jsonschema.validate(document, schema)


def test_without_the_library_rules_are_an_error_and_not_passed(offline: Program) -> None:
    offline.write("cel_expr_python.py", "raise ImportError('not here')\n")
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline.fresh("plan")
    assert ran.code == 1
    assert "error[CF-POL-005]" in ran.err
    assert "pip install 'chimeform[policies]'" in ran.err
    offline.write(
        "chimeform.yaml", WORKSPACE.replace("policies:", "values:").replace("use:", "#").replace("settings:", "#")
    )
    assert offline("validate").code == 0, "who has no rules does not need it"
