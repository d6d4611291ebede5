"""`chimeform iam-policy`: in words, as documents, for a command and for one saved plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "iam-policy"
FILES = """\
chimeform: 1
workspace: acme
aws: {expected_account: "111122223333", assume_role: "arn:aws:iam::111122223333:role/chime-admin"}
accounts:
  acme:
    name: Acme Corporation
    domains:
      acme.example: {verification: {name: _amazonchime, value: 3f0c9d, dns: {route53: Z0123456789}}}
    identity:
      okta: {org_url: "https://acme.okta.com", token: {ssm: /chime/okta-token}}
      sign_in: {client_secret: {secretsmanager: chime/okta-client}}
      groups: {Chime Pro: {license: pro}}
    retention: {rooms: 1 year}
settings: {calling_name: Acme}
"""
SMALL = """\
chimeform: 1
workspace: acme
accounts: {acme: {name: Acme, users: {jane@acme.example: {license: basic}}}}
"""


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_for_a_command(offline: Program, command: str, form: str) -> None:
    offline.write("chimeform.yaml", FILES)
    ran = offline("iam-policy", "--for", command, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / f"{command}.{'txt' if form == 'text' else form}", ran.out)


def test_drift_sees_who_did_it_too_and_apply_is_what_is_meant(offline: Program) -> None:
    offline.write("chimeform.yaml", FILES)
    plan, drift, apply, bare = (
        offline("iam-policy", *asked, "--format", "json").json()
        for asked in (("--for", "plan"), ("--for", "drift"), ("--for", "apply"), ())
    )
    assert [one for one in drift["Statement"] if one not in plan["Statement"]] == [
        {"Sid": "CloudTrailRead", "Effect": "Allow", "Action": ["cloudtrail:LookupEvents"], "Resource": "*"}
    ]
    assert apply == bare


def test_for_one_saved_plan(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", SMALL)
    assert chimeform("apply", "--yes").code == 0
    sandbox.post("people/accept", {"email": "jane@acme.example"})
    chimeform.write("chimeform.yaml", SMALL.replace("name: Acme,", "name: Acme Corporation,"))
    assert chimeform("plan", "--out", "plan.json", "--target", "accounts.acme").code == 0
    ran = chimeform("iam-policy", "plan.json")
    check_golden(GOLDEN / "saved.txt", ran.out)
    sandbox.post("iam", {"policy": chimeform("iam-policy", "plan.json", "--format", "json").json()})
    assert chimeform("apply", "plan.json").code == 0
    stale = chimeform("iam-policy", "plan.json")
    assert (stale.code, "error[CF-PLN-001]" in stale.err) == (4, True), "it has been applied"


def test_what_a_run_with_too_little_says(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", SMALL)
    document = chimeform("iam-policy", "--for", "plan", "--format", "json").json()
    sandbox.post("iam", {"policy": document})
    assert chimeform("plan").code == 0
    ran = chimeform("apply", "--yes")
    assert ran.code == 1
    assert "allow the action chime:CreateAccount for these credentials" in ran.all


def test_what_is_asked_for_must_make_sense(offline: Program) -> None:
    offline.write("chimeform.yaml", SMALL)
    for arguments, code in (
        (("--target", "accounts.acme"), "CF-USE-013"),
        (("--for", "everything"), "CF-USE-014"),
        (("--for", "do nothing"), "CF-USE-014"),
        (("plan.json", "--for", "apply"), "CF-USE-001"),
        (("plan.json",), "CF-USE-005"),
        (("--format", "dot"), "CF-USE-004"),
    ):
        ran = offline("iam-policy", *arguments)
        assert (ran.code, f"error[{code}]" in ran.err) == (1, True), ran.err


def test_nothing_to_ask_takes_nothing(offline: Program) -> None:
    offline.write("chimeform.yaml", "chimeform: 1\nworkspace: acme\n")
    assert (
        offline("iam-policy").out
        == "AWS has to allow nothing for 'chimeform apply' in acme: there is nothing to ask it.\n"
    )
    assert offline("iam-policy", "--format", "json").json() == []
