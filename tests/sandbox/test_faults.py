"""Faults on order, seen by an unmodified client."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import ControlError, SandboxProcess


def attempt(call: Any, **params: Any) -> str:
    try:
        call(**params)
    except botocore.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def test_a_throttled_call_has_no_effect_and_the_right_error(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.add_faults({"operation": "CreateAccount", "kind": "throttle", "times": 1})
    with pytest.raises(client.exceptions.ThrottledClientException) as caught:
        client.create_account(Name="Acme")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert caught.value.response["Code"] == "Throttled"
    assert client.list_accounts()["Accounts"] == []
    client.create_account(Name="Acme")
    assert sandbox.calls() == {"CreateAccount": 2, "ListAccounts": 1}


def test_a_fault_of_all_operations_ends_after_its_times(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.add_faults({"operation": "*", "kind": "error", "times": 3})
    outcomes = [attempt(client.list_accounts) for _ in range(5)]
    assert outcomes == ["ServiceFailureException"] * 3 + ["ok"] * 2
    (fault,) = sandbox.get("faults")
    assert (fault["times"], fault["hits"]) == (0, 3)


def test_an_error_can_be_any_that_the_model_knows(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.add_faults({"kind": "error", "error": "ServiceUnavailableException"})
    with pytest.raises(client.exceptions.ServiceUnavailableException) as caught:
        client.list_accounts()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_retrying_client_gets_over_a_service_failure(sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"kind": "error", "times": 1})
    assert sandbox.client(attempts=3).list_accounts()["Accounts"] == []
    assert [call["status"] for call in sandbox.log()] == [500, 200]


def test_a_rate_hits_its_share_and_the_same_calls_for_the_same_seed(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    runs = []
    for seed in (1, 1, 2):
        sandbox.reset(seed)
        sandbox.add_faults({"kind": "throttle", "rate": 0.3})
        runs.append([attempt(client.list_accounts) for _ in range(100)])
    assert runs[0] == runs[1] != runs[2]
    assert all(15 <= run.count("ThrottledClientException") <= 45 for run in runs)


def test_faults_do_not_change_the_identifiers_that_a_seed_gives(sandbox: SandboxProcess) -> None:
    made = []
    for faults in ([], [{"operation": "GetAccount", "kind": "throttle", "rate": 0.5}]):
        sandbox.reset(5)
        sandbox.add_faults(*faults)
        client = sandbox.client()
        first = client.create_account(Name="a")["Account"]["AccountId"]
        attempt(client.get_account, AccountId=first)
        made.append((first, client.create_account(Name="b")["Account"]["AccountId"]))
    assert made[0] == made[1]


def test_latency_holds_one_answer_back_and_no_other(sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "CreateAccount", "kind": "latency", "latency_ms": 1500})
    slow = sandbox.client(read_timeout=0.3)
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        slow.create_account(Name="Acme")
    assert sandbox.client().list_accounts()["Accounts"] == []
    assert sandbox.log()[0]["status"] is None


def test_what_was_held_back_does_not_reach_into_the_world_after_a_reset(sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "CreateAccount", "kind": "latency", "latency_ms": 300})
    with ThreadPoolExecutor() as pool:
        held_back = pool.submit(attempt, sandbox.client().create_account, Name="Acme")
        while "CreateAccount" not in sandbox.calls():
            pass
        sandbox.reset()
        assert held_back.result() == "ServiceUnavailableException"
    assert sandbox.client().list_accounts()["Accounts"] == []


def test_a_dropped_response_took_effect_and_the_client_sees_a_closed_connection(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.add_faults({"operation": "CreateAccount", "kind": "drop_response", "times": 1})
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        client.create_account(Name="Acme")
    assert [account["Name"] for account in client.list_accounts()["Accounts"]] == ["Acme"]
    assert [(call["operation"], call["status"]) for call in sandbox.log()] == [
        ("CreateAccount", None),
        ("ListAccounts", 200),
    ]


def test_a_retry_after_a_dropped_response_does_the_work_twice_as_the_real_service_would(
    sandbox: SandboxProcess,
) -> None:
    sandbox.add_faults({"operation": "CreateAccount", "kind": "drop_response", "times": 1})
    client = sandbox.client(attempts=2)
    client.create_account(Name="Acme")
    assert len(client.list_accounts()["Accounts"]) == 2


def test_a_partial_failure_fails_some_items_and_does_the_others(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.post("seed", {"accounts": 1, "users": 20})
    account_id = client.list_accounts()["Accounts"][0]["AccountId"]
    ids = [user["UserId"] for user in client.list_users(AccountId=account_id)["Users"]]
    sandbox.add_faults({"operation": "BatchSuspendUser", "kind": "partial", "rate": 0.5, "times": 1})
    errors = client.batch_suspend_user(AccountId=account_id, UserIdList=ids)["UserErrors"]
    failed = {error["UserId"] for error in errors}
    assert 0 < len(failed) < 20
    assert {error["ErrorCode"] for error in errors} == {"Throttled"}
    users = client.list_users(AccountId=account_id)["Users"]
    suspended = {user["UserId"] for user in users if user["UserRegistrationStatus"] == "Suspended"}
    assert suspended == set(ids) - failed
    assert client.batch_suspend_user(AccountId=account_id, UserIdList=sorted(failed))["UserErrors"] == []


BATCHES: list[tuple[str, dict[str, Any], str]] = [
    ("batch_suspend_user", {"UserIdList": ["{user}"]}, "UserErrors"),
    ("batch_unsuspend_user", {"UserIdList": ["{user}"]}, "UserErrors"),
    ("batch_update_user", {"UpdateUserRequestItems": [{"UserId": "{user}", "LicenseType": "Basic"}]}, "UserErrors"),
    ("batch_delete_phone_number", {"PhoneNumberIds": ["{number}"]}, "PhoneNumberErrors"),
    (
        "batch_update_phone_number",
        {"UpdatePhoneNumberRequestItems": [{"PhoneNumberId": "{number}", "CallingName": "Acme"}]},
        "PhoneNumberErrors",
    ),
    (
        "batch_create_room_membership",
        {"RoomId": "{room}", "MembershipItemList": [{"MemberId": "{user}", "Role": "Member"}]},
        "Errors",
    ),
]


@pytest.mark.parametrize(("operation", "params", "member"), BATCHES, ids=[batch[0] for batch in BATCHES])
def test_every_batch_operation_can_fail_item_by_item(
    sandbox: SandboxProcess, operation: str, params: dict[str, Any], member: str
) -> None:
    client = sandbox.client()
    sandbox.post("seed", {"accounts": 1, "users": 1, "rooms": 1, "phone_numbers": 1})
    account_id = client.list_accounts()["Accounts"][0]["AccountId"]
    known = {
        "{user}": client.list_users(AccountId=account_id)["Users"][0]["UserId"],
        "{room}": client.list_rooms(AccountId=account_id)["Rooms"][0]["RoomId"],
        "{number}": client.list_phone_numbers()["PhoneNumbers"][0]["PhoneNumberId"],
    }
    sandbox.add_faults({"kind": "partial", "code": "ServiceFailure", "times": 1})
    given = _fill(params, known) | ({} if "phone_number" in operation else {"AccountId": account_id})
    answer = getattr(client, operation)(**given)
    (error,) = answer[member]
    assert error["ErrorCode"] == "ServiceFailure"
    assert set(error.values()) & set(known.values())
    assert getattr(client, operation)(**given)[member] == []


def _fill(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, known) for item in value]
    return known.get(value, value)


def test_an_invitation_that_fails_says_so_by_its_statuses(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = client.create_account(Name="Acme")["Account"]["AccountId"]
    sandbox.add_faults({"operation": "InviteUsers", "kind": "partial"})
    (invite,) = client.invite_users(AccountId=account_id, UserEmailList=["ann@acme.example"])["Invites"]
    assert (invite["Status"], invite["EmailStatus"]) == ("Failed", "NotSent")
    assert client.list_users(AccountId=account_id)["Users"] == []


def test_faults_add_up_until_they_are_ended(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.add_faults({"operation": "ListAccounts", "kind": "throttle"})
    sandbox.add_faults({"operation": "GetGlobalSettings", "kind": "error"})
    assert attempt(client.list_accounts) == "ThrottledClientException"
    assert attempt(client.get_global_settings) == "ServiceFailureException"
    sandbox.delete("faults")
    assert attempt(client.list_accounts) == attempt(client.get_global_settings) == "ok"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "explode"},
        {"operation": "MakeCoffee", "kind": "error"},
        {"operation": "CreateAccount", "kind": "partial"},
        {"kind": "error", "rate": 2},
        {"kind": "error", "rate": "0.5"},
        {"kind": "error", "times": -1},
        {"kind": "error", "times": 1.5},
        {"kind": "latency", "latency_ms": -5},
        {"kind": "error", "error": "NoSuchException"},
        {"kind": "error", "colour": "red"},
        {},
        "throttle",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_none_is_taken(sandbox: SandboxProcess, fault: Any) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.add_faults({"kind": "throttle"}, fault)
    assert caught.value.status == 400
    assert sandbox.get("faults") == []
