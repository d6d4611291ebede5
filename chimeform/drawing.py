"""What pools are drawn from: the live phone numbers with who holds each, who takes one, and what was recorded.

Questions about the world, and no decisions: `pools` makes those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .address import Address
from .diff import is_leaving, scope_of
from .language.desired import Desired
from .live import Absent, Live, Observed, Unknown
from .recorded import Recorded
from .relocation import Moves, departures
from .resources import kind_at
from .resources.phone_number import PhoneNumber
from .resources.phone_pool import PhonePool
from .resources.user import User
from .resources.values import FromPool


def number_at(number: str) -> Address:
    return Address(("phone_numbers", number))


@dataclass(frozen=True)
class World:
    """The three values, asked about numbers."""

    desired: Desired
    recorded: Recorded
    live: Live

    # -- what the files say

    @cached_property
    def pools(self) -> Mapping[Address, PhonePool]:
        found = {address: spec for address, spec in self.desired.of_kind("phone_pool") if isinstance(spec, PhonePool)}
        return dict(sorted(found.items()))

    @cached_property
    def takers(self) -> Mapping[Address, list[Address]]:
        """The people who take a number from each pool."""
        found: dict[Address, list[Address]] = {pool: [] for pool in self.pools}
        for address, pool in sorted(self._takes.items()):
            found[pool].append(address)
        return found

    @cached_property
    def _takes(self) -> Mapping[Address, Address]:
        return {
            address: Address(("phone_pools", spec.phone.pool))
            for address, spec in self.desired.of_kind("user")
            if isinstance(spec, User) and isinstance(spec.phone, FromPool)
        }

    @cached_property
    def named(self) -> Mapping[Address, frozenset[str]]:
        """Numbers with a block of their own that says which pool they belong to."""
        return {pool: frozenset(self._named_in(pool.name)) for pool in self.pools}

    def _named_in(self, pool: str) -> Iterator[str]:
        for address, spec in self.desired.of_kind("phone_number"):
            if isinstance(spec, PhoneNumber) and spec.pool == pool:
                yield address.name

    # -- what a pool has

    def kept(self, pool: Address) -> list[str]:
        """Numbers that belong to the pool by their own blocks or by the record, and are there."""
        ours = {*self.named[pool], *(one for one in self.recorded_in(pool) if self._is_ours(one))}
        return sorted(ours)

    def _is_ours(self, number: str) -> bool:
        reading = self.live.readings.get(number_at(number))
        is_declared = number_at(number) in self.desired.declarations
        # what could not be read is not gone
        return not is_declared and not isinstance(reading, Absent) and not self.is_queued(number)

    def recorded_in(self, pool: Address) -> list[str]:
        return [number for number, owner in self._recorded_pools.items() if owner == pool]

    @cached_property
    def _recorded_pools(self) -> Mapping[str, Address]:
        """Which pool each recorded number belongs to, under the name that the pool has now."""
        moves = Moves(self.desired.moved)
        found = {}
        for address, record in sorted(self.recorded.resources.items()):
            name = record.values.get("pool") if record.kind == "phone_number" else None
            if isinstance(name, str):
                found[address.name] = moves.followed(Address(("phone_pools", name)))
        return found

    def found(self, pool: Address, spoken_for: Collection[str], room: int) -> list[str]:
        """Numbers of the pool's sort that no other block and no record has: what people have now comes first, then
        what is free, then what is used by something that is not a person."""
        if room <= 0:
            return []
        spec = self.pools[pool]
        loose = [one for one in sorted(self._numbers) if self._is_loose(one, spec) and one not in spoken_for]
        theirs = {self.current(taker) for taker in self.takers[pool]}
        hers = [number for number in loose if number in theirs and self._covers(spec, number) is not False]
        seen = [number for number in loose if number not in theirs and self._covers(spec, number)]
        free = [number for number in seen if not self._associations(number)]
        used = [number for number in seen if self._associations(number) and number not in self._holders]
        used = [number for number in used if not any(one == "UserId" for one, _ in self._associations(number))]
        return [*hers, *free, *used][:room]

    def in_queue(self, pool: Address, spoken_for: Collection[str], room: int) -> list[str]:
        """Numbers in the deletion queue that come back before new ones are ordered."""
        spec = self.pools[pool]
        queued = [one for one in sorted(self._numbers) if self.is_queued(one) and one not in spoken_for]
        own = [one for one in queued if self._recorded_pools.get(one) == pool]
        alike = [one for one in queued if one not in self._recorded_pools and self._is_of_sort(one, spec)]
        return [*own, *(one for one in alike if self._covers(spec, one))][: max(0, room)]

    def _is_loose(self, number: str, spec: PhonePool) -> bool:
        return number not in self._recorded_pools and self._is_of_sort(number, spec) and not self.is_queued(number)

    def _is_of_sort(self, number: str, spec: PhonePool) -> bool:
        is_declared = number_at(number) in self.desired.declarations
        return not is_declared and self._numbers[number].values.get("product") == spec.product

    def _covers(self, spec: PhonePool, number: str) -> bool | None:
        facts = self._numbers[number].facts
        return spec.search.covers(number, facts.get("country"), facts.get("type"))

    # -- what is live

    @property
    def unread(self) -> Unknown | None:
        """Why the inventory could not be read: then nobody knows which numbers there are."""
        reading = self.live.readings.get(Address(("phone_numbers",)))
        return reading if isinstance(reading, Unknown) else None

    @cached_property
    def _numbers(self) -> Mapping[str, Observed]:
        return {address.name: observed for address, observed in self._live_of("phone_number")}

    def _live_of(self, kind: str) -> Iterator[tuple[Address, Observed]]:
        seen = [*self.live.readings.items(), *((one.address, one.observed) for one in self.live.unmanaged)]
        for address, reading in seen:
            found = kind_at(address.parts)
            if found is not None and found.kind == kind and isinstance(reading, Observed):
                yield address, reading

    @property
    def taken(self) -> frozenset[str]:
        """Numbers that cannot be ordered, because they are there or somebody names them."""
        named = {address.name for address, _ in self.desired.of_kind("phone_number")}
        return frozenset({*self._numbers, *named})

    def is_ordered(self, number: str) -> bool:
        return self._fact(number, "status") == "AcquireInProgress"

    def is_queued(self, number: str) -> bool:
        seen = self._numbers.get(number)
        return seen is not None and is_leaving(PhoneNumber, seen, scope_of(number_at(number), self.desired, self.live))

    def _fact(self, number: str, name: str) -> object:
        seen = self._numbers.get(number)
        return seen.facts.get(name) if seen else None

    def _associations(self, number: str) -> list[tuple[str, str]]:
        listed = self._fact(number, "associations")
        return [(one["Name"], one["Value"]) for one in listed] if isinstance(listed, list) else []

    # -- who holds what

    def current(self, user: Address) -> str | None:
        """The number that somebody has; of an account that could not be read, the one that was applied last."""
        reading, before = self.live.readings.get(user), self._came_from.get(user)
        if not isinstance(reading, Observed | Absent):
            return self.last(user)
        phone = reading.values.get("phone") if isinstance(reading, Observed) else None
        if phone is None and before is not None:
            return self.current(before)
        return str(phone) if phone else None

    @cached_property
    def _came_from(self) -> Mapping[Address, Address]:
        """Where people are who move to another account: they bring their numbers."""
        return {new: old for old, new in departures(self.desired).items()}

    def last(self, user: Address) -> str | None:
        """The number that was applied last."""
        record = self.recorded.resources.get(user)
        phone = record.values.get("phone") if record else None
        return str(phone) if phone else None

    @cached_property
    def _holders(self) -> Mapping[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for address, seen in self._live_of("user"):
            if phone := seen.values.get("phone"):
                found.setdefault(str(phone), []).append(address)
        for address, spec in self.desired.of_kind("user"):
            phone = spec.phone if isinstance(spec, User) else None
            if isinstance(phone, str) and address not in found.get(phone, ()):
                found.setdefault(phone, []).append(address)
        return found

    def keeper(self, number: str, kept: Mapping[Address, Collection[str]]) -> str | None:
        """Who still holds the number after this plan, if `kept` is what the pools keep."""
        holders = self._holders.get(number, [])
        staying = [str(one) for one in holders if self._stays(one, number, kept)]
        if staying or holders:
            return staying[0] if staying else None
        return next((f"{name} {value}" for name, value in reversed(self._associations(number))), None)

    def _stays(self, user: Address, number: str, kept: Mapping[Address, Collection[str]]) -> bool:
        if pool := self._takes.get(user):
            return number in kept[pool]
        spec, record = self.desired.spec(user), self.recorded.resources.get(user)
        if isinstance(spec, User):
            # a number that no file gives her stays unless it was applied, and is taken back then
            return spec.phone == number or (spec.phone is None and "phone" not in (record.values if record else {}))
        return record is None
