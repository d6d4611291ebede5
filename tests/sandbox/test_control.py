"""The control surface: what tests and demos ask of the sandbox itself."""

from __future__ import annotations

import http.client
import json
import socket
from datetime import datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import ControlError, SandboxProcess


def create_account(sandbox: SandboxProcess, name: str = "Acme") -> str:
    account_id: str = sandbox.client().create_account(Name=name)["Account"]["AccountId"]
    return account_id


def test_health_says_which_account_and_services_are_played(sandbox: SandboxProcess) -> None:
    health = sandbox.get("health")
    assert health["status"] == "ready"
    assert health["account_id"] == "111122223333"
    assert health["services"]["chime"] >= 62


def test_reset_forgets_everything_but_keeps_serving(sandbox: SandboxProcess) -> None:
    create_account(sandbox)
    sandbox.advance(1000)
    sandbox.add_faults({"kind": "latency", "latency_ms": 1})
    sandbox.post("iam", {"deny": ["chime:DeleteAccount"]})
    sandbox.post("settings", {"order_seconds": 0})
    sandbox.reset()
    assert sandbox.get("accounts") == {"Accounts": [], "DisabledAccounts": []}
    assert sandbox.calls() == {}
    assert sandbox.get("clock")["offset_seconds"] == 0
    assert sandbox.get("faults") == []
    assert sandbox.get("iam") == {"allow": None, "deny": []}
    assert sandbox.get("settings")["order_seconds"] == 10


def test_identifiers_do_not_come_back_after_a_reset_unless_a_seed_asks_for_it(sandbox: SandboxProcess) -> None:
    made = []
    for seed in (None, None, 7, 7, 8):
        sandbox.reset(seed)
        made.append(create_account(sandbox))
    assert made[2] == made[3]
    assert len(set(made)) == 4


def test_calls_are_counted_by_operation_and_listed_in_order(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = create_account(sandbox)
    client.get_account(AccountId=account_id)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.get_account(AccountId="nobody")
    assert sandbox.calls() == {"CreateAccount": 1, "GetAccount": 2}
    log = sandbox.log()
    assert [(call["operation"], call["status"]) for call in log] == [
        ("CreateAccount", 201),
        ("GetAccount", 200),
        ("GetAccount", 404),
    ]
    assert log[2]["request_id"] == caught.value.response["ResponseMetadata"]["RequestId"]
    assert [call["at"] for call in log] == sorted(call["at"] for call in log)


def test_the_clock_moves_forward_only_and_moves_the_service_with_it(sandbox: SandboxProcess) -> None:
    before = datetime.fromisoformat(sandbox.get("clock")["now"])
    moved = sandbox.post("clock", {"advance_seconds": 604800})
    assert moved["offset_seconds"] == 604800
    assert datetime.fromisoformat(moved["now"]) - before >= timedelta(days=7)
    create_account(sandbox)
    created = sandbox.client().list_accounts()["Accounts"][0]["CreatedTimestamp"]
    assert created - before >= timedelta(days=7)
    with pytest.raises(ControlError, match="forward"):
        sandbox.post("clock", {"advance_seconds": -1})


@pytest.mark.parametrize("body", [None, {}, [], {"advance_seconds": "1"}, {"advance_seconds": True}, {"seconds": 1}])
def test_a_clock_request_without_a_number_is_refused(sandbox: SandboxProcess, body: Any) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.post("clock", body)
    assert (caught.value.status, caught.value.code) == (400, "BadRequest")


def test_numbers_that_json_cannot_carry_are_refused(sandbox: SandboxProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("POST", "/_sandbox/clock", b'{"advance_seconds": Infinity}')
    assert connection.getresponse().status == 400
    connection.close()


def test_settings_change_one_by_one_and_are_checked(sandbox: SandboxProcess) -> None:
    sandbox.post("settings", {"order_seconds": 0})
    settings = sandbox.post("settings", {"unavailable_numbers": ["+12065550100"], "phone_number_quota": 5})
    assert (settings["order_seconds"], settings["phone_number_quota"]) == (0, 5)
    assert settings["unavailable_numbers"] == ["+12065550100"]
    before = sandbox.post("settings", {"phone_number_quota": None})
    assert before["phone_number_quota"] is None
    refused: list[Any] = [
        {"colour": 1},
        {"order_seconds": "1"},
        {"order_seconds": -1},
        {"joining_leaves": 1},
        {"phone_number_quota": 1.5},
        [],
    ]
    for wrong in refused:
        with pytest.raises(ControlError) as caught:
            sandbox.post("settings", wrong)
        assert caught.value.status == 400
    assert sandbox.get("settings") == before == sandbox.post("settings", {})


def test_a_denied_operation_is_refused_in_the_words_of_iam(sandbox: SandboxProcess) -> None:
    sandbox.post("iam", {"deny": ["chime:createaccount"]})
    client = sandbox.client(access_key="mary")
    with pytest.raises(client.exceptions.AccessDeniedException) as caught:
        client.create_account(Name="Acme")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert response["Error"]["Message"] == (
        "User: arn:aws:iam::111122223333:user/mary is not authorized to perform: chime:CreateAccount on resource: *"
    )
    assert client.list_accounts()["Accounts"] == []
    sandbox.delete("iam")
    client.create_account(Name="Acme")


def test_only_what_is_allowed_may_be_called_and_a_denial_goes_first(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.post("iam", {"allow": ["chime:List*", "chime:Get*"], "deny": ["chime:ListUsers"]})
    client.list_accounts()
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.create_account(Name="x")
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.list_users(AccountId="a")


@pytest.mark.parametrize(
    "policy", [{"deny": "chime:*"}, {"allow": ["s3:PutObject"]}, {"denied": []}, [], {"deny": [1]}]
)
def test_a_policy_that_makes_no_sense_is_refused(sandbox: SandboxProcess, policy: Any) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.post("iam", policy)
    assert caught.value.status == 400


def test_the_console_turns_a_team_account_into_an_enterprise_one(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = create_account(sandbox)
    console = f"console/accounts/{account_id}"

    def account_type() -> str:
        kind: str = client.get_account(AccountId=account_id)["Account"]["AccountType"]
        return kind

    sandbox.post(f"{console}/domains", {"domain": "acme.example", "verified": False})
    assert account_type() == "Team"
    sandbox.post(f"{console}/domains", {"domain": "acme.example", "verified": True})
    assert account_type() == "EnterpriseLWA"
    sandbox.put(f"{console}/meetings", {"regions": ["us-east-1"], "slack_sign_in": True})
    sandbox.post(f"{console}/directory", {"directory_id": "d-1234567890"})
    shown = sandbox.post(f"{console}/groups", {"name": "staff", "license": "Pro"})
    assert account_type() == "EnterpriseDirectory"
    assert shown["Groups"] == [{"Name": "staff", "License": "Pro"}]
    assert shown["Meetings"] == {"Regions": ["us-east-1"], "SlackSignIn": True}
    assert sandbox.get("accounts")["Accounts"] == [shown]
    other = create_account(sandbox, "Okta")
    sandbox.post(f"console/accounts/{other}/domains", {"domain": "okta.example"})
    sandbox.post(f"console/accounts/{other}/okta", {"issuer": "https://acme.okta.example", "client_id": "c"})
    assert client.get_account(AccountId=other)["Account"]["AccountType"] == "EnterpriseOIDC"
    sandbox.delete(f"console/accounts/{other}/domains/okta.example")
    assert sandbox.calls()["CreateAccount"] == 2


def test_people_accept_and_register(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = create_account(sandbox)
    client.invite_users(AccountId=account_id, UserEmailList=["ann@free.example"])
    accepted = sandbox.post("people/accept", {"email": "ann@free.example"})
    assert accepted["User"]["UserRegistrationStatus"] == "Registered"
    sandbox.post(f"console/accounts/{account_id}/domains", {"domain": "acme.example"})
    registered = sandbox.post("people/register", {"email": "bob@acme.example"})
    assert client.get_user(AccountId=account_id, UserId=registered["User"]["UserId"])["User"]["PrimaryEmail"] == (
        "bob@acme.example"
    )


def test_the_carrier_decides_about_an_order(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    numbers = client.search_available_phone_numbers(AreaCode="206", MaxResults=1)["E164PhoneNumbers"]
    order = client.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=numbers)
    order_id = order["PhoneNumberOrder"]["PhoneNumberOrderId"]
    sandbox.post(f"carrier/orders/{order_id}", {"status": "Failed"})
    assert client.get_phone_number_order(PhoneNumberOrderId=order_id)["PhoneNumberOrder"]["Status"] == "Failed"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("GET", "", None, 404),
        ("DELETE", "health", None, 404),
        ("POST", "console/accounts/nobody/domains", {"domain": "acme.example"}, 404),
        ("POST", "console/accounts/nobody/domains", {}, 400),
        ("POST", "console/accounts/nobody/domains", {"domain": 1}, 400),
        ("POST", "console/accounts//domains", {"domain": "acme.example"}, 404),
        ("POST", "people/accept", {"email": "nobody@acme.example"}, 404),
        ("POST", "people/accept", {"mail": "x"}, 400),
        ("POST", "people/register", {"email": "a@b.example", "groups": [1]}, 400),
        ("POST", "carrier/orders/none", {"status": "FOC"}, 404),
        ("POST", "seed", [], 400),
        ("POST", "reset", {"seed": "x"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    sandbox: SandboxProcess, method: str, path: str, body: Any, status: int
) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.control(method, path, body)
    assert caught.value.status == status
    assert caught.value.message


def test_seeding_adds_what_was_asked_for_by_the_services_own_rules(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    sandbox.post("seed", {"accounts": 2, "users": 7, "bots": 12, "rooms": 3, "phone_numbers": 4})
    accounts = sandbox.get("accounts")["Accounts"]
    assert [account["AccountType"] for account in accounts] == ["EnterpriseLWA"] * 2
    assert [account["Users"] for account in accounts] == [{"Registered": 4}, {"Registered": 3}]
    assert [account["Bots"] for account in accounts] == [10, 2]
    assert [account["Rooms"] for account in accounts] == [2, 1]
    assert [number["Status"] for number in client.list_phone_numbers()["PhoneNumbers"]] == ["Unassigned"] * 4
    sandbox.post("seed", {"users": 3, "phone_numbers": 1})
    assert sum(sum(account["Users"].values()) for account in sandbox.get("accounts")["Accounts"]) == 10
    assert len(client.list_phone_numbers()["PhoneNumbers"]) == 5


def test_seeding_joins_users_to_a_team_account_too(sandbox: SandboxProcess) -> None:
    account_id = create_account(sandbox)
    sandbox.post("seed", {"users": 120})
    users = sandbox.client().list_users(AccountId=account_id, MaxResults=200)["Users"]
    assert [user["UserRegistrationStatus"] for user in users] == ["Registered"] * 120


def test_seeding_a_hundred_thousand_users(sandbox: SandboxProcess) -> None:
    sandbox.post("seed", {"accounts": 3, "users": 100_000})
    counts = [account["Users"]["Registered"] for account in sandbox.get("accounts")["Accounts"]]
    assert counts == [33_334, 33_333, 33_333]


@pytest.mark.parametrize(
    "asked", [{"voice_connector": 3}, {"users": -1}, {"users": "7"}, {"users": 2_000_000}, {"accounts": 1, "bots": 11}]
)
def test_what_cannot_be_seeded_adds_nothing(sandbox: SandboxProcess, asked: dict[str, Any]) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.post("seed", asked)
    assert caught.value.status == 400
    assert sandbox.get("accounts")["Accounts"] == []


def test_a_host_that_opens_the_sandbox_serves_on_every_address() -> None:
    with SandboxProcess.start("--host", "0.0.0.0") as opened:
        address = socket.gethostbyname(socket.gethostname())
        connection = http.client.HTTPConnection(address, opened.port)
        connection.request("GET", "/_sandbox/health")
        assert json.loads(connection.getresponse().read())["status"] == "ready"
        connection.close()
