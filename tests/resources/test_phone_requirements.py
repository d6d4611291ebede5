"""What countries ask for: the table holds together, and a number finds its row."""

from __future__ import annotations

from typing import get_args

import pytest

from chimeform.resources.number_request import needs_request
from chimeform.resources.phone_requirements import (
    ADDRESSES,
    Document,
    country_of,
    find_requirement,
    requirements,
    type_of,
)


def test_the_table_holds_together() -> None:
    table = requirements()
    assert set(table.documents) == set(get_args(Document))
    assert len(table.countries) == 15
    assert {row.country for row in table.rows} == set(table.countries)
    assert len({(row.country, row.action, row.type) for row in table.rows}) == len(table.rows) == 57
    for row in table.rows:
        assert {code for group in row.documents for code in group} <= set(table.documents)
        assert row.address is None or row.address in ADDRESSES
        assert all(prefix.startswith(f"+{table.countries[row.country].calling_code}") for prefix in row.prefixes)
        assert bool(row.documents) == (row.needs_identity if row.action == "order" else row.is_supported)
        assert row.products == ("sip-media-application",) or row.country == "PR"


@pytest.mark.parametrize(
    ("number", "country", "kind"),
    [
        ("+12065550100", "US", "local"),
        ("+18335550100", "US", "toll-free"),
        ("+14165550100", "CA", "local"),
        ("+17875550100", "PR", "local"),
        ("+18765550100", "US", "local"),  # Jamaica: the digits of +1 are not policed
        ("+493025550100", "DE", "local"),
        ("+498002550100", "DE", "toll-free"),
        ("+3531800255010", "IE", "toll-free"),
        ("+33155550100", None, "local"),
    ],
)
def test_digits_tell_country_and_type(number: str, country: str | None, kind: str) -> None:
    found = country_of(number)
    assert (found.code if found else None, type_of(number)) == (country, kind)


@pytest.mark.parametrize(
    ("number", "kind", "row", "address"),
    [
        ("+4930255501", "local", "local", "same-area"),
        ("+4932255501", "local", "national-prefix", "in-country"),
        ("+41582555010", "local", "corporate-prefix", "in-country"),
        ("+41442550100", "local", "local", "same-area"),
        ("+353818255501", "local", "universal-access", "in-country"),
        ("+35875255501", "local", "national-prefix", None),
    ],
)
def test_a_row_for_the_prefix_wins(number: str, kind: str, row: str, address: str | None) -> None:
    country = country_of(number)
    assert country is not None
    found = find_requirement(country.code, "order", kind, number)
    assert found is not None
    assert (found.type, found.address) == (row, address)


def test_what_has_no_row_is_not_offered() -> None:
    assert find_requirement("KR", "order", "local") is None
    assert find_requirement("NG", "port", "local") is None
    refused = find_requirement("NZ", "port", "local")
    assert refused is not None and not refused.is_supported


def test_one_document_of_a_group_is_enough_and_every_group_counts() -> None:
    row = find_requirement("DE", "order", "local")
    assert row is not None
    assert row.missing(["business-address", "id-copy", "proof-of-address"]) == ()
    assert row.missing(["business-registration", "id-copy"]) == (("business-address",), ("proof-of-address",))


def test_only_what_a_country_asks_papers_for_is_requested_from_support() -> None:
    asked = {"+493025550100", "+35875255501", "+4535550100", "+12065550100", "+234125550100"}
    assert {one for one in asked if needs_request({"number": one})} == {"+493025550100", "+234125550100"}
    assert not needs_request({"number": "+493025550100", "port": "berlin"})
