"""The console page as it is served, what it asks of the control surface, and who may ask."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from chimeform.sandbox.context import ApiError
from chimeform.sandbox.origin import check_machine
from tests.sandbox.stage import Stage, control_refusal
from tests.sandbox_process import SandboxProcess

FILES = {
    "/console": "text/html; charset=utf-8",
    "/console/": "text/html; charset=utf-8",
    "/console/main.js": "text/javascript; charset=utf-8",
    "/console/style.css": "text/css; charset=utf-8",
    "/console/icon.svg": "image/svg+xml",
}


class Answer:
    def __init__(self, raw: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.text = raw.status, raw.headers, raw.read().decode()


def ask(sandbox: SandboxProcess, method: str, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        return Answer(connection.getresponse())
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "kind"), FILES.items())
def test_the_page_and_its_files_are_served_with_a_policy_that_lets_nothing_else_run(
    sandbox: SandboxProcess, path: str, kind: str
) -> None:
    answer = ask(sandbox, "GET", path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    policy = dict(part.partition(" ")[::2] for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert (
        policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == policy["trusted-types"] == "'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/console/__init__.py", "/console/../server.py", "/console/x", "/console/console/main.js", "/consoles"]
)
def test_nothing_else_is_served(sandbox: SandboxProcess, path: str) -> None:
    answer = ask(sandbox, "GET", path)
    assert answer.status in (403, 404)
    assert "import" not in answer.text


def test_the_page_fetches_nothing_from_elsewhere(sandbox: SandboxProcess) -> None:
    page = ask(sandbox, "GET", "/console").text
    assert "://" not in page.replace("https://acme.okta.com", "")
    assert re.findall(r"\s(?:style|on\w+)=", page) == [], "the policy would forbid it"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"User-Agent": "curl/8.5.0", "Content-Type": "application/x-www-form-urlencoded"}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Host": "chime.localhost:{port}"}, 200),
        ({"Host": "[::1]:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Origin": "https://evil.example", "Content-Type": "text/plain"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        # A stranger's name that resolves to 127.0.0.1: for the browser it is the page's own origin.
        ({"Host": "evil.example:{port}", "Origin": "http://evil.example:{port}"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example:{port}"}, 403),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 403),
    ],
)
def test_a_stranger_s_page_cannot_operate_the_sandbox_and_programs_can(
    sandbox: SandboxProcess, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.format(port=sandbox.port) for name, value in headers.items()}
    sandbox.advance(100)
    answer = ask(sandbox, "POST", "/_sandbox/reset", sent)
    assert answer.status == status
    assert sandbox.get("clock")["offset_seconds"] == (0 if status == 200 else 100)
    read = ask(sandbox, "GET", "/_sandbox/accounts", sent)
    assert (read.status, "Accounts" in read.text) == (status, status == 200)
    if status == 403:
        assert json.loads(read.text)["Code"] == "Forbidden"
        assert "access-control-allow-origin" not in read.headers


def test_a_preflight_of_another_origin_gets_no_permission(sandbox: SandboxProcess) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = ask(sandbox, "OPTIONS", "/_sandbox/faults", asked)
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_itself_does_not_open_under_a_stranger_s_name(sandbox: SandboxProcess) -> None:
    assert ask(sandbox, "GET", "/console", {"Host": "evil.example"}).status == 403
    # A link from somewhere else leads to it: it holds no data.
    assert ask(sandbox, "GET", "/console", {"Sec-Fetch-Site": "cross-site"}).status == 200


@pytest.mark.parametrize(("peer", "allowed"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), (None, False)])
def test_only_this_machine_may_operate_it_unless_the_host_opens_it(peer: str | None, allowed: bool) -> None:
    # Which address a request comes from cannot be chosen over a real socket.
    check_machine({b"host": b"chime.corp.example"}, peer, is_open=True)
    if allowed:
        check_machine({}, peer, is_open=False)
    else:
        with pytest.raises(ApiError):
            check_machine({}, peer, is_open=False)


def test_an_account_is_made_and_shown_by_itself(stage: Stage) -> None:
    made = stage.sandbox.post("console/accounts", {"name": "Acme"})
    assert made["AccountType"] == "Team"
    assert stage.sandbox.get(f"console/accounts/{made['AccountId']}") == made
    assert control_refusal(stage.sandbox.get, "console/accounts/nobody") == "NotFound"
    for name in ("", "  ", "x" * 101):
        assert control_refusal(stage.sandbox.post, "console/accounts", {"name": name}) == "BadRequest"


def test_people_are_listed_with_their_invitations_in_pages(stage: Stage) -> None:
    team, enterprise = stage.team("Team"), stage.enterprise("acme.example")
    stage.sandbox.post(f"console/accounts/{team}/invitations", {"emails": ["ann@free.example", "bob@free.example"]})
    stage.accept("ann@free.example")
    member = stage.member(enterprise, "cyd@acme.example")
    people = stage.sandbox.get("people")
    assert [(each["PrimaryEmail"], each["Status"], each["IsInvited"]) for each in people["People"]] == [
        ("ann@free.example", "Registered", False),
        ("bob@free.example", "Unregistered", True),
        ("cyd@acme.example", "Registered", False),
    ]
    assert people["People"][2]["AccountName"] == "Acme"

    def names(query: str) -> list[str]:
        return [each["PrimaryEmail"] for each in stage.sandbox.get(f"people?{query}")["People"]]

    assert names("status=Invited") == ["bob@free.example"]
    assert names(f"account={team}&email=ANN") == ["ann@free.example"]
    first = stage.sandbox.get("people?MaxResults=2")
    assert (len(first["People"]), first["Total"]) == (2, 3)
    assert names(f"MaxResults=2&NextToken={first['NextToken']}") == ["cyd@acme.example"]
    stage.release(enterprise, "acme.example")
    assert names("status=Released") == ["cyd@acme.example"]
    assert stage.user(enterprise, member)["UserRegistrationStatus"] == "Suspended"


@pytest.mark.parametrize(
    "query", ["people?colour=red", "people?MaxResults=0", "people?MaxResults=x", "people?NextToken=x"]
)
def test_a_list_of_people_that_makes_no_sense_is_refused(stage: Stage, query: str) -> None:
    assert control_refusal(stage.sandbox.get, query) == "BadRequest"


def test_only_a_team_account_invites_and_only_addresses(stage: Stage) -> None:
    team, enterprise = stage.team(), stage.enterprise()
    asked: list[tuple[str, Any, str]] = [
        (enterprise, ["ann@free.example"], "Forbidden"),
        (team, ["ann"], "BadRequest"),
        (team, [1], "BadRequest"),
    ]
    for account, emails, code in asked:
        body = {"emails": emails}
        assert control_refusal(stage.sandbox.post, f"console/accounts/{account}/invitations", body) == code
    answer = stage.sandbox.post(f"console/accounts/{team}/invitations", {"emails": ["ann@acme.example"]})
    assert [each["Status"] for each in answer["Invites"]] == ["Failed"], "another account has claimed the domain"


def test_a_group_is_unmapped_by_its_name_whatever_characters_it_has(stage: Stage) -> None:
    account = stage.directory()
    for name in ("Chime Pro", "a/b & c"):
        stage.map_group(account, name, "Pro")
    shown = stage.sandbox.delete(f"console/accounts/{account}/groups/a%2Fb%20%26%20c")
    assert shown["Groups"] == [{"Name": "Chime Pro", "License": "Pro"}]
    assert control_refusal(stage.sandbox.delete, f"console/accounts/{account}/groups/nobody") == "NotFound"


@pytest.mark.parametrize(
    ("path", "body"), [("directory", {"directory_id": " "}), ("okta", {"issuer": "", "client_id": "x"})]
)
def test_a_connection_to_nothing_is_refused(stage: Stage, path: str, body: dict[str, str]) -> None:
    account = stage.enterprise()
    assert control_refusal(stage.sandbox.post, f"console/accounts/{account}/{path}", body) == "BadRequest"
    assert stage.sandbox.get(f"console/accounts/{account}")["AccountType"] == "EnterpriseLWA"


def test_orders_say_what_the_carrier_can_make_of_them(stage: Stage) -> None:
    def order(*numbers: str) -> str:
        made = stage.api.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=list(numbers))
        return str(made["PhoneNumberOrder"]["PhoneNumberOrderId"])

    one, two = order("+12065550100"), order("+12065550101", "+12065550102")
    shown = stage.sandbox.get("carrier/orders")["Orders"]
    assert [(each["PhoneNumberOrderId"], each["Outcomes"]) for each in shown] == [
        (two, ["Processing", "Successful", "Partial", "Failed"]),
        (one, ["Processing", "Successful", "Failed"]),
    ]
    stage.sandbox.post(f"carrier/orders/{two}", {"status": "Processing"})
    stage.sandbox.advance(60)
    shown = stage.sandbox.get("carrier/orders")["Orders"]
    assert [(each["Status"], each["OnHold"]) for each in shown] == [("Processing", True), ("Successful", False)]
    assert shown[1]["Outcomes"] == []


def test_operations_and_kinds_of_faults_are_told(sandbox: SandboxProcess) -> None:
    known = sandbox.get("operations")
    assert {"CreateBot", "InviteUsers"} <= set(known["Operations"])
    assert "InviteUsers" in known["Batches"]
    assert set(known["FaultKinds"]) == {"throttle", "error", "latency", "drop_response", "partial", "stale"}
    for kind in known["FaultKinds"]:
        sandbox.add_faults({"kind": kind, "operation": "InviteUsers"})
