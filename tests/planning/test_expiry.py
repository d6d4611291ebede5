"""When something that is declared until a day has expired, and how the calendar tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chimeform.expiry import expiries, has_expired
from chimeform.resources.user import User

from .building import ACCOUNT, JANE, OMAR, desired

DAY = "2026-03-01"
SPEC = User.model_validate({"email": "jane@acme.example", "lifecycle": {"expires": DAY}})


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 1, tzinfo=UTC), True),
        (datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=14))), False),
        (datetime(2026, 2, 28, 20, tzinfo=timezone(timedelta(hours=-5))), True),
    ],
)
def test_the_day_begins_at_midnight_utc(now: datetime, expired: bool) -> None:
    assert has_expired(SPEC, now) is expired


@pytest.mark.parametrize(("days_before", "shown"), [(31, 0), (30, 1), (1, 1), (0, 0)])
def test_the_calendar_shows_the_next_thirty_days(days_before: int, shown: int) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC) - timedelta(days=days_before)
    found = list(expiries(desired({ACCOUNT: {"name": "Acme"}, JANE: {"lifecycle": {"expires": DAY}}}), now))
    assert [(one.at, one.address) for one in found] == [("2026-03-01T00:00:00+00:00", JANE)] * shown


def test_two_of_a_day_and_a_collection_are_one_entry() -> None:
    both = {one: {"lifecycle": {"expires": DAY}} for one in (JANE, OMAR)}
    (entry,) = expiries(desired({ACCOUNT: {"name": "Acme"}, **both}), datetime(2026, 2, 28, tzinfo=UTC))
    assert (entry.address, entry.text) == (
        "accounts.acme.users",
        "jane@acme.example and omar@acme.example expire: the first apply from then on retires them",
    )
