"""Okta, directories and their groups as files describe them: what is declared along with what, what may be said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.live import Observed, Unknown, Values
from chimeform.resources.hooks import Found, Scope, Sight
from chimeform.resources.identity import Identity
from chimeform.resources.licences import effects
from chimeform.resources.provider import names
from tests.language.workspaces import codes_of, load_text
from tests.planning.building import NOW
from tests.resources.test_domain import account

OKTA = "okta: {org_url: https://acme.okta.com}"
DIRECTORY = "directory: {id: d-1234567890}"


def identity(*lines: str) -> str:
    return "identity:\n" + "".join(f"  {line}\n" for line in lines)


def declared(tmp_path: Path, *lines: str) -> set[str]:
    loaded = load_text(tmp_path, "accounts:\n" + account(identity(*lines)))
    inside = (address for address in loaded.declarations if len(address.parts) > 2)
    return {str(address).removeprefix("accounts.acme.identity") for address in inside}


# ---------------------------------------------------------------- what is declared along with what


def test_okta_declares_both_applications_and_the_place_of_every_group_in_them(tmp_path: Path) -> None:
    found = declared(
        tmp_path, OKTA, "groups: {Pro: {license: pro, members: [jane@acme.example]}, Basic: {license: basic}}"
    )
    assert found == {
        "",
        ".sign_in",
        ".provisioning",
        ".groups.Pro",
        ".groups.Pro.push",
        '.groups.Pro.members["jane@acme.example"]',
        ".groups.Basic",
        ".groups.Basic.push",
    }


def test_a_directory_declares_nothing_along_with_itself(tmp_path: Path) -> None:
    assert declared(tmp_path, DIRECTORY, "groups: {Pro: {license: pro}}") == {"", ".groups.Pro"}


def test_a_block_that_is_written_is_not_implied(tmp_path: Path) -> None:
    text = "accounts:\n" + account(
        identity(OKTA, "sign_in: {label: Acme Chime}", "groups: {Pro: {license: pro, push: {}}}")
    )
    loaded = load_text(tmp_path, text)
    label = loaded.spec(Address.parse("accounts.acme.identity.sign_in"))
    assert label is not None and label.values()["label"] == "Acme Chime"
    implied, container = (
        loaded.declarations[Address.parse(f"accounts.acme.identity{part}")] for part in (".provisioning", "")
    )
    assert implied.at(None) == container.at(None), "what is implied stands where that does which implies it"


def test_members_are_a_list_or_a_block(tmp_path: Path) -> None:
    one = declared(tmp_path, DIRECTORY, "groups: {Pro: {license: pro, members: [a@acme.example]}}")
    other = declared(tmp_path, DIRECTORY, "groups: {Pro: {license: pro, members: {a@acme.example: {}}}}")
    assert one == other


@pytest.mark.parametrize(
    ("blocks", "codes"),
    [
        (account(identity(OKTA)), []),
        (account(identity(OKTA, DIRECTORY)), ["CF-IDN-001"]),
        (account(identity("groups: {Pro: {license: pro}}")), ["CF-IDN-001"]),
        (account("type: team\n" + identity(OKTA)), ["CF-IDN-002"]),
        (account(identity(DIRECTORY, "sign_in: {}")), ["CF-IDN-005"]),
        (account(identity(DIRECTORY, "groups: {Pro: {license: pro, push: {}}}")), ["CF-IDN-005"]),
        (account(identity(OKTA)) + account(identity(OKTA), "beta"), ["CF-IDN-008", "CF-IDN-008"]),
        (account(identity(OKTA)) + account(identity(OKTA.replace("acme", "beta")), "beta"), []),
        (account(identity(OKTA, "sign_in: {client_secret: {}}")), ["CF-SEC-001"]),
        (account(identity("okta: {org_url: https://acme.okta.com, token: {env: T, ssm: t}}")), ["CF-SEC-001"]),
        (
            account(identity(DIRECTORY, "groups: {Pro: {license: pro, members: [a@x.example, a@x.example]}}")),
            ["CF-DOC-007"],
        ),
        (
            account(identity(DIRECTORY, "groups: {Pro: {license: pro, members: [a@x.example, A@x.example]}}")),
            ["CF-REF-003"],
        ),
        (account(identity(DIRECTORY, "groups: {Pro: {license: pro, members: [jane]}}")), ["CF-USR-001"]),
        (account(identity(DIRECTORY, "groups: {Pro: {license: pro, members: [{}]}}")), ["CF-DOC-027"]),
    ],
)
def test_what_files_may_say(tmp_path: Path, blocks: str, codes: list[str]) -> None:
    text = f"accounts:\n{blocks}"
    assert (codes_of(tmp_path, text) if codes else load_text(tmp_path, text).warnings) == (codes or ())


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["sign_in_delegates: [Rooms]"], []),
        (["sign_in_delegates: [Rooms]", "groups: {Rooms: {license: pro}}"], []),
        (["sign_in_delegates: [Rooms, Lobby]", "groups: {Rooms: {license: pro}}"], ["CF-IDN-010"]),
    ],
)
def test_a_delegate_group_has_a_licence_where_the_files_name_groups(
    tmp_path: Path, lines: list[str], codes: list[str]
) -> None:
    loaded = load_text(tmp_path, "accounts:\n" + account(identity(DIRECTORY, *lines)))
    assert [warning.code for warning in loaded.warnings] == codes


# ---------------------------------------------------------------- what cannot be connected


@pytest.mark.parametrize(
    ("kind", "code"),
    [("ADConnector", None), ("MicrosoftAD", None), ("SimpleAD", None), ("SharedMicrosoftAD", "CF-IDN-004")],
)
def test_three_kinds_of_directories_can_be_connected(tmp_path: Path, kind: str, code: str | None) -> None:
    """One that is shared from another AWS account cannot be made in the sandbox."""
    loaded = load_text(tmp_path, "accounts:\n" + account(identity(DIRECTORY)))
    address = Address.parse("accounts.acme.identity")
    wanted = loaded.spec(address).values()  # type: ignore[union-attr]
    scope = Scope(Observed("a-1", {"name": "Acme"}, {"type": "EnterpriseLWA"}), NOW)
    seen = Observed(None, {}, {"seen": {"Type": kind, "Stage": "Active", "Name": "corp.example"}})
    understood = Identity.understood(seen, Sight(address, scope, wanted, {}, loaded, {}, {address: seen}))
    assert (understood.code if isinstance(understood, Unknown) else None) == code


# ---------------------------------------------------------------- which licence whom


class Groups:
    """A plan about groups: each with its licence and its people, now and afterwards."""

    def __init__(self, now: dict[str, tuple[str | None, set[str]]], then: dict[str, tuple[str, set[str]]]) -> None:
        self.now, self.then = now, then

    def of_kind(self, kind: str, within: Address) -> list[tuple[Address, Observed | None, Values | None]]:
        if kind == "group":
            return [
                (
                    within.child("groups", name),
                    self._seen(name),
                    {"license": self.then[name][0]} if name in self.then else None,
                )
                for name in sorted({*self.now, *self.then})
            ]
        name = within.name
        before, after = (side.get(name, (None, set()))[1] for side in (self.now, self.then))
        return [
            (within.child("members", one), Observed(None, {}) if one in before else None, {} if one in after else None)
            for one in sorted(before | after)
        ]

    def _seen(self, name: str) -> Observed | None:
        if name not in self.now:
            return None
        given, people = self.now[name]
        members = [{"Key": person} for person in sorted(people)]
        return Observed(name, {"license": given} if given else {}, {"members": members})

    def values_after(self, address: Address) -> Values | None:
        return None

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        return make()


PEOPLE = ["ann", "bob", "cyd"]
worlds = st.dictionaries(
    st.sampled_from(["One", "Two", "Three"]),
    st.tuples(st.sampled_from(["pro", "basic"]), st.sets(st.sampled_from(PEOPLE))),
)


def by_the_guide(world: dict[str, tuple[str, set[str]]], person: str) -> str | None:
    """Pro if any group says so, Basic if some do, nothing in no group [guide: Managing user permissions]."""
    licences = [given for given, people in world.values() if person in people]
    return "pro" if "pro" in licences else "basic" if licences else None


@given(worlds, worlds)
def test_whose_licence_changes_is_what_the_guide_says(
    now: dict[str, tuple[str, set[str]]], then: dict[str, tuple[str, set[str]]]
) -> None:
    found = effects(Address.parse("accounts.a.identity"), Groups(dict(now), then))
    wanted = {person: (by_the_guide(now, person), by_the_guide(then, person)) for person in PEOPLE}
    assert {person: (one.before, one.after) for person, one in found.items()} == {
        person: pair for person, pair in wanted.items() if pair[0] != pair[1]
    }


def test_many_people_are_named_up_to_a_limit() -> None:
    assert names(["b", "a"]) == "a, b"
    assert names(f"p{number}" for number in range(7)) == "p0, p1, p2, p3, p4 and 2 more"
