"""One record as it is delivered, and the folders that a period takes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.call_records.places import Period, day_of, folders_of
from chimeform.call_records.record import NOBODY, Damaged, read_record
from chimeform.call_records.sums import MOST_NAMED, Sums, Unread

BUSINESS = {
    "SchemaVersion": "2.0",
    "ServiceCode": "AmazonChimeBusinessCalling",
    "OrganizerEmail": "jane@acme.example",
    "CallerPhoneNumber": "+12065550100",
    "CallerCountry": "US",
    "DestinationPhoneNumber": "+4930901820",
    "DestinationCountry": "DE",
    "StartTimeEpochSeconds": "1774915199",  # the last second of 2026-03-30
    "BillableDurationSeconds": "24",
    "BillableDurationMinutes": ".4",
    "Direction": "Outbound",
}
VOICE = {
    "SchemaVersion": "2.0",
    "ServiceCode": "AmazonChimeVoiceConnector",
    "SipAuthUser": "desk",
    "SourcePhoneNumber": "+4930901820",
    "SourceCountry": "DE",
    "DestinationPhoneNumber": "+12065550100",
    "DestinationCountry": "US",
    "StartTimeEpochSeconds": 1774915200,
    "BillableDurationSeconds": 24,
    "BillableDurationMinutes": 0.4,
    "Direction": "Inbound",
}
STREAM = {
    "SchemaVersion": "1.0",
    "ServiceCode": "AmazonChime",
    "StartTimeEpochSeconds": 1774915200,
    "BillableDurationSeconds": 24,
}


def read(record: Any, **changed: Any) -> Any:
    return read_record(json.dumps({**record, **changed}).encode())


def test_texts_of_business_calling_are_numbers_and_it_looks_from_the_organisation_out() -> None:
    found = read(BUSINESS)
    assert (found.person, found.country, found.number) == ("jane@acme.example", "DE", "+12065550100")
    assert (found.seconds, found.minutes) == (24, Decimal(".4"))
    assert found.begin == datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
    assert found.unknown_version is None


def test_who_calls_in_is_the_other_party() -> None:
    found = read(VOICE)
    assert (found.person, found.country, found.number, found.minutes) == ("desk", "DE", "+12065550100", Decimal("0.4"))


def test_what_is_missing_is_said_and_an_unknown_form_is_told() -> None:
    found = read(BUSINESS, OrganizerEmail="", SchemaVersion="3.0")
    assert (found.person, found.unknown_version) == (NOBODY, "AmazonChimeBusinessCalling 3.0")
    assert read(STREAM).is_stream


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe{", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b"{}", "its ServiceCode is None"),
        ({"ServiceCode": "AmazonChimeDialin"}, "its ServiceCode is AmazonChimeDialin"),
        ({"BillableDurationMinutes": "some"}, "its BillableDurationMinutes is no number"),
        ({"BillableDurationMinutes": "NaN"}, "its BillableDurationMinutes is no number that can be"),
        ({"BillableDurationSeconds": "-1"}, "its BillableDurationSeconds is no number that can be"),
        ({"BillableDurationSeconds": "1e400"}, "its BillableDurationSeconds is no number that can be"),
        ({"BillableDurationSeconds": None}, "it has no BillableDurationSeconds"),
        ({"BillableDurationSeconds": True}, "it has no BillableDurationSeconds"),
        ({"StartTimeEpochSeconds": "1e40"}, "its StartTimeEpochSeconds is no moment"),
        ({"StartTimeEpochSeconds": "yesterday"}, "its StartTimeEpochSeconds is no number"),
        ({"ServiceCode": ["AmazonChime"]}, "its ServiceCode is ['AmazonChime']"),
    ],
)
def test_a_damaged_record_says_why(content: Any, why: str) -> None:
    content = content if isinstance(content, bytes) else json.dumps({**BUSINESS, **content}).encode()
    with pytest.raises(Damaged) as caught:
        read_record(content)
    assert str(caught.value) == why


@given(st.binary(max_size=60) | st.from_regex(rb'\{"ServiceCode": ?"AmazonChime", ?"[A-Z][a-z]+": ?.{0,9}\}'))
def test_nothing_that_is_delivered_breaks_the_reading(content: bytes) -> None:
    try:
        read_record(content)
    except Damaged as error:
        assert str(error)


# ---------------------------------------------------------------- folders and days

DAYS = st.dates(date(1999, 1, 1), date(2030, 12, 31)) | st.sampled_from((date.min, date.max))


@given(DAYS, st.integers(0, 900))
def test_the_folders_of_a_period_have_each_of_its_days_once_and_no_other(first: date, length: int) -> None:
    length = min(length, (date.max - first).days)
    last = first + timedelta(days=length)
    found = list(folders_of(first, last))
    days = [f"{first + timedelta(days=at):%Y/%m/%d}/" for at in range(length + 1)]
    assert all(sum(day.startswith(folder) for folder in found) == 1 for day in days)
    before, after = first - timedelta(days=first > date.min), last + timedelta(days=last < date.max)
    for day in {before, after} - {first, last}:
        assert not any(f"{day:%Y/%m/%d}/".startswith(folder) for folder in found)


def test_long_periods_take_few_folders() -> None:
    assert list(folders_of(date(2024, 12, 31), date(2027, 2, 1))) == [
        *("2024/12/31/", "2025/", "2026/", "2027/01/", "2027/02/01/"),
    ]


def test_the_day_of_a_key() -> None:
    folder = "Amazon-Chime-Business-Calling-CDRs/json/"
    assert day_of(f"copy/{folder}111122223333/2026/03/30/a_2026-03-30-10.00.00.000_b") == (folder, date(2026, 3, 30))
    for other in ("AWSLogs/x", f"{folder}1/2026/02/30/x", f"{folder}1/2026/02/x", "Amazon-Chime-SMADRs/x"):
        assert day_of(other) is None


def test_a_call_counts_on_the_day_of_its_beginning_whatever_its_folder() -> None:
    sums = Sums("day", Period(date(2026, 3, 30), date(2026, 3, 30)))
    sums.take([read(BUSINESS), read(VOICE)])
    assert {day: one.calls for day, one in sums.rows.items()} == {"2026-03-30": 1}
    assert sums.period.of_keys.has(date(2026, 3, 31)), "it may have been filed when it ended"


def test_minutes_are_exact_and_only_the_first_damaged_ones_are_kept() -> None:
    sums = Sums("person", Period())
    sums.take([read(BUSINESS)] * 1000)
    assert str(sums.total.minutes) == "400.0"
    sums.take(Unread(f"{place:03}", "why") for place in range(100))
    assert (sums.damaged_count, len(sums.damaged)) == (100, MOST_NAMED)
