"""`chimeform sandbox`: the server as people start it, and thin commands for what they do to it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import PATIENCE_SECONDS, Program, wait_for_line
from tests.sandbox_process import SandboxProcess

HIDE_UVICORN = """
import sys
from importlib import util
found = util.find_spec
util.find_spec = lambda name, *rest: None if name == "uvicorn" else found(name, *rest)
from chimeform.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def server(offline: Program) -> Iterator[subprocess.Popen[str]]:
    process = offline.start("sandbox", "serve", "--port", "0", "--port-file", "port", "--data-file", "world.db")
    yield process
    process.kill()
    process.communicate()


def address(server: subprocess.Popen[str]) -> str:
    return wait_for_line(server, "Amazon Chime answers at").split()[4].rstrip(",")


def test_serve_announces_itself_keeps_its_world_and_ends_cleanly(
    offline: Program, server: subprocess.Popen[str]
) -> None:
    url = address(server)
    assert (offline.root / "port").read_text() == url.rpartition(":")[2]
    assert offline("sandbox", "seed", "--users", "3", "--url", url).code == 0
    server.send_signal(signal.SIGINT)
    assert server.wait(PATIENCE_SECONDS) == 0
    assert server.stderr is not None
    assert server.stderr.read() == ""
    again = offline.start("sandbox", "serve", "--port", "0", "--data-file", "world.db")
    try:
        told = offline("sandbox", "accounts", "--url", address(again), "--format", "json").json()
        assert [one["Users"] for one in told["Accounts"]] == [{"Registered": 3}]
    finally:
        again.kill()
        again.communicate()


def test_a_taken_port_is_told(offline: Program, sandbox: SandboxProcess) -> None:
    ran = offline("sandbox", "serve", "--port", str(sandbox.port))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[CF-SBX-006]: the sandbox cannot start: ")
    assert "--port" in ran.err


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    for command in (["sandbox", "serve"], ["demo"]):
        ran = subprocess.run(
            [sys.executable, "-c", HIDE_UVICORN, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1
        assert "pip install 'chimeform[sandbox]'" in ran.stderr
        assert "uvicorn" in ran.stderr


def test_env_in_a_shell_makes_a_client_use_the_sandbox(chimeform: Program, sandbox: SandboxProcess) -> None:
    made = sandbox.client().create_account(Name="Acme")["Account"]["AccountId"]
    printed = chimeform("sandbox", "env", "--url", sandbox.url).out
    program = "import boto3; print(boto3.client('chime').list_accounts()['Accounts'][0]['AccountId'])"
    script = f'{printed}\nexec {sys.executable} -c "{program}"'
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(chimeform.root)}
    ran = subprocess.run(["/bin/sh", "-c", script], env=clean, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == made


def test_env_says_the_same_in_every_form(chimeform: Program, sandbox: SandboxProcess) -> None:
    def printed(form: str) -> str:
        return chimeform("sandbox", "env", "--url", sandbox.url, "--format", form).out

    variables = json.loads(printed("json"))
    assert variables["AWS_ENDPOINT_URL"] == sandbox.url
    assert variables["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] == f"{sandbox.url}/chime-sdk-voice"
    assert printed("dotenv").splitlines() == [f"{name}={value}" for name, value in variables.items()]
    assert printed("powershell").splitlines() == [f"$Env:{name} = '{value}'" for name, value in variables.items()]
    assert printed("shell") == printed("text")


def test_people_and_the_console(chimeform: Program, sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account = client.create_account(Name="Acme")["Account"]["AccountId"]
    client.invite_users(AccountId=account, UserEmailList=["jane@acme.example"])
    assert chimeform("sandbox", "accept", "jane@acme.example").code == 0
    assert client.list_users(AccountId=account)["Users"][0]["UserRegistrationStatus"] == "Registered"
    assert chimeform("sandbox", "claim", "Acme", "acme.example", "--unverified").code == 0
    assert client.get_account(AccountId=account)["Account"]["AccountType"] == "Team"
    assert chimeform("sandbox", "claim", account, "acme.example").code == 0
    assert client.get_account(AccountId=account)["Account"]["AccountType"] == "EnterpriseLWA"
    assert chimeform("sandbox", "register", "omar@acme.example").code == 0
    assert {user["PrimaryEmail"] for user in client.list_users(AccountId=account)["Users"]} == {
        "jane@acme.example",
        "omar@acme.example",
    }
    counted = chimeform("sandbox", "calls", "--format", "json").json()
    assert counted == sandbox.calls()
    assert counted["InviteUsers"] == 1


def test_the_clock_moves(chimeform: Program, sandbox: SandboxProcess) -> None:
    assert chimeform("sandbox", "clock", "advance", "7d").code == 0
    assert sandbox.get("clock")["offset_seconds"] == 7 * 86400
    assert "604800 seconds ahead" in chimeform("sandbox", "clock").out


def test_faults_come_and_go(chimeform: Program, sandbox: SandboxProcess) -> None:
    asked = ["fault", "add", "throttle", "--operation", "ListAccounts", "--times", "2"]
    assert chimeform("sandbox", *asked).code == 0
    client = sandbox.client()
    with pytest.raises(client.exceptions.ThrottledClientException):
        client.list_accounts()
    assert "hits 1, 1 to come" in chimeform("sandbox", "fault", "list").out
    assert chimeform("sandbox", "fault", "clear").code == 0
    client.list_accounts()


def test_an_order_gets_its_carriers_answer(chimeform: Program, sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    number = client.search_available_phone_numbers(AreaCode="206")["E164PhoneNumbers"][0]
    made = client.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=[number])
    order = made["PhoneNumberOrder"]["PhoneNumberOrderId"]
    assert chimeform("sandbox", "order", order, "Failed").code == 0
    assert client.get_phone_number_order(PhoneNumberOrderId=order)["PhoneNumberOrder"]["Status"] == "Failed"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["accept", "nobody@acme.example"], "CF-SBX-002", "nobody@acme.example"),
        (["claim", "Acme", "acme.example"], "CF-SBX-002", "'Acme'"),
        (["fault", "add", "throttle", "--operation", "Nothing"], "CF-SBX-002", "Nothing"),
        (["clock", "advance", "7 moons"], "CF-SBX-004", "7d"),
        (["seed", "--bots", "11"], "CF-SBX-002", "at most 10"),
        (["reset", "--url", "http://127.0.0.1:9"], "CF-SBX-001", "chimeform sandbox serve"),
        (["reset", "--url", "localhost"], "CF-SBX-003", "http://127.0.0.1:7743"),
    ],
)
def test_what_cannot_be_is_told(chimeform: Program, arguments: list[str], code: str, words: str) -> None:
    ran = chimeform("sandbox", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error[{code}]: ")
    assert words in ran.err


def test_reset_empties_it(chimeform: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Acme")
    assert chimeform("sandbox", "reset").code == 0
    assert sandbox.client().list_accounts()["Accounts"] == []
