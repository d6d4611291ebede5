"""The border to AWS against a raw server: answers that break off are never taken for success."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.language.desired import Aws
from chimeform.services.aws import AwsServices


@contextmanager
def server_that_says(answer: bytes) -> Iterator[str]:
    """Answers every request with these bytes and closes the connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def outcome(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> ServiceError:
    with server_that_says(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(ServiceError) as caught:
            AwsServices(Aws()).call("chime", "CreateAccount", {"Name": "Acme"})
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 300\r\n\r\n",
        b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 300\r\n\r\n{"Account": {"Acc',
    ],
    ids=["nothing", "only a head", "half a body"],
)
def test_an_answer_that_breaks_off_leaves_the_outcome_unknown(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    error = outcome(answer, monkeypatch)
    assert error.fault is ServiceFault.UNKNOWN_OUTCOME
    assert "looks before it repeats" in error.do


@pytest.mark.parametrize(
    ("status", "shape", "fault"),
    [
        (400, "BadRequestException", ServiceFault.INVALID),
        (400, "ResourceLimitExceededException", ServiceFault.LIMIT),
        (400, "EntityDoesNotExistException", ServiceFault.ABSENT),
        (400, "ResourceNotFoundException", ServiceFault.ABSENT),
        (400, "AccessDeniedException", ServiceFault.DENIED),
        (400, "DirectoryUnavailableException", ServiceFault.SERVICE),
        (401, "UnauthorizedClientException", ServiceFault.DENIED),
        (403, "ForbiddenException", ServiceFault.DENIED),
        (404, "NotFoundException", ServiceFault.ABSENT),
        (409, "ConflictException", ServiceFault.CONFLICT),
        (422, "UnprocessableEntityException", ServiceFault.INVALID),
        (429, "ThrottledClientException", ServiceFault.THROTTLED),
        (500, "ServiceFailureException", ServiceFault.SERVICE),
        (503, "ServiceUnavailableException", ServiceFault.SERVICE),
    ],
)
def test_each_error_of_the_service_has_a_class_and_advice(
    status: int, shape: str, fault: ServiceFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"Code": "X", "Message": "because"}'
    lines = [
        f"HTTP/1.1 {status} X",
        f"x-amzn-ErrorType: {shape}",
        "x-amzn-RequestId: r-1",
        f"content-length: {len(body)}",
    ]
    error = outcome("\r\n".join([*lines, "", ""]).encode() + body, monkeypatch)
    assert (error.fault, error.request_id) == (fault, "r-1")
    assert "because" in error.summary
    assert error.do
    if fault is ServiceFault.DENIED:
        assert "chime:CreateAccount" in error.do


def test_nobody_listening_means_that_nothing_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceError) as caught:
        AwsServices(Aws()).call("chime", "ListAccounts", {})
    assert caught.value.fault is ServiceFault.UNREACHABLE


def test_an_empty_object_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_that_says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        AwsServices(Aws()).call("chime", "GetRetentionSettings", {"AccountId": "a"})
