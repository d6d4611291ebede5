"""References, cycles and rules: what holds across resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimeform.address import Address
from chimeform.diagnostics import Findings, Position
from chimeform.language.desired import Declaration
from chimeform.language.resolve import Declarations, Suggestions, check_cycles
from chimeform.resources.user import User

from .workspaces import codes_of, errors_of, load_text

ACCOUNT = "accounts:\n  acme:\n    name: Acme\n"


def declared(edges: dict[str, list[str]]) -> Declarations:
    """Resources that name one another as no kind of today can."""
    found = {}
    for line, (name, refs) in enumerate(edges.items(), start=1):
        address, place = Address((name,)), Position("file.yaml", line, 1)
        targets = tuple(Address((one,)) for one in ("parent", *refs))
        found[address] = Declaration(address, User(email="a@b.c"), lambda _, place=place: place, targets)  # type: ignore[misc]
    return Declarations(found, set())


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, None),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, None),
        ({"a": ["a"]}, "a → a"),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, "b → c → b"),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, "a → b → c → a"),
        ({f"n{n}": [f"n{n + 1}"] for n in range(5000)} | {"n5000": []}, None),
    ],
)
def test_circles_are_told_with_their_path(edges: dict[str, list[str]], circle: str | None) -> None:
    findings = Findings()
    check_cycles(declared(edges), findings)
    found = [(item.code, item.why) for item in findings]
    assert found == ([("CF-REF-004", f"each of these needs the next one first: {circle}")] if circle else [])


def test_suggestions_stop_when_they_would_take_too_long() -> None:
    names = [Address(("phone_numbers", f"+1206555{number:04}")) for number in range(1000)]
    suggestions = Suggestions(names)
    wanted = Address(("phone_numbers", "+12065550O01"))
    found = [suggestions.nearest(wanted) for _ in range(60)]
    assert found[0] is not None
    assert found[-1] is None


def test_a_rule_of_a_kind_speaks_at_its_field(tmp_path: Path) -> None:
    (found,) = errors_of(
        tmp_path,
        "accounts:\n  acme:\n    name: Acme\n    type: team\n    users:\n      jane@acme.example: {suspended: true}\n",
    )
    assert (found.code, str(found.position)) == ("CF-USR-003", "chimeform.yaml:8:38")


def test_a_rule_names_the_other_resource(tmp_path: Path) -> None:
    (found,) = errors_of(
        tmp_path,
        ACCOUNT + "    users: {jane@acme.example: {phone: '+12065550100'}}\n"
        "phone_numbers: {'+12065550100': {product: voice-connector}}\n",
    )
    assert (found.code, [str(one.position) for one in found.related]) == ("CF-USR-004", ["chimeform.yaml:7:17"])


def test_the_same_key_in_two_accounts_is_two_people(tmp_path: Path) -> None:
    text = ACCOUNT + "    users: {jane@acme.example: }\n  beta:\n    name: Beta\n    users: {Jane@acme.example: }\n"
    assert len(load_text(tmp_path, text).declarations) == 4


def test_a_number_that_two_people_hold_in_two_accounts(tmp_path: Path) -> None:
    text = (
        ACCOUNT + "    users: {jane@acme.example: {phone: '+12065550100'}}\n"
        "  beta:\n    name: Beta\n    users: {omar@acme.example: {phone: '+12065550100'}}\n"
        "phone_numbers: {'+12065550100': {product: business-calling}}\n"
    )
    assert codes_of(tmp_path, text) == ["CF-REF-002"]


def test_defaults_can_give_one_number_to_everybody_only_by_mistake(tmp_path: Path) -> None:
    """The place of the mistake is where it was written, in the defaults."""
    text = (
        ACCOUNT
        + "    users:\n      defaults: {phone: '+12065550100'}\n      jane@acme.example:\n      omar@acme.example:\n"
        "phone_numbers: {'+12065550100': {product: business-calling}}\n"
    )
    (found,) = errors_of(tmp_path, text)
    assert (found.code, str(found.position)) == ("CF-REF-002", "chimeform.yaml:7:25")
