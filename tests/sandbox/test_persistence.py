"""The data file: what was answered is kept, whatever happens to the process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import SandboxProcess


def look(sandbox: SandboxProcess) -> dict[str, Any]:
    """Everything that the API shows of the world."""
    client = sandbox.client()
    seen: dict[str, Any] = {"accounts": sandbox.get("accounts"), "numbers": client.list_phone_numbers()["PhoneNumbers"]}
    for account in client.list_accounts()["Accounts"]:
        account_id = account["AccountId"]
        seen[account_id] = [
            account,
            client.list_users(AccountId=account_id, MaxResults=200)["Users"],
            client.list_bots(AccountId=account_id)["Bots"],
            client.list_rooms(AccountId=account_id)["Rooms"],
        ]
    return seen


def test_a_restart_brings_the_same_world(tmp_path: Path) -> None:
    file = ("--data-file", str(tmp_path / "world.db"))
    with SandboxProcess.start(*file, "--seed", "3", "--account-id", "999988887777") as first:
        first.post("seed", {"accounts": 2, "users": 30, "bots": 3, "rooms": 4, "phone_numbers": 5})
        first.advance(86_400)
        first.post("settings", {"order_seconds": 3, "unavailable_numbers": ["+12065550199"]})
        client = first.client()
        account_id = client.list_accounts()["Accounts"][0]["AccountId"]
        users = client.list_users(AccountId=account_id, MaxResults=1)["Users"]
        client.batch_suspend_user(AccountId=account_id, UserIdList=[users[0]["UserId"]])
        before, settings, clock = look(first), first.get("settings"), first.get("clock")
    assert first.process.returncode == 0
    with SandboxProcess.start(*file) as second:
        assert look(second) == before
        assert second.get("settings") == settings
        assert second.get("clock")["offset_seconds"] == clock["offset_seconds"] == 86_400
        assert second.get("clock")["now"] >= clock["now"]
        assert second.get("health")["account_id"] == "999988887777"
        assert second.calls().keys() <= {"ListAccounts", "ListUsers", "ListBots", "ListRooms", "ListPhoneNumbers"}


def test_the_dice_go_on_after_a_restart_where_they_stopped(tmp_path: Path) -> None:
    def make(*names: str) -> list[str]:
        with SandboxProcess.start("--data-file", str(tmp_path / "world.db"), "--seed", "3") as sandbox:
            return [sandbox.client().create_account(Name=name)["Account"]["AccountId"] for name in names]

    in_two_runs = [*make("a", "b"), *make("c", "d")]
    (tmp_path / "world.db").unlink()
    assert in_two_runs == make("a", "b", "c", "d")


def test_a_killed_sandbox_has_lost_nothing_that_was_answered(tmp_path: Path) -> None:
    file = ("--data-file", str(tmp_path / "world.db"))
    answered: list[str] = []
    for _ in range(5):
        sandbox = SandboxProcess.launch(*file)
        client = sandbox.client(max_pool_connections=4)

        def create_until_it_dies(number: int, client: Any = client) -> None:
            try:
                while True:
                    answered.append(client.create_account(Name=f"a{number}")["Account"]["AccountId"])
            except botocore.exceptions.BotoCoreError:
                return

        wanted = len(answered) + 40
        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(create_until_it_dies, number) for number in range(4)]
            while len(answered) < wanted:
                time.sleep(0.001)
            sandbox.kill()
            for run in runs:
                run.result()
    with SandboxProcess.start(*file) as survivor:
        pages = survivor.client().get_paginator("list_accounts").paginate()
        kept = [account["AccountId"] for page in pages for account in page["Accounts"]]
    assert set(answered) <= set(kept)
    # Each kill may have caught every client between the effect and its answer, and no more than that.
    assert len(kept) <= len(answered) + 5 * 4
    assert len(set(kept)) == len(kept)


def test_a_reset_empties_the_file_too(tmp_path: Path) -> None:
    file = ("--data-file", str(tmp_path / "world.db"))
    with SandboxProcess.start(*file) as first:
        first.post("seed", {"accounts": 1, "users": 10})
        first.advance(60)
        first.reset()
    with SandboxProcess.start(*file) as second:
        assert second.get("accounts")["Accounts"] == []
        assert second.get("clock")["offset_seconds"] == 0


def test_listings_keep_their_order_over_a_restart(tmp_path: Path) -> None:
    file = ("--data-file", str(tmp_path / "world.db"))
    names = [f"n{number}" for number in (5, 3, 9, 1, 7)]
    with SandboxProcess.start(*file) as first:
        client = first.client()
        ids = [client.create_account(Name=name)["Account"]["AccountId"] for name in names]
        client.update_account(AccountId=ids[1], Name="renamed")
        client.delete_account(AccountId=ids[2])
    with SandboxProcess.start(*file) as second:
        listed = [account["Name"] for account in second.client().list_accounts()["Accounts"]]
    assert listed == ["n5", "renamed", "n1", "n7"]


def run_badly(*arguments: str) -> str:
    """What a sandbox that cannot start says; it must be one sentence, and exit code 1."""
    done = subprocess.run(
        [sys.executable, "-m", "chimeform.sandbox", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_two_sandboxes_cannot_share_a_data_file(tmp_path: Path) -> None:
    file = str(tmp_path / "world.db")
    with SandboxProcess.start("--data-file", file) as first:
        first.client().create_account(Name="Acme")
        assert "in use by another sandbox" in run_badly("--data-file", file)
        assert first.client().list_accounts()["Accounts"][0]["Name"] == "Acme"


def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("these are my notes " * 100)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = other.read_bytes()
    assert "no data file of a sandbox" in run_badly("--data-file", str(text))
    assert "something else" in run_badly("--data-file", str(other))
    assert text.read_text() == "these are my notes " * 100
    assert other.read_bytes() == before
    assert "cannot be used" in run_badly("--data-file", str(tmp_path / "nowhere" / "world.db"))


def test_the_file_of_another_account_is_refused(tmp_path: Path) -> None:
    file = ("--data-file", str(tmp_path / "world.db"))
    with SandboxProcess.start(*file, "--account-id", "999988887777"):
        pass
    assert "999988887777" in run_badly(*file, "--account-id", "111122223333")


# A limit can be set for a running process, and lifted again, on Linux alone. It needs no superuser, which a small file
# system would.
@pytest.mark.skipif(sys.platform != "linux", reason="limits the file size of another process, which takes Linux")
def test_a_file_that_cannot_be_written_fails_the_call_and_not_the_process(tmp_path: Path) -> None:
    file = tmp_path / "world.db"
    with SandboxProcess.start("--data-file", str(file)) as sandbox:
        client = sandbox.client()
        client.create_account(Name="kept")
        _limit_file_size(sandbox.process.pid, 1)
        with pytest.raises(client.exceptions.ServiceFailureException, match="data file"):
            for number in range(1000):
                client.create_account(Name=f"a{number}")
        _limit_file_size(sandbox.process.pid, None)
        last = client.create_account(Name="last")["Account"]["AccountId"]
        listed = {account["AccountId"] for account in client.list_accounts(MaxResults=200)["Accounts"]}
        assert last in listed
    copy = shutil.copy(file, tmp_path / "copy.db")
    with SandboxProcess.start("--data-file", str(copy)) as second:
        kept = {account["AccountId"] for account in second.client().list_accounts(MaxResults=200)["Accounts"]}
    assert kept == listed


def _limit_file_size(pid: int, size: int | None) -> None:
    import resource

    limit = resource.RLIM_INFINITY if size is None else size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"127.0.0.1 port {port}" in run_badly("--port", port)
    assert "cannot listen" in run_badly("--port", "70000")
    assert "cannot listen" in run_badly("--host", "no-such-host.invalid")
    assert "order_seconds" in run_badly("--order-seconds", "-1")


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_exit_code_0(name: signal.Signals) -> None:
    sandbox = SandboxProcess.launch()
    idle = socket.create_connection(("127.0.0.1", sandbox.port))
    sandbox.client().create_account(Name="Acme")
    os.kill(sandbox.process.pid, name)
    assert sandbox.stop() == 0
    assert sandbox.stderr() == ""
    idle.close()


def test_a_call_that_is_held_back_does_not_hold_up_the_end() -> None:
    sandbox = SandboxProcess.launch()
    sandbox.add_faults({"kind": "latency", "latency_ms": 600_000})
    with ThreadPoolExecutor() as pool:
        held_back = pool.submit(sandbox.client().list_accounts)
        while not sandbox.calls():
            pass
        assert sandbox.stop() == 0
        with pytest.raises((botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)):
            held_back.result()


def test_two_starts_without_a_seed_give_different_identifiers_and_with_one_the_same() -> None:
    def make(*arguments: str) -> str:
        with SandboxProcess.start(*arguments) as sandbox:
            account_id: str = sandbox.client().create_account(Name="Acme")["Account"]["AccountId"]
            return account_id

    assert make() != make()
    assert make("--seed", "1") == make("--seed", "1")
