"""Keys that an export invents: readable, unique, and the same whatever the order of the listings."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.export.naming import keys_of
from chimeform.live import Observed
from chimeform.resources import kinds

ACCOUNT, USER = kinds()["account"], kinds()["user"]


def accounts(*names: str) -> list[Observed]:
    return [Observed(f"{place:04x}-id", {"name": name}) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Corporation", "acme-corporation"),
        ("Zürich/Genève", "zurich-geneve"),
        ("ACME (US) & Co.", "acme-us-co"),
        ("2024", "account-2024"),
        ("from", "account-from"),
        ("Defaults", "account-defaults"),
        ("日本支社", "account-0000-id"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_name_becomes_a_key(name: str, key: str):
    assert keys_of(ACCOUNT, accounts(name)) == [key]


def test_names_that_are_alike_are_numbered():
    assert keys_of(ACCOUNT, accounts("Acme", "acme!", "Other", "ACME", "Acme-2")) == [
        "acme",
        "acme-3",
        "other",
        "acme-4",
        "acme-2",
    ]


def test_a_name_that_is_the_key_is_taken_as_it_is():
    people = [Observed("1", {"email": "Jane@x.example"}), Observed("2", {}), Observed("3", {"email": ""})]
    assert keys_of(USER, people) == ["Jane@x.example", None, None]


@given(names=st.lists(st.text("aA-2 !é日", min_size=1, max_size=4), max_size=8), seed=st.randoms(use_true_random=False))
def test_keys_are_unique_names_of_addresses_in_any_order(names: list[str], seed: Random):
    objects = accounts(*names)
    keys = keys_of(ACCOUNT, objects)
    assert len(set(keys)) == len(names)
    assert all(key and str(Address(("accounts", key))) == f"accounts.{key}" for key in keys)
    order = list(range(len(objects)))
    seed.shuffle(order)
    assert keys_of(ACCOUNT, [objects[place] for place in order]) == [keys[place] for place in order]
