"""Bots and their events configuration."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox.stage import Stage, refusal

LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:helpdesk"
Answer = tuple[int, str, bytes]


def echo(body: dict[str, Any]) -> Answer:
    return 200, "application/json", json.dumps({"Challenge": body["Challenge"]}).encode()


class Endpoint(ThreadingHTTPServer):
    """A bot's endpoint on loopback: what it was sent, and how it answers."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.answer = answer
        self.received: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/chime"


class _Receiver(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append(body)
        status, kind, answer = self.server.answer(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: Any) -> None:
        """A test's output is no place for an access log."""


@contextlib.contextmanager
def serve(answer: Callable[[dict[str, Any]], Answer] = echo) -> Iterator[Endpoint]:
    with Endpoint(answer) as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.shutdown()
            thread.join()


@pytest.fixture
def account(stage: Stage) -> str:
    return stage.enterprise()


@pytest.fixture
def bot(stage: Stage, account: str) -> dict[str, str]:
    bot_id = stage.api.create_bot(AccountId=account, DisplayName="desk")["Bot"]["BotId"]
    return {"AccountId": account, "BotId": bot_id}


def test_a_bot_is_made_with_its_mail_address_and_token(stage: Stage, account: str):
    answer = stage.api.create_bot(AccountId=account, DisplayName="Help-Desk", Domain="Acme.example")
    bot = answer["Bot"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (bot["DisplayName"], bot["BotEmail"]) == ("Help-Desk (Bot)", "Help-Desk-chimebot@acme.example")
    assert (bot["BotType"], bot["Disabled"]) == ("ChatBot", False)
    assert bot["SecurityToken"]


def test_every_read_of_a_bot_carries_its_token(stage: Stage, bot: dict[str, str]):
    reads = [
        stage.api.get_bot(**bot)["Bot"],
        stage.api.list_bots(AccountId=bot["AccountId"])["Bots"][0],
        stage.api.update_bot(**bot, Disabled=False)["Bot"],
    ]
    assert reads[0]["SecurityToken"]
    assert reads[0] == reads[1] == reads[2]


def test_bots_need_an_enterprise_account(stage: Stage):
    team = stage.team()
    assert refusal(stage.api.create_bot, AccountId=team, DisplayName="desk") == "ForbiddenException"
    assert stage.api.list_bots(AccountId=team)["Bots"] == []


@pytest.mark.parametrize(("name", "is_allowed"), [
    ("a", True),
    ("Help Desk + 50%", True),
    ("x" * 55, True),
    ("x" * 56, False),
    ("", False),
    ("   ", False),
    ("naïve", False),
    ("semi;colon", False),
])  # fmt: skip
def test_names_of_bots(stage: Stage, account: str, name: str, is_allowed: bool):
    if is_allowed:
        made = stage.api.create_bot(AccountId=account, DisplayName=name)["Bot"]
        assert made["DisplayName"] == f"{name} (Bot)"
    else:
        assert refusal(stage.api.create_bot, AccountId=account, DisplayName=name) == "BadRequestException"


def test_the_domain_must_be_claimed_and_verified(stage: Stage, account: str):
    stage.claim(account, "pending.example", verified=False)
    for domain in ("other.example", "pending.example"):
        params = {"AccountId": account, "DisplayName": "desk", "Domain": domain}
        assert refusal(stage.api.create_bot, **params) == "BadRequestException"


def test_without_a_domain_a_bot_gets_the_one_claimed_first(stage: Stage):
    account = stage.enterprise("first.example", "second.example")
    assert stage.api.create_bot(AccountId=account, DisplayName="a")["Bot"]["BotEmail"] == "a-chimebot@first.example"
    made = stage.api.create_bot(AccountId=account, DisplayName="b", Domain="second.example")["Bot"]
    assert made["BotEmail"] == "b-chimebot@second.example"


def test_an_account_has_at_most_ten_bots_and_disabling_frees_no_place(stage: Stage, account: str):
    bots = [stage.api.create_bot(AccountId=account, DisplayName=f"bot{n}")["Bot"]["BotId"] for n in range(10)]
    stage.api.update_bot(AccountId=account, BotId=bots[0], Disabled=True)
    params = {"AccountId": account, "DisplayName": "eleventh"}
    assert refusal(stage.api.create_bot, **params) == "ResourceLimitExceededException"
    stage.api.create_bot(AccountId=stage.enterprise("other.example"), DisplayName="elsewhere")


def test_a_page_of_bots_has_ten_unless_asked_otherwise(stage: Stage, account: str):
    made = [stage.api.create_bot(AccountId=account, DisplayName=f"bot{n}")["Bot"]["BotId"] for n in range(10)]
    page = stage.api.list_bots(AccountId=account, MaxResults=6)
    rest = stage.api.list_bots(AccountId=account, NextToken=page["NextToken"])
    assert [bot["BotId"] for bot in page["Bots"] + rest["Bots"]] == made
    assert "NextToken" not in rest


def test_a_bot_is_stopped_and_started(stage: Stage, bot: dict[str, str]):
    before = stage.api.get_bot(**bot)["Bot"]
    stage.api.update_bot(**bot, Disabled=True)
    # The shipped example does not move UpdatedTimestamp.
    assert stage.api.get_bot(**bot)["Bot"] == {**before, "Disabled": True}
    stage.api.update_bot(**bot)
    assert stage.api.get_bot(**bot)["Bot"]["Disabled"]
    stage.api.update_bot(**bot, Disabled=False)
    assert stage.api.get_bot(**bot)["Bot"] == before


def test_a_regenerated_token_is_another(stage: Stage, bot: dict[str, str]):
    before = stage.api.get_bot(**bot)["Bot"]
    after = stage.api.regenerate_security_token(**bot)["Bot"]
    assert after["SecurityToken"] != before["SecurityToken"]
    assert stage.api.get_bot(**bot)["Bot"] == after == {**before, "SecurityToken": after["SecurityToken"]}


def test_a_bot_of_another_account_is_not_found(stage: Stage, bot: dict[str, str]):
    other = {**bot, "AccountId": stage.enterprise("other.example")}
    for call in (stage.api.get_bot, stage.api.regenerate_security_token, stage.api.get_events_configuration):
        assert refusal(call, **other) == "NotFoundException"


def test_an_endpoint_on_loopback_is_really_challenged(stage: Stage, bot: dict[str, str]):
    with serve() as endpoint:
        answer = stage.api.put_events_configuration(**bot, OutboundEventsHTTPSEndpoint=endpoint.url)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    (sent,) = endpoint.received
    assert set(sent) == {"Challenge", "EventType"}
    assert sent["EventType"] == "HTTPSEndpointVerification"
    stored = stage.api.get_events_configuration(**bot)["EventsConfiguration"]
    assert stored == {"BotId": bot["BotId"], "OutboundEventsHTTPSEndpoint": endpoint.url}


@pytest.mark.parametrize("answer", [
    lambda body: (500, "application/json", json.dumps(body).encode()),
    lambda body: (201, "application/json", json.dumps(body).encode()),
    lambda body: (200, "text/plain", json.dumps(body).encode()),
    lambda _body: (200, "application/json", b'{"Challenge": "guessed"}'),
    lambda _body: (200, "application/json", b"[]"),
    lambda _body: (200, "application/json", b"not json"),
])  # fmt: skip
def test_an_endpoint_that_answers_wrongly_is_refused(
    stage: Stage, bot: dict[str, str], answer: Callable[[dict[str, Any]], Answer]
):
    with serve(answer) as endpoint:
        call = stage.api.put_events_configuration
        assert refusal(call, **bot, OutboundEventsHTTPSEndpoint=endpoint.url) == "BadRequestException"
    assert len(endpoint.received) == 1
    assert refusal(stage.api.get_events_configuration, **bot) == "NotFoundException"


def test_an_endpoint_that_is_not_there_is_refused(stage: Stage, bot: dict[str, str]):
    with serve() as endpoint:
        url = endpoint.url
    call = stage.api.put_events_configuration
    assert refusal(call, **bot, OutboundEventsHTTPSEndpoint=url) == "BadRequestException"


@pytest.mark.parametrize(("url", "is_taken"), [
    ("https://bot.acme.example/chime", True),
    ("https://bot.example.com", True),
    ("https://bot.test:8443/chime", True),
    ("http://bot.acme.example/chime", False),  # not HTTPS
    ("https://198.51.100.7/chime", False),  # not on this machine, and no reserved name
    ("https://notexample", False),
    ("ftp://bot.acme.example", False),
    ("https://", False),
    ("https://[", False),
    ("bot", False),
])  # fmt: skip
def test_hosts_elsewhere(stage: Stage, bot: dict[str, str], url: str, is_taken: bool):
    if is_taken:
        stage.api.put_events_configuration(**bot, OutboundEventsHTTPSEndpoint=url)
        assert stage.api.get_events_configuration(**bot)["EventsConfiguration"]["OutboundEventsHTTPSEndpoint"] == url
    else:
        call = stage.api.put_events_configuration
        assert refusal(call, **bot, OutboundEventsHTTPSEndpoint=url) == "BadRequestException"


def test_which_hosts_are_taken_on_trust_is_a_setting(stage: Stage, bot: dict[str, str]):
    put = stage.api.put_events_configuration
    stage.sandbox.post("settings", {"assumed_endpoints": ["corp.acme.example"]})
    put(**bot, OutboundEventsHTTPSEndpoint="https://bot.corp.acme.example/chime")
    url = "https://evilcorp.acme.example/chime"
    assert refusal(put, **bot, OutboundEventsHTTPSEndpoint=url) == "BadRequestException"


def test_loopback_is_called_whatever_the_setting_says(stage: Stage, bot: dict[str, str]):
    stage.sandbox.post("settings", {"assumed_endpoints": ["127.0.0.1", "localhost"]})
    with serve(lambda _body: (500, "text/plain", b"")) as endpoint:
        call = stage.api.put_events_configuration
        for url in (endpoint.url, endpoint.url.replace("127.0.0.1", "localhost")):
            assert refusal(call, **bot, OutboundEventsHTTPSEndpoint=url) == "BadRequestException"
    assert len(endpoint.received) == 2


def test_a_function_is_taken_unless_its_dry_run_is_denied(stage: Stage, bot: dict[str, str]):
    put = stage.api.put_events_configuration
    put(**bot, LambdaFunctionArn=LAMBDA)
    stored = stage.api.get_events_configuration(**bot)["EventsConfiguration"]
    assert stored == {"BotId": bot["BotId"], "LambdaFunctionArn": LAMBDA}
    for denied in ("helpdesk", LAMBDA):
        stage.sandbox.post("settings", {"lambda_denied": [denied]})
        assert refusal(put, **bot, LambdaFunctionArn=LAMBDA) == "BadRequestException"
        put(**bot, LambdaFunctionArn=f"{LAMBDA}2:live")


@pytest.mark.parametrize("arn", ["helpdesk", "arn:aws:s3:::bucket", "arn:aws:lambda:us-east-1:1:function:x"])
def test_a_function_is_named_by_its_arn(stage: Stage, bot: dict[str, str], arn: str):
    assert refusal(stage.api.put_events_configuration, **bot, LambdaFunctionArn=arn) == "BadRequestException"


def test_there_is_exactly_one_target(stage: Stage, bot: dict[str, str]):
    put = stage.api.put_events_configuration
    assert refusal(put, **bot) == "BadRequestException"
    both = {"LambdaFunctionArn": LAMBDA, "OutboundEventsHTTPSEndpoint": "https://bot.acme.example"}
    assert refusal(put, **bot, **both) == "BadRequestException"


def test_a_configuration_is_replaced_and_deleted(stage: Stage, bot: dict[str, str]):
    assert refusal(stage.api.get_events_configuration, **bot) == "NotFoundException"
    stage.api.put_events_configuration(**bot, OutboundEventsHTTPSEndpoint="https://bot.acme.example")
    stage.api.put_events_configuration(**bot, LambdaFunctionArn=LAMBDA)
    assert set(stage.api.get_events_configuration(**bot)["EventsConfiguration"]) == {"BotId", "LambdaFunctionArn"}
    for _ in range(2):
        answer = stage.api.delete_events_configuration(**bot)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(stage.api.get_events_configuration, **bot) == "NotFoundException"
