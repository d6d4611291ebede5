"""The AWS CLI, with nothing but endpoint settings: at least one command of every group."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from tests.sandbox_process import SandboxProcess

Run = Callable[..., Any]
"""(operation, **params) -> the answer; by the `aws` program or by botocore."""


def find_aws() -> str:
    """The `aws` program, which the development dependencies put beside the interpreter."""
    program = shutil.which("aws", path=str(Path(sys.executable).parent))
    assert program is not None, "the development dependencies are not installed whole: make install"
    return program


@pytest.fixture(params=["aws", "botocore"])
def run(request: pytest.FixtureRequest, sandbox: SandboxProcess) -> Run:
    return _run_program(find_aws(), sandbox) if request.param == "aws" else _run_botocore(sandbox)


def _run_program(program: str, sandbox: SandboxProcess) -> Run:
    def run(operation: str, **params: Any) -> Any:
        command = [program, "chime", xform_name(operation, "-"), "--output", "json"]
        done = subprocess.run(
            [*command, "--cli-input-json", json.dumps(params)],
            env={"PATH": os.environ.get("PATH", ""), "HOME": os.devnull, **sandbox.env()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    return run


def _run_botocore(sandbox: SandboxProcess) -> Run:
    client = sandbox.client()
    return lambda operation, **params: getattr(client, xform_name(operation))(**params)


def test_a_command_of_every_group(sandbox: SandboxProcess, run: Run) -> None:
    account_id = run("CreateAccount", Name="Acme")["Account"]["AccountId"]
    invites = run("InviteUsers", AccountId=account_id, UserEmailList=["ann@acme.example"])["Invites"]
    assert [invite["Status"] for invite in invites] == ["Pending"]
    sandbox.post("people/accept", {"email": "ann@acme.example"})
    (user,) = run("ListUsers", AccountId=account_id)["Users"]
    updated = run(
        "BatchUpdateUser",
        AccountId=account_id,
        UpdateUserRequestItems=[{"UserId": user["UserId"], "LicenseType": "Basic"}],
    )
    assert updated["UserErrors"] == []
    sandbox.post(f"console/accounts/{account_id}/domains", {"domain": "acme.example"})

    bot = run("CreateBot", AccountId=account_id, DisplayName="helper")["Bot"]
    assert run("UpdateBot", AccountId=account_id, BotId=bot["BotId"], Disabled=True)["Bot"]["Disabled"] is True
    room = run("CreateRoom", AccountId=account_id, Name="Lobby")["Room"]
    run("CreateRoomMembership", AccountId=account_id, RoomId=room["RoomId"], MemberId=user["UserId"])
    members = run("ListRoomMemberships", AccountId=account_id, RoomId=room["RoomId"])["RoomMemberships"]
    assert [member["Member"]["MemberId"] for member in members] == [user["UserId"]]

    sandbox.post("settings", {"order_seconds": 0})
    numbers = run("SearchAvailablePhoneNumbers", AreaCode="206", MaxResults=1)["E164PhoneNumbers"]
    order = run("CreatePhoneNumberOrder", ProductType="BusinessCalling", E164PhoneNumbers=numbers)["PhoneNumberOrder"]
    settled = run("GetPhoneNumberOrder", PhoneNumberOrderId=order["PhoneNumberOrderId"])["PhoneNumberOrder"]
    assert settled["Status"] == "Successful"
    (number,) = run("ListPhoneNumbers", ProductType="BusinessCalling")["PhoneNumbers"]
    run("UpdatePhoneNumber", PhoneNumberId=number["PhoneNumberId"], CallingName="Acme")
    run("AssociatePhoneNumberWithUser", AccountId=account_id, UserId=user["UserId"], E164PhoneNumber=numbers[0])

    retention = {"RoomRetentionSettings": {"RetentionDays": 30}}
    run("PutRetentionSettings", AccountId=account_id, RetentionSettings=retention)
    kept = run("GetRetentionSettings", AccountId=account_id)["RetentionSettings"]
    assert kept["RoomRetentionSettings"] == {"RetentionDays": 30}
    run("UpdateAccountSettings", AccountId=account_id, AccountSettings={"DisableRemoteControl": True})
    assert run("GetAccountSettings", AccountId=account_id)["AccountSettings"]["DisableRemoteControl"] is True
    run("UpdatePhoneNumberSettings", CallingName="Acme")
    assert run("GetPhoneNumberSettings")["CallingName"] == "Acme"
    assert len(sandbox.calls()) >= 20


def test_an_error_of_the_service_is_told_by_its_name(sandbox: SandboxProcess) -> None:
    done = subprocess.run(
        [find_aws(), "chime", "get-account", "--account-id", "nobody"],
        env={"PATH": os.environ.get("PATH", ""), "HOME": os.devnull, **sandbox.env()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "NotFoundException" in done.stderr
