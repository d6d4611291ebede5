"""`chimeform pending` for what no service shows: the steps, a person's word, and what is remembered of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden" / "by-hand"
WORKSPACE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    meetings: {call_me: true, regions: [us-east-1, eu-west-1], slack_sign_in: false}
"""
MEETINGS = "accounts.acme.meetings"


@pytest.fixture
def acme(chimeform: Program) -> Program:
    chimeform.write("chimeform.yaml", WORKSPACE)
    return chimeform


@pytest.fixture
def applied(acme: Program) -> Program:
    assert acme("apply", "-y").code == 0
    return acme


def undated(text: str) -> str:
    return re.sub(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2} UTC)?", "DATE", text)


def test_the_plan_shows_what_a_person_has_to_do(acme: Program) -> None:
    ran = acme("plan")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "plan.txt", ran.out)


def test_the_table_and_the_steps(applied: Program) -> None:
    check_golden(GOLDEN / "list.txt", undated(applied("pending").out))
    check_golden(GOLDEN / "show.txt", undated(applied("pending", "show", MEETINGS).out))
    check_golden(GOLDEN / "list.md", undated(applied("pending", "--format", "markdown").out))
    check_golden(GOLDEN / "show.md", undated(applied("pending", "show", MEETINGS, "--format", "markdown").out))


def test_a_word_is_enough_and_is_remembered(applied: Program) -> None:
    ran = applied("pending", "done", f"{MEETINGS}.regions", "regions=us-east-1,eu-west-1")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "done.txt", ran.out)
    gates = applied("pending", "--format", "json").json()["gates"]
    assert [gate["name"] for gate in gates] == ["slack_sign_in"]
    assert gates[0]["noticed_by"] == ["'pending done'"]
    shown = applied("state", "show", MEETINGS, "--format", "json").json()
    assert shown["values"]["regions"] == ["eu-west-1", "us-east-1"]
    assert shown["confirmed"]["regions"]["who"]
    assert "done by hand" in applied("state", "show", MEETINGS).out
    assert "confirm" in applied("state", "history").out


def test_both_are_confirmed_by_the_address_of_their_resource(applied: Program) -> None:
    ran = applied("pending", "done", MEETINGS, "--format", "json")
    assert ran.code == 0
    assert [one["id"] for one in ran.json()["confirmed"]] == [f"{MEETINGS}~regions", f"{MEETINGS}~slack_sign_in"]
    assert applied("pending").out.startswith("Nothing waits.")
    assert applied("plan", "--detailed-exitcode").code == 0
    assert applied("pending", "done", f"{MEETINGS}.regions").code == 0, "what is open already is open"


def test_another_value_than_the_declared_one_is_refused(applied: Program) -> None:
    ran = applied("pending", "done", f"{MEETINGS}.regions", "regions=us-east-1")
    assert ran.code == 1
    assert "CF-CNF-003" in ran.err
    assert len(applied("pending", "--format", "json").json()["gates"]) == 2


def test_nothing_is_believed_of_an_account_that_is_not_there(acme: Program) -> None:
    ran = acme("pending", "done", MEETINGS)
    assert ran.code == 4
    assert "CF-CNF-001" in ran.err
