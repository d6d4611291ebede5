"""The pool of numbers: whatever it offers is a number of the place that was asked for."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.sandbox.chime import numbering

E164 = re.compile(r"\+[1-9]\d{1,14}")
NOT_SOLD = {("KR", "Local"), ("NG", "TollFree")}
"""Of the countries of the guide: type that it does not list for the country."""
STATES = sorted(numbering.US_AREA_CODES)


def offered(series: tuple[numbering.Series, ...]) -> list[str]:
    return [number for each in series for number in islice(each.numbers(), 3)]


@given(st.sampled_from(STATES), st.text(max_size=20))
def test_every_city_of_a_state_has_numbers_of_that_state(state: str, city: str):
    found = offered(numbering.search_us(None, city, state, None))
    assert found
    for number in found:
        assert number[2:5] in numbering.US_AREA_CODES[state]
        assert numbering.locate(number) == numbering.Place("US", "Local")


@pytest.mark.parametrize("kind", ["Local", "TollFree"])
@pytest.mark.parametrize("code", sorted(numbering.COUNTRIES))
def test_what_a_country_offers_is_located_there(code: str, kind: str):
    found = offered(numbering.search_abroad(code, kind))
    assert bool(found) is ((code, kind) not in NOT_SOLD)
    for number in found:
        assert E164.fullmatch(number)
        place = numbering.locate(number)
        assert place is not None
        assert place.type == kind
        # North America shares its toll-free prefixes: they count as numbers of the US.
        assert place.country == ("US" if code in ("CA", "PR") and kind == "TollFree" else code)
        assert numbering.is_sold(place)


@given(st.from_regex(r"\+[1-9]\d{1,14}", fullmatch=True))
def test_any_number_is_located_without_complaint(number: str):
    place = numbering.locate(number)
    assert place is None or place.country == "US" or place.country in numbering.COUNTRIES
    assert numbering.find_product_objection(place, numbering.SIP_MEDIA) is None


def test_no_area_code_is_in_two_states():
    codes = [code for owned in numbering.US_AREA_CODES.values() for code in owned]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[2-9]\d\d", code) for code in codes)


def test_numbers_start_in_the_range_that_is_kept_for_fiction():
    (series,) = numbering.search_us("206", None, None, None)
    assert list(islice(series.numbers(), 2)) == ["+12065550100", "+12065550101"]
