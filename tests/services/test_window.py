"""How many calls are on their way at once: more while they are all in use, fewer after a complaint, never too many."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.errors import ServiceError, ServiceFault
from chimeform.services.calls import Calls
from chimeform.services.pacing import MOST_AT_ONCE, Window

_ANSWERS_IN = 0.003


class Crowded:
    """A service that serves `seats` calls at once and complains about every further one, without a delay."""

    def __init__(self, seats: int) -> None:
        self.seats = seats
        self.taken = self.most = self.complaints = 0
        self.counting = threading.Lock()

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.counting:
            self.taken += 1
            self.most = max(self.most, self.taken)
            is_full = self.taken > self.seats
            self.complaints += is_full
        if not is_full:
            time.sleep(_ANSWERS_IN)
        with self.counting:
            self.taken -= 1
        if is_full:
            raise ServiceError("no", operation=operation, fault=ServiceFault.THROTTLED)
        return {}

    def time(self) -> datetime:
        return datetime(2027, 1, 31, tzinfo=UTC)


def send(service: Crowded, number: int, **rest: Any) -> Calls:
    calls = Calls(service, rate=1_000_000, sleep=lambda _: None, **rest)
    with ThreadPoolExecutor(64) as pool:
        for answer in [pool.submit(calls.write, "chime", "UpdateUser", {}) for _ in range(number)]:
            answer.result()
    return calls


def test_a_service_that_never_complains_gets_as_many_as_there_may_be() -> None:
    service = Crowded(seats=1000)
    calls = send(service, 600)
    assert calls.room == service.most == MOST_AT_ONCE
    assert service.complaints == 0


@pytest.mark.parametrize("parallelism", [1, 3, 20])
def test_there_are_never_more_than_the_user_says(parallelism: int) -> None:
    service = Crowded(seats=1000)
    send(service, 300, parallelism=parallelism)
    assert service.most == parallelism


def test_a_service_with_few_seats_is_not_overrun() -> None:
    service = Crowded(seats=12)
    calls = send(service, 1500)
    assert calls.counts == {"UpdateUser": 1500 + service.complaints}
    assert service.complaints < 1500 * 0.1
    assert calls.room <= 2 * service.seats


def test_one_after_the_other_needs_no_more_room() -> None:
    service = Crowded(seats=1000)
    calls = Calls(service, rate=1_000_000)
    before = calls.room
    for _ in range(50):
        calls.write("chime", "UpdateUser", {})
    assert calls.room == before


def test_calls_that_left_together_are_one_complaint() -> None:
    window = Window(32)
    before = window.size
    tickets = [window.enter() for _ in range(before)]
    for ticket in tickets:
        window.throttled(ticket)
    assert window.size == before // 2


@given(answers=st.lists(st.sampled_from(["served", "throttled", "failed"]), max_size=200), most=st.integers(1, 64))
def test_the_room_stays_between_one_and_the_most(answers: list[str], most: int) -> None:
    window = Window(most)
    for answer in answers:
        tickets = [window.enter() for _ in range(window.size)]
        for ticket in tickets:
            if answer == "served":
                window.served()
            elif answer == "throttled":
                window.throttled(ticket)
            window.leave()
        assert 1 <= window.size <= most
