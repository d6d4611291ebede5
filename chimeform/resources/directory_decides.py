"""What a directory decides about people, and which of its groups somebody would have to change.

In accounts with Active Directory or Okta the groups give the licences, and say who may sign in at all: somebody in no
mapped group cannot [guide: Managing user permissions].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..address import Address
from .hooks import Broken, Declared, Transition
from .licences import members_of
from .provider import names

_WHY = "users and licences of this account follow the groups of Active Directory or Okta"


def contradicted(address: Address, wanted: str | None, declared: Declared, *, is_suspended: bool) -> Iterable[Broken]:
    """What the files say of a person of an account with `identity`, and the groups in them say otherwise."""
    account = Address(address.parts[:2])
    identity = account.child("identity")
    if declared.spec(identity) is None:
        return
    if is_suspended:
        theirs = list(_groups_of(address, declared, identity))
        where = f"take the person out of {_listed(theirs)}" if theirs else "disable the person in the directory"
        yield _broken(f"{address}.suspended", "who may sign in", f"{where}, and remove the line", "suspended", identity)
    given = dict(_groups_of(address, declared, identity))
    licence = "pro" if "pro" in given.values() else "basic"
    if wanted and given and wanted != licence:
        deciding = [(group, each) for group, each in given.items() if each == licence]
        others = [(group, spec.license) for group, spec in _groups(declared, identity) if spec.license == wanted]
        there = f", or move the person to {_listed(others)}" if others else ""
        yield _broken(
            f"{address}.license",
            f"the licence, and {_listed(deciding)} gives {licence}",
            f"remove the line{there}",
            "license",
            Address((*identity.parts, "groups", deciding[0][0])),
        )


def decided(transition: Transition, *, is_device: bool) -> Iterable[Broken]:
    """What a plan would change of a person of such an account, and cannot."""
    address = transition.address
    release = f"release it here: removed: [{{address: '{address}', destroy: false}}]"
    wanted = transition.after.get("license")
    was = "pro" if transition.action == "create" else transition.before.get("license")
    if transition.action in ("retire", "restore") or (
        transition.action == "update" and transition.changes("suspended")
    ):
        if is_device:
            yield Broken(
                "CF-USR-008",
                f"{address}: the profile of a shared device cannot be ended here",
                why="people of this account are suspended in its directory, and no page says how a device is",
                do=f"end it in the console, under Users, Shared devices, and {release}",
            )
        else:
            theirs = _memberships(transition).get(address.name.casefold(), ())
            where = f"change it in {_listed(theirs)}" if theirs else "change it there"
            yield _broken(str(address), "who may sign in", f"{where}, and {release}")
    elif wanted and wanted != was:
        giving = [
            (group, wanted) for group, after in _live_groups(transition) if (after or {}).get("license") == wanted
        ]
        do = (
            f"move the person to {_listed(giving)}"
            if giving
            else f"map a group to the licence {wanted}: declare it under {Address(address.parts[:2])}.identity.groups, "
            "and move the person there"
        )
        yield _broken(f"{address}.license", "the licence", f"{do}, or remove the line", "license")


def _groups(declared: Declared, identity: Address) -> Iterator[tuple[str, Any]]:
    return ((address.name, spec) for address, spec in declared.of_kind("group", within=identity))


def _groups_of(person: Address, declared: Declared, identity: Address) -> Iterator[tuple[str, str]]:
    """The groups in whose members the files name the person, and the licences that they give."""
    for name, group in _groups(declared, identity):
        if declared.spec(Address((*identity.parts, "groups", name, "members", person.name))) is not None:
            yield name, group.license


def _live_groups(transition: Transition) -> Iterator[tuple[str, Any]]:
    account = Address(transition.address.parts[:2])
    return ((group.name, after) for group, _, after in transition.whole.of_kind("group", account))


def _memberships(transition: Transition) -> Mapping[str, Sequence[tuple[str, Any]]]:
    """Person → the groups of the files in which the directory has the person."""
    account = Address(transition.address.parts[:2])

    def find() -> Mapping[str, Sequence[tuple[str, Any]]]:
        found: dict[str, list[tuple[str, Any]]] = {}
        for group, observed, after in transition.whole.of_kind("group", account):
            for person in members_of(observed):
                found.setdefault(person, []).append((group.name, after))
        return found

    return transition.whole.once(("groups of people", account), find)


def _listed(groups: Iterable[tuple[str, Any]]) -> str:
    found = [repr(group) for group, _ in groups]
    return f"the group{'s' if len(found) > 1 else ''} {names(found)}"


def _broken(subject: str, what: str, do: str, field: str | None = None, other: Address | None = None) -> Broken:
    return Broken(
        "CF-USR-005",
        f"{subject}: the directory decides {what}",
        why=_WHY,
        do=do,
        field=field,
        other=other,
    )
