"""The border to webhooks over real HTTP: what is tried again, what is final, and that the address stays a secret."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator

import pytest

from chimeform.errors import ServiceError
from chimeform.services.webhook import ATTEMPTS, Webhooks, is_address
from tests.webhook_server import Room, room

NAME = "the variable CHIME_WEBHOOK"


@pytest.fixture
def there() -> Iterator[Room]:
    with room() as found:
        yield found


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def border(self) -> Webhooks:
        return Webhooks(sleep=self.sleep, monotonic=lambda: self.now)


def test_a_message_arrives(there: Room):
    time = Time()
    time.border().post(there.url, b'{"a": 1}', name=NAME)
    assert (there.said, time.pauses) == ([{"a": 1}], [])


@pytest.mark.parametrize("passing", [0, 429, 500, 503])
def test_what_passes_is_tried_again_with_growing_pauses(there: Room, passing: int):
    time = Time()
    there.answers = [passing] * (ATTEMPTS - 1)
    time.border().post(there.url, b"{}", name=NAME)
    assert len(there.bodies) == ATTEMPTS
    assert time.pauses == [1, 2, 4]


def test_it_gives_up_and_says_so(there: Room):
    there.answers = [503] * 10
    with pytest.raises(ServiceError) as refused:
        Time().border().post(there.url, b"{}", name=NAME)
    assert len(there.bodies) == ATTEMPTS
    assert (refused.value.code, refused.value.service_code) == ("CF-NTF-001", "503")
    assert NAME in refused.value.summary


def test_a_server_says_how_long_to_wait(there: Room):
    time = Time()
    there.answers, there.retry_after = [429, 429], "7"
    time.border().post(there.url, b"{}", name=NAME)
    assert time.pauses == [7, 7]
    there.answers, there.retry_after = [429], "86400"
    time.border().post(there.url, b"{}", name=NAME)
    assert time.pauses[-1] == 30, "nobody waits a day to be told something"


@pytest.mark.parametrize("final", [302, 400, 403, 404, 413])
def test_what_is_final_is_not_tried_again(there: Room, final: int):
    there.answers = [final]
    with pytest.raises(ServiceError) as refused:
        Time().border().post(there.url, b"{}", name=NAME)
    assert len(there.bodies) == 1, "and a message never follows to another address"
    assert refused.value.service_code == str(final)


def test_a_room_gets_one_message_a_second(there: Room):
    time = Time()
    border = time.border()
    for _ in range(3):
        border.post(there.url, b"{}", name=NAME)
    assert time.pauses == [1, 1]


def test_the_address_stands_in_no_error(there: Room):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/canary-of-the-room"
        there.answers = [404]
        for address in (there.url, nobody, "http://elsewhere.example/canary-of-the-room", "canary-of-the-room"):
            with pytest.raises(ServiceError) as failed:
                Time().border().post(address, b"{}", name=NAME)
            told = [*traceback.format_exception(failed.value), failed.value.why, failed.value.do]
            assert "canary-of-the-room" not in "".join(told)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://hooks.chime.aws/incomingwebhooks/1?token=x", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]:8080/x", True),
        ("http://localhost/x", True),
        ("http://hooks.chime.aws/x", False),
        ("ftp://hooks.chime.aws/x", False),
        ("https://", False),
        ("https://a.example:port/x", False),
        ("https://[a/x", False),
        ("https://a.example/x\r\nHost: b", False),
        ("", False),
    ],
)
def test_what_is_an_address(text: str, is_one: bool):
    assert is_address(text) is is_one
