"""Freeze windows: what holds when, in which zone, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chimeform.freezing import frozen
from chimeform.language.guardrails import Freeze


def window(**fields: Any) -> Freeze:
    return Freeze.model_validate({"why": "closed", **fields})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def until(one: Freeze, at: str) -> str | None:
    """The end in UTC; None while nothing is frozen, empty for a freeze that never ends."""
    found = frozen(one, moment(at))
    return None if found is None else found.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if found.until else ""


DAYS = window(**{"from": "2026-12-20", "to": "2027-01-03"})
BERLIN = window(**{"from": "2026-12-20", "to": "2027-01-03", "zone": "Europe/Berlin"})
MOMENTS = window(**{"from": "2026-12-20T18:00:00+01:00", "to": "2026-12-20T20:00:00+01:00", "zone": "Asia/Tokyo"})
WEEKEND = window(weekdays=["saturday", "sunday"], zone="Europe/Berlin")
FRIDAY_NIGHT = window(weekdays=["friday"], hours="22:00-06:00", zone="America/New_York")
EVERY_EVENING = window(hours="18:00-24:00")
SEASON = window(**{"from": "2026-12-01", "to": "2026-12-12", "weekdays": ["friday", "saturday", "sunday"]})
ALWAYS = window(hours="00:00-24:00")


@pytest.mark.parametrize(
    ("one", "at", "end"),
    [
        (DAYS, "2026-12-19T23:59:59", None),
        (DAYS, "2026-12-20T00:00", "2027-01-04T00:00"),
        (DAYS, "2027-01-03T23:59:59", "2027-01-04T00:00"),
        (DAYS, "2027-01-04T00:00", None),
        (BERLIN, "2026-12-19T23:00", "2027-01-03T23:00"),
        (BERLIN, "2027-01-03T23:00", None),
        # a moment that says its zone is not moved by the window's
        (MOMENTS, "2026-12-20T17:00", "2026-12-20T19:00"),
        (MOMENTS, "2026-12-20T19:00", None),
        # the two days are one weekend, with one end
        (WEEKEND, "2026-11-27T23:00", "2026-11-29T23:00"),
        (WEEKEND, "2026-11-27T22:59", None),
        (WEEKEND, "2026-11-29T23:00", None),
        # New York is five hours behind in winter; the night goes on into Saturday
        (FRIDAY_NIGHT, "2026-11-28T03:00", "2026-11-28T11:00"),
        (FRIDAY_NIGHT, "2026-11-28T10:59", "2026-11-28T11:00"),
        (FRIDAY_NIGHT, "2026-11-28T11:00", None),
        (FRIDAY_NIGHT, "2026-11-27T10:00", None),
        (EVERY_EVENING, "2026-11-25T18:00", "2026-11-26T00:00"),
        (EVERY_EVENING, "2026-11-25T17:59", None),
        # the season ends in the middle of a weekend
        (SEASON, "2026-12-11T12:00", "2026-12-13T00:00"),
        (SEASON, "2026-12-13T12:00", None),
        (SEASON, "2026-12-09T12:00", None),
        (ALWAYS, "2026-12-09T12:00", ""),
    ],
)
def test_what_is_frozen_until_when(one: Freeze, at: str, end: str | None) -> None:
    assert until(one, at) == end


@pytest.mark.parametrize(
    ("at", "end"),
    [
        # clocks go from 03:00 back to 02:00 at 01:00 UTC: 02:30 comes twice, and the freeze ends at the second
        ("2026-10-25T00:45", "2026-10-25T01:30"),
        ("2026-10-25T01:15", "2026-10-25T01:30"),
        # clocks go from 02:00 on to 03:00 at 01:00 UTC: 02:30 never comes
        ("2026-03-29T00:59", "2026-03-29T01:30"),
    ],
)
def test_an_end_that_the_clocks_show_twice_or_never_is_the_later_moment(at: str, end: str) -> None:
    assert until(window(hours="01:00-02:30", zone="Europe/Berlin"), at) == end


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "CF-FRZ-001"),
        ({"from": "2026-12-20"}, "CF-FRZ-001"),
        ({"from": "2027-01-03", "to": "2026-12-20"}, "CF-FRZ-001"),
        ({"from": "2026-12-20", "to": "Christmas"}, "CF-DOC-014"),
        ({"weekdays": ["friday"], "zone": "Europe/Berln"}, "CF-FRZ-002"),
        ({"weekdays": ["friday"], "zone": "America"}, "CF-FRZ-002"),
        ({"weekdays": ["freitag"]}, "literal_error"),
        ({"hours": "6-8"}, "string_pattern_mismatch"),
    ],
)
def test_what_is_no_window(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        window(**fields)
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_one_day_is_a_window() -> None:
    assert until(window(**{"from": "2026-12-24", "to": "2026-12-24"}), "2026-12-24T12:00") == "2026-12-25T00:00"
