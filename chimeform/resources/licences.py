"""Which licence groups give to whom: Pro for a member of any Pro group, Basic for one of Basic groups only, and nobody
who is in no mapped group can sign in [guide: Managing user permissions]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..address import Address
from ..live import Observed, Values
from .hooks import Consequence, ConsequenceSeverity, Whole

Granted = Mapping[str, str]
"""Person → licence; whoever is not in it cannot sign in."""

_MOST_NAMES = 5
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


def exclusive_members(groups: Iterable[Observed], of: Observed) -> set[str]:
    """The people who are in this one of the groups only, so that their licence can come from nowhere else."""
    others = [members_of(group) for group in groups if group is not of]
    return members_of(of).difference(*others)


def names(people: Iterable[str]) -> str:
    """People by name, as far as a line can hold."""
    listed = sorted(people)
    rest = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return f"{', '.join(listed[:_MOST_NAMES])}{rest}"


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
