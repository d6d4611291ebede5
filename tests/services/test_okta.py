"""The border to Okta over real HTTP: pages, limits, tokens, refusals, and servers that are something else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.language.desired import Aws
from chimeform.services.aws import AwsServices
from chimeform.services.calls import Calls
from chimeform.services.okta import ADDRESS_VARIABLE, TOKEN_VARIABLE, OktaServices
from chimeform.services.okta_operations import OPERATIONS
from chimeform.services.secrets import SecretStores
from tests.sandbox.okta_client import TOKEN, Okta
from tests.sandbox_process import SandboxProcess

ORG = {"org_url": "https://corp.okta.com"}


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> SandboxProcess:
    for name, value in running.env().items():
        monkeypatch.setenv(name, value)
    running.reset(1)
    return running


@pytest.fixture
def okta(sandbox: SandboxProcess) -> Okta:
    return Okta(sandbox)


@pytest.fixture
def stores(sandbox: SandboxProcess) -> SecretStores:
    return SecretStores(AwsServices(Aws()), {"A_VARIABLE": "from the environment"})


def services(url: str, *, token: str = TOKEN, monotonic: Callable[[], float] | None = None) -> OktaServices:
    env = {ADDRESS_VARIABLE: url, TOKEN_VARIABLE: token}
    clock = {"monotonic": monotonic} if monotonic else {}
    return OktaServices(SecretStores(AwsServices(Aws()), env), env, operations=OPERATIONS, **clock)


@pytest.fixture
def reached(sandbox: SandboxProcess) -> OktaServices:
    return services(f"{sandbox.url}/okta")


def find_app(reached: OktaServices, label: str) -> Mapping[str, Any]:
    return reached.call("okta", "OktaFindApplication", {"Org": ORG, "Name": "oidc_client", "Label": label})


# ---------------------------------------------------------------- reading


def test_a_listing_is_followed_to_its_last_page(okta: Okta, reached: OktaServices):
    for number in range(205):
        okta.oidc_app(f"Amazon Chime {number:03}")
    okta.oidc_app("Amazon Chime")
    assert len(find_app(reached, "Amazon Chime")["Apps"]) == 1
    assert len(find_app(reached, "Amazon Chime 204")["Apps"]) == 1
    assert find_app(reached, "Amazon Chime 9")["Apps"] == [], "the start of a label is not the label"


def test_members_come_in_pages(okta: Okta, reached: OktaServices):
    group = okta.group("Chime Pro", *(okta.user(f"user{number}@corp.example") for number in range(1001)))
    request: dict[str, Any] = {"Org": ORG, "GroupId": group}
    first = reached.call("okta", "OktaListGroupMembers", request)
    second = reached.call("okta", "OktaListGroupMembers", {**request, "NextToken": first["NextToken"]})
    assert "NextToken" not in second
    found = {member["Key"] for member in [*first["Members"], *second["Members"]]}
    assert len(found) == 1001


def test_a_group_is_found_by_its_exact_name(okta: Okta, reached: OktaServices):
    identifier = okta.group('Say "Chime" \\ Pro')
    for name, found in (('Say "Chime" \\ Pro', [identifier]), ('say "chime" \\ pro', []), ("Say", [])):
        answer = reached.call("okta", "OktaFindGroup", {"Org": ORG, "Name": name})
        assert [group["Id"] for group in answer["Groups"]] == found


def test_no_answer_holds_a_client_secret(okta: Okta, reached: OktaServices):
    body = okta.oidc_app("Another")
    secret = body["credentials"]["oauthClient"]["client_secret"]
    app = {name: value for name, value in body.items() if name not in ("id", "_links")}
    made = reached.call("okta", "OktaCreateApplication", {"Org": ORG, "App": {**app, "label": "Amazon Chime"}})
    assert "client_secret" not in json.dumps([made, find_app(reached, "Another")]).replace("client_secret_post", "")
    assert secret not in json.dumps(find_app(reached, "Another"))


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("place", [{"secretsmanager": "chime/a"}, {"ssm": "/chime/a"}], ids=["manager", "parameters"])
def test_a_secret_is_kept_in_its_store_and_replaced_there(stores: SecretStores, place: dict[str, str]):
    assert stores.find(place) is None
    with pytest.raises(ServiceError) as missing:
        stores.read(place)
    assert (missing.value.code, missing.value.fault) == ("CF-SEC-002", ServiceFault.INVALID)
    stores.write(place, "first")
    stores.write(place, "second")
    assert stores.read(place) == "second"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("OktaDescribePush", {"GroupId": "g", "SignInAppId": "a", "ProvisioningAppId": "b"}),
        ("OktaAssignUserToGroup", {"GroupId": "g", "Login": "jane@corp.example"}),
    ],
)
def test_a_token_that_nobody_has_stored_is_no_missing_object(
    sandbox: SandboxProcess, reached: OktaServices, operation: str, request_: dict[str, Any]
):
    org = {**ORG, "token": {"ssm": "/chime/no-such"}}
    with pytest.raises(ServiceError) as caught:
        reached.call("okta", operation, {"Org": org, **request_})
    assert caught.value.code == "CF-SEC-002"


def test_a_parameter_is_encrypted(stores: SecretStores, sandbox: SandboxProcess):
    stores.write({"ssm": "/chime/a"}, "first")
    assert sandbox.client("ssm").get_parameter(Name="/chime/a")["Parameter"]["Type"] == "SecureString"


def test_a_variable_is_read(stores: SecretStores):
    assert stores.read({"env": "A_VARIABLE"}) == "from the environment"
    with pytest.raises(ServiceError, match="'NO_SUCH'"):
        stores.read({"env": "NO_SUCH"})


def test_a_token_is_read_from_its_store_once(sandbox: SandboxProcess, stores: SecretStores, okta: Okta):
    stores.write({"secretsmanager": "chime/token"}, TOKEN)
    reached = services(f"{sandbox.url}/okta", token="a wrong one")
    sandbox.put("okta/tokens", {"token": "a wrong one", "status": "revoked"})
    org = {**ORG, "token": {"secretsmanager": "chime/token"}}
    okta.group("Chime Pro")
    for _ in range(2):
        assert reached.call("okta", "OktaFindGroup", {"Org": org, "Name": "Chime Pro"})["Groups"]
    with pytest.raises(ServiceError) as refused:
        reached.call("okta", "OktaFindGroup", {"Org": ORG, "Name": "Chime Pro"})
    assert refused.value.code == "CF-OKT-001"


# ---------------------------------------------------------------- limits


def test_a_limit_is_kept_before_it_is_exceeded(sandbox: SandboxProcess, okta: Okta):
    """The pauses move the sandbox's clock in place of time itself."""
    sandbox.post("settings", {"okta_rate_limit": 3})
    elapsed = [0.0]
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        elapsed[0] += seconds
        sandbox.post("clock", {"advance_seconds": seconds})

    reached = services(f"{sandbox.url}/okta", monotonic=lambda: elapsed[0])
    throttled: list[str] = []
    calls = Calls(reached, rate=1000, monotonic=lambda: elapsed[0], sleep=sleep, on_throttle=throttled.append)
    for _ in range(8):
        calls.read("okta", "OktaFindGroup", {"Org": ORG, "Name": "Chime Pro"})
    log = [call["status"] for call in sandbox.log() if call["operation"] == "OktaListGroups"]
    assert log.count(200) == 8
    assert log.count(429) == 0, "what Okta would refuse is not sent"
    assert len(throttled) == 2
    assert all(1 <= pause <= 61 for pause in pauses)


def test_a_limit_that_others_have_used_up_is_waited_for(sandbox: SandboxProcess, okta: Okta, reached: OktaServices):
    sandbox.post("settings", {"okta_rate_limit": 1})
    okta.call("GET", "groups")
    with pytest.raises(ServiceError) as refused:
        reached.call("okta", "OktaFindGroup", {"Org": ORG, "Name": "Chime Pro"})
    assert (refused.value.code, refused.value.fault) == ("CF-OKT-003", ServiceFault.THROTTLED)
    assert 1 <= refused.value.retry_after <= 61


# ---------------------------------------------------------------- what is not Okta, or not as it should be

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str | None]]]:
    """A server of its own; the tokens that it was sent."""
    tokens: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("authorization"))
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", tokens
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def failure(url: str) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        find_app(services(url), "Amazon Chime")
    assert TOKEN not in f"{raised.value} {raised.value.why} {raised.value.do}"
    return raised.value


def test_the_token_follows_no_link_to_somewhere_else():
    with answering(lambda path: (200, {}, b"[]")) as (elsewhere, sent):
        link = {"link": f'<{elsewhere}/api/v1/apps>; rel="next"'}
        with answering(lambda path: (200, link, b"[]")) as (url, _):
            assert failure(url).code == "CF-OKT-010", "half a list is no list"
        assert sent == []


def test_a_page_is_followed_whatever_the_case_of_its_address():
    second = json.dumps([{"id": "a", "name": "oidc_client", "label": "Amazon Chime"}]).encode()

    def answer(path: str) -> Answer:
        link = f"{url.replace('http', 'HTTP').replace('localhost', 'LocalHost')}/second"
        return (200, {}, second) if path == "/second" else (200, {"link": f'<{link}>; rel="next"'}, b"[]")

    with answering(answer) as (served, _):
        url = served.replace("127.0.0.1", "localhost")
        assert len(find_app(services(url), "Amazon Chime")["Apps"]) == 1


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f"{TOKEN}\x1b[2J", f"{TOKEN}\N{LATIN SMALL LETTER E WITH ACUTE}", "\r"]
)
def test_a_token_that_cannot_be_sent_is_refused_and_never_repeated(token: str):
    with answering(lambda path: (200, {}, b"[]")) as (url, sent), pytest.raises(ServiceError) as refused:
        find_app(services(url, token=token), "Amazon Chime")
    assert refused.value.code == "CF-OKT-009"
    assert TOKEN_VARIABLE in refused.value.do
    assert TOKEN not in f"{refused.value} {refused.value.why} {refused.value.do}"
    assert refused.value.__cause__ is refused.value.__context__ is None
    assert sent == []


@pytest.mark.parametrize(
    ("answer", "code", "fault"),
    [
        ((200, {}, b"<html>sign in</html>"), "CF-OKT-004", ServiceFault.INVALID),
        ((502, {}, b"<html>bad gateway</html>"), "CF-OKT-004", ServiceFault.SERVICE),
        ((404, {}, b'{"message": "no"}'), "CF-OKT-004", ServiceFault.INVALID),
        ((302, {"location": "http://127.0.0.1:9/"}, b""), "CF-OKT-004", ServiceFault.INVALID),
        ((401, {}, b'{"errorCode": "E0000011", "errorSummary": "Invalid token"}'), "CF-OKT-001", ServiceFault.DENIED),
        ((403, {}, b'{"errorCode": "E0000006", "errorSummary": "no"}'), "CF-OKT-002", ServiceFault.DENIED),
        ((429, {}, b'{"errorCode": "E0000047", "errorSummary": "no"}'), "CF-OKT-003", ServiceFault.THROTTLED),
        ((500, {}, b'{"errorCode": "E0000009", "errorSummary": "no"}'), "CF-OKT-006", ServiceFault.SERVICE),
    ],
)
def test_a_refusal_has_its_class_and_code(answer: Answer, code: str, fault: ServiceFault):
    with answering(lambda path: answer) as (url, _):
        error = failure(url)
    assert (error.code, error.fault) == (code, fault)


def test_what_nobody_answers_was_not_sent():
    with answering(lambda path: (200, {}, b"[]")) as (url, _):
        pass
    error = failure(url)
    assert (error.code, error.fault) == ("CF-OKT-005", ServiceFault.UNREACHABLE)


def test_an_answer_that_breaks_off_is_lost():
    with answering(lambda path: (200, {"content-length": "999"}, b"[]")) as (url, _):
        error = failure(url)
    assert (error.code, error.fault) == ("CF-OKT-006", ServiceFault.UNKNOWN_OUTCOME)
