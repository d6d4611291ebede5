"""Which licence groups give to whom: Pro for a member of any Pro group, Basic for one of Basic groups only, and nobody
who is in no mapped group can sign in [guide: Managing user permissions]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..address import Address
from ..live import Observed, Values
from .hooks import Consequence, ConsequenceSeverity, Sight, Whole
from .provider import is_connected, names

Granted = Mapping[str, str]
"""Person → licence; whoever is not in it cannot sign in."""

_SOURCE = "guide: Managing user permissions"


@dataclass(frozen=True)
class Effect:
    """What becomes of one person: her licence by groups before and after (None: cannot sign in)."""

    before: str | None
    after: str | None


def effects(identity: Address, whole: Whole) -> Mapping[str, Effect]:
    """Everybody for whom the plan changes something, by e-mail address."""
    return whole.once(("licences", identity), lambda: _effects(identity, whole))


def _effects(identity: Address, whole: Whole) -> Mapping[str, Effect]:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for group, seen, wanted in whole.of_kind("group", identity):
        there = members_of(seen)
        _grant(before, there, seen.values.get("license") if seen else None)
        left = {person.name.casefold() for person, _, then in whole.of_kind("group_member", group) if then is None}
        joined = {
            person.name.casefold() for person, _, then in whole.of_kind("group_member", group) if then is not None
        }
        _grant(after, (there - left) | joined, wanted.get("license") if wanted else None)
    people = sorted({*before, *after})
    found = {person: Effect(before.get(person), after.get(person)) for person in people}
    return {person: effect for person, effect in found.items() if effect.before != effect.after}


def _grant(granted: dict[str, str], people: Iterable[str], given: str | None) -> None:
    for person in people if given else ():
        if granted.get(person) != "pro":
            granted[person] = str(given)


def members_of(group: Observed | None) -> set[str]:
    """The people of a group, by their primary addresses."""
    members: Iterable[Values] = group.facts.get("members", ()) if group else ()
    return {str(member["Key"]).casefold() for member in members}


def _exclusive_members(groups: Iterable[Observed], of: Observed) -> set[str]:
    """The people who are in this one of the groups only, so that their licence can come from nowhere else."""
    others = [members_of(group) for group in groups if group is not of]
    return members_of(of).difference(*others)


_Fits = Callable[[Effect], bool]


def told(found: Mapping[str, Effect]) -> Iterable[Consequence]:
    """What becomes of people, as consequences: those of one kind together."""
    kinds: tuple[tuple[str, ConsequenceSeverity, str, _Fits], ...] = (
        ("sign-in-lost", "caution", "cannot sign in any more", lambda one: one.after is None),
        (
            "no-hosting",
            "caution",
            "can no longer host meetings",
            lambda one: (one.before, one.after) == ("pro", "basic"),
        ),
        ("licence-changes", "notice", "will have the licence pro", lambda one: one.after == "pro"),
        ("licence-given", "notice", "will have the licence basic", lambda one: one.before is None),
    )
    left = dict(found)
    for name, severity, text, fits in kinds:
        people = [person for person, effect in left.items() if fits(effect)]
        if people:
            left = {person: effect for person, effect in left.items() if person not in people}
            sentence = f"{people[0]} {text}" if len(people) == 1 else f"{len(people)} people {text}: {names(people)}"
            yield Consequence(name, severity, sentence, _SOURCE)


def shown_license(seen: Observed, sight: Sight) -> str | None:
    """The licence that the group seems to give: the one that all its members have who can have it from nowhere else.

    People who were members of the account before the group began to wait for its mapping may have theirs from before.
    """
    identity = sight.scope.parent
    if identity is None or not is_connected(sight.scope):
        return None
    groups = [reading for reading in sight.siblings.values() if isinstance(reading, Observed)]
    people: dict[str, Any] = identity.facts.get("people", {})
    since = sight.waiting.get("mapped") if "mapped" not in seen.confirmed else None
    shown = {
        people[person][0]
        for person in _exclusive_members(groups, seen)
        if person in people and (since is None or _later(people[person][1], since))
    }
    return str(shown.pop()) if len(shown) == 1 and shown <= {"pro", "basic"} else None


def _later(moment: str, since: str) -> bool:
    return bool(moment) and datetime.fromisoformat(moment) >= datetime.fromisoformat(since)
