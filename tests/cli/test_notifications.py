"""Notifications of the real program: who is told what, and that telling never fails or betrays anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.cli.acme import ENTERPRISE, WORKSPACE
from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess
from tests.webhook_server import Room, room

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "notice.schema.json").read_text(encoding="utf-8"))
CANARY = "canary-of-the-room"


@pytest.fixture
def there() -> Iterator[Room]:
    with room() as found:
        yield found


def test_an_apply_and_drift_are_told(chimeform: Program, sandbox: SandboxProcess, there: Room):
    secrets = sandbox.client("secretsmanager")
    secrets.create_secret(Name="chime/room", SecretString=there.url + "\n")
    block = "notifications: [{url: {secretsmanager: chime/room}, when: [apply, drift]}]\n"
    chimeform.write("chimeform.yaml", WORKSPACE + block)
    ran = [chimeform("apply", "-y"), chimeform("plan", "--out", "plan.json"), chimeform("apply", "-y")]
    assert [one.code for one in ran] == [0, 0, 0], ran[0].all
    told = there.said
    assert [one["result"] for one in told] == ["done"], "an apply that has nothing to do tells nobody"
    assert told[0]["counts"]["create"] == 4
    assert {one["who"] for one in told[0]["waiting"]} == {"invitee", "service"}

    assert chimeform("drift").code == 0
    assert len(there.bodies) == 1, "what is in order is no occasion"
    account = sandbox.client().list_accounts()["Accounts"][0]["AccountId"]
    sandbox.client().update_account_settings(AccountId=account, AccountSettings={"EnableDialOut": False})
    drifted = chimeform("drift")
    ran.append(drifted)
    assert drifted.code == 2
    (notice,) = there.said[1:]
    jsonschema.validate(notice, SCHEMA)
    assert (notice["event"], notice["counts"]) == ("drift", {"changed": 1, "waiting": 3})
    assert notice["drifted"][0]["address"] == "accounts.acme.meetings"
    assert "test" in notice["drifted"][0]["who"]
    plan = (chimeform.root / "plan.json").read_text()
    assert CANARY not in plan + "".join(one.all for one in ran)


def test_what_cannot_be_told_is_a_warning(chimeform: Program, there: Room):
    block = """\
notifications:
  - {url: {env: GONE}, form: chime}
  - {url: {env: NOWHERE}, form: slack}
  - {url: {env: WRONG}}
"""
    chimeform.write("chimeform.yaml", WORKSPACE + block)
    there.answers = [404]
    ran = chimeform("apply", "-y", "--format", "json", GONE=there.url, WRONG=f"ftp://elsewhere/{CANARY}")
    assert ran.code == 0
    assert ran.events()[-1]["event"] == "run_ended", "the events end as they always do"
    codes = [line.partition(":")[0] for line in ran.err.splitlines() if line.startswith("warning")]
    assert codes == ["warning[CF-NTF-001]", "warning[CF-SEC-002]", "warning[CF-NTF-002]"]
    assert CANARY not in ran.all


def test_a_large_room_is_told_without_calling_everybody(chimeform: Program, there: Room):
    block = "notifications: [{url: {env: ROOM}, form: chime, mention: all}]\n"
    chimeform.write("chimeform.yaml", WORKSPACE + block)
    there.answers = [400]
    ran = chimeform("apply", "-y", ROOM=there.url)
    assert ran.code == 0
    assert "warning[CF-NTF-003]" in ran.err
    first, second = (one["Content"] for one in there.said)
    assert first.replace("/md @All ", "/md ") == second


def test_a_run_that_ends_with_an_error_is_told(chimeform: Program, there: Room):
    block = "notifications: [{url: {env: ROOM}, when: [failure]}]\n"
    chimeform.write("chimeform.yaml", ENTERPRISE + block)
    assert chimeform("plan", "--out", "plan.json", ROOM=there.url).code == 0
    assert chimeform("apply", "-y", ROOM=there.url).code == 0
    assert there.bodies == []
    assert chimeform("apply", "plan.json", ROOM=there.url).code == 4
    (notice,) = there.said
    assert notice["result"] == "failed"
    assert notice["failed"][0]["code"] == "CF-PLN-001"
    assert chimeform("apply", "--target", "accounts.nobody", "-y", ROOM=there.url).code == 1
    assert len(there.bodies) == 1, "a mistyped command is nobody else's business"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("notifications: [{url: {env: A}, form: slack, mention: all}]", "CF-NTF-004"),
        ("notifications: [{url: https://hooks.chime.aws/x}]", "CF-DOC-"),
        ("notifications: [{url: {env: A, ssm: b}}]", "CF-SEC-001"),
        ("notifications: [{url: {env: A}, when: []}]", "CF-DOC-"),
        ("notifications: {url: {env: A}}", "CF-DOC-"),
    ],
)
def test_a_wrong_block_is_told_with_its_place(offline: Program, block: str, code: str):
    offline.write("chimeform.yaml", f"chimeform: 1\nworkspace: acme\n{block}\n")
    ran = offline("validate")
    assert ran.code == 1
    assert ran.err.startswith("chimeform.yaml:3:")
    assert f"error[{code}" in ran.err


def test_several_files_may_name_webhooks(offline: Program):
    block = "notifications: [{url: {env: A}}]\n"
    offline.write("chimeform.yaml", f"chimeform: 1\nworkspace: acme\ninclude: [more.yaml]\n{block}")
    offline.write("more.yaml", block)
    assert offline("validate").code == 0
