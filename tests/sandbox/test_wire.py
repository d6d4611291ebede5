"""The protocol as a client meets it: routes, encodings, statuses, errors and the model's own limits."""

from __future__ import annotations

import http.client
import json
import re
import socket
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox_process import SandboxProcess

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=ann/20260101/us-east-1/chime/aws4_request, Signature=00"}
NO_ID = "00000000-0000-4000-8000-000000000000"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def ask(
    sandbox: SandboxProcess, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """One request as it is written here, without a client that would tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    try:
        connection.request(method, path, body, SIGNED if headers is None else headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def refusal(call: Any, **params: Any) -> tuple[str, str, int]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**params)
    error, meta = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    return error["Code"], error["Message"], meta["HTTPStatusCode"]


def create_team(sandbox: SandboxProcess, name: str = "Acme") -> str:
    account_id: str = sandbox.client().create_account(Name=name)["Account"]["AccountId"]
    return account_id


def test_a_204_has_no_byte_of_body_and_leaves_the_connection_clean(sandbox: SandboxProcess) -> None:
    body = b'{"CallingName":"Acme"}'
    head = f"Host: x\r\nAuthorization: {SIGNED['Authorization']}\r\nContent-Length: "
    put = f"PUT /settings/phone-number HTTP/1.1\r\n{head}{len(body)}\r\n\r\n".encode() + body
    get = f"GET /settings/phone-number HTTP/1.1\r\n{head}0\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(put + get)
        received = b""
        while received.count(b"\r\n\r\n") < 2 or not received.endswith(b"}"):
            received += connection.recv(65536)
    first, _, rest = received.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 204 ")
    assert b"content-length" not in first.lower()
    assert b"transfer-encoding" not in first.lower()
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["CallingName"] == "Acme"


def test_every_answer_has_a_request_id_and_says_that_it_is_json(sandbox: SandboxProcess) -> None:
    answers = [
        ask(sandbox, "GET", "/accounts"),
        ask(sandbox, "GET", f"/accounts/{NO_ID}"),
        ask(sandbox, "GET", "/nowhere"),
        ask(sandbox, "GET", "/accounts", headers={}),
        ask(sandbox, "PUT", "/settings", b"{}"),
    ]
    assert [status for status, _, _ in answers] == [200, 404, 404, 403, 204]
    ids = [headers["x-amzn-requestid"] for _, headers, _ in answers]
    assert all(UUID.fullmatch(request_id) for request_id in ids)
    assert len(set(ids)) == len(ids)
    assert {headers["content-type"] for _, headers, _ in answers} == {"application/json"}


def test_an_error_has_code_and_message_and_names_its_shape_in_the_header(sandbox: SandboxProcess) -> None:
    status, headers, body = ask(sandbox, "GET", f"/accounts/{NO_ID}")
    assert status == 404
    assert headers["x-amzn-errortype"] == "NotFoundException"
    assert json.loads(body).keys() == {"Code", "Message"}
    assert json.loads(body)["Code"] == "NotFound"


def test_an_error_becomes_the_typed_exception_of_the_client(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    with pytest.raises(client.exceptions.NotFoundException) as caught:
        client.get_account(AccountId=NO_ID)
    assert caught.value.response["Code"] == "NotFound"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("PATCH", "/accounts"),
        ("GET", "/accounts/a/b/c/d/e"),
        ("GET", "//accounts"),
        ("POST", "/accounts/a/users?operation=nonsense"),
        ("POST", "/accounts/a?operation="),
        ("GET", "/search"),
        ("GET", "/search?type=people"),
        ("OPTIONS", "*"),
    ],
)
def test_what_is_no_operation_is_refused_in_the_protocol(sandbox: SandboxProcess, method: str, path: str) -> None:
    status, headers, body = ask(sandbox, method, path)
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert json.loads(body)["Code"] == "UnknownOperation"
    assert sandbox.calls() == {}


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("", "BatchUpdateUser"),
        ("?operation=create", "CreateUser"),
        ("?operation=add", "InviteUsers"),
        ("?operation=suspend", "BatchSuspendUser"),
        ("?operation=unsuspend", "BatchUnsuspendUser"),
        ("?operation=suspend&x=1", "BatchSuspendUser"),
        ("?x=1", "BatchUpdateUser"),
    ],
)
def test_the_query_is_part_of_the_route(sandbox: SandboxProcess, query: str, operation: str) -> None:
    ask(sandbox, "POST", f"/accounts/{NO_ID}/users{query}", b"{}")
    assert sandbox.calls() == {operation: 1}


def test_a_request_without_a_signature_is_refused_and_changes_nothing(sandbox: SandboxProcess) -> None:
    status, headers, _ = ask(sandbox, "POST", "/accounts", b'{"Name":"Acme"}', headers={})
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert sandbox.client().list_accounts()["Accounts"] == []


@pytest.mark.parametrize("path", ["/accounts/", "/accounts//bots", "/accounts//users/"])
def test_an_empty_identifier_is_a_bad_request_that_names_it(sandbox: SandboxProcess, path: str) -> None:
    status, headers, body = ask(sandbox, "GET", path)
    assert (status, headers["x-amzn-errortype"]) == (400, "BadRequestException")
    assert "'AccountId'" in json.loads(body)["Message"]


def test_an_empty_identifier_sent_by_the_client_is_a_bad_request(sandbox: SandboxProcess) -> None:
    code, message, status = refusal(sandbox.client().get_account, AccountId="")
    assert (code, status) == ("BadRequestException", 400)
    assert "'AccountId'" in message


def test_an_identifier_is_decoded_once_so_that_a_slash_stays_in_it(sandbox: SandboxProcess) -> None:
    status, _, body = ask(sandbox, "GET", "/accounts/a%2Fb%252Fc")
    assert status == 404
    assert "a/b%2Fc" in json.loads(body)["Message"]


def test_a_path_that_is_no_text_is_a_bad_request(sandbox: SandboxProcess) -> None:
    status, headers, _ = ask(sandbox, "GET", "/accounts/%ff")
    assert (status, headers["x-amzn-errortype"]) == (400, "BadRequestException")


def test_a_phone_number_is_found_whichever_way_its_identifier_is_encoded(sandbox: SandboxProcess) -> None:
    sandbox.post("seed", {"phone_numbers": 1})
    client = sandbox.client()
    number = client.list_phone_numbers()["PhoneNumbers"][0]["E164PhoneNumber"]
    for identifier in (number, number.replace("+", "%2B"), number.removeprefix("+")):
        assert client.get_phone_number(PhoneNumberId=identifier)["PhoneNumber"]["E164PhoneNumber"] == number


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_body_that_is_no_json_object_is_a_bad_request(sandbox: SandboxProcess, body: bytes) -> None:
    status, headers, _ = ask(sandbox, "POST", "/accounts", body)
    assert (status, headers["x-amzn-errortype"]) == (400, "BadRequestException")


@pytest.mark.parametrize("value", [b'"u"', b'{"u":1}', b"1", b"true", b"[1]", b'[["u"]]'])
def test_a_list_must_be_a_list_of_its_items(sandbox: SandboxProcess, value: bytes) -> None:
    status, _, body = ask(sandbox, "POST", "/accounts/a/users?operation=suspend", b'{"UserIdList":' + value + b"}")
    assert status == 400
    assert "'UserIdList" in json.loads(body)["Message"]


def test_members_that_the_model_does_not_know_are_ignored(sandbox: SandboxProcess) -> None:
    status, _, _ = ask(sandbox, "POST", "/accounts?x=1", b'{"Name":"Acme","Colour":"green","AccountId":null}')
    assert status == 201


INVALID: list[tuple[str, dict[str, Any], str]] = [
    ("create_account", {}, "'Name'"),
    ("create_account", {"Name": None}, "'Name'"),
    ("create_account", {"Name": 5}, "'Name'"),
    ("create_account", {"Name": ["x"]}, "'Name'"),
    ("create_account", {"Name": ""}, "'Name'"),
    ("create_account", {"Name": "   "}, "'Name'"),
    ("create_account", {"Name": "x" * 101}, "'Name'"),
    ("list_accounts", {"MaxResults": 201}, "'MaxResults'"),
    ("list_accounts", {"MaxResults": 0}, "'MaxResults'"),
    ("list_accounts", {"MaxResults": -1}, "'MaxResults'"),
    ("list_accounts", {"MaxResults": "ten"}, "'MaxResults'"),
    ("list_accounts", {"UserEmail": "nobody"}, "'UserEmail'"),
    ("list_accounts", {"NextToken": "not-a-token"}, "NextToken"),
    ("list_bots", {"AccountId": "a", "MaxResults": 100}, "'MaxResults'"),
    ("list_phone_numbers", {"Status": "Lost"}, "'Status'"),
    ("list_phone_numbers", {"ProductType": "Fax"}, "'ProductType'"),
    ("list_users", {"AccountId": "a", "UserType": "Robot"}, "'UserType'"),
    ("batch_suspend_user", {"AccountId": "a", "UserIdList": ["u"] * 51}, "'UserIdList'"),
    ("batch_suspend_user", {"AccountId": "a", "UserIdList": ["u", None]}, "'UserIdList.2.member'"),
    ("batch_suspend_user", {"AccountId": "a", "UserIdList": ["u", " "]}, "'UserIdList.2.member'"),
    ("batch_update_user", {"AccountId": "a", "UpdateUserRequestItems": [{"UserId": "u"}] * 21}, "'UpdateUserReq"),
    (
        "batch_update_user",
        {"AccountId": "a", "UpdateUserRequestItems": [{}]},
        "'UpdateUserRequestItems.1.member.UserId'",
    ),
    (
        "batch_update_user",
        {"AccountId": "a", "UpdateUserRequestItems": [{"UserId": "u", "LicenseType": "Gold"}]},
        "'UpdateUserRequestItems.1.member.LicenseType'",
    ),
    ("batch_delete_phone_number", {"PhoneNumberIds": []}, "'PhoneNumberIds'"),
    ("invite_users", {"AccountId": "a", "UserEmailList": ["x@y.example"] * 51}, "'UserEmailList'"),
    ("invite_users", {"AccountId": "a", "UserEmailList": ["nobody"]}, "'UserEmailList.1.member'"),
    ("create_room", {"AccountId": "a", "Name": "x", "ClientRequestToken": "t"}, "'ClientRequestToken'"),
    ("create_room", {"AccountId": "a", "Name": "x", "ClientRequestToken": "t t"}, "'ClientRequestToken'"),
    ("update_bot", {"AccountId": "a", "BotId": "b", "Disabled": "yes"}, "'Disabled'"),
    (
        "put_retention_settings",
        {"AccountId": "a", "RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": 5476}}},
        "'RetentionSettings.RoomRetentionSettings.RetentionDays'",
    ),
    (
        "put_retention_settings",
        {"AccountId": "a", "RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": True}}},
        "'RetentionSettings.RoomRetentionSettings.RetentionDays'",
    ),
    (
        "update_user_settings",
        {"AccountId": "a", "UserId": "u", "UserSettings": {"Telephony": {"InboundCalling": True}}},
        "'UserSettings.Telephony.",
    ),
    ("update_phone_number_settings", {"CallingName": "x"}, "'CallingName'"),
    ("update_phone_number_settings", {"CallingName": "x" * 16}, "'CallingName'"),
    ("update_phone_number_settings", {"CallingName": "Acme!\n"}, "'CallingName'"),
    ("get_phone_number_order", {"PhoneNumberOrderId": "no-guid"}, "'PhoneNumberOrderId'"),
    ("search_available_phone_numbers", {"TollFreePrefix": "801"}, "'TollFreePrefix'"),
    ("search_available_phone_numbers", {"AreaCode": "206", "MaxResults": 501}, "'MaxResults'"),
    ("list_supported_phone_number_countries", {"ProductType": "Fax"}, "'ProductType'"),
]


@pytest.mark.parametrize(("operation", "params", "member"), INVALID)
def test_what_the_model_forbids_is_a_bad_request_that_names_the_member(
    sandbox: SandboxProcess, operation: str, params: dict[str, Any], member: str
) -> None:
    client = sandbox.client(parameter_validation=False)
    code, message, status = refusal(getattr(client, operation), **params)
    assert (code, status) == ("BadRequestException", 400)
    assert message.startswith("Service received a bad request")
    assert member in message


@pytest.mark.parametrize("query", ["max-results=1.5", "max-results=", "max-results=%D9%A3", "max-results=" + "9" * 99])
def test_a_number_in_the_query_must_be_one(sandbox: SandboxProcess, query: str) -> None:
    status, _, body = ask(sandbox, "GET", f"/accounts?{query}")
    assert status == 400
    assert "'MaxResults'" in json.loads(body)["Message"]


def test_the_values_at_the_limits_are_taken(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = create_team(sandbox, "x" * 100)
    assert client.list_accounts(MaxResults=200)["Accounts"][0]["Name"] == "x" * 100
    client.invite_users(AccountId=account_id, UserEmailList=[f"p{n}@y.example" for n in range(50)])
    client.update_phone_number_settings(CallingName="A1 b2 C3 d4 E5f")
    client.update_account_settings(AccountId=account_id, AccountSettings={"DisableRemoteControl": True})


def test_timestamps_are_iso_texts_in_utc_with_milliseconds(sandbox: SandboxProcess) -> None:
    create_team(sandbox)
    account = json.loads(ask(sandbox, "GET", "/accounts")[2])["Accounts"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", account["CreatedTimestamp"])


def test_members_without_a_value_are_left_out(sandbox: SandboxProcess) -> None:
    account_id = create_team(sandbox)
    sandbox.client().invite_users(AccountId=account_id, UserEmailList=["ann@acme.example"])
    status, _, body = ask(sandbox, "GET", f"/accounts/{account_id}/users")
    assert status == 200
    assert b"null" not in body
    assert "NextToken" not in json.loads(body)


def test_an_answer_carries_nothing_but_what_the_model_declares(sandbox: SandboxProcess) -> None:
    from botocore.loaders import Loader

    shapes = Loader().load_service_model("chime", "service-2")["shapes"]
    account_id = create_team(sandbox)
    sandbox.client().invite_users(AccountId=account_id, UserEmailList=["ann@acme.example"])
    account = json.loads(ask(sandbox, "GET", f"/accounts/{account_id}")[2])["Account"]
    (user,) = json.loads(ask(sandbox, "GET", f"/accounts/{account_id}/users")[2])["Users"]
    assert account.keys() <= shapes["Account"]["members"].keys()
    assert user.keys() <= shapes["User"]["members"].keys()


def test_pages_follow_one_another_without_gap_or_repetition(sandbox: SandboxProcess) -> None:
    sandbox.post("seed", {"accounts": 1, "users": 25})
    client = sandbox.client()
    account_id = client.list_accounts()["Accounts"][0]["AccountId"]
    pages = client.get_paginator("list_users").paginate(AccountId=account_id, PaginationConfig={"PageSize": 7})
    pages = [[user["UserId"] for user in page["Users"]] for page in pages]
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    assert len({user for page in pages for user in page}) == 25


def test_a_listing_skips_nothing_when_what_was_sent_is_removed_meanwhile(sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account_id = create_team(sandbox)
    emails = [f"p{n}@acme.example" for n in range(6)]
    client.invite_users(AccountId=account_id, UserEmailList=emails)
    for email in emails:
        sandbox.post("people/accept", {"email": email})
    first = client.list_users(AccountId=account_id, MaxResults=2)
    client.batch_suspend_user(AccountId=account_id, UserIdList=[first["Users"][0]["UserId"]])
    rest = client.list_users(AccountId=account_id, NextToken=first["NextToken"])
    assert [user["PrimaryEmail"] for user in rest["Users"]] == emails[2:]


def test_a_body_beyond_all_measure_is_refused(sandbox: SandboxProcess) -> None:
    status, headers, _ = ask(sandbox, "POST", "/accounts", b'{"Name":"' + b"x" * 10_000_001 + b'"}')
    assert (status, headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")


def test_many_clients_at_once_each_get_their_own_answer(sandbox: SandboxProcess) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = sandbox.client(max_pool_connections=16)
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda n: client.create_account(Name=f"a{n}")["Account"], range(64)))
    assert [account["Name"] for account in made] == [f"a{n}" for n in range(64)]
    assert len({account["AccountId"] for account in made}) == 64


def test_a_second_service_can_be_mounted_under_a_prefix() -> None:
    from botocore.loaders import Loader

    from chimeform.sandbox.context import ApiError
    from chimeform.sandbox.wire import Service

    operations = Loader().load_service_model("chime-sdk-voice", "service-2")["operations"]
    voice = Service("chime-sdk-voice", dict.fromkeys(operations, lambda _ctx, _params: {}), "/chime-sdk-voice")
    for name, spec in operations.items():
        path, _, fixed = spec["http"]["requestUri"].partition("?")
        query = [tuple(part.split("=")) for part in fixed.split("&") if part]
        raw = "/chime-sdk-voice" + re.sub(r"\{[^}]*\}", "some%2Fid", path)
        endpoint, labels = voice.find(spec["http"]["method"], raw.encode(), [(key, value) for key, value in query])
        assert endpoint.name == name
        assert set(labels.values()) <= {"some/id"}
        assert len(labels) == path.count("{")
    with pytest.raises(ApiError, match="No operation"):
        voice.find("GET", b"/chime-sdk-voice/accounts", [])
    with pytest.raises(LookupError, match="CreateVoiceConnector"):
        Service("chime-sdk-voice", {})
