"""Lengths of time, wherever one is given: the same words mean the same."""

from __future__ import annotations

import click
import pytest

from chimeform.cli.options import DURATION
from chimeform.cli.sandbox_control import read_seconds
from chimeform.durations import seconds_of
from chimeform.errors import UsageError
from chimeform.resources.session_request import to_minutes, wrong_expiry

WRITTEN = [
    *(("90", 90), ("45s", 45), ("90 s", 90), ("1h30m", 5400), ("1 Hour 30 minutes", 5400), ("2 weeks", 1_209_600)),
    *(("1.5d", 129_600), ("10 minutes", 600), ("1w1d", 691_200), (" 2h ", 7200), ("0m", 0)),
]
WRONG = ["", "d", "1x", "-1d", "1d-", "1d 2", "7 moons", "1hours30", "٢h", "9" * 400, "1e3s", "1h,30m"]


@pytest.mark.parametrize(("text", "seconds"), WRITTEN)
def test_what_is_a_length_of_time(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
    assert DURATION.convert(text, None, None) == seconds
    assert read_seconds(text) == seconds


@pytest.mark.parametrize("text", WRONG)
def test_what_is_none(text: str) -> None:
    assert seconds_of(text) is None
    with pytest.raises(click.UsageError):
        DURATION.convert(text, None, None)
    with pytest.raises(UsageError):
        read_seconds(text)
    assert wrong_expiry({"expires-after": text}) is not None


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("1h30m", 90), ("1 day", 1440), ("1w", 10_080), ("60s", 1)])
def test_how_long_a_session_lasts(text: str, minutes: int) -> None:
    assert wrong_expiry({"expires-after": text}) is None
    assert to_minutes(text) == minutes


@pytest.mark.parametrize("text", ["30", "90s", "0m", "0.5m"])
def test_a_session_lasts_whole_minutes_and_says_so(text: str) -> None:
    assert wrong_expiry({"expires-after": text}) is not None
