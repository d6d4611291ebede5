"""The token bucket in virtual time: never too fast, slower after a complaint, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.services.pacing import Bucket


class VirtualTime:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def bucket(rate: float) -> tuple[Bucket, VirtualTime]:
    time = VirtualTime()
    return Bucket(rate, monotonic=time.monotonic, sleep=time.sleep), time


def seconds_for(calls: int, one: Bucket, time: VirtualTime) -> float:
    start = time.now
    for _ in range(calls):
        one.take()
    return time.now - start


def test_a_burst_of_one_second_is_free_and_the_rest_is_paced() -> None:
    one, time = bucket(10)
    assert seconds_for(10, one, time) == 0
    assert seconds_for(40, one, time) == pytest.approx(4.0)


def test_calls_that_are_sent_one_by_one_keep_to_the_rate_in_every_second() -> None:
    time = VirtualTime()
    one = Bucket(2, at_once=1.0, monotonic=time.monotonic, sleep=time.sleep)
    moments = []
    for _ in range(12):
        one.take()
        moments.append(time.now)
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(moments, moments[2:], strict=False))
    time.now += 60
    assert seconds_for(3, one, time) == pytest.approx(1.0)


@given(rate=st.floats(0.5, 200), calls=st.integers(1, 400))
def test_never_more_calls_than_the_rate_allows(rate: float, calls: int) -> None:
    one, time = bucket(rate)
    took = seconds_for(calls, one, time)
    assert calls <= rate * (took + 1) + 1e-6


def test_a_complaint_halves_the_speed_and_spends_what_was_saved() -> None:
    one, time = bucket(10)
    one.throttled()
    assert one.rate == 5
    assert seconds_for(4, one, time) == pytest.approx(4 / 5)


def test_complaints_never_stop_it_altogether() -> None:
    one, time = bucket(10)
    for _ in range(50):
        one.throttled()
    assert one.rate == 0.5
    assert seconds_for(1, one, time) == pytest.approx(2.0)


def test_calm_brings_the_speed_back_and_no_further() -> None:
    one, time = bucket(10)
    one.throttled()
    one.throttled()
    slow = one.rate
    time.now += 2
    one.take()
    assert slow < one.rate < 10
    time.now += 60
    one.take()
    assert one.rate == 10
