"""`chimeform bot`: signatures checked with tokens that nobody sees, and endpoints tried as the service tries them."""

from __future__ import annotations

import base64
import io
import json
import socket
import ssl
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chimeform.bots import sign
from tests.certificates import write_certificates
from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "bot"
BOT, TOKEN, AT = "accounts.acme.bots.helpdesk", "canary-token", "2027-01-31T12:00:00.000Z"
BODY = '{"EventType":"Mention","Message":"@HelpDesk grüß dich"}'
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:helpdesk"


def workspace(**fields: Any) -> str:
    bot = {"display_name": "HelpDesk", "domain": "acme.example", **fields}
    blocks = {"chimeform": 1, "workspace": "acme", "accounts": {"acme": {"name": "Acme", "bots": {"helpdesk": bot}}}}
    return json.dumps(blocks)


# ---------------------------------------------------------------- verify


@pytest.fixture
def stored(chimeform: Program, sandbox: SandboxProcess) -> Program:
    sandbox.client("secretsmanager").create_secret(Name="chime/helpdesk", SecretString=TOKEN)
    chimeform.write("chimeform.yaml", workspace(security_token={"store": {"secretsmanager": "chime/helpdesk"}}))
    chimeform.write("body.json", BODY)
    return chimeform


def headers(timestamp: str = AT, token: str = TOKEN, body: str = BODY) -> tuple[str, ...]:
    return "--signature", sign(timestamp, body.encode(), token), "--timestamp", timestamp


def test_a_signature_is_checked_with_the_token_of_the_store(stored: Program) -> None:
    ran = stored("bot", "verify", BOT, "--body", "body.json", *headers())
    assert (ran.code, ran.out) == (0, "Amazon Chime has sent this request.\n")
    assert stored("bot", "verify", BOT, "--body", "-", *headers(), stdin=BODY).code == 0
    context = {"Chime-Signature": sign(AT, BODY.encode(), TOKEN), "Chime-Request-Timestamp": AT}
    encoded = base64.b64encode(json.dumps(context).encode()).decode()
    assert stored("bot", "verify", BOT, "--body", "body.json", "--client-context", encoded).code == 0


def test_the_token_may_come_from_elsewhere_but_is_no_argument(stored: Program) -> None:
    verify = ("bot", "verify", "--body", "body.json", *headers())
    assert stored(*verify, "--token-from-stdin", stdin=f"{TOKEN}\n").code == 0
    assert stored(*verify, "--token-from-env", "HELPDESK", HELPDESK=TOKEN).code == 0
    assert "--token " not in stored("bot", "verify", "-h").out


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("CF-BOT-010", (BOT, "--body", "body.json")),
        ("CF-BOT-010", (BOT, "--body", "body.json", "--client-context", "no base64")),
        ("CF-BOT-011", (BOT, "--body", "body.json", *headers(token="another"))),
        ("CF-BOT-011", (BOT, "--body", "body.json", *headers(body=BODY + " "))),
        ("CF-BOT-012", (BOT, "--body", "body.json", *headers(), "--max-age", "5m")),
        ("CF-BOT-013", (BOT, "--body", "body.json", *headers("yesterday"), "--max-age", "5m")),
        ("CF-BOT-014", ("--body", "body.json", *headers())),
        ("CF-BOT-014", (BOT, "--token-from-stdin", "--body", "body.json", *headers())),
        ("CF-BOT-014", ("--token-from-env", "NOWHERE", "--body", "body.json", *headers())),
        ("CF-BOT-014", ("--token-from-stdin", "--body", "-", *headers())),
        ("CF-BOT-015", ("accounts.acme", "--body", "body.json", *headers())),
        ("CF-USE-005", (BOT, "--body", "nothing.json", *headers())),
    ],
)
def test_what_is_not_of_amazon_chime(stored: Program, code: str, arguments: tuple[str, ...]) -> None:
    ran = stored("bot", "verify", *arguments)
    assert ran.code == 1
    assert ran.err.startswith(f"error[{code}]: ")
    assert TOKEN not in ran.all
    assert sign(AT, BODY.encode(), TOKEN) not in ran.all


# ---------------------------------------------------------------- check


Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def endpoint(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """An endpoint of a bot on this machine; its address."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["content-length"])))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/chime"
    finally:
        server.shutdown()
        server.server_close()


def answering(status: int = 200, body: bytes | None = None, content: str = "application/json") -> Answer:
    def answer(request: BaseHTTPRequestHandler, sent: bytes) -> None:
        told = json.loads(sent)
        assert told.keys() == {"Challenge", "EventType"}
        assert told["EventType"] == "HTTPSEndpointVerification"
        text = json.dumps({"Challenge": told["Challenge"]}).encode() if body is None else body
        request.send_response(status)
        request.send_header("Content-type", content)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    return answer


def silent(request: BaseHTTPRequestHandler, sent: bytes) -> None:
    threading.Event().wait(2.5)


def check(chimeform: Program, address: str) -> Any:
    chimeform.write("chimeform.yaml", workspace(events={"https": address}))
    ran = chimeform("bot", "check", BOT, "--format", "json")
    told = ran.json()
    assert told["is_good"] is (ran.code == 0)
    return told


def test_an_endpoint_that_sends_the_challenge_back(chimeform: Program, sandbox: SandboxProcess) -> None:
    with endpoint(answering(content="application/json; charset=utf-8")) as address:
        chimeform.write("chimeform.yaml", workspace(events={"https": address}))
        ran = chimeform("bot", "check", BOT)
    assert ran.code == 0
    check_golden(GOLDEN / "good.txt", ran.out)
    assert sandbox.calls() == {}


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("CF-BOT-022", silent),
        ("CF-BOT-023", answering(302)),
        ("CF-BOT-024", answering(204, b"")),
        ("CF-BOT-024", answering(500)),
        ("CF-BOT-025", answering(content="text/html")),
        ("CF-BOT-026", answering(body=b'{"Challenge": "another"}')),
        ("CF-BOT-026", answering(body=b"no json")),
    ],
)
def test_what_is_wrong_is_told_apart(offline: Program, code: str, answer: Answer) -> None:
    with endpoint(answer) as address:
        told = check(offline, address)
    wrong = told["findings"][-1]
    assert wrong["code"] == code
    assert wrong["why"] and wrong["do"]


def test_nobody_is_there(offline: Program) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        assert check(offline, address)["findings"][-1]["code"] == "CF-BOT-020"
    assert check(offline, "https://bot.invalid/")["findings"][-1]["code"] == "CF-BOT-020"


def test_tls_that_nobody_trusts_and_none_at_all(offline: Program, tmp_path: Path) -> None:
    write_certificates(tmp_path, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with endpoint(answering(), context) as address:
        assert check(offline, address)["findings"][-1]["code"] == "CF-BOT-021"
    with endpoint(answering()) as plain:
        assert check(offline, plain.replace("http:", "https:"))["findings"][-1]["code"] == "CF-BOT-021"
    assert check(offline, "http://bot.acme.example/")["findings"][-1]["code"] == "CF-BOT-021"


def test_a_bot_without_events(offline: Program) -> None:
    offline.write("chimeform.yaml", workspace())
    assert offline("bot", "check", BOT).err.startswith("error[CF-BOT-016]: ")


def test_a_function(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", workspace(events={"lambda": FUNCTION}))
    missing = chimeform("bot", "check", BOT, "--format", "json").json()
    assert missing["findings"][-1]["code"] == "CF-BOT-027"
    make_function(sandbox)
    ran = chimeform("bot", "check", BOT)
    assert ran.code == 0
    check_golden(GOLDEN / "function.txt", ran.out)
    sandbox.client("lambda").add_permission(
        FunctionName="helpdesk", StatementId="c", Action="lambda:InvokeFunction", Principal="chime.amazonaws.com"
    )
    assert "names Amazon Chime" in chimeform("bot", "check", BOT).out
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denied = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}
    sandbox.post("iam", {"policy": {"Version": "2012-10-17", "Statement": [everything, denied]}})
    refused = chimeform("bot", "check", BOT, "--format", "json").json()
    assert refused["findings"][-1]["code"] == "CF-BOT-028"


def make_function(sandbox: SandboxProcess) -> None:
    trusted = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = sandbox.client("iam").create_role(RoleName="helpdesk", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bot.py", "def handle(event, context): ...")
    sandbox.client("lambda").create_function(
        FunctionName="helpdesk",
        Runtime="python3.13",
        Role=role,
        Handler="bot.handle",
        Code={"ZipFile": code.getvalue()},
    )
