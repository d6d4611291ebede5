"""What administrators read about people: a migration, what a directory decides, an end in sight."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "people"

HEAD = "chimeform: 1\nworkspace: acme\n"
NUMBER = 'phone_numbers: {"+12065550100": {product: business-calling}}\n'
TWO_TEAMS = """accounts:
  old:
    name: Acme Labs
    users:
      jane@home.example: {license: pro, phone: "+12065550100", telephony: {inbound: true, outbound: true}}
      omar@home.example:
  new: {name: Acme}
"""
ONE_TEAM = """accounts:
  new:
    name: Acme
    users:
      defaults: [{match: "jane@*", license: pro}, {license: basic}]
      jane@home.example: {phone: "+12065550100", telephony: {inbound: true, outbound: true}}
      omar@home.example:
      screen@home.example: {type: shared-device}
moved: [{from: accounts.old.users, to: accounts.new.users}]
"""


def test_two_teams_become_one(chimeform: Program, sandbox: SandboxProcess) -> None:
    """The whole story of a migration, as a person reads it; the old account is in no file any more."""
    sandbox.post("settings", {"order_seconds": 0, "joining_leaves": False})
    chimeform.write("chimeform.yaml", HEAD + TWO_TEAMS + NUMBER)
    assert chimeform("apply", "-y").code == 0
    for email in ("jane@home.example", "omar@home.example"):
        sandbox.post("people/accept", {"email": email})
    assert chimeform("apply", "-y").code == 0

    chimeform.write("chimeform.yaml", HEAD + ONE_TEAM + NUMBER)
    before = chimeform("plan")
    assert (before.code, before.err) == (0, "")
    check_golden(GOLDEN / "migration-begins.txt", before.out)
    begun = chimeform("apply", "-y")
    assert begun.code == 0, begun.err
    waits = chimeform("pending", "show", 'accounts.new.users["jane@home.example"]')
    assert 'accounts.old.users["jane@home.example"]' in waits.out, "it says who waits there"
    for email in ("jane@home.example", "omar@home.example"):
        sandbox.post("people/accept", {"email": email})
    after = chimeform("plan")
    check_golden(GOLDEN / "migration-ends.txt", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "SOME TIME", after.out))
    assert chimeform("apply", "-y").code != 0, "deleting what is left of the old account takes consent"
    assert chimeform("apply", "-y", "--accept", "account-deletion").code == 0
    assert "No changes" in chimeform("plan").out


def test_what_a_directory_decides_is_refused_in_the_plan_too(chimeform: Program, sandbox: SandboxProcess) -> None:
    """The files do not say that the account has a directory; the account itself does."""
    client = sandbox.client()
    account = client.create_account(Name="Corp")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "corp.example", "verified": True})
    for email in ("jane@corp.example", "omar@corp.example"):
        sandbox.post("people/register", {"email": email})
    client.create_user(AccountId=account, Email="screen@corp.example", UserType="SharedDevice")
    people = "      jane@corp.example:\n      omar@corp.example:\n      screen@corp.example: {type: shared-device}\n"
    chimeform.write("chimeform.yaml", f"{HEAD}accounts:\n  corp:\n    name: Corp\n    users:\n{people}")
    assert chimeform("apply", "-y").code == 0
    sandbox.post(f"console/accounts/{account}/directory", {"directory_id": "d-1234567890"})
    people = "      jane@corp.example: {license: basic}\n"
    chimeform.write("chimeform.yaml", f"{HEAD}accounts:\n  corp:\n    name: Corp\n    users:\n{people}")
    ran = chimeform("plan")
    check_golden(GOLDEN / "directory-decides.txt", ran.out)


def test_the_plan_s_calendar_says_who_expires_soon(chimeform: Program) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    rows = "".join(f"temp{place}@home.example,{day}\n" for place in range(30))
    chimeform.write("people.csv", f"email,lifecycle.expires\n{rows}")
    chimeform.write("chimeform.yaml", HEAD + "accounts: {temps: {name: Temps, users: {from: people.csv}}}\n")
    calendar = chimeform("plan").out.partition("Calendar\n")[2].splitlines()[0]
    assert calendar == (
        f"  {day} 00:00 UTC  accounts.temps.users: "
        "temp0@home.example and 29 more expire: the first apply from then on retires them"
    )
